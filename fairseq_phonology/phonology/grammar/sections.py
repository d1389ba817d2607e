"""The sections of a grammar's TOML file, each read into what it describes.

Every error names the section, what was found and what is allowed there.
"""

from __future__ import annotations

import itertools
import math
import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ...errors import InputError
from ...text import is_unseen
from ..form import Syllables
from ..matching import sequences
from ..natural_classes import Inventory
from ..notation import Symbols, parse_sequence, rules_of_map
from ..process import MANNERS, Process
from ..transcription import EDGE, OF_FAIRSEQ, WORD_EDGE
from .strata import Stratum, symbol_of

_KEYS = {
    "": {"language", "citation", "inventory", "transparent", "classes", "syllable", "strata", "process", "controls"},
    "[inventory]": {"segments", "features", "transparent"},
    "[syllable]": {"onsets", "nuclei", "codas", "forbidden"},
    "[strata.NAME]": {"weight", "onsets", "nuclei", "codas", "forbidden"},
    "[[process]]": {
        *("name", "citation", "rules", "map", "environment", "apply", "optional", "trigger", "rate", "strata"),
    },
    "[controls]": {"target", "trigger"},
}
# a process gives its name to metrics and columns; RESERVED are those of other figures
_NAME = re.compile(r"[^\W_]([\w-]*[^\W_])?")
_LONGEST = 100
_COMMENT = re.compile(r"""("(?:\\.|[^"\\])*"|'[^']*')|#.*""")  # of TOML; # in a text begins none
_SYMBOLS = ("s", "pad", "unk")  # <s> and the like are fairseq's own
_TAKEN = {
    EDGE: "is the edge of a morpheme, in words and in rules",
    WORD_EDGE: "is the edge of a word, in rules",
    **dict.fromkeys("∅⌀", "stands for nothing, in rules"),
}
RESERVED = {
    "exact_match",
    "most_frequent_variant",
    "per",
    "loss",
    "nll_loss",
    "ppl",
    "epoch",
    "updates",
    "subset",
    "lr",
    "wall",
    "kept",
}


@dataclass(frozen=True)
class Controls:
    """Segments that replace target and trigger and do not undergo or trigger the process, ``#`` in place of the trigger
    the end of the word; None: found by default."""

    target: tuple[str, ...] | None = None
    trigger: tuple[str, ...] | None = None


def check_keys(table: Mapping[str, Any], where: str, kind: str = "") -> None:
    """Refuse keys that a section does not have, and name those it has; ``kind``: its key in the list of sections, where
    that is not what messages call it."""
    allowed = _KEYS[kind or where]
    unknown = [key for key in table if key not in allowed]
    if unknown:
        place = f"in {where}" if where else "at the top"
        raise InputError(f"unknown key {unknown[0]!r} {place}; allowed: {', '.join(sorted(allowed))}")


def section_of(table: Mapping[str, Any], key: str, where: str) -> Mapping[str, Any]:
    """A section by its key, its own keys checked; empty where the file has none."""
    found = table.get(key, {})
    if not isinstance(found, Mapping):
        raise InputError(f"{key!r} must be a section, {where}")
    check_keys(found, where)
    return found


def check_segments(segments: Collection[str], where: str) -> None:
    """Refuse segments that stand for something else in word lists, in rules or in fairseq, and what is not seen."""
    for segment in segments:
        unseen = next(filter(is_unseen, segment), "")
        why = "is empty" if not segment else ""
        why = why or (segment in OF_FAIRSEQ and f"is one of fairseq's own symbols ({', '.join(OF_FAIRSEQ)})")
        why = why or _TAKEN.get(segment, "")
        why = why or (re.search(r"\s", segment) and "has a blank in it, and blanks separate segments in every list")
        why = why or (unseen and f"has a character in it that is not seen (U+{ord(unseen):04X})")
        if why:
            raise InputError(f"{where}: {segment!r} {why}; choose another name")


def text_of(table: Mapping[str, Any], key: str) -> str:
    """What a grammar says of itself, in one line.

    Raises:
        InputError: no text, or one with a control character in it.
    """
    text = " ".join(typed(table, key, str, "", "a text").split())
    if control := next((each for each in text if unicodedata.category(each) == "Cc"), ""):
        raise InputError(f"{key}: found a control character (U+{ord(control):04X}) in {text!r}; remove it")
    return text


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


