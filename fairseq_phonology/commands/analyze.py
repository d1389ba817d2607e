"""``fairseq-phonology analyze``: from an attention dump to tables, figures, a verdict and a report."""

from __future__ import annotations

import argparse
import os
import re
import warnings
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ..analysis.claims import CAVEAT
from ..analysis.study import Study
from ..attention.dump import AttentionDump
from ..attention.manifest import read_manifest
from ..folders import check_free, new_folder
from ..phonology.corpus import Units
from ..phonology.errors import InputError
from ..phonology.grammar import Grammar
from ..phonology.items import Item
from ..phonology.transcription import UNITS
from . import several
from .analysis_facts import facts_of, facts_of_models
from .beside import causal_in, learned_in
from .same_model import checkpoint_of_interventions, results_of

if TYPE_CHECKING:
    from ..analysis.analyze import Options
    from ..analysis.causal import Causal
    from ..analysis.dynamics_reading import Learned

EXAMPLE = (
    "fairseq-phonology analyze attention --grammar user_dir_examples/korean_nasalization/korean.toml "
    "--process obstruent-nasalization --stimuli stimuli.tsv --out analysis"
)
FILES = (
    ("report.html", "everything on one page, to open in a browser"),
    ("summary.json", "the verdict, and the claims and the largest head of every family"),
    ("heads.csv", "every contrast for every head"),
    ("words.csv", "every word: what the model made of it"),
    ("regions.csv", "where else the heads look: word edges, neighbors, syllables"),
    ("events.csv.gz", "every word x head, for R"),
    ("figures/", "the report's figures, PNG and SVG"),
)
_OURS = re.compile("|".join(re.escape(name.rstrip("/")) for name, _ in FILES))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb's options."""
    parser.add_argument(
        "dump",
        nargs="+",
        metavar="DUMP",
        help="folder that fairseq-generate --save-attention wrote; several, each of another model over the same "
        "words: every model by itself, then all together, with the model as the unit",
    )
    parser.add_argument("--grammar", required=True, metavar="FILE", help="grammar file (TOML)")
    parser.add_argument("--process", required=True, metavar="NAME", help="the process that is asked about")
    parser.add_argument(
        "--stimuli",
        metavar="TSV",
        help="the words and their design, from `stimuli` or your own: id, ur, then any columns; those called stem, "
        "suffix, target_class, trigger_class, target_index and trigger_index have a meaning, all travel into the "
        "tables (default: every word of the dump that undergoes the process; a description, no test of the process)",
    )
    parser.add_argument(
        "--ur-units", choices=UNITS, default="space", help="how the URs of that list are written (default: space)"
    )
    parser.add_argument("--sr-units", choices=UNITS, help="how its SRs are written (default: as --ur-units)")
    parser.add_argument(
        "--baseline",
        nargs="+",
        metavar="DUMP",
        help="the same words through fresh weights (`untrained`), written with --score-reference; of several models "
        "one for each, in their order",
    )
    parser.add_argument(
        "--forced",
        nargs="+",
        metavar="DUMP",
        help="the same words through the same model with --score-reference: the tests over all stems, errors included; "
        "of several models one for each, in their order",
    )
    parser.add_argument(
        "--interventions",
        nargs="+",
        metavar="DIR",
        help="folder that `intervene` made of the same model and process: the report says whether the trigger is used, "
        "too, and by which route; of several models the folder that `intervene` made of them, or one for each",
    )
    parser.add_argument(
        "--dynamics",
        nargs="+",
        metavar="DIR",
        help="folder that `dynamics` made of the run that the model is from: the report says when it was learned, too; "
        "of several models one for each, in their order",
    )
    parser.add_argument(
        "--with", dest="include", action="append", default=[], metavar="NAME", help="an optional process that applies"
    )
    parser.add_argument(
        "--permutations", type=int, default=9999, metavar="B", help="relabelings of each test (default: 9999)"
    )
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="of relabelings and resampling (default: 1)")
    parser.add_argument("--out", required=True, metavar="DIR", help="new folder for tables, figures and report")
    parser.add_argument("--overwrite", action="store_true", help="replace a DIR that analyze made earlier")


