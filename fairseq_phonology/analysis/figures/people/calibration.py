"""What people do where the models expect it of them, and more or less: observed against expected."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ....text import listed, number, typeset
from ...people.calibration import Calibration
from ...people.comparison import Comparison
from .. import style
from ..registered import Caption, Display, register_figure
from .words import interval, title_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes


_OF_BIN = ("predicted", "observed", "low", "high", "pairs")
_LEGEND = (
    "Point: a bin of candidates, the larger the more, with its 95 % interval over items and people. Dashed: "
    "calibrated. "
    "Slope and level: of people’s log-odds on the models’; 1 and 0 where calibrated."
)


@dataclass
class CalibrationDisplay(Display):
    """Observed against expected, in bins: compute with `from_comparison`, then `plot`.

    Attributes:
        expected, observed: means of the bins of the ensemble.
        low, high: ends of the intervals of what was observed.
        sizes: candidates in each bin.
        note: slope and level, in the picture.
        title: of the figure.
        legend: below it.
    """

    expected: np.ndarray
    observed: np.ndarray
    low: np.ndarray
    high: np.ndarray
    sizes: np.ndarray
    note: str
    title: str
    legend: str

    @classmethod
    def from_comparison(cls, found: Comparison) -> CalibrationDisplay | None:
        """Arrange the bins; None where shares are not compared with shares.

        Args:
            found: of `people.comparison.compare`.
        """
        own = found.calibration
        if own is None:
            return None
        title = title_of(found)
        letters, fonts = style.letter([title])
        columns = (np.array([getattr(one, name) for one in own.bins]) for name in _OF_BIN)
        note = f"slope {interval(own.slope)}\nlevel {interval(own.level)} log-odds"
        return cls(*columns, note, letters[title], _LEGEND, caption=_caption(own), fonts=fonts)

    def plot(self, ax: Axes | None = None) -> CalibrationDisplay:
        """Draw; never shows.

        Args:
            ax: by default a new figure.

        Returns:
            itself, with `axes_` and `figure_` set.
        """
        with style.drawing(self.fonts):
            ax = self._new_axes() if ax is None else ax
            ax.plot([0, 1], [0, 1], color=style.REFERENCE, linewidth=0.8, linestyle=(0, (3.5, 1.5)), zorder=1)
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
        ax.set(xlim=(-0.04, 1.04), ylim=(-0.04, 1.04))
        ax.set(xlabel="share that the models predict", ylabel="share of people’s responses")
        ax.set_aspect("equal")
        style.tidy(ax, "both")
        for axis in (ax.xaxis, ax.yaxis):
            style.ticks(axis)
        ax.annotate(
            self.note, (0.03, 0.97), xycoords="axes fraction", va="top", fontsize=7.5, path_effects=style.halo()
        )


@register_figure("people-calibration", place="people", rank=30)
def _draw(found: Comparison) -> CalibrationDisplay | None:
    return CalibrationDisplay.from_comparison(found)


def _caption(of: Calibration) -> Caption:
    title = "Calibration: what people do, by what the models predict."
    error = f" Expected calibration error {number(of.error)}"
    error += (
        f", where {number(of.expected_error)} is expected of a calibrated model." if of.expected_error >= 0 else "."
    )
    bins = listed(f"{number(one.predicted)}: {number(one.observed)}" for one in of.bins)
    return Caption(title, typeset(_LEGEND + error), f"{title} Predicted and observed: {bins}.")
