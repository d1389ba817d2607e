"""The two dictionaries of a folder of binarized data, whatever its languages are called, and their direction."""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from glob import escape
from pathlib import Path
from typing import Any

from ..errors import InputError, logger_of
from ..files import read_lines
from ..phonology.transcription import OF_FAIRSEQ
from ..text import cut

logger = logger_of(__name__)

SYMBOLS = "symbols"  # in a checkpoint's state of the task: of the underlying and of the surface side, by number
LANGUAGES = ("ur", "sr")  # as `prepare` calls them
_FILE = re.compile(r"dict\.(.+)\.txt")
AGAIN = "make the folder again with `fairseq-phonology prepare` (or fairseq-preprocess)"
_OVERWRITE = " #fairseq:overwrite"  # behind a symbol that may stand twice
_ENDING = re.compile(r"\.(bin|idx|txt)$")
_OPTIONS = ("--source-lang", "--target-lang")


@dataclass(frozen=True)
class Dictionaries:
    """Where they are.

    Attributes:
        folder: that holds both.
        source, target: names of the languages: ``dict.<source>.txt``, ``dict.<target>.txt``.
    """

    folder: Path
    source: str = LANGUAGES[0]
    target: str = LANGUAGES[1]

    @property
    def paths(self) -> tuple[Path, Path]:
        """The files, underlying side first."""
        return self.folder / f"dict.{self.source}.txt", self.folder / f"dict.{self.target}.txt"

    @property
    def pair(self) -> str:
        """As in the names of data files: ``ur-sr``."""
        return f"{self.source}-{self.target}"

    @property
    def options(self) -> list[str]:
        """What fairseq's commands must be told; nothing for the names that the task expects."""
        if (self.source, self.target) == LANGUAGES:
            return []
        return [_OPTIONS[0], self.source, _OPTIONS[1], self.target]

    @property
    def described(self) -> str:
        """Which they are, in words."""
        return f"dict.{self.source}.txt (underlying) and dict.{self.target}.txt (surface) of {self.folder}"

    def segments(self) -> tuple[set[str], set[str]]:
        """The segments of the underlying and of the surface side."""
        underlying, surface = self.paths
        return read_dictionary(underlying), read_dictionary(surface)

    def has(self, subset: str) -> bool:
        """Is a data set of this name and this direction here?"""
        return any(self.folder.glob(f"{escape(subset)}.{escape(self.pair)}.*"))


def find_dictionaries(path: str | Path, source: str | None = None, target: str | None = None) -> Dictionaries:
    """The dictionaries of a data folder or of its ``bin``.

    Args:
        path: the folder.
        source: language of the underlying side; None to look.
        target: language of the surface side; None to look.

    Raises:
        InputError: not two of them; or the files do not tell which is the source, and the options that do are named.
    """
    folders = [Path(path), Path(path) / "bin"]
    folder = next((one for one in folders if any(one.glob("dict.*.txt"))), folders[0])
    return Dictionaries(folder.resolve(), *languages(folder, source, target))


def languages(folder: Path, source: str | None = None, target: str | None = None) -> tuple[str, str]:
    """The languages of a folder of binarized data: underlying, surface.

    Those that are given; else ``ur`` and ``sr``; else those of its data sets (``train.xx.g-xx.p.xx.g.idx``).

    Raises:
        InputError: as `find_dictionaries`.
    """
    known = dictionaries_in(folder)
    listed = ", ".join(f"dict.{name}.txt" for name in known) or "none"
    for option, name in zip(_OPTIONS, (source, target), strict=True):
        if name is not None and name not in known:
            raise InputError(f"{option} {name}: no dict.{name}.txt; dictionaries found here: {listed}", folder)
    if len(known) < 2:
        raise InputError(f"expected dict.ur.txt and dict.sr.txt; dictionaries found here: {listed}", folder)
    pairs = _pairs(folder, known)
    if source is None and target is None and set(LANGUAGES) <= set(known):
        return LANGUAGES
    fitting = [pair for pair in pairs if source in (None, pair[0]) and target in (None, pair[1])]
    if source is not None and target is not None:
        return source, target
    if not fitting and len(known) == 2 and (source or target):
        (other,) = set(known) - {source, target}
        fitting = [(source or other, target or other)]
    if len(fitting) == 1:
        return fitting[0]
    possible = fitting or [(known[0], known[1]), (known[1], known[0])]
    which = "more than one direction is" if fitting else "no data set is"
    first, second = (" ".join(_spelled(pair)) for pair in possible[:2])
    raise InputError(
        f"which side is underlying? {which} here, of the dictionaries {listed}; give {first}, or {second}", folder
    )


