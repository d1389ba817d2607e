"""Nonce words, with the SRs that a grammar derives: URs of its syllables, or of the n-grams of a word list."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ...errors import InputError
from ..grammar import Grammar
from ..transcription import EDGE, drop_edges
from .ngrams import Ngrams
from .syllables import Phonotactics

Segments = tuple[str, ...]
_PATIENCE = 20_000  # draws without a new word after which there seem to be no more


class TooFewWordsError(InputError):
    """The words that there are, are too few."""


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
    names = list(grammar.strata) if grammar.strata and not grammar.stratum else [grammar.stratum]
    weights = [grammar.strata[name].weight for name in names] if len(names) > 1 else [1]
    shapes = {name: Phonotactics(grammar.in_stratum(name) if name else grammar) for name in names}
    taken = {grammar.inventory.seen(drop_edges(tuple(ur))) for ur in exclude}

    def draw(stratum: str, rng: random.Random) -> Segments | None:
        ur = _form(shapes[stratum], rng, syllables, edges)
        return None if shapes[stratum].forbids(ur) or drop_edges(ur) in taken else ur

    advice = "allow more syllables, or ask for fewer"
    yield from _distinct(draw, dict(zip(names, weights, strict=True)), n, seed, grammar, include, at_least, advice)


def words_like(
    ngrams: Mapping[str, Ngrams],
    weights: Mapping[str, float],
    real: Collection[Sequence[str]],
    n: int,
    seed: int,
    segments: tuple[int, int],
    grammar: Grammar | None = None,
    include: Collection[str] = (),
    exclude: Collection[Sequence[str]] = (),
    at_least: int = 0,
    tally: Counter[str] | None = None,
) -> Iterator[NonceWord]:
    """Draw ``n`` distinct words that are no words of a list, by the n-grams of the list; the same for the same seed.

    Words that are too short or too long, or are words of the list, are drawn again.

    Args:
        ngrams: by stratum; of all words under "" where strata do not count.
        weights: of these strata.
        real: the words of the list.
        segments: fewest and most segments of a word, edges not counted.
        grammar: derives the SRs; None: words have none.
        n, seed, include, exclude, at_least: as for `nonce_words`.
        tally: receives the number of draws under "draws", and of those that were words of the list under "real".

    Raises:
        InputError: where there are too few words to draw from.
    """
    if not 1 <= segments[0] <= segments[1]:
        raise InputError(f"segments: found {segments[0]}-{segments[1]}; allowed: 1-1, 3-8 and the like")
    grammar = grammar and grammar.asking(include)
    tally = Counter() if tally is None else tally
    real, taken = ({drop_edges(tuple(ur)) for ur in some} for some in (real, exclude))

    def draw(stratum: str, rng: random.Random) -> Segments | None:
        ur = ngrams[stratum].draw(rng)
        bare = drop_edges(ur)
        tally.update(draws=1, real=bare in real)
        return ur if segments[0] <= len(bare) <= segments[1] and bare not in real and bare not in taken else None

    advice = "allow other lengths (--segments) or n-grams of a lower order (--ngram), or ask for fewer"
    yield from _distinct(draw, weights, n, seed, grammar, include, at_least, advice)


def _distinct(
    draw: Callable[[str, random.Random], Segments | None],
    weights: Mapping[str, float],
    n: int,
    seed: int,
    grammar: Grammar | None,
    include: Collection[str],
    at_least: int,
    advice: str,
) -> Iterator[NonceWord]:
    """Words that differ, of strata by weight; ``draw`` gives a form of a stratum, or None for an unwanted one."""
    rng, strata, outcomes = random.Random(seed), random.Random(f"strata {seed}"), random.Random(f"outcomes {seed}")
    seen: set[Segments] = set()
    processes = [p for p in grammar.processes if not p.optional or p.name in include] if grammar else []
    missing = {p.name: at_least for p in processes}
    if sum(missing.values()) > n:
        raise TooFewWordsError(f"{n} words are too few for {at_least} of each of {len(missing)} processes")
    variable = [p for p in processes if p.variable]
    made, vain, stratum = 0, 0, None
    while made < n:
        if stratum is None:  # it stays until a new word of it is drawn: a small stratum keeps its share
            stratum = strata.choices(list(weights), list(weights.values()))[0]
        ur = draw(stratum, rng)
        new = ur is not None and drop_edges(ur) not in seen
        derivation = grammar.derive(ur, include, stratum=stratum) if new and grammar else None
        lacking = sum(missing.values())
        if not new or (n - made <= lacking and not any(missing[p] for p in derivation.processes)):
            vain, stratum = vain + 1, None if new else stratum
            if vain > _PATIENCE:
                where = f" (no other of the stratum {stratum!r})" if stratum else ""
                rare = _rare(missing, at_least)
                raise TooFewWordsError(f"only {made} of {n} distinct words could be drawn{where}{rare}; {advice}")
            continue
        seen.add(drop_edges(ur))
        made, vain = made + 1, 0
        if derivation is None:
            yield NonceWord(ur, (), (), stratum)
            stratum = None
            continue
        if without := [p.name for p in variable if outcomes.random() >= p.rate_in(stratum)]:
            derivation = grammar.derive(ur, include, without, stratum)
        for process in {*derivation.processes, *derivation.met}:
            missing[process] = max(0, missing[process] - 1)
        yield NonceWord(ur, derivation.surface, derivation.processes, stratum, derivation.met)
        stratum = None
    if any(missing.values()):  # of a process whose sites a variable one makes or takes away
        raise TooFewWordsError(f"{n} distinct words are too few{_rare(missing, at_least)}; {advice}")


def _rare(missing: Mapping[str, int], at_least: int) -> str:
    """For which processes words are lacking."""
    rare = [name for name, count in missing.items() if count]
    return f" with at least {at_least} each of {', '.join(rare)}" if rare else ""


def _form(shapes: Phonotactics, rng: random.Random, syllables: tuple[int, int], edges: float) -> tuple[str, ...]:
    """A form of some syllables, legal or not."""
    ur: list[str] = []
    for number in range(rng.randint(*syllables)):
        if number and rng.random() < edges:
            ur.append(EDGE)
        ur += shapes.draw(rng)
    return tuple(ur)
