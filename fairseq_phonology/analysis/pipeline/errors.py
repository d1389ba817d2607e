"""`errors`: what models get wrong. From their outputs to a folder of tables and figures."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from tqdm import tqdm

from ...corpus.units import Units
from ...errors import InputError
from ..errors.measure import Errors, measure
from ..errors.outputs import read_output
from ..errors.summary import write_summary
from ..errors.tables import write_tables
from .about import package
from .folders import named_for, names_of, output
from .question import Say

_TEXT = re.compile(r"\.(txt|csv|tsv|log|out)$")
FILES = (
    ("errors.csv", "every wrong word of every model"),
    ("confusions.csv", "segments and what models had in their place, most frequent first"),
    ("contexts.csv", "the same by what stands beside them"),
    ("processes.csv", "each process: applied, failed, over-applied"),
    ("lengths.csv", "words right by the length of the UR"),
    ("unseen.csv", "words right by what the training words had of them"),
    ("words.csv.gz", "every word of every model, for R"),
    ("summary.json", "exact match, PER and processes of each model"),
    ("figures/", "confusions and processes, PNG and SVG"),
)


def find_errors(
    outputs: Sequence[str | Path],
    out: str | Path | None = None,
    *,
    words: str | Path | None = None,
    training: str | Path | None = None,
    grammar: str | Path | None = None,
    include: Sequence[str] = (),
    units: Units | None = None,
    hypothesis_column: str = "",
    partial: bool = False,
    overwrite: bool = False,
    say: Say | None = None,
) -> Errors:
    """Compare what models said with the references, word by word and segment by segment.

    Args:
        outputs: one a model, of the same words: what fairseq-generate printed (shards of one run joined by commas),
            predictions, an attention dump, or a table of another program.
        out: new folder for tables and figures: see `FILES`. None: nothing is written.
        words: the list of the words that `prepare` wrote, for ids, columns and variants.
        training: the training words that `prepare` wrote, or the folder of the dictionaries.
        grammar: file of a grammar, for accuracy per process.
        include: its optional processes that apply; empty: those that derive most references.
        units: how the words of a table are written; by default segments with blanks between.
        hypothesis_column: of a table; by heading where nothing is given.
        partial: take outputs that lack words.
        overwrite: replace a folder that `errors` made earlier.
        say: receives what was assumed.

    Raises:
        InputError: outputs that cannot be used. Nothing is left half-written.
    """
    folder = output(out, overwrite, "errors", FILES)
    paths = [str(path) for path in outputs]
    if twice := next((path for path in paths if paths.count(path) > 1), ""):
        raise InputError("is given twice; several outputs are of several models", twice)
    units = units or Units(keep_edges=True)
    reading = tqdm(paths, desc="reading", unit=" outputs", delay=2, disable=None, leave=False)
    read = [read_output(path, units, hypothesis_column, partial) for path in reading]
    with folder as place:
        found = measure(
            read,
            names_of([_TEXT.sub("", path.partition(",")[0]) for path in paths]),
            table=str(words or ""),
            training=str(training or ""),
            grammar=str(grammar or ""),
            include=tuple(include) or None,
            partial=partial,
        )
        for note in found.notes if say else ():
            say(note)
        if place is not None:
            _write(found, place)
    return found


def _write(found: Errors, folder: Path) -> None:
    from ..figures import save_figures

    with named_for(folder, "cannot be written"):
        write_tables(found, folder)
        write_summary(found, {"versions": package()}, folder / "summary.json")
        save_figures("errors", folder / "figures", found)
