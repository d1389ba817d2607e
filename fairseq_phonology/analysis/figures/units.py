"""The units behind the response, stems and suffixes, or words: does it rest on a few of them?"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ...attention.lettering import has_hangul
from ...text import number, p_text, signed
from ..contrasts.kinds import RESPONSE
from ..contrasts.study import SCALE, Family, Study
from ..design.designs import Design
from ..events.events import Head
from . import style
from .cells import SCALE_NAMES, chosen_head, difference_of_units, estimate_text, mean_of_units, of_head
from .registered import Caption, Display, register_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_NAMED = 10  # units of a class whose names can be read beside their points
_PITCH, _WIDE = 1.25, 1.55  # from name to name, in heights of a letter; with marks above and below, or Hangul
_NAME = 7  # points
_ROWS = 40  # real words whose names can be read
_CLASSES = {"T": "undergo (T)", "C": "do not (C)", "R": "trigger (R)", "N": "do not (N)"}
_SIDES = {"T": style.CELL_STYLES["TR"], "C": style.CELL_STYLES["CR"], "R": style.CELL_STYLES["TR"]}
_SIDES["N"] = style.CELL_STYLES["TN"]


@dataclass(frozen=True)
class Panel:
    """Two classes of units, or of each real word its two differences.

    Attributes:
        unit: ``stems``, ``suffixes`` or ``words``.
        difference: what a point is, as in ``R − N``.
        names: class -> names of the units, segments joined.
        values: class -> difference of each unit.
        means: class -> mean, low, high.
        response: difference of the two means, low, high, over these units alone.
    """

    unit: str
    difference: str
    names: dict[str, tuple[str, ...]]
    values: dict[str, np.ndarray]
    means: dict[str, tuple[float, float, float]]
    response: tuple[float, float, float]


@dataclass
class UnitsDisplay(Display):
    """Differences of every unit at the trigger, for one head: compute with `from_study`, then `plot`.

    Attributes:
        panels: units that carry the target, then those that carry the trigger; for real words one panel.
        head: which.
        scale: ``log_odds`` or ``mass``.
        title: process, head, kind.
        test: the response of the head with its test, in words; empty where it was not tested.
    """

    panels: list[Panel]
    head: Head
    scale: str
    title: str
    test: str = ""

    @classmethod
    def from_study(cls, study: Study, head: Head | None = None, scale: str = SCALE) -> UnitsDisplay:
        """Compute the differences.

        Args:
            study: what was measured.
            head: which; by default the best of the primary family.
            scale: ``log_odds`` or ``mass``.

        Raises:
            ValueError: no design, or no such head or scale.
        """
        if study.design is None:
            raise ValueError("a plain word list has no units to compare")
        if scale not in SCALE_NAMES:
            raise ValueError(f"no scale {scale!r}: {' or '.join(SCALE_NAMES)}")
        head = chosen_head(study, head)
        values = of_head(study.events.view(head.kind, head.query), head, scale)
        title = f"{style.title_of(study)}\n{style.head_in_words(head)}"
        family = next((each for each in study.families if each.contrast == RESPONSE and head in each.heads), None)
        panels = _panels(study.design, values)
        names = [name for panel in panels for some in panel.names.values() for name in some]
        letters, fonts = style.letter([title, *names])
        for panel in panels:
            for group, some in panel.names.items():
                panel.names[group] = tuple(letters[name] for name in some)
        test = "" if family is None else _tested(family, family.heads.index(head))
        return cls(panels, head, scale, letters[title], test, caption=_caption(study, head), fonts=fonts)

    def plot(self, ax: Axes | Sequence[Axes] | None = None) -> UnitsDisplay:
        """Draw; never shows.

        Args:
            ax: an axes a panel; by default a new figure.

        Returns:
            itself, with `axes_` and `figure_` set.
        """
        words = self.panels[0].unit == "words"
        with style.drawing(self.fonts):
            axes = self._new_axes(words) if ax is None else list(np.ravel(ax))
            for each, panel in zip(axes, self.panels, strict=False):
                (self._words if words else self._classes)(each, panel)
            if ax is None:
                title, _, rest = self.title.partition("\n")
                figure = axes[0].get_figure()
                style.entitle(figure, title, self._note(rest), self.fonts)
                figure.draw_without_rendering()  # so that the height of the panels is known
            if not words:  # names fix the limits, which the panels share: when all points are there
                for each, panel in zip(axes, self.panels, strict=False):
                    if _is_named(panel):
                        self._names(each, panel)
            self.axes_, self.figure_ = axes, axes[0].get_figure()
        return self

    def _note(self, head: str) -> str:
        small = (
            "Each line is the double difference of a word"
            if self.panels[0].unit == "words"
            else "Small points: single units"
        )
        text = f"{style.capitalized(head)}. {small}; large points: mean with 95 % bootstrap interval."
        return f"{text} {self.test}".rstrip()

    def _new_axes(self, words: bool) -> list[Axes]:
        if not words:
            named = [len(names) for panel in self.panels if _is_named(panel) for names in panel.names.values()]
            figure = style.new_figure(style.PAGE, 84 + 3.7 * max(0, max(named, default=0) - 8))
            return list(figure.subplots(1, 2, sharey=True))
        count = len(self.panels[0].names["T"])
        height = 4 * count + 46 if count <= _ROWS else 120
        return [style.new_figure(style.COLUMN, height).subplots()]

    def _classes(self, ax: Axes, panel: Panel) -> None:
        ax.axhline(0, color=style.REFERENCE, linewidth=0.8, zorder=1)
        named = _is_named(panel)
        for x, (group, values) in enumerate(panel.values.items()):
            look = {name: _SIDES[group][name] for name in ("markerfacecolor", "marker", "color")}
            # points in the order of their heights, in a fixed rhythm: as good as jitter, and the same every time
            places = np.empty(len(values))
            places[np.argsort(values, kind="stable")] = np.resize([0.0, 0.06, -0.06, 0.12, -0.12], len(values))
            x_of_each = x + 0.06 + places * (not named)
            ax.plot(x_of_each, values, linestyle="", markersize=3, alpha=0.75, markeredgewidth=0.7, **look)
            mean, low, high = panel.means[group]
            size = {"elinewidth": 1.4, "capsize": 3.5, "markersize": 4.8, "zorder": 4}
            ax.errorbar([x - 0.24], [mean], [[mean - low], [high - mean]], **size, **look)
            paper = {"facecolor": "white", "edgecolor": "none", "pad": 0.6}  # the line at 0 is no minus
            ax.text(
                x - 0.31, mean, _written(mean, self.scale), ha="right", va="center", fontsize=7.5, bbox=paper, zorder=3
            )
        one, other = panel.means
        ax.plot([-0.24, 0.76], [panel.means[one][0], panel.means[other][0]], color=style.PALE, linewidth=0.8, zorder=2)
        style.tidy(ax)
        ax.set_xlim(-0.6, 1.75)
        ax.margins(y=0.1)
        ticks = [f"{panel.unit} that\n{_CLASSES[group]}, n = {len(values)}" for group, values in panel.values.items()]
        ax.set_xticks([0, 1], ticks)
        ax.tick_params(axis="x", length=0)
        ax.set_ylabel(f"{panel.difference} ({SCALE_NAMES[self.scale]})")
        ax.tick_params(labelleft=True)
        style.ticks(ax.yaxis)
        ax.set_title(_headline(panel, self.scale), loc="left", fontsize=8, linespacing=1.35)

    def _names(self, ax: Axes, panel: Panel) -> None:
        """Names beside the points, pushed apart where they would cover each other."""
        ax.autoscale_view()
        low, high = ax.get_ylim()
        letter = _NAME * ax.figure.dpi / 72 * (high - low) / ax.bbox.height
        look = {"fontsize": _NAME, "va": "center", "fontfamily": self.fonts, "path_effects": style.halo()}
        for x, (group, values) in enumerate(panel.values.items()):
            known = np.flatnonzero(np.isfinite(values))
            gap = min(letter * _pitch(panel.names[group]), 0.98 * (high - low) / max(1, len(known)))
            for n, y in zip(known, style.spread(values[known], gap, low + gap / 2, high - gap / 2), strict=True):
                ax.plot([x + 0.09, x + 0.24], [values[n], y], color=style.PALE, linewidth=0.5, zorder=1)
                name = style.shorten(panel.names[group][n], 12)
                ax.text(x + 0.26, y, name, **look)
        ax.set_ylim(low, high)

    def _words(self, ax: Axes, panel: Panel) -> None:
        ax.axvline(0, color=style.REFERENCE, linewidth=0.8, zorder=1)
        order = np.argsort(panel.values["C"] - panel.values["T"], kind="stable")
        y = np.arange(len(order), dtype=float)
        apart = max(0.8, 0.025 * len(order))
        ax.hlines(y, panel.values["C"][order], panel.values["T"][order], color=style.PALE, linewidth=1.2, zorder=2)
        names = {"T": "TR − TN (undergoes)", "C": "CR − CN (does not)"}
        for group, values in panel.values.items():
            look = {"color": _SIDES[group]["color"], "marker": _SIDES[group]["marker"]}
            size = 3.6 if len(order) <= _ROWS else 2
            ax.plot(values[order], y, linestyle="", markersize=size, zorder=3, label=names[group], **look)
            mean, low, high = panel.means[group]
            size = {"elinewidth": 1.4, "capsize": 3.5, "markersize": 4.2, "zorder": 4}
            ax.errorbar([mean], [len(order) + apart], xerr=[[mean - low], [high - mean]], **size, **look)
        ax.axhline(len(order) - 0.1, color="0.85", linewidth=0.6)
        ticks = [*y, len(order) + apart] if len(order) <= _ROWS else [len(order) + apart]
        words = [_short(panel.names["T"][n]) for n in order] if len(order) <= _ROWS else []
        ax.set_yticks(ticks, [*words, "mean"], fontfamily=self.fonts)
        ax.tick_params(axis="y", length=0)
        ax.set_ylim(len(order) + 2 * apart, -0.8)
        if len(order) > _ROWS:
            ax.set_ylabel(f"{len(order)} words, sorted")
        style.tidy(ax, "x")
        ax.set_xlabel(f"{panel.difference} ({SCALE_NAMES[self.scale]})")
        style.ticks(ax.xaxis)
        # from the right edge to the left, over the names: however wide these are, nothing leaves the page
        legend = ax.legend(
            loc="lower right", bbox_to_anchor=(1.0, 0.995), ncols=2, handletextpad=0.2, columnspacing=1,
            borderaxespad=0.1, borderpad=0, title=_headline(panel, self.scale), title_fontsize=8, alignment="left",
        )  # fmt: skip
        legend.get_title().set_linespacing(1.35)


def _is_named(panel: Panel) -> bool:
    """Are there so few units that each has room for its name?"""
    return max(map(len, panel.names.values())) <= _NAMED


def _short(name: str) -> str:
    """A name that leaves room for the points: a Hangul syllable is as wide as two Roman letters."""
    return style.shorten(name, 8 if has_hangul(name) else 14)


def _pitch(names: Sequence[str]) -> float:
    text = unicodedata.normalize("NFD", "".join(names))
    return _WIDE if any(map(unicodedata.combining, text)) or has_hangul("".join(names)) else _PITCH


def _headline(panel: Panel, scale: str) -> str:
    estimate, low, high = (_written(value, scale) for value in panel.response)
    over = panel.unit if panel.unit == "words" else f"{panel.unit} alone"
    return f"response over {over}: {estimate}  [{low}, {high}]"


def _written(value: float, scale: str) -> str:
    return signed(value) if scale == SCALE else number(value)


def _tested(family: Family, n: int) -> str:
    if np.isnan(family.p[n]):
        return "Not tested: one end of the word is no sample of triggers."
    over = "stems and suffixes" if family.n_suffixes else "words"
    heads = f"{len(family.heads)} head{'s' if len(family.heads) > 1 else ''}"
    return f"Test with {over} random: {p_text(family.p[n])}, corrected over {heads}."


@register_figure("units", rank=30)
def _draw(study: Study) -> UnitsDisplay | None:
    return None if study.design is None else UnitsDisplay.from_study(study)


def _caption(study: Study, head: Head) -> Caption:
    title = f"Response of head {head}, by unit."
    family = next((each for each in study.families if each.contrast == RESPONSE and head in each.heads), None)
    if family is None:
        return Caption(title)
    estimate = estimate_text(family, family.heads.index(head))
    text = (
        f"One point for each of {family.units}: the difference of the log-odds of the weight on the trigger. A "
        f"response that rests on a few units need not be there in others. Response (interaction): {estimate}."
    )
    return Caption(title, text, f"{title} {style.capitalized(family.units)}; response {estimate}.")


def _mean(values: np.ndarray) -> tuple[float, float, float]:
    """As `mean_of_units`; of the one end of the word its value, without an interval."""
    return (float(values[0]), np.nan, np.nan) if len(values) == 1 else mean_of_units(values)


def _panels(design: Design, values: np.ndarray) -> list[Panel]:
    """Units that carry the target, then those that carry the trigger; real words with both differences.

    Args:
        values: one an event.
    """
    panels = []
    for each in design.differences(values):
        names = each.names
        if each.first is not None:
            names = {letter: tuple(name.replace(" ", "") for name in own) for letter, own in names.items()}
            response = difference_of_units(each.every, each.first)
        else:
            response = mean_of_units(each.every)
        means = {letter: _mean(own) for letter, own in each.values.items()}
        panels.append(Panel(each.unit, each.difference, names, each.values, means, response))
    return panels
