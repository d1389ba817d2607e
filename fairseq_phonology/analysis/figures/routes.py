"""The routes from the trigger to the decision: how much of the minimal-pair effect each carries, alone and together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from ...text import percent
from ..criteria import LEAST_SHARE
from ..interventions.effects import Causal
from ..interventions.kinds import KINDS, MINIMAL_PAIRS, PLACES
from . import style
from .route_diagram import UNUSED, draw_diagram

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@dataclass
class RoutesDisplay:
    """What is lost when a route is cut off: compute with `from_causal`, then `plot`.

    Attributes:
        measures: knock-outs in all heads, from above.
        values, low, high: share of the minimal-pair effect, with 95 % interval; log-odds without such an effect.
        controls: ``others``, ``mirror`` -> what the same takes away elsewhere.
        uses: those that meet the rule of use.  # bool
        pair: effect of the minimal pair, in log-odds; NaN if there is none.
        kinds: of attention that the verdict names.
        route: of the verdict.
        title: process and language, and the verdict in a few words.
        segments: of target, trigger, and what replaces it.
        target_first: does the target precede the trigger?
        note: how many words and units.
        fonts: font families, each for what those before it lack.
        axes_: diagram and bars, after `plot`.
        figure_: the figure they belong to, after `plot`.
    """

    measures: list[str]
    values: np.ndarray
    low: np.ndarray
    high: np.ndarray
    controls: dict[str, np.ndarray]
    uses: np.ndarray
    pair: float
    kinds: tuple[str, ...]
    route: str
    title: str
    segments: dict[str, str]
    target_first: bool
    note: str
    fonts: list[str] = field(default_factory=list)
    axes_: list[Axes] = field(default_factory=list)
    figure_: Figure | None = None

    @classmethod
    def from_causal(cls, causal: Causal) -> RoutesDisplay:
        """Arrange the family of routes.

        Args:
            causal: what was tested.
        """
        family, pair, verdict = causal.routes, causal.minimal_pair, causal.verdict
        shares = pair is not None and pair.distinguishes
        bounds = (
            (family.share, family.low_share, family.high_share) if shares else (family.effect, family.low, family.high)
        )
        unit = pair.effect if shares else 1.0
        title = f"{style.title_of(causal)}\n{_verdict(causal)}"
        segments = {place: " ".join(each) for place, each in causal.segments.items()}
        letters, fonts = style.letter([title, *segments.values()])
        order = sorted(range(len(family.which)), key=lambda n: list(KINDS).index(family.which[n].measure))
        units = f", {causal.n_stems} stems, {causal.n_suffixes} suffixes" if causal.n_suffixes else ""
        return cls(
            [family.which[n].measure for n in order],
            *(values[order] for values in bounds),
            {name: values[order] / unit for name, values in family.controls.items()},
            family.uses[order] & (verdict.strength in ("uses", "none")),
            pair.effect if pair is not None else np.nan,
            verdict.kinds,
            verdict.route,
            letters[title],
            {place: letters[text] for place, text in segments.items()},
            causal.target_first,
            f"{causal.n_words:,} words{units}",
            fonts,
        )

    @property
    def in_shares(self) -> bool:
        """Are the values shares of the minimal-pair effect?"""
        return bool(self.route)

    def plot(self, ax: Axes | Sequence[Axes] | None = None) -> RoutesDisplay:
        """Draw; never shows.

        Args:
            ax: two axes, for diagram and bars; of one axes only the bars; by default a new figure.

        Returns:
            itself, with `axes_` and `figure_` set.
        """
        with style.drawing(self.fonts):
            axes = self._new_axes() if ax is None else list(np.ravel(ax))
            self._bars(axes[-1])
            if len(axes) > 1:
                draw_diagram(axes[0], self)
            self.axes_, self.figure_ = axes, axes[0].get_figure()
        return self

    def _new_axes(self) -> list[Axes]:
        figure = style.new_figure(style.PAGE, 54 + 4.6 * max(5, len(self.measures)))
        axes = figure.subplots(1, 2, width_ratios=[1.12, 1])
        process, _, verdict = self.title.partition("\n")
        figure.suptitle(process, x=0.01, ha="left", **style.heading(process, self.fonts))
        axes[0].set_title(style.wrap(verdict, 0.42 * style.PAGE, 8.5), loc="left", fontsize=8.5)
        figure.supxlabel(style.wrap(self._legend(), style.PAGE, 7), fontsize=7, x=0.01, ha="left", color="0.3")
        return list(axes)

    def _legend(self) -> str:
        what = ""
        if self.in_shares:
            hatched = "; hatched: where the other is left" if self.route == "either suffices" else ""
            what = f"Arrows from the trigger: as wide as what is lost without them{hatched}."
        what += " Thin gray arrow: the decision reads the target itself, which is never cut."
        mirror = np.isfinite(self.controls["mirror"]).any()
        rule = f"Dark: meets the rule of use (dotted: {100 * LEAST_SHARE:.0f} %)." if self.in_shares else ""
        return (
            f"Knock-outs in all layers and heads at once; {self.note}. {what} {rule} Whiskers: 95 % interval. "
            f"Ticks: the same edges to every other segment (mean){', and to the mirror offset' if mirror else ''}."
        )

    def _bars(self, ax: Axes) -> None:
        scale = 100 if self.in_shares else 1
        y = np.arange(1, len(self.measures) + 1)
        whole = 1.0 if self.in_shares else self.pair
        if np.isfinite(whole):
            ax.barh(0, scale * whole, height=0.62, color="white", edgecolor=style.INK, linewidth=0.8)
        colors = [style.T_COLOR if uses else UNUSED for uses in self.uses]
        ax.barh(y, scale * np.nan_to_num(self.values), height=0.62, color=colors)
        known = np.isfinite(self.low)
        arms = np.abs(np.array([self.values - self.low, self.high - self.values]))[:, known]
        ax.errorbar(
            scale * self.values[known], y[known], xerr=scale * arms, fmt="none", ecolor="0.1", elinewidth=0.9,
            capsize=2, zorder=4,
        )  # fmt: skip
        for name, values in self.controls.items():
            shown = np.isfinite(values)
            if shown.any():
                ends = y[shown] - 0.42, y[shown] + 0.42
                place = PLACES[name]
                ax.vlines(scale * values[shown], *ends, linewidth=1.4, zorder=5, label=place.label, **place.look)
        ax.axvline(0, color="0.35", linewidth=0.7, zorder=3)
        self._limits(ax, scale, whole)
        if self.in_shares:
            ax.axvline(100 * LEAST_SHARE, color=style.REFERENCE, linewidth=0.8, linestyle=":", zorder=1)
        ax.set_yticks([0, *y], [KINDS[MINIMAL_PAIRS[0]].label, *(KINDS[measure].label for measure in self.measures)])
        ax.set_ylim(len(y) + 0.6, -0.6)
        ax.tick_params(axis="y", length=0)
        style.tidy(ax, "x")
        ax.spines["left"].set_visible(False)
        ax.set_xlabel(f"% of log-odds lost (100 %: {self.pair:.1f})" if self.in_shares else "log-odds lost")
        if any(np.isfinite(values).any() for values in self.controls.values()):
            ax.legend(
                loc="lower right", bbox_to_anchor=(1.0, 0.995), ncols=2, handlelength=1, handletextpad=0.5,
                columnspacing=1.2, borderaxespad=0.1, fontsize=7, title="elsewhere, as controls:", title_fontsize=7,
                alignment="left",
            )  # fmt: skip

    def _limits(self, ax: Axes, scale: float, whole: float) -> None:
        """Room for the numbers, which stand beyond the bars."""
        ends = np.array([*self.values, *self.low, *self.high, *np.concatenate(list(self.controls.values())), whole, 0])
        low, high = (scale * end for end in (np.nanmin(ends), np.nanmax(ends)))
        span = max(high - low, 1e-9)
        ax.set_xlim(low - (0.34 if low < -0.02 * span else 0.02) * span, high + 0.19 * span)
        for n, value in enumerate([whole, *self.values]):
            if not np.isfinite(value):
                continue
            row = [value] if not n else [value, self.low[n - 1], self.high[n - 1]]
            row += [values[n - 1] for values in self.controls.values()] if n else []
            left = value < -0.02 * span / scale
            edge = scale * (np.nanmin if left else np.nanmax)([*row, 0])
            weight = "bold" if n and self.uses[n - 1] else "normal"
            ax.annotate(
                self.number(value), (edge, n), (-4 if left else 4, 0), textcoords="offset points",
                va="center_baseline", ha="right" if left else "left", fontsize=7.5, weight=weight,
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6}, zorder=2,  # over the dotted line
            )  # fmt: skip

    def number(self, value: float) -> str:
        """As it is written beside bars and arrows."""
        text = f"{percent(value)} %" if self.in_shares else f"{round(value, 1) + 0.0:.1f}"
        return text.replace("-", "−")


def _verdict(causal: Causal) -> str:
    from ..interventions.routes import way

    verdict = causal.verdict
    return {
        "uses": f"Uses the trigger {way(verdict.route, verdict.kinds)}",
        "none": "None of the routes carries it",
        "same": "Does not distinguish the trigger from its replacement",
        "withheld": "No claim may be made",
    }.get(verdict.strength, "Described only: no design to test")
