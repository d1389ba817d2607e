"""``fairseq-phonology power``: how many stems and suffixes, or real words, an effect needs."""

from __future__ import annotations

import argparse
import dataclasses
import itertools
import math
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import InputError
from ..files import new_file, write_csv
from ..text import listed, read_number
from .wiring import options
from .wiring.numbers import SEED, Number
from .wiring.terminal import say

if TYPE_CHECKING:
    from ..analysis.contrasts.power import Power
    from ..analysis.contrasts.simulated import Variances

EXAMPLE = "fairseq-phonology power --stems 15,30,60 --suffixes 8 --effects .5,1,2"
# the level is that of each row; the others are not used
_AS_ASKED = ("level", *("stem_ratio", "suffix_ratio", "target_segment_ratio", "trigger_segment_ratio", "skewed"))
_MOST = 20_000_000  # numbers in one simulation
_ROWS = 50  # numbers of one option
_UNCERTAIN = (
    "  estimates, those of segments from few: twelve simulated pilots of 60 + 60 x 8 + 8 units put a power of 55 % at "
    "43 to 73 %, twelve of 8 + 8 x 8 + 8 at 29 to 77 %"
)
_PILOT = ("grammar", "process", "stimuli")
Row = tuple[int | str, int | str, int | str, float, float, "Power"]  # words, stems, suffixes, mass of TR, effect


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb's options."""
    add = parser.add_argument
    add(
        "--stems",
        metavar="N,...",
        help="stems of each class (default: 30): 30 that undergo the process and 30 that do not; in a progressive "
        "process, where the stems carry the trigger, 30 that trigger it and 30 that do not",
    )
    add(
        "--suffixes",
        metavar="N,...",
        help="suffixes of each class (default: 8): 8 that trigger the process and 8 that do not; in a progressive "
        "process 8 that undergo it and 8 that do not",
    )
    add("--words", metavar="N,...", help="instead of stems and suffixes: real words, each with its own 2 x 2")
    effects = "responses (interactions) of one head, in logits (natural log-odds; default: .5,1,2,4)"
    add("--effects", default=".5,1,2,4", metavar="E,...", help=effects)
    levels = "mass of the trigger in a typical word of TR, the response included (default: .5)"
    add("--levels", default=".5", metavar="M,...", help=levels)
    segments = "segments of T, C, R and N that stems and suffixes share (default: 3,2,2,8; real words have 8,2,2,4)"
    add("--segments", metavar="T,C,R,N", help=segments)
    add("--heads", type=Number(1, 10_000), default=12, metavar="H", help="heads that are tested together (default: 12)")
    add(
        "--simulations",
        type=Number(100, 1_000_000),
        default=500,
        metavar="S",
        help="simulations of each row (default: 500)",
    )
    add("--seed", type=SEED, default=1, metavar="S", help="seed of the simulations (default: 1)")
    add("--pilot", metavar="DUMP", help="take the variances from this dump of a crossed design (default: stated ones)")
    add("--grammar", metavar="FILE", help="of the pilot: grammar file (TOML)")
    add("--process", metavar="NAME", help="of the pilot: the process studied")
    add("--stimuli", metavar="TSV", help="of the pilot: its words, as for analyze")
    options.add_units(parser)
    options.add_include(parser)
    add("--out", metavar="CSV", help="new file for all shares")
    add("--overwrite", action="store_true", help="replace a CSV that is there")


def run(args: argparse.Namespace) -> None:
    """Simulate, print the table, and write it on request."""
    sizes, asked = _checked(args)
    with new_file(args.out, args.overwrite, {"grammar": args.grammar, "list": args.stimuli}) as place:
        variances, row_unit, source = _variances(args)
        rows = list(_rows(args, sizes, asked, variances, row_unit))
        say(*_table(rows, args, variances, source))
        if place:
            _write(rows, place)
    if args.out:
        say(f"written: {args.out}")


