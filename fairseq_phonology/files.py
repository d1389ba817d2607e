"""Files: written whole or not at all, CSV, JSON, hashes. The only place that writes files by hand.

What is written stands under a temporary name beside its place until it is complete, then it is renamed.
"""

from __future__ import annotations

import csv
import errno
import gzip
import hashlib
import json
import math
import os
import re
import stat
import sys
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from io import StringIO
from pathlib import Path
from typing import Annotated, Any, BinaryIO, TextIO, TypeVar

import msgspec

from .errors import InputError
from .misfits import in_words
from .temporary import replacing

_LEVEL = 4  # of gzip: half the time of 6, and 7 % larger
TABLE = 200_000_000  # bytes
LINE = 1_000_000  # characters of a line
PICTURES = ("png", "svg", "pdf")
T = TypeVar("T")
# kinds of fields: how many; a number from 1; a part of one; in %; 0 or more; any
Count = Annotated[int, msgspec.Meta(ge=0, lt=1 << 53)]
Place = Annotated[int, msgspec.Meta(ge=1, lt=1 << 53)]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Percent = Annotated[float, msgspec.Meta(ge=0, le=100)]
Amount = Annotated[float, msgspec.Meta(ge=0, lt=1e300)]
Finite = Annotated[float, msgspec.Meta(gt=-1e300, lt=1e300)]


def write_whole(
    path: str | Path, content: Callable[[BinaryIO], object], sync: bool = False, shared: bool = False
) -> None:
    """Write a file in one step; see `replacing`."""
    with replacing(path, sync, shared) as temporary, open(temporary, "wb") as file:
        content(file)


def write_file(path: str | Path, text: str, sync: bool = False, shared: bool = False) -> None:
    """Write a UTF-8 text file in one step; see `replacing`."""
    write_whole(path, lambda file: file.write(text.encode("utf-8")), sync, shared)


def write_lines(path: str | Path, lines: Iterable[str], sync: bool = False) -> None:
    """Write a UTF-8 text file line by line, in one step; see `replacing`."""
    write_file(path, "".join(f"{line}\n" for line in lines), sync)


def write_json(path: str | Path, content: Any, sync: bool = False, shared: bool = False) -> None:
    """Write JSON, UTF-8, keys in the order that they have; see `replacing`."""
    write_file(path, json.dumps(content, ensure_ascii=False, indent=1) + "\n", sync, shared)


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


def zip_blocks(file: BinaryIO, blocks: Iterable[bytes]) -> None:
    """Write blocks through gzip; without name and time in it, so that the same blocks give the same bytes."""
    with gzip.GzipFile("", "wb", _LEVEL, file, mtime=0) as zipped:
        for block in blocks:
            zipped.write(block)


def write_zip(path: str | Path, files: Mapping[str, Path]) -> None:
    """Write files into a zip archive, in one step: the same files give the same bytes.

    Args:
        path: of the archive.
        files: name in the archive, with ``/``, -> the file.

    Raises:
        InputError: a file cannot be read, or the archive not be written; see `replacing`.
    """
    from tqdm import tqdm

    def write(archive: BinaryIO) -> None:
        with zipfile.ZipFile(archive, "w") as whole:
            for name in tqdm(sorted(files), Path(path).name, delay=1, disable=not sys.stderr.isatty(), leave=False):
                entry = zipfile.ZipInfo(name)  # of 1980, as zip's first day
                entry.create_system, entry.external_attr = 3, 0o644 << 16  # the same on every system
                packed = name.endswith((".gz", ".png"))
                entry.compress_type = zipfile.ZIP_STORED if packed else zipfile.ZIP_DEFLATED
                try:
                    content = Path(files[name]).read_bytes()
                except OSError as error:
                    raise InputError(f"cannot be read: {error.strerror or error}", files[name]) from None
                whole.writestr(entry, content)

    write_whole(path, write)


def sha256_of(path: str | Path) -> str:
    """SHA-256 of a file, hexadecimal.

    Raises:
        OSError: it cannot be read.
    """
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sha256_of_parts(parts: Iterable[bytes]) -> str:
    """SHA-256 of some bytes, one after the other, hexadecimal."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return digest.hexdigest()


def picture_format(path: str | Path) -> str:
    """The format that the name of a picture asks for.

    Raises:
        InputError: none of `PICTURES`.
    """
    ending = Path(path).suffix.lower().removeprefix(".")
    if ending not in PICTURES:
        raise InputError(f"a picture's name ends in {', '.join('.' + known for known in PICTURES)}", path)
    return ending


def save_picture(figures: Sequence[Any], path: str | Path, **options: Any) -> None:
    """Write matplotlib's figures in one step, without date and random names: the same figures give the same file.

    Args:
        figures: several only for PDF, a page each.
        path: the picture; its ending chooses the format.
        options: of ``savefig``.

    Raises:
        InputError: another ending, several figures for one page, or the file cannot be written.
    """
    import matplotlib
    from matplotlib.backends.backend_pdf import PdfPages

    ending = picture_format(path)
    if len(figures) > 1 and ending != "pdf":
        raise InputError(f"{len(figures)} pictures do not fit into one {ending}; only a PDF has pages", path)
    with replacing(path) as temporary, matplotlib.rc_context({"svg.hashsalt": "fairseq_phonology"}):
        if ending == "pdf":
            with PdfPages(temporary, metadata={"CreationDate": None}) as pages:
                for figure in figures:
                    pages.savefig(figure, **options)
        else:
            figures[0].savefig(temporary, format=ending, metadata={"Date": None} if ending == "svg" else {}, **options)


def check_plain(mode: int, path: str | Path) -> None:
    """Refuse what cannot be read twice and may never end: a pipe or a device; ``mode`` as `os.stat` gives it."""
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        raise InputError("is a pipe or a device, not a file; write what comes from it to a file first", path)


def check_readable(path: str | Path, most: int = TABLE) -> None:
    """Can a file be read without waiting or filling the memory?

    Raises:
        OSError: it cannot be read at all.
        InputError: it is a pipe or a device, or has more bytes than ``most``.
    """
    found = os.stat(path)
    if stat.S_ISDIR(found.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    check_plain(found.st_mode, path)
    if found.st_size > most:
        raise InputError(f"has {found.st_size:,} bytes; allowed: up to {most:,}", path)


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
