"""``fairseq-phonology intervene``: does a model use the trigger, and by which route?"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from ..analysis.interventions.kinds import CONTROLS
from .wiring import options
from .wiring.terminal import say, say_over_models, say_written

if TYPE_CHECKING:
    from ..analysis.pipeline.interventions import InterventionStudy

EXAMPLE = (
    "fairseq-phonology intervene checkpoints/checkpoint_best.pt --data data/bin "
    "--grammar user_dir_examples/korean_nasalization/korean.toml --process obstruent-nasalization "
    "--stimuli stimuli.tsv --out interventions"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb's options."""
    add = parser.add_argument
    add(
        "checkpoint",
        nargs="+",
        metavar="CHECKPOINT",
        help="a checkpoint (*.pt) of any translation run; or several, each of another model: then each model is "
        "analyzed, and all are tested together, with the model as the unit. In place of all of them folders, each made "
        "by this verb of one model with the same words and options (on several machines, say): they are put together, "
        "without torch, to what one run over all checkpoints makes",
    )
    options.add_question(parser, "the words and their design, as for `analyze`; they need not be binarized")
    add(
        "--controls",
        choices=CONTROLS,
        default="heads",
        help="heads: control interventions, at other segments, in each layer and head, too (default); all: in all "
        "heads together only, which is several times faster and leaves single heads without a control",
    )
    add(
        "--attention",
        nargs="+",
        metavar="JSON",
        help="summary.json of `analyze` for the same model: the verdict then also says whether the model attends to "
        "the trigger, and a figure compares heads.csv beside it with the interventions; of several models the folder "
        "that `analyze` made of them, or one summary.json for each",
    )
    options.add_tests(parser)
    options.add_running(
        parser, "folder with binarized data, for the dictionaries (default: that of the checkpoint's training)"
    )
    options.add_out(parser, "intervene", ("tables", "figures", "report"))


def check(args: argparse.Namespace) -> None:
    """What the options alone tell."""
    options.tests(args)
    options.running(args)


def run(args: argparse.Namespace) -> None:
    """Read, intervene, test, write; nothing is left half-written."""
    from ..analysis.models.results import Models
    from ..analysis.pipeline.interventions import FILES, intervene

    how = {"options": options.tests(args), "running": options.running(args), "controls": args.controls}
    asked = options.question(args) | {"attention": args.attention}
    found = intervene(args.checkpoint, **asked, out=args.out, **how, overwrite=args.overwrite, say=say)
    if isinstance(found, Models):
        say_over_models(found, args.out)
    else:
        _say(found)
        say_written(args.out, FILES)


def _say(study: InterventionStudy) -> None:
    from ..analysis.interventions.tables import mean_lines

    say(*mean_lines(study.found))
    say("", study.verdict.sentence, *study.verdict.caveats)
