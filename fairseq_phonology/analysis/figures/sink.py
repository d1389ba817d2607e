"""Entropy of every head's attention, and its weight on EOS, an attention sink."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ...attention.record import KIND_NAMES
from ...stimuli.items import cells_at_edge
from ...text import listed, number, tick
from ..contrasts.study import Study
from ..events.events import Head
from . import style
from .cells import attended, cell_events, chosen_head, is_measured, main_family, mean
from .registered import Caption, Display, register_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MANY = 60  # heads; with more, the four cells of a head run into each other
_GAP = 0.8  # between layers, in heads


@dataclass
class SinkDisplay(Display):
    """Entropy and EOS mass of every head for one query: compute with `from_study`, then `plot`.

    Attributes:
        entropy: cell -> mean in bits.  # -> layers x heads
        eos_mass: cell -> mean raw weight on EOS.  # -> layers x heads
        uniform: mean log2 of the number of segments: the entropy of uniform attention, in bits.
        head: the one that the other figures show.
        title: process, kind and query.
    """

    entropy: dict[str, np.ndarray]
    eos_mass: dict[str, np.ndarray]
    uniform: float
    head: Head
    title: str

    @classmethod
    def from_study(cls, study: Study, head: Head | None = None) -> SinkDisplay:
        """Compute the means of all heads with the query of the given one.

        Args:
            study: what was measured.
            head: by default the best of the primary family.

        Raises:
            ValueError: no such head, or no event that is included.
        """
        head = chosen_head(study, head)
        view, cells = study.events.view(head.kind, head.query), cell_events(study)
        segments = [attended(study.events.events[n], head.kind) for which in cells.values() for n in which]
        title = f"{style.title_of(study)}\n{KIND_NAMES[head.kind]}, {style.QUERIES[head.query]}"
        letters, fonts = style.letter([title])
        return cls(
            entropy={cell: mean(view.entropy[which].astype(float)) for cell, which in cells.items()},
            eos_mass={cell: mean(view.eos_mass[which].astype(float)) for cell, which in cells.items()},
            uniform=float(np.mean([np.log2(n) for n in segments if n])),
            head=head,
            title=letters[title],
            caption=_caption(study),
            fonts=fonts,
        )

    def plot(self, ax: Axes | Sequence[Axes] | None = None) -> SinkDisplay:
        """Draw; never shows.

        Args:
            ax: two axes, for entropy and EOS; of one axes only entropy; by default a new figure.

        Returns:
            itself, with `axes_` and `figure_` set.
        """
        with style.drawing(self.fonts):
            axes = self._new_axes() if ax is None else list(np.ravel(ax))
            for n, (each, values) in enumerate(zip(axes, (self.entropy, self.eos_mass), strict=False)):
                self._panel(each, values)
                (self._entropy_axis, self._eos_axis)[n](each)
            if ax is None:
                axes[0].tick_params(labelbottom=False)
                axes[0].get_figure().align_ylabels(axes)
            style.subtitle(axes[0], self.title, self.fonts)
            handles = dict(zip(*axes[0].get_legend_handles_labels()[::-1], strict=True))
            place = {"loc": "upper left", "bbox_to_anchor": (1.005, 1.04)} if ax is None else {"loc": "best"}
            axes[0].legend(handles.values(), handles.keys(), handlelength=1.4, **place)
            self.axes_, self.figure_ = axes, axes[0].get_figure()
        return self

    def _new_axes(self) -> list[Axes]:
        few = sum(each.size for each in self.entropy.values()) <= 64
        figure = style.new_figure(130 if few else style.PAGE, 84)
        return list(figure.subplots(2, 1, sharex=True))

    @property
    def _places(self) -> np.ndarray:
        """Of each head on the axis.  # -> layers x heads"""
        layers, heads = self.entropy["TR"].shape
        return np.arange(layers)[:, None] * (heads + _GAP) + np.arange(heads)

    def _panel(self, ax: Axes, values: dict[str, np.ndarray]) -> None:
        x = self._places
        if x.size <= _MANY:
            dodges = np.linspace(-0.27, 0.27, len(values)) if len(values) > 1 else [0.0]
            for dodge, (cell, means) in zip(dodges, values.items(), strict=True):
                look = {**style.CELL_STYLES[cell], "linestyle": "", "markeredgewidth": 0.8}
                size = 3.6 if x.size <= 24 else 2.6
                ax.plot((x + dodge).ravel(), means.ravel(), markersize=size, label=cell, clip_on=False, **look)
        else:
            every = np.array(list(values.values()))
            look = {"color": style.PALE, "linewidth": 1.2, "label": "range of the cells"}
            ax.vlines(x.ravel(), every.min(0).ravel(), every.max(0).ravel(), **look)
            look = {"color": style.T_COLOR, "markersize": 2, "label": "mean of the cells", "clip_on": False}
            ax.plot(x.ravel(), mean(every).ravel(), "o", **look)
        layers, heads = x.shape
        shown = x[self.head.layer - 1, self.head.head - 1]
        ax.axvspan(shown - 0.5, shown + 0.5, color=style.BAND, linewidth=0, zorder=0, label=f"head {self.head}")
        style.tidy(ax)
        numbers = [str(head + 1) for _ in range(layers) for head in range(heads)]
        ax.set_xticks(x.ravel() if x.size <= _MANY else [], numbers if x.size <= _MANY else [])
        ax.tick_params(axis="x", labelsize=7 if x.size <= 30 else 5.5)
        margin = max(0.7, (4 - x.max()) / 2)  # so that a single head does not fill the width
        ax.set_xlim(-margin, x.max() + margin)
        for layer in range(layers - 1):
            ax.axvline(x[layer, -1] + (1 + _GAP) / 2, color="0.85", linewidth=0.6)

    def _entropy_axis(self, ax: Axes) -> None:
        label = f"uniform: {number(self.uniform)} bits"
        ax.axhline(self.uniform, color=style.REFERENCE, linewidth=0.9, zorder=1, label=label)
        ax.set_ylim(0, 1.08 * self.uniform)
        style.ticks(ax.yaxis)
        ax.set_ylabel("entropy (bits)\n0 = one segment")

    def _eos_axis(self, ax: Axes) -> None:
        top = _round_above(max(np.nanmax(means, initial=0) for means in self.eos_mass.values()))
        ax.set_ylim(-0.02 * top, 1.02 * top)
        ax.set_yticks([0, top / 2, top])
        ax.yaxis.set_major_formatter(tick)
        scale = "" if top == 1 else f"\nscale: 0 to {tick(top)}, not 1"
        ax.set_ylabel(f"EOS (raw weight){scale}")
        x = self._places
        numbered = x.size <= _MANY
        short = x.shape[1] < 3 or len(x) > 8
        for layer, places in enumerate(x):
            name = f"{'L' if short else 'layer '}{layer + 1}"
            ax.annotate(
                name, (places.mean(), 0), (0, -14 if numbered else -4), xycoords=("data", "axes fraction"),
                textcoords="offset points", ha="center", va="top", fontsize=7.5,
            )  # fmt: skip
        ax.set_xlabel("head" if numbered else "layer, and its heads from left to right", labelpad=13)


