"""A language's phonology from one TOML file: inventory, syllables, ordered processes, controls. Derives SR from UR."""

from __future__ import annotations

import itertools
import logging
import tomllib
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...errors import InputError
from ..described import check_changes, unmet_rules
from ..form import Form, Syllables
from ..ipa import meant
from ..natural_classes import Inventory
from ..notation import read_classes
from ..process import Process
from ..transcription import EDGE
from .derivation import Derivation, Step
from .sections import (
    Controls,
    check_keys,
    controls_of,
    line_of,
    process_of,
    section_of,
    syllables_of,
    symbols_of,
    table_of,
    typed,
)

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Grammar:
    """Inventory, syllables and ordered processes of one language."""

    language: str
    inventory: Inventory
    processes: tuple[Process, ...]
    syllables: Syllables = field(default_factory=Syllables)
    controls: Mapping[str, Controls] = field(default_factory=dict)
    citation: str = ""

    @classmethod
    def load(cls, path: str | Path, check: bool = True) -> Grammar:
        """A grammar from its TOML file.

        Args:
            path: the file.
            check: refuse feature changes without a clear outcome, and warn of rules that change nothing.

        Raises:
            InputError: naming the file and, for what TOML itself or a rule's notation forbids, the place in it.
        """
        try:
            text = unicodedata.normalize("NFC", Path(path).read_text(encoding="utf-8-sig"))
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
            raise InputError(f"cannot read the grammar: {reason}", path) from None
        try:
            grammar = cls.from_table(tomllib.loads(text), check)
        except tomllib.TOMLDecodeError as error:
            raise InputError(f"not a TOML file: {error}", path) from None
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
        unseen = (symbols_of(some.get("transparent", ()), "transparent") for some in (table, sound))
        inventory = Inventory(segments, features, itertools.chain.from_iterable(unseen))
        if not inventory.segments:
            raise InputError("the grammar names no segments; [inventory] needs: segments = [...]")
        entries = table.get("process", [])
        if not isinstance(entries, list):
            raise InputError("[process] must be written [[process]], once for each process")
        symbols = read_classes(table_of(table.get("classes", {}), "[classes]"), inventory)
        processes = tuple(process_of(entry, symbols) for entry in entries)
        names = [p.name for p in processes]
        if twice := [n for n in names if names.count(n) > 1]:
            raise InputError(f"the process name {twice[0]!r} is used twice")
        control_tables = table_of(table.get("controls", {}), "controls")
        controls = {name: controls_of(name, entry, names, inventory, symbols) for name, entry in control_tables.items()}
        syllables = syllables_of(section_of(table, "syllable", "[syllable]"), inventory, symbols)
        texts = [typed(table, key, str, "", "a text") for key in ("language", "citation")]
        grammar = cls(texts[0], inventory, processes, syllables, controls, texts[1])
        grammar.derive(
            (), include=grammar.optional
        )  # compiles every rule: a segment no rule may name is found now, not in the middle of a corpus
        if check:
            check_changes(processes, inventory)
        return grammar

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

    def derive(self, ur: Sequence[str], include: Collection[str] = (), without: Collection[str] = ()) -> Derivation:
        """Take a UR through all processes in their order.

        Args:
            ur: its segments; ``+`` among them is a morpheme edge.
            include: optional processes that apply, by name.
            without: processes that are blocked, by name.

        Raises:
            InputError: for segments the inventory does not have, and for names it does not know.
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
        form, steps = Form.underlying(ur), []
        for process in self.processes:
            if process.name in without or (process.optional and process.name not in include):
                continue
            after, sites = process.apply_to(form, self.inventory, self.syllables)
            if sites:
                steps.append(Step(process.name, form, after, sites))
            form = after
        return Derivation(tuple(ur), tuple(steps), form)
