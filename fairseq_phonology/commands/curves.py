"""``fairseq-phonology curves``: a picture of a run and a table of its validations."""

from __future__ import annotations

import argparse
import math
from pathlib import Path

from ..training.history.history import FILE_NAME, Row, best_row, load_history, ranked
from .wiring.options import at_least

EXAMPLE = "fairseq-phonology curves checkpoints --out curves.pdf --last 50"
SHOWN = 20
# column of the history -> its heading and number of decimals
_TABLE = {
    "epoch": ("epoch", 0),
    "updates": ("updates", 0),
    "subset": ("subset", None),
    "train_loss": ("train loss", 3),
    "valid_loss": ("valid loss", 3),
    "exact_match": ("exact match %", 2),
    "per": ("PER %", 2),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb's options."""
    add = parser.add_argument
    add("run_path", metavar="SAVE_DIR|LOG", help="save-dir of a run, its history.csv, or any log of fairseq-train")
    add("--out", metavar="FILE", help="the picture: .png, .svg or .pdf (default: curves.png beside the input)")
    add("--last", type=int, metavar="N", help="draw and print only the N latest epochs")
    add("--all", action="store_true", help=f"print every validation in order of time, instead of the best {SHOWN}")
    add("--processes", action="store_true", help="also draw the accuracy per process and the metrics of your own")


def run(args: argparse.Namespace) -> None:
    """Draw the picture and print the table."""
    at_least(args, last=1)
    notes: list[str] = []
    rows = load_history(args.run_path, notes)
    from ..training.history.curves import draw_curves, last_epochs

    out = Path(args.out) if args.out else _beside(Path(args.run_path))
    draw_curves(rows, out, last=args.last, processes=args.processes)
    rows = last_epochs(rows, args.last)
    for line in _report(rows, args.all):
        print(line)
    for note in notes:
        print(f"note: {note}")
    print(f"picture: {out}")


def _beside(path: Path) -> Path:
    if path.is_dir():
        return path / "curves.png"
    return path.with_name("curves.png" if path.name == FILE_NAME else f"{path.stem}.curves.png")


def _report(rows: list[Row], everything: bool) -> list[str]:
    best = best_row(rows)
    order = ranked(rows)
    shown = rows if everything else order[:SHOWN]
    lines = _table(shown, best) if shown else []
    if not everything and len(order) > SHOWN:
        lines.append(f"the best {SHOWN} of {len(order)} validations; --all prints every one")
    if best is None:
        return [*lines, "no validation in this run: no best checkpoint"]
    by = "loss, as exact match was not measured" if best["exact_match"] is None else "exact match, then lower loss"
    return [*lines, f"* best on {best['subset']}: epoch {best['epoch']}, update {best['updates']} (by {by})"]


def _table(rows: list[Row], best: Row | None) -> list[str]:
    columns = [name for name in _TABLE if any(row[name] not in (None, "") for row in rows)]
    cells = [[_TABLE[name][0] for name in columns]]
    cells += [[_cell(row[name], _TABLE[name][1]) for name in columns] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    marks = [" ", *("*" if row is best else " " for row in rows)]
    return [
        f"{mark} {'  '.join(cell.rjust(width) for cell, width in zip(line, widths, strict=True))}"
        for mark, line in zip(marks, cells, strict=True)
    ]


def _cell(value: float | str | None, decimals: int | None) -> str:
    if value is None or value == "":
        return "-"
    if decimals is None or not math.isfinite(value):
        return str(value)
    return f"{value:.{decimals}f}"
