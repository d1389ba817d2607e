"""One row per validation: ``history.csv`` in the save-dir, kept whole through any kill, and the order of its rows.

Whoever wants to know how a run went asks `load_history`, which also reads the log of any fairseq run.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ...errors import InputError
from ...files import csv_line, read_csv, write_file
from .fairseq_log import read_log

Row = dict[str, Any]
FILE_NAME = "history.csv"
COLUMNS = ("epoch", "updates", "subset", "train_loss", "valid_loss", "exact_match", "per", "lr", "wall", "kept")
_WHOLE = ("epoch", "updates")

__all__ = ["COLUMNS", "FILE_NAME", "History", "best_row", "load_history", "ranked", "read_history", "read_log"]


class History:
    """The validations of one run, in memory and in ``<save_dir>/history.csv``.

    Every change is written to a temporary file that then takes the place of the old one, so that a kill leaves either
    the file as it was or the file as it should be.

    Args:
        save_dir: folder of the run; made when the first row is written. An existing history is read.

    Raises:
        InputError: the existing file is not a history.
    """

    def __init__(self, save_dir: str | Path):
        self.path = Path(save_dir) / FILE_NAME
        self._rows: dict[tuple[str, int], Row] = {}
        if self.path.exists():
            self._rows = {_key(row): row for row in read_history(self.path)}

    @property
    def rows(self) -> list[Row]:
        """Copies of the rows, in the order of the validations.

        ``epoch`` and ``updates`` are int, ``subset`` is text, all else float (losses in bits, ``exact_match``, ``per``
        and per-process accuracy in %, ``wall`` in seconds) or None where it was not measured.
        """
        return [dict(row) for row in self._rows.values()]

    def append(self, row: Row) -> None:
        """Add one validation and write the file; the same (subset, updates) replaces what stood there.

        Keys beyond `COLUMNS` (a process, an added metric) become further columns.

        Raises:
            InputError: ``epoch``, ``updates`` or ``subset`` is missing.
        """
        missing = [name for name in ("epoch", "updates", "subset") if row.get(name) is None]
        if missing:
            raise InputError(f"a validation needs {', '.join(missing)}; found {', '.join(row)}")
        row = {name: _value(name, _text(value)) for name, value in row.items()}
        self._rows[_key(row)] = row
        self._write()

    def drop_from(self, num_updates: int) -> None:
        """Forget the validations at ``num_updates`` or later and write the file.

        A run that resumes from a checkpoint of N updates passes N + 1: the validation at N came before that
        checkpoint was saved and is not made again.
        """
        left = {key: row for key, row in self._rows.items() if row["updates"] < num_updates}
        if len(left) < len(self._rows):
            self._rows = left
            self._write()

    def _write(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        write_file(self.path, to_csv(self._rows.values()), sync=True)


def to_csv(rows: Iterable[Row]) -> str:
    """The rows as CSV: `COLUMNS`, then every further key in order of appearance; nothing where not measured."""
    rows = list(rows)
    names = list(dict.fromkeys([*COLUMNS, *(name for row in rows for name in row)]))
    return "".join(map(csv_line, [names, *([_text(row.get(name)) for name in names] for row in rows)]))


def read_history(path: str | Path) -> list[Row]:
    """The rows of a ``history.csv``; see `History.rows` for their types.

    Raises:
        InputError: no history, or a row that has too few or too many columns, or no number where one is due.
    """
    lines = read_csv(path)
    _, header = next(lines, (1, []))
    if not _is_header(header):
        raise InputError(f"expected the columns {', '.join(COLUMNS)}; found {', '.join(header)[:80]!r}", path, 1)
    rows: dict[tuple[str, int], Row] = {}
    for line, cells in lines:
        if len(cells) != len(header):
            raise InputError(f"expected {len(header)} columns; found {len(cells)}", path, line)
        try:
            row = {name: _value(name, cell) for name, cell in zip(header, cells, strict=True)}
            rows[_key(row)] = row
        except ValueError as error:
            raise InputError(f"epoch and updates must be whole numbers: {error}", path, line) from error
        for name in COLUMNS:
            if name != "subset" and isinstance(row.get(name), str):
                raise InputError(f"{name} must be a number; found {row[name]!r}", path, line)
    return list(rows.values())


def load_history(path: str | Path, notes: list[str] | None = None) -> list[Row]:
    """The validations of a run, from its save-dir, its ``history.csv`` or a log of fairseq-train.

    Args:
        path: what to read.
        notes: receives a sentence for each thing worth saying, as `read_log` does.

    Raises:
        InputError: nothing there, or nothing of a training run in it.
    """
    path = Path(path)
    if path.is_dir():
        if not (path / FILE_NAME).is_file():
            raise InputError(
                f"no {FILE_NAME} in this folder; runs made without the plugin have none: give the log instead", path
            )
        path = path / FILE_NAME
    if not path.is_file():
        raise InputError("no such file or folder", path)
    with open(path, encoding="utf-8-sig", errors="replace") as file:
        is_history = _is_header(file.readline(10_000).rstrip("\n").split(","))
    rows = read_history(path) if is_history else read_log(path, notes)
    if not rows:
        raise InputError("no validation in it yet", path)
    return rows


def ranked(rows: Iterable[Row], subset: str | None = None) -> list[Row]:
    """The validations of one subset, best first: more words right, then lower loss, then earlier.

    Args:
        rows: rows of a history.
        subset: its name; by default the first one, which also chooses the best checkpoint. Where no row has an exact
            match, the loss decides alone.
    """
    rows = [row for row in rows if row["subset"]]
    subset = rows[0]["subset"] if rows and subset is None else subset
    rows = (row for row in rows if row["subset"] == subset)
    return sorted(rows, key=lambda row: rank(row.get("exact_match"), row.get("valid_loss"), row["updates"]))


def best_row(rows: Iterable[Row], subset: str | None = None) -> Row | None:
    """The first of `ranked`; None without any validation."""
    return next(iter(ranked(rows, subset)), None)


def rank(score: float | None, loss: float | None, updates: int) -> tuple[float, float, int]:
    """To sort by, best first: higher score, then lower loss, then earlier; what was not measured comes last."""
    score, loss = (math.nan if value is None else value for value in (score, loss))
    return math.inf if math.isnan(score) else -score, math.inf if math.isnan(loss) else loss, updates


def _key(row: Row) -> tuple[str, int]:
    return row["subset"], row["updates"]


def _is_header(cells: list[str]) -> bool:
    return tuple(cells[:3]) == COLUMNS[:3]


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float):
        return f"{value:.10g}"  # more digits than any metric means, fewer than binary fractions show
    return str(value)


def _value(name: str, text: str) -> Any:
    if name == "subset":
        return text
    if name in _WHOLE:
        return int(text)
    if not text:
        return None
    try:
        return float(text)
    except ValueError:
        return text
