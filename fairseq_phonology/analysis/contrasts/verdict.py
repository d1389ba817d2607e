"""The verdict "attends" in a sentence: what a head attends to. What a model uses, only interventions show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from ...attention.record import KIND_NAMES
from ...text import P_PLACES, decimal, listed
from ..criteria import NOT_SPECIFIC
from ..design.designs import Exclusions
from .kinds import CONTRASTS
from .study import Family, Verdict

CAVEAT = "Attention shows what a head attends to; whether the output depends on it, only interventions can show."


def verdict(primary: Family | None, exclusions: Exclusions | None, process: str) -> Verdict:
    """The verdict in a sentence or two, from the one family that can make the headline.

    Args:
        primary: that family; None for a plain word list, or where errors left too little to test.
        exclusions: what errors cost the design; None without a design, and under forced decoding.
        process: its name.
    """
    if exclusions is not None and exclusions.reasons_withheld:
        why = "; ".join(exclusions.reasons_withheld)
        return Verdict("withheld", f"No claim is made about {process}: {why}.")
    if primary is None:
        return Verdict(
            "descriptive",
            f"The word list has no design in which {process} could be tested: what is described is {NOT_SPECIFIC}.",
        )
    if not primary.claim.any():
        return _none(primary, process)
    heads = [int(n) for n in np.argsort(-primary.estimate["mass"], kind="stable") if primary.claim[n]]
    others = [_name(primary, n) for n in heads[1:]]
    beside = f"; so {'do' if len(others) > 1 else 'does'} {listed(others)}" if others else ""
    sentence = (
        f"The model attends to the trigger of {process}: {_name(primary, heads[0])} {_numbers(primary, heads[0])}"
        f"{beside}."
    )
    return Verdict("attends", sentence, tuple(heads), (CAVEAT,))


def with_derived(found: Verdict, family: Family, fed: Mapping[str, Sequence[str]]) -> Verdict:
    """The verdict, with the response of the same head in words whose site another process makes.

    Args:
        found: the verdict over the clean words.
        family: the response in the derived ones.
        fed: of each of these words, the processes that make its site.
    """
    processes = listed(list(dict.fromkeys(name for names in fed.values() for name in names)))
    n = found.heads[0] if found.heads else family.best
    rule_met = "meets the rule" if family.claim[n] else f"does not meet the rule ({'; '.join(family.unmet[n])})"
    caveat = (
        f"Words whose site another process ({processes}) makes are tested separately, because two processes touch "
        f"their target. In these words {_name(family, n)} {_numbers(family, n)}, and {rule_met}."
    )
    return replace(found, caveats=(*found.caveats, caveat))


def _none(family: Family, process: str) -> Verdict:
    best = family.best
    sentence = (
        f"No head meets all criteria for attending to the trigger of {process}. The largest response is that of "
        f"{_name(family, best)}, which {_numbers(family, best)}; unmet criteria: {'; '.join(family.unmet[best])}."
    )
    return Verdict("none", sentence, (), ("That no head meets all criteria does not show that none responds.",))


def _numbers(family: Family, n: int) -> str:
    cells = " / ".join(decimal(family.cell_means[cell][n]) for cell in family.cell_means)
    words = family.n_suffixes == 0
    units = (
        f" and {family.n_stems} real words" if words else f", {family.n_stems} stems and {family.n_suffixes} suffixes"
    )
    return (
        f"puts {cells} of its mass on it in {' / '.join(family.cell_means)}, {_contrast(family)} of "
        f"{decimal(family.estimate['mass'][n])} [{decimal(family.low['mass'][n])}, {decimal(family.high['mass'][n])}] "
        f"(largest of the p-values {decimal(family.largest_p(n), P_PLACES)}, over {_count(family)}{units})"
    )


def _contrast(family: Family) -> str:
    contrast = CONTRASTS[family.contrast]
    return f"a {contrast.name.partition('-')[0]} ({contrast.term})"


def _count(family: Family) -> str:
    return f"{len(family.heads)} head" + ("s" if len(family.heads) > 1 else "")


def _name(family: Family, n: int) -> str:
    head = family.heads[n]
    several = len({each.kind for each in family.heads}) > 1
    return f"head {head}" + (f" of the {KIND_NAMES[head.kind]}" if several else "")
