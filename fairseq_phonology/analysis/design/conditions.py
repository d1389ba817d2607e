"""Conditions: a list with a column of the user's whose levels are compared, within items or between them."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import numpy as np

from ...corpus.pairs import read_words
from ...corpus.splits import name_words
from ...corpus.units import Units
from ...errors import InputError
from ...text import count, listed
from .compared import Axes, Compared, Weights
from .designs import reduced
from .exclusions import Exclusions

ITEM = "item"  # the column of the items, if nothing else is said
RESPONSES = ("attention", "log-odds", "exact-match")
_NAMED = 3


@dataclass(frozen=True)
class Conditions:
    """What is compared, and in what.

    Attributes:
        column: of the list, that has the levels.
        levels: those that are compared, in the order of tables and figures; none: all, in the order of the list.
        contrasts: between levels, as in ``a + c - 2 b``; none: every level against every later one.
        item: column of the items, which are random; empty: ``item`` if the list has it, else each word is its own.
        response: ``attention`` (log-odds of the weight at a position), ``log-odds`` (of a candidate against the item's
            others, of `score`) or ``exact-match``; empty: what the data have.
        look_at: where the weight is looked at: ``trigger`` is the column ``trigger_index``; any column of positions in
            the UR, from 0; or ``word-initial``, ``word-final``, ``preceding``, ``following``, ``syllable 0``.
        query: column with the position in the SR, from 0, of the segment whose step attends; empty: the step that emits
            what becomes of the segment at ``target_index``.
        kind: of attention: ``cross``, or ``encoder``, from the position of the target.
        candidate: variant of the candidate whose log-odds are taken.
    """

    column: str
    levels: tuple[str, ...] = ()
    contrasts: tuple[str, ...] = ()
    item: str = ""
    response: str = ""
    look_at: str = ""
    query: str = ""
    kind: str = "cross"
    candidate: str = ""


@dataclass(frozen=True)
class ListedWord:
    """One word in a level of the condition.

    Attributes:
        id: its name.
        ur: underlying segments, edges kept.
        sr: gold SR of the list; None without one.
        item: its item.
        level: of the condition.
        more: all further columns.
        line: of the list.
    """

    id: str
    ur: tuple[str, ...]
    sr: tuple[str, ...] | None
    item: str
    level: str
    more: dict[str, str]
    line: int = 0


@dataclass(frozen=True)
class ItemExclusions(Exclusions):
    """What errors exclude from the levels of a condition: ``cells`` are levels, ``stems_excluded`` are items.

    Attributes:
        reason: why a word fails, as in ``the gold segment at the query step``.
    """

    reason: str = ""
    kind: ClassVar[str] = "level"

    @property
    def whole(self) -> str:
        return "items"

    def lines(self) -> list[str]:
        width = max(map(len, self.cells))
        lines = [
            f"{level:<{width}}  {kept:>6,} of {count(words)} with {self.reason}"
            for level, (words, kept) in self.cells.items()
        ]
        for name, (lost, of) in self.stems_excluded.items():
            where = "" if name == ITEM else f" of level {name}"
            lines += [f"excluded: {lost:,} of {count(of, 'item')}{where}, which have a word without"] if lost else []
        return lines

    def failed_by_class(self) -> list[dict[str, float]]:
        return [{level: 1 - kept / words for level, (words, kept) in self.cells.items()}]


@dataclass(frozen=True)
class ConditionDesign(Compared):
    """Levels of a condition, and the items in them.

    Attributes:
        items: their names.
        levels: in order.
        within: is every item in all levels? Else each is in one.
        item_of: of each word, the number of its item; -1 for a word that was excluded.  # -> words
        level_of: of each word, the number of its level.  # -> words
        level_of_item: of each item, the number of its level; within items 0.  # -> items
    """

    items: tuple[str, ...]
    levels: tuple[str, ...]
    within: bool
    item_of: np.ndarray
    level_of: np.ndarray
    level_of_item: np.ndarray
    name: ClassVar[str] = "conditions"

    @property
    def sizes(self) -> dict[str, int]:
        """Level -> number of its items."""
        numbers = np.bincount(self.level_of_item, minlength=len(self.levels))
        return {level: len(self.items) if self.within else int(numbers[n]) for n, level in enumerate(self.levels)}

    @property
    def described(self) -> str:
        if self.within:
            return f"{count(len(self.items), 'item')}, each in {listed(self.levels)}."
        return f"Items in one level each: {listed([f'{n:,} in {level}' for level, n in self.sizes.items()])}."

    @property
    def smallest_classes(self) -> dict[str, int]:
        return self.smallest(range(len(self.levels)))

    def smallest(self, levels: Iterable[int]) -> dict[str, int]:
        """The smallest of some levels, by name."""
        if self.within:
            return {"items": len(self.items)}
        sizes = list(self.sizes.items())
        level, number = min((sizes[n] for n in levels), key=lambda own: own[1])
        return {f"items of level {level}": number}

    def taken(self, values: np.ndarray) -> np.ndarray:
        """What the design compares: of each item and level, or of each item, the mean of its words.

        Args:
            values: one a word.  # -> words x heads

        Returns:
            items x levels x heads; between items: items x heads
        """
        own = self.item_of >= 0
        levels = len(self.levels) if self.within else 1
        place = self.item_of[own] * levels + (self.level_of[own] if self.within else 0)
        sums = np.zeros((len(self.items) * levels, values.shape[1]))
        np.add.at(sums, place, values[own])
        means = sums / np.bincount(place, minlength=len(sums))[:, None]
        return means.reshape(len(self.items), levels, -1) if self.within else means

    def cell_means(self, values: np.ndarray) -> dict[str, np.ndarray]:
        return {level: each.mean(0) for level, each in self.by_level(values).items()}

    def by_level(self, values: np.ndarray) -> dict[str, np.ndarray]:
        """Level -> values of its items.  # values as `taken` -> items of the level x heads"""
        if self.within:
            return {level: values[:, n] for n, level in enumerate(self.levels)}
        return {level: values[self.level_of_item == n] for n, level in enumerate(self.levels)}

    def items_of(self, level: str) -> tuple[str, ...]:
        """The items of a level, in the order of `by_level`."""
        n = self.levels.index(level)
        return self.items if self.within else tuple(np.array(self.items)[self.level_of_item == n])

    def weighted(self, values: np.ndarray, contrast: Weights) -> tuple[np.ndarray, Axes]:
        if self.within:
            return reduced(values, contrast.cells), ((np.zeros(len(values), int), (1.0,)),)
        return values, ((self.level_of_item, tuple(map(float, contrast.cells))),)

    def without(self, included: np.ndarray, reason: str) -> tuple[ConditionDesign | None, ItemExclusions]:
        """Every item with a word that is not included leaves whole.

        Args:
            included: of each word.  # -> words, bool
            reason: what a word that is included has, in words.

        Returns:
            None instead of a design where a level keeps fewer than two items.
        """
        own = self.item_of >= 0
        failed = np.unique(self.item_of[own & ~included])
        kept = np.ones(len(self.items), bool)
        kept[failed] = False
        cells = {
            level: (int((own & here).sum()), int((own & here & included).sum()))
            for level, here in ((level, self.level_of == n) for n, level in enumerate(self.levels))
        }
        of = {ITEM: np.ones(len(kept), bool)}
        if not self.within:
            of = {level: self.level_of_item == n for n, level in enumerate(self.levels)}
        lost = {name: (int((here & ~kept).sum()), int(here.sum())) for name, here in of.items()}
        numbers = np.where(kept, np.cumsum(kept) - 1, -1)
        left = replace(
            self,
            items=tuple(name for name, stays in zip(self.items, kept, strict=True) if stays),
            item_of=np.where(own, numbers[self.item_of], -1),
            level_of_item=self.level_of_item[kept],
        )
        few = min(left.sizes.values()) < 2
        short = listed([f"{n} in {level}" for level, n in left.sizes.items()])
        why = (f"errors leave too few items ({short}); needed: 2 in each",) if few else ()
        return (None if few else left), ItemExclusions(cells, (), lost, why, reason=reason)


