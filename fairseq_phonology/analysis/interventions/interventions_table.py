"""``interventions.csv.gz``: events x interventions, ready for ``lme4``.

UTF-8, commas, one header line. Numbers have six significant digits; what there is not (log-odds of a control that
nothing could become of) is an empty field.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from ...files import csv_line, write_whole, zip_blocks
from ..events.tables import user_columns
from .interventions import Interventions

COLUMNS = (
    "id",
    "cell",
    "measure",
    "place",
    "layer",
    "head",
    "intact",
    "log_odds",
    "effect",
    "changes",
    "changes_decision",
)
_UNITS = ("stem", "suffix")
_ALL = "all"  # layers, or heads


def write_interventions(found: Interventions, path: str | Path) -> None:
    """One line for each event x intervention that was made; layers and heads count from 1, ``all`` is all of them.

    ``effect`` is intact - log_odds; ``changes`` 1 or 0, whether some step says something else, ``changes_decision`` the
    same of the decision step alone. The user's columns come last, as in ``events.csv.gz``. The same
    interventions give the same bytes.

    Raises:
        InputError: the file cannot be written.
    """
    write_whole(Path(path), lambda file: zip_blocks(file, _blocks(found)))


def _blocks(found: Interventions) -> Iterator[bytes]:
    """The lines, event by event."""
    from tqdm import tqdm

    columns = user_columns(found.events, {*COLUMNS, *_UNITS})
    yield csv_line([*COLUMNS, *_UNITS, *columns.values()]).encode()
    places = [f"{one.measure},{one.place},{one.layer or _ALL},{one.head or _ALL}" for one in found.which]
    effects = found.effects
    bar = {"total": len(found.events), "desc": "interventions.csv.gz", "unit": " events", "delay": 1, "leave": False}
    with tqdm(**bar, disable=not sys.stderr.isatty()) as progress:
        for n, event in enumerate(found.events):
            item = event.item
            start = csv_line([item.id, item.cell])[:-1]
            end = csv_line([item.stem, item.suffix, *(item.more.get(name, "") for name in columns)])
            intact = _number(found.intact[n])
            numbers = (found.log_odds[n].tolist(), effects[n].tolist())
            rows = zip(places, *numbers, found.changes[n], found.changes_decision[n], strict=True)
            lines = (
                f"{start},{place},{intact},{_number(log_odds)},{_number(effect)},{int(changes)},{int(decision)},{end}"
                for (place, log_odds, effect, changes, decision), ran in zip(rows, found.ran[n], strict=True)
                if ran
            )
            yield "".join(lines).encode()
            progress.update(1)


def _number(value: float) -> str:
    return "" if value != value else f"{value:.6g}"
