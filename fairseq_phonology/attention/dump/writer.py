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
from ...text import count
from ..record import KINDS, AttentionRecord
from .manifest import Finished, Growing, join_dump, part_path, shard_lock, shard_path, update_shard
from .part import PartReader, PartWriter
from .sealed import seal
from .shard import Shard


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
        resume: go on with this shard if it is there, all of the manifest being the same; `hypotheses` has the words
            that are written, and only the others may be. Closed, the shard is the same, byte by byte, as if it had been
            written at once.

    Raises:
        InputError: the folder holds this dump already, or another model's, or another process writes this shard, or it
            cannot be written.
    """

    def __init__(
        self,
        folder: str | Path,
        manifest: dict[str, Any],
        shard: str = "00000",
        overwrite: bool = False,
        resume: bool = False,
    ):
        self.folder, self.shard = Path(folder), shard
        self.kinds, self.norms = tuple(manifest["kinds"]), bool(manifest.get("norms"))
        if not set(self.kinds) <= set(KINDS):
            raise InputError(f"kinds of attention are {', '.join(KINDS)}; found {', '.join(self.kinds)}")
        if not re.fullmatch(r"\w+", shard):
            raise ValueError(f"a shard's name consists of letters and digits; found {shard!r}")
        if overwrite and resume:
            raise InputError("a dump is either overwritten or resumed: --overwrite-attention, --resume-attention")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError):
            raise InputError("not a folder: attention needs a folder of its own", folder) from None
        except OSError as error:
            raise InputError(f"cannot be made: {error.strerror}", folder) from None
        self._lock, self._writer = shard_lock(self.folder, shard), None
        self._part = part_path(self.folder, shard)
        try:
            self._begin(join_dump(self.folder, shard, manifest, overwrite, resume))
        except BaseException as error:
            self._lock.free()
            if isinstance(error, OSError):
                raise InputError(f"cannot be written: {error.strerror or error}", self._part) from error
            raise

    def _begin(self, there: Finished | Growing | None) -> None:
        """Open the part, after what there is of it."""
        self._shard = Shard(self.folder, self.shard, there, self.kinds, self.norms) if there else None
        keep = 0
        if isinstance(there, Finished):
            if there.words_expected not in (None, there.words_written):
                raise InputError(
                    f"is finished with {there.words_written:,} of {count(there.words_expected)}; nothing can be added",
                    self._shard.path,
                )
            shutil.rmtree(self._part, ignore_errors=True)  # of a run that was killed right after it had finished
        elif there:
            keep = self._shard.reader.keep_sound()
        reader = self._shard.reader if there else None
        rows, ranks = (reader.row.tolist(), reader.rank.tolist()) if there else ([], [])
        self._words, self._seen = set(rows), set(zip(rows, ranks, strict=True))
        if not isinstance(there, Finished):
            self._writer = PartWriter(self._part, self.kinds, self.norms, keep)

    def __contains__(self, row: object) -> bool:
        """Whether this word was there when a dump was resumed."""
        return row in self._words

    def __len__(self) -> int:
        """How many words were there when a dump was resumed."""
        return len(self._words)

    def hypotheses(self, row: int) -> list[AttentionRecord]:
        """Of a word that was there when a dump was resumed, best first."""
        return list(self._shard.read(*np.searchsorted(self._shard.reader.row, (row, row + 1)).tolist()))

    def write(self, records: Sequence[AttentionRecord]) -> None:
        """Add the records of one batch, in any order; all hypotheses of a word belong into one batch.

        Raises:
            InputError: the disk is full or gone. What was written before can be read.
            ValueError: a record has other kinds than the dump, no norms where the dump has them, weights that do not
                sum to one, or a segment with a blank in it; or was written before; or the dump is closed.
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
            raise self._stopped(error) from error
        self._seen |= {(record.row, record.rank) for record in records}

    def close(self) -> None:
        """Turn what was written into a finished shard, in the order of row and rank. A second call does nothing.

        For a moment the words are on the disk twice, which therefore needs as much free space again.

        Raises:
            InputError: the disk is full or gone. What was written before can be read.
        """
        if self._writer is None:
            self._lock.free()
            return
        writer, self._writer = self._writer, None
        path = shard_path(self.folder, self.shard)
        temporary = path.with_name(f"{path.name}.tmp")  # without the process's number: the next try overwrites it
        with self._lock:
            try:
                writer.close()
                facts = seal(
                    PartReader(self._part, self.kinds, self.norms), temporary, self.shard, self.kinds, self.norms
                )
                os.replace(temporary, path)
                _sync(self.folder)
            except OSError as error:
                raise self._stopped(error) from error
            finally:
                temporary.unlink(missing_ok=True)
            update_shard(self.folder, self.shard, **facts)
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
        if (record.row, record.rank) in self._seen:
            raise ValueError(f"word {record.id!r}: row {record.row}, rank {record.rank} was written before")
        text = "".join((record.id, *record.underlying, *record.surface, *(record.reference or ())))
        if "\0" in text or text != text.encode(errors="replace").decode():
            raise ValueError(f"word {record.id!r}: a character cannot be encoded in UTF-8, or is NUL")
        record.check()

    def _stopped(self, error: OSError) -> InputError:
        words = PartReader(self._part, self.kinds, self.norms).row
        return InputError(
            f"cannot be written: {error.strerror or error}; {count(len(set(words.tolist())))} before this can be read, "
            "and --resume-attention goes on from there",
            self.folder,
        )


def _sync(folder: Path) -> None:
    """Make the renaming last; Windows neither needs nor allows it."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
