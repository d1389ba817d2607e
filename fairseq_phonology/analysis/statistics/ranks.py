"""Spearman's correlation where units have weights: that of a sample in which each occurs so many times."""

from __future__ import annotations

import numpy as np


def weighted_ranks(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Mid-ranks of values that occur as often as their weights say.  # both: draws x units -> draws x units"""
    order = np.argsort(values, axis=1, kind="stable")
    sorted_values, times = (np.take_along_axis(one, order, 1) for one in (values, weights))
    after = np.cumsum(times, axis=1)
    changes = np.diff(sorted_values, axis=1) != 0
    edge = np.ones((len(values), 1), bool)
    starts = np.maximum.accumulate(np.where(np.hstack([edge, changes]), after - times, 0), axis=1)
    ends = np.where(np.hstack([changes, edge]), after, np.inf)
    ends = np.minimum.accumulate(ends[:, ::-1], axis=1)[:, ::-1]
    ranks = np.empty_like(after)
    np.put_along_axis(ranks, order, (starts + ends + 1) / 2, 1)
    return ranks


def spearman(x: np.ndarray, y: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """Spearman's correlation of each row, ties with mid-ranks; NaN where one side does not vary.

    Args:
        x, y: of each unit; broadcast against each other.  # draws x units
        weights: how often each unit occurs; None: once.  # draws x units

    Returns:
        # -> draws
    """
    x, y = np.atleast_2d(x), np.atleast_2d(y)
    weights = np.ones((1, x.shape[1])) if weights is None else np.atleast_2d(weights).astype(float)
    size = max(len(x), len(y), len(weights))
    wide = np.broadcast_to(weights, (size, x.shape[1]))
    a, b = (_ranked(one, weights, size) for one in (x, y))
    total = wide.sum(1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        a = a - (wide * a).sum(1, keepdims=True) / total
        b = b - (wide * b).sum(1, keepdims=True) / total
        variance = (wide * a**2).sum(1) * (wide * b**2).sum(1)
        found = (wide * a * b).sum(1) / np.sqrt(variance)
    return np.where(variance > 1e-9, np.clip(found, -1, 1), np.nan)


def _ranked(values: np.ndarray, weights: np.ndarray, size: int) -> np.ndarray:
    rows = size if len(weights) > 1 else len(values)  # ranks depend on the weights, too
    wide = (np.broadcast_to(one, (rows, one.shape[1])) for one in (values.astype(float), weights))
    return weighted_ranks(*wide)
