"""The routes from the trigger to the decision: how much of its effect passes by each, alone and together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ...phonology.transcription import WORD_EDGE
from ...text import END_OF_WORD, listed, number, share, signed
from ..criteria import LEAST_SHARE
from ..interventions.effects import Causal, Effects
from ..interventions.kinds import DIRECTIONS, KINDS, METHODS, MINIMAL_PAIRS, PLACES, TOGETHER, Intervention
from ..interventions.verdict import carriers, way
from . import style
from .registered import Caption, Display, register_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes


_UNUSED = "#B9C4D3"  # arrows that the verdict does not name
_BOX = {"boxstyle": "round,pad=0.35", "facecolor": "white", "edgecolor": "0.35", "linewidth": 0.8}
_BARS = {  # of each method
    "noising": {"color": style.T_COLOR, "edgecolor": style.T_COLOR},
    "denoising": {"color": "#9DB7D9", "edgecolor": style.T_COLOR},
    "knock-out": {"color": "white", "edgecolor": "0.45"},
}
_HEIGHT = 0.25  # of a bar, in rows
_FAMILIES = ("routes", "keys and values")


@dataclass
class RoutesDisplay(Display):
    """What interchange in each route takes away and gives back: compute with `from_causal`, then `plot`.

    Attributes:
        which: interventions in all heads, from above: the routes alone and together, then their keys and values alone.
        values, low, high: method -> share of the minimal-pair effect, with 95 % interval; log-odds without such an
            effect. NaN where it was not made.
        others: method -> effect of the same at other segments.
        uses: those that meet the criteria of use.  # bool
        pair: effect of the minimal pair, in log-odds; NaN if there is none.
        kinds: of attention that the verdict names.
        route: of the verdict.
        in_shares: are the values shares of the minimal-pair effect?
        title: process and language, and the verdict in a few words.
        segments: of target, trigger, and what replaces it.
        target_first: does the target precede the trigger?
        note: how many words and units.
    """

    which: list[Intervention]
    values: dict[str, np.ndarray]
    low: dict[str, np.ndarray]
    high: dict[str, np.ndarray]
    others: dict[str, np.ndarray]
    uses: np.ndarray
    pair: float
    kinds: tuple[str, ...]
    route: str
    in_shares: bool
    title: str
    segments: dict[str, str]
    target_first: bool
    note: str

    @classmethod
    def from_causal(cls, causal: Causal) -> RoutesDisplay:
        """Arrange the families of what was done in all heads.

        Args:
            causal: what was tested.
        """
        pair, verdict = causal.minimal_pair, causal.verdict
        shares = pair is not None and pair.distinguishes
        names = ("share", "low_share", "high_share", "others_share") if shares else ("effect", "low", "high", "others")
        rows = [(family, n) for family in map(causal.family, _FAMILIES) if family is not None for n in _order(family)]
        arrays = [
            {method: np.array([getattr(family.of(method), name)[n] for family, n in rows]) for method in METHODS}
            for name in names
        ]
        title = f"{style.title_of(causal)}\n{_verdict(causal)}"
        segments = {place: " ".join(each) for place, each in causal.segments.items()}
        letters, fonts = style.letter([title, *segments.values()])
        units = f", {causal.n_stems} stems, {causal.n_suffixes} suffixes" if causal.n_suffixes else ""
        claims = verdict.strength in ("uses", "none")
        return cls(
            [family.which[n] for family, n in rows],
            *arrays,
            np.array([bool(family.uses[n]) and claims for family, n in rows]),
            pair.effect if pair is not None else np.nan,
            verdict.kinds,
            verdict.route,
            shares,
            letters[title],
            {place: letters[text] for place, text in segments.items()},
            causal.target_first,
            f"{causal.n_words:,} words{units}",
            caption=_caption(causal),
            fonts=fonts,
        )

    @property
    def measures(self) -> list[str]:
        """Of the routes, alone and together."""
        return [one.measure for one in self.which if one.parts == "both"]

    def carried(self, measure: str) -> tuple[float, float]:
        """What noising takes away and denoising gives back by a route, or by several."""
        n = self.measures.index(measure)
        return tuple(float(self.values[direction][n]) for direction in DIRECTIONS)

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
        figure = style.new_figure(style.PAGE, max(82, 46 + 8.4 * len(self.which)))
        axes = figure.subplots(1, 2, width_ratios=[1, 1.12])
        process, _, verdict = self.title.partition("\n")
        style.entitle(figure, process, self._legend(), self.fonts)
        axes[0].set_title(style.wrap(verdict, 0.42 * style.PAGE, 8.5), loc="left", fontsize=8.5)
        return list(axes)

    def _legend(self) -> str:
        said = [f"All layers and heads at once; {self.note}."]
        if self.in_shares:
            hatched = "; hatched: either of two suffices" if self.route == "either suffices" else ""
            said.append(f"Width of the arrows from the trigger: the smaller share of noising and denoising{hatched}.")
        said.append("Thin gray arrow: attention of the decision step to the target, which is left as it is.")
        if self.in_shares:
            said.append(f"Bold: meets the criteria of use (dotted: {share(LEAST_SHARE)} %).")
        if any(np.isfinite(low).any() for low in self.low.values()):
            said.append("Whiskers: 95 % intervals.")
        return " ".join(said)

    def _bars(self, ax: Axes) -> None:
        scale = 100 if self.in_shares else 1
        rows = np.arange(1, len(self.which) + 1) + 0.25 * np.array([one.parts != "both" for one in self.which])
        whole = 1.0 if self.in_shares else self.pair
        if np.isfinite(whole):
            ax.barh(0, scale * whole, height=2 * _HEIGHT, color="0.85", edgecolor=style.INK, linewidth=0.7)
            self._number(ax, whole, scale * whole, 0, "normal")
        place = PLACES["others"]
        for at, (method, look) in zip((-1, 0, 1), _BARS.items(), strict=True):
            values, low, high, others = (each[method] for each in (self.values, self.low, self.high, self.others))
            made = np.isfinite(values)
            y = rows + at * 1.1 * _HEIGHT
            ax.barh(y[made], scale * values[made], height=_HEIGHT, linewidth=0.6, label=method, zorder=2, **look)
            known = made & np.isfinite(low)
            arms = scale * np.abs(np.array([values - low, high - values]))[:, known]
            bars = {"fmt": "none", "ecolor": "0.1", "elinewidth": 0.7, "capsize": 1.3, "zorder": 4}
            ax.errorbar(scale * values[known], y[known], xerr=arms, **bars)
            there = made & np.isfinite(others)
            ends = y[there] - _HEIGHT / 2, y[there] + _HEIGHT / 2
            label = f"the same at {place.label}" if method == METHODS[-1] else None
            ax.vlines(scale * others[there], *ends, linewidth=1.3, zorder=5, label=label, **place.look)
            for n in np.flatnonzero(made):
                edge = scale * np.nanmax([values[n], high[n], others[n], 0])
                self._number(ax, values[n], edge, y[n], "bold" if self.uses[n] and method in DIRECTIONS else "normal")
        ax.axvline(0, color="0.35", linewidth=0.7, zorder=3)
        if self.in_shares:
            ax.axvline(100 * LEAST_SHARE, color=style.REFERENCE, linewidth=0.8, linestyle=":", zorder=1)
        self._frame(ax, rows, scale, whole)

    def _number(self, ax: Axes, value: float, x: float, y: float, weight: str) -> None:
        ax.annotate(
            self.number(value), (x, y), (3, 0), textcoords="offset points", va="center_baseline", fontsize=6.5,
            weight=weight, path_effects=style.halo(), zorder=6,
        )  # fmt: skip

    def _frame(self, ax: Axes, rows: np.ndarray, scale: float, whole: float) -> None:
        """Room for the numbers, which stand beyond the bars, and the names of the rows."""
        every = [*self.values.values(), *self.low.values(), *self.high.values(), *self.others.values(), [whole, 0]]
        ends = scale * np.concatenate(every)
        low, high = np.nanmin(ends), np.nanmax(ends)
        span = max(high - low, 1e-9)
        ax.set_xlim(low - 0.02 * span, high + 0.17 * span)
        ax.set_yticks([0, *rows], [KINDS[MINIMAL_PAIRS[0]].label, *map(_label, self.which)])
        for text, uses in zip(ax.get_yticklabels()[1:], self.uses, strict=True):
            text.set_fontweight("bold" if uses else "normal")
        ax.set_ylim(rows[-1] + 0.65, -0.5)
        ax.tick_params(axis="y", length=0)
        style.tidy(ax, "x")
        ax.spines["left"].set_visible(False)
        ax.set_xlabel("% of the minimal-pair effect" if self.in_shares else "log-odds")
        handles, labels = ax.get_legend_handles_labels()
        last = sorted(range(len(labels)), key=lambda n: labels[n] not in METHODS)  # the ticks after the bars
        ax.legend(
            [handles[n] for n in last], [labels[n] for n in last],
            loc="lower right", bbox_to_anchor=(1.0, 0.995), ncols=4, handlelength=1, handletextpad=0.4,
            columnspacing=1, borderaxespad=0.1, fontsize=7,
        )  # fmt: skip

    def number(self, value: float) -> str:
        """As it is written beside bars and arrows."""
        return f"{share(value)} %" if self.in_shares else number(value, 1)


def _order(family: Effects) -> list[int]:
    return sorted(range(len(family.which)), key=lambda n: list(KINDS).index(family.which[n].measure))


def _label(one: Intervention) -> str:
    kind = KINDS[one.measure]
    return kind.label.replace(": ", ":\n") if one.parts == "both" else f"{kind.short}, {one.parts} alone"


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
    title = "What passes by each route from the trigger."
    shown = (
        "Left, the routes by which information on the trigger can reach the decision. Right, what is taken away when "
        "the keys and values of the trigger's position come from the minimal pair (noising), what is given back when "
        "the minimal pair has those of the word (denoising), and what is taken away when the attention edges are "
        "removed (knock-out)."
    )
    if pair is None:
        return Caption(title, f"{shown} In log-odds: some word has no minimal pair, so that no shares are taken.")
    if not pair.distinguishes:
        whole = f"the minimal pair makes a difference of {number(pair.effect)}. {pair.unshared}."
        return Caption(title, f"{shown} In log-odds, of which {whole}")
    whole = (
        f"100 % is the minimal-pair effect, {number(pair.effect)} log-odds (from {signed(pair.intact)} to "
        f"{signed(pair.after)} with the {causal.replaced})."
    )
    shares = [
        f"{KINDS[one.measure].label}, {share(routes.noising.share[n])} and {share(routes.denoising.share[n])} %"
        for n, one in enumerate(routes.which)
    ]
    rests = "None was shown to meet the criteria of use."
    if causal.verdict.strength == "uses" and carriers(causal):
        rests = f"The verdict rests on {listed([f'“{KINDS[measure].label}”' for measure in carriers(causal)])}."
    return Caption(title, f"{shown} {whole} {rests}", f"{title} Noising and denoising: {'; '.join(shares)}.")


def _diagram(ax: Axes, of: RoutesDisplay) -> None:
    """Boxes of the word and the decision, and an arrow for each route."""
    target, trigger = (1.9, 8.0) if of.target_first else (8.0, 1.9)
    ax.set_xlim(0, 9.9)
    ax.set_ylim(0, 7.1 if "decoder" in of.measures else 6.4)
    ax.set_xticks([])
    ax.set_yticks([])
    ax.axis("off")
    if len(of.which) > 8:  # a tall figure does not stretch the diagram
        ax.set_box_aspect(0.95)
        ax.set_anchor("N")
    decision, below, source = (target, 5.5), (target, 1.5), (trigger, 1.5)
    boxes = [
        (below, f"target (UR)\n/{of.segments.get('target', '')}/"),
        (source, f"trigger (UR)\n{_written(of.segments.get('trigger', ''))}"),
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


def _written(trigger: str) -> str:
    return f"{END_OF_WORD}: EOS" if trigger == WORD_EDGE else f"/{trigger}/"


def _arrow(
    ax: Axes, of: RoutesDisplay, start: tuple[float, float], end: tuple[float, float], kind: str,
    at: tuple[float, float], ha: str, va: str = "center",
) -> None:  # fmt: skip
    """As wide as the smaller of what noising takes and denoising gives; hatched where either of two routes suffices."""
    from matplotlib.patches import FancyArrowPatch

    chosen = kind in of.kinds
    stands_in = chosen and of.route == "either suffices"
    carried = _together(of, kind) if stands_in else of.carried(kind)
    width = 1.2 + 5.5 * float(np.clip(np.nan_to_num(min(carried) if of.in_shares else 0), 0, 1))
    color = style.T_COLOR if chosen else _UNUSED
    head = f"head_width={width + 6},head_length={5 + 0.8 * width}"
    ax.add_patch(
        FancyArrowPatch(
            start, end, arrowstyle=f"simple,tail_width={width},{head}", mutation_scale=1, shrinkA=22, shrinkB=26,
            facecolor="white" if stands_in else color, edgecolor=color, linewidth=0.7, zorder=2,
            hatch="//////" if stands_in else None,
        )
    )  # fmt: skip
    text = f"{KINDS[kind].short}:{chr(10) if kind == 'cross' else ' '}{_both(of, of.carried(kind))}"
    if stands_in:
        text += f" alone,\n{_both(of, carried)} together"
    weight = "bold" if chosen else "normal"
    ax.text(*at, text, ha=ha, va=va, fontsize=7.5, weight=weight, zorder=5, linespacing=1.2)


def _both(of: RoutesDisplay, carried: tuple[float, float]) -> str:
    """``99 / 100 %``: noising and denoising."""
    one, other = map(of.number, carried)
    return f"{one.removesuffix(' %')} / {other}"


def _together(of: RoutesDisplay, kind: str) -> tuple[float, float]:
    """What the routes that it is in carry together, of those that meet the criteria the largest."""
    together = [
        of.carried(name)
        for name, uses in zip(of.measures, of.uses, strict=False)
        if name in TOGETHER and kind in KINDS[name].attention and uses
    ]
    return max(together, key=min, default=(np.nan, np.nan))
