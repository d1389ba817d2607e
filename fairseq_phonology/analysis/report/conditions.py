"""The report on the levels of a condition: one page with what may be said, the figures, every contrast, the methods."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ...text import count, listed, number, p_text, p_value, percent_of, typeset
from ..contrasts.conditions import ConditionStudy, LevelTest, draws_of
from ..contrasts.level_limits import FEW_SPREAD, most_skew
from ..contrasts.level_verdict import freedom, place_of, response_of, sized, unit_of
from ..criteria import LEAST_CLAIMED, MOST_SPREAD
from ..events.events import head_names
from ..figures.registered import Picture
from ..statistics.over_models import FEWEST
from ..withheld import WITHHELD
from .html import code, paragraphs, pictures, write_page
from .question import options
from .references import references

LABELS = {  # strength -> tone, sign, label
    "differs": ("attends", "✓", "Levels differ"),
    "none": ("none", "○", "No difference shown"),
    "withheld": ("withheld", "!", "No claim is made"),
    "descriptive": ("descriptive", "…", "Described, not claimed"),
}
_MOST = 60  # rows of the table of all contrasts


def write_conditions_report(study: ConditionStudy, path: str | Path, figures: Mapping[str, Picture]) -> None:
    """Write the page, replacing what is there in one step. The same results make the same file.

    Args:
        study: what was found.
        path: of the page.
        figures: by name, as `save_figures` returns them.

    Raises:
        InputError: a figure cannot be read, or the page not be written.
    """
    write_page("conditions.html.jinja", _content(study, figures), Path(path))


def _content(study: ConditionStudy, figures: Mapping[str, Picture]) -> dict[str, Any]:
    text = methods_of_conditions(study)
    return {
        "title": f"{study.asked.column[:1].upper()}{study.asked.column[1:]}: {listed(study.whole.levels)}",
        "subtitle": study.provenance.grammar.citation,
        "study": study,
        "verdict": _verdict(study),
        "facts": _facts(study),
        "exclusions": _exclusions(study),
        "figures": pictures(figures)["conditions"],
        "contrasts": contrasts_table(study),
        "shown": _MOST,
        "tests": sum(len(test.p) for test in study.tests),
        "over": _over_models(study),
        "rule": study.rule.clause(),
        "fewest": FEWEST,
        "methods": text,
        "references": references(text),
        **code("page.js"),
    }


def _verdict(study: ConditionStudy) -> dict[str, Any]:
    tone, sign, label = LABELS[study.strength]
    headline, *rest = (_printed(study, sentence) for sentence in study.sentences)
    first, detail = re.split(r"(?= \()|(?<=:) ", f"{headline} (", maxsplit=1)
    return {
        **{
            "strength": tone,
            "sign": sign,
            "label": label,
            "headline": first,
            "detail": detail.removesuffix(" (").strip(),
        },
        **{"figures": _numbers(study), "caveats": rest},
    }


def _printed(study: ConditionStudy, sentence: str) -> str:
    """A sentence in print, the names of contrasts, too."""
    for each in study.contrasts:
        sentence = sentence.replace(each.name, each.printed)
    return typeset(sentence)


def _numbers(study: ConditionStudy) -> list[tuple[str, str, str]]:
    """Numbers of the box: name, value, note."""
    found = []
    for n, test in enumerate(study.tests[:3]):
        if study.over_models:
            over = study.over_models[n]
            found.append((test.contrast.printed, _interval(study, over.mean), f"{unit_of(study)}, mean of models"))
        else:
            best = test.best
            of = f"head {study.measured.columns[best]}, " if study.is_attention else ""
            found.append(
                (test.contrast.printed, _interval(study, float(test.estimate[best])), f"{of}{p_text(test.p[best])}")
            )
    return found


def _facts(study: ConditionStudy) -> list[tuple[str, list[str]]]:
    asked, origin = study.asked, study.provenance
    response = f"{response_of(study)} ({'%' if study.scale == 'exact_match' else 'log-odds'})"
    right = [a == b for a, b in zip(study.measured.surface, study.measured.reference, strict=True) if b]
    rows = [
        ("Compared", [f"{asked.column}: {listed(study.whole.levels)}"]),
        ("Contrasts", [each.printed for each in study.contrasts]),
        ("Response", [response[:1].upper() + response[1:]]),
        ("Items", [study.whole.described, origin.items or ""]),
        ("Exact match", [f"{percent_of(sum(right), len(right))} of {count(len(right))}"] if right else []),
        ("Process", [study.process, *origin.grammar.rules] if study.process else []),
        ("Options", [options(origin)]),
    ]
    return [(name, [line for line in lines if line]) for name, lines in rows if any(lines)]


def _exclusions(study: ConditionStudy) -> list[str]:
    lines = [] if study.exclusions is None else study.exclusions.lines()
    return [*lines, *study.provenance.exclusions]


def contrasts_table(study: ConditionStudy) -> dict[str, Any]:
    """Every contrast in every head or model, claims and the largest first: ``columns`` and ``rows``."""
    names = head_names(study.measured.columns) if study.is_attention else list(study.measured.columns)
    several, rows = len(names) > 1, []
    each = [(test, n) for test in study.tests for n in range(len(test.p))]
    each.sort(key=lambda own: (not own[0].claim[own[1]], own[0].p[own[1]], -abs(own[0].estimate[own[1]])))
    for test, n in each[:_MOST]:
        cells = [(test.contrast.printed, test.contrast.name)]
        cells += [(names[n], n)] if several else []
        cells += [(_bounds(study, test, n), test.estimate[n])]
        cells += [(number(test.mass[n]), test.mass[n])] if test.mass is not None else []
        cells += [(_t(test, n), test.t[n]), (p_value(test.p[n]), test.p[n]), (p_value(test.p_skew[n]), test.p_skew[n])]
        cells.append((typeset("; ".join(test.unmet[n])) or "–", ""))
        keyed = [(text, "" if isinstance(key, float) and np.isnan(key) else key) for text, key in cells]
        rows.append({"claim": bool(test.claim[n]), "cells": keyed, "link": None})
    columns = ["contrast", *(["head" if study.is_attention else "model"] if several else [])]
    columns += [f"estimate [95 %]\n{unit_of(study)}", *(["of mass"] if study.is_attention else [])]
    columns += ["t (df)", "p\ncorrected", "p, skewness\ntaken out", "unmet criteria"]
    return {"columns": columns, "rows": rows, "wordy": True}


def _bounds(study: ConditionStudy, test: LevelTest, n: int) -> str:
    return _interval(study, *(float(each[n]) for each in (test.estimate, test.low, test.high)))


def _interval(study: ConditionStudy, *bounds: float) -> str:
    """Estimate, low and high; an interval that is not known is left out."""
    value, *between = (typeset(text) for text in sized(study, *(each for each in bounds if each == each), sign=True))
    return value + (f" [{', '.join(between)}]" if between else "")


def _t(test: LevelTest, n: int) -> str:
    return "–" if np.isnan(test.df[n]) else f"{number(test.t[n])} ({freedom(test.df[n])})"


def _over_models(study: ConditionStudy) -> dict[str, Any] | None:
    if not study.over_models:
        return None
    rows = []
    for found in study.over_models:
        items = found.items
        cells = [
            (found.contrast.printed, found.contrast.name),
            (_interval(study, found.mean, found.low, found.high), found.mean),
            (p_value(found.p), found.p if found.p == found.p else ""),
            (p_value(items.p[0]), items.p[0]),
            (p_value(items.p_skew[0]), items.p_skew[0]),
            (typeset("; ".join(found.unmet)) or "–", ""),
        ]
        rows.append({"claim": found.claim, "cells": cells, "link": None})
    columns = ["contrast", f"mean [95 %]\n{unit_of(study)}", "p over\nmodels", "p over\nitems"]
    return {"columns": [*columns, "p, skewness\ntaken out", "unmet criteria"], "rows": rows, "wordy": True}


def methods_of_conditions(study: ConditionStudy) -> list[str]:
    """The paragraphs of the methods section, plain text, built from the results' own numbers."""
    return paragraphs(
        "conditions_methods.txt.jinja",
        study=study,
        design=study.whole,
        place=place_of(study.asked) if study.is_attention else "",
        response=response_of(study),
        limits=[limit.clause.replace("classes", "levels") for limit in WITHHELD],
        result=_printed(study, study.sentences[0]),
        rule=study.rule.clause(),
        least=LEAST_CLAIMED,
        skew=most_skew(len(study.measured.columns)),
        relabelings=f"{draws_of(len(study.measured.columns), len(study.contrasts)):,}",
        curved=any(len(each.compared) > 2 for each in study.contrasts),
        spread=MOST_SPREAD,
        few=FEW_SPREAD,
        fewest=FEWEST,
        models=len(study.measured.columns) if study.over_models else 0,
        versions=study.provenance.versions,
    )
