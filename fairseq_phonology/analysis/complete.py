"""From events to the design of the tests: which units there are, whether they are crossed, and what errors cost."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from ..phonology.errors import InputError
from ..phonology.items import CELLS, Item
from .design import Grid, Losses, Quads
from .events import Events

LEAST_UNITS = 4  # of each class, on either side of the crossed design
LEAST_WORDS = 5  # real words: 2^5 = 32 sign-flips are the fewest that can reach .05
MOST_LOST = 0.20  # share of stems, beyond which no claim is made
MOST_APART = 0.10  # difference between the shares that two classes lost, likewise
_SIDES = (("T", "C"), ("R", "N"))
_NAMES = {"stems": "stem", "suffixes": "suffix"}


def complete(events: Events, derived: bool = False) -> tuple[Grid | Quads | None, Losses | None]:
    """The design of the events that count (DESIGN section 5, errors).

    Suffixes over half of whose events failed leave first; then every stem (real word) with a failed event, or one
    that `_unread` names. Fillers and words without a stem are left aside.

    Args:
        events: all of them.
        derived: see `everything`.

    Returns:
        The design, and what errors cost it. (None, None) for a plain word list; (None, losses) where errors left too
        few units to test, which is the first of the objections.

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
    designed = [n for n, event in enumerate(events.events) if event.item.cell and event.item.stem]
    if not designed:
        return None
    items = {n: events.events[n].item for n in designed}
    bare = [item for item in items.values() if not item.suffix]
    if not bare:
        return _crossed(items)
    if len(bare) < len(items):
        raise InputError(
            f"{_where(bare[0])} has stem {bare[0].stem!r} and no suffix, while {len(items) - len(bare)} words have "
            "both; allowed: stem and suffix in every word of a crossed design, or no suffix in any (real words)"
        )
    return _words(items, derived)


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
    items = (event.item for event in events.events)
    return {item.stem: item.fed_by for item in items if item.cell == "TR" and not item.suffix and item.fed_by}


def _words(items: dict[int, Item], derived: bool) -> Quads:
    fed = {item.stem for item in items.values() if item.cell == "TR" and item.fed_by}
    items = {n: item for n, item in items.items() if (item.stem in fed) == derived}
    found: dict[str, dict[str, int]] = {}
    for n, item in items.items():
        cells = found.setdefault(item.stem, {})
        if item.cell in cells:
            raise InputError(f"word {item.stem!r} has cell {item.cell} twice: {_both(items[cells[item.cell]], item)}")
        cells[item.cell] = n
    open_cells = [(word, cell) for word, cells in found.items() for cell in CELLS if cell not in cells]
    if open_cells:
        word, cell = open_cells[0]
        raise InputError(
            f"word {word!r} has no item of cell {cell}{_and_more(open_cells)}; allowed: each of {', '.join(CELLS)} once"
        )
    if len(found) < LEAST_WORDS:
        made = f" ({len(fed)} more, whose site another process makes, are not tested with them)" if fed else ""
        raise InputError(f"{len(found)} real words with their own 2 x 2{made}; allowed: {LEAST_WORDS} or more")
    own = [items[cells["TR"]] for cells in found.values()]
    return Quads(
        tuple(found),
        tuple(item.target or "∅" for item in own),
        tuple(item.trigger or "∅" for item in own),
        np.array([[cells[cell] for cell in CELLS] for cells in found.values()]),
    )


def _crossed(items: dict[int, Item]) -> Grid:
    place: dict[tuple[str, str], int] = {}
    for n, item in items.items():
        first = place.setdefault((item.stem, item.suffix), n)
        if first != n:
            raise InputError(
                f"stem {item.stem!r} stands with suffix {item.suffix!r} twice: {_both(items[first], item)}"
            )
    stems = tuple(dict.fromkeys(item.stem for item in items.values()))
    suffixes = tuple(dict.fromkeys(item.suffix for item in items.values()))
    missing = [(stem, suffix) for stem in stems for suffix in suffixes if (stem, suffix) not in place]
    row_unit = _row_unit(items.values())
    if missing:
        raise InputError(_hole(items.values(), missing, row_unit))
    rows, columns = (stems, suffixes) if row_unit == "stems" else (suffixes, stems)
    index = np.array([[place[(r, c) if row_unit == "stems" else (c, r)] for c in columns] for r in rows])
    first_column, first_row = [items[n] for n in index[:, 0]], [items[n] for n in index[0]]
    grid = Grid(
        rows,
        columns,
        np.array([item.target_class == "T" for item in first_column]),
        np.array([item.trigger_class == "R" for item in first_row]),
        tuple(item.target or "∅" for item in first_column),
        tuple(item.trigger or "∅" for item in first_row),
        index,
        row_unit,
    )
    short = _too_few(grid)
    if short:
        raise InputError(short)
    return grid


def _hole(items: Collection[Item], missing: Sequence[tuple[str, str]], row_unit: str) -> str:
    """What a design that is not crossed lacks, in words, the cell named."""
    rule = "every stem is needed with every suffix"
    empty = [cell for cell in CELLS if all(item.cell != cell for item in items)]
    if len(empty) == 1:
        return f"the design is not crossed: no word is in cell {empty[0]}; {rule}"
    units = dict(zip(("stem", "suffix"), missing[0], strict=True))
    carrier = _NAMES[row_unit]
    other = next(unit for unit in units if unit != carrier)
    target = next(item.target_class for item in items if getattr(item, carrier) == units[carrier])
    trigger = next(item.trigger_class for item in items if getattr(item, other) == units[other])
    return (
        f"the design is not crossed: no word has stem {units['stem']!r} with suffix {units['suffix']!r}, which would "
        f"be in cell {target}{trigger}{_and_more(missing)}; {rule}"
    )


