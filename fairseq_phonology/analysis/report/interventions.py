"""Does the output depend on the trigger? The section on interventions: routes, single heads, and where attention and
effect differ."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ...attention.record import KIND_NAMES
from ...text import count, listed, number, p_value, share, typeset
from ..contrasts.kinds import RESPONSE
from ..contrasts.study import Family, Study
from ..criteria import USES
from ..events.events import Head
from ..interventions.effects import Causal, Effects
from ..interventions.kinds import CONTROLS, KINDS, PLACES
from ..interventions.verdict import claimed_heads

_UNITS = ("stems", "suffixes", "both")


def interventions(study: Study | None, causal: Causal, figures: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Everything that the section shows.

    Args:
        study: of the same model; None where its attention was not analyzed.
        causal: what interventions found.
        figures: of the interventions.
    """
    units = f" ({causal.n_stems} stems × {causal.n_suffixes} suffixes)" if causal.n_suffixes else ""
    pair, routes = causal.minimal_pair, causal.routes
    controls = [name for name in CONTROLS if np.isfinite(routes.controls[name]).any()]
    return {
        "words": f"{count(causal.n_words, 'word')} of cell TR{units}",
        "withheld": "; ".join(causal.reasons_withheld),
        "same": pair is not None and not pair.distinguishes,
        "routes": routes_table(causal),
        "controls": [(PLACES[name].label, PLACES[name].methods) for name in controls],
        "criteria": USES.clause(),
        "knock_outs": count(len(routes.which), "knock-out"),
        "figures": figures,
        "heads": heads_table(study, causal),
        "differences": differences(study, causal),
        "caveats": [typeset(each) for each in causal.verdict.caveats],
    }


def routes_table(causal: Causal) -> dict[str, Any]:
    """The minimal pair, then every knock-out in all heads, in the order of the figure.

    Returns:
        ``columns`` (headings), ``rows`` (claim, unmet, cells of text and sort key) and ``word``, what stands beside a
        row that meets the criteria.
    """
    family, pair = causal.routes, causal.minimal_pair
    units = [unit for unit in _UNITS if any(f"{unit}_{name}" in family.p for name in CONTROLS)]
    elsewhere = [name for name in CONTROLS if np.isfinite(family.controls[name]).any()]
    tested = [name for name in elsewhere if units]
    names = " / ".join(units if causal.n_suffixes else ["words"] * len(units))
    columns = ["lost [95 %]\nlog-odds", "of the minimal pair\n% [95 %]"]
    places = " / ".join(PLACES[name].label.split()[0] for name in elsewhere)
    columns += [f"elsewhere, {'%' if _shares(causal) else 'log-odds'}\n{places}"] if elsewhere else []
    columns += [f"p against {PLACES[name].label}\n{names}" for name in tested]
    rows = []
    if pair is not None:
        lost = _with_interval(number, pair.effect, pair.low, pair.high)
        whole = "100" if _shares(causal) else "–"
        blank = [("", "")] * (bool(elsewhere) + len(tested))
        rows.append(_row(KINDS[pair.measure].label, [(lost, ""), (whole, ""), *blank, ("", "")], False, ""))
    order = sorted(range(len(family.which)), key=lambda n: list(KINDS).index(family.which[n].measure))
    for n in order:
        cells = [(_with_interval(number, *(each[n] for each in (family.effect, family.low, family.high))), "")]
        cells.append((_share(family, n), ""))
        if elsewhere:
            cells.append((" / ".join(_elsewhere(causal, family, n, name) for name in elsewhere), ""))
        cells += [(" / ".join(p_value(family.p[f"{unit}_{name}"][n]) for unit in units), "") for name in tested]
        cells.append((f"{share(family.changes[n])} %", ""))
        rows.append(_row(KINDS[family.which[n].measure].label, cells, bool(family.uses[n]), _unmet(family, n)))
    return {"columns": ["removed", *columns, "output\nchanges"], "rows": rows, "word": _word(causal)}


def heads_table(study: Study | None, causal: Causal) -> dict[str, Any] | None:
    """The single heads that meet the criteria of use, or attend to the trigger; None if none was tested.

    Returns:
        As `routes_table`, the larger share first; ``tested``: how many heads of which kind, in words.
    """
    families = [family for kind in KIND_NAMES if (family := causal.heads(kind)) is not None]
    if not families:
        return None
    claims = {(head.kind, head.layer, head.head) for head in claimed_heads(causal)}
    several = len(families) > 1
    found = []
    for family in families:
        for n, one in enumerate(family.which):
            attends = (one.measure, one.layer, one.head) in claims
            if attends or family.uses[n]:
                found.append((-family.share[n], _head_row(study, causal, family, n, attends, several)))
    found.sort(key=lambda each: each[0])
    columns = ["head", *(["attention"] if several else []), "lost [95 %]\n% of the minimal pair"]
    columns += [f"{PLACES[CONTROLS[0]].label}\n%", "largest p", "output\nchanges"]
    columns += [] if study is None else ["mass on trigger\nTR / TN / CR / CN", "response", "attends"]
    return {
        "columns": columns,
        "rows": [row for _, row in found],
        "word": _word(causal),
        "tested": listed([f"{len(family.which)} of the {KIND_NAMES[family.which[0].measure]}" for family in families]),
    }


def response_of(study: Study | None, head: Head) -> tuple[Family, int] | None:
    """The family that tested the response of a head at the decision step, and its number there."""
    for family in study.families if study is not None else ():
        if family.contrast == RESPONSE and head in family.heads:
            return family, family.heads.index(head)
    return None


def means_of(family: Family, n: int) -> str:
    """``.98 / .04 / .97 / .03``: mass on the trigger in TR, TN, CR and CN."""
    return " / ".join(number(values[n]) for values in family.cell_means.values())


