"""How much models get right, and what they get wrong: whole words, segments, processes, lengths, unseen segments."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from rapidfuzz.distance import Levenshtein
from tqdm import tqdm

from ...corpus.prepared import UNKNOWN
from ...corpus.variants import FILE_NAME, Form, nearest
from ...errors import InputError
from ...phonology.grammar import STRATUM, Grammar
from ...text import count, rounded
from ...training.process_accuracy import ProcessAccuracy
from .confusions import Confusion, confusions, features_of
from .outputs import Answer, Output
from .words import GROUPS, TRAINED, Training, Word, words_of

ALL = "all"  # in place of a model: the mean over them
_NEVER = "\0"  # in place of a segment that no model knows: no hypothesis has it


@dataclass(frozen=True)
class Group:
    """Words that have something in common, in one model.

    Attributes:
        name: what they have in common.
        words, right: how many.
    """

    name: str
    words: int
    right: int


@dataclass(frozen=True)
class Process:
    """What one model makes of one process; of a variable one the share of application, which is no accuracy.

    Attributes:
        process: its name.
        stratum: whose words these are; empty: all.
        variable: has it a rate?
        due, applied, failed: places where it is due, applies, and has the blocked form's segment instead.
        not_due, overapplied: words with a place where it is not due; those in which it applies there. None by stratum.
        rate_of_grammar: 0 to 1; None where it has none, or several.
        trained_due, trained: places in the training words, and those where it applies; None where nothing is known.
    """

    process: str
    stratum: str
    variable: bool
    due: int
    applied: int
    failed: int
    not_due: int | None = None
    overapplied: int | None = None
    rate_of_grammar: float | None = None
    trained_due: int | None = None
    trained: int | None = None

    @property
    def rate_in_training(self) -> float | None:
        """The share of application in the training words, 0 to 1; None where nothing is known."""
        return rounded(self.trained / self.trained_due) if self.trained_due else None


@dataclass
class Errors:
    """What models say of a list of words.

    Attributes:
        outputs: one a model.
        names: of the models.
        words: in the order of the data set.
        hypotheses: of each model.  # models x words
        right: is it the reference, or another variant?  # models x words, bool
        table: the list of the words; empty where there is none.
        training: what the training words had; None where nobody asked.
        grammar: its file; empty without one.
        accuracy: of its processes; None without a grammar.
        notes: what was assumed.
    """

    outputs: tuple[Output, ...]
    names: tuple[str, ...]
    words: tuple[Word, ...]
    hypotheses: tuple[tuple[Form, ...], ...]
    right: np.ndarray
    table: str = ""
    training: Training | None = None
    grammar: str = ""
    accuracy: ProcessAccuracy | None = None
    notes: tuple[str, ...] = ()

    @cached_property
    def references(self) -> list[list[Form]]:
        """What each hypothesis is compared with: itself where it is right, else the nearest of the word's variants."""
        return [
            [
                said if good else nearest(said, word.variants) if word.variants else word.sr
                for word, said, good in zip(self.words, own, right, strict=True)
            ]
            for own, right in zip(self.hypotheses, self.right.tolist(), strict=True)
        ]

    @cached_property
    def edits(self) -> np.ndarray:
        """Insertions, deletions and substitutions.  # models x words"""
        return np.array(
            [
                [0 if good else edits(*pair) for good, *pair in zip(right, gold, own, strict=True)]
                for right, gold, own in zip(self.right.tolist(), self.references, self.hypotheses, strict=True)
            ]
        )

    def segments(self, model: int) -> int:
        """Of the references of a model."""
        return sum(map(len, self.references[model]))

    def most_frequent_variant(self, model: int) -> tuple[int, int] | None:
        """Of the right words with variants: those that are the most frequent one, all. None where no word has any."""
        said = [
            own == word.variants[0]
            for word, own, good in zip(self.words, self.hypotheses[model], self.right[model], strict=True)
            if word.variants and good
        ]
        return (sum(said), len(said)) if any(word.variants for word in self.words) else None

    def lengths(self, model: int) -> list[Group]:
        """By the number of segments of the UR."""
        groups = self._groups(model, lambda word: word.length)
        return [Group(str(length), *groups[length]) for length in sorted(groups)]

    def unseen(self, model: int) -> list[Group]:
        """By what of a word the training words had; nothing where that is not known."""
        if self.training is None:
            return []
        groups = self._groups(model, self.training.group)
        return [Group(name, *groups[name]) for name in GROUPS if name in groups]

    def trained(self, model: int) -> Group | None:
        """The words that the model was trained on; None where the training words are not known."""
        if self.training is None or self.training.rows is None:
            return None
        none = Group(TRAINED, 0, 0)
        return next((group for group in self.unseen(model) if group.name == TRAINED), none)

    def _groups(self, model: int, key: Callable[[Word], str | int]) -> dict[str | int, list[int]]:
        groups: dict[str | int, list[int]] = defaultdict(lambda: [0, 0])
        for word, right in zip(self.words, self.right[model].tolist(), strict=True):
            group = groups[key(word)]
            group[0] += 1
            group[1] += right
        return groups

    @cached_property
    def confusions(self) -> tuple[list[Confusion], list[Confusion]]:
        """Of all models together: `confusions.confusions`."""
        inventory = None if self.accuracy is None else self.accuracy.grammar.inventory
        forms = [form for gold, own in zip(self.references, self.hypotheses, strict=True) for form in (*gold, *own)]
        segments = {segment for form in forms for segment in form}
        return confusions(self.references, self.hypotheses, features_of(segments, inventory))

    @cached_property
    def nothing(self) -> str:
        """What stands for no segment in a table: ∅, unless a segment is called so."""
        forms = (form for own in (*self.references, *self.hypotheses) for form in own)
        return "(nothing)" if any("∅" in form for form in forms) else "∅"

    def processes(self, model: int) -> list[Process]:
        """Each process, and of variable ones each stratum; nothing without a grammar."""
        return [] if self.accuracy is None else list(self._processes(self.accuracy, model))

    def _processes(self, accuracy: ProcessAccuracy, model: int) -> Iterator[Process]:
        bar = {"desc": "processes", "unit": " words", "delay": 2, "disable": None, "leave": False}
        counts = accuracy.count_free(tqdm(self.hypotheses[model], **bar))
        rates = {key: rate for key, _, rate in accuracy.variable_keys()}
        for key in (name for one in accuracy.processes for name in (one, *_strata(one, rates))):
            process, _, stratum = key.partition("/")
            trained = (
                [self._trained.get(f"{key}/{what}") for what in ("due", "applied")] if key in rates else [None] * 2
            )
            over = [None, None] if stratum else [counts[f"{key}/{what}"] for what in ("not_due", "overapplied")]
            places = [counts[f"{key}/{what}"] for what in ("due", "applied", "failed")]
            yield Process(process, stratum, process in accuracy.variable, *places, *over, rates.get(key), *trained)

    @cached_property
    def _trained(self) -> dict[str, int]:
        rows = self.training and self.training.rows
        return self.accuracy.applied_in(rows) if rows and self.accuracy and self.accuracy.variable else {}

    def wrong(self, model: int) -> list[int]:
        """Numbers of the words that a model gets wrong."""
        return np.flatnonzero(~self.right[model]).tolist()

    def processes_of(self, model: int, word: int) -> dict[str, list[str]]:
        """Of one word the processes that are ``due``, ``failed`` and ``overapplied``, by name."""
        found: dict[str, list[str]] = {"due": [], "failed": [], "overapplied": []}
        if self.accuracy is not None:
            counts = self.accuracy.count_word(word, self.hypotheses[model][word])
            for name in self.accuracy.processes:
                for what, names in found.items():
                    names += [name] * bool(counts[f"{name}/{what}"])
        return found


