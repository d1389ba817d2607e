"""How long to train, and in batches of what size: a first proposal from the lengths of the words alone."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

# what the examples train with: 1,400 to 1,800 updates, in two of them in batches of 2,048 symbols
UPDATES = 1500
_LEAST_EPOCHS, _MOST_EPOCHS = 10, 200
_BATCHES = 20  # an epoch of a small corpus has so many at least, or it would have too few updates
_LEAST_BATCH, _MOST_BATCH = 256, 2048


@dataclass(frozen=True)
class TrainingLength:
    """A proposal.

    Attributes:
        words: of the training data.
        symbols: in them, EOS included: of each word as many as its longer side has.
        batch: for ``--max-tokens``.
        per_epoch: updates in an epoch.
        epochs: for ``--max-epoch``.
    """

    words: int
    symbols: int
    batch: int
    per_epoch: int
    epochs: int

    @property
    def updates(self) -> int:
        """In all."""
        return self.per_epoch * self.epochs


def training_length(sizes: Iterable[int], longest: int = 0, copies: int = 1) -> TrainingLength:
    """Batches and epochs for some `UPDATES` updates, but no fewer than 10 epochs and no more than 200.

    Args:
        sizes: symbols of each training word, EOS included: of its longer side.
        longest: the most symbols of any other word, which a batch must have room for.
        copies: training pairs of each UR: an epoch is so many passes over the URs.
    """
    ordered = sorted(sizes)
    symbols = sum(ordered)
    batch = max(ordered[-1], longest, _LEAST_BATCH, min(_MOST_BATCH, symbols // _BATCHES))
    per_epoch = updates_of(ordered, batch)
    return TrainingLength(len(ordered), symbols, batch, per_epoch, epochs_of(per_epoch, copies))


def epochs_of(per_epoch: int, copies: int = 1) -> int:
    """How many, of so many updates each; arguments as of `training_length`."""
    return min(_MOST_EPOCHS, max(math.ceil(_LEAST_EPOCHS / copies), math.ceil(UPDATES / per_epoch)))


def updates_of(sizes: Iterable[int], symbols: int | None = None, words: int | None = None) -> int:
    """How many batches fairseq makes of an epoch: each word takes the room of the longest beside it.

    Args:
        sizes: of the words in fairseq's order, that of their URs' sizes and then of their SRs'.
        symbols: ``--max-tokens``, if it is given.
        words: ``--batch-size``, if it is given.
    """
    batches, held, longest = 1, 0, 0
    for size in sizes:
        held, longest = held + 1, max(longest, size)
        if held * longest > (symbols or math.inf) or held > (words or math.inf):
            batches, held, longest = batches + 1, 1, size
    return batches
