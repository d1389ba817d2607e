"""Designs made from real words: each that undergoes the process gets its own 2 x 2, by substituting clean controls."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace

from tqdm import tqdm

from ..corpus.pairs import Word
from ..corpus.splits import name_words
from ..errors import InputError
from ..phonology.grammar import STRATUM, Derivation, Grammar, strata_of_words
from ..phonology.process import Site
from ..phonology.transcription import EDGE, WORD_EDGE, drop_edges
from ..text import count, listed
from .classes import Classes, parts_of
from .crossed import Design, joint_of
from .interference import Touch, feeding_of, interference, variable_too
from .items import CELLS, COLUMNS, LEAST_WORDS, Item
from .parts import most
from .places import is_of, site_place
from .units import Joint


def from_words(
    grammar: Grammar, process: str, words: Sequence[Word], include: Collection[str] = (), part: int | None = None
) -> Design:
    """Each real word's own 2 x 2: itself (TR), and with controls for its trigger (TN), its target (CR), and both (CN).

    Of the controls that make all four clean (`interference`; forbidden sequences and, where the word itself has none,
    illegal syllables are out, too), those nearest in features to what they replace are taken; of several that are
    equally near, the pair whose words no other 2 x 2 has, then the one used least so far. A word's sites are tried in
    their order, those that no earlier process made first. Processes that feed a site may do to the target of TN what
    they do in the word itself: the /s/ of 거짓말 /kʌt͡ɕismal/ becomes [t] in both. CR and CN have nothing of the kind.
    Where the end of the word is the trigger, its control is put behind the word: kitab, and kitab+a. Where the grammar
    has strata, the words are of one; of a grammar that is asked about one (`Grammar.in_stratum`) others are left out.

    Args:
        grammar: what derives the SRs.
        process: the one studied.
        words: as `read_words` reads them, edges kept. Their columns travel in ``more``, and ``fed_by`` after them.
        include: optional processes that apply.
        part: of the process, its number in `parts_of`; None: the first. Sites of other parts are not used.

    Returns:
        Four items a word, called ID-TR, ID-TN, ID-CR, ID-CN; ``stem`` is the word as spelled, with its id where two
        words are spelled alike. The words left out, with the reason.

    Raises:
        InputError: a column of the list has a name that a column of the design has; fewer than five words are left.
    """
    name_words(words, "word", first=1)
    for word in words[:1]:
        for name in word.more:
            if name in (*COLUMNS, "fed_by"):
                raise InputError(f"the column {name!r} has the name of a column of the design; rename it", word.path, 1)
    grammar = in_stratum_of(words, grammar.asking(include))
    words, excluded = _of_one_stratum(words, grammar)
    making = _Making(joint_of(grammar, process, include, part=part))
    spelled = Counter(word.ur_text.strip() for word in words)
    items: list[Item] = []
    for word in tqdm(words, desc="2 x 2", unit=" words", delay=1, disable=None, leave=False):
        text = word.ur_text.strip()
        name = text if spelled[text] == 1 else f"{text} ({word.id})"
        try:
            items += making.items(word, name)
        except _LeftOutError as reason:
            excluded.append((name, str(reason)))
    found = len(items) // len(CELLS)
    if found < LEAST_WORDS:
        reasons = [f"{why} ({count(n)})" for why, n in Counter(why for _, why in excluded).most_common(2)]
        why = f"; most frequent: {'; '.join(reasons)}" if reasons else ""
        raise InputError(f"{found} of {len(words)} words get a 2 x 2 for {process}; {LEAST_WORDS} are needed{why}")
    return Design(tuple(items), tuple(excluded), making.classes)


def in_stratum_of(words: Sequence[Word], grammar: Grammar) -> Grammar:
    """The grammar of the one stratum of some words; itself where it has no strata or is asked about one.

    Raises:
        InputError: words of several strata; as `strata_of_words`.
    """
    if not grammar.strata or grammar.stratum or not words:
        return grammar
    counts = Counter(strata_of_words(grammar, words, words[0].path))
    if len(counts) > 1:
        found = listed(f"{name} ({n:,})" for name, n in counts.items())
        raise InputError(
            f"the words are of the strata {found}, and a design is of one; give --stratum NAME", words[0].path
        )
    return grammar.in_stratum(next(iter(counts)))


def _of_one_stratum(words: Sequence[Word], grammar: Grammar) -> tuple[list[Word], list[tuple[str, str]]]:
    """The words of the grammar's stratum, without its symbol; the others, with the reason."""
    if not grammar.strata or not words:
        return list(words), []
    strata = strata_of_words(grammar, words, words[0].path)
    kept, excluded = [], []
    for word, name in zip(words, strata, strict=True):
        if name != grammar.stratum:
            excluded.append((word.ur_text.strip(), f"is of the stratum {name}"))
        else:
            kept.append(replace(word, ur=grammar.bare(word.ur), more=word.more | {STRATUM: name}))
    return kept, excluded


