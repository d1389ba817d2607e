"""From events to the design of the tests: what errors cost, and what is left."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...errors import InputError
from ...stimuli.items import CELLS, LEAST_WORDS, Item
from ..events.events import Events
from .crossing import grid_of, quads_of, too_few, where
from .designs import SIDES, Exclusions, Grid, Quads


def complete(events: Events, derived: bool = False) -> tuple[Grid | Quads | None, Exclusions | None]:
    """The design of the events that count (DESIGN section 5, errors).

    Suffixes over half of whose events failed leave first; then every stem (real word) with a failed event, or one
    that `_unread` names. Fillers and words without a stem are left aside.

    Args:
        events: all of them.
        derived: see `everything`.

    Returns:
        The design, and what errors excluded, before the limits of `criteria.WITHHELD`. (None, None) for a plain word
        list; (None, exclusions) where errors left too few units to test, which is a reason why claims are withheld.

    Raises:
        InputError: the list is not crossed, has too few units, or a combination twice.
    """
    whole = everything(events, derived)
    if whole is None:
        return None, None
    counts = np.array([event.counts for event in events.events]) & ~_unread(events)
    return _without_failed_words(whole, counts) if isinstance(whole, Quads) else _without_failed(whole, counts)


def everything(events: Events, derived: bool = False) -> Grid | Quads | None:
    """The design of all events, whatever the model made of them: for the sensitivity analysis under forced decoding.

    Args:
        events: all of them.
        derived: of real words, take those whose site another process makes instead of the others. In those the target
            is touched by two processes, so that they are no clean words (section 5, cells) and no test of one process.

    Raises:
        InputError: as `complete`.
    """
    return design_of([event.item for event in events.events], derived)


def design_of(of: Sequence[Item], derived: bool = False) -> Grid | Quads | None:
    """The design of items, of whatever events they make: `everything`, which has the arguments and errors."""
    items = {n: item for n, item in enumerate(of) if item.cell and item.stem}
    if not items:
        return None
    bare = [item for item in items.values() if not item.suffix]
    if not bare:
        return grid_of(items)
    if len(bare) < len(items):
        raise InputError(
            f"{where(bare[0])} has stem {bare[0].stem!r} and no suffix, while {len(items) - len(bare)} words have "
            "both; allowed: stem and suffix in every word of a crossed design, or no suffix in any (real words)"
        )
    return quads_of(items, derived)


def _unread(events: Events) -> np.ndarray:
    """Events in which the model dropped the trigger that its decoder's step should have read.

    They leave like failed ones: a primary family over both kinds of attention would else lose the decoder to one slip.
    Where right words, too, lack the row (the language drops the trigger), the decoder is in no test.
    """
    view = events.view("decoder", "decision")
    if view is None:
        return np.zeros(len(events.events), bool)
    lacking = np.isnan(view.mass).any((1, 2))
    right = np.array([event.surface == event.reference for event in events.events])
    return lacking & ~right if not (lacking & right).any() else np.zeros_like(lacking)


def derived_words(events: Events) -> dict[str, tuple[str, ...]]:
    """The real words whose site another process makes, with these processes. (거짓말 /kʌt͡ɕismal/: neutralization.)"""
    items = (event.item for event in events.events if event.item.stem and not event.item.suffix)
    return {item.stem: item.fed_by for item in items if item.cell == "TR" and item.fed_by}


def _without_failed(grid: Grid, counts: np.ndarray) -> tuple[Grid | None, Exclusions]:
    by_stem = grid.row_unit == "stems"
    good = counts[grid.index]  # -> rows x columns
    stem_axis, suffix_axis = (0, 1) if by_stem else (1, 0)
    kept_suffixes = (~good).mean(stem_axis) <= 0.5
    suffixes = np.array(grid.columns if by_stem else grid.rows)
    left = good[:, kept_suffixes] if by_stem else good[kept_suffixes]
    kept_stems = left.all(suffix_axis) if kept_suffixes.any() else np.zeros(good.shape[stem_axis], bool)
    rows, columns = (kept_stems, kept_suffixes) if by_stem else (kept_suffixes, kept_stems)
    first, letters = (grid.undergoes, SIDES[0]) if by_stem else (grid.triggers, SIDES[1])
    stems = {
        letter: (int((members & ~kept_stems).sum()), int(members.sum()))
        for letter, members in zip(letters, (first, ~first), strict=True)
    }
    cells = {
        cell: (int(inside.sum()), int((inside & good).sum()))
        for cell in CELLS
        for inside in [np.outer(grid.undergoes == (cell[0] == "T"), grid.triggers == (cell[1] == "R"))]
    }
    kept = _part(grid, rows, columns)
    short = too_few(kept)
    reasons_withheld = [f"errors leave too few units: {short}"] if short else []
    exclusions = Exclusions(cells, tuple(suffixes[~kept_suffixes].tolist()), stems, tuple(reasons_withheld))
    return (None if short else kept), exclusions


def _without_failed_words(quads: Quads, counts: np.ndarray) -> tuple[Quads | None, Exclusions]:
    good = counts[quads.index]  # -> words x cells
    kept = good.all(1)
    stems = {"word": (int((~kept).sum()), len(kept))}
    cells = {cell: (len(good), int(good[:, n].sum())) for n, cell in enumerate(CELLS)}
    few = kept.sum() < LEAST_WORDS
    reasons_withheld = [f"errors leave {kept.sum()} real words; needed: {LEAST_WORDS} or more"] if few else []
    where = np.flatnonzero(kept)
    left = Quads(
        tuple(quads.words[n] for n in where),
        tuple(quads.row_segments[n] for n in where),
        tuple(quads.column_segments[n] for n in where),
        quads.index[where],
    )
    return (None if few else left), Exclusions(cells, (), stems, tuple(reasons_withheld))


def _part(grid: Grid, rows: np.ndarray, columns: np.ndarray) -> Grid:
    def of(names: Sequence[str], kept: np.ndarray) -> tuple[str, ...]:
        return tuple(name for name, stays in zip(names, kept, strict=True) if stays)

    return Grid(
        of(grid.rows, rows),
        of(grid.columns, columns),
        grid.undergoes[rows],
        grid.triggers[columns],
        of(grid.row_segments, rows),
        of(grid.column_segments, columns),
        grid.index[np.ix_(rows, columns)],
        grid.row_unit,
    )
