"""``effects.csv`` and ``summary.json`` of `intervene`: what the knock-outs take away, for programs."""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path
from types import NoneType
from typing import Any

from ...errors import InputError
from ...files import read_object
from ...text import rounded
from ..contrasts.tables import causal_verdict_summary, exclusions_summary
from .effects import Causal, Effects
from .kinds import CONTROLS

UNITS = ("stems", "suffixes", "both")
DIRECTIONS = {True: "regressive", False: "progressive"}  # does the target precede the trigger?
EFFECTS_COLUMNS = (
    *("family", "measure", "layer", "head", "effect", "low", "high", "share", "low_share", "high_share"),
    *(f"effect_{control}" for control in CONTROLS),
    *(f"p_{unit}_{control}" for control in CONTROLS for unit in UNITS),
    *("changes", "n_stems", "n_suffixes", "uses", "unmet"),
)
_HEAD = {"kind": str, "layer": int, "head": int}
_ATTENTION = {
    "process": str,
    "verdict": {"strength": str},
    "primary": ({"kind": str, "claims": [_HEAD]}, NoneType),
    "about": ({"manifest": ({"checkpoint_sha256": str | None}, NoneType)}, NoneType),
}


def write_effects(study: Causal, path: Path) -> None:
    """One row an intervention at the trigger, family by family, the minimal pair first.

    Effects are in log-odds, shares of the minimal-pair effect (1 is all of it). ``both``: stems and suffixes random at
    once. What there is not, or was not tested, is an empty field.
    """
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(EFFECTS_COLUMNS)
        pair = study.minimal_pair
        if pair is not None:
            tests = [_text(pair.p.get(unit, math.nan)) for unit in UNITS]
            bounds = [_text(value) for value in (pair.effect, pair.low, pair.high)]
            sizes = [study.n_stems, study.n_suffixes, int(pair.distinguishes)]
            rows.writerow(
                ["minimal pair", pair.measure, "all", "all", *bounds, 1, "", "", "", "", *tests, *[""] * 4, *sizes, ""]
            )
        for family in study.families:
            rows.writerows(_row(study, family, n) for n in range(len(family.which)))


def _row(study: Causal, family: Effects, n: int) -> list[Any]:
    one = family.which[n]
    bounds = (family.effect, family.low, family.high, family.share, family.low_share, family.high_share)
    tests = [f"{unit}_{control}" for control in CONTROLS for unit in UNITS]
    return [
        *(family.name, one.measure, one.layer or "all", one.head or "all"),
        *(_text(values[n]) for values in bounds),
        *(_text(family.controls[control][n]) for control in CONTROLS),
        *(_text(family.p[test][n]) if test in family.p else "" for test in tests),
        *(_text(family.changes[n]), study.n_stems, study.n_suffixes, int(family.uses[n])),
        "; ".join(family.unmet[n]),
    ]


def _text(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.6g}"


def causal_summary(study: Causal) -> dict[str, Any]:
    """Everything but the single events, as JSON can say it. Numbers are those of the tables."""
    pair = study.minimal_pair
    return {
        "process": study.process,
        "language": study.language,
        "verdict": causal_verdict_summary(study.verdict),
        "words": study.n_words,
        "stems": study.n_stems,
        "suffixes": study.n_suffixes,
        "direction": DIRECTIONS[study.target_first],
        "segments": {place: list(segments) for place, segments in study.segments.items()},
        "exclusions": None if study.exclusions is None else exclusions_summary(study.exclusions),
        "reasons_withheld": list(study.reasons_withheld),
        "minimal_pair": None
        if pair is None
        else {
            "measure": pair.measure,
            **{name: rounded(getattr(pair, name)) for name in ("intact", "after", "effect", "low", "high")},
            **{f"p_{unit}": rounded(p) for unit, p in pair.p.items()},
            "distinguishes": pair.distinguishes,
        },
        "routes": [_effect(study.routes, n) for n in range(len(study.routes.which))],
        "heads": [
            {"layer": family.which[n].layer, "head": family.which[n].head, **_effect(family, n)}
            for family in study.families
            if family.name.startswith("heads")
            for n in range(len(family.which))
            if family.uses[n]
        ],
        "about": study.facts,
    }


def _effect(family: Effects, n: int) -> dict[str, Any]:
    names = ("effect", "low", "high", "share", "low_share", "high_share")
    return {
        "measure": family.which[n].measure,
        **{name: rounded(getattr(family, name)[n]) for name in names},
        **{f"effect_{name}": rounded(values[n]) for name, values in family.controls.items()},
        **{f"p_{name}": rounded(values[n]) for name, values in family.p.items()},
        "changes": rounded(family.changes[n]),
        "uses": bool(family.uses[n]),
    }


def write_causal_summary(study: Causal, path: Path) -> None:
    """``summary.json``, UTF-8, keys in a fixed order."""
    text = json.dumps(causal_summary(study), ensure_ascii=False, indent=1)
    path.write_text(text + "\n", encoding="utf-8", newline="\n")


def read_attention(path: str | Path, process: str) -> dict[str, Any]:
    """``summary.json`` of `analyze`.

    Raises:
        InputError: it cannot be read, is something else, or about another process.
    """
    found = read_object(path, "summary.json of analyze", {})
    if "models" in found and "primary" not in found:
        raise InputError("is over several models; name the summary.json of one, in the folder of its name", path)
    found = read_object(path, "summary.json of analyze", _ATTENTION)
    if "primary" not in found:  # None where the words are a plain list
        raise InputError("is no summary.json of analyze: it lacks 'primary'", path)
    if found["process"] != process:
        raise InputError(f"is about {found['process']!r}, not {process!r}", path)
    return found
