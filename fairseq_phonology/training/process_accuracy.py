"""Accuracy per process from the model's choice at each step: applied where due, failed, applied where not due.

Of a variable process, one with a rate, the same counts are no accuracy but the share in which the model applies it, to
be compared with the share in the training words. `task` asks for it with ``--grammar``; it needs no torch.
"""

from __future__ import annotations

import functools
import itertools
import operator
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from rapidfuzz.distance import Levenshtein

from ..errors import InputError, logger_of
from ..phonology.alignment import align
from ..phonology.decision import END
from ..phonology.expected import Expectation, expectations
from ..phonology.grammar import STRATUM, Grammar, Variant, without_symbol
from ..phonology.natural_classes import Inventory
from ..phonology.process import Process
from ..phonology.transcription import EDGE
from ..text import percent_of, percentage

logger = logger_of(__name__)

_PROCESS = "process/"  # before the names of counts, in fairseq's logging outputs
_COUNTS = ("due", "applied", "failed", "not_due", "overapplied")
TRAINING = "_training"  # ends the name of a rate in the training words

Segments = tuple[str, ...]
Row = dict[str, Any]  # what is known of a word, by column


@dataclass(frozen=True, slots=True)
class Choices:
    """What a model has at each step of a reference, that of its end included.

    Attributes:
        at: in place of the segment of this step; "" where it has nothing.
        first: what it says next after all that comes before this step.
        extra: the same where it is not in place of this step's segment: one too many, or after one too few; else "".
    """

    at: Sequence[str]
    first: Sequence[str]
    extra: Sequence[str]

    @staticmethod
    def of_forced(choices: Sequence[str]) -> Choices:
        """The choice at every step, given the reference before it: what is in its place is what is said next."""
        return Choices(choices, choices, choices)

    @staticmethod
    @functools.lru_cache(maxsize=1 << 12)
    def of_free(reference: Segments, hypothesis: Segments, inventory: Inventory) -> Choices:
        """A hypothesis that followed no reference, aligned by the fewest edits, then by features."""
        said, after = (*hypothesis, END), 0
        pairs = align(reference, hypothesis, inventory, fewest_edits=True).pairs
        places = {**dict(pairs), len(reference): len(hypothesis)}  # the ends correspond
        at, first, extra = [], [], []
        for step in range(len(reference) + 1):
            place = places[step]
            at.append("" if place is None else said[place])
            first.append(said[after])
            extra.append("" if place == after else said[after])
            after = after if place is None else place + 1
        return Choices(at, first, extra)


