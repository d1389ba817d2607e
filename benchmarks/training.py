"""What does it cost that every epoch has batches of its own? As a share of an epoch, within one run."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator

import setting
from fairseq import checkpoint_utils
from fairseq.trainer import Trainer

EPOCHS = 3  # that are trained; their median is what the cost is a share of
ROUNDS = 15  # of each kind without training, taken in turns


class Training:
    """What fairseq-train does in an epoch, with the small model and 8,000 words, with and without training."""

    def __init__(self):
        models, cfg, self.task = checkpoint_utils.load_model_ensemble_and_task([str(setting.trained())])
        self.task.load_dataset(cfg.dataset.train_subset)
        self.trainer = Trainer(cfg, self.task, models[0], self.task.build_criterion(cfg.criterion))
        self.ours = self.task.can_reuse_epoch_itr
        self.epochs: Iterator[int] = iter(range(1, 10_000))

    def run(self, reuse: bool, train: bool) -> float:
        """Seconds of one epoch, whose batches are the first one's (as in stock fairseq) or its own."""
        self.task.can_reuse_epoch_itr = (lambda dataset: True) if reuse else self.ours
        begin = time.perf_counter()
        batches = self.trainer.get_train_iterator(next(self.epochs), load_dataset=False)
        for sample in batches.next_epoch_itr():
            if train:
                self.trainer.train_step([sample])
        return time.perf_counter() - begin


def rows() -> list[tuple[str, str, str]]:
    """(what, measured, target) of each row."""
    training = Training()
    training.run(reuse=True, train=False), training.run(reuse=False, train=False)  # warm up
    pairs = [(training.run(reuse=False, train=False), training.run(reuse=True, train=False)) for _ in range(ROUNDS)]
    extra = statistics.median(own - first for own, first in pairs)
    deviation = statistics.median(abs(own - first - extra) for own, first in pairs)
    epoch = statistics.median(training.run(reuse=True, train=True) for _ in range(EPOCHS))
    return [
        (
            "an epoch with batches of its own / with those of the first epoch, as in stock fairseq",
            f"{1 + extra / epoch:.3f} x ({1000 * extra:+.0f} ms, deviation {1000 * deviation:.0f}, on {epoch:.1f} s)",
            "<= 1.02 x",
        )
    ]
