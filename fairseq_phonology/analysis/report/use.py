"""Does the output depend on the trigger? The section of the report on interventions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...attention.record import KIND_NAMES
from ...text import count, listed, number, share, typeset
from ..contrasts.study import Study
from ..criteria import LEAST_SHARE
from ..events.events import Head
from ..interventions.attends_and_uses import claimed_heads
from ..interventions.effects import Causal, Effects
from .use_tables import heads_table, means_of, response_of, routes_table

_FLOOR = f"{100 * LEAST_SHARE:.0f} %"


def use(study: Study, causal: Causal, figures: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Everything that the section shows.

    Args:
        study, causal: of the same model.
        figures: of the interventions.
    """
    heads = heads_table(study, causal)
    return {
        "intro": _intro(causal),
        "routes": routes_table(causal),
        "note": _note(causal),
        "figures": figures,
        "heads": heads,
        "heads_intro": _heads_intro(causal, heads),
        "apart": apart(study, causal),
        "caveats": [typeset(each) for each in causal.verdict.caveats],
    }


def _intro(causal: Causal) -> list[str]:
    units = f" ({causal.n_stems} stems × {causal.n_suffixes} suffixes)" if causal.n_suffixes else ""
    text = (
        f"The question put to the model itself, in {count(causal.n_words, 'word')} of cell TR{units}: what becomes of "
        "its choice when the trigger is replaced, or when a way to it is cut off? The choice is measured in log-odds, "
        "of the gold symbol against the one that would stand there with the process blocked, at the decision step "
        "along the gold SR."
    )
    if causal.reasons_withheld:
        return [text, f"No claim is made: {'; '.join(causal.reasons_withheld)}. What follows describes."]
    if causal.minimal_pair is not None and not causal.minimal_pair.distinguishes:
        return [text, "Replacing the trigger changes too little for shares of it to be taken: what follows describes."]
    return [text]


def _note(causal: Causal) -> str:
    family = causal.routes
    mirror = " Mirror offset: to the place as far from the target on its other side."
    return (
        "Each in all layers and heads at once. Other segments: the same edges cut to every other segment of the word "
        f"in turn, mean.{mirror if _any(family, 'mirror') else ''} A route is used if every p is below .05 and its "
        f"share is at least {_FLOOR}, also beyond what a control takes away. p is max-T over the "
        f"{count(len(family.which), 'knock-out')}."
    )


def _any(family: Effects, control: str) -> bool:
    values = family.controls[control]
    return bool((values == values).any())


def _heads_intro(causal: Causal, heads: dict[str, Any] | None) -> str:
    if heads is None:
        return (
            "Single heads were not measured by controls, so that nothing is said of them (intervene --controls "
            "heads does)."
        )
    of = listed([f"{n} of the {kind}" for n, kind in heads["tested"]])
    if not heads["rows"]:
        return f"No single head meets the rule of use, and none attends to the trigger: {of} were cut off one by one."
    return (
        f"Heads cut off one by one ({of}): those that meet the rule of use, and those that attend to the trigger. What "
        "one head loses others may have, too: shares need not add up."
    )


def apart(study: Study, causal: Causal) -> list[str]:
    """Plain sentences on where attention and knock-outs say different things; none where they agree."""
    found, attends = causal.verdict, causal.verdict.attends
    if attends is None or found.strength not in ("uses", "none"):
        return []
    seen = dict.fromkeys(head["kind"] for head in claimed_heads(causal))
    lines = []
    if attends and found.strength == "none":
        lines.append(
            "The model looks at the trigger, and loses little when it is cut off. A knock-out takes the trigger away "
            "and puts nothing in its place: what a model does by default it does all the same, and what it reads there "
            "may be had elsewhere."
        )
    elif attends and not set(seen) & set(found.kinds):
        lines.append(
            f"The heads that attend to the trigger are of the {listed([KIND_NAMES[kind] for kind in seen])}; what the "
            "choice depends on goes another way: by the time it is made, what the trigger has to say stands at other "
            "positions, too, and is read there."
        )
    if not attends and found.strength == "uses":
        lines.append(
            "The trigger is used though no head is shown to attend to it because of the process: a head that looks at "
            "that place in every word, whatever stands there, hands on what it finds and shows no response; and heads "
            "can share what none of them does alone."
        )
    return lines + _idle(causal) + _unseen(study, causal)


def _idle(causal: Causal) -> list[str]:
    """Heads that attend, and without which alone the model does well; where their kind is of the route."""
    lines = []
    for family, idle in _of_heads(causal, attending=True, using=False):
        one, kind = len(idle) == 1, family.which[idle[0]].measure
        alone = listed([f"{_name(family, n)} ({share(family.share[n])} %)" for n in idle])
        if causal.verdict.route == "either suffices":
            why = f"What {'it reads' if one else 'they read'} may be had by the other route, or from other heads."
        else:
            lost = share(causal.routes.share[causal.routes.number(kind)])
            why = f"Without any head of this kind the model loses {lost} %: others bear more of it, or stand in."
        lines.append(
            f"{'Head' if one else 'Heads'} {alone} of the {KIND_NAMES[kind]} attend{'s' if one else ''} to the "
            f"trigger; cut off {'alone' if one else 'one by one'}, {'it does' if one else 'they do'} not meet the rule "
            f"of use. {why}"
        )
    return lines


def _unseen(study: Study, causal: Causal) -> list[str]:
    """Heads that are used and do not attend: where they look."""
    lines = []
    for family, using in _of_heads(causal, attending=False, using=True):
        kind, named = family.which[using[0]].measure, []
        for n in using:
            own = response_of(study, Head(kind, "decision", family.which[n].layer, family.which[n].head))
            if own is not None:
                response = number(own[0].estimate["mass"][own[1]])
                what = f"{share(family.share[n])} %; {means_of(*own)}, a response of {response}"
                named.append(f"{_name(family, n)} ({what})")
        one = len(named) == 1
        if named:
            lines.append(
                f"{'Head' if one else 'Heads'} {listed(named)} of the {KIND_NAMES[kind]} {'is' if one else 'are'} used "
                f"and {'does' if one else 'do'} not meet the rule of attending (mass on the trigger's place in TR / TN "
                "/ CR / CN): a head can hand on what it finds at that place without looking there because of the "
                "process."
            )
    return lines


def _of_heads(causal: Causal, attending: bool, using: bool) -> list[tuple[Effects, list[int]]]:
    """Of the kinds that make the route, the single heads that do or do not attend, and are or are not used."""
    claims = {(head["kind"], head["layer"], head["head"]) for head in claimed_heads(causal)}
    found = []
    for kind in causal.verdict.kinds:
        family = causal.heads(kind)
        if family is None or kind == "encoder":  # whose heads the attention's verdict does not ask about
            continue
        own = [
            n
            for n, one in enumerate(family.which)
            if ((one.measure, one.layer, one.head) in claims) is attending and bool(family.uses[n]) is using
        ]
        if own:
            found.append((family, sorted(own, key=lambda n: -family.share[n])))
    return found


def _name(family: Effects, n: int) -> str:
    return f"{family.which[n].layer}.{family.which[n].head}"
