"""What validation would have found of a checkpoint: from ``history.csv`` where it did, else made again.

The same figures in the same way: whole words and accuracy per process given the gold SR, in one forward pass.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ...phonology.grammar import Grammar
from ..history.choice import Row
from ..history.history import FILE_NAME, read_history
from ..process_accuracy import ProcessCounts
from .saved import SavedCheckpoint

# how far a validation that is made again may be off, for another precision or order of the words
_LOSS, _POINTS = 0.005, 0.5


def validations(
    states: Sequence[SavedCheckpoint],
    rows: Sequence[Row],
    subset: str,
    processes: Sequence[str],
    validate: Callable[[SavedCheckpoint], Row],
) -> tuple[list[Row], int]:
    """The validation of each state.

    A history may be of other data, or of another grammar, than those asked about. So one of its validations, the one
    with most to tell (exact match nearest to 50 %), is made again; if it comes out the same, the others are believed.

    Args:
        states: what to validate.
        rows: of the run's history.
        subset: name of the subset.
        processes: names of the columns that a row must have to be of use.
        validate: makes the validation of one state.

    Returns:
        the rows, in the order of the states, and how many of them are the history's.
    """
    known = {row["updates"]: row for row in rows if row["subset"] == subset and _complete(row, processes)}
    recorded = {state.updates: known[state.updates] for state in states if state.updates in known}
    made: dict[int, Row] = {}
    if recorded:
        telling = min(
            (s for s in states if s.updates in recorded), key=lambda s: abs(recorded[s.updates]["exact_match"] - 50)
        )
        made[telling.updates] = validate(telling)
        if not alike(recorded[telling.updates], made[telling.updates], processes):
            recorded = {}
    for state in states:
        if state.updates not in recorded and state.updates not in made:
            made[state.updates] = validate(state)
    return [recorded.get(state.updates) or made[state.updates] for state in states], len(recorded)


def alike(recorded: Row, made: Row, processes: Sequence[str]) -> bool:
    """Are two validations of one model on the same words, by the same grammar?"""
    loss = recorded["valid_loss"]
    if loss is None or not math.isclose(loss, made["valid_loss"], rel_tol=_LOSS):
        return False
    pairs = [(recorded[name], made.get(name, math.nan)) for name in ("exact_match", *processes)]
    return all(
        abs(one - other) <= _POINTS or (math.isnan(one) and math.isnan(other))  # nan: nowhere due
        for one, other in pairs
    )


def history_of(save_dir: str | Path) -> list[Row]:
    """The rows of a save-dir's ``history.csv``; none where there is none.

    Raises:
        InputError: the file is no history.
    """
    path = Path(save_dir) / FILE_NAME
    return read_history(path) if path.is_file() else []


def _complete(row: Row, processes: Sequence[str]) -> bool:
    return isinstance(row.get("exact_match"), float) and all(isinstance(row.get(name), float) for name in processes)


class Revalidation:
    """Makes validations again, without generation.

    Args:
        grammar: whose processes are counted.
        subset: name of the subset.
        data: folder with the binarized data; None for the one of the training.
        batch_size: words a batch.
        cpu: compute on the CPU even if there is a GPU.
    """

    def __init__(self, grammar: Grammar, subset: str, data: str | None, batch_size: int = 128, cpu: bool = False):
        from .ranking import CheckpointScorer

        self._scorer = CheckpointScorer(subset, data=data, batch_size=batch_size, cpu=cpu)
        self._accuracy = ProcessCounts(grammar, lambda data: data.rows).load

    def processes(self, state: SavedCheckpoint) -> list[str]:
        """Names of the processes of a state's data that are counted.

        Raises:
            InputError: as `CheckpointScorer.open`; the grammar derives none of the words.
        """
        return self._accuracy(self._scorer.open(state.path)[2]).processes

    def of(self, state: SavedCheckpoint) -> Row:
        """``valid_loss`` (bits), ``exact_match`` and the accuracy per process (%) of one state.

        Raises:
            InputError: as `CheckpointScorer.open`; the model does not fit the data, or computes no finite loss.
        """
        from ..calls import captured_calls, own_output
        from ..exact_match import forced_batch, word_counts, word_rates

        scorer = self._scorer
        opened, cfg, data = scorer.open(state.path)
        model, criterion = scorer.build(opened, cfg, data, state.path)
        accuracy, counts = self._accuracy(data), Counter()
        with captured_calls(model) as calls:

            def read(sample: dict[str, Any]) -> None:
                forced = forced_batch(model, own_output(calls, sample), sample, data.task.target_dictionary)
                forced = data.variants.forced(data, forced, model, sample)
                calls.clear()
                counts.update(data.variants.counts(data, forced))
                counts.update({name: int(value) for name, value in word_counts(forced).items()})
                counts.update(accuracy.count(forced.ids.tolist(), forced.choices()))

            loss = scorer.loss(model, criterion, data, read, state.path)
        return {"valid_loss": loss, **word_rates(counts), **accuracy.rates(counts)}
