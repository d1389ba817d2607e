"""The report's tables of knock-outs: every route, and the single heads that use the trigger or attend to it."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...attention.record import KIND_NAMES
from ...text import number, p_value, share, typeset
from ..contrasts.family import Family
from ..contrasts.study import Study
from ..events.events import Head
from ..interventions.attends_and_uses import claimed_heads
from ..interventions.effects import Causal, Effects
from ..interventions.kinds import CONTROLS, KINDS, PLACES

UNITS = ("stems", "suffixes", "both")


def routes_table(causal: Causal) -> dict[str, Any]:
    """The minimal pair, then every knock-out in all heads, in the order of the figure.

    Returns:
        ``columns`` (headings) and ``rows``: name, whether it meets the rule, cells of text and sort key, and what the
        rule says (``lacks``).
    """
    family, pair = causal.routes, causal.minimal_pair
    units = [unit for unit in UNITS if f"{unit}_others" in family.p]
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
        rows.append(_row(KINDS[family.which[n].measure].label, cells, bool(family.uses[n]), _lacks(family, n)))
    return {"columns": ["cut off", *columns, "output\nchanges"], "rows": rows, "word": _word(causal)}


def heads_table(study: Study, causal: Causal) -> dict[str, Any] | None:
    """The single heads that meet the rule of use, or attend to the trigger; None if no head was measured so.

    Returns:
        As `routes_table`, the larger share first; ``tested``: how many heads of which kind.
    """
    families = [family for kind in KIND_NAMES if (family := causal.heads(kind)) is not None]
    if not families:
        return None
    claims = {(head["kind"], head["layer"], head["head"]) for head in claimed_heads(causal)}
    several = len(families) > 1
    found = []
    for family in families:
        for n, one in enumerate(family.which):
            attends = (one.measure, one.layer, one.head) in claims
            if attends or family.uses[n]:
                found.append((-family.share[n], _head_row(study, causal, family, n, attends, several)))
    found.sort(key=lambda each: each[0])
    columns = ["head", *(["attention"] if several else []), "lost [95 %]\n% of the minimal pair"]
    columns += ["other segments\n%", "largest p", "output\nchanges", "mass on trigger\nTR / TN / CR / CN"]
    return {
        "columns": [*columns, "response", "attends"],
        "rows": [row for _, row in found],
        "word": _word(causal),
        "tested": [(len(family.which), KIND_NAMES[family.which[0].measure]) for family in families],
    }


def response_of(study: Study, head: Head) -> tuple[Family, int] | None:
    """The family that tested the response of a head at the decision step, and its number there."""
    for family in study.families:
        if family.contrast == "response" and head in family.heads:
            return family, family.heads.index(head)
    return None


def means_of(family: Family, n: int) -> str:
    """``.98 / .04 / .97 / .03``: mass on the trigger in TR, TN, CR and CN."""
    return " / ".join(number(values[n]) for values in family.cell_means.values())


def _head_row(study: Study, causal: Causal, family: Effects, n: int, attends: bool, several: bool) -> dict[str, Any]:
    one = family.which[n]
    own = response_of(study, Head(one.measure, "decision", one.layer, one.head))
    cells = [(KIND_NAMES[one.measure], one.measure)] if several else []
    cells += [(_share(family, n), family.share[n]), (_elsewhere(causal, family, n, "others"), "")]
    cells += [(p_value(family.largest_p(n)), family.largest_p(n)), (f"{share(family.changes[n])} %", family.changes[n])]
    if own is None:
        cells += [("–", ""), ("–", ""), ("not asked", "")]
    else:
        response = own[0].estimate["mass"][own[1]]
        cells += [(means_of(*own), ""), (number(response), response), ("yes" if attends else "no", "")]
    return _row(f"{one.layer}.{one.head}", cells, bool(family.uses[n]), _lacks(family, n))


def _row(name: str, cells: list[tuple[str, Any]], uses: bool, lacks: str) -> dict[str, Any]:
    return {"name": name, "cells": cells, "uses": uses, "lacks": lacks}


def _word(causal: Causal) -> str:
    """Stands beside what meets the rule; no claim, whatever does, where errors forbid one."""
    return "uses" if causal.verdict.strength in ("uses", "none") else "no claim"


def _lacks(family: Effects, n: int) -> str:
    return typeset("; ".join(family.unmet[n]))


def _shares(causal: Causal) -> bool:
    return causal.minimal_pair is not None and causal.minimal_pair.distinguishes


def _share(family: Effects, n: int) -> str:
    return _with_interval(share, *(each[n] for each in (family.share, family.low_share, family.high_share)))


def _elsewhere(causal: Causal, family: Effects, n: int, control: str) -> str:
    value = family.controls[control][n]
    return share(value / causal.minimal_pair.effect) if _shares(causal) else number(value)


def _with_interval(write: Any, value: float, low: float, high: float) -> str:
    text = write(value)
    return text if np.isnan(low) else f"{text} [{write(low)}, {write(high)}]"
