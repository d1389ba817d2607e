"""Words of an experiment, and lists of them on disk: ours, or a user's own, with places found from the process."""

from __future__ import annotations

import difflib
import functools
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..corpus.pairs import Word, read_words
from ..corpus.splits import name_words
from ..corpus.units import Units
from ..errors import InputError
from ..files import write_tsv
from ..phonology.decision import outcomes_of
from ..phonology.grammar import Derivation, Grammar, knowing_words
from ..phonology.process import Site
from ..phonology.transcription import EDGE, WORD_EDGE, drop_edges
from ..text import listed
from .classes import Classes, alike, classes_of, parts_of
from .conditions import changes_at
from .interference import interference, variable_too
from .parts import most
from .places import NoPlaceError, find_place, is_of, site_place

LEAST_UNITS = 4  # of each class, stems and suffixes: fewer are refused; a claim needs more, see `analysis.criteria`
LEAST_WORDS = 5  # real words, likewise
CELLS = ("TR", "TN", "CR", "CN")  # segment in target position: T undergoes, C control; then: R triggers, N control
COLUMNS = ("id", "ur", "sr", "stem", "suffix", "target_class", "trigger_class", "target_index", "trigger_index")
_CLASSES = {"target_class": ("T", "C"), "trigger_class": ("R", "N")}


@dataclass(frozen=True)
class Item:
    """One word with the place of the segment that may change and of the one that may trigger the change.

    Attributes:
        id: its name, distinct in a list.
        ur: underlying segments; ``+`` where a morpheme edge is written.
        sr: surface segments that the grammar derives.
        target_class: ``T`` (undergoes the process) or ``C`` (control); empty for a filler.
        trigger_class: ``R`` (triggers it) or ``N`` (control); empty for a filler.
        target_index: position in ``ur``, from 0, edges counted; None for a filler. Of an insertion the segment on the
            other side of the gap; None where the list names the trigger alone.
        trigger_index: likewise; ``len(ur)`` where the end of the word triggers the process or controls for a trigger;
            None for a filler.
        stem: what is crossed with the suffixes; for a real word's own 2 x 2 the word; empty in a plain list.
        suffix: empty for a real word's own 2 x 2, and in a plain list.
        fed_by: the earlier processes that made the site, as in `Site`.
        more: the user's further columns, by name.
        line: of the list it was read from; 0 if it was not.
    """

    id: str
    ur: tuple[str, ...]
    sr: tuple[str, ...]
    target_class: str = ""
    trigger_class: str = ""
    target_index: int | None = None
    trigger_index: int | None = None
    stem: str = ""
    suffix: str = ""
    fed_by: tuple[str, ...] = ()
    more: dict[str, str] = field(default_factory=dict, hash=False)
    line: int = 0

    @property
    def cell(self) -> str:
        """One of `CELLS`; empty for a filler."""
        return self.target_class + self.trigger_class if self.target_class and self.trigger_class else ""

    @property
    def target(self) -> str:
        """The segment in target position; empty for a filler and an insertion."""
        return "" if self.target_index is None else self.ur[self.target_index]

    @property
    def trigger(self) -> str:
        """The segment in trigger position, ``#`` for the end of the word; empty for a filler."""
        if self.trigger_index is None:
            return ""
        return WORD_EDGE if self.at_edge else self.ur[self.trigger_index]

    @property
    def at_edge(self) -> bool:
        """Is the end of the word in trigger position?"""
        return self.trigger_index == len(self.ur)


def with_symbol(item: Item, symbol: str) -> Item:
    """The word with a symbol at the end of its UR."""
    at = len(item.ur) + 1 if item.at_edge else item.trigger_index
    return replace(item, ur=(*item.ur, symbol), trigger_index=at)


def cells_at_edge(items: Iterable[Item]) -> list[str]:
    """The cells in which the end of the word is in trigger position, in the order of `CELLS`."""
    found = {item.cell for item in items if item.at_edge}
    return [cell for cell in CELLS if cell in found]


def write_stimuli(path: str | Path, items: Iterable[Item]) -> None:
    """Write a list: `COLUMNS`, then the items' further columns. Segments have blanks between them.

    Raises:
        InputError: the file cannot be written. What stood there before stays.
    """
    items = list(items)
    further = list(dict.fromkeys(name for item in items for name in item.more))
    rows = ([*_cells(item), *(item.more.get(name, "") for name in further)] for item in items)
    write_tsv(path, [(*COLUMNS, *further), *rows])


