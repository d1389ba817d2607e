"""Attention of one head, position by position around the target: in every cell, and the response."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ...stimuli.items import cells_at_edge
from ...text import listed, number
from ..contrasts.kinds import RESPONSE
from ..contrasts.study import Study
from ..design.designs import Design
from ..events.events import WINDOW, Head, View
from . import style
from .cells import (
    attended,
    cell_events,
    chosen_head,
    estimate_text,
    is_measured,
    main_family,
    mean,
    means_text,
    of_head,
    response,
)
from .examples import cell_words
from .registered import Caption, Display, register_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_APART = (4.35, 5.95)  # places of what stands apart, a gap away from the last position
_DODGE = {"TR": -0.105, "TN": -0.035, "CR": 0.035, "CN": 0.105}  # so that points at the same height are all seen
_CLASSES = "T undergoes, C does not\nR triggers, N does not"  # title of the legend
_PALE = {"color": style.PALE, "linewidth": 1.6, "linestyle": (0, (1, 1)), "marker": "", "zorder": 2}


@dataclass
class WindowDisplay(Display):
    """Attention of one head around the target: compute with `from_study`, then `plot`.

    Means have 8 entries: target - 3 ... target + 3, then EOS, and a ninth, the trigger wherever it stands, if no one
    position in the window is the trigger's. A position is drawn where at least half of the events of every cell reach
    that far. Positions count segments: a morpheme edge has none.

    Attributes:
        head: which.
        title: process, head, kind.
        means: cell -> mean mass; of EOS the raw weight.
        words: cell -> its segments and an example word.
        uniform: mean mass under uniform attention, one over the number of segments.
        offset: of the trigger from the target, in segments; None if it is not constant, or beyond the window.
        center: what position 0 is: the target, or the trigger where the process inserts.
        response, low, high: double difference and its 95 % bootstrap interval; None without a design, and where the end
            of the word is in trigger position: shares of attention with EOS and without it are not subtracted.
        units: what is resampled, as in ``40 stems``.
        untrained: mean mass of the same head with fresh weights, over all cells; None without a baseline.
        untrained_response: likewise.
        elsewhere: mean mass at the trigger's offset from other segments, for a plain word list; else None.
    """

    head: Head
    title: str
    means: dict[str, np.ndarray]
    words: dict[str, str]
    uniform: float
    offset: int | None
    center: str = "target"
    response: np.ndarray | None = None
    low: np.ndarray | None = None
    high: np.ndarray | None = None
    units: str = ""
    untrained: np.ndarray | None = None
    untrained_response: np.ndarray | None = None
    elsewhere: float | None = None

    @classmethod
    def from_study(cls, study: Study, head: Head | None = None) -> WindowDisplay:
        """Compute the means of one head, over the events that are included and in the complete design.

        Args:
            study: what was measured.
            head: which; by default the best of the primary family.

        Raises:
            ValueError: no such head, or no event that is included.
        """
        head = chosen_head(study, head)
        view = study.events.view(head.kind, head.query)
        cells, events = cell_events(study), study.events.events
        shown = [events[n] for which in cells.values() for n in which]
        segments = [attended(event, head.kind) for event in shown]
        offset, wherever = _trigger_offset(view, np.concatenate(list(cells.values())))
        window = _seen(view, head, wherever)
        inserts = all(event.item.target_index is None for event in shown)
        title = f"{style.title_of(study)}\n{style.head_in_words(head)}"
        words = cell_words(study, cells)
        letters, fonts = style.letter([title, *words.values()])
        made = cls(
            head=head,
            title=letters[title],
            means=_cell_means(window, cells),
            words={cell: letters[text] for cell, text in words.items()},
            uniform=float(np.mean([1 / n for n in segments if n])),
            offset=offset,
            center="trigger" if inserts else "target",
            caption=_caption(study),
            fonts=fonts,
        )
        if study.design is not None and not study.edge:  # where EOS is the trigger, masses have unlike denominators
            made.response, made.low, made.high = _responses(study, window, made.means)
            made.units = _units(study.design)
            made._take_tested(study)
        elif view.elsewhere is not None:
            elsewhere = of_head(view, head, "elsewhere")[cells["TR"]]
            made.elsewhere = float(mean(elsewhere)) if np.isfinite(elsewhere).any() else None
        made._add_baseline(study.baseline)
        return made

    def _take_tested(self, study: Study) -> None:
        """At the trigger, the very interval that ``heads.csv`` has."""
        family = next((f for f in study.families if f.contrast == RESPONSE and self.head in f.heads), None)
        if family is not None and self._trigger is not None:
            n, at = family.heads.index(self.head), self._trigger
            self.low[at], self.high[at] = family.low["mass"][n], family.high["mass"][n]

    def _add_baseline(self, baseline: Study | None) -> None:
        view = baseline and baseline.events.view(self.head.kind, self.head.query)
        if not view or view.layers < self.head.layer or view.heads < self.head.head:
            return
        window, cells = _seen(view, self.head, self._wherever), cell_events(baseline)
        if not any(len(which) for which in cells.values()):
            return
        means = _cell_means(window, cells)
        self.untrained = mean(np.array(list(means.values())))
        if baseline.design is not None and self.response is not None:
            self.untrained_response = _responses(baseline, window, means)[0]

    @property
    def _wherever(self) -> bool:
        """Does the trigger have a place of its own on the axis?"""
        return len(self.means["TR"]) == 9

    @property
    def _trigger(self) -> int | None:
        """Which entry is the trigger's."""
        return self.offset + 3 if self.offset is not None else 8 if self._wherever else None

    @property
    def _places(self) -> np.ndarray:
        """Of each entry on the axis: the trigger comes before EOS."""
        return np.array([*WINDOW, *(_APART[::-1] if self._wherever else _APART[:1])])

    def plot(self, ax: Axes | Sequence[Axes] | None = None) -> WindowDisplay:
        """Draw; never shows.

        Args:
            ax: axes for the cells, or two axes, for the cells and the response; by default a new figure.

        Returns:
            itself, with `axes_` and `figure_` set.
        """
        with style.drawing(self.fonts):
            own = ax is None
            axes = self._new_axes() if own else list(np.ravel(ax))
            self._plot_cells(axes[0], own)
            if len(axes) > 1 and self.response is not None:
                self._plot_response(axes[1], own)
            for each in axes:
                self._positions(each)
            axes[-1].set_xlabel(f"segment, counted from the {self.center}", x=3.45 / (self._places.max() + 3.95))
            if own:
                for each in axes[:-1]:
                    each.tick_params(labelbottom=False)
                axes[0].get_figure().align_ylabels(axes)
            style.subtitle(axes[0], self.title, self.fonts)
            self.axes_, self.figure_ = axes, axes[0].get_figure()
        return self

    def _new_axes(self) -> list[Axes]:
        panels = 1 if self.response is None else 2
        figure = style.new_figure(style.PAGE, 62 if panels == 1 else 114)
        ratios = {"height_ratios": [1.8, 1]} if panels == 2 else {}
        return list(figure.subplots(panels, 1, sharex=True, squeeze=False, gridspec_kw=ratios)[:, 0])

    def _plot_cells(self, ax: Axes, beside: bool) -> None:
        ax.axhline(self.uniform, color=style.REFERENCE, linewidth=0.8, label="uniform attention", zorder=1)
        if self.untrained is not None:
            self._line(ax, self.untrained, 0, label="untrained, all cells", **_PALE)
        if self.elsewhere is not None and self._trigger is not None:
            mark = {"color": style.INK, "marker": "D", "linestyle": "", "markersize": 4.5, "markerfacecolor": "white"}
            at = self._places[[self._trigger]]
            ax.plot(at, [self.elsewhere], label="same offset from\nother segments", zorder=4, **mark)
        for cell, means in reversed(self.means.items()):
            look = {**style.CELL_STYLES[cell], "linewidth": 1.5, "markersize": 4.6, "markeredgewidth": 1.0}
            self._line(ax, means, _DODGE[cell] if len(self.means) > 1 else 0, label=self.words[cell], zorder=3, **look)
        ax.set_ylim(-0.03, 1.03)
        ax.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0", ".25", ".50", ".75", "1"])
        ax.set_ylabel("attention (mean mass)")
        handles, labels = ax.get_legend_handles_labels()
        order = [labels.index(self.words[cell]) for cell in self.means]
        order += [n for n in reversed(range(len(labels))) if n not in order]
        place = {"loc": "upper left", "bbox_to_anchor": (1.01, 1.04)} if beside else {"loc": "best"}
        legend = ax.legend(
            [handles[n] for n in order], [labels[n] for n in order], labelspacing=0.55, handlelength=2.9,
            title=_CLASSES if len(self.means) > 1 else None, title_fontsize=7.5, alignment="left", **place,
        )  # fmt: skip
        for text in legend.get_texts()[: len(self.means)]:
            text.set_linespacing(1.4)  # so that a mark below a letter keeps off the line under it

    def _plot_response(self, ax: Axes, beside: bool) -> None:
        ax.axhline(0, color=style.REFERENCE, linewidth=0.8, zorder=1)
        if self.untrained_response is not None:
            self._line(ax, self.untrained_response, 0, label="untrained", **_PALE)
        x = self._places
        ax.plot(x[:7], self.response[:7], color=style.INK, linewidth=1.0, zorder=3)
        known = np.isfinite(self.response)
        errors = np.maximum(0, np.array([self.response - self.low, self.high - self.response]))[:, known]
        label = f"response (interaction) =\n(TR − TN) − (CR − CN)\n95 % interval over\n{self.units}"
        ax.errorbar(
            x[known], self.response[known], errors, color=style.INK, fmt="D", markersize=3.6, elinewidth=1.3,
            capsize=2.2, capthick=1.0, zorder=4, label=label,
        )  # fmt: skip
        self._name_response(ax)
        ends = [*self.low[known], *self.high[known], 0, 0.06]
        margin = 0.16 * (max(ends) - min(ends))
        ax.set_ylim(min(ends) - margin, max(ends) + margin)
        ax.set_ylabel("response (mass)")
        style.ticks(ax.yaxis)
        place = {"loc": "upper left", "bbox_to_anchor": (1.01, 1.04)} if beside else {"loc": "best"}
        ax.legend(*(part[::-1] for part in ax.get_legend_handles_labels()), labelspacing=0.7, handlelength=2.9, **place)

    def _name_response(self, ax: Axes) -> None:
        at = self._trigger
        if at is None or not np.isfinite(self.response[at]):
            return
        low, high = (number(end[at]) for end in (self.low, self.high))
        text = f"{number(self.response[at], sign=True)}  [{low}, {high}]"
        left = at == 6
        if at == 8:  # no room on either side
            where = {"xytext": (0, 4), "ha": "center", "va": "bottom", "xy": (self._places[at], self.high[at])}
        else:
            where = {"xytext": (-7 if left else 7, 0), "ha": "right" if left else "left", "va": "center"}
            where["xy"] = (self.offset, self.response[at])
        ax.annotate(text, textcoords="offset points", fontsize=7.5, zorder=5, **where)

    def _positions(self, ax: Axes) -> None:
        style.tidy(ax)
        names = {0: self.center} | ({} if self.offset is None else {self.offset: "trigger"})
        signed = {position: f"{position:+d}".replace("-", "−") if position else "0" for position in WINDOW}
        labels = [signed[position] + (f"\n{names[position]}" if position in names else "") for position in WINDOW]
        apart = ["EOS\nraw weight", "trigger\nanywhere"]
        x = self._places
        ax.set_xticks(x, [*labels, *apart[: len(x) - 7]])
        ax.set_xlim(-3.45, x.max() + 0.5)
        ax.axvspan(x[7] - 0.45, x[7] + 0.45, color="0.965", linewidth=0, zorder=0)
        if self._trigger is not None:
            half = 0.45 if self._wherever else 0.36
            ax.axvspan(x[self._trigger] - half, x[self._trigger] + half, color=style.BAND, linewidth=0, zorder=0)

    def _line(self, ax: Axes, means: np.ndarray, dodge: float, label: str, **look: object) -> None:
        ax.plot(self._places[:7] + dodge, means[:7], label=label, clip_on=False, **look)
        look = {**look, "linestyle": "", "marker": look["marker"] or "_", "markersize": look.get("markersize", 9)}
        ax.plot(self._places[7:] + 2 * dodge, means[7:], clip_on=False, **look)


