"""Which figures of a validation are rates, and so belong on one axis; all else counts something or is a loss."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

from .choice import Row
from .history import COLUMNS

# figures of fairseq's tasks and criterions beyond those of every epoch: numbers of things, speeds, losses, memory
_NO_RATE = re.compile(
    r"(.*_)?(n?tokens|n?sentences|nsignals|sample_size|n_correct|total|counts?|totals|(sys|ref)_len|wps|ups|wpb|bsz"
    r"|lr|gnorm|clip|oom|temp|gb_free|wall|loss_scale|loss(_\d+)?|nll_loss|ppl|perplexity|kl|num_updates|epoch|seconds)",
    re.IGNORECASE,
)
# an error rate may exceed 100 %
_ERRORS = re.compile(r"(.*_)?(wer|cer|per|uer|ter)", re.IGNORECASE)


def added_rates(rows: Iterable[Row]) -> tuple[list[str], list[str]]:
    """The columns beyond those that every history has: those that are rates, and the other numbers.

    What is no rate is known by its name, or by a figure that no rate has: below 0, or above 100 and no error rate.
    """
    figures: dict[str, list[float]] = {}
    for row in rows:
        for name, value in row.items():
            if name not in COLUMNS and isinstance(value, (int, float)) and math.isfinite(value):
                figures.setdefault(name, []).append(value)
    rates = [name for name, values in figures.items() if _is_rate(name, values)]
    return rates, [name for name in figures if name not in rates]


def _is_rate(name: str, values: Iterable[float]) -> bool:
    if _NO_RATE.fullmatch(name):
        return False
    return all(0 <= value <= 100 or (value > 100 and _ERRORS.fullmatch(name)) for value in values)
