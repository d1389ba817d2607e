"""``fairseq-phonology analyze``: from an attention dump to tables, figures, a verdict and a report."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import TYPE_CHECKING

from ..analysis import pipeline_several as several
from ..analysis.contrasts.study import Study
from ..analysis.contrasts.verdict import CAVEAT
from ..analysis.pipeline_analyze import Asked, analyze_all, analyze_one, folders_of
from ..corpus.pairs import Units
from ..files import check_free, new_folder
from ..phonology.grammar import Grammar
from ..phonology.transcription import UNITS
from ..registry import load_user_dir
from ..stimuli.items import Item

if TYPE_CHECKING:
    from ..analysis.interventions.effects import Causal

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
    ("window.csv", "where the heads look, position by position around the target"),
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
    parser.add_argument(
        "--user-dir", metavar="DIR", help="a module of your own that adds figures (fairseq_phonology.register_figure)"
    )
    parser.add_argument("--out", required=True, metavar="DIR", help="new folder for tables, figures and report")
    parser.add_argument("--overwrite", action="store_true", help="replace a DIR that analyze made earlier")


def run(args: argparse.Namespace) -> None:
    """Read, test, draw, write; nothing is left half-written."""
    from ..analysis.contrasts.analyze import options_of

    options = options_of(args.permutations, args.seed, args.include)
    if args.user_dir:
        load_user_dir(args.user_dir)
    models = folders_of(args)
    ours = several.ours(args.out, _OURS)
    check_free(Path(args.out).absolute(), args.overwrite, "analyze", ours, "--out")  # before minutes of work
    grammar = Grammar.load(args.grammar)
    for name in (args.process, *args.include):
        grammar.process(name)
    notes: list[str] = []
    asked = Asked(args, grammar, _items(args, grammar, notes), options)
    out = new_folder(args.out, args.overwrite, "analyze", ours, "--out")
    if len(models) > 1:
        analyze_all(asked, models, out, notes)
        return
    study, causal = analyze_one(asked, models[0], out)
    for note in notes:
        print(note)
    _say(study, causal, args.out)


def _items(args: argparse.Namespace, grammar: Grammar, notes: list[str]) -> list[Item] | None:
    if args.stimuli is None:
        return None
    from ..stimuli.lists import read_stimuli

    units = Units(args.ur_units, args.sr_units or args.ur_units, keep_edges=True)
    return read_stimuli(args.stimuli, grammar, args.process, units, args.include, notes)


def _say(study: Study, causal: Causal | None, out: str) -> None:
    if study.exclusions is not None:
        for cell, (all, kept) in study.exclusions.cells.items():
            print(f"{cell}  {kept:>6,} of {all:>6,} events with the gold segment at the decision step")
        for unit, (lost, of) in study.exclusions.stems_excluded.items():
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
