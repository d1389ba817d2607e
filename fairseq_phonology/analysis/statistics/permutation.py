"""Relabelings: ways to give units their labels, or to flip their signs. All of them, or very many."""

from __future__ import annotations

import itertools
import math

import numpy as np

PERMUTATIONS = 9999


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
