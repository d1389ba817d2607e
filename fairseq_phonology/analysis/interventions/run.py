"""From a model and a list of words to `Interventions`: every event under every intervention, many runs at a time.

What runs the model is given as a function; torch is imported only where a checkpoint is loaded.
"""

from __future__ import annotations

import functools
import itertools
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ...attention.edges import PARTS, Forced, Run
from ...errors import InputError
from ...phonology.grammar import Grammar
from ...stimuli.items import CELLS, Item
from ..design.coverage import coverage_of
from ..events.events import Event
from ..provenance import Coverage
from .kinds import DIRECTIONS, KINDS, PLACES, Intervention
from .plans import Plan, Planner
from .sheets import Sheet, batches_of, check_work

if TYPE_CHECKING:
    from ...attention.forcing import Forcing
    from ...training.checkpoints.loaded import Loaded

Force = Callable[[Sequence[Sequence[Run]]], Sequence[Forced]]
Sizes = Mapping[str, tuple[int, int]]  # kind of attention -> layers, heads in each
_BATCHES = 4  # given to each worker before all wait for the last


@dataclass(frozen=True)
class Running:
    """How checkpoints are run.

    Attributes:
        data: folder with the binarized data, for the dictionaries; None for the one of the training.
        batch_size: words x interventions in a batch, at most; see `batches.room`.
        cpu: do not use a GPU.
        user_dir: of the run's own task or architecture.

    Raises:
        InputError: a batch size under 1.
    """

    data: str | Path | None = None
    batch_size: int = 1024
    cpu: bool = False
    user_dir: str | Path | None = None

    def __post_init__(self) -> None:
        if self.batch_size < 1:
            raise InputError(f"--batch-size is {self.batch_size}; allowed: 1 or more")


@dataclass(frozen=True)
class Question:
    """What is asked, the same for every model.

    Attributes:
        grammar: derives the SRs.
        process: its name.
        items: words with their design; None for every word of a dump that undergoes the process.
        include: optional processes that apply.
        grammar_file, stimuli: files of the grammar and of the items; None for what was made in Python.
    """

    grammar: Grammar
    process: str
    items: Sequence[Item] | None
    include: tuple[str, ...] = ()
    grammar_file: Path | None = None
    stimuli: Path | None = None

    @functools.cached_property
    def coverage(self) -> Coverage | None:
        """What of the process the items are about; None without items."""
        if self.items is None:
            return None
        return coverage_of(self.grammar, self.process, self.items, self.include)


@dataclass
class Interventions:
    """One process in one model, under forced decoding of the gold SRs.

    Attributes:
        events: sites and controls. Each one's ``surface`` is the model's choice at each step under forced decoding of
            the gold SR, which is its own greedy SR wherever the two are the same; ``step`` is that of the gold SR.
        intact: log-odds of the untouched model, natural: gold symbol of the decision step against the other one, as
            `plans.Plan` has it; NaN where there is no other. float32  # events
        counterpart: the same in the minimal pair's own run, with its own prefix where the surface trigger precedes the
            decision step; NaN where there is none.  # events
        which: the interventions.
        log_odds: the same after each intervention; NaN where there is none.  # events x interventions
        changes: is some step's choice another one than before? Then greedy decoding gives another SR. Of ``others``: in
            most of them. Before: that of the untouched word; of denoising of its minimal pair.
            bool  # events x interventions
        changes_decision: the same of the decision step alone. bool  # events x interventions
        ran: was there anything to intervene on? bool  # events x interventions
        replaced: what stood in the trigger's place in the minimal pair, by id of the event.
    """

    events: list[Event]
    intact: np.ndarray
    counterpart: np.ndarray
    which: list[Intervention]
    log_odds: np.ndarray
    changes: np.ndarray
    changes_decision: np.ndarray
    ran: np.ndarray
    replaced: dict[str, str] = field(default_factory=dict)

    @property
    def effects(self) -> np.ndarray:
        """What an intervention takes away of what speaks for the gold symbol, intact - after; what denoising gives
        back: after - that of the minimal pair.

        Returns:
            float32  # events x interventions
        """
        gives = np.array([one.method == "denoising" for one in self.which], bool)
        return np.where(gives, self.log_odds - self.counterpart[:, None], self.intact[:, None] - self.log_odds)

    @property
    def minimal_pair(self) -> np.ndarray:
        """The effect of the minimal pair, of which others are shares: intact - that of its own run.  # events"""
        return self.intact - self.counterpart

    def number(self, *one: Any, **more: Any) -> int:
        """Column of the `Intervention` with these attributes.

        Raises:
            ValueError: it was not made.
        """
        return self.which.index(Intervention(*one, **more))


