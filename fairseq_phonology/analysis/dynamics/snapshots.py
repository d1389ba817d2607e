"""What one checkpoint does with the words of a design, along their gold SRs: one point of `dynamics`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...errors import InputError
from ...stimuli.items import CELLS, Item
from ..contrasts.estimates import contrast_interval, contrast_of
from ..contrasts.family import SCALES
from ..design.crossing import design_of
from ..design.designs import Design
from ..events.events import Events, Head
from ..events.views import by_head, heads_of, primary_views
from ..interventions.effects import MinimalPair
from ..interventions.interventions import Interventions
from ..interventions.kinds import KINDS, KNOCK_OUTS, ROUTES, Intervention
from ..interventions.tests import minimal_pair_of, sites_of
from ..statistics.paired import LEAST_FLIPPED
from ..statistics.permutation import PERMUTATIONS

WHICH = (*(Intervention(measure, "trigger") for measure in KINDS), *(Intervention(route, "others") for route in ROUTES))


@dataclass
class Snapshot:
    """What one checkpoint does with the words of the design, led along their gold SRs.

    Attributes:
        heads: of the primary family.
        decided: share of words with the gold segment at the decision step: of each cell, and of ``all``.
        means: mean mass at the trigger by cell.  # -> heads
        response: by scale.  # -> heads
        low, high: 95 % intervals of the response in mass.  # -> heads
        intact: mean log-odds of the gold segment in TR.
        pair: the trigger replaced; None where some word has no minimal pair.
        effects: measure of `kinds.KNOCK_OUTS` -> what the knock-out in all heads takes from the log-odds, mean of TR.
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


def snapshot(events: Events, found: Interventions, n_permutations: int = PERMUTATIONS, seed: int = 1) -> Snapshot:
    """Measure one checkpoint.

    Args:
        events: from attention along the gold SRs.
        found: `WHICH`, on the same words.
        n_permutations, seed: of the test whether the minimal pair distinguishes; the seed also of the intervals.

    Raises:
        InputError: the words are no design, or have no decision step.
    """
    design = needed_design([event.item for event in events.events])
    views = primary_views(events, design)
    values = {scale: by_head(views, scale)[design.index].astype(float) for scale in SCALES}
    low, high = contrast_interval(design, values["mass"], "response", seed)
    index, sizes = sites_of(found.events, design_of([event.item for event in found.events]))
    testing = min(size for size in sizes if size) >= LEAST_FLIPPED
    names = {"rows": "rows", "columns": "columns", "both": "both"} if design.is_crossed else {"stems": "rows"}
    return Snapshot(
        heads_of(views),
        _decided(found),
        design.cell_means(values["mass"]),
        {scale: contrast_of(design, each, "response") for scale, each in values.items()},
        *(low, high, float(found.intact[index].mean(dtype=float))),
        minimal_pair_of(found, index, testing, names, n_permutations, seed),
        _effects(found, index, "trigger"),
        _effects(found, index, "others"),
    )


def needed_design(items: Sequence[Item]) -> Design:
    """What the words are crossed by, whatever a model makes of them.

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
    counts = np.array([event.counts for event in found.events])
    return {"all": float(counts.mean()), **{cell: float(counts[cells == cell].mean()) for cell in CELLS}}


def _effects(found: Interventions, index: np.ndarray, place: str) -> dict[str, float]:
    """Of those knock-outs that every word of TR has room for."""
    effects = {
        one.measure: found.effects[index, n].astype(float)
        for n, one in enumerate(found.which)
        if one.place == place and one.measure in KNOCK_OUTS
    }
    return {measure: float(values.mean()) for measure, values in effects.items() if np.isfinite(values).all()}
