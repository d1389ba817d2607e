"""The share of one variant in every item, sorted: all models as points, and their mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ....corpus.candidates import APPLIED
from ....phonology.grammar import STRATUM
from ....text import count, counted, decimal, number
from ...people.scores import Scores
from .. import style
from ..registered import Caption, Display, register_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MOST_LABELED = 60  # items that have a line and a name each
_LANE = 3.0  # mm of one
_LONG = 24  # letters of a name that are shown
_NAMED_ENDS = 3  # items that are named at either end where there are more
# Tol, high contrast, as in `style`; the third is gray
_STRATA = tuple(zip((style.T_COLOR, style.C_COLOR, "0.4"), "Dso", strict=True))  # color, marker


@dataclass
class SharesDisplay(Display):
    """Shares by item: compute with `from_scores`, then `plot`.

    Up to 60 items have a line each, with its name; more are drawn by rank.

    Attributes:
        items: names, from the smallest mean share to the largest.
        shares: of the variant.  # models x items
        strata: of the items; all empty where there are none, or more than three.
        variant: whose share it is; empty for the candidate that stands first.
    """

    items: list[str]
    shares: np.ndarray
    strata: list[str]
    variant: str

    @classmethod
    def from_scores(cls, scores: Scores, variant: str | None = None) -> SharesDisplay:
        """Sort the items.

        Args:
            scores: of `score`.
            variant: its name; by default the first of the list, or without variants the candidate that stands first.
        """
        variant = next(iter(scores.variants), "") if variant is None else variant
        items, shares = scores.item_shares(variant)
        order = np.argsort(shares.mean(0), kind="stable") if items else []
        of_item = {
            item: scores.candidates[numbers[0]].columns.get(STRATUM, "") for item, numbers in scores.items.items()
        }
        strata = [of_item[items[n]] for n in order]
        strata = strata if len(set(strata)) <= len(_STRATA) else [""] * len(items)
        letters, fonts = style.letter([*items, *strata, variant])
        names = [letters[items[n]] for n in order]
        found = cls(names, shares[:, order], [letters[s] for s in strata], letters[variant], fonts=fonts)
        found.caption = found._caption()
        return found

    def plot(self, ax: Axes | None = None) -> SharesDisplay:
        """Draw; never shows.

        Args:
            ax: by default a new figure.

        Returns:
            itself, with `axes_` and `figure_` set.
        """
        with style.drawing(self.fonts):
            ax = self._new_axes() if ax is None else ax
            (self._lanes if self._labeled else self._ranks)(ax)
            self._strata_legend(ax)
            self.axes_, self.figure_ = ax, ax.get_figure()
        return self

    @property
    def _labeled(self) -> bool:
        return len(self.items) <= _MOST_LABELED

    @property
    def _what(self) -> str:
        if self.variant == APPLIED:
            return "share of application"
        return f"share of {self.variant}" if self.variant else "share of the first candidate"

    def _new_axes(self) -> Axes:
        size = (style.COLUMN, 30 + _LANE * max(len(self.items), 4)) if self._labeled else (style.COLUMN, 78)
        figure = style.new_figure(*size)
        models = len(self.shares)
        title = f"{style.capitalized(self._what)}, {count(len(self.items), 'item')}"
        style.entitle(figure, title, self._legend(models), self.fonts)
        return figure.subplots()

    def _legend(self, models: int) -> str:
        if models == 1:
            return "One model. Line: mean over items."
        one, mean = ("Circles", "Filled") if self._labeled else ("Pale", "Dark")
        return f"{one}: {counted(models, 'model')}. {mean}: their mean. Line: mean over items."

    def _style_of(self, stratum: str) -> tuple[str, str]:
        """Color and marker."""
        return _STRATA[list(dict.fromkeys(sorted(self.strata))).index(stratum)]

    def _lanes(self, ax: Axes) -> None:
        models, means = len(self.shares), self.shares.mean(0)
        for n, (values, mean, stratum) in enumerate(zip(self.shares.T, means, self.strata, strict=True)):
            color, marker = self._style_of(stratum)
            if models > 1:
                ax.plot(values, [n] * models, "o", markersize=3.2, markerfacecolor="none", markeredgecolor=color,
                        markeredgewidth=0.5, alpha=0.75, zorder=3, clip_on=False)  # fmt: skip
            ax.plot(mean, n, marker, markersize=4.4, color=color, zorder=4, clip_on=False,
                    markeredgecolor="white", markeredgewidth=0.5)  # fmt: skip
        ax.axvline(means.mean(), color=style.REFERENCE, linewidth=0.9, zorder=1)
        ax.set_yticks(range(len(self.items)), [style.shorten(item, _LONG) for item in self.items])
        ax.set_ylim(-0.7, len(self.items) - 0.3)
        ax.set_xlim(-0.02, 1.02)
        ax.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", ".25", ".50", ".75", "1"])
        ax.tick_params(axis="y", length=0)
        style.tidy(ax, "both")
        ax.spines["left"].set_visible(False)
        ax.set_xlabel(self._what)

    def _ranks(self, ax: Axes) -> None:
        means, places = self.shares.mean(0), np.arange(1, len(self.items) + 1)
        for stratum in dict.fromkeys(sorted(self.strata)):
            here = [n for n, one in enumerate(self.strata) if one == stratum]
            color, marker = self._style_of(stratum)
            if len(self.shares) > 1:
                for values in self.shares[:, here]:
                    ax.plot(
                        places[here], values, "o", markersize=1.1, color=color, alpha=0.35, markeredgewidth=0, zorder=2
                    )
            ax.plot(places[here], means[here], marker, markersize=1.7, color=color, markeredgewidth=0, zorder=3)
        ax.axhline(means.mean(), color=style.REFERENCE, linewidth=0.9, zorder=1)
        ax.set_ylim(-0.02, 1.02)
        ax.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0", ".25", ".50", ".75", "1"])
        ax.set_xlim(0, len(self.items) + 1)
        style.tidy(ax)
        ax.set_xlabel("items, by their mean share")
        ax.set_ylabel(self._what)

    def _strata_legend(self, ax: Axes) -> None:
        strata = [one for one in dict.fromkeys(sorted(self.strata)) if one]
        for one in strata:
            color, marker = self._style_of(one)
            ax.plot([], [], marker, color=color, markersize=4.4, label=one)
        if strata:
            ax.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=len(strata), handletextpad=0.2, borderaxespad=0.1)

    def _caption(self) -> Caption:
        models, means = len(self.shares), self.shares.mean(0)
        title = f"{style.capitalized(self._what)} in every item."
        over = "the sum over the item's candidates"
        what = f"The probability of the candidate, divided by {over}"
        if self.variant == APPLIED:
            over = "the sum of it and of the SR with the process blocked"
            what = f"The probability of the SR with the process applied, divided by {over}"
        who = "in one model" if models == 1 else f"in {counted(models, 'model')}"
        drawn = ""
        if models > 1 and self._labeled:
            drawn = " Each circle is a model, the filled mark their mean."
        elif models > 1:
            drawn = " Each pale point is a model, the dark one their mean."
        mean = f"The line is the mean over items ({number(means.mean())})."
        text = f"{what}, {who}; items by their mean share.{drawn} {mean}"
        ends = [*self.items[:_NAMED_ENDS], *self.items[-_NAMED_ENDS:]]
        shown = self.items if len(self.items) <= len(ends) else ends
        values = ", ".join(f"{item} {number(means[self.items.index(item)])}" for item in shown)
        return Caption(title, text, f"{title} Mean {decimal(float(means.mean()))}; lowest and highest: {values}.")


@register_figure("shares", place="scores")
def _draw(scores: Scores) -> SharesDisplay | None:
    alone = all(len(numbers) < 2 for numbers in scores.alternatives.values())
    return None if alone else SharesDisplay.from_scores(scores)
