"""A shard that still grows: plain files that are only ever appended to, so that a kill leaves whole words.

HDF5 cannot promise that of a file open for writing. `DumpWriter` turns a finished part into an HDF5 shard.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from io import FileIO
from pathlib import Path
from typing import BinaryIO

import numpy as np

from ..record import AttentionRecord, norms_name

LOG_PROBS = "log_probs"
Text = tuple[str, str, str, str | None]  # id, and the segments of UR, SR and reference, joined by blanks

# A folder with one file of floats per kind and one for the log-probabilities, one with the texts, and the index: a row
# of whole numbers a record. The index is written last, so what it names is there. Where there are norms, those of a
# record follow its weights in the same file, so that the index need not know of them.
_FIXED = 4  # row, rank, where the text begins, how many bytes it has
_PER_FLOATS = 5  # where the floats begin, and their shape (filled up with 1)


def float_names(kinds: Sequence[str], norms: bool) -> tuple[str, ...]:
    """Everything that a record has floats of, as it calls them itself."""
    return (*kinds, *(norms_name(kind) for kind in kinds if norms), LOG_PROBS)


def layout_of(name: str) -> str:
    """The name whose shapes a name of `float_names` has: norms have those of their weights."""
    return name.removesuffix(norms_name(""))


def data_set(name: str) -> str:
    """Where in a finished shard the floats of a name of `float_names` are."""
    kind = layout_of(name)
    return name if name == LOG_PROBS else f"{'weights' if kind == name else 'norms'}/{kind}"


class PartWriter:
    """Appends records to the folder ``path``.

    Args:
        path: made here; must not exist.
        kinds: the kinds of attention that every record has.
        norms: whether every record has norms beside the weights.
    """

    def __init__(self, path: Path, kinds: Sequence[str], norms: bool = False):
        path.mkdir()
        # file -> what of a record goes into it
        self._fields = {kind: (kind, norms_name(kind)) if norms else (kind,) for kind in kinds}
        self._fields[LOG_PROBS] = (LOG_PROBS,)
        self._floats = {name: (path / f"{name}.f32").open("ab") for name in self._fields}
        self._texts = (path / "texts.jsonl").open("ab")
        self._index = (path / "index.i64").open("ab")

    def append(self, records: Sequence[AttentionRecord]) -> None:
        """Write the records through to the system, whose memory survives a kill of this process."""
        index = np.ones((len(records), _FIXED + _PER_FLOATS * len(self._fields)), "<i8")
        index[:, 0] = [record.row for record in records]
        index[:, 1] = [record.rank for record in records]
        for n, (name, fields) in enumerate(self._fields.items()):
            own = [[getattr(record, field) for field in fields] for record in records]
            column = _FIXED + _PER_FLOATS * n
            sizes = np.array([sum(array.size for array in arrays) for arrays in own])
            # asked of the file: after a write that failed half-way the next batch begins where the bytes end
            index[:, column] = self._floats[name].seek(0, 2) // 4 + np.cumsum(sizes) - sizes
            for row, (array, *_) in zip(index, own, strict=True):
                row[column + 1 : column + 1 + array.ndim] = array.shape
            floats = np.concatenate([array.ravel() for arrays in own for array in arrays], dtype="<f4")
            _append(self._floats[name], floats)
        texts = [json.dumps(_text(record), ensure_ascii=False).encode() + b"\n" for record in records]
        index[:, 3] = [len(text) for text in texts]
        index[:, 2] = self._texts.seek(0, 2) + np.cumsum(index[:, 3]) - index[:, 3]
        _append(self._texts, b"".join(texts))
        _append(self._index, index)

    def close(self) -> None:
        """No more records."""
        for file in (*self._floats.values(), self._texts, self._index):
            file.close()


class PartReader:
    """What is whole in the folder ``path``, in the order of row and rank.

    Files are read, not mapped: a map of gigabytes would count as this process's memory.

    Attributes:
        row: sample number of each record.
        rank: 0 for the best hypothesis.
    """

    def __init__(self, path: Path, kinds: Sequence[str], norms: bool = False):
        self.path, self.names = path, float_names(kinds, norms)
        self._files = (*kinds, LOG_PROBS)
        width = _FIXED + _PER_FLOATS * len(self._files)
        # the index is the last file to be made
        there = (path / "index.i64").exists()
        index = np.fromfile(path / "index.i64", "<i8") if there else np.zeros(0, "<i8")
        index = index[: index.size // width * width].reshape(-1, width)
        # a machine that lost power may have kept the index and lost what it names
        whole = index[:, 2] + index[:, 3] <= _size(path / "texts.jsonl")
        for n, name in enumerate(self._files):
            extent = index[:, _FIXED + _PER_FLOATS * n :][:, :_PER_FLOATS]
            times = 2 if norms and name != LOG_PROBS else 1
            whole &= 4 * (extent[:, 0] + times * extent[:, 1:].prod(1)) <= _size(path / f"{name}.f32")
        index = index[whole]
        self._index = index[np.lexsort((index[:, 1], index[:, 0]))]
        self.row, self.rank = self._index[:, 0], self._index[:, 1]

    def __len__(self) -> int:
        return len(self._index)

    def ids(self) -> list[str]:
        """The id of every record."""
        return [text[0] for text in self.texts(0, len(self))]

    def texts(self, start: int, stop: int) -> list[Text]:
        """The texts of some records."""
        if start >= stop:
            return []
        with open(self.path / "texts.jsonl", "rb", buffering=0) as file:
            return [tuple(json.loads(_read(file, *extent))) for extent in self._index[start:stop, 2:4].tolist()]

    def shapes(self, name: str, start: int, stop: int) -> np.ndarray:
        """The shapes of some records.  # -> records x 4, or x 1 for log_probs"""
        column = self._column(name) + 1
        return self._index[start:stop, column : column + (1 if name == LOG_PROBS else 4)]

    def floats(self, name: str, start: int, stop: int) -> list[np.ndarray]:
        """The floats of some records, flat, an array a record."""
        sizes = self.shapes(name, start, stop).prod(1)
        begins = self._index[start:stop, self._column(name)]
        if name not in self._files:  # norms stand behind their weights
            begins = begins + sizes
        with open(self.path / f"{layout_of(name)}.f32", "rb", buffering=0) as file:
            return read_floats(file, 4 * begins, sizes)

    def _column(self, name: str) -> int:
        """Where in a row of the index its extent begins."""
        return _FIXED + _PER_FLOATS * self._files.index(layout_of(name))


def read_floats(file: FileIO, begins: np.ndarray, sizes: np.ndarray) -> list[np.ndarray]:
    """Arrays that each own their memory, straight from the file.

    Args:
        file: of little-endian float32, unbuffered.
        begins: where each array begins, in bytes.
        sizes: how many floats it has.

    Raises:
        EOFError: the file ends before an array does.
    """
    arrays = []
    for begin, size in zip(begins.tolist(), sizes.tolist(), strict=True):
        array = np.empty(size, "<f4")
        file.seek(begin)
        if file.readinto(array) != 4 * size:
            raise EOFError(f"{file.name} ends within the floats that begin at byte {begin:,}")
        arrays.append(array)
    return arrays


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _read(file: BinaryIO, begin: int, size: int) -> bytes:
    file.seek(begin)
    return file.read(size)


def _append(file: BinaryIO, data: bytes | np.ndarray) -> None:
    file.write(data)
    file.flush()


def _text(record: AttentionRecord) -> Text:
    reference = None if record.reference is None else " ".join(record.reference)
    return record.id, " ".join(record.underlying), " ".join(record.surface), reference
