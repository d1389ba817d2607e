"""Where the syllables of a form are: nuclei first, then to each the longest onset that the grammar allows."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from .grammar import Grammar
from .transcription import EDGE

Span = tuple[int, int]  # first position, position after the last


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
