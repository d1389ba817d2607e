"""What a design holds, in words: its part of the process, its classes, what differs in them, what it leaves out."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from ..phonology.decision import decision_of
from ..phonology.grammar import Controls, Grammar
from ..phonology.phonotactics.syllables import Phonotactics
from ..phonology.transcription import WORD_EDGE
from ..text import listed
from .classes import Classes, alike, parts_of
from .conditions import refused_of
from .crossed import Design
from .items import Item
from .parts import absent, changes_in

_ROLES = (  # letter, what it says, the attribute of `Classes`
    ("T", "T (undergoes)", "target"),
    ("C", "C (control)", "control_target"),
    ("R", "R (triggers)", "trigger"),
    ("N", "N (control)", "control_trigger"),
)
_KINDS = {"C": "a consonant", "G": "a glide", "V": "a vowel"}


def part_line(grammar: Grammar, process: str, design: Design, include: Collection[str] = ()) -> Iterator[str]:
    """Which part of a process with several the design is about."""
    parts = parts_of(grammar, process, include)
    if len(parts) > 1:
        number = next(n for n, part in enumerate(parts, 1) if _same_part(part, design.classes))
        yield f"part {number} of {len(parts)} of the process: {parts[number - 1]}"


def class_lines(design: Design) -> Iterator[str]:
    """The segments of the four classes that stand in the items; those apart that an earlier process makes a target or
    trigger.
    """
    found: dict[str, dict[str, None]] = {letter: {} for letter, *_ in _ROLES}
    for item in design.items:
        if item.cell:
            found[item.target_class][item.target] = found[item.trigger_class][item.trigger] = None
    for letter, says, attribute in _ROLES:
        members = getattr(design.classes, attribute)
        own = " ".join(one for one in members if one in found[letter])
        fed = " ".join(one for one in found[letter] if one not in members)
        fed = f"by way of another process {fed}" if fed else ""
        yield f"{says:<14} {', '.join(filter(None, (own, fed)))}"


def carrying_line(classes: Classes) -> str:
    """What stems and suffixes carry."""
    if classes.at_edge:
        without, other = "RN" if classes.trigger == (WORD_EDGE,) else "NR"
        return (
            f"the stem carries the target; in {without} the word ends behind it, in {other} a suffix follows; "
            "every stem with every suffix"
        )
    first, second = ("target", "trigger") if classes.regressive else ("trigger", "target")
    return f"the stem carries the {first}, the suffix the {second}; every stem with every suffix"


def notes_on(
    grammar: Grammar, process: str, design: Design, include: Collection[str] = (), shapes: bool = True
) -> Iterator[str]:
    """What was decided for the user, with the option that decides it; the decision step, unless it emits the target.

    Args:
        shapes: what differs between the shapes of the classes' units, too.
    """
    classes, named = design.classes, grammar.controls.get(process, Controls())
    controls = f"[controls.{process}] trigger = [...]"
    if classes.trigger == (WORD_EDGE,):
        own = "" if named.trigger else f", which {controls} may name otherwise"
        yield (
            f"the trigger is the end of the word; its control is a suffix that begins with one of N{own}. One edge is "
            "one trigger: the design is described, not claimed"
        )
    elif classes.control_trigger == (WORD_EDGE,):
        yield (
            "the control for the trigger is the end of the word. One edge is one control: the design is described, not "
            "claimed"
        )
    elif not named.trigger and not any(alike(grammar, one, classes.trigger) for one in classes.control_trigger):
        yield (
            "every segment of the triggers' class that could stand there triggers the process: N are others, which "
            f"{controls} may name otherwise"
        )
    yield from _kinds(grammar, design) if shapes else ()
    yield from _decision(grammar, process, design.items, include)


def left_out(
    grammar: Grammar, process: str, design: Design, include: Collection[str] = (), drawn: bool = True
) -> Iterator[str]:
    """What of the process is in none of the words, and how to ask for it; `Design.excluded` apart.

    Args:
        drawn: the words are nonce words, of which more could be had.
    """
    for number, whole, part in absent(grammar, process, design.items, include):
        yield f"not in the design: {part} (--part {number}; {number} of {whole})"
    there = set().union(*changes_in(grammar, process, design.items, include).values())
    for at, (role, members) in enumerate((("target", design.classes.target), ("trigger", design.classes.trigger))):
        if lacking := [segment for segment in members if segment not in {pair[at] for pair in there}]:
            unit = "--stems" if (role == "target") == design.classes.regressive else "--suffixes"
            more = f" ({unit} {len(members)} or more has all)" if drawn else ""
            yield f"not in the design: {' '.join(lacking)} as {role}{'s' * (len(lacking) > 1)}{more}"
    for text, why in refused_of(grammar, process, include).items():
        yield f"not in the design: {text}: {why}"


def _same_part(part: Classes, classes: Classes) -> bool:
    """Is this the part, maybe less some segments?"""
    some = set(classes.target) <= set(part.target) and set(classes.trigger) <= set(part.trigger)
    return some and part.geometry == classes.geometry


def _kinds(grammar: Grammar, design: Design) -> Iterator[str]:
    """Units of the two classes that have no shape in common."""
    shape, classes = Phonotactics(grammar).shape, design.classes
    for letters, role in (("TC", "target"), ("RN", "trigger")):
        some = [(getattr(item, f"{role}_class"), getattr(item, role)) for item in design.items if item.cell]
        one, other = ({shape([segment]) for cls, segment in some if cls == letter} for letter in letters)
        if one & other or WORD_EDGE in one | other:
            continue
        unit = "stems" if (role == "target") == classes.regressive else "suffixes"
        first, second = (listed([_KINDS[kind] for kind in sorted(kinds)], "or") for kinds in (one, other))
        yield (
            f"{unit} of {letters[0]} and {letters[1]} cannot have one shape, as the {role} is {first} in "
            f"{letters[0]} and {second} in {letters[1]}: what is around it has one shape, as in -tan and -an"
        )


def moves(grammar: Grammar, process: str, items: Sequence[Item], include: Collection[str] = ()) -> bool:
    """Does the process insert, delete or move a segment in cell TR, so that its decision step emits another one?"""
    found = [decision_of(grammar, item.ur, process, item.target_index, include) for item in _first(items).values()]
    return any(one and one.gap for one in found)


def _first(items: Sequence[Item]) -> dict[tuple[str | None, str | None], Item]:
    """A word of cell TR for each pair of segments."""
    return {(item.target, item.trigger): item for item in items if item.cell == "TR"}


def _decision(grammar: Grammar, process: str, items: Sequence[Item], include: Collection[str]) -> Iterator[str]:
    """The step at which an insertion, a deletion or a metathesis is decided."""
    if not moves(grammar, process, items, include):
        return
    first = _first(items)
    if any(rule.order for rule in grammar.process(process).rules):
        yield "decision step of a metathesis: the first at which what changes places with the target comes first"
        return
    if any(s.segment == "" for i in first.values() for s in grammar.derive(i.ur, include).changes(process)):
        yield (
            "decision step: the one behind the gap's first neighbor, which emits what is inserted; in a control the "
            "segment that follows there"
        )
    else:
        yield (
            "decision step of a deletion: the first step at which the SR is another because of it; in a control the "
            "step of the segment in target position"
        )
