"""Rules compiled for one inventory: natural classes become sets, agreement and parentheses become variants."""

from __future__ import annotations

import contextlib
import functools
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ..errors import InputError
from .form import Form
from .natural_classes import Inventory
from .notation import MOST_READINGS, Item, Rule, spelled_out, unknown_segment
from .transcription import WORD_EDGE

_Sides = tuple[tuple[Item, ...], tuple[Item, ...]]


@dataclass(frozen=True)
class Place:
    """One place of an environment.

    Attributes:
        segments: those that it admits.
        word_edge: the edge of a word satisfies it.
        morpheme_edge: that of a morpheme does.
        repeated: any number of the segments may stand there.
        syllable_edge: the boundary of a syllable satisfies it.
        optional: it came out of parentheses.
    """

    segments: frozenset[str]
    word_edge: bool = False
    morpheme_edge: bool = False
    repeated: bool = False
    syllable_edge: bool = False
    optional: bool = False

    @property
    def passed(self) -> bool:
        """May it stand between target and trigger, and is no trigger itself?"""
        return self.repeated or self.optional


@dataclass(frozen=True)
class Match:
    """A rule met.

    Attributes:
        outcome: what the target becomes; in metathesis, what stands in its place afterwards.
        trigger: index of the segment that conditions it, None where an edge does, or nothing.
        adjacent: nothing may stand between target and trigger.
        edge: the side of the trigger ends with the word edge that the rule asked for.
        boundary: the side of the trigger has the syllable boundary that the rule asked for.
    """

    outcome: str
    trigger: int | None
    adjacent: bool
    edge: bool
    boundary: bool = False


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
            raise InputError(unknown_segment(item.symbol, inventory.segments))
        return Place(frozenset([item.symbol]), repeated=item.repeated, optional=item.optional)
    if item.kind == "features":
        return Place(inventory.matching(item.bundle), repeated=item.repeated, optional=item.optional)
    options = [place(option, inventory) for option in item.options]
    return Place(
        frozenset().union(*(o.segments for o in options)),
        item.kind == "word edge" or any(o.word_edge for o in options),
        item.kind == "morpheme edge" or any(o.morpheme_edge for o in options),
        item.repeated,
        item.kind == "syllable edge" or any(o.syllable_edge for o in options),
        item.optional,
    )


def sequences(items: Sequence[Item], inventory: Inventory) -> list[tuple[Place, ...]]:
    """All that a sequence of items abbreviates, as places, the longest first."""
    return [
        tuple(place(_fixed(item, held), inventory) for item in some)
        for some in spelled_out(items)
        for held in _held(some, inventory)
    ]


def starts(places: tuple[Place, ...], form: Form) -> Sequence[int]:
    """Where `match_places` to the right may find them: of places that begin with a segment, where one of these is."""
    first = places[0] if places else None
    if first is None or first.repeated or first.word_edge or first.morpheme_edge or first.syllable_edge:
        return range(len(form.segments) + 1)
    return positions(first.segments, form)


def positions(segments: frozenset[str], form: Form) -> Sequence[int]:
    """Indices of these segments in a form."""
    if segments.isdisjoint(form.segments):  # of most rules, and ten times as quick as to look at each
        return ()
    return [at for at, segment in enumerate(form.segments) if segment in segments]


def match_places(
    places: tuple[Place, ...], form: Form, at: int, step: int, failed: set[tuple[int, int]] | None = None
) -> list[int | None] | None:
    """Match places outwards from segment ``at`` (included), to the right (step 1) or to the left (step -1).

    Repeated places take as little as they can, so that what stands beyond them is the nearest.

    Args:
        failed: how many places are left, and where, without a match: what several repeated places come to in many ways
            is tried once.

    Returns:
        For each place the index of the (first) segment it took, None where it took none; None without a match.
    """
    if not places:
        return []
    here, rest = places[0], places[1:]
    end = len(form.segments) if step > 0 else -1
    if here.repeated:
        return _match_repeated(here, rest, form, at, step, set() if failed is None else failed)
    gap = at if step > 0 else at + 1
    if (
        (here.word_edge and at == end)
        or (here.morpheme_edge and gap in form.edges)
        or (here.syllable_edge and (at == end or gap in form.breaks))
    ) and (found := match_places(rest, form, at, step, failed)) is not None:
        return [None, *found]
    if at != end and form.segments[at] in here.segments:
        found = match_places(rest, form, at + step, step, failed)
        if found is not None:
            return [at, *found]
    return None


def _match_repeated(
    here: Place, rest: tuple[Place, ...], form: Form, first: int, step: int, failed: set[tuple[int, int]]
) -> list[int | None] | None:
    """As `match_places`, where the first place is repeated."""
    left, end = len(rest), len(form.segments) if step > 0 else -1
    at = first
    while (left + 1, at) not in failed:
        found = match_places(rest, form, at, step, failed)
        if found is not None:
            return [None if at == first else first, *found]
        failed.add((left + 1, at))
        if at == end or form.segments[at] not in here.segments:
            break
        at += step
    return None


