"""A finished shard: an HDF5 file for R and all the world, of which the manifest says where each data set lies.

It is read as bytes at known places, each with a checksum, and never as HDF5; `hdf5` says why.
"""

from __future__ import annotations

import math
import os
import zlib
from collections.abc import Iterator, Mapping, Sequence
from io import FileIO
from pathlib import Path
from typing import Any

import numpy as np

from ...files import new_only
from .hdf5 import structure
from .layout import TEXTS, ShardReader, Text, columns, crc32_of, data_set, float_names, layout_of, require_plain
from .manifest import FORMAT_VERSION, Finished
from .part import PartReader

_BLOCK = 1 << 22  # floats written at once (16 MiB)
_MANY = 4096  # texts written at once


def seal(part: PartReader, path: Path, shard: str, kinds: Sequence[str], norms: bool) -> dict[str, Any]:
    """Write all of a part into an HDF5 file and wait until it is on the disk.

    Returns:
        what the manifest says of it; see `Finished`.

    Raises:
        OSError: the disk is full or gone.
        InputError: the part is damaged.
    """
    records = len(part)
    types = {name: (np.dtype(kind), (records, *row)) for name, (kind, row) in columns(kinds, norms).items()}
    types |= {name: (np.dtype(f"S{width}"), (records,)) for name, width in _widths(part).items()}
    sizes = {name: part.shapes(name, 0, records).prod(1, dtype=np.int64) for name in part.names}
    types |= {data_set(name): (np.dtype("<f4"), (int(each.sum()),)) for name, each in sizes.items()}
    about = {"format": "fairseq_phonology attention", "format_version": FORMAT_VERSION, "shard": shard}
    plan = structure(types, about)
    ends, crcs = dict(plan.begins), dict.fromkeys(types, 0)
    with new_only(path) as file:
        for begin, piece in plan.pieces:
            file.seek(begin)
            file.write(piece)
        for name, data in _data(part, sizes):
            data = np.ascontiguousarray(data, types[name][0])
            file.seek(ends[name])
            file.write(data)
            crcs[name], ends[name] = zlib.crc32(data, crcs[name]), ends[name] + data.nbytes
        file.truncate(plan.size)
        file.flush()
        os.fsync(file.fileno())
    extents = {name: (plan.begins[name], ends[name] - plan.begins[name]) for name in types}
    with open(path, "rb", buffering=0) as file:
        rest = _crc32_of_rest(file, plan.size, extents)
    return {
        "finished": True,
        "words_written": int(np.unique(part.row).size),
        "records": records,
        "bytes": plan.size,
        "data_sets": {name: [*extents[name], crcs[name]] for name in types},
        "crc32_of_rest": rest,
    }


def _data(part: PartReader, sizes: Mapping[str, np.ndarray]) -> Iterator[tuple[str, np.ndarray]]:
    """Pieces of all data sets, each with the name of its own; those of one follow each other.

    Args:
        part: that is written.
        sizes: of each kind of floats, how many every record has.
    """
    records = len(part)
    yield "row", part.row
    yield "rank", part.rank
    for start in range(0, records, _MANY):
        *texts, references = zip(*part.texts(start, start + _MANY), strict=True)
        yield "has_reference", np.array([text is not None for text in references])
        for name, values in zip(TEXTS, (*texts, [text or "" for text in references]), strict=True):
            yield name, np.array([text.encode() for text in values])
    for name in part.names:
        ends = np.cumsum(sizes[name])
        if layout_of(name) == name:  # norms lie as their weights do
            yield f"offset/{name}", ends - sizes[name]
            yield f"shape/{name}", part.shapes(name, 0, records)
        yield f"crc32/{data_set(name)}", part.crcs(name)
        start = 0
        while start < records:  # at least one record, then as many as a block holds
            done = ends[start] - sizes[name][start]
            stop = max(start + 1, int(np.searchsorted(ends, done + _BLOCK, side="right")))
            yield data_set(name), np.concatenate(part.floats(name, start, stop))
            start = stop


