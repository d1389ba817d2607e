"""The report's numbers: how they are written, and the rows of its tables."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from ...phonology.items import CELLS
from ..events import STATUSES, Event, Events
from ..families import SCALES, Family
from ..study import Study

_SCALE_NAMES = {"mass": "mass", "logit": "log-odds"}
_TESTS = {
    "stems_mass": "p stems\nmass",
    "stems_logit": "p stems\nlog-odds",
    "suffixes_mass": "p suffixes\nmass",
    "suffixes_logit": "p suffixes\nlog-odds",
    "both_mass": "p both\nmass",
    "both_logit": "p both\nlog-odds",
}


def number(value: float, digits: int = 2) -> str:
    """``.18``, ``−.03``, ``1.00``; a dash where there is none."""
    if value is None or math.isnan(value):
        return "–"
    text = f"{abs(value):.{digits}f}"
    sign = "−" if value < 0 and float(text) else ""
    return sign + (text[1:] if text.startswith("0.") else text)


def p_value(value: float) -> str:
    """``.012``, ``<.001``; a dash where there is none."""
    if value is None or math.isnan(value):
        return "–"
    return "<.001" if value < 0.001 else ">.999" if value > 0.999 else number(value, 3)


def p_text(value: float) -> str:
    """``p = .012``, ``p < .001``."""
    text = p_value(value)
    return f"p {text[0]} {text[1:]}" if text[0] in "<>" else f"p = {text}"


def count(n: int, what: str) -> str:
    """``1 word``, ``1,000 words``."""
    return f"{n:,} {what}{'' if n == 1 else 's'}"


def listed(texts: Iterable[str]) -> str:
    """``a, b and c``."""
    *first, last = list(texts) or [""]
    return f"{', '.join(first)} and {last}" if first else last


def segments_text(segments: Sequence[str] | str | None) -> str:
    """`` (p t k)``; nothing without any."""
    return f" ({' '.join(segments)})" if segments else ""


def uniform(events: Events) -> dict[str, float]:
    """Of each cell, the mass on the trigger if attention were spread evenly over segments: 1 over their number."""
    masses: dict[str, list[float]] = {cell: [] for cell in CELLS}
    for event in events.events:
        if event.counts and event.item.cell:
            masses[event.item.cell].append(1 / max(1, len(event.item.ur)))
    return {cell: float(np.mean(values)) for cell, values in masses.items() if values}


def examples(events: Events) -> dict[str, Event]:
    """One event of each cell, of the same stem within a row of the design where that is possible."""
    found: dict[str, Event] = {}
    for event in sorted(events.events, key=lambda event: not event.counts):
        found.setdefault(event.item.cell, event)
    for first, second in (("TR", "TN"), ("CR", "CN")):
        stem = found[first].item.stem if first in found else ""
        same = (e for e in events.events if e.counts and e.item.cell == second and e.item.stem == stem)
        if (event := next(same, None)) is not None:
            found[second] = event
    return found


def accuracy(study: Study) -> list[dict[str, Any]]:
    """A row per cell: events, counted, share, and how many have each status."""
    events = study.events.events
    cells = [cell for cell in (*CELLS, "") if any(event.item.cell == cell for event in events)]
    rows = []
    for cell in cells:
        those = [event for event in events if event.item.cell == cell]
        statuses = Counter(event.status for event in those)
        all, kept = len(those), sum(event.counts for event in those)
        if study.losses is not None and cell in study.losses.cells:
            all, kept = study.losses.cells[cell]
        share = f"{kept / all:.1%}" if all else "–"
        rows.append({"cell": cell or "all", "events": all, "counted": kept, "share": share}
                    | {"statuses": [statuses[status] for status in STATUSES]})  # fmt: skip
    return rows


def design_cells(study: Study) -> dict[str, Any] | None:
    """The 2 x 2 of the design: an example of each cell, and what the headline's head puts on the trigger."""
    shown = examples(study.events)
    if not set(CELLS) <= set(shown):
        return None
    classes = classes_of(study)
    counted = {row["cell"]: row for row in accuracy(study)}
    family = study.primary
    means = {} if family is None else {cell: number(values[family.best]) for cell, values in family.cell_means.items()}

    def cell(code: str) -> dict[str, Any]:
        event, row = shown[code], counted[code]
        words = {"ur": f"/{''.join(event.item.ur)}/", "sr": f"[{''.join(event.surface)}]"}
        return {
            "code": code,
            **words,
            "counted": f"{row['counted']:,} of {row['events']:,} count",
            "mass": means.get(code, ""),
        }

    def unit(code: str, text: str) -> dict[str, Any]:
        return {"code": code, "text": text, "segments": " ".join(classes.get(code) or ())}

    targets = (("T", "target undergoes the process"), ("C", "control in its place"))
    rows = [{**unit(code, text), "cells": [cell(code + "R"), cell(code + "N")]} for code, text in targets]
    note = f"Mass: what head {family.heads[family.best]} puts on the trigger's position." if means else ""
    columns = [unit("R", "trigger"), unit("N", "control in its place")]
    return {"columns": columns, "rows": rows, "note": note}


