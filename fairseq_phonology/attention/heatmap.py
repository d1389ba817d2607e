"""Heat maps of one word: one head, a mean, or every layer and head as small multiples on one scale.

Compute, then draw: `HeatmapDisplay` holds the weights and the lettering; drawing leaves no state behind.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from ..files import save_picture
from ..text import columns
from .edges import KIND_NAMES
from .lettering import lettering

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLORS = "Blues"  # one hue, ever darker: the same with any color vision and in gray; no attention is white
_FRAME = {"color": "0.75", "linewidth": 0.5, "clip_on": False}
EOS = "EOS"
START = "start"  # the EOS that the decoder is given before the first segment
_DPI, _LEAST_DPI = 200, 60  # of large pictures fewer, so that they have no more than
_PIXELS = 2**26  # 256 MiB in memory
_GAP = 0.3  # of a cell, between the segments and EOS
# kind -> what the queries are, what the keys are
_AXES = {
    "cross": ("surface segment emitted", "underlying segment"),
    "encoder": ("from underlying segment", "to underlying segment"),
    "decoder": ("surface segment emitted", "surface segment read"),
}


class Weighted(Protocol):
    """What is drawn: an `AttentionRecord`, or anything that has the same."""

    id: str
    rank: int
    underlying: tuple[str, ...]
    surface: tuple[str, ...]
    reference: tuple[str, ...] | None
    correct: bool | None
    kinds: tuple[str, ...]

    def weights(self, kind: str) -> np.ndarray:
        """Of a kind of attention.  # -> layers x heads x queries x keys"""

    def norms(self, kind: str) -> np.ndarray:
        """Likewise, of the weighted value vectors."""


