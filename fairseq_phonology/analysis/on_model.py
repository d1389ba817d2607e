"""Experiments on a model itself, from its checkpoint to numbers: what several verbs do with one.

Top of the house, like `task` and `commands`: analysis plans and measures without torch, attention runs the model.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import InputError
from ..phonology.grammar import Grammar
from ..stimuli.items import CELLS, Item

if TYPE_CHECKING:
    from ..attention.forcing import Forcing
    from ..training.loaded import Loaded
    from .dynamics.snapshots import Snapshot
    from .interventions.interventions import Interventions
    from .interventions.plans import Plan

_BATCHES = 4  # for each worker, before all wait for the last


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
    user_dir: str | None = None,
    path: str | Path | None = None,
) -> Interventions:
    """All interventions on one model.

    Args:
        checkpoint: a file of fairseq-train.
        grammar, process, include: what is asked about.
        items: of the experiment; fillers make no events.
        data: folder with the binarized data, for the dictionaries; None for the one of the training.
        cpu: leave a GPU alone.
        batch_size: words x interventions a batch.
        controls_by_head: as in `analysis.intervene.interventions_of`.
        user_dir: of the run's own task or architecture.
        path: of the list of items, for messages.

    Raises:
        InputError: a checkpoint, data or an architecture that cannot be used; a segment that the model does not know.
    """
    from .interventions.run import intervene

    with quiet_fairseq():
        loaded = loaded_model(checkpoint, data, cpu, user_dir)
        forcing = forcing_of(loaded, batch_size, checkpoint)
        plans = plans_of(loaded, forcing, grammar, process, items, include, path)
        return intervene(
            *(plans, forcing.force_all, loaded.target.symbols, forcing.sizes, batch_size),
            at_once=_BATCHES * forcing.workers,
            controls_by_head=controls_by_head,
        )


def follower(
    grammar: Grammar,
    process: str,
    items: Sequence[Item],
    include: Collection[str] = (),
    data: str | Path | None = None,
    cpu: bool = False,
    batch_size: int = 1024,
    path: str | Path | None = None,
) -> Callable[[Path], Snapshot]:
    """What takes the snapshot of one checkpoint after the other: attention and knock-outs, along the gold SRs.

    Args are those of `interventions_in`; what the grammar says of the items is worked out once. To be called within
    `quiet_fairseq`, after `import_own`.

    Returns:
        a function of the checkpoint's file; it raises what `interventions_in` does, and InputError for words without
        a design.
    """
    from ..attention.forcing import forced_records
    from .dynamics.snapshots import WHICH, snapshot
    from .events.collect import events_of
    from .events.outcome import Judge
    from .interventions.run import intervene

    judge, by_id = Judge(grammar, process, include), {item.id: item for item in items if item.cell}
    # where the trigger precedes, the decoder can read it on the surface
    precedes = any(None not in (i.target_index, i.trigger_index) and i.trigger_index < i.target_index for i in items)
    kinds = ("cross", "decoder") if precedes else ("cross",)
    planned: dict[tuple[tuple[str, ...], ...], list[Plan]] = {}  # by the dictionaries: those of one run are the same

    def follow(checkpoint: Path) -> Snapshot:
        loaded = loaded_model(checkpoint, data, cpu)
        source, target = loaded.source, loaded.target
        forcing = forcing_of(loaded, batch_size, checkpoint)
        known = tuple(source.symbols), tuple(target.symbols)
        if known not in planned:
            planned[known] = plans_of(loaded, forcing, grammar, process, items, include, path)
        plans = planned[known]
        words = [(plan.item.id, plan.item.ur, plan.reference) for plan in plans]
        try:
            with one_thread(forcing.device.type):
                events = events_of(forced_records(loaded.model, source, target, words, kinds), kinds, judge, by_id)
            found = intervene(
                *(plans, forcing.force_all, target.symbols, forcing.sizes, batch_size),
                at_once=_BATCHES * forcing.workers,
                progress=False,
                which=WHICH,
                cells=("TR",),
            )
        except InputError as error:
            raise InputError(error.message, error.path or checkpoint) from None
        try:
            return snapshot(events, found)
        except InputError as error:
            raise InputError(error.message, error.path or path) from None

    return follow


@contextmanager
def one_thread(device: str = "cpu") -> Iterator[None]:
    """While the block runs, torch uses one thread of a CPU: for models of this size, several are slower.

    Args:
        device: that it computes on; nothing changes for a GPU.
    """
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1 if device == "cpu" else threads)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


@contextmanager
def quiet_fairseq() -> Iterator[None]:
    """While the block runs, nothing is said that no user could do anything about."""
    for name in ("fairseq", "matplotlib", "PIL"):  # with fairseq imported, all libraries say everything
        logging.getLogger(name).setLevel(logging.WARNING)
    own = logging.getLogger(f"{__package__}.task")  # of the training's grammar, which is not asked here
    level = own.level
    own.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # fairseq's about torch
            yield
    finally:
        own.setLevel(level)


def loaded_model(
    checkpoint: str | Path, data: str | Path | None = None, cpu: bool = False, user_dir: str | None = None
) -> Loaded:
    """A checkpoint's model and dictionaries, whatever task it was trained with; see `training.loaded.load_model`."""
    from ..training.loaded import load_model

    import_own(user_dir)
    return load_model(checkpoint, data, cpu)


def import_own(user_dir: str | None = None) -> None:
    """Register our task, without which its checkpoints are unknown, and a run's own task and architecture."""
    from .. import task as task
    from ..training.loaded import import_user_dir

    import_user_dir(user_dir)


def forcing_of(loaded: Loaded, batch_size: int, checkpoint: str | Path) -> Forcing:
    """The model under forced decoding.

    Raises:
        InputError: an architecture of which nothing can be knocked out; the checkpoint is named.
    """
    from ..attention.forcing import Forcing

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
    from .interventions.plans import Planner

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