def _row_unit(items: Collection[Item]) -> str:
    """Stems where each has one class of target and each suffix one of trigger; suffixes where it is the other way."""
    mixed = {}
    for unit, other in (("stems", "suffixes"), ("suffixes", "stems")):
        mixed[unit] = _mixed(items, _NAMES[unit], "target_class") + _mixed(items, _NAMES[other], "trigger_class")
        if not mixed[unit]:
            return unit
    unit = min(mixed, key=lambda each: len(mixed[each]))
    raise InputError(
        f"{mixed[unit][0]}; allowed: one class of target and one of trigger in each stem and suffix, the target in all "
        "stems and the trigger in all suffixes, or the other way round"
    )


def _mixed(items: Collection[Item], unit: str, column: str) -> list[str]:
    classes: dict[str, set[str]] = {}
    for item in items:
        classes.setdefault(getattr(item, unit), set()).add(getattr(item, column))
    return [
        f"{unit} {name!r} has {column} {' and '.join(sorted(found))}"
        for name, found in classes.items()
        if len(found) > 1
    ]


def _too_few(grid: Grid) -> str:
    """What the design lacks, in words; empty if it is large enough."""
    for unit, first, letters in (
        (grid.row_unit, grid.undergoes, _SIDES[0]),
        (grid.column_unit, grid.triggers, _SIDES[1]),
    ):
        found = int(first.sum()), int((~first).sum())
        if min(found) < LEAST_UNITS:
            return (
                f"{found[0]} {letters[0]} and {found[1]} {letters[1]} {unit}; "
                f"needed: {LEAST_UNITS} {letters[0]} and {LEAST_UNITS} {letters[1]} or more"
            )
    return ""


def _without_failed(grid: Grid, counts: np.ndarray) -> tuple[Grid | None, Losses]:
    by_stem = grid.row_unit == "stems"
    good = counts[grid.index]  # -> rows x columns
    stem_axis, suffix_axis = (0, 1) if by_stem else (1, 0)
    kept_suffixes = (~good).mean(stem_axis) <= 0.5
    suffixes = np.array(grid.columns if by_stem else grid.rows)
    left = good[:, kept_suffixes] if by_stem else good[kept_suffixes]
    kept_stems = left.all(suffix_axis) if kept_suffixes.any() else np.zeros(good.shape[stem_axis], bool)
    rows, columns = (kept_stems, kept_suffixes) if by_stem else (kept_suffixes, kept_stems)
    first, letters = (grid.undergoes, _SIDES[0]) if by_stem else (grid.triggers, _SIDES[1])
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
    short = _too_few(kept)
    objections = [f"errors leave too few units: {short}"] if short else []
    objections += _objections(stems, cells, "stems")
    losses = Losses(cells, tuple(suffixes[~kept_suffixes].tolist()), stems, tuple(objections))
    return (None if short else kept), losses


def _without_failed_words(quads: Quads, counts: np.ndarray) -> tuple[Quads | None, Losses]:
    good = counts[quads.index]  # -> words x cells
    kept = good.all(1)
    stems = {"word": (int((~kept).sum()), len(kept))}
    cells = {cell: (len(good), int(good[:, n].sum())) for n, cell in enumerate(CELLS)}
    few = kept.sum() < LEAST_WORDS
    objections = [f"errors leave {kept.sum()} real words; needed: {LEAST_WORDS} or more"] if few else []
    objections += _objections(stems, cells, "real words")
    where = np.flatnonzero(kept)
    left = Quads(
        tuple(quads.words[n] for n in where),
        tuple(quads.row_segments[n] for n in where),
        tuple(quads.column_segments[n] for n in where),
        quads.index[where],
    )
    return (None if few else left), Losses(cells, (), stems, tuple(objections))


def _objections(stems: dict[str, tuple[int, int]], cells: dict[str, tuple[int, int]], unit: str) -> list[str]:
    found = []
    lost, of = (sum(pair[n] for pair in stems.values()) for n in (0, 1))
    if lost > MOST_LOST * of:
        found.append(
            f"{lost} of {of} {unit} ({100 * lost / of:.0f} %) were lost to errors; allowed: {100 * MOST_LOST:.0f} %"
        )
    shares = {letter: lost / of for letter, (lost, of) in stems.items()}
    found += _apart(shares, f"{unit} lost")
    for side, letters in enumerate(_SIDES):
        events = {
            letter: [sum(cells[cell][n] for cell in CELLS if cell[side] == letter) for n in (0, 1)]
            for letter in letters
        }
        found += _apart({letter: 1 - kept / of for letter, (of, kept) in events.items()}, "events failed")
    return found


def _apart(shares: dict[str, float], what: str) -> list[str]:
    if max(shares.values()) - min(shares.values()) <= MOST_APART + 1e-12:
        return []
    each = " and ".join(f"{100 * share:.0f} % of class {letter}" for letter, share in shares.items())
    return [f"shares of {what} differ by over {100 * MOST_APART:.0f} points: {each}"]


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


def _where(item: Item) -> str:
    return f"{item.id!r}" + (f" (line {item.line})" if item.line else "")


def _both(first: Item, second: Item) -> str:
    return f"{_where(first)} and {_where(second)}; allowed: once"


def _and_more(missing: Collection[object]) -> str:
    return f" ({len(missing)} such)"
