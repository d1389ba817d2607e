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
from ..text import NONE, count, part_of, percent_of, shown
from .exact_match import inner
from .process_accuracy import ProcessAccuracy, Row, of_rows

Word = tuple[str, ...]


def process_table(accuracy: ProcessAccuracy, counts: Mapping[str, int]) -> str:
    """Counts and rates of each process, as a table for a terminal.

    Args:
        accuracy: whose processes.
        counts: what its `count` gave, summed over the words.
    """
    lines = [f"{'process':<24} {'applied where due':>20} {'failed where due':>20} {'applied where not due':>23}"]
    for name in (one for one in accuracy.processes if one not in accuracy.variable):
        keys = ("due", "applied", "failed", "not_due", "overapplied")
        due, applied, failed, not_due, over = (counts[f"{name}/{key}"] for key in keys)
        lines.append(f"{name:<24} {part_of(applied, due):>20} {part_of(failed, due):>20} {part_of(over, not_due):>23}")
    return "\n".join(lines)


def application_table(accuracy: ProcessAccuracy, counts: Mapping[str, int], training: Mapping[str, int]) -> str:
    """How often each variable process was applied, beside its rate in the training words and in the grammar.

    Args:
        accuracy, counts: as of `process_table`.
        training: what `applied_in` gave; empty where the training words are not known.
    """
    heads = ("applied where due", "in training", "rate of the grammar", "applied where not due")
    lines = [f"{'process with a rate':<28} {heads[0]:>20} {heads[1]:>22} {heads[2]:>20} {heads[3]:>22}"]
    for key, said, rate in accuracy.variable_keys():
        cells = [part_of(some.get(f"{key}/applied", 0), some.get(f"{key}/due", 0)) for some in (counts, training)]
        own = NONE if rate is None else percent_of(rate, 1, 1)
        over = part_of(counts[f"{key}/overapplied"], counts[f"{key}/not_due"]) if "/" not in key else ""
        lines.append(f"{said:<28} {cells[0]:>20} {cells[1]:>22} {own:>20} {over:>22}".rstrip())
    return "\n".join(lines)


class GeneratedProcesses:
    """Accuracy per process of the best hypothesis of each word, over all batches of a fairseq command.

    Args:
        grammar: path of the grammar file.
        source: dictionary of the underlying side.
        target: dictionary of the surface side.
        results: the file that fairseq-generate writes to in place of the terminal (``--results-path``), if any.
        training: gives the rows of the training words; None where they are not known.

    Raises:
        InputError: a grammar that cannot be loaded.
    """

    def __init__(
        self,
        grammar: str,
        source: Dictionary,
        target: Dictionary,
        results: Path | None = None,
        training: Callable[[], list[Row] | None] = lambda: None,
    ):
        self._path, self._grammar = grammar, Grammar.load(grammar)
        self._dictionaries, self._results = (source, target), results
        self._training = training
        self._rows: Sequence[Row] | None = None
        self._expected = 0
        self._words: list[tuple[Row, Word]] = []  # what is known of a word, hypothesis

    def expect(self, iterator: Any, rows: Callable[[], Sequence[Row]] | None) -> None:
        """The batches to come, before the first of them runs.

        Args:
            iterator: fairseq's `EpochBatchIterator`.
            rows: gives what is known of each word of the data set; None for the lines of fairseq-interactive.
        """
        if not self._expected:
            atexit.register(self._print_at_exit)
        self._expected += sum(map(len, iterator.frozen_batches[iterator.shard_id :: iterator.num_shards]))
        self._rows = None if rows is None else rows()

    def add(self, sample: Mapping[str, Any], hypotheses: Sequence[Sequence[Mapping[str, Any]]]) -> None:
        """The hypotheses of one batch, best first for each word."""
        source, target = self._dictionaries
        best = inner([ranked[0]["tokens"].tolist() for ranked in hypotheses], target)
        surfaces = [tuple(target[symbol] for symbol in symbols) for symbols in best]
        if self._rows is None:
            lines = inner(sample["net_input"]["src_tokens"], source)
            given = [{"ur": " ".join(source[symbol] for symbol in symbols), "sr": None} for symbols in lines]
        else:
            given = [self._rows[row] for row in sample["id"].tolist()]
        self._words += zip(given, surfaces, strict=True)
        if len(self._words) == self._expected and not in_fairseq_command():
            self.close()

    def text(self) -> str:
        """The table, and whose words it counts.

        Raises:
            InputError: the grammar derives none of the references.
        """
        rows, hypotheses = zip(*self._words, strict=True)
        accuracy = of_rows(self._grammar, rows)
        counts = accuracy.count_free(hypotheses)
        against = "the references" if any(row["sr"] for row in rows) else "what the grammar derives"
        out = f"; {accuracy.left_out} that the grammar does not derive are left out" if accuracy.left_out else ""
        said = f"by process ({Path(self._path).name}), {count(len(rows))}, best hypotheses against {against}{out}:"
        tables = [process_table(accuracy, counts)] if len(accuracy.variable) < len(accuracy.processes) else []
        if accuracy.variable:
            training = self._training()
            known = {} if training is None else accuracy.applied_in(training)
            tables.append(application_table(accuracy, counts, known))
        return "\n".join((said, *tables))

    def close(self) -> None:
        """Print the table; a second call does nothing."""
        atexit.unregister(self._print_at_exit)
        if not self._words:
            return
        if self._results is None:
            print(*map(shown, self.text().splitlines()), sep="\n", flush=True)
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
