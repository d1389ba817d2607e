"""Models beside people: every candidate as a point, with the uncertainty of both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from ....text import tick
from .. import style
from ..registered import Display
from .labels import label_points

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_PANELS = 4  # variants, at most, that have panels of their own
# of shares, on the scale of their log-odds; where they are too near, the earlier ones stand
_TICKS = (0.5, 0.1, 0.9, 0.01, 0.99, 0.001, 0.999, 1e-4, 1 - 1e-4, 1e-6, 1 - 1e-6, 1e-8, 1 - 1e-8)
_MOST_TICKS = 9
_MANY = 24  # points; with more only the largest residuals are labeled
_LABELED = 10  # of many


@dataclass(frozen=True)
class Cloud:
    """The points of one panel.

    Attributes:
        name: above it.
        note: under the name: correlation and number of items.
        x, y: of models and of people.
        x_low, x_high, y_low, y_high: ends of their intervals; nan where there is none.
        labels: of the points.
        residuals: what people did less what is expected from the models; the largest are labeled first.
        line: what is expected, as x and y, from left to right.
    """

    name: str
    note: str
    x: np.ndarray
    y: np.ndarray
    x_low: np.ndarray
    x_high: np.ndarray
    y_low: np.ndarray
    y_high: np.ndarray
    labels: tuple[str, ...]
    residuals: np.ndarray
    line: tuple[np.ndarray, np.ndarray] = field(default_factory=lambda: (np.empty(0), np.empty(0)))


@dataclass
class ScatterDisplay(Display):
    """Models beside people: compute with `from_comparison`, then `plot`.

    Attributes:
        clouds: one a panel.
        shares: is x a share, drawn on the scale of its log-odds?
        x_name, y_name: of the axes.
        y_scale: the ends of the scale that people answered on.
        title: of the figure.
        legend: below it.
    """

    clouds: tuple[Cloud, ...]
    shares: bool
    x_name: str
    y_name: str
    y_scale: tuple[float, float]
    title: str
    legend: str

    def plot(self, ax: Axes | Sequence[Axes] | None = None) -> ScatterDisplay:
        """Draw; never shows.

        Args:
            ax: axes for the panels; by default a new figure.

        Returns:
            itself, with `axes_` and `figure_` set.
        """
        with style.drawing(self.fonts):
            axes = self._new_axes() if ax is None else list(np.ravel(ax))
            for n, (each, cloud) in enumerate(zip(axes, self.clouds, strict=False)):
                self._panel(each, cloud)
                if n % self._columns == 0:
                    each.set_ylabel(self.y_name)
            for each, cloud in zip(axes, self.clouds, strict=False):
                order = np.argsort(-np.abs(np.nan_to_num(cloud.residuals)))
                chosen = order[: len(order) if len(order) <= _MANY else _LABELED]
                label_points(each, self._placed(cloud.x), cloud.y, cloud.labels, chosen.tolist(), 6.5)
            self.axes_, self.figure_ = axes, axes[0].get_figure()
        return self

    @property
    def _columns(self) -> int:
        return min(2, len(self.clouds))

    def _new_axes(self) -> list[Axes]:
        rows = -(-len(self.clouds) // 2)
        figure = style.new_figure(style.PAGE if len(self.clouds) > 1 else 120, 30 + 74 * rows)
        style.entitle(figure, self.title, self.legend, self.fonts)
        axes = figure.subplots(rows, self._columns, sharey=True, squeeze=False).ravel()
        for spare in axes[len(self.clouds) :]:
            spare.remove()
        return list(axes[: len(self.clouds)])

    def _placed(self, x: np.ndarray) -> np.ndarray:
        """Where values of x stand on the axis."""
        if not self.shares:
            return x
        held = np.clip(x, 1e-9, 1 - 1e-9)
        return np.log(held) - np.log1p(-held)

    def _panel(self, ax: Axes, cloud: Cloud) -> None:
        x, known = self._placed(cloud.x), np.isfinite(cloud.x_low)
        bars = {"color": style.PALE, "linewidth": 0.6, "zorder": 1}
        ax.hlines(cloud.y[known], self._placed(cloud.x_low[known]), self._placed(cloud.x_high[known]), **bars)
        known = np.isfinite(cloud.y_low)
        ax.vlines(x[known], cloud.y_low[known], cloud.y_high[known], **bars)
        ax.plot(self._placed(cloud.line[0]), cloud.line[1], color=style.C_COLOR, linewidth=1.2, zorder=2)
        ax.plot(
            x, cloud.y, "o", markersize=3.2, color=style.T_COLOR, markeredgecolor="white", markeredgewidth=0.4, zorder=3
        )
        self._limits(ax, cloud, x)
        style.tidy(ax, "both")
        style.ticks(ax.yaxis)
        ax.set_xlabel(self.x_name)
        style.subtitle(ax, f"{cloud.name}\n{cloud.note}", self.fonts)

    def _limits(self, ax: Axes, cloud: Cloud, x: np.ndarray) -> None:
        low, high = self.y_scale
        ax.set_ylim(low - 0.06 * (high - low), high + 0.06 * (high - low))
        ends = np.concatenate([x, self._placed(cloud.x_low), self._placed(cloud.x_high)])
        first, last = np.nanmin(ends), np.nanmax(ends)
        room = 0.12 * max(last - first, 0.1)
        ax.set_xlim(first - room, last + room)
        if self.shares:
            step, seen = (last - first + 2 * room) / _MOST_TICKS, {}
            for share in _TICKS:
                place = float(self._placed(np.array(share)))
                if first - room <= place <= last + room and all(abs(place - other) > step for other in seen):
                    seen[place] = share
            ax.set_xticks(list(seen), [_share_tick(share) for share in seen.values()])
        else:
            style.ticks(ax.xaxis)


def _share_tick(share: float) -> str:
    """``.001``, ``.5``; those beyond as powers: ``10⁻⁶``, ``1−10⁻⁶``."""
    small = min(share, 1 - share)
    power = "10⁻" + "⁴⁶⁸"[round(-np.log10(small) / 2) - 2]
    return tick(share) if small > 5e-4 else power if share < 0.5 else f"1−{power}"
