"""One model out of a checkpoint, with the dictionaries of its data: for whoever looks into models."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from fairseq import checkpoint_utils, tasks, utils
from fairseq.data import Dictionary
from fairseq.models import ARCH_MODEL_REGISTRY, MODEL_REGISTRY
from fairseq.tasks import FairseqTask
from omegaconf import open_dict

from ..errors import InputError
from ..loading import guard_fairseq

guard_fairseq()


@dataclass(frozen=True)
class Loaded:
    """A model in evaluation mode.

    Attributes:
        model: on the device asked for.
        source, target: dictionaries of the underlying and of the surface side.
        folder: that the dictionaries are from.
        facts: architecture, epoch and updates, for reports.
    """

    model: torch.nn.Module
    source: Dictionary
    target: Dictionary
    folder: Path
    facts: dict[str, Any]


def load_model(path: str | Path, data: str | Path | None = None, cpu: bool = False) -> Loaded:
    """A model of fairseq's translation task or ours.

    Args:
        path: the checkpoint, one file.
        data: folder with the binarized data, for its dictionaries; None for the one that the model was trained on.
        cpu: leave a GPU alone.

    Raises:
        InputError: an ensemble; damaged, carrying code, no checkpoint of a translation run; its data cannot be read or
            are others.
    """
    if not Path(path).is_file() and len(utils.split_paths(str(path))) > 1:
        raise InputError(f"{path} is an ensemble: each of its models has heads of its own; name one checkpoint")
    path = Path(path)
    state, task, folder = open_checkpoint(path, data)
    cfg = state["cfg"]
    try:
        model = task.build_model(cfg.model, from_checkpoint=True)
        model.load_state_dict(state["model"], strict=True, model_cfg=cfg.model)
    except (RuntimeError, KeyError) as error:
        reason = str(error).strip().splitlines()[-1].strip()
        raise InputError(f"does not fit the dictionaries in {folder}: {reason}", path) from error
    device = torch.device("cuda" if torch.cuda.is_available() and not cpu else "cpu")
    history = (state.get("optimizer_history") or [{}])[-1]
    facts = {
        "checkpoint": os.path.basename(path),
        "architecture": getattr(cfg.model, "arch", None) or getattr(cfg.model, "_name", None),
    }
    facts["updates"] = history.get("num_updates", 0)
    return Loaded(model.to(device).eval(), task.source_dictionary, task.target_dictionary, folder, facts)


def open_checkpoint(path: Path, data: str | Path | None = None) -> tuple[dict[str, Any], FairseqTask, Path]:
    """A checkpoint's content, the task that it was trained on, and the folder of the dictionaries.

    Args and errors as `load_model`; nothing is built yet.
    """
    foreign = "no checkpoint of fairseq-train: it holds no model or no configuration"
    try:
        state = checkpoint_utils.load_checkpoint_to_cpu(str(path))
    except (AttributeError, IndexError, KeyError, TypeError) as error:  # other tensors under the same ending
        raise InputError(foreign, path) from error
    cfg = state.get("cfg")
    if "model" not in state or cfg is None:
        raise InputError(foreign, path)
    with open_dict(cfg):
        cfg.task.data = str(data or cfg.task.data)
        if "eval_bleu" in cfg.task:
            cfg.task.eval_bleu = False  # it would build a generator of its own
    folder = Path(utils.split_paths(cfg.task.data)[0])
    name = getattr(cfg.model, "_name", None) or getattr(cfg.model, "arch", None)
    if cfg.task._name not in tasks.TASK_REGISTRY or name not in ARCH_MODEL_REGISTRY | MODEL_REGISTRY:
        raise InputError(f"has the task {cfg.task._name!r} and the model {name!r}; name its --user-dir", path)
    if not folder.is_dir():
        raise InputError(f"the data of {path.name} are not there; name their folder with --data", folder)
    try:
        task = tasks.setup_task(cfg.task, from_checkpoint=True)
    except FileNotFoundError as error:  # other language names than the run's
        found = ", ".join(sorted(file.name for file in folder.glob("dict.*.txt"))) or "none"
        raise InputError(f"no dictionaries for {path.name}; found here: {found}", folder) from error
    return state, task, folder
