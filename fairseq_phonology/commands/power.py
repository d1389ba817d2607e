"""``fairseq-phonology power``: how many stems and suffixes, or real words, an effect needs."""

from __future__ import annotations

import argparse
import dataclasses
import itertools
import math
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from ..errors import InputError
from ..files import check_new_file, write_csv
from . import options

if TYPE_CHECKING:
    from ..analysis.contrasts.power import Power, Variances

EXAMPLE = "fairseq-phonology power --stems 15,30,60 --suffixes 8 --effects .5,1,2"
_TESTS = tuple(f"{unit}_{scale}" for unit in ("stems", "suffixes", "both") for scale in ("mass", "logit"))
_COLUMNS = ("words", "stems", "suffixes", "effect", "claims", *_TESTS, "false_claims")
_PILOT = ("grammar", "process", "stimuli")
Row = tuple[int | str, int | str, int | str, float, "Power"]  # words, stems and suffixes of each class, effect


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
    effects = "responses (interactions) of one head, in logits (default: .25,.5,1,2)"
    add("--effects", default=".25,.5,1,2", metavar="E,...", help=effects)
    add("--heads", type=int, default=12, metavar="H", help="heads that are tested together (default: 12)")
    add("--simulations", type=int, default=500, metavar="S", help="simulations of each row (default: 500)")
    add("--permutations", type=int, default=999, metavar="B", help="relabelings for each test (default: 999)")
    add("--seed", type=int, default=1, metavar="S", help="seed of the simulations (default: 1)")
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
    sizes, effects = _checked(args)
    if args.out:
        check_new_file(args.out, args.overwrite, {"grammar": args.grammar, "list": args.stimuli})
    variances, row_unit, source = _variances(args)
    rows = list(_rows(args, sizes, effects, variances, row_unit))
    print("\n".join(_table(rows, args, variances, source)))
    if args.out:
        _write(rows, args.out)
        print(f"written: {args.out}")


def _checked(args: argparse.Namespace) -> tuple[dict[str, list[int]], list[float]]:
    from ..stimuli.items import LEAST_UNITS, LEAST_WORDS

    options.at_least(args, heads=1, simulations=100, permutations=99, seed=0)
    if args.words is not None and (args.stems or args.suffixes):
        raise InputError("found --words and --stems or --suffixes; allowed: real words, or a crossed design")
    if args.pilot and (missing := [f"--{name}" for name in _PILOT if not getattr(args, name)]):
        raise InputError(f"no {', '.join(missing)}; --pilot needs them")
    effects = _numbers("--effects", args.effects, float, 0)
    if args.words is not None:
        return {"words": _numbers("--words", args.words, int, LEAST_WORDS)}, effects
    return {
        "stems": _numbers("--stems", args.stems or "30", int, LEAST_UNITS),
        "suffixes": _numbers("--suffixes", args.suffixes or "8", int, LEAST_UNITS),
    }, effects


def _numbers(option: str, text: str, kind: Callable[[str], float], least: float) -> list:
    try:
        numbers = [kind(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if not numbers or not all(least <= number < float("inf") for number in numbers):
        what = "numbers" if kind is float else "whole numbers"
        raise InputError(f"{option} is {text!r}; allowed: {what} of {least} or more, commas between")
    return numbers


def _variances(args: argparse.Namespace) -> tuple[Variances, str, str]:
    """The variances, what carries the target, and where they come from, in words."""
    from ..analysis.contrasts.power import Variances, variances_from

    if not args.pilot:
        return Variances(), "stems", "stated defaults; --pilot takes them from a dump"
    from ..analysis.events.collect import collect
    from ..analysis.pipeline.question import question_of
    from ..analysis.withheld import complete
    from ..attention.dump.reader import AttentionDump

    asked = question_of(**options.question(args), include=args.include, say=print)
    with AttentionDump(args.pilot) as dump:
        events = collect(dump, asked.items, asked.grammar, asked.process, asked.include)
    design, exclusions = complete(events)
    if design is None or not design.is_crossed:
        withheld = exclusions.reasons_withheld if exclusions else ()
        why = withheld[0] if withheld else "it is no crossed design of stems and suffixes"
        raise InputError(f"cannot serve as pilot: {why}", args.stimuli)
    view = events.views[0]
    logit = view.logit.reshape(len(events.events), -1)
    return variances_from(design, logit), design.row_unit, f"from {args.pilot}, {view.kind}, median over heads"


def _rows(
    args: argparse.Namespace, sizes: dict[str, list[int]], effects: list[float], variances: Variances, row_unit: str
) -> Iterator[Row]:
    from tqdm import tqdm

    from ..analysis.contrasts.power import power_of_words, power_table

    rows = len(effects) * math.prod(map(len, sizes.values()))
    how = {"variances": variances, "heads": args.heads, "simulations": args.simulations}
    how |= {"n_permutations": args.permutations, "seed": args.seed}
    quiet = not sys.stderr.isatty()
    with tqdm(total=rows * args.simulations, unit=" simulations", delay=1, disable=quiet, leave=False) as bar:
        how["tick"] = bar.update
        for words, effect in itertools.product(sizes.get("words", ()), effects):
            yield words, "", "", effect, power_of_words(words, effect, **how)
        if "stems" in sizes:
            for row in power_table(sizes["stems"], sizes["suffixes"], effects, row_unit=row_unit, **how):
                yield "", *row


def _table(rows: Sequence[Row], args: argparse.Namespace, variances: Variances, source: str) -> list[str]:
    from ..analysis.criteria import ALPHA
    from ..text import decimal

    parts = ", ".join(
        f"{field.name.replace('_', ' ')} {round(getattr(variances, field.name), 2):g}"
        for field in dataclasses.fields(variances)
    )
    tests = [test for test in _TESTS if test.endswith("logit") and test in rows[0][4].tests]
    heads = ["words"] if rows[0][0] else ["stems", "suffixes"]
    heads += ["logits", "claimed", *(f"p {test.removesuffix('_logit')}" for test in tests), "false claims"]
    lines = [
        f"response of one head of {args.heads}; {args.simulations} simulations a row, {args.permutations} relabelings",
        f"variances ({source}):",
        f"  {parts}",
        "",
        "".join(f"{head:>14}" for head in heads),
    ]
    for words, stems, suffixes, effect, found in rows:
        cells = [f"{words}"] if words else [f"{stems} + {stems}", f"{suffixes} + {suffixes}"]
        shares = (found.claims, *(found.tests[test] for test in tests), found.false_claims)
        cells += [f"{effect:g}", *(f"{100 * share:.1f} %" for share in shares)]
        lines.append("".join(f"{cell:>14}" for cell in cells))
    both = [] if rows[0][0] else ["p both: stems and suffixes random at once."]
    lines += [
        "",
        f"claimed: all of the claim rule. p: one test alone, max-T p < {decimal(ALPHA)} on the logit scale.",
        *both,
        "false claims: in any of the other heads, which have no response.",
    ]
    return lines


def _write(rows: Sequence[Row], path: str) -> None:
    lines: list[Sequence[object]] = [_COLUMNS]
    for *size, effect, found in rows:
        shares = [f"{found.tests[test]:.4g}" if test in found.tests else "" for test in _TESTS]
        lines.append([*size, f"{effect:g}", f"{found.claims:.4g}", *shares, f"{found.false_claims:.4g}"])
    write_csv(path, lines)
