"""What all figures share: sizes, colors, fonts, titles and notes. Journal width, 7 to 9 point."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from ...attention.lettering import IPA_FONT, has_hangul, lettering
from ...attention.record import KIND_NAMES
from ...text import number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

    from ..contrasts.study import Study
    from ..events.events import Head
    from ..interventions.effects import Causal
    from ..models.results import Models

COLUMN, PAGE = 85, 180  # mm: one column of a journal, and two
DPI = 250
# Tol, "Colour schemes" (SRON/EPS/TN/09-002, 2021), high contrast: told apart with any color vision, and in gray print
T_COLOR, C_COLOR = "#004488", "#BB5566"
INK, REFERENCE, PALE, BAND = "0.15", "0.55", "0.72", "#F1EDE2"
# the color and the shape say what stands in target position; filled and solid, what is in trigger position
CELL_STYLES = {
    "TR": {"color": T_COLOR, "marker": "o", "linestyle": "-", "markerfacecolor": T_COLOR},
    "TN": {"color": T_COLOR, "marker": "o", "linestyle": (0, (3.5, 1.5)), "markerfacecolor": "white"},
    "CR": {"color": C_COLOR, "marker": "s", "linestyle": "-", "markerfacecolor": C_COLOR},
    "CN": {"color": C_COLOR, "marker": "s", "linestyle": (0, (3.5, 1.5)), "markerfacecolor": "white"},
}
QUERIES = {
    "decision": "query: decision step",
    "following": "query: step after the decision",
    "target": "query: target",
}
_RC = {
    "font.size": 8,
    "axes.titlesize": 8.5,
    "axes.labelsize": 8,
    "xtick.labelsize": 7.5,
    "ytick.labelsize": 7.5,
    "legend.fontsize": 7.5,
    "legend.frameon": False,
    "axes.linewidth": 0.6,
    "axes.edgecolor": "0.35",
    "axes.labelcolor": INK,
    "text.color": INK,
    "xtick.color": "0.35",
    "ytick.color": "0.35",
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "axes.unicode_minus": True,
    "text.parse_math": False,
    "text.usetex": False,
}


def drawing(fonts: list[str]) -> AbstractContextManager[None]:
    """Draw within it: sizes, colors and fonts of the figures, undone at its end."""
    import matplotlib

    return matplotlib.rc_context({**_RC, "font.family": fonts or ["DejaVu Sans"]})


def new_figure(width: float, height: float) -> Figure:
    """A figure of that size in mm, without pyplot, so that nothing is left behind."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width / 25.4, height / 25.4), dpi=DPI, layout="constrained")
    figure.get_layout_engine().set(w_pad=0.04, h_pad=0.04)
    FigureCanvasAgg(figure)
    return figure


def letter(texts: Iterable[str]) -> tuple[dict[str, str], list[str]]:
    """How each text is drawn, and the fonts for all of them."""
    texts = list(dict.fromkeys(texts))
    drawn, fonts = lettering(texts)
    return dict(zip(texts, drawn, strict=True)), fonts


def tidy(ax: Axes, grid: str | None = "y") -> None:
    """No box around the data, and a pale grid behind it."""
    ax.spines[["top", "right"]].set_visible(False)
    if grid:
        ax.grid(axis=grid, color="0.92", linewidth=0.5)
    ax.set_axisbelow(True)


def ticks(axis: Axis, most: int = 6) -> None:
    """Few ticks, at round numbers, all with the same number of decimals; 0 is ``0``."""
    from matplotlib.ticker import Formatter, MaxNLocator

    class SameDecimals(Formatter):
        def __call__(self, value: float, pos: int | None = None) -> str:
            return self.format_ticks([value])[0]

        def format_ticks(self, values: Sequence[float]) -> list[str]:
            written = [f"{abs(each):.4f}".rstrip("0").partition(".")[2] for each in values]
            places = max(map(len, written), default=0)
            least = 2 if max(map(abs, values), default=0) <= 1 else 0
            return [number(each, max(places, least)) if each else "0" for each in values]

    axis.set_major_locator(MaxNLocator(most, steps=[1, 2, 5, 10]))
    axis.set_major_formatter(SameDecimals())


def shorten(text: str, most: int) -> str:
    """At most so many letters, the last one an ellipsis if some are missing."""
    return text if len(text) <= most else text[: most - 1] + "…"


def wrap(text: str, width: float, size: float) -> str:
    """Lines of letters of that size (points) that fit a width in mm."""
    letters = max(20, int(width * 72 / 25.4 / (0.53 * size)))
    return "\n".join(line for part in text.split("\n") for line in textwrap.wrap(part, letters))


def halo() -> list[Any]:
    """Paper around letters, so that a line behind them does not cross them out."""
    from matplotlib.patheffects import withStroke

    return [withStroke(linewidth=1.8, foreground="white")]


def title_of(study: Study | Causal | Models) -> str:
    """Process, of a process with several parts which of them, and language."""
    name, part = study.process.replace("_", " ").replace("-", " "), study.provenance.grammar.coverage.named
    return capitalized(name) + (f", {part}" if part else "") + (f" ({study.language})" if study.language else "")


def head_in_words(head: Head) -> str:
    """A head, and the query of it, in words."""
    return f"head {head} of the {KIND_NAMES[head.kind]}, {QUERIES[head.query]}"


def heading(text: str, fonts: list[str]) -> dict[str, Any]:
    """How a title is set: bold, if its letters come from the font that has a bold face for certain."""
    return {
        "fontsize": 9,
        **({"fontfamily": fonts} if has_hangul(text) else {"fontfamily": IPA_FONT, "weight": "bold"}),
    }


def entitle(figure: Figure, title: str, note: str, fonts: list[str]) -> None:
    """Set the title above a figure and the note below it, in lines that fit its width."""
    width = figure.get_size_inches()[0] * 25.4
    lines = wrap(title, width, 11)  # 11: bold is wide
    figure.suptitle(lines, x=0.01, ha="left", **heading(lines, fonts))
    note = note.replace(" %", "\u00a0%")
    figure.supxlabel(wrap(note, width, 7), fontsize=7, x=0.01, ha="left", color="0.3")


def subtitle(ax: Axes, title: str, fonts: list[str]) -> None:
    """Set a title of two lines above axes: the first as a heading, the second under it."""
    first, _, second = title.partition("\n")
    ax.set_title(first, loc="left", pad=15, **heading(first, fonts))
    ax.annotate(second, (0, 1), (0, 4), xycoords="axes fraction", textcoords="offset points", fontsize=8)


def capitalized(text: str) -> str:
    """With a capital letter at its beginning, all else as it is."""
    return text[:1].upper() + text[1:]


def spread(places: Iterable[float], gap: float, low: float = -math.inf, high: float = math.inf) -> list[float]:
    """Places for labels near the given ones, in the same order, at least ``gap`` apart, from ``low`` to ``high``."""

    def middle(block: list[int]) -> float:
        half = gap * (len(block) - 1) / 2
        return max(low + half, min(high - half, sum(places[n] for n in block) / len(block)))

    places = list(places)
    blocks: list[list[int]] = []  # labels that touch
    for n in sorted(range(len(places)), key=places.__getitem__):
        blocks.append([n])
        while len(blocks) > 1 and middle(blocks[-1]) - middle(blocks[-2]) < gap * sum(map(len, blocks[-2:])) / 2:
            blocks[-2:] = [blocks[-2] + blocks[-1]]
    spread_out = [0.0] * len(places)
    for block in blocks:
        for rank, n in enumerate(block):
            spread_out[n] = middle(block) + (rank - (len(block) - 1) / 2) * gap
    return spread_out