def _checked(args: argparse.Namespace) -> tuple[dict[str, list[int]], dict[str, Any]]:
    """Sizes, and what else is simulated."""
    from ..stimuli.items import LEAST_UNITS, LEAST_WORDS

    if args.words is not None and (args.stems or args.suffixes or args.segments):
        raise InputError(
            "found --words and --stems, --suffixes or --segments; allowed: real words, or a crossed design"
        )
    if args.pilot and (missing := [f"--{name}" for name in _PILOT if not getattr(args, name)]):
        raise InputError(f"no {', '.join(missing)}; --pilot needs them")
    if not args.pilot and (given := [f"--{name}" for name in _PILOT if getattr(args, name)]):
        raise InputError(f"found {given[0]}; allowed only with --pilot DUMP")
    asked = {"effects": _numbers("--effects", args.effects, float, 0, 100), "levels": _masses(args.levels)}
    if args.words is not None:
        sizes = {"words": _numbers("--words", args.words, int, LEAST_WORDS)}
        _check_memory(max(sizes["words"]), args.heads)
        return sizes, asked
    sizes = {
        "stems": _numbers("--stems", args.stems or "30", int, LEAST_UNITS),
        "suffixes": _numbers("--suffixes", args.suffixes or "8", int, LEAST_UNITS),
    }
    _check_memory(max(sizes["stems"]) * max(sizes["suffixes"]), args.heads)
    if args.segments:
        segments = _numbers("--segments", args.segments, int, 1)
        if len(segments) != 4 or max(segments) > min(*sizes["stems"], *sizes["suffixes"]):
            raise InputError(
                f"--segments is {args.segments!r}; allowed: four whole numbers, of T, C, R and N, no more than there "
                "are stems and suffixes of a class"
            )
        asked["segments"] = tuple(segments)
    return sizes, asked


def _check_memory(quadruples: int, heads: int) -> None:
    """Raises:
    InputError: one simulation has more numbers than fit into the memory of a laptop, some eighty bytes for each.
    """
    if 4 * quadruples * heads > _MOST:
        raise InputError(
            f"{4 * quadruples:,} words x {heads:,} heads are too many to simulate; allowed: {_MOST:,} in all, so "
            f"{_MOST // heads:,} words"
        )


def _masses(text: str) -> list[float]:
    masses = _numbers("--levels", text, float, 0)
    if not all(0 < mass < 1 for mass in masses):
        raise InputError(f"--levels is {text!r}; allowed: numbers between 0 and 1, commas between")
    return masses


def _numbers(option: str, text: str, kind: type[float] | type[int], least: float, most: float = 10**9) -> list:
    try:
        numbers = [read_number(part, kind) for part in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) > _ROWS:
        raise InputError(f"{option} has {len(numbers):,} numbers; allowed: up to {_ROWS}")
    if not numbers or not all(least <= number <= most for number in numbers):
        what = "numbers" if kind is float else "whole numbers"
        upper = f"from {least} to {most:,}" if any(number > most for number in numbers) else f"of {least} or more"
        shown = text if len(text) <= 60 else f"{text[:60]}..."
        raise InputError(f"{option} is {shown!r}; allowed: {what} {upper}, commas between")
    return numbers


def _variances(args: argparse.Namespace) -> tuple[Variances, str, str]:
    """The variances, what carries the target, and where they come from, in words."""
    from ..analysis.contrasts.simulated import Variances, variances_from

    if not args.pilot:
        return Variances(), "stems", "stated defaults; --pilot takes them from a dump"
    from ..analysis.events.collect import collect
    from ..analysis.pipeline.question import question_of
    from ..analysis.withheld import complete
    from ..attention.dump.reader import AttentionDump

    asked = question_of(**options.question(args), include=args.include, say=say)
    with AttentionDump(args.pilot) as dump:
        events = collect(dump, asked.items, asked.grammar, asked.process, asked.include)
    design, exclusions = complete(events)
    if design is None or not design.is_crossed:
        withheld = exclusions.reasons_withheld if exclusions else ()
        why = withheld[0] if withheld else "it is no crossed design of stems and suffixes"
        raise InputError(f"cannot serve as pilot: {why}", args.stimuli)
    if design.limits:
        why = f"{listed(design.limits)}: nothing is claimed, whatever the size"
        raise InputError(f"cannot serve as pilot: {why}", args.stimuli)
    view = events.views[0]
    log_odds, mass = (getattr(view, name).reshape(len(events.events), -1) for name in ("log_odds", "mass"))
    variances = variances_from(design, log_odds, mass)
    return variances, design.row_unit, f"from {args.pilot}, {view.kind}, median over heads"


