"""Several models in one picture: every one is there, and what is drawn are the numbers that were tested."""

from dataclasses import replace

import numpy as np
import pytest

from fairseq_phonology.analysis.figures import save_figures
from fairseq_phonology.analysis.figures.models import ModelsDisplay
from fairseq_phonology.analysis.models.attention import compare_attention
from fairseq_phonology.analysis.statistics.over_models import Mean
from tests.helpers.attending import SIZE, six, study_of
from tests.helpers.designed import crossed
from tests.helpers.drawn import texts
from tests.helpers.intervened import seven_models

POOR = crossed(**SIZE, failed=[(f"T{n}", "R0") for n in range(4)])


def attention():
    studies = six() | {"none": study_of([0, 0, 0, 0], seed=9), "poor": study_of([2, 0], events=POOR)}
    return compare_attention({f"한국어 {name}" if name == "seed2" else name: each for name, each in studies.items()})


MADE = {"attention": attention, "interventions": seven_models}


@pytest.fixture(scope="module", params=MADE)
def drawn(request, hangul_is_drawn):
    models = MADE[request.param]()
    return models, ModelsDisplay.from_models(models).plot()


def circles(display):
    """Value -> is it filled, in the order of drawing."""
    lines = [line for line in display.axes_.get_lines() if line.get_marker() == "o"]
    return [(float(line.get_xdata()[0]), line.get_markerfacecolor() != "white") for line in lines]


def diamonds(display):
    lines = [line for line in display.axes_.get_lines() if line.get_marker() == "D"]
    return [(float(line.get_xdata()[0]), line.get_markerfacecolor() != "white") for line in lines]


def test_nothing_is_cut_off_or_covered(drawn):
    _, display = drawn
    display.figure_.draw_without_rendering()
    page = display.figure_.bbox
    boxes = texts(display.figure_)
    for text, box in boxes.items():
        assert box.x0 >= -1 and box.y0 >= -1 and box.x1 <= page.x1 + 1 and box.y1 <= page.y1 + 1, text.get_text()
    shrunk = [box.shrunk(0.96, 0.8) for box in boxes.values()]
    assert not [n for n, box in enumerate(shrunk) if any(box.overlaps(other) for other in shrunk[:n])]


def test_one_column_of_a_journal(drawn):
    assert drawn[1].figure_.get_figwidth() * 25.4 == pytest.approx(85)


def test_every_model_is_there(hangul_is_drawn):
    models = attention()
    display = ModelsDisplay.from_models(models).plot()
    second = "한국어 seed2" if hangul_is_drawn else "hangugeo seed2"
    names = ["seed1", second, "seed3", "seed4", "seed5", "seed6", "none", "poor", "mean"]
    assert [lane.name for lane in display.lanes] == names
    assert [lane.note for lane in display.lanes][-2:] == ["no test", "p = .0156"]
    expected = [(row.response.estimate["log_odds"], row.meets) for row in models.rows if row.response]
    assert circles(display) == [(pytest.approx(value), meets) for value, meets in expected]
    test = models.test("chosen head")
    assert diamonds(display) == [(pytest.approx(test.mean), test.claim)]
    assert display.subtitle == "eight models, 1 in no test"


def test_every_route_has_its_mean_and_its_models():
    models = seven_models()
    display = ModelsDisplay.from_models(models).plot()
    assert [lane.name for lane in display.lanes][:2] == ["cross-attention", "encoder"]
    assert display.lanes[0].note == "6 of 7" and display.lanes[-1].name == "single head, cross"
    means = [models.test(name) for name in ("cross", "encoder", "cross+encoder")]
    assert diamonds(display)[:3] == [(pytest.approx(100 * test.mean), test.claim) for test in means]
    drawn = sorted(value for value, _ in circles(display)[:7])
    assert drawn == pytest.approx(sorted(100 * row.routes["cross"].share for row in models.rows))


@pytest.mark.parametrize(
    ("p", "segments", "note", "legend"),
    [
        pytest.param(0.03, 0.2, "p = .2000 (segments)", "largest p (segments random, of the mean).", id="segments"),
        pytest.param(0.125, 0.01, "p = .1250 (models)", "largest p (models).", id="models"),
        pytest.param(0.03, 0.01, ".010 of mass", "filled where claimed.", id="floor"),
        pytest.param(0.03, np.nan, "not tested (segments)", "filled where claimed.", id="not tested"),
    ],
)
def test_an_open_diamond_says_why(p, segments, note, legend):
    models = compare_attention(six())
    mass = Mean(0.01, 0, 0.02)
    models.tests = [replace(t, claim=False, p=p, segments=segments, mass=mass) for t in models.tests]
    display = ModelsDisplay.from_models(models).plot()
    assert display.lanes[-1].note == note
    assert legend in " ".join(display._legend().split())


def test_five_models_have_no_p():
    display = ModelsDisplay.from_models(compare_attention(dict(list(six().items())[:5])))
    assert display.lanes[-1].note == "too few to test" and np.isfinite(display.lanes[-1].mean)


def test_files(tmp_path):
    written = save_figures("models", tmp_path / "figures", attention())
    assert written["models"].file == tmp_path / "figures" / "models.svg"
    assert (tmp_path / "figures" / "models.png").read_bytes().startswith(b"\x89PNG")