class ProcessAccuracy:
    """Counts per process over a data set; what can be worked out once, is.

    Words whose reference is not what the grammar derives (no variant of it) say nothing about its processes and are
    left out, as are words whose stratum is not known; their number is ``left_out``. Optional processes are a switch for
    a whole corpus, so the setting that derives most references is taken (``include``), among those whose processes some
    stratum of the words has.

    Args:
        grammar: a grammar, or the path of one.
        underlying: the UR of each word as the model sees it.
        references: the SR of each word, without the end symbol; None where there is none: then it is what the grammar
            derives.
        strata: the stratum of each word; empty where its UR says it, and in a grammar without strata.
        include: the optional processes that apply; None: as above.
        only: names of the processes that are counted; None: all.

    Attributes:
        processes: names of those that are counted.
        variable: those of them that have a rate -> the strata by which they are counted: none, or two or more.
        references: the SR of each word that counts; None of those that are left out.
        unplaced: what is wrong with the stratum of the first word of which it is not known; empty where there is none.
    """

    def __init__(
        self,
        grammar: Grammar | str,
        underlying: Sequence[Segments],
        references: Sequence[Segments | None],
        strata: Sequence[str] = (),
        include: Sequence[str] | None = None,
        only: Collection[str] | None = None,
    ):
        self.grammar = _loaded(grammar)
        words = list(zip(underlying, references, strata or [""] * len(underlying), strict=True))
        self.unplaced = ""
        settings = [include] if include is not None else _settings(self._possible(words))
        self.include = max(settings, key=lambda s: self._derivable(words[:500], s)) if settings[1:] else settings[0]
        self.grammar = self.grammar.asking(self.include)  # strata that do not count are no part of it
        in_force = [p for p in self.grammar.processes if not p.optional or p.name in self.include]
        in_force = [p for p in in_force if only is None or p.name in only]
        self.processes = [p.name for p in in_force]
        self.variable = {p.name: _strata_of(p, self.grammar) for p in in_force if p.variable}
        self.keys = [f"{name}/{count}" for name in self.processes for count in _COUNTS]
        self.keys += [f"{n}/{s}/{c}" for n, some in self.variable.items() for s in some for c in _COUNTS[:3]]
        self._strata: list[str] = []
        self._variants: list[Mapping[Segments, Variant]] = []
        self.references: list[Segments | None] = []
        for ur, sr, stratum in words:
            variants = self._derive(ur, stratum, self.include)
            first = self.grammar.derive(ur, self.include, stratum=stratum).surface if variants and sr is None else sr
            self._variants.append(variants if first in variants else {})
            self.references.append(first if first in variants else None)
            self._strata.append(next(iter(variants.values())).derivation.stratum if variants else "")
        self.left_out = self.references.count(None)
        if underlying and self.left_out == len(underlying):
            if self.unplaced:
                raise InputError(self.unplaced)
            raise InputError(
                f"the grammar derives none of the {len(underlying)} references, for example not "
                f"[{' '.join(references[0] or ['?'])}] from /{' '.join(underlying[0])}/; "
                "does the grammar have the segments of the corpus, and were morpheme edges kept (prepare --keep-edges)?"
            )
        self._expected: dict[tuple[int, Segments | None], list[Expectation]] = {}
        for row, reference in enumerate(self.references):
            self._expectations(row, reference)

    def count(self, rows: Sequence[int], predicted: Sequence[Sequence[str]]) -> dict[str, int]:
        """Counts over a batch (places where due, words where not), every key of ``keys`` each time.

        Args:
            rows: which words of the data set.
            predicted: for each, the model's choice at every step given the reference before it, ``</s>`` at the last
                step included.
        """
        forced = map(Choices.of_forced, predicted)
        return self._counted((row, self.references[row], choices) for row, choices in zip(rows, forced, strict=True))

    def count_free(self, hypotheses: Iterable[Sequence[str]]) -> dict[str, int]:
        """Counts over all words, from hypotheses that followed no reference.

        Each is aligned with the reference (`Choices.of_free`); of a word with variants with the one that has the fewest
        edits, the reference among several.
        """
        return self._counted(self._free(row, hypothesis) for row, hypothesis in enumerate(hypotheses))

    def count_word(self, row: int, hypothesis: Sequence[str]) -> dict[str, int]:
        """As `count_free`, over one word."""
        return self._counted([self._free(row, hypothesis)])

    def _free(self, row: int, hypothesis: Sequence[str]) -> tuple[int, Segments | None, Choices]:
        """A word, the SR that its hypothesis is compared with, and what it has at each of its steps."""
        nearest = reference = self.references[row]
        if len(self._variants[row]) > 1:
            srs = sorted(self._variants[row], key=lambda sr: sr != reference)
            nearest = min(srs, key=lambda sr: Levenshtein.distance(sr, tuple(hypothesis)))
        return row, nearest, Choices.of_free(nearest or (), tuple(hypothesis), self.grammar.inventory)

    def rates(self, counts: Mapping[str, float]) -> dict[str, float]:
        """From summed counts, in %.

        ``NAME``: applied, of the places where it is due. ``NAME_failed``: the blocked form's segment instead, of the
        same (the rest is neither). ``NAME_overapplied``: words in which it applied at a place where it is not due, of
        those that have such a place. ``NAME_in_STRATUM``: as ``NAME``, of a variable process in one stratum.
        """
        rates = {}
        for name in self.processes:
            due, applied, failed, not_due, overapplied = (counts[f"{name}/{count}"] for count in _COUNTS)
            rates[name] = percentage(applied, due)
            rates[f"{name}_failed"] = percentage(failed, due)
            rates[f"{name}_overapplied"] = percentage(overapplied, not_due)
        return rates | self.shares(counts)

    def shares(self, counts: Mapping[str, float]) -> dict[str, float]:
        """The shares of application of the variable processes alone, in %: ``NAME``, ``NAME_in_STRATUM``."""
        keys = [key for key, *_ in self.variable_keys()]
        return {k.replace("/", "_in_"): percentage(counts[f"{k}/applied"], counts[f"{k}/due"]) for k in keys}

    def variable_keys(self) -> Iterator[tuple[str, str, float | None]]:
        """Of each variable process, over all strata and in each: the key of its counts, its name in words, and the
        grammar's rate, None where it differs between strata."""
        for name, strata in self.variable.items():
            rate_in = self.grammar.process(name).rate_in
            rates = {rate_in(stratum) for stratum in self.grammar.strata or ("",)} - {0.0}
            yield name, name, rates.pop() if len(rates) == 1 else None
            yield from ((f"{name}/{stratum}", f"{name} in {stratum}", rate_in(stratum)) for stratum in strata)

    def applied_in(self, words: Iterable[Row]) -> dict[str, int]:
        """`applied_in` of the variable processes, with the optional ones of these words."""
        return applied_in(self.grammar, self.variable.keys(), self.include, words)

    def _counted(self, words: Iterable[tuple[int, Segments | None, Choices]]) -> dict[str, int]:
        counts = dict.fromkeys(self.keys, 0)
        for row, sr, choices in words:
            for expected in self._expectations(row, sr):
                name = expected.process
                keys = [name]
                keys += [f"{name}/{self._strata[row]}"] if self._strata[row] in self.variable.get(name, ()) else []
                for place, key in itertools.product(expected.due, keys):
                    counts[f"{key}/due"] += 1
                    said = (choices.first if place.gap else choices.at)[place.step]
                    counts[f"{key}/applied"] += said == place.gold
                    counts[f"{key}/failed"] += said == place.blocked
                if expected.not_due:
                    counts[f"{name}/not_due"] += 1
                    said = ((c.segment, (choices.extra if c.gap else choices.at)[c.step]) for c in expected.not_due)
                    counts[f"{name}/overapplied"] += any(itertools.starmap(operator.eq, said))
        return counts

    def _expectations(self, row: int, sr: Segments | None) -> list[Expectation]:
        if sr is None:
            return []
        if (row, sr) not in self._expected:
            variant = self._variants[row][sr]
            blocked = [name for name in variant.derivation.met if name not in variant.applied]
            self._expected[row, sr] = expectations(
                self.grammar, variant.derivation, self.include, blocked, self.processes
            )
        return self._expected[row, sr]

    def _possible(self, words: Sequence[tuple[Segments, Any, str]]) -> list[str]:
        """The optional processes that a word of these strata could undergo."""
        strata = set()
        for ur, _, stratum in words:
            with suppress(InputError):  # which `_derive` counts
                strata.add(stratum or without_symbol(ur, self.grammar.strata)[1])
        return [name for name in self.grammar.optional if any(map(self.grammar.process(name).rate_in, strata))]

    def _derive(self, ur: Segments, stratum: str, include: Sequence[str]) -> dict[Segments, Variant]:
        if any(s not in self.grammar.inventory and s != EDGE for s in ur):
            return {}  # the word is left out, and counted; any other error is the grammar's, and goes on
        try:
            self.grammar.bare(ur)
            stratum = self.grammar.stratum_of(ur, stratum, include)
        except InputError as error:
            self.unplaced = self.unplaced or error.message
            return {}
        return {variant.sr: variant for variant in self.grammar.variants(ur, include, stratum)}

    def _derivable(self, words: Sequence[tuple[Segments, Segments | None, str]], include: Sequence[str]) -> int:
        derived = ((sr, self._derive(ur, stratum, include)) for ur, sr, stratum in words)
        return sum(sr in variants or (sr is None and bool(variants)) for sr, variants in derived)


