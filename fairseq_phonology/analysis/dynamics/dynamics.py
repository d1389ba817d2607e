"""Training dynamics: one run's checkpoints side by side: words right, response of the heads, effects of interchange.

A description of one run, over the same words at every checkpoint, right or wrong: nothing is tested over epochs.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ...errors import InputError
from ..criteria import LEAST_SHARE
from ..events.events import Head
from ..interventions.kinds import DIRECT, KINDS
from ..provenance import Provenance
from .follow import Snapshot

HALF_RIGHT = 50.0  # % of words
LEAST_EFFECT = 0.05  # of the largest minimal-pair effect of the run: shares of a smaller one are mostly noise


@dataclass(frozen=True)
class Checkpoint:
    """One checkpoint on the axis.

    Attributes:
        name: of its file.
        epoch, updates: when it was saved.
        best: is it the model of ``checkpoint_best.pt``?
        exact_match: of the validation words, in %.
        processes: name -> applied where due, in % of these places.
        snapshot: what it does with the design.
    """

    name: str
    epoch: int
    updates: int
    best: bool
    exact_match: float
    processes: Mapping[str, float]
    snapshot: Snapshot


@dataclass(frozen=True)
class Onset:
    """The checkpoint from which on a value stays at or above a threshold, up to the last one that was followed.

    Attributes:
        what: name of a column of ``dynamics.csv``.
        threshold: in the unit of that column.
        stays: number of that checkpoint; None if the last one is below.
        first: number of the first checkpoint at or above the threshold, even if a later one is below; None if none is.
    """

    what: str
    threshold: float
    stays: int | None
    first: int | None = None


@dataclass
class Dynamics:
    """One run.

    Attributes:
        process, language: their names.
        checkpoints: first to last.
        head: number of the chosen head, among those of every snapshot.
        chosen: how it was chosen, in words.
        provenance: for ``summary.json``.
        measured: a sentence on where attention was measured, if that is no segment; else empty.
    """

    process: str
    language: str
    checkpoints: list[Checkpoint]
    head: int
    chosen: str
    provenance: Provenance = field(default_factory=Provenance)
    measured: str = ""

    @property
    def further(self) -> tuple[str, ...]:
        """Sentences on where attention was measured, and on what of the process the words do not have."""
        lacking = self.provenance.grammar.coverage.sentence(self.process)
        return tuple(filter(None, (self.measured, lacking)))

    @property
    def heads(self) -> list[Head]:
        """All heads of the primary family."""
        return self.checkpoints[0].snapshot.heads

    @property
    def unit(self) -> str:
        """What the axis counts: ``epoch``, or ``updates`` where an epoch has several checkpoints."""
        return "epoch" if len({each.epoch for each in self.checkpoints}) == len(self.checkpoints) else "updates"

    @property
    def axis(self) -> np.ndarray:
        """Place of each checkpoint on the axis."""
        return np.array([getattr(each, self.unit) for each in self.checkpoints])

    @property
    def routes(self) -> list[str]:
        """Names of the `kinds.DIRECT` that the process has in this model."""
        return [measure for measure in DIRECT if measure in self.checkpoints[-1].snapshot.effects]

    @property
    def exact_match(self) -> np.ndarray:
        """In %.  # -> checkpoints"""
        return np.array([each.exact_match for each in self.checkpoints])

    def accuracy(self, process: str) -> np.ndarray:
        """Of one process where it is due, in %; NaN where the validation words do not say.  # -> checkpoints"""
        return np.array([each.processes.get(process, math.nan) for each in self.checkpoints])

    def response(self, scale: str = "mass") -> np.ndarray:
        """Of every head.  # -> checkpoints x heads"""
        return np.array([each.snapshot.response[scale] for each in self.checkpoints])

    @property
    def distinguishes(self) -> np.ndarray:
        """Is there a minimal-pair effect to take shares of, and no less than `LEAST_EFFECT`?  # -> checkpoints, bool"""
        pairs = [each.snapshot.pair for each in self.checkpoints]
        effects = np.array([pair.effect if pair is not None and pair.distinguishes else 0 for pair in pairs])
        return (effects > 0) & (effects >= LEAST_EFFECT * effects.max())

    def share(self, measure: str, others: bool = False) -> np.ndarray:
        """Share of the minimal-pair effect that noising takes away, or the same at other segments; NaN for none."""
        shots = [each.snapshot for each in self.checkpoints]
        taken = [(shot.others if others else shot.effects).get(measure, math.nan) for shot in shots]
        whole = [shot.pair.effect if known else math.nan for shot, known in zip(shots, self.distinguishes, strict=True)]
        return np.array(taken) / np.array(whole)

    def onsets(self) -> list[Onset]:
        """Of exact match and the process, of the chosen head's response, and of the share of each route."""
        accuracy, response = self.accuracy(self.process), self.response()[:, self.head]
        found = [onset("exact_match", self.exact_match, HALF_RIGHT)]
        if np.isfinite(accuracy).any():
            found.append(onset(self.process, accuracy, HALF_RIGHT))
        half = float(response[-1] / 2)
        found.append(onset("response_mass", response, half) if half > 0 else Onset("response_mass", half, None))
        return found + [onset(f"share_{KINDS[name].column}", self.share(name), LEAST_SHARE) for name in self.routes]


def onset(what: str, values: Sequence[float], threshold: float) -> Onset:
    """From the values at each checkpoint, of which NaN counts as below the threshold."""
    reached = np.asarray(values, float) >= threshold
    first, below = np.flatnonzero(reached), np.flatnonzero(~reached)
    stays = int(below[-1]) + 1 if below.size else 0
    return Onset(what, threshold, stays if stays < len(reached) else None, int(first[0]) if first.size else None)


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


def largest_head(checkpoints: Sequence[Checkpoint]) -> tuple[int, str]:
    """The head with the largest response in the best checkpoint, else in the last; and how it was chosen, in words."""
    chosen = next((each for each in checkpoints if each.best), checkpoints[-1])
    number = int(np.argmax(chosen.snapshot.response["mass"]))
    which = "best" if chosen.best else "last"
    return number, f"the one with the largest response at the {which} checkpoint (epoch {chosen.epoch})"
