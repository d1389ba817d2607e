"""The tests themselves: against hand-made relabelings, against scipy, and by their error rates."""

import itertools

import numpy as np
import pytest
from scipy import stats

from fairseq_phonology.analysis.statistics.permutation import group_statistics, p_values, relabelings, sign_flip


def labels(first, second):
    return np.arange(first + second) < first


def two_groups(values, labels, b=9999, scale=None):
    t, largest = group_statistics(values, relabelings(labels, b, np.random.default_rng(1)), scale)
    return t, p_values(t, largest)


def welch(values, chosen):
    return stats.ttest_ind(values[chosen], values[~chosen], equal_var=False).statistic


def test_few_units_get_every_relabeling_once_the_actual_one_first():
    ways = relabelings(np.array([False, True, True, False]), 9999, np.random.default_rng(1))
    assert ways[0].tolist() == [False, True, True, False]
    assert {tuple(np.flatnonzero(way)) for way in ways} == set(itertools.combinations(range(4), 2)) and len(ways) == 6


@pytest.mark.parametrize(("first", "second", "b", "expected"), [(4, 4, 69, 70), (4, 4, 70, 70), (8, 8, 999, 1000)])
def test_many_units_get_b_relabelings_beside_the_actual_one(first, second, b, expected):
    ways = relabelings(labels(first, second), b, np.random.default_rng(1))
    assert len(ways) == expected and (ways.sum(1) == first).all() and (ways[0] == labels(first, second)).all()


def test_random_relabelings_put_every_unit_into_either_group_alike():
    ways = relabelings(labels(5, 15), 4000, np.random.default_rng(2))[1:]
    assert np.abs(ways.mean(0) - 0.25).max() < 4 * np.sqrt(0.25 * 0.75 / 4000)


def test_relabelings_depend_on_the_seed_alone():
    one, two, other = (relabelings(labels(8, 8), 50, np.random.default_rng(seed)) for seed in (3, 3, 4))
    assert (one == two).all() and (one != other).any()


def test_the_statistic_is_welchs_and_p_is_the_share_of_relabelings_by_hand():
    values, actual = np.random.default_rng(5).normal(size=(7, 3)), labels(3, 4)
    values[:3, 1] += 2
    t, p = two_groups(values, actual)
    everything = []
    for chosen in itertools.combinations(range(7), 3):
        way = np.isin(np.arange(7), chosen)
        everything.append([welch(values[:, head], way) for head in range(3)])
    largest = np.max(everything, 1)
    assert t == pytest.approx([welch(values[:, head], actual) for head in range(3)])
    assert p == pytest.approx([(largest >= each - 1e-9).mean() for each in t])


def test_the_largest_possible_difference_has_the_smallest_possible_p():
    values = np.array([9, 8, 7.5, 7, 1, 2, 3, 2.5])[:, None]
    assert two_groups(values, labels(4, 4))[1] == pytest.approx([1 / 70])
    assert two_groups(-values, labels(4, 4))[1] == pytest.approx([1])
    assert two_groups(np.repeat(values, 3, 0), labels(12, 12), 199)[1] == pytest.approx([1 / 200])


def test_a_second_head_can_only_raise_p():
    values = np.random.default_rng(6).normal(size=(12, 2))
    one = two_groups(values[:, :1], labels(6, 6))[1][0]
    assert two_groups(values, labels(6, 6))[1][0] > one


@pytest.mark.parametrize(
    "values",
    [np.full(8, 0.7), np.full(8, 0.7) + 1e-9 * np.random.default_rng(1).normal(size=8), np.zeros(8)],
    ids=["constant", "rounding", "zero"],
)
def test_a_head_that_does_not_vary_has_t_0(values):
    t, p = two_groups(values[:, None], labels(4, 4))
    assert t[0] == 0 and p[0] == 1


def test_rounding_is_told_by_the_scale_of_what_the_values_come_from():
    noise = 1e-8 * np.arange(8.0)[::-1, None]
    assert two_groups(noise, labels(4, 4), scale=1.0)[0] == 0
    assert two_groups(noise, labels(4, 4))[0] > 2


