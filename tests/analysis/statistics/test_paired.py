"""Means over rows and columns that are both random, or over words: one p, intervals, bootstrap draws."""

import numpy as np
import pytest

from fairseq_phonology.analysis.statistics.paired import drawn_means, interval, p_of_means, ratio_interval


def test_words_have_the_t_test():
    from scipy import stats

    values = np.array([[1.0, -1.0], [2.0, 0.0], [1.0, 1.0], [3.0, 2.0], [1.0, -3.0]])
    expected = stats.ttest_1samp(values, 0, alternative="greater").pvalue
    assert p_of_means(values) == pytest.approx(expected)


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
