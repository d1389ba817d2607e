"""Parts of the report over several models: the table of models, the tests, the captions of figures."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from ...text import count, listed, number, p_value, percent_of, share, signed
from ..criteria import ADDITIONAL
from ..interventions.kinds import KINDS, label_of
from ..models.results import SCALE_NAMES, ModelRow, Models, ModelTest, RouteEffect
from ..statistics.over_models import FEWEST
from ..statistics.splits import HeldOut

Cell = tuple[str, Any]  # text, sort key
Column = tuple[str, Callable[[ModelRow], Cell]]  # heading, what is in it
_STRENGTHS = {
    "attends": "attends",
    "uses": "uses",
    "none": "not shown",
    "same": "no difference",
    "withheld": "withheld",
    "descriptive": "described",
}


def rows_table(models: Models, links: Mapping[str, str]) -> dict[str, Any]:
    """Every model: ``columns`` (headings) and ``rows`` (claim, cells of text and sort key, link)."""
    columns: list[Column] = [("by itself", _verdict)]
    if any(row.use is not None for row in models.rows):
        columns.append(("uses it by\n(share lost)", _use))
    if any(row.exact_match is not None for row in models.rows):
        columns.append(_exact_matches(models))
    columns += _causal_columns(models) if models.causal else _attention_columns(models)
    rows = []
    for place, row in enumerate(models.rows):
        cells = [(row.name, place), *(_keyed(write(row)) for _, write in columns)]
        rows.append({"claim": row.meets, "cells": cells, "link": links.get(row.name)})
    return {"columns": ["model", *(heading for heading, _ in columns)], "rows": rows, "wordy": False}


def _keyed(cell: Cell) -> Cell:
    text, key = cell
    return text, "" if key is None or key != key else key


def _verdict(row: ModelRow) -> Cell:
    text = row.route if row.strength == "uses" else _STRENGTHS[row.strength]
    return text, text


def _exact_matches(models: Models) -> Column:
    """With how the words were made: in the heading, or, where models differ, in every cell."""
    ways = {row.decoding for row in models.rows if row.exact_match is not None}
    own = len(ways) > 1

    def write(row: ModelRow) -> Cell:
        if row.exact_match is None:
            return "–", None
        how = f" ({row.decoding})" if own and row.decoding else ""
        return percent_of(*row.exact_match) + how, row.exact_match[0] / max(1, row.exact_match[1])

    return "exact match" + (f"\n{ways.pop()}" if not own else ""), write


def _use(row: ModelRow) -> Cell:
    if row.use is None:
        return "–", None
    if row.use.strength != "uses":
        return _STRENGTHS[row.use.strength], -1.0
    return f"{row.use.route} ({share(row.use.share)} %)", row.use.share


def _claims(row: ModelRow) -> Cell:
    return ", ".join(row.claims) or "–", len(row.claims)


def _attention_columns(models: Models) -> list[Column]:
    columns: list[Column] = [
        ("heads that meet\nthe rule", _claims),
        ("chosen\nhead", lambda row: _chosen(row.response)),
        ("its response [95 %]\nof mass", lambda row: _held_out(row.response, "mass", number)),
        ("its response [95 %]\nof log-odds", lambda row: _held_out(row.response, "logit", number)),
        (
            f"of {ADDITIONAL['odds'].text}".replace(" without", "\nwithout"),
            lambda row: _held_out(row.response, "odds", number),
        ),
    ]
    for layer in dict.fromkeys(layer for row in models.rows for layer in row.layers):
        write = partial(lambda row, layer: _plain(row.layers.get(layer), "mass"), layer=layer)
        columns.append((layer.replace("layer ", "layer\n"), write))
    return columns


def _causal_columns(models: Models) -> list[Column]:
    columns: list[Column] = [
        ("log-\nodds", lambda row: (signed(row.intact), row.intact)),
        ("lost with trigger\nreplaced [95 %]", _pair),
    ]
    for measure in dict.fromkeys(measure for row in models.rows for measure in row.routes):
        write = partial(lambda row, measure: _route(row.routes.get(measure)), measure=measure)
        columns.append((f"{KINDS[measure].short}\n% [95 %]", write))
    for kind in dict.fromkeys(kind for row in models.rows for kind in row.heads):
        chosen = partial(lambda row, kind: _chosen(row.heads.get(kind)), kind=kind)
        lost = partial(lambda row, kind: _held_out(row.heads.get(kind), "share", share), kind=kind)
        columns += [(f"chosen head\nof {kind}", chosen), ("its share\n% [95 %]", lost)]
    return columns


def _chosen(found: HeldOut | None) -> Cell:
    """The head that was chosen most often, and how often if not always."""
    if found is None:
        return "–", None
    often = found.chosen[found.head]
    return found.head + (f" ({100 * often:.0f} %)" if round(100 * often) < 100 else ""), found.head


def _held_out(found: HeldOut | None, scale: str, write: Callable[[float], str]) -> Cell:
    if found is None or scale not in found.estimate:
        return "–", None
    value, low, high = (each[scale] for each in (found.estimate, found.low, found.high))
    return write(value) + (f" [{write(low)}, {write(high)}]" if low == low else ""), value


def _plain(values: Mapping[str, float] | None, scale: str) -> Cell:
    return ("–", None) if not values else (number(values[scale]), values[scale])


def _pair(row: ModelRow) -> Cell:
    if row.pair != row.pair:
        return "–", None
    return f"{number(row.pair, 1)} [{number(row.pair_low, 1)}, {number(row.pair_high, 1)}]", row.pair


def _route(found: RouteEffect | None) -> Cell:
    if found is None or found.share != found.share:
        return "–", None
    return f"{share(found.share)} [{share(found.low)}, {share(found.high)}]{' ✓' if found.uses else ''}", found.share


def tests_table(models: Models) -> dict[str, Any]:
    """The tests over models, and what surrounds them."""
    tested = count(len(models.tested), "model")
    if len(models.tested) >= FEWEST:
        intro = f"Over {tested}, with the model as the unit: two-sided sign-flips, max-T over the tests of a family."
    else:
        intro = f"Of {tested} there are means, and no test: it takes {FEWEST}."
    additional = [name for name in _ADDITIONAL if any(name in test.additional for test in models.tests)]
    rows = []
    for test in models.tests:
        cells = [(label_of(test.name), test.name), (SCALE_NAMES[test.scale], test.scale)]
        cells = [*cells[: 1 if models.causal else 2], (mean_of(test), test.mean)]
        cells += [(p_value(p), p) for p in (test.p, *(test.additional.get(name, math.nan) for name in additional))]
        cells += [(str(test.models), test.models), ("met" if test.claim else "not met", int(not test.claim))]
        cells.append(("; ".join(test.unmet) or "–", ""))
        rows.append({"claim": test.claim, "cells": [_keyed(cell) for cell in cells], "link": None})
    units = "real words" if any(test.by_words for test in models.tests) else "stems and suffixes"
    headings = [_ADDITIONAL[name].format(units=units) for name in additional]
    return {
        "columns": [
            "test",
            *([] if models.causal else ["scale"]),
            "mean [95 %]",
            "p over\nmodels",
            *headings,
            "models",
            "rule",
            "what falls short",
        ],
        "rows": rows,
        "wordy": any(test.unmet for test in models.tests),
        "intro": intro,
        "caption": f"Tests over {tested}",
        "note": f"Intervals are those of the test over models. {_RULES[models.causal]}",
    }


_ADDITIONAL = {"odds": "p, log-odds\nwithout lower limit", "words": "p over\n{units}"}
_RULES = {
    False: "The chosen head makes the headline; layers are a family of their own. A claim needs every p below .05 on "
    "both scales, mass and log-odds, and on log-odds without lower limit, and a mean of at least .05 of mass.",
    True: "Shares are of what replacing the trigger takes away. A claim needs every p below .05, and a mean of at "
    "least 20 %, also beyond the same elsewhere.",
}


def mean_of(test: ModelTest) -> str:
    """Over models, with its interval; log-odds and shares with what they are."""
    write, unit = _WRITTEN.get(test.scale, (number, ""))
    return write(test.mean) + unit + (f" [{write(test.low)}, {write(test.high)}]" if test.low == test.low else "")


_WRITTEN = {"share": (share, " %"), "log-odds": (lambda value: number(value, 1), " log-odds")}


def figures_of(models: Models) -> Callable[[str], dict[str, str]]:
    """Name of a figure -> its title, text and what stands in for it where it cannot be seen."""

    def caption(name: str) -> dict[str, str]:
        title = "What each model loses, route by route." if models.causal else "The response of every model."
        text = _SEEN[models.causal] + ("." if models.warning else ", with its 95 % interval.")
        return {"title": title, "text": text, "alt": f"{title} By model: {listed(_numbers(models))}."}

    return caption


_SEEN = {
    False: "A circle is a model: the response of its chosen head on words that did not choose it, with the 95 % "
    "interval over words; filled where a head of that model meets the rule by itself. The diamond is the mean over "
    "models",
    True: "A circle is a model: what it loses without a route, in percent of what replacing the trigger takes away; "
    "filled where the route meets the rule in that model. The diamond is the mean over models",
}


def _numbers(models: Models) -> list[str]:
    if models.causal:
        most = [
            (row.name, max((each.share for each in row.routes.values()), default=float("nan"))) for row in models.rows
        ]
        return [f"{name} {share(value)} % at most" for name, value in most]
    return [f"{row.name} {number(row.response.estimate['mass']) if row.response else '–'}" for row in models.rows]
