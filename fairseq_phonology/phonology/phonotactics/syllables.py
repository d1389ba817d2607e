"""Syllables of a grammar drawn at random, which words are legal, and shapes of words."""

from __future__ import annotations

import functools
import itertools
import random
from collections.abc import Collection, Mapping, Sequence

from ...errors import InputError
from ..form import Form
from ..grammar import Grammar
from ..matching import match_places, sequences, starts
from ..transcription import WORD_EDGE, drop_edges


class Phonotactics:
    """Syllables and forbidden sequences of one grammar, ready for use."""

    def __init__(self, grammar: Grammar):
        self.inventory = grammar.inventory
        shapes = grammar.syllables
        self.parts = [dict(part) if part else {(): 1.0} for part in (shapes.onsets, shapes.nuclei, shapes.codas)]
        self.has_syllables = bool(shapes.nuclei)
        # added up once, not in every draw
        self._drawers = [(list(part), list(itertools.accumulate(part.values()))) for part in self.parts]
        self._forbidden = [places for items in shapes.forbidden for places in sequences(items, self.inventory)]

    def draw(self, rng: random.Random) -> list[str]:
        """A syllable: onset, nucleus and coda drawn independently with the grammar's weights.

        Raises:
            InputError: the grammar has no syllables.
        """
        if not self.has_syllables:
            raise InputError("the grammar has no [syllable] nuclei, so no word can be drawn from it")
        syllable: list[str] = []
        for choices, weights in self._drawers:
            syllable += rng.choices(choices, cum_weights=weights)[0]
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

    def every_rhyme(self) -> Mapping[tuple[str, ...], float]:
        """Nucleus and coda of all syllables with their weights."""
        found: dict[tuple[str, ...], float] = {}
        for (nucleus, weight), (coda, other) in itertools.product(self.parts[1].items(), self.parts[2].items()):
            found[nucleus + coda] = found.get(nucleus + coda, 0.0) + weight * other
        return {segments: weight for segments, weight in found.items() if weight}

    def forbids(self, ur: Sequence[str], inside: bool = False) -> bool:
        """Does a word hold a forbidden sequence? ``inside``: of a part of a word, whose edges are no word edges."""
        form = Form.underlying(ur).hiding(self.inventory.transparent)
        places = [some for some in self._forbidden if not (inside and any(one.word_edge for one in some))]
        if any(some[0].word_edge and match_places(some[1:], form, 0, 1) is not None for some in places if some[1:]):
            return True  # from the beginning of the word on
        return any(match_places(some, form, at, 1) is not None for some in places for at in starts(some, form))

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
        segments = self.inventory.seen(segments)
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
