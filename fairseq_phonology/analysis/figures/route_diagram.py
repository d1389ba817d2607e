"""The diagram of the routes: what the decision reads, and where the target has read it before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..interventions.kinds import KINDS, PAIRS
from . import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from .routes import RoutesDisplay

UNUSED = "#B9C4D3"  # what does not meet the rule of use
_BOX = {"boxstyle": "round,pad=0.35", "facecolor": "white", "edgecolor": "0.35", "linewidth": 0.8}


def draw_diagram(ax: Axes, of: RoutesDisplay) -> None:
    """Boxes of the word and the decision, and an arrow a route.

    Args:
        ax: to draw on.
        of: what is drawn.
    """
    target, trigger = (1.9, 8.0) if of.target_first else (8.0, 1.9)
    ax.set_xlim(0, 9.9)
    ax.set_ylim(0, 7.1 if "decoder" in of.measures else 6.4)
    ax.set_xticks([])
    ax.set_yticks([])
    ax.axis("off")
    decision, below, source = (target, 5.5), (target, 1.5), (trigger, 1.5)
    boxes = [
        (below, f"target (UR)\n/{of.segments.get('target', '')}/"),
        (source, f"trigger (UR)\n/{of.segments.get('trigger', '')}/"),
        (decision, "decision step:\ndoes it apply?"),
    ]
    ax.annotate(
        "", decision, below,
        arrowprops={"arrowstyle": "->", "color": style.REFERENCE, "linewidth": 0.8, "shrinkA": 19, "shrinkB": 19},
    )  # fmt: skip
    side = 1 if of.target_first else -1
    beside = (target + side * 4.1, 3.85) if "decoder" in of.measures else (target + side * 3.4, 4.45)
    _arrow(ax, of, source, decision, "cross", beside, "left" if side > 0 else "right")
    _arrow(ax, of, source, below, "encoder", (4.95, 0.72), "center", "top")
    if "decoder" in of.measures:
        _arrow(ax, of, (trigger, 5.5), decision, "decoder", (4.55, 6.3), "center", "bottom")
        boxes.append(((trigger, 5.5), "surface\ntrigger"))
    for place, text in boxes:
        ax.text(*place, text, ha="center", va="center", fontsize=7.5, bbox=_BOX, zorder=6, linespacing=1.25)


def _arrow(
    ax: Axes, of: RoutesDisplay, start: tuple[float, float], end: tuple[float, float], kind: str,
    at: tuple[float, float], ha: str, va: str = "center",
) -> None:  # fmt: skip
    """As wide as what is lost without it; hatched where another route stands in for it."""
    from matplotlib.patches import FancyArrowPatch

    share = of.values[of.measures.index(kind)]
    chosen = kind in of.kinds
    stands_in = chosen and of.route == "either suffices"
    carried = _together(of, kind) if stands_in else share
    width = 1.2 + 5.5 * float(np.clip(np.nan_to_num(carried if of.in_shares else 0), 0, 1))
    color = style.T_COLOR if chosen else UNUSED
    head = f"head_width={width + 6},head_length={5 + 0.8 * width}"
    ax.add_patch(
        FancyArrowPatch(
            start, end, arrowstyle=f"simple,tail_width={width},{head}", mutation_scale=1, shrinkA=22, shrinkB=26,
            facecolor="white" if stands_in else color, edgecolor=color, linewidth=0.7, zorder=2,
            hatch="//////" if stands_in else None,
        )
    )  # fmt: skip
    text = f"{KINDS[kind].short}:{chr(10) if kind == 'cross' else ' '}{of.number(share)}"
    if stands_in:
        text += f" alone,\n{of.number(carried)} together"
    weight = "bold" if chosen else "normal"
    ax.text(*at, text, ha=ha, va=va, fontsize=7.5, weight=weight, zorder=5, linespacing=1.2)


def _together(of: RoutesDisplay, kind: str) -> float:
    """What the pairs that it is in carry."""
    pairs = [n for n, name in enumerate(of.measures) if name in PAIRS and kind in KINDS[name].attention and of.uses[n]]
    return max((of.values[n] for n in pairs), default=np.nan)
