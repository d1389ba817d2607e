"""How long the rest of a study takes, from what its steps took; nothing where that is not known."""

from __future__ import annotations

import heapq
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field

Key = tuple[str, tuple[tuple[str, str], ...]]  # of a step: rule, sorted wildcards


@dataclass(frozen=True)
class Step:
    """A step that is not finished.

    Attributes:
        seconds: it still takes; None where that is not known.
        after: the steps that it waits for, as far as they are not finished.
        training: is it one?
        running: has it begun?
    """

    seconds: float | None
    after: frozenset[Hashable] = frozenset()
    training: bool = False
    running: bool = False


def key_of(rule: str, wildcards: Mapping[str, object]) -> Key:
    """What a step is known by."""
    return rule, tuple(sorted((name, str(value)) for name, value in wildcards.items()))


def kind_of(key: Key) -> str:
    """Steps that take about the same time: those that differ in the seed alone."""
    return " ".join([key[0], *(value for name, value in key[1] if name != "seed")])


def seconds_left(steps: Mapping[Hashable, Step], slots: int, gpus: int | None = None) -> float | None:
    """Until all steps are finished, so many at a time; they are begun in their order.

    Args:
        steps: in the order in which they stand in the study.
        slots: steps at a time, 1 or more.
        gpus: trainings at a time; None: as many as there are slots.

    Returns:
        seconds; None where one step's are not known.
    """
    if any(step.seconds is None for step in steps.values()):
        return None
    now, waiting, running = 0.0, list(steps), list[tuple[float, int, Hashable]]()
    left = set(steps)
    while left:
        for key in [key for key in waiting if steps[key].running] + waiting:
            step = steps[key]
            room = len(running) < slots
            if step.training and gpus is not None:
                room = room and sum(steps[other].training for *_, other in running) < gpus
            if key in waiting and (step.running or (room and not step.after & left)):
                waiting.remove(key)
                heapq.heappush(running, (now + step.seconds, len(waiting), key))
        if not running:  # steps that wait for each other, or for one that is not among them
            return None
        now, _, key = heapq.heappop(running)
        left.discard(key)
    return now


def of_trainings(steps: Mapping[Hashable, Step]) -> dict[Hashable, Step]:
    """The trainings, and what they wait for."""
    found: set[Hashable] = set()

    def add(key: Hashable) -> None:
        if key in steps and key not in found:
            found.add(key)
            for other in steps[key].after:
                add(other)

    for key, step in steps.items():
        if step.training:
            add(key)
    return {key: step for key, step in steps.items() if key in found}


@dataclass
class Pace:
    """How a running training gets on.

    Attributes:
        begun: when it began, in seconds.
        epochs: at the end; None where that is not known.
        seen: (epoch, when) of each validation.
    """

    begun: float
    epochs: int | None = None
    seen: list[tuple[int, float]] = field(default_factory=list)

    def per_epoch(self) -> float | None:
        """Seconds; None before the first validation."""
        if not self.seen:
            return None
        (first, then), (last, now) = self.seen[0], self.seen[-1]
        return (now - then) / (last - first) if last > first else self.seen[0][1] - self.begun

    def left(self, now: float) -> float | None:
        """Seconds to its end."""
        each = self.per_epoch()
        if each is None or self.epochs is None:
            return None
        epoch, then = self.seen[-1]
        return max(0.0, each * (self.epochs - epoch) - (now - then))

    def whole(self) -> float | None:
        """Seconds that such a training takes from its beginning to its end."""
        each = self.per_epoch()
        return None if each is None or self.epochs is None else each * self.epochs
