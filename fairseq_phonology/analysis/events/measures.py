"""What is measured in the attention of a query: for all layers and heads of many words at once (section 5, measures).

Positions are those of segments, from 0; the EOS column is named and taken out first. Where the end of the word is in
trigger position none is named: EOS, the last column, is the trigger and a position among the others. Computed in double
precision.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from .events import WINDOW, View

FLOOR = 1e-9  # of weights in a logarithm
NAMES = ("log_odds", "mass", "raw_mass", "eos_mass", "log_ratio", "entropy")
NORM_NAMES = ("norm", "norm_mass", "norm_log_odds")  # of dumps that have norms


def renormalized(weights: np.ndarray, eos: int | None) -> np.ndarray:
    """Weights of the segments alone, so that they sum to one over the last axis.

    Where the sink takes all the weight nothing is left to divide, and every segment counts the same.

    Args:
        weights: with the EOS column; or the norms of the vectors that they weigh.  # ... x columns
        eos: number of that column; may be negative. None: it counts as a segment.

    Returns:
        float64.  # ... x segments
    """
    segments = _segments(weights, eos).astype(np.float64)
    total = segments.sum(-1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(total > 0, segments / total, 1 / max(1, segments.shape[-1]))


def log_odds(weights: np.ndarray, eos: int | None, triggers: Sequence[int], targets: Sequence[int]) -> np.ndarray:
    """Log-odds of the trigger beside the target: ln a(trigger) - ln sum of a over the segments but trigger and target.

    From the weights themselves, each floored at `FLOOR`, EOS left out, and open at both ends. What draws a head to the
    trigger, or to the position after such a target, adds to these whatever else shares the query's weight; a limit at
    either end, and a target that gives its weight away, would turn what adds into an interaction.

    Args:
        weights: as of `measure`; or the norms of the vectors that they weigh.  # -> n x layers x heads x columns
        eos: number of the EOS column; None: it is the trigger.
        triggers, targets: positions among the segments; a target outside, or at the trigger (an insertion), is none.

    Returns:
        NaN where there is no other segment.  # -> n x layers x heads
    """
    rows, segments = np.arange(len(weights)), weights.shape[-1] - (eos is not None)
    own = np.zeros((len(weights), segments), bool)
    own[rows, np.asarray(triggers, int)] = True
    return log_odds_of(weights, eos, own, targets)


def log_odds_of(weights: np.ndarray, eos: int | None, own: np.ndarray, targets: Sequence[int]) -> np.ndarray:
    """The same of several segments together, as those of a syllable: their weights are summed.

    Args:
        weights, eos, targets: as of `log_odds`.
        own: of each query, which segments.  # -> n x segments, bool
    """
    weights = np.maximum(_segments(weights, eos).astype(np.float64), FLOOR)
    rows, targets = np.arange(len(weights)), np.asarray(targets, int)
    others = ~own
    inside = (targets >= 0) & (targets < weights.shape[-1])
    others[rows[inside], targets[inside]] = False
    # summed, not 1 - the two: of a query that is all on them rounding would be left
    parts = (np.where(which[:, None, None], weights, 0).sum(-1) for which in (own, others))
    with np.errstate(divide="ignore"):
        found = np.subtract(*map(np.log, parts))
    found[~others.any(1)] = np.nan
    return found


def measure(
    weights: np.ndarray,
    eos: int | None,
    triggers: Sequence[int],
    centers: Sequence[int],
    regions: Sequence[Mapping[str, Sequence[int]]] = (),
    edges: Sequence[Collection[int]] = (),
    norms: np.ndarray | None = None,
) -> View:
    """Measure n queries with as many keys.

    Where the word has one segment, mass is 1, entropy 0, and log_ratio and log_odds NaN: there are no other segments.

    Args:
        weights: with the EOS column, those of a query summing to one.  # -> n x layers x heads x columns
        eos: number of the EOS column; None: the end of the word is in trigger position. EOS, the last column, then is
            a position among the others in every measure, so that mass is its weight itself.
        triggers: of each query, the trigger's position among the keys.
        centers: of each query, the target's position, around which the window is laid; it may lie outside.
        regions: of each query, positions by name.
        edges: of each query, the positions of morpheme edges, which the window passes over; by default none.
        norms: of the weighted value vectors, where there are any, likewise.  # -> n x layers x heads x columns

    Returns:
        A view of n events, of no kind yet.
    """
    shares = renormalized(weights, eos)
    rows, segments = np.arange(len(shares)), shares.shape[-1]
    triggers = np.asarray(triggers, dtype=int)
    mass = shares[rows, :, :, triggers]
    sink = weights[..., -1 if eos is None else eos].astype(np.float64)
    raw_mass = _at(weights, eos, triggers)
    logs = np.log(np.maximum(shares, FLOOR))
    own = logs[rows, :, :, triggers]
    others = (logs.sum(-1) - own) / (segments - 1) if segments > 1 else np.nan
    # + 0.0, so that nothing is printed as -0
    entropy = -(shares * logs).sum(-1) / np.log(2) + 0.0
    beside = log_odds(weights, eos, triggers, centers)
    arrays = (beside, mass, raw_mass, sink, own - others, np.maximum(entropy, 0.0))
    single = [array.astype(np.float32) for array in arrays]
    found = View("", "", *single, _window(shares, sink, centers, edges), _regions(shares, regions))
    if norms is not None:
        found.norm = _at(norms, eos, triggers).astype(np.float32)
        found.norm_mass = renormalized(norms, eos)[rows, :, :, triggers].astype(np.float32)
        found.norm_log_odds = log_odds(norms, eos, triggers, centers).astype(np.float32)
    return found


def _segments(values: np.ndarray, eos: int | None) -> np.ndarray:
    """Without the EOS column, if one is named."""
    return values if eos is None else np.delete(values, eos, axis=-1)


def _at(values: np.ndarray, eos: int | None, positions: np.ndarray) -> np.ndarray:
    """What stands at one segment of each query.  # -> n x layers x heads"""
    return _segments(values, eos)[np.arange(len(values)), :, :, positions]


