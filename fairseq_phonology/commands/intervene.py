"""``fairseq-phonology intervene``: does a model use the trigger, and by which route?"""

from __future__ import annotations

import argparse
import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..folders import check_free, new_folder
from ..phonology.corpus import Units
from ..phonology.errors import InputError
from ..phonology.grammar import Grammar
from ..phonology.items import Item
from ..phonology.transcription import UNITS

if TYPE_CHECKING:
    from ..analysis.causal import Causal
    from ..analysis.interventions import Interventions

EXAMPLE = (
    "fairseq-phonology intervene checkpoints/checkpoint_best.pt --data data/bin "
    "--grammar user_dir_examples/korean_nasalization/korean.toml --process obstruent-nasalization "
    "--stimuli stimuli.tsv --out interventions"
)
FILES = (
    ("summary.json", "the verdict and the numbers it rests on"),
    ("effects.csv", "every knock-out: what it takes away, and its tests"),
    ("interventions.csv.gz", "every word x intervention, for R"),
    ("words.csv", "every word: what the model says along the gold SR"),
    ("figures/", "the routes, and attention against effect, PNG and SVG"),
)
_OURS = re.compile("|".join(re.escape(name.rstrip("/")) for name, _ in FILES))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb's options."""
    parser.add_argument("checkpoint", metavar="CHECKPOINT", help="a checkpoint (*.pt) of any translation run")
    parser.add_argument(
        "--data",
        metavar="BIN",
        help="binarized data, for the dictionaries (default: what the checkpoint was trained on)",
    )
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
        "--yardsticks",
        choices=("heads", "all"),
        default="heads",
        help="knock out the edges to other segments in each layer and head, too (default), or in all heads together "
        "only: several times quicker, and single heads have nothing to be measured by",
    )
    parser.add_argument(
        "--batch-size", type=int, default=1024, metavar="N", help="words x interventions a batch (default: 1024)"
    )
    parser.add_argument(
        "--attention",
        metavar="JSON",
        help="summary.json of `analyze` for the same model: does it attend to the trigger, too? heads.csv beside it "
        "is drawn against the knock-outs",
    )
    parser.add_argument(
        "--permutations", type=int, default=9999, metavar="B", help="sign-flips of each test (default: 9999)"
    )
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="of flips and resampling (default: 1)")
    parser.add_argument("--user-dir", metavar="DIR", help="of the run's own task or architecture, if it has one")
    parser.add_argument("--cpu", action="store_true", help="leave the GPU alone")
    parser.add_argument("--out", required=True, metavar="DIR", help="new folder for tables and figures")
    parser.add_argument("--overwrite", action="store_true", help="replace a DIR that intervene made earlier")


def run(args: argparse.Namespace) -> None:
    """Read, intervene, test, write; nothing is left half-written."""
    from ..analysis.analyze import options_of
    from ..analysis.causal_tests import analyze_interventions
    from ..experiments import interventions_in

    if args.batch_size < 1:
        raise InputError(f"--batch-size {args.batch_size}: must be 1 or more")
    check_free(Path(args.out).absolute(), args.overwrite, "intervene", _OURS, "--out")  # before minutes of work
    options = options_of(args.permutations, args.seed, args.include)
    grammar = Grammar.load(args.grammar)
    items = _items(args, grammar)
    attention, looks = _attention(args)
    found = interventions_in(
        *(args.checkpoint, grammar, args.process, items, args.include, args.data, args.cpu, args.batch_size),
        *(args.yardsticks == "heads", args.user_dir, args.stimuli),
    )
    study = analyze_interventions(found, args.process, grammar.language, attention, options.permutations, options.seed)
    study.facts = _facts(args)
    with new_folder(args.out, args.overwrite, "intervene", _OURS, "--out") as folder:
        _write(found, study, looks, folder)
    _say(found, study, args.out)


def _items(args: argparse.Namespace, grammar: Grammar) -> list[Item]:
    from ..phonology.stimulus_list import read_stimuli

    grammar.process(args.process)
    return read_stimuli(args.stimuli, grammar, args.process, Units(ur=args.ur_units, keep_edges=True), args.include)


def _attention(args: argparse.Namespace) -> tuple[dict[str, Any] | None, dict | None]:
    """What `analyze` says of the same model, and what its heads look at; None where it was not asked, or not kept."""
    if args.attention is None:
        return None, None
    from ..analysis.causal_tables import read_attention
    from ..analysis.figures import read_looks

    summary = read_attention(args.attention, args.process)
    of = ((summary.get("about") or {}).get("manifest") or {}).get("checkpoint_sha256")
    own = _sha256(args.checkpoint)
    if of and own and of != own:
        raise InputError(f"is about another model (checkpoint {of[:12]}, now {own[:12]})", args.attention)
    heads = Path(args.attention).with_name("heads.csv")
    return summary, read_looks(heads) if heads.is_file() else None


def _sha256(path: str) -> str:
    """Empty for what is no file: who loads it says so."""
    if not Path(path).is_file():
        return ""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _facts(args: argparse.Namespace) -> dict[str, Any]:
    """What ``summary.json`` says about where all this comes from."""
    from .. import __version__

    return {
        "checkpoint": Path(args.checkpoint).name,
        "checkpoint_sha256": _sha256(args.checkpoint),
        "grammar": Path(args.grammar).name,
        "items": Path(args.stimuli).name,
        "attention": Path(args.attention).name if args.attention else None,
        "options": {
            **{"permutations": args.permutations, "seed": args.seed, "with": list(args.include)},
            "yardsticks": args.yardsticks,
        },
        "versions": {"fairseq_phonology": __version__},
    }


def _write(found: Interventions, study: Causal, looks: dict | None, folder: Path) -> None:
    from ..analysis.causal_tables import write_causal_summary, write_effects
    from ..analysis.event_table import write_words
    from ..analysis.events import Events
    from ..analysis.figures import save_causal_figures
    from ..analysis.intervention_table import write_interventions

    write_interventions(found, folder / "interventions.csv.gz")
    write_words(Events(found.events, []), folder / "words.csv")
    write_effects(study, folder / "effects.csv")
    write_causal_summary(study, folder / "summary.json")
    save_causal_figures(study, folder / "figures", looks)


def _say(found: Interventions, study: Causal, out: str) -> None:
    """Mean log-odds in TR, of all heads together."""
    own = np.array([event.item.cell == "TR" for event in found.events])
    counts = own & np.array([event.counts for event in found.events])
    print(f"TR  {counts.sum():>6,} of {own.sum():>6,} events with the gold segment at the decision step")
    if counts.any():
        print(
            "mean log-odds there of the gold segment against the one with the process blocked; others, mirror: the same"
        )
        print("knock-outs at other segments")
        print(f"  {'untouched':<20}{found.intact[counts].mean():>+9.2f}")
        for measure in dict.fromkeys(one.measure for one in found.which):
            means = []
            for number, one in enumerate(found.which):
                if one.measure == measure and one.layer is None and found.ran[counts, number].any():
                    mean = np.nanmean(found.log_odds[counts, number])
                    means.append(f"{mean:>+9.2f}" if one.place == "trigger" else f"   {one.place} {mean:+.2f}")
            if means:
                print(f"  {measure:<20}{''.join(means)}")
    print(f"\n{study.verdict.sentence}")
    for caveat in study.verdict.caveats:
        print(caveat)
    print(f"\nwritten: {out}")
    for name, what in FILES:
        print(f"  {name:<22}{what}")
