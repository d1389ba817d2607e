"""A shard that still grows: plain files that are only ever appended to, so that a kill leaves whole batches.

HDF5 cannot promise that of a file open for writing. `DumpWriter` turns a finished part into an HDF5 shard.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from io import FileIO
from pathlib import Path

import msgspec
import numpy as np

from ...files import check_own
from ..record import AttentionRecord
from .layout import LOG_PROBS, ShardReader, Text, crc32_of, float_names, require_plain

_TEXTS, _INDEX = "texts.jsonl", "index.i64"

# A folder with a file of floats for each name of `float_names`, one of texts, and the index, which is written last, so
# that what it names is there. Of each record the index has row and rank; how many records of its batch still follow;
# where its text begins, its bytes and their CRC-32; the same of the floats of each name, with their shape (filled up
# with 1) in place of the size; and the CRC-32 of all this.


def _index_type(names: Sequence[str]) -> np.dtype:
    fixed = [("row", "<i8"), ("rank", "<i8"), ("left", "<i8"), ("text", "<i8", 3)]
    return np.dtype([*fixed, *((name, "<i8", 6) for name in names), ("crc", "<i8")])


def _crcs(index: np.ndarray) -> list[int]:
    """What stands under ``crc`` in each row of a sound index."""
    return [zlib.crc32(row.tobytes()[:-8]) for row in index]


class PartWriter:
    """Appends records to the folder ``path``.

    Args:
        path: made here if it is not there.
        kinds: the kinds of attention that every record has.
        norms: whether every record has norms beside the weights.
        keep: how many records of what is there are kept; the first ones, in the order in which they were written.
    """

    def __init__(self, path: Path, kinds: Sequence[str], norms: bool = False, keep: int = 0):
        self._names = float_names(kinds, norms)
        check_own(path, *(path / _file(name) for name in self._names), path / _TEXTS, path / _INDEX)
        path.mkdir(exist_ok=True)
        self._type = _index_type(self._names)
        self._floats = {name: (path / _file(name)).open("ab", buffering=0) for name in self._names}
        self._texts = (path / _TEXTS).open("ab", buffering=0)
        self._index = (path / _INDEX).open("ab", buffering=0)
        self._end = keep * self._type.itemsize

    def append(self, records: Sequence[AttentionRecord]) -> None:
        """Write the records of one batch through to the system, whose memory survives a kill of this process."""
        self._index.truncate(self._end)  # after a write that failed half-way
        index = np.ones(len(records), self._type)
        index["row"] = [record.row for record in records]
        index["rank"] = [record.rank for record in records]
        index["left"] = np.arange(len(records))[::-1]
        for name in self._names:
            arrays = [np.ascontiguousarray(getattr(record, name), "<f4") for record in records]
            extents = index[name]
            extents[:, 0] = _places(self._floats[name], [array.nbytes for array in arrays])
            for extent, array in zip(extents, arrays, strict=True):
                extent[1 : 1 + array.ndim] = array.shape
            extents[:, 5] = [zlib.crc32(array) for array in arrays]
            _append(self._floats[name], np.concatenate([array.ravel() for array in arrays]))
        texts = [json.dumps(_text(record), ensure_ascii=False).encode() + b"\n" for record in records]
        sizes = list(map(len, texts))
        index["text"] = np.stack([_places(self._texts, sizes), sizes, list(map(zlib.crc32, texts))], 1)
        _append(self._texts, b"".join(texts))
        index["crc"] = _crcs(index)
        _append(self._index, index.tobytes())
        self._end += index.nbytes

    def close(self) -> None:
        """No more records."""
        for file in (*self._floats.values(), self._texts, self._index):
            file.close()


class PartReader(ShardReader):
    """What is whole in the folder ``path``. Files are read, not mapped: a map of gigabytes would count as this
    process's memory.

    Args:
        path: of the folder; may be missing, and is then empty.
        kinds: of attention in it.
        norms: are there norms, too?
    """

    def __init__(self, path: Path, kinds: Sequence[str], norms: bool = False):
        self.path, self.names = path, float_names(kinds, norms)
        kind = _index_type(self.names)
        if path.is_symlink() or (path.exists() and not path.is_dir()):
            raise self._damaged("is no folder")
        # the index is the last file to be made
        size = require_plain(path / _INDEX) if (path / _INDEX).exists() else 0
        index = np.fromfile(path / _INDEX, kind, size // kind.itemsize) if size else np.zeros(0, kind)
        # a machine that lost power may have kept the index and lost what it names, or a part of it
        whole = index["crc"] == _crcs(index)
        extents = {name: index[name] * (1, 4, 1, 1, 1, 1.0) for name in self.names}  # no product overflows
        extents["text"] = index["text"] * 1.0
        for name, (begin, *size, _) in ((name, each.T) for name, each in extents.items()):
            end = begin + np.prod(size, 0)
            whole &= (begin >= 0) & (np.min(size, 0) > 0) & (end <= self._size(_file(name)))
        self._written = _batches(index, whole)  # in the order of writing
        self._sort()

    def texts(self, start: int, stop: int) -> list[Text]:
        """The texts of some records.

        Raises:
            InputError: they are not those that were written.
        """
        if start >= stop:
            return []
        found = []
        with open(self.path / _TEXTS, "rb", buffering=0) as file:
            for row, (begin, size, crc) in zip(
                self.row[start:stop].tolist(), self._index["text"][start:stop].tolist(), strict=True
            ):
                file.seek(begin)
                text = file.read(size)
                if zlib.crc32(text) != crc:
                    raise self._damaged(f"{_TEXTS}: the checksum of row {row} does not fit")
                try:
                    found.append(msgspec.json.decode(text, type=Text))
                except msgspec.DecodeError as error:
                    raise self._damaged(f"{_TEXTS}: {error}") from None
        return found

    def crcs(self, name: str) -> np.ndarray:
        """CRC-32 of the floats of every record."""
        return self._crcs[name]

    def keep_sound(self) -> int:
        """Leave out all from the first batch on that is not as it was written; how many records are left."""
        index = self._written
        sound = np.ones(len(index), bool)
        for name in (*self.names, "text") if len(index) else ():
            begins, sizes = index[name][:, 0], index[name][:, 1:-1].prod(1) * (1 if name == "text" else 4)
            with open(self.path / _file(name), "rb", buffering=0) as file:
                crcs = [crc32_of(file, *extent) for extent in zip(begins.tolist(), sizes.tolist(), strict=True)]
            sound &= index[name][:, -1] == crcs
        self._written = _batches(index, sound)
        self._sort()
        return len(self)

    def close(self) -> None:
        """Nothing is open between two questions."""

    def _sort(self) -> None:
        self._index = index = self._written[np.lexsort((self._written["rank"], self._written["row"]))]
        self.row, self.rank = index["row"], index["rank"]
        self._check_order()
        self._begins = {name: index[name][:, 0] for name in self.names}
        self._shapes = {name: index[name][:, 1 : 2 if name == LOG_PROBS else 5] for name in self.names}
        self._crcs = {name: index[name][:, 5] for name in self.names}

    def _size(self, name: str) -> int:
        path = self.path / name
        return require_plain(path) if path.exists() else 0

    def _open(self, name: str) -> FileIO:
        return open(self.path / _file(name), "rb", buffering=0)


def _file(name: str) -> str:
    """Where the floats of a name of `float_names` are, or ``text``."""
    return _TEXTS if name == "text" else f"{name}.f32"


def _batches(index: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """The whole batches before the first record that is not whole."""
    index = index[: len(index) if whole.all() else int(whole.argmin())]
    ends = np.flatnonzero(index["left"] == 0)
    return index[: ends[-1] + 1 if len(ends) else 0]


def _places(file: FileIO, sizes: Sequence[int]) -> np.ndarray:
    """Where what is appended next will begin: asked of the file, as a write may have failed half-way."""
    return file.seek(0, 2) + np.cumsum(sizes) - sizes


def _append(file: FileIO, data: bytes | np.ndarray) -> None:
    rest = memoryview(data).cast("B") if len(data) else b""
    while rest:
        rest = rest[file.write(rest) :]


def _text(record: AttentionRecord) -> Text:
    reference = None if record.reference is None else " ".join(record.reference)
    return record.id, " ".join(record.underlying), " ".join(record.surface), reference
