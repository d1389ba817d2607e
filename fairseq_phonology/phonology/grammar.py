"""A language's phonology from one TOML file: inventory, syllables, ordered processes, controls. Derives SR from UR.

Every error in the file names the section, what was found and what is allowed there.
"""

from __future__ import annotations

import itertools
import logging
import math
import re
import tomllib
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import InputError
from .described import check_changes, unmet_rules
from .form import Form, Syllables
from .ipa import meant
from .matching import sequences
from .natural_classes import Inventory
from .notation import Symbols, parse_sequence, read_classes, rules_of_map
from .process import MANNERS, Process, Site
from .transcription import EDGE, WORD_EDGE

logger = logging.getLogger(__name__)

_KEYS = {
    "": {"language", "citation", "inventory", "transparent", "classes", "syllable", "process", "controls"},
    "[inventory]": {"segments", "features", "transparent"},
    "[syllable]": {"onsets", "nuclei", "codas", "forbidden"},
    "[[process]]": {"name", "citation", "rules", "map", "environment", "apply", "optional", "trigger"},
    "[controls]": {"target", "trigger"},
}
# a process gives its name to metrics and columns; RESERVED are those of other figures
_NAME = re.compile(r"[^\W_]([\w-]*[^\W_])?")
RESERVED = {"exact_match", "per", "loss", "nll_loss", "ppl", "epoch", "updates", "subset", "lr", "wall", "kept"}


@dataclass(frozen=True)
class Controls:
    """Segments that replace target and trigger and do not undergo or trigger the process, ``#`` in place of the trigger
    the end of the word; None: found by default."""

    target: tuple[str, ...] | None = None
    trigger: tuple[str, ...] | None = None


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

    def changes(self, process: str) -> tuple[Site, ...]:
        """The sites of one process at which it changes something."""
        return tuple(site for site in self.sites(process) if not site.vacuous)

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
            raise InputError(error.message, path, _line_of(error.message, text)) from None
        for warning in unmet_rules(grammar.processes, grammar.inventory) if check else ():
            logger.warning("warning: %s", InputError(warning, path, _line_of(warning, text)))
        return grammar

    @classmethod
    def from_table(cls, table: Mapping[str, Any], check: bool = True) -> Grammar:
        """A grammar from the content of its TOML file; ``check`` as of `load`."""
        _check_keys(table, "")
        sound = _section(table, "inventory", "[inventory]")
        features = _table_of(sound.get("features", {}), "[inventory.features]")
        for symbol, text in features.items():
            if not isinstance(text, str):
                raise InputError(
                    f'[inventory.features] {symbol!r}: found {text!r}; allowed: "k [+cg]" or "[+syl, -cons]"'
                )
        segments = _symbols_of(sound.get("segments", ()), "[inventory] segments")
        unseen = (_symbols_of(some.get("transparent", ()), "transparent") for some in (table, sound))
        inventory = Inventory(segments, features, itertools.chain.from_iterable(unseen))
        if not inventory.segments:
            raise InputError("the grammar names no segments; [inventory] needs: segments = [...]")
        entries = table.get("process", [])
        if not isinstance(entries, list):
            raise InputError("[process] must be written [[process]], once for each process")
        symbols = read_classes(_table_of(table.get("classes", {}), "[classes]"), inventory)
        processes = tuple(_process_of(entry, symbols) for entry in entries)
        names = [p.name for p in processes]
        if twice := [n for n in names if names.count(n) > 1]:
            raise InputError(f"the process name {twice[0]!r} is used twice")
        control_tables = _table_of(table.get("controls", {}), "controls")
        controls = {
            name: _controls_of(name, entry, names, inventory, symbols) for name, entry in control_tables.items()
        }
        syllables = _syllables_of(_section(table, "syllable", "[syllable]"), inventory, symbols)
        texts = [_typed(table, key, str, "", "a text") for key in ("language", "citation")]
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


