"""What does not fit the kind that it should have, in words: where, what was found, what is allowed."""

from __future__ import annotations

import bisect
import json
import re
from collections.abc import Callable
from typing import Any, get_args, get_type_hints

import msgspec

from .text import cut

_NAMES = {"str": "a text", "int": "a number", "float": "a number", "object": "an object", "array": "a list"}
_NAMES |= {"bool": "true or false"}


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
