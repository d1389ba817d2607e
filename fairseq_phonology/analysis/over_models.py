"""Tests and intervals whose unit is the model: numbers in, numbers out.

The intervals are those of t. One by inversion of the sign-flip test would need no normal distribution, but with six
models its level is .969, its ends are the smallest and the largest model, and with fewer there is none; that of t also
covers what it should (``benchmarks/model_calibration.py``). So p can be under .05 where the interval includes 0: all of
six models have one sign, some hardly so.
"""

from __future__ import annotations

import numpy as np

from .intervals import LEVEL
from .model_rows import FEWEST
from .permutation import PERMUTATIONS, sign_flip


def flip_models(values: np.ndarray, seed: int = 1, scale: float | None = None, family: int | None = None) -> np.ndarray:
    """Two-sided p of each mean by flipping the signs of whole models, max-T over the tests of a family.

    All 2^n ways while there are no more than 9,999 of them (13 models), else 9,999 random ones.

    Args:
        values: models x tests.
        seed: of random flips.
        scale: magnitude of what the values were computed from; see `permutation.two_groups`.
        family: number of adjacent tests that make a family; default all of them.

    Returns:
        p of each test; NaN under six models, of which no p could be under .05.
    """
    values = np.asarray(values, float)
    models, tests = values.shape
    if models < FEWEST:
        return np.full(tests, np.nan)
    families = values.reshape(models, -1, family or tests)
    # a two-sided test: each mean and its negative, of which one counts
    sides = np.concatenate([families, -families], 2).reshape(models, -1)
    _, p = sign_flip(sides, PERMUTATIONS, np.random.default_rng(seed), scale, 2 * families.shape[2])
    return p.reshape(families.shape[1], 2, -1).min(1).ravel()


def model_interval(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """95 % interval of t for the mean over models; NaN for one model.  # values: models x tests -> low, high"""
    from scipy import stats

    values = np.asarray(values, float)
    models = len(values)
    if models < 2:
        return (np.full(values.shape[1:], np.nan),) * 2
    arm = stats.t.ppf((1 + LEVEL) / 2, models - 1) * values.std(0, ddof=1) / np.sqrt(models)
    return values.mean(0) - arm, values.mean(0) + arm


def share_interval(values: np.ndarray, whole: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """mean(values) / mean(whole) over models, with its 95 % interval, from the ratio's linear approximation.

    Args:
        values: models x tests.
        whole: what the shares are shares of; its mean is not 0.  # -> models
    """
    share = values.mean(0) / whole.mean()
    low, high = model_interval((values - share * whole[:, None]) / whole.mean())
    return share, share + low, share + high
