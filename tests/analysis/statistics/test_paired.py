"""Means over rows and columns that are both random, or over words: one p, intervals, bootstrap draws."""

import numpy as np
import pytest

from fairseq_phonology.analysis.statistics.crossed import crossed_test, mean_test
from fairseq_phonology.analysis.statistics.paired import drawn_means, interval, p_of_means, ratio_interval


def test_words_have_the_t_test():
    from scipy import stats

    values = np.array([[1.0, -1.0], [2.0, 0.0], [1.0, 1.0], [3.0, 2.0], [1.0, -2.0]])  # none is skewed to the left
    expected = stats.ttest_1samp(values, 0, alternative="greater").pvalue
    assert p_of_means(values) == pytest.approx(expected)


def test_a_low_tail_makes_p_larger():
    """The same deviations, upside down: the mean is as far above 0, and the p of t the same."""
    from scipy import stats

    deviations = np.array([3.0, -1, -1, -1, 0, 0.5, -0.5, 0])[:, None]
    upward, downward = (p_of_means(1 + sign * deviations)[0] for sign in (1, -1))
    assert upward == pytest.approx(stats.ttest_1samp(1 + deviations, 0, alternative="greater").pvalue[0])
    assert downward > 1.5 * upward
    assert p_of_means(1 - deviations * 1e-9)[0] == pytest.approx(0.5**8)  # rounding has no skewness


def test_means_of_skewed_stems_or_suffixes():
    """Few stems, or suffixes, of an exponential distribution with its tail below, mean 0, and a family's strict p."""
    rng = np.random.default_rng(6)
    stems = 1 - rng.exponential(size=(8, 1, 20_000)) + 0.2 * rng.normal(size=(8, 8, 20_000))
    for values in (stems, stems.swapaxes(0, 1), stems.mean(1)):
        t = crossed_test(values, np.full(8, 1 / 8), np.full(8, 1 / 8)) if values.ndim == 3 else mean_test(values)
        assert (t.p < 0.004).mean() > 0.025 and (p_of_means(values) < 0.004).mean() < 0.6 * (t.p < 0.004).mean()


def test_one_suffix_that_does_it_all():
    """Stems agree, for each stands with that suffix; the suffixes do not."""
    values = np.random.default_rng(1).normal(0, 0.01, (30, 8, 1))
    values[:, 0] += 8
    assert p_of_means(values.mean(1))[0] < 0.001 and p_of_means(values)[0] > 0.05


def test_draws_resample_rows_and_columns():
    rng = np.random.default_rng(3)
    values = 1 + rng.normal(0, 1, (40, 1, 2)) + rng.normal(0, 1, (1, 30, 2)) + rng.normal(0, 1, (40, 30, 2))
    means = drawn_means(values, draws=4000)
    assert means.shape == (4000, 2) and means.mean(0) == pytest.approx(values.mean((0, 1)), abs=0.02)
    rows, columns = values.mean(1).var(0) / 40, values.mean(0).var(0) / 30
    assert means.std(0) == pytest.approx(np.sqrt(rows + columns), rel=0.1)
    assert drawn_means(values[:, 0]).std(0) == pytest.approx(values[:, 0].std(0) / np.sqrt(40), rel=0.1)


def test_intervals():
    rng = np.random.default_rng(4)
    whole = 10 + rng.normal(0, 2, (30, 8))
    low, high = ratio_interval(np.stack([whole / 2, np.zeros_like(whole)], 2), whole)
    np.testing.assert_allclose([low, high], [[0.5, 0], [0.5, 0]], atol=1e-12)  # always the half, whatever the word
    low, high = ratio_interval(np.stack([whole.mean() / 2 + rng.normal(0, 1, (30, 8))], 2), whole)
    assert low[0] < 0.5 < high[0]
    low, high = interval(whole[..., None])
    assert low[0] < whole.mean() < high[0]
    few, many = (interval(whole[:, :n].mean(1)[:, None]) for n in (2, 8))
    assert few[1] - few[0] > many[1] - many[0]


def test_shares_of_one_whole_each():
    whole = np.random.default_rng(5).normal(10, 2, (12, 2))
    found = ratio_interval(whole * [0.5, 0.25], whole)
    np.testing.assert_allclose(found, [[0.5, 0.25]] * 2)
    each, seeded = (ratio_interval(whole[:, :1], whole[:, 1:], seed) for seed in (1, 2))
    share = whole[:, 0].mean() / whole[:, 1].mean()
    expected = interval((whole[:, :1] - share * whole[:, 1:]) / whole[:, 1].mean(), 1)
    np.testing.assert_allclose(each, [[share + end[0]] for end in expected])
    assert each[0] != seeded[0]


def test_bootstrap_means_keep_what_does_not_vary():
    np.testing.assert_allclose(drawn_means(np.full((4, 3, 2), 7.0), draws=5), np.full((5, 2), 7.0))
    assert drawn_means(np.ones((4, 1))).shape == (999, 1)