def test_groups_that_are_constant_and_differ_are_told_apart():
    """A head at the two limits of the logit is the clearest there is, not one without variance."""
    t, p = two_groups(np.array([6.9] * 4 + [0.0] * 4)[:, None], labels(4, 4))
    assert np.isfinite(t[0]) and t[0] > 100 and p[0] == pytest.approx(1 / 70)


def test_a_large_common_level_costs_no_accuracy():
    values = np.random.default_rng(7).normal(size=(10, 2))
    t, p = two_groups(values, labels(5, 5))
    far, same = two_groups(values + 1e5, labels(5, 5), scale=1.0)
    assert far == pytest.approx(t, rel=1e-6) and same == pytest.approx(p)


def test_families_side_by_side_are_tested_one_by_one():
    values = np.random.default_rng(8).normal(size=(16, 6))
    ways = relabelings(labels(8, 8), 499, np.random.default_rng(1))
    together = p_values(*group_statistics(values, ways, family=3))
    apart = [p_values(*group_statistics(values[:, part], ways)) for part in (slice(0, 3), slice(3, 6))]
    assert together == pytest.approx(np.concatenate(apart))


def test_blocks_change_nothing(monkeypatch):
    values = np.random.default_rng(9).normal(size=(16, 4))
    whole = two_groups(values, labels(8, 8), 499), sign_flip(values, 499)
    monkeypatch.setattr("fairseq_phonology.analysis.statistics.permutation._CELLS", 64)
    assert np.allclose(whole, (two_groups(values, labels(8, 8), 499), sign_flip(values, 499)))


def test_sign_flip_by_hand():
    values = np.random.default_rng(10).normal(0.5, 1, (6, 2))
    t, p = sign_flip(values)
    assert t == pytest.approx(stats.ttest_1samp(values, 0).statistic)
    signs = np.array(list(itertools.product((1, -1), repeat=6)))
    largest = np.max([stats.ttest_1samp(values * each[:, None], 0).statistic for each in signs], 1)
    assert p == pytest.approx([(largest >= each - 1e-9).mean() for each in t])


@pytest.mark.parametrize(("n", "b", "smallest"), [(5, 9999, 1 / 32), (40, 499, 1 / 500)])
def test_words_that_all_agree_have_the_smallest_p(n, b, smallest):
    values = 1 + 0.1 * np.random.default_rng(1).normal(size=(n, 1))
    assert sign_flip(values, b)[1] == pytest.approx([smallest])
    assert sign_flip(np.ones((n, 1)), b)[1] == pytest.approx([smallest])
    assert sign_flip(np.zeros((n, 1)), b)[0] == 0 and sign_flip(np.zeros((n, 1)), b)[1] == 1


@pytest.mark.parametrize("ratio", [1, 4], ids=["same spread", "four times the spread"])
def test_the_family_wise_error_rate_is_kept(ratio):
    """Binomial bounds at 1 in 10,000: a test that forgets the other heads (.46) or the variances is far outside."""
    simulations, heads = 600, 12
    rng = np.random.default_rng(11)
    values = rng.normal(size=(32, simulations * heads))
    values[:16] *= ratio
    ways = relabelings(labels(16, 16), 499, rng)
    p = p_values(*group_statistics(values, ways, family=heads)).reshape(-1, heads)
    low, high = stats.binom.ppf([0.0001, 0.9999], simulations, 0.05)
    assert low * (0.7 if ratio > 1 else 1) <= (p < 0.05).any(1).sum() <= high * (1.3 if ratio > 1 else 1)


def test_the_error_rate_of_the_sign_flip_is_kept():
    rng = np.random.default_rng(12)
    p = sign_flip(rng.standard_t(4, size=(20, 600 * 12)), 499, rng, family=12)[1].reshape(-1, 12)
    low, high = stats.binom.ppf([0.0001, 0.9999], 600, 0.05)
    assert low <= (p < 0.05).any(1).sum() <= high
