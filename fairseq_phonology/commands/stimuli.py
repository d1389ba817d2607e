"""``fairseq-phonology stimuli``: the words of an experiment: nonce, of one's own stems and suffixes, or real."""

from __future__ import annotations

import argparse
import dataclasses
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

from ..corpus.pairs import Units, Word, check_units, read_words
from ..errors import InputError
from ..files import check_new_file
from ..phonology.grammar import Grammar
from ..phonology.transcription import EDGE, UNITS, drop_edges, segment
from ..stimuli.classes import Classes
from ..stimuli.crossed import Design, crossed, fillers_of
from ..stimuli.items import CELLS, LEAST_UNITS, LEAST_WORDS, Item, write_stimuli
from ..stimuli.own_units import from_parts, read_parts
from ..stimuli.real_words import from_words
from .nonce import low_and_high, urs_to_exclude
from .terminal import BOLD, paint, quoted

EXAMPLE = (
    "fairseq-phonology stimuli user_dir_examples/korean_nasalization/korean.toml --process obstruent-nasalization "
    "--seed 1 --out stimuli.tsv"
)
_SHOWN = 4  # examples of each reason
_OF_NONCE = {"stems": 60, "suffixes": 8, "syllables": "1-2", "carriers": None}  # options of drawn words, with defaults


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb's options."""
    parser.add_argument("grammar", metavar="GRAMMAR", help="grammar file (TOML)")
    parser.add_argument("--process", required=True, metavar="NAME", help="the process that is asked about")
    parser.add_argument("--out", required=True, metavar="FILE", help="write the list here")
    parser.add_argument("--overwrite", action="store_true", help="replace a FILE that is there")
    parser.add_argument(
        "--items",
        metavar="FILE",
        help="cross your own stems and suffixes: a table with tabs, header `stem` and `suffix`, either column as long "
        "as it is; further columns whose names begin with stem_ or suffix_ travel along",
    )
    parser.add_argument(
        "--from-words", metavar="LIST", help="give each real word of a list (as for prepare) its own 2 x 2"
    )
    parser.add_argument("--units", choices=UNITS, default="space", help="how those are written (default: space)")
    parser.add_argument("--sr-units", choices=UNITS, help="how the list's SRs are written (default: as --units)")
    parser.add_argument(
        "--stems",
        type=int,
        metavar="N",
        help="nonce stems of each class (default 60); in a progressive process the stems carry the trigger, so that "
        "this counts those of R and of N, and --suffixes those of T and of C",
    )
    parser.add_argument("--suffixes", type=int, metavar="N", help="nonce suffixes of each class (default 8)")
    parser.add_argument("--syllables", metavar="LOW-HIGH", help="syllables of a nonce stem (default 1-2)")
    parser.add_argument(
        "--carriers", metavar="SYLLABLES", help='IPA syllables that nonce stems are built from, as in "ta ko pi"'
    )
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="seed of the random draws (default 1)")
    parser.add_argument(
        "--edge",
        action=argparse.BooleanOptionalAction,
        help="+ (a morpheme edge) between stem and suffix (default: exactly if a rule of the process mentions one)",
    )
    parser.add_argument(
        "--with", dest="include", action="append", default=[], metavar="NAME", help="apply an optional process"
    )
    parser.add_argument(
        "--exclude", metavar="FILE", help="word list, such as the training list, whose URs may not occur"
    )
    parser.add_argument(
        "--exclude-units", choices=UNITS, default="space", help="how the URs of that list are written (default: space)"
    )
    parser.add_argument(
        "--fillers", type=int, default=0, metavar="N", help="nonce words without the process (default 0)"
    )
    parser.add_argument("--all-exclusions", action="store_true", help="print everything that was left out, with why")


