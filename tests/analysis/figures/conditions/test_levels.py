"""The figures of a condition hold what was tested."""

import numpy as np
import pytest

from fairseq_phonology.analysis.figures.conditions.columns import ColumnsDisplay
from fairseq_phonology.analysis.figures.conditions.levels import LevelsDisplay
from tests.analysis.contrasts.test_conditions import study


@pytest.mark.parametrize("within", [True, False])
def test_levels_have_every_item_and_their_means(within):
    found = study(10, {"a": 2.0, "b": 1.0, "c": 0.0}, ["a - c"], within=within)
    made = LevelsDisplay.from_study(found).plot()
    own = found.design.by_level(found.design.taken(found.measured.values["log_odds"]))
    for level, values in made.values.items():
        np.testing.assert_array_equal(values, own[level][:, 0])
        mean, low, high = made.means[level]
        assert mean == pytest.approx(values.mean()) and low < mean < high
    assert bool(made.items) == within and [len(values) for values in made.values.values()] == [10, 10, 10]
    assert made.caption.text.startswith("Points are items") and "a − c: " in made.note


def test_of_several_models_the_mean_is_shown():
    found = study(10, {"a": 2.0, "c": 0.0}, ["a - c"], heads=6, mass=0)
    made = LevelsDisplay.from_study(found)
    assert made.title.endswith("mean of 6 models")
    np.testing.assert_allclose(made.values["a"], found.measured.values["log_odds"][::2].mean(1))


def test_columns_have_every_contrast():
    found = study(10, {"a": 3.0, "b": 1.0, "c": 0.0}, ["a - c", "a + c - 2 b"], heads=4)
    made = ColumnsDisplay.from_study(found).plot()
    assert list(made.estimates) == ["a − c", "a + c − 2 b"] and made.names == ["1.1", "1.2", "1.3", "1.4"]
    np.testing.assert_array_equal(made.estimates["a − c"][0], found.tests[0].estimate)
    assert made.claims["a − c"].tolist() == [True, False, False, False] and len(made.axes_) == 2


def test_a_level_without_spread_is_drawn():
    found = study(9, {"a": 0.0, "c": 0.0}, ["a - c"], heads=3, noise=0, scale="exact_match", mass=0)
    found.measured.values["exact_match"][:] = 1.0
    found.measured.values["exact_match"][0, 0] = 0.0
    made = LevelsDisplay.from_study(found).plot()
    assert made.label == "% right" and made.means["c"][0] == pytest.approx(100)