@register_figure("window", rank=10)
def _draw(study: Study) -> WindowDisplay | None:
    return WindowDisplay.from_study(study) if is_measured(study) else None


def _caption(study: Study) -> Caption:
    family = main_family(study)
    if family is None:
        title, eos = "Attention at the decision step, by position.", _eos(study)
        text = f"{eos[:1].upper()}{eos[1:]}." if eos else ""
        return Caption(title, text, f"{title} {text}".rstrip())
    best = family.best
    means = means_text(family, best)
    title = f"Attention of head {family.heads[best]} at the decision step, by position."
    on_trigger = f"Its mean mass on the trigger is {means}. " if means else ""
    eos = _eos(study)
    shown = (
        "Mean share of its attention to each segment from three before the target to three after it (morpheme edges "
        f"have no position; {eos or 'EOS is excluded and shown apart'})"
    )
    said = f"{title} {eos[:1].upper()}{eos[1:]}. " if eos else f"{title} "
    estimate = estimate_text(family, best)
    if study.design is None:
        difference = f"The same offset from other segments of the words receives less by {estimate}."
        why = "Without controls" if study.exclusions is None else "With the few words that errors left"
        text = f"{shown}. {on_trigger}{difference} {why} this is a description, not a test of the process."
        return Caption(title, text, f"{said}{on_trigger}{difference}")
    interaction = f"The interaction of target and trigger (response) is {estimate}."
    test = "The double difference in the lower panel is in mass and describes; the test is of log-odds."
    if eos:
        test = "Shares with EOS and without it are not subtracted position by position; the response is in log-odds."
    text = f"{shown}, in each cell of the design, with an example (UR and gold SR). {on_trigger}{test} {interaction}"
    return Caption(title, text, f"{said}{on_trigger}{interaction}")