def run(args: argparse.Namespace) -> None:
    """Make the words, write them, and say what they are."""
    if args.fillers < 0:
        raise InputError(f"--fillers is {args.fillers}; allowed: 0 or more")
    if args.items and args.from_words:
        raise InputError("--items does not go with --from-words: cross your own parts, or take real words")
    given = [name for name in _OF_NONCE if getattr(args, name) is not None]
    if given and (args.items or args.from_words):
        raise InputError(f"--{given[0]} is about nonce words, and does not go with --items or --from-words")
    if args.from_words and (args.exclude or args.edge is not None):
        option = "--exclude" if args.exclude else "--edge"
        raise InputError(f"{option} does not go with --from-words: real words are taken as they are")
    read = {"grammar": args.grammar, "table": args.items, "list": args.from_words, "list to exclude": args.exclude}
    check_new_file(args.out, args.overwrite, read)
    grammar = Grammar.load(args.grammar)
    exclude = urs_to_exclude(args.exclude, args.exclude_units, grammar) if args.exclude else []
    design = _design(args, grammar, exclude)
    write_stimuli(args.out, design.items)
    for line in _lines(args, grammar, design):
        print(line)


def _design(args: argparse.Namespace, grammar: Grammar, exclude: list[tuple[str, ...]]) -> Design:
    joined = {"edge": args.edge, "include": args.include, "exclude": exclude}
    if args.items:
        parts = read_parts(args.items, args.units)
        every = [Word(part.segments, None, part.text, "", args.items, 0) for some in parts for part in some]
        check_units(every, grammar.inventory, "the grammar's", "--units", args.units)
        try:
            design = from_parts(grammar, args.process, *parts, **joined)
        except InputError as error:
            raise InputError(error.message, error.path or args.items, error.line) from None
    elif args.from_words:
        words = read_words(args.from_words, Units(args.units, args.sr_units or args.units, keep_edges=True))
        check_units(words, grammar.inventory, "the grammar's", "--units", args.units)
        try:
            design = from_words(grammar, args.process, words, args.include)
        except InputError as error:
            raise InputError(error.message, error.path or args.from_words, error.line) from None
    else:
        chosen = {name: getattr(args, name) for name in _OF_NONCE if getattr(args, name) is not None}
        options = _OF_NONCE | chosen
        options["syllables"] = low_and_high(options["syllables"])
        options["carriers"] = _carriers(options["carriers"] or "", grammar)
        return crossed(grammar, args.process, seed=args.seed, fillers=args.fillers, **options, **joined)
    if not args.fillers:
        return design
    taken = {drop_edges(item.ur) for item in design.items} | set(exclude)
    edge = any(EDGE in item.ur for item in design.items)
    more = fillers_of(grammar, args.process, args.fillers, args.seed, (1, 4), edge, args.include, taken)
    return dataclasses.replace(design, items=(*design.items, *more))


def _carriers(text: str, grammar: Grammar) -> list[tuple[str, ...]] | None:
    syllables = [segment(syllable, "ipa") for syllable in text.split()]
    unknown = next((one for syllable in syllables for one in syllable if one not in grammar.inventory), None)
    if unknown is not None:
        raise InputError(f"--carriers: {unknown!r} is no segment of the inventory ({' '.join(grammar.inventory)})")
    return syllables or None


def _lines(args: argparse.Namespace, grammar: Grammar, design: Design) -> Iterator[str]:
    items, classes = design.items, design.classes
    yield f"{len(items):,} words for {args.process} ({grammar.language or 'a language without name'}) in {args.out}"
    if args.from_words:
        yield f"{sum(item.cell == 'TR' for item in items):,} real words, each with its own 2 x 2"
        yield from _clean(items)
    else:
        carriers = ("target", "trigger") if classes.regressive else ("trigger", "target")
        yield f"the stem carries the {carriers[0]}, the suffix the {carriers[1]}; every stem with every suffix"
    yield from (f"  {line}" for line in _used(design).lines())
    yield from _cells(items)
    if design.excluded:
        yield f"left out: {len(design.excluded):,}"
        yield from _exclusions(design, args)
    if not args.from_words:
        yield from _lone(args, design)
    yield from _power(args, items, classes.regressive)
    dest = Path(args.out).with_suffix("")
    words = [args.out, "--ur-units", "space", "--sr-units", "space", "--dictionaries", "DATA/bin"]
    command = quoted("fairseq-phonology", "prepare", *words, "--dest", dest.with_name(f"{dest.name}-data"))
    yield f"{paint('next:', BOLD)} {command}"
    yield "      (DATA: the folder that prepare made for the training of the model)"
    if any(EDGE in item.ur for item in items):
        yield "      (--dictionaries keeps the edges + exactly if the model was trained with them)"


