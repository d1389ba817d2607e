"""Consistency: what single segments give to the response, and whether every quadruple of them has it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ...text import decimal, p_text, signed
from ..contrasts.estimates import PLACES, pooled
from ..contrasts.study import SCALE, Family, Study
from ..design.designs import Design
from ..events.events import Head
from . import style
from .cells import of_head
from .registered import Caption, Display, register_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LETTERS = {"target": ("T", "C"), "trigger": ("R", "N")}
_CLASSES = {"T": "undergo (T)", "C": "do not (C)", "R": "trigger (R)", "N": "do not (N)"}
_DIFFERENCES = {"target": "R − N", "trigger": "T − C"}
_LOOKS = {letter: style.CELL_STYLES[cell] for letter, cell in zip("TCRN", ("TR", "CR", "TR", "TN"), strict=True)}
_DROPPED = 26  # segments of a figure beyond which numbers are not written


@dataclass(frozen=True)
class OfSide:
    """Segments of one side of a design.

    Attributes:
        names: of the segments, drawn, the first class first.
        first: of each, whether it is of the first class.
        values: of each, its difference.
        units: of each, the differences of the single units (stems, suffixes, words) that carry it.
        deviation: between segments within their classes; NaN where no class has two.
        rank, assignments: of the real classes among all of the same sizes; None where one is the end of the word.
    """

    names: tuple[str, ...]
    first: np.ndarray
    values: np.ndarray
    units: tuple[np.ndarray, ...]
    deviation: float
    rank: int | None
    assignments: int


@dataclass
class SegmentsDisplay(Display):
    """What segments give to the response of one head, in log-odds: compute with `from_study`, then `plot`.

    Attributes:
        sides: target, and trigger -> its segments.
        quadruples: the response with one segment of each class alone.
        estimate: the response and its 95 % interval over stems and suffixes, or words.
        random: the same with segments random, every segment of a class weighing the same; the interval may be NaN.
        p: with segments random, corrected over heads.
        over: what the first interval resamples.
        head: which.
        title: process, head, kind.
    """

    sides: dict[str, OfSide]
    quadruples: np.ndarray
    estimate: tuple[float, float, float]
    random: tuple[float, float, float]
    p: float
    over: str
    head: Head
    title: str

    @classmethod
    def from_study(cls, study: Study, head: Head | None = None) -> SegmentsDisplay:
        """Take what segments give to one head of the primary family.

        Args:
            study: what was tested.
            head: which; by default the best of the primary family.

        Raises:
            ValueError: nothing was tested, or not that head.
        """
        family = study.primary
        if family is None or study.design is None or family.consistency is None:
            raise ValueError("no segment was compared with another")
        if head is not None and head not in family.heads:
            raise ValueError(f"no head {head} in the primary family")
        n = family.best if head is None else family.heads.index(head)
        head, own = family.heads[n], family.consistency
        units = _units(study.design, of_head(study.events.view(head.kind, head.query), head, SCALE))
        title = f"{style.title_of(study)}\n{style.head_in_words(head)}"
        letters, fonts = style.letter([title, *(name for side in own.sides.values() for name in side.names)])
        sides = {}
        for place, slopes in own.sides.items():
            ranks, assignments = own.ranks.get(place, (None, 0))
            rank = None if ranks is None else int(ranks[n])
            segments, first, values = units[place]
            keys = zip(slopes.names, slopes.first, strict=True)
            each = tuple(values[(segments == name) & (first == is_first)] for name, is_first in keys)
            names, deviation = tuple(letters[name] for name in slopes.names), float(slopes.deviation[n])
            sides[place] = OfSide(names, slopes.first, slopes.values[:, n], each, deviation, rank, assignments)
        return cls(
            sides,
            own.estimates[:, n],
            _bounds(family.estimate[SCALE], family.low[SCALE], family.high[SCALE], n),
            _bounds(own.estimate, own.low, own.high, n),
            float(own.p[n]),
            " and ".join(study.design.units),
            head,
            letters[title],
            caption=_caption(family, n),
            fonts=fonts,
        )

    @property
    def positive(self) -> int:
        """Number of quadruples with a positive response."""
        return int((self.quadruples > 0).sum())

    def plot(self, ax: Axes | Sequence[Axes] | None = None) -> SegmentsDisplay:
        """Draw; never shows.

        Args:
            ax: axes for the target segments, the trigger segments and the response; by default a new figure.

        Returns:
            itself, with `axes_` and `figure_` set.
        """
        with style.drawing(self.fonts):
            axes = self._new_axes() if ax is None else list(np.ravel(ax))
            for each, place in zip(axes, self.sides, strict=False):
                self._side(each, place)
            for each in axes[len(self.sides) :]:
                self._response(each)
            if ax is None:
                title, _, rest = self.title.partition("\n")
                style.entitle(axes[0].get_figure(), title, f"{style.capitalized(rest)}. {self._note()}", self.fonts)
            self.axes_, self.figure_ = axes, axes[0].get_figure()
        return self

    def _note(self) -> str:
        each = "words with one segment" if self.over == "words" else "quadruple of a T, a C, an R and an N segment"
        return (
            "Left, middle: one large point for each segment, small ones for the units that carry it; lines: means of "
            "the classes, whose distance is the response. SD: between segments of a class. Right: one point for each "
            f"{each}; diamonds: the response with 95 % intervals."
        )

    def _new_axes(self) -> list[Axes]:
        counts = [len(side.names) for side in self.sides.values()]
        figure = style.new_figure(style.PAGE, 84)
        ratios = {"width_ratios": [*(max(5, count) + 2 for count in counts), max(8.0, 0.53 * sum(counts))]}
        return list(figure.subplots(1, len(counts) + 1, sharey=True, squeeze=False, gridspec_kw=ratios)[0])

    def _side(self, ax: Axes, place: str) -> None:
        side = self.sides[place]
        ax.axhline(0, color=style.REFERENCE, linewidth=0.8, zorder=1)
        one, other = _LETTERS[place]
        x_of = np.arange(len(side.names)) + 0.6 * ~side.first  # a gap between the classes
        crowded = sum(len(each.names) for each in self.sides.values()) > _DROPPED
        for letter, members in ((one, side.first), (other, ~side.first)):
            look = {name: _LOOKS[letter][name] for name in ("markerfacecolor", "marker", "color")}
            for x, value, units in zip(x_of[members], side.values[members], _of(side.units, members), strict=True):
                places = np.empty(len(units))
                places[np.argsort(units, kind="stable")] = np.resize([0.0, 0.07, -0.07, 0.14, -0.14], len(units))
                ax.plot(x + 0.02 + places, units, ".", markersize=3, color="0.62", zorder=2, markeredgewidth=0)
                ax.plot([x], [value], linestyle="", markersize=6, zorder=4, **look)
                if not crowded:
                    ax.annotate(
                        signed(value).removeprefix("+"), (x, value), (0, 5), textcoords="offset points", ha="center",
                        fontsize=7, path_effects=style.halo(), zorder=5,
                    )  # fmt: skip
            mean = side.values[members].mean()
            ends = x_of[members][0] - 0.35, x_of[members][-1] + 0.35
            ax.plot(
                ends, [mean, mean], color=look["color"], linewidth=1.1, zorder=3, linestyle=_LOOKS[letter]["linestyle"]
            )
        ax.set_xticks(x_of, side.names, fontfamily=self.fonts, fontsize=8.5 if len(side.names) <= 12 else 7)
        centers = [x_of[members].mean() for members in (side.first, ~side.first)]
        ax.set_xticks(centers, [_CLASSES[one], _CLASSES[other]], minor=True, fontsize=7.5)
        ax.xaxis.remove_overlapping_locs = False  # the name of a class stands below its middle segment
        ax.tick_params(axis="x", length=0)
        ax.tick_params(axis="x", which="minor", length=0, pad=16)
        ax.set_xlim(x_of[0] - 0.7, x_of[-1] + 0.7)
        style.tidy(ax)
        ax.margins(y=0.08)
        style.ticks(ax.yaxis)
        ax.tick_params(labelleft=True)
        ax.set_ylabel(f"{_DIFFERENCES[place]} (log-odds)")
        deviation = "" if np.isnan(side.deviation) else f", SD {decimal(side.deviation, 1)}"
        rank = "not ranked: one edge" if side.rank is None else f"rank {side.rank} of {side.assignments:,}"
        text = f"{place} segments{deviation}\nreal classes {rank}"
        ax.set_title(text, fontsize=8, loc="left", linespacing=1.35)

    def _response(self, ax: Axes) -> None:
        ax.axhline(0, color=style.REFERENCE, linewidth=0.8, zorder=1)
        order = np.sort(self.quadruples)
        places = 0.5 * (np.arange(len(order)) / max(1, len(order) - 1) - 0.5)
        for positive in (True, False):
            own = (order > 0) == positive
            face = style.INK if positive else "white"
            ax.plot(places[own], order[own], "o", markersize=2.8, color=style.INK, markerfacecolor=face, zorder=3)
        over = self.over.replace(" and ", ",\n")
        names = ["single\nsegments" if over == "words" else "single\nquadruples", f"{over}\nrandom", "segments\nrandom"]
        for x, (mean, low, high) in enumerate((self.estimate, self.random), 1):
            bars = None if np.isnan(low) else [[mean - low], [high - mean]]
            look = {"elinewidth": 1.4, "capsize": 3.5, "markersize": 5, "color": style.T_COLOR, "zorder": 4}
            ax.errorbar([x], [mean], bars, fmt="D", **look)
            ax.annotate(
                signed(mean).removeprefix("+"), (x, mean), (5, 0), textcoords="offset points", va="center",
                fontsize=7.5, path_effects=style.halo(), zorder=5,
            )  # fmt: skip
        ax.set_xticks(range(3), names, fontsize=7)
        ax.tick_params(axis="x", length=0)
        ax.set_xlim(-0.5, 2.75)
        style.tidy(ax)
        style.ticks(ax.yaxis)
        ax.tick_params(labelleft=True)
        ax.set_ylabel("response (log-odds)")
        p = "" if np.isnan(self.p) else f"\nsegments random: {p_text(self.p)}"
        text = f"response: {self.positive} of {len(self.quadruples)} positive{p}"
        ax.set_title(text, fontsize=8, loc="left", linespacing=1.35)


@register_figure("segments", rank=40)
def _draw(study: Study) -> SegmentsDisplay | None:
    family = study.primary
    tested = family is not None and study.design is not None and family.consistency is not None
    return SegmentsDisplay.from_study(study) if tested else None


def _of(values: Sequence[np.ndarray], members: np.ndarray) -> list[np.ndarray]:
    return [each for each, own in zip(values, members, strict=True) if own]


def _bounds(estimate: np.ndarray, low: np.ndarray, high: np.ndarray, n: int) -> tuple[float, float, float]:
    return float(estimate[n]), float(low[n]), float(high[n])


def _caption(family: Family, n: int) -> Caption:
    own, title = family.consistency, f"Consistency of the response of head {family.heads[n]} over segments."
    quadruples = f"{own.positive[n]} of {len(own.quadruples)} {own.what}"
    text = f"The response is positive in {quadruples}."
    apart = [
        f"{decimal(side.deviation[n], 1)} between {place} segments"
        for place, side in own.sides.items()
        if not np.isnan(side.deviation[n])
    ]
    if apart:
        text += f" Standard deviation within the classes, in log-odds: {' and '.join(apart)}."
    if not np.isnan(own.low[n]):
        text += (
            f" With segments random the response is {signed(own.estimate[n])}, 95 % interval {signed(own.low[n])} to "
            f"{signed(own.high[n])}, {p_text(own.p[n])}."
        )
    needs = (
        "every quadruple positive, the real classes first in rank on both sides, and p < .05 with segments random, in "
        "classes that vary alike where they are small"
    )
    if family.limits:
        return Caption(title, text, f"{title} {text}")
    return Caption(title, f"{text} A claim needs {needs}.", f"{title} {text}")


def _units(design: Design, values: np.ndarray) -> dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Of both sides the segment of each unit, whether it is of the first class, and its difference.

    Args:
        values: one an event.
    """
    if design.is_crossed:
        pairs = zip(PLACES, design.sides, design.differences(values), strict=True)
        return {place: (np.array(side.segments), side.first, each.every) for place, side, each in pairs}
    tr, tn, cr, cn = values[design.index].T
    target, trigger, target_control, trigger_control = map(pooled, design.cell_segments)
    first = np.repeat([True, False], len(tr))
    return {
        "target": (np.concatenate([target, target_control]), first, np.concatenate([tr - tn, cr - cn])),
        "trigger": (np.concatenate([trigger, trigger_control]), first, np.concatenate([tr - cr, tn - cn])),
    }
