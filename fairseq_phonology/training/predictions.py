"""Every word's hypothesis of one validation, gathered batch by batch and from all workers, under the user's own ids.

For ``--save-predictions``, and for callbacks that ask for them.
"""

from __future__ import annotations

import contextlib
import re
from argparse import Namespace
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch
from fairseq.data import Dictionary

from ..corpus.prepared import Row, rows_beside
from ..errors import NOT_FINITE, InputError, logger_of
from .callbacks import Prediction
from .exact_match import ForcedBatch, inner, selected

logger = logger_of(__name__)

# where a model never stops: so many segments more than the SR has, and than twice the UR
MORE = 10

Label = tuple[str, str, str | None]  # id, UR, SR if there is a gold one


@contextlib.contextmanager
def finite_scores() -> Iterator[None]:
    """Where fairseq's generator runs: of scores that are all NaN no hypothesis ends, which it finds by ``assert``.

    Raises:
        InputError: they are.
    """
    try:
        yield
    except AssertionError as error:
        if not re.fullmatch(r"(\d+) < \1", str(error)):
            raise
        raise InputError(NOT_FINITE) from None


class Hypotheses:
    """The model's own continuations, from a generator that is built once.

    Args:
        build_generator: the task's method of that name.
        inference_step: the task's method of that name.
        beam: hypotheses kept alive at each step; 1 is greedy decoding.
    """

    def __init__(self, build_generator: Callable, inference_step: Callable, beam: int):
        self._build_generator, self._inference_step, self._beam = build_generator, inference_step, beam
        self._model: torch.nn.Module | None = None
        self._generator: Any = None

    def of(self, model: torch.nn.Module, sample: dict[str, Any], rows: torch.Tensor | None = None) -> list[list[int]]:
        """The best hypothesis of each word as symbols, without EOS. Greedy ones do not depend on the other words of the
        batch: each has at most as many segments as `longest` says.

        Args:
            model: without fairseq's wrapper for several workers.
            sample: the batch.
            rows: numbers of the words wanted; all by default.
        """
        if rows is not None:
            if not len(rows):
                return []
            sample = selected(sample, rows)
        generator, most = self.generator(model), self.longest(model, sample)
        generator.max_len_a, generator.max_len_b = 0, max(most)
        with finite_scores():
            words = self._inference_step(generator, [model], sample, prefix_tokens=None)
        found = [[symbol for symbol in best[0]["tokens"].tolist() if symbol != generator.eos] for best in words]
        # a beam that is ended sooner may find another hypothesis, not the beginning of the same
        return found if self._beam > 1 else [word[:length] for word, length in zip(found, most, strict=True)]

    def generator(self, model: torch.nn.Module) -> Any:
        """The generator of a model; the last one's is kept."""
        if self._model is not model:
            self._model = model
            self._generator = self._build_generator([model], Namespace(beam=self._beam))
        return self._generator

    def longest(self, model: torch.nn.Module, sample: dict[str, Any]) -> list[int]:
        """How many segments each word of a batch gets at most: a model that never stops would say more and more."""
        generator, words = self.generator(model), sample["net_input"]
        of_ur, of_sr = (words[name].ne(generator.pad).sum(dim=1) for name in ("src_tokens", "prev_output_tokens"))
        return (torch.maximum(2 * of_ur, of_sr) + MORE).clamp(max=generator.max_len - 1).tolist()


