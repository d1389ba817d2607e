"""Application of rules as grammar.md describes it, slowly: no notation is parsed, and nothing is compiled or indexed.

A word is a list of symbols with ``+`` between morphemes. A place of an environment maps a set of gaps (0 is before the
first segment) to the gaps beyond it; an environment is met if some gap is left at its end.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from fairseq_phonology.phonology.natural_classes import Inventory

EDGE = "+"
Gaps = set[int]


@dataclass(frozen=True)
class Place:
    """One place of an environment, target or outcome.

    Attributes:
        kind: ``set``, ``star``, ``optional``, ``either``, or an edge: ``#``, ``+``, ``$``.
        text: as rules write it.
        members: the segments of a set.
        bundle: of a set by features; a value may be ``α`` or ``-α``.
        index: of a set; places with the same one hold the same segment.
        parts: of an optional part, one sequence; of a choice, a sequence for each; of a star, its set.
    """

    kind: str
    text: str
    members: frozenset[str] = frozenset()
    bundle: tuple[tuple[str, str], ...] = ()
    index: str = ""
    parts: tuple[tuple[Place, ...], ...] = ()


@dataclass(frozen=True)
class Rule:
    """``target -> outcome / left _ right``.

    Attributes:
        target: None inserts; several change places.
        outcome: None deletes; a text is a segment; a mapping is by segment; a place with a bundle changes features;
            one with an index copies what the index holds.
    """

    target: tuple[Place, ...] | None
    outcome: str | Mapping[str, str] | Place | None
    left: tuple[Place, ...] = ()
    right: tuple[Place, ...] = ()
    text: str = field(default="", compare=False)


@dataclass
class Language:
    """The segments and their features; where syllables begin, for ``$``; symbols that rules pass over."""

    inventory: Inventory
    breaks: Callable[[Sequence[str]], set[int]]
    transparent: frozenset[str] = frozenset()

    def with_values(self, bundle: Sequence[tuple[str, str]], alpha: str) -> list[tuple[str, str]]:
        """A bundle with the value of α."""
        opposite = {"+": "-", "-": "+"}[alpha]
        return [(name, {"α": alpha, "-α": opposite}.get(value, value)) for name, value in bundle]

    def members(self, place: Place, alpha: str, held: Mapping[str, str]) -> set[str]:
        """The segments that a place admits."""
        if place.index:
            return {held[place.index]}
        if not place.bundle:
            return set(place.members)
        wanted = self.with_values(place.bundle, alpha)
        segments = self.inventory.segments
        return {s for s in segments if all(self.inventory.features(s)[name] == value for name, value in wanted)}


def beyond(language: Language, places: Sequence[Place], word: Sequence[str], gaps: Gaps, step: int, *bound) -> Gaps:
    """The gaps in which a sequence of places may end that begins in one of ``gaps``.

    Args:
        step: 1 to the right, -1 to the left; a sequence to the left is read from its end.
        bound: the value of α, and the segment that each index holds.
    """
    segments = [s for s in word if s != EDGE]
    edges = {sum(s != EDGE for s in word[:n]) for n, symbol in enumerate(word) if symbol == EDGE}
    last = len(segments) if step > 0 else 0
    for place in places if step > 0 else reversed(places):

        def through(gaps: Gaps, one: Place = place) -> Gaps:
            members = language.members(one, *bound)
            heads = {gap: gap if step > 0 else gap - 1 for gap in gaps}
            return {gap + step for gap, at in heads.items() if 0 <= at < len(segments) and segments[at] in members}

        if place.kind == "set":
            gaps = through(gaps)
        elif place.kind == "star":
            for _ in segments:
                gaps = gaps | through(gaps, place.parts[0][0])
        elif place.kind == "optional":
            gaps = gaps | beyond(language, place.parts[0], word, gaps, step, *bound)
        elif place.kind == "either":
            gaps = set().union(*(beyond(language, part, word, gaps, step, *bound) for part in place.parts))
        elif place.kind == "#":
            gaps = gaps & {last}
        elif place.kind == "+":
            gaps = gaps & edges
        elif place.kind == "$":
            gaps = gaps & (language.breaks(segments) | {last})
    return gaps


def outcomes(language: Language, rule: Rule, word: Sequence[str], at: int) -> set[str]:
    """What a rule makes of segment ``at``, or inserts in gap ``at``; nothing where it is not met."""
    segments = [s for s in word if s != EDGE]
    width = len(rule.target or ())
    if at + width > len(segments):
        return set()
    found = set()
    for bound in _bindings(language, rule):
        targets = [language.members(place, *bound) for place in rule.target or ()]
        here = segments[at : at + width]
        if (
            all(segment in members for segment, members in zip(here, targets, strict=True))
            and beyond(language, rule.left, word, {at}, -1, *bound)
            and beyond(language, rule.right, word, {at + width}, 1, *bound)
        ):
            found.add(_outcome(language, rule, segments[at] if width else "", *bound))
    return found


def _outcome(language: Language, rule: Rule, segment: str, alpha: str, held: Mapping[str, str]) -> str:
    outcome = rule.outcome
    if outcome is None:
        return ""
    if isinstance(outcome, Mapping):
        return outcome[segment]
    if isinstance(outcome, Place):
        if outcome.index:
            return held[outcome.index]
        return language.inventory.change(segment, tuple(language.with_values(outcome.bundle, alpha)))
    return outcome


def _bindings(language: Language, rule: Rule) -> Iterator[tuple[str, dict[str, str]]]:
    """Every value of α with every segment for each index."""
    indices: dict[str, frozenset[str]] = {}
    for place in _every((*(rule.target or ()), *rule.left, *rule.right)):
        if place.index:
            indices[place.index] = indices.get(place.index, place.members) & place.members
    for alpha in "+-":
        for some in itertools.product(*(sorted(members) for members in indices.values())):
            yield alpha, dict(zip(indices, some, strict=True))


def _every(places: Sequence[Place]) -> Iterator[Place]:
    for place in places:
        yield place
        for part in place.parts:
            yield from _every(part)


class Ambiguous(Exception):
    """A rule may do two things in one place: which one, its longest reading says."""


def applied(language: Language, rule: Rule, word: Sequence[str], manner: str) -> list[str]:
    """A word after one rule.

    Raises:
        Ambiguous: it is met in a place in two ways that differ.
    """
    now = [
        [symbol] for symbol in word
    ]  # each with an identity, so that it is found again when others have come or gone
    before = [[*one] for one in now] if manner == "simultaneous" else None
    if rule.target and len(rule.target) > 1:
        return _moved(language, rule, list(word), manner)
    places: list[list[str] | None] = [token for token in now if token[0] != EDGE]
    order = [*places, None] if rule.target is None else places
    if manner == "right-to-left":
        order = order[::-1]
    seen = {id(token): n for n, token in enumerate(places)}
    for token in order:
        form = [one[0] for one in (before or now)]
        living = [one for one in now if one[0] != EDGE]
        if before is not None:
            at = len(places) if token is None else seen[id(token)]
        else:
            at = len(living) if token is None else next(n for n, one in enumerate(living) if one is token)
        found = outcomes(language, rule, form, at)
        if len(found) > 1:
            raise Ambiguous
        for outcome in found:
            if rule.target is None:
                behind = len(now) if token is None else next(n for n, one in enumerate(now) if one is token)
                if any(place.kind == "+" for place in _every(rule.right)):
                    while behind and now[behind - 1][0] == EDGE:
                        behind -= 1
                now.insert(behind, [outcome])
            elif not outcome:
                now = [one for one in now if one is not token]
            else:
                token[0] = outcome
    return [one[0] for one in now]


def _moved(language: Language, rule: Rule, word: list[str], manner: str) -> list[str]:
    """Two segments that change places: from the left, or from the right; at once, none of them twice."""
    spots = [n for n, symbol in enumerate(word) if symbol != EDGE]
    before, free = list(word), 0
    order = range(len(spots))
    for at in reversed(order) if manner == "right-to-left" else order:
        form = before if manner == "simultaneous" else word
        if (at < free and manner == "simultaneous") or not outcomes(language, rule, form, at):
            continue
        one, other = spots[at], spots[at + 1]
        word[one], word[other] = word[other], word[one]
        free = at + 2
    return word
