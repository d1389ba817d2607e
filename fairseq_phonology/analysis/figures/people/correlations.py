"""Correlation of every model with people, of their mean, and what people's own noise allows."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ....text import number
from .. import style
from ..registered import Display

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LANE = 13.0  # mm, of a set of candidates


@dataclass(frozen=True)
class Lane:
    """One set of candidates.

    Attributes:
        name: at the left.
        note: under it.
        models: the correlation of each model with people.
        mean, ensemble: the mean of these, and the correlation of the ensemble; each value, low and high.
        ceiling: value, low and high; nan where there is none.
    """

    name: str
    note: str
    models: np.ndarray
    mean: tuple[float, float, float]
    ensemble: tuple[float, float, float]
    ceiling: tuple[float, float, float]


@dataclass
class CorrelationsDisplay(Display):
    """Correlations by set of candidates: compute with `from_comparison`, then `plot`.

    Attributes:
        lanes: from above.
        title: of the figure.
        legend: below it.
    """

    lanes: tuple[Lane, ...]
    title: str
    legend: str

    def plot(self, ax: Axes | None = None) -> CorrelationsDisplay:
        """Draw; never shows.

        Args:
            ax: by default a new figure.

        Returns:
            itself, with `axes_` and `figure_` set.
        """
        with style.drawing(self.fonts):
            ax = self._new_axes() if ax is None else ax
            for n, lane in enumerate(self.lanes):
                self._lane(ax, n, lane)
            self._axes(ax)
            self.axes_, self.figure_ = ax, ax.get_figure()
        return self

    def _new_axes(self) -> Axes:
        figure = style.new_figure(130, 34 + _LANE * len(self.lanes))
        style.entitle(figure, self.title, self.legend, self.fonts)
        return figure.subplots()

    def _lane(self, ax: Axes, n: int, lane: Lane) -> None:
        ceiling, low, high = lane.ceiling
        if np.isfinite(low):
            ax.fill_between([low, high], n - 0.42, n + 0.42, color=style.BAND, linewidth=0, zorder=0)
        if np.isfinite(ceiling):
            ax.vlines(ceiling, n - 0.42, n + 0.42, color=style.REFERENCE, linewidth=1.2, zorder=1)
        models = lane.models[np.isfinite(lane.models)]
        several = len(models) > 1
        if several:
            circle = {"markersize": 3.6, "markeredgecolor": style.T_COLOR, "markerfacecolor": "white"}
            ax.plot(models, n + 0.25 + _beside(models), "o", markeredgewidth=0.8, zorder=3, **circle)
            self._estimate(ax, n + 0.02, lane.mean, "s", style.T_COLOR)
        self._estimate(ax, n - (0.22 if several else 0), lane.ensemble, "D", style.C_COLOR)

    @staticmethod
    def _estimate(ax: Axes, y: float, of: tuple[float, float, float], marker: str, color: str) -> None:
        value, low, high = of
        if np.isfinite(low):
            ax.plot([low, high], [y, y], color=color, linewidth=1.4, zorder=4)
        ax.plot(value, y, marker, markersize=4.6, color=color, zorder=5)
        text = number(value) + (f" [{number(low)}, {number(high)}]" if np.isfinite(low) else "")
        ax.annotate(text, (1.01, y), xycoords=("axes fraction", "data"), va="center", fontsize=7, color=color)

    def _axes(self, ax: Axes) -> None:
        ends = [value for lane in self.lanes for value in (*lane.models, *lane.mean, *lane.ensemble, *lane.ceiling)]
        low, high = min(0.0, np.nanmin(ends)), max(np.nanmax(ends), 0.5)
        ax.set_xlim(low - 0.04 * (high - low), min(1.02, high + 0.04 * (high - low)))
        ax.set_ylim(len(self.lanes) - 0.5, -0.5)
        names = [f"{lane.name}\n{lane.note}" if lane.note else lane.name for lane in self.lanes]
        ax.set_yticks(range(len(self.lanes)), names)
        ax.tick_params(axis="y", length=0)
        style.tidy(ax, "x")
        style.ticks(ax.xaxis)
        ax.spines["left"].set_visible(False)
        ax.axvline(0, color="0.35", linewidth=0.7, zorder=1)
        ax.set_xlabel("Spearman’s ρ with people")


def _beside(values: np.ndarray) -> np.ndarray:
    """How far down each is moved, so that those that are alike do not lie on each other."""
    down, order = np.zeros(len(values)), np.argsort(values)
    for before, n in itertools.pairwise(order):
        down[n] = (down[before] + 0.07) % 0.21 if values[n] - values[before] < 0.02 else 0.0
    return down
