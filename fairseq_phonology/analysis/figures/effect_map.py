"""Maps of heads: contrasts of attention, and what passes by a head in interventions; the claims outlined."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ...attention.record import KIND_NAMES
from ...text import listed, number, share, signed, tick
from ..contrasts.kinds import CONTRASTS
from ..contrasts.study import SCALE, Family, Study
from ..interventions.effects import Causal
from ..interventions.kinds import DIRECTIONS, METHODS
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
        estimates, claims = self.estimates[contrast, kind], self.claims[contrast, kind]
        unsaid = _UNSAID[self.scale] if estimates.shape[1] >= _CROWDED else 0
        texts = {at: _written(value, self.scale) for at, value in np.ndenumerate(estimates) if abs(value) >= unsaid}
        mesh = _cells(ax, estimates, texts, claims, self.limit)
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


@dataclass
class HeadsMapDisplay(Display):
    """Share of the minimal-pair effect that passes by every head alone: compute with `from_causal`, then `plot`.

    Attributes:
        shares: kind, method -> share.  # -> layers x heads and, last, all heads of the layer; NaN where not made
        uses: kind -> heads that meet the criteria of use.  # -> likewise, bool
        title: process and language.
    """

    shares: dict[tuple[str, str], np.ndarray]
    uses: dict[str, np.ndarray]
    title: str

    @classmethod
    def from_causal(cls, causal: Causal) -> HeadsMapDisplay:
        """Arrange the families of single heads and layers.

        Raises:
            ValueError: no single head was asked for, or there is no minimal-pair effect.
        """
        shares, uses = {}, {}
        claims = causal.verdict.strength in ("uses", "none")
        for kind in KIND_NAMES:
            heads, layers = (causal.family(f"{what} of {kind}") for what in ("heads", "layers"))
            if heads is None or not np.isfinite(heads.noising.share).any():
                continue
            sizes = max(one.layer for one in heads.which), max(one.head for one in heads.which) + 1
            each = [(family, n) for family in (heads, layers) if family is not None for n in range(len(family.which))]
            at = tuple(np.array([(f.which[n].layer - 1, (f.which[n].head or sizes[1]) - 1) for f, n in each]).T)
            uses[kind] = np.zeros(sizes, bool)
            uses[kind][at] = [bool(family.uses[n]) and claims for family, n in each]
            for method in METHODS:
                shares[kind, method] = np.full(sizes, np.nan)
                shares[kind, method][at] = [family.of(method).share[n] for family, n in each]
        if not shares:
            raise ValueError("no single head has a share of the minimal-pair effect")
        title = style.title_of(causal)
        letters, fonts = style.letter([title])
        return cls(shares, uses, letters[title], caption=_caption_of_use(causal), fonts=fonts)

    def plot(self) -> HeadsMapDisplay:
        """Draw a new figure; never shows."""
        with style.drawing(self.fonts):
            rows, columns = list(self.uses), len(METHODS)
            layers, heads = (max(each.shape[n] for each in self.uses.values()) for n in (0, 1))
            cell = min(9.0, (style.PAGE - 28 - 9 * columns) / (columns * heads))  # mm
            width = min(style.PAGE, max(style.COLUMN, columns * max(heads * cell, 36) + 9 * columns + 28))
            figure = style.new_figure(width, len(rows) * (max(layers * cell, 20) + 9) + 22)
            axes = figure.subplots(len(rows), columns, squeeze=False)
            limit = max(1.0, *(np.nanmax(np.abs(each), initial=0) for each in self.shares.values()))
            for (row, column), ax in np.ndenumerate(axes):
                kind, method = rows[row], METHODS[column]
                mesh = self._panel(ax, kind, method, limit)
                ax.set_ylabel(f"{KIND_NAMES[kind]}\nlayer" if not column else "")
                ax.set_xlabel("head" if row == len(rows) - 1 else "")
                ax.set_title("" if row else method, fontsize=8.5)
            bar = figure.colorbar(mesh, ax=axes, pad=0.02, aspect=16, shrink=0.9)
            bar.set_label("% of the minimal-pair effect", fontsize=8)
            bar.set_ticks([-limit, 0, limit], labels=[f"{share(end)}" for end in (-limit, 0, limit)])
            bar.outline.set_linewidth(0.4)
            met = "Outlined: meets the criteria of use. " if any(each.any() for each in self.uses.values()) else ""
            note = (
                f"One head at a time, and all heads of a layer. {met}Shares of heads need not sum to that of the layer."
            )
            style.entitle(figure, self.title, note, self.fonts)
            self.axes_, self.figure_ = axes, figure
        return self

    def _panel(self, ax: Axes, kind: str, method: str, limit: float) -> Any:
        values = self.shares[kind, method]
        heads = values.shape[1]
        unsaid = 0.05 if heads > _CROWDED else 0
        texts = {at: share(value) for at, value in np.ndenumerate(values) if abs(value) >= unsaid}
        outlined = self.uses[kind] & (method in DIRECTIONS)  # knock-outs are described
        mesh = _cells(ax, values, texts, outlined, limit)
        ax.set_xticks([*_ticks(heads - 1), heads], [*map(str, _ticks(heads - 1)), "all"])
        ax.axvline(heads - 0.5, color=style.INK, linewidth=0.8)
        return mesh


@register_figure("heads-map", place="interventions", rank=15)
def _draw_heads(causal: Causal, heads: object = None) -> HeadsMapDisplay | None:
    try:
        return HeadsMapDisplay.from_causal(causal)
    except ValueError:  # nothing to draw
        return None


def _caption_of_use(causal: Causal) -> Caption:
    title = "What passes by every head."
    named = [
        f"{family.named(n)} of the {KIND_NAMES[kind]} ({share(family.noising.share[n])} and "
        f"{share(family.denoising.share[n])} %)"
        for kind in KIND_NAMES
        if (family := causal.family(f"heads of {kind}")) is not None
        for n in np.argsort(-np.nan_to_num(family.share), kind="stable")
        if family.uses[n]
    ]
    met = (
        f"The criteria of use are met by {listed(named)}."
        if named
        else "No single head was shown to meet the criteria."
    )
    text = (
        "Share of the minimal-pair effect that interchange at one head takes away (noising) and gives back "
        "(denoising), and that removing its attention edges takes away (knock-out)."
    )
    return Caption(title, f"{text} {met}", f"{title} {met}")


def _cells(
    ax: Axes, values: np.ndarray, texts: Mapping[tuple[int, ...], str], outlined: np.ndarray, limit: float
) -> Any:
    """Colored cells, layer 1 above, with what is written in them; bold and outlined those of ``outlined``."""
    from matplotlib.patches import Rectangle

    layers, heads = values.shape
    mesh = ax.pcolormesh(
        np.arange(heads + 1) + 0.5, np.arange(layers + 1) + 0.5, np.ma.masked_invalid(values),
        cmap=COLORS, vmin=-limit, vmax=limit, edgecolors="white", linewidth=0.6,
    )  # fmt: skip
    crowded = heads >= _CROWDED
    size = 7.5 if heads <= 6 else 4.6 if crowded else 5.6
    for (layer, head), text in texts.items():
        value = values[layer, head]
        if np.isfinite(value):
            ax.text(
                head + 1, layer + 1, text.replace("−", "–" if crowded else "−"),  # a minus is wider than the cell
                size=size, color="white" if abs(value) > 0.62 * limit else style.INK,
                weight="bold" if outlined[layer, head] else "normal", ha="center", va="center_baseline",
            )  # fmt: skip
    for layer, head in np.argwhere(outlined):
        at = head + 0.53, layer + 0.53
        ax.add_patch(Rectangle(at, 0.94, 0.94, fill=False, edgecolor="black", linewidth=1.4, zorder=4))
    ax.set_xticks(_ticks(heads))
    ax.set_yticks(_ticks(layers))
    ax.set_ylim(layers + 0.5, 0.5)
    ax.set_aspect("equal")
    ax.tick_params(length=0, pad=2, labelsize=6.5 if crowded else None)
    ax.spines[:].set_visible(False)
    ax.set_xlabel("head")
    ax.set_ylabel("layer")
    return mesh


def _ticks(count: int) -> list[int]:
    return list(range(1, count + 1, 1 if count <= 16 else 4))
