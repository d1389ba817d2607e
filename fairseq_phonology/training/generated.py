"""What ``--grammar`` adds to fairseq-generate and fairseq-interactive: accuracy per process of what was generated.

The task hands over every batch that they finish; the table follows their last line.
"""

from __future__ import annotations

import atexit
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from fairseq.data import Dictionary

from ..errors import InputError, in_fairseq_command
from ..phonology.grammar import Grammar
from ..text import NONE, count
from .predictions import Label, inner
from .process_accuracy import ProcessAccuracy, aligned

Word = tuple[str, ...]


def process_table(accuracy: ProcessAccuracy, counts: Mapping[str, int]) -> str:
    """Counts and rates of each process, as a table for a terminal.

    Args:
        accuracy: whose processes.
        counts: what its `count` gave, summed over the words.
    """
    lines = [f"{'process':<24} {'applied where due':>20} {'failed where due':>20} {'applied where not due':>23}"]
    for name in accuracy.processes:
        keys = ("due", "applied", "failed", "not_due", "overapplied")
        due, applied, failed, not_due, over = (counts[f"{name}/{key}"] for key in keys)
        lines.append(f"{name:<24} {_share(applied, due):>20} {_share(failed, due):>20} {_share(over, not_due):>23}")
    return "\n".join(lines)


def _share(part: int, whole: int) -> str:
    return f"{part:,} of {whole:,}  {100 * part / whole:5.1f} %" if whole else NONE


class GeneratedProcesses:
    """Accuracy per process of the best hypothesis of each word, over all batches of a fairseq command.

    Args:
        grammar: path of the grammar file.
        source: dictionary of the underlying side.
        target: dictionary of the surface side.
        results: the file that fairseq-generate writes to in place of the terminal (``--results-path``), if any.

    Raises:
        InputError: a grammar that cannot be loaded.
    """

    def __init__(self, grammar: str, source: Dictionary, target: Dictionary, results: Path | None = None):
        self._path, self._grammar = grammar, Grammar.load(grammar)
        self._dictionaries, self._results = (source, target), results
        self._labels: Sequence[Label] | None = None
        self._expected = 0
        self._words: list[tuple[Word, Word | None, Word]] = []  # UR, reference, hypothesis

    def expect(self, iterator: Any, labels: Callable[[], Sequence[Label]] | None) -> None:
        """The batches to come, before the first of them runs.

        Args:
            iterator: fairseq's `EpochBatchIterator`.
            labels: gives id, UR and SR of each word of the data set; None for the lines of fairseq-interactive.
        """
        if not self._expected:
            atexit.register(self._print_at_exit)
        self._expected += sum(map(len, iterator.frozen_batches[iterator.shard_id :: iterator.num_shards]))
        self._labels = None if labels is None else labels()

    def add(self, sample: Mapping[str, Any], hypotheses: Sequence[Sequence[Mapping[str, Any]]]) -> None:
        """The hypotheses of one batch, best first for each word."""
        source, target = self._dictionaries
        best = inner([ranked[0]["tokens"].tolist() for ranked in hypotheses], target)
        surfaces = [tuple(target[symbol] for symbol in symbols) for symbols in best]
        if self._labels is None:
            lines = inner(sample["net_input"]["src_tokens"], source)
            given = [(tuple(source[symbol] for symbol in symbols), None) for symbols in lines]
        else:
            labels = [self._labels[row] for row in sample["id"].tolist()]
            given = [(_segments(ur), _segments(sr)) for _, ur, sr in labels]
        self._words += [(*word, surface) for word, surface in zip(given, surfaces, strict=True)]
        if len(self._words) == self._expected and not in_fairseq_command():
            self.close()

    def text(self) -> str:
        """The table, and whose words it counts.

        Raises:
            InputError: the grammar derives none of the references.
        """
        underlying, references, _ = zip(*self._words, strict=True)
        accuracy = ProcessAccuracy(self._grammar, underlying, references)
        pairs = zip(accuracy.references, self._words, strict=True)
        choices = [aligned(reference or (), surface) for reference, (*_, surface) in pairs]
        counts = accuracy.count(range(len(choices)), choices)
        against = "the references" if any(reference for _, reference, _ in self._words) else "what the grammar derives"
        out = f"; {accuracy.left_out} that the grammar does not derive are left out" if accuracy.left_out else ""
        said = f"by process ({Path(self._path).name}), {count(len(choices))}, best hypotheses against {against}{out}:"
        return f"{said}\n{process_table(accuracy, counts)}"

    def close(self) -> None:
        """Print the table; a second call does nothing."""
        atexit.unregister(self._print_at_exit)
        if not self._words:
            return
        if self._results is None:
            print(self.text(), flush=True)
        else:
            with self._results.open("a", encoding="utf-8") as file:
                print(self.text(), file=file)
        self._words = []

    def _print_at_exit(self) -> None:
        # fairseq does not say that it has finished; this also runs where it was broken off
        if len(self._words) == self._expected:
            try:
                self.close()
            except InputError as error:
                print(f"fairseq_phonology: error: {error}", file=sys.stderr)


def _segments(form: str | None) -> Word | None:
    return None if form is None else tuple(form.split())
