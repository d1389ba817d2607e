"""The contrast of a chosen head without the bias of the choice: chosen on some words, measured on others.

Words share stems, suffixes and segments, and what a segment does to a head by chance is in every word that has it.
Whole segments therefore go to one half of a split, with all their stems and suffixes: a head that is chosen on one half
of the target's segments and one half of the trigger's is measured on the other half of both. In halves that share
segments, the choice finds what these do by chance, and the measure finds it again
(``benchmarks/model_calibration.py``).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from .intervals import crossed_interval, mean_interval

# Three segments and two on one side, two and eight on the other, have 420 splits: all of them. A tenth of a second.
SPLITS = 500


@dataclass(frozen=True)
class HeldOut:
    """A head chosen on one part of the words, measured on a part that shares no segment with it.

    Attributes:
        estimate: by scale: mean over all splits, all ways round.
        low, high: by scale: 95 % interval over stems and suffixes (real words); NaN where there is none.
        chosen: head, as ``2.1``, -> share of the choices that fell on it, the most frequent first.
        by_word: by scale: of each word its value in the heads that it served to measure, weighted such that their
            contrast is the estimate; of real words, which are weighted alike, NaN if they are in no part.
            # -> rows x columns; real words: words x cells
        splits: how many.
    """

    estimate: dict[str, float]
    low: dict[str, float]
    high: dict[str, float]
    chosen: dict[str, float]
    by_word: dict[str, np.ndarray]
    splits: int

    @property
    def head(self) -> str:
        """The head that was chosen most often, as ``2.1``."""
        return next(iter(self.chosen))


@dataclass(frozen=True)
class Units:
    """Units of one side of a crossed design.

    Attributes:
        signs: +1 for those whose mean counts, -1 for those whose mean is taken off.  # -> units
        segments: of each unit.
    """

    signs: np.ndarray
    segments: Sequence[str]

    def weights(self, members: np.ndarray | None = None) -> np.ndarray:
        """Of the units in their contrast, or of some of them, the classes alike.  # members: bool, splits x units"""
        members = np.ones(len(self.signs), bool) if members is None else members
        weights = np.zeros(members.shape)
        for sign in np.unique(self.signs):
            own = members & (self.signs == sign)
            weights += sign * own / own.sum(-1, keepdims=True)
        return weights

    @property
    def classes(self) -> list[list[str]]:
        """Of each sign, the larger first, the segments."""
        signs = -np.unique(-self.signs)
        own = [
            [segment for segment, its in zip(self.segments, self.signs, strict=True) if its == sign] for sign in signs
        ]
        return [list(dict.fromkeys(each)) for each in own]

    def halves(self, masks: Sequence[np.ndarray]) -> np.ndarray:
        """Weights of the units in either half of each split.  # -> splits x 2 x units"""
        first = np.zeros((len(masks[0]), len(self.signs)), bool)
        for sign, segments, mask in zip(-np.unique(-self.signs), self.classes, masks, strict=True):
            own = np.flatnonzero(self.signs == sign)
            first[:, own] = mask[:, [segments.index(self.segments[n]) for n in own]]
        return self.weights(np.stack([first, ~first], 1))


@dataclass(frozen=True)
class Halves:
    """The halves of many splits. A part is one half of the rows with one half of the columns.

    Attributes:
        rows, columns: weights of the units in each half. Real words are rows, their cells the columns, of one half.
            # -> splits x halves x units
        whole: weights of all rows and of all columns.
        members: of real words, which are in which half; None of a crossed design.
    """

    rows: np.ndarray
    columns: np.ndarray
    whole: tuple[np.ndarray, np.ndarray]
    members: np.ndarray | None = None