def _check_keys(table: Mapping[str, Any], where: str) -> None:
    """Refuse keys that a section does not have, and name those it has."""
    unknown = [key for key in table if key not in _KEYS[where]]
    if unknown:
        place = f"in {where}" if where else "at the top"
        raise InputError(f"unknown key {unknown[0]!r} {place}; allowed: {', '.join(sorted(_KEYS[where]))}")


def _section(table: Mapping[str, Any], key: str, where: str) -> Mapping[str, Any]:
    """A section by its key, its own keys checked; empty where the file has none."""
    found = table.get(key, {})
    if not isinstance(found, Mapping):
        raise InputError(f"{key!r} must be a section, {where}")
    _check_keys(found, where)
    return found


def _table_of(value: Any, where: str) -> Mapping[str, Any]:
    """``value`` if it is a table."""
    if not isinstance(value, Mapping):
        raise InputError(f"{where}: found {value!r}; allowed: a table")
    return value


def _typed(table: Mapping[str, Any], key: str, kind: type, default: Any, allowed: str) -> Any:
    """The value of a key if it is of that type; ``allowed`` says in words which."""
    value = table.get(key, default)
    if not isinstance(value, kind):
        raise InputError(f"{key}: found {value!r}; allowed: {allowed}")
    return value


def _texts(value: Any, where: str) -> list[str]:
    if not isinstance(value, list) or not value or not all(isinstance(text, str) for text in value):
        raise InputError(f"{where}: found {value!r}; allowed: a list of texts")
    return value


def _symbols_of(value: Any, where: str) -> tuple[str, ...]:
    """Segments written as a list of strings or as one string with blanks."""
    symbols = value.split() if isinstance(value, str) else value
    if not isinstance(symbols, (list, tuple)) or not all(isinstance(s, str) for s in symbols):
        raise InputError(f"{where}: found {value!r}; allowed: a list of strings, or one string with blanks")
    return tuple(symbols)


def _process_of(entry: Any, symbols: Symbols) -> Process:
    """A process from its ``[[process]]``."""
    if not isinstance(entry, Mapping):
        raise InputError("[process] must be written [[process]], once for each process")
    _check_keys(entry, "[[process]]")
    name = entry.get("name")
    if not isinstance(name, str) or not _NAME.fullmatch(name) or name in RESERVED:
        raise InputError(
            f"found the [[process]] name {name!r}; allowed: letters, digits, - and inner _, but not the names of other "
            f"metrics: {', '.join(sorted(RESERVED))}"
        )
    try:
        return _named_process(name, entry, symbols)
    except InputError as error:
        named = error.message if error.message.startswith("process ") else f"process {name!r}: {error.message}"
        raise InputError(named) from None


def _named_process(name: str, entry: Mapping[str, Any], symbols: Symbols) -> Process:
    if ("rules" in entry) == ("map" in entry):
        raise InputError("needs either rules or map")
    if ("map" in entry) != ("environment" in entry):
        raise InputError('map and environment go together, as in environment = "_ [+nas]"')
    if "map" in entry:
        pairs = _table_of(entry["map"], "map")
        pairs = dict(zip(pairs, _texts(list(pairs.values()), "map"), strict=True))
        rules = rules_of_map(pairs, _typed(entry, "environment", str, "", "a text, as in _ [+nas]"), symbols)
    else:
        rules = [entry["rules"]] if isinstance(entry["rules"], str) else _texts(entry["rules"], "rules")
    return Process.parse(
        rules,
        name,
        symbols,
        manner=_typed(entry, "apply", str, "simultaneous", ", ".join(MANNERS)),
        optional=_typed(entry, "optional", bool, False, "true or false"),
        citation=_typed(entry, "citation", str, "", "a text"),
        trigger=entry.get("trigger"),
    )


