"""Numbers among fairseq's options of a training that it takes as they are, and that no training can mean."""

from __future__ import annotations

import ast
import math
from contextlib import suppress
from typing import Any

from omegaconf import DictConfig, ListConfig

from ..errors import InputError

# part of fairseq's configuration -> option -> the least that is allowed; one that is not there is another optimizer's
_LEAST = {
    "optimization": {
        **{"lr": 0, "clip_norm": 0, "stop_time_hours": 0},
        **{"update_freq": 1, "max_epoch": 0, "max_update": 0},
    },
    "optimizer": {"adam_eps": 0, "weight_decay": 0, "momentum": 0},
    "lr_scheduler": {
        **{"warmup_updates": 0, "total_num_update": 1, "power": 0, "end_learning_rate": 0},
        **{"force_anneal": 0, "lr_shrink": 0},
    },
    "common": {"log_interval": 1},
}
_BETAS = ("adam_betas", "adamax_betas", "lamb_betas")
_OTHER_RATES = ("triangular", "manual", "pass_through")  # schedules that begin at --lr, or leave it aside


def check_least(name: str, value: Any, least: float, most: float = math.inf) -> None:
    """Refuse an option that is a number, or has several, outside of what is allowed; None is what is not given.

    Raises:
        InputError: naming the option; also where it is no number (NaN), or has no end.
    """
    values = value if isinstance(value, list | ListConfig) else [value]
    if any(each is not None and not (math.isfinite(each) and least <= each <= most) for each in values):
        allowed = f"{least:g} or more" if most == math.inf else f"{least:g} to {most:g}"
        raise InputError(f"--{name.replace('_', '-')} {value}: allowed: {allowed}")


def part_of(cfg: Any, name: str) -> Any:
    """A part of fairseq's whole configuration, seen from that of the task; None where the latter stands alone."""
    return getattr(cfg._get_root() if isinstance(cfg, DictConfig) else cfg, name, None)


def check_optimization(cfg: Any) -> None:
    """Refuse numbers of the optimizer, its schedule and the length of a training.

    Args:
        cfg: of the task, as a part of fairseq's whole configuration; one that stands alone tells nothing.

    Raises:
        InputError: naming the option.
    """
    for part, options in _LEAST.items():
        for name, least in options.items():
            most = 1 if name == "momentum" else math.inf
            check_least(name, getattr(part_of(cfg, part), name, None), least, most)
    schedule = getattr(part_of(cfg, "lr_scheduler"), "_name", None)
    if schedule not in _OTHER_RATES and not any(getattr(part_of(cfg, "optimization"), "lr", None) or [1]):
        raise InputError("--lr 0: nothing would be learned; allowed: more than 0")
    if getattr(part_of(cfg, "checkpoint"), "patience", None) == 0:
        raise InputError("--patience 0: allowed: 1 or more validations, or -1 to never stop early")
    if schedule == "inverse_sqrt":
        check_least("warmup_updates", part_of(cfg, "lr_scheduler").warmup_updates, 1)  # it divides by them
    for name in _BETAS:
        _check_betas(name, getattr(part_of(cfg, "optimizer"), name, None))


def _check_betas(name: str, given: Any) -> None:
    """Two shares under 1, which fairseq evaluates as Python where they are a text."""
    found = given
    if isinstance(given, str):
        with suppress(ValueError, SyntaxError, MemoryError, RecursionError):
            found = ast.literal_eval(given)
    if given is not None and not (
        isinstance(found, list | tuple | ListConfig)
        and len(found) == 2
        and all(isinstance(beta, int | float) and 0 <= beta < 1 for beta in found)
    ):
        raise InputError(f"--{name.replace('_', '-')} {given}: allowed: two numbers, 0 to under 1, as '(0.9, 0.98)'")
