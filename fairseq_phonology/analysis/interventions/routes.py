"""By which route a model uses the trigger: the verdict of DESIGN section 5, in one sentence.

A knock-out shows what the model cannot do without. Hence one route whose loss costs the model much is needed; two of
which neither loss does, but the loss of both, stand in for each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ...attention.record import KIND_NAMES
from ...text import decimal, listed, percent
from ..criteria import LEAST_SHARE
from .attends_and_uses import attends_of, claimed_heads, combined
from .effects import Causal, CausalVerdict, Effects, MinimalPair
from .kinds import KINDS, PAIRS, ROUTES, TOTALS

# cross: the decision step reads the trigger itself. encoder: the target's own position does, and the decoder reads it
# there. decoder: the decision step reads the surface trigger. either suffices: one stands in for the other. jointly
# needed: each carries a part, or one is of no use without the other. indirect: only hiding the trigger from everybody
# takes its use away.
VERDICTS = ("cross", "encoder", "decoder", "either suffices", "jointly needed", "indirect", "none")
PLAIN = "it is a plain list"  # why there is no design
_FLOOR = f"{100 * LEAST_SHARE:.0f} %"


def route_of(routes: Effects) -> tuple[str, tuple[str, ...]]:
    """One of `VERDICTS`, and the kinds of attention that make it.

    Of what meets the rule of `Effects.uses`:

    - a pair whose joint loss costs more than both losses in turn, and the surplus is no less than what either costs
      alone: either of the pair suffices, for what one loses is there in the other. (Neither need cost anything alone.)
    - else one kind alone: that route; two or three, each alone: jointly needed, for what one loses the others do not
      replace; none alone, but a pair: jointly needed, too, each for a part under the floor.
    """
    met = {one.measure for one, uses in zip(routes.which, routes.uses, strict=True) if uses}
    pairs = [pair for pair in PAIRS if pair in met]
    standing_in = _standing_in(routes)
    if standing_in:
        return "either suffices", _kinds_of(standing_in)
    single = tuple(kind for kind in ROUTES if kind in met)
    if single or pairs:
        kinds = single or _kinds_of(pairs)
        return (kinds[0] if len(kinds) == 1 else "jointly needed"), kinds
    return ("indirect" if met & set(TOTALS) else "none"), ()


def carriers(routes: Effects) -> list[str]:
    """The knock-outs that show the route: of ``either suffices`` the loss of both, of a kind alone its own."""
    route, kinds = route_of(routes)
    met = [one.measure for one, uses in zip(routes.which, routes.uses, strict=True) if uses]
    if route == "either suffices":
        return _standing_in(routes)
    single = [kind for kind in kinds if kind in met]
    wanted = single or (TOTALS if route == "indirect" else PAIRS)
    return [measure for measure in wanted if measure in met]


def _standing_in(routes: Effects) -> list[str]:
    """The pairs of which one stands in for the other."""
    met = {one.measure for one, uses in zip(routes.which, routes.uses, strict=True) if uses}
    return [pair for pair in PAIRS if pair in met and _surplus(routes, pair) >= max(_parts(routes, pair))]


def _parts(routes: Effects, pair: str) -> list[float]:
    """Share that each kind of a pair takes away alone; what adds takes nothing."""
    numbers = (routes.number(kind) for kind in KINDS[pair].attention)
    return [0.0 if n is None else max(0.0, float(routes.share[n])) for n in numbers]


def _surplus(routes: Effects, pair: str) -> float:
    """Share that only the loss of both takes away."""
    return float(routes.share[routes.number(pair)]) - sum(_parts(routes, pair))


def _kinds_of(pairs: Sequence[str]) -> tuple[str, ...]:
    return tuple(kind for kind in ROUTES if any(kind in KINDS[pair].attention for pair in pairs))


def causal_verdict(study: Causal) -> CausalVerdict:
    """What may be said of a study whose families are tested."""
    process, pair, routes = study.process, study.minimal_pair, study.routes
    attends = attends_of(study.attention)
    if study.exclusions is None:
        why = "; ".join(study.reasons_withheld)
        lacks = f"have no design to test {process} in" if PLAIN in study.reasons_withheld else f"cannot test {process}"
        sentence = f"The words {lacks}, so that the effects are described only: {why}."
        return CausalVerdict("descriptive", "", (), sentence, attends)
    if study.reasons_withheld or pair is None:
        why = "; ".join(study.reasons_withheld)
        return CausalVerdict(
            "withheld", "", (), f"Nothing is claimed about the use of the trigger of {process}: {why}.", attends
        )
    if not pair.distinguishes:
        sentence = (
            f"The model does not distinguish the trigger of {process} from what stands in its place in the minimal "
            f"pair: the log-odds are {_signed(pair.intact)} with the trigger and {_signed(pair.after)} without it, so "
            "that there is no use to explain."
        )
        both = "" if attends is None else combined(study, attends, "none", ())
        return CausalVerdict("same", "", (), f"{sentence} {both}".rstrip(), attends, combined=both)
    route, kinds = route_of(routes)
    used = route != "none"
    start = f"The model uses the trigger of {process}, {way(route, kinds)}"
    if not used:
        start = (
            f"None of the routes carries what the trigger of {process} does (with it replaced, the log-odds fall from "
            f"{_signed(pair.intact)} to {_signed(pair.after)})"
        )
    both = "" if attends is None else combined(study, attends, route, kinds)
    sentence = f"{start}: {_numbers(study, route, kinds)}. {both}".rstrip()
    strength = "uses" if used else "none"
    return CausalVerdict(strength, route, kinds, sentence, attends, _caveats(study, route, kinds), both)


def with_attention(study: Causal, attention: dict) -> Causal:
    """The same study beside what the model attends to, judged anew.

    Args:
        study: of the same model and process.
        attention: as `summary.summary` makes it, or ``summary.json`` of `analyze`.
    """
    found = replace(study, attention=attention)
    found.verdict = causal_verdict(found)
    return found


def way(route: str, kinds: Sequence[str]) -> str:
    """The route in words, as in ``by cross-attention``."""
    if route == "either suffices":
        return f"{listed([KINDS[kind].by for kind in kinds], 'or')} (either suffices)"
    if route == "jointly needed":
        return f"{listed([KINDS[kind].by for kind in kinds])} (jointly needed)"
    return KINDS[route].by if route in ROUTES else "by way of other segments"


def _numbers(study: Causal, route: str, kinds: Sequence[str]) -> str:
    routes, pair = study.routes, study.minimal_pair
    measures = [kind for kind in ROUTES if routes.number(kind) is not None]
    if route in ("either suffices", "jointly needed"):
        pairs = [p for p in PAIRS if (n := routes.number(p)) is not None and routes.uses[n]]
        measures = [*pairs, *measures] if route == "either suffices" else [*measures, *pairs]
    elif route in ("indirect", "none"):
        measures += [m for m in (*PAIRS, *TOTALS) if routes.number(m) is not None]
    # what carries the verdict comes first, with its log-odds
    chosen = [m for m in measures if routes.uses[routes.number(m)]]
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
        f"{KINDS[measure].without}, the log-odds fall from {_signed(pair.intact)} to "
        f"{_signed(pair.intact - routes.effect[n])}, {percent(routes.share[n])} % "
        f"[{percent(routes.low_share[n])}, {percent(routes.high_share[n])}] of the minimal-pair effect (where other "
        f"segments are cut off instead, {percent(others)} %)"
    )


def _caveats(study: Causal, route: str, kinds: Sequence[str]) -> tuple[str, ...]:
    routes, found = study.routes, []
    for pair in PAIRS if route not in ("indirect", "none") else ():
        if routes.number(pair) is None or not routes.uses[routes.number(pair)]:
            continue
        surplus, alone = _surplus(routes, pair), max(_parts(routes, pair))
        both = percent(routes.share[routes.number(pair)])
        start = f"{_capital(KINDS[pair].without)}, the model loses {both} %"
        if route == "either suffices" and alone >= LEAST_SHARE:
            found.append(
                f"{start}, without the more needed of them {percent(alone)} %: they replace each other in part."
            )
        elif route != "either suffices" and surplus >= LEAST_SHARE:
            found.append(f"{start}, more than without each in turn: in part, one stands in for the other.")
        elif route == "jointly needed" and surplus <= -LEAST_SHARE:
            found.append(f"{start}, less than without each in turn: one is of little use without the other.")
    for kind in kinds:
        found += _using_heads(study, route, kind)
    if idle := _idle_heads(study):
        found.append(f"Attending to the trigger, but taking away less when cut off from it alone: {listed(idle)}.")
    return tuple(found)


def _using_heads(study: Causal, route: str, kind: str) -> list[str]:
    """Which single heads take how much away."""
    family = study.heads(kind)
    if family is None:
        return []
    using = [n for n in range(len(family.which)) if family.uses[n]]
    using.sort(key=lambda n: -family.share[n])
    if using:
        named = listed([f"{_head(family, n)} ({percent(family.share[n])} %)" for n in using])
        return [f"Heads of the {KIND_NAMES[kind]} that take away {_FLOOR} or more, each alone: {named}."]
    if route == kind:
        return [f"No head of the {kind}-attention alone takes away {_FLOOR}: what one loses, others replace."]
    return []


def _idle_heads(study: Causal) -> list[str]:
    """Those that attend to the trigger, by whatever kind of attention, and are not needed for it alone."""
    found = []
    for claimed in claimed_heads(study):
        family = study.heads(claimed["kind"])
        for n, one in enumerate(family.which) if family is not None else ():
            if (one.layer, one.head) == (claimed["layer"], claimed["head"]) and not family.uses[n]:
                found.append(f"{_head(family, n)} of the {KIND_NAMES[one.measure]} ({percent(family.share[n])} %)")
    return found


def _head(family: Effects, n: int) -> str:
    return f"{family.which[n].layer}.{family.which[n].head}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _signed(value: float) -> str:
    return f"{value:+.1f}"
