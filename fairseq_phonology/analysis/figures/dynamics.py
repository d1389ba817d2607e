"""One run from checkpoint to checkpoint: words right, the response of its heads, the routes that it comes to use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ...attention.record import KIND_NAMES
from ...text import count, share
from ..criteria import LEAST_SHARE
from ..dynamics.dynamics import HALF_RIGHT, Dynamics
from ..dynamics.tables import RunSummary, head_name
from ..interventions.kinds import KINDS, PAIRS, ROUTES
from . import style
from .registered import Caption, Display, register_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MOST_MARKED = 40  # with more checkpoints, the markers run into each other
_BEYOND = (-0.5, 1.6)  # shares outside are of minimal pairs that hardly distinguish
_SIZE = 7  # points, of the labels


@dataclass
class DynamicsDisplay(Display):
    """Three panels over one axis: compute with `from_dynamics`, then `plot`.

    Attributes:
        unit: what the axis counts.
        x: places of the checkpoints.
        exact_match: in %.  # -> checkpoints
        accuracy: of the process, in %; NaN where it is not known.  # -> checkpoints
        others: the same of the other processes.  # -> processes x checkpoints
        response: of all heads.  # -> checkpoints x heads
        head: number of the chosen one.
        low, high: 95 % interval of its response.  # -> checkpoints
        routes: measure -> what it takes: share of the minimal-pair effect, or log-odds.  # -> checkpoints
        elsewhere: the same at other segments.
        in_shares: are these shares?
        onsets: panel (``right``, ``response``, ``routes``) and line -> number of the checkpoint from which on the value
            stays up.
        best: place of the best checkpoint; None if it was not followed.
        names: of the chosen head, and how it was chosen.
        title: process and language.
    """

    unit: str
    x: np.ndarray
    exact_match: np.ndarray
    accuracy: np.ndarray
    others: np.ndarray
    response: np.ndarray
    head: int
    low: np.ndarray
    high: np.ndarray
    routes: dict[str, np.ndarray]
    elsewhere: dict[str, np.ndarray]
    in_shares: bool
    onsets: dict[tuple[str, str], int | None]
    best: float | None
    names: tuple[str, str]
    title: str

    @classmethod
    def from_dynamics(cls, dynamics: Dynamics) -> DynamicsDisplay:
        """Arrange what was followed."""
        checkpoints, head = dynamics.checkpoints, dynamics.head
        in_shares = bool(dynamics.distinguishes.any())
        measures = [measure for measure in dynamics.routes if measure in (*ROUTES, *PAIRS)]
        single = [measure for measure in measures if measure in ROUTES]
        if in_shares:
            routes = {measure: dynamics.share(measure) for measure in measures}
            elsewhere = {measure: dynamics.share(measure, others=True) for measure in single}
        else:
            routes = {m: np.array([each.snapshot.effects.get(m, np.nan) for each in checkpoints]) for m in measures}
            elsewhere = {m: np.array([each.snapshot.others.get(m, np.nan) for each in checkpoints]) for m in single}
        names = [name for name in checkpoints[0].processes if name != dynamics.process]
        title = style.title_of(dynamics)
        letters, fonts = style.letter([title])
        best = [place for place, each in zip(dynamics.axis, checkpoints, strict=True) if each.best]
        return cls(
            *(dynamics.unit, dynamics.axis, dynamics.exact_match, dynamics.accuracy(dynamics.process)),
            np.array([dynamics.accuracy(name) for name in names]).reshape(len(names), len(checkpoints)),
            *(dynamics.response(), head),
            *(np.array([getattr(each.snapshot, end)[head] for each in checkpoints]) for end in ("low", "high")),
            *(routes, elsewhere, in_shares, _onsets(dynamics, in_shares), best[0] if best else None),
            (head_name(dynamics.heads[head]), dynamics.chosen),
            letters[title],
            caption=Caption(f"Training dynamics of {dynamics.process.replace('_', ' ').replace('-', ' ')}."),
            fonts=fonts,
        )

    def plot(self, ax: Sequence[Axes] | None = None) -> DynamicsDisplay:
        """Draw; never shows.

        Args:
            ax: three axes, from above; by default a new figure.

        Returns:
            itself, with `axes_` and `figure_` set.
        """
        with style.drawing(self.fonts):
            axes = self._new_axes() if ax is None else list(np.ravel(ax))
            for draw, each in zip((self._right, self._response, self._routes), axes, strict=True):
                style.tidy(each)
                each.margins(x=0.02)
                draw(each)
                if self.best is not None:
                    each.axvline(self.best, color=style.PALE, linewidth=0.7, zorder=0.5)
            if self.best is not None:
                axes[0].annotate(
                    "best", (self.best, 0), (-2, 3), ("data", "axes fraction"), "offset points", ha="right",
                    va="bottom", fontsize=6.5, color="0.4",
                )  # fmt: skip
            axes[-1].xaxis.get_major_locator().set_params(integer=True)
            axes[-1].set_xlabel(self.unit)
            self.axes_, self.figure_ = axes, axes[0].get_figure()
        return self

    def _new_axes(self) -> list[Axes]:
        figure = style.new_figure(style.COLUMN, 172)
        axes = figure.subplots(3, 1, sharex=True)
        style.entitle(figure, self.title, self._legend(), self.fonts)
        return list(axes)

    def _legend(self) -> str:
        name, chosen = self.names
        dotted = f"; dotted: {share(LEAST_SHARE)} %" if self.in_shares else ""
        last = f"{share(LEAST_SHARE)} % of the minimal-pair effect" if self.in_shares else ""
        stays = ", ".join(each for each in (f"{HALF_RIGHT:.0f} % right", "half of the last response", last) if each)
        return (
            f"Circles: from here to the end at or above {stays}{dotted}. {style.capitalized(name)}: {chosen}; band: "
            "95 % interval; gray: all other heads. Noising in all heads; pale: the same at other segments. "
            "One run, all words under forced decoding: a description, with no tests over epochs."
        )

    def _right(self, ax: Axes) -> None:
        for line in self.others:
            ax.plot(self.x, line, color=style.PALE, linewidth=0.6, zorder=1)
        labels = []
        if np.isfinite(self.others).any():
            labels.append((float(np.nanmean(self.others[:, -1])), "other processes", "0.5"))
        for name, values, color, width in (
            ("exact match", self.exact_match, "0.3", 2.6),  # wide, to be seen under the other
            ("this process", self.accuracy, style.T_COLOR, 1.2),
        ):
            if np.isfinite(values).any():
                self._line(ax, values, ("right", name), color=color, linewidth=width)
                labels.append((float(values[-1]), name, color))
        ax.set_ylim(-3, 103)
        ax.set_ylabel("right (%)")
        ax.set_title("Accuracy on validation words", loc="left", fontsize=8)
        self._label(ax, labels)

    def _response(self, ax: Axes) -> None:
        others = [n for n in range(self.response.shape[1]) if n != self.head]
        ax.axhline(0, color=style.REFERENCE, linewidth=0.6, zorder=0.8)
        for n in others:
            ax.plot(self.x, self.response[:, n], color=style.PALE, linewidth=0.6, zorder=1)
        ax.fill_between(self.x, self.low, self.high, color=style.T_COLOR, alpha=0.15, linewidth=0)
        own = self.response[:, self.head]
        self._line(ax, own, ("response", "head"), color=style.T_COLOR, linewidth=1.4)
        style.ticks(ax.yaxis)
        ax.set_ylabel("response (mass)")
        ax.set_title("Attention to the trigger, by head", loc="left", fontsize=8)
        name = self.names[0].partition(" (")[0]
        labels = [(float(own[-1]), f"decoder {name}" if "decoder" in self.names[0] else name, style.T_COLOR)]
        if others:
            labels.append((float(np.median(self.response[-1, others])), "other heads", "0.5"))
        self._label(ax, labels)

    def _routes(self, ax: Axes) -> None:
        scale = 100 if self.in_shares else 1
        ax.axhline(0, color=style.REFERENCE, linewidth=0.6, zorder=0.8)
        if self.in_shares:
            ax.axhline(scale * LEAST_SHARE, color="0.35", linewidth=0.8, linestyle=(0, (1, 1.5)), zorder=0.9)
        for measure, values in self.elsewhere.items():
            ax.plot(
                self.x, scale * values, **{**KINDS[measure].look, "linestyle": "-"}, linewidth=0.6, alpha=0.4, zorder=1
            )
        labels = []
        for measure, values in self.routes.items():
            self._line(ax, scale * values, ("routes", measure), linewidth=1.3, **KINDS[measure].look)
            if np.isfinite(values[-1]):
                labels.append((scale * float(values[-1]), KINDS[measure].short, KINDS[measure].look["color"]))
        if self.in_shares:
            low, high = ax.get_ylim()
            ax.set_ylim(max(low, scale * _BEYOND[0]), min(high, scale * _BEYOND[1]))
        ax.set_ylabel("of the minimal-pair\neffect (%)" if self.in_shares else "log-odds taken away")
        ax.set_title("Effect of interchange of the trigger", loc="left", fontsize=8)
        self._label(ax, labels)

    def _line(self, ax: Axes, values: np.ndarray, key: tuple[str, str], **look) -> None:
        marker = {"marker": ".", "markersize": 3.5} if len(self.x) <= _MOST_MARKED else {}
        ax.plot(self.x, values, zorder=3, **marker, **look)
        onset = self.onsets.get(key)
        if onset is not None:
            ax.plot(
                self.x[onset], values[onset], "o", markersize=5.5, markerfacecolor="white", markeredgewidth=1.1,
                markeredgecolor=look["color"], zorder=4, clip_on=False,
            )  # fmt: skip

    def _label(self, ax: Axes, labels: list[tuple[float, str, str]]) -> None:
        """Names at the right end of the lines, none over another."""
        low, high = ax.get_ylim()
        gap = 0.085 * (high - low)
        places = style.spread([min(max(place, low), high) for place, *_ in labels], gap, low, high)
        for (_, text, color), y in zip(labels, places, strict=True):
            ax.annotate(
                text, (1, y), (3, 0), ("axes fraction", "data"), "offset points", va="center", fontsize=_SIZE,
                color=color, annotation_clip=False,
            )  # fmt: skip


def _onsets(dynamics: Dynamics, in_shares: bool) -> dict[tuple[str, str], int | None]:
    keys = {
        "exact_match": ("right", "exact match"),
        dynamics.process: ("right", "this process"),
        "response_mass": ("response", "head"),
    }
    found = {}
    for one in dynamics.onsets():
        share = one.what.removeprefix("share_")
        if one.what in keys:
            found[keys[one.what]] = one.stays
        elif in_shares and share in ROUTES:
            found["routes", share] = one.stays
    return found


@register_figure("dynamics", place="dynamics")
def _draw(dynamics: Dynamics) -> DynamicsDisplay:
    return DynamicsDisplay.from_dynamics(dynamics)


def dynamics_caption(found: RunSummary) -> Caption:
    """The caption of the figure in the report of a model of that run, from the folder that has both."""
    title = f"Training dynamics of {found.process.replace('_', ' ').replace('-', ' ')}."
    head = found.head
    name = f"head {head.layer}.{head.head} of the {KIND_NAMES.get(head.kind, head.kind)}"
    text = (
        f"One run, {count(found.checkpoints, 'checkpoint')}, the same words at each: words right, the response of "
        f"{name} ({head.chosen}; the other heads are gray), and the effect of interchange (noising) in all heads."
    )
    return Caption(title, text, f"{title} {found.sentence}")