def _rows(
    args: argparse.Namespace, sizes: dict[str, list[int]], asked: dict[str, Any], variances: Variances, row_unit: str
) -> Iterator[Row]:
    from tqdm import tqdm

    from ..analysis.contrasts.power import power_of_words, power_table

    rows = math.prod(map(len, (*sizes.values(), asked["effects"], asked["levels"])))
    how = {"heads": args.heads, "simulations": args.simulations, "seed": args.seed}
    quiet = not sys.stderr.isatty()
    with tqdm(total=rows * args.simulations, unit=" simulations", delay=1, disable=quiet, leave=False) as bar:
        how["tick"] = bar.update
        for words, level, effect in itertools.product(sizes.get("words", ()), asked["levels"], asked["effects"]):
            yield words, "", "", level, effect, power_of_words(words, effect, variances.at(level, effect), **how)
        if "stems" in sizes:
            how |= asked | {"row_unit": row_unit, "variances": variances}
            for row in power_table(sizes["stems"], sizes["suffixes"], **how):
                yield "", *row


def _table(rows: Sequence[Row], args: argparse.Namespace, variances: Variances, source: str) -> list[str]:
    from ..analysis.criteria import ATTENDS

    parts = ", ".join(
        f"{field.name.replace('_', ' ')} {round(getattr(variances, field.name), 2):g}"
        for field in dataclasses.fields(variances)
        if field.name not in _AS_ASKED
    )
    heads = ["words"] if rows[0][0] else ["stems", "suffixes"]
    heads += ["TR", "logits", "claimed", *(f"({n})" for n, _ in enumerate(ATTENDS.simulated, 1)), "false claims"]
    lines = [
        f"response of one head of {args.heads}; {args.simulations} simulations a row",
        f"what log-odds are made of ({source}):",
        f"  {parts}",
        *([_UNCERTAIN] if args.pilot else []),
        "",
        _aligned(heads),
    ]
    for words, stems, suffixes, level, effect, found in rows:
        cells = [f"{words}"] if words else [f"{stems} + {stems}", f"{suffixes} + {suffixes}"]
        shares = (found.claims, *found.met.values(), found.false_claims)
        lines.append(_aligned([*cells, f"{level:g}", f"{effect:g}", *(f"{100 * share:.1f} %" for share in shares)]))
    return [
        *lines,
        "",
        "TR: mass of the trigger in a typical word. claimed: all of the claim rule, of which each part alone:",
        *(f"  ({n}) {criterion.clause}" for n, criterion in enumerate(ATTENDS.simulated, 1)),
        "false claims: in any of the other heads, which have no response.",
    ]


def _aligned(cells: Sequence[str]) -> str:
    return "".join(f"{cell:>{14 if n == len(cells) - 1 else 10}}" for n, cell in enumerate(cells))


def _write(rows: Sequence[Row], path: Path) -> None:
    parts = [re.sub(r"\W+", "_", name.lower()).strip("_") for name in rows[0][-1].met]
    lines: list[Sequence[object]] = [("words", "stems", "suffixes", "mass", "effect", "claims", *parts, "false_claims")]
    for *size, level, effect, found in rows:
        shares = (found.claims, *found.met.values(), found.false_claims)
        lines.append([*size, f"{level:g}", f"{effect:g}", *(f"{share:.4g}" for share in shares)])
    write_csv(path, lines)
