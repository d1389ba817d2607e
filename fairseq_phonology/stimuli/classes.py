"""The cells of a design: the segments that undergo and trigger a process, and their controls.

A process may have several parts, each a design of its own: the two directions of voicing assimilation; devoicing before
obstruents and at the end of the word. `crossed` makes words from the classes, `places` finds them in a user's own.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from ..errors import InputError
from ..phonology.grammar import Controls, Grammar
from ..phonology.transcription import WORD_EDGE
from .conditions import Geometry, Meeting, Relation, refused_of, relations_of


@dataclass(frozen=True)
class Classes:
    """The segments of the four cells, and how target and trigger lie to each other.

    Attributes:
        target: T, the segments that the process changes; of an insertion those on the other side of the gap, none where
            the rule names none.
        control_target: C, the controls for T, which the process does not change.
        trigger: R, the segments that condition the change, the same for every target; ``#`` alone for the end of the
            word.
        control_trigger: N, the controls for R, which do not condition it; ``#`` likewise.
        side: of the target on which the trigger stands, ``left`` or ``right``.
        between: what may stand between target and trigger; None: nothing.
        inserts: the process inserts, between target and trigger.
    """

    target: tuple[str, ...]
    control_target: tuple[str, ...]
    trigger: tuple[str, ...]
    control_trigger: tuple[str, ...]
    side: str = "right"
    between: frozenset[str] | None = None
    inserts: bool = False

    @property
    def geometry(self) -> Geometry:
        """How target and trigger lie to each other."""
        return Geometry(self.side, self.between, self.inserts)

    @property
    def at_edge(self) -> bool:
        """Is the end of the word the trigger, or the control for one?"""
        return WORD_EDGE in (*self.trigger, *self.control_trigger)

    @property
    def regressive(self) -> bool:
        """The trigger follows: a stem carries the target, a suffix the trigger; else the other way round."""
        return self.side == "right"

    @property
    def all(self) -> frozenset[str]:
        """The segments of all four classes."""
        return frozenset(self.target + self.control_target + self.trigger + self.control_trigger)

    def target_class(self, segment: str) -> str:
        """``T``, ``C``, or empty."""
        return "T" if segment in self.target else "C" if segment in self.control_target else ""

    def trigger_class(self, segment: str) -> str:
        """``R``, ``N``, or empty."""
        return "R" if segment in self.trigger else "N" if segment in self.control_trigger else ""

    def __str__(self) -> str:
        """As in ``p t k before m n``."""
        where = "before" if self.regressive else "after"
        at_end = self.trigger == (WORD_EDGE,)
        near = "the end of the word" if at_end else " ".join(self.trigger)
        apart = "" if self.between is None else ", other segments between"
        if self.inserts and not self.target:
            return f"a gap {where} {near}{apart}"
        if self.inserts:
            return f"a gap between {' '.join(self.target)} and {near}{apart}"
        return f"{' '.join(self.target)} {'at' if at_end and not apart else where} {near}{apart}"


def parts_of(grammar: Grammar, process: str, include: Collection[str] = ()) -> tuple[Classes, ...]:
    """The parts of a process: targets and triggers of which every combination is a change, each with its controls.

    The first part is the largest of the geometry of the first rule; then come what is left of it, and the other
    geometries; at last the end of the word as a trigger (``#``), by itself. A change is in one part only.

    Returns:
        Classes; controls are empty where there are none (`classes_of` says why). Nothing for a process of which no
        design can be made (`conditions.refused_of` says why).

    Raises:
        InputError: an optional process that is not included.
    """
    relations = relations_of(grammar, process, include)
    found: list[tuple[Geometry, list[str], set[str]]] = []
    for relation in relations:
        left = {target: set(some - {WORD_EDGE}) for target, some in relation.triggers.items()}
        while any(left.values()):
            targets, triggers = _shared(grammar, left)
            found.append((relation.geometry, targets, triggers))
            for target in targets:
                left[target] -= triggers
    for relation in relations:
        if at_end := [t for t in ["", *grammar.inventory] if WORD_EDGE in relation.triggers.get(t, ())]:
            found.append((relation.geometry, at_end, {WORD_EDGE}))
    order = [*grammar.inventory, WORD_EDGE]
    return tuple(
        _classes(
            _Controls(
                grammar, process, relations, geometry, tuple(filter(None, targets)), sorted(triggers, key=order.index)
            )
        )
        for geometry, targets, triggers in found
    )


def classes_of(grammar: Grammar, process: str, include: Collection[str] = (), part: int | None = None) -> Classes:
    """The classes of one part of a process, from its rules and ``[controls.NAME]``.

    Controls that the grammar does not name are the segments of the same major class (syllabic, consonantal) that the
    process leaves alone, or that do not trigger it, and that syllables admit where targets, or triggers, stand. Where a
    trigger leaves none of its own class (any consonant triggers), and for the end of the word, they are the vowels,
    else whatever may stand there. Whether other processes touch them shows only in words (`interference`).

    Args:
        grammar: where the process is.
        process: its name.
        include: optional processes that apply.
        part: its number in `parts_of`, from 1; None: the first.

    Raises:
        InputError: a process of which no design can be made; one without controls; controls that are none; an
            optional process that is not included; a part that there is not.
    """
    parts = parts_of(grammar, process, include)
    if not parts:
        whys = refused_of(grammar, process, include)
        text, why = next(iter(whys.items()), ("", "it changes nothing"))
        raise InputError(f"no design can be made for process {process!r}: {why}{f' ({text})' if text else ''}")
    if part is not None and not 1 <= part <= len(parts):
        some = "; ".join(f"{n}: {one}" for n, one in enumerate(parts, 1))
        raise InputError(f"process {process!r} has no part {part}; allowed: {some}")
    chosen = parts[(part or 1) - 1]
    relations = relations_of(grammar, process, include)
    controls = _Controls(grammar, process, relations, chosen.geometry, chosen.target, chosen.trigger)
    if why := controls.wrong() or controls.missing():
        raise InputError(why)
    return chosen


def _classes(controls: _Controls) -> Classes:
    wrong, geometry = controls.wrong(), controls.geometry
    return Classes(
        tuple(controls.targets),
        () if wrong else controls.of_targets(),
        tuple(controls.triggers),
        () if wrong else controls.of_triggers(),
        *(geometry.side, geometry.between, geometry.inserts),
    )


def _shared(grammar: Grammar, triggers_of: Mapping[str, set[str]]) -> tuple[list[str], set[str]]:
    """The targets and triggers of which every combination is a change, as many as there are."""
    best: tuple[list[str], set[str]] = ([], set())
    for segment in ["", *grammar.inventory]:
        triggers = triggers_of.get(segment, set())
        targets = [t for t in ["", *grammar.inventory] if triggers and triggers <= triggers_of.get(t, set())]
        if len(targets) * len(triggers) > len(best[0]) * len(best[1]):
            best = targets, set(triggers)
    return best


@dataclass(frozen=True)
class _Controls:
    """Where the controls of one part come from."""

    grammar: Grammar
    process: str
    relations: Sequence[Relation]
    geometry: Geometry
    targets: Sequence[str]
    triggers: Sequence[str]

    @property
    def named(self) -> Controls:
        return self.grammar.controls.get(self.process, Controls())

    def wrong(self) -> str | None:
        """What is wrong with controls that the grammar names."""
        for role, named, outside in (
            ("target", self.named.target, self._changed_here()),
            ("trigger", self.named.trigger, self._triggering()),
        ):
            if wrong := [segment for segment in named or () if segment in outside]:
                does = "undergoes" if role == "target" else "triggers"
                return f"[controls.{self.process}] {role}: {wrong[0]!r} {does} the process and cannot be a control"
        return None

    def missing(self) -> str | None:
        """What has no control at all."""
        for role, members, found in (
            ("target", self.targets, self.of_targets()),
            ("trigger", self.triggers, self.of_triggers()),
        ):
            if members and not found:
                of, does, more = " of its class", "undergoes", ""
                if role == "trigger":
                    of, does, more = "", "triggers", " ('#': the end of the word)"
                return (
                    f"process {self.process!r}: no control for the {role} {' '.join(members)}: every segment{of} that "
                    f"could stand there {does} the process itself; name some under [controls.{self.process}] {role} = "
                    f"[...]{more}"
                )
        return None

    def of_targets(self) -> tuple[str, ...]:
        """C: those named, else those of the targets' major class that stand where targets do, and that the process does
        not change anywhere, or at least not beside these triggers.
        """
        if self.named.target:
            return self.named.target
        meet, changed = Meeting(self.grammar), self._changed()
        fits = [s for s in _alike(self.grammar, self.targets) if any(meet(s, r, self.geometry) for r in self.triggers)]
        here = self._changed_here()
        found = [segment for segment in fits if segment not in changed]
        return tuple(found or (segment for segment in fits if segment not in here))

    def of_triggers(self) -> tuple[str, ...]:
        """N: those named, else those of the triggers' major class, else vowels, else what may stand there."""
        if self.named.trigger:
            return self.named.trigger
        meet = Meeting(self.grammar)

        def fits(segment: str) -> bool:
            return not self.targets or any(meet(target, segment, self.geometry) for target in self.targets)

        if WORD_EDGE not in self.triggers and (
            found := [s for s in _alike(self.grammar, self.triggers) if fits(s) and s not in self.triggers]
        ):
            return tuple(found)
        triggering = self._triggering()
        others = [s for s in self.grammar.inventory if fits(s) and s not in triggering]
        vowels = [s for s in others if self.grammar.inventory.features(s)["syl"] == "+"]
        return tuple(vowels or others)

    def _changed(self) -> set[str]:
        """Every segment that the process changes anywhere."""
        return {target for relation in self.relations for target in relation.triggers}

    def _changed_here(self) -> set[str]:
        """Every segment that the process changes beside one of the triggers."""
        return {t for one in self.relations for t, some in one.triggers.items() if some & set(self.triggers)}

    def _triggering(self) -> set[str]:
        """Every segment beside which one of the targets changes."""
        found = {segment for one in self.relations for t in self.targets for segment in one.triggers.get(t, ())}
        return found.union(self.triggers)


def _alike(grammar: Grammar, members: Sequence[str]) -> list[str]:
    """Segments of the members' major classes and positions."""
    majors = {_major(grammar, segment) for segment in members}
    positions = [_positions(grammar, segment) for segment in members]
    common = (frozenset.intersection(*positions) or frozenset.union(*positions)) if positions else frozenset()
    return [
        segment
        for segment in grammar.inventory
        if _major(grammar, segment) in majors and (not common or common & _positions(grammar, segment))
    ]


def alike(grammar: Grammar, segment: str, members: Sequence[str]) -> bool:
    """Is a segment of the major class (syllabic, consonantal) of one of the members?"""
    return _major(grammar, segment) in {_major(grammar, member) for member in members}


def _major(grammar: Grammar, segment: str) -> tuple[str, str]:
    features = grammar.inventory.features(segment)
    return features["syl"], features["cons"]


def _positions(grammar: Grammar, segment: str) -> frozenset[str]:
    shapes = grammar.syllables
    parts = {"onset": shapes.onsets, "nucleus": shapes.nuclei, "coda": shapes.codas}
    return frozenset(name for name, part in parts.items() if any(segment in text for text in part))
