"""From a model and a list of words to `Interventions`: every event under every intervention, many runs at a time.

What runs the model is given as a function; torch is imported only where a checkpoint is loaded.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ...attention.edges import Forced, Run
from ...errors import InputError
from ...phonology.grammar import Grammar
from ...stimuli.items import CELLS, Item
from ..events.events import Event
from .kinds import KINDS, PLACES, Intervention
from .plans import Plan, Planner

if TYPE_CHECKING:
    from ...attention.forcing import Forcing
    from ...training.loaded import Loaded

Force = Callable[[Sequence[Sequence[Run]]], Sequence[Forced]]
Sizes = Mapping[str, tuple[int, int]]  # kind of attention -> layers, heads in each
_BATCHES = 4  # given to each worker before all wait for the last


@dataclass
class Interventions:
    """One process in one model, under forced decoding of the gold SRs.

    Attributes:
        events: sites and controls. Each one's ``surface`` is the model's choice at each step under forced decoding of
            the gold SR, which is its own greedy SR wherever the two are the same; ``step`` is that of the gold SR.
        intact: log-odds of the untouched model, natural: gold symbol of the decision step against the other one, as
            `plans.Plan` has it; NaN where there is no other. float32  # events
        which: the interventions.
        log_odds: the same after each intervention; NaN where there is none.  # events x interventions
        changes: is some step's choice another one than the intact model's? Then greedy decoding gives another SR. Of
            ``others``: in most of them. bool  # events x interventions
        changes_decision: the same of the decision step alone. bool  # events x interventions
        ran: was there anything to intervene on? bool  # events x interventions
        replaced: what stood in the trigger's place in the minimal pair, by id of the event.
    """

    events: list[Event]
    intact: np.ndarray
    which: list[Intervention]
    log_odds: np.ndarray
    changes: np.ndarray
    changes_decision: np.ndarray
    ran: np.ndarray
    replaced: dict[str, str] = field(default_factory=dict)

    @property
    def effects(self) -> np.ndarray:
        """Intact - log-odds: positive where the intervention takes away what speaks for the gold symbol.

        Returns:
            float32  # events x interventions
        """
        return self.intact[:, None] - self.log_odds

    def number(self, measure: str, place: str = "trigger", layer: int | None = None, head: int | None = None) -> int:
        """Column of one intervention.

        Raises:
            ValueError: it was not made.
        """
        return self.which.index(Intervention(measure, place, layer, head))


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
    # the choices may end early, or not where the gold SR does: then the last step's choice is shown, too
    surface = segments[:-1] if segments[-1] == "</s>" else segments
    return Event(plan.item, surface, plan.reference, status, plan.step)


def interventions_in(
    checkpoint: str | Path,
    grammar: Grammar,
    process: str,
    items: Sequence[Item],
    include: Collection[str] = (),
    data: str | Path | None = None,
    cpu: bool = False,
    batch_size: int = 1024,
    controls_by_head: bool = True,
    user_dir: str | Path | None = None,
    path: str | Path | None = None,
) -> Interventions:
    """All interventions on one model.

    Args:
        checkpoint: a file of fairseq-train.
        grammar, process, include: what is asked about.
        items: of the experiment; fillers make no events.
        data: folder with the binarized data, for the dictionaries; None for the one of the training.
        cpu: do not use a GPU.
        batch_size: words x interventions a batch.
        controls_by_head: as in `interventions_of`.
        user_dir: of the run's own task or architecture.
        path: of the list of items, for messages.

    Raises:
        InputError: a checkpoint, data or an architecture that cannot be used; a segment that the model does not know.
    """
    from ...training.loaded import load_model, quiet_fairseq

    with quiet_fairseq():
        loaded = load_model(checkpoint, data, cpu, user_dir)
        forcing = forcing_of(loaded, batch_size, checkpoint)
        plans = plans_of(loaded, forcing, grammar, process, items, include, path)
        return run_plans(plans, loaded, forcing, controls_by_head=controls_by_head)


def run_plans(
    plans: Sequence[Plan],
    loaded: Loaded,
    forcing: Forcing,
    controls_by_head: bool = True,
    progress: bool = True,
    which: Sequence[Intervention] | None = None,
    cells: Collection[str] = CELLS,
) -> Interventions:
    """`intervene` on a loaded model, several batches at a time."""
    return intervene(
        *(plans, forcing.force_all, loaded.target.symbols, forcing.sizes, forcing.batch_size),
        *(_BATCHES * forcing.workers, controls_by_head, progress, which, cells),
    )


def forcing_of(loaded: Loaded, batch_size: int, checkpoint: str | Path) -> Forcing:
    """The model under forced decoding.

    Raises:
        InputError: an architecture of which nothing can be knocked out; the checkpoint is named.
    """
    from ...attention.forcing import Forcing

    try:
        return Forcing(loaded.model, loaded.source, loaded.target, batch_size)
    except InputError as error:
        raise InputError(error.message, checkpoint) from None


def plans_of(
    loaded: Loaded,
    forcing: Forcing,
    grammar: Grammar,
    process: str,
    items: Sequence[Item],
    include: Collection[str] = (),
    path: str | Path | None = None,
) -> list[Plan]:
    """What is done to each word in a cell; each is checked against the model before minutes of work.

    Raises:
        InputError: a word that cannot be planned or that the model cannot be given, its line named; no word in a cell.
    """
    planner = Planner(grammar, process, include, loaded.source.symbols, loaded.target.symbols)
    plans = []
    for item in items:
        if item.cell:
            try:
                plans.append(planner.plan(item))
                forcing.check(plans[-1].item.ur, plans[-1].reference)
            except InputError as error:
                raise InputError(error.message, path, item.line or None) from None
    if not plans:
        raise InputError(f"no word is in one of the cells {', '.join(CELLS)}: nothing to intervene on", path)
    return plans
