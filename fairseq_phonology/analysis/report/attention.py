"""Heads: the families of tests on attention, each as a table with what surrounds it."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import numpy as np

from ...attention.record import KIND_NAMES
from ...text import count, listed, number, p_value
from ..contrasts.kinds import CONTRASTS, NORMS, SAME_OFFSET
from ..contrasts.study import SCALES, Family, Study
from ..criteria import ATTENDS
from ..figures.style import QUERIES, capitalized
from .explorer import ExplorerData

_SCALE_NAMES = {"mass": "mass", "logit": "log-odds"}
_UNITS = ("stems", "suffixes", "both")


def primary(study: Study, explorer: ExplorerData | None) -> dict[str, Any]:
    """The family that makes the headline: what surrounds its table, and the table."""
    family = study.primary
    withheld = study.verdict.strength == "withheld"
    name = CONTRASTS[family.contrast].full_name
    note = (
        f"{'No claim may be made, whichever criteria a head meets. ' if withheld else ''}A claim is made only if "
        f"{ATTENDS.clause()} (least alone: the smallest such estimate). p is max-T over all {len(family.heads)} heads; "
        "means are of mass."
    )
    return {
        "intro": f"The primary family: {name}, {_view(family)}. Claims come first, then the other heads by size of the "
        "estimate.",
        "caption": f"Primary family: {name}, {_view(family)}, {count(len(family.heads), 'head')}",
        "note": note + (" The number of a head opens it in the word explorer; a heading sorts." if explorer else ""),
        "table": heads_table(family, _shown_with(explorer), "no claim" if withheld else "claim"),
    }


def secondary(family: Family, explorer: ExplorerData | None) -> dict[str, Any]:
    """Any other family, likewise."""
    n = sum(bool(claim) for claim in family.claim)
    of = count(len(family.heads), "head")
    intro = f"{n or 'No head'} of {of if n else len(family.heads)} would meet the criteria."
    if family.contrast == SAME_OFFSET:
        intro = f"Over {count(family.n_stems, 'word')}; p is max-T over {of}, by sign-flips."
    contrast = CONTRASTS[family.contrast]
    return {
        "caption": f"{capitalized(contrast.full_name)}, {_view(family)}",
        "intro": f"{contrast.sentence} {intro}",
        "table": heads_table(family, _shown_with(explorer), "met"),
    }


def _view(family: Family) -> str:
    kinds = listed([KIND_NAMES[kind] for kind in family.kind.split("+")])
    return f"{kinds}, {QUERIES[family.query]}"


def _shown_with(explorer: ExplorerData | None) -> dict[str, str]:
    """Of each kind the word to show a head with: the first that undergoes the process, as an address writes it."""
    if explorer is None:
        return {}
    good = [word for word in explorer.words if word["status"] == "applied"] or explorer.words
    word = next((word for word in good if word["cell"] == "TR"), good[0])
    return dict.fromkeys(explorer.kinds, quote(word["id"], safe=""))


def unit_name(family: Family, unit: str) -> str:
    """What units are called that a test calls stems: without suffixes it is over words."""
    return "words" if unit == "stems" and not family.n_suffixes else unit


def heads_table(family: Family, ids: dict[str, str] | None = None, word: str = "claim") -> dict[str, Any]:
    """A family as a table: claims first, then the larger estimate.

    Args:
        family: which.
        ids: of each kind of attention a word of the explorer to show a head with.
        word: what stands beside a head that meets the criteria.

    Returns:
        ``word`` (empty where there are no criteria to meet), ``columns`` (headings) and ``rows`` (claim, unmet, cells
        of text and sort key).
    """
    plain = family.contrast == SAME_OFFSET
    alone = [values for those in family.segments.values() for values in those.values()]
    several = "+" in family.kind
    scales = [scale for scale in SCALES if scale in family.estimate]
    name = CONTRASTS[family.contrast].label.partition(",")[0]
    means = {cell: values for cell, values in family.cell_means.items() if not np.isnan(values).all()}
    columns = ["head", *(["kind"] if several else []), *(["mass on\ntrigger"] if plain else means)]
    scale_names = {**_SCALE_NAMES, "mass": "norms’ share"} if family.contrast == NORMS else _SCALE_NAMES
    columns += [f"{'difference' if plain else name} [95 %]\nof {scale_names[scale]}" for scale in scales]
    tests = _tests(family)
    columns += tests
    order = np.lexsort((-np.nan_to_num(family.estimate["mass"], nan=-9), ~family.claim.astype(bool)))
    rows = []
    for n in order.tolist():
        head = family.heads[n]
        cells = [(str(head), head.layer * 1000 + head.head)] + ([(head.kind, head.kind)] if several else [])
        cells += [(number(values[n]), values[n]) for values in means.values()]
        for scale in scales:
            estimate, low, high = (number(each[scale][n]) for each in (family.estimate, family.low, family.high))
            cells.append((f"{estimate} [{low}, {high}]", family.estimate[scale][n]))
        cells += [(" / ".join(p_value(p[n]) for p in those), max(p[n] for p in those)) for those in tests.values()]
        if alone:
            least = min(values[n] for values in alone)
            cells.append((number(least), least))
        link = (ids or {}).get(head.kind)
        rows.append(
            {
                "claim": bool(family.claim[n]),
                "unmet": "; ".join(family.unmet[n]) if n < len(family.unmet) else "",
                "cells": [(text, "" if key != key else key) for text, key in cells],
                "link": f"#word={link}&kind={head.kind}&layer={head.layer}&head={head.head}" if link else None,
            }
        )
    return {"columns": [*columns, *(["least\nalone"] if alone else [])], "rows": rows, "word": "" if plain else word}


def _tests(family: Family) -> dict[str, list[np.ndarray]]:
    """The columns of p-values: heading -> p on both scales; of the additional the largest."""
    p = family.p | {f"both_{scale}": values for scale, values in family.joint.items()}
    found = {}
    for unit in _UNITS:
        scales = [scale for scale in SCALES if f"{unit}_{scale}" in p]
        if scales:
            names = " / ".join(_SCALE_NAMES[scale] for scale in scales)
            found[f"p {unit_name(family, unit)}\n{names}"] = [p[f"{unit}_{scale}"] for scale in scales]
    if family.additional:
        found["p additional\nlargest"] = [np.max(list(family.additional.values()), axis=0)]
    return found
