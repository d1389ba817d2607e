"""What enters the figures: the head, the events of each cell, the differences of each unit and their intervals."""

from __future__ import annotations

import math

import numpy as np

from ...stimuli.items import CELLS
from ...text import listed, number, signed
from ..contrasts.estimates import contrast_interval, weights_of
from ..contrasts.kinds import CONTRASTS, RESPONSE
from ..contrasts.study import SCALE, Family, Study
from ..design.designs import Design
from ..events.events import Event, Head, View
from ..statistics.intervals import mean_interval, sum_interval
from .style import capitalized

SEED = 1  # of the intervals
SCALE_NAMES = {SCALE: "log-odds", "mass": "mass"}


def main_family(study: Study) -> Family | None:
    """The primary family; of a plain word list, which has none, the first."""
    return study.primary or (study.families[0] if study.families else None)


def contrast_name(family: Family) -> str:
    """What a caption calls it."""
    contrast = CONTRASTS[family.contrast]
    return capitalized(contrast.full_name) if contrast.term else "Difference from the same offset elsewhere"


def means_text(family: Family, head: int) -> str:
    """``.98 in TR, .04 in TN``: mean mass on the trigger."""
    means = {cell: family.cell_means[cell][head] for cell in CELLS if cell in family.cell_means}
    return listed([f"{number(mean)} in {cell}" for cell, mean in means.items() if not np.isnan(mean)])


def estimate_text(family: Family, head: int) -> str:
    """``+4.1 log-odds (95 % interval +3.6 to +4.7)``; of a plain list, of which no log-odds are known, of mass."""
    scale, form = (SCALE, signed) if np.isfinite(family.estimate[SCALE][head]) else ("mass", number)
    estimate, low, high = (form(each[scale][head]) for each in (family.estimate, family.low, family.high))
    return f"{estimate}{' log-odds' if scale == SCALE else ''} (95 % interval {low} to {high})"


def chosen_head(study: Study, head: Head | None = None) -> Head:
    """The given head, else the best of the primary family, else the one with most mass on the trigger.

    Raises:
        ValueError: no event is included, or the study has no such view, layer or head.
    """
    family = main_family(study)
    if head is None and family is not None and np.isfinite(family.estimate["mass"]).any():
        head = family.heads[family.best]
    if head is None:
        if not is_measured(study):
            raise ValueError("no event is included: there is nothing to draw")
        view = study.events.views[0]
        mass = mean(view.mass[cell_events(study)["TR"]])
        layer, number = np.unravel_index(np.nanargmax(mass), mass.shape)
        head = Head(view.kind, view.query, int(layer) + 1, int(number) + 1)
    view = study.events.view(head.kind, head.query)
    if view is None or not (1 <= head.layer <= view.layers and 1 <= head.head <= view.heads):
        raise ValueError(f"no head {head} of {head.kind} with the query {head.query}")
    return head


def of_head(view: View, head: Head, measure: str) -> np.ndarray:
    """A measure of one head.  # -> events, or events x 8 for the window"""
    return getattr(view, measure)[:, head.layer - 1, head.head - 1].astype(np.float64)


def cell_events(study: Study) -> dict[str, np.ndarray]:
    """Numbers of the events of each cell: of the complete design; of a plain list all that are included, as TR."""
    if study.design is not None:
        return study.design.cell_events()
    counting = [n for n, each in enumerate(study.events.events) if each.included and each.item.cell in ("", "TR")]
    return {"TR": np.array(counting, int)}


def is_measured(study: Study) -> bool:
    """Is there any event of cell TR with attention to its trigger?"""
    views = study.events.views
    return bool(views) and bool(np.isfinite(views[0].mass[cell_events(study)["TR"]]).any())


def attended(event: Event, kind: str) -> int:
    """Number of segments that the query attends to, EOS excluded unless it is in trigger position."""
    return (event.step or 0) if kind == "decoder" else len(event.item.ur) + event.item.at_edge


def mean(values: np.ndarray, axis: int = 0) -> np.ndarray:
    """Mean of what is measured; NaN where nothing is, without a warning."""
    measured = np.isfinite(values)
    with np.errstate(invalid="ignore"):
        return np.where(measured, values, 0).sum(axis) / measured.sum(axis)


def response(design: Design, values: np.ndarray) -> tuple[float, float, float]:
    """Double difference of one measure over the units that have it, and its 95 % interval over all kinds of units.

    Args:
        design: of the events.
        values: one an event; NaN where a word does not reach as far.

    Returns:
        Estimate, low, high; NaN where a class has fewer than two units.
    """
    if not design.is_crossed:
        return mean_of_units(design.differences(values)[0].every)
    known = np.isfinite(values[design.index])
    part = design.part(known.any(1), known.any(0))
    table = values[part.index][..., None]
    few = any(own.sum() < 2 for side in part.sides for own in (side.first, ~side.first))
    if few or not np.isfinite(table).all():
        return math.nan, math.nan, math.nan
    rows, columns = weights_of(part, RESPONSE)
    low, high = contrast_interval(part, table, RESPONSE, SEED)
    return float(rows @ table[..., 0] @ columns), float(low[0]), float(high[0])


def difference_of_units(values: np.ndarray, first: np.ndarray) -> tuple[float, float, float]:
    """Mean of the first class less that of the other, and its 95 % interval over these units."""
    weights, rng = np.where(first, 1 / first.sum(), -1 / (~first).sum()), np.random.default_rng(SEED)
    low, high = sum_interval(values[:, None], weights, first, rng)
    return float(weights @ values), float(low[0]), float(high[0])


def mean_of_units(values: np.ndarray) -> tuple[float, float, float]:
    """Mean over the units that have a value, and its 95 % interval; NaN with fewer than two."""
    values = values[np.isfinite(values)].astype(np.float64)
    if len(values) < 2:
        return math.nan, math.nan, math.nan
    low, high = mean_interval(values[:, None], np.random.default_rng(SEED))
    return float(values.mean()), float(low[0]), float(high[0])