def design_of(words: Sequence[ListedWord], levels: Sequence[str], path: str | Path | None = None) -> ConditionDesign:
    """The design that a list has: within items if every item is in all levels, between if each is in one.

    Raises:
        InputError: neither; or a level with one item.
    """
    items = tuple(dict.fromkeys(word.item for word in words))
    found: dict[str, set[str]] = {item: set() for item in items}
    for word in words:
        found[word.item].add(word.level)
    within = not all(len(own) == 1 for own in found.values())
    if within:
        short = next((item for item, own in found.items() if len(own) < len(levels)), None)
        if short is not None:
            line = next(word.line for word in words if word.item == short)
            has = listed([level for level in levels if level in found[short]])
            lacks = listed([level for level in levels if level not in found[short]])
            raise InputError(
                f"item {short!r} is in {has}, and not in {lacks}; allowed: every item in all levels that are compared "
                "(--levels), or each in one",
                path,
                line or None,
            )
    number = {item: n for n, item in enumerate(items)}
    item_of = np.array([number[word.item] for word in words])
    level_of = np.array([list(levels).index(word.level) for word in words])
    level_of_item = np.zeros(len(items), int)
    if not within:
        level_of_item[item_of] = level_of
    made = ConditionDesign(items, tuple(levels), within, item_of, level_of, level_of_item)
    single = next((level for level, n in made.sizes.items() if n < 2), None)
    if single is not None:
        where = "in each level" if within else f"in level {single!r}"
        raise InputError(f"one item {where}; a test over items needs 2 or more in each, a claim 8", path)
    return made


