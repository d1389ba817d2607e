"""Bootstrap intervals that resample the units that a test permutes, wide enough for the few units there are.

A percentile interval of four or eight units is too short (Hesterberg 2015). Its two arms are therefore stretched by one
factor: the bootstrap's deviation is replaced by the unbiased one, and the normal quantile by that of t with
Satterthwaite's degrees of freedom. Where rows and columns are both resampled (pigeonhole bootstrap, Owen 2007), the
same factor takes back what that bootstrap counts more than once.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

DRAWS = 1999
LEVEL = 0.95
_CELLS = 1 << 21  # of a block of draws x columns x heads: 16 MiB


def crossed_interval(
    values: np.ndarray,
    row_weights: np.ndarray,
    column_weights: np.ndarray,
    rows: bool,
    columns: bool,
    rng: np.random.Generator,
    draws: int = DRAWS,
) -> tuple[np.ndarray, np.ndarray]:
    """95 % interval of a weighted sum over a crossed design. Units are resampled among those of the same weight.

    Args:
        values: of each combination.  # -> rows x columns x heads
        row_weights, column_weights: of the sum; equal within a class, and the classes differ.
        rows, columns: which units are resampled, one of them at least.
        rng: of the draws.
        draws: number of bootstrap samples.

    Returns:
        low and high of each head.
    """
    by_row = np.einsum("rch,c->rh", values, column_weights)
    by_column = np.einsum("rch,r->ch", values, row_weights)
    estimate = row_weights @ by_row
    variance, parts = crossed_variance(values, row_weights, column_weights, rows, columns)

    def drawn(size: int) -> np.ndarray:
        if not columns:
            return _resampled(row_weights, size, rng) @ by_row
        if not rows:
            return _resampled(column_weights, size, rng) @ by_column
        half = np.tensordot(_resampled(row_weights, size, rng), values, 1)  # -> draws x columns x heads
        return np.einsum("dch,dc->dh", half, _resampled(column_weights, size, rng))

    block = max(1, _CELLS // max(1, (values.shape[1] if rows and columns else 1) * values.shape[2]))
    return _stretched(estimate, _in_blocks(drawn, draws, block), variance, parts)


def crossed_variance(
    values: np.ndarray, row_weights: np.ndarray, column_weights: np.ndarray, rows: bool = True, columns: bool = True
) -> tuple[np.ndarray, list[tuple[np.ndarray, int]]]:
    """Variance of a weighted sum whose rows, columns or both are random, and what each class of units adds to it.

    By rows and by columns the noise of single combinations is counted twice, and so taken off once.

    Returns:
        The variance of each head; and for each class its part and its degrees of freedom.
    """
    by_row = _parts(np.einsum("rch,c->rh", values, column_weights), row_weights) if rows else []
    by_column = _parts(np.einsum("rch,r->ch", values, row_weights), column_weights) if columns else []
    sums = [sum(part for part, _ in parts) for parts in (by_row, by_column) if parts]
    variance = sum(sums)
    if len(sums) == 2:
        variance = np.maximum(variance - _residual(values, row_weights, column_weights), np.maximum(*sums))
    return variance, by_row + by_column


def mean_interval(values: np.ndarray, rng: np.random.Generator, draws: int = DRAWS) -> tuple[np.ndarray, np.ndarray]:
    """95 % interval of the mean over units, which are resampled.  # values: units x heads -> low, high of each head"""
    weights = np.full(len(values), 1 / len(values))
    parts = _parts(values, weights)
    block = max(1, _CELLS // max(values.shape))
    samples = _in_blocks(lambda size: _resampled(weights, size, rng) @ values, draws, block)
    return _stretched(values.mean(0), samples, parts[0][0], parts)


def _parts(by_unit: np.ndarray, weights: np.ndarray) -> list[tuple[np.ndarray, int]]:
    """Variance that each class of units adds to the weighted sum, and its degrees of freedom."""
    found = []
    for weight in np.unique(weights):
        members = by_unit[weights == weight]
        found.append(((weight**2) * len(members) * members.var(0, ddof=1), len(members) - 1))
    return found


def _residual(values: np.ndarray, row_weights: np.ndarray, column_weights: np.ndarray) -> np.ndarray:
    """Variance that single combinations add, beyond their row and column: counted by rows and by columns alike."""
    total = np.zeros(values.shape[2])
    for of_row in np.unique(row_weights):
        for of_column in np.unique(column_weights):
            cell = values[row_weights == of_row][:, column_weights == of_column]
            rest = cell - cell.mean(1, keepdims=True) - cell.mean(0, keepdims=True) + cell.mean((0, 1))
            n, m = cell.shape[:2]
            total += of_row**2 * of_column**2 * n * m * (rest**2).sum((0, 1)) / ((n - 1) * (m - 1))
    return total


def _resampled(weights: np.ndarray, size: int, rng: np.random.Generator) -> np.ndarray:
    """The weights times how often each unit is drawn, within its class.  # -> draws x units"""
    times = np.empty((size, len(weights)))
    for weight in np.unique(weights):
        members = weights == weight
        n = int(members.sum())
        times[:, members] = weight * rng.multinomial(n, np.full(n, 1 / n), size)
    return times


def _in_blocks(drawn: Callable[[int], np.ndarray], draws: int, block: int) -> np.ndarray:
    return np.concatenate([drawn(min(block, draws - start)) for start in range(0, draws, block)])


def _stretched(
    estimate: np.ndarray, samples: np.ndarray, variance: np.ndarray, parts: list[tuple[np.ndarray, int]]
) -> tuple[np.ndarray, np.ndarray]:
    from scipy import stats

    tails = ((1 - LEVEL) / 2, (1 + LEVEL) / 2)
    low, high = np.quantile(samples, tails, axis=0)
    deviation = samples.std(0)
    moving = (deviation > 0) & (variance > 0)
    spread = sum(part**2 / freedom for part, freedom in parts)
    freedom = np.where(moving, sum(part for part, _ in parts) ** 2 / np.where(spread > 0, spread, 1), 1)
    wanted = stats.t.ppf(tails[1], np.maximum(freedom, 1)) * np.sqrt(np.maximum(variance, 0))
    factor = np.where(moving, wanted / (stats.norm.ppf(tails[1]) * np.where(moving, deviation, 1)), 0)
    return estimate + factor * (low - estimate), estimate + factor * (high - estimate)
