"""What of a process the words of an analysis are about: which of its parts, and what none of them has."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from ...phonology.decision import outcomes_of
from ...phonology.grammar import Grammar
from ...stimuli.classes import Classes, parts_of
from ...stimuli.conditions import refused_of
from ...stimuli.items import Item
from ...stimuli.parts import absent, uncovered
from ..provenance import Coverage


def coverage_of(grammar: Grammar, process: str, items: Iterable[Item], include: Collection[str] = ()) -> Coverage:
    """What a list of words is about.

    Args:
        grammar: where the process is.
        process: its name.
        items: of the list, or of the events that a dump without a list has.
        include: optional processes that apply.

    Raises:
        InputError: an optional process that is not included.
    """
    # one word of each kind tells as much as all of them
    kinds = {(i.target, i.trigger, i.fed_by): i for i in items if i.cell == "TR"}
    asked = grammar, process, list(kinds.values()), include
    parts, gone = parts_of(grammar, process, include), absent(*asked)
    missing = {number for number, *_ in gone}
    there = [number for number in range(1, len(parts) + 1) if number not in missing]
    whole = [f"{part} (part {number} of {of})" for number, of, part in gone]
    rules = [f"{text}: {why}" for text, why in refused_of(grammar, process, include).items()]
    segments = tuple(each for each in uncovered(*asked) if each not in whole and each not in rules)
    one = there[0] if len(there) == 1 < len(parts) else 0
    does = {_does(grammar, process, parts[number - 1]) for number in there}
    name, kind = str(parts[one - 1]) if one else "", does.pop() if len(does) == 1 else "changes"
    return Coverage(name, one, max(1, len(parts)), (*whole, *rules), segments, kind)


def _does(grammar: Grammar, process: str, part: Classes) -> str:
    """What a process does to the targets of a part; ``changes`` if to some of them that."""
    if part.inserts:
        return "inserts"
    deletes = all(outcomes_of(grammar, process, target) == {""} for target in part.target)
    return "deletes" if deletes else "changes"
