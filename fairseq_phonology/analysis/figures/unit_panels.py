"""What the figure of the units shows: their differences, their means, and the tests that permute them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..contrasts.family import Family
from ..design.designs import Grid, Quads
from ..events.events import Head
from .cells import difference_of_units, mean_of_units, target_differences, trigger_differences, word_differences


@dataclass(frozen=True)
class Panel:
    """Two classes of units, or of each real word its two differences.

    Attributes:
        unit: ``stems``, ``suffixes`` or ``words``.
        difference: what a point is, as in ``R − N``.
        names: class -> names of the units, segments joined.
        values: class -> difference of each unit.
        means: class -> mean, low, high.
        response: difference of the two means, low, high.
        p: max-T p-values of the test that permutes these units, by scale.
    """

    unit: str
    difference: str
    names: dict[str, tuple[str, ...]]
    values: dict[str, np.ndarray]
    means: dict[str, tuple[float, float, float]]
    response: tuple[float, float, float]
    p: dict[str, float]


def unit_panels(design: Grid, values: np.ndarray, family: Family | None, head: Head) -> list[Panel]:
    """Units that carry the target, then those that carry the trigger.  # values: one an event"""
    rows, columns = target_differences(design, values), trigger_differences(design, values)
    return [
        _panel(design.row_unit, "R − N", ("T", "C"), design.rows, rows, design.undergoes, family, head),
        _panel(design.column_unit, "T − C", ("R", "N"), design.columns, columns, design.triggers, family, head),
    ]


def _panel(
    unit: str,
    difference: str,
    classes: tuple[str, str],
    names: tuple[str, ...],
    values: np.ndarray,
    first: np.ndarray,
    family: Family | None,
    head: Head,
) -> Panel:
    members = dict(zip(classes, (first, ~first), strict=True))
    groups = {name: values[some] for name, some in members.items()}
    return Panel(
        unit,
        difference,
        {name: tuple(names[n].replace(" ", "") for n in np.flatnonzero(some)) for name, some in members.items()},
        groups,
        {name: mean_of_units(group) for name, group in groups.items()},
        difference_of_units(values, first),
        _p(family, unit, head),
    )


def word_panel(design: Quads, values: np.ndarray, family: Family | None, head: Head) -> list[Panel]:
    """Both differences of every real word.  # values: one an event"""
    groups = dict(zip("TC", word_differences(design, values), strict=True))
    means = {name: mean_of_units(group) for name, group in groups.items()}
    names = dict.fromkeys(groups, design.words)
    response = mean_of_units(groups["T"] - groups["C"])
    return [Panel("words", "R − N", names, groups, means, response, _p(family, "stems", head))]


def _p(family: Family | None, unit: str, head: Head) -> dict[str, float]:
    if family is None:
        return {}
    n = family.heads.index(head)
    return {s: float(family.p[f"{unit}_{s}"][n]) for s in ("mass", "logit") if f"{unit}_{s}" in family.p}
