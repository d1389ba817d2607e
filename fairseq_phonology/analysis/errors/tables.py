"""The tables of the verb `errors`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from ...files import csv_line, write_csv, write_whole, zip_blocks
from ...text import cell, percentage
from ..statistics.proportions import wilson
from .confusions import NOTHING, Confusion
from .measure import ALL, Errors, Group, share

ERRORS = ("model", "id", "ur", "hypothesis", "reference", "edits", "due", "failed", "overapplied", "unseen")
WORDS = ("model", "id", "ur", "hypothesis", "reference", "right", "edits", "length", "group")
CONFUSIONS = ("gold", "produced", "n", "of", "share", "words", "models", "example")
GROUPED = ("words", "right", "exact_match", "low", "high")
PROCESSES = (
    *("model", "process", "stratum", "due", "applied", "applied_share", "low", "high", "failed", "failed_share"),
    *("not_due", "overapplied", "overapplied_share", "rate_of_grammar", "rate_in_training", "places_in_training"),
)


def write_tables(found: Errors, folder: Path) -> None:
    """All tables but ``summary.json``.

    Raises:
        InputError: one cannot be written.
    """
    own = list(dict.fromkeys(name for word in found.words for name in word.columns))
    write_csv(folder / "errors.csv", _rows(ERRORS, own, _errors(found)))
    lines = map(str.encode, map(csv_line, _rows(WORDS, own, _words(found))))
    write_whole(folder / "words.csv.gz", lambda file: zip_blocks(file, lines))
    pairs, contexts = found.confusions
    write_csv(folder / "confusions.csv", [CONFUSIONS, *(_confusion(found, one) for one in pairs)])
    head = (*CONFUSIONS[:2], "left", "right", *CONFUSIONS[2:])
    write_csv(folder / "contexts.csv", [head, *(_confusion(found, one) for one in contexts)])
    models = range(len(found.names))
    write_csv(folder / "lengths.csv", _groups("length", found, [found.lengths(n) for n in models]))
    if found.training is not None:
        write_csv(folder / "unseen.csv", _groups("group", found, [found.unseen(n) for n in models]))
    if found.accuracy is not None:
        write_csv(folder / "processes.csv", [PROCESSES, *_processes(found)])


def _rows(columns: Sequence[str], own: Sequence[str], rows: Iterable[tuple[int, list[Any]]]) -> Iterator[list[Any]]:
    """A table with the user's columns behind ours; one of the same name is called ``NAME_column``."""
    yield [*columns, *(f"{name}_column" if name in columns else name for name in own)]
    yield from ([*cells, *(columns_.get(name, "") for name in own)] for columns_, cells in rows)


def _errors(found: Errors) -> Iterator[tuple[Any, list[Any]]]:
    for model, name in enumerate(found.names):
        for n in found.wrong(model):
            word, said = found.words[n], found.processes_of(model, n)
            forms = map(" ".join, (word.ur, found.hypotheses[model][n], found.references[model][n]))
            unseen = found.training.unseen(word) if found.training else ""
            yield word.columns, [name, word.id, *forms, found.edits[model, n], *map(" ".join, said.values()), unseen]


def _words(found: Errors) -> Iterator[tuple[Any, list[Any]]]:
    groups = [found.training.group(word) if found.training else "" for word in found.words]
    for model, name in enumerate(found.names):
        for n, word in enumerate(found.words):
            forms = map(" ".join, (word.ur, found.hypotheses[model][n], word.sr))
            right, edits = int(found.right[model, n]), found.edits[model, n]
            yield word.columns, [name, word.id, *forms, right, edits, word.length, groups[n]]


def _confusion(found: Errors, one: Confusion) -> list[Any]:
    gold, produced = (found.nothing if segment == NOTHING else segment for segment in (one.gold, one.produced))
    context = [] if one.left is None else [one.left, one.right]
    rest = [one.n, one.of, cell(percentage(one.n, one.of)), one.words, one.models, found.words[one.example].id]
    return [gold, produced, *context, *rest]


def _groups(what: str, found: Errors, models: Sequence[Sequence[Group]]) -> Iterator[list[Any]]:
    """A row for each group in each model; of several models, the mean over them, without interval: they said the same
    words, so that their answers are no independent trials."""
    yield ["model", what, *GROUPED]
    for name, groups in zip(found.names, models, strict=True):
        for one in groups:
            low, high = wilson(share(one.right, one.words), one.words)
            rate = percentage(one.right, one.words)
            yield [name, one.name, one.words, one.right, *map(cell, (rate, 100 * low, 100 * high))]
    for several in zip(*models, strict=True) if len(models) > 1 else ():
        right = sum(one.right for one in several) / len(several)
        yield [ALL, several[0].name, several[0].words, cell(right), cell(percentage(right, several[0].words)), "", ""]


def _processes(found: Errors) -> Iterator[list[Any]]:
    for model, name in enumerate(found.names):
        for one in found.processes(model):
            low, high = wilson(share(one.applied, one.due), one.due)
            row = {
                **vars(one),
                "model": name,
                "applied_share": cell(percentage(one.applied, one.due)),
                "low": cell(100 * low),
                "high": cell(100 * high),
                "failed_share": cell(percentage(one.failed, one.due)),
                "overapplied_share": "" if one.not_due is None else cell(percentage(one.overapplied, one.not_due)),
                "rate_in_training": cell(one.rate_in_training),
                "places_in_training": one.trained_due,
            }
            yield ["" if row[column] is None else row[column] for column in PROCESSES]
