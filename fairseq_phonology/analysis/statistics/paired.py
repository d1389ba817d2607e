"""Paired differences over a crossed design or real words: is their mean larger than 0? Numbers in, numbers out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .intervals import crossed_interval, crossed_variance, mean_interval
from .permutation import PERMUTATIONS, flip_statistics, joint_p, p_values

LEAST_FLIPPED = 5  # units: 2^5 = 32 ways to flip their signs are the fewest that can reach .05


@dataclass(frozen=True)
class Paired:
    """One-sided tests of a mean, corrected by max-T over the columns of a family.

    Attributes:
        estimate: mean of each column.
        p: ``rows``: signs of the rows' means flipped; ``columns``: of the columns'; ``both``: rows and columns random
            at once. Real words have ``rows`` only.
    """

    estimate: np.ndarray
    p: dict[str, np.ndarray]


def test_paired(
    values: np.ndarray,
    n_permutations: int = PERMUTATIONS,
    seed: int = 1,
    scale: float | None = None,
    family: int | None = None,
) -> Paired:
    """Sign-flips over the means of rows, over the means of columns, and over both at once.

    Null: the difference is symmetric about 0 from row to row, and from column to column: what was done at the trigger
    does no more than the same done elsewhere. For both at once see `joint_p`.

    Args:
        values: differences, finite.  # -> rows x columns x interventions; real words: words x interventions
        n_permutations: of each test; all ways where they are fewer.
        seed: of the flips.
        scale: magnitude of what the differences were computed from; see `permutation.group_statistics`.
        family: number of adjacent interventions that make a family; default all of them.
    """
    if values.ndim == 2:
        t, largest = flip_statistics(values, n_permutations, np.random.default_rng(seed), scale, family)
        return Paired(values.mean(0), {"rows": p_values(t, largest)})
    found = {
        name: flip_statistics(values.mean(axis), n_permutations, np.random.default_rng(seed + axis), scale, family)
        for axis, name in ((1, "rows"), (0, "columns"))
    }
    p = {name: p_values(t, largest) for name, (t, largest) in found.items()}
    variance, _ = crossed_variance(values, *_equal(values))
    estimate = values.mean((0, 1))
    p["both"] = joint_p(found.values(), estimate, variance)
    return Paired(estimate, p)


test_paired.__test__ = False  # pytest would take it for a test of its own


def interval(values: np.ndarray, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """95 % interval of the mean: rows and columns both resampled, or words.  # values as `test_paired`"""
    rng = np.random.default_rng(seed)
    if values.ndim == 2:
        return mean_interval(values, rng)
    return crossed_interval(values, *_equal(values), rng)


def ratio_interval(values: np.ndarray, whole: np.ndarray, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """95 % interval of mean(values) / mean(whole), from the ratio's linear approximation.

    Args:
        values: as `test_paired`.
        whole: the same without the last axis; its mean is not 0.
    """
    share = _mean(values) / whole.mean()
    low, high = interval((values - share * whole[..., None]) / whole.mean(), seed)
    return share + low, share + high


def _mean(values: np.ndarray) -> np.ndarray:
    return values.mean(tuple(range(values.ndim - 1)))


def _equal(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return tuple(np.full(n, 1 / n) for n in values.shape[:2])
