"""Correlation of every model with people, of their mean, and what people's own noise allows."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ....text import count, listed, number, typeset
from ...people.comparison import ENSEMBLE, MEAN, PARTICIPANTS, Comparison
from ...people.estimates import Estimate
from .. import style
from ..registered import Caption, Display, register_figure
from .words import interval, scale_name, title_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LANE = 13.0  # mm, of a set of candidates
# what stands in a lane beside the single models: the estimates of several models, marker, color, how far down
_MARKS = {ENSEMBLE: ("D", style.C_COLOR, -0.27), MEAN: ("s", style.T_COLOR, -0.07), PARTICIPANTS: ("^", "0.35", 0.13)}


@dataclass(frozen=True)
class Lane:
    """One set of candidates.

    Attributes:
        name: at the left.
        note: under it.
        models: the correlation of each model with people.
        estimates: of the ensemble, of the mean of models, of seeds as participants.
        ceiling: value, low and high; nan where there is none.
    """

    name: str
    note: str
    models: np.ndarray
    estimates: dict[str, Estimate]
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

    @classmethod
    def from_comparison(cls, found: Comparison) -> CorrelationsDisplay:
        """Arrange the correlations, that of the verdict first.

        Args:
            found: of `people.comparison.compare`.
        """
        names = sorted(found.scales, key=lambda name: name != found.headline)
        lanes = tuple(_lane(found, name) for name in names)
        title = title_of(found)
        letters, fonts = style.letter([title, *(lane.name for lane in lanes)])
        drawn = tuple(Lane(letters[lane.name], lane.note, lane.models, lane.estimates, lane.ceiling) for lane in lanes)
        return cls(drawn, letters[title], _legend(found), caption=_caption(found, lanes), fonts=fonts)

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
            ax.plot(models, n + 0.27 + _beside(models), "o", markeredgewidth=0.8, zorder=3, **circle)
        for of, estimate in lane.estimates.items() if several else [(ENSEMBLE, lane.estimates[ENSEMBLE])]:
            marker, color, down = _MARKS[of]
            self._estimate(ax, n + (down if several else 0), estimate, marker, color)

    @staticmethod
    def _estimate(ax: Axes, y: float, of: Estimate, marker: str, color: str) -> None:
        if np.isfinite(of.low):
            ax.plot([of.low, of.high], [y, y], color=color, linewidth=1.4, zorder=4)
        ax.plot(of.value, y, marker, markersize=4.4, color=color, zorder=5)
        ax.annotate(interval(of), (1.01, y), xycoords=("axes fraction", "data"), va="center", fontsize=7, color=color)

    def _axes(self, ax: Axes) -> None:
        ends = [value for lane in self.lanes for value in (*lane.models, *lane.ceiling)]
        estimates = [one for lane in self.lanes for one in lane.estimates.values()]
        ends += [value for one in estimates for value in (one.value, one.low, one.high)]
        known = [0.0, 0.5, *filter(np.isfinite, ends)]  # none is where models or people do not vary
        low, high = min(known), max(known)
        ax.set_xlim(low - 0.04 * (high - low), min(1.02, high + 0.04 * (high - low)))
        ax.set_ylim(len(self.lanes) - 0.5, -0.5)
        names = [style.wrap(lane.name, 38, 7.5) + f"\n{lane.note}" for lane in self.lanes]
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
        down[n] = (down[before] + 0.055) % 0.22 if values[n] - values[before] < 0.025 else 0.0
    return down


@register_figure("people-correlations", place="people", rank=20)
def _draw(found: Comparison) -> CorrelationsDisplay:
    return CorrelationsDisplay.from_comparison(found)


def _lane(found: Comparison, name: str) -> Lane:
    ceiling = found.ceilings[name]
    models = np.array([found.row("spearman", model, name).value for model in found.models])
    estimates = {of: found.row("spearman", of, name) for of in _MARKS}
    ends = (ceiling.value, ceiling.low, ceiling.high)
    return Lane(
        scale_name(name),
        count(found.scales[name].size, "item" if name == "items" else "candidate"),
        models,
        estimates,
        ends,
    )


def _legend(found: Comparison) -> str:
    parts = ["Diamond: correlation with people, 95 % interval."]
    if len(found.models) > 1:
        parts = [
            "Diamond: ensemble. Square: mean of single models. Triangle: seeds as participants. Each with its 95 % "
            "interval. Circles: single models."
        ]
    if any(np.isfinite(one.value) for one in found.ceilings.values()):
        parts.append("Gray line: ceiling that the noise of people’s responses sets, and 95 % (band).")
    return " ".join(parts)


def _caption(found: Comparison, lanes: tuple[Lane, ...]) -> Caption:
    title = "Spearman’s correlation of models with people."
    values = listed(f"{lane.name} {number(lane.estimates[ENSEMBLE].value)}" for lane in lanes)
    return Caption(title, typeset(_legend(found)), f"{title} Of the ensemble: {values}.")
