"""The response with one target segment, or one trigger segment, alone: is it there for the whole process?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ...text import listed, number
from ..contrasts.study import Study
from ..design.designs import Design
from ..events.events import Head
from . import style
from .cells import mean, of_head
from .registered import Caption, Display, register_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_TRIANGLES = "Triangle: response with this segment alone, ▲ if it is positive, ▽ if not; a claim needs ▲ everywhere."


@dataclass
class SegmentsDisplay(Display):
    """Response by target and by trigger segment, for one head: compute with `from_study`, then `plot`.

    Attributes:
        estimates: side (``target``, ``trigger``) -> segment -> response on the mass scale.
        units: side -> segment -> response of each unit that carries it.
        unit: side -> what they are.
        head: which.
        title: process, head, kind.
    """

    estimates: dict[str, dict[str, float]]
    units: dict[str, dict[str, np.ndarray]]
    unit: dict[str, str]
    head: Head
    title: str

    @classmethod
    def from_study(cls, study: Study, head: Head | None = None) -> SegmentsDisplay:
        """Take the estimates of one head from the primary family.

        Args:
            study: what was tested.
            head: which; by default the best of the primary family.

        Raises:
            ValueError: nothing was tested by segment, or not that head.
        """
        family = study.primary
        if family is None or study.design is None or not any(family.segments.values()):
            raise ValueError("no segment was tested alone")
        if head is not None and head not in family.heads:
            raise ValueError(f"no head {head} in the primary family")
        n = family.best if head is None else family.heads.index(head)
        head = family.heads[n]
        values = of_head(study.events.view(head.kind, head.query), head, "mass")
        sides = {side: by for side, by in family.segments.items() if by}
        title = f"{style.title_of(study)}\n{style.head_in_words(head)}"
        letters, fonts = style.letter([title, *(segment for by in sides.values() for segment in by)])
        estimates = {side: {letters[s]: float(each[n]) for s, each in by.items()} for side, by in sides.items()}
        units = {
            side: {letters[s]: each for s, each in _by_segment(study.design, values, side, list(by)).items()}
            for side, by in sides.items()
        }
        caption = _caption(head, {side: {s: float(each[n]) for s, each in by.items()} for side, by in sides.items()})
        unit = {side: study.design.segments(side)[2] for side in sides}
        return cls(estimates, units, unit, head, letters[title], caption=caption, fonts=fonts)

    def plot(self, ax: Axes | Sequence[Axes] | None = None) -> SegmentsDisplay:
        """Draw; never shows.

        Args:
            ax: an axes for the target and one for the trigger segments; by default a new figure.

        Returns:
            itself, with `axes_` and `figure_` set.
        """
        with style.drawing(self.fonts):
            axes = self._new_axes() if ax is None else list(np.ravel(ax))
            for each, side in zip(axes, self.estimates, strict=False):
                self._panel(each, side)
            axes[0].set_ylabel("response (mass)")
            if ax is None:
                title, _, rest = self.title.partition("\n")
                units = " and ".join(dict.fromkeys(self.unit.values()))
                note = f"{style.capitalized(rest)}. {_TRIANGLES} Small points: single {units}."
                style.entitle(axes[0].get_figure(), title, note, self.fonts)
            self.axes_, self.figure_ = axes, axes[0].get_figure()
        return self

    def _new_axes(self) -> list[Axes]:
        counts = [len(by) for by in self.estimates.values()]
        width = min(style.PAGE, max(style.COLUMN, 26 + 11 * sum(counts)))
        figure = style.new_figure(width, 78)
        ratios = {"width_ratios": [max(3, count) for count in counts]}
        return list(figure.subplots(1, len(counts), sharey=True, squeeze=False, gridspec_kw=ratios)[0])

    def _panel(self, ax: Axes, side: str) -> None:
        by = self.estimates[side]
        ax.axhline(0, color=style.REFERENCE, linewidth=0.9, zorder=1)
        for x, (segment, estimate) in enumerate(by.items()):
            values = self.units[side].get(segment, np.array([]))
            places = np.empty(len(values))
            places[np.argsort(values, kind="stable")] = np.resize([0.0, -0.065, -0.13], len(values))
            ax.plot(x - 0.15 + places, values, "o", markersize=2.2, color=style.PALE, zorder=2)
            up = estimate > 0
            color = style.T_COLOR if up else style.C_COLOR
            face = color if up else "white"
            ax.plot([x], [estimate], "^" if up else "v", markersize=6.5, color=color, zorder=3, markerfacecolor=face)
            ax.annotate(
                number(estimate), (x, estimate), (5, 0), textcoords="offset points", va="center", fontsize=7,
                path_effects=style.halo(),
            )  # fmt: skip
        labels = [f"{s}\n{len(self.units[side].get(s, ()))}" for s in by]
        ax.set_xticks(range(len(by)), labels, fontfamily=self.fonts, fontsize=8.5)
        ax.set_xlim(-0.6, len(by) - 0.1)  # room for the last number
        style.tidy(ax)
        ax.tick_params(axis="x", length=0)
        ax.margins(y=0.08)
        style.ticks(ax.yaxis)
        ax.set_xlabel(f"{side} segment\n(number of {self.unit[side]})")
        negative = sum(not estimate > 0 for estimate in by.values())
        title = f"▽ {negative} of {len(by)} not positive" if negative else "▲ all positive"
        ax.set_title(title, fontsize=8, loc="left")


@register_figure("segments", rank=40)
def _draw(study: Study) -> SegmentsDisplay | None:
    family = study.primary
    tested = family is not None and study.design is not None and any(family.segments.values())
    return SegmentsDisplay.from_study(study) if tested else None


def _caption(head: Head, estimates: dict[str, dict[str, float]]) -> Caption:
    title = f"Response of head {head}, by segment."
    sides = [f"{side} {listed([f'{s} {number(value)}' for s, value in by.items()])}" for side, by in estimates.items()]
    text = f"Estimated with one target or one trigger segment alone: {'; '.join(sides)}."
    return Caption(title, f"{text} A claim needs a positive estimate for every segment.", f"{title} {text}")


def _by_segment(design: Design, values: np.ndarray, side: str, segments: list[str]) -> dict[str, np.ndarray]:
    """Response of each unit, by its segment: its own difference less the mean difference of the control units."""
    names, members, _ = design.segments(side)
    every = design.differences(values)[-1 if side == "trigger" else 0].every
    each = every[members] - (mean(every[~members]) if not members.all() else 0.0)
    mine = [names[n] for n in np.flatnonzero(members)]
    return {segment: each[[name == segment for name in mine]] for segment in segments}
