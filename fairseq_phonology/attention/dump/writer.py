"""Writes a dump while words are generated; for the format, see `fairseq_phonology.attention.dump.reader`.

Every batch is on its way to the disk when `DumpWriter.write` returns, and a kill loses at most the one in flight.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import InputError
from ..record import KINDS, AttentionRecord
from .manifest import FORMAT_VERSION, join_dump, part_path, shard_path, update_shard
from .part import PartReader, PartWriter, data_set, layout_of

_BLOCK = 1 << 22  # floats copied at once into the finished shard (16 MiB)
_TEXTS = 4096  # texts written at once


class DumpWriter:
    """One shard of a dump, batch by batch.

    Args:
        folder: of the dump; made if need be. Several processes write into one folder under different shard names.
        manifest: ``checkpoint_sha256``, ``model`` (sizes), ``dictionaries``, ``subset``, ``beam``, ``kinds``, and of
            this shard alone ``words_expected`` (None where it is unknown) and ``shard`` ("1 of 4"; one shard if
            absent); ``norms``: true if records have norms beside the weights. Whatever JSON can say may be added.
            All but ``words_expected`` and ``shard`` must be the same in every shard.
        shard: name of this shard, five digits by custom.
        overwrite: replace an existing dump.

    Raises:
        InputError: the folder holds this dump already, or another model's, or cannot be written.
    """

    def __init__(self, folder: str | Path, manifest: dict[str, Any], shard: str = "00000", overwrite: bool = False):
        self.folder, self.shard = Path(folder), shard
        self.kinds, self.norms = tuple(manifest["kinds"]), bool(manifest.get("norms"))
        if not set(self.kinds) <= set(KINDS):
            raise InputError(f"kinds of attention are {', '.join(KINDS)}; found {', '.join(self.kinds)}")
        if not re.fullmatch(r"\w+", shard):
            raise ValueError(f"a shard's name consists of letters and digits; found {shard!r}")
        join_dump(self.folder, shard, manifest, overwrite)
        self._part = part_path(self.folder, shard)
        self._writer: PartWriter | None = PartWriter(self._part, self.kinds, self.norms)

    def write(self, records: Sequence[AttentionRecord]) -> None:
        """Add the records of one batch, in any order; all hypotheses of a word belong into one shard.

        Raises:
            InputError: the disk is full or gone. What was written before can be read.
            ValueError: a record has other kinds than the dump, no norms where the dump has them, or a segment with a
                blank in it; or the dump is closed.
        """
        if self._writer is None:
            raise ValueError(f"{self.folder}: this dump is closed")
        records = list(records)
        for record in records:
            self._check(record)
        if not records:
            return
        try:
            self._writer.append(records)
        except OSError as error:
            raise InputError(f"cannot be written: {error.strerror}", self._part) from error

    def close(self) -> None:
        """Turn what was written into a finished shard, in the order of row and rank. A second call does nothing.

        For a moment the words are on the disk twice, which therefore needs as much free space again.

        Raises:
            InputError: the disk is full or gone. What was written before can be read.
        """
        if self._writer is None:
            return
        writer, self._writer = self._writer, None
        path = shard_path(self.folder, self.shard)
        temporary = path.with_name(f"{path.name}.tmp")  # without the process's number: the next try overwrites it
        try:
            writer.close()
            part = PartReader(self._part, self.kinds, self.norms)
            _seal(part, temporary, self.shard)
            os.replace(temporary, path)
            _sync(self.folder)
            words = int(np.unique(part.row).size)
            facts = {"words_written": words, "records": len(part), "bytes": path.stat().st_size, "finished": True}
            update_shard(self.folder, self.shard, **facts)
        except OSError as error:
            temporary.unlink(missing_ok=True)
            raise InputError(f"cannot be written: {error.strerror or error}", path) from error
        shutil.rmtree(self._part, ignore_errors=True)

    def __enter__(self) -> DumpWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_) -> None:
        # the first failure is the one worth telling
        with contextlib.suppress(InputError) if kind else contextlib.nullcontext():
            self.close()

    def _check(self, record: AttentionRecord) -> None:
        if set(record.kinds) != set(self.kinds):
            found, due = ", ".join(record.kinds) or "none", ", ".join(self.kinds)
            raise ValueError(f"word {record.id!r} has attention of the kinds {found}; this dump has {due}")
        if self.norms and not record.has_norms:
            raise ValueError(f"word {record.id!r} has no norms beside its weights; this dump has them")
        for segments in (record.underlying, record.surface, record.reference or ()):
            if "" in segments or any(" " in segment for segment in segments):
                raise ValueError(f"word {record.id!r}: a segment is empty or has a blank in it: {segments!r}")


def _seal(part: PartReader, path: Path, shard: str) -> None:
    """Write all of a part into an HDF5 file and wait until it is on the disk."""
    import h5py

    with h5py.File(path, "w") as file:
        file.attrs.update(format="fairseq_phonology attention", format_version=FORMAT_VERSION, shard=shard)
        file.create_dataset("row", data=part.row, dtype="<i8")
        file.create_dataset("rank", data=part.rank, dtype="<i4")
        _seal_texts(part, file)
        for name in part.names:
            shapes = part.shapes(name, 0, len(part))
            sizes = shapes.prod(1)
            ends = np.cumsum(sizes)
            if layout_of(name) == name:  # norms lie as their weights do
                file.create_dataset(f"offset/{name}", data=ends - sizes, dtype="<i8")
                file.create_dataset(f"shape/{name}", data=shapes, dtype="<i4")
            floats = file.create_dataset(data_set(name), (int(sizes.sum()),), "<f4")
            start = 0
            while start < len(part):  # at least one record, then as many as a block holds
                done = int(ends[start] - sizes[start])
                stop = max(start + 1, int(np.searchsorted(ends, done + _BLOCK, side="right")))
                floats[done : int(ends[stop - 1])] = np.concatenate(part.floats(name, start, stop))
                start = stop
    with open(path, "rb+") as written:
        os.fsync(written.fileno())


def _seal_texts(part: PartReader, file) -> None:
    import h5py

    names = ("id", "underlying", "surface", "reference")
    columns = [file.create_dataset(name, (len(part),), h5py.string_dtype()) for name in names]
    has_reference = file.create_dataset("has_reference", (len(part),), "u1")
    for start in range(0, len(part), _TEXTS):
        stop = min(start + _TEXTS, len(part))
        *texts, references = zip(*part.texts(start, stop), strict=True)
        for column, values in zip(columns, (*texts, [text or "" for text in references]), strict=True):
            column[start:stop] = list(values)
        has_reference[start:stop] = [text is not None for text in references]


def _sync(folder: Path) -> None:
    """Make the renaming last; Windows neither needs nor allows it."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
