"""Is a contrast there for the segments of its classes, and not for some of them? Numbers in, numbers out.

Stems and suffixes repeat a few segments, so that no test over stems and suffixes says anything about other segments: a
head that prefers one segment to another has a contrast between any two sets that are told apart by these. Hence three
questions, in one `Consistency`: is it positive in every quadruple of one segment of each class; does the real
assignment of segments to classes rank first among all assignments of the same sizes; and is it larger than 0 with the
segments random? The last is asked by the spread of the segments of each side within their classes; each side alone by
t, and both together with Satterthwaite's degrees of freedom. The spread is pooled over the two classes, because they
are few, and again that of each class for itself (Welch 1947), where its segments are no fewer than `OWN_SPREAD`. Where
they are fewer, a pooled spread is too small if the smaller class varies more: whether it does, the heads together tell.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np

from .crossed import NOISE, holm, t_test
from .intervals import LEVEL, computable, variance_of
from .permutation import PERMUTATIONS, relabelings

OTHER = "other"  # what rare segments are pooled under
OWN_SPREAD = 4  # segments of a class, from which its own spread is known well enough
MANY_HEADS = 8  # which together tell whether two classes with fewer segments vary alike
VARY_ALIKE = 0.10  # p under which they do not
_TIE = 1e-9  # relative difference below which two assignments are the same
_CELLS = 1 << 21  # of a block of assignments x heads: 16 MiB


@dataclass(frozen=True)
class Slopes:
    """What the segments of one side of a design give to a contrast.

    Attributes:
        names: of the segments, those of the first class (T, or R) first.
        first: of each, whether it is of the first class.
        weights: of the first class's mean and of the second's.
        values: of each segment and head; the weighted means of the classes sum to the contrast.  # -> segments x heads
    """

    names: tuple[str, ...]
    first: np.ndarray
    weights: tuple[float, float]
    values: np.ndarray

    @property
    def df(self) -> int:
        """Degrees of freedom of the spread within the classes."""
        return len(self.names) - 2

    @property
    def sizes(self) -> tuple[int, int]:
        """How many segments the classes have."""
        return int(self.first.sum()), int((~self.first).sum())

    @property
    def _variances(self) -> tuple[np.ndarray, np.ndarray]:
        """Of the segments within each class; NaN of one with a single segment.  # -> heads, each"""
        return variance_of(self.values[self.first]), variance_of(self.values[~self.first])

    @property
    def deviation(self) -> np.ndarray:
        """Standard deviation within the classes, pooled; NaN where no class has two segments.  # -> heads"""
        if self.df < 1:
            return np.full(self.values.shape[1], np.nan)
        squares = ((n - 1) * own for n, own in zip(self.sizes, self._variances, strict=True) if n > 1)
        return np.sqrt(sum(squares) / self.df)

    @property
    def estimate(self) -> np.ndarray:
        """The contrast with every segment of a class weighing the same.  # -> heads"""
        return self.weights[0] * self.values[self.first].mean(0) + self.weights[1] * self.values[~self.first].mean(0)

    @property
    def pooled(self) -> list[tuple[np.ndarray, int]]:
        """The variance of the estimate, the segments random and their classes alike, with its degrees of freedom."""
        return [(self.deviation**2 * sum(w**2 / n for w, n in zip(self.weights, self.sizes, strict=True)), self.df)]

    @property
    def separate(self) -> list[tuple[np.ndarray, int]]:
        """What each class adds to that variance by its own spread; the classes have two segments or more."""
        return [
            (weight**2 * own / n, n - 1)
            for weight, n, own in zip(self.weights, self.sizes, self._variances, strict=True)
        ]

    def alike(self, family: int) -> np.ndarray:
        """p of classes that vary alike: against a smaller one that varies more, or, of one size, one that does.

        That of each head is by F; those of a family are combined (Fisher 1925), so that other heads, in which the
        larger class varies more, do not hide it. Heads that depend on each other make it smaller.

        Args:
            family: number of adjacent heads that are asked together.

        Returns:
            NaN where a class has one segment.  # -> heads
        """
        from scipy import stats

        n, m = self.sizes
        if min(n, m) < 2:
            return np.full(self.values.shape[1], np.nan)
        first, second = self._variances
        rounding = self.deviation <= NOISE * np.abs(self.values).max(0)
        with np.errstate(invalid="ignore", divide="ignore"):
            ratio = np.where(rounding, np.nan, first / second)
        more, less = stats.f.sf(ratio, n - 1, m - 1), stats.f.cdf(ratio, n - 1, m - 1)
        p = more if n < m else less if n > m else np.minimum(1, 2 * np.minimum(more, less))
        logs = -2 * np.log(np.maximum(p, np.finfo(float).tiny)).reshape(-1, family)
        known = np.isfinite(logs)
        combined = stats.chi2.sf(np.where(known, logs, 0).sum(1), 2 * known.sum(1))
        return np.repeat(np.where(known.any(1), combined, np.nan), family)

    def rank(self) -> tuple[np.ndarray, int]:
        """Rank of the real assignment of segments to classes, 1 the largest, and how many assignments there are.

        The last of values that are no finite numbers.
        All of the same sizes, or of very many 9,999 random ones and the real one.
        """
        ways = relabelings(self.first, PERMUTATIONS, np.random.default_rng(1)).astype(float)
        n = len(self.names)
        size = ways[0].sum()
        weights = ways / size - (1 - ways) / (n - size)
        bar = weights[0] @ self.values + _TIE * np.abs(self.values).max(0, initial=0)
        step = max(1, _CELLS // max(1, len(bar)))
        blocks = (weights[start : start + step] @ self.values > bar for start in range(1, len(ways), step))
        rank = 1 + sum((more.sum(0) for more in blocks), np.zeros(len(bar), int))
        return np.where(np.isfinite(bar), rank, len(ways)), len(ways)


@dataclass(frozen=True)
class Consistency:
    """What single segments say of a contrast. Arrays have one entry a head.

    Attributes:
        sides: target, and trigger -> what their segments give.
        quadruples: segments of T, C, R and N. Of real words, which have few of them, single segments of one class, the
            others empty.
        estimates: the contrast with these alone.  # -> quadruples x heads
        ranks: side -> rank of the real assignment, and the number of assignments; only where its classes are weighed
            against each other.
        p: with segments random, corrected over heads; NaN where a side's two classes have one segment each.
        alike: side whose spread is known as a pooled one alone -> p of classes that vary alike.  # -> heads
        low, high: 95 % interval with segments random.
    """

    sides: dict[str, Slopes]
    quadruples: tuple[tuple[str, str, str, str], ...]
    estimates: np.ndarray
    ranks: dict[str, tuple[np.ndarray, int]]
    p: np.ndarray
    alike: dict[str, np.ndarray]
    low: np.ndarray
    high: np.ndarray

    @property
    def positive(self) -> np.ndarray:
        """In how many quadruples it is positive.  # -> heads"""
        return (self.estimates > 0).sum(0)

    @property
    def what(self) -> str:
        """What the quadruples are called."""
        return "quadruples of segments" if all(map(all, self.quadruples)) else "single segments"

    @property
    def estimate(self) -> np.ndarray:
        """The contrast with every segment of a class weighing the same, the mean of both sides'.  # -> heads"""
        return np.mean([side.estimate for side in self.sides.values()], axis=0)


def consistency(
    sides: dict[str, Slopes],
    quadruples: Sequence[tuple[str, str, str, str]],
    estimates: np.ndarray,
    family: int | None = None,
) -> Consistency:
    """Put together what single segments say of a contrast.

    Args:
        sides: target and trigger -> what their segments give.
        quadruples, estimates: as `Consistency`.
        family: number of adjacent heads that are corrected together; default all of them.
    """
    sides = {place: replace(side, values=computable(side.values)) for place, side in sides.items()}
    ranks = {place: side.rank() for place, side in sides.items() if sum(side.weights) == 0}
    heads = family or max(1, len(estimates[0]))
    few = heads < MANY_HEADS
    own = {place for place, side in sides.items() if min(side.sizes) >= (2 if few else OWN_SPREAD)}
    alike = {place: side.alike(heads) for place, side in sides.items() if place not in own and not few}
    p, low, high = _segments_random(sides, own)
    return Consistency(sides, tuple(quadruples), estimates, ranks, holm(p, family), alike, low, high)


def _segments_random(sides: dict[str, Slopes], own: Collection[str]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """One-sided p, and interval, of the test of these that is the least sure: each side random alone, and both.

    Each side alone is tested on its own estimate, both on the smaller of the two; over a crossed design they are the
    same, over real words, whose segments are of unequal frequency, they need not be.

    Args:
        sides: target and trigger -> what their segments give.
        own: those that are tested with the spread of each class, too.
    """
    from scipy import stats

    slopes = list(sides.values())
    if any(side.df < 1 for side in slopes):
        return (np.full(slopes[0].values.shape[1], np.nan),) * 3
    scale = np.max([np.abs(side.values).max(0) for side in slopes], axis=0)
    estimates = [side.estimate for side in slopes]
    spreads = [[side.pooled for side in slopes]]
    if own:
        spreads.append([side.separate if place in own else side.pooled for place, side in sides.items()])
    tests = [
        t_test(estimate, sum(part for part, _ in parts), parts, scale)
        for alone in spreads
        for estimate, parts in [*zip(estimates, alone, strict=True), (np.min(estimates, 0), [*chain(*alone)])]
    ]
    halves = [stats.t.ppf((1 + LEVEL) / 2, np.where(each.df > 0, each.df, 1)) * each.se for each in tests]
    low, high = (
        extreme([each.estimate + sign * half for each, half in zip(tests, halves, strict=True)], axis=0)
        for extreme, sign in ((np.min, -1), (np.max, 1))
    )
    return np.max([each.p for each in tests], axis=0), low, high
