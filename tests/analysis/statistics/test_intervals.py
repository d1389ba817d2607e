"""Intervals: what they reduce to where theory knows, and how often they cover."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from fairseq_phonology.analysis.contrasts.estimates import weights_of
from fairseq_phonology.analysis.contrasts.simulated import Variances, simulated, simulated_design
from fairseq_phonology.analysis.statistics.intervals import (
    _in_blocks,
    crossed_interval,
    crossed_variance,
    mean_interval,
    satterthwaite,
    sum_interval,
)

UNITS = Variances.only(stem=1.6, suffix=0.7, stem_slope=0.6, suffix_slope=0.45, residual=0.55)  # segments do not differ


def test_over_words_it_is_close_to_the_interval_of_t():
    values = np.random.default_rng(1).normal(size=(60, 3))
    low, high = mean_interval(values, np.random.default_rng(2), 20_000)
    known = stats.t.interval(0.95, 59, values.mean(0), stats.sem(values, 0))
    assert low == pytest.approx(known[0], abs=0.015) and high == pytest.approx(known[1], abs=0.015)


@pytest.mark.parametrize("n", [5, 8])
def test_with_few_words_it_covers_where_a_percentile_interval_does_not(n):
    """Binomial bounds at 1 in 1,000 around .95; the plain percentile interval covers .84 - .90 of the time."""
    values = np.random.default_rng(3).normal(size=(n, 2000))
    low, high = mean_interval(values, np.random.default_rng(4), 499)
    covered = ((low <= 0) & (high >= 0)).sum()
    assert stats.binom.ppf(0.0005, 2000, 0.94) <= covered <= stats.binom.ppf(0.9995, 2000, 0.97)


@pytest.mark.parametrize(
    ("variances", "least", "most"),
    [
        (UNITS, 0.93, 0.985),
        (replace(UNITS, suffix_slope=1), 0.92, 0.98),
        (replace(UNITS, stem_slope=1), 0.92, 0.98),
    ],
    ids=["stated", "suffix slopes", "stem slopes"],
)
def test_the_response_interval_covers_with_both_units_random(variances, least, most):
    grid = simulated_design((8, 8), (4, 4))
    rows, columns = weights_of(grid, "response")
    values = simulated(grid, variances, 0.5, 1, 1000, np.random.default_rng(5))
    low, high = crossed_interval(values, rows, columns, np.random.default_rng(6), 499)
    assert least <= ((low <= 0.5) & (high >= 0.5)).mean() <= most


def test_the_variance_of_rows_and_columns_is_that_of_simulations():
    grid = simulated_design((10, 10), (6, 6))
    rows, columns = weights_of(grid, "response")
    variances = replace(UNITS, suffix_slope=0.5, residual=0.8)
    values = simulated(grid, variances, 0, 1, 4000, np.random.default_rng(7))
    estimates = np.einsum("r,rch,c->h", rows, values, columns)
    assert crossed_variance(values, rows, columns)[0].mean() == pytest.approx(estimates.var(), rel=0.08)


def test_what_does_not_vary_has_no_width():
    grid = simulated_design((4, 4), (4, 4))
    rows, columns = weights_of(grid, "response")
    values = np.outer(grid.undergoes, grid.triggers)[:, :, None] * 0.5
    low, high = crossed_interval(values, rows, columns, np.random.default_rng(1))
    assert low == pytest.approx([0.5]) and high == pytest.approx([0.5])


def test_units_of_a_class_are_resampled_within_it():
    """Two levels: with the classes that the weights tell apart it has no width, else it has."""
    values, weights = np.repeat([0.0, 4.0], 8)[:, None], np.full(16, 1 / 16)
    classes = np.repeat([True, False], 8)
    low, high = sum_interval(values, weights, classes, np.random.default_rng(1))
    assert low == pytest.approx([2]) == high
    low, high = mean_interval(values, np.random.default_rng(1))
    assert low < 1.2 and high > 2.8


def test_a_weighted_sum_over_words_is_close_to_the_interval_of_welch():
    rng = np.random.default_rng(2)
    values = np.concatenate([rng.normal(1, 1, (40, 3)), rng.normal(0, 3, (25, 3))])
    weights = np.repeat([1 / 40, -1 / 25], [40, 25])
    low, high = sum_interval(values, weights, weights > 0, np.random.default_rng(3))
    known = stats.ttest_ind(values[:40], values[40:], equal_var=False).confidence_interval()
    assert low == pytest.approx(known.low, abs=0.15) and high == pytest.approx(known.high, abs=0.15)


def test_main_effects_need_to_be_told_the_classes():
    """Of salience the rows weigh the same, and are still of two classes."""
    grid = simulated_design((8, 8), (8, 8))
    rows, columns = weights_of(grid, "salience")
    values = np.where(grid.undergoes, 0.0, 5.0)[:, None, None] * grid.triggers[None, :, None]
    values = values + np.random.default_rng(4).normal(size=(16, 16, 1)) * 0.01
    found = [
        crossed_interval(values, rows, columns, np.random.default_rng(5), classes=classes)
        for classes in ((grid.undergoes, grid.triggers), None)
    ]
    told, not_told = ((high - low).item() for low, high in found)
    assert told < 0.1 < 1 < not_told


def test_a_class_of_one_unit_is_taken_as_it_is():
    """The end of the word: what varies are the rows, and the columns of the other class."""
    rng = np.random.default_rng(5)
    values = rng.normal(0, 1, (12, 6, 3)) + rng.normal(0, 1, (12, 1, 3)) + rng.normal(0, 1, (1, 6, 3))
    first = np.arange(12) < 6
    rows, columns = np.where(first, 1 / 6, -1 / 6), np.array([1.0, *[-1 / 5] * 5])
    variance, parts = crossed_variance(values, rows, columns)
    by_row = np.einsum("rch,c->rh", values, columns)
    by_column = np.einsum("rch,r->ch", values, rows)[1:]
    of_rows = by_row[first].var(0, ddof=1) / 6 + by_row[~first].var(0, ddof=1) / 6
    of_columns = by_column.var(0, ddof=1) / 5
    twice = 0  # what single words of the second class of columns add
    for own in (first, ~first):
        cell = values[own][:, 1:]
        rest = cell - cell.mean(0) - cell.mean(1, keepdims=True) + cell.mean((0, 1))
        twice = twice + (rest**2).sum((0, 1)) / (5 * 4) / 6 / 5
    np.testing.assert_allclose(variance, np.maximum(of_rows + of_columns - twice, np.maximum(of_rows, of_columns)))
    assert [freedom for _, freedom in parts] == [5, 5, 4]
    turned, its = crossed_variance(values, rows, -columns)  # the single unit first
    np.testing.assert_allclose(turned, variance)
    assert [freedom for _, freedom in its] == [5, 5, 4]
    low, high = crossed_interval(values, rows, columns, np.random.default_rng(1))
    estimate = np.einsum("r,rch,c->h", rows, values, columns)
    half = stats.t.ppf(0.975, satterthwaite(variance, parts)) * np.sqrt(variance)
    np.testing.assert_allclose((high - low) / 2, half, rtol=0.1)
    assert ((low < estimate) & (estimate < high)).all()


@pytest.mark.parametrize(("draws", "block"), [(7, 3), (6, 3), (2, 3), (1, 1)])
def test_blocks_have_as_many_draws_as_were_asked_for(draws, block):
    asked = []
    samples = _in_blocks(lambda size: asked.append(size) or np.full((size, 2), len(asked)), draws, block)
    assert samples.shape == (draws, 2) and max(asked) <= block


def test_where_one_combination_is_all_nothing_can_be_resampled():
    values = np.ones((1, 1, 2))
    variance, parts = crossed_variance(values, np.ones(1), np.ones(1))
    assert variance.tolist() == [0, 0] and not parts
