"""``fairseq-phonology stimuli``: the words of an experiment: nonce, of one's own stems and suffixes, or real."""

from __future__ import annotations

import argparse
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import fmean

from ..corpus.fit import check_units
from ..corpus.lexicon import PHONOTACTICS
from ..corpus.pairs import Word, read_words
from ..corpus.units import Units
from ..errors import InputError
from ..files import new_file
from ..phonology.grammar import STRATUM, Grammar, symbol_of
from ..phonology.transcription import EDGE, UNITS, WORD_EDGE, drop_edges, segment
from ..stimuli.classes import Classes
from ..stimuli.crossed import Design, crossed, fillers_of
from ..stimuli.interference import gold_of_variable
from ..stimuli.items import CELLS, LEAST_UNITS, LEAST_WORDS, Item, with_symbol, write_stimuli
from ..stimuli.own_units import from_parts, read_parts
from ..stimuli.real_words import from_words, in_stratum_of
from ..stimuli.summary import carrying_line, class_lines, left_out, moves, notes_on, part_line
from ..text import count, decimal, listed
from .nonce import urs_to_exclude
from .wiring.numbers import SEED, SYLLABLES, Number, low_and_high
from .wiring.options import (
    NO_STRATA,
    UNITS_DEFAULT,
    add_include,
    add_list_options,
    add_phonotactics,
    add_tag,
    check_phonotactics,
    check_tag,
    list_options,
    phonotactics,
    units_or,
)
from .wiring.terminal import BOLD, paint, quoted, say

EXAMPLE = (
    "fairseq-phonology stimuli user_dir_examples/korean_nasalization/korean.toml --process obstruent-nasalization "
    "--seed 1 --out stimuli.tsv"
)
_SHOWN = 4  # examples of each reason
_MOST = 10_000_000  # words
_OF_NONCE = {"stems": 60, "suffixes": 8, "syllables": "1-2", "carriers": None}  # options of drawn words, with defaults


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb's options."""
    add = parser.add_argument
    add("grammar", metavar="GRAMMAR", help="grammar file (TOML)")
    add("--process", required=True, metavar="NAME", help="the process that is studied")
    add(
        "--part",
        type=Number(1, 1_000),
        metavar="N",
        help="of a process with several parts (two directions; segments and the end of the word) this one, from 1 "
        "(default: the first; what is left out is printed)",
    )
    add("--out", required=True, metavar="FILE", help="write the list here")
    add("--overwrite", action="store_true", help="replace a FILE that is there")
    add(
        "--items",
        metavar="FILE",
        help="cross your own stems and suffixes: a table with tabs and the header `stem` and `suffix`; one column "
        "may be longer than the other; further columns whose names begin with stem_ or suffix_ are copied",
    )
    add("--from-words", metavar="LIST", help="make a 2 x 2 of its own for each real word of a list (as for prepare)")
    add(
        "--units",
        choices=UNITS,
        help=f"how the stems and suffixes, or the URs of the list, are written {UNITS_DEFAULT}",
    )
    add("--sr-units", choices=UNITS, help="how the list's SRs are written (default: as --units)")
    add(
        "--stems",
        type=Number(1, 100_000),
        metavar="N",
        help="nonce stems of each class (default: 60): of T and of C; in a progressive process, where the stems carry "
        "the trigger, of R and of N",
    )
    add("--suffixes", type=Number(1, 100_000), metavar="N", help="nonce suffixes of each class (default: 8)")
    add("--syllables", metavar="LOW-HIGH", help="syllables of a nonce stem (default: 1-2)")
    add("--carriers", metavar="SYLLABLES", help='IPA syllables that nonce stems are built from, as in "ta ko pi"')
    add("--seed", type=SEED, default=1, metavar="S", help="seed of the random draws (default: 1)")
    add(
        "--edge",
        action=argparse.BooleanOptionalAction,
        help="put + (a morpheme edge) between stem and suffix (default: only if a rule of the process mentions one)",
    )
    add_include(parser)
    add(
        "--stratum",
        metavar="NAME",
        help="lexical class of the words, in a grammar with strata; of a list with a column stratum, words of this one",
    )
    add_tag(parser)
    add("--exclude", metavar="FILE", help="word list, such as the training list, whose URs may not occur")
    add("--exclude-units", choices=UNITS, help=f"how the URs of that list are written {UNITS_DEFAULT}")
    add_list_options(parser)
    add_phonotactics(parser)
    add(
        "--fillers",
        type=Number(0, 1_000_000),
        default=0,
        metavar="N",
        help="number of nonce words to which the process does not apply (default: 0)",
    )
    add("--all-exclusions", action="store_true", help="print everything that was excluded, with the reason")


