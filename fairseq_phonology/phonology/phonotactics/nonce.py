"""Nonce words: phonotactically legal URs drawn from a grammar's syllables, with the SRs the grammar derives."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from ...errors import InputError
from ..grammar import Grammar
from ..transcription import EDGE, drop_edges
from .syllables import Phonotactics

_PATIENCE = 20_000  # draws without a new word after which there seem to be no more


@dataclass(frozen=True)
class NonceWord:
    """One nonce word: its UR (``+`` marks a morpheme edge), its SR, and the processes that changed it."""

    ur: tuple[str, ...]
    sr: tuple[str, ...]
    processes: tuple[str, ...]


def nonce_words(
    grammar: Grammar,
    n: int,
    seed: int,
    syllables: tuple[int, int] = (1, 4),
    edges: float | None = None,
    include: Collection[str] = (),
    exclude: Collection[Sequence[str]] = (),
    at_least: int = 0,
) -> Iterator[NonceWord]:
    """Draw ``n`` distinct words; the same words for the same seed.

    Every syllable's onset, nucleus and coda are drawn independently with the grammar's weights; words with a forbidden
    sequence are drawn again. No two words differ in morpheme edges alone, so that a model that does not see edges never
    meets one UR with two SRs.

    Args:
        grammar: where the syllables and processes come from.
        n: how many words.
        seed: of the random draws.
        syllables: fewest and most syllables of a word; every length is equally likely.
        edges: probability that a morpheme edge stands between two syllables; default .3 where the grammar's rules
            mention edges, else 0.
        include: optional processes that apply.
        exclude: URs that must not be drawn (edges do not count).
        at_least: how many of the words undergo each process, however rare its environment: once the places left are
            only just enough for what is missing, words that do not help are drawn again.

    Raises:
        InputError: where the grammar has no syllables, or too few words to draw from.
    """
    if not 1 <= syllables[0] <= syllables[1]:
        raise InputError(f"syllables: found {syllables[0]}-{syllables[1]}; allowed: 1-1, 1-4, 2-3 and the like")
    if edges is None:
        edges = 0.3 if grammar.uses_edges else 0.0
    drawn = _legal_forms(grammar, random.Random(seed), syllables, edges)
    seen = {grammar.inventory.seen(drop_edges(tuple(ur))) for ur in exclude}
    missing = {p.name: at_least for p in grammar.processes if not p.optional or p.name in include}
    if sum(missing.values()) > n:
        raise InputError(f"{n} words are too few for {at_least} of each of {len(missing)} processes")
    made, vain = 0, 0
    while made < n:
        ur = next(drawn)
        new = ur is not None and drop_edges(ur) not in seen
        derivation = grammar.derive(ur, include=include) if new else None
        lacking = sum(missing.values())
        if not new or (n - made <= lacking and not any(missing[p] for p in derivation.processes)):
            vain += 1
            if vain > _PATIENCE:
                rare = [name for name, count in missing.items() if count]
                cause = f" with at least {at_least} each of {', '.join(rare)}" if rare else ""
                raise InputError(
                    f"only {made} of {n} distinct words could be drawn{cause}; allow more syllables, or ask for fewer"
                )
            continue
        seen.add(drop_edges(ur))
        made, vain = made + 1, 0
        for process in derivation.processes:
            missing[process] = max(0, missing[process] - 1)
        yield NonceWord(ur, derivation.surface, derivation.processes)


def _legal_forms(
    grammar: Grammar, rng: random.Random, syllables: tuple[int, int], edges: float
) -> Iterator[tuple[str, ...] | None]:
    """Endless draws of forms, with repetitions; None for one with a forbidden sequence."""
    phonotactics = Phonotactics(grammar)
    while True:
        ur: list[str] = []
        for number in range(rng.randint(*syllables)):
            if number and rng.random() < edges:
                ur.append(EDGE)
            ur += phonotactics.draw(rng)
        yield None if phonotactics.forbids(ur) else tuple(ur)
