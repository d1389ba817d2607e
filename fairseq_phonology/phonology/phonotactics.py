"""Syllables of a grammar: drawn at random, found in a form; which words are legal; shapes of words."""

from __future__ import annotations

import functools
import itertools
import random
from collections.abc import Collection, Mapping, Sequence

from ..errors import InputError
from .grammar import Grammar
from .matching import Form, match_places, place
from .transcription import EDGE, WORD_EDGE, drop_edges

Span = tuple[int, int]  # first position, position after the last


class Phonotactics:
    """Syllables and forbidden sequences of one grammar, ready for use."""

    def __init__(self, grammar: Grammar):
        self.inventory = grammar.inventory
        shapes = grammar.syllables
        self.parts = [dict(part) if part else {(): 1.0} for part in (shapes.onsets, shapes.nuclei, shapes.codas)]
        self.has_syllables = bool(shapes.nuclei)
        self._drawers = [(list(part), list(part.values())) for part in self.parts]
        self._forbidden = [tuple(place(item, self.inventory) for item in items) for items in shapes.forbidden]

    def draw(self, rng: random.Random) -> list[str]:
        """A syllable: onset, nucleus and coda drawn independently with the grammar's weights.

        Raises:
            InputError: the grammar has no syllables.
        """
        if not self.has_syllables:
            raise InputError("the grammar has no [syllable] nuclei, so no word can be drawn from it")
        syllable: list[str] = []
        for choices, weights in self._drawers:
            syllable += rng.choices(choices, weights)[0]
        return syllable

    def every_syllable(self) -> Mapping[tuple[str, ...], float]:
        """All syllables with their weights."""
        if not self.has_syllables:
            return {}
        found: dict[tuple[str, ...], float] = {}
        for some in itertools.product(*(part.items() for part in self.parts)):
            segments = tuple(itertools.chain.from_iterable(text for text, _ in some))
            weight = some[0][1] * some[1][1] * some[2][1]
            if weight and not self.forbids(segments, inside=True):
                found[segments] = found.get(segments, 0.0) + weight
        return found

    def forbids(self, ur: Sequence[str], inside: bool = False) -> bool:
        """Does a word hold a forbidden sequence? ``inside``: of a part of a word, whose edges are no word edges."""
        form = Form.underlying(ur)
        places = [some for some in self._forbidden if not (inside and any(one.word_edge for one in some))]
        return any(
            match_places(some, form, at, 1) is not None for some in places for at in range(len(form.segments) + 1)
        )

    def allows(self, ur: Sequence[str]) -> bool:
        """Is a word made of the grammar's syllables (of anything, where it has none), and of no forbidden sequence?"""
        return not self.forbids(ur) and self.syllabifies(drop_edges(tuple(ur)))

    def shape(self, segments: Sequence[str]) -> str:
        """``C`` for each consonant (h, too), ``G`` glide, ``V`` syllabic segment; edges as they are."""
        return "".join(self._kind(segment) for segment in segments)

    def syllabifies(self, segments: tuple[str, ...]) -> bool:
        """Can segments be divided into onset, nucleus, coda, again and again? Without a grammar's syllables: yes."""
        if not self.has_syllables:
            return True
        reached = {(0, 0)}  # position, next part
        for at in range(len(segments) + 1):
            for part in (0, 1, 2, 0, 1, 2):  # twice, for parts that may be empty
                if (at, part) in reached:
                    for text in self.parts[part]:
                        if segments[at : at + len(text)] == text:
                            reached.add((at + len(text), (part + 1) % 3))
        return (len(segments), 0) in reached

    @functools.cached_property
    def neighbors(self) -> Collection[tuple[str, str]]:
        """Which segment may follow which, inside syllables and across, and which may end a word (followed by ``#``);
        nothing in a grammar without syllables."""
        if not self.has_syllables:
            return frozenset()
        parts = [{text for text, weight in part.items() if weight} for part in self.parts]
        found = {pair for part in parts for text in part for pair in itertools.pairwise(text)}
        found |= {(text[-1], WORD_EDGE) for text in parts[2] if text}
        if () in parts[2]:
            found |= {(text[-1], WORD_EDGE) for text in parts[1] if text}
        # a part that may be empty lets the ones around it meet
        for first in range(3):
            for last in range(first + 1, first + 4):
                if all(() in parts[n % 3] for n in range(first + 1, last)):
                    found |= {(a[-1], b[0]) for a in parts[first] for b in parts[last % 3] if a and b}
        return frozenset(found)

    def _kind(self, segment: str) -> str:
        if segment not in self.inventory:
            return segment
        features = self.inventory.features(segment)
        return "V" if features["syl"] == "+" else "G" if (features["cons"], features["son"]) == ("-", "+") else "C"


def syllables(grammar: Grammar, form: Sequence[str]) -> tuple[tuple[int, ...], ...]:
    """Positions of the segments of each syllable.

    Nuclei are the grammar's, the longest that fits first, so that a glide of a nucleus ``j a`` belongs to it, and any
    other [+syl] segment. Of the consonants between two nuclei the second gets the longest legal onset that leaves the
    first a legal coda, or simply the longest legal one (maximal onset: Kahn 1976; Selkirk 1982); one consonant where
    the grammar names no onsets. What stands before the first nucleus or after the last belongs to that syllable.

    Args:
        grammar: its [syllable] section and its inventory.
        form: segments; a morpheme edge ``+`` belongs to no syllable and divides none.

    Returns:
        One syllable for a form without nucleus; none for an empty one.
    """
    places = [n for n, segment in enumerate(form) if segment != EDGE]
    segments = tuple(form[n] for n in places)
    nuclei = _nuclei(grammar, segments)
    if not segments:
        return ()
    starts = [0]
    for (_, end), (start, _) in itertools.pairwise(nuclei):
        starts.append(start - _onset(grammar, segments[end:start]))
    ends = [*starts[1:], len(segments)]
    return tuple(tuple(places[start:end]) for start, end in zip(starts, ends, strict=True))


def _nuclei(grammar: Grammar, segments: tuple[str, ...]) -> list[Span]:
    legal = sorted(grammar.syllables.nuclei, key=len, reverse=True)
    vowels = [s in grammar.inventory and grammar.inventory.features(s)["syl"] == "+" for s in segments]
    found: list[Span] = []
    at = 0
    while at < len(segments):
        fits = (at + len(n) for n in legal if n and segments[at : at + len(n)] == n and _peak(vowels, at, len(n)))
        end = next(fits, at + 1 if vowels[at] else at)
        if end > at:
            found.append((at, end))
        at = max(end, at + 1)
    return found


def _peak(vowels: list[bool], at: int, length: int) -> bool:
    """Can a nucleus of the grammar stand here? One of consonants (syllabic r) only where no vowel is its neighbor."""
    return any(vowels[at : at + length]) or not any(vowels[max(0, at - 1) : at + length + 1])


def _onset(grammar: Grammar, between: tuple[str, ...]) -> int:
    """How many of the consonants between two nuclei belong to the second."""
    onsets, codas = grammar.syllables.onsets, grammar.syllables.codas
    if not onsets:
        return min(1, len(between))
    legal = [n for n in range(len(between), -1, -1) if n == 0 or between[len(between) - n :] in onsets]
    whole = [n for n in legal if not codas or n == len(between) or between[: len(between) - n] in codas]
    return (whole or legal)[0]
