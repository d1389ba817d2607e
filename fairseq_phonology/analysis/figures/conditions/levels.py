"""The levels of a condition: every item as a point, means and intervals, for one head or model."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ....text import NONE, count, decimal, p_text, typeset
from ...contrasts.conditions import ConditionStudy
from ...contrasts.level_tables import level_means
from ...contrasts.level_verdict import response_of, sized, unit_of
from .. import style
from ..registered import Caption, Display, register_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

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
            means = {level: _interval(own) for level, own in values.items()}
        else:
            values = {level: own[:, column] for level, own in design.by_level(table).items()}
            bounds = level_means(study, scale)
            means = {level: tuple(float(each[column]) * factor for each in own) for level, own in bounds.items()}
        what = response_of(study, None if mean else column)
        title = style.capitalized(f"{what}, by {study.asked.column}")
        title += f", mean of {count(len(study.measured.columns), 'model')}" if mean else ""
        items = design.items if design.within else ()
        letters, fonts = style.letter([title, *items, *values, study.asked.column])
        label = "% right" if factor == 100 else "log-odds"
        return cls(
            values,
            means,
            tuple(letters[name] for name in items),
            label,
            letters[title],
            _note(study, None if mean else column),
            caption=_caption(study, what, None if mean else column),
            fonts=fonts,
        )

    def plot(self, ax: Axes | None = None) -> LevelsDisplay:
        """Draw; never shows.

        Args:
            ax: by default a new figure.

        Returns:
            itself, with `axes_` and `figure_` set.
        """
        with style.drawing(self.fonts):
            width = min(style.PAGE, max(style.COLUMN, 30 + 24 * len(self.values) + (18 if self._is_named else 0)))
            axes = style.new_figure(width, 78).subplots() if ax is None else ax
            x = np.arange(len(self.values))
            if self.items and len(self.items) <= _LINES:
                axes.plot(x, np.array(list(self.values.values())), color=style.PALE, linewidth=0.5, zorder=1)
            for place, (level, values) in enumerate(self.values.items()):
                jitter = np.zeros(len(values))
                if not self.items or len(self.items) > _LINES:
                    jitter[np.argsort(values, kind="stable")] = np.resize([0, 0.06, -0.06, 0.12, -0.12], len(values))
                axes.plot(
                    place + jitter,
                    values,
                    "o",
                    markersize=3,
                    alpha=0.7,
                    color=style.T_COLOR,
                    markeredgewidth=0,
                    zorder=2,
                )
                mean, low, high = self.means[level]
                arms = [[max(0.0, mean - low)], [max(0.0, high - mean)]]  # of a level without spread rounding is left
                axes.errorbar(
                    [place - 0.2], [mean], arms, fmt="D", color=style.C_COLOR, markersize=4.5,
                    elinewidth=1.4, capsize=3.5, zorder=4,
                )  # fmt: skip
            if self._is_named:
                self._names(axes)
            axes.set_xlim(-0.5, len(x) - 0.5 + (0.45 if self._is_named else 0))
            sizes = [f"{level}\nn = {len(values)}" for level, values in self.values.items()]
            axes.set_xticks(x, sizes, fontfamily=self.fonts)
            axes.tick_params(axis="x", length=0)
            axes.margins(y=0.08)
            style.tidy(axes)
            style.ticks(axes.yaxis)
            axes.set_ylabel(self.label)
            if ax is None:
                style.entitle(axes.get_figure(), self.title, self.note, self.fonts)
            self.axes_, self.figure_ = axes, axes.get_figure()
        return self

    @property
    def _is_named(self) -> bool:
        return 0 < len(self.items) <= _NAMED

    def _names(self, ax: Axes) -> None:
        """Names of items beside their last points, pushed apart."""
        last = list(self.values.values())[-1]
        ax.margins(y=0.08)
        ax.autoscale_view()
        low, high = ax.get_ylim()
        gap = (high - low) * 0.05
        for n, y in enumerate(style.spread(last, gap, low, high)):
            ax.plot([len(self.values) - 0.95, len(self.values) - 0.83], [last[n], y], color=style.PALE, linewidth=0.5)
            name = style.shorten(self.items[n], 10)
            ax.text(len(self.values) - 0.81, y, name, fontsize=6.5, va="center", fontfamily=self.fonts)
        ax.set_ylim(low, high)


def shown_column(study: ConditionStudy) -> int:
    """The head or model that is drawn: of the first contrast that is claimed, else of the first."""
    if not study.tests:
        return 0
    claimed = [test for test in study.tests if test.claim.any()]
    return (claimed or study.tests)[0].best


def _interval(values: np.ndarray) -> tuple[float, float, float]:
    from ...statistics.intervals import mean_interval

    low, high = mean_interval(values[:, None], np.random.default_rng(1))
    return float(values.mean()), float(low[0]), float(high[0])


def _note(study: ConditionStudy, column: int | None) -> str:
    joined = "Lines join an item's levels. " if study.shown.within and len(study.shown.items) <= _LINES else ""
    return f"{joined}Points: items; diamonds: mean with 95 % bootstrap interval of the level. {_tests(study, column)}"


def _tests(study: ConditionStudy, column: int | None) -> str:
    """Contrasts with their tests, of one column, or over models."""
    found = []
    for n, test in enumerate(study.tests):
        if column is None:
            over = study.over_models[n]
            of = [
                f"{p_text(over.items.p[0])} over items",
                *([f"{p_text(over.p)} over models"] if over.p == over.p else []),
            ]
            found.append(f"{test.contrast.printed}: {_number(study, over.mean)}, {', '.join(of)}")
        else:
            found.append(f"{test.contrast.printed}: {_number(study, test.estimate[column])}, {p_text(test.p[column])}")
    # no line ends inside "p < .0001"
    return re.sub(r"p ([<=]) ", "p\N{NO-BREAK SPACE}\\1\N{NO-BREAK SPACE}", typeset("; ".join(found))) + "." * bool(
        found
    )


def _number(study: ConditionStudy, value: float) -> str:
    unit = f" {unit_of(study)}" if study.scale == "exact_match" else ""
    return sized(study, float(value), sign=True)[0] + unit


def _caption(study: ConditionStudy, what: str, column: int | None) -> Caption:
    title = f"{style.capitalized(what)}, by {study.asked.column}."
    unit = "% of words right" if study.scale == "exact_match" else "log-odds"
    text = (
        f"Points are items, diamonds their mean with its 95 % bootstrap interval, in {unit}. {study.shown.described} "
        f"{_tests(study, column)}"
    )
    means = "; ".join(
        f"{level} {decimal(own[0], 1) if np.isfinite(own[0]) else NONE}" for level, own in _means(study, column).items()
    )
    return Caption(title, text, typeset(f"{title} Means: {means}."))


def _means(study: ConditionStudy, column: int | None) -> dict[str, tuple[float, ...]]:
    factor = 100 if study.scale == "exact_match" else 1
    table = study.shown.taken(study.measured.values[study.scale]) * factor
    own = {level: each.mean(0) for level, each in study.shown.by_level(table).items()}
    return {level: (float(each.mean() if column is None else each[column]),) for level, each in own.items()}


@register_figure("levels", "conditions", rank=10)
def _draw(study: ConditionStudy) -> LevelsDisplay:
    return LevelsDisplay.from_study(study)
