"""Stems and suffixes of a design: drawn from syllables around the segment that matters, joined to checked words."""

from __future__ import annotations

import itertools
import random
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from ..phonology.grammar import Grammar
from ..phonology.phonotactics.syllables import Phonotactics
from ..phonology.transcription import EDGE, WORD_EDGE
from .classes import Classes
from .conditions import applies_at
from .interference import touches, variable_too, where
from .items import Item


@dataclass(frozen=True)
class Unit:
    """A stem or a suffix.

    Attributes:
        segments: its segments; none for the end of the word in a suffix's place.
        at: position in them of the segment that is target or trigger.
        cls: that segment's class: ``T``, ``C``, ``R`` or ``N``.
        name: what tables call it.
    """

    segments: tuple[str, ...]
    at: int
    cls: str
    name: str

    @property
    def key(self) -> str:
        """The segment that is target or trigger; ``#`` for the end of the word."""
        return self.segments[self.at] if self.segments else WORD_EDGE

    @property
    def frame(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """What stands around it."""
        return self.segments[: self.at], self.segments[self.at + 1 :]


class Joint:
    """How the stems and suffixes of one process come together.

    Args:
        grammar: derives the words.
        process: the one studied.
        classes: of its segments.
        include: optional processes that apply.
        edge: a morpheme edge stands between stem and suffix.
    """

    def __init__(
        self, grammar: Grammar, process: str, classes: Classes, include: Collection[str] = (), edge: bool = False
    ):
        self.grammar, self.process, self.classes = grammar, process, classes
        self.include, self.edge = tuple(include), edge
        self.phonotactics = Phonotactics(grammar)

    def key_position(self, segments: Sequence[str], stem: bool) -> int | None:
        """Where the segment that matters stands: in a stem the last one of any class, in a suffix the first.

        None if something else stands between it and the other part than what may.
        """
        inwards = range(len(segments) - 1, -1, -1) if stem else range(len(segments))
        for at in inwards:
            if segments[at] == EDGE or segments[at] in self.grammar.inventory.transparent:
                continue
            if self.cls(segments[at], stem):
                return at
            between = self.classes.between
            if between is None or segments[at] not in between or segments[at] in self.classes.all:
                return None
        return None

    def cls(self, segment: str, stem: bool) -> str:
        """The class of a segment in a stem's or a suffix's place; empty for none."""
        carries_target = stem == self.classes.regressive
        return self.classes.target_class(segment) if carries_target else self.classes.trigger_class(segment)

    def keys(self, stem: bool) -> dict[str, str]:
        """The segments that may matter in stems or suffixes, with their classes, those of T or R first."""
        sides = self.classes
        if stem == sides.regressive:
            return dict.fromkeys(sides.target, "T") | dict.fromkeys(sides.control_target, "C")
        return dict.fromkeys(sides.trigger, "R") | dict.fromkeys(sides.control_trigger, "N")

    def kind(self, key: str) -> str:
        """Consonant, glide, vowel, or the end of the word."""
        return self.phonotactics.shape([key])

    def alike(self, one: Unit, other: Unit) -> bool:
        """Have two stems, or suffixes, one shape? Where the segments that matter are of different kinds, what is around
        them has: -tan and -an.
        """
        if self.kind(one.key) == self.kind(other.key):
            return self.phonotactics.shape(one.segments) == self.phonotactics.shape(other.segments)
        return self._rest(one) == self._rest(other)

    def _rest(self, unit: Unit) -> str:
        """The shape, without the segment that matters unless it is a vowel."""
        before, behind = unit.frame
        kept = (unit.key,) if self.kind(unit.key) == "V" else ()
        return self.phonotactics.shape((*before, *kept, *behind))

    def join(self, stem: Unit, suffix: Unit) -> Item:
        """The word of a stem and a suffix, not yet `finished`."""
        edge = (EDGE,) * bool(self.edge and suffix.segments)
        ur = stem.segments + edge + suffix.segments
        positions = stem.at, len(stem.segments) + len(edge) + suffix.at
        target, trigger = positions if self.classes.regressive else positions[::-1]
        classes = (stem.cls, suffix.cls) if self.classes.regressive else (suffix.cls, stem.cls)
        return Item("", ur, (), *classes, target, trigger, stem.name, suffix.name)

    def finished(self, item: Item, name: str) -> Item:
        """The word with its id and its SR."""
        return replace(item, id=name, sr=self.grammar.derive(item.ur, self.include).surface)

    def reason(self, item: Item) -> str | None:
        """Why a nonce word will not do: it is not legal, or a process applies in it, in TR another than the studied."""
        if self.phonotactics.forbids(item.ur):
            return "a sequence that the grammar forbids"
        derivation = self.grammar.derive(item.ur, self.include)
        every = touches(derivation, -1, len(item.ur))
        if item.cell != "TR":
            return str(every[0]) if every else None
        place = item.target_index, item.trigger_index
        own = [touch for touch in every if touch.process == self.process and touch.position in (None, *place)]
        if not any(applies_at(site, derivation, *place) for site in derivation.changes(self.process)):
            return f"{self.process} does not apply {where(item.ur, *place)}"
        if why := variable_too(self.grammar, self.process, item.ur, self.include):
            return why
        inserted = [touch for touch in own if touch.position is None]
        other = [*(touch for touch in every if touch not in own), *inserted[1:]]
        return str(other[0]) if other else None


class Drawer:
    """Draws stems and suffixes with a given segment in the place that matters, from syllables.

    Args:
        joint: whose place that is.
        rng: what draws.
        carriers: syllables that stems are built from; None: the grammar's, with their weights.
    """

    def __init__(self, joint: Joint, rng: random.Random, carriers: Sequence[tuple[str, ...]] | None = None):
        self.joint, self.rng, self.carriers = joint, rng, list(carriers or ())
        every = joint.phonotactics.every_syllable()
        self._ends: dict[bool, dict[str, tuple[list[tuple[str, ...]], list[float]]]] = {}
        for stem in (True, False):
            carried = self.carriers and (stem or not every)
            syllables = self._carried(stem) if carried else every.items()
            self._ends[stem] = self._by_key(syllables, stem)
        if every:  # a suffix may begin with a vowel where no syllable does: a consonant before it becomes its onset
            bare = self._by_key(joint.phonotactics.every_rhyme().items(), False)
            self._ends[False] = bare | self._ends[False]

    def keys(self, stem: bool) -> list[str]:
        """The segments for which there are syllables, and the end of the word."""
        return [key for key in self.joint.keys(stem) if key in self._ends[stem] or key == WORD_EDGE]

    def draw(self, key: str, stem: bool, syllables: int) -> Unit:
        """A stem whose last syllable, or a suffix whose first, has that segment in its place; nothing for ``#``."""
        if key == WORD_EDGE:
            return Unit((), 0, self.joint.cls(key, stem), WORD_EDGE)
        choices, cumulated = self._ends[stem][key]
        end = self.rng.choices(choices, cum_weights=cumulated)[0]
        others = [self._syllable(stem) for _ in range(syllables - 1)]
        segments = tuple(itertools.chain(*others, end) if stem else itertools.chain(end, *others))
        at = self.joint.key_position(segments, stem)
        return Unit(segments, at, self.joint.cls(key, stem), " ".join(segments))

    def _syllable(self, stem: bool) -> Sequence[str]:
        if self.carriers and (stem or not self.joint.phonotactics.has_syllables):
            return self.rng.choice(self.carriers)
        return self.joint.phonotactics.draw(self.rng)

    def _by_key(self, syllables: Iterable[tuple[tuple[str, ...], float]], stem: bool):
        found: dict[str, dict[tuple[str, ...], float]] = {}
        for segments, weight in syllables:
            at = self.joint.key_position(segments, stem)
            if at is not None:
                found.setdefault(segments[at], {})[segments] = weight
        return {key: (list(some), list(itertools.accumulate(some.values()))) for key, some in found.items()}

    def _carried(self, stem: bool) -> Iterable[tuple[tuple[str, ...], float]]:
        """Carriers with each segment that matters put into its place: for another of its kind, or beside it."""
        sounds = self.joint.phonotactics
        for carrier, key in itertools.product(self.carriers, self.joint.keys(stem)):
            alike = [at for at, segment in enumerate(carrier) if sounds.shape([segment]) == sounds.shape([key])]
            if self.joint.classes.between is None:  # beside the other part, and nowhere else
                alike = [at for at in alike if at == (len(carrier) - 1 if stem else 0)]
            made = (*carrier, key) if stem else (key, *carrier)
            if alike:
                at = alike[-1 if stem else 0]
                made = (*carrier[:at], key, *carrier[at + 1 :])
            if sounds.syllabifies(made) or not sounds.syllabifies(carrier):
                yield made, 1.0