def run(args: argparse.Namespace) -> None:
    """Read, test, draw, write; nothing is left half-written."""
    from ..analysis.analyze import options_of

    options = options_of(args.permutations, args.seed, args.include)
    models = _models(args)
    ours = several.ours(args.out, _OURS)
    check_free(Path(args.out).absolute(), args.overwrite, "analyze", ours, "--out")  # before minutes of work
    grammar = Grammar.load(args.grammar)
    for name in (args.process, *args.include):
        grammar.process(name)
    notes: list[str] = []
    asked = _Asked(args, grammar, _items(args, grammar, notes), options)
    out = new_folder(args.out, args.overwrite, "analyze", ours, "--out")
    if len(models) > 1:
        _several(asked, models, out, notes)
        return
    study, causal = _one(asked, models[0], out)
    for note in notes:
        print(note)
    _say(study, causal, args.out)


class _Paths(NamedTuple):
    """Of one model: the folder of each option; None where there is none."""

    dump: str
    baseline: str | None
    forced: str | None
    interventions: str | None
    dynamics: str | None

    @property
    def dumps(self) -> tuple[str | None, ...]:
        return self[:3]


class _Asked(NamedTuple):
    """What is the same for every model."""

    args: argparse.Namespace
    grammar: Grammar
    items: list[Item] | None
    options: Options


def _models(args: argparse.Namespace) -> list[_Paths]:
    """The folders of each model, those of `intervene` found by its checkpoint."""
    names = ("baseline", "forced", "dynamics")
    *dumps, runs = (several.one_for_each(f"--{name}", getattr(args, name), args.dump) for name in names)
    asked = args.interventions is not None
    checkpoints = [read_manifest(Path(path)).get("checkpoint_sha256") if asked else None for path in args.dump]
    found = results_of("--interventions", args.interventions, args.dump, checkpoints, checkpoint_of_interventions)
    folders = [path and str(path.parent if path.name == "summary.json" else path) for path in found]
    return [_Paths(*paths) for paths in zip(args.dump, *dumps, folders, runs, strict=True)]


def _one(
    asked: _Asked, paths: _Paths, out: AbstractContextManager[Path], model: str = ""
) -> tuple[Study, Causal | None]:
    """The study of one model, and what interventions on it found; its files are in the folder that ``out`` opens."""
    from ..analysis.analyze import analyze
    from ..analysis.routes import with_attention
    from ..analysis.summary import summary

    args = asked.args
    with ExitStack() as stack:
        dump, *others = (stack.enter_context(_open(path)) if path else None for path in paths.dumps)
        causal = causal_in(paths.interventions, args.process, dump.manifest)  # before the work
        dynamics = learned_in(paths.dynamics, args.process, dump.manifest)
        try:
            study = analyze(dump, asked.grammar, args.process, asked.items, *others, asked.options)
        except InputError as error:  # what says nothing of where is about the design
            message = f"model {model}: {error.message}" if model and not error.path else error.message
            raise InputError(message, error.path or args.stimuli, error.line) from None
        study.facts = facts_of(args, asked.grammar, dump, study, *paths.dumps[1:])
        if causal is not None:
            causal = with_attention(causal, summary(study))
        beside = {"interventions": paths.interventions, "dynamics": paths.dynamics}
        study.facts |= {name: Path(os.path.abspath(path)).name for name, path in beside.items() if path}
        try:
            with out as folder:
                _write(study, dump, folder, causal, dynamics)
        except OSError as error:
            raise InputError(f"cannot be written: {error.strerror or error}", args.out) from None
    return study, causal


