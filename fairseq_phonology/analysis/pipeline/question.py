"""What is asked of every model, and how models are run: from paths or from objects, checked once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from ...corpus.pairs import Units
from ...errors import InputError
from ...phonology.grammar import Grammar
from ...stimuli.items import Item, read_stimuli

Say = Callable[[str], object]  # receives a line about progress, or about what was assumed


@dataclass(frozen=True)
class Running:
    """How checkpoints are run.

    Attributes:
        data: folder with the binarized data, for the dictionaries; None for the one of the training.
        batch_size: words x interventions in a batch.
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
    include: tuple[str, ...]
    grammar_file: Path | None
    stimuli: Path | None


def question_of(
    grammar: str | Path | Grammar,
    process: str,
    stimuli: str | Path | Sequence[Item] | None,
    include: Collection[str] = (),
    units: Units | None = None,
    say: Say | None = None,
) -> Question:
    """The question, its files read.

    Args:
        grammar: a grammar, or its file.
        process, include: names of processes in it.
        stimuli: items, or a file of them, or None.
        units: how the file of items is written; by default segments with blanks between.
        say: receives what was assumed about that file.

    Raises:
        InputError: as `Grammar.load` and `read_stimuli`; a process that the grammar does not have.
    """
    grammar_file = None if isinstance(grammar, Grammar) else Path(grammar)
    grammar = grammar if grammar_file is None else Grammar.load(grammar_file)
    for name in (process, *include):
        grammar.process(name)
    if stimuli is None or not isinstance(stimuli, str | Path):
        return Question(grammar, process, stimuli, tuple(include), grammar_file, None)
    notes: list[str] = []
    items = read_stimuli(stimuli, grammar, process, units or Units(), include, notes)
    for note in notes if say else ():
        say(note)
    return Question(grammar, process, items, tuple(include), grammar_file, Path(stimuli))
