"""Rules compiled for one inventory (natural classes become sets, agreement becomes variants), and forms they match."""

from __future__ import annotations

import contextlib
import functools
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ..errors import InputError
from .natural_classes import Inventory
from .notation import Item, Rule
from .transcription import EDGE, WORD_EDGE


@dataclass(frozen=True)
class Form:
    """A form on its way from UR to SR.

    Attributes:
        segments: its segments, without morpheme edges.
        edges: n stands for a morpheme edge before segment n.
        origins: for each segment its position in the UR as given (edges counted where given), None if inserted.
        changed_by: for each segment the process that last changed it, None if it is underlying.
        deleted: UR position and process of each segment deleted so far.
    """

    segments: tuple[str, ...]
    edges: frozenset[int]
    origins: tuple[int | None, ...]
    changed_by: tuple[str | None, ...]
    deleted: tuple[tuple[int, str], ...] = ()

    @classmethod
    def underlying(cls, ur: Sequence[str]) -> Form:
        """The UR itself; ``+`` among its symbols is a morpheme edge."""
        segments, edges, origins = [], set(), []
        for position, symbol in enumerate(ur):
            if symbol == EDGE:
                edges.add(len(segments))
            else:
                segments.append(symbol)
                origins.append(position)
        return cls(tuple(segments), frozenset(edges), tuple(origins), (None,) * len(segments))

    def changed(self, at: int, outcome: str, process: str) -> Form:
        """With segment ``at`` replaced by another."""
        segments, changed_by = list(self.segments), list(self.changed_by)
        segments[at], changed_by[at] = outcome, process
        return replace(self, segments=tuple(segments), changed_by=tuple(changed_by))

    def without(self, at: int, process: str) -> Form:
        """With segment ``at`` deleted; an edge beside it stays."""
        origin = self.origins[at]
        return Form(
            self.segments[:at] + self.segments[at + 1 :],
            frozenset(e - (e > at) for e in self.edges),
            self.origins[:at] + self.origins[at + 1 :],
            self.changed_by[:at] + self.changed_by[at + 1 :],
            self.deleted if origin is None else (*self.deleted, (origin, process)),
        )

    def inserted(self, at: int, segment: str, process: str, before_edge: bool) -> Form:
        """With a segment inserted before segment ``at``; at a morpheme edge, on the side asked for."""
        return Form(
            (*self.segments[:at], segment, *self.segments[at:]),
            frozenset(e + (e > at or (e == at and before_edge)) for e in self.edges),
            (*self.origins[:at], None, *self.origins[at:]),
            (*self.changed_by[:at], process, *self.changed_by[at:]),
            self.deleted,
        )


@dataclass(frozen=True)
class Place:
    """One place of an environment: the segments it admits, the edges it is satisfied by, and whether it repeats."""

    segments: frozenset[str]
    word_edge: bool = False
    morpheme_edge: bool = False
    repeated: bool = False


@dataclass(frozen=True)
class Match:
    """A rule met.

    Attributes:
        outcome: what the target becomes.
        trigger: index of the segment that conditions it, None where a word edge does, or nothing.
        adjacent: nothing may stand between target and trigger.
        edge: the side of the trigger ends with the word edge that the rule asked for.
    """

    outcome: str
    trigger: int | None
    adjacent: bool
    edge: bool


@dataclass(frozen=True)
class Condition:
    """What a rule makes of one segment, and next to what.

    Attributes:
        target: the segment that changes; of an insertion one that stands on the other side of the gap, "" where none
            need stand there.
        outcome: what it becomes, "" for deletion; of an insertion what is inserted.
        triggers: the segments of the trigger's place, ``#`` for the word edge; none where no place conditions it.
        between: what may stand between target and trigger, None where nothing may.
        side: of the target on which the trigger stands, ``left`` or ``right``.
        inserts: the rule inserts.
    """

    target: str
    outcome: str
    triggers: frozenset[str]
    between: frozenset[str] | None
    side: str
    inserts: bool


