"""A language's phonology from one TOML file: inventory, syllables, ordered processes, controls. Derives SR from UR."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .errors import InputError
from .natural_classes import Inventory
from .notation import Item, parse_sequence
from .process import Form, Process, Site
from .transcription import EDGE, normalize

_KEYS = {
    "": {"language", "citation", "inventory", "syllable", "process", "controls"},
    "[inventory]": {"segments", "features"},
    "[syllable]": {"onsets", "nuclei", "codas", "forbidden"},
    "[[process]]": {"name", "citation", "rules", "map", "environment", "apply", "optional", "trigger"},
    "[controls]": {"target", "trigger"},
}


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
class Syllables:
    """What a syllable is made of. Each part maps a string of segments to its weight in nonce words; forbidden sequences
    may stand in no word, written like an environment."""

    onsets: Mapping[tuple[str, ...], float] = field(default_factory=dict)
    nuclei: Mapping[tuple[str, ...], float] = field(default_factory=dict)
    codas: Mapping[tuple[str, ...], float] = field(default_factory=dict)
    forbidden: tuple[tuple[Item, ...], ...] = ()


@dataclass(frozen=True)
class Controls:
    """Segments that stand in for target and trigger without undergoing and triggering; None: to be found by default."""

    target: tuple[str, ...] | None = None
    trigger: tuple[str, ...] | None = None


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
            text = Path(path).read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
            raise InputError(f"cannot read the grammar: {reason}", path) from None
        try:
            return cls.from_table(tomllib.loads(normalize(text)))
        except tomllib.TOMLDecodeError as error:
            raise InputError(f"not a TOML file: {error}", path) from None
        except InputError as error:
            raise InputError(error.message, path, _line_of(error.message, text)) from None

    @classmethod
    def from_table(cls, table: Mapping[str, Any]) -> Grammar:
        """A grammar from the content of its TOML file."""
        _check_keys(table, "")
        sound = _section(table, "inventory", "[inventory]")
        inventory = Inventory(_symbols(sound.get("segments", ()), "[inventory] segments"), sound.get("features"))
        if not inventory.segments:
            raise InputError("the grammar names no segments; [inventory] needs: segments = [...]")
        entries = table.get("process", [])
        if not isinstance(entries, list):
            raise InputError("[process] must be written [[process]], once for each process")
        processes = tuple(_process(entry) for entry in entries)
        names = [p.name for p in processes]
        if twice := [n for n in names if names.count(n) > 1]:
            raise InputError(f"two processes are called {twice[0]!r}")
        controls = {name: _controls(name, entry, names, inventory) for name, entry in table.get("controls", {}).items()}
        syllables = _syllables(_section(table, "syllable", "[syllable]"), inventory)
        grammar = cls(table.get("language", ""), inventory, processes, syllables, controls, table.get("citation", ""))
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
        return any(_mentions_edge(i) for p in self.processes for r in p.rules for i in (*r.left, *r.right))

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


def _check_keys(table: Mapping[str, Any], where: str) -> None:
    unknown = [key for key in table if key not in _KEYS[where]]
    if unknown:
        place = f"in {where}" if where else "at the top"
        raise InputError(f"unknown key {unknown[0]!r} {place}; allowed: {', '.join(sorted(_KEYS[where]))}")


def _section(table: Mapping[str, Any], key: str, where: str) -> Mapping[str, Any]:
    section = table.get(key, {})
    if not isinstance(section, Mapping):
        raise InputError(f"{key!r} must be a section, {where}")
    _check_keys(section, where)
    return section


def _symbols(value: Any, where: str) -> tuple[str, ...]:
    """Segments written as a list of strings or as one string with blanks."""
    symbols = value.split() if isinstance(value, str) else value
    if not isinstance(symbols, (list, tuple)) or not all(isinstance(s, str) for s in symbols):
        raise InputError(f"{where}: found {value!r}; allowed: a list of strings, or one string with blanks")
    return tuple(symbols)


def _process(entry: Mapping[str, Any]) -> Process:
    _check_keys(entry, "[[process]]")
    name = entry.get("name")
    if not isinstance(name, str) or not name:
        raise InputError("a [[process]] has no name")
    if ("rules" in entry) == ("map" in entry):
        raise InputError(f"process {name!r} needs either rules or map")
    if ("map" in entry) != ("environment" in entry):
        raise InputError(f'process {name!r}: map and environment go together, as in environment = "_ [+nas]"')
    if "map" in entry:
        pairs = {a or "∅": b or "∅" for a, b in entry["map"].items()}
        rules = [f"{{{', '.join(pairs)}}} -> {{{', '.join(pairs.values())}}} / {entry['environment']}"]
        if "∅" in (*pairs, *pairs.values()):
            rules = [f"{a} -> {b} / {entry['environment']}" for a, b in pairs.items()]
    else:
        rules = [entry["rules"]] if isinstance(entry["rules"], str) else entry["rules"]
    options = {"manner": entry.get("apply", "simultaneous"), "optional": entry.get("optional", False)}
    try:
        return Process.parse(rules, name, **options, citation=entry.get("citation", ""), trigger=entry.get("trigger"))
    except InputError as error:
        named = error.message if name in error.message else f"process {name!r}: {error.message}"
        raise InputError(named) from None


def _syllables(table: Mapping[str, Any], inventory: Inventory) -> Syllables:
    def part(key: str) -> dict[tuple[str, ...], float]:
        value = table.get(key, {})
        weights = value if isinstance(value, Mapping) else dict.fromkeys(_symbols(value, f"[syllable] {key}"), 1)
        parts = {tuple(text.split()): weight for text, weight in weights.items()}
        for segments, weight in parts.items():
            for s in segments:
                inventory.features(s)
            if not isinstance(weight, (int, float)) or weight < 0:
                raise InputError(
                    f"[syllable] {key}: the weight of {' '.join(segments)!r} is {weight!r}; allowed: a number"
                )
        if parts and not sum(parts.values()):
            raise InputError(f"[syllable] {key}: all weights are 0, so nothing could be drawn")
        return parts

    forbidden = tuple(parse_sequence(text) for text in table.get("forbidden", ()))
    return Syllables(part("onsets"), part("nuclei"), part("codas"), forbidden)


def _controls(name: str, entry: Mapping[str, Any], names: list[str], inventory: Inventory) -> Controls:
    if name not in names:
        raise InputError(f"[controls.{name}]: the grammar has no such process; it has: {', '.join(names)}")
    _check_keys(entry, "[controls]")
    sides = {}
    for side, value in entry.items():
        sides[side] = _symbols(value, f"[controls.{name}] {side}")
        for symbol in sides[side]:
            inventory.features(symbol)
    return Controls(**sides)


def _mentions_edge(item: Item) -> bool:
    return item.kind == "morpheme edge" or any(map(_mentions_edge, item.options))


def _line_of(message: str, text: str) -> int | None:
    """The line of the file that holds what a message quotes (a rule, or the first quoted word), if it is just one."""
    quoted = message[message.find("“") + 1 : message.find("”")].replace("▸", "") if "“" in message else ""
    if not quoted and "'" in message:
        quoted = message.split("'")[1]
    lines = [number for number, line in enumerate(text.splitlines(), 1) if quoted and quoted in line]
    return lines[0] if len(lines) == 1 else None
