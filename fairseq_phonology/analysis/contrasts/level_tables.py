"""Tables of a condition: ``conditions.csv``, ``levels.csv``, ``contrasts.csv``, ``words.csv``, ``summary.json``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ...files import write_csv, write_json
from ...text import cell, rounded
from ..events.events import Head
from ..events.measured import MASS
from ..statistics.intervals import mean_interval
from .conditions import ConditionStudy, OverModels

_OF = ("model", "kind", "query", "layer", "head")
VALUES = ("item", "level", *_OF, "value", "mass")
LEVELS = ("level", "items", *_OF, "mean", "low", "high", "mass")
WORDS = ("id", "item", "level", "ur", "surface", "reference", "included", "why")
_NUMBERS = ("estimate", "low", "high", "se", "df", "t", "p", "p_skew", "skew", "mass")


def write_condition_tables(study: ConditionStudy, folder: Path) -> None:
    """All of them.

    Raises:
        InputError: one cannot be written.
    """
    write_csv(folder / "conditions.csv", [VALUES, *_values(study)])
    write_csv(folder / "levels.csv", [LEVELS, *_levels(study)])
    write_csv(folder / "contrasts.csv", _contrasts(study))
    write_csv(folder / "words.csv", [WORDS, *_words(study)])
    write_json(folder / "summary.json", condition_summary(study))


def level_means(study: ConditionStudy, scale: str, seed: int = 1) -> dict[str, tuple[np.ndarray, ...]]:
    """Level -> mean, low and high over its items, of each column; 95 % intervals of the level alone."""
    design = study.shown
    found = {}
    for level, values in design.by_level(design.taken(study.measured.values[scale])).items():
        found[level] = (values.mean(0), *mean_interval(values, np.random.default_rng(seed)))
    return found


def _of(column: Head | str) -> list[Any]:
    if isinstance(column, Head):
        return ["", column.kind, column.query, column.layer, column.head]
    return [column, "", "", "", ""]


def _values(study: ConditionStudy) -> list[list[Any]]:
    design, values = study.shown, study.measured.values
    by_level = {scale: design.by_level(design.taken(each)) for scale, each in values.items()}
    rows = []
    for level, main in by_level[study.scale].items():
        mass = by_level.get(MASS, {}).get(level)
        for n, item in enumerate(design.items_of(level)):
            for k, column in enumerate(study.measured.columns):
                weight = "" if mass is None else cell(float(mass[n, k]))
                rows.append([item, level, *_of(column), cell(float(main[n, k])), weight])
    return rows


def _levels(study: ConditionStudy) -> list[list[Any]]:
    design = study.shown
    sizes = design.sizes
    masses = design.cell_means(design.taken(study.measured.values[MASS])) if study.is_attention else {}
    rows = []
    for level, bounds in level_means(study, study.scale).items():
        for k, column in enumerate(study.measured.columns):
            weight = cell(float(masses[level][k])) if masses else ""
            rows.append([level, sizes[level], *_of(column), *(cell(float(each[k])) for each in bounds), weight])
    return rows


def _contrasts(study: ConditionStudy) -> list[list[Any]]:
    rows = [["contrast", *_OF, *_NUMBERS, "items", "claim", "unmet"]]
    for test in study.tests:
        for k, column in enumerate(study.measured.columns):
            numbers = [np.nan if (own := getattr(test, name)) is None else float(own[k]) for name in _NUMBERS]
            items = min(test.evidence.units.values())
            rows.append([test.contrast.name, *_of(column), *map(cell, numbers), items, int(test.claim[k])])
            rows[-1].append("; ".join(test.unmet[k]))
    return rows


def _words(study: ConditionStudy) -> list[list[Any]]:
    surface, reference = (
        [" ".join(form) for form in own] for own in (study.measured.surface, study.measured.reference)
    )
    nothing = [""] * len(study.words)
    found = zip(study.words, surface or nothing, reference or nothing, study.measured.why, strict=True)
    return [
        [word.id, word.item, word.level, " ".join(word.ur), sr, gold, int(not why), why]
        for word, sr, gold, why in found
    ]


def condition_summary(study: ConditionStudy) -> dict[str, Any]:
    """Everything but single items, as JSON can say it."""
    asked, exclusions = study.asked, study.exclusions
    found: dict[str, Any] = {
        "condition": asked.column,
        "response": study.scale if not study.is_attention else f"attention ({asked.kind}) at {asked.look_at}",
        "items": "within" if study.whole.within else "between",
        "levels": study.shown.sizes,
        "parts": {part.name: {level: len(own) for level, own in part.of.items()} for part in study.parts} or None,
        "process": study.process or None,
        "verdict": {"strength": study.strength, "sentence": study.sentences[0], "more": list(study.sentences[1:])},
        "contrasts": [
            {
                "contrast": test.contrast.name,
                "weights": dict(zip(test.contrast.levels, test.contrast.weights, strict=True)),
                "claims": [_named(study, int(n), test) for n in np.flatnonzero(test.claim)],
                "largest": _named(study, test.best, test),
            }
            for test in study.tests
        ],
        "over_models": [_over(found) for found in study.over_models] or None,
        "exclusions": None,
        "about": study.provenance.as_json(),
    }
    if exclusions is not None:
        found["exclusions"] = {
            "levels": {level: {"words": all, "counted": kept} for level, (all, kept) in exclusions.cells.items()},
            "items": {name: {"lost": lost, "of": of} for name, (lost, of) in exclusions.stems_excluded.items()},
            "reasons_withheld": list(exclusions.reasons_withheld),
        }
    return found


def _named(study: ConditionStudy, n: int, test: Any) -> dict[str, Any]:
    of = dict(zip(_OF, _of(study.measured.columns[n]), strict=True))
    numbers = {name: rounded(float(getattr(test, name)[n])) for name in _NUMBERS if getattr(test, name) is not None}
    return {name: value for name, value in of.items() if value != ""} | numbers | {"unmet": test.unmet[n]}


def _over(found: OverModels) -> dict[str, Any]:
    numbers = {name: rounded(getattr(found, name)) for name in ("mean", "low", "high", "p")}
    items = {"p_items": rounded(float(found.items.p[0])), "p_items_skew": rounded(float(found.items.p_skew[0]))}
    return {"contrast": found.contrast.name, **numbers, **items, "claim": found.claim, "unmet": found.unmet}
