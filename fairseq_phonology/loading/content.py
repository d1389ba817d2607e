"""What a checkpoint holds: is it all there, of the types that fairseq-train writes, and are its weights numbers?"""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch

from ..errors import InputError
from ..text import cut
from .options import wrong_numbers

_LARGEST = 2**31  # of counts: fairseq makes seeds of them
# tensors that hold nothing: fairseq's adaptive inputs and outputs leave them as they find the memory
_EMPTY = "_float_tensor"
_EXPANDED = 2**26  # bytes that expanded tensors may have beyond what is stored, all of a file together


def check_content(state: Any, path: str | Path) -> None:
    """Refuse what loads, and is no checkpoint of a model that fairseq-train has saved.

    Args:
        state: what the file holds, as PyTorch or as fairseq gives it.
        path: of the file, for the message.

    Raises:
        InputError: no model, no configuration, something of another type than fairseq writes; or weights that are no
            numbers (NaN).
    """
    check_sizes(state, path)
    for wrong in _wrong(state):
        raise InputError(wrong, path)


def check_sizes(state: Any, path: str | Path) -> None:
    """Refuse tensors that are expanded: a file of a few bytes may declare one that fills the memory when it is used.

    Nothing is computed with a tensor here, and only plain containers and the attributes of objects are looked into.

    Args:
        state: what the file holds.
        path: of the file, for the message.

    Raises:
        InputError: they have more than 64 MiB beyond what is stored.
    """
    seen: set[int] = set()
    left, beyond = [state], 0
    while left:
        part = left.pop()
        if id(part) in seen or isinstance(part, type | str | int | float):
            continue
        seen.add(id(part))
        if isinstance(part, torch.Tensor):
            if part.layout == torch.strided:
                declared, stored = part.numel() * part.element_size(), part.untyped_storage().nbytes()
                beyond += max(0, declared - stored)
                if beyond > _EXPANDED:
                    shape = " x ".join(map(str, part.shape))
                    raise InputError(f"damaged: a tensor of {shape} in it has {stored} bytes of its {declared}", path)
        elif isinstance(part, dict):
            left += [*part, *part.values()]
        elif isinstance(part, list | tuple | set | frozenset):
            left += part
        else:
            left += getattr(part, "__dict__", {}).values()


def in_one_line(error: BaseException) -> str:
    """The reason that an error gives, for a message of one line."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    if len(lines) > 1 and lines[0].startswith("Error(s) in loading state_dict"):
        lines = lines[1:]
    return cut(lines[0] if lines else type(error).__name__, 200)


def _wrong(state: Any) -> Iterator[str]:
    """What is wrong with it, the first of which is enough."""
    if not isinstance(state, Mapping):
        yield f"no checkpoint of fairseq-train: it holds a {type(state).__name__} alone"
        return
    if state and all(isinstance(value, torch.Tensor) for value in state.values()):
        yield "no checkpoint of fairseq-train: it holds weights alone (a state_dict), and no configuration"
    if "model" not in state or (state.get("cfg") is None and state.get("args") is None):
        names = ", ".join(map(str, [*state][:6])) + (", ..." if len(state) > 6 else "")
        what = "it holds no model or no configuration of a task"
        yield f"no checkpoint of fairseq-train: {what}, but {names or 'nothing'}"
    weights = len(state["model"]) if isinstance(state["model"], Mapping) else None
    yield from _wrong_configuration(state.get("cfg"), state.get("args"), weights)
    yield from _wrong_progress(state)
    yield from _wrong_weights(state["model"])


def _wrong_configuration(cfg: Any, args: Any, weights: int | None) -> Iterator[str]:
    if args is not None and not isinstance(args, Namespace):
        yield f"no checkpoint of fairseq-train: its args are a {type(args).__name__}, not the options of a run"
    for wrong in wrong_numbers(args, weights):
        yield f"its option {wrong}"
    if cfg is None:
        return
    if not isinstance(cfg, Mapping):
        yield f"no checkpoint of fairseq-train: its cfg is a {type(cfg).__name__}, not the options of a run"
    for part in ("task", "model", "criterion"):
        options = cfg.get(part)
        if not isinstance(options, Mapping | Namespace):
            found = f"is a {type(options).__name__}" if part in cfg else "is missing"
            yield f"no checkpoint of fairseq-train: the part {part!r} of its configuration {found}"
        for wrong in wrong_numbers(options, weights) if part != "task" else ():
            yield f"its option {wrong}"


def _wrong_progress(state: Mapping[str, Any]) -> Iterator[str]:
    """How far training came; fairseq before 0.6 says it elsewhere, and what is not there is nothing wrong."""
    history = state.get("optimizer_history")
    if "optimizer_history" in state and not (
        isinstance(history, list) and history and isinstance(history[-1], Mapping)
    ):
        yield "damaged: its optimizer_history is not a list of records"
    counts = {"num_updates": history[-1].get("num_updates", 0)} if history else {}
    extra = state.get("extra_state", {})
    if not isinstance(extra, Mapping):
        yield f"damaged: its extra_state is a {type(extra).__name__}"
    iterator = extra.get("train_iterator", {})
    if not isinstance(iterator, Mapping):
        yield f"damaged: its train_iterator is a {type(iterator).__name__}"
    if not isinstance(state.get("task_state") or {}, Mapping):
        yield f"damaged: its state of the task is a {type(state['task_state']).__name__}, not a dictionary"
    counts |= {name: iterator.get(name, 0) for name in ("epoch", "iterations_in_epoch")}
    for name, count in counts.items():
        if type(count) is not int or not 0 <= count < _LARGEST:
            yield f"damaged: its {name} is {cut(count)}"


def _wrong_weights(model: Any) -> Iterator[str]:
    if not isinstance(model, Mapping):
        yield f"no checkpoint of fairseq-train: its model is a {type(model).__name__}, not weights by their names"
    for name, weights in model.items():
        if not isinstance(name, str):
            yield f"damaged: the name of its weights is {cut(name)}, not a text"
        if not isinstance(weights, torch.Tensor):
            yield f"damaged: its weights {name} are a {type(weights).__name__}, not a tensor"
        if weights.layout != torch.strided or weights.is_meta or weights.is_complex() or weights.is_quantized:
            yield f"damaged: its weights {name} are a tensor of another kind ({weights.layout}, {weights.dtype})"
        if not weights.is_floating_point() and name.endswith((".weight", ".bias")):
            yield f"its weights {name} are whole numbers ({weights.dtype}), as fairseq-train saves none"
        # infinite ones are what a mask has, and nothing here tells a mask from a parameter; see `errors.NOT_FINITE`
        if weights.is_floating_point() and not name.endswith(_EMPTY) and bool(torch.isnan(weights).any()):
            yield (
                f"its weights {name} are not all numbers (NaN): training had diverged, or the file is damaged; use an "
                "earlier checkpoint"
            )
