"""``fairseq-phonology curves``: a picture of a run and a table of its validations."""

from __future__ import annotations

import argparse
import math
from contextlib import nullcontext
from pathlib import Path

from ..corpus.variants import MOST_FREQUENT
from ..files import new_file
from ..text import count
from ..training.history.choice import Choice, Row, Run
from ..training.history.history import FILE_NAME, load_run
from ..training.history.rates import added_rates
from .wiring.numbers import Number
from .wiring.terminal import quoted, say, say_next

EXAMPLE = "fairseq-phonology curves checkpoints --out curves.pdf --last 50"
SHOWN = 20
_LONGEST = 1e12  # a number as long in a cell is written in short
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
    add("--overwrite", action="store_true", help="replace a FILE that is there")
    add("--last", type=Number(1, 10_000_000), metavar="N", help="draw and print only the N latest epochs")
    add("--all", action="store_true", help=f"print every validation in order of time, instead of the best {SHOWN}")
    add("--processes", action="store_true", help="also draw the accuracy per process and the metrics of your own")


def run(args: argparse.Namespace) -> None:
    """Draw the picture and print the table."""
    notes: list[str] = []
    found = load_run(args.run_path, notes)
    from ..training.history.curves import draw_curves, last_epochs

    out = Path(args.out) if args.out else _beside(Path(args.run_path))
    # a training replaces the one beside its history, too
    with new_file(out, args.overwrite, {"run": args.run_path}) if args.out else nullcontext(out) as place:
        draw_curves(found, place, last=args.last, processes=args.processes)
    rates, others = added_rates(found.rows)
    if args.processes and others:
        notes.append(f"not drawn, because they are no rates: {', '.join(others)}")
    if not args.processes and set(rates) - {MOST_FREQUENT}:
        notes.append("the run has accuracy per process or metrics of your own, which --processes draws")
    for line in _report(found, last_epochs(found.rows, args.last), args.all):
        say(line)
    for note in notes:
        say(f"note: {note}")
    say(f"picture: {out}")
    say_next(quoted("fairseq-phonology", "checkpoints", _save_dir(Path(args.run_path), found)))


def _save_dir(path: Path, found: Run) -> Path | str:
    """Where the checkpoints of the run are, as far as can be told."""
    folder = path if path.is_dir() else path.parent
    return folder if any(folder.glob("*.pt")) else found.saved_in or "SAVE_DIR"


def _beside(path: Path) -> Path:
    if path.is_dir():
        return path / "curves.png"
    return path.with_name("curves.png" if path.name == FILE_NAME else f"{path.stem}.curves.png")


def _report(run: Run, rows: list[Row], everything: bool) -> list[str]:
    """The table of these rows of a run, and which validation is the best of all."""
    choice, best, order = run.choice, run.choice.best(run.rows), run.choice.ranked(rows)
    shown = rows if everything else order[:SHOWN]
    lines = _table(shown, best, choice) if shown else []
    if not everything and len(order) > SHOWN:
        lines.append(f"the best {SHOWN} of {len(order)} validations; --all prints every one")
    if broken := [row for row in rows if any(_is_no_number(row.get(name)) for name in ("train_loss", "valid_loss"))]:
        of = f"{count(len(broken), 'validation')}, as of {_named(broken[0])},"
        lines.append(f"the losses of {of} are no finite numbers: training had diverged; the picture leaves them out")
    if not order:
        return [*lines, "no validation in this run: no best checkpoint"]
    if best is None:
        return [*lines, "no best checkpoint: none of these validations is known to have left one"]
    if _is_no_number(best.get(choice.column)):
        return [
            *lines,
            f"no best checkpoint: the {choice.metric} of {_named(best)} is {best[choice.column]}, no number",
        ]
    lines.append(f"* best on {best['subset']}: {_named(best)} (by {_reason(choice)})")
    if best not in rows:
        lines.append("  it is not among the epochs shown")
    first = run.choice.ranked(run.rows)[0]
    if first is not best and first.get(choice.column) is not None:
        figures = {choice.metric: first[choice.column], **({"loss": first["valid_loss"]} if choice.ours else {})}
        shown = ", ".join(f"{name} {value:.6g}" for name, value in figures.items() if value is not None)
        lines.append(f"  {_named(first)} was better ({shown}), and its model is not kept: it was not saved")
    return lines


def _named(row: Row) -> str:
    update = "" if row["updates"] is None else f", update {row['updates']}"
    return f"epoch {row['epoch']}{update}"


def _reason(choice: Choice) -> str:
    if choice.metric == "exact_match" and choice.maximize:
        reason = "exact match, then lower loss"
    elif choice.told:
        reason = f"{choice.metric}, the {'highest' if choice.maximize else 'lowest'}: {choice.told}"
    elif choice.ours:
        reason = "loss, as exact match was not measured"
    else:
        reason = f"{choice.metric}: the log does not tell by what the run chose"
    return f"{reason}; {choice.among}" if choice.among else reason


def _table(rows: list[Row], best: Row | None, choice: Choice) -> list[str]:
    headings = _TABLE if choice.column in _TABLE else {**_TABLE, choice.column: (choice.metric, 3)}
    columns = [name for name in headings if any(row.get(name) not in (None, "") for row in rows)]
    cells = [[headings[name][0] for name in columns]]
    cells += [[_cell(row.get(name), headings[name][1]) for name in columns] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    marks = [" ", *("*" if row is best else " " for row in rows)]
    return [
        f"{mark} {'  '.join(cell.rjust(width) for cell, width in zip(line, widths, strict=True))}"
        for mark, line in zip(marks, cells, strict=True)
    ]


def _is_no_number(value: float | str | None) -> bool:
    return isinstance(value, float) and not math.isfinite(value)


def _cell(value: float | str | None, decimals: int | None) -> str:
    if value is None or value == "":
        return "-"
    if decimals is None or not abs(value) < _LONGEST:
        return value if isinstance(value, str) else f"{value:.4g}"
    return f"{value:.{decimals}f}"
