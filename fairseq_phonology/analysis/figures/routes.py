"""The routes from the trigger to the decision: how much of its effect passes by each, alone and together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ...text import listed, number, share, signed
from ..criteria import LEAST_SHARE
from ..interventions.effects import Causal
from ..interventions.kinds import KINDS, MINIMAL_PAIRS, PLACES, TOGETHER
from ..interventions.verdict import carriers, way
from . import style
from .registered import Caption, Display, register_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes


_UNUSED = "#B9C4D3"  # what does not meet the criteria of use
_BOX = {"boxstyle": "round,pad=0.35", "facecolor": "white", "edgecolor": "0.35", "linewidth": 0.8}


@dataclass
class RoutesDisplay(Display):
    """What interchange in each route takes away: compute with `from_causal`, then `plot`.

    Attributes:
        measures: interventions in all heads, from above.
        values, low, high: share of the minimal-pair effect, with 95 % interval; log-odds without such an effect.
        others: effect of the same at other segments.
        uses: those that meet the criteria of use.  # bool
        pair: effect of the minimal pair, in log-odds; NaN if there is none.
        kinds: of attention that the verdict names.
        route: of the verdict.
        title: process and language, and the verdict in a few words.
        segments: of target, trigger, and what replaces it.
        target_first: does the target precede the trigger?
        note: how many words and units.
    """

    measures: list[str]
    values: np.ndarray
    low: np.ndarray
    high: np.ndarray
    others: np.ndarray
    uses: np.ndarray
    pair: float
    kinds: tuple[str, ...]
    route: str
    title: str
    segments: dict[str, str]
    target_first: bool
    note: str

    @classmethod
    def from_causal(cls, causal: Causal) -> RoutesDisplay:
        """Arrange the family of routes.

        Args:
            causal: what was tested.
        """
        family, pair, verdict = causal.routes, causal.minimal_pair, causal.verdict
        shares = pair is not None and pair.distinguishes
        own = family.noising
        bounds = (own.share, own.low_share, own.high_share) if shares else (own.effect, own.low, own.high)
        unit = pair.effect if shares else 1.0
        title = f"{style.title_of(causal)}\n{_verdict(causal)}"
        segments = {place: " ".join(each) for place, each in causal.segments.items()}
        letters, fonts = style.letter([title, *segments.values()])
        order = sorted(range(len(family.which)), key=lambda n: list(KINDS).index(family.which[n].measure))
        units = f", {causal.n_stems} stems, {causal.n_suffixes} suffixes" if causal.n_suffixes else ""
        return cls(
            [family.which[n].measure for n in order],
            *(values[order] for values in bounds),
            own.others[order] / unit,
            family.uses[order] & (verdict.strength in ("uses", "none")),
            pair.effect if pair is not None else np.nan,
            verdict.kinds,
            verdict.route,
            letters[title],
            {place: letters[text] for place, text in segments.items()},
            causal.target_first,
            f"{causal.n_words:,} words{units}",
            caption=_caption(causal),
            fonts=fonts,
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
                _diagram(axes[0], self)
            self.axes_, self.figure_ = axes, axes[0].get_figure()
        return self

    def _new_axes(self) -> list[Axes]:
        figure = style.new_figure(style.PAGE, 54 + 4.6 * max(5, len(self.measures)))
        axes = figure.subplots(1, 2, width_ratios=[1.12, 1])
        process, _, verdict = self.title.partition("\n")
        style.entitle(figure, process, self._legend(), self.fonts)
        axes[0].set_title(style.wrap(verdict, 0.42 * style.PAGE, 8.5), loc="left", fontsize=8.5)
        return list(axes)

    def _legend(self) -> str:
        what = ""
        if self.in_shares:
            hatched = "; hatched: either of two suffices" if self.route == "either suffices" else ""
            what = f"Width of the arrows from the trigger: share that noising takes away{hatched}."
        what += " Thin gray arrow: attention of the decision step to the target, which is left as it is."
        dark = f"Dark: meets the criteria of use (dotted: {share(LEAST_SHARE)} %)." if self.in_shares else ""
        return (
            f"Noising in all layers and heads at once; {self.note}. {what} {dark} Whiskers: 95 % intervals. "
            "Ticks: the same at every other segment (mean)."
        )

    def _bars(self, ax: Axes) -> None:
        scale = 100 if self.in_shares else 1
        y = np.arange(1, len(self.measures) + 1)
        whole = 1.0 if self.in_shares else self.pair
        if np.isfinite(whole):
            ax.barh(0, scale * whole, height=0.62, color="white", edgecolor=style.INK, linewidth=0.8)
        colors = [style.T_COLOR if uses else _UNUSED for uses in self.uses]
        ax.barh(y, scale * np.nan_to_num(self.values), height=0.62, color=colors)
        known = np.isfinite(self.low)
        arms = np.abs(np.array([self.values - self.low, self.high - self.values]))[:, known]
        ax.errorbar(
            scale * self.values[known], y[known], xerr=scale * arms, fmt="none", ecolor="0.1", elinewidth=0.9,
            capsize=2, zorder=4,
        )  # fmt: skip
        shown, place = np.isfinite(self.others), PLACES["others"]
        if shown.any():
            ends = y[shown] - 0.42, y[shown] + 0.42
            ax.vlines(scale * self.others[shown], *ends, linewidth=1.4, zorder=5, label=place.label, **place.look)
        ax.axvline(0, color="0.35", linewidth=0.7, zorder=3)
        self._limits(ax, scale, whole)
        if self.in_shares:
            ax.axvline(100 * LEAST_SHARE, color=style.REFERENCE, linewidth=0.8, linestyle=":", zorder=1)
        ax.set_yticks([0, *y], [KINDS[MINIMAL_PAIRS[0]].label, *(KINDS[measure].label for measure in self.measures)])
        ax.set_ylim(len(y) + 0.6, -0.6)
        ax.tick_params(axis="y", length=0)
        style.tidy(ax, "x")
        ax.spines["left"].set_visible(False)
        whole = f"(100 %: {number(self.pair, 1)})"
        ax.set_xlabel(f"% of log-odds taken away {whole}" if self.in_shares else "log-odds taken away")
        if shown.any():
            ax.legend(
                loc="lower right", bbox_to_anchor=(1.0, 0.995), ncols=2, handlelength=1, handletextpad=0.5,
                columnspacing=1.2, borderaxespad=0.1, fontsize=7, title="control interventions:", title_fontsize=7,
                alignment="left",
            )  # fmt: skip

    def _limits(self, ax: Axes, scale: float, whole: float) -> None:
        """Room for the numbers, which stand beyond the bars."""
        ends = np.array([*self.values, *self.low, *self.high, *self.others, whole, 0])
        low, high = (scale * end for end in (np.nanmin(ends), np.nanmax(ends)))
        span = max(high - low, 1e-9)
        ax.set_xlim(low - (0.34 if low < -0.02 * span else 0.02) * span, high + 0.19 * span)
        for n, value in enumerate([whole, *self.values]):
            if not np.isfinite(value):
                continue
            row = [value] if not n else [value, self.low[n - 1], self.high[n - 1]]
            row += [self.others[n - 1]] if n else []
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
        return f"{share(value)} %" if self.in_shares else number(value, 1)


def _verdict(causal: Causal) -> str:
    verdict = causal.verdict
    return {
        "uses": f"Uses the trigger {way(verdict.route, verdict.kinds)}",
        "none": "No route was shown to meet the criteria of use",
        "same": "Not shown to distinguish the trigger from its replacement",
        "withheld": "No claim may be made",
    }.get(verdict.strength, "Description only: no design to test")


@register_figure("routes", place="interventions", rank=10)
def _draw(causal: Causal, heads: object = None) -> RoutesDisplay:
    return RoutesDisplay.from_causal(causal)


def _caption(causal: Causal) -> Caption:
    pair, routes = causal.minimal_pair, causal.routes
    title = "Effect of interchange in each route from the trigger."
    shown = (
        "Left, the routes by which information on the trigger can reach the decision; right, what "
        "interchange with the minimal pair takes away (noising) in all heads, and the same at other segments."
    )
    if pair is None or not pair.distinguishes:
        return Caption(title, f"{shown} In log-odds, because there is no minimal-pair effect to take shares of.")
    whole = (
        f"100 % is the minimal-pair effect, {number(pair.effect)} log-odds (from {signed(pair.intact)} to "
        f"{signed(pair.after)} with the trigger replaced)."
    )
    shares = [f"{KINDS[one.measure].label}, {share(routes.noising.share[n])} %" for n, one in enumerate(routes.which)]
    dark = "No bar is dark: none was shown to meet the criteria of use."
    if causal.verdict.strength == "uses":
        dark = f"The verdict rests on {listed([f'“{KINDS[measure].label}”' for measure in carriers(causal)])}."
    return Caption(title, f"{shown} {whole} {dark}", f"{title} {'; '.join(shares)}.")


def _diagram(ax: Axes, of: RoutesDisplay) -> None:
    """Boxes of the word and the decision, and an arrow for each route."""
    target, trigger = (1.9, 8.0) if of.target_first else (8.0, 1.9)
    ax.set_xlim(0, 9.9)
    ax.set_ylim(0, 7.1 if "decoder" in of.measures else 6.4)
    ax.set_xticks([])
    ax.set_yticks([])
    ax.axis("off")
    decision, below, source = (target, 5.5), (target, 1.5), (trigger, 1.5)
    boxes = [
        (below, f"target (UR)\n/{of.segments.get('target', '')}/"),
        (source, f"trigger (UR)\n/{of.segments.get('trigger', '')}/"),
        (decision, "decision step:\ndoes it apply?"),
    ]
    ax.annotate(
        "", decision, below,
        arrowprops={"arrowstyle": "->", "color": style.REFERENCE, "linewidth": 0.8, "shrinkA": 19, "shrinkB": 19},
    )  # fmt: skip
    side = 1 if of.target_first else -1
    beside = (target + side * 4.1, 3.85) if "decoder" in of.measures else (target + side * 3.4, 4.45)
    _arrow(ax, of, source, decision, "cross", beside, "left" if side > 0 else "right")
    _arrow(ax, of, source, below, "encoder", (4.95, 0.72), "center", "top")
    if "decoder" in of.measures:
        _arrow(ax, of, (trigger, 5.5), decision, "decoder", (4.55, 6.3), "center", "bottom")
        boxes.append(((trigger, 5.5), "surface\ntrigger"))
    for place, text in boxes:
        ax.text(*place, text, ha="center", va="center", fontsize=7.5, bbox=_BOX, zorder=6, linespacing=1.25)


def _arrow(
    ax: Axes, of: RoutesDisplay, start: tuple[float, float], end: tuple[float, float], kind: str,
    at: tuple[float, float], ha: str, va: str = "center",
) -> None:  # fmt: skip
    """As wide as what noising takes away; hatched where either of two routes suffices."""
    from matplotlib.patches import FancyArrowPatch

    share = of.values[of.measures.index(kind)]
    chosen = kind in of.kinds
    stands_in = chosen and of.route == "either suffices"
    carried = _together(of, kind) if stands_in else share
    width = 1.2 + 5.5 * float(np.clip(np.nan_to_num(carried if of.in_shares else 0), 0, 1))
    color = style.T_COLOR if chosen else _UNUSED
    head = f"head_width={width + 6},head_length={5 + 0.8 * width}"
    ax.add_patch(
        FancyArrowPatch(
            start, end, arrowstyle=f"simple,tail_width={width},{head}", mutation_scale=1, shrinkA=22, shrinkB=26,
            facecolor="white" if stands_in else color, edgecolor=color, linewidth=0.7, zorder=2,
            hatch="//////" if stands_in else None,
        )
    )  # fmt: skip
    text = f"{KINDS[kind].short}:{chr(10) if kind == 'cross' else ' '}{of.number(share)}"
    if stands_in:
        text += f" alone,\n{of.number(carried)} together"
    weight = "bold" if chosen else "normal"
    ax.text(*at, text, ha=ha, va=va, fontsize=7.5, weight=weight, zorder=5, linespacing=1.2)


def _together(of: RoutesDisplay, kind: str) -> float:
    """Largest effect of the pairs that it is in."""
    pairs = [
        n for n, name in enumerate(of.measures) if name in TOGETHER and kind in KINDS[name].attention and of.uses[n]
    ]
    return max((of.values[n] for n in pairs), default=np.nan)
