"""The verdict of `compare`, what it claims, and what limits it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ...text import count, decimal, listed
from .baselines import VARIANT, Baseline


def verdict(found: Any) -> str:
    """The correlation of a `Comparison`, its interval and ceiling."""
    one, ceiling = found.row("spearman", subset=found.headline), found.ceilings[found.headline]
    what = {"items": "over items", "within": "within variants", "all": "over candidates"}[found.headline]
    seeds = count(len(found.models), "seed")
    limit = f" (ceiling {decimal(ceiling.value)})" if np.isfinite(ceiling.value) else " (no ceiling known)"
    if not np.isfinite(one.value):
        return f"No correlation ({what}) is defined over {count(found.items, 'item')}: models or people do not vary."
    between = f" [{decimal(one.low)}, {decimal(one.high)}]" if np.isfinite(one.low) else ""
    size = f"over {count(found.items, 'item')} and {seeds}"
    return f"Spearman's correlation {what}: {decimal(one.value)}{between} {size}{limit}."


def caveats(found: Any) -> Iterator[str]:
    """What limits what a `Comparison` says."""
    if len(found.models) == 1:
        yield "One seed: the intervals are over items and people; nothing is said of other seeds."
    if found.human.sums is None or len(found.human.sums) < 2:
        what = "Participants are not known" if found.human.sums is None else "There is one participant"
        yield f"{what}: intervals and tests are for these speakers."
    least, items = min(one.gain.items for one in found.baselines), len(np.unique(found.matched.items[found.regressed]))
    if least < items / 2:
        yield (
            f"Responses are unequal over items, or items are alike: in tests of held-out deviance the {items} items "
            f"say as much as {least:.0f} would, with as many responses to each and none alike."
        )
    if any(one.beaten for one in found.baselines) and not found.options.family:
        yield "The tests take items as independent, but for those whose URs are alike (--family COLUMN names others)."
    if not np.isfinite(found.ceilings[found.headline].value):
        yield "No noise ceiling: neither n nor participants are known, so that how well a model could do is not known."
    numbers = found.human.numbers
    if numbers is not None and found.human.kind == "ratings" and not found.human.centered and (numbers == 0).any():
        yield (
            "Participants rated different candidates, and the means are of ratings as they are, with how each uses the "
            "scale in them (--within-participants center)."
        )


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