def read_conditions(
    path: str | Path, asked: Conditions, units: Units | None = None, notes: list[str] | None = None
) -> tuple[list[ListedWord], tuple[str, ...]]:
    """Read a list with a column of conditions.

    Args:
        path: a table with a header: ``ur``, the column of the condition, and what else is needed; words without ``id``
            are called test-0, test-1, ..., as `prepare` calls them.
        asked: which columns and levels.
        units: how URs and SRs are written; default segments with blanks between. Edges are kept.
        notes: receives a sentence for each assumption.

    Returns:
        The words in the levels that are compared, in the order of the file; and the levels.

    Raises:
        InputError: a column or level that is not there, fewer than two levels, an empty item.
    """
    notes = [] if notes is None else notes
    read = read_words(str(path), replace(units or Units(), keep_edges=True), notes, used=None)
    name_words(read, "test")
    return conditions_of([ListedWord(w.id, w.ur, w.sr, "", "", w.more, w.line) for w in read], asked, path, notes)


def check_repeats(
    words: Sequence[ListedWord], asked: Conditions, path: str | Path, forms: Mapping[str, object] | None = None
) -> None:
    """Refuse one word as two items of one level each: it would count twice, though a model does the same with both.

    Args:
        forms: id of a word -> its candidates, where these are compared.

    Raises:
        InputError: in a level, two items have a word of one UR and SR (or of the same candidates), looked at in one
            place.
    """
    levels = Counter(item for item, _ in {(word.item, word.level) for word in words})
    places = (asked.look_at, asked.query, "trigger_index", "target_index")
    first: dict[object, ListedWord] = {}
    for word in words:
        own = (word.level, word.ur, (forms or {}).get(word.id, word.sr), *map(word.more.get, places))
        other = first.setdefault(own, word)
        if other.item != word.item and levels[word.item] == 1:
            where = f" (line {other.line})" if other.line else ""
            raise InputError(
                f"level {word.level!r} has the word {' '.join(word.ur)!r} as item {other.item!r}{where} and as item "
                f"{word.item!r}, with which a model does the same; allowed: one item for a word, which may have "
                "several lines (--item COLUMN)",
                path,
                word.line or None,
            )


def conditions_of(
    read: Sequence[ListedWord], asked: Conditions, path: str | Path, notes: list[str], scored: bool = False
) -> tuple[list[ListedWord], tuple[str, ...]]:
    """The same of words whose items and levels are still in their columns; ``scored``: each is an item of `score`."""
    columns = list(read[0].more) if read else []
    check_column(asked.column, columns, "--condition", path)
    item = item_column(asked, columns, path, notes, scored)
    words, others, empty = [], Counter(), 0
    found = list(dict.fromkeys(filter(None, (word.more[asked.column].strip() for word in read))))
    levels = levels_of(asked, found, path, notes)
    for word in read:
        level = word.more[asked.column].strip()
        if level not in levels:
            others[level] += 1
            empty += not level
            continue
        name = word.more[item].strip() if item else word.id
        if not name:
            raise InputError(f"the {item} is empty; every word of a level needs one", path, word.line)
        words.append(replace(word, item=name, level=level))
    if empty:
        notes.append(f"{path}: {count(empty)} without a level of {asked.column}: not compared")
    if left := [f"{n:,} of {level}" for level, n in others.items() if level]:
        notes.append(f"{path}: words of other levels, not compared: {listed(left)}")
    return words, levels


def item_column(
    asked: Conditions, columns: Sequence[str], path: str | Path, notes: list[str], scored: bool = False
) -> str:
    """The column of the items; empty where each word is its own, which is said.

    Raises:
        InputError: no such column.
    """
    if asked.item:
        check_column(asked.item, columns, "--item", path)
        return asked.item
    if ITEM in columns:
        return ITEM
    if scored:
        notes.append(
            f"{path}: each item that was scored is an item of its own (--item COLUMN joins those of one value)"
        )
        return ""
    notes.append(f"{path}: no column {ITEM} (--item): each word is an item of its own")
    return ""


def levels_of(asked: Conditions, found: Sequence[str], path: str | Path, notes: list[str]) -> tuple[str, ...]:
    """The levels that are compared.

    Args:
        found: those of the list, in its order.

    Raises:
        InputError: a level that no word has, one that is named twice, or fewer than two.
    """
    levels = asked.levels or tuple(found)
    there = f"{asked.column} has the levels {listed(map(repr, found))}" if found else f"{asked.column} is empty"
    for level in levels:
        if level not in found:
            raise InputError(f"no word has the level {level!r} of --levels; {there}", path)
        if levels.count(level) > 1:
            raise InputError(f"the level {level!r} is in --levels twice; {there}", path)
    if len(levels) < 2:
        raise InputError(f"{count(len(levels), 'level')} to compare; allowed: two or more; {there}", path)
    if not asked.levels:
        notes.append(f"{path}: levels of {asked.column} (--levels): {', '.join(levels)}")
    return tuple(levels)


def check_column(name: str, columns: Sequence[str], option: str, path: str | Path | None) -> None:
    """Is there such a column?

    Raises:
        InputError: there is none.
    """
    if name in columns:
        return
    close = difflib.get_close_matches(name, columns, n=1, cutoff=0.6)
    hint = f" (is {close[0]!r} meant?)" if close else ""
    found = f"the columns are {listed(columns)}" if columns else "there is no column besides those of UR, SR and id"
    raise InputError(f"{option} is {name!r}; {found}{hint}", path)
