"""``summary.json`` and ``heads.csv``: what a study found, for programs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ...files import write_csv, write_json
from ...stimuli.items import CELLS
from ...text import cell as written
from ...text import rounded
from ..design.designs import Exclusions
from .study import SCALES, Family, Study

TESTS = ("stems_mass", "stems_logit", "suffixes_mass", "suffixes_logit")
HEADS_COLUMNS = (
    *("contrast", "kind", "query", "layer", "head", *(f"mean_{cell}" for cell in CELLS)),
    *(f"{what}_{scale}" for scale in SCALES for what in ("estimate", "low", "high")),
    *(f"p_{test}" for test in TESTS),
    *("n_stems", "n_suffixes", "claim"),
    *("p_both_mass", "p_both_logit", "p_additional", "primary", "unmet"),  # what else the claim needs; what it lacks
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
        **{f"p_{name}": rounded(values[n]) for name, values in family.p.items()},
        **{f"p_both_{scale}": rounded(values[n]) for scale, values in family.joint.items()},
        **{f"p_{name}": rounded(values[n]) for name, values in family.additional.items()},
    }


def write_summary(study: Study, path: Path, interventions: dict[str, Any] | None = None) -> None:
    """``summary.json``, UTF-8, keys in a fixed order; ``interventions`` as of `summary`."""
    write_json(path, summary(study, interventions))


def write_heads(families: Sequence[Family], path: Path) -> None:
    """``heads.csv``: one line for each family and head."""
    write_csv(path, [HEADS_COLUMNS, *(row for family in families for row in heads_rows(family))])


def heads_rows(family: Family) -> list[list[Any]]:
    """Rows of ``heads.csv``, columns as `HEADS_COLUMNS`; empty where a contrast has no such test or cell."""

    def number(values: np.ndarray | None, n: int) -> str:
        return "" if values is None else written(float(values[n]))

    additional = np.max(list(family.additional.values()), axis=0) if family.additional else None
    return [
        [
            *(family.contrast, head.kind, head.query, head.layer, head.head),
            *(number(family.cell_means[cell], n) for cell in CELLS),
            *(number(each[scale], n) for scale in SCALES for each in (family.estimate, family.low, family.high)),
            *(number(family.p.get(test), n) for test in TESTS),
            *(family.n_stems, family.n_suffixes, int(family.claim[n])),
            *(number(family.joint.get(scale), n) for scale in SCALES),
            number(additional, n),
            int(family.primary),
            "; ".join(family.unmet[n]),
        ]
        for n, head in enumerate(family.heads)
    ]