def run(args: argparse.Namespace) -> None:
    """Make the words, write them, and say what they are."""
    check(args)
    args.units, args.exclude_units = units_or(args.units, args), units_or(args.exclude_units, args)
    _write(args)


def check(args: argparse.Namespace) -> None:
    """What the options alone tell: numbers, and which of them go together."""
    if (words := 4 * (args.stems or 60) * (args.suffixes or 8)) > _MOST:
        raise InputError(f"--stems x --suffixes make {words:,} words; allowed: {_MOST:,}")
    check_phonotactics(args)
    if args.syllables:
        low_and_high(args.syllables, "--syllables", SYLLABLES)
    if args.items and args.from_words:
        raise InputError(
            "found --items and --from-words; allowed: one of the two (your own stems and suffixes, or real words)"
        )
    given = [name for name in _OF_NONCE if getattr(args, name) is not None]
    if given and (args.items or args.from_words):
        raise InputError(f"--{given[0]} is an option of nonce words; allowed only without --items and --from-words")
    if args.from_words and (args.exclude or args.edge is not None):
        option = "--exclude" if args.exclude else "--edge"
        raise InputError(
            f"found {option} with --from-words; allowed only without it, because real words are not changed"
        )


def _write(args: argparse.Namespace) -> None:
    read = {"grammar": args.grammar, "table": args.items, "list": args.from_words, "list to exclude": args.exclude}
    read |= {"list of --phonotactics": args.phonotactics}
    with new_file(args.out, args.overwrite, read) as place:
        grammar = Grammar.load(args.grammar).asking(args.include)
        check_tag(args, grammar)
        if args.stratum:
            if not grammar.strata:
                raise InputError(f"found --stratum {args.stratum}, and {NO_STRATA}", args.grammar)
            grammar = grammar.in_stratum(args.stratum)
        exclude = urs_to_exclude(args.exclude, args.exclude_units, grammar, list_options(args)) if args.exclude else []
        notes: list[str] = []
        of_ur = phonotactics(args, grammar.inventory.segments, "the grammar's", notes)
        words = _real_words(args, grammar) if args.from_words else []
        grammar = in_stratum_of(words, grammar)
        design = _design(args, grammar, exclude, words)
        if of_ur:
            design = replace(
                design, items=tuple(replace(i, more=i.more | {PHONOTACTICS: of_ur(i.ur)}) for i in design.items)
            )
        write_stimuli(place, _with_strata(design.items, grammar, args))
    for line in (*notes, *_lines(args, grammar, design)):
        say(line)


def _real_words(args: argparse.Namespace, grammar: Grammar) -> list[Word]:
    """Those of ``--from-words``."""
    units = Units(args.units, args.sr_units or args.units, keep_edges=True, **list_options(args))
    notes: list[str] = []
    words = read_words(args.from_words, units, notes, used=None)
    say(*notes)
    check_units(words, grammar.inventory, "the grammar's", "--units", args.units)
    return words


