"""Which segments models confuse: a row each gold segment, a column each that they had in its place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ....text import count, percent_of
from ...errors.confusions import NOTHING
from ...errors.measure import Errors
from .. import style
from ..registered import Caption, Display, register_figure
from .words import models_in_words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MOST = 24  # segments of a side
_CELL = 6.2  # mm
_BESIDE, _ABOVE = 64, 34  # mm, for the words around the cells
_LEGIBLE = 0.55  # of the largest number: from there on letters are white


@dataclass
class ConfusionsDisplay(Display):
    """Counts of confusions: compute with `from_errors`, then `plot`.

    Attributes:
        gold: segments of the references that were confused, most often confused first; insertions last.
        produced: segments that stood in their place, likewise; deletions last.
        counts: how often.  # gold x produced
        of: how often each gold segment, or place for an insertion, is there.
        title, legend: above and below.
    """

    gold: list[str]
    produced: list[str]
    counts: np.ndarray
    of: list[int]
    title: str
    legend: str

    @classmethod
    def from_errors(cls, found: Errors) -> ConfusionsDisplay:
        """Arrange the confusions of all models together; of more than 24 segments a side, the most frequent.

        Args:
            found: of `errors.measure.measure`; with an error at least.
        """
        pairs, _ = found.confusions
        gold = _by_frequency([(one.gold, one.n) for one in pairs])
        produced = _by_frequency([(one.produced, one.n) for one in pairs])
        counts = np.zeros((len(gold), len(produced)), int)
        of = dict.fromkeys(gold, 0)
        for one in pairs:
            of[one.gold] = one.of if one.gold in of else 0
            if one.gold in gold and one.produced in produced:
                counts[gold.index(one.gold), produced.index(one.produced)] = one.n
        total, shown = sum(one.n for one in pairs), int(counts.sum())
        nothing = found.nothing
        letters, fonts = style.letter([*gold, *produced, nothing])
        drawn = [[letters[segment or nothing] for segment in side] for side in (gold, produced)]
        models = models_in_words(found)
        title = f"Confused segments ({count(total, 'edit')}, {models})"
        left = f" {total - shown:,} rarer ones are not shown." if shown < total else ""
        insertion = f" Row {nothing}: insertions, of places between segments." if NOTHING in gold else ""
        deletion = f" Column {nothing}: deletions." if NOTHING in produced else ""
        legend = f"Numbers: how often. At the right: of how many in the references.{insertion}{deletion}{left}"
        caption = Caption(
            "Confusions of segments.",
            f"Hypotheses beside their references, aligned with the fewest edits, over {count(len(found.words))}, "
            f"{models}: how often a segment of the reference (row) has another one in its place (column). {legend}",
            f"Confusions of segments. Most frequent: {_in_words(found)}.",
        )
        return cls(*drawn, counts, [of[segment] for segment in gold], title, legend, caption=caption, fonts=fonts)

    def plot(self, ax: Axes | None = None) -> ConfusionsDisplay:
        """Draw; never shows.

        Args:
            ax: by default a new figure.

        Returns:
            itself, with `axes_` and `figure_` set.
        """
        with style.drawing(self.fonts):
            ax = self._new_axes() if ax is None else ax
            most = self.counts.max()
            ax.imshow(np.ma.masked_equal(self.counts, 0), cmap=_colors(), vmin=0, vmax=most, aspect="equal")
            for row, column in np.argwhere(self.counts):
                number = int(self.counts[row, column])
                color = "white" if number > _LEGIBLE * most else style.INK
                ax.text(column, row, f"{number:,}", ha="center", va="center", fontsize=7, color=color)
            for row, of in enumerate(self.of):
                wrong = int(self.counts[row].sum())
                said = f"{wrong:,} of {of:,}  ({percent_of(wrong, of, 1)})"
                ax.annotate(said, (1.02, row), xycoords=("axes fraction", "data"), va="center", fontsize=7)
            self._axes(ax)
            self.axes_, self.figure_ = ax, ax.get_figure()
        return self

    def _new_axes(self) -> Axes:
        rows, columns = self.counts.shape
        figure = style.new_figure(max(style.COLUMN, _BESIDE + _CELL * columns), _ABOVE + _CELL * rows)
        style.entitle(figure, self.title, self.legend, self.fonts)
        return figure.subplots()

    def _axes(self, ax: Axes) -> None:
        ax.set_xticks(range(len(self.produced)), self.produced)
        ax.set_yticks(range(len(self.gold)), self.gold)
        ax.tick_params(length=0, labelsize=8.5)
        ax.xaxis.tick_top()
        ax.xaxis.set_label_position("top")
        ax.set_xlabel("in the hypothesis")
        ax.set_ylabel("in the reference")
        for edges, lines in ((len(self.produced), ax.axvline), (len(self.gold), ax.axhline)):
            for at in range(1, edges):
                lines(at - 0.5, color="0.92", linewidth=0.5, zorder=0)
        ax.spines[:].set_color("0.8")


def _by_frequency(found: list[tuple[str, int]]) -> list[str]:
    """The most frequent segments, `NOTHING` last."""
    total: dict[str, int] = {}
    for segment, n in found:
        total[segment] = total.get(segment, 0) + n
    most = sorted(total, key=lambda segment: (-total[segment], segment))[:_MOST]
    return sorted(most, key=lambda segment: segment == NOTHING)


def _in_words(found: Errors) -> str:
    none = found.nothing
    return ", ".join(f"{one.gold or none} as {one.produced or none} {one.n}" for one in found.confusions[0][:5])


def _colors():
    from matplotlib.colors import LinearSegmentedColormap

    colors = LinearSegmentedColormap.from_list("counts", ["#E8EDF3", style.T_COLOR])
    return colors.with_extremes(bad="white")


@register_figure("confusions", place="errors", rank=1)
def _draw(found: Errors) -> ConfusionsDisplay | None:
    return ConfusionsDisplay.from_errors(found) if found.confusions[0] else None
