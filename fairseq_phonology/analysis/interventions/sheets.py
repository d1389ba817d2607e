"""The runs of each event, what is kept of them, and how they are put together to batches that bound the memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from ...attention.edges import Forced, Run
from ...corpus.batches import room
from ...errors import InputError
from .kinds import PLACES, Intervention, run_of
from .plans import Plan

MOST_CELLS = 2**35  # runs x symbols ** 2 of one event: some two hours of one core for the architecture _tiny


class Sheet:
    """The runs of one event.

    Args:
        event: its number.
        plan: of the event.
        which: the interventions.

    Attributes:
        runs: the untouched one first.
        counterpart: number of the minimal pair's own run; None where there is none.
        rows: number of each intervention that can be made, with the runs that it is the mean of.
        log_odds: float64  # runs
        before: choices of the untouched run, and of the minimal pair's own.  # steps
        changes, changes_decision: does some step's choice differ from ``before``, does that of the decision step? Of
            all choices these alone are kept. bool  # 2 x runs
    """

    def __init__(self, event: int, plan: Plan, which: Sequence[Intervention]):
        self.event, self._steps, self._step = event, len(plan.reference) + 1, plan.step or 0
        numbers: dict[Run, int] = {plan.run(): 0}
        self.rows: list[tuple[int, list[int]]] = []
        positions = {name: place.positions(plan) for name, place in PLACES.items()}
        has_pair = bool(plan.counterpart) and plan.step is not None and bool(which)
        self.counterpart = numbers.setdefault(plan.restored(), len(numbers)) if has_pair else None
        for column, one in enumerate(which if plan.step is not None else ()):
            # a control is made where there is something that it is a control for
            if one.place != "trigger" and not (plan.other and _made(plan, one, positions["trigger"])):
                continue
            if runs := _made(plan, one, positions[one.place]):
                self.rows.append((column, [numbers.setdefault(run, len(numbers)) for run in runs]))
        self.runs = list(numbers)
        self.log_odds = np.full(len(numbers), np.nan)
        self.before: list[np.ndarray | None] = [None, None]
        self.changes, self.changes_decision = np.zeros((2, 2, len(numbers)), bool)

    def add(self, own: slice, forced: Forced, there: slice) -> None:
        """What some runs gave, those before them first.

        Args:
            own: their numbers.
            forced, there: what holds them, and where.
        """
        self.log_odds[own] = forced.log_odds[there]
        choices = forced.hypotheses[there, : self._steps]
        for n, first in enumerate((0, self.counterpart)):
            if first is not None and own.start <= first < own.stop:
                self.before[n] = choices[first - own.start].copy()
            if self.before[n] is not None:
                differs = choices != self.before[n]  # runs x steps
                self.changes[n, own], self.changes_decision[n, own] = differs.any(1), differs[:, self._step]


def _made(plan: Plan, one: Intervention, positions: Sequence[int]) -> list[Run]:
    return [run for position in positions if (run := run_of(plan, one, position)) is not None]


def check_work(plans: Iterable[Plan], which: Sequence[Intervention]) -> None:
    """Whether no event asks for more than a machine does in hours: its work grows with the square of its length.

    Raises:
        InputError: naming the word, its line and what can be done.
    """
    for plan in plans:
        segments = max(len(plan.item.ur), len(plan.reference))
        cells = (segments + 1) ** 2
        if len(which) * segments * cells <= MOST_CELLS:
            continue
        runs = len(Sheet(0, plan, which).runs)
        if runs * cells > MOST_CELLS:
            raise InputError(
                f"{plan.item.id!r} has {segments:,} segments, which make {runs:,} runs of that length; allowed: up to "
                f"{MOST_CELLS // cells:,}. Leave the word out, shorten it, or give --controls all, without controls "
                "for single heads",
                line=plan.item.line or None,
            )


class Part(NamedTuple):
    """Some runs of a sheet."""

    sheet: Sheet
    own: slice

    @property
    def runs(self) -> list[Run]:
        """The runs themselves."""
        return self.sheet.runs[self.own]


def batches_of(sheets: Iterable[Sheet], batch_size: int) -> Iterator[list[Part]]:
    """Whole sheets together as far as there is room; a sheet for which there is none, by itself in parts.

    Args:
        sheets: short words first.
        batch_size: runs in a batch, fewer of long words (`batches.room`).
    """
    batch: list[Part] = []
    longest = 0
    for sheet in sheets:
        size, first = len(sheet.runs), sheet.runs[0]
        longest = max(longest, len(first.ur) + 1, len(first.sr) + 1)
        most = room(longest, batch_size)
        if batch and sum(len(part.runs) for part in batch) + size > most:
            yield batch
            batch = []
        if size <= most:
            batch.append(Part(sheet, slice(0, size)))
        else:
            yield from ([Part(sheet, slice(n, min(n + most, size)))] for n in range(0, size, most))
    if batch:
        yield batch
