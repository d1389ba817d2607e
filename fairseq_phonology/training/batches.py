"""The batches that a model is trained in: of words of one length, as fairseq makes them, or of any."""

from __future__ import annotations

import functools

import numpy as np
from fairseq.data import LanguagePairDataset


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