class _Variant:
    """A rule without parentheses, every variable with a value and every index with a segment."""

    def __init__(self, rule: Rule, sides: _Sides, values: dict[str, str], held: dict[str, str], inventory: Inventory):
        def bound(item: Item | None) -> Item | None:
            return item and _fixed(item, held).with_values(values)

        def places(items: Sequence[Item]) -> tuple[Place, ...]:
            return tuple(place(bound(item), inventory) for item in items)

        target, self.outcome = bound(rule.target), bound(rule.outcome)
        self.target = target and place(target, inventory).segments
        self.pairs = {}
        if target and self.outcome and self.outcome.kind == "any":
            self.pairs = {t.symbol: o.symbol for t, o in zip(target.options, self.outcome.options, strict=True)}
        if self.outcome:
            place(self.outcome, inventory)  # names an unknown segment
        # outwards from the target: the left side is read backwards; what it changes places with stands on the right
        self.left, self.right = places(sides[0][::-1]), places((*rule.moved, *sides[1]))

    def named(self, segment: str) -> str:
        """What a segment becomes where the rule writes it out; "" where it is deleted."""
        if self.outcome is None:
            return ""
        return self.pairs[segment] if self.outcome.kind == "any" else self.outcome.symbol

    def others(self, order: tuple[int, ...]) -> frozenset[str]:
        """In metathesis, what may come to stand in the target's place."""
        return self.right[order[0] - 1].segments


class CompiledRule:
    """One rule for one inventory; see `compiled`."""

    def __init__(self, rule: Rule, inventory: Inventory, trigger_side: str | None):
        self.inventory, self.given_side = inventory, trigger_side
        self.order = rule.order
        self.inserts = rule.target is None
        self.deletes = rule.outcome is None and not rule.order
        # between stem and suffix a segment is inserted on the side of the edge that the rule does not mention it on
        self.inserts_before_edge = any(i.mentions("morpheme edge") for i in rule.right)
        self.asks_syllables = any(item.mentions("syllable edge") for item in rule.items())
        self.unseen = inventory.transparent - {symbol for item in rule.items() for symbol in item.segments()}
        readings = list(itertools.product(spelled_out(rule.left), spelled_out(rule.right)))
        readings.sort(key=lambda sides: -len(sides[0]) - len(sides[1]))
        every = (variant for sides in readings for variant in _variants(rule, sides, inventory))
        self.variants = list(itertools.islice(every, MOST_READINGS + 1))
        if len(self.variants) > MOST_READINGS:
            raise InputError(f"“{rule.text}” stands for more than {MOST_READINGS} rules; write it as several")
        self.targets = frozenset().union(*(v.target or () for v in self.variants))
        self._of_target = {
            segment: [(n, v) for n, v in enumerate(self.variants) if self.inserts or segment in v.target]
            for segment in ([""] if self.inserts else self.targets)
        }
        left, right = (any(_triggers(v[side]) for v in map(vars, self.variants)) for side in ("left", "right"))
        left = left or (any(v.left for v in self.variants) and not any(v.right for v in self.variants))  # `# _`
        self.side = "right" if self.order else trigger_side or ("left" if left and not right else "right")
        self._outcomes: dict[tuple[int, str], str] = {}

    def places(self, form: Form) -> Sequence[int]:
        """Indices at which the rule may be met: of segments, or of the gaps before them for insertion."""
        if self.inserts:
            return range(len(form.segments) + 1)
        return positions(self.targets, form)

    def match(self, form: Form, at: int) -> Match | None:
        """The rule at one place of a form, or None where it is not met; of several readings the longest."""
        segment = "" if self.inserts else form.segments[at]
        for number, variant in self._of_target.get(segment, ()):
            left = match_places(variant.left, form, at - 1, -1)
            if left is None:
                continue
            right = match_places(variant.right, form, at if self.inserts else at + 1, 1)
            if right is None:
                continue
            places, taken = (variant.left, left) if self.side == "left" else (variant.right, right)
            edge = any(p.word_edge and index is None for p, index in zip(places, taken, strict=True))
            if self.order:
                return Match(form.segments[at + self.order[0]], at + self.order[0], True, edge)
            boundary = any(p.syllable_edge and index is None for p, index in zip(places, taken, strict=True))
            return Match(self._outcome(number, segment), *_nearest_trigger(places, taken), edge, boundary)
        return None

    def possible_outcomes(self, segment: str) -> set[str]:
        """What the rule would make of a segment if its environment were met; "" stands for a deletion.

        A segment that the grammar leaves open (see `Inventory.change`) has no such outcome.
        """
        outcomes = set()
        for number, variant in enumerate(self.variants):
            if self.inserts or segment in variant.target:
                with contextlib.suppress(InputError):
                    outcomes |= variant.others(self.order) if self.order else {self._outcome(number, segment)}
        return outcomes

    def conditions(self) -> Iterator[Condition]:
        """What becomes what, and next to what, variant by variant.

        Where a part of the environment is optional, it may stand between: the readings without it say no more.
        """
        said: dict[tuple, list[frozenset[str]]] = {}
        for one in self._conditions():
            before = said.setdefault((one.target, one.outcome, one.triggers, one.side), [])
            if not any((one.between or frozenset()) <= between for between in before):
                yield one
                before += [one.between] if one.between is not None else []

    def _conditions(self) -> Iterator[Condition]:
        for number, variant in enumerate(self.variants):
            side = self.side
            if self.inserts and not self.given_side:  # the gap has no target: the right side conditions it, if it can
                side = "right" if variant.right else "left"
            elif not variant.right and not _triggers(variant.left):
                side = "left"
            here, there = (variant.left, variant.right) if side == "left" else (variant.right, variant.left)
            triggers, between = _beside(here)
            targets = variant.target or frozenset()
            if self.order:
                _, between = _beside(tuple(replace(p, optional=True) for p in variant.right[: self.order[0] - 1]))
                for one, other in itertools.product(targets, variant.others(self.order)):
                    yield Condition(one, other, frozenset([other]), between, "right", False)
                continue
            if self.inserts:
                neighbors, apart = _beside(there)
                targets = neighbors - {WORD_EDGE} if apart is None else frozenset()
            for segment in targets or ([""] if self.inserts else []):
                with contextlib.suppress(InputError):
                    outcome = self._outcome(number, "" if self.inserts else segment)
                    yield Condition(segment, outcome, triggers, between, side, self.inserts)

    def _outcome(self, number: int, segment: str) -> str:
        variant = self.variants[number]
        if variant.outcome is None or variant.outcome.kind != "features":
            return variant.named(segment)
        if (number, segment) not in self._outcomes:
            self._outcomes[number, segment] = self.inventory.change(segment, variant.outcome.bundle)
        return self._outcomes[number, segment]