def classes_of(study: Study) -> dict[str, Sequence[str]]:
    """Segments of T, C, R and N: those that the facts name, else those that the events have."""
    if study.facts.get("classes"):
        return study.facts["classes"]
    found: dict[str, dict[str, None]] = {}
    for event in study.events.events:
        found.setdefault(event.item.target_class, {})[event.item.target] = None
        found.setdefault(event.item.trigger_class, {})[event.item.trigger] = None
    return {code: list(segments) for code, segments in found.items() if code}


def heads_table(family: Family, ids: dict[str, str] | None = None, word: str = "claim") -> dict[str, Any]:
    """A family as a table: claims first, then the larger estimate.

    Args:
        family: which.
        ids: of each kind of attention a word of the explorer to show a head with.
        word: what stands beside a head that meets the rule.

    Returns:
        ``word``, ``columns`` (headings) and ``rows`` (claim, shortfalls, cells of text and sort key).
    """
    p = family.p | {f"both_{scale}": values for scale, values in family.joint.items()}
    tests = [test for test in _TESTS if test in p]
    alone = [values for those in family.segments.values() for values in those.values()]
    least = np.min(alone, axis=0) if alone else None
    several = "+" in family.kind
    scales = [scale for scale in SCALES if scale in family.estimate]
    columns = ["head", *(["kind"] if several else []), *family.cell_means]
    name = family.contrast if len(family.contrast) < 12 else "estimate"
    columns += [f"{name} [95 %]\nof {_SCALE_NAMES[scale]}" for scale in scales]
    order = np.lexsort((-np.nan_to_num(family.estimate["mass"], nan=-9), ~family.claim.astype(bool)))
    rows = []
    for n in order.tolist():
        head = family.heads[n]
        cells = [(str(head), head.layer * 1000 + head.head)] + ([(head.kind, head.kind)] if several else [])
        cells += [(number(values[n]), values[n]) for values in family.cell_means.values()]
        for scale in scales:
            estimate, low, high = (number(each[scale][n]) for each in (family.estimate, family.low, family.high))
            cells.append((f"{estimate} [{low}, {high}]", family.estimate[scale][n]))
        cells += [(p_value(p[test][n]), p[test][n]) for test in tests]
        if family.guards:
            guard = max(values[n] for values in family.guards.values())
            cells.append((p_value(guard), guard))
        if least is not None:
            cells.append((number(least[n]), least[n]))
        short = family.shortfalls[n] if n < len(family.shortfalls) else []
        link = (ids or {}).get(head.kind)
        rows.append(
            {
                "claim": bool(family.claim[n]),
                "short": "; ".join(short),
                "cells": [(text, "" if key != key else key) for text, key in cells],
                "link": f"#word={link}&kind={head.kind}&layer={head.layer}&head={head.head}" if link else None,
            }
        )
    return {
        "columns": [
            *columns,
            *(_TESTS[test] for test in tests),
            *(["p guards\nlargest"] if family.guards else []),
            *(["least\nalone"] if alone else []),
        ],
        "rows": rows,
        "word": word,
    }
