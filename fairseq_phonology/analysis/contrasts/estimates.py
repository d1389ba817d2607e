"""One contrast on one scale: its estimate, interval, test, and what single segments give. Numbers in, numbers out.

Values are those of a design's index, the heads last: rows x columns x heads, of real words words x 4 x heads.
"""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import replace

import numpy as np

from ...stimuli.items import CELLS
from ..design.compared import Compared, Weights
from ..design.designs import Design, reduced
from ..design.exclusions import SIDES
from ..statistics import weighted
from ..statistics.consistency import OTHER, Consistency, Slopes, consistency
from ..statistics.crossed import Tested
from .kinds import contrast_named

PLACES = ("target", "trigger")
_ROUNDING = 1e-12  # of the largest value: an estimate of single segments no larger is rounding, and is 0
LEAST_OF_SEGMENT = 4  # real words: segments with fewer are pooled
Quadruple = tuple[str, str, str, str]  # segments of T, C, R, N


def weights_of(design: Design, contrast: str) -> tuple[np.ndarray, np.ndarray]:
    """Weights of the rows and columns of a crossed design, see `Contrast.weights`."""
    return contrast_named(contrast).weights(*_classes(design))


def contrast_of(design: Compared, values: np.ndarray, contrast: str | Weights) -> np.ndarray:
    """The estimate of a contrast.  # -> heads"""
    return weighted.estimate(*weighted_values(design, values, contrast))


