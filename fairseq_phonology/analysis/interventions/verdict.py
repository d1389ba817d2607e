"""The verdict "uses": by which route a model uses the trigger, and what the heads do that attend to it (DESIGN 5).

A criterion that is not met is no finding: what was not shown is said to be not shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ...attention.record import KIND_NAMES
from ...text import listed, p_text, percent, signed_plain
from ..criteria import LEAST_AGREEMENT, LEAST_SHARE
from ..design.limits import reasons
from .effects import AttendingHead, AttentionSummary, Causal, CausalVerdict, Drawn, Effects, Measured
from .kinds import DIRECT, KINDS, ROUTES, TOGETHER

PLAIN = "it is a plain list"  # why there is no design


def route_of(study: Causal) -> tuple[str, tuple[str, ...]]:
    """One of `routes.VERDICTS`, and the routes that it is about.

    ``indirect`` where the upper bounds of all direct routes together are under `criteria.LEAST_SHARE` both ways. Else
    what `criteria.LEAST_AGREEMENT` of the draws say, as far as it meets the rule of use, each route alone or with
    others; ``undecided`` where they do not agree, or none of that meets it, and something else does.
    """
    routes, whole = study.routes, direct(study.routes)
    if whole is not None and max(each.high_share[whole] for each in _directions(routes)) < LEAST_SHARE:
        return "indirect", ()
    first = study.draws[0] if study.draws else Drawn("none", (), 1.0)
    if first.share >= LEAST_AGREEMENT:
        shown = {part for m in _basis(routes, first.route, first.kinds) for part in KINDS[m].attention}
        kinds = tuple(kind for kind in first.kinds if kind in shown)
        if kinds:
            return (first.route if len(kinds) > 1 else kinds[0]), kinds
    return ("undecided" if routes.met else "none"), ()


def carriers(study: Causal) -> list[str]:
    """The interventions that the verdict rests on."""
    return _basis(study.routes, study.verdict.route, study.verdict.kinds)


def _basis(routes: Effects, route: str, kinds: Sequence[str]) -> list[str]:
    """Of what meets the rule of use."""
    if route == "undecided":
        return [measure for measure in DIRECT if measure in routes.met]
    if route in ROUTES:
        return [route] if route in routes.met else []
    asked = TOGETHER if route == "either suffices" else (*TOGETHER, *ROUTES)
    return [m for m in asked if m in routes.met and set(KINDS[m].attention) <= set(kinds)]


def untested_heads(study: Causal) -> str:
    """Why no single head was tested, in a sentence; empty where some were."""
    single = [family for family in study.families if family.name.startswith("heads of ")]
    if any(np.isfinite(family.noising.p).any() for family in single):
        return ""
    if any(np.isfinite(family.noising.others).any() for family in single):
        return "Single heads have control interventions, but these words allow no test, for the reasons given above."
    return "Single heads were not tested against control interventions (option intervene --controls heads)."


def direct(routes: Effects) -> int | None:
    """Number of the intervention on all direct routes together; None if it was not made."""
    return next((n for measure in reversed(DIRECT) if (n := routes.number(measure)) is not None), None)


def causal_verdict(study: Causal) -> CausalVerdict:
    """What may be said of a study whose families are tested, and what of the process it does not speak about."""
    found, lacking = _said(study), study.provenance.grammar.coverage.sentence(study.process)
    return replace(found, caveats=(*found.caveats, lacking)) if lacking else found


def _said(study: Causal) -> CausalVerdict:
    process, pair = study.process, study.minimal_pair
    attends = attends_of(study.attention)
    why = "; ".join(study.reasons_withheld)
    if study.exclusions is None:
        lacks = f"have no design to test {process} in" if PLAIN in study.reasons_withheld else f"cannot test {process}"
        sentence = f"The words {lacks}, so that the effects are described only: {why}."
        return CausalVerdict("descriptive", "", (), sentence, attends)
    if (study.reasons_withheld or pair is None) and not study.described:
        sentence = f"Nothing is claimed about the use of the trigger of {process}: {why}."
        return CausalVerdict("withheld", "", (), sentence, attends)
    heads = attending(study)
    change = f"the log-odds are {signed_plain(pair.intact)} with the trigger and {signed_plain(pair.after)} without it"
    if study.described:
        return CausalVerdict("descriptive", "", (), f"{_described(study)} {heads}".rstrip(), attends, heads=heads)
    if not pair.distinguishes:
        sentence = (
            f"The model was not shown to distinguish the trigger of {process} from the segment that replaces it in the "
            f"minimal pair: {change}, so that no shares are taken."
        )
        return CausalVerdict("same", "", (), f"{sentence} {heads}".rstrip(), attends, heads=heads)
    route, kinds = route_of(study)
    start = f"The model uses the trigger of {process}, {way(route, kinds)}"
    if route == "undecided":
        start += f" {_undecided(study.draws)}"
    elif route == "none":
        start = f"No route was shown to carry the effect of the trigger of {process}"
    sentence = f"{start}: {change}; {_numbers(study, route, kinds)}. {heads}".rstrip()
    strength = "none" if route == "none" else "uses"
    return CausalVerdict(strength, route, kinds, sentence, attends, _caveats(study, kinds), heads)


def _described(study: Causal) -> str:
    """What is described of a design that no number of words makes one to claim from."""
    pair, of = study.minimal_pair, "the trigger" if study.edge == "R" else "what replaces it"
    at = {"R": ("at the end of the word", "before a suffix"), "N": ("before the trigger", "at the end of the word")}
    places = at.get(study.edge, ("with the trigger", "with its replacement"))
    each = zip((pair.intact, pair.after), places, strict=True)
    change = listed([f"{signed_plain(odds)} {place}" for odds, place in each])
    numbers = _numbers(study, "", ()) if pair.distinguishes else "a difference of which no shares are taken"
    return (
        f"The use of the trigger of {study.process} is described, not claimed: {reasons(study.reasons_withheld, of)}. "
        f"The log-odds are {change}; {numbers}."
    )


def way(route: str, kinds: Sequence[str]) -> str:
    """The route in words, as in ``by cross-attention``."""
    if route == "either suffices":
        return f"{listed([KINDS[kind].by for kind in kinds], 'or')} (either suffices)"
    if route == "jointly needed":
        return f"{listed([KINDS[kind].by for kind in kinds])} (jointly needed)"
    if route == "indirect":
        return f"by way of other positions (less than {percent(LEAST_SHARE)} % by the direct routes)"
    return KINDS[route].by if route in ROUTES else "by a route that is undecided"


def _undecided(draws: Sequence[Drawn]) -> str:
    """``between cross-attention (60 %) and encoder (38 %) of bootstrap draws``: as many as make up what would agree."""
    named, total = [], 0.0
    for one in draws:
        if total >= LEAST_AGREEMENT:
            break
        last = "or" if one.route == "either suffices" else "and"
        name = listed([KINDS[kind].short for kind in one.kinds], last) if one.kinds else "none of the direct routes"
        name += f", {one.route}" if len(one.kinds) > 1 else ""
        named.append(f"{name} ({percent(one.share)} %)")
        total += one.share
    between = "between " if len(named) > 1 else "(not shown to meet the rule: "
    return f"{between}{listed(named)} of bootstrap draws{')' if len(named) == 1 else ''}"


def _numbers(study: Causal, route: str, kinds: Sequence[str]) -> str:
    """What interchange does, first to what the verdict rests on."""
    routes, chosen = study.routes, _basis(study.routes, route, kinds)
    shown = ROUTES if route in ROUTES else DIRECT
    rest = [measure for measure in shown if measure not in chosen and routes.number(measure) is not None]
    parts = []
    for measure in [*chosen, *rest]:
        n, there = routes.number(measure), ""
        if measure in chosen:
            elsewhere = listed([f"{percent(each.others_share[n])} %" for each in _directions(routes)])
            there = f" ({elsewhere} at other segments)"
        said = shares_of(routes, n, measure in chosen or not chosen)
        parts.append(f"{said} {KINDS[measure].by or f'by {KINDS[measure].short}'}{there}")
    units = f"{study.n_stems} stems and {study.n_suffixes} suffixes" if study.n_suffixes else f"{study.n_words} words"
    tested = [routes.largest_p(routes.number(measure)) for measure in chosen]
    notes = [f"largest corrected {p_text(max(tested))}"] if tested else []
    if route not in ("", "none", "undecided", "indirect"):
        notes.append(f"{percent(study.draws[0].share)} % of bootstrap draws agree on the route")
    what = "interchange of keys and values takes away and gives back, of the difference,"
    return f"{what} {', '.join(parts)} ({'; '.join([*notes, units])})"


def shares_of(family: Effects, n: int, intervals: bool = True) -> str:
    """``54 % [50, 58] and 48 % [44, 52]``: noising and denoising."""
    each = []
    for one in _directions(family):
        known = intervals and np.isfinite(one.low_share[n])
        bounds = f" [{percent(one.low_share[n])}, {percent(one.high_share[n])}]" if known else ""
        each.append(f"{percent(one.share[n])} %{bounds}" if np.isfinite(one.share[n]) else "unknown")
    return listed(each)


def _directions(family: Effects) -> tuple[Measured, Measured]:
    return family.noising, family.denoising


def _caveats(study: Causal, kinds: Sequence[str]) -> tuple[str, ...]:
    """Which part of the attention, and which heads, for each route of the verdict."""
    found, parts = [], study.family("keys and values")
    for kind in kinds:
        numbers = [] if parts is None else [(part, parts.number(kind, part)) for part in ("keys", "values")]
        said = [f"{part} alone {shares_of(parts, n)}" for part, n in numbers if n is not None]
        if said:
            found.append(f"In the {KIND_NAMES[kind]}, interchange takes away and gives back with {listed(said)}.")
        family = study.heads(kind)
        if family is None:
            continue
        using = sorted(np.flatnonzero(family.uses), key=lambda n: -family.share[n])
        named = listed([f"{family.named(n)} ({shares_of(family, n)})" for n in using])
        found.append(
            f"Heads of the {KIND_NAMES[kind]} that meet the rule of use, each alone: {named}."
            if using
            else f"No single head of the {KIND_NAMES[kind]} was shown to meet the rule of use."
        )
    return tuple(found)


def claimed_heads(study: Causal) -> list[AttendingHead]:
    """The heads that attend to the trigger, as the verdict on attention has them."""
    return study.attention.primary.claims if study.attention and study.attention.primary else []


def attends_of(attention: AttentionSummary | None) -> bool | None:
    """The verdict on attention; None where there is none, or it makes no claim either way."""
    return None if attention is None else {"attends": True, "none": False}.get(attention.verdict.strength)


def attending(study: Causal) -> str:
    """What each head does that attends to the trigger; empty without a verdict on attention."""
    attends = attends_of(study.attention)
    if not attends:
        return "" if attends is None else "No head was shown to attend to the trigger."
    several, found = "+" in study.attention.primary.kind, []
    for head in claimed_heads(study):
        name = f"Head {head.layer}.{head.head}" + (f" of the {KIND_NAMES[head.kind]}" if several else "")
        family = study.family(f"heads of {head.kind}")
        places = [(one.layer, one.head) for one in family.which] if family is not None else []
        passes = ""
        if (head.layer, head.head) in places:
            n = places.index((head.layer, head.head))
            if np.isfinite(family.share[n]):
                passes = f"; {shares_of(family, n)} of the effect pass by it (noising and denoising)"
        found.append(f"{name} attends to the trigger{passes}.")
    return " ".join(found)
