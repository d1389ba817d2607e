"""Word lists as a laboratory keeps them: a table or two parallel files become checked, segmented words.

Errors in a list are found here, named by file and line, before anything is written.
"""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tqdm import tqdm

from ..errors import InputError
from ..phonology.transcription import UNITS, drop_edges, segment

# a heading, without blanks, underscores and capitals -> what stands below it
_HEADINGS = {
    **dict.fromkeys(("ur", "underlying", "underlyingform", "underlyingrepresentation"), "ur"),
    **dict.fromkeys(("sr", "surface", "surfaceform", "surfacerepresentation"), "sr"),
    "id": "id",
}
HEADER_RULE = (
    "the first line is a header if one of its cells is ur or underlying; else column 1 is the UR, column 2 the SR"
)
_RESERVED = {"<s>", "</s>", "<pad>", "<unk>"}  # fairseq's own symbols
_UNUSABLE = {"\ufeff": "a byte-order mark", "\ufffd": "the mark of a character lost in an earlier conversion"}


@dataclass
class Word:
    """One line of a word list.

    Attributes:
        ur: underlying segments, never empty.
        sr: surface segments, never empty; None in a list that has none.
        ur_text: the underlying form as the user wrote it.
        sr_text: the surface form as the user wrote it; empty where there is none.
        path: the list it is from; the first of two parallel files.
        line: its line there, counted from 1.
        id: the user's name for it; empty until `name_words` if there is none.
        more: the user's further columns.
    """

    ur: tuple[str, ...]
    sr: tuple[str, ...] | None
    ur_text: str
    sr_text: str
    path: str
    line: int
    id: str = ""
    more: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Units:
    """How a list is written: see `transcription.segment`."""

    ur: str = "space"
    sr: str = "space"
    keep_edges: bool = False


@dataclass
class _Table:
    """Rows of text under names, with the line each stood on."""

    names: list[str]
    rows: list[tuple[int, list[str]]]


def read_words(source: str, units: Units, notes: list[str] | None = None, header: bool = True) -> list[Word]:
    """Read and segment a word list.

    Args:
        source: a table with tabs between columns, with or without header (`HEADER_RULE`); or two parallel files,
            ``UR,SR``, with one word a line.
        units: how its words are written.
        notes: receives a sentence for each assumption about the file.
        header: False: the first line is a word, even if it looks like a header.

    Raises:
        InputError: with the file and the line, what was found and what is allowed.
    """
    table, path, sr_path = _read_source(source, header, notes)
    columns = {name: n for n, name in enumerate(table.names)}
    words, ids = [], {}
    for line, cells in tqdm(table.rows, desc=f"reading {path}", unit=" words", delay=2, disable=None, leave=False):
        row = dict(zip(table.names, cells, strict=True))
        ur = _segments(row.pop("ur"), units.ur, units.keep_edges, "UR", path, line)
        sr_text = row.pop("sr", "")
        sr = _segments(sr_text, units.sr, units.keep_edges, "SR", sr_path, line) if "sr" in columns else None
        name = row.pop("id", "").strip()
        if "id" in columns:
            if not name:
                raise InputError("the id is empty; give every word one, or remove the column", path, line)
            if name in ids:
                raise InputError(f"the id {name!r} is already on line {ids[name]}; ids must differ", path, line)
            ids[name] = line
        words.append(Word(ur, sr, cells[columns["ur"]], sr_text, path, line, name, row))
    return words


