"""Crossed designs of nonce words: every stem with every suffix, in four cells, and nothing else going on.

`own_units` crosses a user's own stems and suffixes, `real_words` starts from real words.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from tqdm import tqdm

from ..errors import InputError
from ..phonology.grammar import Grammar
from ..phonology.phonotactics.nonce import TooFewWordsError, nonce_words
from ..phonology.transcription import WORD_EDGE, drop_edges
from .classes import Classes, classes_of
from .clean import clean_segments, narrowed
from .conditions import needs_edge
from .items import LEAST_UNITS, Item
from .units import Drawer, Joint, Unit

_TRIES = 800  # draws for one pair of units
_PARTNERS = 100  # draws of the second unit of a pair, for one first


@dataclass(frozen=True)
class Design:
    """The words of an experiment.

    Attributes:
        items: stem by stem (word by word), fillers last.
        excluded: what was left out, and why.
        classes: the segments of the four classes, less those that were left out.
    """

    items: tuple[Item, ...]
    excluded: tuple[tuple[str, str], ...]
    classes: Classes


def crossed(
    grammar: Grammar,
    process: str,
    stems: int = 60,
    suffixes: int = 8,
    seed: int = 1,
    syllables: tuple[int, int] = (1, 2),
    carriers: Sequence[tuple[str, ...]] | None = None,
    edge: bool | None = None,
    include: Collection[str] = (),
    exclude: Collection[Sequence[str]] = (),
    fillers: int = 0,
    part: int | None = None,
) -> Design:
    """A crossed design of nonce words; the same for the same seed.

    In a regressive process stems end in a target (T) or its control (C) and suffixes begin with a trigger (R) or its
    control (N); in a progressive one it is the other way round; at a distance the last and first segment of these
    classes count. Stems of the two classes come in pairs of one shape (syllables, consonants, glides and vowels) with
    different segments around the one that matters; so do suffixes, which have one syllable, or up to two where there
    are too few of one; where a trigger and its control are of different kinds, what is around them has one shape.
    Segments of a class occur equally often, up to one. No process applies anywhere in a word, but the one studied in
    TR, at the target. The end of the word as a trigger, or as a control for one, has no suffix: the word is the stem.

    Args:
        grammar: where words and processes come from.
        process: the one studied.
        stems: how many of each class.
        suffixes: likewise.
        seed: of the random draws.
        syllables: fewest and most of a stem; every length is equally likely.
        carriers: syllables that stems are built from; None: the grammar's.
        edge: a morpheme edge stands between stem and suffix; None: exactly if a rule of the process mentions one.
        include: optional processes that apply.
        exclude: URs that must not occur, such as those of the training list (edges do not count).
        fillers: how many words besides in which the process is not met.
        part: of the process, its number in `parts_of`; None: the first.

    Raises:
        InputError: too few asked for, or too few there are; the message names the class or cell.
    """
    for name, number in (("stems", stems), ("suffixes", suffixes)):
        if number < LEAST_UNITS:
            raise InputError(f"{number} {name} of each class are too few; allowed: {LEAST_UNITS} or more")
    if not 1 <= syllables[0] <= syllables[1]:
        raise InputError(f"syllables: found {syllables[0]}-{syllables[1]}; allowed: 1-1, 1-2, 2-3 and the like")
    joint = joint_of(grammar, process, include, edge, part)
    making = _Making(joint, random.Random(seed), carriers, exclude)
    beginnings, endings = making.units(stems, suffixes, syllables)
    numbers = {unit: f"{unit.cls}{n}" for units in (beginnings, endings) for n, unit in numbered(units)}
    items = [
        joint.finished(joint.join(stem, suffix), f"{numbers[stem]}-{numbers[suffix]}")
        for stem in sorted(beginnings, key=lambda unit: unit.cls in "CN")
        for suffix in sorted(endings, key=lambda unit: unit.cls in "CN")
    ]
    taken = {drop_edges(tuple(ur)) for ur in exclude} | {drop_edges(item.ur) for item in items}
    length = syllables[0] + 1, syllables[1] + 1
    items += fillers_of(grammar, process, fillers, seed, length, joint.edge, include, taken) if fillers else []
    return Design(tuple(items), tuple(making.segments.excluded), making.segments.classes(joint.classes))


def fillers_of(
    grammar: Grammar,
    process: str,
    n: int,
    seed: int,
    syllables: tuple[int, int] = (1, 3),
    edge: bool = False,
    include: Collection[str] = (),
    exclude: Collection[Sequence[str]] = (),
) -> list[Item]:
    """Legal nonce words in which a process is not met; others may be.

    Raises:
        InputError: too few there are; as `nonce_words`; a grammar with strata that is not asked about one.
    """
    drawn = nonce_words(grammar, 1000 * n, seed, syllables, 0.5 if edge else 0.0, include, exclude)
    found: list[Item] = []
    try:
        while len(found) < n:
            word = next(drawn)
            if not word.met and not grammar.derive(word.ur, include).sites(process):
                found.append(Item(f"F{len(found) + 1}", word.ur, word.sr))
    except (StopIteration, TooFewWordsError):
        raise InputError(
            f"only {len(found)} of {n} fillers could be drawn; ask for fewer, or for longer stems"
        ) from None
    return found


def joint_of(
    grammar: Grammar, process: str, include: Collection[str] = (), edge: bool | None = None, part: int | None = None
) -> Joint:
    """How stems and suffixes of one part of a process come together; ``edge``, ``part`` as for `crossed`.

    Raises:
        InputError: an insertion with no target segment that a control could replace; a grammar with strata that is not
            asked about one; what `classes_of` refuses.
    """
    grammar = grammar.asking(include)
    if grammar.strata and not grammar.stratum:
        raise InputError(
            "the grammar has strata, and a design is of words of one; allowed for --stratum: "
            f"{', '.join(grammar.strata)}"
        )
    classes = classes_of(grammar, process, include, part)
    if not classes.target:
        raise InputError(
            f"process {process!r} inserts, and its rule names no segment on the other side of the gap, which would be "
            "the target that a control replaces; name it in the rule; or lists of your own words with a trigger_index "
            "can be analyzed"
        )
    return Joint(grammar, process, classes, include, has_edge(grammar, process, edge))


def numbered(units: Iterable[Unit]) -> Iterator[tuple[int, Unit]]:
    """Units with their numbers in their classes, from 1."""
    counts: Counter[str] = Counter()
    for unit in units:
        counts[unit.cls] += 1
        yield counts[unit.cls], unit


def has_edge(grammar: Grammar, process: str, edge: bool | None) -> bool:
    """Whether an edge stands between stem and suffix, where that is not said: if the process asks for one."""
    rules = grammar.process(process).rules
    return any(i.mentions("morpheme edge") for r in rules for i in (*r.left, *r.right)) if edge is None else edge


class NoneOfSegmentError(InputError):
    """No stem, or no suffix, at all could be drawn with one of the segments.

    Attributes:
        key, stem, why: the segment, whether stems have it, and what can be said of it.
    """

    def __init__(self, message: str, key: str, stem: bool, why: str):
        super().__init__(message)
        self.key, self.stem, self.why = key, stem, why


class _Making:
    """One design in the making: which segments go together, then suffixes, then stems that go with all of them."""

    def __init__(self, joint: Joint, rng: random.Random, carriers, exclude: Collection[Sequence[str]]):
        self.joint, self.rng = joint, rng
        self.drawer = Drawer(joint, rng, carriers)
        self.segments = clean_segments(self.drawer, joint)
        self.taken = {drop_edges(tuple(ur)) for ur in exclude}
        self.patience = _TRIES  # draws after which a segment that no unit has yet is given up

    def units(self, stems: int, suffixes: int, syllables: tuple[int, int]) -> tuple[list[Unit], list[Unit]]:
        """Stems and suffixes; where none at all can be drawn with a segment, with fewer segments."""
        tried = False
        while True:
            try:
                endings = self.suffixes(suffixes)
                return self.stems(stems, syllables, endings), endings
            except NoneOfSegmentError as stuck:
                self.patience = _PARTNERS
                if not tried:
                    tried, left = True, narrowed(self.drawer, self.joint, self.segments)
                else:
                    left = self.segments.without(stuck.key, stuck.stem, stuck.why)
                if left is None:
                    raise
                self.segments = left

    def suffixes(self, n: int) -> list[Unit]:
        """``n`` of each class, in pairs of one shape, of one syllable if there are enough. Of the end of the word there
        is one, and it has no partner.
        """

        def reason(unit: Unit) -> str | None:
            for probes in self.segments.probes.values():
                first = None
                for probe in probes:
                    why = self.joint.reason(self.joint.join(probe, unit))
                    first = first or why
                    if why is None:
                        break
                else:
                    return first
            return None

        make = self._singles if self.joint.classes.at_edge else self._pairs
        try:
            return make(False, n, (1, 1), reason)
        except InputError:
            return make(False, n, (1, 2), reason)

    def stems(self, n: int, syllables: tuple[int, int], suffixes: Sequence[Unit]) -> list[Unit]:
        """``n`` of each class, in pairs of one shape, each clean with every suffix."""

        def reason(unit: Unit) -> str | None:
            for suffix in suffixes:
                word = self.joint.join(unit, suffix)
                if drop_edges(word.ur) in self.taken:
                    return "a word that is used already or in the list to exclude"
                if found := self.joint.reason(word):
                    return found
            return None

        def take(unit: Unit) -> None:
            self.taken.update(drop_edges(self.joint.join(unit, suffix).ur) for suffix in suffixes)

        return self._pairs(True, n, syllables, reason, take)

    def _singles(self, stem: bool, n: int, syllables, reason: Callable[[Unit], str | None]) -> list[Unit]:
        """The end of the word, and ``n`` of the other class."""
        keys = self.segments.suffixes
        units = [self.drawer.draw(WORD_EDGE, stem, 1)]
        others = [key for key in keys if key != WORD_EDGE]
        reasons: dict[tuple[str, ...], str] = {}
        for number in range(n):
            key = others[number % len(others)]
            for _ in range(_TRIES):
                unit = self.drawer.draw(key, stem, self.rng.randint(*syllables))
                if unit not in units and self._good(unit, units, reason, reasons, strict=False):
                    units.append(unit)
                    break
            else:
                raise self._too_few(number, n, "suffixes", f"suffix with {key}", reasons, (key,), units)
        return units

    def _pairs(self, stem: bool, n: int, syllables, reason: Callable[[Unit], str | None], take=None) -> list[Unit]:
        partners = self.segments.partners(stem, self.joint.kind)
        used: Counter[str] = Counter()
        units: list[Unit] = []
        reasons: dict[tuple[str, ...], str] = {}  # a unit that cannot be used is not tried again
        what = "stems" if stem else "suffixes"
        for number in tqdm(range(n), desc=f"pairs of {what}", delay=1, disable=None, leave=False):
            first = list(partners)[number % len(partners)]
            second = min(partners[first], key=used.__getitem__)  # the first of those used least
            used[second] += 1
            pair = self._pair(stem, (first, second), syllables, reason, units, reasons)
            if pair is None:
                lacking = f"pair of one shape with {first} and {second}"
                raise self._too_few(number, n, f"pairs of {what}", lacking, reasons, (first, second), units)
            units += pair
            for unit in pair if take else ():
                take(unit)
        return units

    def _pair(self, stem, keys, syllables, reason, units: list[Unit], reasons: dict) -> tuple[Unit, Unit] | None:
        for tries in range(_TRIES):
            strict = tries < _TRIES // 4  # at first no two units share a frame at all
            length = self.rng.randint(*syllables)
            one = self.drawer.draw(keys[0], stem, length)
            if not self._good(one, units, reason, reasons, strict):
                continue
            for _ in range(_PARTNERS):
                other = self.drawer.draw(keys[1], stem, length)
                alike = self.joint.alike(one, other) and other.frame != one.frame
                if alike and self._good(other, units, reason, reasons, strict):
                    return one, other
            if tries > self.patience and all(unit.key != keys[1] for unit in units):
                break
        return None

    @staticmethod
    def _good(unit: Unit, units: list[Unit], reason, reasons: dict, strict: bool) -> bool:
        if unit.segments in reasons or any(unit.segments == one.segments for one in units):
            return False
        if strict and any(unit.frame == one.frame for one in units):
            return False
        if found := reason(unit):
            reasons[unit.segments] = found
        return not found

    def _too_few(self, number: int, n: int, what: str, lacking: str, reasons: dict, keys, units) -> InputError:
        why = f"; most frequent reason: {Counter(reasons.values()).most_common(1)[0][0]}" if reasons else ""
        help = "ask for fewer, or allow more syllables"
        if not number:
            help = f"name other segments under [controls.{self.joint.process}], or cross stems and suffixes of your own"
        edge = needs_edge(self.joint.grammar, self.joint.process) if "does not apply" in why else ""
        message = f"only {number} of {n} {what} could be drawn: no further {lacking}{why}{edge}; {help}"
        lone = [key for key in reversed(keys) if all(one.key != key for one in units)]
        if not lone:
            return InputError(message)
        unit = "stem" if "stem" in what else "suffix"
        like = "".join(f", in the shape of one with {key}" for key in keys if key != lone[0])
        why = f"no clean {unit} with it could be drawn{like}"
        return NoneOfSegmentError(message, lone[0], unit == "stem", why)
