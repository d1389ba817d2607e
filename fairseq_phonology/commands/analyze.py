"""``fairseq-phonology analyze``: from an attention dump to tables, figures, a verdict and a report."""

from __future__ import annotations

import argparse

from ..analysis.contrasts.verdict import CAVEAT
from ..analysis.models.results import Models
from ..analysis.pipeline.attention import FILES, AttentionStudy, analyze
from ..registry import load_user_dir
from .wiring import options
from .wiring.terminal import say_over_models, say_written

EXAMPLE = (
    "fairseq-phonology analyze attention --grammar user_dir_examples/korean_nasalization/korean.toml "
    "--process obstruent-nasalization --stimuli stimuli.tsv --out analysis"
)
_EACH = "of several models one for each, in the same order"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb's options."""
    add = parser.add_argument
    add(
        "dump",
        nargs="+",
        metavar="DUMP",
        help="folder that fairseq-generate --save-attention wrote; or several, each of another model over the same "
        "words: then each model is analyzed, and all are tested together, with the model as the unit",
    )
    options.add_question(
        parser,
        "the words and their design, from `stimuli` or your own: id, ur, then any columns; stem, suffix, target_class, "
        "trigger_class, target_index and trigger_index describe the design, and all columns are copied into the tables "
        "(default: every word of the dump that undergoes the process, which is a description, no test of the process)",
        required=False,
    )
    add(
        "--baseline",
        nargs="+",
        metavar="DUMP",
        help=f"the same words through fresh weights (`untrained`), written with --score-reference; {_EACH}",
    )
    add(
        "--forced",
        nargs="+",
        metavar="DUMP",
        help="the same words through the same model with --score-reference: the tests are repeated over all stems, "
        f"also those with errors; {_EACH}",
    )
    add(
        "--interventions",
        nargs="+",
        metavar="DIR",
        help="folder that `intervene` made of the same model and process: the report then also says whether and by "
        "which route the model uses the trigger; of several models the folder of all of them, or one for each",
    )
    add(
        "--dynamics",
        nargs="+",
        metavar="DIR",
        help="folder that `dynamics` made of the run that the model is from: the report then also describes the "
        f"training; {_EACH}",
    )
    options.add_tests(parser)
    add("--user-dir", metavar="DIR", help="folder of a module that adds figures (fairseq_phonology.register_figure)")
    options.add_out(parser, "analyze", ("tables", "figures", "report"))


def run(args: argparse.Namespace) -> None:
    """Read, test, draw, write; nothing is left half-written."""
    tests = options.tests(args)
    if args.user_dir:
        load_user_dir(args.user_dir)
    beside = {name: getattr(args, name) for name in ("baseline", "forced", "interventions", "dynamics")}
    asked = options.question(args)
    found = analyze(args.dump, **asked, **beside, out=args.out, options=tests, overwrite=args.overwrite, say=print)
    if isinstance(found, Models):
        say_over_models(found, args.out)
    else:
        _say(found)
        say_written(args.out, FILES)


def _say(study: AttentionStudy) -> None:
    if study.exclusions is not None:
        print("\n".join(study.exclusions.lines()))
    print(f"\n{study.verdict.sentence}")
    for caveat in study.verdict.caveats:
        if study.interventions is None or caveat != CAVEAT:
            print(caveat)
    if study.interventions is not None:
        print("", study.interventions.verdict.sentence, *study.interventions.verdict.caveats, sep="\n")
