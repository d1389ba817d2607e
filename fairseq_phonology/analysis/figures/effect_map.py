"""How large a contrast is in every head, contrast beside contrast, the claims outlined."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ...attention.record import KIND_NAMES
from ...text import listed, number, signed, tick
from ..contrasts.kinds import CONTRASTS
from ..contrasts.study import SCALE, Family, Study
from . import style
from .cells import SCALE_NAMES, contrast_name, main_family
from .registered import Caption, Display, register_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLORS = "RdBu"  # ColorBrewer, diverging: kept apart by red-green color blindness; the signs are written for gray print
_LEAST = {SCALE: 1.0, "mass": 0.1}  # a color scale narrower than this would make noise look like an effect
_UNSAID = {SCALE: 0.5, "mass": 0.05}  # of a crowded map, what is smaller than this is not written
_CROWDED = 9  # as many heads in a layer


@dataclass
class EffectMapDisplay(Display):
    """Contrasts over layers and heads, in log-odds: compute with `from_study`, then `plot`.

    Attributes:
        estimates: contrast, kind -> estimate.  # -> layers x heads, NaN where not tested
        claims: contrast, kind -> whether it is claimed.  # -> layers x heads, bool
        title: process and language.
        limit: end of the scale, which is symmetric about 0 and the same for all panels.
        query: of the views, as in `View`.
        scale: ``log_odds``; of a plain list ``mass``.
        withheld: no claim may be made, whichever criteria the heads meet.
    """

    estimates: dict[tuple[str, str], np.ndarray]
    claims: dict[tuple[str, str], np.ndarray]
    title: str
    limit: float
    query: str = "decision"
    withheld: bool = False
    scale: str = SCALE

    @classmethod
    def from_study(cls, study: Study, contrasts: Sequence[str] | None = None) -> EffectMapDisplay:
        """Arrange the families that share the primary one's kinds and query.

        Args:
            study: what was tested.
            contrasts: which, in this order; by default the primary one's first, then the others there are.

        Raises:
            ValueError: nothing was tested, or none of these contrasts.
        """
        primary = main_family(study)
        if primary is None:
            raise ValueError("nothing was tested: there is no map of effects")
        others = (name for name, each in CONTRASTS.items() if each.of == "cells" and name != primary.contrast)
        order = contrasts or [primary.contrast, *others]
        withheld = study.verdict.strength in ("withheld", "descriptive")
        scale = "mass" if study.design is None else SCALE
        estimates, claims = {}, {}
        for contrast in order:
            for kind in primary.kind.split("+"):
                family = _family(study, contrast, kind, primary.query)
                if family is not None:
                    estimates[contrast, kind] = _grid(family, kind, family.estimate[scale], np.nan)
                    claimed = _grid(family, kind, family.claim.astype(float), 0) > 0
                    claims[contrast, kind] = claimed & family.primary & (not withheld)
        if not estimates:
            raise ValueError(f"no family with the contrast {', '.join(order)}")
        largest = max(_LEAST[scale], np.nanmax([np.nanmax(np.abs(each), initial=0) for each in estimates.values()]))
        title = style.title_of(study)
        letters, fonts = style.letter([title])
        steps = 2 if scale == SCALE else 20  # of the end of the color scale
        limit = float(np.ceil(round(largest * steps, 6)) / steps)
        about = {"caption": _caption(study, primary, scale), "fonts": fonts}
        return cls(estimates, claims, letters[title], limit, primary.query, withheld, scale, **about)

    @property
    def contrasts(self) -> list[str]:
        """Contrasts drawn, from left to right."""
        return list(dict.fromkeys(contrast for contrast, _ in self.estimates))

    @property
    def kinds(self) -> list[str]:
        """Kinds of attention drawn, from above."""
        return list(dict.fromkeys(kind for _, kind in self.estimates))

    def plot(self, ax: Axes | None = None) -> EffectMapDisplay:
        """Draw; never shows.

        Args:
            ax: axes for a single panel, drawn without a color bar; by default a new figure.

        Returns:
            itself, with `axes_` and `figure_` set.
        """
        with style.drawing(self.fonts):
            if ax is None:
                self._new_figure()
            else:
                if len(self.estimates) > 1:
                    raise ValueError(f"{len(self.estimates)} panels do not fit on one axes: choose one contrast")
                self._panel(ax, *next(iter(self.estimates)))
                self.axes_, self.figure_ = np.array([[ax]]), ax.get_figure()
        return self

    def _new_figure(self) -> None:
        rows, columns = len(self.kinds), len(self.contrasts)
        layers = max(len(each) for each in self.estimates.values())
        heads = max(each.shape[1] for each in self.estimates.values())
        cell = min(9.0, (style.PAGE - 28 - 9 * columns) / (columns * heads))  # mm
        width = min(style.PAGE, max(style.COLUMN, columns * max(heads * cell, 42) + 9 * columns + 28))
        height = rows * (max(layers * cell, 22) + 8) + 31
        figure = style.new_figure(width, height)
        axes = figure.subplots(rows, columns, squeeze=False)
        for (row, column), ax in np.ndenumerate(axes):
            kind, contrast = self.kinds[row], self.contrasts[column]
            if (contrast, kind) not in self.estimates:
                ax.set_axis_off()
                continue
            mesh = self._panel(ax, contrast, kind)
            if column == 0 and rows > 1:
                ax.set_ylabel(f"{KIND_NAMES[kind]}\nlayer")
            elif column:
                ax.set_ylabel("")
            if row and (contrast, self.kinds[0]) in self.estimates:  # it stands above already
                ax.set_title("")
                ax.texts[-1].remove()
            if row < rows - 1:
                ax.set_xlabel("")
        bar = figure.colorbar(mesh, ax=axes, pad=0.02, aspect=16, shrink=0.9)
        bar.set_label(f"contrast ({SCALE_NAMES[self.scale]})", fontsize=8)
        ends = [-self.limit, 0, self.limit]
        bar.set_ticks(ends, labels=[tick(end, sign=True) for end in ends])
        bar.outline.set_linewidth(0.4)
        style.entitle(figure, self.title, self._legend(), self.fonts)
        self.axes_, self.figure_ = axes, figure

    def _legend(self) -> str:
        kinds = " and ".join(KIND_NAMES[kind] for kind in self.kinds)
        crowded = max(each.shape[1] for each in self.estimates.values()) >= _CROWDED
        claimed = any(each.any() for each in self.claims.values())
        verdict = "Outlined: heads that meet every criterion." if claimed else "No head meets every criterion."
        parts = [
            f"{style.capitalized(kinds)}, {style.QUERIES[self.query]}; layer 1 reads the input.",
            f"Values below {tick(_UNSAID[self.scale])} in size are not printed." if crowded else "",
            "No claim may be made, so no head is outlined." if self.withheld else verdict,
        ]
        return " ".join(part for part in parts if part)

    def _panel(self, ax: Axes, contrast: str, kind: str) -> Any:
        from matplotlib.patches import Rectangle

        estimates, claims = self.estimates[contrast, kind], self.claims[contrast, kind]
        layers, heads = estimates.shape
        mesh = ax.pcolormesh(
            np.arange(heads + 1) + 0.5, np.arange(layers + 1) + 0.5, np.ma.masked_invalid(estimates),
            cmap=COLORS, vmin=-self.limit, vmax=self.limit, edgecolors="white", linewidth=0.6,
        )  # fmt: skip
        crowded = heads >= _CROWDED
        size = 7.5 if heads <= 6 else 4.6 if crowded else 5.6
        for (layer, head), value in np.ndenumerate(estimates):
            if not np.isfinite(value) or (crowded and abs(value) < _UNSAID[self.scale]):
                continue
            color = "white" if abs(value) > 0.62 * self.limit else style.INK
            weight = "bold" if claims[layer, head] else "normal"
            ax.text(
                head + 1,
                layer + 1,
                _written(value, self.scale).replace("−", "–" if crowded else "−"),  # a minus is wider than the cell
                size=size,
                color=color,
                weight=weight,
                ha="center",
                va="center_baseline",
            )
        for layer, head in np.argwhere(claims):
            ax.add_patch(
                Rectangle(
                    (head + 0.53, layer + 0.53), 0.94, 0.94, fill=False, edgecolor="black", linewidth=1.4, zorder=4
                )
            )
        ax.set_xticks(_ticks(heads))
        ax.set_yticks(_ticks(layers))
        ax.set_ylim(layers + 0.5, 0.5)
        ax.set_aspect("equal")
        ax.tick_params(length=0, pad=2, labelsize=6.5 if crowded else None)
        ax.spines[:].set_visible(False)
        ax.set_xlabel("head")
        ax.set_ylabel("layer")
        about = CONTRASTS[contrast]
        ax.set_title(about.label, fontsize=8.5, pad=22 if about.term else 13)
        ax.annotate(
            f"{about.term}\n{about.formula}".strip(), (0.5, 1), (0, 3), xycoords="axes fraction",
            textcoords="offset points", ha="center", fontsize=7, color="0.3", linespacing=1.3,
        )  # fmt: skip
        return mesh


@register_figure("effect-map", rank=20)
def _draw(study: Study) -> EffectMapDisplay | None:
    return None if main_family(study) is None else EffectMapDisplay.from_study(study)


def _written(value: float, scale: str) -> str:
    """In log-odds with one decimal, whose sign is said where it is negative: a plus is as wide as the cell."""
    return signed(value).removeprefix("+") if scale == SCALE else number(value)


def _caption(study: Study, family: Family, scale: str) -> Caption:
    estimate, form = family.estimate[scale], signed if scale == SCALE else number
    title = f"{contrast_name(family)} of every head."
    claims = [str(head) for head, claim in zip(family.heads, family.claim, strict=True) if claim]
    if study.verdict.strength == "withheld":
        outlined = "No head is outlined: no claim may be made."
    elif claims:
        outlined = f"Outlined: {listed(claims)}, which meet{'s' if len(claims) == 1 else ''} every criterion."
    elif study.design is None:
        outlined = "No head is outlined: without a design there are no criteria to meet."
    else:
        outlined = "No head is outlined: none meets every criterion."
    of = "log-odds" if scale == SCALE else "of attention mass"
    span = f"Estimates range from {form(np.nanmin(estimate))} to {form(np.nanmax(estimate))} {of}."
    text = f"One cell for each head. {outlined} {span} The color shows an estimate, not its significance."
    return Caption(title, text, f"{title} {outlined} {span}")


def _family(study: Study, contrast: str, kind: str, query: str) -> Family | None:
    """The family with that contrast and view, the primary one first."""
    families = sorted(study.families, key=lambda family: not family.primary)
    wanted = (kind, query)
    return next(
        (f for f in families if f.contrast == contrast and wanted in {(h.kind, h.query) for h in f.heads}), None
    )


def _grid(family: Family, kind: str, values: np.ndarray, missing: float) -> np.ndarray:
    """Values of the heads of one kind.  # heads -> layers x heads in a layer"""
    heads = [(n, head) for n, head in enumerate(family.heads) if head.kind == kind and head.query == family.query]
    made = np.full((max(head.layer for _, head in heads), max(head.head for _, head in heads)), missing)
    for n, head in heads:
        made[head.layer - 1, head.head - 1] = values[n]
    return made


def _ticks(count: int) -> list[int]:
    return list(range(1, count + 1, 1 if count <= 16 else 4))
