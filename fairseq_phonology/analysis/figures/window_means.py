"""What the window shows: the means of each cell, the response at each position, and where the trigger is."""

from __future__ import annotations

import numpy as np

from ..contrasts.study import Study
from ..design.designs import Grid, Quads
from ..events.events import WINDOW, Head, View
from .cells import mean, of_head, response


def seen(view: View, head: Head, wherever: bool) -> np.ndarray:
    """What one head has of each event: the window, and the trigger if it stands apart.  # -> events x 8 or 9"""
    window = of_head(view, head, "window")
    return np.column_stack([window, of_head(view, head, "mass")]) if wherever else window


def cell_means(window: np.ndarray, cells: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Mean of each cell at each position; NaN where less than half of the events of some cell have it."""
    means = {cell: mean(window[which]) for cell, which in cells.items()}
    reached = np.array([np.isfinite(window[which]).mean(0) >= 0.5 for which in cells.values()]).all(0)
    return {cell: np.where(reached, each, np.nan) for cell, each in means.items()}


def responses(study: Study, window: np.ndarray, means: dict[str, np.ndarray]) -> np.ndarray:
    """Estimate, low and high of each position that is drawn.  # -> 3 x 8 or 9"""
    reached = np.isfinite(np.array(list(means.values()))).all(0)
    nothing = (np.nan, np.nan, np.nan)
    return np.array([response(study.design, window[:, n]) if reached[n] else nothing for n in range(len(reached))]).T


def units(design: Grid | Quads) -> str:
    """What is resampled, and how many."""
    if isinstance(design, Quads):
        return f"{len(design.words)} words"
    sizes = {design.row_unit: len(design.rows), design.column_unit: len(design.columns)}
    return f"{sizes['stems']} stems and {sizes['suffixes']} suffixes"


def trigger_offset(view: View, shown: np.ndarray) -> tuple[int | None, bool]:
    """The position in the window that the trigger has in all of these events, told by its weight in all heads.

    Returns:
        It, if there is one; and whether there is none, so that the trigger has to be shown by itself.
    """
    known = shown[np.isfinite(view.mass[shown]).all((1, 2))]
    same = (view.window[known, ..., :7] == view.mass[known, ..., None]).all((0, 1, 2))
    return WINDOW[int(np.flatnonzero(same)[0])] if same.sum() == 1 else None, not same.any()
