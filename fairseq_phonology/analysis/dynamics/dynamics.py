"""When was it learned? One run's checkpoints side by side: words right, response of the heads, effects of knock-outs.

A description of one run, over the same words at every checkpoint, right or wrong: nothing is tested over epochs.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ...errors import InputError
from ..criteria import LEAST_SHARE
from ..events.events import Head
from ..interventions.kinds import KINDS, KNOCK_OUTS
from .snapshots import Snapshot

HALF_RIGHT = 50.0  # % of words
LEAST_EFFECT = 0.05  # of the largest minimal-pair effect of the run: shares of less are shares of noise


@dataclass(frozen=True)
class Moment:
    """One checkpoint on the axis.

    Attributes:
        checkpoint: name of its file.
        epoch, updates: when it was saved.
        best: is it the model of ``checkpoint_best.pt``?
        exact_match: of the validation words, in %.
        processes: name -> applied where due, in % of these places.
        snapshot: what it does with the design.
    """

    checkpoint: str
    epoch: int
    updates: int
    best: bool
    exact_match: float
    processes: Mapping[str, float]
    snapshot: Snapshot


@dataclass(frozen=True)
class Since:
    """From when on a value stays at or above a threshold, up to the last checkpoint that was followed.

    Attributes:
        what: name of a column of ``dynamics.csv``.
        threshold: in the unit of that column.
        moment: number of the first such checkpoint; None if the last one is below.
        first: number of the first checkpoint at or above it at all, whatever comes after; None if none is.
    """

    what: str
    threshold: float
    moment: int | None
    first: int | None = None


@dataclass
class Dynamics:
    """One run.

    Attributes:
        process, language: their names.
        moments: checkpoints, first to last.
        head: number of the chosen head, among those of every snapshot.
        chosen: how it was chosen, in words.
        facts: for ``summary.json``.
    """

    process: str
    language: str
    moments: list[Moment]
    head: int
    chosen: str
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def heads(self) -> list[Head]:
        """All heads of the primary family."""
        return self.moments[0].snapshot.heads

    @property
    def unit(self) -> str:
        """What the axis counts: ``epoch``, or ``updates`` where an epoch has several checkpoints."""
        return "epoch" if len({moment.epoch for moment in self.moments}) == len(self.moments) else "updates"

    @property
    def axis(self) -> np.ndarray:
        """Place of each checkpoint on the axis."""
        return np.array([getattr(moment, self.unit) for moment in self.moments])

    @property
    def routes(self) -> list[str]:
        """Names of the `kinds.KNOCK_OUTS` that the process has in this model."""
        return [measure for measure in KNOCK_OUTS if measure in self.moments[-1].snapshot.effects]

    @property
    def exact_match(self) -> np.ndarray:
        """In %.  # -> checkpoints"""
        return np.array([moment.exact_match for moment in self.moments])

    def accuracy(self, process: str) -> np.ndarray:
        """Of one process where it is due, in %; NaN where the validation words do not say.  # -> checkpoints"""
        return np.array([moment.processes.get(process, math.nan) for moment in self.moments])

    def response(self, scale: str = "mass") -> np.ndarray:
        """Of every head.  # -> checkpoints x heads"""
        return np.array([moment.snapshot.response[scale] for moment in self.moments])

    @property
    def distinguishes(self) -> np.ndarray:
        """Is there a minimal-pair effect to take shares of? As for one model; and none that is next to nothing.

        Returns:
            bool  # -> checkpoints
        """
        pairs = [moment.snapshot.pair for moment in self.moments]
        effects = np.array([pair.effect if pair is not None and pair.distinguishes else 0 for pair in pairs])
        return (effects > 0) & (effects >= LEAST_EFFECT * effects.max())

    def share(self, measure: str, others: bool = False) -> np.ndarray:
        """Of the minimal-pair effect that a knock-out takes, or the same at other segments; NaN where there is none.

        Returns:
            # -> checkpoints
        """
        shots = [moment.snapshot for moment in self.moments]
        taken = [(shot.others if others else shot.effects).get(measure, math.nan) for shot in shots]
        whole = [shot.pair.effect if known else math.nan for shot, known in zip(shots, self.distinguishes, strict=True)]
        return np.array(taken) / np.array(whole)

    def since(self) -> list[Since]:
        """When what was learned: exact match and the process, the chosen head's response, the share of each route."""
        accuracy, response = self.accuracy(self.process), self.response()[:, self.head]
        found = [_since("exact_match", self.exact_match, HALF_RIGHT)]
        if np.isfinite(accuracy).any():
            found.append(_since(self.process, accuracy, HALF_RIGHT))
        half = float(response[-1] / 2)
        found.append(_since("response_mass", response, half) if half > 0 else Since("response_mass", half, None))
        return found + [_since(f"share_{KINDS[route].column}", self.share(route), LEAST_SHARE) for route in self.routes]


def _since(what: str, values: np.ndarray, threshold: float) -> Since:
    reached = np.flatnonzero(values >= threshold)
    return Since(what, threshold, since(values, threshold), int(reached[0]) if reached.size else None)


def since(values: Sequence[float], threshold: float) -> int | None:
    """Number of the first value from which all stay at or above a threshold; NaN is below. None if the last is."""
    below = np.flatnonzero(~(np.asarray(values, float) >= threshold))
    first = int(below[-1]) + 1 if below.size else 0
    return first if first < len(values) else None


def head_named(text: str, heads: Sequence[Head]) -> int:
    """Number of the head that is called ``2.1`` (of the cross-attention) or ``decoder:2.1``.

    Raises:
        InputError: there is none of that name.
    """
    kind, _, place = text.rpartition(":")
    for n, head in enumerate(heads):
        if (head.kind, str(head)) == (kind or "cross", place):
            return n
    names = [str(head) if head.kind == "cross" else f"{head.kind}:{head}" for head in heads]
    raise InputError(f"--head {text}: no such head; there are {', '.join(names)}")


def largest_head(moments: Sequence[Moment]) -> tuple[int, str]:
    """The head with the largest response in the best checkpoint, else in the last; and how it was chosen, in words."""
    moment = next((moment for moment in moments if moment.best), moments[-1])
    which = "best" if moment.best else "last"
    number = int(np.argmax(moment.snapshot.response["mass"]))
    return number, f"the one with the largest response at the {which} checkpoint (epoch {moment.epoch})"
