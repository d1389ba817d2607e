"""``fairseq-phonology score``: how probable are candidates in a model?"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..corpus.columns import Columns
from ..corpus.lexicon import Lexicon
from ..corpus.units import Units
from ..errors import InputError
from ..phonology.phonotactics.ngrams import ORDER
from ..text import count, decimal
from .wiring import options
from .wiring.numbers import BATCH, BEAM
from .wiring.terminal import aligned, quoted, say, say_next, say_written

if TYPE_CHECKING:
    from ..analysis.people.scores import Scores

EXAMPLE = (
    "fairseq-phonology score checkpoints/checkpoint_best.pt --data data/bin --candidates candidates.tsv --out scores"
)
_MOST_MODELS, _MOST_COLUMNS = 12, 6  # of the table in the terminal


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb's options."""
    add = parser.add_argument
    add(
        "checkpoint",
        nargs="+",
        metavar="CHECKPOINT",
        help="a checkpoint (*.pt) of any translation run; or several, each of another model. a.pt:b.pt is an ensemble, "
        "as for fairseq-generate",
    )
    add(
        "--candidates",
        metavar="TSV",
        help="a table with the columns item (or id), ur, sr, and if wanted variant; all others travel",
    )
    add("--variant-column", metavar="COLUMN", help="its column of the kinds of SR (default: variant)")
    add(
        "--words",
        metavar="LIST",
        help="a word list in place of --candidates: --grammar and --process, or --nbest, make the candidates",
    )
    options.add_tag_columns(parser)
    options.add_units(parser)
    add("--grammar", metavar="FILE", help="grammar file (TOML), which makes two candidates of each word:")
    add("--process", metavar="NAME", help="its SR with this process applied, and with it blocked")
    options.add_include(parser)
    add("--nbest", type=BEAM, metavar="N", help="add the N most probable SRs of each model, without a share")
    options.add_phonotactics(parser, "SR")
    add(
        "--data",
        metavar="BIN",
        help="folder with binarized data, for the dictionaries (default: that of the checkpoint's training)",
    )
    add("--batch-size", type=BATCH, default=128, metavar="N", help="candidates in a batch (default: 128)")
    options.add_user_dir(parser)
    options.add_cpu(parser)
    options.add_out(parser, "score", ("tables", "figures"))


def run(args: argparse.Namespace) -> None:
    """Read, score, write, and say what the models prefer; nothing is left half-written."""
    from ..analysis.people.application import APPLICATION
    from ..analysis.pipeline.scoring import FILES, score

    check(args)
    ur = options.units_or(args.ur_units, args)
    how = options.list_options(args)
    lexicon = None
    if args.phonotactics:
        of_list = Units(sr=options.units_or(args.phonotactics_units, args), **{**how, "columns": Columns()})
        notes: list[str] = []
        lexicon = Lexicon.read(args.phonotactics, of_list, option="--phonotactics-units", notes=notes, surface=True)
        say(*notes)
    how["columns"] = replace(how["columns"], **options.tag_columns(args), variant=args.variant_column or "")
    scores = score(
        args.checkpoint,
        args.candidates or args.words,
        args.out,
        grammar=args.grammar,
        process=args.process or "",
        include=args.include,
        nbest=args.nbest or 0,
        phonotactics=lexicon,
        ngram=args.ngram or ORDER,
        units=Units(ur, args.sr_units or ur, keep_edges=True, **how),
        running=options.running(args),
        overwrite=args.overwrite,
        say=say,
    )
    say(*_lines(scores, by_stratum=not (Path(args.out) / APPLICATION).exists()))
    say_written(args.out, [(name, what) for name, what in FILES if _made(Path(args.out) / name)])
    comparison = Path(args.out).with_name("comparison")
    say_next(quoted("fairseq-phonology", "compare", args.out, "--human", "RATINGS", "--out", comparison))


def check(args: argparse.Namespace) -> None:
    """What the options alone tell: numbers, and which of them go together."""
    if bool(args.candidates) == bool(args.words):
        raise InputError("give either --candidates TSV or --words LIST")
    if args.words and not (args.grammar or args.nbest):
        raise InputError("--words needs what makes the candidates: --grammar and --process, or --nbest N")
    options.check_phonotactics(args)


def _made(path: Path) -> bool:
    """Is the file there, or something in the folder?"""
    return any(path.iterdir()) if path.is_dir() else path.exists()


def _lines(scores: Scores, by_stratum: bool) -> Iterator[str]:
    """What the models prefer, as a table: mean shares of each variant, and how often the model's own form is there.

    By stratum, too, unless the table of application has said that.
    """
    from ..corpus.candidates import APPLIED, SOURCES

    means = {(row["model"], row["variant"], row.get("stratum", "all")): row for row in scores.mean_shares()}
    kinds = list(dict.fromkeys(key[1:] for key in means if by_stratum or key[2] == "all"))
    if [variant for variant, _ in kinds if variant in SOURCES]:  # two that sum to 1
        kinds = [kind for kind in kinds if kind[0] == APPLIED]
    kinds = kinds[:_MOST_COLUMNS]
    names = [variant if stratum == "all" else f"{variant}, {stratum}" for variant, stratum in kinds]
    head = ["model", *names, "own form is a candidate", "missing"]
    rows = []
    for n, model in enumerate(scores.models):
        shares = [decimal(means[model, *kind]["share"], 3) for kind in kinds]
        own = sum(bool(scores.is_best[n, numbers].any()) for numbers in scores.items.values())
        rows.append([model, *shares, f"{own:,} of {len(scores.items):,}", decimal(scores.missing[n].mean(), 3)])
    if len(rows) > 1:
        shares = [decimal(means["all", *kind]["share"], 3) for kind in kinds]
        rows = [*rows[:_MOST_MODELS], ["all", *shares, "", decimal(scores.missing.mean(), 3)]]
    of = f"{count(len(scores.candidates), 'candidate')} of {count(len(scores.items), 'item')}"
    yield ""
    yield f"{of}{'; mean shares' if names else ''}:"
    yield from aligned([head, *rows], indent="")
    if len(scores.models) > _MOST_MODELS:
        yield f"... {len(scores.models) - _MOST_MODELS} more models in scores.csv and summary.json"
