"""`analyze`: does a model attend to the trigger? From its attention dump to a folder with a report; or from several."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ...attention.dump.manifest import read_manifest
from ...attention.dump.reader import AttentionDump
from ...corpus.units import Units
from ...errors import InputError
from ...phonology.grammar import Grammar
from ...stimuli.items import Item
from ..contrasts.analyze import Options
from ..contrasts.study import Study
from ..design.conditions import Conditions
from ..interventions.run import Question
from .about import of_attention, of_models
from .beside import causal_in, check_different, dynamics_in, listed, one_for_each, results_of
from .folders import each_model, named_for, output, write_over_all
from .question import Say, question_of

if TYPE_CHECKING:
    from ..contrasts.conditions import ConditionStudy
    from ..dynamics.tables import RunSummary
    from ..interventions.effects import Causal
    from ..models.results import Models, Use
    from ..report.sections.explorer import ExplorerData

FILES = (
    ("report.html", "everything on one page, to open in a browser"),
    ("summary.json", "the verdict, and the claims and the largest head of every family"),
    ("heads.csv", "every contrast for every head"),
    ("words.csv", "every word: the model's SR, its cell, whether it is right"),
    ("regions.csv", "the weight of each head on word edges, neighbors, syllables"),
    ("window.csv", "the weight of each head, position by position around the target"),
    ("events.csv.gz", "every word x head, for R"),
    ("figures/", "the report's figures, PNG and SVG"),
)
Dump = str | Path | AttentionDump
Beside = str | Path | Sequence[str | Path] | None


@dataclass
class AttentionStudy(Study):
    """A `Study`, and what other verbs found of the same model.

    Attributes:
        interventions: what `intervene` found, judged beside the attention; None if it was not given.
        dynamics: what `dynamics` found of the run that the model is from; None if it was not given.
    """

    interventions: Causal | None = None
    dynamics: RunSummary | None = None


class _Model(NamedTuple):
    """What was given of one model; None where nothing was."""

    dump: Dump
    baseline: Dump | None
    forced: Dump | None
    interventions: Path | None
    dynamics: str | Path | None

    @property
    def dumps(self) -> tuple[Dump | None, ...]:
        """What holds attention."""
        return self[:3]

    @property
    def path(self) -> Path:
        """Of its dump."""
        return _path(self.dump)


def analyze(
    dumps: Dump | Sequence[Dump] | None = None,
    grammar: str | Path | Grammar | None = None,
    process: str = "",
    stimuli: str | Path | Sequence[Item] | None = None,
    out: str | Path | None = None,
    *,
    conditions: Conditions | None = None,
    scores: str | Path | None = None,
    options: Options | None = None,
    baseline: Dump | Sequence[Dump] | None = None,
    forced: Dump | Sequence[Dump] | None = None,
    interventions: Beside = None,
    dynamics: Beside = None,
    units: Units | None = None,
    overwrite: bool = False,
    say: Say | None = None,
) -> AttentionStudy | Models | ConditionStudy:
    """Does a model, or do several, attend to the trigger of a process?

    Args:
        dumps: of one model over the words; or a list, each of another model over the same words.
        grammar: a grammar or its file; it derives the gold SRs.
        process: its name.
        stimuli: the design or any list of words, or its file; None for every word of the dump that undergoes the
            process, which is a description, not a test of the process.
        out: new folder for tables, figures and report: see `FILES`; with several models one folder for each, and the
            files over all of them. None: nothing is written.
        conditions: compare the levels of a column of the list instead: see `analyze_conditions`, which then is what is
            done, with a grammar and a process or without.
        scores: folder of `score`, for conditions, in place of dumps.
        options: of the tests.
        baseline: the same words through the same model with fresh weights, under forced decoding; of several models one
            for each.
        forced: the same words through the same model under forced decoding: the tests over all stems; one for each.
        interventions: folder that `intervene` made of the same model and process; of several models the folder of all
            of them, or one for each.
        dynamics: folder that `dynamics` made of the run that the model is from; one for each.
        units: how the file of stimuli is written; by default segments with blanks between.
        overwrite: replace a folder that `analyze` made earlier.
        say: receives a line for each step.

    Returns:
        The study of one dump; of several what may be said of all models; of conditions what was found between levels.

    Raises:
        InputError: files that cannot be used, dumps that do not belong together, a design that is too small. Nothing
            is left half-written.
    """
    options = options or Options()
    if conditions is not None or scores is not None:
        beside = {"baseline": baseline, "forced": forced, "interventions": interventions, "dynamics": dynamics}
        return _conditions(conditions, dumps, stimuli, out, beside, scores=scores, grammar=grammar, process=process,
                           options=options, units=units, overwrite=overwrite, say=say)  # fmt: skip
    if dumps is None or grammar is None or not process:
        raise InputError("needs a DUMP, --grammar and --process; or --condition, which needs none of the last two")
    models = _models(listed(dumps), interventions, baseline=baseline, forced=forced, dynamics=dynamics)
    folder = output(out, overwrite, "analyze", FILES)
    question = question_of(grammar, process, stimuli, options.include, units, say)
    if len(models) == 1:
        with folder as place:
            found = _one(question, options, models[0], place)
        _say_unmarked(models, say)
        return found
    _check(models, question)
    _say_unmarked(models, say)
    where = listed(interventions) or []
    # the folder that has the test over models; none where each model was given its own
    tested_in = Path(os.path.abspath(where[0])).name if len(where) == 1 else ""
    with folder as place:
        return _all(question, options, models, place, tested_in, say)


def _say_unmarked(models: Sequence[_Model], say: Say | None) -> None:
    """A baseline is of fresh weights; a manifest that does not tell is no reason to refuse it."""
    for path in (model.baseline for model in models if say and model.baseline is not None):
        if _manifest(path).get("updates") is None:
            say(
                f"note: {_path(path)} does not tell whether its model was trained: --baseline asks for fresh weights "
                "(fairseq-phonology untrained)"
            )


def _conditions(
    conditions: Conditions | None,
    dumps: Dump | Sequence[Dump] | None,
    stimuli: str | Path | Sequence[Item] | None,
    out: str | Path | None,
    beside: Mapping[str, object],
    **how: Any,
) -> ConditionStudy:
    """What `analyze` does with conditions."""
    from .conditions import analyze_conditions

    if conditions is None:
        raise InputError("--scores is for --condition, which is missing")
    foreign = next((name for name, given in beside.items() if given is not None), None)
    if foreign:
        raise InputError(f"found --{foreign} with --condition; allowed: one of them")
    if stimuli is not None and not isinstance(stimuli, str | Path):
        raise InputError("with conditions, stimuli is the file of the list")
    return analyze_conditions([] if dumps is None else listed(dumps), conditions, stimuli, out, **how)


def _models(dumps: Sequence[Dump], interventions: Beside, **given: Dump | Sequence[Dump] | None) -> list[_Model]:
    """What was given of each model; its interventions are found by its checkpoint.

    Raises:
        InputError: an option that has not one for each; interventions on another model.
    """
    if not dumps:
        raise InputError("no attention dump was given")
    each = {name: one_for_each(f"--{name}", one, len(dumps)) for name, one in given.items()}
    checkpoints = [None if interventions is None else _manifest(dump).get("checkpoint_sha256") for dump in dumps]
    found = results_of("--interventions", interventions, [_path(dump) for dump in dumps], checkpoints)
    each["interventions"] = [path and (path.parent if path.name == "summary.json" else path) for path in found]
    return [_Model(dump, **{name: one[n] for name, one in each.items()}) for n, dump in enumerate(dumps)]


def _one(
    question: Question, options: Options, model: _Model, folder: Path | None, name: str = "", one_of: int | None = None
) -> AttentionStudy:
    """The study of one model.

    Args:
        folder: for its files; None: nothing is written.
        name: of the model, where there are several.
        one_of: how many they are.

    Raises:
        InputError: dumps that cannot be used, or do not belong together.
    """
    from ..contrasts.analyze import analyze as study_of
    from ..contrasts.tables import summary
    from ..interventions.analyze import with_attention
    from ..report import explorer_data

    with named_for(model.path, "cannot be read"), ExitStack() as stack:
        dump, *others = (None if each is None else stack.enter_context(_open(each)) for each in model.dumps)
        asked = question.process, dump.manifest, question.coverage
        causal, learned = causal_in(model.interventions, *asked), dynamics_in(model.dynamics, *asked)  # before the work
        try:
            found = study_of(dump, question.grammar, question.process, question.items, *others, options)
        except InputError as error:  # a message without a place is about the design
            message = f"model {name}: {error.message}" if name and not error.path else error.message
            raise InputError(message, error.path or question.stimuli, error.line) from None
        dumps = {"baseline": model.baseline, "forced": model.forced}
        beside = {what: None if each is None else _path(each) for what, each in dumps.items()}
        beside |= {"interventions": model.interventions, "dynamics": model.dynamics}
        names = {what: Path(os.path.abspath(path)).name for what, path in beside.items() if path}
        found.provenance = of_attention(question, options, dump, found, one_of=one_of, **names)
        causal = causal and with_attention(causal, summary(found))
        explorer = None if folder is None else explorer_data(dump, found.events)
    study = AttentionStudy(**vars(found), interventions=causal, dynamics=learned)
    if folder is not None:
        _write(study, folder, explorer)
    return study


def _all(
    question: Question, options: Options, models: list[_Model], folder: Path | None, tested_in: str, say: Say | None
) -> Models:
    """Every model as if it were the only one, in a folder of its name, and all of them together."""
    from ..models.attention import compare_attention, use_of

    studies: dict[str, Study] = {}
    uses: dict[str, Use] = {}
    for model, (name, place) in zip(models, each_model(folder, [one.path for one in models], say), strict=True):
        study = _one(question, options, model, place, name, len(models))
        found = (study,) if study.interventions is None else (study, study.interventions)
        for each in found if say else ():
            say(f"  {each.verdict.sentence}")
        if study.interventions is not None:
            uses[name] = use_of(study.interventions)
        studies[name] = _compared(study)
    over_all = compare_attention(studies, options.seed, uses, tested_in)
    over_all.provenance = of_models(over_all.provenance, question, options)
    if folder is not None:
        write_over_all(over_all, folder)
    return over_all


def _check(models: list[_Model], question: Question) -> None:
    """What can be known of several models' dumps before the first of them is analyzed."""
    from ..contrasts.analyze import check_dumps

    checkpoints = []
    for model in models:
        with ExitStack() as stack:
            dumps = [None if each is None else stack.enter_context(_open(each)) for each in model.dumps]
            check_dumps(dumps[0], question.items, *dumps[1:])
            asked = question.process, dumps[0].manifest, question.coverage
            causal_in(model.interventions, *asked)
            dynamics_in(model.dynamics, *asked)
            checkpoints.append(dumps[0].manifest.get("checkpoint_sha256"))
    check_different([model.path for model in models], checkpoints)


