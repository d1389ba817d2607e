"""The verdict "uses": by which route a model uses the trigger, in one sentence (DESIGN section 5), beside "attends".

A knock-out shows what the model cannot do without. Hence a route is needed if its removal costs the model much; of two
routes either suffices if neither removal does, and the removal of both.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...attention.record import KIND_NAMES
from ...text import decimal, listed, percent, signed_plain
from ..criteria import LEAST_SHARE
from .effects import AttendingHead, AttentionSummary, Causal, CausalVerdict, Effects, MinimalPair
from .kinds import KINDS, PAIRS, ROUTES, TOTALS

# what a verdict may name: a route alone; either suffices: one can stand in for the other; jointly needed: each carries
# a part, or one is of no use without the other; indirect: only hiding the trigger from every position removes its use
VERDICTS = (*ROUTES, "either suffices", "jointly needed", "indirect", "none")
PLAIN = "it is a plain list"  # why there is no design


def route_of(routes: Effects) -> tuple[str, tuple[str, ...]]:
    """One of `VERDICTS`, and the routes that it is about.

    Of what meets the rule of `Effects.uses`:

    - a pair whose joint removal costs more than both removals in turn, and the surplus is no less than what either
      costs alone: either of the pair suffices. (Neither need cost anything alone.)
    - else one route alone: that route; two or three, each alone: jointly needed, for the others do not replace it; none
      alone, but a pair: jointly needed, too, each for a part under the limit.
    """
    met = routes.met
    pairs = [pair for pair in PAIRS if pair in met]
    interchangeable = _interchangeable(routes)
    if interchangeable:
        return "either suffices", _routes_in(interchangeable)
    single = tuple(route for route in ROUTES if route in met)
    if single or pairs:
        kinds = single or _routes_in(pairs)
        return (kinds[0] if len(kinds) == 1 else "jointly needed"), kinds
    return ("indirect" if met & set(TOTALS) else "none"), ()


def carriers(routes: Effects) -> list[str]:
    """The knock-outs that show the route: of ``either suffices`` the removal of both, of a route alone its own."""
    route, kinds = route_of(routes)
    if route == "either suffices":
        return _interchangeable(routes)
    single = [kind for kind in kinds if kind in routes.met]
    wanted = single or (TOTALS if route == "indirect" else PAIRS)
    return [measure for measure in wanted if measure in routes.met]


def _interchangeable(routes: Effects) -> list[str]:
    """The pairs of which either route suffices."""
    return [pair for pair in PAIRS if pair in routes.met and _surplus(routes, pair) >= max(_parts(routes, pair))]


def _parts(routes: Effects, pair: str) -> list[float]:
    """Share that each route of a pair takes away alone; where its removal adds, none."""
    numbers = (routes.number(route) for route in KINDS[pair].attention)
    return [0.0 if n is None else max(0.0, float(routes.share[n])) for n in numbers]


def _surplus(routes: Effects, pair: str) -> float:
    """Share that only the removal of both takes away."""
    return float(routes.share[routes.number(pair)]) - sum(_parts(routes, pair))


def _routes_in(pairs: Sequence[str]) -> tuple[str, ...]:
    return tuple(route for route in ROUTES if any(route in KINDS[pair].attention for pair in pairs))


def causal_verdict(study: Causal) -> CausalVerdict:
    """What may be said of a study whose families are tested."""
    process, pair, routes = study.process, study.minimal_pair, study.routes
    attends = attends_of(study.attention)
    why = "; ".join(study.reasons_withheld)
    if study.exclusions is None:
        lacks = f"have no design to test {process} in" if PLAIN in study.reasons_withheld else f"cannot test {process}"
        sentence = f"The words {lacks}, so that the effects are described only: {why}."
        return CausalVerdict("descriptive", "", (), sentence, attends)
    if study.reasons_withheld or pair is None:
        sentence = f"Nothing is claimed about the use of the trigger of {process}: {why}."
        return CausalVerdict("withheld", "", (), sentence, attends)
    if not pair.distinguishes:
        sentence = (
            f"The model does not distinguish the trigger of {process} from the segment that replaces it in the minimal "
            f"pair: the log-odds are {signed_plain(pair.intact)} with the trigger and {signed_plain(pair.after)} "
            "without it, so that there is no use to explain."
        )
        both = "" if attends is None else combined(study, attends, "none", ())
        return CausalVerdict("same", "", (), f"{sentence} {both}".rstrip(), attends, combined=both)
    route, kinds = route_of(routes)
    used = route != "none"
    start = f"The model uses the trigger of {process}, {way(route, kinds)}"
    if not used:
        start = (
            f"No route was shown to carry the effect of the trigger of {process} (with it replaced, the log-odds fall "
            f"from {signed_plain(pair.intact)} to {signed_plain(pair.after)})"
        )
    both = "" if attends is None else combined(study, attends, route, kinds)
    sentence = f"{start}: {_numbers(study, route, kinds)}. {both}".rstrip()
    strength = "uses" if used else "none"
    return CausalVerdict(strength, route, kinds, sentence, attends, _caveats(study, route, kinds), both)


def way(route: str, kinds: Sequence[str]) -> str:
    """The route in words, as in ``by cross-attention``."""
    if route == "either suffices":
        return f"{listed([KINDS[kind].by for kind in kinds], 'or')} (either suffices)"
    if route == "jointly needed":
        return f"{listed([KINDS[kind].by for kind in kinds])} (jointly needed)"
    return KINDS[route].by if route in ROUTES else "by way of other segments"


def _numbers(study: Causal, route: str, kinds: Sequence[str]) -> str:
    routes, pair = study.routes, study.minimal_pair
    measures = [route for route in ROUTES if routes.number(route) is not None]
    pairs = [pair for pair in PAIRS if pair in routes.met]
    if route == "either suffices":
        measures = [*pairs, *measures]
    elif route == "jointly needed":
        measures = [*measures, *pairs]
    elif route in ("indirect", "none"):
        measures += [m for m in (*PAIRS, *TOTALS) if routes.number(m) is not None]
    # what the verdict rests on comes first, with its log-odds
    chosen = [measure for measure in measures if measure in routes.met]
    parts = [_whole(routes, measure, pair) for measure in chosen]
    for measure in [measure for measure in measures if measure not in chosen]:
        of = "" if parts else " of the minimal-pair effect"
        parts.append(f"{KINDS[measure].without}, {percent(routes.share[routes.number(measure)])} %{of}")
    tested = [routes.largest_p(routes.number(measure)) for measure in chosen]
    units = f"{study.n_stems} stems and {study.n_suffixes} suffixes" if study.n_suffixes else f"{study.n_stems} words"
    end = f"largest of the p-values {decimal(max(tested), 4)}, " if tested else ""
    return f"{'; '.join(parts)} ({end}{len(routes.which)} knock-outs in all heads, {units})"


def _whole(routes: Effects, measure: str, pair: MinimalPair) -> str:
    n = routes.number(measure)
    others = routes.controls["others"][n] / pair.effect
    return (
        f"{KINDS[measure].without}, the log-odds fall from {signed_plain(pair.intact)} to "
        f"{signed_plain(pair.intact - routes.effect[n])}, {percent(routes.share[n])} % "
        f"[{percent(routes.low_share[n])}, {percent(routes.high_share[n])}] of the minimal-pair effect (the same at "
        f"other segments: {percent(others)} %)"
    )


def _caveats(study: Causal, route: str, kinds: Sequence[str]) -> tuple[str, ...]:
    routes, found = study.routes, []
    for pair in PAIRS if route not in ("indirect", "none") else ():
        if pair not in routes.met:
            continue
        surplus, alone = _surplus(routes, pair), max(_parts(routes, pair))
        without = KINDS[pair].without
        start = f"{without[:1].upper()}{without[1:]}, the model loses {percent(routes.share[routes.number(pair)])} %"
        if route == "either suffices" and alone >= LEAST_SHARE:
            replaced = "they replace each other in part"
            found.append(f"{start}, with the more needed of them removed {percent(alone)} %: {replaced}.")
        elif route != "either suffices" and surplus >= LEAST_SHARE:
            found.append(f"{start}, more than the sum of the two alone: in part, one replaces the other.")
        elif route == "jointly needed" and surplus <= -LEAST_SHARE:
            found.append(f"{start}, less than the sum of the two alone: one is of little use without the other.")
    for kind in kinds:
        found += _using_heads(study, route, kind)
    idle = [
        f"{family.named(n)} of the {KIND_NAMES[family.which[n].measure]} ({percent(family.share[n])} %)"
        for head in claimed_heads(study)
        if (family := study.heads(head.kind)) is not None
        for n, one in enumerate(family.which)
        if (one.layer, one.head) == (head.layer, head.head) and not family.uses[n]
    ]
    if idle:
        found.append(f"These heads attend to the trigger, but do not meet the rule of use alone: {listed(idle)}.")
    return tuple(found)


def _using_heads(study: Causal, route: str, kind: str) -> list[str]:
    """Which single heads take how much away."""
    family = study.heads(kind)
    if family is None:
        return []
    using = sorted(np.flatnonzero(family.uses), key=lambda n: -family.share[n])
    least = f"{percent(LEAST_SHARE)} %"
    if using:
        named = listed([f"{family.named(n)} ({percent(family.share[n])} %)" for n in using])
        return [f"Heads of the {KIND_NAMES[kind]} that take away {least} or more, each alone: {named}."]
    if route == kind:
        return [f"No single head of the {KIND_NAMES[kind]} takes away {least}: other heads can replace it."]
    return []


def claimed_heads(study: Causal) -> list[AttendingHead]:
    """The heads that attend to the trigger, as the verdict on attention has them."""
    return study.attention.primary.claims if study.attention and study.attention.primary else []


def attends_of(attention: AttentionSummary | None) -> bool | None:
    """The verdict on attention; None where there is none, or it makes no claim either way."""
    return None if attention is None else {"attends": True, "none": False}.get(attention.verdict.strength)


def combined(study: Causal, attends: bool, route: str, kinds: Sequence[str]) -> str:
    """What the verdicts on attention and on use say together, in one sentence.

    Args:
        study: with both.
        attends: the verdict on attention.
        route, kinds: of the verdict on use.
    """
    if not attends:
        none = "No head is shown to attend to the trigger because of the process"
        return f"{none}, either." if route == "none" else f"{none}, although the trigger is used."
    claims = claimed_heads(study)
    where = list(dict.fromkeys(head.kind for head in claims))
    several = "+" in study.attention.primary.kind if claims else False
    heads = [f"{head.layer}.{head.head}" + (f" of the {KIND_NAMES[head.kind]}" if several else "") for head in claims]
    named = f" (head{'s' if len(heads) > 1 else ''} {listed(heads)})" if heads else ""
    if route == "none":
        return f"It attends to the trigger{named}, and is not shown to use it."
    if route == "indirect" or not set(where) & set(kinds):
        seen = listed([KIND_NAMES[kind] for kind in where])
        return f"It attends to the trigger in its {seen}{named}, but uses it by another route."
    families = [family for kind in kinds if (family := study.heads(kind)) is not None]
    using = {(f.which[n].measure, f.which[n].layer, f.which[n].head) for f in families for n in np.flatnonzero(f.uses)}
    if families and not using & {(head.kind, head.layer, head.head) for head in claims}:
        return (
            f"It attends to the trigger{named}, and uses it, though not by "
            f"{'any one of these heads' if len(heads) > 1 else 'that head'} alone."
        )
    return f"It attends to the trigger{named}, and uses it."
