"""What people do where the models expect it of them, and more or less: observed against expected."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .. import style
from ..registered import Display

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass
class CalibrationDisplay(Display):
    """Observed against expected, in bins: compute with `from_comparison`, then `plot`.

    Attributes:
        expected, observed: means of the bins of the ensemble.
        low, high: ends of the intervals of what was observed.
        sizes: candidates in each bin.
        models: expected and observed means of the bins of each model.
        scale: the ends of both axes.
        x_name, y_name: of the axes.
        note: slope and intercept, in the picture.
        title: of the figure.
        legend: below it.
    """

    expected: np.ndarray
    observed: np.ndarray
    low: np.ndarray
    high: np.ndarray
    sizes: np.ndarray
    models: tuple[tuple[np.ndarray, np.ndarray], ...]
    scale: tuple[float, float]
    x_name: str
    y_name: str
    note: str
    title: str
    legend: str

    def plot(self, ax: Axes | None = None) -> CalibrationDisplay:
        """Draw; never shows.

        Args:
            ax: by default a new figure.

        Returns:
            itself, with `axes_` and `figure_` set.
        """
        with style.drawing(self.fonts):
            ax = self._new_axes() if ax is None else ax
            ends = np.array(self.scale)
            ax.plot(ends, ends, color=style.REFERENCE, linewidth=0.8, linestyle=(0, (3.5, 1.5)), zorder=1)
            for expected, observed in self.models if len(self.models) > 1 else ():
                ax.plot(expected, observed, color=style.PALE, linewidth=0.7, zorder=2)
            ax.vlines(self.expected, self.low, self.high, color=style.T_COLOR, linewidth=1.0, zorder=3)
            ax.plot(self.expected, self.observed, "-", color=style.T_COLOR, linewidth=1.2, zorder=4)
            area = 14 + 40 * self.sizes / max(self.sizes.max(), 1)
            ax.scatter(
                self.expected, self.observed, area, color=style.T_COLOR, edgecolor="white", linewidth=0.5, zorder=5
            )
            self._axes(ax)
            self.axes_, self.figure_ = ax, ax.get_figure()
        return self

    def _new_axes(self) -> Axes:
        figure = style.new_figure(style.COLUMN + 10, 108)
        style.entitle(figure, self.title, self.legend, self.fonts)
        return figure.subplots()

    def _axes(self, ax: Axes) -> None:
        low, high = self.scale
        room = 0.04 * (high - low)
        ax.set(xlim=(low - room, high + room), ylim=(low - room, high + room), xlabel=self.x_name, ylabel=self.y_name)
        ax.set_aspect("equal")
        style.tidy(ax, "both")
        for axis in (ax.xaxis, ax.yaxis):
            style.ticks(axis)
        ax.annotate(
            self.note, (0.03, 0.97), xycoords="axes fraction", va="top", fontsize=7.5, path_effects=style.halo()
        )
