"""A weighted sum of the means of classes of units: its estimate, its interval, its test. Numbers in, numbers out.

Every contrast is one. The units that are random lie on one axis (words with their own 2 x 2; items, in all levels of a
condition or in one each), or on two that are crossed (stems and suffixes); classes and their weights say the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .crossed import Tested, crossed_test, grouped_test
from .intervals import computable, crossed_interval, of_classes, sum_interval, variance_of


@dataclass(frozen=True)
class Axis:
    """Random units of one kind.

    Attributes:
        classes: of each unit, the number of its class, from 0.
        weights: of the mean of each class.
    """

    classes: np.ndarray
    weights: tuple[float, ...]

    @property
    def of_units(self) -> np.ndarray:
        """The weight of each unit: classes weigh the same however many units they have."""
        sizes = np.bincount(self.classes, minlength=len(self.weights))
        return (np.array(self.weights) / np.maximum(sizes, 1))[self.classes]


def estimate(values: np.ndarray, axes: Sequence[Axis]) -> np.ndarray:
    """The weighted sum.  # values: units x heads, or rows x columns x heads -> heads"""
    if len(axes) == 1:
        return sum(weight * each.mean(0) for weight, each in of_classes(values, axes[0].classes, axes[0].weights))
    rows, columns = (axis.of_units for axis in axes)
    return np.einsum("r,rch,c->h", rows, computable(values), columns, optimize=True)


def interval(values: np.ndarray, axes: Sequence[Axis], rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """95 % interval, units resampled within their class.  # -> low, high of each head"""
    if len(axes) == 1:
        weights = axes[0].of_units
        own = weights != 0
        return sum_interval(values[own], weights[own], axes[0].classes[own], rng)
    rows, columns = axes
    return crossed_interval(values, rows.of_units, columns.of_units, rng, classes=(rows.classes, columns.classes))


def test(values: np.ndarray, axes: Sequence[Axis]) -> Tested:
    """Is it larger than 0? Not corrected over heads."""
    if len(axes) == 1:
        return grouped_test(values, axes[0].classes, axes[0].weights)
    rows, columns = axes
    return crossed_test(values, rows.of_units, columns.of_units, (rows.classes, columns.classes))


test.__test__ = False  # pytest would take it for a test of its own


def skewness(values: np.ndarray, axis: Axis, pooled: bool = False) -> np.ndarray:
    """Skewness of the weighted sum's own distribution over samples of units.  # -> heads

    From the unbiased third central moments of the classes; NaN where nothing varies, or a class has two units.

    Args:
        values: of each unit.  # -> units x heads
        axis: their classes, and the weights.
        pooled: as if all classes had one shape, which more units tell than those of the smallest.
    """
    own = of_classes(values, axis.classes, axis.weights)
    with np.errstate(invalid="ignore", divide="ignore"):
        of = [(weight, len(each), variance_of(each) ** 0.5, third_moment(each)) for weight, each in own]
        variance = sum(weight**2 * deviation**2 / n for weight, n, deviation, _ in of)
        if pooled:
            shape = sum(n * third / deviation**3 for _, n, deviation, third in of) / sum(n for _, n, _, _ in of)
            of = [(weight, n, deviation, shape * deviation**3) for weight, n, deviation, _ in of]
        return sum(weight**3 * third / n**2 for weight, n, _, third in of) / variance**1.5


def skewness_variance(values: np.ndarray, axis: Axis) -> np.ndarray:
    """Variance of `skewness` over samples of normal units whose classes have these deviations.  # -> heads

    In normal samples of n the skewness of a class, which does not depend on their deviation, has the variance
    6 n (n - 1) / ((n - 2) (n + 1) (n + 3)). NaN where nothing varies, infinite where a class has two units.

    Args:
        values: of each unit.  # -> units x heads
        axis: their classes, and the weights.
    """
    own = of_classes(values, axis.classes, axis.weights)
    with np.errstate(invalid="ignore", divide="ignore"):
        of = [(np.float64(len(each)), weight**2 * variance_of(each) / len(each)) for weight, each in own]
        whole = sum(variance for _, variance in of)
        return sum((variance / whole) ** 3 * 6 * (n - 1) / ((n - 2) * (n + 1) * (n + 3)) for n, variance in of)


def third_moment(values: np.ndarray) -> np.ndarray:
    """The unbiased third central moment over units, three or more.  # units x heads -> heads"""
    n = np.float64(len(values))
    return ((values - values.mean(0)) ** 3).sum(0) * n / ((n - 1) * (n - 2))


def without_skew(t: np.ndarray, skew: np.ndarray) -> np.ndarray:
    """The statistic after the transformation that takes the skewness out (Hall 1992, J. R. Stat. Soc. B 54).

    Args:
        t: an estimate over its standard error.
        skew: of the estimate, as `skewness`; NaN leaves the statistic as it is.
    """
    skew = np.where(np.isfinite(skew), skew, 0.0)
    with np.errstate(over="ignore", invalid="ignore"):
        return t + skew * t**2 / 3 + skew**2 * t**3 / 27 + skew / 6


def with_low_tail(t: np.ndarray, skew: np.ndarray) -> np.ndarray:
    """The statistic of the one-sided test whether an estimate is larger than 0, corrected for units skewed to the left.

    Of such units a sample with a high mean has too small a variance, for both lack the units far below: at a mean
    that is t standard errors too high, the variance to be expected is its estimate times 1 - skew t. With the skewness
    of the mean itself, t changes by skew t^2 / 3 + skew / 6, as in `without_skew`, whose polynomial is flat where
    skew t is near -3, so that effects of any size would be missed; this form grows with t.

    Args:
        t: an estimate over its standard error; 0 or less is left as it is.
        skew: of the estimate, as `skewness`; 0, more, or NaN leaves the statistic as it is.
    """
    skew, above = np.where(skew < 0, skew, 0.0), np.maximum(t, 0.0)
    with np.errstate(over="ignore"):
        return np.where(above > 0, above / np.sqrt(1 - 2 * skew * above / 3) + skew / 6, t)