def edits(reference: Form, hypothesis: Form) -> int:
    """Insertions, deletions and substitutions; a segment of the reference that no model knows is never right."""
    return Levenshtein.distance([_NEVER if s in UNKNOWN else s for s in reference], hypothesis)


def measure(
    outputs: Sequence[Output],
    names: Sequence[str],
    *,
    table: str = "",
    training: str = "",
    grammar: str = "",
    include: Sequence[str] | None = None,
    partial: bool = False,
) -> Errors:
    """Compare what models said with the references.

    Args:
        outputs: one a model, of the same words.
        names: of the models.
        table: the list of the words that `prepare` wrote.
        training: the training words, or the folder of the dictionaries.
        grammar: file of the grammar that derives the words.
        include: its optional processes that apply; None: those that derive most references.
        partial: take outputs that lack words of the list.

    Raises:
        InputError: as `words_of`, `Training.read` and `ProcessAccuracy`; an output that counts other words as right.
    """
    words, answers = words_of(outputs, table, partial)
    right = np.array(
        [
            [_is_right(word, answer, output) for word, answer in zip(words, own, strict=True)]
            for output, own in zip(outputs, answers, strict=True)
        ]
    )
    for output, own in zip(outputs, right, strict=True):
        _check_count(output, int(own.sum()), len(words))
    hypotheses = tuple(tuple(answer.hypothesis for answer in own) for own in answers)
    notes = [note for output in outputs for note in output.notes]
    if varied := sum(bool(word.variants) for word in words):
        notes.append(f"{varied:,} of {count(len(words))} have several variants, each of them right ({FILE_NAME})")
    accuracy = None
    if grammar:
        strata = [word.columns.get(STRATUM, "") for word in words]
        forms = [word.ur for word in words], [word.sr for word in words]
        known = Grammar.load(grammar)
        for name in include or ():
            known.process(name)  # refuses what it does not have
        try:
            accuracy = ProcessAccuracy(known, *forms, strata, include)
        except InputError as error:  # all else is still to be said of the words
            notes.append(f"no accuracy per process: {error.message} ({grammar})")
        if accuracy and accuracy.left_out:
            why = accuracy.unplaced and f"; {accuracy.unplaced}"
            left = f"{accuracy.left_out:,} of {count(len(words))} are not what {grammar} derives"
            notes.append(f"{left}, and say nothing about its processes{why}")
        if accuracy and accuracy.include and include is None:
            applying = ", ".join(accuracy.include)
            notes.append(f"optional processes that apply, since most SRs are so derived: {applying} (--with)")
    trained = Training.read(training) if training else None
    return Errors(
        tuple(outputs), tuple(names), tuple(words), hypotheses, right, table, trained, grammar, accuracy, tuple(notes)
    )


