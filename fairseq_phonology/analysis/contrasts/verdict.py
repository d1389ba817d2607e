"""What may be said: the claim rule of DESIGN section 5, and the verdict in one sentence.

Attention alone shows what a head attends to. What a model uses only interventions can show.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from ...attention.record import KIND_NAMES
from ...text import P_PLACES, decimal, listed
from ..design.designs import Exclusions
from .family import ADDITIONAL, SCALES, Family
from .study import Verdict

ALPHA = 0.05
LEAST_MASS = 0.05
NOT_SPECIFIC = "not process-specific"
CAVEAT = "Attention shows where a head looks; whether the model depends on it, only an intervention can show."


Segments = Mapping[str, Mapping[str, Mapping[str, np.ndarray]]]
Counts = Mapping[str, tuple[str, Mapping[str, int]]]  # target or trigger -> what its units are, segment -> how many
_ONE = {"stems": "stem", "suffixes": "suffix", "words": "word"}


def met(p: Mapping[str, np.ndarray], mass: np.ndarray, segments: Segments) -> np.ndarray:
    """Which heads meet the claim rule; arguments as `rule`.  # -> heads, bool"""
    fine = mass >= LEAST_MASS
    for values in p.values():
        fine = fine & (values < ALPHA)
    for scale in SCALES:
        for alone in segments[scale].values():
            for values in alone.values():
                fine = fine & (values > 0)
    return fine


def rule(
    p: Mapping[str, np.ndarray],
    mass: np.ndarray,
    segments: Segments,
    words: bool = False,
    counts: Counts | None = None,
) -> tuple[np.ndarray, list[list[str]]]:
    """Which heads meet the claim rule, and what the others lack, in words.

    Args:
        p: max-T p-values by test, both scales; ``both_mass``, ``both_logit`` for stems and suffixes at once.
        mass: the contrast's estimate of mass.  # -> heads
        segments: scale -> target or trigger -> segment -> the estimate with that segment alone.  # -> heads
        words: the tests called ``stems`` are over words.
        counts: on how many units each of the segments rests, for what is said.
    """
    claim = met(p, mass, segments)
    return claim, [[] if claim[n] else _lacks(n, p, mass, segments, words, counts or {}) for n in range(len(mass))]


def _lacks(
    n: int, p: Mapping[str, np.ndarray], mass: np.ndarray, segments: Segments, words: bool, counts: Counts
) -> list[str]:
    lacks = []
    failed = {test: values[n] for test, values in p.items() if not values[n] < ALPHA}
    if failed:
        worst = max(failed, key=lambda test: np.inf if np.isnan(failed[test]) else failed[test])
        unit, scale = worst.split("_")
        over = "stems and suffixes at once" if unit == "both" else "words" if words else unit
        over = f"{over} ({ADDITIONAL.get(scale, scale)})"
        which = f"p = {decimal(failed[worst], P_PLACES)} over {over}, not under {decimal(ALPHA)}"
        lacks.append(which if len(failed) == 1 else f"{which}, the largest of {len(failed)} such p of {len(p)}")
    if not mass[n] >= LEAST_MASS:
        lacks.append(f"{decimal(mass[n], 3)} of mass, under {decimal(LEAST_MASS)}")
    places = {}
    for scale in SCALES:
        for place, alone in segments[scale].items():
            for segment, values in alone.items():
                if not values[n] > 0:
                    places.setdefault((place, segment), []).append(scale)
    if places:
        named = [
            f"{place} {segment} alone ({_resting_on(counts, place, segment)}{', '.join(scales)})"
            for (place, segment), scales in places.items()
        ]
        lacks.append(f"not positive for {listed(named)}")
    return lacks


def _resting_on(counts: Counts, place: str, segment: str) -> str:
    """``1 suffix: ``, or nothing where it is not known."""
    units, by_segment = counts.get(place, ("", {}))
    number = by_segment.get(segment)
    return "" if number is None else f"{number} {_ONE[units] if number == 1 else units}: "


def verdict(primary: Family | None, exclusions: Exclusions | None, process: str) -> Verdict:
    """The verdict in a sentence or two, from the one family that can make the headline.

    Args:
        primary: that family; None for a plain word list, or where errors left too little to test.
        exclusions: what errors cost the design; None without a design, and under forced decoding.
        process: its name.
    """
    if exclusions is not None and exclusions.reasons_withheld:
        why = "; ".join(exclusions.reasons_withheld)
        return Verdict("withheld", f"Nothing is claimed about {process}, whatever the heads do: {why}.")
    if primary is None:
        return Verdict(
            "descriptive",
            f"The word list has no design to test {process} against, so that what the heads do is described only: "
            f"it is {NOT_SPECIFIC}.",
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
    """The verdict, and what the same heads do in words whose site another process makes.

    Args:
        found: the verdict over the clean words.
        family: the response in the derived ones.
        fed: of each of these words, the processes that make its site.
    """
    makers = listed(list(dict.fromkeys(name for names in fed.values() for name in names)))
    n = found.heads[0] if found.heads else family.best
    rule_met = "meets the rule" if family.claim[n] else f"does not meet the rule ({'; '.join(family.unmet[n])})"
    caveat = (
        f"Tested apart, as no clean test of one process: the words whose site {makers} makes. There {_name(family, n)} "
        f"{_numbers(family, n)}, and {rule_met}."
    )
    return replace(found, caveats=(*found.caveats, caveat))


def _none(family: Family, process: str) -> Verdict:
    best = family.best
    sentence = (
        f"No head meets the rule for attending to the trigger of {process}. The largest response is that of "
        f"{_name(family, best)}, which {_numbers(family, best)}; it falls short: {'; '.join(family.unmet[best])}."
    )
    return Verdict("none", sentence, (), ("That no head meets the rule does not show that none responds.",))


def _numbers(family: Family, n: int) -> str:
    cells = " / ".join(decimal(family.cell_means[cell][n]) for cell in family.cell_means)
    words = family.n_suffixes == 0
    units = (
        f" and {family.n_stems} real words" if words else f", {family.n_stems} stems and {family.n_suffixes} suffixes"
    )
    return (
        f"puts {cells} of its mass on it in {' / '.join(family.cell_means)}, a {family.contrast.partition('-')[0]} of "
        f"{decimal(family.estimate['mass'][n])} [{decimal(family.low['mass'][n])}, {decimal(family.high['mass'][n])}] "
        f"(largest of the p-values {decimal(family.largest_p(n), P_PLACES)}, over {_count(family)}{units})"
    )


def _count(family: Family) -> str:
    return f"{len(family.heads)} head" + ("s" if len(family.heads) > 1 else "")


def _name(family: Family, n: int) -> str:
    head = family.heads[n]
    several = len({each.kind for each in family.heads}) > 1
    return f"head {head}" + (f" of the {KIND_NAMES[head.kind]}" if several else "")
