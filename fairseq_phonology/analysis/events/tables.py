"""Events as tables, for R and for the eye: ``events.csv.gz``, ``words.csv``, ``regions.csv``,
``window.csv``.

UTF-8, commas, one header line. Numbers have six significant digits; what there is not (the log-odds of a word of one
segment) is an empty field.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ...files import csv_line, write_csv, write_whole, zip_blocks
from ...stimuli.items import CELLS
from .events import WINDOW, Event, Events, View
from .measures import NAMES, NORM_NAMES

EVENTS = ("id", "kind", "layer", "head", "query", "cell", "status", "target", "trigger", "offset", *NAMES)
WORDS = (
    *("id", "ur", "surface", "reference", "correct", "cell", "status", "step", "target_index", "trigger_index"),
    *("target", "trigger", "ambiguous"),
)
REGIONS = ("kind", "query", "layer", "head", "cell", "region", "mean_mass", "n")
WINDOWS = ("kind", "query", "layer", "head", "cell", "position", "mean_mass", "n")
_UNITS = ("stem", "suffix")
_OURS = {*EVENTS, *NORM_NAMES, *WORDS, *_UNITS}
_BLOCK = 200  # events written at once


def write_events(events: Events, path: str | Path) -> None:
    """One line for each event x view x layer x head, ready for ``lme4``; layers and heads count from 1.

    ``offset`` is the trigger's position - the target's, in the UR as the model saw it. ``norm``, ``norm_mass``
    and ``norm_log_odds`` are there where the dump has norms. Columns of the user's own come last; one that has the name
    of one of ours, here or in `write_words`, is called ``user_...``. An event without such a query has no line there.
    The same events give the same bytes.

    Raises:
        InputError: the file cannot be written.
    """
    columns = user_columns(events.events)
    write_whole(Path(path), lambda file: zip_blocks(file, _event_blocks(events, columns)))


def write_words(events: Events, path: str | Path) -> None:
    """One line for each event, whatever its outcome. Positions and steps count from 0; ``ambiguous`` as in `Event`.

    Raises:
        InputError: the file cannot be written.
    """
    columns = user_columns(events.events)
    lines = ([*_word(event), *(event.item.more.get(name, "") for name in columns)] for event in events.events)
    write_csv(path, itertools.chain([(*WORDS, *_UNITS, *columns.values())], lines))


def write_regions(events: Events, path: str | Path) -> None:
    """Mean renormalized mass of each region, by view, head and cell, over the ``n`` included events that have it.

    The trigger comes first, to compare with; regions overlap.

    Raises:
        InputError: the file cannot be written.
    """
    write_csv(path, itertools.chain([REGIONS], _region_lines(events)))


def write_window(events: Events, path: str | Path) -> None:
    """Mean renormalized mass at each position of the window, by view, head and cell; of ``EOS`` the raw weight.

    Positions count segments from the target, -3 to 3; ``n`` of the included events reach that far, and a mean is over
    these.

    Raises:
        InputError: the file cannot be written.
    """
    write_csv(path, itertools.chain([WINDOWS], _window_lines(events)))


def user_columns(events: Iterable[Event], ours: Collection[str] = _OURS) -> dict[str, str]:
    """The user's columns in their order, and what our tables call each: ``user_...`` where the name is one of ours."""
    names = dict.fromkeys(name for event in events for name in event.item.more)
    taken, found = {*ours, *names}, {}
    for name in names:
        found[name] = name
        while found[name] in ours or (found[name] != name and found[name] in taken):
            found[name] = f"user_{found[name]}"
    return found


def _event_blocks(events: Events, columns: dict[str, str]) -> Iterator[bytes]:
    """The lines, view by view; each event's are one template that all its numbers are put into at once."""
    from tqdm import tqdm

    added = NORM_NAMES if events.has_norms else ()
    names = (*NAMES, *added)
    yield (csv_line([*EVENTS, *added, *_UNITS, *columns.values()])).encode()
    total = len(events.views) * len(events.events)
    bar = {"total": total, "desc": "events.csv.gz", "unit": " rows", "delay": 1, "leave": False}
    with tqdm(**bar, disable=not sys.stderr.isatty()) as progress:
        for view in events.views:
            heads = [f"{layer + 1},{head + 1}" for layer in range(view.layers) for head in range(view.heads)]
            for start in range(0, len(events.events), _BLOCK):
                here = events.events[start : start + _BLOCK]
                numbers = np.stack([getattr(view, name)[start : start + _BLOCK] for name in names], -1)
                lines = (_event_lines(e, view, heads, own, columns) for e, own in zip(here, numbers, strict=True))
                yield "".join(lines).encode()
                progress.update(len(here))


def _event_lines(event: Event, view: View, heads: Sequence[str], numbers: np.ndarray, columns: Iterable[str]) -> str:
    """Args: numbers: layers x heads x measures."""
    if np.isnan(numbers[0, 0, NAMES.index("mass")]):
        return ""
    item = event.item
    offset = "" if None in (item.target_index, item.trigger_index) else item.trigger_index - item.target_index
    start = csv_line([item.id, view.kind])[:-1].replace("%", "%%")
    middle = csv_line([view.query, item.cell, event.status, item.target, item.trigger, offset])[:-1].replace("%", "%%")
    end = csv_line([item.stem, item.suffix, *(item.more.get(name, "") for name in columns)]).replace("%", "%%")
    values = numbers.ravel().tolist()
    formats = ",".join(["%.6g"] * numbers.shape[-1])
    if np.isnan(numbers).any():
        formats = ",".join(["%s"] * numbers.shape[-1])
        values = ["" if value != value else f"{value:.6g}" for value in values]
    return "".join([f"{start},{head},{middle},{formats},{end}" for head in heads]) % tuple(values)


def _word(event: Event) -> list[Any]:
    item = event.item
    forms = (" ".join(item.ur), " ".join(event.surface), " ".join(event.reference))
    correct, ambiguous = int(event.surface == event.reference), int(event.ambiguous)
    places = (event.step, item.target_index, item.trigger_index)
    return [
        *(item.id, *forms, correct, item.cell, event.status, *places),
        *(item.target, item.trigger, ambiguous, item.stem, item.suffix),
    ]


def _region_lines(events: Events) -> Iterator[list[Any]]:
    for view in events.views:
        for cell, numbers in _included(events).items():
            for region, masses in {"trigger": view.mass, **view.regions}.items():
                yield from _mean_lines(view, cell, region, masses[numbers])


def _window_lines(events: Events) -> Iterator[list[Any]]:
    for view in events.views:
        for cell, numbers in _included(events).items():
            for n, position in enumerate((*WINDOW, "EOS")):
                yield from _mean_lines(view, cell, position, view.window[numbers][..., n])


def _included(events: Events) -> dict[str, list[int]]:
    """Numbers of the included events, by cell."""
    found = list(enumerate(events.events))
    return {cell: [n for n, event in found if event.included and event.item.cell == cell] for cell in CELLS}


def _mean_lines(view: View, cell: str, place: Any, masses: np.ndarray) -> Iterator[list[Any]]:
    """One line a head, over the events that have the place.  # masses: events x layers x heads"""
    own = masses[~np.isnan(masses[:, 0, 0])]
    if len(own):
        for (layer, head), mean in np.ndenumerate(own.mean(0, dtype=np.float64)):
            yield [view.kind, view.query, layer + 1, head + 1, cell, place, f"{mean:.6g}", len(own)]
