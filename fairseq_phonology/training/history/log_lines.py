"""One line of a log of fairseq-train, by whichever version and format, as the figures in it.

Sources: ``train.py`` and ``progress_bar.py`` of the releases. 0.1 and 0.2 write ``valid loss``; 0.3 to 0.6.1
``valid_loss``, without the number of updates up to 0.4; from 0.6.2 on ``loss``, in JSON with the subset as prefix.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

TRAIN = "train"
_PIPES = re.compile(r"epoch (\d+) \| (?:valid on '([^']*)' subset \| )?(.+)")
_JSON = json.JSONDecoder()


@dataclass(frozen=True)
class Line:
    """The figures at the end of a training epoch or of a validation.

    Attributes:
        training: is it of a training epoch? A training set may be validated on, too.
        subset: of the validation; ``train`` for training.
        epoch: from 1.
        updates: so far; None where the line has none.
        figures: name, without prefix, -> number; always with ``loss``.
        best: metric -> the best value so far, as fairseq has it: of ``best_loss``, ``best_wer``, ...; "" for ``best``,
            which before 0.6.2 was that of the loss.
        named: does the line name its subset? JSON before 0.6.2 does not.
    """

    training: bool
    subset: str
    epoch: int
    updates: int | None
    figures: dict[str, float]
    best: dict[str, float] = field(default_factory=dict)
    named: bool = True


def read_line(line: str) -> Line | None:
    """The figures of a line; None for every other line, progress within an epoch among them."""
    return _of_json(line) or _of_pipes(line)


def _of_json(line: str) -> Line | None:
    start = line.find('{"')
    if start < 0:
        return None
    try:
        stats, _ = _JSON.raw_decode(line, start)
    except (ValueError, RecursionError):  # cut off by a kill; no line of fairseq's
        return None
    if not isinstance(stats, dict) or "update" in stats:
        return None
    prefix = next((key.removesuffix("num_updates") for key in stats if key.endswith("_num_updates")), "")
    if prefix:  # from 0.6.2 on
        named = [(key.removeprefix(prefix), value) for key, value in stats.items() if key.startswith(prefix)]
        subset = prefix.removesuffix("_")
        # only training itself reports a learning rate
        training = subset == TRAIN and bool({"lr", "wall"} & dict(named).keys())
        return _line(training, subset, stats.get("epoch"), named)
    if "valid_loss" in stats:
        return _line(False, "valid", stats.get("epoch"), _without_prefix(stats.items(), "valid_"), named=False)
    return _line(True, TRAIN, stats.get("epoch"), stats.items())


def _of_pipes(line: str) -> Line | None:
    match = _PIPES.search(line)
    if match is None:
        return None
    pairs = (part.strip().rpartition(" ") for part in match[3].split(" | "))
    figures = [(name.replace(" ", "_"), value) for name, _, value in pairs]
    if match[2] is not None:
        return _line(False, match[2], match[1], _without_prefix(figures, "valid_"))
    # 0.1 and 0.2: "train loss"; train_wall is a figure of its own
    return _line(True, TRAIN, match[1], ((name.replace("train_loss", "loss"), value) for name, value in figures))


def _without_prefix(figures: Iterable[tuple[str, Any]], prefix: str) -> Iterable[tuple[str, Any]]:
    return ((name.removeprefix(prefix), value) for name, value in figures)


def _line(
    training: bool, subset: str, epoch: Any, figures: Iterable[tuple[str, Any]], named: bool = True
) -> Line | None:
    numbers = {name: number for name, text in figures if (number := number_in(text)) is not None}
    epoch, updates = whole(number_in(epoch)), whole(numbers.pop("num_updates", None))
    if epoch is None or "loss" not in numbers:
        return None
    best = {name.removeprefix("best_"): numbers.pop(name) for name in list(numbers) if name.startswith("best_")}
    if "best" in numbers:
        best[""] = numbers.pop("best")
    numbers.pop("epoch", None)
    return Line(training, subset, epoch, updates, numbers, best, named)


def number_in(text: Any) -> float | None:
    """What a text says in digits; None where it says none."""
    try:
        return float(text)
    except (TypeError, ValueError, OverflowError):
        return None


def whole(number: float | None) -> int | None:
    """A number without its fraction; None where there is none, or it is infinite."""
    return int(number) if number is not None and math.isfinite(number) else None