class Predictions:
    """The hypotheses of the subset that is being validated.

    Args:
        source_dictionary: of the underlying side.
        target_dictionary: of the surface side.
    """

    def __init__(self, source_dictionary: Dictionary, target_dictionary: Dictionary):
        self._dictionaries = source_dictionary, target_dictionary
        self._words: dict[int, tuple[str, bool]] = {}  # row of the data set -> hypothesis, whether it is right
        self._labels: dict[str, list[Label]] = {}

    def clear(self) -> None:
        """A round of validations begins; one that was broken off leaves nothing."""
        self._words = {}

    def add(self, batch: ForcedBatch, references: list[list[int]], hypotheses: list[list[int] | None]) -> None:
        """The words of one batch.

        Args:
            batch: of the validation's forward pass.
            references: symbols that each word is compared with: its SR, or the nearest of its variants.
            hypotheses: symbols of each word's hypothesis; None where greedy decoding yields the reference.
        """
        dictionary = batch.dictionary
        rows = zip(batch.ids.tolist(), references, hypotheses, strict=True)
        for row, reference, hypothesis in rows:
            # a segment that the dictionary does not know is never right
            right = hypothesis is None or (hypothesis == reference and dictionary.unk() not in reference)
            self._words[row] = _text(reference if hypothesis is None else hypothesis, dictionary), right

    def finish(self, dataset: Any, folder: Path, subset: str) -> list[Prediction]:
        """All words of the subset, each once, in the order of the data set. Every worker must call it.

        Args:
            dataset: the subset.
            folder: of the binarized data.
            subset: its name.
        """
        parts, self._words = _from_all_workers(self._words), {}
        # a worker that has fewer batches than another repeats one of its own: the same row twice
        words = {row: word for part in parts for row, word in part.items()}
        if subset not in self._labels:
            self._labels[subset] = word_labels(dataset, *self._dictionaries, folder, subset)
        labels = self._labels[subset]
        return [
            Prediction(name, underlying, words[row][0], reference, words[row][1])
            for row, (name, underlying, reference) in enumerate(labels)
            if row in words  # --max-valid-steps leaves some out
        ]


def word_labels(dataset: Any, source: Dictionary, target: Dictionary, folder: Path, subset: str) -> list[Label]:
    """Id, UR and SR of each word, as `word_rows` has them; the SR is None where the data set has none."""
    rows = word_rows(dataset, source, target, folder, subset)
    return [(row["id"], row["ur"], row["sr"]) for row in rows]


def word_rows(dataset: Any, source: Dictionary, target: Dictionary, folder: Path, subset: str | None) -> list[Row]:
    """What is known of each word, by column, from prepare's table where it is there: ``id``, ``ur``, ``sr`` (None where
    the data set has none), also of segments unknown to the model, and the user's columns.

    Without a table, or with one of other words, the id is the word's number in the data set, from 0.

    Raises:
        InputError: a table that is not UTF-8.
    """
    own = [
        {
            "id": str(row),
            "ur": _text(dataset.src[row].tolist(), source),
            "sr": None if dataset.tgt is None else _text(dataset.tgt[row].tolist(), target),
        }
        for row in range(len(dataset))
    ]
    table = folder.parent / f"{subset}.tsv"
    if not table.is_file():
        return own
    rows = rows_beside(table)
    rows = [{**row, "sr": None if dataset.tgt is None else row.get("sr")} for row in rows]
    same = len(rows) == len(own) and all(
        row.get("id") is not None
        and _is_word(row.get("ur"), word["ur"], source)
        and _is_word(row["sr"], word["sr"], target)
        for row, word in zip(rows, own, strict=True)
    )
    if not same:
        logger.warning(f"{table} has other words than the binarized {subset}: words are named by their number, from 0")
    return rows if same else own


def _is_word(form: str | None, known: str | None, dictionary: Dictionary) -> bool:
    """Is this the form that the dictionary made ``known`` of, with a sign for each segment that it lacks?"""
    if form is None or known is None:
        return form is known
    unknown, segments, symbols = dictionary[dictionary.unk()], form.split(), known.split()
    return len(segments) == len(symbols) and all(
        symbol == (segment if segment in dictionary else unknown)
        for segment, symbol in zip(segments, symbols, strict=True)
    )


def _text(symbols: list[int], dictionary: Dictionary) -> str:
    return " ".join(dictionary[symbol] for symbol in inner([symbols], dictionary)[0])


def _from_all_workers(words: dict[int, tuple[str, bool]]) -> list[dict[int, tuple[str, bool]]]:
    if not (torch.distributed.is_available() and torch.distributed.is_initialized()):
        return [words]
    parts: list[Any] = [None] * torch.distributed.get_world_size()
    torch.distributed.all_gather_object(parts, words)
    return parts
