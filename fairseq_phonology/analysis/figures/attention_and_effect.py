"""Attention against effect: the response of each head, and the share of the effect that passes by it alone."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import msgspec
import numpy as np

from ...files import Amount, Finite, Place, read_table
from ...text import share, signed
from ..contrasts.kinds import RESPONSE
from ..contrasts.study import SCALE, Study
from ..criteria import LEAST_SHARE
from ..events.events import Head
from ..interventions.effects import Causal
from . import style
from .registered import Caption, Display, register_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_KINDS = {"cross": "o", "decoder": "D"}
_NOTABLE = 2.0  # of log-odds: a head with as large a response is named


class _Row(msgspec.Struct):
    contrast: str
    kind: str
    query: str
    layer: Place
    head: Place
    estimate_log_odds: Finite | None
    low_log_odds: Finite | None
    high_log_odds: Finite | None
    mean_TR: Amount | None  # a little above 1 where the weights of a query are, as half precision has it
    claim: Literal["0", "1"] | None


@dataclass(frozen=True)
class HeadEffects:
    """What one head's attention does.

    Attributes:
        response, low, high: log-odds; 95 % interval.
        mass: mean on the trigger in TR.
        claim: does it meet the criteria of a claim?
    """

    response: float
    low: float
    high: float
    mass: float
    claim: bool


def head_effects(study: Study) -> dict[Head, HeadEffects]:
    """Of the heads, at the decision step, whose response a study tested."""
    found: dict[Head, HeadEffects] = {}
    for family in study.families:
        if family.contrast == RESPONSE:
            numbers = (family.estimate[SCALE], family.low[SCALE], family.high[SCALE], family.cell_means["TR"])
            for n, head in enumerate(family.heads):
                if head.query == "decision":
                    found.setdefault(head, HeadEffects(*(float(each[n]) for each in numbers), bool(family.claim[n])))
    return found


def read_head_effects(path: str | Path) -> dict[Head, HeadEffects]:
    """The same from ``heads.csv`` of `analyze`.

    Raises:
        InputError: it cannot be read, or is no such table.
    """
    found: dict[Head, HeadEffects] = {}
    for row in read_table(path, _Row, "heads.csv of analyze"):
        if row.contrast == RESPONSE and row.query == "decision":
            cells = (row.estimate_log_odds, row.low_log_odds, row.high_log_odds, row.mean_TR)
            numbers = (math.nan if each is None else each for each in cells)
            found.setdefault(Head(row.kind, "decision", row.layer, row.head), HeadEffects(*numbers, row.claim == "1"))
    return found


@dataclass
class AttentionAndEffectDisplay(Display):
    """Heads by response and share of the minimal-pair effect: compute with `from_causal`, then `plot`.

    Attributes:
        heads: which.
        attention: what their attention does.
        share, low, high: what interchange in the head alone takes away or gives back, the smaller; 95 % interval.
        larger: the larger of both.
        uses: those that meet the criteria of use.  # bool
        title: process and language.
    """

    heads: list[Head]
    attention: list[HeadEffects]
    share: np.ndarray
    low: np.ndarray
    high: np.ndarray
    larger: np.ndarray
    uses: np.ndarray
    title: str

    @classmethod
    def from_causal(cls, causal: Causal, attention: Mapping[Head, HeadEffects]) -> AttentionAndEffectDisplay:
        """Pair the heads of both.

        Args:
            causal: interchange head by head, with a minimal-pair effect.
            attention: of `head_effects` or `read_head_effects`, for the same model.

        Raises:
            ValueError: no head is in both, or there is no minimal-pair effect.
        """
        heads, found, numbers = [], [], []
        claims = causal.verdict.strength in ("uses", "none")
        for family in causal.families:
            for n, one in enumerate(family.which):
                head = Head(one.measure, "decision", one.layer or 0, one.head or 0)
                if one.head and head in attention and np.isfinite(family.share[n]):
                    heads.append(head)
                    found.append(attention[head])
                    least, most = sorted((family.noising, family.denoising), key=lambda one: one.share[n])
                    bounds = (least.share[n], least.low_share[n], least.high_share[n], most.share[n])
                    numbers.append((*bounds, family.uses[n] and claims))
        if not heads:
            raise ValueError("no head has both a response and a share of the minimal-pair effect")
        *numbers, uses = np.array(numbers, float).T
        title = style.title_of(causal)
        letters, fonts = style.letter([title])
        return cls(heads, found, *numbers, uses > 0, letters[title], caption=_caption(causal), fonts=fonts)

    def plot(self, ax: Axes | None = None) -> AttentionAndEffectDisplay:
        """Draw; never shows.

        Args:
            ax: by default a new figure.

        Returns:
            itself, with `axes_` and `figure_` set.
        """
        with style.drawing(self.fonts):
            new = ax is None
            if ax is None:
                figure = style.new_figure(120, 100)
                ax = figure.subplots()
                style.entitle(figure, self.title, self._legend(), self.fonts)
            points = self._points(ax)
            self._quadrants(ax)
            self._names(ax)
            if new:
                bar = ax.get_figure().colorbar(points, ax=ax, pad=0.02, aspect=22, shrink=0.7)
                bar.set_label("mass on the trigger in TR", fontsize=7.5)
                bar.set_ticks([0, 0.5, 1], labels=["0", ".5", "1"])
                bar.outline.set_linewidth(0.4)
            self.axes_, self.figure_ = ax, ax.get_figure()
        return self

    def _legend(self) -> str:
        shapes = "Circles: cross-attention; diamonds: decoder. " if len({head.kind for head in self.heads}) > 1 else ""
        return (
            f"{shapes}Response: interaction of target and trigger; a head that attends to that place in every word has "
            "mass but no response. Effect: interchange in that head alone, the smaller of noising and denoising; dash: "
            "the larger. Dotted: no response, and the least share of a claim. Bold: meets the criteria of use; boxed: "
            "claimed to attend. Bars: 95 % intervals."
        )

    def _points(self, ax: Axes):
        x, y = self._x, 100 * self.share
        lows = np.array([[one.response - one.low, one.high - one.response] for one in self.attention]).T
        arms = np.array([self.share - self.low, self.high - self.share])
        bars = {"fmt": "none", "ecolor": style.PALE, "elinewidth": 0.8, "zorder": 2}
        ax.errorbar(x, y, xerr=np.abs(np.nan_to_num(lows)), yerr=100 * np.abs(np.nan_to_num(arms)), **bars)
        ax.plot(x, 100 * self.larger, "_", color=style.INK, markersize=6, markeredgewidth=0.9, zorder=3)
        points = None
        for kind, marker in _KINDS.items():
            own = [n for n, head in enumerate(self.heads) if head.kind == kind]
            if own:
                mass = [self.attention[n].mass for n in own]
                points = ax.scatter(
                    x[own], y[own], c=mass, vmin=0, vmax=1, cmap="Blues", s=34, marker=marker, edgecolors=style.INK,
                    linewidths=0.7, zorder=4,
                )  # fmt: skip
        return points

    @property
    def _x(self) -> np.ndarray:
        return np.array([one.response for one in self.attention])

    def _quadrants(self, ax: Axes) -> None:
        floor = 100 * LEAST_SHARE
        ends = np.array([value for one in self.attention for value in (one.low, one.high, one.response)])
        left, right = min(np.nanmin(ends), -1.0), max(np.nanmax(ends), 3.0)
        heights = 100 * np.array([*self.share, *self.low, *self.high, *self.larger])
        low, high = min(np.nanmin(heights), -12), max(np.nanmax(heights), 60)
        ax.set_xlim(left - 0.05 * (right - left), right + 0.06 * (right - left))
        ax.set_ylim(low - 0.1 * (high - low), high + 0.2 * (high - low))
        style.tidy(ax, None)
        ax.axvline(0, color=style.REFERENCE, linewidth=0.8, linestyle=":", zorder=1)
        ax.axhline(floor, color=style.REFERENCE, linewidth=0.8, linestyle=":", zorder=1)
        corners = {
            (0.01, "left", 0.985, "top"): "much effect,\nlittle response",
            (0.99, "right", 0.985, "top"): "response\nand effect",
            (0.99, "right", 0.015, "bottom"): "response,\nlittle effect",
        }
        for (x, ha, y, va), text in corners.items():
            where = {"transform": ax.transAxes, "ha": ha, "va": va}
            ax.text(x, y, text, **where, fontsize=8, style="italic", color="0.4", path_effects=style.halo(), zorder=3)
        ax.set_xlabel("attention: response (log-odds)")
        ax.set_ylabel("effect: % of the minimal-pair effect")
        ax.xaxis.set_major_formatter(lambda value, _: signed(value) if abs(value) > 1e-9 else "0")

    def _names(self, ax: Axes) -> None:
        """Beside the points of heads with a response or an effect; the others lie on each other."""
        notable = [
            n
            for n, one in enumerate(self.attention)
            if one.claim or self.uses[n] or one.response >= _NOTABLE or self.share[n] >= LEAST_SHARE / 2
        ]
        gap = 0.05 * np.ptp(ax.get_ylim())
        width, written = np.ptp(ax.get_xlim()), []
        for n in notable:
            box = {"boxstyle": "square,pad=0.18", "facecolor": "white", "edgecolor": style.INK, "linewidth": 0.7}
            claim, weight = self.attention[n].claim, "bold" if self.uses[n] else "normal"
            at = self._free(n, width, gap, written)
            written.append(at)
            ax.plot([self._x[n], at[0]], [100 * self.share[n], at[1]], color=style.REFERENCE, linewidth=0.5, zorder=3)
            ax.text(
                *at, str(self.heads[n]), fontsize=7.5, va="center", weight=weight, zorder=6,
                bbox=box if claim else None, path_effects=None if claim else style.halo(),
            )  # fmt: skip

    def _free(self, n: int, width: float, gap: float, written: list[tuple[float, float]]) -> tuple[float, float]:
        """A place for a head's label that is on no point and on no other label: above its point, else below."""
        points = list(zip(self._x, 100 * self.share, strict=True))
        x, y = self._x[n] + 0.025 * width, 100 * self.share[n]
        above, below = y + 1.4 * gap, y - 1.4 * gap
        for step in (0, 1, 2, 3, 4, 5, 6):
            for at in ((x, above + step * gap / 2), (x, below - step * gap / 2)):
                on_point = any(-0.02 * width < a - x < 0.075 * width and abs(b - at[1]) < 0.8 * gap for a, b in points)
                on_label = any(abs(a - x) < 0.09 * width and abs(b - at[1]) < gap for a, b in written)
                if not on_point and not on_label:
                    return at
        return x, above


@register_figure("attention-and-effect", place="interventions", rank=20)
def _draw(causal: Causal, heads: Mapping[Head, HeadEffects]) -> AttentionAndEffectDisplay | None:
    try:
        return AttentionAndEffectDisplay.from_causal(causal, heads)
    except ValueError:  # no head has both
        return None


def _caption(causal: Causal) -> Caption:
    title = "Attention and effect of every head."
    families = [family for kind in _KINDS if (family := causal.family(f"heads of {kind}")) is not None]
    largest = share(max(value for family in families for value in family.share))
    met = sum(int(family.uses.sum()) for family in families)
    text = (
        "One point for each head. Horizontal: response, in log-odds; vertical: what interchange of keys and values in "
        f"that head alone takes away or gives back, whichever is less (dotted: {share(LEAST_SHARE)} %; dash: the "
        "other). Heads with a response by which little passes lie below on the right; heads by which much passes, "
        "without a response, above on the left."
    )
    heads = f"{met} heads meet" if met > 1 else "one head meets" if met else "no head meets"
    found = f"The largest share is {largest} %; {heads} the criteria of use."
    return Caption(title, f"{text} {found}", f"{title} {found}")
