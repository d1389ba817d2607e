"""The verdict "attends" in a sentence: what a head attends to. What a model uses, only interventions show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from ...attention.record import KIND_NAMES
from ...stimuli.items import Item, cells_at_edge
from ...text import END_OF_WORD, decimal, listed, p_text, signed_plain
from ..criteria import LEAST_MASS, MOST_SPREAD, NOT_SPECIFIC
from ..design.exclusions import Exclusions
from ..design.limits import reasons
from ..events.events import Events
from ..statistics.consistency import OTHER, Consistency
from .kinds import CONTRASTS
from .study import SCALE, Family, Verdict

_MOST_NAMED = 6  # segments of a class
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
    if primary.limits:
        return _described(primary, process)
    if not primary.claim.any():
        return _none(primary, process)
    first, *others = [int(n) for n in primary.order if primary.claim[n]]
    sentence = f"The model attends to the trigger of {process}: {_numbers(primary, first)}."
    if others:
        named = [f"{_name(primary, n)} ({signed_plain(primary.estimate[SCALE][n])} log-odds)" for n in others]
        sentence += f" The rule is also met by {listed(named)}."
    return Verdict("attends", sentence, (first, *others), (CAVEAT, *_spread(primary, first)))


def with_derived(found: Verdict, primary: Family | None, family: Family, fed: Mapping[str, Sequence[str]]) -> Verdict:
    """The verdict, with the response of the same head in words whose site another process makes.

    Args:
        found: the verdict over the clean words.
        primary: the family that it is about.
        family: the response in the derived ones.
        fed: of each of these words, the processes that make its site.
    """
    processes = listed(list(dict.fromkeys(name for names in fed.values() for name in names)))
    same = primary.heads[found.heads[0]] if primary is not None and found.heads else None
    n = family.heads.index(same) if same in family.heads else family.best
    rule_met = " It meets the rule." if family.claim[n] and found.strength != "withheld" else ""
    if family.unmet[n]:
        rule_met = f" It does not meet the rule ({'; '.join(family.unmet[n])})."
    caveat = (
        f"Words whose site another process ({processes}) makes, so that two processes touch their target, are tested "
        f"separately: in these words, {_numbers(family, n)}.{rule_met}"
    )
    return replace(found, caveats=(*found.caveats, caveat))


def without_decoder(events: Events, primary: Family) -> str:
    """Said where the decoder reads the trigger in some words and is not in the primary family; else empty."""
    view = events.view("decoder", "decision")
    if view is None or any(head.kind == "decoder" for head in primary.heads):
        return ""
    pairs = [(e.item.id, own) for e, own in zip(events.events, view.log_odds, strict=True) if e.included]
    lacking = [name for name, own in pairs if np.isnan(own).any()]
    if not lacking:
        return ""
    return (
        f"The decoder's attention is not tested: in {len(lacking):,} of {len(pairs):,} words with the gold segment at "
        f"the decision step, as in {lacking[0]}, that step cannot read the trigger beside another segment."
    )


def at_eos(items: Sequence[Item]) -> str:
    """Said of words some of which have the end of the word in trigger position; else empty."""
    cells = cells_at_edge(items)
    if not cells:
        return ""
    what = "control of the trigger" if cells[0][1] == "N" else "trigger"
    others = "; in the other cells EOS is left out" if any(not item.at_edge for item in items) else ""
    return (
        f"The {what} is the end of the word: in {listed(cells)} attention was measured at the position of EOS, which "
        f"there counts among the positions, so that its mass is the weight itself{others}."
    )


def _none(family: Family, process: str) -> Verdict:
    unmet = f"Unmet criteria: {'; '.join(family.unmet[family.best])}."
    sentence = f"No head was shown to attend to the trigger of {process}. {_largest(family)} {unmet}"
    caveat = "That no head meets all criteria does not show that none responds."
    return Verdict("none", sentence, (), (caveat, *_spread(family, family.best)))


def _described(family: Family, process: str) -> Verdict:
    """Estimates without a claim, of a design that no number of words makes another."""
    of = "the trigger" if family.edge == "R" else "the control of the trigger"
    sentence = f"Attention to the trigger of {process} is described, not claimed: {reasons(family.limits, of)}."
    return Verdict("descriptive", f"{sentence} {_largest(family)}", (), _spread(family, family.best))


def _largest(family: Family) -> str:
    """The head to show, in a sentence."""
    best = family.best
    small = family.estimate["mass"][best] < LEAST_MASS
    among = "" if small else f", of those with {decimal(LEAST_MASS)} of mass or more,"
    return f"The largest response{among} is that of {_name(family, best)}: {_numbers(family, best)}."


def _numbers(family: Family, n: int) -> str:
    """What was measured of one head."""
    own, contrast = family.consistency, CONTRASTS[family.contrast]
    (targets, controls), (triggers, _) = (_classes(side.names, side.first) for side in own.sides.values())
    triggers = END_OF_WORD if family.edge == "R" else triggers
    theirs = {"R": "its controls", "N": f"{END_OF_WORD}, their control,"}.get(family.edge, "their controls")
    bounds = tuple(float(each[SCALE][n]) for each in (family.estimate, family.low, family.high))
    more = "more" if bounds[0] >= 0 else "less"
    size, *interval = map(signed_plain, bounds if bounds[0] >= 0 else (-bounds[0], -bounds[2], -bounds[1]))
    cells = " / ".join(decimal(family.cell_means[cell][n]) for cell in family.cell_means)
    among = f"{len(family.heads)} head{'s' if len(family.heads) > 1 else ''}"
    test = f"with {p_text(family.p[n])} over {family.units}, corrected over {among}"
    if np.isnan(family.p[n]):  # one edge is no sample
        test = f"over {family.units}, not tested"
    return (
        f"the weight of {_name(family, n)} on {triggers} exceeds that on {theirs} by {size} "
        f"[{', '.join(interval)}] log-odds {more} with {targets} than with {controls} in target position, a "
        f"{contrast.name.partition('-')[0]} ({contrast.term}) {test}; it is "
        f"positive in {own.positive[n]} of {len(own.quadruples)} {own.what}"
        f"{_random(own, n)}; mean mass {cells} in {' / '.join(family.cell_means)}"
    )


def _random(own: Consistency, n: int) -> str:
    """The estimate with segments random; empty where they cannot be."""
    if np.isnan(own.p[n]):
        return ""
    interval = f"{signed_plain(own.estimate[n])} [{signed_plain(own.low[n])}, {signed_plain(own.high[n])}]"
    return f" and, with segments random, {interval}, corrected {p_text(own.p[n])}"


def _classes(names: Sequence[str], first: np.ndarray) -> tuple[str, str]:
    """Segments of the first class and of the second, as in ``p t k``."""
    found = []
    for own in (first, ~first):
        some = [name for name, is_one in zip(names, own, strict=True) if is_one and name != OTHER]
        more = f" and {len(some) - _MOST_NAMED} more" if len(some) > _MOST_NAMED else ""
        more = " and others" if OTHER in np.array(names)[own] else more  # rare segments of real words
        found.append((" ".join(some[:_MOST_NAMED]) + more).removeprefix(" and "))
    return found[0], found[1]


def _spread(family: Family, n: int) -> tuple[str, ...]:
    """Said where the two classes of stems or of suffixes differ in spread so much that the test is less exact."""
    far = spreads(family, n, MOST_SPREAD)
    if not far:
        return ()
    return (
        f"The two classes differ in spread (standard deviations of {listed(far)} in {_name(family, n)}); beyond "
        f"{decimal(MOST_SPREAD, 0)} : 1 the test is less exact.",
    )


def spreads(family: Family, n: int, beyond: float = 0.0) -> list[str]:
    """By how much the classes of each kind of unit differ in spread, in words, where it is by more than ``beyond``."""
    ratios = {unit: ratio[n] for unit, ratio in family.spread.items() if ratio[n] > beyond}
    return [f"{unit} {f'{decimal(x)} : 1' if np.isfinite(x) else '(one of them is 0)'}" for unit, x in ratios.items()]


def _name(family: Family, n: int) -> str:
    head = family.heads[n]
    several = len({each.kind for each in family.heads}) > 1
    return f"head {head}" + (f" of the {KIND_NAMES[head.kind]}" if several else "")
