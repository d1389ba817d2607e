"""Events: what a model did and where it looked at the place where a process is decided, word by word.

`collect` streams a dump; `event_table` writes what it finds.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ...stimuli.items import Item

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
    """

    item: Item
    surface: tuple[str, ...]
    reference: tuple[str, ...]
    status: str
    step: int | None
    ambiguous: bool = False

    @property
    def counts(self) -> bool:
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
    """One kind of attention in one row, for all events.

    Arrays: events x layers x heads, float32; NaN where an event has no such row.

    Attributes:
        kind: ``cross``, ``encoder`` or ``decoder``.
        row: ``decision`` (the step that emits the target), ``following`` (the next step, which reads it), and for
            ``encoder`` ``target`` (from the target's own position).
        mass: weight at the trigger's position, renormalized over segments (EOS excluded), 0 to 1.
        logit: of the mass clipped to [.001, .999], natural.
        raw_mass: weight at the trigger's position, EOS included.
        eos_mass: weight on EOS, the sink.
        log_ratio: natural log of the weight at the trigger over the geometric mean of the other segments' weights.
        entropy: of the renormalized row, in bits: 0 is one segment, log2 of the number of segments is uniform.
        window: renormalized mass at target - 3 ... target + 3, then ``eos_mass``. Positions count segments only: the
            mass of a morpheme edge that the model sees is part of the whole, but of no position.
            # -> events x layers x heads x 8
        regions: renormalized mass of further regions, by name, for description.
        elsewhere: mean mass at the same offset from the word's other rows, for a plain word list; else None.
        beside: mass at the trigger, renormalized over the segments other than the target: what a target that draws
            the head to itself cannot change.
        norm: norm of the weighted value vector at the trigger's position, see `AttentionRecord`; None of a dump without
            norms.
        norm_mass: its share of the sum of the segments' norms (EOS excluded), 0 to 1; None likewise.
    """

    kind: str
    query: str
    mass: np.ndarray
    logit: np.ndarray
    raw_mass: np.ndarray
    eos_mass: np.ndarray
    log_ratio: np.ndarray
    entropy: np.ndarray
    window: np.ndarray
    regions: dict[str, np.ndarray] = field(default_factory=dict)
    elsewhere: np.ndarray | None = None
    beside: np.ndarray | None = None
    norm: np.ndarray | None = None
    norm_mass: np.ndarray | None = None

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
    """All events of one dump, and their views, the decision row of the cross-attention first.

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
    def has_norms(self) -> bool:
        """Have all views the measures of the norms?"""
        return bool(self.views) and all(view.norm is not None for view in self.views)

    def view(self, kind: str, query: str) -> View | None:
        """That kind and row; None if the dump has no such kind, or no event such a row."""
        return next((view for view in self.views if (view.kind, view.query) == (kind, query)), None)

    def exact_match(self, cell: str | None = None) -> tuple[int, int]:
        """How many words are right as a whole, and how many there are: of one cell, or of all; fillers apart."""
        right = {e.item.id: e.surface == e.reference for e in self.events if cell in (None, e.item.cell)}
        return sum(right.values()), len(right)

    def statuses(self, cell: str | None = None) -> dict[str, int]:
        """How many events have each of `STATUSES`: of one cell, or of all."""
        found = [event.status for event in self.events if cell in (None, event.item.cell)]
        return {status: found.count(status) for status in STATUSES}
