"""``fairseq-phonology compare``: what models say of candidates beside what people did."""

from __future__ import annotations

import argparse
import re

from ..analysis.people.comparison import DRAWS, SPLITS, CompareOptions
from ..analysis.people.matching import MEASURES
from ..corpus.tables import SEPARATORS
from ..corpus.units import Units
from ..errors import InputError
from ..phonology.transcription import UNITS
from .wiring import options
from .wiring.numbers import Number
from .wiring.terminal import say, say_written

EXAMPLE = "fairseq-phonology compare scores --human people.tsv --out people"
_COLUMNS = {  # of the human table, in the order of the help
    "item": "names of the items",
    "ur": "UR of the item, where no column names the items",
    "sr": "the candidate, by its form",
    "variant": "the candidate, by its label",
    "k": "how many responses were this candidate",
    "n": "of how many responses",
    "proportion": "k / n",
    "rating": "mean rating; with participants the rating of a trial",
    "sd": "standard deviation of the ratings that a mean is of",
    "participant": "who responded: then a row is a trial",
    "choice": "the candidate that a participant chose, by form or label",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb's options."""
    add = parser.add_argument
    add("scores", nargs="+", metavar="SCORES", help="folder that `score` wrote, with all models in it")
    add(
        "--human",
        required=True,
        metavar="TSV",
        help="people's responses: k and n of each candidate, proportions with n, mean ratings, or one row per "
        "participant and trial; matched with the scores by item and candidate",
    )
    for name, what in _COLUMNS.items():
        add(f"--{name}-column", default="", metavar="COLUMN", help=f"{what}: its name, or its number from 1")
    add(
        "--header",
        action=argparse.BooleanOptionalAction,
        help="the first line of the table is a header, or is a row (default: as its cells look)",
    )
    add("--separator", choices=SEPARATORS, help="what separates its columns (default: as the lines look)")
    add("--scale", metavar="LOW-HIGH", help="lowest and highest rating (default: 1-7)")
    add("--of", default="", metavar="VARIANT", help="the variant that all rows are about, where no column says it")
    add(
        "--separate",
        action="store_true",
        help="counts are of yes/no judgments of each candidate by itself, not of choices among an item's candidates",
    )
    add("--repeated", action="store_true", help="a participant may respond to the same candidate several times")
    add(
        "--within-participants",
        choices=("center", "z"),
        default="",
        help="take each participant's own mean off the ratings (center), and divide by the deviation (z), where "
        "participants use the scale differently and rated different candidates",
    )
    add(
        "--measure",
        choices=MEASURES,
        default="share",
        help="what a model says: log-odds of the candidate's share among its item's candidates, or log-probability "
        "(default: share)",
    )
    add("--variant", default="", metavar="VARIANT", help="which of two variants is the first (default: the first one)")
    add(
        "--baseline",
        action="append",
        default=[],
        metavar="COLUMN",
        help="a column of either table that predicts the responses, to be beaten; may be repeated",
    )
    add("--training", metavar="LIST", help="the training pairs, for the baseline of training frequency")
    add("--training-units", choices=UNITS, default="space", help="how they are written (default: space)")
    add("--untrained", metavar="SCORES", help="scores of models with fresh weights (`untrained`), a baseline")
    add("--family", default="", metavar="COLUMN", help="items that are alike: drawn and left out together")
    add(
        "--draws",
        type=Number(100, 1_000_000),
        default=DRAWS,
        metavar="N",
        help=f"bootstrap samples of each kind (default: {DRAWS:,})",
    )
    options.add_tests(parser)
    options.add_out(parser, "compare", ("tables", "figures", "report", "an R script"))


def run(args: argparse.Namespace) -> None:
    """Read, match, compare, write; nothing is left half-written."""
    from ..analysis.people.columns import HumanColumns
    from ..analysis.pipeline.people import FILES, compare, one_folder

    check(args)
    columns = {name: getattr(args, f"{name}_column") for name in _COLUMNS}
    chosen = CompareOptions(
        measure=args.measure,
        variant=args.variant,
        baselines=tuple(args.baseline),
        family=args.family,
        draws=args.draws,
        splits=SPLITS,
    )
    found = compare(
        one_folder(args.scores),
        args.human,
        args.out,
        columns=HumanColumns(**columns, header=args.header, separator=args.separator),
        scale=_scale(args.scale),
        of=args.of,
        repeated=args.repeated,
        within=args.within_participants,
        separate=args.separate,
        options=chosen,
        training=args.training,
        training_units=Units(args.training_units, args.training_units),
        untrained=args.untrained,
        seed=args.seed,
        overwrite=args.overwrite,
        say=say,
    )
    say("", found.sentence, *found.caveats)
    say_written(args.out, [file for file in FILES if file[0] != "responses.csv" or found.human.participants])


def check(args: argparse.Namespace) -> None:
    """What the options alone tell."""
    _scale(args.scale)


def _scale(text: str | None) -> tuple[float, float] | None:
    if text is None:
        return None
    ends = re.fullmatch(r"(-?\d+(?:\.\d+)?)-(-?\d+(?:\.\d+)?)", text.replace(" ", ""))
    if ends is None or float(ends[1]) >= float(ends[2]):
        raise InputError(f"--scale is {text!r}; allowed: LOW-HIGH, as in 1-7")
    return float(ends[1]), float(ends[2])