def _design(
    args: argparse.Namespace, grammar: Grammar, exclude: list[tuple[str, ...]], words: Sequence[Word]
) -> Design:
    """Of the user's own stems and suffixes, of these real words, or drawn."""
    joined = {"edge": args.edge, "include": args.include, "exclude": exclude, "part": args.part}
    if args.items:
        parts = read_parts(args.items, Units(args.units, keep_edges=True, **list_options(args)))
        every = [Word(part.segments, None, part.text, "", args.items, 0) for some in parts for part in some]
        check_units(every, grammar.inventory, "the grammar's", "--units", args.units)
        try:
            design = from_parts(grammar, args.process, *parts, **joined)
        except InputError as error:
            raise InputError(error.message, error.path or args.items, error.line) from None
    elif args.from_words:
        try:
            design = from_words(grammar, args.process, words, args.include, args.part)
        except InputError as error:
            raise InputError(error.message, error.path or args.from_words, error.line) from None
    else:
        chosen = {name: getattr(args, name) for name in _OF_NONCE if getattr(args, name) is not None}
        options = _OF_NONCE | chosen
        options["syllables"] = low_and_high(options["syllables"], "--syllables", SYLLABLES)
        options["carriers"] = _carriers(options["carriers"] or "", grammar)
        return crossed(grammar, args.process, seed=args.seed, fillers=args.fillers, **options, **joined)
    if not args.fillers:
        return design
    taken = {drop_edges(item.ur) for item in design.items} | set(exclude)
    edge = any(EDGE in item.ur for item in design.items)
    more = fillers_of(grammar, args.process, args.fillers, args.seed, (1, 4), edge, args.include, taken)
    return replace(design, items=(*design.items, *more))


def _with_strata(items: Sequence[Item], grammar: Grammar, args: argparse.Namespace) -> Iterator[Item]:
    """The words with their stratum as a column, and with ``--tag`` at the end of their URs."""
    for item in items:
        stratum = item.more.get(STRATUM) or grammar.stratum
        told = replace(item, more=item.more | ({STRATUM: stratum} if stratum else {})) if grammar.strata else item
        yield with_symbol(told, symbol_of(stratum)) if args.tag else told


def _carriers(text: str, grammar: Grammar) -> list[tuple[str, ...]] | None:
    syllables = [segment(syllable, "ipa") for syllable in text.split()]
    unknown = next((one for syllable in syllables for one in syllable if one not in grammar.inventory), None)
    if unknown is not None:
        raise InputError(f"--carriers: {unknown!r} is not in the inventory ({' '.join(grammar.inventory)})")
    return syllables or None


def _lines(args: argparse.Namespace, grammar: Grammar, design: Design) -> Iterator[str]:
    items, classes = design.items, design.classes
    yield f"{len(items):,} words for {args.process} ({grammar.language or 'a language without name'}) in {args.out}"
    asked = grammar, args.process, design, args.include
    yield from part_line(*asked)
    yield from filter(None, [gold_of_variable(grammar, args.process)])
    if args.from_words:
        yield f"{sum(item.cell == 'TR' for item in items):,} real words, each with its own 2 x 2"
        yield from _clean(items)
    else:
        yield carrying_line(classes)
    yield from (f"  {line}" for line in class_lines(design))
    yield from _cells(items)
    if design.excluded:
        yield f"excluded: {len(design.excluded):,}"
        yield from _exclusions(design, args)
    if not args.from_words:
        yield from _lone(args, design)
    yield from (f"note: {note}" for note in notes_on(*asked, shapes=not args.from_words))
    yield from left_out(*asked, drawn=not (args.items or args.from_words))
    yield from _power(args, items, classes, moves(grammar, args.process, items, args.include))
    dest = Path(args.out).with_suffix("")
    words = [args.out, "--ur-units", "space", "--sr-units", "space", "--dictionaries", "DATA/bin"]
    command = quoted("fairseq-phonology", "prepare", *words, "--dest", dest.with_name(f"{dest.name}-data"))
    yield f"{paint('next:', BOLD)} {command}"
    yield "      (DATA: the folder that prepare made for the training of the model)"
    if any(EDGE in item.ur for item in items):
        yield "      (with --dictionaries the edges + are kept if the model was trained with them, and else removed)"


def _clean(items: tuple[Item, ...]) -> Iterator[str]:
    """How many of the real words the main test is about."""
    own = [item for item in items if item.cell == "TR"]
    fed = [item for item in own if item.fed_by]
    if fed:
        feeding = ", ".join(dict.fromkeys(name for item in fed for name in item.fed_by))
        fate = "a test of their own" if len(fed) >= LEAST_WORDS else f"not tested, because a test needs {LEAST_WORDS}"
        yield (
            f"{len(own) - len(fed):,} without interaction of processes, {len(fed):,} with a site that "
            f"{feeding} creates ({fate})"
        )


