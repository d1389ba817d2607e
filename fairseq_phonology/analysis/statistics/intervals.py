"""Bootstrap intervals that resample the units that a test takes as random, wide enough for the few there are.

A percentile interval of four or eight units is too short (Hesterberg 2015). Its two arms are therefore stretched by one
factor: the bootstrap's deviation is replaced by the unbiased one, and the normal quantile by that of t with
Satterthwaite's degrees of freedom. Where rows and columns are both resampled (pigeonhole bootstrap, Owen 2007), the
same factor takes back what that bootstrap counts more than once.

A class of one unit (the end of the word, of which there is no other) is no sample: it is taken as it is, and what is
resampled are the units of the other classes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

Classes = tuple[np.ndarray, np.ndarray] | None  # of rows, and of columns; None: units of one weight are of one class

DRAWS = 1999
LEVEL = 0.95
_CELLS = 1 << 21  # of a block of draws x columns x heads: 16 MiB
_COMPUTED = 0.22  # power of the largest number: up to it, values have fourth powers that can be summed


def computable(values: np.ndarray) -> np.ndarray:
    """Values that can be squared and summed; most are as they are.

    A column with a value that is no finite number, or whose fourth power is none, is NaN; one of values so small that
    theirs are 0 is 0. In double precision these are values over 1e67 and under 1e-67.

    Args:
        values: of units, or of combinations of units; columns are the last axis.

    Raises:
        ValueError: there is no unit.
    """
    values = np.asarray(values)
    if 0 in values.shape[:-1]:
        raise ValueError(f"no units: values have the shape {values.shape}")
    size = np.abs(values).max(tuple(range(values.ndim - 1)))
    largest = np.finfo(np.result_type(values, np.float32)).max ** _COMPUTED
    if ((size == 0) | ((size >= 1 / largest) & (size <= largest))).all():
        return values
    return np.where(size <= largest, np.where(size < 1 / largest, 0.0, values), np.nan).astype(values.dtype, copy=False)


def crossed_interval(
    values: np.ndarray,
    row_weights: np.ndarray,
    column_weights: np.ndarray,
    rng: np.random.Generator,
    draws: int = DRAWS,
    classes: Classes = None,
) -> tuple[np.ndarray, np.ndarray]:
    """95 % interval of a weighted sum over a crossed design. Units are resampled within their class.

    Args:
        values: of each combination.  # -> rows x columns x heads
        row_weights, column_weights: of the sum; equal within a class.
        rng: of the draws.
        draws: number of bootstrap samples.
        classes: as `crossed_variance`.

    Returns:
        low and high of each head.
    """
    values, classes = computable(values), classes or (row_weights, column_weights)
    estimate = np.einsum("r,rch,c->h", row_weights, values, column_weights, optimize=True)
    variance, parts = crossed_variance(values, row_weights, column_weights, classes)

    def drawn(size: int) -> np.ndarray:
        half = np.tensordot(_resampled(row_weights, classes[0], size, rng), values, 1)  # -> draws x columns x heads
        return np.einsum("dch,dc->dh", half, _resampled(column_weights, classes[1], size, rng))

    block = max(1, _CELLS // max(1, values.shape[1] * values.shape[2]))
    return _stretched(estimate, _in_blocks(drawn, draws, block), variance, parts)


def crossed_variance(
    values: np.ndarray, row_weights: np.ndarray, column_weights: np.ndarray, classes: Classes = None
) -> tuple[np.ndarray, list[tuple[np.ndarray, int]]]:
    """Variance of a weighted sum whose rows and columns are random, and what each class of units adds to it.

    By rows and by columns the noise of single combinations is counted twice, and so taken off once.

    Args:
        values, row_weights, column_weights: as `crossed_interval`.
        classes: of each row, and of each column, its class: units vary within theirs.

    Returns:
        The variance of each head; and for each class its part and its degrees of freedom.
    """
    values = computable(values)
    rows, columns = classes or (row_weights, column_weights)
    by_row = _parts(np.einsum("rch,c->rh", values, column_weights), row_weights, rows)
    by_column = _parts(np.einsum("rch,r->ch", values, row_weights), column_weights, columns)
    nothing = np.zeros(values.shape[2])
    sums = [sum((part for part, _ in parts), nothing) for parts in (by_row, by_column)]
    variance = np.maximum(sum(sums) - _residual(values, row_weights, column_weights, rows, columns), np.maximum(*sums))
    return variance, by_row + by_column


def satterthwaite(variance: np.ndarray, parts: list[tuple[np.ndarray, int]]) -> np.ndarray:
    """Degrees of freedom of a variance, of its parts and theirs; no fewer than the least; NaN where nothing varies."""
    spread = sum(part**2 / freedom for part, freedom in parts)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.maximum(np.square(variance, dtype=float) / spread, min((n for _, n in parts), default=np.nan))


def mean_interval(values: np.ndarray, rng: np.random.Generator, draws: int = DRAWS) -> tuple[np.ndarray, np.ndarray]:
    """95 % interval of the mean over units, which are resampled.  # values: units x heads -> low, high of each head"""
    values = computable(values)
    return sum_interval(values, np.full(len(values), 1 / len(values)), np.zeros(len(values)), rng, draws)


