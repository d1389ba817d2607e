"""The structure of an HDF5 file: where each data set lies. Only this module knows HDF5.

h5py makes the structure in memory, and the data are written, and later read, at their places with ordinary files. So a
full disk is an ordinary error (HDF5 would crash at the end of the process), and nothing that HDF5 knows how to follow,
links, other files, filters, is ever followed.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Structure:
    """All of a file but its data.

    Attributes:
        size: of the whole file, in bytes.
        pieces: where to write what, in this order.
        begins: data set -> the byte where its data begin.
    """

    size: int
    pieces: list[tuple[int, bytes]]
    begins: dict[str, int]


def structure(data_sets: Mapping[str, tuple[np.dtype, tuple[int, ...]]], attributes: Mapping[str, Any]) -> Structure:
    """Lay out a file.

    Args:
        data_sets: name -> type and shape; texts are bytes of UTF-8, filled up with 0.
        attributes: of the file.
    """
    import h5py

    made, begins = _Sparse(), {}
    with h5py.File(made, "w") as file:
        file.attrs.update(attributes)
        for name, (dtype, shape) in data_sets.items():
            places = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
            places.set_layout(h5py.h5d.CONTIGUOUS)
            places.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
            places.set_fill_time(h5py.h5d.FILL_TIME_NEVER)
            own = h5py.string_dtype("utf-8", dtype.itemsize) if dtype.kind == "S" else dtype
            begins[name] = file.create_dataset(name, shape, own, dcpl=places).id.get_offset() or 0
    return Structure(made.end, made.pieces, begins)


class _Sparse(io.RawIOBase):
    """A file in memory, of which only what was written takes room."""

    def __init__(self):
        self.pieces: list[tuple[int, bytes]] = []
        self.end = self._at = 0

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self.end}[whence]
        return self._at

    def tell(self) -> int:
        return self._at

    def write(self, data: Any) -> int:
        self.pieces.append((self._at, bytes(data)))
        self._at += len(data)
        self.end = max(self.end, self._at)
        return len(data)

    def readinto(self, buffer: Any) -> int:
        found = bytearray(len(buffer))
        for at, piece in self.pieces:
            first, last = max(at, self._at), min(at + len(piece), self._at + len(buffer))
            if first < last:
                found[first - self._at : last - self._at] = piece[first - at : last - at]
        buffer[:] = found
        self._at += len(buffer)
        return len(buffer)

    def truncate(self, size: int | None = None) -> int:
        self.end = self._at if size is None else size
        return self.end

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True
