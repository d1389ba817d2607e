"""Relabelings: ways to give units their labels, or to flip their signs. All of them, or very many."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import numpy as np

from .intervals import computable

PERMUTATIONS = 9999
_BLOCK = 1000  # relabelings at a time
_NOISE = 1e-6  # an estimate or its standard error, as a share of the largest value, below which it is rounding


def relabelings(labels: np.ndarray, n_permutations: int, rng: np.random.Generator) -> np.ndarray:
    """Ways to give the units their labels, the actual one first.  # -> relabelings x units, bool

    All of them where they are no more than ``n_permutations``, else that many random ones after the actual one.
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


def relabeled_p(
    values: np.ndarray,
    classes: np.ndarray,
    weights: Sequence[float],
    rng: np.random.Generator,
    n_permutations: int = PERMUTATIONS,
) -> np.ndarray:
    """Two-sided p of a weighted sum of the means of classes, by giving the units their classes anew.

    Compared is the sum over its standard error (Janssen 1997, Stat. Probab. Lett. 36), so that classes may differ in
    spread. Of two classes the test is exact where both are alike, whatever the distribution. Of more, residuals of the
    means under the hypothesis are relabeled (Freedman & Lane 1983, J. Bus. Econ. Stat. 1).

    Args:
        values: of each unit.  # -> units x columns
        classes: of each unit, the number of its class; two units or more in each that has a weight.
        weights: of the mean of each class; 0: it is not in the sum.
        rng: of the relabelings.
        n_permutations: B, besides the actual labels.

    Returns:
        p of each column, at least 1 / (B + 1); 1 where the sum is as small as rounding; NaN where a value is no
        finite number, or a class has one unit alone
    """
    weights = np.asarray(weights, float)
    own, values = weights[classes] != 0, computable(values)
    (labels, numbers), values = np.unique(classes[own], return_inverse=True), values[own]
    weights, sizes = weights[labels], np.bincount(numbers)
    if sizes.min() < 2:
        return np.full(values.shape[1], np.nan)
    means = np.array([values[numbers == n].mean(0) for n in range(len(labels))])
    slope = weights @ means / (weights**2 / sizes).sum()
    rests = values - (means - slope * (weights / sizes)[:, None])[numbers]
    noise = _NOISE * np.abs(weights).max() * np.abs(values).max(0, initial=0)

    def squared(labels: np.ndarray) -> np.ndarray:
        """The statistic, squared.  # relabelings x units -> relabelings x columns"""
        estimate, variance = 0.0, 0.0
        for n, (weight, size) in enumerate(zip(weights, sizes, strict=True)):
            here = (labels == n).astype(float)
            total = here @ rests
            estimate = estimate + weight / size * total
            variance = variance + weight**2 * (here @ rests**2 - total**2 / size) / (size * (size - 1))
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(np.abs(estimate) <= noise, 0.0, estimate**2 / np.maximum(variance, noise**2))

    actual, as_large = squared(numbers[None])[0] * (1 - 1e-9), np.ones(values.shape[1])
    for start in range(0, n_permutations, _BLOCK):
        count = min(_BLOCK, n_permutations - start)
        as_large += (squared(numbers[rng.random((count, len(numbers))).argsort(1)]) >= actual).sum(0)
    return np.where(np.isfinite(values).all(0), as_large / (n_permutations + 1), np.nan)
