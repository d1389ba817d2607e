"""The report of a study: one HTML page that holds everything and opens offline.

`write_report` reads these of ``study.facts``; every one may be missing, and what is missing is not mentioned:

=============== ===================================================================================================
key             value
=============== ===================================================================================================
``grammar``     dict: ``path`` (name of the file), ``citation`` (of the language), ``process_citation``, ``rules``
                (text or list of texts, as the grammar writes them)
``classes``     dict from ``T``, ``C``, ``R``, ``N`` to a list of segments; by default those that the events have
``manifest``    the manifest of the dump, as `AttentionDump.manifest`
``dump``        name of the dump, or a list of names; likewise ``baseline`` and ``forced``, of the other two dumps
``items``       name of the list of items
``options``     dict: ``permutations``, ``seed``, and whatever else is worth showing
``exact_match`` (words wholly right, words)
``exclusions``  list of sentences: what was left out of the design and why
``versions``    dict from the name of a library to its version; by default ``library_versions`` of the manifest
``command``     the command line
=============== ===================================================================================================
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...text import count
from ..contrasts.study import Study
from ..dynamics.reading import Learned
from ..events.events import STATUSES
from ..figures import Picture
from ..figures.dynamics import dynamics_caption
from ..interventions.effects import Causal
from .cells import accuracy, design_cells
from .checklist import DONE, FAILED, NO, OPEN
from .checks import checklist
from .explorer import ExplorerData
from .html import code, pictures, write_page
from .learned import learned
from .parts import errors, exact_match, model, primary, process, secondary
from .text import methods
from .use import use
from .verdicts import verdict
from .works import references

_SIGNS = {DONE: "✓", FAILED: "!", OPEN: "○", NO: "–"}
_DESCRIBED = (
    "Without a design there is no rule to meet: what follows describes the heads, and a small p does not speak for the "
    "process."
)


def write_report(
    path: str | Path,
    study: Study,
    causal: Causal | None = None,
    dynamics: Learned | None = None,
    figures: Mapping[str, Picture] | None = None,
    explorer: ExplorerData | None = None,
) -> None:
    """Write the page, replacing what is there in one step. The same study makes the same file.

    Args:
        path: of the page.
        study: what was found; for ``facts`` see the module.
        causal: what interventions on the same model found, judged beside its attention (`routes.with_attention`).
        dynamics: training dynamics of the run that the model is from.
        figures: by name, as `save_figures` returns them; each stands at its place, in this order.
        explorer: data of the word explorer; without it the page has none.

    Raises:
        InputError: a figure cannot be read, or the page not be written.
    """
    content = _content(study, causal, dynamics, figures or {}, explorer)
    write_page("page.html.jinja", content, Path(path))


def _content(
    study: Study,
    causal: Causal | None,
    dynamics: Learned | None,
    figures: Mapping[str, Picture],
    explorer: ExplorerData | None,
) -> dict[str, Any]:
    explorer = explorer if explorer is not None and explorer.words else None
    methods_text = methods(study, causal)
    if dynamics is not None:
        picture_of_run = Picture(dynamics.figure, dynamics_caption(dynamics), "dynamics")
        figures = {**figures, "dynamics": picture_of_run}
    shown = pictures(figures)
    name = study.process.replace("_", " ").replace("-", " ")
    grammar = study.facts.get("grammar") or {}
    return {
        "title": f"{name[:1].upper()}{name[1:]} in {study.language}" if study.language else name,
        "subtitle": grammar.get("citation") or "",
        "kicker": "Attention report" if causal is None else "Report on attention and use",
        "verdict": verdict(study, causal),
        "process": process(study, name),
        "cells": design_cells(study),
        "model": model(study),
        "exact_match": exact_match(study),
        "accuracy": accuracy(study),
        "statuses": STATUSES,
        "errors": errors(study),
        "exclusions": study.facts.get("exclusions") or [],
        "figures": shown["attention"],
        "primary": None if study.primary is None else primary(study, explorer),
        "secondary": [secondary(family, explorer) for family in study.families if not family.primary],
        "described": _DESCRIBED,
        "use": None if causal is None else use(study, causal, shown["interventions"]),
        "learned": None if dynamics is None else learned(dynamics, *shown["dynamics"]),
        "checks": checklist(study, causal, dynamics),
        "signs": _SIGNS,
        "methods": methods_text,
        "references": references(methods_text),
        "explorer": None if explorer is None else _explorer(study, explorer),
        **code("page.js", *(["explorer.js"] if explorer else [])),
    }


def _explorer(study: Study, explorer: ExplorerData) -> dict[str, Any]:
    from markupsafe import Markup

    shown = count(len(explorer.words), "word")
    if len(explorer.words) == explorer.total:
        what = f"All {shown} with an event are here"
    else:
        what = f"{shown} of {explorer.total:,} are here: first those that fail, then whole stems, evenly over cells"
    there = "that fail at the decision step are among them"
    if explorer.failed_shown < explorer.failed:
        failed = f"{explorer.failed_shown:,} of the {explorer.failed:,} {there}"
    else:
        failed = f"all {explorer.failed:,} {there}" if explorer.failed else "none fails at the decision step"
    intro = f"One word at a time: which row looks where. {what}; {failed}."
    family = study.primary or next(iter(study.families), None)
    return {
        "head": None if family is None else family.heads[family.best],
        "intro": f"{intro} A heat map illustrates; it proves nothing by itself.",
        "json": Markup(explorer.to_json()),
    }