def _syllables_of(table: Mapping[str, Any], inventory: Inventory, symbols: Symbols) -> Syllables:
    """Syllables from ``[syllable]``."""

    def part(key: str) -> dict[tuple[str, ...], float]:
        value = table.get(key, {})
        weights = value if isinstance(value, Mapping) else dict.fromkeys(_symbols_of(value, f"[syllable] {key}"), 1)
        parts = {tuple(text.split()): weight for text, weight in weights.items()}
        for segments, weight in parts.items():
            for s in segments:
                inventory.features(s)
            if not isinstance(weight, (int, float)) or not 0 <= weight < math.inf:
                raise InputError(
                    f"[syllable] {key}: the weight of {' '.join(segments)!r} is {weight!r}; allowed: a number"
                )
        if parts and not sum(parts.values()):
            raise InputError(f"[syllable] {key}: all weights are 0, so nothing could be drawn")
        return parts

    texts = _texts(table["forbidden"], "[syllable] forbidden") if table.get("forbidden", []) != [] else []
    forbidden = tuple(parse_sequence(text, symbols) for text in texts)
    for items in forbidden:
        sequences(items, inventory)  # names an unknown segment
        if any(item.mentions("syllable edge") for item in items):
            raise InputError("[syllable] forbidden: a sequence of segments, classes, # and +; found $ or .")
    return Syllables(part("onsets"), part("nuclei"), part("codas"), forbidden)


def _controls_of(name: str, entry: Any, names: list[str], inventory: Inventory, symbols: Symbols) -> Controls:
    """Controls of one process from ``[controls.NAME]``."""
    if name not in names:
        raise InputError(f"[controls.{name}]: the grammar has no such process; it has: {', '.join(names)}")
    _check_keys(_table_of(entry, f"[controls.{name}]"), "[controls]")
    sides = {side: _members_of(v, f"[controls.{name}] {side}", inventory, symbols) for side, v in entry.items()}
    if WORD_EDGE in sides.get("target", ()):
        raise InputError(f"[controls.{name}] target: found '#'; allowed: segments and bundles such as [+son]")
    if WORD_EDGE in (trigger := sides.get("trigger", ())) and len(trigger) > 1:
        raise InputError(
            f"[controls.{name}] trigger: found '#' beside {trigger[0]!r}; allowed: '#' (the end of the word) alone, or "
            "segments alone"
        )
    return Controls(**sides)


def _members_of(value: Any, where: str, inventory: Inventory, symbols: Symbols) -> tuple[str, ...]:
    """Segments named one by one or by what a rule would call them, as ``[+syl]``; ``#`` stands for a word edge."""
    found: list[str] = []
    for text in [value] if isinstance(value, str) else _symbols_of(value, where):
        if text in inventory:
            found.append(text)
            continue
        try:
            items = parse_sequence(text, Symbols(classes=symbols.classes))
            for item in items:
                inventory.features(item.symbol) if item.kind == "segment" else None  # names an unknown one
            places = itertools.chain.from_iterable(sequences(items, inventory))
        except InputError as error:
            raise InputError(f"{where}: {error.message}") from None
        for one in places:
            found += [segment for segment in inventory if segment in one.segments]
            found += [WORD_EDGE] * one.word_edge
        if not found:
            raise InputError(f"{where}: no segment of the inventory is {text}")
    return tuple(dict.fromkeys(sorted(found, key=lambda one: one == WORD_EDGE)))


def _line_of(message: str, text: str) -> int | None:
    """The line of the file that holds what a message quotes (a rule, or else the first quoted word), if it is just one;
    in a section that the message names, the first."""
    section = re.match(r"\[[\w.-]+\]", message)
    rule, word = re.search("“(.*)”", message), re.search("'([^']+)'", message)
    quoted = [re.escape(rule[1].replace("▸", ""))] if rule else []
    quoted += [rf"(?<![^\s\"'{{,\[]){re.escape(word[1])}(?![^\s\"'}},\]=])"] if word else []
    for pattern in quoted:
        here, lines, within = "", [], []
        for number, line in enumerate(text.splitlines(), 1):
            here = header[0] if (header := re.match(r"\[+[\w.-]+\]+", line)) else here
            if re.search(pattern, line):
                lines.append(number)
                within += [number] if section and here == section[0] else []
        if within or len(lines) == 1:
            return (within or lines)[0]
    return None
