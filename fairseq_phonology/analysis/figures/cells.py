"""What enters the figures: the head, the events of each cell, the differences of each unit and their intervals."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...phonology.items import CELLS
from ..design import Grid, Quads
from ..events import Event, View
from ..families import Head
from ..study import Study

RESAMPLES = 2000


def chosen_head(study: Study, head: Head | None = None) -> Head:
    """The given head, else the best of the primary family, else the one that looks most at the trigger.

    Raises:
        ValueError: no event counts, or the study has no such view, layer or head.
    """
    family = study.primary
    if head is None and family is not None and np.isfinite(family.estimate["mass"]).any():
        head = family.heads[family.best]
    if head is None:
        which = cell_events(study).get("TR", np.array([], int))
        if not study.events.views or not np.isfinite(study.events.views[0].mass[which]).any():
            raise ValueError("no event that counts: there is nothing to draw")
        view = study.events.views[0]
        mass = mean(view.mass[which])
        layer, number = np.unravel_index(np.nanargmax(mass), mass.shape)
        head = Head(view.kind, view.row, int(layer) + 1, int(number) + 1)
    view = study.events.view(head.kind, head.row)
    if view is None or not (1 <= head.layer <= view.layers and 1 <= head.head <= view.heads):
        raise ValueError(f"no head {head} in the row {head.row} of {head.kind}")
    return head


def of_head(view: View, head: Head, measure: str) -> np.ndarray:
    """A measure of one head.  # -> events, or events x 8 for the window"""
    return getattr(view, measure)[:, head.layer - 1, head.head - 1].astype(np.float64)


def cell_events(study: Study) -> dict[str, np.ndarray]:
    """Numbers of the events of each cell: those of the complete design; of a plain list all that count, as TR."""
    design = study.design
    if isinstance(design, Quads):
        return {cell: design.index[:, n] for n, cell in enumerate(CELLS)}
    if isinstance(design, Grid):
        sides = {"T": design.undergoes, "C": ~design.undergoes, "R": design.triggers, "N": ~design.triggers}
        return {cell: design.index[np.ix_(sides[cell[0]], sides[cell[1]])].ravel() for cell in CELLS}
    counting = [n for n, each in enumerate(study.events.events) if each.counts and each.item.cell in ("", "TR")]
    return {"TR": np.array(counting, int)}


def attended(event: Event, kind: str) -> int:
    """Number of segments that the row attends to, EOS excluded."""
    return (event.step or 0) if kind == "decoder" else len(event.item.ur)


def mean(values: np.ndarray, axis: int = 0) -> np.ndarray:
    """Mean of what is measured; NaN where nothing is, without a warning."""
    measured = np.isfinite(values)
    with np.errstate(invalid="ignore"):
        return np.where(measured, values, 0).sum(axis) / measured.sum(axis)


def target_differences(design: Grid, values: np.ndarray) -> np.ndarray:
    """Of each unit that carries the target: mean over R - mean over N.  # events x ... -> rows x ..."""
    table = values[design.index]
    return mean(table[:, design.triggers], 1) - mean(table[:, ~design.triggers], 1)


def trigger_differences(design: Grid, values: np.ndarray) -> np.ndarray:
    """Of each unit that carries the trigger: mean over T - mean over C.  # events x ... -> columns x ..."""
    table = values[design.index]
    return mean(table[design.undergoes]) - mean(table[~design.undergoes])


def word_differences(design: Quads, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of each real word: TR - TN, and CR - CN.  # events x ... -> words x ..., twice"""
    tr, tn, cr, cn = (values[column] for column in design.index.T)
    return tr - tn, cr - cn


def response_groups(design: Grid | Quads, values: np.ndarray) -> list[np.ndarray]:
    """Units whose mean, or the first of whose two means less the second, is the response."""
    if isinstance(design, Quads):
        with_target, without = word_differences(design, values)
        return [with_target - without]
    differences = target_differences(design, values)
    return [differences[design.undergoes], differences[~design.undergoes]]


def interval(groups: Sequence[np.ndarray], seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean of the first group, less that of the second if there is one, and its 95 % percentile bootstrap over units.

    Returns:
        Estimate, low, high.  # groups of units x ... -> ...
    """
    rng = np.random.default_rng(seed)
    estimate, resampled = 0.0, 0.0
    for sign, group in zip((1, -1), groups, strict=False):
        flat = np.asarray(group, np.float64).reshape(len(group), -1)
        measured = np.isfinite(flat)
        counts = rng.multinomial(len(flat), np.full(len(flat), 1 / len(flat)), RESAMPLES).astype(np.float64)
        with np.errstate(invalid="ignore"):
            means = (counts @ np.where(measured, flat, 0)) / (counts @ measured)
        resampled = resampled + sign * means.reshape(RESAMPLES, *group.shape[1:])
        estimate = estimate + sign * mean(group)
    defined = np.isfinite(estimate)
    low, high = (np.nanquantile(np.where(defined, resampled, 0), q, axis=0) for q in (0.025, 0.975))
    return estimate, np.where(defined, low, np.nan), np.where(defined, high, np.nan)
