"""What runs after each validation of ``fairseq-train``: the history, the curves, the predictions, and a user's own.

A callback is one small subclass of `ValidationCallback`; a task lists its callbacks in ``build_callbacks``, and a
user-dir offers one to every task with `register_callback`.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import logger_of
from ..files import write_csv
from ..registry import Registry
from .history.choice import Run
from .history.history import History, recorded_choice

logger = logger_of(__name__)

CALLBACKS = Registry("callback", "register_callback")
PREDICTION_COLUMNS = ("id", "underlying", "hypothesis", "reference", "correct")


@dataclass(frozen=True)
class Prediction:
    """One word: its id, its UR, the model's SR, the gold SR (segments separated by spaces)."""

    id: str
    underlying: str
    hypothesis: str
    reference: str
    correct: bool


@dataclass(frozen=True)
class ValidationResult:
    """One subset's validation.

    Attributes:
        subset: name of the subset.
        is_first: whether it is the first subset, the one that chooses the best checkpoint.
        epoch: number of the epoch, from 1.
        updates: updates made so far.
        metrics: every figure of the validation line, by name: ``loss`` in bits a segment, ``exact_match`` in %, ...
        rates: those among them that the task computed from counts, in the task's order.
        train_loss: mean of the epoch so far, in bits a segment; None where there is none.
        lr: learning rate.
        wall: seconds of training, interruptions left out.
        predictions: every word of the subset once, in order; None unless a callback needs them.
    """

    subset: str
    is_first: bool
    epoch: int
    updates: int
    metrics: dict[str, float]
    rates: dict[str, float]
    train_loss: float | None = None
    lr: float | None = None
    wall: float | None = None
    predictions: list[Prediction] | None = field(default=None, repr=False)


class ValidationCallback:
    """Override what you need; every method does nothing by default.

    With several workers only the first one calls them, and only ``fairseq-train`` does.

    Attributes:
        needs_predictions: set it to True to find every word's hypothesis in ``result.predictions``.
    """

    needs_predictions = False

    def on_train_start(self, updates: int) -> None:
        """Training begins, or goes on from a checkpoint of ``updates`` updates: forget what came after it."""

    def on_validation(self, result: ValidationResult) -> None:
        """One subset has been validated; its checkpoint, if there will be one, is not yet saved."""

    def on_save(self, kept: Collection[int]) -> None:
        """A checkpoint was saved; ``kept`` are the updates of the best checkpoints, as they are now."""

    def on_train_end(self) -> None:
        """The process ends, after success or an error; not after a kill."""


def register_callback(name: str) -> Callable:
    """Offer a callback to ``--callbacks NAME``: a decorator for its class, or for a function that makes one.

    Either is called at the first training step, with the task's configuration, a `PhonologyConfig`: ``save_dir``,
    ``grammar`` and the rest.

    Raises:
        InputError: the name is taken, or not made of small letters, digits and inner hyphens.
    """
    return CALLBACKS.register(name)


def registered_callbacks(cfg: Any) -> list[ValidationCallback]:
    """Those that ``--callbacks`` asks for, in its order.

    Raises:
        InputError: a name that is not registered; the message lists those that are.
    """
    return [CALLBACKS.find(name)(cfg) for name in callback_names(cfg)]


def callback_names(cfg: Any) -> list[str]:
    """The names in ``--callbacks``."""
    return [name.strip() for name in (cfg.callbacks or "").split(",") if name.strip()]


class HistoryCallback(ValidationCallback):
    """``history.csv`` in the save-dir: one row per validation and subset, complete after any interruption."""

    def __init__(self, save_dir: str | Path):
        self.history = History(save_dir)

    def on_train_start(self, updates: int) -> None:
        # the validation at `updates` came before that checkpoint was saved, and is not made again
        self.history.drop_from(updates + 1)

    def on_validation(self, result: ValidationResult) -> None:
        row = {
            "epoch": result.epoch,
            "updates": result.updates,
            "subset": result.subset,
            "train_loss": result.train_loss,
            "valid_loss": result.metrics.get("loss"),
            "exact_match": result.rates.get("exact_match"),
            "per": result.rates.get("per"),
            "lr": result.lr,
            "wall": result.wall,
            "kept": False,
        }
        self.history.append(row | {name: rate for name, rate in result.rates.items() if name not in row})

    def on_save(self, kept: Collection[int]) -> None:
        for row in self.history.rows:
            if bool(row["kept"]) != (row["updates"] in kept):
                self.history.append(row | {"kept": row["updates"] in kept})


class CurvesCallback(ValidationCallback):
    """``curves.png`` in the save-dir, current after every validation as long as drawing takes little of the time.

    A drawing is left out where it would cost more than ``share`` of the time since the last one; the end of training
    draws what is missing.

    Args:
        history: whose rows are drawn.
        path: the picture.
        share: of the training time that may go into drawing.
    """

    # a guess until the first drawing was timed: most of it is loading matplotlib
    _seconds = 1.0

    def __init__(self, history: History, path: str | Path, share: float = 0.03):
        self._history, self._path, self._share = history, Path(path), share
        self._last, self._stale = time.monotonic(), False
        self._starred: set[int] = set()

    def on_train_start(self, updates: int) -> None:
        self._last = time.monotonic()

    def on_validation(self, result: ValidationResult) -> None:
        self._stale = True
        self._draw_if_cheap()

    def on_save(self, kept: Collection[int]) -> None:
        # only now it is known whether the validation has left the checkpoint that the star stands for
        if set(kept) != self._starred:
            self._starred, self._stale = set(kept), True
            self._draw_if_cheap()

    def on_train_end(self) -> None:
        if self._stale:
            self._draw()

    def _draw_if_cheap(self) -> None:
        if self._seconds <= self._share * (time.monotonic() - self._last):
            self._draw()

    def _draw(self) -> None:
        begin = time.monotonic()
        try:
            from .history.curves import draw_curves

            rows = self._history.rows
            draw_curves(Run(rows, recorded_choice(self._path.parent, rows)), self._path)
        except Exception as error:  # a picture is not worth a training run
            logger.warning(f"{self._path} was not drawn: {error}")
        self._last = time.monotonic()
        self._seconds, self._stale = self._last - begin, False


class PredictionsCallback(ValidationCallback):
    """``<save-dir>/predictions/<subset>_at_<updates>.csv``: every word of every validation.

    ``id`` is the user's, from the table that ``prepare`` writes beside the binarized data; without such a table, the
    number of the word in its data set, from 0. ``hypothesis`` is the model's own continuation: greedy,
    or the best of the beam with ``--eval-beam``; ``correct`` is 1 where it equals the reference.
    """

    needs_predictions = True

    def __init__(self, folder: str | Path):
        self._folder = Path(folder)

    def on_train_start(self, updates: int) -> None:
        # as in the history: what came after the checkpoint is undone
        for path in self._folder.glob("*_at_*.csv"):
            found = re.fullmatch(r".+_at_(\d+)", path.stem)
            if found and int(found[1]) > updates:
                path.unlink()

    def on_validation(self, result: ValidationResult) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"{result.subset}_at_{result.updates}.csv"
        write_predictions(path, result.predictions or [])


def write_predictions(path: Path, predictions: Iterable[Prediction], sync: bool = False) -> None:
    """``PREDICTION_COLUMNS``, then a row a word; in one step."""
    rows = ([word.id, word.underlying, word.hypothesis, word.reference, int(word.correct)] for word in predictions)
    write_csv(path, [PREDICTION_COLUMNS, *rows], sync)
