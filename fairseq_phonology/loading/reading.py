"""Checkpoint files: what can be loaded, when they were saved, copies, and what replaces one that was cut short."""

from __future__ import annotations

import contextlib
import errno
import os
import pickle
import re
import shutil
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from traceback import walk_tb
from typing import Any

import torch

from ..errors import InputError, logger_of
from ..files import check_plain, write_whole
from . import allowed as allowed  # sets the allow-list
from .content import check_sizes
from .kinds import check_archive, is_archive, is_cut_within_a_name, what_it_is

logger = logger_of(__name__)


def load_checkpoint(path: str | Path, mmap: bool = False) -> dict[str, Any]:
    """Load a fairseq checkpoint onto the CPU; nothing in it is executed.

    Args:
        path: the ``.pt`` file.
        mmap: map the tensors instead of reading them, for a glance at the rest.

    Raises:
        InputError: no such file, a folder, a damaged file, or one that holds more than tensors and plain data.
    """
    path = Path(path)
    check_file(path)
    with explained(path):
        check_archive(path, whole=not mmap)
        state = torch.load(path, map_location="cpu", weights_only=True, mmap=mmap and is_archive(path))
    check_sizes(state, path)
    return state


def check_file(path: str | Path) -> None:
    """Is a checkpoint a file at all?

    Raises:
        InputError: it is not there, or no file; of a folder a checkpoint in it is named.
    """
    path = Path(path)
    try:
        mode = path.stat().st_mode
    except OSError as error:  # a loop of links, a name that is too long, a folder that is closed
        what = "no such checkpoint" if isinstance(error, FileNotFoundError) else f"cannot be read: {error.strerror}"
        raise InputError("is a symbolic link to no file" if os.path.islink(path) else what, path) from None
    if path.is_dir():
        there = [path / name for name in ("checkpoint_best.pt", "checkpoint_last.pt")] + sorted(path.glob("*.pt"))
        such = next((f", such as {each}" for each in there if each.is_file()), "")
        raise InputError(f"is a folder; name a checkpoint (*.pt){' in it' if such else ''}{such}", path)
    check_plain(mode, path)


def saved_at(state: Mapping[str, Any]) -> tuple[int | None, int | None]:
    """Epoch, from 1, and number of updates at which a checkpoint was saved; None for what it does not say."""
    if not isinstance(state, Mapping):
        return None, None
    try:
        updates = int(state["optimizer_history"][-1]["num_updates"])
    except (KeyError, IndexError, TypeError, ValueError):
        updates = None
    try:
        more = state.get("extra_state", state)
        if "batch_offset" in more:  # fairseq before 0.6
            return int(more["epoch"]), updates
        iterator = more["train_iterator"]
        # after an epoch's last batch fairseq counts the next one already
        return int(iterator["epoch"]) - (0 if iterator.get("iterations_in_epoch", 1) else 1), updates
    except (KeyError, IndexError, TypeError, ValueError):
        return None, updates


def updates_of(path: str | Path) -> int | None:
    """The number of updates that a checkpoint was saved at; None for a file that is damaged or no checkpoint."""
    try:
        return saved_at(load_checkpoint(path, mmap=True))[1]
    except InputError:
        return None


def copy_checkpoint(source: str | Path, target: str | Path) -> None:
    """Copy so that a kill leaves the old ``target`` or the new one, never half a file.

    A copy and no hard link: fairseq rewrites some checkpoints in place, which would change every link.
    """
    with open(source, "rb") as file:  # what is wrong with the source is said of it
        write_whole(target, lambda copy: shutil.copyfileobj(file, copy, 1 << 20), sync=True)


def replace_truncated_last(save_dir: str | Path, suffix: str = "") -> Path | None:
    """Put the newest intact checkpoint in the place of a ``checkpoint_last.pt`` that a kill has cut short.

    fairseq writes that file in place, so a kill can leave half of it; resuming would then fail.

    Returns:
        the checkpoint that was copied; None where there was nothing to repair.

    Raises:
        InputError: the file is damaged and no other checkpoint of the folder is intact.
    """
    last = Path(save_dir) / f"checkpoint_last{suffix}.pt"
    if not last.is_file() or is_archive(last) or updates_of(last) is not None:
        return None
    others = {path: updates_of(path) for path in sorted(last.parent.glob(f"checkpoint*{suffix}.pt")) if path != last}
    intact = {path: updates for path, updates in others.items() if updates is not None}
    if not intact:
        raise InputError("damaged, and no other checkpoint of this folder is intact; delete it to start anew", last)
    newest = max(intact, key=lambda path: intact[path])
    copy_checkpoint(newest, last)
    logger.warning(f"{last} was cut short; resuming from {newest.name} ({intact[newest]} updates), the newest intact")
    return newest


@contextlib.contextmanager
def explained(path: str | Path) -> Iterator[None]:
    """Say what is wrong with a checkpoint in our words; PyTorch's message is dropped on purpose."""
    try:
        with warnings.catch_warnings():
            # the first two recommend to load such a file by other means, which run what is in it; hydra's are about
            # how fairseq turns the options of old checkpoints into new ones
            for message in (".*TorchScript archive", "Detected pickle protocol", r"\s*'config' is validated against"):
                warnings.filterwarnings("ignore", message=message)
            warnings.filterwarnings("ignore", module="hydra")
            yield
    except FileNotFoundError:
        raise InputError("no such checkpoint", path) from None
    except OSError as error:
        check_file(path)  # a folder: IsADirectoryError, on Windows PermissionError
        if error.errno == errno.EINVAL and while_reading(error):  # a cut file, where PyTorch seeks before it
            raise InputError(what_it_is(path) or "damaged", path) from None
        raise InputError(f"cannot be read: {error.strerror or error}", path) from None
    except InputError:
        raise
    except Exception as error:
        # the bytes of another file, taken for a pickle, end in any of Python's errors
        if not while_reading(error):
            raise
        found = re.search(r"GLOBAL (\S+)", str(error)) if isinstance(error, pickle.UnpicklingError) else None
        if found is not None and not is_cut_within_a_name(path):
            raise InputError(_carries(found[1]), path) from None
        what = what_it_is(path) or "damaged, or it holds more than tensors and plain data: refused"
        raise InputError(what, path) from None


def _carries(name: str) -> str:
    """What is said of a file that names a function or a class beyond the allow-list."""
    if name.startswith(("torch.nn.", "fairseq.models.", "fairseq.modules.")):
        what = f"it is a whole model as an object ({name}), not a checkpoint of weights and plain data"
    else:
        what = f"it carries code or an object of its own ({name}) where only tensors and plain data are allowed"
    return f"{what}: refused; nothing in it was run. A checkpoint of a translation run holds no such thing"


def while_reading(error: Exception) -> bool:
    """Was it PyTorch, reading the file, that failed, and not what was done with its content?"""
    return any(frame.f_code.co_filename == torch.serialization.__file__ for frame, _ in walk_tb(error.__traceback__))
