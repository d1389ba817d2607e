"""What is compared: one interface, `Design`, of a crossed design and of real words, each with its own 2 x 2.

A design says which events are in which cell, which units (stems, suffixes, words) they come from, and what is left when
events are excluded. Tests, figures and the report ask it and need not know which of the two it is. In its arrays of
values the first axes are those of its index, the last is that of heads or interventions.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ...phonology.transcription import WORD_EDGE
from ...stimuli.items import CELLS, LEAST_UNITS, LEAST_WORDS
from ...text import END_OF_WORD
from .compared import Axes, Compared, Weights
from .exclusions import SIDES, Exclusions
from .limits import ONE_EDGE, SAME_LENGTH, SAME_STEP, differ_in_length


@dataclass(frozen=True)
class Side:
    """Units of one kind: what a test takes as random.

    Attributes:
        unit: ``stems``, ``suffixes`` or ``words``.
        names: of the units.
        first: of each unit, whether it is of the first class (T, or R); None where every unit is in all cells.
        segments: of each unit, the target (of those that carry the trigger, that); of real words the target.
    """

    unit: str
    names: tuple[str, ...]
    first: np.ndarray | None
    segments: tuple[str, ...]

    def part(self, kept: np.ndarray) -> Side:
        """Some of the units, by number or by whether they stay."""
        first = None if self.first is None else self.first[kept]
        return Side(self.unit, _kept(self.names, kept), first, _kept(self.segments, kept))


@dataclass(frozen=True)
class Differences:
    """The differences of single units that a response is the difference of.

    Attributes:
        unit: ``stems``, ``suffixes`` or ``words``.
        difference: what was subtracted, as in ``R − N``.
        names: class -> names of the units.
        values: class -> difference of each unit.
        first: of each unit, whether it is of the first class; None where each unit has both differences.
        every: difference of each unit in the order of the design; of words, with both, the double difference.
    """

    unit: str
    difference: str
    names: dict[str, tuple[str, ...]]
    values: dict[str, np.ndarray]
    first: np.ndarray | None
    every: np.ndarray


class Design(Compared):
    """A 2 x 2 of targets and triggers.

    Attributes:
        index: numbers of the events.  # -> rows x columns; words x 4
        gap: does the process delete, insert or move segments, so that its decision step emits another one in TR?
        lengths: mean number of positions that attention is divided among, in the words with R and in those with N.
        name: what such a design is called.
    """

    gap: bool
    lengths: tuple[float, float]

    @property
    @abstractmethod
    def sides(self) -> tuple[Side, ...]:
        """Its units: of a crossed design rows and columns, of real words the words."""

    @abstractmethod
    def events_of(self, cell: str) -> np.ndarray:
        """Numbers of the events of a cell.  # -> rows x columns of the cell, or words"""

    @abstractmethod
    def sides_of(self, cell: str) -> tuple[Side, ...]:
        """The units of a cell, one side for each axis of `events_of`."""

    @abstractmethod
    def differences(self, values: np.ndarray) -> tuple[Differences, ...]:
        """The differences of single units.  # values: one an event"""

    @abstractmethod
    def without(self, included: np.ndarray) -> tuple[Design | None, Exclusions]:
        """What is left without the events that are not included, and what they excluded.

        Args:
            included: of each event, whether it enters the tests.  # -> events, bool

        Returns:
            None instead of a design where too few units are left, which is then a reason why claims are withheld.
        """

    @property
    @abstractmethod
    def edge(self) -> str:
        """The class with the end of the word in trigger position: ``R`` or ``N``; empty if neither has it.

        One edge is one trigger, whatever is crossed with it: such a design is described, not claimed.
        """

    @property
    def incomparable(self) -> tuple[str, ...]:
        """Why its cells cannot be compared, so that it is described, not claimed; see `limits`."""
        far = [SAME_LENGTH] if differ_in_length(self.lengths) else []
        return (*([SAME_STEP] if self.gap else []), *far)

    @property
    def limits(self) -> tuple[str, ...]:
        """Everything that makes it described, not claimed."""
        return (*([ONE_EDGE] if self.edge else []), *self.incomparable)

    @property
    def units(self) -> dict[str, int]:
        """How many units of each kind there are: ``{"stems": 24, "suffixes": 8}``, ``{"words": 30}``."""
        return {side.unit: len(side.names) for side in self.sides}

    @property
    def sizes(self) -> tuple[int, int]:
        """Stems and suffixes, of which the end of the word is none; of real words, words and none."""
        suffixes = self.units.get("suffixes", 0)
        return self.units.get("stems", self.units.get("words", 0)), suffixes - bool(suffixes and self.edge)

    @property
    def smallest_classes(self) -> dict[str, int]:
        """Kind of unit -> how many the smaller of its classes has; of real words all."""
        return {
            side.unit: len(side.names) if side.first is None else int(min(side.first.sum(), (~side.first).sum()))
            for side in self.sides
        }

    @property
    def fewest(self) -> int:
        """Units in the smallest class of either side; of real words all."""
        return min(self.smallest_classes.values())

    @property
    def test_names(self) -> tuple[str, ...]:
        """What tests over each side are called in tables, in the order of `sides`; over words ``stems``."""
        return tuple(side.unit if side.first is not None else "stems" for side in self.sides)

    @property
    def is_crossed(self) -> bool:
        """Are two kinds of units crossed? Then a test takes either, or both, as random."""
        return len(self.sides) == 2

    def cell_events(self) -> dict[str, np.ndarray]:
        """Numbers of the events of each cell, in one row."""
        return {cell: self.events_of(cell).ravel() for cell in CELLS}


