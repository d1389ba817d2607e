"""`intervene`: does a model use the trigger, and by which route? From its checkpoint to a folder; or from several."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ...corpus.units import Units
from ...errors import InputError
from ...phonology.grammar import Grammar
from ...stimuli.items import Item
from ..contrasts.analyze import Options
from ..interventions.effects import AttentionSummary, Causal
from ..interventions.kinds import CONTROLS
from ..interventions.record import RECORD
from ..interventions.run import Interventions, Question, Running
from ..models.results import Models
from ..provenance import Provenance
from .about import of_interventions, of_models
from .beside import check_different, check_part, listed, results_of, sha256
from .folders import each_model, named_for, output, write_over_all
from .question import Say, question_of
from .single_runs import SingleRun, read_single_runs

if TYPE_CHECKING:
    from ..events.events import Head
    from ..figures.attention_and_effect import HeadEffects

FILES = (
    ("report.html", "everything on one page, to open in a browser"),
    ("summary.json", "the verdict and the numbers it rests on"),
    ("effects.csv", "every intervention at the trigger: its effect and its tests"),
    ("interventions.csv.gz", "every word x intervention, for R"),
    (RECORD, "the same in full precision, from which intervene puts models together"),
    ("words.csv", "every word: the model's choices under forced decoding of the gold SR"),
    ("figures/", "the routes, and attention against effect, PNG and SVG"),
)


@dataclass
class InterventionStudy(Causal):
    """A `Causal`, and what it rests on: ``found``, the log-odds of every word after every intervention."""

    found: Interventions | None = None


class _Model(NamedTuple):
    """One model.

    Attributes:
        path: by which the user named it: its checkpoint, or the folder of a run on it alone.
        checkpoint: its file, or the name of that.
        sha256: of the checkpoint.
        attention: ``summary.json`` of `analyze` about it.
        run: what is in that folder; None: of a checkpoint.
    """

    path: str | Path
    checkpoint: str | Path
    sha256: str
    attention: Path | None
    run: SingleRun | None


class _How(NamedTuple):
    """The same for every model: of the tests, of running, is the same made at other segments head by head, too?"""

    options: Options
    running: Running
    controls: str


def intervene(
    checkpoints: str | Path | Sequence[str | Path],
    grammar: str | Path | Grammar,
    process: str,
    stimuli: str | Path | Sequence[Item],
    out: str | Path | None = None,
    *,
    options: Options | None = None,
    running: Running | None = None,
    controls: str = "heads",
    attention: str | Path | Sequence[str | Path] | None = None,
    units: Units | None = None,
    overwrite: bool = False,
    say: Say | None = None,
) -> InterventionStudy | Models:
    """Does a model, or do several, use the trigger of a process?

    Args:
        checkpoints: a file of fairseq-train; or a list, each of another model; or, in their place, folders that
            `intervene` made of one model each, with the same words and options: no model is run again, torch is not
            needed, and the results are those of one call on all checkpoints.
        grammar: a grammar or its file; it derives the gold SRs.
        process: its name.
        stimuli: words with their design, or their file; they need not be binarized.
        out: new folder for tables, figures and report: see `FILES`; with several models one folder for each, and the
            files over all of them. None: nothing is written.
        options: of the tests.
        running: how the checkpoints are run.
        controls: ``heads``: interchange other segments in each layer and head, too; ``all``: in all heads
            together only, several times faster, without controls for single heads.
        attention: ``summary.json`` of `analyze` for the same model; of several models the folder of all of them, or
            one for each.
        units: how the file of stimuli is written; by default segments with blanks between.
        overwrite: replace a folder that `intervene` made earlier.
        say: receives a line for each step.

    Returns:
        The study of one model; of several what may be said of all.

    Raises:
        InputError: files that cannot be used, a model or a word that cannot be intervened on. Nothing is left
            half-written.
    """
    if controls not in CONTROLS:
        raise InputError(f"controls is {controls!r}; allowed: {' or '.join(CONTROLS)}")
    how = _How(options or Options(), running or Running(), controls)
    folder = output(out, overwrite, "intervene", FILES)
    question = question_of(grammar, process, stimuli, how.options.include, units, say)
    models = _models(listed(checkpoints), attention)
    if len(models) == 1:
        with folder as place:
            return _one(question, how, models[0], place)
    _check(question, how, models)
    with folder as place:
        return _all(question, how, models, place, say)


def _models(checkpoints: Sequence[str | Path], attention: str | Path | Sequence[str | Path] | None) -> list[_Model]:
    """What was given of each model; its attention is found by its checkpoint.

    Raises:
        InputError: no such checkpoint; attention of other models.
    """
    if not checkpoints:
        raise InputError("no checkpoint was given")
    runs = read_single_runs(checkpoints)
    if not runs:
        _check_files(checkpoints)
    own = [(run.about.checkpoint or "", run.about.model) for run in runs] or [(c, sha256(c)) for c in checkpoints]
    about = results_of("--attention", attention, checkpoints, [each for _, each in own])
    each = zip(checkpoints, own, about, runs or [None] * len(own), strict=True)
    return [_Model(path, *model, summary, run) for path, model, summary, run in each]


def _check_files(checkpoints: Sequence[str | Path]) -> None:
    from ...loading import check_file

    for path in checkpoints:
        if os.pathsep not in str(path):  # an ensemble is refused by what loads it
            check_file(path)


def _one(
    question: Question, how: _How, model: _Model, folder: Path | None, one_of: int | None = None
) -> InterventionStudy:
    """The study of one model, or of one of several; its files are in the folder, if there is one."""
    from ..interventions.analyze import analyze_interventions
    from ..interventions.run import interventions_in
    from ..interventions.verdict import causal_verdict

    attention, responses = _attention(model, question)  # before the work
    if model.run is None:
        found = interventions_in(model.checkpoint, question, how.running, how.controls == "heads")
    else:
        found = model.run.found
    language = question.grammar.language
    study = analyze_interventions(found, question.process, language, attention, how.options.seed)
    if model.run is not None:
        model.run.check_results(study)
    study.provenance = _about(question, how, model, one_of)
    study.verdict = causal_verdict(study)  # with what the words are about
    whole = InterventionStudy(**vars(study), found=found)
    if folder is not None:
        _write(whole, responses, folder)
    return whole


def _about(question: Question, how: _How, model: _Model, one_of: int | None = None) -> Provenance:
    of = model.checkpoint, model.sha256, model.attention
    return of_interventions(question, how.options, how.controls, *of, one_of)


def _all(question: Question, how: _How, models: list[_Model], folder: Path | None, say: Say | None) -> Models:
    """Every model as if it were the only one, in a folder of its name, and all of them together."""
    from ..models.interventions import compare_interventions

    studies = {}
    paths = [model.path for model in models]
    for model, (name, place) in zip(models, each_model(folder, paths, say), strict=True):
        study = _one(question, how, model, place, len(models))
        if say:
            say(f"  {study.verdict.sentence}")
        studies[name] = study.found, study
    over_all = compare_interventions(studies, how.options.seed)
    over_all.provenance = of_models(over_all.provenance, question, how.options, controls=how.controls)
    if folder is not None:
        write_over_all(over_all, folder)
    return over_all


def _check(question: Question, how: _How, models: list[_Model]) -> None:
    """What can be known of several models before the first intervention."""
    check_different([model.path for model in models], [model.sha256 for model in models])
    for model in models:
        _attention(model, question)
    runs = [model.run for model in models if model.run is not None]
    if not runs:
        _check_loading(question, how, models)
    elif how.running != Running():
        raise InputError("--data, --batch-size, --cpu and --user-dir are for checkpoints; folders are not run again")
    for run, model in zip(runs, models, strict=bool(runs)):
        run.check_asked(question, _about(question, how, model))


def _check_loading(question: Question, how: _How, models: list[_Model]) -> None:
    from ...training.checkpoints.loaded import quiet_fairseq
    from ..interventions.run import prepare

    with quiet_fairseq():
        for model in models:
            prepare(model.checkpoint, question, how.running)


def _attention(model: _Model, question: Question) -> tuple[AttentionSummary | None, dict[Head, HeadEffects]]:
    """What `analyze` says of the same model, and of its heads; nothing where it was not asked."""
    from ..figures.attention_and_effect import read_head_effects
    from ..interventions.tables import read_attention

    if model.attention is None:
        return None, {}
    summary = read_attention(model.attention, question.process)
    check_part(summary.about, question.coverage, model.attention)
    of = summary.about.model
    if of and model.sha256 and of != model.sha256:
        raise InputError(f"is about another model (checkpoint {of[:12]}, not {model.sha256[:12]})", model.attention)
    heads = model.attention.with_name("heads.csv")
    return summary, read_head_effects(heads) if heads.is_file() else {}


def _write(study: InterventionStudy, responses: dict[Head, HeadEffects], folder: Path) -> None:
    from ..events.events import Events
    from ..events.tables import write_words
    from ..figures import save_figures
    from ..interventions.record import write_record
    from ..interventions.tables import write_causal_summary, write_effects, write_interventions
    from ..report import write_report

    with named_for(folder, "cannot be written"):
        write_interventions(study.found, folder / "interventions.csv.gz")
        write_record(study.found, folder / RECORD)
        write_words(Events(study.found.events, []), folder / "words.csv")
        write_effects(study, folder / "effects.csv")
        write_causal_summary(study, folder / "summary.json")
        figures = save_figures("interventions", folder / "figures", study, responses)
        write_report(folder / "report.html", None, study, figures=figures)
