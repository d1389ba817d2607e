"""The lists that `prepare` writes beside binarized data, ``DIR/<split>.tsv``: row n, from 0, is fairseq's sample n."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..files import read_csv

Row = dict[str, Any]  # column -> text
Segments = Sequence[str]
UNKNOWN = frozenset(("<unk>", "<<unk>>"))  # a segment that a dictionary lacks, the second in a reference


def read_prepared(path: str | Path) -> list[Row]:
    """The rows of a list, by column.

    Raises:
        InputError: it cannot be read, or is no list of `prepare`: it has no rows, lacks ``id`` or ``ur``, or a row has
            not the columns of the header.
    """
    path = Path(path)
    if path.is_dir():
        raise InputError("is a folder; name a list that prepare wrote, such as test.tsv in it", path)
    (_, header), *lines = _lines(path) or [(1, [])]
    if missing := next((name for name in ("id", "ur") if name not in header), ""):
        raise InputError(f"has no column {missing!r}: not a list that prepare wrote, such as DIR/test.tsv", path, 1)
    if wrong := next((one for one in lines if len(one[1]) != len(header)), None):
        raise InputError(f"has {len(wrong[1])} columns, and the header {len(header)}", path, wrong[0])
    if not lines:
        raise InputError("has no words", path)
    return [dict(zip(header, cells, strict=True)) for _, cells in lines]


def check_same(id: str, form: str, own: Segments, listed: Segments, path: str | Path, table: str | Path) -> None:
    """Refuse a word of which a list has another form: the list is of other words.

    Args:
        id: of the word.
        form: which it is, UR or SR.
        own: its segments; those that a model does not know are like any.
        listed: its segments in the list.
        path: the file or folder of the word.
        table: the list.

    Raises:
        InputError: they differ.
    """
    if len(own) == len(listed) and all(a == b or {a, b} & UNKNOWN for a, b in zip(own, listed, strict=True)):
        return
    raise InputError(
        f"word {id}: the {form} is {' '.join(own)}, and {' '.join(listed)} in {table}: other words, or in another "
        "order",
        path,
    )


def rows_beside(table: Path) -> list[Row]:
    """The rows of a table beside binarized data, whoever wrote it.

    Raises:
        InputError: it cannot be read.
    """
    (_, header), *lines = _lines(table) or [(1, [])]
    return [dict(zip(header, cells, strict=False)) for _, cells in lines]


def _lines(path: Path) -> list[tuple[int, list[str]]]:
    try:
        return [line for line in read_csv(path, tabs=True, errors="strict") if line[1]]
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", path) from None
    except UnicodeDecodeError as error:
        raise InputError(f"is not UTF-8: {error.reason} at byte {error.start}", path) from None


def training_rows(folder: Path, subset: str = "train") -> list[Row] | None:
    """What prepare's table says of the training words beside binarized data; None where there is no such table, or
    another program's, without the columns ``ur`` and ``sr``.

    Raises:
        InputError: a table that is not UTF-8.
    """
    table = folder.parent / f"{subset}.tsv"
    rows = rows_beside(table) if table.is_file() else None
    return None if rows is None or any("ur" not in row or "sr" not in row for row in rows) else rows
