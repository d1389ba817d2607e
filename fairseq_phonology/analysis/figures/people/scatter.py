"""Models beside people: every candidate as a point, with the uncertainty of both."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ....text import count, listed, number, tick, typeset
from ...people.comparison import ENSEMBLE, Comparison
from ...people.matching import share_of
from .. import style
from ..registered import Caption, Display, register_figure
from .labels import label_points
from .words import interval, responses, scale_name, title_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_PANELS = 4  # variants, at most, that have panels of their own
_TICKS = 5.6  # of an axis, at most: 1−10⁻⁸ takes 10 of its 80 mm
_EDGE = 0.05  # of an axis, where its last tick would touch the first of the next panel
_MANY = 24  # points; with more only the largest residuals are labeled
_LABELED = 10  # of many
_CROWD = 50  # points; with more their intervals are drawn thinner and paler
_X = {
    "share": "share of the candidate",
    "log_prob": "log-probability of the candidate",
    "log_prob_per_segment": "log-probability of the candidate, per segment",
}


@dataclass(frozen=True)
class Cloud:
    """The points of one panel.

    Attributes:
        name: above it.
        note: under the name: correlation and number of candidates.
        x, y: of models (log-odds of the share, or a log-probability) and of people.
        x_low, x_high, y_low, y_high: ends of their intervals; nan where there is none.
        labels: of the points.
        residuals: what people did less what is expected from the models; the largest are labeled.
        intercepts: of the regression: one, or one for each variant that is in the panel.
    """

    name: str
    note: str
    x: np.ndarray
    y: np.ndarray
    x_low: np.ndarray
    x_high: np.ndarray
    y_low: np.ndarray
    y_high: np.ndarray
    labels: tuple[str, ...]
    residuals: np.ndarray
    intercepts: tuple[float, ...]


@dataclass
class ScatterDisplay(Display):
    """Models beside people: compute with `from_comparison`, then `plot`.

    Attributes:
        clouds: one a panel.
        slope: of the regression.
        shares: is x the log-odds of a share? Then shares stand at its ticks.
        x_name, y_name: of the axes.
        y_scale: the ends of the scale that people answered on.
        title: of the figure.
        legend: below it.
    """

    clouds: tuple[Cloud, ...]
    slope: float
    shares: bool
    x_name: str
    y_name: str
    y_scale: tuple[float, float]
    title: str
    legend: str

    @classmethod
    def from_comparison(cls, found: Comparison) -> ScatterDisplay:
        """Arrange the candidates: a panel for each variant, if there are a few.

        Args:
            found: of `people.comparison.compare`.
        """
        clouds = _clouds(found)
        title = title_of(found)
        texts = [text for cloud in clouds for text in (*cloud.labels, cloud.name)]
        letters, fonts = style.letter([title, *texts])
        drawn = tuple(
            Cloud(letters[one.name], one.note, one.x, one.y, one.x_low, one.x_high, one.y_low, one.y_high,
                  tuple(letters[label] for label in one.labels), one.residuals, one.intercepts)
            for one in clouds
        )  # fmt: skip
        several = len(found.models) > 1
        return cls(
            drawn,
            found.row("slope").value,
            found.options.measure == "share",
            _X[found.options.measure] + (f", mean of {count(len(found.models), 'model')}" if several else ""),
            responses(found.human),
            found.human.scale,
            letters[title],
            _legend(found, clouds),
            caption=_caption(found, clouds),
            fonts=fonts,
        )

    def plot(self, ax: Axes | Sequence[Axes] | None = None) -> ScatterDisplay:
        """Draw; never shows.

        Args:
            ax: axes for the panels; by default a new figure.

        Returns:
            itself, with `axes_` and `figure_` set.
        """
        with style.drawing(self.fonts):
            axes = self._new_axes() if ax is None else list(np.ravel(ax))
            shown = list(zip(axes, self.clouds, strict=False))
            for n, (each, cloud) in enumerate(shown):
                self._panel(each, cloud)
                if n % 2 == 0:
                    each.set_ylabel(self.y_name)
            for each, cloud in shown:
                label_points(each, cloud.x, cloud.y, cloud.labels, _labeled(cloud), 6.5)
            self.axes_, self.figure_ = axes, axes[0].get_figure()
        return self

    def _new_axes(self) -> list[Axes]:
        panels = len(self.clouds)
        rows, columns = -(-panels // 2), min(2, panels)
        figure = style.new_figure(style.PAGE if panels > 1 else 120, 30 + 74 * rows)
        style.entitle(figure, self.title, self.legend, self.fonts)
        axes = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False).ravel()
        for spare in axes[panels:]:
            spare.remove()
        return list(axes[:panels])

    def _panel(self, ax: Axes, cloud: Cloud) -> None:
        crowd, edge = len(cloud.x) > _CROWD, {"markeredgecolor": "white"}
        bars = {"color": style.PALE, "zorder": 1}
        ax.hlines(cloud.y, cloud.x_low, cloud.x_high, linewidth=0.4 if crowd else 0.6, **bars)
        ax.vlines(
            cloud.x, cloud.y_low, cloud.y_high, linewidth=0.3 if crowd else 0.6, alpha=0.5 if crowd else 1, **bars
        )
        first, last = self._limits
        x, (low, high) = np.linspace(first, last, 200), self.y_scale
        for intercept in cloud.intercepts:
            expected = low + (high - low) * share_of(intercept + self.slope * x)[0]
            ax.plot(x, expected, color=style.C_COLOR, linewidth=1.2, zorder=2)
        ax.plot(cloud.x, cloud.y, "o", markersize=3.2, color=style.T_COLOR, markeredgewidth=0.4, zorder=3, **edge)
        ax.set(xlim=(first, last), ylim=(low - 0.06 * (high - low), high + 0.06 * (high - low)))
        style.tidy(ax, "both")
        style.ticks(ax.yaxis, 8)
        if self.shares:
            ax.set_xticks(*_share_ticks(first, last))
        else:
            style.ticks(ax.xaxis)
        ax.set_xlabel(self.x_name)
        style.subtitle(ax, f"{cloud.name}\n{cloud.note}", self.fonts)

    @property
    def _limits(self) -> tuple[float, float]:
        """Of x, with room for labels."""
        ends = np.concatenate([part for cloud in self.clouds for part in (cloud.x, cloud.x_low, cloud.x_high)])
        first, last = float(np.nanmin(ends)), float(np.nanmax(ends))
        room = 0.1 * max(last - first, 0.1)
        return first - room, last + room


def _labeled(cloud: Cloud) -> list[int]:
    """The points that are labeled, the largest residual first."""
    order = np.argsort(-np.abs(np.nan_to_num(cloud.residuals)), kind="stable")
    return order[: len(order) if len(order) <= _MANY else _LABELED].tolist()


def _share_ticks(first: float, last: float) -> tuple[list[float], list[str]]:
    """Where shares stand on the scale of their log-odds: ``.5``, ``.1``, ``.9``, ``.01`` … ``10⁻⁶``."""
    decade = math.log(10)
    step = max(1, math.ceil((last - first) / decade / _TICKS))
    lowest, edge = -int(-first / decade) if first < 0 else 0, _EDGE * (last - first)
    powers = range(-(-lowest // step) * step, int(max(last, 0) / decade) + 1, step)
    inside = [n for n in powers if first + edge <= n * decade <= last - edge]
    return [n * decade for n in inside], [_share(n) for n in inside]


def _share(power: int) -> str:
    """The share whose odds are about 10 to this power."""
    small = 10.0 ** -abs(power)
    if not power:
        return tick(0.5)
    if abs(power) <= 3:
        return tick(small if power < 0 else 1 - small)
    raised = f"10⁻{str(abs(power)).translate(str.maketrans('0123456789', '⁰¹²³⁴⁵⁶⁷⁸⁹'))}"
    return raised if power < 0 else f"1−{raised}"


@register_figure("people", place="people", rank=10)
def _draw(found: Comparison) -> ScatterDisplay:
    return ScatterDisplay.from_comparison(found)


def _clouds(found: Comparison) -> list[Cloud]:
    """A panel for each variant; of pairs whose counts sum to n one variant says all."""
    variants = np.array([pair.variant for pair in found.pairs])
    own = np.zeros(len(variants), bool)
    own[found.regressed] = True
    labels = [label for label in dict.fromkeys(variants[own]) if label]
    if 1 < len(labels) <= _PANELS and all(label in found.scales for label in labels):
        return [_cloud(found, np.flatnonzero(own & (variants == label)), label, label) for label in labels]
    scale = "all" if own.all() else found.headline
    return [_cloud(found, np.flatnonzero(own), labels[0] if len(labels) == 1 else scale_name("all"), scale)]


def _cloud(found: Comparison, which: np.ndarray, name: str, scale: str) -> Cloud:
    pairs, said = [found.pairs[n] for n in which], found.predictors[:, which]
    ends = np.quantile(said, (0.025, 0.975), axis=0) if len(said) > 1 else np.full((2, len(which)), np.nan)
    note = f"ρ = {interval(found.row('spearman', ENSEMBLE, scale))}, {count(len(which), 'candidate')}"
    y, low, high = (np.array([getattr(pair, f"human{end}") for pair in pairs]) for end in ("", "_low", "_high"))
    labels = tuple(pair.sr.replace(" ", "") for pair in pairs)
    x = np.array([pair.predictor for pair in pairs])
    rows = [row for row in found.rows if (row.quantity, row.of) == ("intercept", ENSEMBLE)]
    intercepts = tuple(row.estimate.value for row in rows if row.subset == name) or tuple(
        row.estimate.value for row in rows
    )
    residuals = np.array([pair.residual for pair in pairs])
    return Cloud(name, note, x, y, *ends, low, high, labels, residuals, intercepts)


def _legend(found: Comparison, clouds: Sequence[Cloud]) -> str:
    parts = ["Point: a candidate."]
    if len(found.models) > 1:
        parts.append("Horizontal: the middle 95 % of single models.")
    if any(np.isfinite(cloud.y_low).any() for cloud in clouds):
        parts.append("Vertical: 95 % interval of people.")
    own = ", one slope and an intercept of each variant" if len({cloud.intercepts for cloud in clouds}) > 1 else ""
    parts.append(f"Curve: regression of people on the models{own}.")
    if any(len(cloud.x) > _MANY for cloud in clouds):
        parts.append("Labeled: the largest residuals, where there is room.")
    return " ".join(parts)


def _caption(found: Comparison, clouds: Sequence[Cloud]) -> Caption:
    title = "Models beside people, candidate by candidate."
    text = f"{_legend(found, clouds)} ρ: Spearman’s correlation with its 95 % interval."
    if found.options.measure == "share":
        text += " Shares stand on the scale of their log-odds, on which they are compared."
    largest = sorted(found.pairs, key=lambda pair: -abs(np.nan_to_num(pair.residual)))[:3]
    named = listed(f"{pair.sr.replace(' ', '')} {number(pair.residual, sign=True)}" for pair in largest)
    return Caption(title, typeset(text), f"{title} Largest residuals: {named}.")
