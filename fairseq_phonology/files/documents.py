"""Documents of JSON and TOML: read whole, and what is wrong with them, or does not fit its kind, said in one line."""

from __future__ import annotations

import bisect
import json
import math
import re
import tomllib
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_args, get_type_hints

import msgspec

from ..errors import InputError
from ..text import cut
from .whole import check_readable, write_file

T = TypeVar("T")
# kinds of fields: how many; a number from 1; a part of one; in %; 0 or more; any
Count = Annotated[int, msgspec.Meta(ge=0, lt=1 << 53)]
Place = Annotated[int, msgspec.Meta(ge=1, lt=1 << 53)]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Percent = Annotated[float, msgspec.Meta(ge=0, le=100)]
Amount = Annotated[float, msgspec.Meta(ge=0, lt=1e300)]
Finite = Annotated[float, msgspec.Meta(gt=-1e300, lt=1e300)]
_NAMES = {"str": "a text", "int": "a number", "float": "a number", "object": "an object", "array": "a list"}
_NAMES |= {"bool": "true or false"}
_MOST = 10_000_000  # bytes
_DOTTED = re.compile(r"""(?<![\w"'-])(?:[\w"'-]++[ \t]*+\.[ \t]*+){100}""")


def write_json(path: str | Path, content: Any, sync: bool = False, shared: bool = False) -> None:
    """Write JSON, UTF-8, keys in the order that they have; see `replacing`."""
    write_file(path, json.dumps(content, ensure_ascii=False, indent=1) + "\n", sync, shared)


def read_json(path: str | Path, kind: type[T], what: str, maker: str = "") -> T:
    """What is in a JSON file.

    Args:
        path: of it.
        kind: what it is decoded into: a `msgspec.Struct`, a dataclass, ``dict`` … What this does not name is not read.
        what: it is, for messages: ``is no summary.json of analyze: it lacks 'verdict'``.
        maker: the verb whose folder it lies in; a missing file is then said of the folder.

    Raises:
        InputError: it cannot be read, is no JSON, or is something else.
    """
    path = Path(path)
    try:
        check_readable(path)
        # NaN and Infinity are read: a loss may be
        found = json.loads(path.read_text(encoding="utf-8"), parse_float=_finite, object_pairs_hook=_each_once)
    except OSError as error:
        if maker and isinstance(error, FileNotFoundError):
            raise InputError(f"has no {path.name}: no folder that {maker} made", path.parent) from None
        raise InputError(f"cannot be read: {error.strerror or error}", path) from None
    except (ValueError, RecursionError) as error:
        why = "nested too deeply" if isinstance(error, RecursionError) else error
        raise InputError(f"is no JSON: {why}", path) from None
    return fitting(found, kind, what, path, maker)


def _finite(text: str) -> float:
    if math.isinf(value := float(text)):
        raise ValueError(f"{text[:30]} is no number")
    return value


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of JSON, which may not name anything twice: readers differ in which of the two they take."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"{next(name for name in names if names.count(name) > 1)!r} is named twice")
    return found


def fitting(found: Any, kind: type[T], what: str, path: str | Path, maker: str = "") -> T:
    """What was found in a JSON file, as another kind; see `read_json`.

    Raises:
        InputError: it does not fit.
    """
    try:
        return msgspec.convert(found, kind)
    except msgspec.ValidationError as error:
        wrong = in_words(error, found, kind)
        if maker and " lacks " in wrong:
            wrong += f"; if an earlier version made it, run {maker} again"
        raise InputError(f"is no {what}: {wrong}", path) from None


def in_words(error: msgspec.ValidationError, found: Any, kind: Any) -> str:
    """What does not fit.

    Args:
        error: of ``msgspec.convert(found, kind)``.
        found: of lists and dictionaries, as read from JSON.
        kind: what it should be.

    Returns:
        such as ``model.layers.cross is "x", not a number >= 1``.
    """
    reason, _, place = str(error).partition(" - at `$")
    names, name, inner = re.findall(r"\.(\w+)|\[(\d+|\.\.\.)\]", place), "", found
    for field, number in names:
        key = field or (int(number) if number.isdigit() else _entry(inner, lambda: _said(found, kind) == str(error)))
        name += f" {key + 1}" if isinstance(key, int) else f".{key[:30]}"
        inner = inner[key]
    name = name.removeprefix(".").strip() or "it"
    if missing := re.search(r"missing required field `(.+?)`", reason):
        return f"{name} lacks {missing[1]!r}"
    shown = cut(json.dumps(inner, ensure_ascii=False))
    if expected := re.search(r"Expected `(.+?)`", reason):
        allowed = dict.fromkeys(_NAMES.get(each, each) for each in expected[1].split(" | ") if each != "null")
        bounds = re.search(r"([<>]=?) (\S+)$", reason)
        return f"{name} is {shown}, not {' or '.join(allowed)}" + (f" {bounds[1]} {bounds[2]}" if bounds else "")
    choices = get_args(get_type_hints(kind).get(name)) if isinstance(kind, type) else ()
    return f"{name} is {shown}; allowed: {', '.join(map(str, choices))}" if choices else f"{name} is {shown}: {reason}"


def _said(found: Any, kind: Any) -> str:
    try:
        msgspec.convert(found, kind)
    except msgspec.ValidationError as error:
        return str(error)
    return ""


def _entry(held: dict[str, Any], fails: Callable[[], bool]) -> str:
    """The entry of a dictionary that does not fit, which msgspec does not name: the last of the shortest part of it
    that does not."""
    entries = dict(held)

    def fails_up_to(n: int) -> bool:
        held.clear()
        held.update(list(entries.items())[: n + 1])
        return fails()

    try:
        return list(entries)[bisect.bisect_left(range(len(entries) - 1), True, key=fails_up_to)]
    finally:
        held.clear()
        held.update(entries)


def read_toml(path: str | Path) -> tuple[str, dict[str, Any]]:
    """The text of a TOML file, in Unicode's form C and with ``\\n`` alone, and what it says.

    Raises:
        InputError: it cannot be read, or is no TOML; with the line.
    """
    try:
        check_readable(path, _MOST)
        text = unicodedata.normalize("NFC", Path(path).read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", path) from None
    except UnicodeDecodeError as error:
        raise InputError(f"is not UTF-8 (byte {error.start + 1:,}); save it as UTF-8", path) from None
    if deep := _DOTTED.search(text):  # which takes Python time that grows with the square
        raise InputError("not TOML that can be read: nested too deeply", path, text.count("\n", 0, deep.start()) + 1)
    try:
        return text, tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        at = re.search(r" \(at (?:line (\d+), column (\d+)|end of document)\)$", str(error))
        why = str(error)[: at.start()] if at else str(error)
        line = int(at[1]) if at and at[1] else None
        column = f" (column {at[2]})" if line else ""
        raise InputError(f"not TOML: {cut(why, 200)}{column}{_zero_before(text, line)}", path, line) from None
    except (ValueError, RecursionError) as error:  # a number of thousands of digits; a thousand brackets
        why = "nested too deeply" if isinstance(error, RecursionError) else "a number is too long"
        raise InputError(f"not TOML that can be read: {why}", path) from None


def _zero_before(text: str, line: int | None) -> str:
    """``; write 0.6`` where a line has a number without its zero; else nothing."""
    lines = text.split("\n")
    found = lines[line - 1] if line and line <= len(lines) else ""
    bare = re.search(r"[=\[,]\s*([+-]?)(\.\d+)", found)
    return f"; write {bare[1]}0{bare[2]}" if bare else ""
