"""A form on its way from UR to SR: the changes that rules make in it, and the syllables of which it is made."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from ..errors import InputError
from .natural_classes import Inventory
from .notation import Item
from .transcription import EDGE

_Span = tuple[int, int]  # first position, position after the last


@dataclass(frozen=True)
class Form:
    """A form on its way from UR to SR.

    Attributes:
        segments: its segments, without morpheme edges.
        edges: n stands for a morpheme edge before segment n.
        origins: for each segment its position in the UR as given (edges counted where given), None if inserted.
        changed_by: for each segment the process that last changed it, None if it is underlying.
        deleted: UR position and process of each segment deleted so far.
        hidden: symbols that the rule at work passes over: the segment each stands before, itself, its ``origins`` and
            its ``changed_by``.
        breaks: n stands for a syllable boundary before segment n; set for rules that ask for it.
    """

    segments: tuple[str, ...]
    edges: frozenset[int]
    origins: tuple[int | None, ...]
    changed_by: tuple[str | None, ...]
    deleted: tuple[tuple[int, str], ...] = ()
    hidden: tuple[tuple[int, str, int | None, str | None], ...] = ()
    breaks: frozenset[int] = field(default=frozenset(), compare=False)

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
            tuple((n - (n > at), *rest) for n, *rest in self.hidden),
        )

    def inserted(self, at: int, segment: str, process: str, before_edge: bool) -> Form:
        """With a segment inserted before segment ``at``; at a morpheme edge, on the side asked for.

        What is hidden there then stands behind it.
        """
        return Form(
            (*self.segments[:at], segment, *self.segments[at:]),
            frozenset(e + (e > at or (e == at and before_edge)) for e in self.edges),
            (*self.origins[:at], None, *self.origins[at:]),
            (*self.changed_by[:at], process, *self.changed_by[at:]),
            self.deleted,
            tuple((n + (n >= at), *rest) for n, *rest in self.hidden),
        )

    def reordered(self, at: int, order: Sequence[int], process: str) -> Form:
        """With the segments from ``at`` on in another order, that of their numbers from 0."""
        end = at + len(order)

        def moved(some: tuple) -> tuple:
            return (*some[:at], *(some[at + n] for n in order), *some[end:])

        by = tuple(process if n != k else self.changed_by[at + n] for k, n in enumerate(order))
        changed_by = (*self.changed_by[:at], *by, *self.changed_by[end:])
        return replace(self, segments=moved(self.segments), origins=moved(self.origins), changed_by=changed_by)

    def hiding(self, symbols: frozenset[str]) -> Form:
        """Without these symbols, which `revealed` brings back."""
        if symbols.isdisjoint(self.segments):
            return self
        kept = [n for n, segment in enumerate(self.segments) if segment not in symbols]
        stands_before = {n: sum(k < n for k in kept) for n in range(len(self.segments) + 1)}
        hidden = tuple(
            (stands_before[n], segment, self.origins[n], self.changed_by[n])
            for n, segment in enumerate(self.segments)
            if segment in symbols
        )
        rows = (tuple(some[n] for n in kept) for some in (self.segments, self.origins, self.changed_by))
        segments, origins, changed_by = rows
        edges = frozenset(stands_before[n] for n in self.edges)
        return Form(segments, edges, origins, changed_by, self.deleted, hidden)

    def revealed(self) -> Form:
        """With the hidden symbols in their places."""
        if not self.hidden:
            return self
        rows, edges = [], set()
        for at in range(len(self.segments) + 1):
            marks = [rest for n, *rest in self.hidden if n == at]
            if at in self.edges:
                edges.add(len(rows))
            rows += marks
            if at < len(self.segments):
                rows.append([self.segments[at], self.origins[at], self.changed_by[at]])
        segments, origins, changed_by = (tuple(column) for column in zip(*rows, strict=True))
        return Form(segments, frozenset(edges), origins, changed_by, self.deleted)


@dataclass(frozen=True)
class Syllables:
    """What a syllable is made of. Each part maps a string of segments to its weight in nonce words; forbidden sequences
    may stand in no word, written like an environment."""

    onsets: Mapping[tuple[str, ...], float] = field(default_factory=dict)
    nuclei: Mapping[tuple[str, ...], float] = field(default_factory=dict)
    codas: Mapping[tuple[str, ...], float] = field(default_factory=dict)
    forbidden: tuple[tuple[Item, ...], ...] = ()


def syllables(shapes: Syllables, inventory: Inventory, form: Sequence[str]) -> tuple[tuple[int, ...], ...]:
    """Positions of the segments of each syllable.

    Nuclei are the grammar's, the longest that fits first, so that a glide of a nucleus ``j a`` belongs to it, and any
    other [+syl] segment. Of the consonants between two nuclei the second gets the longest legal onset that leaves the
    first a legal coda, or simply the longest legal one (maximal onset: Kahn 1976; Selkirk 1982); one consonant where
    the grammar names no onsets. What stands before the first nucleus or after the last belongs to that syllable.

    Args:
        shapes: what syllables are made of.
        inventory: which segments are [+syl].
        form: segments; a morpheme edge ``+``, or a symbol that rules do not see, belongs to no syllable and divides
            none.

    Returns:
        One syllable for a form without nucleus; none for an empty one.
    """
    places = [n for n, segment in enumerate(form) if segment != EDGE and segment not in inventory.transparent]
    segments = tuple(form[n] for n in places)
    if not segments:
        return ()
    starts = [0, *_starts(shapes, inventory, segments)]
    ends = [*starts[1:], len(segments)]
    return tuple(tuple(places[start:end]) for start, end in zip(starts, ends, strict=True))


def breaks(segments: Sequence[str], inventory: Inventory, shapes: Syllables | None) -> frozenset[int]:
    """Where in a form a syllable begins, its first apart: what ``$`` means in a rule, beside the edges of the word.

    Raises:
        InputError: the grammar does not say what its onsets are.
    """
    if shapes is None or not shapes.onsets:
        raise InputError(
            "a rule asks for the boundary of a syllable ($ or .), and the grammar does not say what syllables are; "
            'write their onsets and codas under [syllable], as in onsets = ["", "p", "p l"]'
        )
    return frozenset(_starts(shapes, inventory, tuple(segments)))


def _starts(shapes: Syllables, inventory: Inventory, segments: tuple[str, ...]) -> list[int]:
    nuclei = _nuclei(shapes, inventory, segments)
    return [start - _onset(shapes, segments[end:start]) for (_, end), (start, _) in itertools.pairwise(nuclei)]


def _nuclei(shapes: Syllables, inventory: Inventory, segments: tuple[str, ...]) -> list[_Span]:
    legal = sorted(shapes.nuclei, key=len, reverse=True)
    vowels = [s in inventory and inventory.features(s)["syl"] == "+" for s in segments]
    found: list[_Span] = []
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


def _onset(shapes: Syllables, between: tuple[str, ...]) -> int:
    """How many of the consonants between two nuclei belong to the second."""
    onsets, codas = shapes.onsets, shapes.codas
    if not onsets:
        return min(1, len(between))
    legal = [n for n in range(len(between), -1, -1) if n == 0 or between[len(between) - n :] in onsets]
    whole = [n for n in legal if not codas or n == len(between) or between[: len(between) - n] in codas]
    return (whole or legal)[0]
