"""The contrasts of a condition in every head or model: estimates with their intervals, claims marked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ....text import listed
from ...contrasts.conditions import ConditionStudy
from ...contrasts.level_verdict import response_of
from ...events.events import head_names
from .. import style
from ..registered import Caption, Display, register_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MOST = 48  # columns in one panel


@dataclass
class ColumnsDisplay(Display):
    """One panel a contrast: compute with `from_study`, then `plot`.

    Attributes:
        names: of the heads or models.
        estimates: contrast -> estimate, low, high.  # -> 3 x columns
        claims: contrast -> of each column, whether it meets the rule.
        label: of the axis.
        title: what was measured.
        note: how to read it.
    """

    names: list[str]
    estimates: dict[str, np.ndarray]
    claims: dict[str, np.ndarray]
    label: str
    title: str
    note: str

    @classmethod
    def from_study(cls, study: ConditionStudy) -> ColumnsDisplay:
        """Compute."""
        factor = 100 if study.scale == "exact_match" else 1
        bounds = {
            test.contrast.printed: factor * np.array([test.estimate, test.low, test.high]) for test in study.tests
        }
        claims = {test.contrast.printed: test.claim for test in study.tests}
        columns = study.measured.columns
        names = head_names(columns) if study.is_attention else [str(name) for name in columns]
        what = response_of(study)
        title = style.capitalized(f"contrasts of {what}, by {study.asked.column}")
        letters, fonts = style.letter([title, *names, *bounds])
        items = f"{len(study.design.items)} items"
        note = f"Estimates with 95 % intervals over {items}, not corrected; filled: all criteria of a claim are met."
        label = "points of exact match" if factor == 100 else "log-odds"
        met = [f"{name}: {int(own.sum())} of {len(own)}" for name, own in claims.items()]
        caption = Caption(
            f"{style.capitalized(f'contrasts of {what}')}, by {'head' if study.is_attention else 'model'}.",
            f"{note} All criteria are met in {listed(met)}.",
        )
        return cls(
            [letters[name] for name in names], bounds, claims, label, letters[title], note, caption=caption, fonts=fonts
        )

    def plot(self, ax: Axes | None = None) -> ColumnsDisplay:
        """Draw; never shows.

        Args:
            ax: of the first contrast alone; by default a new figure with all.

        Returns:
            itself, with `axes_` and `figure_` set.
        """
        with style.drawing(self.fonts):
            many, panels = len(self.names), len(self.estimates)
            if ax is None:
                width = style.PAGE if many > 12 else style.COLUMN + 20
                figure = style.new_figure(width, 34 + 38 * panels)
                axes = list(np.ravel(figure.subplots(panels, 1, sharex=True)))
            else:
                axes = [ax]
            for each, (name, bounds) in zip(axes, self.estimates.items(), strict=False):
                self._panel(each, name, bounds)
            axes[-1].set_xticks(range(many), self.names, fontsize=7 if many <= 24 else 5.5)
            if max(map(len, self.names)) > 4 and many > 6:
                axes[-1].tick_params(axis="x", rotation=60)
            if ax is None:
                style.entitle(axes[0].get_figure(), self.title, self.note, self.fonts)
            self.axes_, self.figure_ = axes, axes[0].get_figure()
        return self

    def _panel(self, ax: Axes, name: str, bounds: np.ndarray) -> None:
        estimate, low, high = bounds
        x = np.arange(len(estimate))
        ax.axhline(0, color=style.REFERENCE, linewidth=0.8, zorder=1)
        ax.vlines(x, low, high, color=style.REFERENCE, linewidth=1.4, zorder=2)
        for met, face in ((True, style.T_COLOR), (False, "white")):
            own = self.claims[name] == met
            ax.plot(x[own], estimate[own], "o", color=style.T_COLOR, markerfacecolor=face, markersize=4, zorder=3)
        ax.set_xlim(-0.8, len(x) - 0.2)
        ax.margins(y=0.1)
        style.tidy(ax)
        style.ticks(ax.yaxis, 5)
        ax.set_ylabel(self.label)
        ax.set_title(name, loc="left", fontsize=8, fontfamily=self.fonts)


@register_figure("contrasts", "conditions", rank=20)
def _draw(study: ConditionStudy) -> ColumnsDisplay | None:
    """Nothing of a single response, or where nothing was tested."""
    few = len(study.measured.columns) < 2 or len(study.measured.columns) > _MOST
    return None if few or not study.tests else ColumnsDisplay.from_study(study)