def split_crossed(rows: Units, columns: Units, splits: int = SPLITS, seed: int = 1) -> Halves | None:
    """Halves of the segments of rows and of columns: all distinct splits, or of very many so many random ones.

    Args:
        rows, columns: of the design.
        splits: the most there may be.
        seed: of random ones.

    Returns:
        None if a class has one segment alone.
    """
    sides = rows, columns
    if any(len(own) < 2 for side in sides for own in side.classes):
        return None
    masks = _masks([side.classes for side in sides], splits, seed)
    halved = (side.halves(own) for side, own in zip(sides, masks, strict=True))
    return Halves(*halved, (rows.weights(), columns.weights()))


def split_words(
    segments: Sequence[Sequence[Sequence[str]]], cells: np.ndarray, splits: int = SPLITS, seed: int = 1
) -> Halves | None:
    """The same of real words, each of which has segments of all classes: a part takes those with all of theirs in it.

    Args:
        segments: of either side, of each of its classes, of each word its segment.
        cells: weights of the cells of a word.
        splits, seed: as `split_crossed`.

    Returns:
        None if a class has one segment alone, or no split leaves words in every part.
    """
    classes = [[list(dict.fromkeys(own)) for own in side] for side in segments]
    if any(len(own) < 2 for side in classes for own in side):
        return None
    sides = []
    for side, names, masks in zip(segments, classes, _masks(classes, splits, seed), strict=True):
        each = zip(side, names, masks, strict=True)
        first = [mask[:, [known.index(segment) for segment in own]] for own, known, mask in each]
        sides.append((np.logical_and.reduce(first), ~np.logical_or.reduce(first)))
    (a, b), (c, d) = sides  # halves of the target's segments, and of the trigger's
    members = np.concatenate([np.stack([a & c, b & d], 1), np.stack([a & d, b & c], 1)])
    members = members[members.any(2).all(1)]
    if not len(members):
        return None
    columns, n = np.broadcast_to(cells, (len(members), 1, len(cells))), members.shape[2]
    return Halves(members / members.sum(2, keepdims=True), columns, (np.full(n, 1 / n), cells), members)


def hold_out(values: Mapping[str, np.ndarray], by: str, heads: Sequence[str], halves: Halves, seed: int = 1) -> HeldOut:
    """Choose a head by its largest contrast in one part of the words; measure it in the opposite part; all ways round.

    Args:
        values: by scale.  # -> rows x columns x heads; real words: words x cells x heads
        by: the scale by which the head is chosen.
        heads: their names.
        halves: of `split_crossed` or `split_words`.
        seed: of intervals.
    """
    opposite = choose_and_measure({by: values[by]}, by, halves)[1][0]
    times = np.bincount(opposite.ravel(), minlength=len(heads))
    chosen = {heads[n]: float(times[n] / times.sum()) for n in np.argsort(-times, kind="stable") if times[n]}
    by_word = {scale: values_of_words(each, opposite, halves) for scale, each in values.items()}
    estimate, low, high = {}, {}, {}
    for scale, own in by_word.items():
        rng = np.random.default_rng(seed)
        if halves.members is None:
            estimate[scale] = float(halves.whole[0] @ own @ halves.whole[1])
            ends = crossed_interval(own[..., None], *halves.whole, rng)
        else:
            of_words = (own @ halves.whole[1])[:, None]
            known = of_words[np.isfinite(of_words[:, 0])]
            estimate[scale], ends = float(known.mean()), mean_interval(known, rng)
        low[scale], high[scale] = (float(end[0]) for end in ends)
    return HeldOut(estimate, low, high, chosen, by_word, len(halves.rows))


