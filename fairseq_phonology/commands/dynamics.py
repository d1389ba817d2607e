"""``fairseq-phonology dynamics``: when did a run learn a process, and when did it come to use the trigger?"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..analysis.same_model import sha256
from ..corpus.pairs import Units
from ..errors import InputError
from ..files import check_free, new_folder
from ..phonology.grammar import Grammar
from ..phonology.transcription import UNITS
from ..stimuli.items import Item
from ..training.saved import SavedCheckpoint, saved_checkpoints, thinned

if TYPE_CHECKING:
    from ..analysis.dynamics.dynamics import Dynamics, Moment
    from ..training.history import Row

EXAMPLE = (
    "fairseq-phonology dynamics checkpoints --data data/bin "
    "--grammar user_dir_examples/korean_nasalization/korean.toml --process obstruent-nasalization "
    "--stimuli stimuli.tsv --out dynamics"
)
FILES = (
    ("dynamics.csv", "every checkpoint: words right, the chosen head's response, what knock-outs take away"),
    ("heads.csv", "every checkpoint x head: response and mean mass"),
    ("summary.json", "when what was learned"),
    ("figures/", "the three on one axis, PNG and SVG"),
)
_OURS = re.compile("|".join(re.escape(name.rstrip("/")) for name, _ in FILES))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb's options."""
    parser.add_argument("save_dir", metavar="SAVE_DIR", help="folder of a run that kept two checkpoints or more")
    parser.add_argument(
        "--data", metavar="BIN", help="binarized data with the validation words (default: what the run was trained on)"
    )
    parser.add_argument("--subset", default="valid", help="validation words (default: valid)")
    parser.add_argument("--grammar", required=True, metavar="FILE", help="grammar file (TOML); it derives the gold SRs")
    parser.add_argument("--process", required=True, metavar="NAME", help="the process that is asked about")
    parser.add_argument(
        "--stimuli",
        required=True,
        metavar="TSV",
        help="the words and their design, as for `analyze`; they need not be binarized",
    )
    parser.add_argument(
        "--ur-units", choices=UNITS, default="space", help="how the URs of that list are written (default: space)"
    )
    parser.add_argument(
        "--with", dest="include", action="append", default=[], metavar="NAME", help="an optional process that applies"
    )
    parser.add_argument(
        "--head",
        metavar="L.H",
        help="the head to follow, as 2.1 of the cross-attention or decoder:1.2 (default: the one with the largest "
        "response at checkpoint_best.pt, else at the last checkpoint); the others are drawn, too",
    )
    fewer = parser.add_mutually_exclusive_group()
    fewer.add_argument(
        "--every", type=int, metavar="N", help="follow each Nth checkpoint; the first, the best and the last always"
    )
    fewer.add_argument(
        "--at-most", type=int, metavar="N", help="follow N checkpoints, evenly spread; those three among them"
    )
    parser.add_argument(
        "--batch-size", type=int, default=1024, metavar="N", help="words x knock-outs a batch (default: 1024)"
    )
    parser.add_argument("--user-dir", metavar="DIR", help="of the run's own task or architecture, if it has one")
    parser.add_argument("--cpu", action="store_true", help="leave the GPU alone")
    parser.add_argument("--out", required=True, metavar="DIR", help="new folder for tables and figure")
    parser.add_argument("--overwrite", action="store_true", help="replace a DIR that dynamics made earlier")


def run(args: argparse.Namespace) -> None:
    """Read, follow, write; nothing is left half-written."""
    if args.batch_size < 1:
        raise InputError(f"--batch-size {args.batch_size}: must be 1 or more")
    check_free(Path(args.out).absolute(), args.overwrite, "dynamics", _OURS, "--out")  # before minutes of work
    grammar = Grammar.load(args.grammar)
    items = _items(args, grammar)
    _check_design(items, args.stimuli)
    states = saved_checkpoints(args.save_dir)
    followed = thinned(states, args.every, args.at_most)
    dynamics = _follow(args, grammar, items, followed)
    dynamics.facts |= _facts(args, states, followed)
    with new_folder(args.out, args.overwrite, "dynamics", _OURS, "--out") as folder:
        _write(dynamics, folder)
    _say(dynamics, args.out)


