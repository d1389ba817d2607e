"""Means over a crossed design or real words: intervals, shares of another mean, bootstrap draws, one test.

Values are of rows x columns x interventions, of which rows and columns are random, or of words x interventions.
"""

from __future__ import annotations

import numpy as np

from .crossed import crossed_test, mean_test
from .intervals import computable, crossed_interval, mean_interval

DRAWS = 999  # of `drawn_means`


def p_of_means(values: np.ndarray) -> np.ndarray:
    """One-sided p, not corrected, of means over 0: rows and columns random, or words.  # -> interventions"""
    tested = mean_test(values) if values.ndim == 2 else crossed_test(values, *_equal(values))
    return tested.p


def interval(values: np.ndarray, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """95 % interval of the mean: rows and columns both resampled, or words."""
    rng = np.random.default_rng(seed)
    if values.ndim == 2:
        return mean_interval(values, rng)
    return crossed_interval(values, *_equal(values), rng)


def ratio_interval(values: np.ndarray, whole: np.ndarray, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """95 % interval of mean(values) / mean(whole), from the ratio's linear approximation.

    Args:
        values: see above.
        whole: one for all, without the last axis, or one of each; of a mean of 0 there are no shares: NaN.
    """
    units = tuple(range(values.ndim - 1))
    values, each = computable(values), computable(whole if whole.ndim == values.ndim else whole[..., None])
    mean = each.mean(units)
    mean = np.where(mean == 0, np.nan, mean)
    share = values.mean(units) / mean
    low, high = interval((values - share * each) / mean, seed)
    return share + low, share + high


def drawn_means(values: np.ndarray, seed: int = 1, draws: int = DRAWS) -> np.ndarray:
    """Means of bootstrap samples, of rows and of columns alike (Owen 2007), or of words.  # -> draws x interventions"""
    rng, values = np.random.default_rng(seed), computable(values)
    times = [rng.multinomial(n, np.full(n, 1 / n), draws) / n for n in values.shape[:-1]]
    means = np.tensordot(times[0], values, 1)
    return means if values.ndim == 2 else np.einsum("dck,dc->dk", means, times[1])


def _equal(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return tuple(np.full(n, 1 / n) for n in computable(values).shape[:2])
