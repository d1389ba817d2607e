"""Models beside people in three figures: what is drawn is what was found, and nothing is cut off or covered."""

import numpy as np
import pytest
from matplotlib.text import Text

from fairseq_phonology.analysis.figures.people.scatter import ScatterDisplay, _share_ticks
from fairseq_phonology.analysis.figures.registered import figures_of
from tests.helpers.compared import comparison
from tests.helpers.drawn import texts, ticks_of

CASES = [("counts", 20, 1), ("counts", 80, 10), ("ratings", 200, 3), ("ratings", 20, 3, "log_prob")]


@pytest.fixture(scope="module", params=CASES, ids=lambda case: "-".join(map(str, case)))
def drawn(request):
    found = comparison(*request.param)
    made = {name: make(found) for name, make in figures_of("people").items()}
    displays = {name: display.plot() for name, display in made.items() if display is not None}
    for display in displays.values():
        display.figure_.draw_without_rendering()
    return found, displays


def test_calibration_is_drawn_of_shares_and_counts_only(drawn):
    found, displays = drawn
    own = ["people-calibration"] if found.human.kind == "counts" else []
    assert list(displays) == ["people", "people-correlations", *own]


def test_nothing_is_cut_off_and_no_ticks_run_into_each_other(drawn):
    for name, display in drawn[1].items():
        page, renderer = display.figure_.bbox, display.figure_.canvas.get_renderer()
        for text, box in texts(display.figure_).items():
            assert box.x0 >= -1 and box.y0 >= -1, f"{name}: {text.get_text()!r}"
            assert box.x1 <= page.x1 + 1 and box.y1 <= page.y1 + 1, f"{name}: {text.get_text()!r}"
        for axis in (axis for ax in display.figure_.axes for axis in (ax.xaxis, ax.yaxis)):
            boxes = [label.get_window_extent(renderer).shrunk(0.9, 0.7) for label in ticks_of(axis)]
            assert not any(box.overlaps(boxes[n]) for n, box in enumerate(boxes[1:])), name


def test_labels_keep_apart_in_every_panel(drawn):
    display = drawn[1]["people"]
    renderer = display.figure_.canvas.get_renderer()
    for ax in display.axes_:
        boxes = [Text.get_window_extent(text, renderer) for text in ax.texts if text.get_text()]
        assert not any(box.overlaps(other) for n, box in enumerate(boxes) for other in boxes[:n])


def test_the_points_are_the_candidates_that_are_regressed(drawn):
    found, displays = drawn
    display = displays["people"]
    assert sum(len(cloud.x) for cloud in display.clouds) == len(found.regressed)
    assert sorted(np.concatenate([c.y for c in display.clouds])) == sorted(
        found.pairs[n].human for n in found.regressed
    )
    middle = np.concatenate([cloud.x_low for cloud in display.clouds])
    assert np.isfinite(middle).all() == (len(found.models) > 1), "one seed has no interval over seeds"


def test_the_curve_is_the_regression():
    found = comparison("ratings", 24, 3)
    display = ScatterDisplay.from_comparison(found).plot()
    x, y = display.axes_[0].lines[0].get_data()
    pair = found.pairs[0]
    assert np.interp(pair.predictor, x, y) == pytest.approx(pair.fitted, abs=0.02)


def test_intercepts_of_variants_are_named_where_there_are_several():
    ratings, counts = (ScatterDisplay.from_comparison(comparison(kind, 24, 3)) for kind in ("ratings", "counts"))
    assert "an intercept of each variant" in ratings.legend and "intercept" not in counts.legend


def test_words_around_the_figures(snapshot):
    found = comparison("counts", 24, 3)
    made = {name: make(found) for name, make in figures_of("people").items()}
    snapshot(
        [f"{name}: {d.caption.title} {d.caption.text} ({d.caption.alternative}) {d.legend}" for name, d in made.items()]
    )


@pytest.mark.parametrize("end", [7, 10, 19, 30, 60, 1e150])
def test_shares_near_0_and_1_have_room_at_their_ticks(end):
    places, names = _share_ticks(-end / 2, end)
    assert np.diff(places).min() * (1 + 1e-12) >= 1.5 * end / 5.6 and len(places) == len(names) >= 2
    assert end - places[-1] >= 0.05 * 1.5 * end <= places[0] + end / 2


def test_intervals_of_many_candidates_are_thinner_and_paler():
    few, many = (ScatterDisplay.from_comparison(comparison("trials", items)).plot() for items in (24, 80))
    vertical = [display.axes_[0].collections[1] for display in (few, many)]
    assert vertical[1].get_linewidth()[0] < vertical[0].get_linewidth()[0]
    assert vertical[1].get_alpha() < 1 == vertical[0].get_alpha()
