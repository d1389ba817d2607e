"""Permutation tests of one or many families of heads at once. Knows units and numbers, nothing of attention.

One-sided, studentized, corrected by max-T: the largest statistic of a family under each relabeling is what every
head of the family is compared with (Westfall & Young 1993). Studentized, the test keeps its level also where the two
groups differ in spread (Janssen 1997; Chung & Romano 2013).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

import numpy as np

PERMUTATIONS = 9999
_CELLS = 1 << 21  # of a block of relabelings x heads: 16 MiB each, some five of them at a time
_NOISE = 1e-6  # deviation, as a share of the scale, that is rounding and not variance
_LEAST_ERROR = 1e-4  # standard error, as a share of the deviation: finite where both groups are constant and differ
_TIE = 1e-9  # relative difference below which two statistics are the same


def relabelings(labels: np.ndarray, n_permutations: int, rng: np.random.Generator) -> np.ndarray:
    """Ways to give the units their labels, the actual one first.  # -> relabelings x units, bool

    All of them where they are no more than ``n_permutations``, else that many random ones after the actual one. Either
    way the share of relabelings with a statistic at least as large as the actual one is the p-value: exact in the
    first case, (b + 1) / (B + 1) in the second.

    Args:
        labels: of each unit, whether it is in the first group.  # -> units, bool
        n_permutations: B.
        rng: of the random ones.
    """
    labels = np.asarray(labels, bool)
    n, first = len(labels), int(labels.sum())
    if math.comb(n, first) <= n_permutations:
        others = (np.isin(np.arange(n), chosen) for chosen in itertools.combinations(range(n), first))
        return np.array([labels, *(other for other in others if (other != labels).any())])
    chosen = np.zeros((n_permutations + 1, n), bool)
    chosen[0] = labels
    for start in range(1, n_permutations + 1, 1000):  # in parts: the random numbers need 64 times the labels' memory
        block = chosen[start : start + 1000]
        where = np.argpartition(rng.random(block.shape), first - 1, axis=1)[:, :first]
        np.put_along_axis(block, where, True, axis=1)
    return chosen


def group_statistics(
    values: np.ndarray, ways: np.ndarray, scale: float | None = None, family: int | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Is the first group's mean larger, in any head of one or many families? See `p_values`.

    The statistic is Welch's t. A head whose values are all the same has t = 0. Where only the variance within both
    groups vanishes (a head at the limits of the logit), the standard error is taken as 1/10,000 of the deviation.

    Args:
        values: one a unit and head, finite.  # -> units x heads
        ways: relabelings, the actual one first; two units or more in each group.  # -> relabelings x units, bool
        scale: magnitude of what the values were computed from; a deviation below 1e-6 of it is rounding. Default: the
            largest absolute value.
        family: number of adjacent heads that make a family; default all of them.

    Returns:
        t of each head, and the largest of each family under each relabeling.  # -> heads; relabelings x families
    """
    raw = np.asarray(values, float)
    values = _standardized(raw - raw.mean(0), np.abs(raw).max(initial=0) if scale is None else scale)
    n, first = ways.shape[1], int(ways[0].sum())
    second = n - first
    total, squares = values.sum(0), (values**2).sum(0)
    both = np.concatenate([values, values**2], 1)

    def statistic(chosen: np.ndarray) -> np.ndarray:
        sums, own = np.split(chosen.astype(float) @ both, 2, axis=1)
        rest = total - sums
        error = (own - sums**2 / first) / (first * (first - 1))
        error += (squares - own - rest**2 / second) / (second * (second - 1))
        return (sums / first - rest / second) / np.sqrt(np.maximum(error, _LEAST_ERROR**2))

    return _with_largest(statistic, ways, family)


def sign_flip(
    values: np.ndarray,
    n_permutations: int = PERMUTATIONS,
    rng: np.random.Generator | None = None,
    scale: float | None = None,
    family: int | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Is the mean larger than 0, in any head? Signs of whole units are flipped: all 2^n ways where they are no more.

    Returns t and max-T p of each head; arguments as `group_statistics`; a head whose values are all 0 has t = 0.
    """
    t, largest = flip_statistics(values, n_permutations, rng, scale, family)
    return t, p_values(t, largest)


def flip_statistics(
    values: np.ndarray,
    n_permutations: int = PERMUTATIONS,
    rng: np.random.Generator | None = None,
    scale: float | None = None,
    family: int | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """What `sign_flip` tests with: t of each head, and the largest of each family under each way to flip signs."""
    rng = rng if rng is not None else np.random.default_rng(1)
    values = np.asarray(values, float)
    values = _standardized(values, np.abs(values).max(initial=0) if scale is None else scale)
    n = len(values)
    squares = (values**2).sum(0)

    def statistic(flipped: np.ndarray) -> np.ndarray:
        sums = (1.0 - 2.0 * flipped) @ values
        error = (squares - sums**2 / n) / (n * max(n - 1, 1))
        return sums / n / np.sqrt(np.maximum(error, _LEAST_ERROR**2))

    return _with_largest(statistic, flips(n, n_permutations, rng), family)


def p_values(t: np.ndarray, largest: np.ndarray) -> np.ndarray:
    """Share of relabelings whose largest statistic of the family is no smaller than a head's.  # -> heads

    Args:
        t: of each head.
        largest: of each family under each relabeling, the actual one included.  # -> relabelings x families
    """
    families = largest.shape[1]
    bars = (t - _TIE * np.maximum(1, np.abs(t))).reshape(families, -1)
    ordered = np.sort(largest, axis=0)
    below = [np.searchsorted(column, bar) for column, bar in zip(ordered.T, bars, strict=True)]
    return (len(largest) - np.concatenate(below)) / len(largest)


def flips(n: int, n_permutations: int, rng: np.random.Generator) -> np.ndarray:
    """Which signs to flip, none of them first.  # -> relabelings x units, bool"""
    if n < 60 and 2**n <= n_permutations:
        return ((np.arange(2**n)[:, None] >> np.arange(n)) & 1).astype(bool)
    flips = np.zeros((n_permutations + 1, n), bool)
    width = -(-n // 8)
    for start in range(1, n_permutations + 1, 1000):
        block = flips[start : start + 1000]
        drawn = np.frombuffer(rng.bytes(len(block) * width), np.uint8).reshape(len(block), width)
        block[:] = np.unpackbits(drawn, axis=1)[:, :n]
    return flips


def _standardized(values: np.ndarray, scale: float) -> np.ndarray:
    """Divided by the root mean square of each head; a head of rounding noise is 0.  # -> units x heads"""
    size = np.sqrt((values**2).mean(0))
    noise = size <= _NOISE * scale
    return np.where(noise, 0.0, values / np.where(noise, 1.0, size))


def _with_largest(
    statistic: Callable[[np.ndarray], np.ndarray], ways: np.ndarray, family: int | None
) -> tuple[np.ndarray, np.ndarray]:
    observed = statistic(ways[:1])[0]
    family = family or len(observed)
    largest = np.empty((len(ways), len(observed) // family))
    step = max(1, _CELLS // max(len(observed), ways.shape[1]))
    for start in range(0, len(ways), step):
        part = statistic(ways[start : start + step])
        largest[start : start + step] = part.reshape(len(part), -1, family).max(2)
    return observed, largest
