"""The calls that a criterion makes of a model, and which of them is of the batch as it came."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

_ORDER = ("src_tokens", "src_lengths", "prev_output_tokens")  # of arguments without names


@dataclass(frozen=True)
class Call:
    """One call of a model.

    Attributes:
        inputs: the tensors that it was given, by name; words are their first dimension.
        output: what it returned.
    """

    inputs: dict[str, Tensor]
    output: Any


@contextlib.contextmanager
def captured_calls(model: torch.nn.Module) -> Iterator[list[Call]]:
    """Collect the calls of ``model`` for scores of symbols while the block runs; leaves no hook behind."""
    calls: list[Call] = []

    def keep(module: torch.nn.Module, args: tuple, named: dict[str, Any], output: Any) -> None:
        if not named.get("features_only"):
            given = {**dict(zip(_ORDER, args, strict=False)), **named}
            calls.append(Call({name: one for name, one in given.items() if torch.is_tensor(one)}, output))

    handle = model.register_forward_hook(keep, with_kwargs=True)
    try:
        yield calls
    finally:
        handle.remove()


def to_compute_with(sample: dict[str, Any]) -> dict[str, Any]:
    """A batch whose ``net_input`` a criterion may change: R-drop doubles its words, others spoil some symbols."""
    own = {name: one.clone() if torch.is_tensor(one) else one for name, one in sample["net_input"].items()}
    return {**sample, "net_input": own}


def own_output(calls: Sequence[Call], sample: dict[str, Any]) -> Any | None:
    """What the model returned for a batch as it came.

    A criterion may call the model several times: on words that it has spoiled, or that it has doubled as R-drop does. A
    call counts if its inputs are those of the batch and no others; of one with more words, the first must be the
    batch. The last such call is taken.

    Args:
        calls: what `captured_calls` collected.
        sample: the batch; the criterion was given `to_compute_with` of it.

    Returns:
        the output, of more words where the call had more; None where no call was of the batch.
    """
    own = sample["net_input"]
    return next((call.output for call in reversed(calls) if _are(call.inputs, own)), None)


def _are(inputs: dict[str, Tensor], own: dict[str, Any]) -> bool:
    return "prev_output_tokens" in inputs and all(
        torch.is_tensor(own.get(name)) and _begins_with(one, own[name]) for name, one in inputs.items()
    )


def _begins_with(given: Tensor, own: Tensor) -> bool:
    return torch.equal(given[: len(own)] if given.dim() and own.dim() else given, own)
