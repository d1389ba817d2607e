"""A folder of `dynamics`, read back: when one run learned what, for the report of one of its models."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...errors import InputError
from ...files import read_object

_WHEN = ("epoch", "updates", "first_epoch", "first_updates")  # the last two not in the folders of early versions
_SHAPE = {
    **dict.fromkeys(("process", "sentence", "unit", "definition"), str),
    "caveats": [str],
    "head": {"kind": str, "layer": int, "head": int, "chosen": str},
    "checkpoints": int,
    "since": [{"what": str, "threshold": int | float} | dict.fromkeys(_WHEN, int | None)],
    "about": {"checkpoint_sha256": dict | None, "checkpoints_there": int | None},
}
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
        since: ``what`` (a column of ``dynamics.csv``), ``threshold``, ``epoch`` and ``updates`` from which on it stays
            there, ``first_epoch`` and ``first_updates`` at which it was first reached; None if it is not.
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
    found = read_object(path, "summary.json of dynamics", _SHAPE, "dynamics")
    rows = _rows(folder / "dynamics.csv")
    if rows != found["checkpoints"]:
        raise InputError(f"summary.json is of {found['checkpoints']} checkpoints, dynamics.csv of {rows}", folder)
    if not (folder / _FIGURE).is_file():
        raise InputError("is not there: no whole folder of dynamics", folder / _FIGURE)
    since = [{name: one.get(name) for name in ("what", "threshold", *_WHEN)} for one in found["since"]]
    head = {name: found["head"][name] for name in ("kind", "layer", "head", "chosen")}
    return Learned(
        *(found["process"], found["sentence"], tuple(found["caveats"]), head, found["unit"], rows),
        *(found["definition"], since, folder / _FIGURE, found["about"]),
    )


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