def check_units(
    words: Sequence[Word], known: Container[str], whose: str, option: str, units: str, surface: bool = False
) -> None:
    """Refuse a list that was read in the wrong units: no word, or not one segment in twenty, is of known ones.

    A list whose every word has a new segment is let through where no other units fit it better.

    Args:
        words: of one list, read.
        known: the segments that they should be made of.
        whose: these are, as in "the model's".
        option: by which the units were, or could have been, given.
        units: those that the list was read in.
        surface: of the SRs instead of the URs.

    Raises:
        InputError: naming the list, some words, and the units that fit.
    """
    forms = [drop_edges((word.sr or ()) if surface else word.ur) for word in words]
    if any(form and all(one in known for one in form) for form in forms) or not any(forms):
        return
    texts = [word.sr_text if surface else word.ur_text for word in words]
    fitting = units_that_fit(texts, known)
    every = [one for form in forms for one in form]
    if not fitting and 20 * sum(one in known for one in every) >= len(every):
        return
    shown = ", ".join(text.strip() for text in texts[:2]) + (", ..." if len(texts) > 2 else "")
    hint = f"; {fitting} would fit" if fitting else f"; allowed: {', '.join(UNITS)}"
    raise InputError(
        f"no {'SR' if surface else 'word'} consists of {whose} segments ({shown}); {option} is {units}{hint}",
        words[0].path,
    )


def units_that_fit(texts: Sequence[str], known: Container[str]) -> str:
    """The units under which most words are made of known segments; empty where there are none."""
    for units in UNITS:
        made = 0
        for text in texts:
            try:
                made += all(one in known for one in segment(text, units))
            except InputError:
                continue
        if 2 * made > len(texts):
            return units
    return ""


def name_words(words: Iterable[Word], split: str, first: int = 0) -> None:
    """Give each word that has no id the name of its split and its number there; from 0, as fairseq counts."""
    for n, word in enumerate(words, first):
        word.id = word.id or f"{split}-{n}"


def split_by_ratio(words: Sequence[Word], ratios: Sequence[float], seed: int) -> list[list[Word]]:
    """Divide words at random, all words of one UR into the same part.

    Args:
        words: the whole list.
        ratios: the size of each part, in any unit.
        seed: the same seed divides the same list the same way, on any machine.

    Returns:
        One list a ratio, each in the order of the whole.

    Raises:
        InputError: a part would be empty.
    """
    groups: dict[tuple[str, ...], list[int]] = {}
    for n, word in enumerate(words):
        groups.setdefault(word.ur, []).append(n)
    shuffled = list(groups.values())
    random.Random(seed).shuffle(shuffled)
    missing = [len(words) * ratio / sum(ratios) for ratio in ratios]
    parts: list[list[int]] = [[] for _ in ratios]
    for group in shuffled:
        part = max(range(len(parts)), key=missing.__getitem__)
        parts[part] += group
        missing[part] -= len(group)
    if not all(parts):
        raise InputError(
            f"{len(groups)} different URs are too few to split {','.join(f'{ratio:g}' for ratio in ratios)}: "
            "every part needs one"
        )
    return [[words[n] for n in sorted(part)] for part in parts]


def read_lines(path: str | Path) -> list[str]:
    """The lines of a UTF-8 text file, with any line ends; without byte-order mark and trailing empty lines.

    Raises:
        InputError: no such file, nothing in it, or bytes that are not UTF-8, with the line of the first.
    """
    try:
        raw = Path(path).read_bytes()
    except OSError as error:
        raise InputError(error.strerror or str(error), path) from error
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise InputError("is UTF-16; save it as UTF-8", path, 1)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        found = f"byte 0x{raw[error.start]:02x}"
        raise InputError(f"{found} is not UTF-8; save the file as UTF-8", path, before.count(b"\n") + 1) from error
    # str.splitlines would also end a line at U+2028 or a form feed, and the line numbers would be wrong
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    while lines and not lines[-1].strip():
        lines.pop()
    if not lines:
        raise InputError("is empty; expected one word a line", path)
    return lines


def _read_source(source: str, header: bool, notes: list[str] | None) -> tuple[_Table, str, str]:
    """The table, and the files that its URs and its SRs are from."""
    ur_path, comma, sr_path = source.partition(",")
    if not comma or Path(source).exists():
        return _read_table(source, header, notes), source, source
    ur, sr = read_lines(ur_path), read_lines(sr_path)
    if len(ur) != len(sr):
        raise InputError(f"has {len(sr)} lines, but {ur_path} has {len(ur)}: parallel files need as many", sr_path)
    return (
        _Table(["ur", "sr"], [(n, list(pair)) for n, pair in enumerate(zip(ur, sr, strict=True), 1)]),
        ur_path,
        sr_path,
    )