def read_stimuli(
    path: str | Path,
    grammar: Grammar,
    process: str,
    units: Units | None = None,
    include: Collection[str] = (),
    notes: list[str] | None = None,
) -> list[Item]:
    """Read a list of stimuli, one that `write_stimuli` wrote or a user's own.

    Of a user's own list only ``ur`` is needed. What is missing is derived: the SR by the grammar, positions of target
    and trigger as in `find_place`, their classes from what stands there. ``stem`` and ``suffix`` are used where the
    list has both; one of them beside places or classes is refused. A filler has its class columns, and leaves them
    empty; or the process has no place in it, and its row names neither class nor index nor stem. All other columns
    travel in ``more``.

    Args:
        path: a table with tabs between columns and a header.
        grammar: what derives the SRs.
        process: the one studied.
        units: how URs and SRs are written; default segments with blanks between. Edges are kept.
        include: optional processes that apply.
        notes: receives a sentence on the words that have no place, if there are any, and on a plain list that looks
            like half a design.

    Returns:
        In the order of the file; words without id are called test-0, test-1, ..., as `prepare` calls them.

    Raises:
        InputError: with file and line: an SR that the grammar does not derive, a place or class that the UR does not
            bear out, a word whose place cannot be found, a word that meets another variable process, or has no stratum
            in a grammar with strata; a stem or suffix with the words of another; or no word has a place.
    """
    units = units or Units()
    words = read_words(
        str(path), replace(units, keep_edges=True), notes, used=None
    )  # the others travel into every table
    name_words(words, "test")
    grammar = knowing_words(grammar.asking(include), words, path, notes)
    _check_units(words, path, notes)
    reader = _Reader(grammar, process, tuple(include), words)
    items = []
    for word in words:
        try:
            items.append(reader.item(word))
        except InputError as error:
            raise InputError(error.message, word.path, word.line) from None
    _check_repeats(items, path)
    if reader.placeless and not any(item.cell for item in items):
        word, why = reader.placeless[0]
        raise InputError(why, word.path, word.line)
    if reader.placeless and notes is not None:
        one = len(reader.placeless) == 1
        notes.append(
            f"{len(reader.placeless):,} {'word has' if one else 'words have'} no place for {process}: "
            f"{'a filler' if one else 'fillers'} (line {', '.join(str(word.line) for word, _ in reader.placeless[:5])}"
            f"{', ...' if len(reader.placeless) > 5 else ''})"
        )
    if notes is not None and (others := reader.of_other_parts):
        of = "word of cell TR is" if len(others) == 1 else "words of cell TR are"
        lines = ", ".join(str(word.line) for word in others[:5]) + ", ..." * (len(others) > 5)
        notes.append(
            f"{len(others):,} {of} about another part of {process} than {reader.classes} (line {lines}): tested "
            "together with the rest; lists of one part each keep them apart"
        )
    return items


def _check_units(words: list[Word], path: str | Path, notes: list[str] | None) -> None:
    """One of the columns of a design without the other, which may be misspelled."""
    columns = list(words[0].more) if words else []
    there = [name for name in ("stem", "suffix") if name in columns]
    if len(there) != 1:
        return
    lacking = "suffix" if there == ["stem"] else "stem"
    close = difflib.get_close_matches(lacking, [name for name in columns if name not in COLUMNS], n=1, cutoff=0.5)
    why = f"has a column {there[0]} and none called {lacking}{f' (is {close[0]!r} meant?)' if close else ''}"
    if close or any(name in columns for name in COLUMNS[5:]):
        raise InputError(f"{why}; allowed: both, or neither (a plain list of words)", path)
    if notes is not None:
        notes.append(f"{path} {why}: taken as a plain list of words")


def _check_repeats(items: Sequence[Item], path: str | Path) -> None:
    """One unit under two names would count as two, though a model does the same with both."""
    for what in ("stem", "suffix"):
        of: dict[str, list[Item]] = {}
        for item in items:
            if item.cell and (unit := getattr(item, what)):
                of.setdefault(unit, []).append(item)
        first: dict[object, str] = {}
        for unit, own in of.items():
            other = first.setdefault(frozenset((item.ur, item.target_index, item.trigger_index) for item in own), unit)
            if other != unit:
                raise InputError(
                    f"{what} {unit!r} has the words of {what} {other!r} (line {of[other][0].line}), with which a "
                    f"model does the same; allowed: every {what} once",
                    path,
                    own[0].line,
                )


