"""The report over several models: one page with the verdict over models, every model, and the tests.

`write_models_report` reads of ``models.facts``, as far as it is there: ``grammar`` (as in `writing`, or the name of the
file), ``items``, ``options`` and ``versions``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...text import count, listed, p_text, typeset
from ..interventions.kinds import KINDS, TOTALS
from ..models.results import Models, ModelTest
from .html import code, picture, write_page
from .model_parts import figures_of, mean_of, rows_table, tests_table
from .models_text import limits, methods
from .works import references

_LABELS = {  # strength -> sign, label; told apart by words and shape as well as by color
    "attends": ("✓", "Attends to the trigger, over models"),
    "uses": ("✓", "Uses the trigger, over models"),
    "none": ("○", "Not shown over models"),
    "few": ("…", "Too few models to test"),
}
_TONES = {"attends": "attends", "uses": "attends", "none": "none", "few": "descriptive"}


def write_models_report(
    models: Models, path: str | Path, figures: Mapping[str, str | Path], links: Mapping[str, str] | None = None
) -> None:
    """Write the page, replacing what is there in one step. The same models make the same file.

    Args:
        models: what was found.
        path: of the page.
        figures: by name, SVG or PNG files.
        links: name of a model -> address of its own report, relative to the page.

    Raises:
        InputError: a figure cannot be read, or the page not be written.
    """
    write_page("models.html.jinja", _content(models, figures, links or {}), Path(path))


def _content(models: Models, figures: Mapping[str, str | Path], links: Mapping[str, str]) -> dict[str, Any]:
    name = models.process.replace("_", " ").replace("-", " ")
    grammar = models.facts.get("grammar")
    paragraphs = methods(models)
    captions = figures_of(models)
    return {
        "title": f"{name[:1].upper()}{name[1:]} in {models.language}" if models.language else name,
        "subtitle": (grammar.get("citation") or "") if isinstance(grammar, dict) else "",
        "kicker": f"{'Report on use' if models.causal else 'Attention report'}, {count(len(models.rows), 'model')}",
        "verdict": _verdict(models),
        "warning": models.warning,
        "facts": _facts(models, name),
        "figures": [
            {"name": each, "data": picture(Path(file)), **captions(each)} for each, file in sorted(figures.items())
        ],
        "models": {
            **_about_rows(models, links),
            "table": rows_table(models, links),
            "left_out": [(row.name, row.reason_withheld) for row in models.rows if not row.tested],
        },
        "tests": tests_table(models),
        "limits": limits(models),
        "methods": paragraphs,
        "references": references(paragraphs),
        "linked": bool(links),
        **code("page.js"),
    }


def _about_rows(models: Models, links: Mapping[str, str]) -> dict[str, str]:
    link = " Its name leads to its own report." if links else ""
    if models.causal:
        note = (
            "Shares are of what replacing the trigger takes away, in log-odds; bold: the model uses the trigger by the "
            "rule for one model. ✓: the route meets that rule by itself."
        )
    else:
        note = (
            "Bold: some head meets the rule for one model. Head 2.1 of one model is not head 2.1 of another: numbers "
            "of heads are not compared. The chosen head is measured on other words "
            "than those it is chosen on; in brackets how often it was chosen, if not always. Layers: mean response of "
            "all their heads, of mass."
        )
        if any(row.use for row in models.rows):
            note += (
                " Uses it by: the route that interventions on that model show, with the share of the minimal-pair "
                "effect that is lost without it; a description, not a test over models."
            )
    return {
        "intro": f"Each model by itself, in the order given.{link}",
        "caption": f"{count(len(models.rows), 'model')}, each by itself",
        "note": f"{note} A heading sorts.",
    }


def _verdict(models: Models) -> dict[str, Any]:
    strength = models.strength
    sign, label = _LABELS[strength]
    headline, detail = _asserted(models.sentence)
    return {
        **{"strength": _TONES[strength], "sign": sign, "label": label, "headline": headline, "detail": detail},
        **{"figures": _figures(models), "caveats": [typeset(each) for each in models.caveats]},
    }


def _asserted(sentence: str) -> tuple[str, str]:
    """What a sentence asserts, and what it rests on: up to its first colon or full stop, and the rest."""
    headline, detail = re.split(r"(?<=[:.]) ", f"{typeset(sentence)} ", maxsplit=1)
    return headline, detail.strip()


def _figures(models: Models) -> list[tuple[str, str, str]]:
    """The numbers of the verdict: name, value, note."""
    meets, tested = sum(row.meets for row in models.rows), len(models.tested)
    of = f"of {len(models.rows)}"
    by_itself = ("Models that use it by themselves" if models.causal else "Models with a head that meets the rule",)
    figures = [(*by_itself, str(meets), of)]
    if tested < len(models.rows):
        figures.append(("Models in the test", str(tested), of))
    return [*(_figure(test) for test in _headline(models)), *figures]


def _headline(models: Models) -> list[ModelTest]:
    """The tests whose numbers stand in the box: of interventions the minimal pair, and the routes that are shown."""
    if not models.causal:
        return [test for test in (models.test("chosen head", "mass"),) if test is not None]
    pair = models.test("minimal pair", "log-odds")
    routes = [test for test in models.tests if test.family == "routes"]
    shown = [test for test in routes if test.claim] or routes
    shown = [test for test in shown if test.name not in TOTALS] or shown
    return [*([pair] if pair else []), *shown[:2]]


def _figure(test: ModelTest) -> tuple[str, str, str]:
    name = f"Lost {KINDS[test.name].brief}" if test.name in KINDS else "Response of the chosen head"
    value, _, interval = mean_of(test).partition(" [")
    if test.family == "minimal pair":
        name, value = "Lost with the trigger replaced", value.removesuffix(" log-odds")
    notes = ["log-odds"] if test.family == "minimal pair" else ["of that"] if test.scale == "share" else ["of mass"]
    notes += [f"95 % {interval.removesuffix(']').replace(', ', ' to ')}"] if interval else []
    return name, value, ", ".join([*notes, *([p_text(test.p)] if test.p == test.p else [])])


def _facts(models: Models, name: str) -> list[tuple[str, list[str], bool]]:
    """What was asked, of which models: name, lines, whether they are IPA."""
    grammar = models.facts.get("grammar") or {}
    grammar = grammar if isinstance(grammar, dict) else {"path": grammar}
    rules = grammar.get("rules") or []
    options = {key: each for key, each in (models.facts.get("options") or {}).items() if each not in (None, (), [], "")}
    shown = ", ".join(f"{key} {each:,}" if isinstance(each, int) else f"{key} {each}" for key, each in options.items())
    facts = [
        ("Process", [name], False),
        ("Rules", [rules] if isinstance(rules, str) else list(rules), True),
        ("Source", [grammar.get("process_citation") or ""], False),
        ("Language", [models.language], False),
        ("Grammar", [grammar.get("path") or ""], False),
        ("Models", [f"{len(models.rows)}: {listed([row.name for row in models.rows])}"], False),
        ("Items", [models.facts.get("items") or ""], False),
        ("Options", [shown], False),
    ]
    return [(key, [str(line) for line in lines], ipa) for key, lines, ipa in facts if any(lines)]
