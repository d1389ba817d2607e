"""Accuracy per process from the model's choice at each step: applied where due, failed, applied where not due.

`task` asks for it with ``--grammar``; it needs no torch.
"""

from __future__ import annotations

import itertools
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rapidfuzz.distance import Levenshtein

from ..errors import InputError
from ..phonology.decision import END, Decision, decisions
from ..phonology.grammar import Derivation, Grammar
from ..phonology.matching import compiled
from ..phonology.process import Process
from ..phonology.transcription import EDGE
from ..text import percentage

logger = logging.getLogger(__name__)

_PROCESS = "process/"  # before the names of counts, in fairseq's logging outputs
_COUNTS = ("due", "applied", "failed", "not_due", "overapplied")


@dataclass(frozen=True)
class Expectation:
    """What one process asks of one word.

    Attributes:
        process: its name.
        due: the places at which it is due; `gold` stands there if the process applied, `blocked` if it did not.
        not_due: steps, and the segments that would stand there if the process applied outside its environment.
    """

    process: str
    due: tuple[Decision, ...]
    not_due: tuple[tuple[int, str], ...]


def expectations(grammar: Grammar, derivation: Derivation, include: Sequence[str] = ()) -> list[Expectation]:
    """What the processes of a grammar ask of one word.

    A feature change is due at each of its sites, and decided at the step that emits the target; a deletion or insertion
    is due once in a word, and decided at the first step at which the SR and the SR derived with the process blocked
    differ. A site that makes no difference in the SR says nothing.

    A process is *not due* at the segments (of its turn, and still there in the SR) that it would change elsewhere.
    """
    found = []
    for process in grammar.processes:
        if process.optional and process.name not in include:
            continue
        due = ()
        if process.name in derivation.processes:
            blocked = grammar.derive(derivation.ur, include, without=[process.name])
            due = decisions(process.name, derivation, blocked)
        not_due = _chances(process, grammar, derivation)
        if due or not_due:
            found.append(Expectation(process.name, due, not_due))
    return found


def aligned(reference: Sequence[str], hypothesis: Sequence[str]) -> tuple[str, ...]:
    """What a free hypothesis has in place of each segment of the reference, and of its end; "" where it has nothing.

    By the fewest edits (Levenshtein 1966); segments the hypothesis has too many belong to none.
    """
    reference, hypothesis = (*reference, END), (*hypothesis, END)
    found = [""] * len(reference)
    for edit in Levenshtein.opcodes(reference, hypothesis):
        if edit.tag in ("equal", "replace"):
            found[edit.src_start : edit.src_end] = hypothesis[edit.dest_start : edit.dest_end]
    return tuple(found)


def _chances(process: Process, grammar: Grammar, derivation: Derivation) -> tuple[tuple[int, str], ...]:
    surface = (*derivation.surface, END)
    # a surface segment that neither this process nor a later one made is the one that it saw and left alone
    earlier = {p.name for p in itertools.takewhile(lambda p: p is not process, grammar.processes)}
    chances = []
    for step, segment in enumerate(derivation.surface):
        if derivation.final.changed_by[step] not in (None, *earlier):
            continue
        for rule in process.rules:
            run = compiled(rule, grammar.inventory, process.trigger)
            if run.inserts:
                chances += [(step, outcome) for outcome in sorted(run.possible_outcomes(""))]
                continue
            outcomes = run.possible_outcomes(segment)
            if run.order:  # what changes places with it comes first
                outcomes &= set(surface[step + run.order[0] : step + run.order[0] + 1])
            # a deletion shows as the next segment, one step early
            outcomes = {o or surface[step + 1] for o in outcomes}
            chances += [(step, outcome) for outcome in sorted(outcomes)]
    return tuple((step, outcome) for step, outcome in dict.fromkeys(chances) if outcome != surface[step])


