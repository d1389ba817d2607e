"""``fairseq-phonology nonce``: a corpus of nonce words from a grammar."""

from __future__ import annotations

import argparse
import collections
import re
import sys
from typing import Any

from tqdm import tqdm

from ..corpus.pairs import read_words
from ..corpus.units import Units
from ..errors import InputError
from ..files import check_new_file, write_file
from ..phonology.grammar import Grammar
from ..phonology.phonotactics.nonce import NonceWord, nonce_words
from ..phonology.transcription import UNITS
from .wiring.options import UNITS_DEFAULT, add_include, add_list_options, at_least, list_options, units_or
from .wiring.terminal import quoted, say_next

EXAMPLE = "fairseq-phonology nonce user_dir_examples/korean_nasalization/korean.toml --n 10000 --seed 1 --out nonce.tsv"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb's options."""
    add = parser.add_argument
    add("grammar", metavar="GRAMMAR", help="grammar file (TOML)")
    add("--n", type=int, required=True, metavar="N", help="number of words, all distinct")
    add("--seed", type=int, default=1, metavar="S", help="seed of the random draws (default: 1)")
    add("--syllables", default="1-4", metavar="LOW-HIGH", help="syllables in a word (default: 1-4)")
    add(
        "--edges",
        type=float,
        metavar="P",
        help="probability of a morpheme edge (+) between syllables (default: .3 where the rules mention edges, else 0)",
    )
    add(
        "--at-least",
        type=int,
        default=0,
        metavar="M",
        help="number of words that undergo each process, at least (default: 0)",
    )
    add_include(parser)
    add("--exclude", metavar="FILE", help="word list, as for prepare, whose URs must not be drawn")
    add("--exclude-units", choices=UNITS, help=f"how the URs of that list are written {UNITS_DEFAULT}")
    add_list_options(parser)
    add("--out", metavar="FILE", help="write the table (id, ur, sr, processes) to this file instead of to the terminal")
    add("--overwrite", action="store_true", help="replace a FILE that is there")


def run(args: argparse.Namespace) -> None:
    """Draw the words, write them, and say how often each process applies."""
    at_least(args, n=1, at_least=0)
    args.exclude_units = units_or(args.exclude_units, args)
    if args.edges is not None and not 0 <= args.edges <= 1:
        raise InputError(f"--edges is {args.edges}; allowed: a probability, 0 to 1")
    if args.out:
        check_new_file(args.out, args.overwrite, {"grammar": args.grammar, "list": args.exclude})
    grammar = Grammar.load(args.grammar)
    exclude = urs_to_exclude(args.exclude, args.exclude_units, grammar, list_options(args)) if args.exclude else []
    drawn = nonce_words(
        grammar, args.n, args.seed, low_and_high(args.syllables), args.edges, args.include, exclude, args.at_least
    )
    words = list(tqdm(drawn, total=args.n, unit=" words", delay=1, disable=None, leave=False))
    lines = ["id\tur\tsr\tprocesses"]
    width = len(str(args.n))
    lines += [
        f"n{number:0{width}d}\t{' '.join(w.ur)}\t{' '.join(w.sr)}\t{','.join(w.processes)}"
        for number, w in enumerate(words, 1)
    ]
    text = "\n".join(lines) + "\n"
    if not args.out:
        sys.stdout.write(text)
        return
    write_file(args.out, text)
    _summarize(words, grammar, args.out)


def urs_to_exclude(path: str, units: str, grammar: Grammar, reading: dict[str, Any]) -> list[tuple[str, ...]]:
    """The URs of a word list that must not be drawn; units in which none has the grammar's segments are refused.

    Args:
        path: the list.
        units: of its URs.
        grammar: the one that words are drawn from.
        reading: how it is read besides, as `list_options` says it.
    """
    notes: list[str] = []
    words = read_words(path, Units(ur=units, **reading), notes, used=None)
    for note in notes:
        print(f"note: {note}", file=sys.stderr)
    foreign = [w for w in words if not all(s in grammar.inventory for s in w.ur)]
    if len(foreign) == len(words):
        raise InputError(
            f"no UR is made of the grammar's segments, such as {words[0].ur_text!r} read as {' '.join(words[0].ur)}: "
            f"no word would be excluded; found --exclude-units {units}; allowed: {', '.join(UNITS)}",
            path,
        )
    if foreign:
        note = (
            f"{len(foreign)} of {len(words)} URs have segments that the grammar does not have, such as "
            f"{foreign[0].ur_text!r}"
        )
        print(f"note: {path}: {note}; they have no effect, for such words are never drawn", file=sys.stderr)
    return [w.ur for w in words]


def _summarize(words: list[NonceWord], grammar: Grammar, path: str) -> None:
    counts = collections.Counter(name for w in words for name in w.processes)
    print(f"{len(words)} nonce words in {path}")
    for process in grammar.processes:
        if process.optional and not counts[process.name]:
            continue
        share = 100 * counts[process.name] / len(words)
        print(f"  {process.name:<24} {counts[process.name]:>7} words  {share:5.1f} %")
    print(f"  {'(no process)':<24} {sum(not w.processes for w in words):>7} words")
    units = ["--ur-units", "space", "--sr-units", "space"] + ["--keep-edges"] * any("+" in w.ur for w in words)
    say_next(quoted("fairseq-phonology", "prepare", path, *units, "--split", ".9,.1", "--dest", "data"))


def low_and_high(text: str) -> tuple[int, int]:
    """``1-4``, or one number for both."""
    match = re.fullmatch(r"(\d+)(?:-(\d+))?", text)
    if not match:
        raise InputError(f"--syllables is {text!r}; allowed: LOW-HIGH, as in 1-4")
    return int(match[1]), int(match[2] or match[1])
