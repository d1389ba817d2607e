"""The best K checkpoints, exactly: more words right, then lower loss, then earlier, among the validations that saved.

fairseq's own rule prefers the latest tie, lets ties overwrite each other's files and never fills up to K. Here the
order is kept in a record that travels in every checkpoint and stands in the save-dir; files follow the record.
"""

from __future__ import annotations

import math
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypedDict

from fairseq import checkpoint_utils

from ...errors import InputError, logger_of
from ...files import Count, read_json, write_json
from ...loading import copy_checkpoint, updates_of
from ..history.choice import rank
from ..history.history import RECORD

logger = logger_of(__name__)


@dataclass(frozen=True)
class Saved:
    """A validation that saved: its number of updates, its score (the chosen metric) and its loss."""

    updates: int
    score: float
    loss: float


class _Entry(TypedDict):
    updates: Count
    score: float | None  # None in the save-dir: JSON has neither NaN nor infinity
    loss: float | None


class Record(TypedDict):
    metric: str
    maximize: bool
    entries: list[_Entry]


class BestCheckpoints:
    """Which validations are the best, and the files that hold their models.

    ``checkpoint_best.pt`` is written by fairseq, which `consider` steers; the files of ``--keep-best-checkpoints`` are
    written here, under names that fairseq's own pruning misses.

    Args:
        save_dir: folder of the run.
        metric: name of the metric that chooses.
        maximize: whether more of it is better.
        keep: how many checkpoints to keep beside ``checkpoint_best.pt``; none if not positive.
        suffix: fairseq's ``--checkpoint-suffix``.
    """

    def __init__(self, save_dir: str | Path, metric: str, maximize: bool, keep: int = 0, suffix: str = ""):
        self.save_dir, self.metric, self.maximize = Path(save_dir), metric, maximize
        self.keep, self.suffix = max(keep, 0), suffix
        self.entries: list[Saved] = []  # best first
        self.pending: Saved | None = None  # validated; whether it is saved is yet to be seen

    def consider(self, updates: int, score: float, loss: float) -> float:
        """A validation is over: steer what fairseq will do with ``checkpoint_best.pt`` if it saves now.

        Returns:
            the best score so far, this one included.
        """
        self.pending = Saved(updates, score, loss)
        best = self._ranked([*self.entries, self.pending])
        # fairseq writes the file if the score is as good as this attribute of its function: the only handle it has
        if best and best[0] is self.pending:
            checkpoint_utils.save_checkpoint.best = score
        else:
            beyond = math.nextafter(score, math.inf if self.maximize else -math.inf)
            others = [beyond, *(entry.score for entry in best[:1])]
            checkpoint_utils.save_checkpoint.best = max(others) if self.maximize else min(others)
        return best[0].score if best else score

    def train_on(self) -> None:
        """Training goes on: if the last validation has not been saved by now, it never will be."""
        self.pending = None

    def saved(self, path: str | Path, updates: int) -> None:
        """fairseq has saved a checkpoint to ``path``: keep a copy if it is one of the best, and prune.

        A kill at any point loses nothing: the copy comes first, then the record, then the pruning; and `resume` undoes
        or finishes what was begun.
        """
        entry, self.pending = self.pending, None
        if entry is None or entry.updates != updates:
            return
        before, self.entries = self.entries, self._ranked([*self.entries, entry])
        if self.keep and entry in self.entries:
            # --keep-interval-updates may have pruned `path` already; the others were written by the same save
            names = [f"checkpoint_last{self.suffix}.pt", f"checkpoint_best{self.suffix}.pt"]
            names = names if self.entries[0] == entry else names[:1]
            source = next((file for file in [Path(path), *map(self.save_dir.joinpath, names)] if file.exists()), None)
            if source is None:
                logger.warning(f"no file is left of the checkpoint at {updates} updates: not kept among the best")
                self.entries = before
            else:
                copy_checkpoint(source, self.path_of(entry))
        self._write_record()
        self._prune()

    def state(self) -> dict[str, Any]:
        """The record as the checkpoint now being written must hold it: the pending validation counts as saved."""
        entries = self._ranked([*self.entries, *([self.pending] if self.pending else [])])
        return {"metric": self.metric, "maximize": self.maximize, "entries": [asdict(entry) for entry in entries]}

    def resume(self, state: dict[str, Any] | None, updates: int) -> None:
        """Go on from a checkpoint of ``updates`` updates: what came later is forgotten, files follow the record.

        Args:
            state: what `state` gave when that checkpoint was written; without it, the record in the save-dir is read.
            updates: 0 for a new run.
        """
        if updates:
            state = self._record(state)
        if state and (state["metric"], state["maximize"]) != (self.metric, self.maximize):
            logger.warning(f"best checkpoints so far were chosen by {state['metric']}: choosing anew by {self.metric}")
            state = None
        entries = [
            Saved(**{name: math.nan if value is None else value for name, value in entry.items()})
            for entry in (state["entries"] if state else ())
        ]
        self.entries = self._ranked([entry for entry in entries if entry.updates <= updates])
        self.pending = None
        if not updates:  # a new run: what an earlier one left stays until this one has something better to show
            return
        if self.keep:
            self.entries = [entry for entry in self.entries if self._restore(self.path_of(entry), entry.updates)]
        if self.entries:
            self._restore(self.save_dir / f"checkpoint_best{self.suffix}.pt", self.entries[0].updates)
            self._write_record()
        self._prune()

    def path_of(self, entry: Saved) -> Path:
        """Where the copy of one of the best is kept; fairseq's own pattern allows no ``_at_`` and leaves it alone."""
        name = f"checkpoint.best_{self.metric.replace('/', '-')}_{entry.score:.3f}_at_{entry.updates}{self.suffix}.pt"
        return self.save_dir / name

    def _ranked(self, entries: list[Saved]) -> list[Saved]:
        """The best K (at least one), best first; without those that have no score."""
        entries = [entry for entry in entries if not math.isnan(entry.score)]
        sign = 1 if self.maximize else -1
        entries.sort(key=lambda entry: rank(sign * entry.score, entry.loss, entry.updates))
        return entries[: max(self.keep, 1)]

    def _restore(self, path: Path, updates: int) -> bool:
        """See to it that ``path`` holds the model of that many updates; False if no file of the folder does."""
        if path.exists() and updates_of(path) == updates:
            return True
        for other in sorted(self.save_dir.glob(f"checkpoint*{self.suffix}.pt")):
            if other != path and updates_of(other) == updates:
                copy_checkpoint(other, path)
                return True
        logger.warning(f"no intact checkpoint of {updates} updates is left for {path.name}")
        return False

    def _files(self) -> list[Path]:
        """Copies of the best, fairseq's and ours, half-written ones included."""
        metric, suffix = re.escape(self.metric), re.escape(self.suffix)
        pattern = re.compile(rf"checkpoint\.best_({metric}_\d+\.?\d*|.+_at_\d+){suffix}\.pt(\.tmp)?")
        return [path for path in self.save_dir.glob("checkpoint.best_*") if pattern.fullmatch(path.name)]

    def _prune(self) -> None:
        if not self.keep:
            return
        wanted = {self.path_of(entry) for entry in self.entries}
        for path in self._files():
            if path not in wanted:
                path.unlink(missing_ok=True)

    def _write_record(self) -> None:
        record = self.state()
        for entry in record["entries"]:
            entry |= {name: value if math.isfinite(value) else None for name, value in entry.items()}
        write_json(self.save_dir / RECORD, record, sync=True)

    def _record(self, state: dict[str, Any] | None) -> dict[str, Any] | None:
        """What the checkpoint says, else the record of the save-dir."""
        path = self.save_dir / RECORD
        try:
            found = read_json(path, Record, "record of the best checkpoints") if path.exists() else None
            return state or found
        except InputError as error:
            if state:
                logger.warning(f"{error}; written anew from the checkpoint")
                return state
            what = f"{error.message}; delete it to choose among the validations to come alone"
            raise InputError(what, path) from error