def _eos(study: Study) -> str:
    """Where EOS stands in the figure, if the end of the word is in trigger position somewhere; else empty."""
    shown = [study.events.events[n].item for which in cell_events(study).values() for n in which]
    at_edge = [item for item in shown if item.at_edge]
    if not at_edge:
        return ""
    where = f"in {listed(cells_at_edge(at_edge))} " if study.design is not None else ""
    others = "; in the other cells it is excluded and shown apart" if len(at_edge) < len(shown) else ""
    return (
        f"{where}EOS is in trigger position, where its weight counts among the shares, and is shown apart once more"
        f"{others}"
    )


def _seen(view: View, head: Head, wherever: bool) -> np.ndarray:
    """What one head has of each event: the window, and the trigger if it stands apart.  # -> events x 8 or 9"""
    window = of_head(view, head, "window")
    return np.column_stack([window, of_head(view, head, "mass")]) if wherever else window


def _cell_means(window: np.ndarray, cells: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Mean of each cell at each position; NaN where less than half of the events of some cell have it."""
    means = {cell: mean(window[which]) for cell, which in cells.items()}
    reached = np.array([np.isfinite(window[which]).mean(0) >= 0.5 for which in cells.values()]).all(0)
    return {cell: np.where(reached, each, np.nan) for cell, each in means.items()}


def _responses(study: Study, window: np.ndarray, means: dict[str, np.ndarray]) -> np.ndarray:
    """Estimate, low and high of each position that is drawn.  # -> 3 x 8 or 9"""
    reached = np.isfinite(np.array(list(means.values()))).all(0)
    nothing = (np.nan, np.nan, np.nan)
    return np.array([response(study.design, window[:, n]) if reached[n] else nothing for n in range(len(reached))]).T


def _units(design: Design) -> str:
    """What is resampled, and how many."""
    return listed([f"{number} {unit}" for unit, number in sorted(design.units.items())])


def _trigger_offset(view: View, shown: np.ndarray) -> tuple[int | None, bool]:
    """The position in the window that the trigger has in all of these events, told by its weight in all heads.

    Returns:
        It, if there is one; and whether there is none, so that the trigger has to be shown by itself.
    """
    known = shown[np.isfinite(view.mass[shown]).all((1, 2))]
    same = (view.window[known, ..., :7] == view.mass[known, ..., None]).all((0, 1, 2))
    return WINDOW[int(np.flatnonzero(same)[0])] if same.sum() == 1 else None, not same.any()
