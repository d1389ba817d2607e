"""What a study hands on: ``index.html``, a page that links every report; ``study.csv``; ``study.zip`` with all of it.

``python -m fairseq_phonology.workflow.results.index STUDY.toml`` writes them anew, as far as it is
finished: what is due again is left out.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from ...analysis.figures.registered import Picture
from ...analysis.figures.saving import FORMATS, save_figure
from ...commands.wiring.terminal import say
from ...errors import InputError
from ...files import write_csv, write_zip
from ...text import cell
from .. import layout
from ..study import Study, read_study
from .due import due
from .found import Results, Run
from .page import write_study_page
from .pictures import CurvesOfSeeds, LearningCurve
from .read import read_results

PAGE, TABLE, ARCHIVE = layout.INDEX
FIGURES = "figures"
_HANDED_ON = (".html", ".csv", ".csv.gz", ".json", ".png", ".svg", ".R")  # of a folder of results
_DUMP = "attention"  # in the folder of a list
_OF_LIST = ("exact_match", "right", "words", "new_right", "new")
_NUMBERS = (  # of a question, in the order of the columns
    *("attends", "head", "response", "low_response", "high_response", "p", "mass"),
    *("uses", "route", "minimal_pair", "low_minimal_pair", "high_minimal_pair", "share_noising", "share_denoising"),
)


def write_index(study: Study, stale: Collection[str] = ()) -> Results:
    """Write ``figures/``, ``study.csv``, ``index.html`` and ``study.zip`` into the folder of a study.

    The same results make the same files, byte for byte.

    Args:
        study: finished or not; what is not there is named on the page.
        stale: outputs of steps that are due again, which are not read: see `due.due`.

    Returns:
        What they say.

    Raises:
        InputError: a result cannot be read, or a file not be written.
    """
    results, dest = read_results(study, stale), Path(study.dest)
    pictures = _pictures(results, dest / FIGURES)
    write_csv(dest / TABLE, study_table(results))
    write_study_page(results, pictures, dest / PAGE)
    write_zip(dest / ARCHIVE, {name: dest / name for name in handed_on(results, pictures)})
    return results


def _pictures(results: Results, folder: Path) -> dict[str, Picture]:
    """Name of each figure over all models -> its SVG; the PNG lies beside it."""
    made = {"curves": CurvesOfSeeds.from_results(results), "learning-curve": LearningCurve.from_results(results)}
    found = {}
    for name, display in made.items():
        if display is None:
            continue
        display.plot()
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(f"cannot be made: {error.strerror or error}", folder) from None
        for ending in FORMATS:
            save_figure(display, folder / f"{name}.{ending}")
        found[name] = Picture(folder / f"{name}.svg", display.caption)
    return found


def study_table(results: Results) -> Iterator[list[Any]]:
    """``study.csv``: a header, then a row for every model with every seed, the unfinished ones, too.

    Columns: model, size (training words that it was limited to), seed, training_words, epochs and updates at the end of
    its training; epoch, updates, loss (bits) and exact match (%) of its best validation; of every list exact match (%),
    words right, and words, and the last two of those that were not trained on; of every question its verdicts and their
    numbers (`read.Question.numbers`); seconds of training; path of the best checkpoint in the folder of the study,
    and its SHA-256. What is not there is empty.
    """
    names = list(results.lists)
    asked = list(dict.fromkeys((question.kind, question.name) for question in results.questions if question.numbers))
    there = {
        which: [name for name in _NUMBERS if any(name in numbers for question in results.questions
                if (question.kind, question.name) == which for numbers in question.numbers.values())]
        for which in asked
    }  # fmt: skip
    yield [
        *("model", "size", "seed", "training_words", "epochs", "updates"),
        *("best_epoch", "best_updates", "valid_loss", "valid_exact_match"),
        *(f"{column}_{name}" for name in names for column in _OF_LIST),
        *(f"{column}_{which[1]}" for which in asked for column in there[which]),
        *("training_seconds", "checkpoint", "checkpoint_sha256"),
    ]
    for run in results.runs:
        yield list(map(_cell, _row(results, run, names, there)))


def _row(results: Results, run: Run, names: list[str], there: dict[tuple[str, str], list[str]]) -> Iterator[Any]:
    stamp, best = run.stamp, run.best or {}
    yield from (run.model, run.size, run.seed)
    yield from (getattr(stamp, name, None) for name in ("words", "epochs", "updates"))
    yield from (best.get(name) for name in ("epoch", "updates", "valid_loss", "exact_match"))
    tested = {each.list: each.errors for each in results.tested if each.key == run.key}
    for name in names:
        yield from (getattr(tested.get(name), column, None) for column in _OF_LIST)
    for which, columns in there.items():
        numbers: dict[str, Any] = {}
        for question in results.questions:
            if (question.kind, question.name, question.model) == (*which, run.model):
                numbers |= question.numbers.get(run.seed, {})
        yield from (numbers.get(column) for column in columns)
    yield from (getattr(stamp, name, None) for name in ("seconds", "checkpoint", "checkpoint_sha256"))


def _cell(value: Any) -> Any:
    return "" if value is None else cell(value)


def handed_on(results: Results, pictures: dict[str, Picture]) -> list[str]:
    """What ``study.zip`` holds, from the folder of the study: page and table, reports, tables and figures.

    No checkpoints, no dumps, and nothing that the study does not ask for now.
    """
    dest = Path(results.study.dest)
    found = {PAGE, TABLE, *(f"{FIGURES}/{name}.{ending}" for name in pictures for ending in FORMATS)}
    for folder in results.folders:
        for path in (dest / folder).rglob("*"):
            if path.name.endswith(_HANDED_ON) and path.relative_to(dest / folder).parts[0] != _DUMP and path.is_file():
                found.add(path.relative_to(dest).as_posix())
    lists = [path for name in results.study.stimuli for path in layout.outputs("stimuli", set=name)]
    return sorted(found.union(path for path in lists if (dest / path).is_file() and path not in results.stale))


def main(arguments: list[str] | None = None) -> int:
    """``python -m fairseq_phonology.workflow.results.index``."""
    parser = argparse.ArgumentParser(prog="python -m fairseq_phonology.workflow.results.index", description=__doc__)
    parser.add_argument("study", help="study file (TOML)")
    parser.add_argument("--dest", help="folder of the study (default: beside the file, by its name)")
    args = parser.parse_args(arguments)
    try:
        study = read_study(Path(args.study), args.dest and Path(args.dest))
        write_index(study, due(study))
    except InputError as error:
        say(f"error: {error}", to=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
