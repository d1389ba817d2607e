"""Designs made from a user's own stems and suffixes, crossed; what is not clean leaves, until the rest is complete."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from tqdm import tqdm

from ..corpus.signs import Cleaner
from ..corpus.tables import read_rows
from ..corpus.units import Units
from ..errors import InputError
from ..phonology.grammar import Grammar
from ..phonology.transcription import WORD_EDGE, drop_edges
from .clean import remove_worst
from .conditions import needs_edge
from .crossed import Design, joint_of, numbered
from .interference import interference
from .items import CELLS, LEAST_UNITS, Item
from .units import Joint, Unit

PARTS = ("stem", "suffix")
_SHOWN = 3  # reasons in a message, and units of each


@dataclass(frozen=True)
class Part:
    """A stem or suffix of the user's: as spelled, its segments, and the columns that travel with it."""

    text: str
    segments: tuple[str, ...]
    more: dict[str, str] = field(default_factory=dict, hash=False)


def read_parts(path: str | Path, units: Units) -> tuple[list[Part], list[Part]]:
    """Stems and suffixes from one table.

    Its header names the columns ``stem`` and ``suffix``; either may end before the other, its cells left empty. Further
    columns travel with the stem or the suffix of their line if their names begin with ``stem_`` or ``suffix_``.

    Args:
        path: a table, as `read_rows` reads it.
        units: how stems and suffixes are written, as URs are; each by itself, so that the silent ㅇ of a Hangul suffix
            is dropped, and its first segment is its vowel.

    Raises:
        InputError: with file and line.
    """
    rows, clean = read_rows(path, units.columns.separator), Cleaner(units)
    header = [name.strip() for name in rows[0][1]]
    others = [name for name in header if name not in PARTS and not name.startswith(("stem_", "suffix_"))]
    if missing := [name for name in PARTS if name not in header]:
        raise InputError(f"has no column {missing[0]!r}; the header needs stem and suffix, with a tab between", path, 1)
    if others or len(set(header)) < len(header):
        found = f"a column called {others[0]!r}" if others else "two columns of one name"
        raise InputError(f"found {found}; allowed: stem, suffix, and stem_... or suffix_... once each", path, 1)
    parts: dict[str, dict[str, Part]] = {name: {} for name in PARTS}
    for line, cells in rows[1:]:
        if len(cells) > len(header):
            raise InputError(f"found {len(cells)} columns; expected {len(header)} ({', '.join(header)})", path, line)
        row = dict(zip(header, [cell.strip() for cell in cells] + [""] * len(header), strict=False))
        for name in PARTS:
            if not (text := row[name]):
                continue
            if text in parts[name]:
                raise InputError(f"the {name} {text!r} is already on an earlier line", path, line)
            try:
                segments = () if text == WORD_EDGE else units.segmented(clean(text, units.ur), "ur")
            except InputError as error:
                raise InputError(f"{name}: {error.message}", path, line) from None
            more = {column: row[column] for column in header if column.startswith(f"{name}_")}
            parts[name][text] = Part(text, segments, more)
    return list(parts["stem"].values()), list(parts["suffix"].values())