class _LeftOutError(Exception):
    """Why a word gets no 2 x 2."""


class _Making:
    """Makes the four words of each real one; remembers which controls it used."""

    def __init__(self, joint: Joint):
        self.grammar, self.process, self.include, self.edge = joint.grammar, joint.process, joint.include, joint.edge
        self.classes: Classes = joint.classes
        self.parts = parts_of(self.grammar, self.process, self.include)
        self.phonotactics = joint.phonotactics
        self.used: Counter[tuple[str, str]] = Counter()
        self.made: set[tuple[str, ...]] = set()
        self.seen: dict[tuple[str, ...], str] = {}
        if self.classes.control_trigger == (WORD_EDGE,):
            raise InputError(
                f"the control for the trigger of {self.process!r} is the end of the word, which a real word could only "
                "have by being cut off; name segments under [controls."
                f"{self.process}] trigger, or cross stems and suffixes"
            )

    def items(self, word: Word, name: str) -> list[Item]:
        derivation = self._derivation(word)
        if (first := self.seen.setdefault(drop_edges(word.ur), name)) != name:
            raise _LeftOutError(f"has the same UR as {first}")
        reasons = []
        for site, place in self._sites(derivation):
            found = self._quad(derivation, place)
            if isinstance(found, str):
                reasons.append(found)
                continue
            fed_by = tuple(dict.fromkeys(site.fed_by))
            more = word.more | {"fed_by": ",".join(fed_by)}
            return [
                Item(
                    f"{word.id}-{cell}",
                    ur,
                    self.grammar.derive(ur, self.include).surface,
                    *cell,
                    place[0],
                    place[1] + (ur[place[1] : place[1] + 1] == (EDGE,)),
                    stem=name,
                    fed_by=fed_by,
                    more=more,
                )
                for cell, ur in zip(CELLS, found, strict=True)
            ]
        raise _LeftOutError(reasons[0])

    def _derivation(self, word: Word) -> Derivation:
        unknown = [s for s in drop_edges(word.ur) if s not in self.grammar.inventory]
        if unknown:
            raise _LeftOutError(f"the grammar has no segment {' '.join(dict.fromkeys(unknown))}")
        derivation = self.grammar.derive(word.ur, self.include)
        if not derivation.changes(self.process):
            raise _LeftOutError(f"{self.process} does not apply")
        if why := variable_too(self.grammar, self.process, word.ur, self.include):
            raise _LeftOutError(why)
        if word.sr is not None and drop_edges(word.sr) != derivation.surface:
            variants = {one.sr for one in self.grammar.variants(word.ur, self.include)}
            if drop_edges(word.sr) in variants:
                raise _LeftOutError(f"the SR of the list is a variant in which {self.process} does not apply")
            raise _LeftOutError("the SR of the list is not the one the grammar derives")
        return derivation

    def _sites(self, derivation: Derivation) -> list[tuple[Site, tuple[int, int]]]:
        """With their places, underived ones first."""
        sites = derivation.changes(self.process)
        found = [(s, site_place(s, derivation, self.classes)) for s in sites if is_of(s, derivation, self.classes)]
        if not found:
            number = most(self.parts, ((site, derivation) for site in sites))
            other = f"another part of {self.process} applies than {self.classes} (--part {number})"
            raise _LeftOutError(other if number else f"an inserted segment, or no segment, conditions {self.process}")
        return sorted(found, key=lambda one: one[0].derived)

    def _quad(self, derivation: Derivation, place: tuple[int, int]) -> list[tuple[str, ...]] | str:
        """The four URs, in the order of `CELLS`; or why there are none."""
        ur = derivation.ur
        feeding = feeding_of(derivation, self.process, place[0])
        if reason := self._reason(ur, place, "TR", feeding):
            return reason
        legal = self.phonotactics.syllabifies(drop_edges(ur))
        reasons: Counter[str] = Counter()
        for pair, words in self._candidates(ur, place):
            found = (self._reason_of(word, place, cell, feeding, legal) for cell, word in words.items())
            reason = next(filter(None, found), None)
            if reason is None:
                self.used[pair] += 1
                self.made.update(map(drop_edges, words.values()))
                return [ur, *words.values()]
            reasons[reason] += 1
        return f"no controls give clean words; most frequent reason: {reasons.most_common(1)[0][0]}"

    def _reason(self, ur: tuple[str, ...], place: tuple[int, int], cell: str, feeding: Sequence[Touch]) -> str | None:
        if cell != "TR" and self.phonotactics.forbids(ur):
            return "a sequence that the grammar forbids"
        target, trigger = place
        trigger += ur[trigger : trigger + 1] == (EDGE,)  # in front of a suffix that is put behind the word
        return interference(self.grammar, self.process, ur, target, trigger, cell, self.include, feeding)

    def _reason_of(
        self, ur: tuple[str, ...], place: tuple[int, int], cell: str, feeding: Sequence[Touch], legal: bool
    ) -> str | None:
        """What is wrong with a control word; ``legal``: the real word is made of the grammar's syllables."""
        reason = self._reason(ur, place, cell, feeding if cell == "TN" else ())
        if reason is None and legal and not self.phonotactics.syllabifies(drop_edges(ur)):
            reason = "a syllable that the grammar does not have"
        return reason and f"{cell}: {reason}"

    def _candidates(
        self, ur: tuple[str, ...], place: tuple[int, int]
    ) -> list[tuple[tuple[str, str], dict[str, tuple[str, ...]]]]:
        """Pairs of controls with the words TN, CR, CN they make, those to be preferred first."""
        target, trigger = place
        found = []
        for c, n in itertools.product(self.classes.control_target, self.classes.control_trigger):
            replaced = (*ur[:target], c, *ur[target + 1 :])
            words = {"TN": self._with_trigger(ur, trigger, n), "CR": replaced}
            words["CN"] = self._with_trigger(replaced, trigger, n)
            taken = sum(drop_edges(word) in self.made for word in words.values())
            near = self._distance(ur[target], c) + (self._distance(ur[trigger], n) if trigger < len(ur) else 0)
            found.append(((near, taken, self.used[c, n]), (c, n), words))
        return [(pair, words) for _, pair, words in sorted(found, key=lambda one: one[0])]

    def _distance(self, one: str, other: str) -> float:
        return self.grammar.inventory.distance(one, other)

    def _with_trigger(self, ur: tuple[str, ...], trigger: int, segment: str) -> tuple[str, ...]:
        """With another trigger; behind the end of the word, with an edge before it as in a crossed design."""
        edge = (EDGE,) * (self.edge and trigger == len(ur))
        return (*ur[:trigger], *edge, segment, *ur[trigger + 1 :])
