"""How probable a word is by the n-grams of a word list, and words drawn from them.

The n-grams are interpolated and smoothed after Witten & Bell 1991, *IEEE Transactions on Information Theory* 37 (their
method C), in the recursive form of Chen & Goodman 1999, *Computer Speech and Language* 13, section 2.5. That method
takes weights that are no whole numbers, which the discounts of Kneser-Ney do not.
"""

from __future__ import annotations

import itertools
import math
import random
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from ...errors import InputError
from ..transcription import EDGE

ORDER = 3  # unless told otherwise
_OUTSIDE = ""  # what stands before a word and behind it
Context = tuple[str, ...]


class Ngrams:
    """A distribution over all words of one segment or more; its probabilities sum to 1.

    Behind a context h, that is the last segments or the beginning of the word, a segment s has the probability
    P(s | h) = (c(h s) + T(h) P(s | h')) / (c(h) + T(h)): c are counts in the list, T(h) is the number of segments seen
    behind h (the end of the word is one), and h' is h without its first segment. Behind the empty context the role of
    P(s | h') is taken by 1 / (number of segments + 1). So every segment has a probability everywhere. No word is empty,
    and none has a morpheme edge at its margin or behind another: there, the other segments share the probability.

    Attributes:
        order: of the longest n-grams; 3 looks at two segments before.
        segments: those that a word may have. A morpheme edge, ``+``, is one where words of the list have edges; where
            none has, edges are not seen.
    """

    def __init__(self, counts: Mapping[Context, Mapping[str, float]], order: int, segments: Collection[str]):
        self.order, self.segments = order, tuple(segments)
        self._counts, self._outcomes = counts, (*self.segments, _OUTSIDE)
        self._known: dict[Context, dict[str, float]] = {}
        self._unrestricted: dict[Context, dict[str, float]] = {}

    @classmethod
    def of(
        cls,
        words: Iterable[Sequence[str]],
        order: int = ORDER,
        weights: Iterable[float] | None = None,
        segments: Iterable[str] = (),
    ) -> Ngrams:
        """The n-grams of a list.

        Args:
            words: their segments. Without ``weights`` each distinct word counts once (type frequency).
            order: of the longest n-grams, 1 or more.
            weights: of the words (token frequency), 0 or more; of several words that are the same they are added. They
                are scaled to a mean of 1 per distinct word, so that counts, counts per million and shares give the same
                n-grams.
            segments: that a word may have besides those of the list, as a grammar's inventory.

        Raises:
            InputError: an order below 1, no words, no weight above 0.
        """
        if order < 1:
            raise InputError(f"the order of the n-grams is {order}; allowed: 1 or more")
        words = [tuple(word) for word in words]
        total: Counter[tuple[str, ...]] = Counter()
        for word, weight in zip(
            words, itertools.repeat(1.0) if weights is None else weights, strict=weights is not None
        ):
            total[word] += weight
        total = Counter({word: weight for word, weight in total.items() if word and weight > 0})
        if not total:
            raise InputError("n-grams need words; found none" + ("" if weights is None else " with a weight above 0"))
        scale = len(total) / sum(total.values())
        counts: dict[Context, dict[str, float]] = defaultdict(lambda: defaultdict(float))
        for word, weight in total.items():
            for context, segment in _steps(word):
                for length in range(min(order - 1, len(context)) + 1):
                    counts[context[len(context) - length :]][segment] += 1.0 if weights is None else weight * scale
        seen = dict.fromkeys(itertools.chain(*total, (s for s in segments if s != EDGE)))
        return cls({context: dict(some) for context, some in counts.items()}, order, seen)

    def next(self, before: Sequence[str]) -> Mapping[str, float]:
        """The probability of each segment, and of the end of the word (``""``), behind a beginning of a word.

        Args:
            before: the segments so far; empty at the beginning.
        """
        context = (_OUTSIDE, *before)[-(self.order - 1) :] if self.order > 1 else ()
        last = before[-1] if before else _OUTSIDE
        key = (*context, last)
        if key not in self._known:
            found = self._smoothed(context)
            if last in (_OUTSIDE, EDGE):
                rest = 1 - sum(found.get(one, 0.0) for one in (_OUTSIDE, EDGE))
                found = {s: 0.0 if s in (_OUTSIDE, EDGE) else p / rest for s, p in found.items()}
            self._known[key] = found
        return self._known[key]

    def log_prob(self, word: Sequence[str]) -> float:
        """The natural logarithm of a word's probability, its beginning and end included; -inf of an empty word, and of
        one with a morpheme edge at its margin or behind another.

        Raises:
            InputError: a segment that neither the list nor ``segments`` has.
        """
        word = tuple(word) if EDGE in self.segments else tuple(s for s in word if s != EDGE)
        if unknown := [s for s in word if s not in self.segments]:
            raise InputError(f"/{' '.join(word)}/ has a segment that the n-grams do not know: {unknown[0]}")
        total = 0.0
        for n, segment in enumerate((*word, _OUTSIDE)):
            probability = self.next(word[:n])[segment]
            if not probability:
                return -math.inf
            total += math.log(probability)
        return total

    def draw(self, rng: random.Random) -> tuple[str, ...]:
        """A word, by its probability."""
        word: list[str] = []
        while True:
            found = self.next(word)
            segment = rng.choices(list(found), list(found.values()))[0]
            if segment == _OUTSIDE:
                return tuple(word)
            word.append(segment)

    def _smoothed(self, context: Context) -> dict[str, float]:
        if context not in self._unrestricted:
            seen = self._counts.get(context, {})
            shorter = self._smoothed(context[1:]) if context else dict.fromkeys(self._outcomes, 1 / len(self._outcomes))
            whole = sum(seen.values()) + len(seen)
            self._unrestricted[context] = (
                {s: (seen.get(s, 0.0) + len(seen) * p) / whole for s, p in shorter.items()} if seen else shorter
            )
        return self._unrestricted[context]


def _steps(word: tuple[str, ...]) -> Iterable[tuple[Context, str]]:
    """Each segment, and the end, with what stands before it."""
    padded = (_OUTSIDE, *word, _OUTSIDE)
    return ((padded[:n], padded[n]) for n in range(1, len(padded)))
