"""Labels beside points that cover neither each other nor other points: who has no room has no label."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from .. import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_REACH = (3.5, 7.0, 11.0, 16.0, 22.0)  # points between a point and its label
_LEADS = 7.0  # from here on a line leads from one to the other
_WAYS = tuple((math.cos(turn * math.pi / 6), math.sin(turn * math.pi / 6)) for turn in (1, 11, 5, 7, 0, 6, 3, 9, 2, 10))
_MARK = 2.6  # points, half the width of a marker


def label_points(
    ax: Axes, x: np.ndarray, y: np.ndarray, texts: Sequence[str], order: Sequence[int], size: float
) -> int:
    """Write labels beside points of finished axes.

    Args:
        ax: with everything else drawn, and its limits set.
        x, y: of all points, in the axes' own units.
        texts: of all points.
        order: of the points that are labeled, the most important first.
        size: of the letters, in points.

    Returns:
        how many found room.
    """
    figure = ax.get_figure()
    figure.draw_without_rendering()  # so that the axes have their place
    renderer, unit = figure.canvas.get_renderer(), figure.dpi / 72
    points = ax.transData.transform(np.column_stack([x, y]))
    frame = np.array(ax.get_window_extent(renderer).extents)
    taken: list[np.ndarray] = []
    for n in order:
        probe = ax.text(0, 0, texts[n], fontsize=size)
        box = probe.get_window_extent(renderer)
        probe.remove()
        found = _place(points, n, box.width, box.height, unit, frame, taken)
        if found is None:
            continue
        way, place = found
        taken.append(place)
        middle = (place[:2] + place[2:]) / 2 - points[n]
        leads = {"arrowstyle": "-", "color": style.REFERENCE, "linewidth": 0.4, "shrinkA": 0, "shrinkB": 2}
        ax.annotate(
            texts[n], (x[n], y[n]), middle / unit, textcoords="offset points", ha="center", va="center", fontsize=size,
            arrowprops=leads if way > _LEADS else None, in_layout=False, zorder=6, path_effects=style.halo(),
        )  # fmt: skip
    return len(taken)


def _place(
    points: np.ndarray, n: int, width: float, height: float, unit: float, frame: np.ndarray, taken: list[np.ndarray]
) -> tuple[float, np.ndarray] | None:
    """The nearest box of that size that is free, and how far it is from the point; None if none is.

    Args:
        points: all, in pixels.
        unit: pixels in a point.
        frame, taken: boxes (left, bottom, right, top) of the axes and of the labels that are there.
    """
    others = np.delete(points, n, axis=0)
    for reach in _REACH:
        for across, up in _WAYS:
            gap = (reach + _MARK) * unit
            center = points[n] + [across * (gap + width / 2), up * (gap + height / 2)]
            half = np.array([width, height]) / 2
            box = np.concatenate([center - half, center + half])
            if (box[:2] < frame[:2]).any() or (box[2:] > frame[2:]).any():
                continue
            if any(_overlap(box, other) for other in taken):
                continue
            near = _MARK * unit
            if not ((others > box[:2] - near) & (others < box[2:] + near)).all(1).any():
                return reach, box
    return None


def _overlap(one: np.ndarray, other: np.ndarray) -> bool:
    return bool((one[:2] < other[2:]).all() and (other[:2] < one[2:]).all())
