"""The short allow-list by which PyTorch's restricted unpickler reads checkpoints, set when this is imported."""

from __future__ import annotations

import argparse
import collections
import typing
from typing import Any

import numpy as np
import torch

if tuple(int(part) for part in torch.__version__.split(".")[:2]) < (2, 6):
    raise ImportError(f"fairseq_phonology needs torch >= 2.6 to load checkpoints safely; found {torch.__version__}")


class OldMeter:
    """Stands in for the meters that fairseq 0.1 to 0.9 pickled into checkpoints: holds their numbers, does nothing."""


# by any of these names a checkpoint may hold a meter (v0.9.0: trainer.py, ``extra_state["train_meters"]``)
_METERS = [
    f"fairseq.{module}.{name}"
    for module in ("meters", "logging.meters")
    for name in ("Meter", "AverageMeter", "SumMeter", "TimeMeter", "StopwatchMeter")
]


def _arrays() -> list[Any]:
    """What plain arrays of numbers are pickled by: the meters of stock ``--eval-bleu`` runs hold some.

    Their content goes through the same restricted unpickler. numpy 1 and 2 write the names differently.
    """
    core = np._core if hasattr(np, "_core") else np.core
    functions = [core.multiarray._reconstruct, core.multiarray.scalar]
    names = [(one, f"numpy.{old}.multiarray.{one.__name__}") for one in functions for old in ("core", "_core")]
    dtypes = [type(np.dtype(kind)) for kind in (np.bool_, np.int32, np.int64, np.float32, np.float64)]
    return [*names, np.ndarray, np.dtype, *dtypes]


def _configurations() -> list[Any]:
    """The holders of plain data by which a configuration is pickled, where it was not turned into a dictionary.

    fairseq's main branch did so from October 2020 to March 2021, and fairseq broadcasts a checkpoint to several workers
    in them. Of omegaconf these alone: none of its resolvers, nothing that imports by name.
    """
    try:
        from omegaconf import DictConfig, ListConfig, nodes
        from omegaconf.base import ContainerMetadata, Metadata
    except ImportError:  # without fairseq
        return []
    values = [nodes.AnyNode, nodes.StringNode, nodes.IntegerNode, nodes.FloatNode, nodes.BooleanNode]
    types = [(getattr(typing, name), f"typing.{name}") for name in ("Any", "Dict", "List", "Union")]
    return [DictConfig, ListConfig, ContainerMetadata, Metadata, *values, *types]


# all that checkpoints of fairseq-train hold beyond tensors and plain Python data: the parsed command line, arrays,
# the meters of old versions, configurations and the types in them
torch.serialization.add_safe_globals(
    [
        argparse.Namespace,
        *_arrays(),
        *(OldMeter, *((OldMeter, name) for name in _METERS)),
        *_configurations(),
        *(collections.defaultdict, dict, list, int, float, bool, str),
    ]
)


def allow_resuming_with_several_workers() -> None:
    """Allow what stands for a tensor while fairseq broadcasts a loaded checkpoint from one worker to the others."""
    from fairseq.distributed.utils import _TensorPlaceholder

    torch.serialization.add_safe_globals([_TensorPlaceholder])
