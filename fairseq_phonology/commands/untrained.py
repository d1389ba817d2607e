"""``fairseq-phonology untrained``: the baseline of an analysis, the same model before training."""

from __future__ import annotations

import argparse
import warnings
from pathlib import Path

from ..files import new_file
from .wiring.numbers import SEED
from .wiring.options import add_user_dir
from .wiring.proposals import generation
from .wiring.terminal import quoted, say, say_next

EXAMPLE = "fairseq-phonology untrained checkpoints/checkpoint_best.pt --data stimuli/bin --out untrained.pt --seed 1"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb's options."""
    add = parser.add_argument
    add("checkpoint", metavar="CHECKPOINT", help="a checkpoint (*.pt) of any translation run")
    add("--out", metavar="FILE", required=True, help="new file for the checkpoint with fresh weights")
    add("--overwrite", action="store_true", help="replace a FILE that is there")
    add("--seed", type=SEED, default=1, metavar="S", help="seed of the weights (default: 1)")
    add(
        "--data",
        metavar="BIN",
        help="binarized data with the words of the analysis (default: that of the checkpoint's training)",
    )
    add_user_dir(parser)


def run(args: argparse.Namespace) -> None:
    """Write the checkpoint and say how to look at it."""
    from ..training.checkpoints.loaded import dictionaries_of, import_user_dir, quiet_libraries, task_name
    from ..training.checkpoints.untrained import untrained

    quiet_libraries()
    with new_file(args.out, args.overwrite, {"checkpoint": args.checkpoint}) as place, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # fairseq's about torch: nothing a user could do
        import_user_dir(args.user_dir)
        folder = untrained(args.checkpoint, place, args.seed, args.data)
        name = task_name(args.checkpoint) if args.user_dir else "phonology"
    say(f"fresh weights (seed {args.seed}): {args.out}")
    # its own SRs would be noise, so that attention is measured under forced decoding of the gold ones
    out = Path(args.out)
    dump = out.with_name(f"{out.stem}-attention")
    data = args.data or folder
    more = ["--score-reference", "--save-attention", dump]
    command = generation(out, dictionaries_of(out, data), data, "valid", args.user_dir, name, more=more)
    say_next(command, f"fairseq-phonology analyze ... {quoted('--baseline', dump)}")