def choose_and_measure(
    values: Mapping[str, np.ndarray], by: str, halves: Halves, family: int | None = None
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """What `hold_out` chooses and measures, of one or many families.

    Args:
        values: by scale.  # -> rows x columns x heads
        by, halves: as `hold_out`.
        family: number of adjacent heads that are chosen among; default all of them.

    Returns:
        By scale the mean of the parts of each family; and the head, from 0, that is measured in each part.
        # -> families x splits x halves of rows x halves of columns
    """
    parts = {scale: _contrasts(each, halves) for scale, each in values.items()}
    parts = {scale: each.reshape(*each.shape[:3], -1, family or each.shape[3]) for scale, each in parts.items()}
    opposite = parts[by].argmax(-1)[:, ::-1, ::-1]  # what a part measures is the choice of the opposite one
    taken = {scale: np.take_along_axis(each, opposite[..., None], -1)[..., 0] for scale, each in parts.items()}
    return {scale: each.mean((0, 1, 2)) for scale, each in taken.items()}, np.moveaxis(opposite, -1, 0)


def values_of_words(values: np.ndarray, heads: np.ndarray, halves: Halves) -> np.ndarray:
    """Of each word its weighted value in the heads that it serves to measure, see `HeldOut.by_word`.

    Args:
        values: rows x columns x heads.
        heads: of each part, of `choose_and_measure`.  # splits x halves x halves
        halves: of these.
    """
    rows, columns = halves.rows, halves.columns
    if halves.members is not None:
        rows, columns = halves.members.astype(float), np.ones(columns.shape)
    total, weight = np.zeros(values.shape[:2]), np.zeros(values.shape[:2])
    for head in np.unique(heads):
        own = (heads == head).astype(float)
        part = np.einsum("sar,sac->rc", rows, np.einsum("sab,sbc->sac", own, columns), optimize=True)
        total, weight = total + part * values[..., head], weight + part
    if halves.members is None:
        weight = heads.size * np.outer(*halves.whole)
    with np.errstate(invalid="ignore"):
        return total / weight


def _contrasts(values: np.ndarray, halves: Halves) -> np.ndarray:
    splits, n_halves, n_rows = halves.rows.shape
    by_column = np.tensordot(halves.rows.reshape(-1, n_rows), values, 1).reshape(splits, n_halves, *values.shape[1:])
    return np.einsum("sach,sbc->sabh", by_column, halves.columns)


def _masks(sides: Sequence[Sequence[Sequence[str]]], splits: int, seed: int) -> list[list[np.ndarray]]:
    """Of either side, of each of its classes, which segments are in the first half.  # -> splits x segments, bool"""
    rng = np.random.default_rng(seed)
    sizes = [[len(own) for own in side] for side in sides]
    numbers = [math.prod(map(_times, own)) // 2 for own in sizes]
    every = [_all_halves(own) if n <= splits else None for own, n in zip(sizes, numbers, strict=True)]
    which = [rng.integers(min(n, splits), size=splits) for n in numbers]
    if math.prod(numbers) <= splits:
        which = np.divmod(np.arange(math.prod(numbers)), numbers[1])
    return [
        _random_halves(own, splits, rng) if all_of is None else [mask[drawn] for mask in all_of]
        for own, all_of, drawn in zip(sizes, every, which, strict=True)
    ]


def _times(n: int) -> int:
    """Number of ways to divide n segments into a first and a second half; of an odd number, either may be larger."""
    return math.comb(n, n // 2) * (1 + n % 2)


def _all_halves(sizes: Sequence[int]) -> list[np.ndarray]:
    """Every division of classes of these sizes, but not again with the halves exchanged."""
    ways = [
        [
            np.isin(np.arange(n), own)
            for k in sorted({n // 2, n - n // 2})
            for own in itertools.combinations(range(n), k)
        ]
        for n in sizes
    ]
    return [np.array(masks) for masks in zip(*(own for own in itertools.product(*ways) if own[0][0]), strict=True)]


def _random_halves(sizes: Sequence[int], splits: int, rng: np.random.Generator) -> list[np.ndarray]:
    firsts = ((n + rng.integers(2, size=(splits, 1)) * (n % 2)) // 2 for n in sizes)
    return [rng.random((splits, n)).argsort(1) < first for n, first in zip(sizes, firsts, strict=True)]