@dataclass
class HeatmapDisplay:
    """One word's attention: compute with `from_record`, then `plot`.

    Attributes:
        weights: what is drawn, 0 to 1: weights, or norms as shares of those of their query.
            # -> layers x heads x queries x keys, of the panels; 1 x 1 for one panel
        kind: ``cross``, ``encoder`` or ``decoder``.
        queries: segments of the queries, one a row, with EOS, as they are written.
        keys: segments of the keys, one a column, with EOS, as they are written.
        title: the word, and what of it is shown.
        layers: numbers of the layers of the panels, from 1; empty for a single panel.
        fonts: font families, each for what those before it lack.
        scale: what the colors mean.
        axes_: what was drawn on, after `plot`.  # -> layers x heads
        figure_: the figure it belongs to, after `plot`.
    """

    weights: np.ndarray
    kind: str
    queries: list[str]
    keys: list[str]
    title: str
    layers: list[int] = field(default_factory=list)
    fonts: list[str] = field(default_factory=list)
    scale: str = "attention weight (0 to 1)"
    axes_: np.ndarray | None = None
    figure_: Figure | None = None

    @classmethod
    def from_record(
        cls,
        record: Weighted,
        kind: str | None = None,
        layer: int | None = None,
        head: int | None = None,
        every: bool = False,
        norms: bool = False,
    ) -> HeatmapDisplay:
        """Choose what to draw. Layers and heads count from 1, as in the tables.

        Norms are drawn as shares: those of each query of each head are divided by their sum, EOS included, so that
        norms and weights have one scale, and a mean over heads is one of shares (zero where all vectors are zero).

        Args:
            record: the word.
            kind: ``cross``, ``encoder`` or ``decoder``; by default the first of these that was saved.
            layer: this layer; all of them by default.
            head: this head of that layer; the mean over heads by default.
            every: a panel for every layer and head instead of the mean.
            norms: draw the norms of the weighted value vectors instead of the weights.

        Raises:
            ValueError: no such kind, layer or head, a head without a layer, or no norms.
        """
        kind = kind or next(iter(record.kinds), "cross")
        weights = _shares(record.norms(kind)) if norms else record.weights(kind)
        layers, heads = weights.shape[:2]
        for name, number, most in (("layer", layer, layers), ("head", head, heads)):
            if number is not None and not 1 <= number <= most:
                raise ValueError(f"no {name} {number}: the {KIND_NAMES[kind]} of this model has {name}s 1 to {most}")
        if head is not None and (layer is None or every):
            what = "all heads" if every else "a head without a layer"
            raise ValueError(f"head {head} and {what}: give --layer and --head for one head, or neither")
        chosen = weights if layer is None else weights[layer - 1 : layer]
        shown = list(range(1, layers + 1)) if layer is None else [layer]
        if head is not None:
            chosen, what = chosen[:, head - 1 : head], f"layer {layer}, head {head}"
        elif every:
            what = "every head" if layer is None else f"every head of layer {layer}"
        else:
            what = f"layer {layer}, mean of {heads} heads" if layer else f"mean of {layers} layers x {heads} heads"
            chosen = chosen.mean((0, 1), keepdims=True, dtype=np.float64)
        what = f"norms of the weighted value vectors, {what}" if norms else what
        queries, keys, title, fonts = _letter(record, kind, what.replace(" x ", " × "))
        made = cls(chosen, kind, queries, keys, title, shown if every else [], fonts)
        if norms:
            made.scale = "share of the query's norms ‖αf(x)‖ (0 to 1)"
        return made

    def plot(self, ax: Axes | None = None) -> HeatmapDisplay:
        """Draw; never shows.

        Args:
            ax: axes for a single panel, drawn without a color bar; by default a new figure.

        Returns:
            itself, with `axes_` and `figure_` set.

        Raises:
            ValueError: the word is too long for a picture.
        """
        import matplotlib

        with matplotlib.rc_context({"font.family": self.fonts or ["DejaVu Sans"], "text.parse_math": False}):
            if ax is not None:
                if self.weights.shape[:2] != (1, 1):
                    raise ValueError(f"{self.weights.shape[0] * self.weights.shape[1]} panels do not fit on one axes")
                self.axes_, self.figure_ = np.array([[ax]]), ax.get_figure()
                self._panel(ax, self.weights[0, 0], 9.0)
                ax.set_title(self.title, fontsize=9)
            else:
                self._new_figure()
        return self

    def _new_figure(self) -> None:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        layers, heads = self.weights.shape[:2]
        single = not self.layers
        height, width = self.weights.shape[2:]
        # inches; letters of the size that fits a cell
        longest = max(map(columns, (*self.queries[:-1], *self.keys[1:-1], "a")))
        cell = max(0.3, 0.09 * longest) if single else max(0.115, 0.045 * longest, 0.9 / max(height, width))
        letters = min(10.0 if single else 8.0, 62 * cell, 72 * cell / (0.62 * longest))
        size = heads * (width * cell + 0.12) + 1.6, layers * (height * cell + 0.12) + (1.4 if single else 1.2)
        needed = 0.4 + 0.085 * max(map(columns, self.title.split("\n")))
        size = max(size[0], needed), max(size[1], 2.6)
        dpi = min(_DPI, (_PIXELS / (size[0] * size[1])) ** 0.5)
        if dpi < _LEAST_DPI:
            raise ValueError(
                f"{layers * heads} x {height:,} x {width:,} weights are too many for one picture, of {size[0]:.0f} x "
                f"{size[1]:.0f} inches; draw fewer layers and heads, or a shorter word; AttentionDump has the weights"
            )
        figure = Figure(figsize=size, dpi=dpi, layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.subplots(layers, heads, sharex=True, sharey=True, squeeze=False)
        for (layer, head), ax in np.ndenumerate(axes):
            mesh = self._panel(ax, self.weights[layer, head], letters, labels=single)
            if not single:
                if layer == 0:
                    ax.set_title(f"head {head + 1}", fontsize=9)
                if head == 0:
                    ax.set_ylabel(f"layer {self.layers[layer]}", fontsize=9)
                ax.tick_params(labelleft=head == 0, labelbottom=layer == layers - 1)
        if not single:
            figure.supxlabel(_AXES[self.kind][1], fontsize=9)
            figure.supylabel(_AXES[self.kind][0], fontsize=9)
        bar = figure.colorbar(mesh, ax=axes, ticks=[0, 0.5, 1], shrink=min(1.0, 3 / size[1]), pad=0.02, aspect=22)
        bar.set_label(self.scale, fontsize=8)
        bar.ax.tick_params(labelsize=8)
        bar.outline.set_linewidth(0.4)
        figure.suptitle(self.title, fontsize=10)
        self.axes_, self.figure_ = axes, figure

    def _panel(self, ax: Axes, weights: np.ndarray, letters: float, labels: bool = True) -> Any:
        x, columns, width = _set_apart(weights.shape[1], first=self.kind == "decoder")
        y, rows, height = _set_apart(weights.shape[0], first=False)
        spread = np.full((len(y) - 1, len(x) - 1), np.nan)  # the gap is no data
        spread[np.ix_(rows, columns)] = weights
        mesh = ax.pcolormesh(x, y, np.ma.masked_invalid(spread), cmap=COLORS, vmin=0, vmax=1, edgecolors="none")
        ax.set_xlim(0, width)
        ax.set_ylim(height, 0)
        ax.set_aspect("equal")
        ax.set_xticks((x[:-1] + x[1:])[columns] / 2, self.keys, fontsize=letters)
        ax.set_yticks((y[:-1] + y[1:])[rows] / 2, self.queries, fontsize=letters)
        for label in (*ax.get_xticklabels(), *ax.get_yticklabels()):
            if label.get_text() in (EOS, START):
                label.set(fontsize=0.65 * letters, color="0.35")
        for left, right in _blocks(x, columns):
            for top, bottom in _blocks(y, rows):
                ax.plot([left, right, right, left, left], [top, top, bottom, bottom, top], **_FRAME)
        ax.tick_params(length=0, pad=2.5)
        ax.spines[:].set_visible(False)
        if labels:
            ax.set_xlabel(_AXES[self.kind][1], fontsize=9)
            ax.set_ylabel(_AXES[self.kind][0], fontsize=9)
        return mesh


def save_heatmaps(displays: Sequence[HeatmapDisplay], path: str | Path) -> None:
    """Write drawn displays, replacing what is there in one step: the same weights make the same file.

    Args:
        displays: several only for PDF, a page each.
        path: the picture; its ending chooses the format.

    Raises:
        InputError: another ending, or the file cannot be written.
    """
    save_picture([display.figure_ for display in displays], path, bbox_inches="tight")


def _shares(norms: np.ndarray) -> np.ndarray:
    """The norms of each query divided by their sum."""
    total = norms.sum(-1, keepdims=True, dtype=np.float64)
    return norms / np.where(total > 0, total, 1)


def _letter(record: Weighted, kind: str, what: str) -> tuple[list[str], list[str], str, list[str]]:
    """Letters of queries and keys, the title, and the fonts for all of them."""
    word = f"/{''.join(record.underlying)}/ → [{''.join(record.surface)}]"
    if record.correct is False:
        word += f"  (gold: [{''.join(record.reference)}])"
    rank = f", hypothesis {record.rank + 1}" if record.rank else ""
    title = f"{word}\n{record.id}{rank}: {KIND_NAMES[kind]}\n{what}"
    ur = len(record.underlying)
    texts, fonts = lettering([title, *record.underlying, *record.surface])
    title, underlying, surface = texts[0], texts[1 : 1 + ur], texts[1 + ur :]
    queries = [*(underlying if kind == "encoder" else surface), EOS]
    keys = [START, *surface] if kind == "decoder" else [*underlying, EOS]
    return queries, keys, title, fonts


def _set_apart(cells: int, first: bool) -> tuple[np.ndarray, np.ndarray, float]:
    """Cells with a gap before the last one, or after the first.

    Returns:
        Edges of the cells and of the gap, numbers of the cells among these intervals, the whole width.
    """
    if cells == 1:
        return np.array([0.0, 1.0]), np.array([0]), 1.0
    gap = 1 if first else cells - 1
    edges = np.concatenate([np.arange(gap + 1), np.arange(gap, cells + 1) + _GAP])
    return edges, np.delete(np.arange(cells + 1), gap), cells + _GAP


def _blocks(edges: np.ndarray, cells: np.ndarray) -> list[tuple[float, float]]:
    """From where to where there are cells without a gap."""
    runs = np.split(cells, np.flatnonzero(np.diff(cells) > 1) + 1)
    return [(edges[run[0]], edges[run[-1] + 1]) for run in runs]
