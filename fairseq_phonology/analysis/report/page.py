"""The report: one HTML page that holds everything and opens offline.

What the provenance of a result does not know is not mentioned.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..contrasts.study import Study
from ..dynamics.tables import RunSummary
from ..events.events import STATUSES
from ..figures import Picture
from ..figures.dynamics import dynamics_caption
from ..figures.style import capitalized
from ..interventions.effects import Causal
from .checklist import DONE, FAILED, NO, OPEN, checklist
from .html import code, pictures, write_page
from .methods import methods
from .question import exact_match, exclusions, model, process
from .references import references
from .sections.attention import primary, secondary
from .sections.cells import accuracy, design_cells
from .sections.dynamics import dynamics as section_on_dynamics
from .sections.explorer import ExplorerData, explorer_section
from .sections.interventions import interventions
from .sections.verdict import verdict

SIGNS = {DONE: "✓", FAILED: "!", OPEN: "○", NO: "–"}


def write_report(
    path: str | Path,
    study: Study | None,
    causal: Causal | None = None,
    dynamics: RunSummary | None = None,
    figures: Mapping[str, Picture] | None = None,
    explorer: ExplorerData | None = None,
) -> None:
    """Write the page, replacing what is there in one step. The same results make the same file.

    Args:
        path: of the page.
        study: of the model's attention; None for a page on interventions alone.
        causal: what interventions on the same model found; beside a study judged with it (`with_attention`).
        dynamics: training dynamics of the run that the model is from.
        figures: by name, as `save_figures` returns them; each stands at its place, in this order.
        explorer: data of the word explorer; without it the page has none.

    Raises:
        InputError: a figure cannot be read, or the page not be written.
        ValueError: neither a study nor interventions.
    """
    if study is None and causal is None:
        raise ValueError("a report needs a study of attention, or interventions")
    content = _content(study, causal, dynamics, figures or {}, explorer)
    write_page("page.html.jinja", content, Path(path))


def _content(
    study: Study | None,
    causal: Causal | None,
    dynamics: RunSummary | None,
    figures: Mapping[str, Picture],
    explorer: ExplorerData | None,
) -> dict[str, Any]:
    of = causal if study is None else study
    explorer = explorer if explorer is not None and explorer.words else None
    if dynamics is not None:
        figures = {**figures, "dynamics": Picture(dynamics.figure, dynamics_caption(dynamics), "dynamics")}
    shown, methods_text = pictures(figures), methods(study, causal)
    name = of.process.replace("_", " ").replace("-", " ")
    stated = list(of.provenance.exclusions)
    part = of.provenance.grammar.coverage.named
    kicker = "Report on attention" if causal is None else "Report on attention and use"
    return {
        "title": capitalized(name) + (f" in {of.language}" if of.language else "") + (f", {part}" if part else ""),
        "subtitle": of.provenance.grammar.citation,
        "kicker": "Report on use" if study is None else kicker,
        "verdict": verdict(study, causal),
        "process": process(of, name),
        "cells": None if study is None else design_cells(study),
        "model": model(study, causal),
        "exact_match": "" if study is None else exact_match(study),
        "accuracy": [] if study is None else accuracy(study),
        "statuses": STATUSES,
        "exclusions": [*exclusions(of.exclusions, stated), *stated],
        "attention": study is not None,
        "figures": shown["attention"],
        "primary": None if study is None or study.primary is None else primary(study, explorer),
        "secondary": [secondary(each, explorer) for each in (study.families if study else ()) if not each.primary],
        "use": None if causal is None else interventions(study, causal, shown["interventions"]),
        "dynamics": None if dynamics is None else section_on_dynamics(dynamics, *shown["dynamics"]),
        "checks": checklist(study, causal, dynamics),
        "signs": SIGNS,
        "methods": methods_text,
        "references": references(methods_text),
        "explorer": None if explorer is None else explorer_section(explorer, study),
        **code("page.js", *(["explorer.js"] if explorer else [])),
    }
