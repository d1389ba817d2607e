"""Relabelings and flips: all of them where they are few, random ones else."""

import itertools

import numpy as np
import pytest
from scipy import stats

from fairseq_phonology.analysis.statistics.permutation import flips, relabeled_p, relabelings


def labels(first, second):
    return np.arange(first + second) < first


def test_few_units_get_every_relabeling_once_the_actual_one_first():
    ways = relabelings(np.array([False, True, True, False]), 9999, np.random.default_rng(1))
    assert ways[0].tolist() == [False, True, True, False]
    assert {tuple(np.flatnonzero(way)) for way in ways} == set(itertools.combinations(range(4), 2)) and len(ways) == 6


@pytest.mark.parametrize(
    ("first", "second", "b", "expected"), [(4, 4, 69, 70), (4, 4, 70, 70), (8, 8, 999, 1000), (8, 8, 1001, 1002)]
)
def test_many_units_get_b_relabelings_beside_the_actual_one(first, second, b, expected):
    ways = relabelings(labels(first, second), b, np.random.default_rng(1))
    assert len(ways) == expected and (ways.sum(1) == first).all() and (ways[0] == labels(first, second)).all()


def test_random_relabelings_put_every_unit_into_either_group_alike():
    ways = relabelings(labels(5, 15), 4000, np.random.default_rng(2))[1:]
    assert np.abs(ways.mean(0) - 0.25).max() < 4 * np.sqrt(0.25 * 0.75 / 4000)


def test_the_first_group_are_those_with_the_smallest_random_numbers():
    drawn = np.random.default_rng(3).random((40, 20))
    ways = relabelings(labels(6, 14), 40, np.random.default_rng(3))[1:]
    assert (ways == (drawn.argsort(1).argsort(1) < 6)).all()


def test_relabelings_depend_on_the_seed_alone():
    one, two, other = (relabelings(labels(8, 8), 50, np.random.default_rng(seed)) for seed in (3, 3, 4))
    assert (one == two).all() and (one != other).any()


def test_few_units_get_every_flip_once_none_first():
    ways = flips(4, 16, np.random.default_rng(1))
    assert not ways[0].any() and len({tuple(way) for way in ways.tolist()}) == 16 == len(ways)


def test_many_units_get_random_flips_after_none():
    ways = flips(40, 2500, np.random.default_rng(1))
    assert ways.shape == (2501, 40) and not ways[0].any()
    assert np.abs(ways[1:].mean(0) - 0.5).max() < 4 * np.sqrt(0.25 / 2500)
    assert (ways == flips(40, 2500, np.random.default_rng(1))).all()


def test_flips_of_more_units_than_a_number_has_bits():
    ways = flips(80, 1001, np.random.default_rng(1))
    assert ways.shape == (1002, 80) and ways[1:].any(1).all() and not ways[0].any()


@pytest.mark.parametrize("weights", [(1.0, -2.0, 1.0), (3.0, 0.0, -1.0), (0.0, 1.0, -1.0)])
def test_p_of_relabeling_by_plain_loops(weights):
    """Two columns of seven units; the sum over its standard error, of residuals under the hypothesis."""
    values, classes = np.random.default_rng(5).exponential(size=(9, 2)) + 3, np.array([0, 2, 1, 1, 2, 0, 2, 0, 2])
    own = [n for n in range(9) if weights[classes[n]]]
    numbers = [int(classes[n]) for n in own]
    size = {label: numbers.count(label) for label in numbers}
    draws = np.random.default_rng(6).random((199, len(own))).argsort(1)

    def statistic(rests, given):
        estimate = variance = 0.0
        for label in size:
            part = [rest for rest, its in zip(rests, given, strict=True) if its == label]
            estimate += weights[label] * np.mean(part)
            variance += weights[label] ** 2 * np.var(part, ddof=1) / len(part)
        return estimate**2 / variance

    found = relabeled_p(values, classes, weights, np.random.default_rng(6), 199)
    for column in range(2):
        of = values[own, column]
        mean = {label: of[[its == label for its in numbers]].mean() for label in size}
        slope = sum(weights[k] * mean[k] for k in size) / sum(weights[k] ** 2 / size[k] for k in size)
        rests = [of[n] - mean[label] + slope * weights[label] / size[label] for n, label in enumerate(numbers)]
        actual = statistic(rests, numbers)
        larger = sum(statistic(rests, [numbers[n] for n in draw]) >= actual * (1 - 1e-9) for draw in draws)
        assert found[column] == pytest.approx((1 + larger) / 200)


def test_p_of_relabeling_is_fishers_of_zeros_and_ones_where_sizes_are_equal():
    values = np.array([1] * 9 + [0] + [1] * 4 + [0] * 6, float)[:, None]
    found = relabeled_p(values, np.repeat([0, 1], 10), (1.0, -1.0), np.random.default_rng(1))
    assert found[0] == pytest.approx(stats.fisher_exact([[9, 1], [4, 6]]).pvalue, abs=0.01)


