"""Means over a crossed design or real words: intervals, shares of another mean, bootstrap draws, one test.

Values are of rows x columns x interventions, of which rows and columns are random, or of words x interventions.
"""

from __future__ import annotations

import numpy as np

from .crossed import NOISE, crossed_test, mean_test
from .intervals import computable, crossed_interval, mean_interval
from .weighted import third_moment, with_low_tail

DRAWS = 999  # of `drawn_means`


def p_of_means(values: np.ndarray) -> np.ndarray:
    """One-sided p, not corrected, of means over 0: rows and columns random, or words.  # -> interventions

    The larger of that of t and that of t corrected for units that are skewed to the left (`weighted.with_low_tail`).
    """
    from scipy import stats

    values = computable(values)
    tested = mean_test(values) if values.ndim == 2 else crossed_test(values, *_equal(values))
    corrected = with_low_tail(tested.t, _skewness(values, tested.se))
    return np.fmax(tested.p, stats.t.sf(corrected, tested.df))  # NaN: nothing varies


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


def _skewness(values: np.ndarray, se: np.ndarray) -> np.ndarray:
    """Of the mean, whose standard error is given: what units of each kind, three or more, add to its third moment.

    0 where the standard error is rounding.
    """
    units = range(values.ndim - 1)
    by_unit = [values.mean(tuple(other for other in units if other != kind)) for kind in units]
    third = sum((third_moment(own) / len(own) ** 2 for own in by_unit if len(own) > 2), np.zeros(values.shape[-1]))
    varies = se > NOISE * np.abs(values).max(tuple(units))
    return np.where(varies, third / np.where(varies, se, 1.0) ** 3, 0.0)


def _equal(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return tuple(np.full(n, 1 / n) for n in computable(values).shape[:2])
