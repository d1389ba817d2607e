"""A text file to rows of cells: tabs, CSV with commas or semicolons, R's tables, CMUdict."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from pathlib import Path

from ..errors import InputError
from ..files import read_lines, unmarked
from ..text import count
from .headings import are_tags

Row = tuple[int, list[str]]  # the line that a row begins on, from 1, and its cells
SEPARATORS = {
    **{"tab": "\t", "comma": ",", "semicolon": ";", "pipe": "|"},
    **{"blank": " ", "two-blanks": "  ", "none": ""},
}
_NAMES = {
    "\t": "tabs",
    ",": "commas",
    ";": "semicolons",
    "|": "vertical lines",
    " ": "blanks",
    "  ": "two blanks or more",
    "": "nothing (one column)",
}
_WIDE = re.compile(r"(\S.*?)[ \u00a0]{2,}(\S.*)")  # two columns, each of which may contain single blanks
_VOWELS = "AA|AE|AH|AO|AW|AX|AXR|AY|EH|ER|EY|IH|IX|IY|OW|OY|UH|UW|UX"
_CONSONANTS = "B|CH|D|DH|DX|EL|EM|EN|F|G|HH|JH|K|L|M|N|NG|NX|P|Q|R|S|SH|T|TH|V|W|WH|Y|Z|ZH"
_PHONE = rf"(?:(?:{_VOWELS})[0-2]?|{_CONSONANTS})"
_CMUDICT = re.compile(rf"(\S+) +({_PHONE}(?: {_PHONE})*)(\s*#.*)?\s*")
_PHONES = re.compile(rf"{_PHONE}(?: +{_PHONE})*")
_VARIANT = re.compile(r"(.+)\((\d+)\)")
_EXCEL = re.compile(r'"(?=[^"]*(?:[,;]|""))(?:[^"]|"")+"')  # a cell in marks that has a comma or marks inside
_COMMENT = ";;;"
_ENOUGH = 0.9  # of the lines have as many cells: then it is a table, and the others are faults of it


def read_rows(path: str | Path, separator: str | None = None, notes: list[str] | None = None) -> list[Row]:
    """The rows of a table, the header among them.

    Columns are separated by tabs, or by commas or semicolons (CSV, cells with quotation marks allowed), or by blanks
    with quotation marks around the cells (R), or by two blanks or more, or it is a CMUdict. A cell that holds a tab or
    a line break within quotation marks gets a blank instead. Trailing empty rows are left out.

    Args:
        path: the file.
        separator: one of `SEPARATORS`; None to find it.
        notes: receives a sentence for each assumption about the file.

    Raises:
        InputError: as `read_lines`; an unknown separator, or quotation marks that are not closed.
    """
    if separator is not None and separator not in SEPARATORS:
        raise InputError(f"the separator is {separator!r}; allowed: {', '.join(SEPARATORS)}")
    numbered = list(enumerate(read_lines(path, notes), 1))
    numbered = _without_comments(numbered, path, notes)
    mark = None if separator is None else SEPARATORS[separator]
    if told := re.fullmatch(r'"?sep=([,;\t])"?', numbered[0][1]):  # Excel
        numbered, mark = numbered[1:], told[1] if mark is None else mark
        _note(notes, f"{path}: line 1 ({told[0].strip()}) is no row of the table")
    if not numbered:
        raise InputError("has no words", path)
    if mark is None and (rows := _of_cmudict(numbered, path, notes)):
        return _without_variants(rows, path, notes)
    if mark is None:
        mark = _found(numbered, path)
        if mark not in ("\t", ""):
            _note(notes, f"{path}: columns are separated by {_NAMES[mark]} (--separator)")
    rows = _split(numbered, mark, path)
    while len(rows) > 1 and not any(cell.strip() for cell in rows[-1][1]):
        rows.pop()
    rows = _unmarked(_unquoted(rows, path, notes) if mark == "\t" else rows, path, notes)
    return _without_variants(rows, path, notes)


def _unmarked(rows: list[Row], path: str | Path, notes: list[str] | None) -> list[Row]:
    """Without the mark that our tables have before what a spreadsheet would take for a formula."""
    found = [cell for _, cells in rows for cell in cells if unmarked(cell) != cell]
    if not found:
        return rows
    _note(
        notes,
        f"{path}: \\ before {count(len(found), 'cell')} removed, such as {found[0]}: it keeps formulas from "
        "spreadsheets, as in every table of fairseq-phonology",
    )
    return [(n, [*map(unmarked, cells)]) for n, cells in rows]


def _without_comments(lines: Sequence[tuple[int, str]], path: str | Path, notes: list[str] | None) -> list:
    kept = [(n, line) for n, line in lines if not line.startswith(_COMMENT)]
    if len(kept) < len(lines):
        n = len(lines) - len(kept)
        begin = f"begins with {_COMMENT} is a comment" if n == 1 else f"begin with {_COMMENT} are comments"
        _note(notes, f"{path}: {count(n, 'line')} that {begin}, left out")
    if not kept:
        raise InputError(f"has no words: every line begins with {_COMMENT}", path)
    first = next((at for at, (_, line) in enumerate(kept) if not line.startswith("#")), 0)
    marks = [mark for mark in "\t,;" if mark in kept[first][1]]
    above = [n for n, line in kept[:first] if not any(mark in line for mark in marks)]
    if marks and len(above) == first > 0:
        _note(notes, f"{path}: {count(first, 'line')} above the table, with # before, left out")
        return kept[first:]
    return kept


def _of_cmudict(lines: Sequence[tuple[int, str]], path: str | Path, notes: list[str] | None) -> list[Row] | None:
    """Word and phones, if every line is of that kind."""
    rows, commented = [], 0
    for n, line in lines:
        if (match := _CMUDICT.fullmatch(line)) is None:
            return None
        rows.append((n, [match[1], match[2]]))
        commented += match[3] is not None
    said = f"; {count(commented, 'comment')} behind # left out" if commented else ""
    _note(notes, f"{path}: read as a CMUdict: a word, a blank or two, ARPAbet phones{said} (--separator)")
    return rows


def _without_variants(rows: list[Row], path: str | Path, notes: list[str] | None) -> list[Row]:
    """Words of a pronouncing dictionary in ARPAbet without the number of the variant, as in WORD(1)."""
    if not rows[0][1] or not all(len(cells) == 2 and _PHONES.fullmatch(cells[1].strip()) for _, cells in rows[1:]):
        return rows
    words = {cells[0] for _, cells in rows}
    numbered = {word: match[1] for word in words if (match := _VARIANT.fullmatch(word)) and match[1] in words}
    if not numbered:
        return rows
    found = count(len(numbered), "variant")
    _note(notes, f"{path}: the numbers of {found}, as in {next(iter(sorted(numbered)))}, are no part of the words")
    return [(n, [numbered.get(cells[0], cells[0]), *cells[1:]]) for n, cells in rows]


def _found(lines: Sequence[tuple[int, str]], path: str | Path) -> str:
    """What separates the columns: one of the values of `SEPARATORS`."""
    texts = [line for _, line in lines]
    if "\t" in texts[0]:
        return "\t"
    widths = {mark: width for mark in ",;" if (width := _width(lines, mark))}
    if widths:
        return _of_two(lines, path) if len(widths) > 1 else next(iter(widths))
    if 2 * sum("\t" in text for text in texts) > len(texts):
        return "\t"
    quoted = all(text[:1] == '"' and text.count('"') > 3 for text in texts if text.strip())
    if quoted and _width(lines, " "):
        return " "
    return "  " if all(_WIDE.fullmatch(text.strip()) for text in texts if text.strip()) else ""


def _of_two(lines: Sequence[tuple[int, str]], path: str | Path) -> str:
    """The separator of lines that all have commas and semicolons."""
    if all(re.fullmatch(r"([^,]|(?<=\d),(?=\d))*", line) for _, line in lines[1:]):
        return ";"  # the commas are decimal
    cells = [cells for _, cells in _split(lines, ",", path)]
    if any(are_tags([row[n] for row in cells]) for n in range(min(map(len, cells)))):
        return ","  # the semicolons are UniMorph's
    raise InputError(
        "has columns whether commas or semicolons separate them; give --separator comma or semicolon", path
    )


def _width(lines: Sequence[tuple[int, str]], mark: str) -> int:
    """The number of columns if ``mark`` separates them; 0 where it does not."""
    if mark not in lines[0][1]:
        return 0
    try:
        rows = _csv(lines, mark)
    except csv.Error:
        rows = [(n, line.split(mark)) for n, line in lines]
    widths = [len(cells) for _, cells in rows[1:] or rows]  # R's header is one cell shorter
    most = max(widths, key=widths.count)
    return most if most > 1 and widths.count(most) >= _ENOUGH * len(widths) else 0


def _split(lines: Sequence[tuple[int, str]], mark: str, path: str | Path) -> list[Row]:
    if mark == "\t":
        return [(n, line.split("\t")) for n, line in lines]
    if mark == "":
        return [(n, [line]) for n, line in lines]
    if mark == "  ":
        return [(n, re.split(r" {2,}", line.strip())) for n, line in lines]
    if mark == " " and not any('"' in line for _, line in lines):
        return [(n, line.split()) for n, line in lines]
    try:
        return _csv(lines, mark)
    except csv.Error as error:
        line = lines[min(_line_of_error(lines, mark), len(lines) - 1)][0]
        raise InputError(
            f'{error}; between {_NAMES[mark]} a cell with a quotation mark needs them around it, and "" for each '
            "inside",
            path,
            line,
        ) from None


def _csv(lines: Sequence[tuple[int, str]], mark: str) -> list[Row]:
    reader = csv.reader([f"{line}\n" for _, line in lines], delimiter=mark, strict=True, skipinitialspace=True)
    rows, first = [], 0
    for cells in reader:
        rows.append((lines[first][0], [re.sub(r"[\t\n]+", " ", cell) for cell in cells]))
        first = reader.line_num
    return rows


def _line_of_error(lines: Sequence[tuple[int, str]], mark: str) -> int:
    """The index of the line with which a row begins that cannot be read."""
    reader, first = csv.reader([f"{line}\n" for _, line in lines], delimiter=mark, strict=True), 0
    try:
        for _ in reader:
            first = reader.line_num
    except csv.Error:
        return first
    return first


def _unquoted(rows: list[Row], path: str | Path, notes: list[str] | None) -> list[Row]:
    """Without the quotation marks that R writes around every text, and Excel where one has a comma or a mark inside.

    In X-SAMPA a mark is stress, and stays.
    """
    whole = all(map(_is_quoted, filter(None, rows[0][1]))) and len(rows) > 1
    if whole and all(any(map(_is_quoted, cells)) for _, cells in rows[1:]):
        _note(notes, f"{path}: quotation marks around the cells removed")
        return [(n, [_inside(cell) if _is_quoted(cell) else cell for cell in cells]) for n, cells in rows]
    quoted = [cell for _, cells in rows for cell in cells if _EXCEL.fullmatch(cell)]
    if not quoted:
        return rows
    _note(notes, f"{path}: quotation marks around {count(len(quoted), 'cell')} removed, such as {quoted[0]}")
    return [(n, [_inside(cell) if _EXCEL.fullmatch(cell) else cell for cell in cells]) for n, cells in rows]


def _inside(cell: str) -> str:
    return cell[1:-1].replace('""', '"')


def _is_quoted(cell: str) -> bool:
    return len(cell) > 1 and cell[0] == cell[-1] == '"'


def _note(notes: list[str] | None, text: str) -> None:
    if notes is not None:
        notes.append(text)
