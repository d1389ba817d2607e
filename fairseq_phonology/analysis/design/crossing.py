"""From a list of items to a `Design`: which units it has, and whether they are crossed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from ...errors import InputError
from ...phonology.transcription import drop_edges
from ...stimuli.items import CELLS, LEAST_WORDS, Item
from .designs import CrossedDesign, Design, WithinWordDesign

_NAMES = {"stems": "stem", "suffixes": "suffix"}


def design_of(of: Sequence[Item], derived: bool = False, gap: bool = False) -> Design | None:
    """The design of the items of all events; None of a plain word list. Items without cell or stem are left aside.

    Args:
        of: item of each event.
        derived: of real words, take those whose site another process makes instead of the others. In those the target
            is touched by two processes, so that they are no clean words (section 5, cells) and no test of one process.
        gap: does the process delete, insert or move segments (`Events.gap`)?

    Raises:
        InputError: the list is not crossed, has too few units, or a combination twice.
    """
    items = {n: item for n, item in enumerate(of) if item.cell and item.stem}
    if not items:
        return None
    bare = [item for item in items.values() if not item.suffix]
    if not bare:
        return _measured(_crossed(items), of, gap)
    if len(bare) < len(items):
        raise InputError(
            f"{where(bare[0])} has stem {bare[0].stem!r} and no suffix, while {len(items) - len(bare)} words have "
            "both; allowed: stem and suffix in every word of a crossed design, or no suffix in any (real words)"
        )
    return _measured(_within_words(items, derived), of, gap)


def _measured(design: Design, of: Sequence[Item], gap: bool) -> Design:
    """The design, with the lengths of its words."""
    return replace(design, gap=gap, lengths=lengths_of(of[n] for n in design.index.ravel()))


def lengths_of(items: Iterable[Item]) -> tuple[float, float]:
    """Mean number of segments in the words with R and in those with N; EOS is one where it is in trigger position."""
    found: dict[str, list[int]] = {"R": [], "N": []}
    for item in items:
        if item.cell:
            found[item.trigger_class].append(len(drop_edges(item.ur)) + item.at_edge)
    return tuple(float(np.mean(each)) if each else 0.0 for each in found.values())


def derived_words(of: Iterable[Item]) -> dict[str, tuple[str, ...]]:
    """The real words whose site another process makes, with these processes. (거짓말 /kʌt͡ɕismal/: neutralization.)"""
    words = (item for item in of if item.stem and not item.suffix)
    return {item.stem: item.fed_by for item in words if item.cell == "TR" and item.fed_by}


def _within_words(items: dict[int, Item], derived: bool) -> WithinWordDesign:
    """Real words with their own 2 x 2; numbers of events -> items.

    Args:
        derived: those whose site another process makes, instead of the others.

    Raises:
        InputError: a word lacks a cell or has one twice, or there are too few words.
    """
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
    for word, cells in found.items():
        _check_substitutes(word, {cell: items[n] for cell, n in cells.items()})
    own, controls = ([items[cells[cell]] for cells in found.values()] for cell in ("TR", "CN"))
    return WithinWordDesign(
        tuple(found),
        *(tuple(getattr(item, role) or "∅" for item in of) for of in (own, controls) for role in ("target", "trigger")),
        np.array([[cells[cell] for cell in CELLS] for cells in found.values()]),
    )


def _crossed(items: dict[int, Item]) -> CrossedDesign:
    """Stems and suffixes; numbers of events -> items.

    Raises:
        InputError: not every stem stands with every suffix, once; a unit is of two classes, or has two segments that
            matter; there are too few units.
    """
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
    _check_segments(items.values(), row_unit)
    rows, columns = (stems, suffixes) if row_unit == "stems" else (suffixes, stems)
    index = np.array([[place[(r, c) if row_unit == "stems" else (c, r)] for c in columns] for r in rows])
    first_column, first_row = [items[n] for n in index[:, 0]], [items[n] for n in index[0]]
    grid = CrossedDesign(
        rows,
        columns,
        np.array([item.target_class == "T" for item in first_column]),
        np.array([item.trigger_class == "R" for item in first_row]),
        tuple(item.target or "∅" for item in first_column),
        tuple(item.trigger or "∅" for item in first_row),
        index,
        row_unit,
    )
    if grid.too_few:
        raise InputError(f"too small a design ({grid.too_few})")
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


def _check_segments(items: Collection[Item], row_unit: str) -> None:
    """Two different units under one name would be taken for one, with the segment of the first."""
    target, trigger = ("stem", "suffix") if row_unit == "stems" else ("suffix", "stem")
    for unit, role in ((target, "target"), (trigger, "trigger")):
        first: dict[str, Item] = {}
        for item in items:
            other = first.setdefault(getattr(item, unit), item)
            segments = [getattr(each, role) or "∅" for each in (other, item)]
            if segments[0] != segments[1]:
                raise InputError(
                    f"{unit} {getattr(item, unit)!r} has the {role} /{segments[0]}/ in {where(other)} and "
                    f"/{segments[1]}/ in {where(item)}; allowed: one {role} in each {unit}"
                )


def _check_substitutes(word: str, cells: Mapping[str, Item]) -> None:
    """The four members of a real word's 2 x 2 are of one target, one trigger and one control of either."""
    same = (("TR", "TN", "target"), ("TR", "CR", "trigger"), ("CR", "CN", "target"), ("TN", "CN", "trigger"))
    for one, other, role in same:
        segments = [getattr(cells[cell], role) or "∅" for cell in (one, other)]
        if segments[0] != segments[1]:
            raise InputError(
                f"word {word!r} has the {role} /{segments[0]}/ in {where(cells[one])}, cell {one}, and "
                f"/{segments[1]}/ in {where(cells[other])}, cell {other}; allowed: the same {role} in both"
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


def where(item: Item) -> str:
    """An item by its id, and its line if it was read from a list."""
    return f"{item.id!r}" + (f" (line {item.line})" if item.line else "")


def _both(first: Item, second: Item) -> str:
    return f"{where(first)} and {where(second)}; allowed: once"


def _and_more(missing: Collection[object]) -> str:
    return f" ({len(missing)} such)"
