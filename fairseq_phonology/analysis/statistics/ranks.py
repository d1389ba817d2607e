"""Spearman's correlation where units have weights: that of a sample in which each occurs so many times."""

from __future__ import annotations

import numpy as np


def weighted_ranks(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Mid-ranks of values that occur as often as their weights say.

    Args:
        values, weights: one row, or one for each draw.  # draws x units

    Returns:
        # -> draws x units
    """
    if len(values) == 1:
        return _ranks_of_one(values[0], weights)
    order = np.argsort(values, axis=1)
    ordered, times = (np.take_along_axis(one, order, 1) for one in np.broadcast_arrays(values, weights))
    after = np.cumsum(times, axis=1)
    before = after - times
    changes = np.diff(ordered, axis=1) != 0
    if not changes.all():
        edge = np.ones((len(values), 1), bool)
        before = np.maximum.accumulate(np.where(np.hstack([edge, changes]), before, 0), axis=1)
        after = np.where(np.hstack([changes, edge]), after, np.inf)
        after = np.minimum.accumulate(after[:, ::-1], axis=1)[:, ::-1]
    ranks = np.empty_like(after)
    np.put_along_axis(ranks, order, (before + after + 1) / 2, 1)
    return ranks


def _ranks_of_one(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The same values in every draw: those that tie are one."""
    _, group = np.unique(values, return_inverse=True)
    order = np.argsort(group, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(group[order]) > 0])
    times = np.add.reduceat(weights[:, order], starts, axis=1)
    return (np.cumsum(times, axis=1) - (times - 1) / 2)[:, group]


def standardized_ranks(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Mid-ranks less their mean, with a weighted sum of squares of 1; NaN where they do not vary.  # draws x units"""
    ranks = weighted_ranks(values, weights)
    ranks[np.broadcast_to(np.isnan(values).any(1), len(ranks))] = np.nan
    with np.errstate(invalid="ignore", divide="ignore"):
        ranks -= ((weights * ranks).sum(1) / weights.sum(1))[:, None]
        square = (weights * ranks**2).sum(1)
        return ranks / np.sqrt(np.where(square > 1e-6, square, np.nan))[:, None]


def spearman(x: np.ndarray, y: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """Spearman's correlation of each draw, ties with mid-ranks; NaN where one side does not vary, or has NaN.

    Args:
        x, y: one row, or one for each draw.  # draws x units
        weights: how often each unit occurs; None: once.  # draws x units

    Returns:
        # -> draws
    """
    x, y = (np.atleast_2d(np.asarray(one, float)) for one in (x, y))
    weights = np.ones((1, x.shape[1])) if weights is None else np.atleast_2d(np.asarray(weights, float))
    if not x.size:
        return np.full(max(map(len, (x, y, weights))), np.nan)
    return of_standardized(standardized_ranks(x, weights), standardized_ranks(y, weights), weights)


def of_standardized(a: np.ndarray, b: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Correlation of what `standardized_ranks` made, of each draw."""
    return np.clip(np.einsum("du,du,du->d", *np.broadcast_arrays(weights, a, b)), -1, 1)
