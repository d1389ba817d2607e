"""``fairseq-phonology untrained``: the baseline of an analysis, the same model before training."""

from __future__ import annotations

import argparse
import logging
import warnings
from pathlib import Path

from ..errors import InputError
from ..files import check_new_file
from .terminal import quoted, say_next, user_dir

EXAMPLE = "fairseq-phonology untrained checkpoints/checkpoint_best.pt --data stimuli/bin --out untrained.pt --seed 1"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb's options."""
    parser.add_argument("checkpoint", metavar="CHECKPOINT", help="a checkpoint (*.pt) of any translation run")
    parser.add_argument("--out", metavar="FILE", required=True, help="the checkpoint with fresh weights")
    parser.add_argument("--overwrite", action="store_true", help="replace a FILE that is there")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="seed of the weights (default: 1)")
    parser.add_argument(
        "--data",
        metavar="BIN",
        help="binarized data: the words to look at (default: what the checkpoint was trained on)",
    )
    parser.add_argument("--user-dir", metavar="DIR", help="of the run's own task or architecture, if it has one")


def run(args: argparse.Namespace) -> None:
    """Write the checkpoint and say how to look at it."""
    if args.seed < 0:
        raise InputError(f"--seed is {args.seed}; allowed: 0 or more")
    check_new_file(args.out, args.overwrite, {"checkpoint": args.checkpoint})
    logging.getLogger("fairseq").setLevel(logging.WARNING)
    from .. import task as task  # registers our task, without which its checkpoints are unknown
    from ..training.loaded import import_user_dir, task_name
    from ..training.untrained import untrained

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # fairseq's about torch: nothing a user could do
        import_user_dir(args.user_dir)
        folder = untrained(args.checkpoint, args.out, args.seed, args.data)
        name = task_name(args.checkpoint) if args.user_dir else "phonology"
    print(f"fresh weights (seed {args.seed}): {args.out}")
    # it knows nothing, so that its own SRs would be noise: its decoder is led along the gold ones
    out = Path(args.out)
    dump = out.with_name(f"{out.stem}-attention")
    words = [args.data or folder, "--user-dir", args.user_dir or user_dir(), "--task", name]
    words += ["--path", out, "--gen-subset", "test", "--score-reference", "--save-attention", dump]
    say_next(quoted("fairseq-generate", *words), f"fairseq-phonology analyze ... {quoted('--baseline', dump)}")
