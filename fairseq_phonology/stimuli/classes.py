"""The cells of a design: the segments that undergo and trigger a process, their controls, and their positions.

`crossed` makes words from the classes, `items` finds them in a user's own words.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from ..errors import InputError
from ..phonology.grammar import Controls, Grammar
from ..phonology.matching import compiled
from ..phonology.phonotactics import Phonotactics
from ..phonology.transcription import EDGE


class NoPlaceError(InputError):
    """A word without a place where a process could be tested."""


@dataclass(frozen=True)
class Classes:
    """The segments of the four cells, and how target and trigger lie to each other.

    Attributes:
        target: T, the segments that the process changes; empty for insertion.
        control_target: C, the controls for T, which the process does not change.
        trigger: R, the segments that condition the change, the same for every target.
        control_trigger: N, the controls for R, which do not condition it.
        side: of the target on which the trigger stands, ``left`` or ``right``.
        between: what may stand between target and trigger; None: nothing.
    """

    target: tuple[str, ...]
    control_target: tuple[str, ...]
    trigger: tuple[str, ...]
    control_trigger: tuple[str, ...]
    side: str = "right"
    between: frozenset[str] | None = None

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

    def lines(self) -> list[str]:
        """The classes in words, one a line."""
        rows = (
            ("T (undergoes)", self.target),
            ("C (control)", self.control_target),
            ("R (triggers)", self.trigger),
            ("N (control)", self.control_trigger),
        )
        return [f"{name:<14} {' '.join(segments)}" for name, segments in rows]


def classes_of(grammar: Grammar, process: str, include: Collection[str] = ()) -> Classes:
    """The classes of one process, from its rules and ``[controls.NAME]``.

    Controls that the grammar does not name are the segments of the same major class (syllabic, consonantal) that the
    process leaves alone, or that do not trigger it, and that syllables admit where targets, or triggers, stand. Whether
    other processes touch them shows only in words (`interference`).

    Where targets have different triggers (agreement), those targets are taken that make the most combinations with
    triggers they share. Where rules look to different sides, the first that has a trigger decides.

    Raises:
        InputError: a process that only a word edge conditions; one without controls; controls that are none; an
            optional process that is not included.
    """
    changes, side, between = _changes(grammar, process, include)
    meet = _meeting(grammar, side, between)
    possible = {t: {r for r in some if meet(t, r)} for t, some in changes[side, between].items()}
    targets, triggers = _shared(grammar, possible)
    if not triggers:
        raise InputError(
            f"process {process!r} can never apply: in no word is one of its targets beside one of its triggers"
        )
    changed = {segment for some in changes.values() for segment in some}
    named = grammar.controls.get(process, Controls())
    fits = [segment for segment in _alike(grammar, targets) if any(meet(segment, r) for r in triggers)]
    control_targets = _controls(grammar, process, "target", targets, named.target, fits, changed)
    fits = [s for s in _alike(grammar, triggers) if not targets or any(meet(t, s) for t in targets)]
    control_triggers = _controls(grammar, process, "trigger", triggers, named.trigger, fits, set(triggers))
    return Classes(targets, control_targets, triggers, control_triggers, side, between)


def find_place(
    grammar: Grammar, process: str, ur: Sequence[str], classes: Classes, include: Collection[str] = ()
) -> tuple[int | None, int]:
    """Where in a UR the target (T or C) and the trigger (R or N) stand.

    That is the process's own site where there is one; else the one place where a segment of the target classes has one
    of the trigger classes beside it (long-distance: the nearest, with only admitted segments between). Of several such
    places, one alone that a morpheme edge divides is meant.

    Returns:
        Positions in ``ur``, edges counted; of the target None for insertion.

    Raises:
        NoPlaceError: for a word with none.
        InputError: for a word with several such places.
    """
    sites = [s for s in grammar.derive(ur, include).changes(process) if s.trigger is not None]
    found = list(dict.fromkeys((s.target, s.trigger) for s in sites))
    what = "site"
    if not found:
        what = "place"
        found = [(at, near) for at in range(len(ur)) if (near := _beside(ur, at, classes)) is not None]
        # where nothing applies, a target beside a trigger is neither
        found = [(a, b) for a, b in found if (ur[a] not in classes.target or ur[b] not in classes.trigger)]
        divided = [(a, b) for a, b in found if EDGE in ur[min(a, b) : max(a, b)]]
        if len(divided) == 1:
            found = divided
    if len(found) == 1:
        return found[0]
    word = "/" + " ".join(ur) + "/"
    if not found:
        raise NoPlaceError(
            f"{word} has no place for {process}: no target ({' '.join(classes.target + classes.control_target)}) "
            f"with a trigger ({' '.join(classes.trigger + classes.control_trigger)}) on its {classes.side}"
        )
    places = ", ".join(f"{'∅' if a is None else ur[a]} at {b if a is None else a}" for a, b in found)
    raise InputError(
        f"{word} has {len(found)} {what}s for {process} ({places}, counted from 0); "
        "give target_index and trigger_index to say which is meant"
    )


def _changes(grammar: Grammar, process: str, include: Collection[str]):
    """(side, what may stand between) -> target -> its triggers; and the first such geometry."""
    one = grammar.process(process)
    if one.optional and process not in include:
        raise InputError(f"process {process!r} is optional; ask for it with --with {process}")
    changes: dict[tuple, dict[str, set[str]]] = {}
    for rule in one.rules:
        run = compiled(rule, grammar.inventory, one.trigger)
        for segment, outcome, triggers, between in run.conditions():
            if outcome != segment and triggers:
                changes.setdefault((run.side, between), {}).setdefault(segment, set()).update(triggers)
    if not changes:
        raise InputError(
            f"process {process!r} has no trigger segment: a word edge alone conditions it, and attention to a trigger "
            "cannot be tested"
        )
    return changes, *next(iter(changes))


def _meeting(grammar: Grammar, side: str, between: frozenset[str] | None) -> Callable[[str, str], bool]:
    """Whether a target and a trigger can stand beside each other in the grammar's syllables."""
    neighbors = Phonotactics(grammar).neighbors

    def meet(target: str, trigger: str) -> bool:
        # at a distance, or with nothing said about syllables, anything may; an insertion has no target to ask about
        if between is not None or not neighbors or not target:
            return True
        return ((target, trigger) if side == "right" else (trigger, target)) in neighbors

    return meet


