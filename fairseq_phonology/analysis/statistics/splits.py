"""The response of a chosen head without the bias of the choice: chosen on one part of the words, measured on another.

In a crossed design both stems and suffixes are halved, and a head that is chosen on one half of the stems with one half
of the suffixes is measured on the other half of the stems with the other half of the suffixes. With the stems halved
alone, what a suffix does to a head by chance is in the choice and in the measure alike, and the measure is too large
(``benchmarks/model_calibration.py``).
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from .intervals import crossed_interval, mean_interval

# With 20, the sign of a response near 0 hung on the seed, and with it a verdict over six models; with 500 a fifth of
# that chance is left. It takes a tenth of a second a model.
SPLITS = 500


@dataclass(frozen=True)
class HeldOut:
    """A head chosen on one part of the words, measured on a part that shares no stem and no suffix with it.

    Attributes:
        estimate: by scale: mean over all splits, all ways round.
        low, high: by scale: 95 % interval over stems and suffixes (real words); NaN where there is none.
        chosen: head, as ``2.1``, -> share of the choices that fell on it, the most frequent first.
        by_word: by scale: of each word its value in the heads that it served to measure, in mean over the splits.
            # -> rows x columns; real words: words
    """

    estimate: dict[str, float]
    low: dict[str, float]
    high: dict[str, float]
    chosen: dict[str, float]
    by_word: dict[str, np.ndarray]

    @property
    def head(self) -> str:
        """The head that was chosen most often, as ``2.1``."""
        return next(iter(self.chosen))


@dataclass(frozen=True)
class Units:
    """Units of one side of a design.

    Attributes:
        signs: +1 for those whose mean counts, -1 for those whose mean is taken off.  # -> units
        strata: what the halves have equally many of, as in (class, segment).
    """

    signs: np.ndarray
    strata: Sequence[Hashable]

    def weights(self, members: np.ndarray | None = None) -> np.ndarray:
        """Of the units in their contrast, or of some of them, the classes alike.  # members: bool, splits x units"""
        members = np.ones(len(self.signs), bool) if members is None else members
        weights = np.zeros(members.shape)
        for sign in np.unique(self.signs):
            own = members & (self.signs == sign)
            weights += sign * own / own.sum(-1, keepdims=True)
        return weights


def halves(units: Units, splits: int, rng: np.random.Generator) -> np.ndarray:
    """Random halves, alike in every class and, as far as numbers allow, in every stratum.

    Returns:
        which units are in the first half; the others are the second.  # -> splits x units, bool
    """
    first = np.zeros((splits, len(units.signs)), bool)
    names = {stratum: n for n, stratum in enumerate(dict.fromkeys(units.strata))}
    strata = np.array([names[stratum] for stratum in units.strata])
    for half in first:
        place = rng.permutation(len(names))[strata]
        for sign in np.unique(units.signs):
            own = rng.permutation(np.flatnonzero(units.signs == sign))
            half[own[np.argsort(place[own], kind="stable")][rng.integers(2) :: 2]] = True
    return first


def hold_out(
    values: Mapping[str, np.ndarray],
    by: str,
    heads: Sequence[str],
    rows: Units,
    columns: Units | None,
    splits: int = SPLITS,
    seed: int = 1,
) -> HeldOut:
    """Choose a head by its largest contrast in one part of the words; measure it in the opposite part; all ways round.

    Args:
        values: by scale.  # -> rows x columns x heads; real words: words x heads
        by: the scale by which the head is chosen.
        heads: their names.
        rows, columns: the units; ``columns`` None for real words, all of which are rows.
        splits: how many random splits.
        seed: of splits and intervals.
    """
    grids = {scale: each if columns is not None else each[:, None] for scale, each in values.items()}
    halved = split_halves(rows, columns, splits, seed)
    estimate, opposite = choose_and_measure(grids, by, rows, columns, halved)
    times = np.bincount(opposite.ravel(), minlength=len(heads))
    chosen = {heads[n]: float(times[n] / times.sum()) for n in np.argsort(-times, kind="stable") if times[n]}
    by_word = {scale: values_of_words(each, opposite[0], *halved) for scale, each in grids.items()}
    low, high = {}, {}
    for scale, each in by_word.items():
        low[scale], high[scale] = _interval(each, rows, columns, float(estimate[scale][0]), seed)
    if columns is None:
        by_word = {scale: each[:, 0] for scale, each in by_word.items()}
    return HeldOut({scale: float(each[0]) for scale, each in estimate.items()}, low, high, chosen, by_word)