def test_p_of_relabeling_knows_classes_that_are_not_in_the_sum_and_the_size_of_weights():
    rng = np.random.default_rng(1)
    values, classes = np.concatenate([rng.normal(1, 1, (9, 3)), rng.normal(0, 2, (14, 3))]), np.repeat([0, 2], (9, 14))
    more = np.concatenate([values, 99 + rng.normal(size=(5, 3))]), np.concatenate([classes, [1] * 5])
    one = relabeled_p(values, classes, (1.0, 0.0, -1.0), np.random.default_rng(1))
    np.testing.assert_array_equal(one, relabeled_p(*more, (-3.0, 0.0, 3.0), np.random.default_rng(1)))
    welch = stats.ttest_ind(values[:9], values[9:], equal_var=False).pvalue
    np.testing.assert_allclose(one, welch, atol=0.03)


def test_p_of_relabeling_a_curve_does_not_ask_what_else_differs():
    """a + c - 2 b is 0 although a and c differ: relabeling whole values would give them to b, too."""
    rng = np.random.default_rng(2)
    classes = np.repeat([0, 1, 2], 12)
    values = rng.normal(size=(36, 400)) + np.array([-20.0, 0.0, 20.0])[classes][:, None]
    p = relabeled_p(values, classes, (1.0, -2.0, 1.0), rng, 499)
    assert 0.02 <= (p < 0.05).mean() <= 0.08 and p.min() >= 1 / 500


def test_p_of_relabeling_what_does_not_vary_and_what_is_told_apart_by_class_alone():
    values = np.array([[1.0, 1.0]] * 8 + [[1.0, 0.0]] * 8)
    found = relabeled_p(values, np.repeat([0, 1], 8), (1.0, -1.0), np.random.default_rng(1), 1999)
    assert found[0] == 1 and 1 / 2000 <= found[1] <= 4 / 2000


@pytest.mark.parametrize("size", [1e-9, 1.0, 1e9])
def test_rounding_is_no_ranking_and_what_is_more_is_one(size):
    """Of two classes a difference; of three in a row, which a curve does not see, what rounding leaves of it."""
    first = np.repeat([0, 1], 8)
    values = size * (1 + np.outer(first, [1e-9, 5e-7, 2e-6]))
    for weight in (1.0, 50.0):
        found = relabeled_p(values, first, (weight, -weight), np.random.default_rng(1), 1999)
        assert found[:2].tolist() == [1, 1] and found[2] <= 4 / 2000
    row = np.repeat([0, 1, 2], 6)
    assert relabeled_p(size * (0.1 + 0.1 * row[:, None]), row, (1.0, -2.0, 1.0), np.random.default_rng(1), 99) == 1


@pytest.mark.parametrize("draws", [999, 1000, 1001, 2500])
def test_every_relabeling_is_drawn_once(draws):
    """All are as large as the actual one, where nothing varies: p is 1, not more and not less."""
    assert relabeled_p(np.ones((6, 1)), np.repeat([0, 1], 3), (1.0, -1.0), np.random.default_rng(1), draws) == 1


@pytest.mark.filterwarnings("error")
def test_what_is_no_number_has_no_p_and_nothing_that_varies_the_largest():
    values, classes = np.random.default_rng(16).normal(size=(8, 3)), np.repeat([0, 1], 4)
    values[0, 0], values[:, 1] = np.nan, 2.0
    found = relabeled_p(values, classes, (1.0, -1.0), np.random.default_rng(1), 99)
    alone = relabeled_p(values[:, 2:], classes, (1.0, -1.0), np.random.default_rng(1), 99)
    assert np.isnan(found[0]) and found[1:].tolist() == [1.0, alone[0]]


@pytest.mark.filterwarnings("error")
def test_p_of_relabeling_of_one_unit_and_of_nothing_but_zeros():
    one = relabeled_p(np.arange(9.0)[:, None], np.repeat([0, 1], (1, 8)), (1.0, -1.0), np.random.default_rng(1), 99)
    zeros = relabeled_p(np.zeros((8, 1)), np.repeat([0, 1], 4), (1.0, -1.0), np.random.default_rng(1), 99)
    assert np.isnan(one).all() and zeros.tolist() == [1.0]


@pytest.mark.parametrize("power", [-30, 80])
def test_p_of_relabeling_does_not_ask_for_the_unit_of_measurement(power):
    rng = np.random.default_rng(3)
    values, classes = (
        np.concatenate([rng.normal(1, 0.2, (6, 4)), rng.normal(0, 3, (12, 4))]),
        np.repeat([0, 1], (6, 12)),
    )
    found = [
        relabeled_p(each, classes, (1.0, -1.0), np.random.default_rng(1), 499) for each in (values, values * 2.0**power)
    ]
    np.testing.assert_array_equal(*found)