def dictionaries_in(folder: Path) -> list[str]:
    """Names of the languages that have a dictionary in a folder."""
    return sorted(found[1] for path in folder.glob("dict.*.txt") if (found := _FILE.fullmatch(path.name)))


def _pairs(folder: Path, known: list[str]) -> list[tuple[str, str]]:
    """The directions that have data sets: ``SUBSET.S-T.S`` or ``SUBSET.S-T.T``, and an ending."""
    found = set()
    for path in folder.iterdir():
        rest = _ENDING.sub("", path.name.partition(".")[2])
        for side in known:
            pair = rest.removesuffix(f".{side}")
            if pair == rest:
                continue
            both = [(one, pair.removeprefix(f"{one}-")) for one in known if pair.startswith(f"{one}-")]
            found |= {(one, other) for one, other in both if other in known and side in (one, other)}
    return sorted(found)


def _spelled(pair: tuple[str, str]) -> list[str]:
    return [word for both in zip(_OPTIONS, pair, strict=True) for word in both]


def read_dictionary(path: Path) -> set[str]:
    """The segments of one of fairseq's dictionaries; its lines are a symbol and a count, with an optional flag."""
    lines = (line.rstrip().removesuffix(_OVERWRITE) for line in read_lines(path))
    return {line.rpartition(" ")[0] for line in lines}


def check_dictionary(path: Path) -> None:
    """Refuse a dictionary that fairseq cannot read, or reads otherwise than it was written.

    Raises:
        InputError: another encoding; a line that is no symbol with its count; a symbol that stands twice.
    """
    symbols = set()
    for number, line in enumerate(plain_lines(path), 1):
        symbol, _, count = line.rstrip().removesuffix(_OVERWRITE).rpartition(" ")
        if not symbol or not count.isdecimal():
            raise InputError(f"{cut(line)!r} is no symbol with its count: damaged; {AGAIN}", path, number)
        if symbol in symbols and _OVERWRITE not in line:
            raise InputError(f"{symbol!r} stands in it twice: damaged; {AGAIN}", path, number)
        symbols.add(symbol)


def plain_lines(path: str | Path) -> list[str]:
    """The lines of a file that fairseq itself is to read.

    Raises:
        InputError: no such file, an empty one, or one in another encoding than plain UTF-8.
    """
    notes: list[str] = []
    lines = read_lines(path, notes)
    if notes or Path(path).read_bytes().startswith(codecs.BOM_UTF8):
        raise InputError(f"is not plain UTF-8, as fairseq reads it: damaged, or saved anew by an editor; {AGAIN}", path)
    return lines


def encoder(source: Any, encode: Callable[[str], str]) -> Callable[[str], str]:
    """Of the lines of fairseq-interactive: fairseq's own symbols, such as ``<pad>``, are unknown like any other.

    Args:
        source: fairseq's dictionary.
        encode: fairseq's, of a line.
    """
    own = set(map(source.index, OF_FAIRSEQ))

    def encoded(line: str) -> str:
        parts = encode(line).split()
        unknown = [part for part in parts if source.index(part) in own]
        if unknown:
            logger.warning(f"segments unknown to the model in {line!r}: {', '.join(dict.fromkeys(unknown))}")
        return " ".join("<unk>" if part in unknown else part for part in parts)

    return encoded


def check_symbols(trained: Any, source: list[str], target: list[str], path: str | Path | None = None) -> None:
    """Refuse a checkpoint whose model knows other symbols, or the same under other numbers.

    Args:
        trained: what the checkpoint says of the dictionaries of its training: both lists; None where it does not.
        source, target: of the dictionaries at hand.
        path: of the checkpoint.

    Raises:
        InputError: they differ.
    """
    if trained is None:
        return
    if not (isinstance(trained, list) and len(trained) == 2 and all(isinstance(side, list) for side in trained)):
        raise InputError("damaged: what it says of its dictionaries is not two lists of symbols", path)
    for side, known, own in zip(("underlying", "surface"), trained, (source, target), strict=True):
        if known == own:
            continue
        if Counter(map(str, known)) == Counter(own):
            what = "has the same segments in another order"
        else:
            n = next((n for n, pair in enumerate(zip(known, own, strict=False)) if pair[0] != pair[1]), None)
            what = f"has {len(own)} symbols, not {len(known)}"
            if n is not None:
                what = f"has {own[n]!r} where its training had {cut(known[n])!r}"
        raise InputError(
            f"was trained with other dictionaries: the {side} one here {what}, so that segments would be taken for "
            "others; name the data of its own training, or data that `prepare --dictionaries` made for it",
            path,
        )
