"""What a grammar file may say, section by section: checked for names and types, then made into objects.

`grammar` puts them together. Every error names the section and what is allowed there.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..errors import InputError
from .matching import place
from .natural_classes import Inventory
from .notation import Item, parse_sequence
from .process import MANNERS, Process

_KEYS = {
    "": {"language", "citation", "inventory", "syllable", "process", "controls"},
    "[inventory]": {"segments", "features"},
    "[syllable]": {"onsets", "nuclei", "codas", "forbidden"},
    "[[process]]": {"name", "citation", "rules", "map", "environment", "apply", "optional", "trigger"},
    "[controls]": {"target", "trigger"},
}
# a process gives its name to metrics and columns; RESERVED are those of other figures
_NAME = re.compile(r"[^\W_]([\w-]*[^\W_])?")
RESERVED = {"exact_match", "per", "loss", "nll_loss", "ppl", "epoch", "updates", "subset", "lr", "wall", "kept"}


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


def check_keys(table: Mapping[str, Any], where: str) -> None:
    """Refuse keys that a section does not have, and name those it has."""
    unknown = [key for key in table if key not in _KEYS[where]]
    if unknown:
        place = f"in {where}" if where else "at the top"
        raise InputError(f"unknown key {unknown[0]!r} {place}; allowed: {', '.join(sorted(_KEYS[where]))}")


def section(table: Mapping[str, Any], key: str, where: str) -> Mapping[str, Any]:
    """A section by its key, its own keys checked; empty where the file has none."""
    found = table.get(key, {})
    if not isinstance(found, Mapping):
        raise InputError(f"{key!r} must be a section, {where}")
    check_keys(found, where)
    return found


def table_of(value: Any, where: str) -> Mapping[str, Any]:
    """``value`` if it is a table."""
    if not isinstance(value, Mapping):
        raise InputError(f"{where}: found {value!r}; allowed: a table")
    return value


def typed(table: Mapping[str, Any], key: str, kind: type, default: Any, allowed: str) -> Any:
    """The value of a key if it is of that type; ``allowed`` says in words which."""
    value = table.get(key, default)
    if not isinstance(value, kind):
        raise InputError(f"{key}: found {value!r}; allowed: {allowed}")
    return value


def _texts(value: Any, where: str) -> list[str]:
    if not isinstance(value, list) or not value or not all(isinstance(text, str) for text in value):
        raise InputError(f"{where}: found {value!r}; allowed: a list of texts")
    return value


def symbols_of(value: Any, where: str) -> tuple[str, ...]:
    """Segments written as a list of strings or as one string with blanks."""
    symbols = value.split() if isinstance(value, str) else value
    if not isinstance(symbols, (list, tuple)) or not all(isinstance(s, str) for s in symbols):
        raise InputError(f"{where}: found {value!r}; allowed: a list of strings, or one string with blanks")
    return tuple(symbols)


def process_of(entry: Any) -> Process:
    """A process from its ``[[process]]``."""
    if not isinstance(entry, Mapping):
        raise InputError("[process] must be written [[process]], once for each process")
    check_keys(entry, "[[process]]")
    name = entry.get("name")
    if not isinstance(name, str) or not _NAME.fullmatch(name) or name in RESERVED:
        raise InputError(
            f"a [[process]] is called {name!r}; allowed: letters, digits, - and inner _, and none of "
            f"{', '.join(sorted(RESERVED))}, which name other figures"
        )
    try:
        return _named_process(name, entry)
    except InputError as error:
        named = error.message if error.message.startswith("process ") else f"process {name!r}: {error.message}"
        raise InputError(named) from None


def _named_process(name: str, entry: Mapping[str, Any]) -> Process:
    if ("rules" in entry) == ("map" in entry):
        raise InputError("needs either rules or map")
    if ("map" in entry) != ("environment" in entry):
        raise InputError('map and environment go together, as in environment = "_ [+nas]"')
    if "map" in entry:
        pairs = table_of(entry["map"], "map")
        environment = typed(entry, "environment", str, "", "a text, as in _ [+nas]")
        pairs = {a or "∅": b or "∅" for a, b in zip(pairs, _texts(list(pairs.values()), "map"), strict=True)}
        rules = [f"{{{', '.join(pairs)}}} -> {{{', '.join(pairs.values())}}} / {environment}"]
        if "∅" in (*pairs, *pairs.values()):
            rules = [f"{a} -> {b} / {environment}" for a, b in pairs.items()]
    else:
        rules = [entry["rules"]] if isinstance(entry["rules"], str) else _texts(entry["rules"], "rules")
    return Process.parse(
        rules,
        name,
        manner=typed(entry, "apply", str, "simultaneous", ", ".join(MANNERS)),
        optional=typed(entry, "optional", bool, False, "true or false"),
        citation=typed(entry, "citation", str, "", "a text"),
        trigger=entry.get("trigger"),
    )


def syllables_of(table: Mapping[str, Any], inventory: Inventory) -> Syllables:
    """Syllables from ``[syllable]``."""

    def part(key: str) -> dict[tuple[str, ...], float]:
        value = table.get(key, {})
        weights = value if isinstance(value, Mapping) else dict.fromkeys(symbols_of(value, f"[syllable] {key}"), 1)
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
    forbidden = tuple(parse_sequence(text) for text in texts)
    for item in itertools.chain.from_iterable(forbidden):
        place(item, inventory)  # names an unknown segment
    return Syllables(part("onsets"), part("nuclei"), part("codas"), forbidden)


def controls_of(name: str, entry: Any, names: list[str], inventory: Inventory) -> Controls:
    """Controls of one process from ``[controls.NAME]``."""
    if name not in names:
        raise InputError(f"[controls.{name}]: the grammar has no such process; it has: {', '.join(names)}")
    check_keys(table_of(entry, f"[controls.{name}]"), "[controls]")
    sides = {}
    for side, value in entry.items():
        sides[side] = symbols_of(value, f"[controls.{name}] {side}")
        for symbol in sides[side]:
            inventory.features(symbol)
    return Controls(**sides)


def line_of(message: str, text: str) -> int | None:
    """The line of the file that holds what a message quotes (a rule, or the first quoted word), if it is just one."""
    quoted = message[message.find("“") + 1 : message.find("”")].replace("▸", "") if "“" in message else ""
    if not quoted and "'" in message:
        quoted = message.split("'")[1]
    lines = [number for number, line in enumerate(text.splitlines(), 1) if quoted and quoted in line]
    return lines[0] if len(lines) == 1 else None
