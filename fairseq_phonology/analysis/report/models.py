"""The report over several models: one page with the verdict over models, every model, and the tests."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from ...text import listed, number, p_text, p_value, percent_of, share, signed, typeset
from ..contrasts.study import SCALE
from ..criteria import ATTENDS_OVER_MODELS, USES_OVER_MODELS
from ..figures.registered import Picture
from ..interventions.kinds import KINDS, label_of
from ..models.results import CHOSEN, PAIR, ModelRow, Models, ModelTest, splits_of
from ..statistics.over_models import FEWEST, Mean
from ..statistics.splits import HeldOut
from .html import code, paragraphs, pictures, write_page
from .question import options, process
from .references import references

Cell = tuple[str, Any]  # text, sort key
Column = tuple[str, Callable[[ModelRow], Cell]]  # heading, content
_NONE: Cell = ("–", None)
LABELS = {  # strength -> tone, sign, label; told apart by words and shape as well as by color
    "attends": ("attends", "✓", "Attends to the trigger, over models"),
    "uses": ("attends", "✓", "Uses the trigger, over models"),
    "none": ("none", "○", "Not shown over models"),
    "few": ("descriptive", "…", "Too few models to test"),
    "untested": ("descriptive", "…", "No test over models"),
}
_STRENGTHS = {
    "attends": "attends",
    "uses": "uses",
    "none": "not shown",
    "same": "pair not shown",
    "withheld": "withheld",
    "descriptive": "described",
}


def write_models_report(
    models: Models, path: str | Path, figures: Mapping[str, Picture], links: Mapping[str, str] | None = None
) -> None:
    """Write the page, replacing what is there in one step. The same models make the same file.

    Args:
        models: what was found.
        path: of the page.
        figures: by name, as `save_figures` returns them.
        links: name of a model -> address of its own report, relative to the page.

    Raises:
        InputError: a figure cannot be read, or the page not be written.
    """
    write_page("models.html.jinja", _content(models, figures, links or {}), Path(path))


def _content(models: Models, figures: Mapping[str, Picture], links: Mapping[str, str]) -> dict[str, Any]:
    name = models.process.replace("_", " ").replace("-", " ")
    rule = (USES_OVER_MODELS if models.causal else ATTENDS_OVER_MODELS).clause()
    text = paragraphs(
        "models_methods.txt.jinja",
        models=models,
        name=name,
        chosen=any(row.response or row.heads for row in models.rows),
        rule=rule,
        splits=splits_of(models.rows),
        fewest=FEWEST,
        versions=models.provenance.versions,
    )
    part = models.provenance.grammar.coverage.named
    return {
        "title": (f"{name[:1].upper()}{name[1:]} in {models.language}" if models.language else name)
        + (f", {part}" if part else ""),
        "subtitle": models.provenance.grammar.citation,
        "models": models,
        "verdict": _verdict(models),
        "facts": _facts(models, name),
        "figures": pictures(figures)["models"],
        "rows": rows_table(models, links),
        "tests": tests_table(models),
        "used": any(row.use for row in models.rows),
        "rule": rule,
        "few": models.strength == "few",
        "fewest": FEWEST,
        "methods": text,
        "references": references(text),
        "linked": bool(links),
        **code("page.js"),
    }


def _facts(models: Models, name: str) -> list[tuple[str, list[str], bool]]:
    """Question and models: name, lines, whether they are IPA."""
    rows = [
        ("Models", [f"{len(models.rows)}: {listed([row.name for row in models.rows])}"], False),
        ("Items", [models.provenance.items or ""], False),
        ("Options", [options(models.provenance)], False),
    ]
    return process(models, name) + [row for row in rows if any(row[1])]


def _verdict(models: Models) -> dict[str, Any]:
    tone, sign, label = LABELS[models.strength]
    # what the sentence asserts, and what it rests on: up to its first colon or full stop, and the rest
    headline, detail = re.split(r"(?<=[:.]) ", f"{typeset(models.sentence)} ", maxsplit=1)
    meet, tested, of = sum(row.meets for row in models.rows), len(models.tested), f"of {len(models.rows)}"
    figures = [_figure(test) for test in _headline(models)]
    figures.append((f"Models {'that use it' if models.causal else 'with a head'}, each tested alone", str(meet), of))
    if tested < len(models.rows):
        figures.append(("Models in the test", str(tested), of))
    return {
        **{"strength": tone, "sign": sign, "label": label, "headline": headline, "detail": detail.strip()},
        **{"figures": figures, "caveats": [typeset(each) for each in models.caveats]},
    }


def _headline(models: Models) -> list[ModelTest]:
    """The tests whose numbers stand in the box: of interventions the minimal pair, and the routes that are shown."""
    if not models.causal:
        return [test for test in (models.test(CHOSEN),) if test is not None]
    pair = models.test(PAIR)
    routes = [test for test in models.tests if test.family == "routes"]
    shown = [test for test in routes if test.claim] or routes
    return [*([pair] if pair else []), *shown[:2]]


def _figure(test: ModelTest) -> tuple[str, str, str]:
    """A number of the box: name, value, note."""
    value, _, interval = mean_of(test).partition(" [")
    name, note, value = "Response of the chosen head", "log-odds", value.removesuffix(" log-odds")
    if test.name in KINDS:
        name, note = f"Interchange, {KINDS[test.name].short}", "of that in the smaller direction"
    elif test.family == PAIR:
        name = "Lost with the trigger replaced"
    elif test.mass is not None:
        note += f", {number(test.mass.mean)} of mass"
    notes = [note, *([f"95 % {interval.removesuffix(']').replace(', ', ' to ')}"] if interval else [])]
    return name, value, ", ".join([*notes, *([p_text(test.p)] if test.p == test.p else [])])


def rows_table(models: Models, links: Mapping[str, str]) -> dict[str, Any]:
    """Every model: ``columns`` (headings) and ``rows`` (claim, cells of text and sort key, link)."""
    columns: list[Column] = [("by itself", _strength)]
    if any(row.use is not None for row in models.rows):
        columns.append(("uses it by\n(share)", _use))
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


def _strength(row: ModelRow) -> Cell:
    text = row.route if row.strength == "uses" else _STRENGTHS[row.strength]
    return text, text


def _exact_matches(models: Models) -> Column:
    """With how the output was made: in the heading, or, where models differ, in every cell."""
    ways = {row.decoding for row in models.rows if row.exact_match is not None}
    own = len(ways) > 1

    def write(row: ModelRow) -> Cell:
        if row.exact_match is None:
            return _NONE
        how = f" ({row.decoding})" if own and row.decoding else ""
        return percent_of(*row.exact_match) + how, row.exact_match[0] / max(1, row.exact_match[1])

    return "exact match" + (f"\n{ways.pop()}" if not own else ""), write


def _use(row: ModelRow) -> Cell:
    if row.use is None:
        return _NONE
    if row.use.strength != "uses":
        return _STRENGTHS[row.use.strength], -1.0
    of = f" ({share(row.use.share)} %)" if row.use.measure else ""
    return row.use.route + of, row.use.share


def _attention_columns(models: Models) -> list[Column]:
    columns: list[Column] = [
        ("heads that meet\nthe criteria", lambda row: (", ".join(row.claims) or "–", len(row.claims))),
        ("chosen\nhead", lambda row: _chosen(row.response)),
        ("its response [95 %]\nlog-odds", lambda row: _held_out(row.response, SCALE, signed)),
        ("the same\nof mass", lambda row: _held_out(row.response, "mass", number)),
    ]

    def of_layer(row: ModelRow, layer: str) -> Cell:
        value = row.layers.get(layer, {}).get(SCALE)
        return _NONE if value is None else (signed(value), value)

    for layer in dict.fromkeys(layer for row in models.rows for layer in row.layers):
        columns.append((layer.replace("layer ", "layer\n"), partial(of_layer, layer=layer)))
    return columns


def _causal_columns(models: Models) -> list[Column]:
    columns: list[Column] = [
        ("log-\nodds", lambda row: (signed(row.intact), row.intact)),
        ("lost with trigger\nreplaced [95 %]", _pair),
    ]
    for measure in dict.fromkeys(measure for row in models.rows for measure in row.routes):
        write = partial(_route, measure=measure)
        columns.append((f"{KINDS[measure].short}\n% [95 %]", write))
    for kind in dict.fromkeys(kind for row in models.rows for kind in row.heads):
        chosen = partial(lambda row, kind: _chosen(row.heads.get(kind)), kind=kind)
        lost = partial(lambda row, kind: _held_out(row.heads.get(kind), "share", share), kind=kind)
        columns += [(f"chosen head\nof {kind}", chosen), ("its share\n% [95 %]", lost)]
    return columns


def _chosen(found: HeldOut | None) -> Cell:
    """The head that was chosen most often, and how often if not always."""
    if found is None:
        return _NONE
    often = share(found.chosen[found.head])
    return found.head + (f" ({often} %)" if often != "100" else ""), found.head


def _held_out(found: HeldOut | None, scale: str, write: Callable[[float], str]) -> Cell:
    if found is None or scale not in found.estimate:
        return _NONE
    value, low, high = (each[scale] for each in (found.estimate, found.low, found.high))
    return write(value) + _interval(low, high, write), value


def _interval(low: float, high: float, write: Callable[[float], str]) -> str:
    return f" [{write(low)}, {write(high)}]" if low == low else ""


def _pair(row: ModelRow) -> Cell:
    write = partial(number, places=1)
    return (
        _NONE if row.pair != row.pair else (write(row.pair) + _interval(row.pair_low, row.pair_high, write), row.pair)
    )


def _route(row: ModelRow, measure: str) -> Cell:
    found = row.routes.get(measure)
    if found is None or found.share != found.share:
        return _NONE
    sign = " ✓" if found.uses and row.meets else ""
    return share(found.share) + _interval(found.low, found.high, share) + sign, found.share


def tests_table(models: Models) -> dict[str, Any]:
    """The tests over models: ``columns`` and ``rows``, as `rows_table`."""
    rows = []
    for test in models.tests:
        cells = [(label_of(test.name), test.name), *_means(test)]
        cells += [(p_value(p), p) for p in ((test.p,) if models.causal else (test.p, test.segments))]
        cells += [(str(test.models), test.models), ("met" if test.claim else "not met", int(not test.claim))]
        cells.append(("; ".join(test.unmet) or "–", ""))
        rows.append({"claim": test.claim, "cells": [_keyed(cell) for cell in cells], "link": None})
    if models.causal:
        columns = ["taken away [95 %]\n(noising)", "given back [95 %]\n(denoising)", "p over\nmodels"]
    else:
        columns = ["mean [95 %]", "the same\nof mass", "p over\nmodels", "p of the mean,\nsegments random"]
    columns = ["test", *columns, "models", "criteria", "unmet criteria"]
    return {"columns": columns, "rows": rows, "wordy": any(test.unmet for test in models.tests)}


def _means(test: ModelTest) -> list[Cell]:
    """Of attention in log-odds and in mass; of interventions in either direction, the minimal pair in the first."""
    if test.directions:
        return [(_written(own, share, " %"), own.mean) for own in test.directions.values()]
    return [(mean_of(test), test.mean), _NONE if test.mass is None else (_written(test.mass, number), test.mass.mean)]


def mean_of(test: ModelTest) -> str:
    """Over models, with its interval: log-odds, or the share in the smaller direction."""
    return _written(test, *((share, " %") if test.scale == "share" else (signed, " log-odds")))


def _written(of: Mean | ModelTest, write: Callable[[float], str], unit: str = "") -> str:
    return write(of.mean) + unit + _interval(of.low, of.high, write)