class ProcessAccuracy:
    """Counts per process over a data set; what can be worked out once, is.

    Words whose reference is not what the grammar derives say nothing about its processes and are left out; their
    number is ``left_out``. Optional processes are a switch for a whole corpus, so the setting that derives most
    references is taken (``include``).

    Args:
        grammar: a grammar, or the path of one.
        underlying: the UR of each word as the model sees it.
        references: the SR of each word, without the end symbol; None where there is none: then it is what the grammar
            derives.

    Attributes:
        references: the SR of each word that counts; None of those that are left out.
    """

    def __init__(
        self,
        grammar: Grammar | str,
        underlying: Sequence[tuple[str, ...]],
        references: Sequence[tuple[str, ...] | None],
    ):
        self.grammar = _loaded(grammar)
        settings = _settings(self.grammar.optional)
        self.include = max(settings, key=lambda s: self._derivable(underlying[:500], references[:500], s))
        self.processes = [p.name for p in self.grammar.processes if not p.optional or p.name in self.include]
        self.keys = [f"{name}/{count}" for name in self.processes for count in _COUNTS]
        self._words: list[list[Expectation]] = []
        self.references: list[tuple[str, ...] | None] = []
        for ur, sr in zip(underlying, references, strict=True):
            derivation = self._derive(ur, self.include)
            if not _is_derived(sr, derivation):
                self.references.append(None)
                self._words.append([])
            else:
                self.references.append(derivation.surface)
                self._words.append(expectations(self.grammar, derivation, self.include))
        self.left_out = self.references.count(None)
        if underlying and self.left_out == len(underlying):
            raise InputError(
                f"the grammar derives none of the {len(underlying)} references, for example not "
                f"[{' '.join(references[0] or ['?'])}] from /{' '.join(underlying[0])}/; "
                "does the grammar have the segments of the corpus, and were morpheme edges kept (prepare --keep-edges)?"
            )

    def count(self, rows: Sequence[int], predicted: Sequence[Sequence[str]]) -> dict[str, int]:
        """Counts over a batch (places where due, words where not), every key of ``keys`` each time.

        Args:
            rows: which words of the data set.
            predicted: for each, the model's choice at every step given the reference before it, ``</s>`` at the last
                step included; for a free hypothesis, what stands there in place of the reference's segments.
        """
        counts = dict.fromkeys(self.keys, 0)
        for row, choice in zip(rows, predicted, strict=True):
            for expected in self._words[row]:
                name = expected.process
                for place in expected.due:
                    counts[f"{name}/due"] += 1
                    counts[f"{name}/applied"] += choice[place.step] == place.gold
                    counts[f"{name}/failed"] += choice[place.step] == place.blocked
                if expected.not_due:
                    counts[f"{name}/not_due"] += 1
                    counts[f"{name}/overapplied"] += any(choice[step] == segment for step, segment in expected.not_due)
        return counts

    def rates(self, counts: Mapping[str, float]) -> dict[str, float]:
        """From summed counts, in %.

        ``NAME``: applied, of the places where it is due. ``NAME_failed``: the blocked form's segment instead, of the
        same (the rest is neither). ``NAME_overapplied``: words in which it applied at a place where it is not due, of
        those that have such a place.
        """
        rates = {}
        for name in self.processes:
            due, applied, failed, not_due, overapplied = (counts[f"{name}/{count}"] for count in _COUNTS)
            rates[name] = percentage(applied, due)
            rates[f"{name}_failed"] = percentage(failed, due)
            rates[f"{name}_overapplied"] = percentage(overapplied, not_due)
        return rates

    def _derive(self, ur: Sequence[str], include: Sequence[str]) -> Derivation | None:
        if any(s not in self.grammar.inventory and s != EDGE for s in ur):
            return None  # the word is left out, and counted; any other error is the grammar's, and goes on
        return self.grammar.derive(ur, include)

    def _derivable(self, underlying, references, include: Sequence[str]) -> int:
        derived = (self._derive(ur, include) for ur in underlying)
        return sum(_is_derived(sr, derivation) for sr, derivation in zip(references, derived, strict=True))


class ProcessCounts:
    """Accuracy per phonological process, by subset.

    Args:
        grammar: the grammar, or the path of its file.
        labels: id, UR and SR (None where there is none) of each word of a data set; segments unknown to the model too,
            where a table has them.
    """

    def __init__(self, grammar: Grammar | str, labels: Callable[[Any], list[tuple[str, str, str | None]]]):
        self._grammar, self._labels = grammar, labels
        self._subsets: dict[int, tuple[Any, Any]] = {}

    def check(self) -> None:
        """Raise the grammar's errors now, not after the first epoch."""
        _loaded(self._grammar)

    def load(self, dataset: Any) -> ProcessAccuracy:
        """Work out once for a data set where each process is due.

        Raises:
            InputError: the grammar derives none of its words.
        """
        if id(dataset) not in self._subsets:
            labels = self._labels(dataset)
            underlying = [tuple(ur.split()) for _, ur, _ in labels]
            references = [None if sr is None else tuple(sr.split()) for *_, sr in labels]
            # the data set is kept too, so that its id stays its own
            accuracy = ProcessAccuracy(self._grammar, underlying, references)
            if accuracy.left_out:
                logger.info(f"{accuracy.left_out} of {len(underlying)} references are not what {self._grammar} derives")
            self._subsets[id(dataset)] = dataset, accuracy
        return self._subsets[id(dataset)][1]

    def count(self, dataset: Any, batch: Any) -> dict[str, int]:
        """Counts of one `ForcedBatch`, by name."""
        counts = self.load(dataset).count(batch.ids.tolist(), batch.choices())
        return {_PROCESS + name: count for name, count in counts.items()}

    def rates(self, dataset: Any, counts: dict[str, float]) -> dict[str, float]:
        """Rates in %, from the counts summed over a data set."""
        mine = {name.removeprefix(_PROCESS): count for name, count in counts.items() if name.startswith(_PROCESS)}
        return self.load(dataset).rates(mine) if mine else {}


def _is_derived(reference: Sequence[str] | None, derivation: Derivation | None) -> bool:
    return derivation is not None and (reference is None or derivation.surface == tuple(reference))


def _loaded(grammar: Grammar | str) -> Grammar:
    return Grammar.load(grammar) if isinstance(grammar, str) else grammar


def _settings(optional: Sequence[str]) -> list[tuple[str, ...]]:
    sizes = range(len(optional) + 1) if len(optional) <= 4 else (0, len(optional))
    return [chosen for size in sizes for chosen in itertools.combinations(optional, size)]
