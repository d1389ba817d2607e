"""The lines of a text file, in whichever Unicode encoding it was saved."""

from __future__ import annotations

import codecs
import re
from pathlib import Path

from ..errors import InputError
from .tables import LINE
from .whole import check_readable

_UTF16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_UTF32 = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
_NOT_TEXT = {  # first bytes of a file -> what it is, and what to do
    b"PK\x03\x04": "is a workbook or another zipped file; save the table as text (UTF-8)",
    b"\xd0\xcf\x11\xe0": "is a workbook of Excel; save the table as text (UTF-8)",
    b"\x1f\x8b": "is compressed; unpack it",
    b"%PDF": "is a PDF; save the table as text (UTF-8)",
}
# of all that Praat saves, but not of the tables that it exports
_PRAAT = re.compile(r'(?:File type = )?"ooTextFile"\s+(?:Object class = )?"(\w+)')
_HANGUL = range(0xAC00, 0xD7A4)


def read_lines(path: str | Path, notes: list[str] | None = None) -> list[str]:
    """The lines of a text file, with any line ends; without byte-order mark and trailing empty lines.

    Args:
        path: UTF-8, or UTF-16 with or without byte-order mark.
        notes: receives a sentence if the file is UTF-16.

    Raises:
        InputError: no such file, nothing in it, or bytes that are not UTF-8, with the line of the first.
    """
    try:
        check_readable(path)
        raw = Path(path).read_bytes()
    except OSError as error:
        raise InputError(error.strerror or str(error), path) from error
    text = _decoded(raw, path, notes)
    if praat := _PRAAT.match(text):
        what = f"is a {praat[1]} of Praat; save a table of its labels (Down to Table, Save as tab-separated file)"
        raise InputError(what, path, 1)
    # str.splitlines would also end a line at U+2028 or a form feed, and the line numbers would be wrong
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    while lines and not lines[-1].strip():
        lines.pop()
    if not lines:
        raise InputError("is empty; expected one word a line", path)
    if too_long := next((n for n, line in enumerate(lines, 1) if len(line) > LINE), None):
        found = f"{len(lines[too_long - 1]):,} characters"
        raise InputError(f"a line of {found}; allowed: up to {LINE:,}; one word a line", path, too_long)
    return lines


def _decoded(raw: bytes, path: str | Path, notes: list[str] | None) -> str:
    if kind := next((what for start, what in _NOT_TEXT.items() if raw.startswith(start)), ""):
        raise InputError(kind, path)
    if raw.startswith(_UTF32):
        raise InputError("is UTF-32; save it as UTF-8", path, 1)
    if encoding := _UTF16.get(raw[:2]) or _unmarked_utf16(raw):
        try:
            text = raw.decode(encoding).removeprefix("\ufeff")
        except UnicodeDecodeError as error:
            raise InputError("is UTF-16 with an incomplete character; save it as UTF-8", path) from error
        if notes is not None:
            notes.append(f"{path}: is {encoding.upper()}, and read as that")
        return text
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        found = f"byte 0x{raw[error.start]:02x}{_korean(raw)}"
        raise InputError(f"{found} is not UTF-8; save the file as UTF-8", path, before.count(b"\n") + 1) from error


def _unmarked_utf16(raw: bytes) -> str:
    """The encoding of a file whose line ends are those of UTF-16; no UTF-8 text has zero bytes."""
    if b"\x00" not in raw or len(raw) % 2:
        return ""
    ends = {"utf-16-le": (b"\n\x00", b"\t\x00"), "utf-16-be": (b"\x00\n", b"\x00\t")}
    units = [raw[n : n + 2] for n in range(0, len(raw), 2)]
    found = {encoding: sum(map(units.count, both)) for encoding, both in ends.items()}
    best = max(found, key=found.__getitem__)
    return best if found[best] > 0.9 * (raw.count(b"\n") + raw.count(b"\t")) else ""


def _korean(raw: bytes) -> str:
    """Says so where the bytes are a Korean text in the older encoding of Windows."""
    try:
        letters = [letter for letter in raw.decode("cp949") if not letter.isascii()]
    except UnicodeDecodeError:
        return ""
    return " (of CP949?)" if letters and 2 * sum(ord(letter) in _HANGUL for letter in letters) > len(letters) else ""
