"""The checkpoints that a run has left, in order of updates: each state of the model once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ...errors import InputError

BEST = "checkpoint_best.pt"
# by preference: the names that say when the model was saved come first
_NAMES = (r"checkpoint\d+", r"checkpoint_\d+_\d+", r"checkpoint_best", r"checkpoint_last", r"checkpoint\.best_.+")


@dataclass(frozen=True)
class SavedCheckpoint:
    """One state of a model.

    Attributes:
        path: of a file that holds it.
        epoch: in which it was saved, from 1.
        updates: made when it was saved.
        best: does ``checkpoint_best.pt`` hold it?
    """

    path: Path
    epoch: int
    updates: int
    best: bool = False

    @property
    def name(self) -> str:
        """Of its file."""
        return self.path.name


def saved_checkpoints(save_dir: str | Path) -> list[SavedCheckpoint]:
    """The states of the model that fairseq-train has left in a folder, first to last.

    Files of the same number of updates hold one state, which has the most informative of their names. Files whose names
    are not those of fairseq-train (averages, copies) are left out.

    Raises:
        InputError: no such folder; a file that cannot be loaded, named; fewer than two states.
    """
    folder = Path(save_dir)
    if not folder.is_dir():
        raise InputError("is a file; name the run's folder" if folder.exists() else "no such folder", folder)
    files = [(rank, path) for path in folder.glob("checkpoint*.pt") if (rank := _rank(path)) is not None]
    found: dict[int, SavedCheckpoint] = {}
    best = None
    for _, path in sorted(files, key=lambda file: (file[0], file[1].name)):
        one = _read(path)
        found.setdefault(one.updates, one)
        best = one.updates if path.name == BEST else best
    states = [SavedCheckpoint(s.path, s.epoch, s.updates, updates == best) for updates, s in sorted(found.items())]
    if len(states) < 2:
        raise InputError(_too_few(states), folder)
    return states


def thinned(
    states: Sequence[SavedCheckpoint], every: int | None = None, at_most: int | None = None
) -> list[SavedCheckpoint]:
    """Fewer states, evenly spread; the first, the best and the last always stay.

    Args:
        states: first to last.
        every: take every n-th, from the first on.
        at_most: how many to take, 3 or more.

    Returns:
        those that stay, first to last.

    Raises:
        InputError: a number that is too small.
    """
    if every is not None and every < 1:
        raise InputError(f"--every is {every}; allowed: 1 or more")
    if at_most is not None and at_most < 3:
        raise InputError(
            f"--at-most is {at_most}; allowed: 3 or more, because the first, the best and the last are always followed"
        )
    last = len(states) - 1
    fixed = {0, last} | {n for n, state in enumerate(states) if state.best}
    if every is not None:
        kept = set(range(0, last + 1, every))
    elif at_most is not None and at_most <= last:
        kept = {round(n * last / (at_most - 1)) for n in range(at_most)}
        for inner in sorted(fixed - kept):  # the best takes the place of its neighbor
            kept.remove(min(kept - fixed, key=lambda n: (abs(n - inner), n)))
    else:
        kept = set(range(last + 1))
    return [states[n] for n in sorted(kept | fixed)]


def _rank(path: Path) -> int | None:
    return next((n for n, name in enumerate(_NAMES) if re.fullmatch(name + r"\.pt", path.name)), None)


def _read(path: Path) -> SavedCheckpoint:
    from ...loading import load_checkpoint, saved_at

    epoch, updates = saved_at(load_checkpoint(path, mmap=True))
    if epoch is None or updates is None:
        raise InputError("no checkpoint of fairseq-train: it does not say when it was saved", path)
    return SavedCheckpoint(path, epoch, updates)


def _too_few(states: Sequence[SavedCheckpoint]) -> str:
    held = f"one checkpoint ({states[0].name}, epoch {states[0].epoch})" if states else "no checkpoint (checkpoint*.pt)"
    return (
        f"holds {held}; two or more are needed to follow a run: train without --no-epoch-checkpoints (and "
        "--save-interval 1), or with --save-interval-updates N for several in an epoch"
    )