def _is_right(word: Word, answer: Answer, output: Output) -> bool:
    right = not UNKNOWN.intersection(word.sr) and (answer.hypothesis == word.sr or answer.hypothesis in word.variants)
    if answer.right is None or answer.right == right:
        return right
    if answer.right and not word.variants:  # a variant that only the output knows of
        return True
    is_variant = "is the reference or a variant" if right else "is neither the reference nor a variant"
    raise InputError(
        f"word {word.id}: correct is {answer.right:d}, and the hypothesis {is_variant} ({' '.join(answer.hypothesis)}, "
        f"{' '.join(word.sr)})",
        output.path,
    )


def _check_count(output: Output, right: int, words: int) -> None:
    """Does the output itself count as many right words?"""
    if output.right not in (None, (right, words)):
        found, of = output.right
        raise InputError(
            f"says that {found:,} of {count(of)} are right, and its lines that {right:,} of {words:,} are: give the "
            f"list beside which {FILE_NAME} lies, if words have several SRs (--words DIR/test.tsv); else it holds "
            "several runs",
            output.path,
        )


def _strata(process: str, keys: dict[str, float | None]) -> list[str]:
    return [key for key in keys if key.startswith(f"{process}/")]


def share(part: int, whole: int) -> float:
    """0 to 1; NaN of nothing."""
    return part / whole if whole else math.nan