def place(item: Item, inventory: Inventory) -> Place:
    """An item of the notation as a place, for one inventory."""
    if item.kind == "segment":
        if item.symbol not in inventory:
            raise InputError(
                f"{item.symbol!r} in a rule is not in the inventory (segments are separated by blanks), which has: "
                f"{' '.join(inventory)}"
            )
        return Place(frozenset([item.symbol]), repeated=item.repeated)
    if item.kind == "features":
        return Place(inventory.matching(item.bundle), repeated=item.repeated)
    if item.kind == "any":
        options = [place(option, inventory) for option in item.options]
        return Place(
            frozenset().union(*(o.segments for o in options)),
            any(o.word_edge for o in options),
            any(o.morpheme_edge for o in options),
            item.repeated,
        )
    return Place(frozenset(), item.kind == "word edge", item.kind == "morpheme edge", item.repeated)


def match_places(places: tuple[Place, ...], form: Form, at: int, step: int) -> list[int | None] | None:
    """Match places outwards from segment ``at`` (included), to the right (step 1) or to the left (step -1).

    Repeated places take as little as they can, so that what stands beyond them is the nearest.

    Returns:
        For each place the index of the (first) segment it took, None where it took none; None without a match.
    """
    if not places:
        return []
    here, rest = places[0], places[1:]
    at_word_edge = at == len(form.segments) if step > 0 else at == -1
    at_morpheme_edge = (at if step > 0 else at + 1) in form.edges
    if (here.repeated or (here.word_edge and at_word_edge) or (here.morpheme_edge and at_morpheme_edge)) and (
        found := match_places(rest, form, at, step)
    ) is not None:
        return [None, *found]
    if not at_word_edge and form.segments[at] in here.segments:
        # a repeated place stays in front of the next segment
        found = match_places(places if here.repeated else rest, form, at + step, step)
        if found is not None:
            return [at, *found[1:]] if here.repeated else [at, *found]
    return None


class _Variant:
    """A rule with every variable given a value."""

    def __init__(self, rule: Rule, values: dict[str, str], inventory: Inventory):
        def bound(item: Item | None) -> Item | None:
            return item and item.with_values(values)

        target, self.outcome = bound(rule.target), bound(rule.outcome)
        self.target = target and place(target, inventory).segments
        self.pairs = {}
        if target and self.outcome and self.outcome.kind == "any":
            self.pairs = {t.symbol: o.symbol for t, o in zip(target.options, self.outcome.options, strict=True)}
        if self.outcome:
            place(self.outcome, inventory)  # names an unknown segment
        # outwards from the target: the left side is read backwards
        self.left = tuple(place(bound(item), inventory) for item in reversed(rule.left))
        self.right = tuple(place(bound(item), inventory) for item in rule.right)


