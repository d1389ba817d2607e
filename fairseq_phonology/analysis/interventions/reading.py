"""A folder of `intervene`, read back: what `causal_tables` wrote becomes `Causal` again, to be judged and drawn."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import InputError
from ...files import read_object
from ..design.designs import Exclusions
from .effects import Causal, CausalVerdict, Effects, MinimalPair
from .kinds import CONTROLS, KINDS, Intervention
from .routes import causal_verdict
from .tables import DIRECTIONS, EFFECTS_COLUMNS

_SHAPE = {
    **dict.fromkeys(("process", "language"), str),
    "verdict": dict,
    **dict.fromkeys(("words", "stems", "suffixes"), int),
    "reasons_withheld": [str],
    "minimal_pair": dict | None,
    "routes": [dict],
    "about": {"checkpoint_sha256": str | None},
}
_LATER = ("direction", "segments", "exclusions")  # not in the folders of early versions
_BOUNDS = ("effect", "low", "high", "share", "low_share", "high_share")


def read_causal(folder: str | Path) -> Causal:
    """What `intervene` found, from its ``summary.json`` and ``effects.csv``.

    Numbers are those of the files, six digits; written again they give the same files. ``design`` and ``attention`` are
    None; the verdict is of the interventions alone (`routes.with_attention` adds the attention).

    Raises:
        InputError: it is no such folder, of an early version, or not whole.
    """
    folder = Path(folder)
    path = folder / "summary.json"
    found = _summary(path)
    try:
        tests = [name[2:] for name in (found["routes"] or [{}])[0] if name.startswith("p_")]
        families = _families(folder / "effects.csv", tests)
        _check_same(found["routes"], families, folder)
        study = Causal(
            *(found["process"], found["language"], None, _exclusions(found["exclusions"])),
            *(int(found[name]) for name in ("words", "stems", "suffixes")),
            *(_minimal_pair(found["minimal_pair"]), families, CausalVerdict("descriptive", "", (), "")),
            *(tuple(found["reasons_withheld"]), None),
            {place: tuple(segments) for place, segments in found["segments"].items()},
            found["about"],
            {name: first for first, name in DIRECTIONS.items()}[found["direction"]],
        )
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"is no whole summary.json of intervene ({type(error).__name__}: {error})", path) from None
    study.verdict = causal_verdict(study)
    return study


def _summary(path: Path) -> dict[str, Any]:
    found = read_object(path, "summary.json of intervene for one model", _SHAPE, "intervene")
    early = [name for name in (*_LATER, "minimal_pair") if name not in found]
    if early:
        raise InputError(f"lacks {early[0]!r}: made by an earlier version; run intervene again", path)
    return found


def _exclusions(found: dict[str, Any] | None) -> Exclusions | None:
    if found is None:
        return None
    return Exclusions(
        {cell: (each["events"], each["counted"]) for cell, each in found["cells"].items()},
        tuple(found["suffixes_excluded"]),
        {name: (each["lost"], each["of"]) for name, each in found["stems_excluded"].items()},
        tuple(found["reasons_withheld"]),
    )


def _minimal_pair(found: dict[str, Any] | None) -> MinimalPair | None:
    if found is None:
        return None
    numbers = (_known(found[name]) for name in ("intact", "after", "effect", "low", "high"))
    p = {name[2:]: _known(value) for name, value in found.items() if name.startswith("p_")}
    return MinimalPair(found["measure"], *numbers, p, bool(found["distinguishes"]))


def _known(value: float | None) -> float:
    return math.nan if value is None else float(value)


def _families(path: Path, tests: list[str]) -> list[Effects]:
    """Every family of the table, in its order."""
    rows: dict[str, list[dict[str, Any]]] = {"routes": []}
    for row in _rows(path):
        if row["family"] != "minimal pair":
            rows.setdefault(row["family"], []).append(row)
    return [_family(name, own, tests) for name, own in rows.items()]


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    """Lines of ``effects.csv``, with numbers for what is one."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            table = csv.DictReader(file)
            missing = [name for name in EFFECTS_COLUMNS if name not in (table.fieldnames or ())]
            if missing:
                raise InputError(f"no column {missing[0]!r}: not the effects.csv of intervene", path)
            for row in table:
                yield _row(row, path, table.line_num)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"cannot be read: {getattr(error, 'strerror', None) or error}", path) from None


def _row(row: dict[str, str | None], path: Path, line: int) -> dict[str, Any]:
    if None in row or None in row.values():
        raise InputError(f"has not the {len(EFFECTS_COLUMNS)} columns of the first line", path, line)
    if row["measure"] not in KINDS:
        raise InputError(f"measure {row['measure']!r}: must be one of {', '.join(KINDS)}", path, line)
    found: dict[str, Any] = dict(row)
    for name in row:
        if name in ("layer", "head") and row[name] == "all":
            found[name] = None
        elif name not in ("family", "measure", "unmet"):
            try:
                found[name] = (int if name in ("layer", "head") else float)(row[name] or "nan")
            except ValueError:
                raise InputError(f"{name} {row[name]!r}: must be a number", path, line) from None
    return found


def _family(name: str, rows: list[dict[str, Any]], tests: list[str]) -> Effects:
    def column(of: str) -> np.ndarray:
        return np.array([row[of] for row in rows], float)

    return Effects(
        name,
        [Intervention(row["measure"], "trigger", row["layer"], row["head"]) for row in rows],
        *(column(bound) for bound in _BOUNDS),
        {control: column(f"effect_{control}") for control in CONTROLS},
        {test: column(f"p_{test}") for test in tests},
        column("changes"),
        column("uses") == 1,
        [row["unmet"].split("; ") if row["unmet"] else [] for row in rows],
    )


def _check_same(routes: list[dict[str, Any]], families: list[Effects], folder: Path) -> None:
    """Are the two files of one run?

    Raises:
        InputError: they are not.
    """
    said = [(each["measure"], _known(each["effect"])) for each in routes]
    own = [(one.measure, effect) for one, effect in zip(families[0].which, families[0].effect, strict=True)]
    if repr(said) != repr([(measure, float(effect)) for measure, effect in own]):
        raise InputError("summary.json and effects.csv are not of the same run; run intervene again", folder)
