"""Which part of a process a list of words is about, and what of the process is in none of its words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Protocol

from ..phonology.grammar import Derivation, Grammar
from ..phonology.process import Site
from .classes import Classes, classes_of, parts_of
from .conditions import refused_of, segments_of
from .places import is_of, site_place


class Placed(Protocol):
    """What is asked of an `Item`."""

    @property
    def ur(self) -> tuple[str, ...]: ...

    @property
    def cell(self) -> str: ...

    @property
    def target_index(self) -> int | None: ...

    @property
    def trigger_index(self) -> int | None: ...


def part_of(grammar: Grammar, process: str, items: Iterable[Placed], include: Collection[str] = ()) -> Classes:
    """The classes of the part of a process that most items of cell TR are about; the first where none is.

    Raises:
        InputError: as `classes_of`.
    """
    parts = parts_of(grammar, process, include)
    sites = _sites(grammar, process, items, include) if len(parts) > 1 else ()
    return classes_of(grammar, process, include, most(parts, sites))


def most(parts: Sequence[Classes], sites: Iterable[tuple[Site, Derivation]]) -> int | None:
    """The number, from 1, of the part to which most sites belong; None where they belong to none."""
    counts = Counter(
        number for site, derivation in sites for number, part in enumerate(parts, 1) if is_of(site, derivation, part)
    )
    return min(counts, key=lambda number: (-counts[number], number)) if counts else None


def uncovered(
    grammar: Grammar, process: str, items: Iterable[Placed], include: Collection[str] = ()
) -> tuple[str, ...]:
    """What of a process is in no item of cell TR, each as a clause without a period.

    Segments that the grammar's syllables never bring together are not asked for; of a part that is there, segments are
    named that none of its words has.

    Returns:
        For example ``b d ɡ before p t k (part 2 of 2)``; nothing where every rule is there.
    """
    lacking = [f"{part} (part {number} of {whole})" for number, whole, part in absent(grammar, process, items, include)]
    parts = parts_of(grammar, process, include)
    for number, there in changes_in(grammar, process, items, include).items():
        part = parts[number - 1]
        for at, (role, members) in enumerate((("target", part.target), ("trigger", part.trigger))):
            if some := [segment for segment in members if segment not in {pair[at] for pair in there}]:
                lacking.append(f"{' '.join(some)} as {role}{'s' * (len(some) > 1)}")
    return (*lacking, *(f"{text}: {why}" for text, why in refused_of(grammar, process, include).items()))


def absent(
    grammar: Grammar, process: str, items: Iterable[Placed], include: Collection[str] = ()
) -> list[tuple[int, int, Classes]]:
    """The parts of a process that no item of cell TR is about: number, from 1, of how many, and the part."""
    parts = parts_of(grammar, process, include)
    there = changes_in(grammar, process, items, include)
    return [(n, len(parts), part) for n, part in enumerate(parts, 1) if n not in there]


def changes_in(
    grammar: Grammar, process: str, items: Iterable[Placed], include: Collection[str]
) -> dict[int, set[tuple[str, str]]]:
    """Targets and triggers of the items of cell TR, as at the process's turn, by the number of their part."""
    parts = parts_of(grammar, process, include)
    found: dict[int, set[tuple[str, str]]] = {}
    for site, derivation in _sites(grammar, process, items, include):
        for number, part in enumerate(parts, 1):
            if is_of(site, derivation, part):
                found.setdefault(number, set()).add(_pair(site, derivation, part))
    return found


def _sites(
    grammar: Grammar, process: str, items: Iterable[Placed], include: Collection[str]
) -> Iterator[tuple[Site, Derivation]]:
    """The sites that items of cell TR are about."""
    parts = parts_of(grammar, process, include)
    for item in items:
        if item.cell != "TR":
            continue
        derivation = grammar.derive(item.ur, include)
        for site in derivation.changes(process):
            places = [site_place(site, derivation, part) for part in parts]
            if (item.target_index, item.trigger_index) in places:
                yield site, derivation


def _pair(site: Site, derivation: Derivation, part: Classes) -> tuple[str, str]:
    return segments_of(site, derivation, part.geometry) or ("", site.trigger_segment)
