"""Nonce words: phonotactically legal URs drawn from a grammar's syllables, with the SRs the grammar derives."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ...errors import InputError
from ..grammar import Grammar
from ..transcription import EDGE, drop_edges
from .syllables import Phonotactics

_PATIENCE = 20_000  # draws without a new word after which there seem to be no more


@dataclass(frozen=True)
class NonceWord:
    """One nonce word.

    Attributes:
        ur: its segments; ``+`` marks a morpheme edge.
        sr: its SR, in which each variable process applied or did not.
        processes: those that changed it.
        stratum: its lexical class; empty in a grammar without.
        met: the variable processes that it met, whether they applied or not.
    """

    ur: tuple[str, ...]
    sr: tuple[str, ...]
    processes: tuple[str, ...]
    stratum: str = ""
    met: tuple[str, ...] = ()


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

    A word's stratum is drawn by the weights of the strata, and its syllables are that stratum's. Whether a variable
    process applies is drawn once for each process and word, by the rate in the word's stratum: it applies at all sites
    of the word or at none. Strata and outcomes have random numbers of their own, so that a rate changes no UR.

    Args:
        grammar: where the syllables and processes come from.
        n: how many words.
        seed: of the random draws.
        syllables: fewest and most syllables of a word; every length is equally likely.
        edges: probability that a morpheme edge stands between two syllables; default .3 where the grammar's rules
            mention edges, else 0.
        include: optional processes that apply.
        exclude: URs that must not be drawn (edges do not count).
        at_least: how many of the words undergo each process (meet it, where it is variable: what is drawn again for
            being rare must not depend on the outcome, or the rate would not be the rate), however rare its environment:
            once the places left are only just enough for what is missing, words that do not help are drawn again.

    Raises:
        InputError: where the grammar has no syllables, or too few words to draw from.
    """
    if not 1 <= syllables[0] <= syllables[1]:
        raise InputError(f"syllables: found {syllables[0]}-{syllables[1]}; allowed: 1-1, 1-4, 2-3 and the like")
    grammar = grammar.asking(include)
    if edges is None:
        edges = 0.3 if grammar.uses_edges else 0.0
    rng, strata, outcomes = random.Random(seed), random.Random(f"strata {seed}"), random.Random(f"outcomes {seed}")
    names = list(grammar.strata) if grammar.strata and not grammar.stratum else [grammar.stratum]
    weights = [grammar.strata[name].weight for name in names] if len(names) > 1 else [1]
    shapes = {name: Phonotactics(grammar.in_stratum(name) if name else grammar) for name in names}
    seen = {grammar.inventory.seen(drop_edges(tuple(ur))) for ur in exclude}
    processes = [p for p in grammar.processes if not p.optional or p.name in include]
    missing = {p.name: at_least for p in processes}
    if sum(missing.values()) > n:
        raise InputError(f"{n} words are too few for {at_least} of each of {len(missing)} processes")
    variable = [p for p in processes if p.variable]
    made, vain, stratum = 0, 0, None
    while made < n:
        if stratum is None:  # it stays until a new word of it is drawn: a small stratum keeps its share
            stratum = strata.choices(names, weights)[0]
        ur = _form(shapes[stratum], rng, syllables, edges)
        new = not shapes[stratum].forbids(ur) and drop_edges(ur) not in seen
        derivation = grammar.derive(ur, include, stratum=stratum) if new else None
        lacking = sum(missing.values())
        if not new or (n - made <= lacking and not any(missing[p] for p in derivation.processes)):
            vain, stratum = vain + 1, None if new else stratum
            if vain > _PATIENCE:
                where = f" (no other of the stratum {stratum!r})" if stratum else ""
                raise InputError(f"only {made} of {n} distinct words could be drawn{where}{_rare(missing, at_least)}")
            continue
        seen.add(drop_edges(ur))
        made, vain = made + 1, 0
        if without := [p.name for p in variable if outcomes.random() >= p.rate_in(stratum)]:
            derivation = grammar.derive(ur, include, without, stratum)
        for process in {*derivation.processes, *derivation.met}:
            missing[process] = max(0, missing[process] - 1)
        yield NonceWord(ur, derivation.surface, derivation.processes, stratum, derivation.met)
        stratum = None
    if any(missing.values()):  # of a process whose sites a variable one makes or takes away
        raise InputError(f"{n} distinct words are too few{_rare(missing, at_least)}")


def _rare(missing: Mapping[str, int], at_least: int) -> str:
    """For which processes words are lacking, and what to do."""
    rare = [name for name, count in missing.items() if count]
    cause = f" with at least {at_least} each of {', '.join(rare)}" if rare else ""
    return f"{cause}; allow more syllables, or ask for fewer"


def _form(shapes: Phonotactics, rng: random.Random, syllables: tuple[int, int], edges: float) -> tuple[str, ...]:
    """A form of some syllables, legal or not."""
    ur: list[str] = []
    for number in range(rng.randint(*syllables)):
        if number and rng.random() < edges:
            ur.append(EDGE)
        ur += shapes.draw(rng)
    return tuple(ur)
