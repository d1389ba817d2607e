"""A language's phonology from one TOML file: inventory, syllables, ordered processes, controls. Derives SR from UR."""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import InputError
from .form import Form
from .grammar_file import (
    Controls,
    Syllables,
    check_keys,
    controls_of,
    line_of,
    process_of,
    section,
    syllables_of,
    symbols_of,
    table_of,
    typed,
)
from .natural_classes import Inventory
from .notation import Item
from .process import Process, Site
from .transcription import EDGE


@dataclass(frozen=True)
class Step:
    """One process's turn in a derivation at which its structural description is met (``sites``)."""

    process: str
    before: Form
    after: Form
    sites: tuple[Site, ...]


@dataclass(frozen=True)
class Derivation:
    """A UR on its way to the SR. ``steps`` holds the turns of the processes that were met, in order."""

    ur: tuple[str, ...]
    steps: tuple[Step, ...]
    final: Form

    @property
    def surface(self) -> tuple[str, ...]:
        """The SR, without morpheme edges."""
        return self.final.segments

    @property
    def origins(self) -> tuple[int | None, ...]:
        """For each surface segment its position in the UR; None if inserted."""
        return self.final.origins

    @property
    def processes(self) -> tuple[str, ...]:
        """The processes that changed something, in the order of their first turn."""
        return tuple(dict.fromkeys(s.process for s in self.steps if s.before != s.after))

    def sites(self, process: str) -> tuple[Site, ...]:
        """The sites of one process."""
        return tuple(site for step in self.steps if step.process == process for site in step.sites)

    def __str__(self) -> str:
        lines = [("", "/" + " ".join(self.ur) + "/")]
        lines += [(s.process, " ".join(s.after.segments)) for s in self.steps if s.before != s.after]
        lines.append(("", "[" + " ".join(self.surface) + "]"))
        width = max(len(name) for name, _ in lines)
        return "\n".join(f"{name:<{width}}  {form}".rstrip() for name, form in lines)


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
    def load(cls, path: str | Path) -> Grammar:
        """A grammar from its TOML file.

        Raises:
            InputError: naming the file and, for what TOML itself or a rule's notation forbids, the place in it.
        """
        try:
            text = unicodedata.normalize("NFC", Path(path).read_text(encoding="utf-8-sig"))
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
            raise InputError(f"cannot read the grammar: {reason}", path) from None
        try:
            return cls.from_table(tomllib.loads(text))
        except tomllib.TOMLDecodeError as error:
            raise InputError(f"not a TOML file: {error}", path) from None
        except InputError as error:
            raise InputError(error.message, path, line_of(error.message, text)) from None

    @classmethod
    def from_table(cls, table: Mapping[str, Any]) -> Grammar:
        """A grammar from the content of its TOML file."""
        check_keys(table, "")
        sound = section(table, "inventory", "[inventory]")
        features = table_of(sound.get("features", {}), "[inventory.features]")
        for symbol, text in features.items():
            if not isinstance(text, str):
                raise InputError(
                    f'[inventory.features] {symbol!r}: found {text!r}; allowed: "k [+cg]" or "[+syl, -cons]"'
                )
        inventory = Inventory(symbols_of(sound.get("segments", ()), "[inventory] segments"), features)
        if not inventory.segments:
            raise InputError("the grammar names no segments; [inventory] needs: segments = [...]")
        entries = table.get("process", [])
        if not isinstance(entries, list):
            raise InputError("[process] must be written [[process]], once for each process")
        processes = tuple(process_of(entry) for entry in entries)
        names = [p.name for p in processes]
        if twice := [n for n in names if names.count(n) > 1]:
            raise InputError(f"two processes are called {twice[0]!r}")
        control_tables = table_of(table.get("controls", {}), "controls")
        controls = {name: controls_of(name, entry, names, inventory) for name, entry in control_tables.items()}
        syllables = syllables_of(section(table, "syllable", "[syllable]"), inventory)
        texts = [typed(table, key, str, "", "a text") for key in ("language", "citation")]
        grammar = cls(texts[0], inventory, processes, syllables, controls, texts[1])
        grammar.derive(
            (), include=grammar.optional
        )  # compiles every rule: a segment no rule may name is found now, not in the middle of a corpus
        return grammar

    @property
    def optional(self) -> tuple[str, ...]:
        """Names of the processes that apply only on request."""
        return tuple(p.name for p in self.processes if p.optional)

    @property
    def uses_edges(self) -> bool:
        """Does any rule mention a morpheme edge?"""
        return any(mentions_edge(i) for p in self.processes for r in p.rules for i in (*r.left, *r.right))

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
            raise InputError(
                f"/{' '.join(ur)}/ has segments that the inventory lacks: {' '.join(unknown)} "
                f"(it has: {' '.join(self.inventory)})"
            )
        form, steps = Form.underlying(ur), []
        for process in self.processes:
            if process.name in without or (process.optional and process.name not in include):
                continue
            after, sites = process.apply_to(form, self.inventory)
            if sites:
                steps.append(Step(process.name, form, after, sites))
            form = after
        return Derivation(tuple(ur), tuple(steps), form)


def mentions_edge(item: Item) -> bool:
    """Is a place of a rule a morpheme edge, or may it be one?"""
    return item.kind == "morpheme edge" or any(map(mentions_edge, item.options))
