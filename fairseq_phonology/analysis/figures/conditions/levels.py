"""The levels of a condition: every item as a point, means and intervals, for one head or model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ....text import NONE, decimal, typeset
from ...contrasts.conditions import ConditionStudy
from ..registered import Caption, Display, register_figure

if TYPE_CHECKING:
    pass

_NAMED = 12  # items whose names can be read at the last level
_LINES = 60  # items within levels that are joined


@dataclass
class LevelsDisplay(Display):
    """One response by level: compute with `from_study`, then `plot`.

    Attributes:
        values: level -> of each item.
        means: level -> mean, low, high.
        items: names, where they are the same in all levels; else empty.
        label: of the axis.
        title: what was measured.
        note: contrasts with their tests.
    """

    values: dict[str, np.ndarray]
    means: dict[str, tuple[float, float, float]]
    items: tuple[str, ...]
    label: str
    title: str
    note: str

    @classmethod
    def from_study(cls, study: ConditionStudy, column: int | None = None) -> LevelsDisplay:
        """Compute.

        Args:
            study: what was measured.
            column: number of the head or model; by default that of `shown_column`; of several models their mean.
        """
        mean = bool(study.over_models) and column is None
        column = shown_column(study) if column is None else column
        design, scale = study.shown, study.scale
        factor = 100 if scale == "exact_match" else 1
        table = design.taken(study.measured.values[scale]) * factor
        if mean:
            table = table.mean(-1, keepdims=True)
            values = {level: own[:, 0] for level, own in design.by_level(table).items()}
            own = {level: each[0] for level, each in _means(study, column).items()}

    means = "; ".join(f"{level} {decimal(x, 1) if np.isfinite(x) else NONE}" for level, x in own.items())
    return Caption(title, text, typeset(f"{title} Means: {means}."))


def _means(study: ConditionStudy, column: int | None) -> dict[str, tuple[float, ...]]:
    factor = 100 if study.scale == "exact_match" else 1
    table = study.shown.taken(study.measured.values[study.scale]) * factor
    own = {level: each.mean(0) for level, each in study.shown.by_level(table).items()}
    return {level: (float(each.mean() if column is None else each[column]),) for level, each in own.items()}


@register_figure("levels", "conditions", rank=10)
def _draw(study: ConditionStudy) -> LevelsDisplay:
    return LevelsDisplay.from_study(study)
