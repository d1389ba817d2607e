"""A folder of `dynamics`, read back: when one run learned what, for the report of one of its models."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..phonology.errors import InputError

_NEEDS = ("process", "sentence", "caveats", "head", "unit", "checkpoints", "definition", "since", "about")
_FIGURE = Path("figures", "dynamics.svg")


@dataclass(frozen=True)
class Learned:
    """What `dynamics` says of one run.

    Attributes:
        process: its name.
        sentence: when what was learned.
        caveats: sentences that belong to it.
        head: kind, layer and head that were followed, and how it was chosen (``chosen``).
        unit: what time is counted in: ``epoch`` or ``updates``.
        checkpoints: how many were followed.
        definition: of ``since``.
        since: ``what`` (a column of ``dynamics.csv``), ``threshold``, and the ``epoch``, ``updates`` and ``checkpoint``
            from which on it stays there; these are None if it does not.
        figure: SVG.
        facts: of ``summary.json``.
    """

    process: str
    sentence: str
    caveats: tuple[str, ...]
    head: dict[str, Any]
    unit: str
    checkpoints: int
    definition: str
    since: list[dict[str, Any]]
    figure: Path
    facts: dict[str, Any] = field(default_factory=dict)


def read_dynamics(folder: str | Path) -> Learned:
    """What `dynamics` found, from its ``summary.json``, ``dynamics.csv`` and figure.

    Raises:
        InputError: it is no such folder, or not whole.
    """
    folder = Path(folder)
    path = folder / "summary.json"
    found = _summary(path)
    rows = _rows(folder / "dynamics.csv")
    if rows != found["checkpoints"]:
        raise InputError(f"summary.json is of {found['checkpoints']} checkpoints, dynamics.csv of {rows}", folder)
    if not (folder / _FIGURE).is_file():
        raise InputError("is not there: no whole folder of dynamics", folder / _FIGURE)
    try:
        since = [{name: one[name] for name in ("what", "threshold", "epoch", "updates")} for one in found["since"]]
        head = {name: found["head"][name] for name in ("kind", "layer", "head", "chosen")}
        facts = dict(found["about"])
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"is no whole summary.json of dynamics ({type(error).__name__}: {error})", path) from None
    return Learned(
        *(found["process"], found["sentence"], tuple(found["caveats"]), head, found["unit"], rows),
        *(found["definition"], since, folder / _FIGURE, facts),
    )


def _summary(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"has no {path.name}: no folder that dynamics made", path.parent) from None
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", path) from None
    except ValueError as error:
        raise InputError(f"is no JSON: {error}", path) from None
    missing = [name for name in _NEEDS if not isinstance(found, dict) or name not in found]
    if missing:
        raise InputError(f"is no summary.json of dynamics: it lacks {missing[0]!r}", path)
    return found


def _rows(path: Path) -> int:
    """How many checkpoints the table has."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            table = csv.DictReader(file)
            if "checkpoint" not in (table.fieldnames or ()):
                raise InputError("no column 'checkpoint': not the dynamics.csv of dynamics", path)
            return sum(1 for _ in table)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"cannot be read: {getattr(error, 'strerror', None) or error}", path) from None