def from_parts(
    grammar: Grammar,
    process: str,
    stems: Sequence[Part],
    suffixes: Sequence[Part],
    edge: bool | None = None,
    include: Collection[str] = (),
    exclude: Collection[Sequence[str]] = (),
    part: int | None = None,
) -> Design:
    """Cross a user's own stems and suffixes.

    A stem that does not end in a segment of the classes, and a suffix that does not begin with one, cannot be used. Of
    the others, the one with the largest share of unclean words (`interference`; words to exclude; words that two
    combinations make) leaves, until the rest is complete and clean. Processes may apply outside target ... trigger.

    Args:
        grammar: what derives the SRs.
        process: the one studied.
        stems, suffixes: as `read_parts` reads them.
        edge, include, exclude, part: as for `crossed`.

    Returns:
        Items called STEM-SUFFIX by class and number (T1-R1); each stem and suffix that left, with the reason.

    Raises:
        InputError: fewer than 4 + 4 stems or suffixes are left; the message names the class and the cells.
    """
    joint = joint_of(grammar, process, include, edge, part)
    if joint.classes.at_edge:  # the end of the word is no suffix that anyone need write
        suffixes = [Part(WORD_EDGE, ()), *(one for one in suffixes if one.segments)]
    excluded: list[tuple[str, str]] = []
    sides = [dict.fromkeys(_units(joint, parts, stem, excluded)) for parts, stem in ((stems, True), (suffixes, False))]
    taken = {drop_edges(tuple(ur)) for ur in exclude}
    reasons: dict[tuple[Unit, Unit], str] = {}
    for stem in tqdm(sides[0], desc="crossing", unit=" stems", delay=1, disable=None, leave=False):
        for suffix in sides[1]:
            item = joint.join(stem, suffix)
            if reason := _reason(joint, item, taken):
                reasons[stem, suffix] = f"{reason}, as in {stem.name} + {suffix.name}"
            else:
                taken.add(drop_edges(item.ur))
    # of several the first on the longer side
    for at, unit, found in remove_worst(sides, reasons, lambda at, unit, share: (share, len(sides[at]))):
        excluded.append((f"{PARTS[at]} {unit.name}", found[0]))
    _check_left(joint, sides, excluded)
    more = {(at, part.text): part.more for at, parts in enumerate((stems, suffixes)) for part in parts}
    names = {unit: f"{unit.cls}{n}" for n, unit in numbered((*sides[0], *sides[1]))}
    items = [
        replace(
            joint.finished(joint.join(stem, suffix), f"{names[stem]}-{names[suffix]}"),
            more=more[0, stem.name] | more[1, suffix.name],
        )
        for stem in sides[0]
        for suffix in sides[1]
    ]
    return Design(tuple(items), tuple(excluded), joint.classes)


def _units(joint: Joint, parts: Sequence[Part], stem: bool, excluded: list[tuple[str, str]]) -> list[Unit]:
    units = []
    for part in parts:
        if joint.classes.at_edge and not stem and not part.segments:
            units.append(Unit((), 0, joint.cls(WORD_EDGE, stem), WORD_EDGE))
            continue
        unknown = [s for s in drop_edges(part.segments) if s not in joint.grammar.inventory]
        at = None if unknown else joint.key_position(part.segments, stem)
        cls = "" if at is None else joint.cls(part.segments[at], stem)
        if cls:
            units.append(Unit(part.segments, at, cls, part.text))
            continue
        allowed = " ".join(joint.keys(stem))
        why = f"no segment at its {'end' if stem else 'beginning'} is one of {allowed}"
        what = f"{PARTS[not stem]} {part.text}"
        excluded.append((what, f"the grammar has no segment {unknown[0]}" if unknown else why))
    return units


def _reason(joint: Joint, item: Item, taken: Collection[tuple[str, ...]]) -> str | None:
    if drop_edges(item.ur) in taken:
        return "a word that another combination makes or that is in the list to exclude"
    place = item.target_index, item.trigger_index
    return interference(joint.grammar, joint.process, item.ur, *place, item.cell, joint.include)


def _check_left(joint: Joint, sides: Sequence[Collection[Unit]], excluded: Sequence[tuple[str, str]]) -> None:
    for at, side in enumerate(sides):
        for cls in dict.fromkeys(joint.keys(at == 0).values()):
            number = sum(unit.cls == cls for unit in side)
            if number < (1 if joint.keys(at == 0).get(WORD_EDGE) == cls else LEAST_UNITS):
                cells = " and ".join(cell for cell in CELLS if cls in cell)
                left = f"{number} clean {('stems', 'suffixes')[at]}"
                whys: dict[str, list[str]] = {}
                for what, reason in excluded:
                    if what.startswith(PARTS[at]):
                        whys.setdefault(reason.split(", as in")[0], []).append(what.removeprefix(f"{PARTS[at]} "))
                others = [
                    f"{reason}: {', '.join(whats[:_SHOWN])}{', ...' if len(whats) > _SHOWN else ''}"
                    for reason, whats in sorted(whys.items(), key=lambda one: -len(one[1]))
                ]
                why = f" (excluded: {'; '.join(others[:_SHOWN])})" if others else ""
                more = needs_edge(joint.grammar, joint.process) if "does not apply" in why else ""
                raise InputError(f"{left} of class {cls}, for {cells}; {LEAST_UNITS} are needed{why}{more}")
