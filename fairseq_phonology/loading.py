"""Checkpoints come in through PyTorch's restricted unpickler and a short allow-list, set when this is imported.

A checkpoint that carries code is refused in a sentence of our own, and none of the code runs.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import logging
import pickle
import re
import shutil
import zipfile
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from .errors import InputError, refusals
from .files import write_whole

logger = logging.getLogger(__name__)

if tuple(int(part) for part in torch.__version__.split(".")[:2]) < (2, 6):
    raise ImportError(f"fairseq_phonology needs torch >= 2.6 to load checkpoints safely; found {torch.__version__}")


def _arrays() -> list[Any]:
    """What plain arrays of numbers are pickled by: the meters of stock ``--eval-bleu`` runs hold some.

    Their content goes through the same restricted unpickler. numpy 1 and 2 write the names differently.
    """
    core = np._core if hasattr(np, "_core") else np.core
    functions = [core.multiarray._reconstruct, core.multiarray.scalar]
    names = [(one, f"numpy.{old}.multiarray.{one.__name__}") for one in functions for old in ("core", "_core")]
    dtypes = [type(np.dtype(kind)) for kind in (np.int32, np.int64, np.float32, np.float64)]
    return [*names, np.ndarray, np.dtype, *dtypes]


# all that checkpoints of fairseq-train hold beyond tensors and plain Python data: the parsed command line, and arrays
torch.serialization.add_safe_globals([argparse.Namespace, *_arrays()])


def allow_resuming_with_several_workers() -> None:
    """Allow the containers in which fairseq broadcasts a loaded checkpoint from one worker to the others.

    Plain data holders, needed only there; so they are allowed only where several workers train.
    """
    from fairseq.distributed.utils import _TensorPlaceholder
    from omegaconf import DictConfig, ListConfig
    from omegaconf.base import ContainerMetadata, Metadata
    from omegaconf.nodes import AnyNode

    containers = [DictConfig, ListConfig, ContainerMetadata, Metadata, AnyNode, _TensorPlaceholder]
    torch.serialization.add_safe_globals([*containers, Any, defaultdict, dict, list, int])


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
    with _explained(path):
        return torch.load(path, map_location="cpu", weights_only=True, mmap=mmap and zipfile.is_zipfile(path))


def check_file(path: str | Path) -> None:
    """Is a checkpoint a file at all?

    Raises:
        InputError: it is not there, or a folder, of which a checkpoint in it is named.
    """
    path = Path(path)
    if path.is_dir():
        there = [path / name for name in ("checkpoint_best.pt", "checkpoint_last.pt")] + sorted(path.glob("*.pt"))
        such = next((f", such as {each}" for each in there if each.is_file()), "")
        raise InputError(f"is a folder; name a checkpoint (*.pt){' in it' if such else ''}{such}", path)
    if not path.is_file():
        raise InputError("no such checkpoint", path)


def saved_at(state: Mapping[str, Any]) -> tuple[int | None, int | None]:
    """Epoch, from 1, and number of updates at which a checkpoint was saved; None for what it does not say."""
    try:
        updates = int(state["optimizer_history"][-1]["num_updates"])
    except (KeyError, IndexError, TypeError, ValueError):
        updates = None
    try:
        iterator = state["extra_state"]["train_iterator"]
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
    if not last.exists() or zipfile.is_zipfile(last) or updates_of(last) is not None:
        return None
    others = {path: updates_of(path) for path in sorted(last.parent.glob(f"checkpoint*{suffix}.pt")) if path != last}
    intact = {path: updates for path, updates in others.items() if updates is not None}
    if not intact:
        raise InputError("damaged, and no other checkpoint of this folder is intact; delete it to start anew", last)
    newest = max(intact, key=lambda path: intact[path])
    copy_checkpoint(newest, last)
    logger.warning(f"{last} was cut short; resuming from {newest.name} ({intact[newest]} updates), the newest intact")
    return newest


def guard_fairseq() -> None:
    """Let fairseq's own loader refuse in our words.

    PyTorch's message recommends ``weights_only=False``, which would run the code. fairseq offers no hook around
    loading, and ``fairseq-validate`` and ``from_pretrained`` load before any task of ours exists; so this one function
    is wrapped, for good. What it loads and returns stays as it is: only the text of a refusal changes.
    """
    from fairseq import checkpoint_utils

    if not hasattr(checkpoint_utils.load_checkpoint_to_cpu, "explains_refusals"):
        checkpoint_utils.load_checkpoint_to_cpu = _guarded(checkpoint_utils.load_checkpoint_to_cpu)


def _guarded(load):
    @functools.wraps(load)
    def load_checkpoint_to_cpu(path, *args, **kwargs):
        with refusals(), _explained(path):
            return load(path, *args, **kwargs)

    load_checkpoint_to_cpu.explains_refusals = True
    return load_checkpoint_to_cpu


@contextlib.contextmanager
def _explained(path: str | Path) -> Iterator[None]:
    """Say what is wrong with a checkpoint in our words; the original message is dropped on purpose."""
    try:
        yield
    except pickle.UnpicklingError as error:
        found = re.search(r"GLOBAL (\S+)", str(error))
        if found is None:
            message = "damaged, or it holds more than tensors and plain data: refused; nothing in it was run"
        else:
            message = (
                f"it carries code or an object of its own ({found[1]}) where only tensors and plain data are allowed: "
                "refused; nothing in it was run. Checkpoints as fairseq-train writes them load"
            )
        raise InputError(message, path) from None
    except FileNotFoundError:
        raise InputError("no such checkpoint", path) from None
    except OSError as error:
        check_file(path)  # a folder: IsADirectoryError, on Windows PermissionError
        if isinstance(error, PermissionError):
            raise InputError(f"cannot be read: {error.strerror or error}", path) from None
        raise
    except Exception:
        # the bytes of another file, taken for a pickle, end in any of Python's errors
        if zipfile.is_zipfile(path):
            raise
        raise InputError("damaged: cut short, or no checkpoint at all", path) from None
