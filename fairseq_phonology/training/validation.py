"""What one validation gathers beside fairseq's own sums: hypotheses, and accuracy per process.

The task asks for it batch by batch; nothing here is touched while fairseq trains.
"""

from __future__ import annotations

import logging
from argparse import Namespace
from collections.abc import Callable
from typing import Any

import torch
from fairseq.data import Dictionary

from .exact_match import ForcedBatch, Rates

logger = logging.getLogger(__name__)

# no word's continuation is longer, for a model that never stops: 2 x the longest UR of the batch + 50
_GENERATION = {"max_len_a": 2, "max_len_b": 50}
_PROCESS = "process/"


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
        """The best hypothesis of each word as symbols, without EOS.

        Args:
            model: without fairseq's wrapper for several workers.
            sample: the batch.
            rows: numbers of the words wanted; all by default.
        """
        if rows is not None:
            if not len(rows):
                return []
            net_input = {
                name: value.index_select(0, rows) if torch.is_tensor(value) else value
                for name, value in sample["net_input"].items()
            }
            sample = {"id": sample["id"].to(rows.device).index_select(0, rows), "net_input": net_input}
        if self._model is not model:
            self._model = model
            self._generator = self._build_generator([model], Namespace(beam=self._beam, **_GENERATION))
        eos = self._generator.eos
        words = self._inference_step(self._generator, [model], sample, prefix_tokens=None)
        return [[symbol for symbol in best[0]["tokens"].tolist() if symbol != eos] for best in words]


def inner(symbols: torch.Tensor, dictionary: Dictionary) -> list[list[int]]:
    """Rows of symbols without padding and EOS."""
    outside = (dictionary.pad(), dictionary.eos())
    return [[symbol for symbol in row if symbol not in outside] for row in symbols.tolist()]


class ProcessCounts:
    """Accuracy per phonological process, by subset.

    Args:
        grammar: path of the grammar file.
        labels: id, UR and SR of each word of a data set; segments unknown to the model too, where a table has them.
    """

    def __init__(self, grammar: str, labels: Callable[[Any], list[tuple[str, str, str]]]):
        self._grammar, self._labels = grammar, labels
        self._subsets: dict[int, tuple[Any, Any]] = {}

    def check(self) -> None:
        """Raise the grammar's errors now, not after the first epoch."""
        from ..phonology.grammar import Grammar

        Grammar.load(self._grammar)

    def load(self, dataset: Any) -> Any:
        """Work out once for a data set where each process is due.

        Raises:
            InputError: the grammar derives none of its words.
        """
        from .process_accuracy import ProcessAccuracy

        if id(dataset) not in self._subsets:
            labels = self._labels(dataset)
            underlying, references = ([tuple(label[side].split()) for label in labels] for side in (1, 2))
            # the data set is kept too, so that its id stays its own
            accuracy = ProcessAccuracy(self._grammar, underlying, references)
            if accuracy.left_out:
                logger.info(f"{accuracy.left_out} of {len(underlying)} references are not what {self._grammar} derives")
            self._subsets[id(dataset)] = dataset, accuracy
        return self._subsets[id(dataset)][1]

    def count(self, dataset: Any, batch: ForcedBatch) -> dict[str, int]:
        """Counts of one batch, by name."""
        counts = self.load(dataset).count(batch.ids.tolist(), batch.choices())
        return {_PROCESS + name: count for name, count in counts.items()}

    def rates(self, dataset: Any, counts: dict[str, float]) -> Rates:
        """Rates in %, from the counts summed over a data set."""
        mine = {name.removeprefix(_PROCESS): count for name, count in counts.items() if name.startswith(_PROCESS)}
        return self.load(dataset).rates(mine) if mine else {}