def _clean(items: tuple[Item, ...]) -> Iterator[str]:
    """How many of the real words the main test is about."""
    own = [item for item in items if item.cell == "TR"]
    fed = [item for item in own if item.fed_by]
    if fed:
        makers = ", ".join(dict.fromkeys(name for item in fed for name in item.fed_by))
        fate = "tested apart" if len(fed) >= LEAST_WORDS else f"in no test, which takes {LEAST_WORDS}"
        yield f"{len(own) - len(fed):,} clean, {len(fed):,} whose site {makers} makes ({fate})"


def _used(design: Design) -> Classes:
    """The classes, of which only what stands in the items."""
    roles = {"target": "T", "control_target": "C", "trigger": "R", "control_trigger": "N"}
    found = {(item.target_class, item.target) for item in design.items}
    found |= {(item.trigger_class, item.trigger) for item in design.items}
    used = {
        role: tuple(one for one in getattr(design.classes, role) if (letter, one) in found)
        for role, letter in roles.items()
    }
    return dataclasses.replace(design.classes, **used)


def _lone(args: argparse.Namespace, design: Design) -> Iterator[str]:
    """Segments of T or R that one stem or suffix alone has: the claim rule asks each segment by itself."""
    for role, letter in (("target", "T"), ("trigger", "R")):
        unit = "stem" if (role == "target") == design.classes.regressive else "suffix"
        units: dict[str, set[str]] = defaultdict(set)
        for item in design.items:
            if getattr(item, f"{role}_class") == letter:
                units[getattr(item, role)].add(getattr(item, unit))
        lone = [segment for segment, some in units.items() if len(some) == 1]
        if lone:
            plural = {"stem": "stems", "suffix": "suffixes"}[unit]
            stand = "stands" if len(lone) == 1 else "stand"
            each = "" if len(lone) == 1 else " each"
            number = LEAST_UNITS * len(getattr(design.classes, role))
            more = "give each four" if args.items else f"--{plural} {number} gives each four"
            yield (
                f"note: {_and(lone)} ({letter}) {stand} in one {unit}{each}, which can veto a claim by itself: {more}"
            )


def _and(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _cells(items: tuple[Item, ...]) -> Iterator[str]:
    counts = Counter(item.cell or "filler" for item in items)
    yield f"  {'cell':<8}{'words':>6}  example"
    for cell in (*CELLS, "filler"):
        if counts[cell]:
            one = next(item for item in items if (item.cell or "filler") == cell)
            yield f"  {cell:<8}{counts[cell]:>6,}  /{' '.join(one.ur)}/ -> [{' '.join(one.sr)}]"


def _exclusions(design: Design, args: argparse.Namespace) -> Iterator[str]:
    by_reason: dict[str, list[str]] = defaultdict(list)
    for what, why in design.excluded:
        by_reason[why].append(what)
    for why, whats in sorted(by_reason.items(), key=lambda one: -len(one[1])):
        shown = whats if args.all_exclusions else whats[:_SHOWN]
        why += f" (--units is {args.units})" if "has no segment" in why else ""
        more = "" if len(shown) == len(whats) else ", ... (all with --all-exclusions)"
        yield f"  {len(whats):>6,}  {why}: {', '.join(shown)}{more}"


def _power(args: argparse.Namespace, items: tuple[Item, ...], regressive: bool) -> list[str]:
    from ..analysis.contrasts.power import what_it_buys, what_words_buy

    if args.from_words:
        clean = sum(item.cell == "TR" and not item.fed_by for item in items)
        if clean < LEAST_WORDS:
            return [f"what it buys: nothing: {clean} clean words; a test needs {LEAST_WORDS}"]
        return what_words_buy(clean, seed=args.seed)
    units = {(item.target_class, item.stem if regressive else item.suffix) for item in items if item.cell}
    others = {(item.trigger_class, item.suffix if regressive else item.stem) for item in items if item.cell}
    targets, triggers = Counter(cls for cls, _ in units), Counter(cls for cls, _ in others)
    return what_it_buys((targets["T"], targets["C"]), (triggers["R"], triggers["N"]), seed=args.seed)
