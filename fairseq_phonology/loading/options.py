"""Numbers in the options of a model and a criterion that fairseq takes as they are, and that no training can mean."""

from __future__ import annotations

import re
from argparse import Namespace
from collections.abc import Iterator, Mapping
from typing import Any

from ..text import cut

_SHARE = re.compile(r"(^|_)(dropout|layerdrop|label_smoothing)$")
_LAYERS, _FEW = re.compile(r"(^|_)layers$"), 64  # so many cost nothing, whatever the option means
_COUNT = re.compile(r"^max_(source|target)_positions$|(^|_)(embed_dim|attention_heads)$")


def wrong_numbers(options: Any, weights: int | None = None) -> Iterator[str]:
    """What is wrong with the options of a model or a criterion, in words.

    Args:
        options: as a checkpoint or fairseq has them; parts of them may be mappings themselves.
        weights: how many a checkpoint has; a model of more layers is not built, as that would take all memory.
    """
    options = vars(options) if isinstance(options, Namespace) else options
    as_it_is = getattr(options, "items_ex", None)  # of omegaconf, where "${task.data}" refers to another option
    for name, value in as_it_is(False) if as_it_is else options.items() if isinstance(options, Mapping) else ():
        if isinstance(value, Mapping):
            yield from wrong_numbers(value, weights)
        elif not isinstance(name, str) or value is None or isinstance(value, bool) or str(value).startswith("${"):
            continue
        elif _SHARE.search(name) and not (isinstance(value, int | float) and 0 <= value <= 1):
            yield f"--{name.replace('_', '-')} is {cut(value)}; allowed: 0 to 1"
        elif _COUNT.search(name) and not (isinstance(value, int) and value > 0):
            yield f"--{name.replace('_', '-')} is {cut(value)}; allowed: 1 or more"
        elif weights is not None and _LAYERS.search(name) and isinstance(value, int) and value > max(weights, _FEW):
            yield f"--{name.replace('_', '-')} is {cut(value)}, and its weights are {weights} in all"