def _window(
    shares: np.ndarray, sink: np.ndarray, centers: Sequence[int], edges: Sequence[Collection[int]]
) -> np.ndarray:
    places = np.asarray(centers, dtype=int)[:, None] + np.array(WINDOW)  # n x positions
    for row, skipped in enumerate(edges):
        if skipped:
            places[row] = _around(centers[row], skipped, shares.shape[-1])
    inside = (places >= 0) & (places < shares.shape[-1])
    taken = np.take_along_axis(shares, np.where(inside, places, 0)[:, None, None], -1)
    taken = np.where(inside[:, None, None], taken, np.nan)
    return np.concatenate([taken, sink[..., None]], -1).astype(np.float32)


def _around(center: int, edges: Collection[int], columns: int) -> np.ndarray:
    """Columns of the segments around one, edges passed over; -1 where there is none.  # -> positions"""
    segments = np.array([n for n in range(columns) if n not in edges])
    ranks = np.searchsorted(segments, center) + np.array(WINDOW)
    inside = (ranks >= 0) & (ranks < len(segments))
    return np.where(inside, segments[np.where(inside, ranks, 0)], -1)


def _regions(shares: np.ndarray, regions: Sequence[Mapping[str, Sequence[int]]]) -> dict[str, np.ndarray]:
    found = {}
    for name in dict.fromkeys(name for row in regions for name in row):
        member = np.zeros((len(shares), shares.shape[-1]))
        for n, row in enumerate(regions):
            member[n, list(row.get(name, ()))] = 1
        total = np.einsum("nlhc,nc->nlh", shares, member)
        total[~member.any(1)] = np.nan
        found[name] = total.astype(np.float32)
    return found


def same_offset(shares: np.ndarray, origins: Sequence[int | None], skip: int, offset: int) -> np.ndarray:
    """Mean mass at one offset from a word's other queries: what a head that attends by position gives anyway.

    Args:
        shares: renormalized, of one word.  # -> layers x heads x queries x segments
        origins: of each query, the position of the segment that it belongs to; None for one that belongs to none.
        skip: the query to leave out.
        offset: trigger's position - target's position.

    Returns:
        NaN where no other query has a segment there.  # -> layers x heads, float32
    """
    queries, keys = [], []
    for query, origin in enumerate(origins):
        if query != skip and origin is not None and 0 <= origin + offset < shares.shape[-1]:
            queries.append(query)
            keys.append(origin + offset)
    if not queries:
        return np.full(shares.shape[:2], np.nan, np.float32)
    return shares[:, :, queries, keys].mean(-1).astype(np.float32)