def effects_at(found: Interventions, index: np.ndarray, which: Sequence[Intervention]) -> np.ndarray:
    """Effects of interventions; NaN where one was not made.  # -> index x which"""
    return values_at(found.effects, found, index, which)


def values_at(values: np.ndarray, found: Interventions, index: np.ndarray, which: Sequence[Intervention]) -> np.ndarray:
    """Values of some interventions; NaN where one was not made.  # values: events x interventions -> index x which"""
    numbers = {one: n for n, one in enumerate(found.which)}
    there = np.full((*index.shape, len(which)), np.nan)
    for n, one in enumerate(which):
        if one in numbers:
            there[..., n] = values[index, numbers[one]]
    return there


def interventions_of(sizes: Sizes, controls_by_head: bool = True) -> list[Intervention]:
    """All that can be done to a model, in the order of tables: place by place, measure by measure, all heads first.

    Args:
        sizes: of the model.
        controls_by_head: controls of interchange for each layer and head, too, not only for all heads together.
    """
    found = []
    for place, kind in itertools.product(PLACES, KINDS.values()):
        if place != "trigger" and kind.role in ("minimal pair", "total"):
            continue
        for method in kind.methods_made:
            found.append(Intervention(kind.name, place, method=method))
            if kind.role != "route":
                continue
            by_head = place == "trigger" or (controls_by_head and method in DIRECTIONS)
            layers, heads = sizes[kind.name] if by_head else (0, 0)
            for layer in range(1, layers + 1):
                found += [Intervention(kind.name, place, layer, h, method) for h in (None, *range(1, heads + 1))]
            if method in DIRECTIONS:
                found += [Intervention(kind.name, place, method=method, parts=parts) for parts in PARTS[:2]]
    return found


def intervene(
    plans: Sequence[Plan],
    which: Sequence[Intervention],
    force: Force,
    symbols: Sequence[str],
    batch_size: int = 1024,
    at_once: int = 1,
    progress: bool = True,
    cells: Collection[str] = CELLS,
) -> Interventions:
    """Every event under every intervention that some event has room for.

    Events without log-odds (controls of the target) go without controls: there, only ``changes`` can be compared.
    Interchanges are made in cell TR.

    Args:
        plans: of the events, in the order of the list.
        which: the interventions.
        force: runs the model on some batches.
        symbols: of the surface side, by number.
        batch_size: how many runs make a batch, fewer of long words (`batches.room`).
        at_once: how many batches ``force`` gets.
        progress: show a bar if it takes longer.
        cells: of the events that are intervened on; the others are left as they are.
    """
    from tqdm import tqdm

    events: list[Event | None] = [None] * len(plans)
    intact, counterpart = (np.full(len(plans), np.nan, np.float32) for _ in range(2))
    log_odds = np.full((len(plans), len(which)), np.nan, np.float32)
    changes, changes_decision, ran = (np.zeros((len(plans), len(which)), bool) for _ in range(3))
    order = sorted(range(len(plans)), key=lambda n: (len(plans[n].item.ur), len(plans[n].reference)))
    work = [(len(plan.item.ur) + 1) ** 2 for plan in plans]  # longer runs, and more controls
    look = {"bar_format": "{desc}: {percentage:3.0f}%|{bar}| {elapsed}<{remaining}{postfix}", "leave": False}
    bar = tqdm(total=sum(work), desc="interventions", **look, delay=1, disable=not (progress and sys.stderr.isatty()))
    with bar as shown:
        sheets = (Sheet(n, plans[n], which if plans[n].item.cell in cells else ()) for n in order)
        batches = batches_of(sheets, batch_size)
        while group := list(itertools.islice(batches, at_once)):
            done = force([[run for part in batch for run in part.runs] for batch in group])
            for batch, forced in zip(group, done, strict=True):
                first = 0
                for sheet, own in batch:
                    n, there = sheet.event, slice(first, first + own.stop - own.start)
                    first = there.stop
                    sheet.add(own, forced, there)
                    shown.update(work[n] * (own.stop - own.start) / len(sheet.runs))
                    if own.stop < len(sheet.runs):
                        continue
                    intact[n], events[n] = sheet.log_odds[0], _event(plans[n], sheet.before[0], symbols)
                    if sheet.counterpart is not None:
                        counterpart[n] = sheet.log_odds[sheet.counterpart]
                    for column, rows in sheet.rows:
                        before = int(which[column].method == "denoising")
                        log_odds[n, column] = sheet.log_odds[rows].mean()
                        changes[n, column] = sheet.changes[before, rows].mean() > 0.5
                        changes_decision[n, column] = sheet.changes_decision[before, rows].mean() > 0.5
                        ran[n, column] = True
            shown.set_postfix_str(f"{sum(event is not None for event in events)} of {len(plans)} events")
    kept = np.flatnonzero(ran.any(0))
    replaced = {plan.item.id: plan.replacement for plan in plans if plan.counterpart}
    arrays = (array[:, kept] for array in (log_odds, changes, changes_decision, ran))
    return Interventions(events, intact, counterpart, [which[n] for n in kept], *arrays, replaced)


