"""Which segment a process changes beside which: relations of targets and triggers, and what no design can ask about."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from ..errors import InputError
from ..phonology.decision import beside_gap
from ..phonology.grammar import Derivation, Grammar
from ..phonology.matching import Condition, compiled
from ..phonology.notation import Rule
from ..phonology.phonotactics.syllables import Phonotactics
from ..phonology.process import Site
from ..phonology.transcription import WORD_EDGE
from ..text import listed

_NOTHING = (
    "no segment beside the target conditions it, nor the end of the word, so that there is no trigger that a control "
    "could replace; a rule that names the segments behind a morpheme edge or a syllable boundary can be asked about"
)
_BEGINNING = (
    "the beginning of the word conditions it, and an encoder has no position before the first segment that a model "
    "could attend to; a symbol of its own at the beginning of every UR, in the inventory and in the rule, would be one"
)


@dataclass(frozen=True)
class Geometry:
    """How target and trigger lie to each other.

    Attributes:
        side: of the target on which the trigger stands, ``left`` or ``right``.
        between: what may stand between them; None: nothing.
        inserts: something is inserted between the target, which stands beside the gap, and the trigger.
    """

    side: str = "right"
    between: frozenset[str] | None = None
    inserts: bool = False


@dataclass(frozen=True)
class Relation:
    """What one process changes, in one geometry.

    Attributes:
        geometry: where the triggers stand.
        triggers: of each target, those that can stand beside it in the grammar's syllables.
    """

    geometry: Geometry
    triggers: dict[str, frozenset[str]]


def relations_of(grammar: Grammar, process: str, include: Collection[str] = ()) -> list[Relation]:
    """The relations of a process, in the order of its rules; none for one that no design can ask about.

    Raises:
        InputError: an optional process that is not included; one that the grammar does not have.
    """
    meet = Meeting(grammar)
    found: dict[Geometry, dict[str, set[str]]] = {}
    for _, one in _conditions(grammar, process, include):
        geometry = Geometry(one.side, one.between, one.inserts)
        if _refused(one) is None:
            some = {segment for segment in _triggers(one) if meet(one.target, segment, geometry)}
            found.setdefault(geometry, {}).setdefault(one.target, set()).update(some)
    relations = [
        Relation(geometry, {target: frozenset(some) for target, some in pairs.items() if some})
        for geometry, pairs in found.items()
    ]
    return [one for one in relations if one.triggers]


def refused_of(grammar: Grammar, process: str, include: Collection[str] = ()) -> dict[str, str]:
    """The rules, or conditions of rules, of which no design can be made: the rule in quotes, and why."""
    meet = Meeting(grammar)
    whys: dict[str, set[str | None]] = {}
    for text, one in _conditions(grammar, process, include):
        why = _refused(one)
        if why is None and not any(meet(one.target, s, Geometry(one.side, one.between)) for s in _triggers(one)):
            why = "in no word of the grammar's syllables is one of its targets beside one of its triggers"
        elif why is None and one.side == "left" and WORD_EDGE in one.triggers:
            whys.setdefault(f"“{text}” at the beginning of the word", set()).add(_BEGINNING)
        whys.setdefault(f"“{text}”", set()).add(why)
    return {text: next(iter(some)) for text, some in whys.items() if None not in some}


def needs_edge(grammar: Grammar, process: str) -> str:
    """What a refusal adds where a rule also asks for the end of the word, which is not its trigger; else empty."""
    one = grammar.process(process)
    for rule in one.rules:
        if not any(item.mentions("word edge") for item in rule.right) or _asks_about_end(rule, grammar, one.trigger):
            continue
        help = ""
        if _asks_about_end(rule, grammar, "right"):
            help = f'; trigger = "right" in the [[process]] of {process} asks about the end of the word'
        return f"; “{rule.text}” also needs #, the end of the word, and these words go on there{help}"
    return ""


def _asks_about_end(rule: Rule, grammar: Grammar, side: str | None) -> bool:
    """Is the end of the word a trigger of a rule whose triggers stand on this side?"""
    conditions = compiled(rule, grammar.inventory, side).conditions()
    return any(WORD_EDGE in one.triggers and one.side == "right" for one in conditions)


class Meeting:
    """Whether a target and a trigger can stand beside each other in the grammar's syllables.

    A suffix may begin with a vowel where no syllable does.
    """

    def __init__(self, grammar: Grammar):
        sounds = Phonotactics(grammar)
        self.neighbors, self.nuclei = sounds.neighbors, {text[0] for text in sounds.parts[1] if text}

    def __call__(self, target: str, trigger: str, geometry: Geometry) -> bool:
        # at a distance, or with nothing said about syllables, anything may
        if geometry.between is not None or not self.neighbors or not target:
            return True
        first, second = (target, trigger) if geometry.side == "right" else (trigger, target)
        begins = second in self.nuclei and (first, WORD_EDGE) in self.neighbors
        return begins or (first, second) in self.neighbors


def place_of(site: Site, derivation: Derivation, geometry: Geometry) -> tuple[int | None, int] | None:
    """Where target and trigger of a site stand in the UR; None unless they lie to each other in this way.

    Args:
        site: of a turn of ``derivation``.
        derivation: of the whole word.
        geometry: of the design.

    Returns:
        Positions as in `Item`: the end of the word is its length; the target of an insertion is the segment on the
        other side of the gap. None, too, where one of them is no underlying segment.
    """
    found = _standing(site, derivation, geometry)
    return found and found[0]


def segments_of(site: Site, derivation: Derivation, geometry: Geometry) -> tuple[str, str] | None:
    """What stands in target and trigger position at the process's turn, ``#`` for the end of the word; else as
    `place_of`.
    """
    found = _standing(site, derivation, geometry)
    return found and found[1]


def _standing(site: Site, derivation: Derivation, geometry: Geometry) -> tuple[tuple[int, int], tuple[str, str]] | None:
    """Places and segments of target and trigger."""
    if (site.segment == "") != geometry.inserts:
        return None
    end = len(derivation.ur)
    if not geometry.inserts:
        trigger = site.trigger_in(derivation.ur)
        if site.target is None or trigger is None or (trigger > site.target) != (geometry.side == "right"):
            return None
        return (site.target, trigger), (site.segment, WORD_EDGE if trigger == end else site.trigger_segment)
    form = next(step.before for step in derivation.steps if site in step.sites)
    left, right = site.position - 1, site.position
    target, near, step = (left, right, 1) if geometry.side == "right" else (right, left, -1)
    while 0 <= near < len(form.segments) and form.segments[near] in (geometry.between or ()):
        near += step
    if not 0 <= target < len(form.segments) or near < 0:
        return None
    places = form.origins[target], end if near == len(form.segments) else form.origins[near]
    return None if None in places else (places, (form.segments[target], (*form.segments, WORD_EDGE)[near]))


def changes_at(site: Site, derivation: Derivation, target: int | None, trigger: int) -> bool:
    """Does a site change the segment at this place of the UR, or insert beside it on the side of the trigger?"""
    if site.segment:
        return site.target == target
    if target is None:
        return site.trigger_in(derivation.ur) == trigger
    return beside_gap(site, derivation, target, "right" if trigger > target else "left")


def applies_at(site: Site, derivation: Derivation, target: int, trigger: int) -> bool:
    """As `changes_at`, and is it this trigger that conditions it?"""
    if not changes_at(site, derivation, target, trigger):
        return False
    return site.segment == "" or site.trigger_in(derivation.ur) == trigger


def _conditions(grammar: Grammar, process: str, include: Collection[str]) -> Iterator[tuple[str, Condition]]:
    """What a process changes, rule by rule, each with the rule's text."""
    one = grammar.process(process)
    if one.optional and process not in include:
        raise InputError(f"process {process!r} is optional; ask for it with --with {process}")
    if (grammar.stratum or not grammar.strata) and not one.rate_in(grammar.stratum):
        strata = listed(name for name in grammar.strata if one.rate_in(name))
        where = f"in the stratum {grammar.stratum!r}" if grammar.stratum else "anywhere (rate = 0)"
        raise InputError(f"process {process!r} does not apply {where}" + f"; it does in {strata}" * bool(strata))
    for rule in one.rules:
        for condition in compiled(rule, grammar.inventory, one.trigger).conditions():
            if condition.inserts or condition.outcome != condition.target:
                yield rule.text, condition


def _refused(condition: Condition) -> str | None:
    if not condition.triggers:
        return _NOTHING
    return None if _triggers(condition) else _BEGINNING


def _triggers(condition: Condition) -> frozenset[str]:
    return condition.triggers - {WORD_EDGE} if condition.side == "left" else condition.triggers
