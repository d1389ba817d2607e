"""Does the output depend on the trigger? The section on interventions: routes, single heads, and where attention and
effect differ."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ....attention.record import KIND_NAMES
from ....text import count, listed, number, p_value, share, signed, typeset
from ...contrasts.kinds import RESPONSE
from ...contrasts.study import SCALE, Family, Study
from ...criteria import USES
from ...events.events import Head
from ...interventions.effects import Causal, Effects, Measured
from ...interventions.kinds import DIRECTIONS, KINDS, METHODS, PLACES, Intervention
from ...interventions.verdict import claimed_heads, shares_of, untested_heads


def interventions(study: Study | None, causal: Causal, figures: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Everything that the section shows.

    Args:
        study: of the same model; None where its attention was not analyzed.
        causal: what interventions found.
        figures: of the interventions.
    """
    units = f" ({causal.n_stems} stems × {causal.n_suffixes} suffixes)" if causal.n_suffixes else ""
    pair, said = causal.minimal_pair, () if study is None else study.verdict.caveats
    return {
        "replaced": causal.replaced,
        "words": f"{count(causal.n_words, 'word')} of cell TR{units}",
        "withheld": typeset("; ".join(causal.reasons_withheld)),
        "same": pair is not None and not pair.distinguishes,
        "routes": routes_table(causal),
        "controls": PLACES["others"].described(bool(causal.edge))
        if np.isfinite(causal.routes.noising.others).any()
        else "",
        "criteria": USES.clause(),
        "figures": figures,
        "heads": heads_table(study, causal),
        "untested": untested_heads(causal),
        "differences": differences(study, causal),
        "caveats": [typeset(each) for each in causal.verdict.caveats if study is None or each not in said],
    }


def routes_table(causal: Causal) -> dict[str, Any]:
    """The minimal pair, then all that was done in all heads, in the order of the figure.

    Returns:
        ``columns`` (headings), ``rows`` (claim, unmet, cells of text and sort key) and ``word``, what stands beside a
        row that meets the criteria.
    """
    pair, rows = causal.minimal_pair, []
    if pair is not None:
        effect = _with_interval(number, pair.effect, pair.low, pair.high)
        blank = [("", "")] * (len(METHODS) + 1)
        label = f"{causal.replaced} (minimal pair)" if causal.edge else KINDS[pair.measure].label
        rows.append(_row(label, [(f"{effect} log-odds", ""), *blank[1:], (p_value(pair.p), "")], False, ""))
    for name in ("routes", "keys and values", "totals"):
        family = causal.family(name)
        for n in range(len(family.which)) if family is not None else ():
            unmet = "" if name == "totals" else _unmet(family, n)  # described only
            rows.append(_row(_label(family.which[n]), _measured(causal, family, n), bool(family.uses[n]), unmet))
    return {"columns": ["", *_columns(causal)], "rows": rows, "word": _word(causal)}


def _label(one: Intervention) -> str:
    return KINDS[one.measure].label + ("" if one.parts == "both" else f", {one.parts} alone")


def _columns(causal: Causal) -> list[str]:
    unit = "% [95 %]" if _shares(causal) else "log-odds"
    return [
        *(f"{method}\n{unit}" for method in METHODS),
        f"{PLACES['others'].label}\n{unit.partition(' [')[0]}",
        "corrected p",
    ]


def _measured(causal: Causal, family: Effects, n: int) -> list[tuple[str, Any]]:
    """What each method does, what interchange does at other segments, and the larger p."""
    cells = [_effect(causal, family.of(method), n) for method in METHODS]
    there = " / ".join(_elsewhere(causal, family.of(direction), n) for direction in DIRECTIONS)
    return [*cells, (there, ""), (p_value(family.largest_p(n)), family.largest_p(n))]


def _effect(causal: Causal, own: Measured, n: int) -> tuple[str, Any]:
    if not _shares(causal):
        return _with_interval(number, own.effect[n], own.low[n], own.high[n]), own.effect[n]
    return _with_interval(share, own.share[n], own.low_share[n], own.high_share[n]), own.share[n]


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
    columns = ["head", *(["attention"] if several else []), *_columns(causal)]
    columns += [] if study is None else ["mass on trigger\nTR / TN / CR / CN", "response\nlog-odds", "attends"]
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
    cells += _measured(causal, family, n)
    if study is not None and own is None:
        cells += [("–", ""), ("–", ""), ("not tested", "")]
    elif own is not None:
        response = own[0].estimate[SCALE][own[1]]
        cells += [(means_of(*own), ""), (signed(response), response), ("yes" if attends else "no", "")]
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


def _elsewhere(causal: Causal, own: Measured, n: int) -> str:
    return share(own.others_share[n]) if _shares(causal) else number(own.others[n])


def _with_interval(write: Callable[[float], str], value: float, low: float, high: float) -> str:
    text = write(value)
    return text if np.isnan(low) else f"{text} [{write(low)}, {write(high)}]"


def differences(study: Study | None, causal: Causal) -> list[str]:
    """Where attention and interchange give different results, with numbers; none where they agree."""
    if study is None or causal.verdict.attends is None or causal.verdict.strength not in ("uses", "none"):
        return []
    lines = []
    for family, found in _of_heads(causal, attending=True, using=False):
        named = listed([f"{family.named(n)} ({shares_of(family, n)})" for n in found])
        kind = KIND_NAMES[family.which[found[0]].measure]
        lines.append(
            f"Of the {kind}, {named} {'attends' if len(found) == 1 else 'attend'} to the trigger; that use of the "
            "trigger passes by one of them alone was not shown (shares of the minimal-pair effect, both directions)."
        )
    for family, found in _of_heads(causal, attending=False, using=True):
        kind, named = family.which[found[0]].measure, []
        for n in found:
            own = response_of(study, Head(kind, "decision", family.which[n].layer, family.which[n].head))
            if own is not None:
                response = f"{signed(own[0].estimate[SCALE][own[1]])} log-odds"
                named.append(f"{family.named(n)} ({shares_of(family, n)}; {means_of(*own)}, a response of {response})")
        if named:
            lines.append(
                f"Of the {KIND_NAMES[kind]}, {listed(named)} meet the criteria of use and do not meet those of "
                "attending (mass on the trigger's position in TR / TN / CR / CN)."
            )
    return [typeset(line) for line in lines]


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