def sum_interval(
    values: np.ndarray, weights: np.ndarray, classes: np.ndarray, rng: np.random.Generator, draws: int = DRAWS
) -> tuple[np.ndarray, np.ndarray]:
    """95 % interval of a weighted sum over units, which are resampled within their class.  # values: units x heads"""
    values = computable(values)
    parts = _parts(values, weights, classes)
    block = max(1, _CELLS // max(values.shape))
    samples = _in_blocks(lambda size: _resampled(weights, classes, size, rng) @ values, draws, block)
    return _stretched(weights @ values, samples, sum(part for part, _ in parts), parts)


def of_classes(values: np.ndarray, classes: np.ndarray, weights: Sequence[float]) -> list[tuple[float, np.ndarray]]:
    """The weight of each class that has one, and the values of its units.

    Raises:
        ValueError: a class with a weight has no unit.
    """
    values = computable(values)
    found = [(weight, values[classes == n]) for n, weight in enumerate(weights) if weight]
    if not all(len(own) for _, own in found):
        raise ValueError(f"a class has a weight and no unit: weights {tuple(weights)}, classes {np.unique(classes)}")
    return found


def variance_of(values: np.ndarray) -> np.ndarray:
    """The unbiased variance over units; NaN of one alone.  # units x heads -> heads"""
    return values.var(0, ddof=1) if len(values) > 1 else np.full(values.shape[1:], np.nan)


def _parts(by_unit: np.ndarray, weights: np.ndarray, classes: np.ndarray) -> list[tuple[np.ndarray, int]]:
    """Variance that each class of units adds to the weighted sum, and its degrees of freedom; none of a single unit."""
    found = []
    for each in np.unique(classes):
        own = classes == each
        members = by_unit[own]
        if len(members) == 1:
            continue
        found.append((weights[own][0] ** 2 * len(members) * members.var(0, ddof=1), len(members) - 1))
    return found


def _residual(
    values: np.ndarray, row_weights: np.ndarray, column_weights: np.ndarray, rows: np.ndarray, columns: np.ndarray
) -> np.ndarray:
    """Variance that single combinations add, beyond their row and column: counted by rows and by columns alike.

    Of a class of one unit it is counted once, by the units that it is combined with.
    """
    total = np.zeros(values.shape[2])
    for of_row in np.unique(rows):
        for of_column in np.unique(columns):
            cell = values[rows == of_row][:, columns == of_column]
            rest = cell - cell.mean(1, keepdims=True) - cell.mean(0, keepdims=True) + cell.mean((0, 1))
            n, m = cell.shape[:2]
            if min(n, m) == 1:
                continue
            weight = row_weights[rows == of_row][0] * column_weights[columns == of_column][0]
            total += weight**2 * n * m * (rest**2).sum((0, 1)) / ((n - 1) * (m - 1))
    return total


def _resampled(weights: np.ndarray, classes: np.ndarray, size: int, rng: np.random.Generator) -> np.ndarray:
    """The weights times how often each unit is drawn, within its class.  # -> draws x units"""
    times = np.empty((size, len(weights)))
    for each in np.unique(classes):
        members = classes == each
        n = int(members.sum())
        times[:, members] = weights[members] * rng.multinomial(n, np.full(n, 1 / n), size)
    return times


def _in_blocks(drawn: Callable[[int], np.ndarray], draws: int, block: int) -> np.ndarray:
    return np.concatenate([drawn(min(block, draws - start)) for start in range(0, draws, block)])


def _stretched(
    estimate: np.ndarray, samples: np.ndarray, variance: np.ndarray, parts: list[tuple[np.ndarray, int]]
) -> tuple[np.ndarray, np.ndarray]:
    from scipy import stats

    if not parts:  # one unit alone of every class: nothing says how far another would be
        return (np.full(np.shape(estimate), np.nan),) * 2
    tails = ((1 - LEVEL) / 2, (1 + LEVEL) / 2)
    low, high = np.quantile(samples, tails, axis=0)
    deviation = samples.std(0)
    moving = (deviation > 0) & (variance > 0)
    freedom = np.where(moving, satterthwaite(variance, parts), 1)
    wanted = stats.t.ppf(tails[1], freedom) * np.sqrt(np.maximum(variance, 0))
    factor = np.where(moving, wanted / (stats.norm.ppf(tails[1]) * np.where(moving, deviation, 1)), 0)
    return estimate + factor * (low - estimate), estimate + factor * (high - estimate)
