"""``fairseq-phonology nonce``: a corpus of nonce words from a grammar."""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tqdm import tqdm

from ..corpus.pairs import read_words
from ..corpus.units import Units
from ..errors import InputError
from ..files import check_new_file, write_file
from ..phonology.grammar import Grammar, symbol_of
from ..phonology.phonotactics.nonce import NonceWord, nonce_words
from ..phonology.transcription import UNITS
from ..text import cell, count, percent_of
from .wiring.options import (
    UNITS_DEFAULT,
    add_include,
    add_list_options,
    add_tag,
    at_least,
    check_tag,
    list_options,
    units_or,
)
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
        help="number of words that undergo each process, at least; of a variable one, that meet it (default: 0)",
    )
    add_include(parser)
    add(
        "--variants",
        choices=("drawn", "all"),
        default="drawn",
        help="one SR for each word, in which each variable process applies or not by its rate (default: drawn), or a "
        "row for each of its SRs, with the probability",
    )
    add_tag(parser)
    add("--exclude", metavar="FILE", help="word list, as for prepare, whose URs must not be drawn")
    add("--exclude-units", choices=UNITS, help=f"how the URs of that list are written {UNITS_DEFAULT}")
    add_list_options(parser)
    add(
        "--out",
        metavar="FILE",
        help="write the table (id, ur, sr, processes; stratum; item, probability with --variants all) to this file "
        "instead of to the terminal",
    )
    add("--overwrite", action="store_true", help="replace a FILE that is there")


def run(args: argparse.Namespace) -> None:
    """Draw the words, write them, and say how often each process applies."""
    at_least(args, n=1, at_least=0)
    args.exclude_units = units_or(args.exclude_units, args)
    if args.edges is not None and not 0 <= args.edges <= 1:
        raise InputError(f"--edges is {args.edges}; allowed: a probability, 0 to 1")
    if args.out:
        check_new_file(args.out, args.overwrite, {"grammar": args.grammar, "list": args.exclude})
    grammar = Grammar.load(args.grammar).asking(args.include)
    check_tag(args, grammar)
    exclude = urs_to_exclude(args.exclude, args.exclude_units, grammar, list_options(args)) if args.exclude else []
    drawn = nonce_words(
        grammar, args.n, args.seed, low_and_high(args.syllables), args.edges, args.include, exclude, args.at_least
    )
    words = list(tqdm(drawn, total=args.n, unit=" words", delay=1, disable=None, leave=False))
    rows = list(_rows(words, grammar, args))
    text = "\n".join("\t".join(cells) for cells in _table(rows, grammar, args)) + "\n"
    if not args.out:
        sys.stdout.write(text)
        return
    write_file(args.out, text)
    _summarize(len(words), rows, grammar, args)


@dataclass(frozen=True)
class _Row:
    """A nonce word with one of its SRs."""

    id: str
    item: str
    word: NonceWord
    probability: float = 1.0


def _rows(words: Sequence[NonceWord], grammar: Grammar, args: argparse.Namespace) -> Iterator[_Row]:
    """The words as drawn, or with all their variants."""
    width = len(str(args.n))
    for number, word in enumerate(words, 1):
        item = f"n{number:0{width}d}"
        if args.variants == "drawn":
            yield _Row(item, item, word)
            continue
        for n, one in enumerate(grammar.variants(word.ur, args.include, word.stratum), 1):
            derived = one.derivation
            variant = replace(word, sr=one.sr, processes=derived.processes, met=derived.met)
            yield _Row(f"{item}.{n}", item, variant, one.probability)


def _table(rows: Sequence[_Row], grammar: Grammar, args: argparse.Namespace) -> Iterator[list[str]]:
    """Its header and its lines, as cells."""
    every, strata = args.variants == "all", bool(grammar.strata)
    yield ["id", "ur", "sr", "processes", *["stratum"] * strata, *["item", "probability"] * every]
    for row in rows:
        word = row.word
        ur = (*word.ur, *[symbol_of(word.stratum)] * bool(args.tag))
        cells = [row.id, " ".join(ur), " ".join(word.sr), ",".join(word.processes)]
        yield [*cells, *[word.stratum] * strata, *[row.item, str(cell(row.probability))] * every]


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
    try:
        return [grammar.bare(w.ur) for w in words]
    except InputError as error:
        raise InputError(error.message, path) from None


def _summarize(n: int, rows: Sequence[_Row], grammar: Grammar, args: argparse.Namespace) -> None:
    """How often each process applies, and each stratum occurs; rows count by their probability."""
    counts: Counter[str] = Counter()
    met: dict[tuple[str, str], list[float]] = defaultdict(lambda: [0.0, 0.0])  # process, stratum -> applied, met
    for row in rows:
        counts.update(dict.fromkeys(row.word.processes or [""], row.probability))
        for name in row.word.met:
            applied_and_met = met[name, row.word.stratum]
            applied_and_met[0] += row.probability * (name in row.word.processes)
            applied_and_met[1] += row.probability
    said = f" with {count(len(rows), 'variant')}" if args.variants == "all" else ""
    print(f"{n} nonce words{said} in {args.out}")
    weights = sum(one.weight for one in grammar.strata.values())
    of_strata = Counter(dict.fromkeys(grammar.strata, 0.0))
    for row in rows:
        of_strata[row.word.stratum] += row.probability
    for name, stratum in grammar.strata.items():
        expected = f"{100 * stratum.weight / weights:.1f} % by weight"
        print(f"  {f'<{name}>':<24} {of_strata[name]:>7.0f} words  {100 * of_strata[name] / n:5.1f} %  ({expected})")
    for process in grammar.processes:
        if process.optional and not counts[process.name]:
            continue
        print(f"  {process.name:<24} {counts[process.name]:>7.0f} words  {100 * counts[process.name] / n:5.1f} %")
        for name in grammar.strata or [""]:
            applied, of = met[process.name, name]
            rate = process.rate_in(name)
            if of and rate < 1:
                where = f"{name}: " if name else ""
                print(f"    {where}in {percent_of(applied, of)} of {of:,.0f} that meet it; rate {percent_of(rate, 1)}")
    print(f"  {'(no process)':<24} {counts['']:>7.0f} words")
    units = ["--ur-units", "space", "--sr-units", "space"] + ["--keep-edges"] * any("+" in r.word.ur for r in rows)
    if args.variants == "all":
        units += ["--weight", "probability"]
    say_next(quoted("fairseq-phonology", "prepare", args.out, *units, "--split", ".9,.1", "--dest", "data"))


def low_and_high(text: str) -> tuple[int, int]:
    """``1-4``, or one number for both."""
    match = re.fullmatch(r"(\d+)(?:-(\d+))?", text)
    if not match:
        raise InputError(f"--syllables is {text!r}; allowed: LOW-HIGH, as in 1-4")
    return int(match[1]), int(match[2] or match[1])