@dataclass(frozen=True)
class CrossedDesign(Design):
    """Every stem with every suffix. Rows carry the target, columns the trigger.

    In a regressive process the stems carry the target; in a progressive one the suffixes do.

    Attributes:
        rows, columns: names of the units.
        undergoes: of each row, whether its segment is of class T (else C).  # -> rows, bool
        triggers: of each column, whether its segment is of class R (else N).  # -> columns, bool
        row_segments, column_segments: the segment of each unit.
        index: number of the event of each combination.  # -> rows x columns, int
        row_unit: ``stems`` or ``suffixes``: what the rows are; the columns are the other.
    """

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    undergoes: np.ndarray
    triggers: np.ndarray
    row_segments: tuple[str, ...]
    column_segments: tuple[str, ...]
    index: np.ndarray
    row_unit: str = "stems"
    gap: bool = False
    lengths: tuple[float, float] = (0.0, 0.0)
    name: ClassVar[str] = "a crossed design"

    @property
    def column_unit(self) -> str:
        """What the columns are: ``suffixes`` or ``stems``."""
        return "suffixes" if self.row_unit == "stems" else "stems"

    @property
    def sides(self) -> tuple[Side, ...]:
        return (
            Side(self.row_unit, self.rows, self.undergoes, self.row_segments),
            Side(self.column_unit, self.columns, self.triggers, self.column_segments),
        )

    @property
    def described(self) -> str:
        edge = f" and {END_OF_WORD}" if self.edge else ""
        columns = f"{len(self.columns) - bool(edge)} {self.column_unit}{edge}"
        return f"{len(self.rows)} {self.row_unit} × {columns}, no cell missing."

    @property
    def too_few(self) -> str:
        """What the design lacks, in words; empty if it is large enough."""
        return self._lacks(self.edge)

    def _lacks(self, edge: str) -> str:
        """The same; ``edge`` as of the whole design, whose edge errors may have excluded."""
        for side, letters in zip(self.sides, SIDES, strict=True):
            found = {letter: int(own.sum()) for letter, own in zip(letters, (side.first, ~side.first), strict=True)}
            # there is no second end of a word
            needed = {letter: 1 if letter == edge else LEAST_UNITS for letter in letters}
            if any(found[letter] < needed[letter] for letter in letters):
                have, need = (" and ".join(f"{n} {letter}" for letter, n in each.items()) for each in (found, needed))
                return f"{have} {side.unit}; needed: {need} or more"
        return ""

    @property
    def edge(self) -> str:
        return _edge(self.sides[1].part(own).segments for own in (self.triggers, ~self.triggers))

    def _members(self, cell: str) -> tuple[np.ndarray, np.ndarray]:
        return self.undergoes == (cell[0] == "T"), self.triggers == (cell[1] == "R")

    def events_of(self, cell: str) -> np.ndarray:
        return self.index[np.ix_(*self._members(cell))]

    def sides_of(self, cell: str) -> tuple[Side, ...]:
        return tuple(side.part(own) for side, own in zip(self.sides, self._members(cell), strict=True))

    def cell_means(self, values: np.ndarray) -> dict[str, np.ndarray]:
        members = {cell: self._members(cell) for cell in CELLS}
        return {cell: values[rows][:, columns].mean((0, 1)) for cell, (rows, columns) in members.items()}

    def weighted(self, values: np.ndarray, contrast: Weights) -> tuple[np.ndarray, Axes]:
        of_classes = ((self.undergoes, contrast.target), (self.triggers, contrast.trigger))
        return values, tuple((first.astype(int), weights[::-1]) for first, weights in of_classes)

    def differences(self, values: np.ndarray) -> tuple[Differences, ...]:
        table = values[self.index]
        every = (
            _mean(table[:, self.triggers], 1) - _mean(table[:, ~self.triggers], 1),
            _mean(table[self.undergoes], 0) - _mean(table[~self.undergoes], 0),
        )
        found = []
        for side, what, letters, each in zip(self.sides, ("R − N", "T − C"), SIDES, every, strict=True):
            members = dict(zip(letters, (side.first, ~side.first), strict=True))
            names = {letter: side.part(own).names for letter, own in members.items()}
            values = {letter: each[own] for letter, own in members.items()}
            found.append(Differences(side.unit, what, names, values, side.first, each))
        return tuple(found)

    def part(self, rows: np.ndarray, columns: np.ndarray) -> CrossedDesign:
        """Some of the rows and columns, by number or by whether they stay."""
        one, other = (side.part(kept) for side, kept in zip(self.sides, (rows, columns), strict=True))
        units = one.names, other.names, one.first, other.first, one.segments, other.segments
        return CrossedDesign(*units, self.index[np.ix_(rows, columns)], self.row_unit, self.gap, self.lengths)

    def without(self, included: np.ndarray) -> tuple[CrossedDesign | None, Exclusions]:
        """Suffixes over half of whose events failed leave first; then every stem with a failed event."""
        by_stem = self.row_unit == "stems"
        good = included[self.index]  # -> rows x columns
        stem_axis, suffix_axis = (0, 1) if by_stem else (1, 0)
        kept_suffixes = (~good).mean(stem_axis) <= 0.5
        left = good[:, kept_suffixes] if by_stem else good[kept_suffixes]
        kept_stems = left.all(suffix_axis) if kept_suffixes.any() else np.zeros(good.shape[stem_axis], bool)
        side, letters = self.sides[stem_axis], SIDES[stem_axis]
        stems = {
            letter: (int((members & ~kept_stems).sum()), int(members.sum()))
            for letter, members in zip(letters, (side.first, ~side.first), strict=True)
        }
        cells = {cell: (int(each.size), int(included[each].sum())) for cell, each in self.cell_events().items()}
        kept = self.part(*((kept_stems, kept_suffixes) if by_stem else (kept_suffixes, kept_stems)))
        gone = self.sides[suffix_axis].part(~kept_suffixes).names
        short = kept._lacks(self.edge)
        reasons = (f"errors leave too few units: {short}",) if short else ()
        return (None if short else kept), Exclusions(cells, gone, stems, reasons)