def _read_table(path: str, header: bool, notes: list[str] | None) -> _Table:
    rows = [(n, line.split("\t")) for n, line in enumerate(read_lines(path), 1)]
    quoted = [cells for _, cells in rows[1:] if any(_is_quoted(cell) for cell in cells)]
    if quoted and len(quoted) == len(rows) - 1 and all(_is_quoted(cell) for cell in rows[0][1]):
        rows = [(n, [cell[1:-1] if _is_quoted(cell) else cell for cell in cells]) for n, cells in rows]
        _note(notes, f"{path}: quotation marks around the cells removed")
    one, *others = re.split("[,;]", rows[0][1][0]) if len(rows[0][1]) == 1 else [""]
    if others and "ur" in (name.strip().lower() for name in (one, *others)):
        raise InputError(
            "columns are divided by commas or semicolons; tabs are needed (spreadsheets: text, tabs)", path, 1
        )
    names = _header(rows[0][1], path) if header else None
    if names is None:
        width = len(rows[0][1])
        names = ["ur", "sr", *(f"column{n}" for n in range(3, width + 1))][:width]
        found = "column 1 is the UR, column 2 the SR" if width > 1 else "one column, the UR"
        _note(notes, f"{path}: no header; {found}")
    else:
        rows = rows[1:]
        if not rows:
            raise InputError("has a header and no words", path)
    for line, cells in rows:
        if not any(cell.strip() for cell in cells):
            raise InputError("is empty; every line must contain a word", path, line)
        if len(cells) != len(names):
            hint = " (from R, write with row.names = FALSE)" if len(cells) == len(names) + 1 else ""
            raise InputError(
                f"found {len(cells)} columns; expected {len(names)} ({', '.join(names)}), tabs between them{hint}",
                path,
                line,
            )
    return _Table(names, rows)


def _header(cells: list[str], path: str) -> list[str] | None:
    """The names of the columns if the line is a header, else None."""
    names = [_HEADINGS.get(re.sub(r"[\s_]", "", cell).lower(), cell.strip()) for cell in cells]
    if "ur" not in names:
        if "sr" in names:
            raise InputError("a column for the SR and none for the UR; name that one ur", path, 1)
        return None
    for name in names:
        if not name:
            raise InputError("a column of the header has no name", path, 1)
        if names.count(name) > 1:
            raise InputError(f"two columns of the header are called {name!r}", path, 1)
    return names


def _segments(text: str, units: str, keep_edges: bool, form: str, path: str, line: int) -> tuple[str, ...]:
    try:
        _check_characters(text)
        segments = segment(text, units, keep_edges)
    except InputError as error:
        raise InputError(f"{form}: {error.message}", path, line) from error
    if not segments:
        # fairseq's generator never emits an empty word: such a pair could never come out right
        hint = "; write ∅ if nothing is left of the word" if form == "SR" else ""
        raise InputError(f"the {form} is empty; it needs one segment or more{hint}", path, line)
    if reserved := _RESERVED.intersection(segments):
        raise InputError(
            f"{form}: {min(reserved)!r} in {text!r} is one of fairseq's own symbols "
            f"({', '.join(sorted(_RESERVED))}), which no segment may be called",
            path,
            line,
        )
    return segments


def _check_characters(text: str) -> None:
    for letter in text:
        if letter in _UNUSABLE or unicodedata.category(letter) == "Cc":
            what = _UNUSABLE.get(letter, "a control character")
            raise InputError(f"{text!r} contains {what} (U+{ord(letter):04X}); remove it")


def _is_quoted(cell: str) -> bool:
    return len(cell) > 1 and cell[0] == cell[-1] == '"'


def _note(notes: list[str] | None, text: str) -> None:
    if notes is not None:
        notes.append(text)
