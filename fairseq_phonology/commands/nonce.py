"""``fairseq-phonology nonce``: a corpus of nonce words from a grammar, or by the n-grams of a word list."""

from __future__ import annotations

import argparse
import functools
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import fmean
from typing import Any

from tqdm import tqdm

from ..corpus.lexicon import PHONOTACTICS, Lexicon
from ..corpus.pairs import read_words
from ..corpus.units import Units
from ..errors import InputError
from ..files import new_file, tsv_line, write_file
from ..phonology.grammar import Grammar, Way, strata_of_words, symbol_of
from ..phonology.phonotactics.ngrams import ORDER
from ..phonology.phonotactics.nonce import NonceWord, nonce_words, words_like
from ..phonology.transcription import EDGE, UNITS, drop_edges
from ..text import cell, count, decimal, percent_of
from .wiring.numbers import SEED, SYLLABLES, WORDS, Number, low_and_high
from .wiring.options import (
    UNITS_DEFAULT,
    add_include,
    add_list_options,
    add_ngram,
    add_tag,
    check_tag,
    list_options,
    units_or,
)
from .wiring.terminal import quoted, say, say_next

_SEGMENTS = 1_000  # of a word drawn from a list
EXAMPLE = "fairseq-phonology nonce user_dir_examples/korean_nasalization/korean.toml --n 10000 --seed 1 --out nonce.tsv"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb's options."""
    add = parser.add_argument
    add("grammar", nargs="?", metavar="GRAMMAR", help="grammar file (TOML); with --from-words it may be left out")
    add("--n", type=WORDS, required=True, metavar="N", help="number of words, all distinct")
    add("--seed", type=SEED, default=1, metavar="S", help="seed of the random draws (default: 1)")
    add("--syllables", metavar="LOW-HIGH", help="syllables in a word (default: 1-4)")
    add(
        "--edges",
        type=Number(0, 1, whole=False),
        metavar="P",
        help="probability of a morpheme edge (+) between syllables (default: .3 where the rules mention edges, else 0)",
    )
    add(
        "--at-least",
        type=Number(0, WORDS.most),
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
    add(
        "--from-words",
        metavar="LIST",
        help="draw words by the n-grams of this word list (as for prepare), in place of the grammar's syllables: none "
        "of its words, with their log-probability; with GRAMMAR its SRs, else URs alone",
    )
    add("--units", choices=UNITS, help=f"how the URs of that list are written {UNITS_DEFAULT}")
    add_ngram(parser)
    add(
        "--weight",
        metavar="COLUMN",
        help="n-grams of tokens: how often each word of that list occurs (default: each UR counts once, types)",
    )
    add("--segments", metavar="LOW-HIGH", help="segments in a word drawn from a list (default: as in the list)")
    add("--exclude", metavar="FILE", help="word list, as for prepare, whose URs must not be drawn")
    add("--exclude-units", choices=UNITS, help=f"how the URs of that list are written {UNITS_DEFAULT}")
    add_list_options(parser)
    add(
        "--out",
        metavar="FILE",
        help="write the table (id, ur, sr, processes; stratum; phonotactics with --from-words; item, probability with "
        "--variants all) to this file instead of to the terminal",
    )
    add("--overwrite", action="store_true", help="replace a FILE that is there")


def run(args: argparse.Namespace) -> None:
    """Draw the words, write them, and say how often each process applies."""
    check(args)
    args.exclude_units = units_or(args.exclude_units, args)
    read = {"grammar": args.grammar, "list": args.exclude, "list of --from-words": args.from_words}
    with new_file(args.out, args.overwrite, read) as place:
        grammar = Grammar.load(args.grammar).asking(args.include) if args.grammar else None
        check_tag(args, grammar)
        exclude = urs_to_exclude(args.exclude, args.exclude_units, grammar, list_options(args)) if args.exclude else []
        listed = _Listed(args, grammar) if args.from_words else None
        if listed:
            drawn = listed.words(args, exclude)
        else:
            length = low_and_high(args.syllables or "1-4", "--syllables", SYLLABLES)
            drawn = nonce_words(grammar, args.n, args.seed, length, args.edges, args.include, exclude, args.at_least)
        words = list(tqdm(drawn, total=args.n, unit=" words", delay=1, disable=None, leave=False))
        rows = list(_rows(words, grammar, args))
        text = "".join(map(tsv_line, _table(rows, grammar, args, listed)))
        if place:
            write_file(place, text)
    if not args.out:
        sys.stdout.write(text)
        return
    for line in listed.notes if listed else ():
        say(line)
    _summarize(len(words), rows, grammar, args, listed)
    for line in listed.lines(rows) if listed else ():
        say(line)
    units = ["--ur-units", "space", "--sr-units", "space"] + ["--keep-edges"] * any(EDGE in r.word.ur for r in rows)
    if args.variants == "all":
        units += ["--weight", "probability"]
    if grammar:
        say_next(quoted("fairseq-phonology", "prepare", args.out, *units, "--split", ".9,.1", "--dest", "data"))


def check(args: argparse.Namespace) -> None:
    """What the options alone tell: numbers, and which of them go with a list, which with a grammar."""
    for name, most in (("syllables", SYLLABLES), ("segments", _SEGMENTS)):
        if (asked := getattr(args, name)) is not None:
            low_and_high(asked, f"--{name}", most)
    needed = {
        "--from-words LIST": ("units", "ngram", "weight", "segments"),
        "GRAMMAR": ("syllables", "edges", "at_least", "include", "tag"),
    }
    if args.from_words and (given := [name for name in ("syllables", "edges") if getattr(args, name) is not None]):
        raise InputError(f"found --{given[0]} with --from-words; allowed only without it (--segments LOW-HIGH)")
    for what, names in needed.items():
        if args.from_words if what != "GRAMMAR" else args.grammar:
            continue
        if given := [name for name in names if getattr(args, name) not in (None, 0, [])]:
            raise InputError(f"found --{_option(given[0])}; allowed only with {what}")
        if what == "GRAMMAR" and not args.from_words:
            raise InputError("found no GRAMMAR; allowed only with --from-words LIST, whose n-grams words are drawn by")
        if what == "GRAMMAR" and args.variants == "all":
            raise InputError("found --variants all; allowed only with GRAMMAR, which derives the SRs")


def _option(name: str) -> str:
    return {"include": "with"}.get(name, name.replace("_", "-"))


class _Listed:
    """The list of ``--from-words``: its n-grams by stratum, and what is said of the words drawn by them."""

    def __init__(self, args: argparse.Namespace, grammar: Grammar | None):
        self.notes: list[str] = []
        reading = list_options(args)
        columns = replace(reading.pop("columns"), weight=args.weight or "")
        units = Units(units_or(args.units, args), keep_edges=True, columns=columns, **reading)
        known = grammar.inventory.segments if grammar else None
        self._grammar, strata_of = grammar, None
        if grammar and grammar.strata:
            strata_of = functools.partial(strata_of_words, grammar, path=args.from_words)
        self.lexicon = Lexicon.read(args.from_words, units, known, notes=self.notes, strata_of=strata_of)
        self.order = args.ngram or ORDER
        self._parts = self.lexicon.by_stratum()
        self._ngrams = {stratum: part.ngrams(self.order) for stratum, part in self._parts.items()}
        self.weights = {
            stratum: sum(part.weights) if part.weights else len(set(part.urs)) for stratum, part in self._parts.items()
        }
        self._tally: Counter[str] = Counter()
        bare = [len(drop_edges(ur)) for ur in self.lexicon.urs]
        self.segments = (
            low_and_high(args.segments, "--segments", _SEGMENTS) if args.segments else (min(bare), max(bare))
        )

    def words(self, args: argparse.Namespace, exclude: Sequence[tuple[str, ...]]) -> Iterator[NonceWord]:
        """The words, as `words_like` draws them; strata as often as among the URs of the list, or by its weights."""
        how = args.n, args.seed, self.segments, self._grammar, args.include, exclude, args.at_least, self._tally
        return words_like(self._ngrams, self.weights, self.lexicon.urs, *how)

    def log_prob(self, word: NonceWord) -> float:
        """Of a word's UR, by the n-grams of its stratum."""
        return self._ngrams[word.stratum].log_prob(word.ur)

    def lines(self, rows: Sequence[_Row]) -> Iterator[str]:
        """By what the words were drawn, and how many draws were real words."""
        kind = "tokens" if self.lexicon.weights else f"types, {count(len(set(self.lexicon.urs)), 'UR')}"
        by = ", by stratum" if len(self._parts) > 1 else ""
        draws, real = self._tally["draws"], self._tally["real"]
        low, high = self.segments
        yield f"drawn by {self.order}-grams of {self.lexicon.path} ({kind}{by}), {low} to {high} segments"
        yield f"  {real:,} of {count(draws, 'draw')} gave words of the list ({percent_of(real, draws)}): drawn again"
        found = sorted({row.item: self.log_prob(row.word) for row in rows}.values())
        least, most, mean = (decimal(value) for value in (found[0], found[-1], fmean(found)))
        yield f"  phonotactics (log-probability): {least} to {most}, mean {mean}"


@dataclass(frozen=True)
class _Row:
    """A nonce word with one of its SRs; ``ways``: all that lead to it, the most probable first."""

    id: str
    item: str
    word: NonceWord
    ways: tuple[Way, ...]
    probability: float = 1.0


def _rows(words: Sequence[NonceWord], grammar: Grammar, args: argparse.Namespace) -> Iterator[_Row]:
    """The words as drawn, or with all their variants."""
    width = len(str(args.n))
    for number, word in enumerate(words, 1):
        item = f"n{number:0{width}d}"
        if args.variants == "drawn":
            yield _Row(item, item, word, (Way(1.0, word.processes, word.met),))
            continue
        for n, one in enumerate(grammar.variants(word.ur, args.include, word.stratum), 1):
            derived = one.derivation
            variant = replace(word, sr=one.sr, processes=derived.processes, met=derived.met)
            yield _Row(f"{item}.{n}", item, variant, one.ways, one.probability)


def _table(
    rows: Sequence[_Row], grammar: Grammar | None, args: argparse.Namespace, listed: _Listed | None
) -> Iterator[list[str]]:
    """Its header and its lines, as cells."""
    every, strata = args.variants == "all", bool(grammar and grammar.strata)
    derived = ["sr", "processes"] if grammar else []
    likely = [PHONOTACTICS] if listed else []
    yield ["id", "ur", *derived, *["stratum"] * strata, *likely, *["item", "probability"] * every]
    for row in rows:
        word = row.word
        ur = (*word.ur, *[symbol_of(word.stratum)] * bool(args.tag))
        cells = [row.id, " ".join(ur), *([" ".join(word.sr) or "∅", ",".join(word.processes)] if grammar else [])]
        cells += [word.stratum] * strata + [decimal(listed.log_prob(word), 4) for _ in likely]
        yield [*cells, *[row.item, str(cell(row.probability))] * every]


def urs_to_exclude(path: str, units: str, grammar: Grammar | None, reading: dict[str, Any]) -> list[tuple[str, ...]]:
    """The URs of a word list that must not be drawn; units in which none has the grammar's segments are refused.

    Args:
        path: the list.
        units: of its URs.
        grammar: the one that words are drawn from; None: of any segments.
        reading: how it is read besides, as `list_options` says it.
    """
    notes: list[str] = []
    words = read_words(path, Units(ur=units, **reading), notes, used=None)
    for note in notes:
        say(f"note: {note}", to=sys.stderr)
    foreign = [w for w in words if grammar and not all(s in grammar.inventory for s in w.ur)]
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
        say(f"note: {path}: {note}; they have no effect, for such words are never drawn", to=sys.stderr)
    try:
        return [grammar.bare(w.ur) if grammar else w.ur for w in words]
    except InputError as error:
        raise InputError(error.message, path) from None


def _summarize(
    n: int, rows: Sequence[_Row], grammar: Grammar | None, args: argparse.Namespace, drawn: _Listed | None
) -> None:
    """How often each process applies, and each stratum occurs; rows and the ways to them count by their probability."""
    if grammar is None:
        say(f"{n} nonce words in {args.out}")
        return
    counts: Counter[str] = Counter()
    met: dict[tuple[str, str], list[float]] = defaultdict(lambda: [0.0, 0.0])  # process, stratum -> applied, met
    for stratum, way in ((row.word.stratum, way) for row in rows for way in row.ways):
        counts.update(dict.fromkeys(way.processes or [""], way.probability))
        for name in way.met:
            applied_and_met = met[name, stratum]
            applied_and_met[0] += way.probability * (name in way.processes)
            applied_and_met[1] += way.probability
    said = f" with {count(len(rows), 'variant')}" if args.variants == "all" else ""
    say(f"{n} nonce words{said} in {args.out}")
    if empty := sum(not row.word.sr for row in rows):
        say(f"  nothing is left of {count(empty)}: the SR is written ∅, as prepare reads it; see `grammar --derive`")
    weights = drawn.weights if drawn else {name: one.weight for name, one in grammar.strata.items()}
    of_strata = Counter(dict.fromkeys(grammar.strata, 0.0))
    for row in rows:
        of_strata[row.word.stratum] += row.probability
    for name in grammar.strata:
        expected = "the list has no word of it"
        if name in weights:
            share = percent_of(weights[name], sum(weights.values()), 1)
            expected = f"{share} {'in the list' if drawn else 'by weight'}"
        say(f"  {f'<{name}>':<24} {_words_of(of_strata[name], n)}  ({expected})")
    if grammar.strata and args.at_least:
        say(f"    strata are rarer where --at-least {args.at_least} draws words again that do not help")
    for process in grammar.processes:
        if process.optional and not counts[process.name]:
            continue
        say(f"  {process.name:<24} {_words_of(counts[process.name], n)}")
        for name in grammar.strata or [""]:
            applied, of = met[process.name, name]
            rate = process.rate_in(name)
            if of and rate < 1:
                where = f"{name}: " if name else ""
                say(f"    {where}in {percent_of(applied, of)} of {of:,.0f} that meet it; rate {percent_of(rate, 1)}")
    say(f"  {'(no process)':<24} {_number_of(counts[''])}")


def _words_of(some: float, n: int) -> str:
    """How many words, and in %; of variants, words as often as they have them."""
    return f"{_number_of(some):<13}  {percent_of(some, n, 1):>7}"


def _number_of(some: float) -> str:
    return f"{some:>7.0f} {'word' if round(some) == 1 else 'words'}"