def _several(asked: _Asked, models: list[_Paths], out: AbstractContextManager[Path], notes: list[str]) -> None:
    """Every model as if it were the only one, in a folder of its name, and all of them together."""
    from ..analysis.models import compare_models

    _check(models, asked.items, asked.args.process)
    for note in notes:
        print(note)
    studies: dict[str, Study] = {}
    try:
        with out as folder:
            for name, paths in several.each(models):
                study, causal = _one(asked, paths, several.folder_of(folder, name), name)
                print(f"  {study.verdict.sentence}")
                if causal is not None:
                    print(f"  {causal.verdict.sentence}")
                studies[name] = several.compared(study)
            over_all = compare_models(studies, asked.options.seed)
            over_all.facts |= facts_of_models(asked.args, asked.grammar)
            several.write_over_all(over_all, folder)
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror or error}", asked.args.out) from None
    several.say_over_all(over_all, asked.args.out)


def _check(models: list[_Paths], items: list[Item] | None, process: str) -> None:
    """What can be known of several models' dumps before the first of them is analyzed."""
    from ..analysis.analyze import check_dumps

    checkpoints = []
    for paths in models:
        with ExitStack() as stack:
            dumps = [stack.enter_context(_open(path)) if path else None for path in paths.dumps]
            checkpoints.append(dumps[0].manifest.get("checkpoint_sha256"))
            check_dumps(dumps[0], items, *dumps[1:])
            causal_in(paths.interventions, process, dumps[0].manifest)
            learned_in(paths.dynamics, process, dumps[0].manifest)
    several.check_different([path for path, *_ in models], checkpoints)


def _open(path: str) -> AttentionDump:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an incomplete dump is refused by name in a moment
        return AttentionDump(path)


def _items(args: argparse.Namespace, grammar: Grammar, notes: list[str]):
    if args.stimuli is None:
        return None
    from ..phonology.stimulus_list import read_stimuli

    units = Units(args.ur_units, args.sr_units or args.ur_units, keep_edges=True)
    return read_stimuli(args.stimuli, grammar, args.process, units, args.include, notes)


def _write(study: Study, dump: AttentionDump, folder: Path, causal: Causal | None, dynamics: Learned | None) -> None:
    from ..analysis.event_table import write_events, write_regions, write_words
    from ..analysis.figures import looks_of, save_causal_figures, save_figures
    from ..analysis.report import explorer_data, write_report
    from ..analysis.summary import write_heads, write_summary

    write_events(study.events, folder / "events.csv.gz")
    write_words(study.events, folder / "words.csv")
    write_regions(study.events, folder / "regions.csv")
    write_heads(study.families, folder / "heads.csv")
    figures = save_figures(study, folder / "figures")
    if causal is not None:
        figures |= save_causal_figures(causal, folder / "figures", looks_of(study))
    write_summary(study, folder / "summary.json", causal)
    write_report(study, folder / "report.html", figures, explorer_data(dump, study.events), causal, dynamics)


def _say(study: Study, causal: Causal | None, out: str) -> None:
    if study.losses is not None:
        for cell, (all, kept) in study.losses.cells.items():
            print(f"{cell}  {kept:>6,} of {all:>6,} events with the gold segment at the decision step")
        for unit, (lost, of) in study.losses.stems_lost.items():
            if lost:
                units, whose = ("real words", "their 2 x 2") if unit == "word" else (f"stems of class {unit}", "theirs")
                print(f"left out: {lost:,} of {of:,} {units} (a word of {whose} was wrong at the decision step)")
    print(f"\n{study.verdict.sentence}")
    caveats = [each for each in study.verdict.caveats if causal is None or each != CAVEAT]
    for caveat in caveats:
        print(caveat)
    if causal is not None:
        print(f"\n{causal.verdict.sentence}")
        for caveat in causal.verdict.caveats:
            print(caveat)
    print(f"\nwritten: {out}")
    for name, what in FILES:
        print(f"  {name:<16}{what}")
