"""What keeps a contrast between levels from being claimed: items that are skewed, levels that differ in spread.

Limits are those within which simulations without a difference have few enough claims
(``benchmarks/condition_error_rates.py``).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..criteria import MOST_SPREAD
from ..design.conditions import ConditionDesign
from ..statistics.crossed import Tested
from .levels import LevelContrast

MOST_SKEW = 0.16  # mean skewness of the estimates of many heads, beyond which nothing is claimed, see `most_skew`
LEAST_COLUMNS = 8  # that are many
MOST_SIZE = 0.13  # root mean square of that skewness, beyond what normal items give, see `skew_size`
FEW_SPREAD = 24  # items of a level; with fewer, levels that differ in spread are described


class Corrected(NamedTuple):
    """A contrast with its p of each column, as in `LevelTest`.

    ``shared`` is the skewness if levels have one shape, ``chance`` the variance that ``skew`` has of normal items.
    """

    test: Tested
    skew: np.ndarray
    shared: np.ndarray
    chance: np.ndarray
    p: np.ndarray
    p_skew: np.ndarray


def limits_of(
    design: ConditionDesign, values: np.ndarray, contrast: LevelContrast, own: Corrected, heads: bool
) -> tuple[str, ...]:
    """Why a contrast of these values is described, not claimed: where simulations find too many false claims."""
    found, common, ratio = [], float(common_skew(own)[0]), float(spread_ratio(design, values, contrast)[0])
    most, (size, most_size) = most_skew(own.skew.size), (float(each[0]) for each in skew_size(own))
    if abs(common) > most:
        alike, mean = (f" alike in all {'heads' if heads else 'models'}", "mean ") if own.skew.size > 1 else ("", "")
        found.append(
            f"the items are skewed{alike} ({mean}skewness of the estimate {common:+.2f}, beyond {most:.2f}), so that a "
            "mean of so few is off too often"
        )
    elif size > most_size:
        found.append(
            f"the items are skewed in the {'heads' if heads else 'models'}, one way or the other (root mean square of "
            f"the skewness {size:.2f}, beyond {most_size:.2f}), so that a mean of so few is off too often"
        )
    if ratio > MOST_SPREAD:
        by = "and in one nothing varies" if np.isinf(ratio) else f"by {ratio:.1f} : 1"
        found.append(f"the levels differ in spread, {by}, and one has fewer than {FEW_SPREAD} items")
    return tuple(found)


def most_skew(columns: int) -> float:
    """The mean skewness of the estimates of so many columns beyond which nothing is claimed: few say it less surely."""
    return MOST_SKEW * max(1.0, LEAST_COLUMNS / columns) ** 0.5


def common_skew(own: Corrected, family: int | None = None) -> np.ndarray:
    """Mean skewness of the estimates of all columns, own or of a shared shape, whichever is larger.  # -> families"""
    family = family or max(1, own.skew.size)
    means = [np.nan_to_num(each).reshape(-1, family).mean(1) for each in (own.skew, own.shared)]
    return np.where(np.abs(means[0]) >= np.abs(means[1]), *means)


def skew_size(own: Corrected, family: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Root mean square of the skewness of all columns' estimates, and the most that it may be.  # -> families each

    It has no sign: columns that are skewed in opposite directions do not cancel, as they do in `common_skew`, which
    alone judges a single column. Normal items have a mean square of ``chance``, a larger one of few columns at times.
    """
    family = family or max(1, own.skew.size)
    square, chance = (np.nan_to_num(each).reshape(-1, family).mean(1) for each in (own.skew**2, own.chance))
    most = MOST_SIZE**2 + (1 + 2 / family**0.5) * chance
    return square**0.5, most**0.5 if family > 1 else np.full_like(most, np.inf)


def spread_ratio(
    design: ConditionDesign, values: np.ndarray, contrast: LevelContrast, family: int | None = None
) -> np.ndarray:
    """Largest over smallest standard deviation of the levels compared (median over columns); 1 where it matters not.

    That is within items, where levels are large, and where values are 0 and 1, whose spread is that of their mean.
    Where nothing varies in one level alone the ratio is infinite.  # -> families
    """
    family = family or values.shape[-1]
    sizes = list(design.sizes.values())
    if design.within or min(sizes[n] for n in contrast.compared) >= FEW_SPREAD or two_valued(values):
        return np.ones(values.shape[-1] // family)
    own = (values[design.level_of_item == n].std(0, ddof=1) for n in contrast.compared)
    spread = np.sort([np.median(each.reshape(-1, family), 1) for each in own], axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(spread[-1] > 0, spread[-1] / spread[0], 1.0)


def two_valued(values: np.ndarray) -> bool:
    """Are all of them 0 or 1, so that their mean says their spread and skewness?"""
    return bool(np.isin(values, (0, 1)).all())