def _items(args: argparse.Namespace, grammar: Grammar) -> list[Item]:
    from ..stimuli.lists import read_stimuli

    grammar.process(args.process)
    return read_stimuli(args.stimuli, grammar, args.process, Units(ur=args.ur_units, keep_edges=True), args.include)


def _check_design(items: Sequence[Item], path: str) -> None:
    from ..analysis.dynamics.snapshots import needed_design

    try:
        needed_design(items)
    except InputError as error:
        raise InputError(error.message, path) from None


def _follow(
    args: argparse.Namespace, grammar: Grammar, items: Sequence[Item], states: Sequence[SavedCheckpoint]
) -> Dynamics:
    from tqdm import tqdm

    from ..analysis.dynamics.dynamics import Dynamics, Moment, head_named, largest_head
    from ..analysis.on_model import follower, import_own, one_thread, quiet_fairseq

    bar = {"total": len(states), "desc": "checkpoints", "unit": " checkpoints", "delay": 1, "leave": False}
    moments: list[Moment] = []
    with quiet_fairseq(), tqdm(**bar, disable=not sys.stderr.isatty()) as shown:
        import_own(args.user_dir)
        take = follower(
            *(grammar, args.process, items, args.include, args.data, args.cpu, args.batch_size, args.stimuli)
        )
        first = take(states[0].path)
        if args.head is not None:
            head_named(args.head, first.heads)  # before minutes of work
        with one_thread():
            rows, processes, known = _validations(args, grammar, states)
        for state, row in zip(states, rows, strict=True):
            shot = take(state.path) if moments else first
            accuracies = {name: row[name] for name in processes}
            moments.append(
                Moment(state.name, state.epoch, state.updates, state.best, row["exact_match"], accuracies, shot)
            )
            shown.update()
    if args.head is None:
        head, chosen = largest_head(moments)
    else:
        head, chosen = head_named(args.head, moments[0].snapshot.heads), "named by --head"
    facts = {"validations": {"from_history": known, "made": len(states) - known}}
    return Dynamics(args.process, grammar.language, moments, head, chosen, facts)


def _validations(
    args: argparse.Namespace, grammar: Grammar, states: Sequence[SavedCheckpoint]
) -> tuple[list[Row], list[str], int]:
    """Of each checkpoint; the processes that they count; how many are from ``history.csv``."""
    from ..training.revalidation import Revalidation, history_of, validations

    anew = Revalidation(grammar, args.subset, args.data, cpu=args.cpu)
    processes = anew.processes(states[0])
    rows, known = validations(states, history_of(args.save_dir), args.subset, processes, anew.of)
    return rows, processes, known


def _facts(args: argparse.Namespace, states: Sequence[SavedCheckpoint], followed: Sequence[Any]) -> dict[str, Any]:
    """What ``summary.json`` says about where all this comes from."""
    from .. import __version__

    return {
        "run": Path(args.save_dir).resolve().name,
        "checkpoints_there": len(states),
        "checkpoints_followed": len(followed),
        "checkpoint_sha256": {state.name: sha256(state.path) for state in followed},
        "subset": args.subset,
        "grammar": Path(args.grammar).name,
        "items": Path(args.stimuli).name,
        "options": {"head": args.head, "every": args.every, "at_most": args.at_most, "with": list(args.include)},
        "versions": {"fairseq_phonology": __version__},
    }


def _write(dynamics: Dynamics, folder: Path) -> None:
    from ..analysis.dynamics.tables import write_all_heads, write_dynamics, write_dynamics_summary
    from ..analysis.figures.dynamics import save_dynamics_figure

    write_dynamics(dynamics, folder / "dynamics.csv")
    write_all_heads(dynamics, folder / "heads.csv")
    write_dynamics_summary(dynamics, folder / "summary.json")
    save_dynamics_figure(dynamics, folder / "figures")


def _say(dynamics: Dynamics, out: str) -> None:
    from ..analysis.dynamics.tables import CAVEATS, head_name, sentence

    print(f"{len(dynamics.moments)} checkpoints; {head_name(dynamics.heads[dynamics.head])}: {dynamics.chosen}")
    print(f"\n{sentence(dynamics)}")
    for caveat in CAVEATS:
        print(caveat)
    print(f"\nwritten: {out}")
    for name, what in FILES:
        print(f"  {name:<14}{what}")