def split_halves(
    rows: Units, columns: Units | None, splits: int = SPLITS, seed: int = 1, halve_columns: bool = True
) -> tuple[np.ndarray, np.ndarray]:
    """Members of the halves of rows and of columns.  # -> splits x halves x units, bool

    Args:
        rows, columns, splits, seed: as `hold_out`.
        halve_columns: if not, both parts have all columns, and the estimate is biased where columns differ: there to
            show that.
    """
    rng = np.random.default_rng(seed)
    first = halves(rows, splits, rng)
    by_row = np.stack([first, ~first], 1)
    if columns is None or not halve_columns:
        return by_row, np.ones((splits, 1, 1 if columns is None else len(columns.signs)), bool)
    first = halves(columns, splits, rng)
    return by_row, np.stack([first, ~first], 1)


def choose_and_measure(
    values: Mapping[str, np.ndarray],
    by: str,
    rows: Units,
    columns: Units | None,
    halved: tuple[np.ndarray, np.ndarray],
    family: int | None = None,
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """What `hold_out` estimates, of one or many families.

    Args:
        values: by scale.  # -> rows x columns x heads
        by, rows, columns: as `hold_out`.
        halved: of `split_halves`.
        family: number of adjacent heads that are chosen among; default all of them.

    Returns:
        By scale the estimate of each family; and the head, from 0, that is measured in each part.
        # -> families x splits x halves of rows x halves of columns
    """
    sides = rows.weights(halved[0]), (columns or Units(np.ones(1), [0])).weights(halved[1])
    parts = {scale: _contrasts(each, *sides) for scale, each in values.items()}
    parts = {scale: each.reshape(*each.shape[:3], -1, family or each.shape[3]) for scale, each in parts.items()}
    opposite = parts[by].argmax(-1)[:, ::-1, ::-1]  # what a part measures is the choice of the opposite one
    taken = {scale: np.take_along_axis(each, opposite[..., None], -1)[..., 0] for scale, each in parts.items()}
    return {scale: each.mean((0, 1, 2)) for scale, each in taken.items()}, np.moveaxis(opposite, -1, 0)


def values_of_words(values: np.ndarray, heads: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Of each word its value in the heads that it serves to measure, in mean over the splits.  # -> rows x columns

    Args:
        values: rows x columns x heads.
        heads: of each part, of `choose_and_measure`.  # splits x halves x halves
        rows, columns: of `split_halves`.
    """
    total = np.zeros(values.shape[:2])
    for own, of_rows, of_columns in zip(heads, rows, columns, strict=True):
        which = own[of_rows.argmax(0)[:, None], of_columns.argmax(0)[None, :]]
        total += np.take_along_axis(values, which[..., None], -1)[..., 0]
    return total / len(heads)


def _contrasts(values: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    splits, n_halves, n_rows = rows.shape
    by_column = np.tensordot(rows.reshape(-1, n_rows), values, 1).reshape(splits, n_halves, *values.shape[1:])
    return np.einsum("sach,sbc->sabh", by_column, columns)


def _interval(
    by_word: np.ndarray, rows: Units, columns: Units | None, estimate: float, seed: int
) -> tuple[float, float]:
    """That of the words' mean values, around the estimate."""
    rng = np.random.default_rng(seed)
    if columns is None:
        own, (low, high) = by_word.mean(), mean_interval(by_word, rng)
    else:
        weights = rows.weights(), columns.weights()
        own = weights[0] @ by_word @ weights[1]
        low, high = crossed_interval(by_word[..., None], *weights, rng)
    return float(estimate + low[0] - own), float(estimate + high[0] - own)
