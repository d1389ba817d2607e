"""TOML files, of a grammar or a study: read, and what is wrong with them said in one line."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from pathlib import Path
from typing import Any

from .errors import InputError
from .files import check_readable
from .text import cut

_MOST = 10_000_000  # bytes
_DOTTED = re.compile(r"""(?<![\w"'-])(?:[\w"'-]++[ \t]*+\.[ \t]*+){100}""")


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
