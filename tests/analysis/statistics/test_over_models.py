"""Flips and intervals whose unit is the model, against counting by hand and by a loop."""

import itertools

import numpy as np
import pytest

from fairseq_phonology.analysis.statistics.over_models import (
    flip_models,
    mean_of_models,
    model_interval,
    share_interval,
)

ONE_TO_SIX = np.arange(1.0, 7)[:, None]


@pytest.mark.parametrize(
    ("values", "p"),
    [
        pytest.param([1, 2, 3, 4, 5, 6], 2 / 64, id="all positive"),
        pytest.param([-1, -2, -3, -4, -5, -6], 2 / 64, id="all negative: two-sided"),
        pytest.param([-1, 2, 3, 4, 5, 6], 4 / 64, id="the smallest differs"),
        pytest.param([1, 1, 1, 1, 1, 1], 2 / 64, id="all the same"),
        pytest.param([0, 0, 0, 0, 0, 0], 1, id="nothing"),
        pytest.param([1] * 10, 2 / 1024, id="ten"),
    ],
)
def test_p_by_hand(values, p):
    assert flip_models(np.array(values, float)[:, None])[0] == pytest.approx(p)


def test_what_is_rounding_beside_the_largest_value_is_nothing():
    values = 1000 * np.column_stack([np.full(6, 1e-7), np.full(6, 1e-5), np.full(6, -1.0)])
    assert flip_models(values, family=1) == pytest.approx([1, 2 / 64, 2 / 64])


def test_under_six_there_is_no_p():
    assert np.isnan(flip_models(np.ones((5, 3)))).all()


def test_corrected_over_the_family_as_by_a_loop():
    values = np.random.default_rng(4).normal(0.5, 1, (6, 3))

    def statistic(flipped):
        return np.abs(flipped.mean(0)) / np.sqrt(flipped.var(0, ddof=1) / 6)

    own = statistic(values)
    largest = [statistic(values * np.array(signs)[:, None]).max() for signs in itertools.product((1, -1), repeat=6)]
    expected = [np.mean([each >= t - 1e-9 for each in largest]) for t in own]
    assert flip_models(values) == pytest.approx(expected)
    assert (flip_models(values) >= flip_models(values, family=1)).all()


def test_fourteen_models_are_flipped_at_random_and_always_alike():
    values = np.random.default_rng(1).normal(0.5, 1, (14, 2))
    assert flip_models(values) == pytest.approx(flip_models(values))
    assert (flip_models(values) >= 1 / 10_000).all()


def test_interval_of_six_reaches_from_the_smallest_to_the_largest():
    """Of 64 places between the means of subsets one is left out at each end."""
    low, high = model_interval(ONE_TO_SIX)
    assert (low[0], high[0]) == (1, 6)


def test_interval_of_seven_by_hand():
    """128 places, three left out: the means 1 of {1}, 1.5 of {1, 2}, 2 of {2}, as of {1, 3} and {1, 2, 3}."""
    low, high = model_interval(np.arange(1.0, 8)[:, None])
    assert (low[0], high[0]) == (2, 6)


@pytest.mark.parametrize("models", [6, 8, 10, 13])
def test_the_interval_is_that_of_the_test(models):
    values = np.random.default_rng(2).normal(0.6, 1, (models, 40))
    low, high = model_interval(values)
    assert ((flip_models(values, family=1) < 0.05) == ((low > 0) | (high < 0))).all()


def test_many_models_have_an_interval_near_that_of_t():
    values = np.random.default_rng(1).normal(0, 1, (40, 3))
    low, high = model_interval(values)
    arm = 2.0227 * values.std(0, ddof=1) / np.sqrt(40)
    assert low == pytest.approx(values.mean(0) - arm, abs=0.03)
    assert high == pytest.approx(values.mean(0) + arm, abs=0.03)


def test_five_models_have_no_interval():
    assert np.isnan(model_interval(np.ones((5, 2)))).all()


def test_share_of_a_whole_that_does_not_vary():
    share, low, high = share_interval(ONE_TO_SIX, np.full(6, 10.0))
    assert (share[0], low[0], high[0]) == pytest.approx((0.35, 0.1, 0.6))


def test_share_that_does_not_vary_has_no_width():
    share, low, high = share_interval(ONE_TO_SIX / 2, ONE_TO_SIX[:, 0])
    assert (share[0], low[0], high[0]) == pytest.approx((0.5, 0.5, 0.5))


def test_share_of_a_whole_that_varies():
    """By its linear approximation: what a model's value differs from its share of the whole, over the mean whole."""
    whole, rest = ONE_TO_SIX[:, 0], np.array([-0.3, 0.1, 0.2, -0.1, 0.05, 0.05])
    share, low, high = share_interval((whole / 2 + rest)[:, None], whole)
    assert (share[0], low[0], high[0]) == pytest.approx((0.5, 0.5 - 0.3 / 3.5, 0.5 + 0.2 / 3.5))


def test_mean_of_one_number_of_each_model():
    assert mean_of_models(ONE_TO_SIX[:, 0]) == (3.5, 1.0, 6.0)
    few = mean_of_models(np.array([1.0, 3.0]))
    assert few.mean == 2 and np.isnan(few[1:]).all()


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("found", [np.nan, np.inf])
def test_a_family_with_a_value_that_is_no_finite_number_has_no_p(found):
    values = np.random.default_rng(16).normal(size=(6, 4)) + 2
    values[2, 1] = found
    p = flip_models(values, family=2)
    assert np.isnan(p[:2]).all() and p[2:].tolist() == flip_models(values[:, 2:]).tolist()