@dataclass(frozen=True)
class WithinWordDesign(Design):
    """Real words, each with its own 2 x 2.

    Attributes:
        words: their names.
        row_segments, column_segments: target and trigger segment of each real word.
        row_controls, column_controls: the segments that replace them in its controls.
        index: number of the event of each word's TR, TN, CR, CN.  # -> words x 4, int
    """

    words: tuple[str, ...]
    row_segments: tuple[str, ...]
    column_segments: tuple[str, ...]
    row_controls: tuple[str, ...]
    column_controls: tuple[str, ...]
    index: np.ndarray
    gap: bool = False
    lengths: tuple[float, float] = (0.0, 0.0)
    name: ClassVar[str] = "real words"

    @property
    def sides(self) -> tuple[Side, ...]:
        return (Side("words", self.words, None, self.row_segments),)

    @property
    def cell_segments(self) -> tuple[tuple[str, ...], ...]:
        """Of each word its segments of T, R, C and N."""
        return self.row_segments, self.column_segments, self.row_controls, self.column_controls

    @property
    def edge(self) -> str:
        return _edge((self.column_segments, self.column_controls))

    @property
    def described(self) -> str:
        return f"The own 2 × 2 of {len(self.words):,} real word{'' if len(self.words) == 1 else 's'}."

    def events_of(self, cell: str) -> np.ndarray:
        return self.index[:, CELLS.index(cell)]

    def sides_of(self, cell: str) -> tuple[Side, ...]:
        return self.sides

    def cell_means(self, values: np.ndarray) -> dict[str, np.ndarray]:
        return {cell: values[:, n].mean(0) for n, cell in enumerate(CELLS)}

    def weighted(self, values: np.ndarray, contrast: Weights) -> tuple[np.ndarray, Axes]:
        return reduced(values, contrast.cells), ((np.zeros(len(values), int), (1.0,)),)

    def differences(self, values: np.ndarray) -> tuple[Differences, ...]:
        tr, tn, cr, cn = (values[column] for column in self.index.T)
        both = {"T": tr - tn, "C": cr - cn}
        return (Differences("words", "R − N", dict.fromkeys(both, self.words), both, None, both["T"] - both["C"]),)

    def part(self, words: np.ndarray) -> WithinWordDesign:
        """Some of the words, by number or by whether they stay."""
        segments = (_kept(each, words) for each in self.cell_segments)
        return WithinWordDesign(_kept(self.words, words), *segments, self.index[words], self.gap, self.lengths)

    def without(self, included: np.ndarray) -> tuple[WithinWordDesign | None, Exclusions]:
        """Every word with a failed event leaves."""
        good = included[self.index]  # -> words x cells
        kept = good.all(1)
        cells = {cell: (len(good), int(good[:, n].sum())) for n, cell in enumerate(CELLS)}
        few = kept.sum() < LEAST_WORDS
        reasons = (f"errors leave {kept.sum()} real words; needed: {LEAST_WORDS} or more",) if few else ()
        found = Exclusions(cells, (), {"word": (int((~kept).sum()), len(kept))}, reasons)
        return (None if few else self.part(kept)), found


def reduced(values: np.ndarray, cells: np.ndarray) -> np.ndarray:
    """Of each unit that is in every cell the sum over them, with these weights.  # units x cells x heads"""
    return np.einsum("wch,c->wh", values, cells)


def _edge(classes: Iterable[Collection[str]]) -> str:
    """Which class of trigger, of R and N, has the end of the word among its segments."""
    return next((letter for letter, own in zip(SIDES[1], classes, strict=True) if WORD_EDGE in own), "")


def _kept(names: Sequence[str], kept: np.ndarray) -> tuple[str, ...]:
    """Those of some numbers, or those that stay."""
    kept = np.asarray(kept)
    return tuple(names[n] for n in (np.flatnonzero(kept) if kept.dtype == bool else kept))


def _mean(values: np.ndarray, axis: int) -> np.ndarray:
    """Mean of what is measured; NaN where nothing is, without a warning."""
    measured = np.isfinite(values)
    with np.errstate(invalid="ignore"):
        return np.where(measured, values, 0).sum(axis) / measured.sum(axis)