def process_of(entry: Any, symbols: Symbols, strata: Collection[str] = ()) -> Process:
    """A process from its ``[[process]]``; ``strata``: the names of the grammar's."""
    if not isinstance(entry, Mapping):
        raise InputError("[process] must be written [[process]], once for each process")
    check_keys(entry, "[[process]]")
    name = entry.get("name")
    _check_length(name)
    if not isinstance(name, str) or not _NAME.fullmatch(name) or name in RESERVED:
        raise InputError(
            f"found the [[process]] name {name!r}; allowed: letters, digits, - and inner _, but not the names of other "
            f"metrics: {', '.join(sorted(RESERVED))}"
        )
    try:
        return _named_process(name, entry, symbols, strata)
    except InputError as error:
        named = error.message if error.message.startswith("process ") else f"process {name!r}: {error.message}"
        raise InputError(named) from None


def _check_length(name: Any) -> None:
    if isinstance(name, str) and len(name) > _LONGEST:
        raise InputError(f"found a name of {len(name):,} characters, {name[:20]!r}...; allowed: up to {_LONGEST}")


def check_metrics(processes: Sequence[Process], strata: Collection[str]) -> None:
    """Refuse processes of which one is called what a figure of another is called, as in validation lines."""
    ends = ["", "_failed", "_overapplied", "_training"]
    ends += [f"_in_{stratum}{end}" for stratum in strata for end in ("", "_training")]
    taken: dict[str, str] = {}
    for metric, name in ((f"{one.name}{end}", one.name) for end in ends for one in processes):
        if (other := taken.setdefault(metric, name)) != name:
            raise InputError(
                f"found the [[process]] name {other!r}: {metric} is a figure of {name}, too; rename one of the two"
            )


def _named_process(name: str, entry: Mapping[str, Any], symbols: Symbols, strata: Collection[str]) -> Process:
    if ("rules" in entry) == ("map" in entry):
        raise InputError("needs either rules or map")
    if ("map" in entry) != ("environment" in entry):
        raise InputError('map and environment go together, as in environment = "_ [+nas]"')
    if "map" in entry:
        pairs = table_of(entry["map"], "map")
        pairs = dict(zip(pairs, _texts(list(pairs.values()), "map"), strict=True))
        rules = rules_of_map(pairs, typed(entry, "environment", str, "", "a text, as in _ [+nas]"), symbols)
    else:
        rules = [entry["rules"]] if isinstance(entry["rules"], str) else _texts(entry["rules"], "rules")
    own = tuple(_texts(entry["strata"], "strata")) if "strata" in entry else ()
    for stratum in own:
        _check_stratum(stratum, strata, "strata")
    return Process.parse(
        rules,
        name,
        symbols,
        manner=typed(entry, "apply", str, "simultaneous", ", ".join(MANNERS)),
        optional=typed(entry, "optional", bool, False, "true or false"),
        citation=text_of(entry, "citation"),
        trigger=entry.get("trigger"),
        rate=_rate_of(entry["rate"], own, strata) if "rate" in entry else None,
        strata=own,
    )


def _rate_of(value: Any, own: Sequence[str], strata: Collection[str]) -> float | dict[str, float]:
    """How often a process applies: a number, or one for each of its strata (``own``; none: all of the grammar's)."""
    if not isinstance(value, Mapping):
        return _checked_rate(value, "rate")
    if not strata:
        raise InputError("rate: found a table by stratum, and the grammar has no [strata]; allowed: a number, 0 to 1")
    for stratum in value:
        _check_stratum(stratum, own or strata, "rate", "the process" if own else "the grammar")
    if lacking := [stratum for stratum in own or strata if stratum not in value]:
        raise InputError(f"rate: nothing is said of the stratum {lacking[0]!r}; give it, from 0 (never) to 1 (always)")
    return {stratum: _checked_rate(rate, f"rate, {stratum}") for stratum, rate in value.items()}


