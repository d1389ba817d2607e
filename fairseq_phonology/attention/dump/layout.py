"""What a shard consists of, finished or not: names, types, checksums. And what both readers of shards share."""

from __future__ import annotations

import stat
import zlib
from abc import ABC, abstractmethod
from collections.abc import Sequence
from io import FileIO
from pathlib import Path

import numpy as np

from ...errors import InputError
from ...files import check_plain
from ..record import norms_name

LOG_PROBS = "log_probs"
TEXTS = ("id", "underlying", "surface", "reference")
Text = tuple[str, str, str, str | None]  # id, and the segments of UR, SR and reference, joined by blanks
_Columns = dict[str, tuple[str, tuple[int, ...]]]
_BLOCK = 1 << 20  # bytes read at once to check them
_AGAIN = "copy it again, or run fairseq-generate again"


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


def columns(kinds: Sequence[str], norms: bool) -> _Columns:
    """The data sets of a finished shard with a row for each record, texts apart: name -> type, and shape of a row."""
    found: _Columns = {"row": ("<i8", ()), "rank": ("<i4", ()), "has_reference": ("u1", ())}
    for name in (*kinds, LOG_PROBS):
        found |= {f"offset/{name}": ("<i8", ()), f"shape/{name}": ("<i4", (1 if name == LOG_PROBS else 4,))}
    return found | {f"crc32/{data_set(name)}": ("<u4", ()) for name in float_names(kinds, norms)}


def require_plain(path: Path) -> int:
    """The size of a file in bytes.

    Raises:
        InputError: there is none, or it is a link, a pipe, a device ...: a dump has none of these.
    """
    try:
        found = path.lstat()
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", path) from None
    for is_so, what in ((stat.S_ISLNK, "a symbolic link"), (stat.S_ISDIR, "a folder")):
        if is_so(found.st_mode):
            raise InputError(f"is {what}; a dump consists of files: copy them all into one folder", path)
    check_plain(found.st_mode, path)
    return found.st_size


def crc32_of(file: FileIO, begin: int, size: int, crc: int = 0) -> int:
    """CRC-32 of a part of a file, after that of what came before."""
    file.seek(begin)
    while size > 0 and (block := file.read(min(size, _BLOCK))):
        crc, size = zlib.crc32(block, crc), size - len(block)
    return crc


class ShardReader(ABC):
    """Records by their position in the order of row and rank.

    Attributes:
        path: of the shard.
        names: of all that a record has floats of.
        row: sample number of each record.
        rank: 0 for the best hypothesis.
    """

    path: Path
    names: tuple[str, ...]
    row: np.ndarray
    rank: np.ndarray
    # of each name of `names`: where the floats of each record begin, in bytes, and their CRC-32
    _begins: dict[str, np.ndarray]
    _crcs: dict[str, np.ndarray]
    _shapes: dict[str, np.ndarray]

    def __len__(self) -> int:
        return len(self.row)

    @abstractmethod
    def texts(self, start: int, stop: int) -> list[Text]:
        """The texts of some records."""

    @abstractmethod
    def _open(self, name: str) -> FileIO:
        """The file with the floats of this name, unbuffered."""

    def ids(self) -> list[str]:
        """The id of every record."""
        return [text[0] for text in self.texts(0, len(self))]

    def shapes(self, name: str, start: int, stop: int) -> np.ndarray:
        """The shapes of some records.  # -> records x 4, or x 1 for log_probs"""
        return self._shapes[layout_of(name)][start:stop]

    def floats(self, name: str, start: int, stop: int) -> list[np.ndarray]:
        """The floats of some records, flat; each array owns its memory.

        Raises:
            InputError: they are not those that were written; the message names the word.
        """
        sizes = self.shapes(name, start, stop).prod(1, dtype=np.int64).tolist()
        begins, crcs = (some[name][start:stop].tolist() for some in (self._begins, self._crcs))
        arrays = []
        with self._open(name) as file:
            for n, (begin, size, crc) in enumerate(zip(begins, sizes, crcs, strict=True)):
                array = np.empty(size, "<f4")
                file.seek(begin)
                if file.readinto(array) != 4 * size or zlib.crc32(array) != crc:
                    ((word, *_),) = self.texts(start + n, start + n + 1)
                    raise InputError(
                        f"word {word!r}: the {data_set(name)} are not those that were written (their checksum does not "
                        f"fit); {_AGAIN}",
                        self.path,
                    )
                arrays.append(array)
        return arrays

    def _check_order(self) -> None:
        """Each hypothesis stands in the shard once."""
        if len(self) and min(self.row.min(), self.rank.min()) < 0:
            raise self._damaged("a row or a rank is negative")
        rows, ranks = np.diff(self.row), np.diff(self.rank)
        if not ((rows > 0) | ((rows == 0) & (ranks > 0))).all():
            raise self._damaged("rows and ranks are not in order, or not different")

    def _damaged(self, what: str) -> InputError:
        return InputError(f"damaged or changed: {what}; {_AGAIN}", self.path)
