"""A weighted sum of means of classes: one and two axes, and skewness, against closed forms and scipy."""

import numpy as np
import pytest
from scipy import stats

from fairseq_phonology.analysis.statistics import weighted
from fairseq_phonology.analysis.statistics.crossed import crossed_test, mean_test
from fairseq_phonology.analysis.statistics.intervals import crossed_interval, mean_interval
from fairseq_phonology.analysis.statistics.weighted import Axis


@pytest.fixture
def rng():
    return np.random.default_rng(1)


def test_two_classes_are_welch(rng):
    values = np.concatenate([rng.normal(1, 3, (9, 4)), rng.normal(0, 1, (14, 4)), rng.normal(9, 9, (5, 4))])
    axis = Axis(np.repeat([0, 1, 2], (9, 14, 5)), (1.0, -1.0, 0.0))  # the third is in no sum
    found = weighted.test(values, [axis])
    known = stats.ttest_ind(values[:9], values[9:23], equal_var=False, alternative="greater")
    np.testing.assert_allclose(found.p, known.pvalue)
    np.testing.assert_allclose(found.df, known.df)
    np.testing.assert_allclose(weighted.estimate(values, [axis]), values[:9].mean(0) - values[9:23].mean(0))
    low, high = weighted.interval(values, [axis], rng)
    assert (low < found.estimate).all() and (found.estimate < high).all()


def test_one_class_is_the_mean(rng):
    values = rng.normal(1, 1, (12, 3))
    axes = [Axis(np.zeros(12, int), (1.0,))]
    for one, other in zip(vars(weighted.test(values, axes)).values(), vars(mean_test(values)).values(), strict=True):
        np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(weighted.estimate(values, axes), values.mean(0))


def test_three_classes_by_hand():
    values = np.array([1.0, 3, 4, 8, 10, 12])[:, None]
    found = weighted.test(values, [Axis(np.array([0, 0, 1, 1, 2, 2]), (1.0, -2.0, 1.0))])
    assert found.estimate == 2 - 2 * 6 + 11
    assert found.se**2 == pytest.approx(1 + 4 * 4 + 1)
    assert found.df == pytest.approx(18**2 / (1 + 16**2 + 1))


def test_a_two_by_two_is_the_same_sum(rng):
    values = rng.normal(0, 1, (10, 8, 2))
    rows, columns = Axis(np.repeat([0, 1], 5), (-1.0, 1.0)), Axis(np.repeat([0, 1], 4), (-1.0, 1.0))
    cells = [values[:5, :4], values[:5, 4:], values[5:, :4], values[5:, 4:]]
    by_hand = sum(sign * cell.mean((0, 1)) for sign, cell in zip((1, -1, -1, 1), cells, strict=True))
    np.testing.assert_allclose(weighted.estimate(values, [rows, columns]), by_hand)
    known = crossed_test(values, rows.of_units, columns.of_units)
    np.testing.assert_array_equal(weighted.test(values, [rows, columns]).p, known.p)


def test_skewness_is_that_of_the_estimate(rng):
    values = rng.exponential(size=(4000, 1))
    one = Axis(np.zeros(4000, int), (1.0,))
    assert weighted.skewness(values, one) * 4000**0.5 == pytest.approx(2, abs=0.4)
    # of two classes that are skewed alike it goes
    two = Axis(np.repeat([0, 1], 2000), (1.0, -1.0))
    assert weighted.skewness(values, two) == pytest.approx(0, abs=0.02)


def test_what_does_not_vary_has_no_skewness():
    flat = np.ones((5, 2))
    assert np.isnan(weighted.skewness(flat, Axis(np.zeros(5, int), (1.0,)))).all()
    np.testing.assert_array_equal(weighted.without_skew(np.array([2.0, -3.0]), np.array([np.nan, 0.0])), [2.0, -3.0])


def test_the_transformation_takes_back_what_a_long_tail_gives(rng):
    """A mean that is far below, of a sample that lacks the long upper tail: the statistic comes nearer to 0."""
    assert -4 < weighted.without_skew(np.array(-5.0), np.array(0.3)) < 0
    values = rng.exponential(size=(12, 20_000)) - 1
    axis = Axis(np.zeros(12, int), (1.0,))
    found = weighted.test(values, [axis])
    without = weighted.without_skew(found.t, weighted.skewness(values, axis))
    rates = [(stats.t.sf(np.abs(t), 11) < 0.002).mean() for t in (found.t, without)]
    assert rates[0] > 0.02 and rates[1] < rates[0] / 2