class CompiledRule:
    """One rule for one inventory; see `compiled`."""

    def __init__(self, rule: Rule, inventory: Inventory, trigger_side: str | None):
        self.inventory, self.given_side = inventory, trigger_side
        self.inserts, self.deletes = rule.target is None, rule.outcome is None
        # between stem and suffix a segment is inserted on the side of the edge that the rule does not mention it on
        self.inserts_before_edge = any(i.kind == "morpheme edge" for i in rule.right)
        variables = set().union(*(i.variables() for i in (rule.target, *rule.left, *rule.right) if i))
        names = sorted(variables)
        self.variants = [
            _Variant(rule, dict(zip(names, values, strict=True)), inventory)
            for values in itertools.product("+-", repeat=len(names))
        ]
        self.targets = frozenset().union(*(v.target or () for v in self.variants))
        first = self.variants[0]
        self.side = trigger_side or ("left" if _triggers(first.left) and not _triggers(first.right) else "right")
        self._outcomes: dict[tuple[int, str], str] = {}

    def places(self, form: Form) -> Sequence[int]:
        """Indices at which the rule may be met: of segments, or of the gaps before them for insertion."""
        if self.inserts:
            return range(len(form.segments) + 1)
        return [at for at, segment in enumerate(form.segments) if segment in self.targets]

    def match(self, form: Form, at: int) -> Match | None:
        """The rule at one place of a form, or None where it is not met."""
        for number, variant in enumerate(self.variants):
            if not self.inserts and form.segments[at] not in variant.target:
                continue
            left = match_places(variant.left, form, at - 1, -1)
            if left is None:
                continue
            right = match_places(variant.right, form, at if self.inserts else at + 1, 1)
            if right is None:
                continue
            places, taken = (variant.left, left) if self.side == "left" else (variant.right, right)
            outcome = self._outcome(number, "" if self.inserts else form.segments[at])
            trigger, adjacent = _nearest_trigger(places, taken)
            edge = any(p.word_edge and index is None for p, index in zip(places, taken, strict=True))
            return Match(outcome, trigger, adjacent, edge)
        return None

    def possible_outcomes(self, segment: str) -> set[str]:
        """What the rule would make of a segment if its environment were met; "" stands for a deletion.

        A segment that the grammar leaves open (see `Inventory.change`) has no such outcome.
        """
        outcomes = set()
        for number, variant in enumerate(self.variants):
            if self.inserts or segment in variant.target:
                with contextlib.suppress(InputError):
                    outcomes.add(self._outcome(number, segment))
        return outcomes

    def conditions(self) -> Iterator[Condition]:
        """What becomes what, and next to what, variant by variant."""
        for number, variant in enumerate(self.variants):
            side = self.side
            if self.inserts and not self.given_side:  # the gap has no target: the right side conditions it, if it can
                side = "right" if variant.right else "left"
            elif not variant.right and not _triggers(variant.left):
                side = "left"
            here, there = (variant.left, variant.right) if side == "left" else (variant.right, variant.left)
            triggers, between = _beside(here)
            targets = variant.target or frozenset()
            if self.inserts:
                neighbors, apart = _beside(there)
                targets = neighbors - {WORD_EDGE} if apart is None else frozenset()
            for segment in targets or ([""] if self.inserts else []):
                with contextlib.suppress(InputError):
                    outcome = self._outcome(number, "" if self.inserts else segment)
                    yield Condition(segment, outcome, triggers, between, side, self.inserts)

    def _outcome(self, number: int, segment: str) -> str:
        variant = self.variants[number]
        if variant.outcome is None:
            return ""
        if (number, segment) not in self._outcomes:
            if variant.outcome.kind == "segment":
                outcome = variant.outcome.symbol
            elif variant.outcome.kind == "any":
                outcome = variant.pairs[segment]
            else:
                outcome = self.inventory.change(segment, variant.outcome.bundle)
            self._outcomes[number, segment] = outcome
        return self._outcomes[number, segment]


@functools.lru_cache(maxsize=1024)
def compiled(rule: Rule, inventory: Inventory, trigger_side: str | None) -> CompiledRule:
    """The rule made ready for an inventory (both are compared by identity), once."""
    return CompiledRule(rule, inventory, trigger_side)


def _triggers(places: tuple[Place, ...]) -> bool:
    return any(p.segments and not p.repeated for p in places)


def _beside(places: tuple[Place, ...]) -> tuple[frozenset[str], frozenset[str] | None]:
    """What the first place outwards without ``*`` admits, ``#`` among it; and what may stand before it."""
    between = None
    for one in places:
        if one.repeated:
            between = (between or frozenset()) | one.segments
        elif one.segments or one.word_edge:
            return one.segments | ({WORD_EDGE} if one.word_edge else frozenset()), between
    return frozenset(), between


def _nearest_trigger(places: tuple[Place, ...], taken: list[int | None]) -> tuple[int | None, bool]:
    """The first segment outwards that a place without ``*`` took; and whether no repeated place stands before it."""
    adjacent = True
    for one, index in zip(places, taken, strict=True):
        if one.repeated:
            adjacent = False
        elif index is not None:
            return index, adjacent
    return None, adjacent
