"""``summary.json`` and ``heads.csv``: what a study found, for programs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ...files import write_csv, write_json
from ...stimuli.items import CELLS
from ...text import cell as written
from ...text import rounded
from ..design.exclusions import Exclusions
from .estimates import PLACES
from .study import SCALES, Family, Study

HEADS_COLUMNS = (
    *("contrast", "kind", "query", "layer", "head", *(f"mean_{cell}" for cell in CELLS)),
    *("estimate_log_odds", "low_log_odds", "high_log_odds", "se", "df", "t", "p"),
    *("estimate_mass", "low_mass", "high_mass"),
    *("quadruples", "quadruples_positive"),  # consistency over segments
    *(f"{what}_{place}" for place in PLACES for what in ("rank", "assignments", "sd")),
    *("estimate_segments", "low_segments", "high_segments", "p_segments"),
    *("n_stems", "n_suffixes", "claim", "primary", "unmet"),
)


def summary(study: Study, interventions: dict[str, Any] | None = None) -> dict[str, Any]:
    """Everything but the single events, as JSON can say it. Numbers are those of the tables.

    Args:
        study: what was found.
        interventions: the verdict of interventions on the same model, beside its attention, as JSON can say it.
    """
    found: dict[str, Any] = {
        "process": study.process,
        "language": study.language,
        "verdict": {
            "strength": study.verdict.strength,
            "sentence": study.verdict.sentence,
            "caveats": list(study.verdict.caveats),
        },
        "primary": None if study.primary is None else family_summary(study.primary),
        "secondary": [family_summary(family) for family in study.families if not family.primary],
        "exclusions": None,
        "baseline": None,
        "sensitivity": None if study.sensitivity is None else family_summary(study.sensitivity),
        "interventions": interventions,
        "about": study.provenance.as_json(),
    }
    if study.exclusions is not None:
        found["exclusions"] = exclusions_summary(study.exclusions)
    if study.baseline is not None and study.baseline.primary is not None:
        found["baseline"] = family_summary(study.baseline.primary)
    return found


def exclusions_summary(exclusions: Exclusions) -> dict[str, Any]:
    """What errors cost the design."""
    return {
        "cells": {cell: {"events": all, "counted": kept} for cell, (all, kept) in exclusions.cells.items()},
        "suffixes_excluded": list(exclusions.suffixes_excluded),
        "stems_excluded": {name: {"lost": lost, "of": of} for name, (lost, of) in exclusions.stems_excluded.items()},
        "reasons_withheld": list(exclusions.reasons_withheld),
        "words_alone": list(exclusions.alone),
    }


def family_summary(family: Family) -> dict[str, Any]:
    """One family: its size, its claims, and its head with the largest estimate."""
    chosen = [n for n in range(len(family.heads)) if family.claim[n]]
    return {
        "contrast": family.contrast,
        "kind": family.kind,
        "query": family.query,
        "heads": len(family.heads),
        "stems": family.n_stems,
        "suffixes": family.n_suffixes,
        "claims": [_head(family, n) for n in chosen],
        "largest": _head(family, family.best),
    }


def _head(family: Family, n: int) -> dict[str, Any]:
    head = family.heads[n]
    return {
        "kind": head.kind,
        "layer": head.layer,
        "head": head.head,
        "mean_mass": {cell: rounded(values[n]) for cell, values in family.cell_means.items()},
        **{
            f"{name}_{scale}": rounded(getattr(family, name)[scale][n])
            for scale in SCALES
            for name in ("estimate", "low", "high")
            if scale in getattr(family, name)
        },
        **{name: rounded(getattr(family, name)[n]) for name in ("se", "df", "t", "p")},
        **{name: rounded(value) for name, value in _segments(family, n).items()},
    }


def _segments(family: Family, n: int) -> dict[str, float]:
    """What single segments say of one head, by column of ``heads.csv``; empty of a plain list."""
    own = family.consistency
    if own is None:
        return {}
    found = {"quadruples": len(own.quadruples), "quadruples_positive": int(own.positive[n])}
    for place, (rank, of) in own.ranks.items():
        found |= {f"rank_{place}": int(rank[n]), f"assignments_{place}": of}
    found |= {f"sd_{place}": float(side.deviation[n]) for place, side in own.sides.items()}
    bounds = {"estimate": own.estimate, "low": own.low, "high": own.high, "p": own.p}
    return found | {f"{name}_segments": float(values[n]) for name, values in bounds.items()}


def write_summary(study: Study, path: Path, interventions: dict[str, Any] | None = None) -> None:
    """``summary.json``, UTF-8, keys in a fixed order; ``interventions`` as of `summary`."""
    write_json(path, summary(study, interventions))


def write_heads(families: Sequence[Family], path: Path) -> None:
    """``heads.csv``: one line for each family and head."""
    write_csv(path, [HEADS_COLUMNS, *(row for family in families for row in heads_rows(family))])


def heads_rows(family: Family) -> list[list[Any]]:
    """Rows of ``heads.csv``, columns as `HEADS_COLUMNS`; empty where a contrast has no such test or cell."""
    rows = []
    for n, head in enumerate(family.heads):
        found = {"contrast": family.contrast, "kind": head.kind, "query": head.query, "layer": head.layer}
        found |= {"head": head.head, "n_stems": family.n_stems, "n_suffixes": family.n_suffixes}
        found |= {"claim": int(family.claim[n]), "primary": int(family.primary), "unmet": "; ".join(family.unmet[n])}
        numbers = {f"mean_{cell}": values[n] for cell, values in family.cell_means.items()}
        for scale in SCALES:
            numbers |= {f"{name}_{scale}": getattr(family, name)[scale][n] for name in ("estimate", "low", "high")}
        numbers |= {name: getattr(family, name)[n] for name in ("se", "df", "t", "p")} | _segments(family, n)
        found |= {name: written(float(value)) for name, value in numbers.items()}
        rows.append([found.get(name, "") for name in HEADS_COLUMNS])
    return rows
