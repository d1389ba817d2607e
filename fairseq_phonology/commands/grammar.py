"""``fairseq-phonology grammar``: what a grammar file says, in its inventory, and derivations with their variants."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence

from ..corpus.units import Units
from ..errors import InputError
from ..phonology.described import changes_of, denoted, groups_of, triggers_of, warnings_of
from ..phonology.grammar import Grammar, Variant, symbol_of, without_symbol
from ..phonology.grammar.strata import known_stratum
from ..phonology.matching import compiled
from ..phonology.natural_classes import Inventory, written
from ..phonology.notation import Rule
from ..phonology.process import Process, Site
from ..phonology.transcription import UNITS
from ..text import columns, count, listed, percent_of
from .wiring.options import NO_STRATA, UNITS_DEFAULT, add_include, add_profile, units_or
from .wiring.terminal import BOLD, paint, quoted, say, say_next

EXAMPLE = (
    "fairseq-phonology grammar user_dir_examples/korean_nasalization/korean.toml --process obstruent-nasalization "
    "--derive 국물 --ur-units hangul-ur"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb's options."""
    add = parser.add_argument
    add("grammar", metavar="GRAMMAR", help="grammar file (TOML)")
    add("--derive", nargs="+", default=[], metavar="UR", help="print the derivations of these URs, and their variants")
    add("--ur-units", choices=UNITS, help=f"how they are written {UNITS_DEFAULT}")
    add_profile(parser)
    add("--process", metavar="NAME", help="describe this process alone")
    add_include(parser)
    add("--stratum", metavar="NAME", help="lexical class of the URs (default: each of the grammar's in turn)")


def run(args: argparse.Namespace) -> None:
    """Print the segments, the processes, warnings and derivations."""
    grammar = Grammar.load(args.grammar, check=False)
    for name in args.include:
        grammar.process(name)  # refuses what is none
    processes = [grammar.process(args.process)] if args.process else list(grammar.processes)
    changes = (one for p in grammar.processes for r in p.rules for one in changes_of(r, grammar.inventory, p.trigger))
    refused = any(one.unclear for one in changes)
    profile = {"profile": args.profile or "", "profile_column": args.profile_column or ""}
    units = Units(units_or(args.ur_units, args), keep_edges=True, **profile)
    urs = [units.segmented(text, "ur") for text in args.derive]
    if args.stratum:
        if grammar.strata:
            known_stratum(args.stratum, grammar.strata)
        if not grammar.stratified(args.include):
            raise InputError(f"found --stratum {args.stratum}, and {NO_STRATA}", args.grammar)
    derived = [] if refused else [one for ur in urs for one in _derived(ur, grammar, args)]
    say(f"{paint(grammar.language or args.grammar, BOLD)}: {_counted(grammar)}")
    if unseen := grammar.inventory.transparent - set(map(symbol_of, grammar.strata)):
        say(f"rules pass over {' '.join(sorted(unseen))}")
    if grammar.strata and all(p in grammar.depending for p in processes if args.process):
        say("", *_strata(grammar))
    if not args.process:
        say("", *_segments(grammar.inventory))
    for process in processes:
        say("", *_process(process, grammar))
    if warnings := warnings_of(grammar.inventory, processes):
        say("", *(f"warning: {warning}" for warning in warnings))
    if refused:
        sys.stdout.flush()
        Grammar.load(args.grammar)  # says what has just been shown with a question mark, and ends here
    for lines in derived:
        say("", *lines)
    if grammar.syllables.nuclei:
        say_next(quoted("fairseq-phonology", "nonce", args.grammar, "--n", "10000", "--out", "nonce.tsv"))


def _counted(grammar: Grammar) -> str:
    optional = f", of which optional: {' '.join(grammar.optional)}" if grammar.optional else ""
    return f"{count(len(grammar.inventory), 'segment')}, {count(len(grammar.processes), 'process')}{optional}"


def _derived(ur: Sequence[str], grammar: Grammar, args: argparse.Namespace) -> Iterator[list[str]]:
    """A word's derivation with all that may apply, sites of the process described, and its variants; by stratum."""
    told = args.stratum or without_symbol(ur, grammar.strata)[1]
    for stratum in [told] if told or not grammar.stratified(args.include) else grammar.strata:
        derivation = grammar.derive(ur, args.include, stratum=stratum)
        sites = [_site(site) for site in derivation.sites(args.process or "")]
        lines = [*([f"stratum: {stratum}"] if stratum else []), *str(derivation).split("\n"), *sites]
        if derivation.met:
            variants = grammar.variants(ur, args.include, stratum)
            width = max(columns(" ".join(one.sr)) for one in variants) + 2
            met = {name for one in variants for way in one.ways for name in way.met}
            lines.append(f"variants, by {listed(one.name for one in grammar.processes if one.name in met)}:")
            for one in variants:
                share = percent_of(one.probability, 1)
                lines.append(
                    f"  {share:>8}  {_padded('[' + ' '.join(one.sr) + ']', width + 2)}{_applied(one, grammar)}"
                )
        yield lines


def _applied(variant: Variant, grammar: Grammar) -> str:
    """Which variable processes applied in a variant; in how much of it, where it is reached without them, too."""
    shares = {one.name: variant.share(one.name) for one in grammar.processes}
    always = [name for name, share in shares.items() if share == 1]
    said = [f"{listed(always)} applied"] * bool(always)
    said += [f"{name} applied in {percent_of(share, 1)} of it" for name, share in shares.items() if 0 < share < 1]
    return ", ".join(said) or "none applied"


