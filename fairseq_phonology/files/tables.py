"""Tables of CSV, and of tabs: written so that no spreadsheet takes a cell for a formula, and read row by row."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from io import StringIO
from pathlib import Path
from typing import Any, TextIO, TypeVar

import msgspec

from ..errors import InputError
from .documents import in_words
from .whole import check_readable, write_file

LINE = 1_000_000  # characters of a line
T = TypeVar("T")


def write_csv(path: str | Path, rows: Iterable[Iterable[Any]], sync: bool = False) -> None:
    """Write rows of CSV, the header among them; see `replacing` and `marked`."""
    write_file(path, "".join(map(csv_line, rows)), sync)


def write_tsv(path: str | Path, rows: Iterable[Iterable[Any]]) -> None:
    """Write rows with tabs between cells, the header among them; see `replacing` and `marked`."""
    write_file(path, "".join(map(tsv_line, rows)))


def csv_line(fields: Iterable[Any]) -> str:
    """One line of CSV, its end included."""
    text = StringIO()
    csv.writer(text, lineterminator="\n").writerow(map(marked, fields))
    return text.getvalue()


def tsv_line(fields: Iterable[Any]) -> str:
    """One line with tabs between its cells, its end included."""
    return "\t".join(str(marked(field)) for field in fields) + "\n"


# what a spreadsheet takes for a formula, at the start of a cell, or behind a semicolon, which is what separates cells
# where the comma is decimal. Source: https://owasp.org/www-community/attacks/CSV_Injection
_FORMULA = r"""\\*["'\s]*[=+@\t\r\n\uff1d\uff0b\uff0d\uff20-]"""
_UNMARKED, _MARKED = re.compile(rf"(^|;)(?={_FORMULA})"), re.compile(rf"(^|;)\\(?={_FORMULA})")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?|[+-]?inf|.", re.IGNORECASE)  # or one symbol: no formula


def marked(field: Any) -> Any:
    r"""A cell as a table has it: with ``\`` before what a spreadsheet would take for a formula, as in ``\=1+1``.

    Numbers and single symbols stay. `unmarked` takes it away; nothing else is changed, so that both together change no
    text. No transcription begins so: in X-SAMPA the backslash stands behind a letter.
    """
    if not isinstance(field, str) or not _UNMARKED.search(field) or _NUMBER.fullmatch(field):
        return field
    return _UNMARKED.sub(r"\1\\", field)


def unmarked(cell: str) -> str:
    """A cell that `marked` wrote, or anybody else, as it was."""
    return _MARKED.sub(r"\1", cell) if "\\" in cell else cell


def read_csv(
    path: str | Path, tabs: bool = False, errors: str = "replace", is_marked: bool = True
) -> Iterator[tuple[int, list[str]]]:
    """The rows of a CSV file, each with the number of its last line, from 1.

    Args:
        path: of it.
        tabs: columns are separated by tabs, and quotation marks are letters.
        errors: what becomes of bytes that are not UTF-8, as in `open`.
        is_marked: may be a table of ours, whose marks before formulas are taken away; see `unmarked`.

    Raises:
        OSError: it cannot be read.
        InputError: as `check_readable`; a line that is too long, or a cell, as where a quotation mark is not closed.
    """
    how = {"delimiter": "\t", "quoting": csv.QUOTE_NONE} if tabs else {}
    check_readable(path)
    with open(path, encoding="utf-8-sig", errors=errors, newline="") as file:
        rows = csv.reader(_lines(file, path), **how)
        try:
            for cells in rows:
                yield rows.line_num, [*map(unmarked, cells)] if is_marked else cells
        except csv.Error as error:
            raise InputError(f"cannot be read: {error}", path, rows.line_num) from None


def _lines(file: TextIO, path: str | Path) -> Iterator[str]:
    for number, line in enumerate(iter(lambda: file.readline(LINE + 1), ""), 1):
        if len(line) > LINE:
            raise InputError(f"has more than {LINE:,} characters in one line", path, number)
        yield line


def read_table(path: str | Path, kind: type[T], what: str, none: tuple[str, ...] = ("",)) -> list[T]:
    """The rows of a CSV file.

    Args:
        path: of it.
        kind: a `msgspec.Struct` that a row is decoded into; its fields are the columns that are read.
        what: it is, for messages: ``no column 'id': not the effects.csv of intervene``.
        none: fields that stand for None.

    Raises:
        InputError: it cannot be read, lacks a column, or a row does not fit; with its line.
    """
    path = Path(path)
    try:
        rows = read_csv(path, errors="strict")
        _, header = next(rows, (1, []))
        for name in kind.__struct_encode_fields__:
            if header.count(name) != 1:
                how = "no column" if name not in header else "several columns"
                raise InputError(f"{how} {name!r}: not the {what}", path)
        made = []
        for line, cells in rows:
            if not cells:
                continue
            if len(cells) != len(header):
                raise InputError(f"has not the {len(header)} columns of the first line", path, line)
            row = {name: None if text in none else text for name, text in zip(header, cells, strict=True)}
            try:
                made.append(msgspec.convert(row, kind, strict=False))
            except msgspec.ValidationError as error:
                raise InputError(in_words(error, row, kind), path, line) from None
        return made
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot be read: {getattr(error, 'strerror', None) or error}", path) from None
