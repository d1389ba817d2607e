"""Which segment stands for which: hypotheses beside references, segment by segment, with what stands around."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from tqdm import tqdm

from ...corpus.variants import Form
from ...errors import InputError
from ...phonology.alignment import align
from ...phonology.natural_classes import Inventory, panphon_features
from ...phonology.transcription import EDGE, WORD_EDGE

NOTHING = ""  # of a deletion what was produced, of an insertion what is gold: no segment is called so
_EDGE = "\0"  # an edge of a morpheme, to which nothing corresponds in an alignment, counts as a segment here


@dataclass(frozen=True)
class Confusion:
    """A segment and what models had in its place.

    Attributes:
        gold: of the reference; `NOTHING` of an insertion.
        produced: `NOTHING` of a deletion.
        left, right: the segments beside it in the reference, # at the edge of the word; None: in any place.
        n: how often.
        of: how often the gold segment stands (there) in the references; of an insertion the number of places.
        words: in how many different words.
        models: in how many models.
        example: number of the first word.
    """

    gold: str
    produced: str
    left: str | None
    right: str | None
    n: int
    of: int
    words: int
    models: int
    example: int


def features_of(segments: Iterable[str], grammar_inventory: Inventory | None = None) -> Inventory | None:
    """The features by which segments are aligned: the grammar's; else panphon's, where it knows all of them."""
    if grammar_inventory is not None:
        return grammar_inventory
    segments = sorted(set(segments))
    try:
        return Inventory(segments) if all(map(panphon_features, segments)) else None
    except InputError:
        return None


def edits(reference: Form, hypothesis: Form, inventory: Inventory | None) -> Iterator[tuple[str, str, str, str]]:
    """The insertions, deletions and substitutions of a hypothesis, the fewest: gold, produced, left, right.

    Where several alignments have as few, the one whose segments differ in fewest features.
    """
    framed, before = [WORD_EDGE, *reference, WORD_EDGE], 0  # how many segments of the reference came before
    forms = ([_EDGE if segment == EDGE else segment for segment in form] for form in (reference, hypothesis))
    for gold, produced in align(*forms, inventory, fewest_edits=True).pairs:
        said = NOTHING if produced is None else hypothesis[produced]
        if gold is None:
            yield NOTHING, said, framed[before], framed[before + 1]
            continue
        before = gold + 1
        if reference[gold] != said:
            yield reference[gold], said, framed[before - 1], framed[before + 1]


def confusions(
    references: Sequence[Sequence[Form]], hypotheses: Sequence[Sequence[Form]], inventory: Inventory | None
) -> tuple[list[Confusion], list[Confusion]]:
    """All confusions, most frequent first.

    Args:
        references: what each hypothesis is compared with.  # models x words
        hypotheses: of each model.  # models x words
        inventory: of `features_of`.

    Returns:
        Those of each pair of segments, and those of each pair in each context.
    """
    found: dict[tuple[str, str, str, str], list[tuple[int, int]]] = {}  # -> model, word
    for model, (gold, said) in enumerate(zip(references, hypotheses, strict=True)):
        words = zip(gold, said, strict=True)
        bar = tqdm(words, "aligning", len(gold), unit=" words", delay=2, disable=None, leave=False)
        for word, (reference, hypothesis) in enumerate(bar):
            if reference != hypothesis:
                for edit in edits(reference, hypothesis, inventory):
                    found.setdefault(edit, []).append((model, word))
    there = _occurrences(Counter(form for gold in references for form in gold))
    everywhere: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for (gold, said, _, _), places in found.items():
        everywhere.setdefault((gold, said), []).extend(places)
    pairs = [_confusion((*key, None, None), some, there[key[0], None, None]) for key, some in everywhere.items()]
    contexts = [_confusion(key, some, there[key[0], key[2], key[3]]) for key, some in found.items()]
    return _sorted(pairs), _sorted(contexts)


def _occurrences(forms: Counter[Form]) -> Counter[tuple[str, str | None, str | None]]:
    """How often each segment, and each place between two, stands in references, anywhere and in each context."""
    there: Counter[tuple[str, str | None, str | None]] = Counter()
    for form, times in forms.items():
        framed = (WORD_EDGE, *form, WORD_EDGE)
        for left, gold, right in zip(framed, form, framed[2:], strict=False):
            there[gold, None, None] += times
            there[gold, left, right] += times
        for left, right in itertools.pairwise(framed):
            there[NOTHING, None, None] += times
            there[NOTHING, left, right] += times
    return there


def _confusion(key: tuple[str, str, str | None, str | None], places: list[tuple[int, int]], of: int) -> Confusion:
    models, words = ({place[n] for place in places} for n in (0, 1))
    return Confusion(*key, len(places), of, len(words), len(models), min(words))


def _sorted(found: Iterable[Confusion]) -> list[Confusion]:
    return sorted(found, key=lambda one: (-one.n, one.gold, one.produced, one.left or "", one.right or ""))
