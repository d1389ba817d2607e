"""Tests and intervals whose unit is the model: numbers in, numbers out.

Both ask nothing of the models but that they scatter symmetrically. The interval is that of the test (it includes 0
where p is not under .05): the means of all subsets of the models are values that the true mean lies between with equal
chances (Hartigan 1969, J. Am. Stat. Assoc. 64). Of six models it reaches from the smallest to the largest, at a level
of .969. That of t covers less where the models are of two kinds, or their masses near 0 or 1
(``benchmarks/model_calibration.py``), and can leave the range that a mass has.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .intervals import LEVEL, computable
from .permutation import PERMUTATIONS, flips

_NOISE = 1e-6  # size, as a share of the largest value, that is rounding
_TIE = 1e-9
FEWEST = 6  # models: 2 of 64 ways to flip the signs of six are the first under .05, two-sided


class Mean(NamedTuple):
    """Over models, with its 95 % interval; NaN under six models, of which there is none."""

    mean: float
    low: float
    high: float


def flip_models(values: np.ndarray, seed: int = 1, family: int | None = None) -> np.ndarray:
    """Two-sided p of each mean by flipping the signs of whole models, max-T over the tests of a family.

    All 2^n ways while there are no more than 9,999 of them (13 models), else 9,999 random ones. Flips leave the squares
    as they are, so that the studentized mean grows with the mean over the root of the mean square, which is compared.

    Args:
        values: models x tests.
        seed: of random flips.
        family: number of adjacent tests that make a family; default all of them.

    Returns:
        p of each test; NaN under six models, of which no p could be under .05, and in a family with a value that is no
        finite number.
    """
    values = computable(np.asarray(values, float))
    models, tests = values.shape
    if not tests:
        return np.empty(0)
    known = np.isfinite(values).all(0).reshape(-1, family or tests).all(1).repeat(family or tests)
    values = np.where(known, values, 0.0)
    if models < FEWEST:
        return np.full(tests, np.nan)
    size = np.sqrt((values**2).mean(0))
    size[size <= _NOISE * np.abs(values).max(initial=0)] = np.inf
    signs = 1.0 - 2.0 * flips(models, PERMUTATIONS, np.random.default_rng(seed))
    means = np.abs(signs @ (values / size)).reshape(len(signs), -1, family or tests)
    return np.where(known, (means.max(2, keepdims=True) >= means[:1] - _TIE).mean(0).ravel(), np.nan)


def model_interval(values: np.ndarray, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """95 % interval of the mean over models, from the means of subsets: all, or of over 13 models 9,999 random ones.

    Args:
        values: models x tests.
        seed: of random subsets.

    Returns:
        low and high of each test; NaN under six models, of which there is none.
    """
    values = computable(np.asarray(values, float))
    models = len(values)
    if models < FEWEST:
        return (np.full(values.shape[1:], np.nan),) * 2
    subsets = flips(models, PERMUTATIONS, np.random.default_rng(seed)).astype(float)
    subsets = subsets[subsets.any(1)]
    means = np.sort(subsets @ values / subsets.sum(1)[:, None], axis=0)
    last = int((1 - LEVEL) / 2 * (len(means) + 1)) - 1
    return means[last], means[-1 - last]


def mean_of_models(values: np.ndarray) -> Mean:
    """Mean and interval of one number of each model."""
    low, high = model_interval(values[:, None])
    return Mean(float(computable(values[:, None]).mean()), float(low[0]), float(high[0]))


def share_interval(values: np.ndarray, whole: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """mean(values) / mean(whole) over models, with its 95 % interval, from the ratio's linear approximation.

    Args:
        values: models x tests.
        whole: what the shares are shares of; of a mean of 0 there are none: NaN.  # -> models
    """
    values, mean = computable(values), computable(whole[:, None]).mean() or np.nan
    share = values.mean(0) / mean
    low, high = model_interval((values - share * whole[:, None]) / mean)
    return share, share + low, share + high
