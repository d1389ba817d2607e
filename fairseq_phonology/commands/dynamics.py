"""``fairseq-phonology dynamics``: when did a run learn a process, and from when on does it use the trigger?"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from .wiring import options
from .wiring.numbers import Number
from .wiring.terminal import say, say_written

if TYPE_CHECKING:
    from ..analysis.dynamics.dynamics import Dynamics

EXAMPLE = (
    "fairseq-phonology dynamics checkpoints --data data/bin "
    "--grammar user_dir_examples/korean_nasalization/korean.toml --process obstruent-nasalization "
    "--stimuli stimuli.tsv --out dynamics"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb's options."""
    add = parser.add_argument
    add("save_dir", metavar="SAVE_DIR", help="folder of a run that kept two checkpoints or more")
    add("--subset", default="valid", help="name of the validation words (default: valid)")
    options.add_question(parser, "the words and their design, as for `analyze`; they need not be binarized")
    add(
        "--head",
        metavar="L.H",
        help="the head to follow, as 2.1 of the cross-attention or decoder:1.2 (default: the one with the largest "
        "response at checkpoint_best.pt, else at the last checkpoint); the others are drawn, too",
    )
    fewer = parser.add_mutually_exclusive_group()
    fewer.add_argument(
        "--every",
        type=Number(1, 1_000_000),
        metavar="N",
        help="follow each Nth checkpoint, and always the first, the best and the last",
    )
    fewer.add_argument(
        "--at-most",
        type=Number(3, 1_000_000),
        metavar="N",
        help="follow N checkpoints, evenly spread, with the first, the best and the last among them",
    )
    options.add_running(
        parser, "folder with binarized data that has the validation words (default: that of the run's training)"
    )
    options.add_out(parser, "dynamics", ("tables", "figure"))


def check(args: argparse.Namespace) -> None:
    """What the options alone tell."""
    options.running(args)


def run(args: argparse.Namespace) -> None:
    """Read, follow, write; nothing is left half-written."""
    from ..analysis.pipeline.over_time import FILES, dynamics

    followed = {name: getattr(args, name) for name in ("head", "every", "at_most", "subset", "include")}
    asked = options.question(args) | {"running": options.running(args)}
    found = dynamics(args.save_dir, **asked, out=args.out, **followed, overwrite=args.overwrite, say=say)
    _say(found)
    say_written(args.out, FILES)


def _say(found: Dynamics) -> None:
    from ..analysis.dynamics.tables import CAVEATS, head_name, sentence

    say(f"{len(found.checkpoints)} checkpoints; {head_name(found.heads[found.head])}: {found.chosen}")
    say("", sentence(found), *CAVEATS, *found.further)