def _checked_rate(value: Any, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
        raise InputError(f"{where}: found {value!r}; allowed: a number, 0 (never) to 1 (always)")
    return float(value)


def _check_stratum(name: str, strata: Collection[str], where: str, whose: str = "the grammar") -> None:
    if not strata:
        raise InputError(f"{where}: found the stratum {name!r}, and the grammar has none; list them under [strata]")
    if name not in strata:
        raise InputError(f"{where}: unknown stratum {name!r}; {whose} has: {', '.join(strata)}")


def strata_of(table: Any, base: Syllables, inventory: Inventory, symbols: Symbols) -> dict[str, Stratum]:
    """The lexical classes of ``[strata]``, each a weight or a table; ``base``: what ``[syllable]`` says."""
    found = {}
    for name, entry in table_of(table, "[strata]").items():
        _check_length(name)
        if not _NAME.fullmatch(name) or name in _SYMBOLS:
            taken = f"; not {', '.join(_SYMBOLS)}, whose symbols are fairseq's"
            raise InputError(f"[strata] {name!r} is no name; allowed: letters, digits, - and inner _{taken}")
        if symbol_of(name) in inventory:
            raise InputError(f"[strata] {name!r}: {symbol_of(name)} is a segment already; rename one of them")
        where = f"[strata.{name}]" if isinstance(entry, Mapping) else "[strata]"
        entry = entry if isinstance(entry, Mapping) else {"weight": entry}
        check_keys(entry, where, "[strata.NAME]")
        weight = entry.get("weight", 1)
        if isinstance(weight, bool) or not isinstance(weight, (int, float)) or not 0 <= weight < math.inf:
            what = "'weight'" if where != "[strata]" else repr(name)
            raise InputError(f"{where} {what}: found {weight!r}; allowed: a weight among nonce words, 0 or more")
        shapes = {key: value for key, value in entry.items() if key != "weight"}
        own = syllables_of(shapes, inventory, symbols, where) if shapes else None
        syllables = own and replace(base, **{key: getattr(own, key) for key in shapes})
        found[name] = Stratum(float(weight), syllables)
    if found and not sum(one.weight for one in found.values()):
        raise InputError("[strata]: all weights are 0, so no nonce word could be drawn")
    return found


def syllables_of(
    table: Mapping[str, Any], inventory: Inventory, symbols: Symbols, where: str = "[syllable]"
) -> Syllables:
    """Syllables from ``[syllable]``, or from what a stratum has of its own (``where``)."""

    def part(key: str) -> dict[tuple[str, ...], float]:
        value = table.get(key, {})
        weights = value if isinstance(value, Mapping) else dict.fromkeys(symbols_of(value, f"{where} {key}"), 1)
        parts = {tuple(text.split()): weight for text, weight in weights.items()}
        for segments, weight in parts.items():
            for s in segments:
                inventory.features(s)
            if not isinstance(weight, (int, float)) or not 0 <= weight < math.inf:
                raise InputError(
                    f"{where} {key}: the weight of {' '.join(segments)!r} is {weight!r}; allowed: a number"
                )
        if parts and not sum(parts.values()):
            raise InputError(f"{where} {key}: all weights are 0, so nothing could be drawn")
        return parts

    texts = _texts(table["forbidden"], f"{where} forbidden") if table.get("forbidden", []) != [] else []
    forbidden = tuple(parse_sequence(text, symbols) for text in texts)
    for items in forbidden:
        sequences(items, inventory)  # names an unknown segment
        if any(item.mentions("syllable edge") for item in items):
            raise InputError(f"{where} forbidden: a sequence of segments, classes, # and +; found $ or .")
    return Syllables(part("onsets"), part("nuclei"), part("codas"), forbidden)


def controls_of(name: str, entry: Any, names: list[str], inventory: Inventory, symbols: Symbols) -> Controls:
    """Controls of one process from ``[controls.NAME]``."""
    if name not in names:
        raise InputError(f"[controls.{name}]: the grammar has no such process; it has: {', '.join(names)}")
    check_keys(table_of(entry, f"[controls.{name}]"), "[controls]")
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
    for text in [value] if isinstance(value, str) else symbols_of(value, where):
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


def line_of(message: str, text: str) -> int | None:
    """The line of the file that holds what a message quotes (a rule, or else the first quoted word), if it is just one;
    in a section that the message names, the first, and of what a key has twice the second."""
    if twice := re.match(r"(?P<section>\[+[\w.-]+\]+) (?P<key>\w+): '(?P<word>[^']+)' is (listed|used) twice", message):
        return _second_line(*twice.group("section", "key", "word"), text)
    section = re.match(r"\[[\w.-]+\]", message)
    rule, word = re.search("“(.*)”", message), re.search("'([^']+)'", message)
    quoted = [re.escape(rule[1].replace("▸", "").strip("…"))] if rule else []
    quoted += [_alone(word[1])] if word else []
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


def _alone(word: str) -> str:
    """The pattern of a word between blanks, quotation marks, commas or brackets."""
    return rf"(?<![^\s\"'{{,\[]){re.escape(word)}(?![^\s\"'}},\]=])"


def _second_line(section: str, key: str, word: str, text: str) -> int | None:
    """The line on which a key of a section has a word for the second time; comments do not count."""
    here, last, times = "", "", 0
    for number, line in enumerate(unicodedata.normalize("NFC", text).splitlines(), 1):
        line = _COMMENT.sub(lambda found: found[1] or "", line)
        if header := re.match(r"\s*(\[+[\w.-]+\]+)\s*$", line):
            here, last = header[1], ""
        elif begun := re.match(r"\s*([\w-]+)\s*=", line):
            last = begun[1]
        if (here, last) == (section, key):
            times += len(re.findall(_alone(word), line))
            if times > 1:
                return number
    return None
