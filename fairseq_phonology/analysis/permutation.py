"""Permutation tests of one or many families of heads at once. Knows units and numbers, nothing of attention.

One-sided, studentized, corrected by max-T: the largest statistic of a family under each relabeling is what every
head of the family is compared with (Westfall & Young 1993). Studentized, the test keeps its level also where the two
groups differ in spread (Janssen 1997; Chung & Romano 2013).
"""

from __future__ import annotations

import itertools
import math

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


def two_groups(
    values: np.ndarray,
    labels: np.ndarray,
    n_permutations: int = PERMUTATIONS,
    rng: np.random.Generator | None = None,
    *,
    scale: float | None = None,
    family: int | None = None,
    ways: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Is the first group's mean larger, in any head?

    The statistic is Welch's t. A head whose values are all the same has t = 0. Where only the variance within both
    groups vanishes (a head at the limits of the logit), the standard error is taken as 1/10,000 of the deviation.

    Args:
        values: one a unit and head, finite.  # -> units x heads
        labels: of each unit, whether it is in the first group; two units or more in each.  # -> units, bool
        n_permutations, rng: as in `relabelings`.
        scale: magnitude of what the values were computed from; a deviation below 1e-6 of it is rounding. Default: the
            largest absolute value.
        family: number of adjacent heads that make a family; default all of them.
        ways: what `relabelings` gave for these labels, if it is used more than once.

    Returns:
        t and max-T p of each head.
    """
    labels = np.asarray(labels, bool)
    if ways is None:
        ways = relabelings(labels, n_permutations, rng if rng is not None else np.random.default_rng(1))
    values = _standardized(values - values.mean(0), values, scale)
    n, first = len(labels), int(labels.sum())
    second = n - first
    total, squares = values.sum(0), (values**2).sum(0)

    def statistic(chosen: np.ndarray) -> np.ndarray:
        chosen = chosen.astype(float)
        sums, own = chosen @ values, chosen @ values**2
        rest = total - sums
        error = (own - sums**2 / first) / (first * (first - 1))
        error += (squares - own - rest**2 / second) / (second * (second - 1))
        return (sums / first - rest / second) / np.sqrt(np.maximum(error, _LEAST_ERROR**2))

    return _largest(statistic, ways, family)


def sign_flip(
    values: np.ndarray,
    n_permutations: int = PERMUTATIONS,
    rng: np.random.Generator | None = None,
    *,
    scale: float | None = None,
    family: int | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Is the mean larger than 0, in any head? Signs of whole units are flipped: all 2^n ways where they are no more.

    Args and returns as `two_groups`; a head whose values are all 0 has t = 0.
    """
    rng = rng if rng is not None else np.random.default_rng(1)
    n = len(values)
    values = _standardized(values, values, scale)
    squares = (values**2).sum(0)

    def statistic(flipped: np.ndarray) -> np.ndarray:
        sums = (1.0 - 2.0 * flipped) @ values
        error = (squares - sums**2 / n) / (n * (n - 1))
        return sums / n / np.sqrt(np.maximum(error, _LEAST_ERROR**2))

    if n < 60 and 2**n <= n_permutations:
        flips = (np.arange(2**n)[:, None] >> np.arange(n)) & 1  # the first flips nothing
    else:
        flips = np.zeros((n_permutations + 1, n), bool)
        width = -(-n // 8)
        for start in range(1, n_permutations + 1, 1000):
            block = flips[start : start + 1000]
            drawn = np.frombuffer(rng.bytes(len(block) * width), np.uint8).reshape(len(block), width)
            block[:] = np.unpackbits(drawn, axis=1)[:, :n]
    return _largest(statistic, flips, family)


def _standardized(values: np.ndarray, raw: np.ndarray, scale: float | None) -> np.ndarray:
    """Divided by the root mean square of each head; a head of rounding noise is 0.  # -> units x heads"""
    values = np.asarray(values, float)
    size = np.sqrt((values**2).mean(0))
    scale = float(np.abs(raw).max(initial=0)) if scale is None else scale
    noise = size <= _NOISE * scale
    return np.where(noise, 0.0, values / np.where(noise, 1.0, size))


def _largest(statistic, ways: np.ndarray, family: int | None) -> tuple[np.ndarray, np.ndarray]:
    """Observed t, and the share of relabelings whose largest t of the family is no smaller."""
    observed = statistic(ways[:1])[0]
    heads = len(observed)
    family = family or heads
    bar = observed - _TIE * np.maximum(1, np.abs(observed))
    reached = np.zeros(heads)
    step = max(1, _CELLS // max(heads, ways.shape[1]))
    for start in range(0, len(ways), step):
        largest = statistic(ways[start : start + step]).reshape(-1, heads // family, family).max(2)
        for head in range(family):
            reached[head::family] += (largest >= bar[head::family]).sum(0)
    return observed, reached / len(ways)
