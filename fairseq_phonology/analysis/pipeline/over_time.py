"""`dynamics`: when a run acquired a process and the use of its trigger. From its checkpoints to a folder."""

from __future__ import annotations

import sys
from collections.abc import Collection, Sequence
from pathlib import Path

from ...corpus.units import Units
from ...errors import InputError
from ...phonology.grammar import Grammar
from ...stimuli.items import Item
from ...training.checkpoints.saved import SavedCheckpoint, saved_checkpoints, thinned
from ...training.history.choice import Row
from ..contrasts.verdict import at_eos
from ..dynamics.dynamics import Checkpoint, Dynamics, head_named, largest_head
from ..interventions.run import Question, Running
from ..provenance import Provenance
from .about import of_run
from .folders import named_for, output
from .question import Say, question_of

FILES = (
    ("dynamics.csv", "every checkpoint: words right, the chosen head's interaction, the effects of interchange"),
    ("heads.csv", "every checkpoint x head: interaction (response) and mean mass"),
    ("summary.json", "from which checkpoint on each threshold is reached"),
    ("figures/", "the three on one axis, PNG and SVG"),
)


def dynamics(
    save_dir: str | Path,
    grammar: str | Path | Grammar,
    process: str,
    stimuli: str | Path | Sequence[Item],
    out: str | Path | None = None,
    *,
    head: str | None = None,
    every: int | None = None,
    at_most: int | None = None,
    subset: str = "valid",
    include: Collection[str] = (),
    running: Running | None = None,
    units: Units | None = None,
    overwrite: bool = False,
    say: Say | None = None,
) -> Dynamics:
    """What one run's checkpoints do with a process, one after the other.

    Args:
        save_dir: folder of a run that kept two checkpoints or more.
        grammar: a grammar or its file; it derives the gold SRs.
        process, include: its name, and those of optional processes that apply.
        stimuli: words with their design, or their file; they need not be binarized.
        out: new folder for tables and figures: see `FILES`. None: nothing is written.
        head: the head to follow, as ``2.1`` of the cross-attention or ``decoder:1.2``; None for the one with the
            largest response at ``checkpoint_best.pt``, else at the last checkpoint.
        every: follow each so manieth checkpoint; the first, the best and the last always.
        at_most: follow so many, evenly spread; those three among them.
        subset: name of the validation words.
        running: how the checkpoints are run.
        units: how the file of stimuli is written; by default segments with blanks between.
        overwrite: replace a folder that `dynamics` made earlier.
        say: receives what was assumed about the stimuli.

    Raises:
        InputError: files that cannot be used, words without a design, no such head. Nothing is left half-written.
    """
    from ..dynamics.follow import needed_design

    running = running or Running()
    folder = output(out, overwrite, "dynamics", FILES)
    question = question_of(grammar, process, stimuli, include, units, say)
    try:
        needed_design(question.items)
    except InputError as error:
        raise InputError(error.message, question.stimuli) from None
    states = saved_checkpoints(save_dir)
    followed = thinned(states, every, at_most)
    options = {"head": head, "every": every, "at_most": at_most, "with": list(include)}
    with folder as place:
        found = _follow(question, running, Path(save_dir), subset, followed, head)
        found.provenance = of_run(found.provenance, question, Path(save_dir), states, followed, subset, options)
        if place is not None:
            _write(found, place)
        return found


def _follow(
    question: Question,
    running: Running,
    save_dir: Path,
    subset: str,
    states: Sequence[SavedCheckpoint],
    head: str | None,
) -> Dynamics:
    from tqdm import tqdm

    from ...training.checkpoints.loaded import one_thread, quiet_fairseq
    from ..dynamics.follow import follower

    bar = {"total": len(states), "desc": "checkpoints", "unit": " checkpoints", "delay": 1, "leave": False}
    checkpoints: list[Checkpoint] = []
    with quiet_fairseq(), tqdm(**bar, disable=not sys.stderr.isatty()) as shown:
        take = follower(question, running)
        first = take(states[0].path)
        if head is not None:
            head_named(head, first.heads)  # before minutes of work
        with one_thread():
            rows, processes, known = _validations(question.grammar, running, save_dir, subset, states)
        for state, row in zip(states, rows, strict=True):
            shot = take(state.path) if checkpoints else first
            accuracies = {name: row[name] for name in processes}
            checkpoints.append(
                Checkpoint(state.name, state.epoch, state.updates, state.best, row["exact_match"], accuracies, shot)
            )
            shown.update()
    if head is None:
        number, chosen = largest_head(checkpoints)
    else:
        number, chosen = head_named(head, checkpoints[0].snapshot.heads), "named by --head"
    made = Provenance("run", validations={"from_history": known, "made": len(states) - known})
    measured = at_eos([item for item in question.items if item.cell])
    return Dynamics(question.process, question.grammar.language, checkpoints, number, chosen, made, measured)


def _validations(
    grammar: Grammar, running: Running, save_dir: Path, subset: str, states: Sequence[SavedCheckpoint]
) -> tuple[list[Row], list[str], int]:
    """Of each checkpoint; the processes that they count; how many are from ``history.csv``."""
    from ...training.checkpoints.revalidation import Revalidation, history_of, validations

    anew = Revalidation(grammar, subset, running.data, cpu=running.cpu)
    processes = anew.processes(states[0])
    rows, known = validations(states, history_of(save_dir), subset, processes, anew.of)
    return rows, processes, known


def _write(found: Dynamics, folder: Path) -> None:
    from ..dynamics.tables import write_all_heads, write_dynamics, write_dynamics_summary
    from ..figures import save_figures

    with named_for(folder, "cannot be written"):
        write_dynamics(found, folder / "dynamics.csv")
        write_all_heads(found, folder / "heads.csv")
        write_dynamics_summary(found, folder / "summary.json")
        save_figures("dynamics", folder / "figures", found)
