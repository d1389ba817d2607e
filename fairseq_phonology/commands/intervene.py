"""``fairseq-phonology intervene``: does a model use the trigger, and by which route?"""

from __future__ import annotations

import argparse
import os
import re
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..analysis import pipeline_several as several
from ..analysis.same_model import checkpoint_of_analysis, results_of, sha256
from ..corpus.pairs import Units
from ..errors import InputError
from ..files import check_free, new_folder
from ..phonology.grammar import Grammar
from ..phonology.transcription import UNITS
from ..stimuli.items import Item

if TYPE_CHECKING:
    from ..analysis.contrasts.analyze import Options
    from ..analysis.interventions.effects import Causal
    from ..analysis.interventions.interventions import Interventions

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
    parser.add_argument(
        "checkpoint",
        nargs="+",
        metavar="CHECKPOINT",
        help="a checkpoint (*.pt) of any translation run; several, each of another model: every model by itself, then "
        "all together, with the model as the unit",
    )
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
        "--controls",
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
        nargs="+",
        metavar="JSON",
        help="summary.json of `analyze` for the same model: does it attend to the trigger, too? heads.csv beside it "
        "is drawn against the knock-outs. Of several models the folder that `analyze` made of them, or one "
        "summary.json for each",
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
    from ..analysis.contrasts.analyze import options_of
    from ..loading import check_file

    if args.batch_size < 1:
        raise InputError(f"--batch-size {args.batch_size}: must be 1 or more")
    ours = several.ours(args.out, _OURS)
    check_free(Path(args.out).absolute(), args.overwrite, "intervene", ours, "--out")  # before minutes of work
    options = options_of(args.permutations, args.seed, args.include)
    grammar = Grammar.load(args.grammar)
    asked = _Asked(args, grammar, _items(args, grammar), options)
    for checkpoint in args.checkpoint:
        if os.pathsep not in checkpoint:  # an ensemble is refused by who loads it
            check_file(checkpoint)
    checkpoints = [sha256(checkpoint) for checkpoint in args.checkpoint]
    about = results_of("--attention", args.attention, args.checkpoint, checkpoints, checkpoint_of_analysis)
    models = [_Model(*each) for each in zip(args.checkpoint, checkpoints, about, strict=True)]
    out = new_folder(args.out, args.overwrite, "intervene", ours, "--out")
    if len(models) > 1:
        _several(asked, models, out)
    else:
        _say(*_one(asked, models[0], out), args.out)


class _Asked(NamedTuple):
    """What is the same for every model."""

    args: argparse.Namespace
    grammar: Grammar
    items: list[Item]
    options: Options


class _Model(NamedTuple):
    """A checkpoint, its SHA-256, and the ``summary.json`` of `analyze` about it."""

    checkpoint: str
    sha256: str
    about: Path | None


def _one(asked: _Asked, model: _Model, out: AbstractContextManager[Path]) -> tuple[Interventions, Causal]:
    """One model; its files are in the folder that ``out`` opens."""
    from ..analysis.interventions.tests import analyze_interventions
    from ..analysis.on_model import interventions_in

    args, grammar, items, options = asked
    attention, looks = _attention(model, args.process)
    found = interventions_in(
        *(model.checkpoint, grammar, args.process, items, args.include, args.data, args.cpu, args.batch_size),
        *(args.controls == "heads", args.user_dir, args.stimuli),
    )
    study = analyze_interventions(found, args.process, grammar.language, attention, options.permutations, options.seed)
    study.facts = _facts(args, model)
    with out as folder:
        _write(found, study, looks, folder)
    return found, study


def _several(asked: _Asked, models: list[_Model], out: AbstractContextManager[Path]) -> None:
    """Every model as if it were the only one, in a folder of its name, and all of them together."""
    from ..analysis.models.interventions import compare_interventions

    _check(asked, models)
    studies = {}
    with out as folder:
        for name, model in several.each(models):
            studies[name] = _one(asked, model, several.folder_of(folder, name))
            print(f"  {studies[name][1].verdict.sentence}")
        over_all = compare_interventions(studies, asked.options.seed)
        over_all.facts |= _facts(asked.args)
        several.write_over_all(over_all, folder)
    several.say_over_all(over_all, asked.args.out)


def _check(asked: _Asked, models: list[_Model]) -> None:
    """What can be known of several models before the first intervention."""
    from ..analysis.on_model import forcing_of, loaded_model, plans_of, quiet_fairseq

    args, grammar, items, _ = asked
    several.check_different([model.checkpoint for model in models], [model.sha256 for model in models])
    for model in models:
        _attention(model, args.process)
    with quiet_fairseq():
        for model in models:
            loaded = loaded_model(model.checkpoint, args.data, args.cpu, args.user_dir)
            forcing = forcing_of(loaded, args.batch_size, model.checkpoint)
            plans_of(loaded, forcing, grammar, args.process, items, args.include, args.stimuli)


def _items(args: argparse.Namespace, grammar: Grammar) -> list[Item]:
    from ..stimuli.lists import read_stimuli

    grammar.process(args.process)
    notes: list[str] = []
    units = Units(ur=args.ur_units, keep_edges=True)
    items = read_stimuli(args.stimuli, grammar, args.process, units, args.include, notes)
    for note in notes:
        print(note)
    return items


def _attention(model: _Model, process: str) -> tuple[dict[str, Any] | None, dict | None]:
    """What `analyze` says of the same model, and what its heads look at; None where it was not asked, or not kept."""
    if model.about is None:
        return None, None
    from ..analysis.figures import read_looks
    from ..analysis.interventions.tables import read_attention

    summary = read_attention(model.about, process)
    of = checkpoint_of_analysis(summary)
    if of and model.sha256 and of != model.sha256:
        raise InputError(f"is about another model (checkpoint {of[:12]}, now {model.sha256[:12]})", model.about)
    heads = model.about.with_name("heads.csv")
    return summary, read_looks(heads) if heads.is_file() else None


def _facts(args: argparse.Namespace, model: _Model | None = None) -> dict[str, Any]:
    """What ``summary.json`` says about where all this comes from; without a model, of all of them."""
    from .. import __version__

    own = {} if model is None else {"checkpoint": Path(model.checkpoint).name, "checkpoint_sha256": model.sha256}
    attention = {} if model is None else {"attention": model.about.name if model.about else None}
    return {
        **own,
        "grammar": Path(args.grammar).name,
        "items": Path(args.stimuli).name,
        **attention,
        "options": {
            **{"permutations": args.permutations, "seed": args.seed, "with": list(args.include)},
            "controls": args.controls,
        },
        "versions": {"fairseq_phonology": __version__},
    }


def _write(found: Interventions, study: Causal, looks: dict | None, folder: Path) -> None:
    from ..analysis.events.events import Events
    from ..analysis.events.tables import write_words
    from ..analysis.figures import save_causal_figures
    from ..analysis.interventions.interventions_table import write_interventions
    from ..analysis.interventions.tables import write_causal_summary, write_effects

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