def _event(plan: Plan, hypothesis: np.ndarray, symbols: Sequence[str]) -> Event:
    segments = tuple(symbols[n] for n in hypothesis[hypothesis >= 0])
    status = plan.status("" if plan.step is None else segments[plan.step])
    # the choices may end early, or not where the gold SR does: then the last step's choice is shown, too
    surface = segments[:-1] if segments[-1] == "</s>" else segments
    return Event(plan.item, surface, plan.reference, status, plan.step, gap=plan.gap)


class Prepared(NamedTuple):
    """A model that is ready for forced decoding, and what is done to each word in a cell."""

    loaded: Loaded
    forcing: Forcing
    plans: list[Plan]

    def intervene(self, which: Sequence[Intervention], **how: Any) -> Interventions:
        """`intervene` on this model, several batches at a time."""
        forcing, at_once = self.forcing, _BATCHES * self.forcing.workers
        symbols = self.loaded.target.symbols
        return intervene(self.plans, which, forcing.force_all, symbols, forcing.batch_size, at_once, **how)


def prepare(
    checkpoint: str | Path, question: Question, running: Running, known: dict[Any, list[Plan]] | None = None
) -> Prepared:
    """Load a model and plan the words; each is checked against the model before minutes of work.

    Args:
        checkpoint: a file of fairseq-train.
        question, running: what is asked, and how the model is run.
        known: receives the plans, and gives them to a model with the same dictionaries.

    Raises:
        InputError: a checkpoint, data or an architecture that cannot be used; a word that cannot be planned or that
            the model cannot be given, its line named; no word in a cell.
    """
    from ...attention.forcing import Forcing
    from ...training.checkpoints.loaded import load_model

    loaded = load_model(checkpoint, running.data, running.cpu, running.user_dir)
    try:
        forcing = Forcing(loaded.model, loaded.source, loaded.target, running.batch_size)
    except InputError as error:
        raise InputError(error.message, checkpoint) from None
    symbols, known = (tuple(loaded.source.symbols), tuple(loaded.target.symbols)), {} if known is None else known
    if symbols not in known:
        planner = Planner(question.grammar, question.process, question.include, *symbols, question.items)
        known[symbols] = []
        for item in (item for item in question.items if item.cell):
            try:
                plan = planner.plan(item)
                forcing.check(plan.item.ur, plan.reference)
            except InputError as error:
                raise InputError(error.message, question.stimuli, item.line or None) from None
            known[symbols].append(plan)
        if not known[symbols]:
            cells = ", ".join(CELLS)
            raise InputError(f"no word is in one of the cells {cells}: nothing to intervene on", question.stimuli)
    return Prepared(loaded, forcing, known[symbols])


def interventions_in(
    checkpoint: str | Path, question: Question, running: Running, controls_by_head: bool = True
) -> Interventions:
    """All interventions on one model. Arguments and errors as `prepare` and `interventions_of`."""
    from ...training.checkpoints.loaded import quiet_fairseq

    with quiet_fairseq():
        ready = prepare(checkpoint, question, running)
        which = interventions_of(ready.forcing.sizes, controls_by_head)
        try:
            check_work(ready.plans, which)
        except InputError as error:
            raise InputError(error.message, question.stimuli, error.line) from None
        return ready.intervene(which)
