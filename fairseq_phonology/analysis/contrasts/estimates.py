"""One contrast on one scale: its estimate, interval, tests, and what single segments give. Numbers in, numbers out.

Values are those of a design's index, the heads last: rows x columns x heads, of real words words x 4 x heads.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np

from ..design.designs import Design
from ..statistics.intervals import crossed_interval, crossed_variance, mean_interval
from ..statistics.permutation import PERMUTATIONS, flip_statistics, group_statistics, joint_p, p_values, relabelings
from .kinds import contrast_named


@dataclass(frozen=True)
class Tested:
    """The tests of a contrast on one scale.

    Attributes:
        t, p: of each head, by the units whose labels are permuted (``stems``, ``suffixes``); over real words, whose
            signs are flipped, under ``stems``.
        joint: p with stems and suffixes random at once; None where only one of them is permuted.
    """

    t: dict[str, np.ndarray]
    p: dict[str, np.ndarray]
    joint: np.ndarray | None = None

    def named(self, scale: str) -> dict[str, np.ndarray]:
        """Every p, as in ``stems_mass``, ``both_mass``."""
        return {f"{unit}_{scale}": each for unit, each in self.p.items()} | (
            {} if self.joint is None else {f"both_{scale}": self.joint}
        )


def weights_of(design: Design, contrast: str) -> tuple[np.ndarray, np.ndarray]:
    """Weights of the rows and columns of a crossed design, see `Contrast.weights`."""
    return contrast_named(contrast).weights(*(side.first for side in design.sides))


def contrast_of(design: Design, values: np.ndarray, contrast: str) -> np.ndarray:
    """The estimate of a contrast.  # -> heads"""
    values = design.reduced(values, contrast_named(contrast).cells)
    return _weighted(values, *weights_of(design, contrast)) if design.is_crossed else values.mean(0)


def contrast_interval(
    design: Design, values: np.ndarray, contrast: str, seed: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    """95 % interval of a contrast, over the units that its tests permute.  # -> low, high of each head"""
    rng, which = np.random.default_rng(seed), contrast_named(contrast)
    if not design.is_crossed:
        return mean_interval(design.reduced(values, which.cells), rng)
    random = ("rows" in which.permutes, "columns" in which.permutes)
    return crossed_interval(values, *weights_of(design, contrast), *random, rng)


def tested(
    design: Design,
    values: np.ndarray,
    contrast: str,
    n_permutations: int = PERMUTATIONS,
    seed: int = 1,
    family: int | None = None,
) -> Tested:
    """The tests of a contrast.

    In a crossed design the response is tested over rows with the columns as they are, and over columns with the rows as
    they are. Where rows and columns both differ in their response, each of the two tests misses the other's variance,
    and both can be fooled at once (Clark 1973, J. Verbal Learn. Verbal Behav. 12, on F1, F2 and min F'); hence the
    joint p, see `joint_p`. Over real words the sign of each word's contrast is flipped.

    Args:
        design, values, contrast: the name of the contrast in `CONTRASTS`.
        n_permutations: of each test; all relabelings where they are fewer.
        seed: of the relabelings.
        family: number of adjacent heads that make a family; default all of them.
    """
    which, scale = contrast_named(contrast), float(np.abs(values).max(initial=0))
    if not design.is_crossed:
        words = design.reduced(values, which.cells)
        t, largest = flip_statistics(words, n_permutations, np.random.default_rng(seed), scale, family)
        return Tested({"stems": t}, {"stems": p_values(t, largest)})
    rows, columns = weights_of(design, contrast)
    found = {}
    for n, (side, name) in enumerate(zip(design.sides, ("rows", "columns"), strict=True)):
        if name in which.permutes:
            by_unit = np.einsum("rch,c->rh", values, columns) if not n else np.einsum("rch,r->ch", values, rows)
            ways = _ways(tuple(side.first.tolist()), n_permutations, seed + n)
            found[side.unit] = group_statistics(by_unit, ways, scale, family)
    joint = None
    if len(found) == 2:
        variance, _ = crossed_variance(values, rows, columns)
        joint = joint_p(found.values(), _weighted(values, rows, columns), variance)
    return Tested(
        {unit: t for unit, (t, _) in found.items()}, {unit: p_values(*each) for unit, each in found.items()}, joint
    )


def segment_estimates(design: Design, values: np.ndarray, contrast: str) -> dict[str, dict[str, np.ndarray]]:
    """The contrast with one segment of class T, or of class R, alone; of real words, over the words that have it.

    Returns:
        ``target`` and ``trigger`` -> segment -> estimate of each head.
    """
    reduced, found = design.reduced(values, contrast_named(contrast).cells), {}
    for place, across in (("target", "rch,c->rh"), ("trigger", "rch,r->ch")):
        names, members, _ = design.segments(place)
        by_unit, rest, share = reduced, None, None
        if design.is_crossed:
            own, other = weights_of(design, contrast)[:: 1 if place == "target" else -1]
            by_unit = np.einsum(across, values, other)
            rest, share = own[~members] @ by_unit[~members], own[members].sum()
        names = np.array(names)
        means = {s: by_unit[members & (names == s)].mean(0) for s in dict.fromkeys(names[members].tolist())}
        found[place] = means if rest is None else {s: share * mean + rest for s, mean in means.items()}
    return found


def _weighted(values: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    return np.einsum("r,rch,c->h", rows, values, columns, optimize=True)


@functools.lru_cache(maxsize=8)  # the same for all scales and every view
def _ways(labels: tuple[bool, ...], n_permutations: int, seed: int) -> np.ndarray:
    return relabelings(np.array(labels), n_permutations, np.random.default_rng(seed))