class _Reader:
    """Makes items of words, for one process."""

    def __init__(self, grammar: Grammar, process: str, include: tuple[str, ...], words: Sequence[Word]):
        self.grammar, self.process, self.include, self.words = grammar, process, include, words
        self.placeless: list[tuple[Word, str]] = []  # fillers because the process has no place in them, and why
        self.of_other_parts: list[Word] = []
        grammar.process(process)

    @functools.cached_property
    def parts(self) -> tuple[Classes, ...]:
        return parts_of(self.grammar, self.process, self.include)

    @functools.cached_property
    def classes(self) -> Classes:
        """Of the part of the process that most words are about."""
        number = most(self.parts, self._sites(self.parts)) if len(self.parts) > 1 else None
        return classes_of(self.grammar, self.process, self.include, number)

    def _sites(self, parts: Sequence[Classes]) -> Iterator[tuple[Site, Derivation]]:
        """Sites of the words that may be of cell TR, where a word says which place is meant, that one."""
        for word in self.words:
            named = [word.more[name].strip() for name in _CLASSES if name in word.more]
            given = tuple(word.more.get(name, "").strip() for name in ("target_index", "trigger_index"))
            if named and named != ["T", "R"]:
                continue
            try:
                derivation = self.grammar.derive(word.ur, self.include)
            except InputError:  # said where the word is read
                continue
            for site in derivation.changes(self.process):
                places = [site_place(site, derivation, part) for part in parts]
                texts = [tuple("" if at is None else str(at) for at in place) for place in places if place]
                if not any(given) or given in texts:
                    yield site, derivation

    def item(self, word: Word) -> Item:
        more = dict(word.more)
        derivation = self.grammar.derive(word.ur, self.include)
        self._check_surface(word, derivation)
        if why := variable_too(self.grammar, self.process, word.ur, self.include):
            raise InputError(f"/{' '.join(word.ur)}/ has more than one gold SR: {why}; leave the word out")
        crossed = {"stem", "suffix"} <= more.keys()
        unit = {name: more.pop(name).strip() for name in ("stem", "suffix") if crossed}
        given = {name: more.pop(name).strip() for name in COLUMNS[5:] if name in more}
        named = {name: given[name] for name in _CLASSES if name in given}
        if named and not any(given.values()):
            return Item(word.id, word.ur, derivation.surface, **unit, more=more, line=word.line)
        try:
            target, trigger = self._place(word.ur, given)
        except NoPlaceError as error:
            if unit.get("stem") or any(given.values()):
                raise
            self.placeless.append((word, error.message))
            return Item(word.id, word.ur, derivation.surface, **unit, more=more, line=word.line)
        sites = [s for s in derivation.changes(self.process) if changes_at(s, derivation, target, trigger)]
        classes = self._classes(word.ur, target, trigger, named, bool(sites))
        if unit.get("suffix"):  # a real word's own 2 x 2 and a plain list may have sites that another process makes
            self._check_segments(word.ur, target, trigger, "".join(classes))
            self._check_clean(word.ur, target, trigger, "".join(classes))
        if sites and self.parts[1:] and not any(is_of(site, derivation, self.classes) for site in sites):
            self.of_other_parts.append(word)
        fed_by = more["fed_by"].split(",") if more.get("fed_by") else sites[0].fed_by if sites else ()
        return Item(
            *(word.id, word.ur, derivation.surface, *classes, target, trigger),
            **unit,
            fed_by=tuple(fed_by),
            more=more,
            line=word.line,
        )

    def _check_surface(self, word: Word, derivation: Derivation) -> None:
        if word.sr is None or drop_edges(word.sr) == derivation.surface:
            return
        others = [name for name in self.grammar.optional if name not in self.include]
        hint = f"; optional processes that are off: {', '.join(others)} (--with NAME)" if others else ""
        if any(drop_edges(word.sr) == one.sr for one in self.grammar.variants(word.ur, self.include)):
            hint = f"; the gold SR of a list has {listed(derivation.met)} applied, wherever met"
        raise InputError(
            f"the SR of {word.id!r} is [{' '.join(word.sr)}]; the grammar derives [{' '.join(derivation.surface)}] "
            f"from /{' '.join(word.ur)}/{hint}"
        )

    def _place(self, ur: tuple[str, ...], given: dict[str, str]) -> tuple[int | None, int]:
        texts = [given.get(name, "") for name in ("target_index", "trigger_index")]
        if not any(texts):
            return find_place(self.grammar, self.process, ur, self.classes, self.include)
        if not texts[0] and not self._inserts():
            raise InputError("trigger_index is given and target_index is not; give both, or neither")
        if not texts[1]:
            raise InputError("target_index is given and trigger_index is not; give both, or neither")
        return _position("target_index", texts[0], ur) if texts[0] else None, _position("trigger_index", texts[1], ur)

    def _inserts(self) -> bool:
        return any(rule.target is None for rule in self.grammar.process(self.process).rules)

    def _classes(
        self, ur: tuple[str, ...], target: int | None, trigger: int, named: dict[str, str], applies: bool
    ) -> tuple[str, str]:
        if any(named.values()):
            for name, allowed in _CLASSES.items():
                if named.get(name) not in allowed:
                    raise InputError(f"{name} is {named.get(name, '')!r}; allowed: {' or '.join(allowed)}")
            classes = named["target_class"], named["trigger_class"]
        elif applies:
            classes = "T", "R"
        else:
            classes = (
                "T" if target is None else self._class(self.classes.target_class, ur[target], "target"),
                self._class(self.classes.trigger_class, (*ur, WORD_EDGE)[trigger], "trigger"),
            )
        if applies != (classes == ("T", "R")):
            at = trigger if target is None else target
            where = f"/{(*ur, WORD_EDGE)[at]}/ at {at}"
            does = "applies" if applies else "does not apply"
            raise InputError(
                f"/{' '.join(ur)}/ is in cell {''.join(classes)}, but {self.process} {does} to {where} (from 0)"
            )
        return classes

    def _check_segments(self, ur: tuple[str, ...], target: int | None, trigger: int, cell: str) -> None:
        """A place that is off by one would hold another segment, and the whole design another question."""
        controls = {"C": self.classes.control_target, "N": self.classes.control_trigger}
        for position, own, control, role in ((target, cell[0], "C", "target"), (trigger, cell[1], "N", "trigger")):
            if position is None or cell == "TR":
                continue
            segment = (*ur, WORD_EDGE)[position]
            members = self.classes.target if role == "target" else self.classes.trigger
            # a user's own control need not be one that the grammar names, if it is a segment of that kind
            known = segment in controls[control] or (segment not in members and self._kin(segment, members))
            undergoes = own != "T" or outcomes_of(self.grammar, self.process, segment)
            if (own == control and not known) or (own != control and segment in controls[control]) or not undergoes:
                allowed = controls.get(own) or getattr(self.classes, role)
                raise InputError(
                    f"{role}_class is {own}, but the segment at {position} (from 0) of /{' '.join(ur)}/ is "
                    f"/{segment}/; allowed for {own}: {' '.join(allowed)}"
                )

    def _kin(self, segment: str, members: Sequence[str]) -> bool:
        """May a segment, or the end of the word, be a control for these?"""
        return WORD_EDGE in (segment, *members) or alike(self.grammar, segment, members)

    def _check_clean(self, ur: tuple[str, ...], target: int | None, trigger: int, cell: str) -> None:
        why = (
            None
            if target is None
            else interference(self.grammar, self.process, ur, target, trigger, cell, self.include)
        )
        if why:
            raise InputError(
                f"/{' '.join(ur)}/ cannot be in cell {cell} of a crossed design: {why}; allowed between target and "
                f"trigger: {f'{self.process} alone' if cell == 'TR' else 'no process'}"
            )

    def _class(self, of: Callable[[str], str], segment: str, role: str) -> str:
        if not (found := of(segment)):
            allowed = {"target": "target + control_target", "trigger": "trigger + control_trigger"}[role]
            segments = [s for name in allowed.split(" + ") for s in getattr(self.classes, name)]
            raise InputError(f"/{segment}/ in {role} position is of no class; allowed: {' '.join(segments)}")
        return found


def _position(name: str, text: str, ur: tuple[str, ...]) -> int:
    last = len(ur) - (name == "target_index")
    if not (text.isascii() and text.isdecimal()) or len(text) > 9 or int(text) > last:
        end = "" if name == "target_index" else f"; {last} is the end of the word"
        raise InputError(f"{name} is {text!r}; allowed: 0 to {last} (/{' '.join(ur)}/, edges counted{end})")
    if (*ur, WORD_EDGE)[int(text)] == EDGE:
        raise InputError(f"{name} is {text}, where /{' '.join(ur)}/ has a morpheme edge")
    return int(text)


def _cells(item: Item) -> tuple[str, ...]:
    positions = ("" if n is None else str(n) for n in (item.target_index, item.trigger_index))
    classes = (item.target_class, item.trigger_class)
    return item.id, " ".join(item.ur), " ".join(item.sr), item.stem, item.suffix, *classes, *positions