@pytest.mark.parametrize("pooled", [False, True])
def test_skewness_by_the_k_statistics_of_each_class(rng, pooled):
    parts = [rng.exponential(size=9), rng.normal(size=12), rng.exponential(2, size=7), rng.normal(size=4)]
    axis, weights = Axis(np.repeat([0, 1, 2, 3], (9, 12, 7, 4)), (1.0, -0.5, -0.5, 0.0)), (1.0, -0.5, -0.5)
    own = [
        (weight, len(part), stats.kstat(part, 2), stats.kstat(part, 3))
        for weight, part in zip(weights, parts[:3], strict=True)
    ]
    if pooled:
        shape = sum(n * third / second**1.5 for _, n, second, third in own) / sum(n for _, n, _, _ in own)
        own = [(weight, n, second, shape * second**1.5) for weight, n, second, _ in own]
    variance = sum(weight**2 * second / n for weight, n, second, _ in own)
    by_hand = sum(weight**3 * third / n**2 for weight, n, _, third in own) / variance**1.5
    found = weighted.skewness(np.concatenate(parts)[:, None], axis, pooled)
    assert found == pytest.approx(by_hand)


def test_the_variance_of_the_skewness_of_normal_units(rng):
    axis = Axis(np.repeat([0, 1], (8, 14)), (1.0, -1.0))
    values = rng.normal(size=(22, 20_000)) * np.repeat([3, 1], (8, 14))[:, None]
    scaled = weighted.skewness(values, axis) / weighted.skewness_variance(values, axis) ** 0.5
    assert scaled.std() == pytest.approx(1, abs=0.02) and scaled.mean() == pytest.approx(0, abs=0.03)
    one = Axis(np.zeros(8, int), (1.0,))
    assert weighted.skewness_variance(values[:8], one) == pytest.approx(6 * 7 / (6 * 9 * 11))  # of g / sqrt(n)


def test_the_transformation_by_hand():
    """t + s t^2 / 3 + s^2 t^3 / 27 + s / 6, for s = .3 and t = 2 and -1."""
    found = weighted.without_skew(np.array([2.0, -1.0]), np.array(0.3))
    assert found == pytest.approx([2 + 0.4 + 0.72 / 27 + 0.05, -1 + 0.1 - 0.09 / 27 + 0.05])


def test_intervals_are_those_of_the_units_with_a_weight(rng):
    """A class without a weight, and the other axis, as if they were asked for by themselves."""
    values = rng.normal(size=(11, 6, 2))
    axis = Axis(np.repeat([0, 1], (7, 4)), (1.0, 0.0))
    found = weighted.interval(values[:, 0], [axis], np.random.default_rng(2))
    np.testing.assert_allclose(found, mean_interval(values[:7, 0], np.random.default_rng(2)))
    both = axis, Axis(np.repeat([0, 1], 3), (0.5, 0.5))
    found = weighted.interval(values, both, np.random.default_rng(2))
    units, classes = [each.of_units for each in both], tuple(each.classes for each in both)
    known = crossed_interval(values, *units, np.random.default_rng(2), classes=classes)
    np.testing.assert_allclose(found, known)
    tested = weighted.test(values, both)
    np.testing.assert_array_equal(tested.p, crossed_test(values, *units, classes).p)


def test_a_class_without_units_has_no_weight_to_give():
    np.testing.assert_array_equal(Axis(np.zeros(2, int), (1.0, -1.0)).of_units, [0.5, 0.5])
    np.testing.assert_array_equal(Axis(np.array([0, 0, 1]), (1.0, -1.0)).of_units, [0.5, 0.5, -1])
    assert weighted.estimate(np.array([[1.0], [3.0]]), [Axis(np.zeros(2, int), (1.0, 0.0))]) == [2]


def test_a_low_tail_counts_where_the_estimate_is_above_0():
    """To the first order in the skewness the correction is Hall's; unlike his it grows with t."""
    t, skew = np.array([3.0, -3.0, 0.0, 3.0, 3.0]), np.array([-0.2, -0.2, -0.2, 0.2, np.nan])
    np.testing.assert_allclose(weighted.with_low_tail(t, skew), [3 / 1.4**0.5 - 0.2 / 6, -3, 0, 3, 3])
    small = np.array(-1e-4)
    assert weighted.with_low_tail(t[0], small) == pytest.approx(weighted.without_skew(t[0], small), abs=1e-6)
    grows = weighted.with_low_tail(np.linspace(0.1, 50, 200), np.array(-0.6))
    assert (np.diff(grows) > 0).all() and grows[-1] > 10
