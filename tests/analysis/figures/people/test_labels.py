"""Labels beside points: they cover neither each other nor the points, and those without room are left out."""

import numpy as np
import pytest
from matplotlib.text import Text

from fairseq_phonology.analysis.figures import style
from fairseq_phonology.analysis.figures.people.labels import label_points


def labeled(points, most=None, width=85):
    rng = np.random.default_rng(1)
    x, y = rng.uniform(0, 1, (2, points))
    with style.drawing([]):
        ax = style.new_figure(width, 70).subplots()
        ax.plot(x, y, "o", markersize=3)
        ax.set(xlim=(-0.05, 1.05), ylim=(-0.05, 1.05))
        placed = label_points(ax, x, y, [f"word{n}" for n in range(points)], range(most or points), 6.5)
    ax.get_figure().draw_without_rendering()
    renderer = ax.get_figure().canvas.get_renderer()
    texts = [text for text in ax.texts if text.get_text()]
    assert len(texts) == placed
    boxes = [Text.get_window_extent(text, renderer) for text in texts]  # of an annotation without its line
    return ax, np.column_stack([x, y]), boxes


@pytest.mark.parametrize(("points", "least"), [(12, 12), (80, 8), (200, 1)])
def test_labels_cover_neither_each_other_nor_points(points, least):
    ax, places, boxes = labeled(points, 12)
    assert len(boxes) >= least
    frame = ax.get_window_extent()
    pixels = ax.transData.transform(places)
    for n, box in enumerate(boxes):
        assert frame.x0 <= box.x0 + 2 and box.x1 <= frame.x1 + 2
        assert not any(box.overlaps(other) for other in boxes[:n])
        assert not any(box.contains(*pixel) for pixel in pixels)


def test_no_point_is_labeled_where_none_has_room():
    *_, boxes = labeled(400, 5, width=40)
    assert len(boxes) < 5