def _shared(grammar: Grammar, triggers_of: dict[str, set[str]]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The targets and triggers of which every combination is a change, as many as there are."""
    best: tuple[list[str], set[str]] = ([], set())
    for segment in ["", *grammar.inventory]:
        triggers = triggers_of.get(segment, set())
        targets = [t for t in ["", *grammar.inventory] if triggers and triggers <= triggers_of.get(t, set())]
        if len(targets) * len(triggers) > len(best[0]) * len(best[1]):
            best = targets, triggers
    return tuple(t for t in best[0] if t), tuple(s for s in grammar.inventory if s in best[1])


def _controls(
    grammar: Grammar,
    process: str,
    role: str,
    members: Sequence[str],
    named: Sequence[str] | None,
    fits: Sequence[str],
    outside: Collection[str],
) -> tuple[str, ...]:
    """Those that the grammar names, else those that fit; ``outside`` those that undergo or trigger the process."""
    does = "undergoes" if role == "target" else "triggers"
    if wrong := [segment for segment in named or () if segment in outside]:
        raise InputError(f"[controls.{process}] {role}: {wrong[0]!r} {does} the process and cannot be a control")
    found = tuple(named or (segment for segment in fits if segment not in outside))
    if members and not found:
        raise InputError(
            f"process {process!r}: no control for the {role} {' '.join(members)}: every segment of its major class "
            f"and position {does} the process itself; name some under [controls.{process}] {role} = [...]"
        )
    return found


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


def _beside(ur: Sequence[str], at: int, classes: Classes) -> int | None:
    """The position of the trigger-class segment that belongs to a segment of the target classes."""
    if not classes.target_class(ur[at]):
        return None
    step = 1 if classes.regressive else -1
    near = at + step
    while 0 <= near < len(ur):
        if ur[near] != EDGE:
            if classes.trigger_class(ur[near]):
                return near
            if classes.between is None or ur[near] not in classes.between:
                return None
        near += step
    return None
