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

import base64
import hashlib
import importlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...phonology.errors import InputError
from ..events import STATUSES
from ..study import Study
from .captions import Caption, caption, order
from .cells import accuracy, design_cells
from .checks import DONE, FAILED, NO, OPEN, checklist
from .explorer import ExplorerData
from .parts import exact_match, losses, model, primary, process, secondary
from .tables import count, number, p_text
from .text import methods
from .works import references

_PAGE = Path(__file__).with_name("page")
_STRENGTHS = {  # strength -> sign, label; told apart by words and shape as well as by color
    "attends": ("✓", "Attends to the trigger"),
    "none": ("○", "No head meets the rule"),
    "withheld": ("!", "Withheld: no claim may be made"),
    "descriptive": ("…", "Descriptive only: no design to test against"),
}
_SIGNS = {DONE: "✓", FAILED: "!", OPEN: "○", NO: "–"}
_READING = (
    "“Attends to” says where the model looks, over all words and against controls. It does not say that the output "
    "depends on it: that is for interventions to show."
)
_DESCRIBED = (
    "Without a design there is no rule to meet: what follows describes the heads, and a small p does not speak for the "
    "process."
)
_TYPES = {".svg": "image/svg+xml", ".png": "image/png"}


def write_report(
    study: Study,
    path: str | Path,
    figures: Mapping[str, str | Path] | None = None,
    explorer: ExplorerData | None = None,
    captions: Mapping[str, Caption] | None = None,
) -> None:
    """Write the page, replacing what is there in one step. The same study makes the same file.

    Args:
        study: what was found; for ``facts`` see the module.
        path: of the page.
        figures: by name, SVG or PNG files. Names with ``window``, ``effect``, ``unit``, ``segment`` or ``sink`` in them
            get captions of their own.
        explorer: data of the word explorer; without it the page has none.
        captions: of figures of one's own, by name; these come last.

    Raises:
        InputError: a figure cannot be read, or the page not be written.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    path = Path(path)
    environment = Environment(
        loader=FileSystemLoader(_PAGE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=False,
        lstrip_blocks=False,
    )
    text = environment.get_template("page.html.jinja").render(_content(study, figures or {}, explorer, captions or {}))
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        temporary.write_text(text, encoding="utf-8", newline="\n")
        os.replace(temporary, path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise InputError(f"cannot be written: {error.strerror or error}", path) from None


def _content(
    study: Study,
    figures: Mapping[str, str | Path],
    explorer: ExplorerData | None,
    captions: Mapping[str, Caption],
) -> dict[str, Any]:
    in_order = [*sorted(set(figures) - set(captions), key=order), *(name for name in figures if name in captions)]
    explorer = explorer if explorer is not None and explorer.words else None
    methods_text = methods(study)
    name = study.process.replace("_", " ").replace("-", " ")
    grammar = study.facts.get("grammar") or {}
    return {
        "title": f"{name[:1].upper()}{name[1:]} in {study.language}" if study.language else name,
        "subtitle": grammar.get("citation") or "",
        "version": importlib.import_module(__package__.partition(".")[0]).__version__,
        "verdict": _verdict(study),
        "process": process(study, name),
        "cells": design_cells(study),
        "model": model(study),
        "exact_match": exact_match(study),
        "accuracy": accuracy(study),
        "statuses": STATUSES,
        "losses": losses(study),
        "exclusions": study.facts.get("exclusions") or [],
        "figures": [_figure(study, each, Path(figures[each]), captions.get(each)) for each in in_order],
        "primary": None if study.primary is None else primary(study, explorer),
        "secondary": [secondary(family, explorer) for family in study.families if not family.primary],
        "described": _DESCRIBED,
        "checks": checklist(study),
        "signs": _SIGNS,
        "methods": methods_text,
        "references": references(methods_text),
        "explorer": None if explorer is None else _explorer(study, explorer),
        **_code(explorer is not None),
    }


def _verdict(study: Study) -> dict[str, Any]:
    sign, label = _STRENGTHS[study.verdict.strength]
    sentence = study.verdict.sentence
    parts = {"descriptive": (sentence, "", ""), "none": sentence.partition(". ")}  # asserted, and in small print
    headline, stop, detail = parts.get(study.verdict.strength) or sentence.partition(": ")
    family, figures = study.primary, []
    if family is not None and study.verdict.strength in ("attends", "none"):
        best = family.best
        interval = f"of mass, 95 % {number(family.low['mass'][best])} to {number(family.high['mass'][best])}"
        figures = [
            (f"Head {family.heads[best]}, response", number(family.estimate["mass"][best]), interval),
            ("Largest p", p_text(family.largest_p(best)), f"of {family.n_tests}"),
            ("Heads that meet the rule", str(int(family.claim.sum())), f"of {len(family.heads)}"),
        ]
    said = any("intervention" in caveat for caveat in study.verdict.caveats) or not figures
    return {
        **{"strength": study.verdict.strength, "sign": sign, "label": label},
        **{"headline": headline + stop.strip(), "detail": detail},
        **{"figures": figures, "caveats": study.verdict.caveats, "reading": "" if said else _READING},
    }


def _figure(study: Study, name: str, file: Path, own: Caption | None = None) -> dict[str, str]:
    kind = _TYPES.get(file.suffix.lower())
    if kind is None:
        raise InputError(f"a figure is {' or '.join(_TYPES)}; found {file.suffix or 'no ending'}", file)
    try:
        data = base64.b64encode(file.read_bytes()).decode()
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", file) from None
    words = own or caption(study, name)
    return {
        "name": name,
        "data": f"data:{kind};base64,{data}",
        "title": words.title,
        "text": words.text,
        "alt": words.alt,
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


def _code(with_explorer: bool) -> dict[str, Any]:
    """The page's own style and scripts, and the hashes by which the browser knows them from anything else."""
    from markupsafe import Markup

    css, *scripts = (
        (_PAGE / name).read_text(encoding="utf-8").replace("\r\n", "\n")
        for name in ("page.css", "page.js", *(["explorer.js"] if with_explorer else []))
    )
    hashes = {"css": _hash(css), "scripts": [_hash(script) for script in scripts]}
    return {"css": Markup(css), "scripts": [Markup(script) for script in scripts], "hashes": hashes}


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