def _head_row(
    study: Study | None, causal: Causal, family: Effects, n: int, attends: bool, several: bool
) -> dict[str, Any]:
    one = family.which[n]
    own = response_of(study, Head(one.measure, "decision", one.layer, one.head))
    cells = [(KIND_NAMES[one.measure], one.measure)] if several else []
    cells += [(_share(family, n), family.share[n]), (_elsewhere(causal, family, n, CONTROLS[0]), "")]
    cells += [(p_value(family.largest_p(n)), family.largest_p(n)), (f"{share(family.changes[n])} %", family.changes[n])]
    if study is not None and own is None:
        cells += [("–", ""), ("–", ""), ("not tested", "")]
    elif own is not None:
        response = own[0].estimate["mass"][own[1]]
        cells += [(means_of(*own), ""), (number(response), response), ("yes" if attends else "no", "")]
    return _row(f"{one.layer}.{one.head}", cells, bool(family.uses[n]), _unmet(family, n))


def _row(name: str, cells: list[tuple[str, Any]], uses: bool, unmet: str) -> dict[str, Any]:
    return {"claim": uses, "unmet": unmet, "cells": [(name, name), *cells], "link": None}


def _word(causal: Causal) -> str:
    """Stands beside what meets the criteria: no claim where none may be made."""
    return "uses" if causal.verdict.strength in ("uses", "none") else "no claim"


def _unmet(family: Effects, n: int) -> str:
    return typeset("; ".join(family.unmet[n]))


def _shares(causal: Causal) -> bool:
    return causal.minimal_pair is not None and causal.minimal_pair.distinguishes


def _share(family: Effects, n: int) -> str:
    return _with_interval(share, *(each[n] for each in (family.share, family.low_share, family.high_share)))


def _elsewhere(causal: Causal, family: Effects, n: int, control: str) -> str:
    value = family.controls[control][n]
    return share(value / causal.minimal_pair.effect) if _shares(causal) else number(value)


def _with_interval(write: Callable[[float], str], value: float, low: float, high: float) -> str:
    text = write(value)
    return text if np.isnan(low) else f"{text} [{write(low)}, {write(high)}]"


def differences(study: Study | None, causal: Causal) -> list[str]:
    """Sentences on where attention and knock-outs give different results; none where they agree."""
    found, attends = causal.verdict, causal.verdict.attends
    if study is None or attends is None or found.strength not in ("uses", "none"):
        return []
    kinds = dict.fromkeys(head.kind for head in claimed_heads(causal))
    lines = []
    if attends and found.strength == "none":
        lines.append(
            "The model attends to the trigger, but removing that attention has little effect. A knock-out puts nothing "
            "in the place of what it removes: the output of a model by default does not change, and the same "
            "information may be available elsewhere."
        )
    elif attends and not set(kinds) & set(found.kinds):
        lines.append(
            f"The heads that attend to the trigger belong to the {listed([KIND_NAMES[kind] for kind in kinds])}, but "
            "the output depends on another route: by the decision step, information on the trigger is also present at "
            "other positions, and is read there."
        )
    if not attends and found.strength == "uses":
        lines.append(
            "The trigger is used, although no head is shown to attend to it because of the process. A head that "
            "attends to that place in every word passes on what stands there without any response, and several heads "
            "can share what none of them does alone."
        )
    return lines + _attending_only(causal) + _used_only(study, causal)


def _attending_only(causal: Causal) -> list[str]:
    """Heads that attend and do not meet the criteria of use alone, where their kind is of the route."""
    lines = []
    for family, found in _of_heads(causal, attending=True, using=False):
        one, kind = len(found) == 1, family.which[found[0]].measure
        named = listed([f"{_name(family, n)} ({share(family.share[n])} %)" for n in found])
        if causal.verdict.route == "either suffices":
            why = "What is lost with them is available by the other route, or from other heads."
        else:
            lost = share(causal.routes.share[causal.routes.number(kind)])
            why = f"Without all heads of this kind {lost} % is lost: other heads carry more of it, or compensate."
        lines.append(
            f"{'Head' if one else 'Heads'} {named} of the {KIND_NAMES[kind]} attend{'s' if one else ''} to the trigger "
            f"but {'does' if one else 'do'} not meet the criteria of use alone. {why}"
        )
    return lines


def _used_only(study: Study, causal: Causal) -> list[str]:
    """Heads that are used and do not meet the criteria of attending, with their mass."""
    lines = []
    for family, found in _of_heads(causal, attending=False, using=True):
        kind, named = family.which[found[0]].measure, []
        for n in found:
            own = response_of(study, Head(kind, "decision", family.which[n].layer, family.which[n].head))
            if own is not None:
                response = number(own[0].estimate["mass"][own[1]])
                numbers = f"{share(family.share[n])} %; {means_of(*own)}, a response of {response}"
                named.append(f"{_name(family, n)} ({numbers})")
        one = len(named) == 1
        if named:
            lines.append(
                f"{'Head' if one else 'Heads'} {listed(named)} of the {KIND_NAMES[kind]} {'is' if one else 'are'} used "
                f"but {'does' if one else 'do'} not meet the criteria of attending (mass on the trigger's position in "
                "TR / TN / CR / CN). A head can pass on what it finds at that position without attending to it because "
                "of the process."
            )
    return lines


def _of_heads(causal: Causal, attending: bool, using: bool) -> list[tuple[Effects, list[int]]]:
    """Of the kinds that make the route, the single heads that do or do not attend, and are or are not used."""
    claims = {(head.kind, head.layer, head.head) for head in claimed_heads(causal)}
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
