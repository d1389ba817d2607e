"""Experiments on a model itself, from its checkpoint to numbers: what several verbs do with one.

Top of the house, like `task` and `commands`: analysis plans and measures without torch, attention runs the model.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from .phonology.errors import InputError
from .phonology.grammar import Grammar
from .phonology.items import CELLS, Item

if TYPE_CHECKING:
    from .analysis.interventions import Interventions
    from .analysis.plans import Plan
    from .attention.forcing import Forcing
    from .training.loaded import Loaded

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
    yardsticks_by_head: bool = True,
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
        yardsticks_by_head: as in `analysis.intervene.interventions_of`.
        user_dir: of the run's own task or architecture.
        path: of the list of items, for messages.

    Raises:
        InputError: a checkpoint, data or an architecture that cannot be used; a segment that the model does not know.
    """
    from .analysis.intervene import intervene

    with quiet_fairseq():
        loaded = loaded_model(checkpoint, data, cpu, user_dir)
        forcing = forcing_of(loaded, batch_size, checkpoint)
        plans = plans_of(loaded, forcing, grammar, process, items, include, path)
        return intervene(
            *(plans, forcing.force_all, loaded.target.symbols, forcing.sizes, batch_size),
            at_once=_BATCHES * forcing.workers,
            yardsticks_by_head=yardsticks_by_head,
        )


@contextmanager
def quiet_fairseq() -> Iterator[None]:
    """While the block runs, nothing is said that no user could do anything about."""
    for name in ("fairseq", "matplotlib", "PIL"):  # with fairseq imported, all libraries say everything
        logging.getLogger(name).setLevel(logging.WARNING)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # fairseq's about torch
        yield


def loaded_model(
    checkpoint: str | Path, data: str | Path | None = None, cpu: bool = False, user_dir: str | None = None
) -> Loaded:
    """A checkpoint's model and dictionaries, whatever task it was trained with; see `training.loaded.load_model`."""
    from . import task as task  # registers our task, without which its checkpoints are unknown
    from .training.loaded import load_model
    from .training.ranking import import_user_dir

    import_user_dir(user_dir)
    return load_model(checkpoint, data, cpu)


def forcing_of(loaded: Loaded, batch_size: int, checkpoint: str | Path) -> Forcing:
    """The model under forced decoding.

    Raises:
        InputError: an architecture of which nothing can be knocked out; the checkpoint is named.
    """
    from .attention.forcing import Forcing

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
    from .analysis.plans import Planner

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
