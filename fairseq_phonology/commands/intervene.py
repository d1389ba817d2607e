"""``fairseq-phonology intervene``: does a model use the trigger, and by which route?"""

from __future__ import annotations

import argparse

import numpy as np

from ..analysis.models.results import Models
from ..analysis.pipeline.interventions import CONTROLS, FILES, InterventionStudy, intervene
from . import options
from .terminal import say_over_models, say_written

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
        "analyzed, and all are tested together, with the model as the unit",
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
    options.add_tests(parser, "sign-flips")
    options.add_running(
        parser, "folder with binarized data, for the dictionaries (default: that of the checkpoint's training)"
    )
    options.add_out(parser, "intervene", ("tables", "figures", "report"))


def run(args: argparse.Namespace) -> None:
    """Read, intervene, test, write; nothing is left half-written."""
    how = {"options": options.tests(args), "running": options.running(args), "controls": args.controls}
    asked = options.question(args) | {"attention": args.attention}
    found = intervene(args.checkpoint, **asked, out=args.out, **how, overwrite=args.overwrite, say=print)
    if isinstance(found, Models):
        say_over_models(found, args.out)
    else:
        _say(found)
        say_written(args.out, FILES)


def _say(study: InterventionStudy) -> None:
    """Mean log-odds in TR, of all heads together."""
    found = study.found
    own = np.array([event.item.cell == "TR" for event in found.events])
    counts = own & np.array([event.included for event in found.events])
    print(f"TR  {counts.sum():>6,} of {own.sum():>6,} events with the gold segment at the decision step")
    if counts.any():
        print("mean log-odds there of the gold segment against the one with the process blocked;")
        print("others, mirror: after the same knock-out at other segments")
        print(f"  {'intact':<20}{found.intact[counts].mean():>+9.2f}")
        for measure in dict.fromkeys(one.measure for one in found.which):
            means = []
            for number, one in enumerate(found.which):
                if one.measure == measure and one.layer is None and found.ran[counts, number].any():
                    mean = np.nanmean(found.log_odds[counts, number])
                    means.append(f"{mean:>+9.2f}" if one.place == "trigger" else f"   {one.place} {mean:+.2f}")
            if means:
                print(f"  {measure:<20}{''.join(means)}")
    print("", study.verdict.sentence, *study.verdict.caveats, sep="\n")