def contrast_interval(
    design: Compared, values: np.ndarray, contrast: str | Weights, seed: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    """95 % interval of a contrast, over the units that its test takes as random.  # -> low, high of each head"""
    return weighted.interval(*weighted_values(design, values, contrast), np.random.default_rng(seed))


def tested(design: Compared, values: np.ndarray, contrast: str | Weights) -> Tested:
    """The test of a contrast: stems and suffixes random, or words, or items. Its p is not corrected over heads.

    NaN where triggers are compared with their controls and the end of the word is one of them: one is no sample.
    """
    found = weighted.test(*weighted_values(design, values, contrast))
    if not (design.edge and sum(contrast_named(contrast).trigger) == 0):
        return found
    unknown = np.full_like(found.estimate, np.nan)
    return Tested(found.estimate, unknown, unknown, unknown, unknown)


def spread_ratios(design: Design, values: np.ndarray, contrast: str) -> dict[str, np.ndarray]:
    """Kind of unit -> larger over smaller standard deviation of its two classes in what they give.  # -> heads

    Empty of real words, which are of one class; without the units of which a class has one.
    """
    if not design.is_crossed:
        return {}
    rows, columns = weights_of(design, contrast)
    by_unit = np.einsum("rch,c->rh", values, columns), np.einsum("rch,r->ch", values, rows)
    found = {}
    for side, each in zip(design.sides, by_unit, strict=True):
        if design.smallest_classes[side.unit] == 1:
            continue
        deviations = np.sort([each[own].std(0, ddof=1) for own in (side.first, ~side.first)], axis=0)
        with np.errstate(divide="ignore", invalid="ignore"):
            found[side.unit] = np.where(deviations[1] > 0, deviations[1] / deviations[0], 1.0)
    return found


def consistency_of(design: Design, values: np.ndarray, contrast: str, family: int | None = None) -> Consistency:
    """What single segments say of a contrast.

    Args:
        design, values, contrast: as `tested`.
        family: number of adjacent heads that are corrected together; default all of them.
    """
    which = contrast_named(contrast)
    weights = dict(zip(PLACES, (which.target, which.trigger), strict=True))
    of = _crossed_segments if design.is_crossed else _segments_of_words
    slopes, quadruples, estimates = of(design, values, weights)
    least = _ROUNDING * np.abs(values).max((0, 1), initial=0)
    slopes = {place: replace(own, values=_nothing_under(own.values, least)) for place, own in slopes.items()}
    found = consistency(slopes, quadruples, _nothing_under(estimates, least), family)
    if not design.edge:
        return found
    # one edge is no sample of triggers, and no trigger among others
    unknown = np.full_like(found.p, np.nan)
    ranks = {place: rank for place, rank in found.ranks.items() if place != PLACES[1]}
    return replace(found, ranks=ranks, p=unknown, low=unknown, high=unknown)


def _nothing_under(estimates: np.ndarray, least: np.ndarray) -> np.ndarray:
    return np.where(np.abs(estimates) <= least, 0.0, estimates)


def weighted_values(
    design: Compared, values: np.ndarray, contrast: str | Weights
) -> tuple[np.ndarray, list[weighted.Axis]]:
    """Values and axes of `statistics.weighted`."""
    which = contrast_named(contrast) if isinstance(contrast, str) else contrast
    reduced, axes = design.weighted(values, which)
    return reduced, [weighted.Axis(*axis) for axis in axes]


def _classes(design: Design) -> tuple[np.ndarray, np.ndarray]:
    return tuple(side.first for side in design.sides)


def _crossed_segments(
    design: Design, values: np.ndarray, weights: dict[str, tuple[float, float]]
) -> tuple[dict[str, Slopes], list[Quadruple], np.ndarray]:
    members, names, first = {}, {}, {}
    for place, side in zip(PLACES, design.sides, strict=True):
        units = list(zip(side.first.tolist(), side.segments, strict=True))
        keys = sorted(dict.fromkeys(units), key=lambda key: not key[0])  # the first class first
        members[place] = np.array([[unit == key for unit in units] for key in keys], float)
        members[place] /= members[place].sum(1, keepdims=True)
        names[place], first[place] = tuple(segment for _, segment in keys), np.array([own for own, _ in keys], bool)
    half = np.tensordot(members["target"], values, 1)  # -> target segments x columns x heads
    table = np.einsum("sch,xc->sxh", half, members["trigger"], optimize=True)
    slopes = {}
    for place, across, other in (("target", "sxh,x->sh", "trigger"), ("trigger", "sxh,s->xh", "target")):
        own = np.where(first[other], weights[other][0] / first[other].sum(), weights[other][1] / (~first[other]).sum())
        slopes[place] = Slopes(names[place], first[place], weights[place], np.einsum(across, table, own))
    (t, c), (r, n) = ([np.flatnonzero(first[place] == own) for own in (True, False)] for place in PLACES)
    quadruples, parts = [], []
    a, b = weights["target"], weights["trigger"]
    rows = [(i, j, a[0] * table[i] + a[1] * table[j]) for i, j in itertools.product(t, c)]  # each: segments x heads
    for i, j, row in rows:
        part = b[0] * row[r][:, None] + b[1] * row[n][None]  # -> R x N x heads
        parts.append(part.reshape(-1, part.shape[-1]))
        named = [names["target"][k] for k in (i, j)]
        quadruples += [(*named, names["trigger"][k], names["trigger"][m]) for k, m in itertools.product(r, n)]
    return slopes, quadruples, np.concatenate(parts)


def _segments_of_words(
    design: Design, values: np.ndarray, weights: dict[str, tuple[float, float]]
) -> tuple[dict[str, Slopes], list[Quadruple], np.ndarray]:
    cells = {cell: values[:, n] for n, cell in enumerate(CELLS)}
    segments = {letter: pooled(own) for letter, own in zip("TRCN", design.cell_segments, strict=True)}
    each = reduced(values, np.outer(weights["target"], weights["trigger"]).ravel())
    slopes, alone, estimates = {}, [], []
    for place, letters, others in zip(PLACES, SIDES, SIDES[::-1], strict=True):
        other = weights[PLACES[1 - PLACES.index(place)]]
        names, means = [], []
        for letter in letters:
            pair = [letter + more if place == "target" else more + letter for more in others]
            given = other[0] * cells[pair[0]] + other[1] * cells[pair[1]]
            for segment in dict.fromkeys(segments[letter].tolist()):
                own = segments[letter] == segment
                names.append((letter, segment))
                means.append(given[own].mean(0))
                alone.append(tuple(segment if letter == which else "" for which in "TCRN"))
                estimates.append(each[own].mean(0))
        first = np.array([letter == letters[0] for letter, _ in names])
        slopes[place] = Slopes(tuple(segment for _, segment in names), first, weights[place], np.array(means))
    return slopes, alone, np.array(estimates)


def pooled(segments: tuple[str, ...]) -> np.ndarray:
    """Of each word its segment; rare ones are pooled."""
    times = Counter(segments)
    return np.array([segment if times[segment] >= LEAST_OF_SEGMENT else OTHER for segment in segments])
