"""A language's phonology from one TOML file: inventory, syllables, strata, ordered processes. Derives SRs from URs."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ...errors import InputError, logger_of
from ...files import read_toml
from ..described import check_changes, unmet_rules
from ..form import Form, Syllables
from ..ipa import meant
from ..natural_classes import Inventory
from ..notation import read_classes
from ..process import Process
from ..transcription import EDGE, drop_edges
from .derivation import Derivation, Step, Variant, Way
from .sections import (
    Controls,
    check_keys,
    check_metrics,
    check_segments,
    controls_of,
    line_of,
    process_of,
    section_of,
    strata_of,
    syllables_of,
    symbols_of,
    table_of,
    text_of,
)
from .strata import Stratum, known_stratum, symbol_of, without_symbol

logger = logger_of(__name__)

_MOST_MET = 12  # variable processes that one word may meet: 2 ** 12 ways to derive it


@dataclass(frozen=True)
class Grammar:
    """Inventory, syllables, strata and ordered processes of one language.

    Attributes:
        strata: the lexical classes of its words, by name; empty where it has none.
        stratum: the one that all words are of (`in_stratum`); empty where each word has its own.
        lexicon: the strata of words that do not bear a symbol of theirs, by their segments (`knowing`).
        unasked: strata that do not count (`asking`), whose symbols URs may bear all the same.
    """

    language: str
    inventory: Inventory
    processes: tuple[Process, ...]
    syllables: Syllables = field(default_factory=Syllables)
    controls: Mapping[str, Controls] = field(default_factory=dict)
    citation: str = ""
    strata: Mapping[str, Stratum] = field(default_factory=dict)
    stratum: str = ""
    lexicon: Mapping[tuple[str, ...], str] = field(default_factory=dict, repr=False)
    unasked: Mapping[str, Stratum] = field(default_factory=dict, repr=False)

    @classmethod
    def load(cls, path: str | Path, check: bool = True) -> Grammar:
        """A grammar from its TOML file.

        Args:
            path: the file.
            check: refuse feature changes without a clear outcome, and warn of rules that change nothing.

        Raises:
            InputError: naming the file and, for what TOML itself or a rule's notation forbids, the place in it.
        """
        text, table = read_toml(path)
        try:
            grammar = cls.from_table(table, check)
        except RecursionError:
            raise InputError("cannot be read: a rule is nested too deeply", path) from None
        except InputError as error:
            raise InputError(error.message, path, line_of(error.message, text)) from None
        for warning in unmet_rules(grammar.processes, grammar.inventory) if check else ():
            logger.warning("warning: %s", InputError(warning, path, line_of(warning, text)))
        return grammar

    @classmethod
    def from_table(cls, table: Mapping[str, Any], check: bool = True) -> Grammar:
        """A grammar from the content of its TOML file; ``check`` as of `load`."""
        check_keys(table, "")
        sound = section_of(table, "inventory", "[inventory]")
        features = table_of(sound.get("features", {}), "[inventory.features]")
        for symbol, text in features.items():
            if not isinstance(text, str):
                raise InputError(
                    f'[inventory.features] {symbol!r}: found {text!r}; allowed: "k [+cg]" or "[+syl, -cons]"'
                )
        segments = symbols_of(sound.get("segments", ()), "[inventory] segments")
        check_segments(segments, "[inventory] segments")
        check_segments(features, "[inventory.features]")
        unseen = (symbols_of(some.get("transparent", ()), "transparent") for some in (table, sound))
        inventory = Inventory(segments, features, itertools.chain.from_iterable(unseen))
        if not inventory.segments:
            raise InputError("the grammar names no segments; [inventory] needs: segments = [...]")
        entries = table.get("process", [])
        if not isinstance(entries, list):
            raise InputError("[process] must be written [[process]], once for each process")
        symbols = read_classes(table_of(table.get("classes", {}), "[classes]"), inventory)
        syllables = syllables_of(section_of(table, "syllable", "[syllable]"), inventory, symbols)
        strata = strata_of(table.get("strata", {}), syllables, inventory, symbols)
        processes = tuple(process_of(entry, symbols, strata) for entry in entries)
        names = [p.name for p in processes]
        if twice := [n for n in names if names.count(n) > 1]:
            raise InputError(f"[[process]] name: {twice[0]!r} is used twice; rename one of the two")
        check_metrics(processes, strata)
        control_tables = table_of(table.get("controls", {}), "controls")
        controls = {name: controls_of(name, entry, names, inventory, symbols) for name, entry in control_tables.items()}
        if strata:  # their symbols end URs, and no rule sees them
            inventory = Inventory(segments, features, inventory.transparent | set(map(symbol_of, strata)))
        texts = [text_of(table, key) for key in ("language", "citation")]
        for process, shapes in itertools.product(processes, [syllables, *(one.syllables for one in strata.values())]):
            if shapes:  # compiles every rule: a segment no rule may name is found now, not in the middle of a corpus
                process.apply_to(Form.underlying(()), inventory, shapes)
        if check:
            check_changes(processes, inventory)
        return cls(texts[0], inventory, processes, syllables, controls, texts[1], strata)

    @property
    def optional(self) -> tuple[str, ...]:
        """Names of the processes that apply only on request."""
        return tuple(p.name for p in self.processes if p.optional)

    @property
    def uses_edges(self) -> bool:
        """Does any rule mention a morpheme edge?"""
        places = (i for p in self.processes for r in p.rules for i in (*r.left, *r.right))
        return any(i.mentions("morpheme edge") for i in places)

    def process(self, name: str) -> Process:
        """The process of that name; an unknown name lists the known ones."""
        for process in self.processes:
            if process.name == name:
                return process
        raise InputError(f"the grammar has no process {name!r}; it has: {', '.join(p.name for p in self.processes)}")

    def syllables_in(self, stratum: str) -> Syllables:
        """What the words of a stratum are made of."""
        own = self.strata[stratum].syllables if stratum else None
        return own or self.syllables

    @functools.cached_property
    def depending(self) -> tuple[Process, ...]:
        """The processes that depend on strata."""
        return tuple(p for p in self.processes if p.strata or isinstance(p.rate, Mapping))

    def stratified(self, include: Collection[str] = ()) -> bool:
        """Do the strata of words count, with these optional processes? Strata on which only optional processes depend
        do not count without one of these."""
        off = [p for p in self.depending if p.optional and p.name not in include]
        return bool(self.strata) and not (off and len(off) == len(self.depending))

    def asking(self, include: Collection[str] = ()) -> Grammar:
        """The grammar without strata where they do not count (`stratified`), else itself."""
        if not self.strata or self.stratified(include):
            return self
        return replace(self, strata={}, stratum="", lexicon={}, unasked=self.strata)

    def bare(self, ur: Sequence[str]) -> tuple[str, ...]:
        """A UR without the symbol of its stratum."""
        return without_symbol(ur, self.strata or self.unasked)[0]

    def stratum_of(self, ur: Sequence[str], stratum: str = "", include: Collection[str] = ()) -> str:
        """The stratum of a word: the one that is given, that of the symbol at the end of its UR (``<sino>``), that of
        all words (`in_stratum`) or that of this word (`knowing`); empty where strata do not count (`stratified`).

        Raises:
            InputError: the grammar has strata and nothing says which; an unknown one; two that differ.
        """
        if not self.stratified(include):
            return ""
        told = [stratum, without_symbol(ur, self.strata)[1], self.stratum]
        if not any(told):
            told.append(self.lexicon.get(self.inventory.seen(drop_edges(tuple(ur))), ""))
        named = list(dict.fromkeys(known_stratum(name, self.strata) for name in told if name))
        if len(named) > 1:
            raise InputError(f"/{' '.join(ur)}/ would be of the strata {' and '.join(named)}; allowed: one")
        if not named:
            raise InputError(
                f"/{' '.join(ur)}/ has no stratum, and the grammar has: {', '.join(self.strata)}; give it in a column "
                f"called stratum, or as {symbol_of(next(iter(self.strata)))} at the end of the UR"
            )
        return named[0]

    def in_stratum(self, stratum: str) -> Grammar:
        """The grammar of the words of one stratum."""
        syllables = self.syllables_in(known_stratum(stratum, self.strata))
        return replace(self, stratum=stratum, syllables=syllables)

    def knowing(self, strata: Mapping[tuple[str, ...], str]) -> Grammar:
        """The grammar with the strata of some words, by their URs."""
        known = {self.inventory.seen(drop_edges(tuple(ur))): name for ur, name in strata.items()}
        return replace(self, lexicon={**self.lexicon, **known})

    def derive(
        self, ur: Sequence[str], include: Collection[str] = (), without: Collection[str] = (), stratum: str = ""
    ) -> Derivation:
        """Take a UR through all processes in their order.

        A variable process applies unless it is blocked; one that the word's stratum does not have never does.

        Args:
            ur: its segments; ``+`` among them is a morpheme edge, and the last may be the symbol of a stratum.
            include: optional processes that apply, by name.
            without: processes that are blocked, by name.
            stratum: of the word, as for `stratum_of`; a grammar without strata has no use for it.

        Raises:
            InputError: for segments the inventory does not have, for names it does not know, and for a word without
                stratum in a grammar with strata.
        """
        for name in (*include, *without):
            self.process(name)
        unknown = dict.fromkeys(s for s in ur if s != EDGE and s not in self.inventory)
        if unknown:
            advice = meant(next(iter(unknown)), self.inventory)
            raise InputError(
                f"/{' '.join(ur)}/ has segments that the inventory lacks: {' '.join(unknown)} "
                f"(it has: {' '.join(self.inventory)}){advice and '; ' + advice}"
            )
        stratum = self.stratum_of(ur, stratum, include)
        form, steps, met = Form.underlying(self.bare(ur)), [], []
        for process in self.processes:
            rate, blocked = process.rate_in(stratum), process.name in without
            if not rate or (process.optional and process.name not in include) or (blocked and rate == 1):
                continue
            after, sites = process.apply_to(form, self.inventory, self.syllables_in(stratum))
            met += [process.name] if rate < 1 and after != form else []
            if sites and not blocked:
                steps.append(Step(process.name, form, after, sites))
            form = form if blocked else after
        return Derivation(tuple(ur), tuple(steps), form, stratum, tuple(met))

    def variants(self, ur: Sequence[str], include: Collection[str] = (), stratum: str = "") -> tuple[Variant, ...]:
        """All SRs of a UR with their probabilities, the most probable first.

        Each variable process that a word meets applies with its rate, or does not, at all its sites in the word at
        once, and whatever the others did. The probability of a way through the grammar is the product over those that
        are met on that way; ways to the same SR are added up, and kept with the variant (`Variant.ways`).

        Args:
            ur, include, stratum: as for `derive`.

        Raises:
            InputError: as `derive`; a word that meets more than 12 variable processes.
        """
        stratum = self.stratum_of(ur, stratum, include)
        ways: list[tuple[Way, Derivation]] = []

        def follow(probability: float, applied: tuple[str, ...], without: tuple[str, ...]) -> None:
            derivation = self.derive(ur, include, without, stratum)
            for name in derivation.met:
                if name in applied or name in without:
                    continue
                if len(applied) + len(without) == _MOST_MET:
                    raise InputError(
                        f"/{' '.join(ur)}/ meets more than {_MOST_MET} variable processes, and has too many variants"
                    )
                rate = self.process(name).rate_in(stratum)
                follow(probability * (1 - rate), applied, (*without, name))
                # one after the other: whether the next is met depends on this one
                probability, applied = probability * rate, (*applied, name)
            ways.append((Way(probability, derivation.processes, derivation.met), derivation))

        follow(1.0, (), ())
        ways.sort(key=lambda one: (-one[0].probability, -len(one[0].applied)))
        merged: dict[tuple[str, ...], list[tuple[Way, Derivation]]] = {}
        for way, derivation in ways:
            merged.setdefault(derivation.surface, []).append((way, derivation))
        variants = [Variant(same[0][1], tuple(way for way, _ in same)) for same in merged.values()]
        return tuple(sorted(variants, key=lambda variant: -variant.probability))