@functools.lru_cache(maxsize=1024)
def compiled(rule: Rule, inventory: Inventory, trigger_side: str | None) -> CompiledRule:
    """The rule made ready for an inventory (both are compared by identity), once."""
    return CompiledRule(rule, inventory, trigger_side)


def _variants(rule: Rule, sides: _Sides, inventory: Inventory) -> Iterator[_Variant]:
    """One of the rules that a rule abbreviates, with every choice of values and of segments for its indices."""
    items = [item for item in (rule.target, *rule.moved, *sides[0], *sides[1]) if item]
    names = sorted(set().union(*(item.variables() for item in items)))
    for values in (dict(zip(names, some, strict=True)) for some in itertools.product("+-", repeat=len(names))):
        for held in _held([item.with_values(values) for item in items], inventory, rule.outcome):
            yield _Variant(rule, sides, values, held, inventory)


def _held(items: Sequence[Item], inventory: Inventory, outcome: Item | None = None) -> Iterator[dict[str, str]]:
    """Every choice of segments for the indices that more than one place has."""
    every = [item.index for item in (*items, outcome) if item and item.index]
    admitted = {
        index: frozenset.intersection(*(place(item, inventory).segments for item in items if item.index == index))
        for index in sorted(set(every))
        if every.count(index) > 1
    }
    for some in itertools.product(*([s for s in inventory if s in segments] for segments in admitted.values())):
        yield dict(zip(admitted, some, strict=True))


def _fixed(item: Item, held: dict[str, str]) -> Item:
    """A place with the segment that its index holds."""
    if item.index not in held:
        return item
    return Item("segment", held[item.index], repeated=item.repeated, optional=item.optional)


def _triggers(places: tuple[Place, ...]) -> bool:
    return any(p.segments and not p.passed for p in places)


def _beside(places: tuple[Place, ...]) -> tuple[frozenset[str], frozenset[str] | None]:
    """What the first place outwards that is always there admits, ``#`` among it; and what may stand before it."""
    between = None
    for one in places:
        if one.passed:
            between = (between or frozenset()) | one.segments
        elif one.segments or one.word_edge:
            return one.segments | ({WORD_EDGE} if one.word_edge else frozenset()), between
    return frozenset(), between


def _nearest_trigger(places: tuple[Place, ...], taken: list[int | None]) -> tuple[int | None, bool]:
    """The first segment outwards that a place always and once there took; and whether no other place is before it."""
    adjacent = True
    for one, index in zip(places, taken, strict=True):
        if one.passed:
            adjacent = False
        elif index is not None:
            return index, adjacent
    return None, adjacent
