"""The verdict of `compare`, what it claims, and what limits it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ...text import count, decimal, listed
from .baselines import VARIANT, Baseline
from .estimates import FEWEST_UNITS


def verdict(found: Any) -> str:
    """The correlation of a `Comparison`, its interval and ceiling."""
    one, ceiling = found.row("spearman", subset=found.headline), found.ceilings[found.headline]
    what = {"items": "over items", "within": "within variants", "all": "over candidates"}[found.headline]
    seeds = count(len(found.models), "seed")
    limit = f" (ceiling {decimal(ceiling.value)})" if np.isfinite(ceiling.value) else " (no ceiling known)"
    if not np.isfinite(one.value):
        return f"No correlation ({what}) is defined over {_size(found)}: models or people do not vary."
    between = f" [{decimal(one.low)}, {decimal(one.high)}]" if np.isfinite(one.low) else ""
    return f"Spearman's correlation {what}: {decimal(one.value)}{between} over {_size(found)} and {seeds}{limit}."


def _size(found: Any) -> str:
    """How many items are correlated in the verdict; and candidates, where items have unequal numbers of them."""
    scale = found.scales[found.headline]
    compared = np.concatenate([rows for rows, _ in scale.groups])
    _, candidates = np.unique(found.matched.items[compared], return_counts=True)
    items = count(len(candidates), "item")
    return items if len(set(candidates)) == 1 else f"{count(scale.size, 'candidate')} of {items}"


def caveats(found: Any) -> Iterator[str]:
    """What limits what a `Comparison` says."""
    if len(found.models) == 1:
        yield "One seed: the intervals are over items and people; nothing is said of other seeds."
    elif len(found.models) < FEWEST_UNITS:
        yield (
            "Two seeds: the intervals are over items and people, since two do not tell how much seeds differ; "
            "three or more do."
        )
    if found.human.sums is None or len(found.human.sums) < 2:
        what = "Participants are not known" if found.human.sums is None else "There is one participant"
        yield f"{what}: intervals and tests are for these speakers."
    elif len(found.human.sums) < FEWEST_UNITS:
        yield "There are two participants: intervals are for these speakers."
    if found.units < FEWEST_UNITS:
        yield "There are fewer than three families of items: intervals are for these items."
    least, items = min(one.gain.items for one in found.baselines), len(np.unique(found.matched.items[found.regressed]))
    if least < items / 2:
        of = count(items, "item") + (f" in {found.units:,} families" if found.options.family else "")
        yield (
            f"Responses are unequal over items, or items are alike: in tests of held-out deviance the {of} "
            f"say as much as {least:.0f} would, with as many responses to each and none alike."
        )
    if any(one.beaten for one in found.baselines) and not found.options.family:
        yield "The tests take items as independent, but for those whose URs are alike (--family COLUMN names others)."
    if not np.isfinite(found.ceilings[found.headline].value):
        known = tuple(np.isfinite([[row.n, row.sd] for row in found.human.rows]).any(0).tolist())
        lacks = {
            (False, False): "neither n nor participants are known",
            (True, False): "the ratings have n and no sd (--sd-column)",
            (False, True): "the ratings have sd and no n (--n-column)",
        }.get(known if found.human.kind == "ratings" else (), "the responses do not say how noisy they are")
        yield f"No noise ceiling: {lacks}, so that how well a model could do is not known."
    how, k = found.ceilings[found.headline].how, np.array([(one.k, one.n) for one in found.pairs])[found.regressed]
    if how == "beta-binomial" and np.mean((k[:, 0] == 0) | (k[:, 0] == k[:, 1])) > 0.5:
        yield (
            "Most candidates were chosen always or never: the ceiling rests on the beta distribution that their shares "
            "are taken to have, and may be too high by .15 (two clusters, one response each) or too low by .07."
        )
    numbers = found.human.numbers
    if numbers is None:
        return
    if how == "split halves" and np.mean(np.minimum(1, 2 * 0.5 ** (numbers > 0).sum(0))) > 0.05:
        yield "Some candidates have so few participants that a half often lacks them: the ceiling is of the others."
    if found.human.kind == "ratings" and (numbers == 0).any():
        lists = _lists(numbers > 0)
        if not found.human.centered:
            yield (
                "Participants rated different candidates, and the means are of ratings as they are, with how each uses "
                "the scale in them (--within-participants center)."
            )
        elif lists > 1:
            yield (
                f"Participants rated {lists} lists that share no candidate, and ratings are centered within list: "
                "differences between the lists are taken off with those between participants."
            )


def _lists(rated: np.ndarray) -> int:
    """How many sets of candidates there are of which no participant rated two.  # participants x pairs"""
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import connected_components

    return int(connected_components(csr_matrix(rated.T.astype(int) @ rated.astype(int)))[0])


def claims(baselines: Sequence[Baseline]) -> Iterator[str]:
    """A sentence for those that are beaten, one for those of which that is not shown, and why a claim is withheld."""
    beaten = [one.name for one in baselines if one.beaten]
    what = f"Held-out deviance{' within variants' if any(one.name == VARIANT for one in baselines) else ''}"
    if beaten:
        yield f"{what} is lower than that of the baseline{'s' if beaten[1:] else ''} {listed(beaten)}."
    if reasons := list(dict.fromkeys(one.withheld for one in baselines if one.withheld)):
        yield f"No baseline is claimed to be beaten: {reasons[0]}."
    elif rest := [one.name for one in baselines if not one.beaten]:
        which = f"the baseline{'s' if rest[1:] else ''} {listed(rest)}"
        yield f"{what} is not shown to be lower than that of {which}, which does not say that it is not."
