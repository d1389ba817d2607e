"""The contrasts on a crossed design, and their tests on one scale: numbers in, numbers out."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...stimuli.items import CELLS
from ..design.designs import Grid, Quads
from ..statistics.intervals import crossed_interval, crossed_variance, mean_interval
from ..statistics.permutation import PERMUTATIONS, group_statistics, p_values, relabelings
from .table import CONTRASTS, contrast_named


def contrast_weights(contrast: str, undergoes: np.ndarray, triggers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """`Contrast.weights` of a contrast of the table, by its name."""
    return contrast_named(contrast).weights(undergoes, triggers)


def contrast_of(design: Grid | Quads, values: np.ndarray, contrast: str) -> np.ndarray:
    """The estimate of a contrast.  # values: rows x columns x heads, of real words words x 4 x heads -> heads"""
    if isinstance(design, Quads):
        return np.einsum("wch,c->wh", values, CONTRASTS[contrast].cells).mean(0)
    rows, columns = contrast_weights(contrast, design.undergoes, design.triggers)
    return np.einsum("r,rch,c->h", rows, values, columns, optimize=True)


def contrast_interval(
    design: Grid | Quads, values: np.ndarray, contrast: str, seed: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    """95 % interval of a contrast, over the units that its tests permute; values as for `contrast_of`.  # -> heads"""
    rng, which = np.random.default_rng(seed), contrast_named(contrast)
    if isinstance(design, Quads):
        return mean_interval(np.einsum("wch,c->wh", values, which.cells), rng)
    random = ("rows" in which.permutes, "columns" in which.permutes)
    return crossed_interval(values, *which.weights(design.undergoes, design.triggers), *random, rng)


def cell_means(design: Grid | Quads, values: np.ndarray) -> dict[str, np.ndarray]:
    """The mean of each cell; values as for `contrast_of`.  # -> heads"""
    if isinstance(design, Quads):
        return {cell: values[:, n].mean(0) for n, cell in enumerate(CELLS)}
    return {
        cell: values[design.undergoes == (cell[0] == "T")][:, design.triggers == (cell[1] == "R")].mean((0, 1))
        for cell in CELLS
    }


@dataclass(frozen=True)
class Tested:
    """The tests of a contrast on one scale: ``rows`` permutes labels of rows, ``columns`` those of columns.

    Attributes:
        t, p: of each head, by ``rows``, ``columns`` or both.
        joint: p with rows and columns random at once; None where only one of them is permuted.
    """

    t: dict[str, np.ndarray]
    p: dict[str, np.ndarray]
    joint: np.ndarray | None


def permuted(
    values: np.ndarray,
    undergoes: np.ndarray,
    triggers: np.ndarray,
    contrast: str,
    n_permutations: int = PERMUTATIONS,
    seed: int = 1,
    family: int | None = None,
) -> Tested:
    """The tests of a contrast.

    The response is tested over rows with the columns as they are, and over columns with the rows as they are. Where
    rows and columns both differ in their response, each of the two tests misses the other's variance, and both can be
    fooled at once (Clark 1973, J. Verbal Learn. Verbal Behav. 12, on F1, F2 and min F'). The joint p therefore takes
    the estimate over its whole standard error, compares it with the relabelings of either, and is the larger p.

    Args:
        values: rows x columns x heads.
        undergoes, triggers: class of each row and column.
        contrast: name of one of `CONTRASTS`.
        n_permutations: of each test; all relabelings where they are fewer.
        seed: of the relabelings.
        family: number of adjacent heads that make a family; default all of them.
    """
    rows, columns = contrast_weights(contrast, undergoes, triggers)
    scale = float(np.abs(values).max(initial=0))
    units = {}
    if "rows" in CONTRASTS[contrast].permutes:
        units["rows"] = np.einsum("rch,c->rh", values, columns), undergoes, seed
    if "columns" in CONTRASTS[contrast].permutes:
        units["columns"] = np.einsum("rch,r->ch", values, rows), triggers, seed + 1
    found = {
        side: group_statistics(by_unit, _ways(tuple(labels.tolist()), n_permutations, own), scale, family)
        for side, (by_unit, labels, own) in units.items()
    }
    p = {side: p_values(t, largest) for side, (t, largest) in found.items()}
    joint = None
    if len(found) == 2:
        variance, _ = crossed_variance(values, rows, columns)
        estimate = np.einsum("r,rch,c->h", rows, values, columns, optimize=True)
        t = np.minimum(*(t for t, _ in found.values()))
        whole = np.where(variance > 0, estimate / np.sqrt(np.where(variance > 0, variance, 1)), np.inf)
        joint = np.maximum(*(p_values(np.minimum(t, whole), largest) for _, largest in found.values()))
    return Tested({side: t for side, (t, _) in found.items()}, p, joint)


def segment_estimates(values: np.ndarray, grid: Grid, contrast: str) -> dict[str, dict[str, np.ndarray]]:
    """The contrast with one target segment of class T, or one trigger segment of class R, alone.

    Returns ``target`` and ``trigger`` -> segment -> estimates, one a head; values are rows x columns x heads.
    """
    rows, columns = contrast_weights(contrast, grid.undergoes, grid.triggers)
    by_row, by_column = np.einsum("rch,c->rh", values, columns), np.einsum("rch,r->ch", values, rows)
    return {
        "target": _alone(by_row, rows, grid.undergoes, grid.row_segments),
        "trigger": _alone(by_column, columns, grid.triggers, grid.column_segments),
    }


def _alone(
    by_unit: np.ndarray, weights: np.ndarray, first: np.ndarray, segments: Sequence[str]
) -> dict[str, np.ndarray]:
    rest, share = weights[~first] @ by_unit[~first], weights[first].sum()
    names = np.array(segments)
    return {s: share * by_unit[first & (names == s)].mean(0) + rest for s in dict.fromkeys(names[first].tolist())}


@functools.lru_cache(maxsize=8)  # the same for both scales and every view
def _ways(labels: tuple[bool, ...], n_permutations: int, seed: int) -> np.ndarray:
    return relabelings(np.array(labels), n_permutations, np.random.default_rng(seed))