def applied_in(
    grammar: Grammar, processes: Collection[str], include: Sequence[str], words: Iterable[Row]
) -> dict[str, int]:
    """How often variable processes apply in the references of words, as of the training: counts as those of
    `ProcessAccuracy.count`, whose `ProcessAccuracy.shares` are the rates in training.

    Args:
        grammar: the grammar.
        processes: names of the variable processes.
        include: optional processes that apply.
        words: rows with ``ur``, ``sr`` and, where the grammar has strata, maybe ``stratum``; repeated ones count each
            time. Those that the grammar does not derive are left out.
    """
    times = Counter(_forms(row) for row in words if row.get("sr") is not None)
    underlying, references, strata = zip(*times, strict=True) if times else ((), (), ())
    trained = ProcessAccuracy(grammar, underlying, references, strata, include, processes)
    total: Counter[str] = Counter(dict.fromkeys(trained.keys, 0))
    for row, (reference, n) in enumerate(zip(references, times.values(), strict=True)):
        for key, count in trained.count([row], [(*reference, END)]).items():
            total[key] += n * count
    return dict(total)


class ProcessCounts:
    """Accuracy per phonological process, by subset.

    Args:
        grammar: the grammar, or the path of its file.
        words: the rows of a data set, as `predictions.word_rows` has them: ``ur``, ``sr`` (None where there is none),
            of segments unknown to the model too, where a table has them, and ``stratum``, where it has this column.
        training: those of the training words; None where they are not known.
    """

    def __init__(
        self,
        grammar: Grammar | str,
        words: Callable[[Any], list[Row]],
        training: Callable[[], list[Row] | None] = lambda: None,
    ):
        self._grammar, self._words, self._training = grammar, words, training
        self._trained: dict[tuple[str, ...], dict[str, int]] = {}
        self._subsets: dict[int, tuple[Any, ProcessAccuracy, dict[str, float]]] = {}

    def check(self) -> None:
        """Raise the grammar's errors now, not after the first epoch."""
        _loaded(self._grammar)

    def load(self, dataset: Any) -> ProcessAccuracy:
        """Work out once for a data set where each process is due.

        Raises:
            InputError: the grammar derives none of its words.
        """
        if id(dataset) not in self._subsets:
            rows = self._words(dataset)
            accuracy = of_rows(self._grammar, rows)
            if accuracy.left_out:
                why = accuracy.unplaced and f"; {accuracy.unplaced}"
                logger.info(f"{accuracy.left_out} of {len(rows)} references are not what {self._grammar} derives{why}")
            training = self.trained(accuracy) if accuracy.variable else {}
            for key, said, rate in accuracy.variable_keys() if training else ():
                applied, due = training[f"{key}/applied"], training[f"{key}/due"]
                own = "" if rate is None else f"; the grammar's rate is {percent_of(rate, 1, 1)}"
                logger.info(
                    f"{said} applies at {applied} of {due} places in training ({percent_of(applied, due)}){own}"
                )
            shares = accuracy.shares(training).items() if training else ()
            # the data set is kept too, so that its id stays its own
            self._subsets[id(dataset)] = dataset, accuracy, {f"{name}{TRAINING}": share for name, share in shares}
        return self._subsets[id(dataset)][1]

    def trained(self, accuracy: ProcessAccuracy) -> dict[str, int]:
        """Its `ProcessAccuracy.applied_in` of the training words, worked out once for each setting of the optional
        processes; empty where the training words are not known."""
        if accuracy.include not in self._trained:
            words = self._training()
            self._trained[accuracy.include] = {} if words is None else accuracy.applied_in(words)
        return self._trained[accuracy.include]

    def count(self, dataset: Any, batch: Any) -> dict[str, int]:
        """Counts of one `ForcedBatch`, by name."""
        counts = self.load(dataset).count(batch.ids.tolist(), batch.choices())
        return {_PROCESS + name: count for name, count in counts.items()}

    def rates(self, dataset: Any, counts: dict[str, float]) -> dict[str, float]:
        """Rates in %, from the counts summed over a data set; those of variable processes in training (`TRAINING`)."""
        mine = {name.removeprefix(_PROCESS): count for name, count in counts.items() if name.startswith(_PROCESS)}
        return self.load(dataset).rates(mine) | self._subsets[id(dataset)][2] if mine else {}


def of_rows(grammar: Grammar | str, rows: Sequence[Row]) -> ProcessAccuracy:
    """The accuracy over words that are rows: ``ur``, ``sr``, maybe ``stratum``."""
    underlying, references, strata = zip(*map(_forms, rows), strict=True) if rows else ((), (), ())
    return ProcessAccuracy(grammar, underlying, references, strata)


def _forms(row: Row) -> tuple[Segments, Segments | None, str]:
    ur, sr = row["ur"], row["sr"]
    return tuple(ur.split()), None if sr is None else tuple(sr.split()), row.get(STRATUM, "")


def _strata_of(process: Process, grammar: Grammar) -> tuple[str, ...]:
    """The strata that have a variable process, where they are two or more."""
    having = tuple(stratum for stratum in grammar.strata if process.rate_in(stratum))
    return having if len(having) > 1 else ()


def _loaded(grammar: Grammar | str) -> Grammar:
    return Grammar.load(grammar) if isinstance(grammar, str) else grammar


def _settings(optional: Sequence[str]) -> list[tuple[str, ...]]:
    sizes = range(len(optional) + 1) if len(optional) <= 4 else (0, len(optional))
    return [chosen for size in sizes for chosen in itertools.combinations(optional, size)]