def _lone(args: argparse.Namespace, design: Design) -> Iterator[str]:
    """Segments of T or R that one stem or suffix alone has: the claim rule asks each segment by itself."""
    for role, letter in (("target", "T"), ("trigger", "R")):
        unit = "stem" if (role == "target") == design.classes.regressive else "suffix"
        units: dict[str, set[str]] = defaultdict(set)
        for item in design.items:
            if getattr(item, f"{role}_class") == letter:
                units[getattr(item, role)].add(getattr(item, unit))
        lone = [segment for segment, some in units.items() if len(some) == 1 and segment != WORD_EDGE]
        if lone:
            plural = {"stem": "stems", "suffix": "suffixes"}[unit]
            occur, each = ("occurs", "") if len(lone) == 1 else ("occur", " each")
            number = LEAST_UNITS * len(getattr(design.classes, role))
            more = "give each four" if args.items else f"--{plural} {number} gives each four"
            yield (
                f"note: {listed(lone)} ({letter}) {occur} in one {unit}{each}; a claim needs each "
                f"segment, so that this {unit} "
                f"alone can prevent it: {more}"
            )


def _cells(items: tuple[Item, ...]) -> Iterator[str]:
    counts = Counter(item.cell or "filler" for item in items)
    phonotactic = any(PHONOTACTICS in item.more for item in items)
    yield f"  {'cell':<8}{'words':>6}{'  phonotactics' * phonotactic}  example"
    for cell in (*CELLS, "filler"):
        if counts[cell]:
            some = [item for item in items if (item.cell or "filler") == cell]
            mean = f"{decimal(fmean(float(i.more[PHONOTACTICS]) for i in some)):>14}" if phonotactic else ""
            yield f"  {cell:<8}{counts[cell]:>6,}{mean}  /{' '.join(some[0].ur)}/ -> [{' '.join(some[0].sr)}]"


def _exclusions(design: Design, args: argparse.Namespace) -> Iterator[str]:
    by_reason: dict[str, list[str]] = defaultdict(list)
    for what, why in design.excluded:
        by_reason[why].append(what)
    for why, whats in sorted(by_reason.items(), key=lambda one: -len(one[1])):
        shown = whats if args.all_exclusions else whats[:_SHOWN]
        why += f" (--units is {args.units})" if "has no segment" in why else ""
        more = "" if len(shown) == len(whats) else ", ... (all with --all-exclusions)"
        yield f"  {len(whats):>6,}  {why}: {', '.join(shown)}{more}"


def _power(args: argparse.Namespace, items: tuple[Item, ...], classes: Classes, moved: bool) -> list[str]:
    from ..analysis.contrasts.power import lines_of_crossed, lines_of_words
    from ..analysis.design.crossing import lengths_of
    from ..analysis.design.limits import differ_in_length

    if classes.at_edge:
        return ["power: none, because a design with one edge as trigger or control is described and not claimed"]
    if moved:
        return ["power: none, because a deletion, an insertion or a metathesis is described and not claimed"]
    lengths = lengths_of(items)
    if differ_in_length(lengths):
        each = " and ".join(f"{mean:.1f} segments in {letter}" for mean, letter in zip(lengths, "RN", strict=True))
        return [f"power: none, because words of unequal length ({each}) are described and not claimed"]
    if args.from_words:
        clean = sum(item.cell == "TR" and not item.fed_by for item in items)
        if clean < LEAST_WORDS:
            return [f"power: none, because {count(clean, 'real word')} can be tested and a test needs {LEAST_WORDS}"]
        return lines_of_words(clean, seed=args.seed)
    sides = []
    for place, unit in (
        ("target", "stem" if classes.regressive else "suffix"),
        ("trigger", "suffix" if classes.regressive else "stem"),
    ):
        letters = ("T", "C") if place == "target" else ("R", "N")
        of = [(getattr(item, f"{place}_class"), item) for item in items if item.cell]
        for what in (unit, place):
            counts = Counter(letter for letter, _ in {(letter, getattr(item, what)) for letter, item in of})
            sides.append(tuple(counts[letter] for letter in letters))
    targets, target_segments, triggers, trigger_segments = sides
    return lines_of_crossed(targets, triggers, (*target_segments, *trigger_segments), seed=args.seed)
