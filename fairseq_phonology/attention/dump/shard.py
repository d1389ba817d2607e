"""Reads one shard of a dump, finished or not, in blocks of records."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import InputError
from ..record import AttentionRecord
from .manifest import FORMAT_VERSION, part_path, shard_path
from .part import PartReader, Text, data_set, float_names, layout_of, read_floats

_BLOCK = 1 << 20  # floats of one kind read at once (4 MiB)
_TEXTS = ("id", "underlying", "surface", "reference")


class SealedReader:
    """A finished shard; the same face as `PartReader`. Opened at once, read when asked.

    Raises:
        InputError: damaged, truncated, of another format version, or without a kind that it should have.
    """

    def __init__(self, path: Path, kinds: Sequence[str], norms: bool = False):
        import h5py

        self.path, self.names = path, float_names(kinds, norms)
        try:
            self._file = h5py.File(path, "r", locking=False)  # no process writes into it, and some disks cannot lock
            version = self._file.attrs.get("format_version")
            if version != FORMAT_VERSION:
                raise InputError(f"format version {version}; this fairseq_phonology reads {FORMAT_VERSION}", path)
            self.row, self.rank = self._file["row"][:], self._file["rank"][:]
            self._columns = {name: self._file[name] for name in (*_TEXTS, "has_reference")}
            # the flat data sets are contiguous: read without HDF5, straight into each record's own memory
            self._raw = path.open("rb", buffering=0)
            starts = {name: self._file[data_set(name)].id.get_offset() or 0 for name in self.names}
            offsets = {name: self._file[f"offset/{layout_of(name)}"][:] for name in self.names}
            self._begins = {name: starts[name] + 4 * offsets[name] for name in self.names}
            self._shapes = {name: self._file[f"shape/{layout_of(name)}"][:] for name in self.names}
        except OSError as error:
            raise InputError(
                f"truncated, damaged or no HDF5 file ({_line(error)}); write the dump again", path
            ) from None
        except KeyError as error:
            raise InputError(f"damaged: a data set is missing ({_line(error)}); write the dump again", path) from None

    def __len__(self) -> int:
        return len(self.row)

    def ids(self) -> list[str]:
        """The id of every record."""
        return self._texts("id", 0, len(self))

    def texts(self, start: int, stop: int) -> list[Text]:
        """The texts of some records."""
        ids, underlying, surface, reference = (self._texts(name, start, stop) for name in _TEXTS)
        given = self._columns["has_reference"][start:stop]
        reference = [text if there else None for text, there in zip(reference, given, strict=True)]
        return list(zip(ids, underlying, surface, reference, strict=True))

    def shapes(self, name: str, start: int, stop: int) -> np.ndarray:
        """The shapes of some records.  # -> records x 4, or x 1 for log_probs"""
        return self._shapes[name][start:stop]

    def floats(self, name: str, start: int, stop: int) -> list[np.ndarray]:
        """The floats of some records, flat, an array a record."""
        sizes = self.shapes(name, start, stop).prod(1, dtype=np.int64)
        return read_floats(self._raw, self._begins[name][start:stop], sizes)

    def close(self) -> None:
        """Close the file."""
        self._raw.close()
        self._file.close()

    def _texts(self, name: str, start: int, stop: int) -> list[str]:
        return [text.decode() for text in self._columns[name][start:stop]]


Reader = SealedReader | PartReader


class Shard:
    """One shard as the manifest describes it; opened when first asked for.

    Args:
        folder: of the dump.
        name: of the shard.
        entry: what the manifest says about it.
        kinds: the kinds of attention in the dump.
        norms: whether norms stand beside the weights.

    Raises:
        InputError: a finished shard is not there, or not as long as it was.
    """

    def __init__(self, folder: Path, name: str, entry: dict[str, Any], kinds: Sequence[str], norms: bool = False):
        self.name, self._entry, self._kinds, self._norms = name, entry, kinds, norms
        self.path = shard_path(folder, name)
        self.finished = self.path.is_file()
        if not self.finished:
            if entry.get("finished"):
                raise InputError("missing: the manifest names it; copy it here or write the dump again", self.path)
            self.path = part_path(folder, name)
        elif (bytes_ := entry.get("bytes")) not in (None, found := self.path.stat().st_size):
            raise InputError(f"truncated or changed: it has {found:,} of {bytes_:,} bytes; copy it again", self.path)
        self._reader: Reader | None = None

    @property
    def reader(self) -> Reader:
        """The open file."""
        if self._reader is None:
            self._reader = (SealedReader if self.finished else PartReader)(self.path, self._kinds, self._norms)
            records = self._entry.get("records")
            if self.finished and records not in (None, len(self._reader)):
                raise InputError(f"has {len(self._reader):,} records; the manifest says {records:,}", self.path)
        return self._reader

    @property
    def words(self) -> int:
        """Words with at least one hypothesis."""
        written = self._entry.get("words_written") if self.finished else None
        return int((self.reader.rank == 0).sum()) if written is None else written

    def records(self, best_only: bool) -> Iterator[AttentionRecord]:
        """Every record, or those of rank 0, in the order of row and rank."""
        start, total = 0, len(self.reader)
        while start < total:
            stop = start + self._block(start)
            wanted = self.reader.rank[start:stop] == 0 if best_only else None
            yield from self.read(start, stop, wanted)
            start = stop

    def read(self, start: int, stop: int, wanted: np.ndarray | None = None) -> Iterator[AttentionRecord]:
        """Some records.

        Args:
            start: position of the first.
            stop: position after the last.
            wanted: which of them; None for all.  # stop - start, bool
        """
        reader = self.reader
        floats = {}
        for name in reader.names:
            shapes = reader.shapes(name, start, stop).tolist()
            try:
                floats[name] = [
                    flat.reshape(shape) for flat, shape in zip(reader.floats(name, start, stop), shapes, strict=True)
                ]
            except EOFError as error:
                raise InputError(f"truncated: {error}", self.path) from None
        rows, ranks = reader.row[start:stop].tolist(), reader.rank[start:stop].tolist()
        for n, (name, ur, sr, reference) in enumerate(reader.texts(start, stop)):
            if wanted is None or wanted[n]:
                given = None if reference is None else segments(reference)
                arrays = {field: own[n] for field, own in floats.items()}
                yield AttentionRecord(name, rows[n], ranks[n], segments(ur), segments(sr), given, **arrays)

    def close(self) -> None:
        """Close the file; the next question opens it again."""
        if isinstance(self._reader, SealedReader):
            self._reader.close()
        self._reader = None

    def _block(self, start: int) -> int:
        """How many records from ``start`` on fill a block; at least one."""
        counts = [1024]
        for name in self.reader.names:
            ends = np.cumsum(self.reader.shapes(name, start, start + 1024).prod(1))
            counts.append(int(np.searchsorted(ends, _BLOCK, side="right")))
        return min(max(1, min(counts)), len(self.reader) - start)


def segments(text: str) -> tuple[str, ...]:
    """Of a form as a dump has it."""
    return tuple(text.split(" ")) if text else ()


def _line(error: Exception) -> str:
    """The library's own words, in one line."""
    return " ".join(str(error.args[0] if error.args else error).split())[:160]
