"""Intervals of a share of trials."""

from __future__ import annotations

import math

_Z = 1.959963984540054  # of the normal distribution: 97.5 % lies below


def wilson(share: float, n: float) -> tuple[float, float]:
    """95 % interval of a share of n independent trials (Wilson 1927, JASA 22); NaN without any, or of no share."""
    if not n > 0 or not 0 <= share <= 1:
        return math.nan, math.nan
    center = (share + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
    arm = _Z / (1 + _Z**2 / n) * math.sqrt(share * (1 - share) / n + _Z**2 / (4 * n * n))
    return max(0.0, center - arm), min(1.0, center + arm)  # by rounding a little beyond
