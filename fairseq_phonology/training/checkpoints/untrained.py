"""A checkpoint's model with fresh weights: what attention looks like before anything was learned."""

from __future__ import annotations

from pathlib import Path

import torch
from fairseq import utils

from ...errors import InputError
from ...files import write_whole
from ...loading import load_checkpoint
from .loaded import build_model, open_checkpoint


def untrained(path: str | Path, out: str | Path, seed: int = 1, data: str | Path | None = None) -> Path:
    """Write a checkpoint of the same architecture, dictionaries and task whose weights are those of a fresh start.

    The same seed gives the same weights. It has no state of an optimizer: it is a baseline and cannot be trained.

    Args:
        path: the checkpoint.
        out: the file to write; replaced in one step.
        seed: of the weights.
        data: folder with the binarized data, for its dictionaries; None for the one that the checkpoint was trained on.

    Returns:
        The folder with the data.

    Raises:
        InputError: damaged, carrying code, no checkpoint of a translation run; its data cannot be read or are others;
            or ``out`` is the checkpoint itself or cannot be written.
    """
    path, out = Path(path), Path(out)
    if out.exists() and path.exists() and out.samefile(path):
        raise InputError("is the checkpoint itself; name another file with --out", out)
    if not out.parent.is_dir():
        raise InputError("no such folder", out.parent)
    state = load_checkpoint(path)
    opened, task, folder = open_checkpoint(path, data)
    build_model(opened, task, folder, path)  # do its weights fit the data at all?
    utils.set_torch_seed(seed)
    weights = task.build_model(opened["cfg"].model, from_checkpoint=True).state_dict()
    history = [{**entry, "num_updates": 0} for entry in state.get("optimizer_history") or [{}]][-1:]
    fresh = {
        "args": state.get("args"),
        "cfg": state.get("cfg"),
        "model": weights,
        "criterion": None,
        "optimizer_history": history,
        "task_state": task.state_dict(),
        "extra_state": {"train_iterator": {"epoch": 1, "iterations_in_epoch": 0}, "val_loss": None, "untrained": seed},
        "last_optimizer_state": None,
    }
    # to an open file: torch writes a file's name into it, and the same seed is to give the same bytes
    write_whole(out, lambda file: torch.save(fresh, file), sync=True)
    return folder
