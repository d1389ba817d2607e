"""``fairseq-phonology analyze``: from an attention dump to tables, figures, a verdict and a report."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from ..analysis.design.conditions import RESPONSES, Conditions
from ..errors import InputError
from ..registry import load_user_dir
from .wiring import options
from .wiring.terminal import say, say_over_models, say_written

if TYPE_CHECKING:
    from ..analysis.pipeline.attention import AttentionStudy

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
        nargs="*",
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
        process_required=False,
    )
    _add_conditions(parser)
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


def _add_conditions(parser: argparse.ArgumentParser) -> None:
    """A condition of the user's in place of a process: --grammar and --process need not be given then."""
    add = parser.add_argument_group(
        "conditions",
        "compare the levels of a column of --stimuli, with items random; --grammar and --process may be left out",
    ).add_argument
    add("--condition", metavar="COLUMN", help="column of --stimuli (or of --scores) that has the levels")
    add("--levels", metavar="A,B,...", help="the levels that are compared, in order (default: all, as in the list)")
    add(
        "--contrast",
        action="append",
        default=[],
        metavar="TEXT",
        help="what is tested, as in 'a - c' or 'a + c - 2 b': weights that sum to 0, two-sided; may be repeated "
        "(default: every level against every later one)",
    )
    add(
        "--item",
        metavar="COLUMN",
        help="column of the items: each in all levels (within) or in one (between) (default: item, if the list has it; "
        "else every word is its own item)",
    )
    add(
        "--response",
        choices=RESPONSES,
        help="what is compared: the log-odds of attention at --look-at, those of --candidate in --scores, or whether "
        "the whole word is right (default: attention; with --scores, log-odds)",
    )
    add(
        "--look-at",
        metavar="WHERE",
        help="the position whose weight is compared: a column of positions in the UR, from 0, one or several with "
        "blanks between (trigger: the column trigger_index); or word-initial, word-final, preceding or following (the "
        "target), 'syllable 0' (with --grammar)",
    )
    add(
        "--query",
        metavar="COLUMN",
        help="column with the position in the SR, from 0, of the segment whose step attends (default: the step that "
        "emits the segment at target_index; with --grammar and --process the decision step)",
    )
    add("--kind", choices=("cross", "encoder"), help="kind of attention (default: cross)")
    add("--scores", metavar="DIR", help="folder of `score`, of one model or several, in place of a DUMP")
    add("--candidate", metavar="VARIANT", help="the candidate whose log-odds against the item's others are compared")


def _conditions(args: argparse.Namespace) -> Conditions | None:
    """What `_add_conditions` asked for.

    Raises:
        InputError: one of its options without --condition.
    """
    names = ("levels", "contrast", "item", "response", "look_at", "query", "candidate", "kind")
    if args.condition is None:
        lone = next((name for name in names if getattr(args, name)), None)
        if lone:
            raise InputError(f"found --{lone.replace('_', '-')} without --condition COLUMN, which it is for")
        return None
    levels = tuple(level.strip() for level in (args.levels or "").split(",") if level.strip())
    given = {name: getattr(args, name) or "" for name in names[2:-1]}
    return Conditions(args.condition, levels, tuple(args.contrast), kind=args.kind or "cross", **given)


def check(args: argparse.Namespace) -> None:
    """What the options alone tell."""
    options.tests(args)
    _conditions(args)


def run(args: argparse.Namespace) -> None:
    """Read, test, draw, write; nothing is left half-written."""
    from ..analysis.contrasts.conditions import ConditionStudy
    from ..analysis.models.results import Models
    from ..analysis.pipeline.attention import FILES, analyze
    from ..analysis.pipeline.conditions import CONDITION_FILES

    tests = options.tests(args)
    if args.user_dir:
        load_user_dir(args.user_dir)
    beside = {name: getattr(args, name) for name in ("baseline", "forced", "interventions", "dynamics")}
    asked, conditions = options.question(args), _conditions(args)
    asked |= {"conditions": conditions, "scores": args.scores, "process": args.process or ""}
    dumps = args.dump or None
    found = analyze(dumps, **asked, **beside, out=args.out, options=tests, overwrite=args.overwrite, say=say)
    if isinstance(found, ConditionStudy):
        lines = [] if found.exclusions is None else [*found.exclusions.lines(), ""]
        say(*lines, *found.sentences)
        say_written(args.out, CONDITION_FILES)
    elif isinstance(found, Models):
        say_over_models(found, args.out)
    else:
        _say(found)
        say_written(args.out, FILES)


def _say(study: AttentionStudy) -> None:
    from ..analysis.contrasts.verdict import CAVEAT

    if study.exclusions is not None:
        say(*study.exclusions.lines())
    say("", study.verdict.sentence)
    for caveat in study.verdict.caveats:
        if study.interventions is None or caveat != CAVEAT:
            say(caveat)
    if study.interventions is not None:
        say("", study.interventions.verdict.sentence, *study.interventions.verdict.caveats)
