"""One run of ``fairseq-train``: what exists only there. Under other commands the task has none, and nothing is written.

It brings together the best checkpoints and the callbacks, and goes on where a checkpoint left off.
"""

from __future__ import annotations

import atexit
import math
import os
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypedDict

import msgspec
import torch
from fairseq.logging import metrics
from fairseq.utils import item

from .. import loading
from ..errors import InputError, logger_of
from ..files import check_own, training_lock
from .callbacks import Prediction, ValidationCallback, ValidationResult
from .checkpoints.best import BestCheckpoints, Record
from .config import check_training

logger = logger_of(__name__)

_LAST = "checkpoint_last.pt"  # fairseq's own --restore-file
_SAVED = re.compile(r"checkpoint(\d+|_\d+_\d+|_best|_last|\.best_).*\.pt(\.tmp)?")  # fairseq writes into them


class _State(TypedDict, total=False):
    best: Record
    wall: float


def _check_start(cfg: Any) -> None:
    """fairseq trains from random weights, and says nothing, where what it should start from is no file.

    The last checkpoint of the run itself may be missing, by whichever path it is named: the run then begins.

    Raises:
        InputError: a file that is named is not there, or is a folder.
    """
    last = Path(cfg.save_dir) / f"checkpoint_last{cfg.checkpoint_suffix}.pt"
    start = Path(last if cfg.restore_file == _LAST else cfg.restore_file.replace(".pt", f"{cfg.checkpoint_suffix}.pt"))
    if os.path.abspath(start) == os.path.abspath(last) and not os.path.lexists(last):
        if cfg.finetune_from_model:
            loading.check_file(cfg.finetune_from_model)
        return
    loading.check_file(start)


def is_first_worker() -> bool:
    """Whether this process is the one that writes."""
    return not _several_workers() or torch.distributed.get_rank() == 0


def _several_workers() -> bool:
    return torch.distributed.is_available() and torch.distributed.is_initialized()


class TrainingRun:
    """Made before fairseq loads its last checkpoint, so that a truncated one can be replaced in time.

    Args:
        cfg: a `PhonologyConfig`.
        build_callbacks: the task's method of that name; called at the first training step, when all data are there.

    Raises:
        InputError: options that would keep the wrong checkpoints, another process trains in the same folder, or a
            checkpoint in it is a link.
    """

    def __init__(self, cfg: Any, build_callbacks: Callable[[], list[ValidationCallback]]):
        check_training(cfg)
        self._metric, self._build_callbacks = cfg.best_checkpoint_metric, build_callbacks
        self.callbacks: list[ValidationCallback] = []
        self.started = False
        self._state: dict[str, Any] = {}
        self._begin = time.monotonic()
        self._epoch = self._subsets_validated = 0
        self._best = BestCheckpoints(
            cfg.save_dir,
            cfg.best_checkpoint_metric,
            cfg.maximize_best_checkpoint_metric,
            cfg.keep_best_checkpoints,
            cfg.checkpoint_suffix,
        )
        if _several_workers():
            loading.allow_resuming_with_several_workers()
        _check_start(cfg)
        refusal: list[InputError | None] = [None]
        if is_first_worker():
            try:
                training_lock(Path(cfg.save_dir))
                check_own(*(path for path in sorted(Path(cfg.save_dir).iterdir()) if _SAVED.fullmatch(path.name)))
                if cfg.restore_file == _LAST:
                    loading.replace_truncated_last(cfg.save_dir, cfg.checkpoint_suffix)
            except InputError as error:
                refusal = [error]
        if _several_workers():
            torch.distributed.broadcast_object_list(refusal)  # no worker loads before it is replaced
        if refusal[0]:
            raise refusal[0]

    def step(self, updates: int) -> None:
        """A training step begins, after so many updates; the first one tells where the run goes on."""
        if not self.started:
            self.started = True
            self.callbacks = self._build_callbacks()
            if is_first_worker():
                self._best.resume(self._state.get("best"), updates)
                for callback in self.callbacks:
                    callback.on_train_start(updates)
                # fairseq tells no task that training is over
                atexit.register(lambda: [callback.on_train_end() for callback in self.callbacks])
        self._best.train_on()

    def begin_validation(self, epoch: int) -> None:
        """A round of validations begins."""
        self._epoch, self._subsets_validated = epoch, 0

    def validated(
        self,
        subset: str,
        stats: dict[str, float],
        loss: float,
        rate_names: list[str],
        predictions: list[Prediction] | None,
    ) -> None:
        """One subset has been validated, on every worker: steer the best checkpoint, then run the callbacks.

        Args:
            subset: its name.
            stats: the validation line; gets the best score as it is now.
            loss: with all its digits; the line's is rounded.
            rate_names: those of the figures that the task computed from counts.
            predictions: of all workers, where a callback needs them.

        Raises:
            InputError: the metric that should choose the checkpoint is none of the line's.
        """
        updates, is_first = stats["num_updates"], self._subsets_validated == 0
        self._subsets_validated += 1
        if self._metric not in stats:
            known = ", ".join(name for name in stats if name != "num_updates")
            raise InputError(f"--best-checkpoint-metric {self._metric}: no such metric; this validation has {known}")
        if is_first:
            stats[f"best_{self._metric}"] = self._best.consider(updates, item(stats[self._metric]), loss)
        if not is_first_worker():
            return
        if not math.isfinite(loss):
            logger.warning(
                f"the loss on {subset} is {loss} after {updates} updates: training has diverged; lower --lr, or add "
                "--clip-norm 1.0 or more --warmup-updates"
            )
        train = metrics.get_smoothed_values("train")
        result = ValidationResult(
            subset=subset,
            is_first=is_first,
            epoch=self._epoch,
            updates=updates,
            metrics={name: item(value) for name, value in stats.items()} | {"loss": loss},
            rates={name: stats[name] for name in rate_names if name in stats},
            train_loss=item(train.get("loss")),
            lr=item(train.get("lr")),
            wall=self._wall(),
            predictions=predictions,
        )
        for callback in self.callbacks:
            callback.on_validation(result)

    def saved(self, path: str, updates: int) -> None:
        """fairseq has saved a checkpoint; only the first worker hears of it."""
        self._best.saved(path, updates)
        kept = {entry.updates for entry in self._best.entries}
        for callback in self.callbacks:
            callback.on_save(kept)

    def state(self) -> dict[str, Any]:
        """What a checkpoint must hold to go on from it; plain Python data, as the restricted unpickler wants."""
        return {"best": self._best.state(), "wall": self._wall()}

    def load_state(self, state: dict[str, Any]) -> None:
        """fairseq resumes from a checkpoint that `state` went into.

        Raises:
            InputError: `state` did not give this.
        """
        try:
            self._state = msgspec.convert(state, _State)
        except msgspec.ValidationError as error:
            raise InputError(
                "the checkpoint that training would go on from is damaged, or was not written by this task: its record "
                f"of the best checkpoints cannot be read ({error}); name another one with --restore-file"
            ) from None

    def _wall(self) -> float:
        """Seconds of training, those before an interruption included."""
        return self._state.get("wall", 0.0) + time.monotonic() - self._begin
