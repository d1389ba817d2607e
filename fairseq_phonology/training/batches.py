"""The batches that a model is trained in: of words of one length, as fairseq makes them, or of any; and those that a
validation leaves out."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
from fairseq.data import LanguagePairDataset

from ..errors import InputError, logger_of
from ..text import count

logger = logger_of(__name__)

_LOSSES = ("loss", "nll_loss", "ppl")  # of which nothing says that they are of all words


def mix_lengths(words: LanguagePairDataset) -> None:
    """Make batches of words of any length.

    fairseq sorts the words by length before it cuts them into batches, and shuffles only the batches: there is little
    padding, and each update learns from words of one length. Mixed batches learn in fewer epochs, each of which takes
    longer for its padding (``benchmarks/learning.py``).

    Args:
        words: of training; fairseq then asks them for an order in each epoch, with numpy seeded by ``--seed`` and the
            number of the epoch, so that all workers, and a run that goes on, have the same.
    """
    words.ordered_indices = functools.partial(_any_order, len(words))


def _any_order(n: int) -> np.ndarray:
    """The numbers of n words, drawn."""
    return np.random.permutation(n).astype(np.int64)  # of the generator that fairseq seeds


def check_reach(iterator: Any, steps: int | None, subset: str | None, metric: str) -> None:
    """Refuse a validation that leaves words out where they would choose a checkpoint; say it where they would not.

    Args:
        iterator: fairseq's, of the subset, before its batches run.
        steps: ``--max-valid-steps``; None: no limit.
        subset: its name.
        metric: ``--best-checkpoint-metric``.

    Raises:
        InputError: not all words are looked at, and the metric is no loss.
    """
    if steps is None:
        return
    # fairseq looks at one batch more than it says, in each worker
    batches, most = iterator.frozen_batches, (steps + 1) * iterator.num_shards
    words, among = (sum(map(len, some)) for some in (batches[:most], batches))
    if words == among:
        return
    said = (
        f"--max-valid-steps {steps} ends the validation of {subset} after {words:,} of its {count(among)}, the shortest"
    )
    if metric not in _LOSSES:
        raise InputError(
            f"{said}: {metric} of these is not that of all, and would choose the checkpoint; leave the option out, or "
            "choose by --best-checkpoint-metric loss"
        )
    logger.warning(f"{said}: exact match and whatever else it reports are of these")