def _compared(study: AttentionStudy) -> Study:
    """The study without what a comparison of models does not read, which is most of its size."""
    nothing = np.empty(0, np.float32)
    unused = ("raw_mass", "eos_mass", "log_ratio", "entropy", "window")
    views = [
        replace(view, regions={}, elsewhere=None, **dict.fromkeys(unused, nothing))
        for view in study.events.views
        if view.query == "decision"
    ]
    events = replace(study.events, views=views)
    families = [replace(family, evidence=None) for family in study.families]
    return replace(study, events=events, families=families, baseline=None, sensitivity=None)


def _open(dump: Dump) -> AbstractContextManager[AttentionDump]:
    if isinstance(dump, AttentionDump):
        return nullcontext(dump)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an incomplete dump is refused by name in a moment
        return AttentionDump(dump)


def _path(dump: Dump) -> Path:
    return dump.paths[0] if isinstance(dump, AttentionDump) else Path(dump)


def _manifest(dump: Dump) -> dict:
    return dump.manifest if isinstance(dump, AttentionDump) else read_manifest(Path(dump))


def _write(study: AttentionStudy, folder: Path, explorer: ExplorerData | None) -> None:
    from ..contrasts.tables import write_heads, write_summary
    from ..events.tables import write_events, write_regions, write_window, write_words
    from ..figures import save_figures
    from ..figures.attention_and_effect import head_effects
    from ..interventions.tables import causal_verdict_summary
    from ..report import write_report

    causal = study.interventions
    with named_for(folder, "cannot be written"):
        write_events(study.events, folder / "events.csv.gz")
        write_words(study.events, folder / "words.csv")
        write_regions(study.events, folder / "regions.csv")
        write_window(study.events, folder / "window.csv")
        write_heads(study.families, folder / "heads.csv")
        figures = save_figures("attention", folder / "figures", study)
        if causal is not None:
            figures |= save_figures("interventions", folder / "figures", causal, head_effects(study))
        write_summary(study, folder / "summary.json", causal and causal_verdict_summary(causal.verdict))
        write_report(folder / "report.html", study, causal, study.dynamics, figures, explorer)