def _strata(grammar: Grammar) -> Iterator[str]:
    """Their shares of nonce words, and what they have of their own."""
    whole = sum(one.weight for one in grammar.strata.values())
    for name, one in grammar.strata.items():
        own = ", with syllables of its own" if one.syllables else ""
        yield f"stratum {paint(name, BOLD)}: {percent_of(one.weight, whole)} of nonce words{own}"
    if not grammar.stratified():
        yield f"strata count with {listed((p.name for p in grammar.depending), 'or')} only (--with NAME)"


def _rate(process: Process, grammar: Grammar) -> str:
    """In which words a process applies, unless in all."""
    strata = process.strata or tuple(grammar.strata)
    rates = {name: process.rate_in(name) for name in strata} or {"": process.rate_in()}
    if set(rates.values()) == {1.0}:
        return f", in {listed(process.strata)} only" if process.strata else ""
    said = [f"{percent_of(rate, 1)}{f' in {name}' if name else ''}" for name, rate in rates.items()]
    return f", rate {listed(said)}" + (" only" if process.strata else "")


def _segments(inventory: Inventory) -> Iterator[str]:
    """A table for each manner: a line for each segment, a column for each feature in which they differ."""
    for group in groups_of(inventory):
        alike = [(name, value) for name, value in group.alike if value != "0"]
        yield paint(group.name, BOLD) + f", all {written(alike)}"
        width = max(map(columns, group.segments)) + 2
        if group.differing:
            yield " " * (width + 2) + " ".join(group.differing)
        for one in group.segments:
            values = inventory.features(one)
            cells = [values[name].center(len(name)) for name in group.differing]
            yield f"  {_padded(one, width)}{' '.join(cells)}".rstrip()


def _process(process: Process, grammar: Grammar) -> Iterator[str]:
    """The rules of a process: what each bundle stands for, what becomes what, and next to what."""
    manner = "" if process.manner == "simultaneous" else f", {process.manner}"
    optional = ", optional" if process.optional else ""
    inventory = grammar.inventory
    how = manner + optional + _rate(process, grammar)
    yield paint(process.name, BOLD) + how + (f"  ({process.citation})" if process.citation else "")
    for rule in process.rules:
        yield f"  {rule.text}"
        lines = {written(bundle): _shortened(some, inventory) for bundle, some in denoted(rule, inventory)}
        width = max(map(columns, (*lines, "triggers"))) + 2
        yield from (f"    {_padded(bundle, width)}{segments}" for bundle, segments in lines.items())
        for targets, triggers in _outcomes(rule, process, inventory):
            yield f"    {_padded('targets', width)}{targets}"
            yield from [f"    {_padded('triggers', width)}{triggers}"] if triggers else []
    if controls := grammar.controls.get(process.name):
        sides = {"target": controls.target, "trigger": controls.trigger}
        named = "; ".join(f"{side} {' '.join(segments)}" for side, segments in sides.items() if segments)
        yield f"  controls: {named}"


def _outcomes(rule: Rule, process: Process, inventory: Inventory) -> Iterator[tuple[str, str]]:
    """What becomes of the targets, and what conditions it, for each value of the rule's variables that can be met."""
    side = compiled(rule, inventory, process.trigger).side
    found, same = {}, []
    for one in changes_of(rule, inventory, process.trigger):
        said = [f"{old or '∅'} → {new or '∅'}" for old, new in one.changed.items()]
        if rule.order:
            said = [f"{old} ⇄ {_shortened(others, inventory)}" for old, others in one.outcomes.items()]
        said += [f"{old} → ?" for old in one.unclear]
        stay = " ".join(old for old in one.outcomes if old not in one.changed and old not in one.unclear)
        triggers = triggers_of(one, side, inventory)
        if len(said) == 1 and triggers == tuple(one.changed):
            same += said
            continue
        where = f"{_shortened(triggers, inventory)}, to the {side}" if triggers else ""
        found[", ".join(said) + ("; " if said and stay else "") + (f"{stay} as before" if stay else ""), where] = None
    if same:
        found[", ".join(same), f"the same segment, to the {side}"] = None
    yield from found


def _shortened(segments: Sequence[str], inventory: Inventory) -> str:
    """Segments, by what is missing where nearly all are there."""
    missing = [s for s in inventory if s not in segments]
    if len(segments) < 10 or len(missing) > len(segments) / 3:
        return " ".join(segments) or "no segment"
    edges = " ".join(s for s in segments if s not in inventory)
    return "all segments" + (f" but {' '.join(missing)}" if missing else "") + (f", {edges}" if edges else "")


def _site(site: Site) -> str:
    place = "" if site.target is None else f" at {site.target + 1}"
    near = f", by {site.trigger_segment} at {site.trigger + 1}" if site.trigger is not None else ""
    near = near or (", by #" if site.edge else "")
    fed = f", fed by {listed(site.fed_by)}" if site.fed_by else ""
    return f"site: {site.segment or '∅'} → {site.outcome or '∅'}{place}{near}{fed}"


def _padded(text: str, width: int) -> str:
    return text + " " * (width - columns(text))
