"""``summary.json`` of the verb `errors`: exact match and processes of each model, for pages and further programs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from ...files import Amount, Count, Percent, Share, read_json, write_json
from ...text import percent_of, percentage, rounded
from ..statistics.proportions import wilson
from .measure import Errors

FILE_NAME = "summary.json"


class ProcessSummary(msgspec.Struct, frozen=True, kw_only=True):
    """One process in one model: what of `measure.Process` is written, all as there.

    Attributes:
        rate_of_grammar, rate_in_training: of a process with a rate, 0 to 1; None where it is not known.
    """

    process: str
    stratum: str = ""
    variable: bool = False
    due: Count
    applied: Count
    failed: Count
    not_due: Count | None = None
    overapplied: Count | None = None
    rate_of_grammar: Share | None = None
    rate_in_training: Share | None = None


class ModelErrors(msgspec.Struct, frozen=True, kw_only=True):
    """One model.

    Attributes:
        model: its name.
        input: its output, as it was given.
        words, right: how many.
        exact_match, low, high: in %, with Wilson's 95 % interval.
        edits, segments: insertions, deletions and substitutions; segments of the references.
        per: edits / segments, in %.
        most_frequent_variant: of the right words with variants, those that are it, in %; None where no word has any.
        trained, trained_right: words that the model was trained on, and right ones among them; None where that is not
            known.
        processes: with a grammar.
    """

    model: str
    input: str
    words: Count
    right: Count
    exact_match: Percent
    low: Percent
    high: Percent
    edits: Count
    segments: Count
    per: Amount
    most_frequent_variant: Percent | None = None
    trained: Count | None = None
    trained_right: Count | None = None
    processes: tuple[ProcessSummary, ...] = ()

    def __post_init__(self) -> None:
        if self.right > self.words:
            raise ValueError(f"right is {self.right}, of words {self.words}")

    @property
    def new(self) -> int | None:
        """Words that the model was not trained on; None where that is not known."""
        return None if self.trained is None else self.words - self.trained

    @property
    def new_right(self) -> int | None:
        """Right ones among these."""
        return None if self.trained_right is None else self.right - self.trained_right


class OverModels(msgspec.Struct, frozen=True, kw_only=True):
    """Several models of the same words: mean, standard deviation (n - 1) and range of exact match; mean PER. In %."""

    models: Count
    exact_match: Percent
    deviation: Percent
    lowest: Percent
    highest: Percent
    per: Amount


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """What `errors` found.

    Attributes:
        words: how many.
        list, training, grammar: files; empty where none was given.
        left_out: words that the grammar does not derive, and that say nothing about its processes.
        models: one or several.
        mean: over several; None of one.
    """

    words: Count
    list: str = ""
    training: str = ""
    grammar: str = ""
    left_out: Count = 0
    models: tuple[ModelErrors, ...]
    mean: OverModels | None = None


def summarize(found: Errors) -> Summary:
    """The numbers of all models."""
    models = tuple(_model(found, n) for n in range(len(found.names)))
    return Summary(
        words=len(found.words),
        list=found.table,
        training=found.training.path if found.training else "",
        grammar=found.grammar,
        left_out=found.accuracy.left_out if found.accuracy else len(found.words) * bool(found.grammar),
        models=models,
        mean=_mean(models) if len(models) > 1 else None,
    )


def write_summary(found: Errors, about: dict[str, Any], path: Path) -> None:
    """Write it.

    Args:
        found: what was found.
        about: where it comes from.
        path: of the file.

    Raises:
        InputError: it cannot be written.
    """
    write_json(path, {**msgspec.to_builtins(summarize(found)), "notes": list(found.notes), "about": about})


def read_summary(folder: str | Path) -> Summary:
    """What `errors` wrote into a folder.

    Raises:
        InputError: it is no folder of `errors`.
    """
    return read_json(Path(folder) / FILE_NAME, Summary, f"{FILE_NAME} of errors", "errors")


def of_training_words(models: Sequence[ModelErrors]) -> str:
    """That models were trained on some of the words, and exact match on the others, in the mean; empty if on none."""
    one = models[0]
    if not one.trained:
        return ""
    if not one.new:
        return "all of them are training words"
    right = sum(each.new_right for each in models) / len(models)
    rest = f"exact match on the rest ({one.new:,}): {percent_of(right, one.new)}"
    return f"training words among them: {one.trained:,}; {rest}"


def _model(found: Errors, n: int) -> ModelErrors:
    words, right, edits, segments = (
        len(found.words),
        int(found.right[n].sum()),
        int(found.edits[n].sum()),
        found.segments(n),
    )
    low, high = wilson(right / words, words)
    varied, trained = found.most_frequent_variant(n), found.trained(n)
    return ModelErrors(
        model=found.names[n],
        input=found.outputs[n].path,
        words=words,
        right=right,
        exact_match=rounded(percentage(right, words)),
        low=rounded(100 * low),
        high=rounded(100 * high),
        edits=edits,
        segments=segments,
        per=rounded(percentage(edits, segments)),
        most_frequent_variant=None if varied is None else rounded(percentage(*varied)),
        trained=None if trained is None else trained.words,
        trained_right=None if trained is None else trained.right,
        processes=msgspec.convert(found.processes(n), tuple[ProcessSummary, ...], from_attributes=True),
    )


def _mean(models: tuple[ModelErrors, ...]) -> OverModels:
    exact = np.array([percentage(one.right, one.words) for one in models])
    return OverModels(
        models=len(models),
        exact_match=rounded(exact.mean()),
        deviation=rounded(exact.std(ddof=1)),
        lowest=rounded(exact.min()),
        highest=rounded(exact.max()),
        per=rounded(float(np.mean([percentage(one.edits, one.segments) for one in models]))),
    )
