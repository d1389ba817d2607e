"""Candidates: SRs of an item that are to be scored, whether or not a model would say them."""

from __future__ import annotations

import dataclasses
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ..errors import InputError
from ..text import count
from .fit import check_blanks, check_spaced
from .headings import plain
from .pairs import Word, read_words
from .signs import is_symbol
from .units import Units

APPLIED, BLOCKED = "applied", "blocked"
SOURCES = ("given", "nbest", APPLIED, BLOCKED)  # a list, a model's own, a grammar with a process and without
Segments = tuple[str, ...]
_SHOWN = 5  # items that a line names


@dataclass(frozen=True)
class Candidate:
    """One SR of an item.

    Attributes:
        item: the name of the item; all candidates of an item have its UR.
        ur: underlying segments, symbols of tags included.
        sr: surface segments; empty in a list of items without SRs.
        variant: the kind of SR, such as ``regular``; empty where the list does not say.
        source: where it is from, one of `SOURCES`.
        columns: the user's further columns.
        line: of the list, from 1; 0 of those from elsewhere.
    """

    item: str
    ur: Segments
    sr: Segments
    variant: str = ""
    source: str = "given"
    columns: Mapping[str, str] = field(default_factory=dict)
    line: int = field(default=0, compare=False)

    @property
    def asked(self) -> bool:
        """Is it of a list or a grammar, and so one of those that shares are among? A model's own (``nbest``) is not."""
        return self.source != "nbest"


def read_candidates(
    source: str, units: Units, notes: list[str] | None = None, taken: Collection[str] = ()
) -> list[Candidate]:
    """Read a list of candidates, or of items without SRs.

    The item is the column ``item``, else ``id`` (or what ``units.columns`` names); without both it is the UR as it
    is written in the first candidate.

    Args:
        source: the table, as `read_words` reads it; a column ``variant`` says of which kind an SR is.
        units: how its words and columns are written; ``units.columns.variant`` names the column of the variants.
        notes: receives a sentence for each assumption about the file.
        taken: names that the user's columns may not have; one that has is called ``NAME_column``.

    Raises:
        InputError: as `read_words`; a candidate that occurs twice, or an item with two URs.
    """
    notes = [] if notes is None else notes
    units = dataclasses.replace(units, columns=dataclasses.replace(units.columns, repeated=True))
    words = read_words(source, units, notes, used=None, check=lambda *form: check_spaced(*form, units))
    check_blanks(words, units)
    names = list(words[0].more)
    item = "" if units.columns.id else next((name for name in names if plain(name) == "item"), "")
    told = units.columns.variant
    variant = "" if told else next((name for name in names if plain(name) == "variant"), "")
    if not (variant or told) and len({word.ur for word in words}) < len(words) and words[0].sr:
        notes.append(
            f"{source}: no column is called variant: `first` is the candidate of an item that comes first in the list "
            "(--variant-column)"
        )
    renamed = {name: f"{name}_column" for name in names if name in taken and name not in (item, variant)}
    if renamed:
        notes.append(f"{source}: columns called " + ", ".join(f"{old}, now {new}" for old, new in renamed.items()))
    if not item and not any(word.id for word in words):
        notes.append(f"{source}: no column is called item or id; the UR names the item (--id-column)")
    as_written: dict[Segments, str] = {}
    found = []
    for word in words:
        columns = {renamed.get(name, name): cell for name, cell in word.more.items() if name not in (item, variant)}
        if item and word.id:
            columns = {"id": word.id, **columns}
        name = word.more[item].strip() if item else word.id or as_written.setdefault(word.ur, _as_written(word))
        if not name:
            raise InputError(f"the {item} is empty; give every candidate that of its item", word.path, word.line)
        kind = word.more[variant].strip() if variant else word.variant
        found.append(Candidate(name, word.ur, word.sr or (), kind, "given", columns, word.line))
    check_candidates(found, source)
    return found


def _as_written(word: Word) -> str:
    """The UR in the letters of the list, with the symbols of its tags."""
    text = word.ur_text.split()
    return " ".join((*text, *(one for one in word.ur if is_symbol(one) and one not in text)))


def check_candidates(candidates: Sequence[Candidate], path: str | None = None) -> None:
    """Refuse what would make the shares of an item wrong.

    Raises:
        InputError: a candidate that occurs twice, or an item with two URs.
    """
    first: dict[str, Candidate] = {}
    seen: dict[tuple[str, Segments], Candidate] = {}
    for one in candidates:
        other = first.setdefault(one.item, one)
        if other.ur != one.ur:
            raise InputError(
                f"the item {one.item!r} has the UR {' '.join(one.ur)}, and {' '.join(other.ur)} on line {other.line}; "
                "the candidates of an item have one UR (and one set of tags): give the items different names",
                *(path, one.line or None),
            )
        twin = seen.setdefault((one.item, one.sr), one)
        if twin is not one:
            what = f"the candidate {' '.join(one.sr)} of" if one.sr else "the item"
            raise InputError(
                f"{what} {one.item!r} is already on line {twin.line}; each may occur once", path, one.line or None
            )


def lone(candidates: Iterable[Candidate]) -> list[str]:
    """The items that have one candidate at most, those of the models' own aside: there is nothing to share."""
    asked: Counter[str] = Counter()
    for one in candidates:
        asked[one.item] += one.asked
    return [item for item, n in asked.items() if n < 2]


def lone_line(candidates: Sequence[Candidate]) -> str:
    """A sentence about `lone` items; empty where every item has an alternative."""
    if not (items := lone(candidates)):
        return ""
    shown = ", ".join(items[:_SHOWN]) + (", ..." if len(items) > _SHOWN else "")
    return (
        f"{count(len(items), 'item')} of {len({one.item for one in candidates}):,} without an alternative, and so "
        f"without a share: {shown} (give another candidate)"
    )


def merged(*lists: Iterable[Candidate]) -> list[Candidate]:
    """The candidates of several lists, those of an item together, each once: the first stays.

    One that lacks the columns of its item, as a model's own form does, gets those in which the item's others agree.
    """
    by_item: dict[str, dict[Segments, Candidate]] = defaultdict(dict)
    for some in lists:
        for one in some:
            by_item[one.item].setdefault(one.sr, one)
    return [one for candidates in by_item.values() for one in _with_columns(list(candidates.values()))]


def _with_columns(candidates: list[Candidate]) -> list[Candidate]:
    having = [one.columns for one in candidates if one.columns]
    shared = {
        name: cell
        for name, cell in (having[0] if having else {}).items()
        if all(columns.get(name) == cell for columns in having)
    }
    return [one if one.columns else dataclasses.replace(one, columns=shared) for one in candidates]
