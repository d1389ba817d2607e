"""What is asked of every model: from paths or from objects, checked once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from ...corpus.units import Units
from ...phonology.grammar import Grammar, knowing_words
from ...stimuli.interference import gold_of_variable
from ...stimuli.items import Item, read_stimuli
from ..interventions.run import Question

Say = Callable[[str], object]  # receives a line about progress, or about what was assumed


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
    grammar = grammar.asking(include)
    if stimuli is None or not isinstance(stimuli, str | Path):
        grammar = knowing_words(grammar, stimuli or ())
        return Question(grammar, process, stimuli, tuple(include), grammar_file, None)
    notes: list[str] = []
    items = read_stimuli(stimuli, grammar, process, units or Units(), include, notes)
    grammar = knowing_words(grammar, items, stimuli)
    for note in filter(None, [*notes, gold_of_variable(grammar, process)]) if say else ():
        say(note)
    return Question(grammar, process, items, tuple(include), grammar_file, Path(stimuli))