class SealedReader(ShardReader):
    """A finished shard. All but its floats is checked at once, the floats of a word whenever they are read.

    Args:
        path: of the file.
        about: what the manifest says of it.
        kinds: of attention in it.
        norms: are there norms, too?

    Raises:
        InputError: it is not as it was written, or the manifest describes what cannot be.
    """

    def __init__(self, path: Path, about: Finished, kinds: Sequence[str], norms: bool = False):
        self.path, self.names = path, float_names(kinds, norms)
        found = require_plain(path)
        if found != about.bytes:
            raise self._damaged(f"it has {found:,} of {about.bytes:,} bytes")
        self._extents = {name: (begin, size) for name, (begin, size, _) in about.data_sets.items()}
        floats = {data_set(name) for name in self.names}
        types = columns(kinds, norms)
        self._check_extents({*types, *TEXTS, *floats}, about)
        with open(path, "rb", buffering=0) as file:
            sound = {"what is not data": _crc32_of_rest(file, found, self._extents) == about.crc32_of_rest}
            for name in (*types, *TEXTS):
                sound[name] = crc32_of(file, *self._extents[name]) == about.data_sets[name][2]
            for name, fits in sound.items():
                if not fits:
                    raise self._damaged(f"the checksum of {name} does not fit")
            arrays = {}
            for name, (kind, row) in types.items():
                begin, size = self._extents[name]
                shape = about.records, *row
                if size != math.prod(shape) * np.dtype(kind).itemsize:
                    raise self._damaged(f"{name} has {size:,} bytes, which are not {about.records:,} records")
                file.seek(begin)
                arrays[name] = np.fromfile(file, kind, math.prod(shape)).reshape(shape)
        self.row, self.rank = arrays["row"], arrays["rank"]
        self._check_order()
        if (words := int(np.unique(self.row).size)) != about.words_written:
            raise self._damaged(f"has {words:,} words; the manifest says {about.words_written:,}")
        self._has_reference = arrays["has_reference"]
        self._shapes = {name: arrays[f"shape/{name}"] for name in self.names if layout_of(name) == name}
        self._begins = {name: self._places(name, arrays[f"offset/{layout_of(name)}"]) for name in self.names}
        self._crcs = {name: arrays[f"crc32/{data_set(name)}"] for name in self.names}

    def texts(self, start: int, stop: int) -> list[Text]:
        """The texts of some records."""
        stop = min(stop, len(self))
        if start >= stop:
            return []
        columns = []
        with open(self.path, "rb", buffering=0) as file:
            for name in TEXTS:
                begin, size = self._extents[name]
                width = size // len(self)
                file.seek(begin + start * width)
                try:
                    columns.append([text.decode() for text in np.fromfile(file, f"S{width}", stop - start).tolist()])
                except UnicodeDecodeError as error:
                    raise self._damaged(f"{name}: {error}") from None
        *texts, references = columns
        given = self._has_reference[start:stop].tolist()
        references = [text if there else None for text, there in zip(references, given, strict=True)]
        return list(zip(*texts, references, strict=True))

    def _open(self, name: str) -> FileIO:
        return open(self.path, "rb", buffering=0)

    def _check_extents(self, due: set[str], about: Finished) -> None:
        """Each data set has bytes of its own, and texts have as many bytes in each record."""
        if wrong := sorted(due ^ set(about.data_sets)):
            raise self._damaged(f"{wrong[0]} is {'missing' if wrong[0] in due else 'no data set of this dump'}")
        end = 0
        for name, (begin, size) in sorted(self._extents.items(), key=lambda item: item[1]):
            if (size and begin < end) or begin + size > about.bytes:
                raise self._damaged(f"{name} lies at byte {begin:,} to {begin + size:,}, outside or within another")
            end = max(end, begin + size)
        for name in TEXTS:
            if self._extents[name][1] % max(about.records, 1) or (about.records and not self._extents[name][1]):
                raise self._damaged(f"{name} is not {about.records:,} texts of one size")

    def _places(self, name: str, offsets: np.ndarray) -> np.ndarray:
        """Where the floats of each record begin."""
        shapes = self._shapes[layout_of(name)]
        sizes = shapes.prod(1, dtype=float)  # no product overflows
        begin, size = self._extents[data_set(name)]
        if (shapes < 1).any() or 4 * sizes.sum() != size or (offsets != np.cumsum(sizes) - sizes).any():
            raise self._damaged(f"{data_set(name)} and its shapes do not fit")
        if len(shapes) and shapes.shape[1] > 1 and (shapes[:, :2] != shapes[0, :2]).any():
            raise self._damaged(f"{data_set(name)} has different layers or heads in different words")
        return begin + 4 * offsets


def _widths(part: PartReader) -> dict[str, int]:
    """The bytes of the longest text of each kind; at least one."""
    widths = dict.fromkeys(TEXTS, 1)
    for start in range(0, len(part), _MANY):
        for name, values in zip(TEXTS, zip(*part.texts(start, start + _MANY), strict=True), strict=True):
            widths[name] = max(widths[name], *(len((text or "").encode()) for text in values))
    return widths


def _crc32_of_rest(file: FileIO, size: int, extents: dict[str, tuple[int, int]]) -> int:
    """CRC-32 of all that lies in no data set."""
    crc = at = 0
    for begin, length in sorted(extent for extent in extents.values() if extent[1]):
        crc, at = crc32_of(file, at, begin - at, crc), begin + length
    return crc32_of(file, at, size - at, crc)
