"""What the cells are, in a legend: their segments, and a word of each, as much alike as the design has them."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product

import numpy as np

from ...stimuli.items import CELLS, Item
from ..contrasts.study import Study
from ..events.events import Event
from . import style


def cell_words(study: Study, cells: dict[str, np.ndarray]) -> dict[str, str]:
    """Cell -> its name and segments, and under them an example: a UR with its gold SR."""
    events, examples = study.events.events, _examples(study, cells)
    words = {}
    for cell, which in cells.items():
        items = [events[n].item for n in which]
        targets, triggers = _few(item.target or "∅" for item in items), _few(item.trigger or "∅" for item in items)
        words[cell] = f"{cell}  {targets} {_relation(items[0])} {triggers}\n{_word(events[examples[cell]])}"
    return words


def _relation(item: Item) -> str:
    if item.target_index is None or item.trigger_index is None:
        return "by"
    return "before" if item.target_index < item.trigger_index else "after"


def _few(segments: Iterable[str], most: int = 4) -> str:
    distinct = list(dict.fromkeys(segments))
    return "/".join(distinct[:most]) + ("/…" if len(distinct) > most else "")


def _examples(study: Study, cells: dict[str, np.ndarray]) -> dict[str, int]:
    """An event for each cell, as much alike as the design has them, and short."""
    design, events = study.design, study.events.events
    if design is None or not design.is_crossed:
        shortest = min(range(len(cells["TR"])), key=lambda n: len(events[cells["TR"][n]].item.ur))
        return {cell: int(which[shortest]) for cell, which in cells.items()}
    rows = _alike([events[n].item.ur for n in design.index[:, 0]], design.undergoes)
    columns = _alike([events[n].item.ur for n in design.index[0]], design.triggers)
    return {cell: int(design.index[rows["CT".index(cell[0])], columns["NR".index(cell[1])]]) for cell in CELLS}


def _alike(words: list[tuple[str, ...]], first: np.ndarray) -> tuple[int, int]:
    """The shortest of the second class and of the first that differ least."""
    pairs = product(np.flatnonzero(~first), np.flatnonzero(first))

    def unlike(pair: tuple[int, int]) -> tuple[int, int]:
        one, other = words[pair[0]], words[pair[1]]
        return abs(len(one) - len(other)) + sum(a != b for a, b in zip(one, other, strict=False)), len(one)

    return min(pairs, key=unlike)


def _word(event: Event) -> str:
    item = event.item
    joined = "".join(item.ur)
    written = f"{item.stem}+{item.suffix}" if item.suffix and item.stem + item.suffix == joined else joined
    ur, sr = style.shorten(written, 26), style.shorten("".join(event.reference), 26)
    return f"/{ur}/ → [{sr}]" if len(ur) + len(sr) <= 26 else f"/{ur}/ →\n[{sr}]"
