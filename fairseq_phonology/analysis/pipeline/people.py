"""`compare`: what models say of candidates beside what people did. From two tables to a folder with a report."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from ...corpus.pairs import read_words
from ...corpus.units import Units
from ...errors import InputError
from ...files import read_json
from ..people import comparison
from ..people.columns import HumanColumns
from ..people.comparison import CompareOptions, Comparison
from ..people.human import Human, read_human
from ..people.scores import Scores
from ..provenance import Provenance
from .about import package
from .beside import About
from .folders import named_for, output
from .question import Say

FILES = (
    ("report.html", "everything on one page, to open in a browser"),
    ("summary.json", "the verdict, every number, what was not matched"),
    ("compare.csv", "every number: correlations, regressions, baselines, calibration"),
    ("items.csv", "every candidate: models and people side by side, residuals"),
    ("responses.csv", "every participant x candidate, where participants are known"),
    ("mixed_model.R", "fits a mixed model to these tables in R"),
    ("figures/", "the report's figures, PNG and SVG"),
)


def compare(
    scores: str | Path | Scores,
    human: str | Path | Human,
    out: str | Path | None = None,
    *,
    columns: HumanColumns | None = None,
    scale: tuple[float, float] | None = None,
    of: str = "",
    repeated: bool = False,
    within: str = "",
    separate: bool = False,
    options: CompareOptions | None = None,
    training: str | Path | None = None,
    training_units: Units | None = None,
    untrained: str | Path | Scores | None = None,
    seed: int = 1,
    overwrite: bool = False,
    say: Say | None = None,
) -> Comparison:
    """Set what models say of candidates beside what people did.

    Args:
        scores: folder of `score`, or its table, with all models in it; or what it holds.
        human: a table of people's responses; or what it holds, and then the next six are not used.
        out: new folder for tables, figures and report: see `FILES`. None: nothing is written.
        columns: which column of the table is what; by heading where nothing is given.
        scale: lowest and highest rating; None: 1 to 7, if all ratings lie there.
        of: the variant that all rows are about, where no column says it.
        repeated: a participant may respond to the same candidate several times.
        within: ``center`` or ``z``: take each participant's own mean (and deviation) off the ratings.
        separate: each candidate was judged by itself: the counts of an item's candidates are no choices among them.
        options: what is compared, and how often is drawn.
        training: pairs that the models were trained on, for the baseline of training frequency.
        training_units: how they are written; by default segments with blanks between.
        untrained: scores of models with fresh weights, of the same candidates.
        seed: of all draws.
        overwrite: replace a folder that `compare` made earlier.
        say: receives what was assumed about the tables, and what of them is not matched.

    Raises:
        InputError: tables that cannot be used, or have nothing in common. Nothing is left half-written.
    """
    folder, options = output(out, overwrite, "compare", FILES), options or CompareOptions()
    said = scores if isinstance(scores, Scores) else Scores.read(scores)
    people = (
        human
        if isinstance(human, Human)
        else read_human(human, columns, scale, of, repeated, within, separate, {*options.baselines, options.family})
    )
    if training is not None:
        words = read_words(str(training), training_units or Units(), used=None)
        options = replace(options, training=tuple(words))
    if untrained is not None:
        options = replace(options, untrained=untrained if isinstance(untrained, Scores) else Scores.read(untrained))
        if set(_hashes(scores).values()) & set(_hashes(untrained).values()):
            raise InputError(
                "is given as untrained and has a model that is compared itself; allowed: scores of the same models "
                "with fresh weights (fairseq-phonology untrained)",
                untrained,
            )
    with folder as place:
        found = comparison.compare(said, people, options, np.random.default_rng(seed))
        for note in found.notes if say else ():
            say(note)
        if place is not None:
            given = {"training": training, "untrained": None if isinstance(untrained, Scores) else untrained}
            _write(found, _about(found, scores, given, seed), place)
        return found


def one_folder(given: Sequence[str]) -> str:
    """The only one.

    Raises:
        InputError: several.
    """
    if len(given) > 1:
        raise InputError(
            f"found {len(given)} folders of scores; allowed: one, with all models in it (fairseq-phonology score "
            "CHECKPOINT CHECKPOINT ...)"
        )
    return given[0]


def _hashes(scores: str | Path | Scores) -> dict[str, str]:
    """SHA-256 of the models' checkpoints, by their names; empty where nothing tells."""
    path = None if isinstance(scores, Scores) else Path(scores)
    summary = None if path is None else (path if path.is_dir() else path.parent) / "summary.json"
    if summary is None or not summary.is_file():
        return {}
    found = read_json(summary, About, "summary.json of score").about.checkpoint_sha256
    return found if isinstance(found, dict) else {"": found} if found else {}


def _about(
    found: Comparison, scores: str | Path | Scores, given: dict[str, str | Path | None], seed: int
) -> Provenance:
    options, path = found.options, None if isinstance(scores, Scores) else Path(scores)
    chosen = {
        **{"measure": options.measure, "variant": options.variant, "baseline": list(options.baselines)},
        **{name: Path(file).name for name, file in given.items() if file is not None},
        **({"separate": True} if found.human.separate else {}),
        **({"within-participants": found.human.centered} if found.human.centered else {}),
        **{"family": options.family, "draws": options.draws, "splits": options.splits, "seed": seed},
    }
    versions = {name: importlib.metadata.version(name) for name in ("numpy", "scipy")}
    path_name = Path(found.human.path).name
    return Provenance(
        "people",
        items=path_name,
        scores=None if path is None else path.resolve().name,
        checkpoint_sha256=_hashes(scores) or None,
        options=chosen,
        exclusions=tuple(note.replace(found.human.path, path_name) for note in found.matched.notes),
        versions=package() | versions,
    )


def _write(found: Comparison, about: Provenance, folder: Path) -> None:
    from ..figures import save_figures
    from ..people.tables import write_compare, write_items, write_responses, write_summary
    from ..report.people import SCRIPT, write_people_report, write_r_script

    with named_for(folder, "cannot be written"):
        write_compare(found, folder / "compare.csv")
        write_items(found, folder / "items.csv")
        if found.human.participants:
            write_responses(found, folder / "responses.csv")
        write_summary(found, about, folder / "summary.json")
        write_r_script(found, folder / SCRIPT)
        figures = save_figures("people", folder / "figures", found)
        write_people_report(found, about, folder / "report.html", figures)
