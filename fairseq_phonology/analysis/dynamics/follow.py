"""What one checkpoint does with the words of a design, under forced decoding of the gold SRs: a point of `dynamics`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import InputError
from ...stimuli.items import CELLS, Item
from ..contrasts.estimates import contrast_interval, contrast_of
from ..contrasts.kinds import RESPONSE
from ..contrasts.study import SCALES
from ..design.crossing import design_of
from ..design.designs import Design
from ..events.collect import events_of
from ..events.events import Events, Head, by_head, heads_of, primary_views
from ..events.outcome import Outcomes
from ..interventions.effects import MinimalPair, Words, minimal_pair_of
from ..interventions.kinds import DIRECT, MINIMAL_PAIRS, ROUTES, Intervention
from ..interventions.plans import Plan
from ..interventions.run import Interventions, Question, Running, prepare

WHICH = (
    *(Intervention(measure, "trigger", method="input") for measure in MINIMAL_PAIRS),
    *(Intervention(measure, "trigger") for measure in DIRECT),
    *(Intervention(route, "others") for route in ROUTES),
)


@dataclass
class Snapshot:
    """What one checkpoint does with the words of the design, under forced decoding of their gold SRs.

    Attributes:
        heads: of the primary family.
        decided: share of words with the gold segment at the decision step: of each cell, and of ``all``.
        means: mean mass at the trigger by cell.  # -> heads
        response: by scale.  # -> heads
        low, high: 95 % intervals of the response in mass.  # -> heads
        intact: mean log-odds of the gold segment in TR.
        pair: the trigger replaced; None where some word has no minimal pair.
        effects: measure of `kinds.DIRECT` -> what noising in all heads takes from the log-odds, mean of TR.
        others: measure of `kinds.ROUTES` -> what the same takes at the other segments.
    """

    heads: list[Head]
    decided: dict[str, float]
    means: dict[str, np.ndarray]
    response: dict[str, np.ndarray]
    low: np.ndarray
    high: np.ndarray
    intact: float
    pair: MinimalPair | None
    effects: dict[str, float]
    others: dict[str, float]


def snapshot(events: Events, found: Interventions, seed: int = 1) -> Snapshot:
    """Measure one checkpoint.

    Args:
        events: from attention under forced decoding of the gold SRs.
        found: `WHICH`, on the same words.
        seed: of the intervals.

    Raises:
        InputError: the words are no design, or have no decision step.
    """
    design = needed_design([event.item for event in events.events])
    views = primary_views(events, design)
    values = {scale: by_head(views, scale)[design.index].astype(float) for scale in SCALES}
    low, high = contrast_interval(design, values["mass"], RESPONSE, seed)
    words = Words.of(found, design_of([event.item for event in found.events]), seed)
    return Snapshot(
        heads_of(views),
        _decided(found),
        design.cell_means(values["mass"]),
        {scale: contrast_of(design, each, RESPONSE) for scale, each in values.items()},
        *(low, high, float(found.intact[words.index].mean(dtype=float))),
        minimal_pair_of(words),
        _effects(words, "trigger"),
        _effects(words, "others"),
    )


def needed_design(items: Sequence[Item]) -> Design:
    """The design of the words, before any is excluded.

    Raises:
        InputError: the words are no design, or too small a one.
    """
    design = design_of(items)
    if design is None:
        raise InputError(
            "the words have no design (no columns stem and suffix): a response is a difference between its cells; "
            "`fairseq-phonology stimuli` makes one"
        )
    return design


def _decided(found: Interventions) -> dict[str, float]:
    cells = np.array([event.item.cell for event in found.events])
    counts = np.array([event.included for event in found.events])
    return {"all": float(counts.mean()), **{cell: float(counts[cells == cell].mean()) for cell in CELLS}}


def _effects(words: Words, place: str) -> dict[str, float]:
    """Of the interchanges that every word of TR has room for."""
    which = [one for one in words.found.which if one.place == place and one.measure in DIRECT]
    effects = np.moveaxis(words.effects(which), -1, 0)
    return {one.measure: float(own.mean()) for one, own in zip(which, effects, strict=True) if np.isfinite(own).all()}


def follower(question: Question, running: Running) -> Callable[[Path], Snapshot]:
    """What takes the snapshot of one checkpoint after the other: attention and interchange, under forced decoding.

    To be called within `quiet_fairseq`.

    Returns:
        a function of the checkpoint's file; it raises what `prepare` does, and InputError for words without a design.
    """
    from ...attention.forcing import forced_records
    from ...training.checkpoints.loaded import one_thread

    outcomes = Outcomes(question.grammar, question.process, question.include)
    by_id = {item.id: item for item in question.items if item.cell}
    # where the trigger precedes, the decoder can read it on the surface
    places = [(item.target_index, item.trigger_index) for item in question.items]
    precedes = any(None not in place and place[1] < place[0] for place in places)
    kinds = ("cross", "decoder") if precedes else ("cross",)
    known: dict[Any, list[Plan]] = {}

    def follow(checkpoint: Path) -> Snapshot:
        ready = prepare(checkpoint, question, running, known)
        loaded = ready.loaded
        words = [(plan.item.id, plan.item.ur, plan.reference) for plan in ready.plans]
        try:
            with one_thread(ready.forcing.device.type):
                records = forced_records(loaded.model, loaded.source, loaded.target, words, kinds)
                events = events_of(records, kinds, outcomes, by_id)
            found = ready.intervene(WHICH, cells=("TR",))
        except InputError as error:
            raise InputError(error.message, error.path or checkpoint) from None
        try:
            return snapshot(events, found)
        except InputError as error:
            raise InputError(error.message, error.path or question.stimuli) from None

    return follow
