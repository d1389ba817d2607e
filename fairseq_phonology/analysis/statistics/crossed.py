"""The test of a contrast: its estimate over a standard error with stems and suffixes random. Numbers in, numbers out.

What stems add to the variance of a mean and what suffixes add are summed; what single words add is in both, and so
taken off once. A test that takes the suffixes as they are says nothing about other suffixes, and the other way round
(Clark 1973, J. Verbal Learn. Verbal Behav. 12). One-sided, by t with Satterthwaite's degrees of freedom (1946,
Biometrics Bull. 2), corrected over heads by Holm (1979, Scand. J. Stat. 6). Its error rates are simulated in
``benchmarks/error_rates.py``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .intervals import Classes, computable, crossed_variance, of_classes, satterthwaite, variance_of

NOISE = 1e-6  # standard error, as a share of the largest value, below which it is rounding


@dataclass(frozen=True)
class Tested:
    """Of each column (a head, an intervention).

    Attributes:
        estimate, se: the weighted sum or mean, and its standard error.
        df: degrees of freedom; NaN where nothing varies.
        t: estimate / se; NaN where a value is no finite number, or a class has one unit alone. Where nothing varies it
            is that of the least p that so few units can have.
        p: one-sided: is it larger than 0? Not corrected. NaN where t is, or there is one unit alone.
    """

    estimate: np.ndarray
    se: np.ndarray
    df: np.ndarray
    t: np.ndarray
    p: np.ndarray


def crossed_test(
    values: np.ndarray, row_weights: np.ndarray, column_weights: np.ndarray, classes: Classes = None
) -> Tested:
    """Is a weighted sum over a crossed design larger than 0, rows and columns random?

    Args:
        values: of each combination.  # -> rows x columns x heads
        row_weights, column_weights: of the sum.
        classes: as `intervals.crossed_variance`.
    """
    values = computable(values)
    estimate = np.einsum("r,rch,c->h", row_weights, values, column_weights, optimize=True)
    variance, parts = crossed_variance(values, row_weights, column_weights, classes)
    least = max(map(least_p, (row_weights, column_weights)))
    return t_test(estimate, variance, parts, np.abs(values).max((0, 1), initial=0), least)


def grouped_test(values: np.ndarray, classes: np.ndarray, weights: Sequence[float]) -> Tested:
    """Is a weighted sum of the means of classes of units larger than 0? Of two classes Welch's test.

    Args:
        values: of each unit.  # -> units x heads
        classes: of each unit, the number of its class; two units or more in each that has a weight.
        weights: of the mean of each class; 0: it is not in the sum.
    """
    own = of_classes(values, classes, weights)
    estimate = sum(weight * each.mean(0) for weight, each in own)
    parts = [(weight**2 * variance_of(each) / len(each), len(each) - 1) for weight, each in own]
    scale = np.max([np.abs(each).max(0, initial=0) for _, each in own], axis=0)
    least = least_p(np.repeat(*zip(*((weight / len(each), len(each)) for weight, each in own), strict=True)))
    return t_test(estimate, sum(part for part, _ in parts), parts, scale, least)


def mean_test(values: np.ndarray) -> Tested:
    """Is the mean over units larger than 0?  # values: units x heads, two units or more"""
    return grouped_test(values, np.zeros(len(values), int), (1.0,))


def least_p(weights: np.ndarray) -> float:
    """The smallest one-sided p that so few units allow: 1 / number of ways to flip them, or to exchange their classes.

    Args:
        weights: of each unit, 0 of one that does not count; they sum to 0 where classes are compared.

    Returns:
        0, which bounds nothing, where no two units have the same weight: they are no sample.
    """
    _, sizes = np.unique(weights[weights != 0], return_counts=True)
    if sizes.max(initial=0) < 2:
        return 0.0
    if abs(weights.sum()) > 1e-9 * np.abs(weights).sum():
        return 0.5 ** int(sizes.sum())
    return math.exp(sum(math.lgamma(n + 1) for n in sizes) - math.lgamma(sizes.sum() + 1))


def t_test(
    estimate: np.ndarray,
    variance: np.ndarray,
    parts: list[tuple[np.ndarray, int]],
    scale: np.ndarray | float = 0.0,
    least: float = 0.0,
) -> Tested:
    """An estimate over its standard error.

    Args:
        estimate, variance: of each column.
        parts: what the variance is the sum of, each with its degrees of freedom, for Satterthwaite's.
        scale: magnitude of what they were computed from; a standard error of 1e-6 of it, or less, counts as that.
        least: no p is smaller where the standard error is so small: values that are all equal are no more than signs.
    """
    from scipy import stats

    df, se = satterthwaite(variance, parts), np.sqrt(variance)
    divisor = np.maximum(se, NOISE * scale)
    with np.errstate(invalid="ignore", divide="ignore"):
        t = np.where(divisor > 0, estimate / divisor, np.where(np.isfinite(estimate * divisor), 0.0, np.nan))
    freedom = np.where(np.isfinite(df), df, min((freedom for _, freedom in parts), default=np.nan))
    if least:
        most = np.where(se <= NOISE * scale, stats.t.isf(least, freedom), np.inf)
        t = np.clip(t, -most, most)
    return Tested(estimate, se, df, t, stats.t.sf(t, freedom))


def holm(p: np.ndarray, family: int | None = None) -> np.ndarray:
    """p corrected over the tests of each family (Holm 1979); NaN is no test.

    Args:
        p: of each test.
        family: number of adjacent tests that are corrected together; default all of them.
    """
    p = np.asarray(p, float)
    families = p.reshape(-1, family or max(1, p.size))
    order = np.argsort(families, axis=1)  # NaN last
    ordered = np.take_along_axis(families, order, 1)
    left = np.isfinite(families).sum(1)[:, None] - np.arange(families.shape[1])
    with np.errstate(invalid="ignore"):
        stepped = np.where(np.isfinite(ordered), np.minimum(left * ordered, 1.0), 0.0)
        stepped = np.where(np.isfinite(ordered), np.maximum.accumulate(stepped, axis=1), np.nan)
    corrected = np.empty_like(families)
    np.put_along_axis(corrected, order, stepped, 1)
    return corrected.reshape(p.shape)
