"""From plans to `Interventions`: every event under every intervention, many runs at a time.

Who runs the model is given as a function, so that nothing here needs torch.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ...attention.edges import Forced, Run
from ...stimuli.items import CELLS
from ..events.events import Event
from .interventions import Interventions
from .kinds import KINDS, PLACES, Intervention
from .plans import Plan

Force = Callable[[Sequence[Sequence[Run]]], Sequence[Forced]]
Sizes = Mapping[str, tuple[int, int]]  # kind of attention -> layers, heads in each


def interventions_of(sizes: Sizes, controls_by_head: bool = True) -> list[Intervention]:
    """All that can be done to a model, in the order of tables: place by place, measure by measure, all heads first.

    Args:
        sizes: of the model.
        controls_by_head: controls for each layer and head, too, not only for all heads together.
    """
    found = []
    for place in PLACES:
        for kind in (kind for kind in KINDS.values() if place in kind.places):
            found.append(Intervention(kind.name, place))
            if kind.role == "route" and (place == "trigger" or controls_by_head):
                layers, heads = sizes[kind.name]
                for layer in range(1, layers + 1):
                    found.append(Intervention(kind.name, place, layer))
                    found += [Intervention(kind.name, place, layer, head) for head in range(1, heads + 1)]
    return found


def intervene(
    plans: Sequence[Plan],
    force: Force,
    symbols: Sequence[str],
    sizes: Sizes,
    batch_size: int = 1024,
    at_once: int = 1,
    controls_by_head: bool = True,
    progress: bool = True,
    which: Sequence[Intervention] | None = None,
    cells: Collection[str] = CELLS,
) -> Interventions:
    """Every event under every intervention that some event has room for.

    Events without log-odds (controls of the target) go without controls: there, only ``changes`` can be compared.

    Args:
        plans: of the events, in the order of the list.
        force: runs the model on some batches.
        symbols: of the surface side, by number.
        sizes: of the model.
        batch_size: about how many runs make a batch; those of one event are never divided.
        at_once: how many batches ``force`` gets.
        controls_by_head: as in `interventions_of`.
        progress: show a bar if it takes longer.
        which: the interventions; by default those of `interventions_of`.
        cells: of the events that are intervened on; the others are left as they are.
    """
    from tqdm import tqdm

    which = interventions_of(sizes, controls_by_head) if which is None else list(which)
    events: list[Event | None] = [None] * len(plans)
    intact = np.full(len(plans), np.nan, np.float32)
    log_odds = np.full((len(plans), len(which)), np.nan, np.float32)
    changes, changes_decision, ran = (np.zeros((len(plans), len(which)), bool) for _ in range(3))
    order = sorted(range(len(plans)), key=lambda n: (len(plans[n].item.ur), len(plans[n].reference)))
    bar = {"total": len(plans), "desc": "interventions", "unit": " events", "delay": 1, "leave": False}
    with tqdm(**bar, disable=not (progress and sys.stderr.isatty())) as shown:
        batches = _groups(order, plans, lambda plan: which if plan.item.cell in cells else (), batch_size)
        while group := list(itertools.islice(batches, at_once)):
            done = force([[run for sheet in batch for run in sheet.runs] for batch in group])
            for batch, forced in zip(group, done, strict=True):
                first = 0
                for sheet in batch:
                    own, n = slice(first, first + len(sheet.runs)), sheet.event
                    first = own.stop
                    found, hypotheses = forced.log_odds[own].astype(np.float64), forced.hypotheses[own]
                    intact[n], events[n] = found[0], _event(plans[n], hypotheses[0], symbols)
                    differs = hypotheses != hypotheses[0]  # runs x steps
                    for column, rows in sheet.rows:
                        log_odds[n, column] = found[rows].mean()
                        changes[n, column] = differs[rows].any(1).mean() > 0.5
                        changes_decision[n, column] = differs[rows, plans[n].step].mean() > 0.5
                        ran[n, column] = True
                shown.update(len(batch))
    kept = np.flatnonzero(ran.any(0))
    replaced = {plan.item.id: plan.replacement for plan in plans if plan.counterpart}
    arrays = (array[:, kept] for array in (log_odds, changes, changes_decision, ran))
    return Interventions(events, intact, [which[n] for n in kept], *arrays, replaced)


@dataclass
class _Sheet:
    """The runs of one event, the untouched one first, and which of them each intervention is the mean of."""

    event: int
    runs: list[Run]
    rows: list[tuple[int, list[int]]]


def _groups(
    order: Sequence[int], plans: Sequence[Plan], which_of: Callable[[Plan], Sequence[Intervention]], batch_size: int
) -> Iterator[list[_Sheet]]:
    group: list[_Sheet] = []
    for n in order:
        sheet = _sheet(n, plans[n], which_of(plans[n]))
        if group and sum(len(one.runs) for one in group) + len(sheet.runs) > batch_size:
            yield group
            group = []
        group.append(sheet)
    if group:
        yield group


def _sheet(event: int, plan: Plan, which: Sequence[Intervention]) -> _Sheet:
    numbers: dict[Run, int] = {plan.run(): 0}
    rows: list[tuple[int, list[int]]] = []
    positions = {name: place.positions(plan) for name, place in PLACES.items()}

    def made(one: Intervention, place: str) -> list[Run | None]:
        return [KINDS[one.measure].run(plan, position, one.layer, one.head) for position in positions[place]]

    for column, one in enumerate(which if plan.step is not None else ()):
        # a control is made where there is something that it is a control for
        wanted = one.place == "trigger" or (plan.other and None not in made(one, "trigger"))
        runs = [run for run in made(one, one.place) if run is not None] if wanted else []
        if runs:  # the same run may be asked for twice: the mirror offset is one of the other segments
            rows.append((column, [numbers.setdefault(run, len(numbers)) for run in runs]))
    return _Sheet(event, list(numbers), rows)


def _event(plan: Plan, hypothesis: np.ndarray, symbols: Sequence[str]) -> Event:
    segments = tuple(symbols[n] for n in hypothesis[hypothesis >= 0])
    status = plan.status("" if plan.step is None else segments[plan.step])
    # it may end early, or not where the gold SR does: then the last step's choice is shown, too
    surface = segments[:-1] if segments[-1] == "</s>" else segments
    return Event(plan.item, surface, plan.reference, status, plan.step)
