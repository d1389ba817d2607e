"""One row per validation: ``history.csv`` in the save-dir, kept whole through any kill, and the order of its rows.

Whoever wants to know how a run went asks `load_run`, which also reads the log of any fairseq run.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypedDict

from ...errors import InputError
from ...files import Count, csv_line, read_csv, read_json, write_file
from ...text import read_number
from .choice import Choice, Row, Run, choice_of, key_of
from .fairseq_log import read_log

RECORD = "best_checkpoints.json"  # beside it: which checkpoints are the best, and by what
FILE_NAME = "history.csv"
COLUMNS = ("epoch", "updates", "subset", "train_loss", "valid_loss", "exact_match", "per", "lr", "wall", "kept")
_WHOLE = ("epoch", "updates")
# from 0 on; a loss is any number, infinite and negative ones and NaN among them, as is what a metric makes of no word
_BOUNDED = dict.fromkeys((*_WHOLE, "per", "lr", "wall"), sys.float_info.max) | {"exact_match": 100, "kept": 1}


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
            raise InputError(f"epoch and updates must be whole numbers: {str(error)[:100]}", path, line) from error
        for name in COLUMNS:
            value, most = row.get(name), _BOUNDED.get(name)
            if name == "subset" or value is None:
                continue
            if isinstance(value, str):
                raise InputError(f"{name} must be a number; found {value!r}", path, line)
            if most is not None and (value < 0 or value > most or (name == "kept" and value != value)):
                allowed = "0 or more" if most == sys.float_info.max else f"0 to {most}"
                raise InputError(f"{name} is {value:g}; allowed: {allowed}", path, line)
    return list(rows.values())


def load_history(path: str | Path, notes: list[str] | None = None) -> list[Row]:
    """The validations of a run: the rows of `load_run`."""
    return load_run(path, notes).rows


def load_run(path: str | Path, notes: list[str] | None = None) -> Run:
    """The validations of a run and by what it chose, from its save-dir, its ``history.csv`` or a log of fairseq-train.

    Args:
        path: what to read.
        notes: receives a sentence for each thing worth saying, as `read_log` does.

    Raises:
        InputError: nothing there, or nothing of a training run in it.
    """
    path = Path(path)
    if path.is_dir():
        if not (path / FILE_NAME).is_file():
            logs = sorted(one for pattern in ("*.log", "log", "log.txt") for one in path.glob(pattern))
            such = f", such as {logs[0]}" if logs else ""
            raise InputError(
                f"no {FILE_NAME} in this folder; runs made without the plugin have none: give the log instead{such}",
                path,
            )
        path = path / FILE_NAME
    if not path.is_file():
        raise InputError("no such file or folder", path)
    with open(path, encoding="utf-8-sig", errors="replace") as file:
        is_history = _is_header(file.readline(10_000).rstrip("\n").split(","))
    if is_history:
        rows = read_history(path)
        run = Run(rows, recorded_choice(path.parent, rows))
    else:
        run = _with_folder(read_log(path, notes), path.parent)
    if not run.rows:
        raise InputError("no validation in it yet", path)
    return run


class _Of(TypedDict):
    updates: Count


class _Recorded(TypedDict):
    """What is read of it here, without torch; `training.checkpoints.best` writes it."""

    metric: str
    maximize: bool
    entries: list[_Of]


def recorded_choice(save_dir: Path, rows: Sequence[Row]) -> Choice:
    """By what a run of this package chooses, as ``best_checkpoints.json`` has it; else what its history tells."""
    choice = choice_of(rows)
    try:
        record = read_json(save_dir / RECORD, _Recorded, "record of the best checkpoints")
        best = [entry["updates"] for entry in record["entries"]][:1]
        kept = frozenset(key_of(row) for row in rows if row["updates"] in best)
        return Choice(record["metric"], record["maximize"], kept=kept or choice.kept, told=f"{RECORD} says so")
    except InputError:  # none, or of another program
        return choice


def _with_folder(run: Run, folder: Path) -> Run:
    """A log that does not tell what was saved may lie beside the checkpoint in question."""
    best = folder / "checkpoint_best.pt"
    if run.choice.kept is not None or not best.is_file() or importlib.util.find_spec("torch") is None:
        return run
    from ...loading import load_checkpoint, saved_at

    try:
        saved = saved_at(load_checkpoint(best, mmap=True))
    except InputError:
        return run
    kept = frozenset(key_of(row) for row in run.rows if row["updates"] == saved[1] or key_of(row) == (saved[0], None))
    return replace(run, choice=replace(run.choice, kept=kept, among=f"the model of {best.name}")) if kept else run


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
        return read_number(text, int)
    if not text:
        return None
    try:
        return read_number(text)
    except ValueError:
        return text
