"""Several models: every one as a point, with the mean over them and its interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ...text import counted, decimal, listed, number, p_text, share, signed
from ..contrasts.study import SCALE
from ..criteria import ALPHA, LEAST_SHARE
from ..interventions.kinds import KINDS
from ..models.results import CHOSEN, ModelRow, Models, ModelTest
from . import style
from .registered import Caption, Display, register_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LANE, _HIGH_LANE = 4.6, 7.2  # mm: of one model, and of all
_LONG = 20  # letters of a name that are shown
_LEVELS, _LEVEL = 5, 0.11  # of models that lie on each other, in lanes


@dataclass(frozen=True)
class Point:
    """One model in one lane: its value, with the interval over words; whether it meets the criteria by itself."""

    value: float
    low: float
    high: float
    meets: bool
    tested: bool = True


@dataclass(frozen=True)
class Lane:
    """One line of the figure.

    Attributes:
        name: at the left.
        note: at the right.
        points: of one model, or of all.
        mean, low, high: over models, with 95 % interval; NaN where the lane is of one model.
        claim: is it claimed over models?
        elsewhere: mean over models of the effect of the control intervention; NaN if there is none.
    """

    name: str
    note: str
    points: tuple[Point, ...] = ()
    mean: float = np.nan
    low: float = np.nan
    high: float = np.nan
    claim: bool = False
    elsewhere: float = np.nan


@dataclass
class ModelsDisplay(Display):
    """Every model, and the mean over them: compute with `from_models`, then `plot`.

    Of attention one lane a model: its chosen head, with the response measured on other words than the choice, and a
    last lane for the mean. Of interventions one lane a route: all models, and the mean.

    Attributes:
        lanes: from above.
        causal: are these shares of the minimal-pair effect, not log-odds?
        title: process and language.
        subtitle: how many models, and what of them is in no test.
    """

    lanes: list[Lane]
    causal: bool
    title: str
    subtitle: str

    @classmethod
    def from_models(cls, models: Models) -> ModelsDisplay:
        """Arrange models and tests.

        Args:
            models: of `models.compare_attention` or `models.compare_interventions`.
        """
        lanes = _lanes_of_routes(models) if models.causal else _lanes_of_heads(models)
        left = len(models.rows) - len(models.tested)
        subtitle = counted(len(models.rows), "model") + (f", {left} in no test" if left else "")
        title = style.title_of(models)
        letters, fonts = style.letter([title, *models.names])
        drawn = [
            Lane(letters.get(lane.name, lane.name), *(getattr(lane, name) for name in list(vars(lane))[1:]))
            for lane in lanes
        ]
        return cls(drawn, models.causal, letters[title], subtitle, caption=_caption(models), fonts=fonts)

    def plot(self, ax: Axes | None = None) -> ModelsDisplay:
        """Draw; never shows.

        Args:
            ax: by default a new figure.

        Returns:
            itself, with `axes_` and `figure_` set.
        """
        with style.drawing(self.fonts):
            if ax is None:
                ax = self._new_axes()
            for n, lane in enumerate(self.lanes):
                self._lane(ax, n, lane)
            self._axes(ax)
            self.axes_, self.figure_ = ax, ax.get_figure()
        return self

    @property
    def _scale(self) -> float:
        return 100.0 if self.causal else 1.0

    def _new_axes(self) -> Axes:
        figure = style.new_figure(style.COLUMN, 38 + (_HIGH_LANE if self.causal else _LANE) * (len(self.lanes) + 1))
        style.entitle(figure, self.title, self._legend(), self.fonts)
        ax = figure.subplots()
        ax.set_title(self.subtitle[:1].upper() + self.subtitle[1:], loc="left", fontsize=8)
        return ax

    def _legend(self) -> str:
        if self.causal:
            return (
                "Circles: models, filled where the route meets the criteria of use in that model; at the right, in how "
                "many. Single heads: chosen on other segments. Diamond: mean over models, 95 %; filled where claimed. "
                "Gray tick: control intervention at other segments. Dotted: least share of a claim."
            )
        return (
            "Circle: response of the head chosen on other segments, 95 % over words; filled where a head of that model "
            "meets the criteria. At the right the head, and its response in mass. Diamond: mean over models, 95 %; "
            f"filled where claimed{self._why_open()}."
        )

    def _why_open(self) -> str:
        """Explanation of the p beside an open diamond."""
        p, _, name = self.lanes[-1].note.removesuffix(")").partition(" (")
        if not (name and p.startswith("p ")):
            return ""
        return f", else with the largest p ({name}{' random, of the mean' if name == 'segments' else ''})"

    def _lane(self, ax: Axes, n: int, lane: Lane) -> None:
        scale, several = self._scale, len(lane.points) > 1
        shown = [point for point in lane.points if np.isfinite(point.value)]
        places = _beside([scale * point.value for point in shown], 4) if several else [0.0]
        for point, place in zip(shown, places, strict=False):
            y = n + (place if several else 0)
            color = style.T_COLOR if point.tested else style.REFERENCE
            if not several and np.isfinite(point.low):
                ax.plot([scale * point.low, scale * point.high], [y, y], color=color, linewidth=0.9, zorder=2)
            ax.plot(
                scale * point.value, y, "o", markersize=3.4 if several else 4.6, markeredgecolor=color, zorder=4,
                markerfacecolor=color if point.meets else "white", markeredgewidth=0.8, clip_on=False,
            )  # fmt: skip
        if np.isfinite(lane.elsewhere):
            ax.vlines(scale * lane.elsewhere, n - 0.36, n + 0.36, color=style.REFERENCE, linewidth=1.4, zorder=1)
        if np.isfinite(lane.mean):
            y = n - (0.24 if several else 0)
            if np.isfinite(lane.low):
                ax.plot([scale * lane.low, scale * lane.high], [y, y], color=style.C_COLOR, linewidth=1.6, zorder=3)
            ax.plot(
                scale * lane.mean, y, "D", markersize=4.6, markeredgecolor=style.C_COLOR, zorder=5,
                markerfacecolor=style.C_COLOR if lane.claim else "white", markeredgewidth=0.9, clip_on=False,
            )  # fmt: skip
        ax.annotate(
            lane.note, (1, n), (4, 0), xycoords=("axes fraction", "data"), textcoords="offset points", fontsize=7.5,
            va="center_baseline", annotation_clip=False,
        )  # fmt: skip

    def _axes(self, ax: Axes) -> None:
        ends = [100 * LEAST_SHARE, 0, 100.0] if self.causal else [0, 2.0]
        for lane in self.lanes:
            ends += [self._scale * value for value in (lane.mean, lane.low, lane.high, lane.elsewhere)]
            ends += [self._scale * value for p in lane.points for value in self._ends(lane, p)]
        low, high = np.nanmin(ends), np.nanmax(ends)
        ax.set_xlim(low - 0.03 * (high - low), high + 0.04 * (high - low))
        ax.set_ylim(len(self.lanes) - 0.4, -0.6)
        ax.set_yticks(range(len(self.lanes)), [style.shorten(lane.name, _LONG) for lane in self.lanes])
        ax.tick_params(axis="y", length=0)
        style.tidy(ax, "x")
        ax.spines["left"].set_visible(False)
        ax.axvline(0, color="0.35", linewidth=0.7, zorder=1)
        if self.causal:
            ax.axvline(100 * LEAST_SHARE, color=style.REFERENCE, linewidth=0.8, linestyle=":", zorder=1)
            ax.set_xlabel("% of the minimal-pair effect, by interchange")
        else:
            style.ticks(ax.xaxis)
            ax.set_xlabel("response of the chosen head (log-odds)")
            ax.axhline(len(self.lanes) - 1.5, color="0.8", linewidth=0.6)

    @staticmethod
    def _ends(lane: Lane, point: Point) -> Sequence[float]:
        return (point.value,) if len(lane.points) > 1 else (point.value, point.low, point.high)


@register_figure("models", place="models")
def _draw(models: Models) -> ModelsDisplay:
    return ModelsDisplay.from_models(models)


def _caption(models: Models) -> Caption:
    if models.causal:
        title = "Share of the minimal-pair effect by interchange in each route, in every model."
        text = (
            "Each circle is a model: the effect of interchange, in the direction with the smaller one, in percent of "
            "the effect of replacing the trigger; filled where the route meets the criteria of use in that model. The "
            "diamond is the mean over models"
        )
        largest = [(row.name, [each.share for each in row.routes.values()]) for row in models.rows]
        values = [f"{name} {share(max(shares, default=np.nan))} % at most" for name, shares in largest]
    else:
        title = "Response (interaction) of the chosen head of every model."
        text = (
            "Each circle is a model: the response of its chosen head, in log-odds beside the target, in words whose "
            "segments took no part in the choice, with the 95 % interval over words; filled where a head of that model "
            "meets the criteria. At the right the head that was chosen most often, and the same response in mass. The "
            "diamond is the mean over models"
        )
        values = [
            f"{row.name} {signed(row.response.estimate[SCALE] if row.response else np.nan)}" for row in models.rows
        ]
    end = "." if models.warning else ", with its 95 % interval."
    return Caption(title, text + end, f"{title} By model: {listed(values)}.")


def _lanes_of_heads(models: Models) -> list[Lane]:
    """One a model, and the mean."""
    lanes = []
    for row in models.rows:
        held = row.response
        if held is None:
            lanes.append(Lane(row.name, "no test"))
            continue
        own = Point(held.estimate[SCALE], held.low[SCALE], held.high[SCALE], row.meets, row.tested)
        lanes.append(Lane(row.name, f"{held.head}, {number(held.estimate['mass'])}", (own,)))
    test = models.test(CHOSEN)
    if test is not None:
        note = "too few to test" if models.warning else _decided(test)
        lanes.append(Lane("mean", note, (), test.mean, test.low, test.high, test.claim))
    return lanes


def _decided(test: ModelTest) -> str:
    """The p over models; without a claim the largest of all p, with its name, or the criterion that is not met."""
    if test.claim:
        return p_text(test.p)
    ps = {"models": test.p, "segments": test.segments}
    missing = [name for name, p in ps.items() if np.isnan(p)]
    if missing:
        return f"not tested ({missing[0]})"
    name = max(ps, key=ps.__getitem__)
    return f"{p_text(ps[name])} ({name})" if not ps[name] < ALPHA else f"{decimal(test.mass.mean, 3)} of mass"


def _lanes_of_routes(models: Models) -> list[Lane]:
    """One a route that some model has, and one for the single head of each kind of attention."""
    tested = models.tested
    measures = [m for m in KINDS if any(m in row.routes for row in models.rows)]
    lanes = [_route(measure, models.test(measure), models.rows, tested) for measure in measures]
    for kind in dict.fromkeys(kind for row in tested for kind in row.heads):
        test = models.test(f"head of {kind}")
        points = tuple(
            Point(held.estimate["share"], held.low["share"], held.high["share"], row.uses_head(kind))
            for row, held in ((row, row.heads[kind]) for row in tested if kind in row.heads)
        )
        lanes.append(Lane(f"single head, {kind}", _times(points), points, *_mean(test)))
    return lanes


def _route(measure: str, test: ModelTest | None, rows: Sequence[ModelRow], tested: Sequence[ModelRow]) -> Lane:
    points = tuple(
        Point(each.share, each.low, each.high, each.uses and row.meets, row.tested)
        for row, each in ((row, row.routes[measure]) for row in rows if measure in row.routes)
    )
    elsewhere = [row.routes[measure].others for row in tested if measure in row.routes]
    pair = [row.pair for row in tested if measure in row.routes]
    there = np.mean(elsewhere) / np.mean(pair) if elsewhere and np.isfinite(_mean(test)[0]) else np.nan
    return Lane(KINDS[measure].short, _times(points), points, *_mean(test), float(there))


def _mean(test: ModelTest | None) -> tuple[float, float, float, bool]:
    return (np.nan, np.nan, np.nan, False) if test is None else (test.mean, test.low, test.high, test.claim)


def _times(points: Sequence[Point]) -> str:
    own = [point for point in points if point.tested]
    return f"{sum(point.meets for point in own)} of {len(own)}"


def _beside(values: Sequence[float], gap: float) -> list[float]:
    """How far each is moved down, so that those that are alike do not lie on each other."""
    places, last = [0.0] * len(values), {}
    for n in sorted(range(len(values)), key=values.__getitem__):
        free = [level for level in range(_LEVELS) if values[n] - last.get(level, -np.inf) >= gap]
        level = free[0] if free else min(range(_LEVELS), key=lambda each: last[each])
        last[level] = values[n]
        places[n] = -0.04 + _LEVEL * level
    return places
