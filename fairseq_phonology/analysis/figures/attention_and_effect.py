"""Where heads look against what they matter: attention response and knock-out effect, head by head."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ...errors import InputError
from ..contrasts.study import Study
from ..criteria import LEAST_MASS, LEAST_SHARE
from ..events.events import Head
from ..interventions.effects import Causal
from . import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_KINDS = {"cross": "o", "decoder": "D"}
_NEEDS = ("contrast", "kind", "query", "layer", "head", "mean_TR", "estimate_mass", "low_mass", "high_mass", "claim")


@dataclass(frozen=True)
class Looks:
    """What one head's attention does.

    Attributes:
        response, low, high: mass; 95 % interval.
        mass: mean on the trigger in TR.
        claim: does it meet the claim rule?
    """

    response: float
    low: float
    high: float
    mass: float
    claim: bool


def looks_of(study: Study) -> dict[Head, Looks]:
    """Of the heads of the decision row that a study tested for response."""
    found: dict[Head, Looks] = {}
    for family in study.families:
        if family.contrast == "response":
            numbers = (family.estimate["mass"], family.low["mass"], family.high["mass"], family.cell_means["TR"])
            for n, head in enumerate(family.heads):
                if head.query == "decision":
                    found.setdefault(head, Looks(*(float(each[n]) for each in numbers), bool(family.claim[n])))
    return found


def read_looks(path: str | Path) -> dict[Head, Looks]:
    """The same from ``heads.csv`` of `analyze`.

    Raises:
        InputError: it cannot be read, or is no such table.
    """
    found: dict[Head, Looks] = {}
    try:
        with open(path, encoding="utf-8", newline="") as file:
            rows = csv.DictReader(file)
            missing = [name for name in _NEEDS if name not in (rows.fieldnames or ())]
            if missing:
                raise InputError(f"no column {missing[0]!r}: not the heads.csv of analyze", path)
            for row in rows:
                if row["contrast"] == "response" and row["query"] == "decision":
                    numbers = (row["estimate_mass"], row["low_mass"], row["high_mass"], row["mean_TR"])
                    looks = Looks(*(float(each or "nan") for each in numbers), row["claim"] == "1")
                    found.setdefault(Head(row["kind"], "decision", int(row["layer"]), int(row["head"])), looks)
    except (OSError, ValueError) as error:
        raise InputError(f"cannot be read: {getattr(error, 'strerror', None) or error}", path) from None
    return found


@dataclass
class AttentionAndEffectDisplay:
    """Heads by response and share of the minimal-pair effect: compute with `from_causal`, then `plot`.

    Attributes:
        heads: which.
        looks: their attention.
        share, low, high: what is lost when the head alone is cut off from the trigger; 95 % interval.
        uses: those that meet the rule of use.  # bool
        title: process and language.
        fonts: font families, each for what those before it lack.
        axes_: what was drawn on, after `plot`.
        figure_: the figure it belongs to, after `plot`.
    """

    heads: list[Head]
    looks: list[Looks]
    share: np.ndarray
    low: np.ndarray
    high: np.ndarray
    uses: np.ndarray
    title: str
    fonts: list[str] = field(default_factory=list)
    axes_: Axes | None = None
    figure_: Figure | None = None

    @classmethod
    def from_causal(cls, causal: Causal, looks: Mapping[Head, Looks]) -> AttentionAndEffectDisplay:
        """Pair the heads of both.

        Args:
            causal: knock-outs head by head, with a minimal-pair effect.
            looks: of `looks_of` or `read_looks`, for the same model.

        Raises:
            ValueError: no head is in both, or there is no minimal-pair effect.
        """
        heads, found, numbers = [], [], []
        claims = causal.verdict.strength in ("uses", "none")
        for family in causal.families:
            for n, one in enumerate(family.which):
                head = Head(one.measure, "decision", one.layer or 0, one.head or 0)
                if one.head and head in looks and np.isfinite(family.share[n]):
                    heads.append(head)
                    found.append(looks[head])
                    bounds = (family.share[n], family.low_share[n], family.high_share[n])
                    numbers.append((*bounds, family.uses[n] and claims))
        if not heads:
            raise ValueError("no head has both a response and a share of the minimal-pair effect")
        share, low, high, uses = np.array(numbers, float).T
        title = style.title_of(causal)
        letters, fonts = style.letter([title])
        return cls(heads, found, share, low, high, uses > 0, letters[title], fonts)

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
                figure.suptitle(
                    style.wrap(self.title, 120, 11), x=0.01, ha="left", **style.heading(self.title, self.fonts)
                )
                figure.supxlabel(style.wrap(self._legend(), 120, 7), fontsize=7, x=0.01, ha="left", color="0.3")
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
            f"{shapes}Response: attention to the trigger because of the process; a head that always looks there has "
            "mass and no response. Loss: that head alone cut off from the trigger, in % of the minimal-pair effect. "
            "Dotted: least mass and share of a claim. Bold: meets the rule of use; boxed: claimed to attend. "
            "95 % intervals."
        )

    def _points(self, ax: Axes):
        x, y = self._x, 100 * self.share
        lows = np.array([[one.response - one.low, one.high - one.response] for one in self.looks]).T
        arms = np.array([self.share - self.low, self.high - self.share])
        look = {"fmt": "none", "ecolor": style.PALE, "elinewidth": 0.8, "zorder": 2}
        ax.errorbar(x, y, xerr=np.abs(np.nan_to_num(lows)), yerr=100 * np.abs(np.nan_to_num(arms)), **look)
        points = None
        for kind, marker in _KINDS.items():
            own = [n for n, head in enumerate(self.heads) if head.kind == kind]
            if own:
                mass = [self.looks[n].mass for n in own]
                points = ax.scatter(
                    x[own], y[own], c=mass, vmin=0, vmax=1, cmap="Blues", s=34, marker=marker, edgecolors=style.INK,
                    linewidths=0.7, zorder=4,
                )  # fmt: skip
        return points

    @property
    def _x(self) -> np.ndarray:
        return np.array([one.response for one in self.looks])

    def _quadrants(self, ax: Axes) -> None:
        floor = 100 * LEAST_SHARE
        ends = np.array([value for one in self.looks for value in (one.low, one.high, one.response)])
        left, right = min(np.nanmin(ends), -0.15), max(np.nanmax(ends), 0.4)
        heights = 100 * np.array([*self.share, *self.low, *self.high])
        low, high = min(np.nanmin(heights), -12), max(np.nanmax(heights), 60)
        ax.set_xlim(left - 0.05 * (right - left), right + 0.06 * (right - left))
        ax.set_ylim(low - 0.1 * (high - low), high + 0.2 * (high - low))
        style.tidy(ax, None)
        ax.axvline(LEAST_MASS, color=style.REFERENCE, linewidth=0.8, linestyle=":", zorder=1)
        ax.axhline(floor, color=style.REFERENCE, linewidth=0.8, linestyle=":", zorder=1)
        corners = {
            (0.01, "left", 0.985, "top"): "matter,\ndo not respond",
            (0.99, "right", 0.985, "top"): "respond\nand matter",
            (0.99, "right", 0.015, "bottom"): "respond,\ndo not matter",
        }
        for (x, ha, y, va), text in corners.items():
            where = {"transform": ax.transAxes, "ha": ha, "va": va}
            ax.text(x, y, text, **where, fontsize=8, style="italic", color="0.4", path_effects=style.halo(), zorder=3)
        ax.set_xlabel("looks because of the process: response (mass)")
        ax.set_ylabel("is needed: % of log-odds lost without it")
        ax.xaxis.set_major_formatter(lambda value, _: style.number(value) if abs(value) > 1e-9 else "0")

    def _names(self, ax: Axes) -> None:
        """Beside the points of heads that look or matter; the rest lie on each other."""
        notable = [
            n
            for n, one in enumerate(self.looks)
            if one.claim or self.uses[n] or one.response >= LEAST_MASS or self.share[n] >= LEAST_SHARE / 2
        ]
        gap = 0.05 * np.ptp(ax.get_ylim())
        width, written = np.ptp(ax.get_xlim()), []
        for n in notable:
            box = {"boxstyle": "square,pad=0.18", "facecolor": "white", "edgecolor": style.INK, "linewidth": 0.7}
            claim, weight = self.looks[n].claim, "bold" if self.uses[n] else "normal"
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
