"""Stems and suffixes of a design: drawn from syllables around the segment that matters, joined to checked words; and
the segments that go together in nonce words in which no other process applies.
"""

from __future__ import annotations

import itertools
import random
from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tqdm import tqdm

from ..errors import InputError
from ..phonology.grammar import Grammar
from ..phonology.phonotactics import Phonotactics
from ..phonology.transcription import EDGE, WORD_EDGE
from .classes import Classes
from .conditions import applies_at
from .interference import touches, where
from .items import CELLS, Item

_DRAWS = 30  # words in which two segments may show that they go together
_SHOWN = 4  # reasons in a message
_PROBES = 3  # stems kept for each segment


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
            if segments[at] == EDGE:
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


@dataclass(frozen=True)
class CleanSegments:
    """Segments of which every combination has clean words.

    Attributes:
        stems, suffixes: the segments that matter in them, with their classes.
        probes: for each segment of the stems, some stems that have clean words.
        excluded: the segments that were left out, and why.
    """

    stems: dict[str, str]
    suffixes: dict[str, str]
    probes: dict[str, list[Unit]]
    excluded: list[tuple[str, str]]

    def partners(self, stem: bool, kind: Callable[[str], str]) -> dict[str, list[str]]:
        """For each segment of T or R its controls of the same kind (consonant, glide, vowel), so that shapes match;
        where no control is of the kind of any of them, all controls.
        """
        units = self.stems if stem else self.suffixes
        controls = [key for key, cls in units.items() if cls in "CN"]
        keys = [key for key, cls in units.items() if cls in "TR"]
        found = {key: [control for control in controls if kind(control) == kind(key)] for key in keys}
        if not any(found.values()):
            return dict.fromkeys(keys, controls)
        return {key: some for key, some in found.items() if some}

    def classes(self, whole: Classes) -> Classes:
        """The classes, less what was left out."""
        names = {"target": "T", "control_target": "C", "trigger": "R", "control_trigger": "N"}
        left = {what for what, _ in self.excluded}
        every = [*self.stems.items(), *self.suffixes.items()]
        every = [(key, cls) for key, cls in every if f"/{key}/ as {cls}" not in left]
        return replace(whole, **{name: tuple(s for s, cls in every if cls == one) for name, one in names.items()})


def clean_segments(drawer: Drawer, joint: Joint) -> CleanSegments:
    """Try every combination in short words; the segment with the largest share of bad ones leaves, until all are good.

    Raises:
        InputError: nothing is left of a class; the message names the empty cells.
    """
    sides = [{key: joint.keys(stem)[key] for key in drawer.keys(stem)} for stem in (True, False)]
    excluded = [
        (f"/{key}/ as {cls}", f"no {'stem ends' if stem else 'suffix begins'} with it")
        for stem, side in zip((True, False), sides, strict=True)
        for key, cls in joint.keys(stem).items()
        if key not in side
    ]
    _refuse_empty(joint, sides, excluded)
    probes: dict[str, list[Unit]] = {key: [] for key in sides[0]}
    pairs = tqdm(list(itertools.product(*sides)), desc="clean segments", delay=1, disable=None, leave=False)
    reasons = {(a, b): reason for a, b in pairs if (reason := _reason(drawer, joint, a, b, probes[a]))}

    def rank(at: int, key: str, share: float) -> tuple[bool, float]:
        """The last segment of a class is removed only if no other is left."""
        return list(sides[at].values()).count(sides[at][key]) > 1, share

    for at, key, found in remove_worst(sides, reasons, rank):
        excluded.append((f"/{key}/ as {sides[at][key]}", Counter(found).most_common(1)[0][0]))
    _refuse_empty(joint, sides, excluded)
    segments = CleanSegments(sides[0], sides[1], {key: probes[key] for key in sides[0]}, excluded)
    for stem, side in zip((True, False), sides, strict=True):
        partners, why = segments.partners(stem, joint.kind), "no control is of its kind (consonant, glide, vowel)"
        excluded += [(f"/{key}/ as {side[key]}", why) for key in side if side[key] in "TR" and key not in partners]
    return segments


def _reason(drawer: Drawer, joint: Joint, ending: str, beginning: str, probes: list[Unit]) -> str | None:
    """Why two segments do not go together: what is wrong with most words; None if one is clean."""
    found: Counter[str] = Counter()
    for _ in range(_DRAWS):
        stem, suffix = drawer.draw(ending, True, 1), drawer.draw(beginning, False, 1)
        reason = joint.reason(joint.join(stem, suffix))
        if reason is None:
            if len(probes) < _PROBES:
                probes.append(stem)
            return None
        found[reason] += 1
    return found.most_common(1)[0][0]


def remove_worst(
    sides: Sequence[dict[Hashable, Any]], reasons: dict[tuple, str], rank: Callable[[int, Any, float], tuple]
) -> Iterator[tuple[int, Any, list[str]]]:
    """Remove stems and suffixes (or segments of them) one by one, until every word of those that are left can be used.

    Args:
        sides: stems and suffixes; they lose what is removed.
        reasons: (stem, suffix) -> why their word cannot be used.
        rank: of the number of a side, one of its members and the share of its words that cannot be used; the member
            that ranks highest is removed, of several the first.

    Yields:
        Number of the side, the member that is removed next, the reasons against its words.
    """
    while reasons:
        bad = Counter((at, one) for pair in reasons for at, one in enumerate(pair))
        members = [(at, one) for at, side in enumerate(sides) for one in side if bad[at, one]]
        at, worst = max(members, key=lambda member: rank(*member, bad[member] / len(sides[1 - member[0]])))
        yield at, worst, [reason for pair, reason in reasons.items() if pair[at] == worst]
        del sides[at][worst]
        reasons = {pair: reason for pair, reason in reasons.items() if pair[at] != worst}


def _refuse_empty(joint: Joint, sides: list[dict[str, str]], excluded: list[tuple[str, str]]) -> None:
    for cls in "TCRN":
        if not any(cls in side.values() for side in sides):
            cells = " and ".join(cell for cell in CELLS if cls in cell)
            whys = [f"{what}: {reason}" for what, reason in excluded if what.endswith(f" as {cls}")]
            why = "; ".join([*whys[:_SHOWN], *(["and so on"] if len(whys) > _SHOWN else [])])
            raise InputError(f"the grammar yields no usable word for {cells} of {joint.process} ({why})")
