"""By which routes the effect of the trigger passes: one function of shares, asked of every bootstrap draw.

Given a route alone, and both or all three at once, in both directions of an interchange. Noising shows what the word
cannot do without, denoising what suffices: of two routes either suffices if neither removal costs much and the removal
of both does, and if each alone gives back what both do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import numpy as np

from ..criteria import LEAST_SHARE
from ..statistics.paired import drawn_means
from .effects import Drawn, Effects, Words
from .kinds import DIRECTIONS, KINDS, PAIRS, ROUTES, TOGETHER

# what a verdict may name: a route alone; either suffices: one can stand in for the other; jointly needed: each carries
# a part, or one is of no use without the other; indirect: none of them together; undecided: draws do not agree
VERDICTS = (*ROUTES, "either suffices", "jointly needed", "indirect", "undecided", "none")

Shares = Mapping[str, np.ndarray]  # measure -> share of the minimal-pair effect  # draws


def routes_drawn(words: Words, routes: Effects) -> tuple[Drawn, ...]:
    """What the routes are in bootstrap draws over stems x suffixes (words), the most frequent first.

    Args:
        words: of cell TR.
        routes: their family; those are asked that every word has room for.
    """
    values = {d: words.effects([replace(one, method=d) for one in routes.which]) for d in DIRECTIONS}
    units = tuple(range(words.index.ndim))
    known = np.logical_and.reduce([np.isfinite(each).all(units) for each in values.values()])
    if not known.any():
        return ()
    parts = [*(each[..., known] for each in values.values()), words.minimal_pair()[..., None]]
    means = drawn_means(np.concatenate(parts, -1), words.seed)
    shares = np.split((means[:, :-1] / means[:, -1:]).T, 2)
    measures = [one.measure for one, there in zip(routes.which, known, strict=True) if there]
    found = classified(*(dict(zip(measures, each, strict=True)) for each in shares))
    return tuple(Drawn(*route, count / len(means)) for route, count in Counter(found).most_common())


def classified(noising: Shares, denoising: Shares) -> list[tuple[str, tuple[str, ...]]]:
    """Of each draw one of `VERDICTS` and the routes that it is about.

    Of what takes and gives back `criteria.LEAST_SHARE` or more:

    - a pair whose noising takes more than that of both in turn, the surplus no less than what either takes alone, and
      whose denoising mirrors it (see `_redundant`): either of the pair suffices;
    - else one route alone: that route; two or three, each alone: jointly needed;
    - none alone, but a pair: jointly needed, too, each for a part under the limit, or one of no use without the other;
    - no pair, but all three: as of a pair;
    - else none.
    """
    met = {m: np.minimum(noising[m], denoising[m]) >= LEAST_SHARE for m in noising}
    either = {m: met[m] & _redundant(m, noising, denoising) for m in TOGETHER if _parts(m, noising)}
    seen = np.stack([*met.values(), *either.values()], 1)
    patterns, numbers = np.unique(seen, axis=0, return_inverse=True)
    verdicts = []
    for pattern in patterns:
        of_met = {m for m, true in zip(met, pattern[: len(met)], strict=True) if true}
        of_either = {m for m, true in zip(either, pattern[len(met) :], strict=True) if true}
        verdicts.append(_verdict(of_met, of_either))
    return [verdicts[n] for n in numbers.ravel()]


def _redundant(measure: str, noising: Shares, denoising: Shares) -> np.ndarray:
    """Is what both (all) take more than the sum of each, by as much as any takes alone, and in the mirror?

    In noising a route takes its share; in denoising, what the others lack without it of what all give back. Where a
    route adds to the effect, it takes none.
    """
    parts = _parts(measure, noising)
    taken = np.array([np.maximum(noising[route], 0) for route in parts])
    lacking = np.array([np.maximum(denoising[measure] - denoising[rest], 0) for rest in parts.values()])
    return np.logical_and.reduce(
        [whole[measure] - each.sum(0) >= each.max(0) for whole, each in ((noising, taken), (denoising, lacking))]
    )


def _parts(measure: str, known: Collection[str]) -> dict[str, str]:
    """Route of several -> what is left of them without it; empty if one of these was not made."""
    routes = KINDS[measure].attention
    parts = {route: "+".join(other for other in routes if other != route) for route in routes}
    return parts if {measure, *parts, *parts.values()} <= set(known) else {}


def _verdict(met: Collection[str], either: Collection[str]) -> tuple[str, tuple[str, ...]]:
    single = tuple(route for route in ROUTES if route in met)
    pairs = [pair for pair in PAIRS if pair in met]
    redundant = [pair for pair in pairs if pair in either]
    if not (pairs or single):  # all three, if at all
        pairs = [together for together in TOGETHER if together in met]
        redundant = [together for together in pairs if together in either]
    if redundant:
        return "either suffices", _routes_in(redundant)
    if single or pairs:
        kinds = single or _routes_in(pairs)
        return (kinds[0] if len(kinds) == 1 else "jointly needed"), kinds
    return "none", ()


def _routes_in(together: Sequence[str]) -> tuple[str, ...]:
    return tuple(route for route in ROUTES if any(route in KINDS[each].attention for each in together))
