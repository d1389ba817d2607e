"""JSON that a verb wrote, read back: an object of the shape that is needed, or refused by name."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import NoneType, UnionType
from typing import Any

from ..phonology.errors import InputError

# a type, or several (``str | None``); of an object its entries; of a list, in a list, its elements; alternatives
Shape = type | UnionType | Mapping[str, "Shape"] | list["Shape"] | tuple["Shape", ...]

_NAMES = {str: "a text", int: "a number", float: "a number", dict: "an object", list: "a list", bool: "true or false"}


def read_object(path: str | Path, what: str, shape: Mapping[str, Shape], maker: str = "") -> dict[str, Any]:
    """What is in a JSON file.

    Args:
        path: of it.
        what: it is, for messages: ``is no summary.json of analyze: it lacks 'verdict'``.
        shape: what is needed; an entry that may be None need not be there. What is not named is not looked at.
        maker: the verb whose folder it lies in; a missing file is then said of the folder.

    Raises:
        InputError: it cannot be read, is no JSON, or has another shape.
    """
    path = Path(path)
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        if maker and isinstance(error, FileNotFoundError):
            raise InputError(f"has no {path.name}: no folder that {maker} made", path.parent) from None
        raise InputError(f"cannot be read: {error.strerror or error}", path) from None
    except (ValueError, RecursionError) as error:
        raise InputError(f"is no JSON: {error}", path) from None
    wrong = _wrong(found, shape, "")
    if wrong:
        raise InputError(f"is no {what}: {wrong}", path)
    return found


def _wrong(found: Any, shape: Shape, name: str) -> str:
    """What does not fit, in words; empty where all does."""
    if isinstance(shape, tuple):
        each = [_wrong(found, one, name) for one in shape]
        return "" if "" in each else each[0]
    if isinstance(shape, Mapping):
        if not isinstance(found, dict):
            return _is(found, dict, name)
        for entry, inner in shape.items():
            if entry not in found and _wrong(None, inner, ""):
                return f"{name or 'it'} lacks {entry!r}"
            wrong = _wrong(found.get(entry), inner, f"{name}.{entry}" if name else entry)
            if wrong:
                return wrong
        return ""
    if isinstance(shape, list):
        if not isinstance(found, list):
            return _is(found, list, name)
        return next((wrong for n, one in enumerate(found, 1) if (wrong := _wrong(one, shape[0], f"{name} {n}"))), "")
    return "" if isinstance(found, shape) else _is(found, shape, name)


def _is(found: Any, shape: type | UnionType, name: str) -> str:
    kinds = shape.__args__ if isinstance(shape, UnionType) else (shape,)
    text = json.dumps(found, ensure_ascii=False)
    shown = text if len(text) <= 30 else f"{text[:30]}..."
    allowed = dict.fromkeys(_NAMES[kind] for kind in kinds if kind is not NoneType)
    return f"{name or 'it'} is {shown}, not {' or '.join(allowed)}"
