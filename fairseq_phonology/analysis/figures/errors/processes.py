"""Accuracy per process: where it is due, and where it is not; of a variable process the share of application."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ....text import count, counted, percent_of
from ...errors.measure import Errors, Process, share
from ...statistics.proportions import wilson
from .. import style
from ..registered import Caption, Display, register_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_LANE, _SPREAD = 5.4, 0.3  # mm; of the models of a lane, in lanes
_SIDES = (("applied", "due", "applied where due (%)"), ("overapplied", "not_due", "applied where not due (%)"))


@dataclass(frozen=True)
class Lane:
    """One process, or a variable one in one stratum.

    Attributes:
        name: at the left.
        models: what each model makes of it.
    """

    name: str
    models: tuple[Process, ...]

    def rate(self, part: str, whole: str) -> np.ndarray:
        """In %.  # models"""
        return np.array([100 * share(getattr(one, part) or 0, getattr(one, whole) or 0) for one in self.models])


@dataclass
class ProcessesDisplay(Display):
    """Rates by process: compute with `from_errors`, then `plot`.

    Attributes:
        lanes: from above; those of variable processes last.
        title, legend: above and below.
    """

    lanes: tuple[Lane, ...]
    title: str
    legend: str

    @classmethod
    def from_errors(cls, found: Errors) -> ProcessesDisplay:
        """Arrange the processes.

        Args:
            found: of `errors.measure.measure`, with a grammar.
        """
        every = list(zip(*(found.processes(n) for n in range(len(found.names))), strict=True))
        lanes = [Lane(_name(some[0]), some) for some in every if any(one.due or one.not_due for one in some)]
        lanes.sort(key=lambda lane: lane.models[0].variable)
        letters, fonts = style.letter(lane.name for lane in lanes)
        several = len(found.names) > 1
        how = "Circles: models; filled: their mean" if several else "Lines: Wilson's 95 % intervals over places"
        rated = any(lane.models[0].variable for lane in lanes)
        rates = " Vertical line: the grammar's rate; triangle: the rate in training." if rated else ""
        numbers = ", of all models together" if several else ""
        legend = f"{how}. At the right: how many of how many places, or words{numbers}.{rates}"
        title = f"Processes in {count(len(found.words))}, {counted(len(found.names), 'model')}"
        caption = Caption(
            "Accuracy per process.",
            "Left: of the places where a process is due, those where the hypothesis has its outcome. Right: of the "
            f"words with a place where it is not due, those where the hypothesis has it there. {legend} Differences "
            "between processes are not tested.",
            f"Accuracy per process. {'; '.join(map(_in_words, lanes))}.",
        )
        drawn = tuple(Lane(letters[lane.name], lane.models) for lane in lanes)
        return cls(drawn, title, legend, caption=caption, fonts=fonts)

    def plot(self, axes: tuple[Axes, Axes] | None = None) -> ProcessesDisplay:
        """Draw; never shows.

        Args:
            axes: for what is due, and for what is not; by default of a new figure.

        Returns:
            itself, with `axes_` and `figure_` set.
        """
        with style.drawing(self.fonts):
            axes = self._new_axes() if axes is None else axes
            for ax, (part, whole, label) in zip(axes, _SIDES, strict=True):
                for n, lane in enumerate(self.lanes):
                    self._lane(ax, n, lane, part, whole)
                self._axes(ax, label, part == "applied")
            axes[0].set_yticks(range(len(self.lanes)), [lane.name for lane in self.lanes])
            axes[1].set_yticks(range(len(self.lanes)), [""] * len(self.lanes))
            self.axes_, self.figure_ = list(axes), axes[0].get_figure()
        return self

    def _new_axes(self) -> tuple[Axes, Axes]:
        figure: Figure = style.new_figure(style.PAGE, 30 + _LANE * len(self.lanes))
        style.entitle(figure, self.title, self.legend, self.fonts)
        return tuple(figure.subplots(1, 2))

    def _lane(self, ax: Axes, n: int, lane: Lane, part: str, whole: str) -> None:
        wholes = sum(getattr(one, whole) or 0 for one in lane.models)
        if not wholes:
            return
        parts, rates = sum(getattr(one, part) for one in lane.models), lane.rate(part, whole)
        color = style.T_COLOR if part == "applied" else style.C_COLOR
        if len(rates) > 1:
            beside = n + np.linspace(-_SPREAD, _SPREAD, len(rates))  # equal ones do not hide each other
            ax.plot(rates, beside, "o", markersize=3, markerfacecolor="none", markeredgecolor=color,
                    markeredgewidth=0.6, clip_on=False, zorder=3)  # fmt: skip
        else:
            low, high = wilson(rates[0] / 100, wholes)
            ax.plot([100 * low, 100 * high], [n, n], color=color, linewidth=1.3, clip_on=False, zorder=3)
        ax.plot(np.nanmean(rates), n, "o", markersize=4.4, color=color, clip_on=False, zorder=4)
        one = lane.models[0]
        if part == "applied" and one.rate_of_grammar is not None:
            ax.plot([100 * one.rate_of_grammar] * 2, [n - 0.38, n + 0.38], color=style.INK, linewidth=1, zorder=2)
        if part == "applied" and one.trained_due:
            ax.plot(100 * one.trained / one.trained_due, n, "^", markersize=4, color=style.REFERENCE, zorder=2)
        ax.annotate(f"{parts:,} of {wholes:,}", (1.03, n), xycoords=("axes fraction", "data"), va="center", fontsize=7)

    def _axes(self, ax: Axes, label: str, of_due: bool) -> None:
        drawn = np.concatenate([line.get_xdata() for line in ax.lines]) if ax.lines else np.array([0.0, 100.0])
        # few errors are seen near the end of the scale, not on all of it
        room = next((size for size in (2, 5, 10, 20, 50) if np.nanmax(100 - drawn if of_due else drawn) <= size), 100)
        ax.set_xlim(*((100 - room, 100) if of_due else (0, room)))
        ax.set_ylim(len(self.lanes) - 0.4, -0.6)
        ax.tick_params(axis="y", length=0)
        style.tidy(ax, "both")
        ax.spines["left"].set_visible(False)
        ax.set_xlabel(label)


def _name(one: Process) -> str:
    return one.process + (f" in {one.stratum}" if one.stratum else "") + (" (rate)" if one.variable else "")


def _in_words(lane: Lane) -> str:
    applied, due = (sum(getattr(one, name) for one in lane.models) for name in ("applied", "due"))
    return f"{lane.name} {percent_of(applied, due, 1)} of {due:,}"


@register_figure("processes", place="errors", rank=2)
def _draw(found: Errors) -> ProcessesDisplay | None:
    return ProcessesDisplay.from_errors(found) if found.accuracy is not None else None
