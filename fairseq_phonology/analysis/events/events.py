"""Events: the outcome and the attention of a model at the place where a process is decided, word by word.

`collect` streams a dump; `event_table` writes what it finds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from ...errors import InputError
from ...stimuli.items import Item
from ..design.designs import Design

WINDOW = range(-3, 4)  # positions around the target that are drawn
STATUSES = ("applied", "underapplied", "overapplied", "other")


@dataclass(frozen=True)
class Event:
    """One site or control in one model's output.

    Attributes:
        item: the word and its place in the design; its positions are those of the UR as the model saw it.
        surface: the model's SR.
        reference: the gold SR.
        status: ``applied``: the gold segment stands at the decision step (in a control that means that nothing
            happened, as it should); ``underapplied``: the segment of the SR derived with the process blocked;
            ``overapplied``: a control that was changed as the process would; ``other``: anything else.
        step: the decision step, in the model's SR, from 0; len(surface) is the step that emits EOS; None if the
            model's SR has nothing that corresponds to it.
        ambiguous: the model's SR is not the gold one, and corresponds to it in more than one way equally well.
        gap: the process deletes, inserts or moves a segment here, so that the step emits another one than in a control.
    """

    item: Item
    surface: tuple[str, ...]
    reference: tuple[str, ...]
    status: str
    step: int | None
    ambiguous: bool = False
    gap: bool = False

    @property
    def included(self) -> bool:
        """Does it enter the tests? Only with the gold segment at the decision step (section 5, errors)."""
        return self.status == "applied"


@dataclass(frozen=True)
class Head:
    """One head of one view. Layer and head count from 1."""

    kind: str
    query: str
    layer: int
    head: int

    def __str__(self) -> str:
        return f"{self.layer}.{self.head}"


@dataclass
class View:
    """One kind of attention of one query, for all events.

    Arrays: events x layers x heads, float32; NaN where an event has no such query. Where the end of the word is in
    trigger position (``#``), the trigger's position is that of EOS, which then is one among the others: nothing is left
    out, and mass is the weight itself.

    Attributes:
        kind: ``cross``, ``encoder`` or ``decoder``.
        query: ``decision`` (the step that emits the target), ``following`` (the next step, which reads it), and for
            ``encoder`` ``target`` (from the target's own position).
        log_odds: of the trigger beside the target, natural, see `measures.log_odds`; the scale of every test. NaN of a
            word without another segment.
        mass: weight at the trigger's position, renormalized over segments (EOS excluded), 0 to 1.
        raw_mass: weight at the trigger's position, EOS included.
        eos_mass: weight on EOS, the sink.
        log_ratio: natural log of the weight at the trigger over the geometric mean of the other segments' weights.
        entropy: of the renormalized weights, in bits: 0 is one segment, log2 of the number of segments is uniform.
        window: renormalized mass at target - 3 ... target + 3, then ``eos_mass``. Positions count segments only: the
            mass of a morpheme edge that the model sees is part of the whole, but of no position.
            # -> events x layers x heads x 8
        regions: renormalized mass of further regions, by name, for description.
        elsewhere: mean mass at the same offset from the word's other queries, for a plain word list; else None.
        norm: norm of the weighted value vector at the trigger's position, see `AttentionRecord`; None of a dump without
            norms.
        norm_mass: its share of the sum of the segments' norms (EOS excluded), 0 to 1; None likewise.
        norm_log_odds: as log_odds, of the norms in place of the weights; None likewise.
    """

    kind: str
    query: str
    log_odds: np.ndarray
    mass: np.ndarray
    raw_mass: np.ndarray
    eos_mass: np.ndarray
    log_ratio: np.ndarray
    entropy: np.ndarray
    window: np.ndarray
    regions: dict[str, np.ndarray] = field(default_factory=dict)
    elsewhere: np.ndarray | None = None
    norm: np.ndarray | None = None
    norm_mass: np.ndarray | None = None
    norm_log_odds: np.ndarray | None = None

    @property
    def layers(self) -> int:
        """Number of layers."""
        return self.mass.shape[1]

    @property
    def heads(self) -> int:
        """Number of heads in a layer."""
        return self.mass.shape[2]


@dataclass
class Events:
    """All events of one dump, and their views, the decision query of the cross-attention first.

    Attributes:
        fillers: words of the list that are in no cell: they make no events.
        left_out: words of the dump that the list does not have; without a list, words in which the process is
            not met, or does not apply in the gold SR.
    """

    events: list[Event]
    views: list[View]
    fillers: int = 0
    left_out: int = 0

    @property
    def items(self) -> list[Item]:
        """The item of each event."""
        return [event.item for event in self.events]

    @property
    def gap(self) -> bool:
        """Does the process delete, insert or move a segment in some word of cell TR?"""
        return any(event.gap and event.item.cell == "TR" for event in self.events)

    @property
    def has_norms(self) -> bool:
        """Have all views the measures of the norms?"""
        return bool(self.views) and all(view.norm is not None for view in self.views)

    def view(self, kind: str, query: str) -> View | None:
        """That kind and query; None if the dump has no such kind, or no event such a query."""
        return next((view for view in self.views if (view.kind, view.query) == (kind, query)), None)

    def exact_match(self, cell: str | None = None) -> tuple[int, int]:
        """How many words are right as a whole, and how many there are: of one cell, or of all; fillers apart."""
        right = {e.item.id: e.surface == e.reference for e in self.events if cell in (None, e.item.cell)}
        return sum(right.values()), len(right)

    def statuses(self, cell: str | None = None) -> dict[str, int]:
        """How many events have each of `STATUSES`: of one cell, or of all."""
        found = [event.status for event in self.events if cell in (None, event.item.cell)]
        return {status: found.count(status) for status in STATUSES}


PRIMARY_KINDS = ("cross", "decoder")  # of the decision query; the decoder where it can read the trigger


def primary_views(events: Events, design: Design) -> list[View]:
    """Those of the primary family: every event of the design has such a query, in the cross-attention at least.

    Raises:
        InputError: some event has none.
    """
    first = [
        view
        for view in events.views
        if view.query == "decision" and view.kind in PRIMARY_KINDS and is_whole(view, design)
    ]
    if not any(view.kind == "cross" for view in first):
        raise InputError(
            f"{_first_without(events, design)} has no decision step, so that this design cannot be tested (a "
            f"control of an insertion has none); without the columns stem and suffix the list is described"
        )
    return first


def is_whole(view: View, design: Design) -> bool:
    """Has every event of the design such a query, and another segment to compare the trigger with?"""
    return not np.isnan(view.log_odds[design.index]).any()


def heads_of(views: Sequence[View]) -> list[Head]:
    """All heads of some views, in the order of `by_head`."""
    return [
        Head(view.kind, view.query, layer + 1, head + 1)
        for view in views
        for layer in range(view.layers)
        for head in range(view.heads)
    ]


def by_head(views: Sequence[View], name: str) -> np.ndarray:
    """One measure of some views side by side.  # -> events x heads"""
    return np.concatenate([getattr(view, name).reshape(len(view.mass), -1) for view in views], 1)


def _first_without(events: Events, design: Design) -> str:
    """The first word of the design without a query in the main view, by name."""
    main = events.view("cross", "decision")
    lacking = [n for n in design.index.ravel() if main is None or np.isnan(main.mass[n]).any()]
    return f"word {events.events[lacking[0]].item.id!r}"


def head_names(heads: Sequence[Head]) -> list[str]:
    """As ``2.1``; where there are several kinds of attention, as ``decoder 2.1``."""
    several = len({head.kind for head in heads}) > 1
    return [f"{head.kind} {head}" if several else str(head) for head in heads]


def included_events(events: Events) -> np.ndarray:
    """Which events enter the tests: those that are included, without those of `words_alone`, and without those in which
    the trigger was dropped.

    An event in which the model dropped the trigger that its decoder's step should have read leaves like a failed one: a
    primary family over both kinds of attention would else lose the decoder to one slip. Where words that are wholly
    right, too, lack the query (the language drops the trigger), the decoder is in no test.

    Returns:
        of each event.  # -> events, bool
    """
    alone = set(words_alone(events))
    included = np.array([event.included and event.item.id not in alone for event in events.events])
    view = events.view("decoder", "decision")
    if view is None:
        return included
    lacking = np.isnan(view.log_odds).any((1, 2))
    right = np.array([event.surface == event.reference for event in events.events])
    return included if (lacking & right & included).any() else included & ~lacking


def words_alone(events: Events) -> list[str]:
    """Ids of the words that have no segment but target and trigger: with no log-odds, they are in no test."""
    view = events.view("cross", "decision")
    if view is None:
        return []
    alone = np.isnan(view.log_odds).any((1, 2)) & ~np.isnan(view.mass).any((1, 2))
    return [events.events[n].item.id for n in np.flatnonzero(alone)]
