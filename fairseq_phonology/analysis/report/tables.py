"""The report's numbers: how they are written, and the rows of its tables."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...text import number, p_value
from ..contrasts.family import SCALES, Family
from ..contrasts.table import CONTRASTS, NORMS

_SCALE_NAMES = {"mass": "mass", "logit": "log-odds"}
_UNITS = ("stems", "suffixes", "both")


def family_name(family: Family) -> str:
    """What a reader calls it."""
    return CONTRASTS[family.contrast].label


def unit_name(family: Family, unit: str) -> str:
    """What units are called that a test calls stems: without suffixes it is over words."""
    return "words" if unit == "stems" and not family.n_suffixes else unit


def heads_table(family: Family, ids: dict[str, str] | None = None, word: str = "claim") -> dict[str, Any]:
    """A family as a table: claims first, then the larger estimate.

    Args:
        family: which.
        ids: of each kind of attention a word of the explorer to show a head with.
        word: what stands beside a head that meets the rule.

    Returns:
        ``word`` (empty where there is no rule to meet), ``columns`` (headings) and ``rows`` (claim, unmet, cells
        of text and sort key).
    """
    plain = family.contrast == "same-offset"
    alone = [values for those in family.segments.values() for values in those.values()]
    several = "+" in family.kind
    scales = [scale for scale in SCALES if scale in family.estimate]
    name = family_name(family).partition(",")[0]
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
        short = family.unmet[n] if n < len(family.unmet) else []
        link = (ids or {}).get(head.kind)
        rows.append(
            {
                "claim": bool(family.claim[n]),
                "short": "; ".join(short),
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