@register_figure("sink", rank=50)
def _draw(study: Study) -> SinkDisplay | None:
    return SinkDisplay.from_study(study) if is_measured(study) else None


def _caption(study: Study) -> Caption:
    title, family = "Entropy of attention and weight on EOS, by head.", main_family(study)
    view = family and study.events.view(family.heads[family.best].kind, family.query)
    if not view:
        return Caption(title)
    head = family.heads[family.best]
    included = [n for n, event in enumerate(study.events.events) if event.included]
    each = (values[included, head.layer - 1, head.head - 1] for values in (view.entropy, view.eos_mass))
    entropy, eos = (number(np.nanmean(values)) for values in each)
    numbers = f"Head {head}: {entropy} bits, {eos} of its weight on EOS."
    text = (
        "Entropy in bits (0: all mass on one segment), and the weight on EOS, where heads often put much of their "
        f"attention. {numbers} Where nearly all weight is on EOS, mass is a share of a small remainder."
    )
    at_end = cells_at_edge(study.events.items)
    if at_end:
        text += f" In {listed(at_end)} EOS is in trigger position, and counts among the positions."
    return Caption(title, text, f"{title} {numbers}")


def _round_above(value: float) -> float:
    """End of a scale from 0 to 1 that holds a value: not below .01, where there is nothing to see."""
    return next(top for top in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0) if value <= top or top == 1)
