"""Which column of a table is the underlying form, which the surface form: by option, by heading, by position.

A first line is a header, or a word, or refused with what was found; nothing is guessed that is not said.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from ..errors import InputError
from ..text import count, listed
from .headings import are_numbers, are_running, are_tags, not_a_word, plain, role_of
from .tables import Row

EQUAL = "equal"  # in place of a column of weights: every line weighs the same
_TOLD = "--ur-column, --sr-column, --id-column"


@dataclass(frozen=True)
class Columns:
    """Which column is what, by name or by number from 1; empty where the headings say it.

    Attributes:
        ur, sr, id: of the underlying form, the surface form, the user's name for a word.
        tags: their values become symbols behind the UR, such as ``<PST>``.
        whole_tags: a value such as ``V;PST`` is one symbol; else it is split at the semicolons.
        weight: how often a line occurs, or what else it weighs among the SRs of its UR; `EQUAL` where no column is
            called so.
        group: all words of one value belong together, as for a split.
        variant: of the kind of SR that a candidate is.
        header: is the first line one? None: as its cells look.
        separator: of the columns, one of `tables.SEPARATORS`; None to find it.
        repeated: may several lines have one id, as the candidates of an item do?
    """

    ur: str = ""
    sr: str = ""
    id: str = ""
    tags: tuple[str, ...] = ()
    whole_tags: bool = False
    weight: str = ""
    group: str = ""
    variant: str = ""
    header: bool | None = None
    separator: str | None = None
    repeated: bool = False

    def named(self) -> list[tuple[str, str]]:
        """The options that name a column, each with the name or number that it has."""
        single = [("--ur-column", self.ur), ("--sr-column", self.sr), ("--id-column", self.id)]
        single += [("--weight", "" if self.weight == EQUAL else self.weight), ("--split-by", self.group)]
        single += [("--variant-column", self.variant)]
        return [pair for pair in single if pair[1]] + [("--tag-columns", name) for name in self.tags]


@dataclass
class Identified:
    """A table whose columns are known.

    Attributes:
        names: of its columns; ``column3`` where there is no heading.
        rows: the words, without the header.
        at: ``ur`` and, where there are such columns, ``sr``, ``id``, ``weight``, ``group``, ``variant`` -> position
            in a row.
        tags: positions of the columns with tags.
    """

    names: list[str]
    rows: list[Row]
    at: dict[str, int]
    tags: list[int] = field(default_factory=list)


def identify(rows: list[Row], path: str, columns: Columns, notes: list[str]) -> Identified:
    """Find the columns of a table.

    Args:
        rows: as `read_rows` reads them.
        path: of the table, for messages.
        columns: what the user said about them.
        notes: receives a sentence for each assumption.

    Raises:
        InputError: a first line that looks like a header and is not understood, columns of which several could be
            meant, a column that is not there, rows of other widths than the first.
    """
    rows, numbers = even(rows, path, columns.header, notes)
    cells = [cell.strip() for cell in rows[0][1]]
    has_header = columns.header
    if has_header is None:
        has_header = _is_header(rows, cells, numbers, path, columns)
    if has_header:
        if not rows[1:]:
            raise InputError("has a header and no words", path)
        try:
            names = _names(cells, numbers, path, notes)
            at = _by_heading(cells, names, numbers, path, columns, notes)
        except InputError as error:
            raise InputError(error.message, path, rows[0][0]) from None
        rows = rows[1:]
    else:
        names = [f"column{n}" for n in numbers]
        at = _by_position(rows, names, numbers, path, columns, notes)
    for role, option in (("weight", "--weight"), ("group", "--split-by"), ("variant", "--variant-column")):
        name = getattr(columns, role)
        if name and not (role == "weight" and name == EQUAL and EQUAL not in names):
            at[role] = find(name, names, numbers, path, option)
    tags = [find(name, names, numbers, path, "--tag-columns") for name in columns.tags]
    used = [at[role] for role in ("ur", "sr", "id", "variant") if role in at]
    if clash := next((names[n] for n in {*used, *tags} if [*used, *tags].count(n) > 1), None):
        raise InputError(f"column {clash!r} is used twice; allowed: one use of each column", path)
    return Identified(names, rows, at, tags)


def say_unused(found: Identified, used: Collection[str], path: str, notes: list[str]) -> None:
    """Name the columns of which nothing is made."""
    taken = {*found.at.values(), *found.tags}
    unused = [n for n in range(len(found.names)) if n not in taken and found.names[n] not in used]
    if not unused:
        return
    tags = next((n for n in unused if are_tags([cells[n] for _, cells in found.rows])), None)
    hint = "" if tags is None else f" (--tag-columns {found.names[tags]} puts its features behind the URs)"
    missing = "" if "sr" in found.at else "; no column is the SR (--sr-column)"
    shown = ", ".join(found.names[n] for n in unused)
    notes.append(f"{path}: columns that are not used, and stay beside the words: {shown}{hint}{missing}")


# ---- rows of one width


def even(rows: list[Row], path: str, header: bool | None, notes: list[str]) -> tuple[list[Row], list[int]]:
    """Rows that are all as wide as the header, without empty columns; and the number of each column, from 1."""
    head, rest = rows[0][1], rows[1:]
    width = len(head)
    rest = [(n, cells if any(cells[width:]) else cells[:width]) for n, cells in rest]
    named = [cell for cell in head if cell.strip()]
    widths = {len(cells) for _, cells in rest}
    if header is not False and widths == {len(named)} and len(named) < width and len(named) > 1:
        notes.append(
            f"{path}: the header has {width} cells, {width - len(named)} of them empty, and every other line has "
            f"{len(named)}: read as {', '.join(cell.strip() for cell in named)}"
        )
        head = named
    elif widths == {width + 1} and [cells[0] for _, cells in rest[:3]] in (["1", "2", "3"][: len(rest)],):
        notes.append(
            f"{path}: the lines have one cell more than the header, and the first is 1, 2, 3 ...: row names, as R "
            "writes them (column `row`)"
        )
        head = ["row", *head]
    rows = [(rows[0][0], head), *rest]
    for line, cells in rows:
        if not any(cell.strip() for cell in cells):
            raise InputError("is empty; every line must contain a word", path, line)
        if len(cells) != len(head):
            hint = " (from R, write with row.names = FALSE)" if widths == {len(head) + 1} else ""
            known = ", ".join(cell.strip() for cell in head)
            found = f"found {count(len(cells), 'column')}; expected {len(head)}"
            raise InputError(f"{found}, as in line {rows[0][0]} ({known}){hint}", path, line)
    empty = [n for n in range(len(head)) if not any(cells[n].strip() for _, cells in rows)]
    if empty:
        which = f"column {empty[0] + 1} is" if len(empty) == 1 else f"columns {listed(str(n + 1) for n in empty)} are"
        notes.append(f"{path}: {which} empty, and left out")
        rows = [(line, [cell for n, cell in enumerate(cells) if n not in empty]) for line, cells in rows]
    return rows, [n for n in range(1, len(head) + 1) if n - 1 not in empty]


def _is_header(rows: list[Row], cells: list[str], numbers: list[int], path: str, columns: Columns) -> bool:
    """Whether the first line is a header.

    Raises:
        InputError: it looks like one and is not understood.
    """
    if any(_number(name, cells) is None for _, name in columns.named()):
        return True  # only a header has names
    roles = [role_of(cell) for cell in cells]
    every = [(n, cell, role) for n, (cell, role) in enumerate(zip(cells, roles, strict=True)) if role]
    # behind the second column stand glosses, of which one may be "word"
    named = [cell for n, cell, role in every if n < 2 or role[1] == 1 or len(every) > 1]
    has = {role for role in roles if role}
    kinds = {kind for kind, _ in has}
    if columns.ur:
        if ("ur", 1) in has or len(named) > 1:
            return True
    elif ("ur", 1) in has or {"ur", "sr"} <= kinds or ("ur" in kinds and all(roles)):
        return True
    if not (why := f"{named[0]!r} is the heading of a column" if named else not_a_word(rows)):
        return False
    if columns.ur:
        advice = "give --header if it is one, --no-header if it is a word"
    else:
        advice = "give --ur-column and --sr-column if it is one, --no-header if it is a word"
    raise InputError(
        f"looks like a header ({why}) that does not say which column is the UR; {advice}{_of(cells, numbers)}",
        path,
        rows[0][0],
    )


# ---- which column is what?


def _names(cells: list[str], numbers: list[int], path: str, notes: list[str]) -> list[str]:
    """The headings, with a name for columns that have none; two of one name are refused."""
    names = [cell or f"column{n}" for cell, n in zip(cells, numbers, strict=True)]
    for n, cell in zip(numbers, cells, strict=True):
        if not cell:
            notes.append(f"{path}: column {n} has no heading, and is called column{n}")
        elif names.count(cell) > 1:
            raise InputError(f"two columns of the header are called {cell!r}; give them different names")
    return names


def _by_heading(
    cells: list[str], names: list[str], numbers: list[int], path: str, columns: Columns, notes: list[str]
) -> dict[str, int]:
    roles = [role_of(cell) or ("", 0) for cell in cells]
    given = [pair for pair in columns.named() if pair[0] not in ("--split-by", "--variant-column")]
    taken = {find(name, names, numbers, path, option) for option, name in given}
    at, assumed = {}, []
    for role in ("ur", "sr", "id"):
        option = f"--{role}-column"
        if name := getattr(columns, role):
            at[role] = find(name, names, numbers, path, option)
            continue
        fitting = [n for n, (found, _) in enumerate(roles) if found == role and n not in taken]
        sure = [n for n in fitting if roles[n][1] == 1]
        if len(sure or fitting) > 1:
            several = [names[n] for n in sure or fitting]
            if len(set(map(plain, several))) == 1 and sure:
                raise InputError(f"two columns of the header are called {role!r} ({', '.join(several)})")
            which = listed(map(repr, several), "or")
            raise InputError(f"the {role.upper()} could be {which}; give {option}{_of(cells, numbers)}")
        if fitting:
            at[role] = (sure or fitting)[0]
            assumed += [] if sure else [role]
    if "ur" not in at:
        raise InputError(f"no column of the header is the UR; give --ur-column{_of(cells, numbers)}")
    if assumed:
        said = ", ".join(f"{role if role == 'id' else role.upper()} = {names[n]}" for role, n in at.items())
        missing = "" if "sr" in at else ", no SR"
        notes.append(f"{path}: header; {said}{missing} (other columns: {_TOLD}; --no-header: it is a word)")
    return at


def _by_position(
    rows: list[Row], names: list[str], numbers: list[int], path: str, columns: Columns, notes: list[str]
) -> dict[str, int]:
    at = {}
    for role in ("ur", "sr", "id"):
        if name := getattr(columns, role):
            at[role] = find(name, names, numbers, path, f"--{role}-column")
    if columns.sr and not columns.ur and at["sr"] == 0:
        raise InputError("--sr-column is the first column; give --ur-column, too", path)
    explicit = bool(columns.ur)
    at.setdefault("ur", 0)
    if not explicit and not columns.sr and numbers[:2] != list(range(1, len(numbers[:2]) + 1)):
        gap = next(n for n, number in enumerate(numbers, 1) if n != number)
        raise InputError(
            f"column {gap} is empty, and there is no header to say which of the others is the UR; give --ur-column "
            "and --sr-column",
            path,
            rows[0][0],
        )
    if not explicit and not columns.sr and len(names) > 1:
        at["sr"] = 1
    for role in ("ur", "sr"):
        if role in at and not getattr(columns, role):
            _check_words([cells[at[role]] for _, cells in rows], role.upper(), names[at[role]], rows, path)
    found = f"column {numbers[at['ur']]} is the UR"
    found = f"{found}, column {numbers[at['sr']]} the SR" if "sr" in at else f"{found}, no SR"
    found = found if len(names) > 1 else "one column, the UR"
    more = " (--header, --ur-column, --sr-column)" if len(names) > 1 else ""
    notes.append(f"{path}: no header; {found}{more}")
    return at


def _check_words(cells: list[str], role: str, name: str, rows: list[Row], path: str) -> None:
    """Refuse a column that cannot hold words."""
    kinds = {"numbers": are_numbers, "names that count up": are_running, "features": are_tags}
    what = next((kind for kind, are in kinds.items() if are(cells)), "")
    if what:
        tags = f" (and --tag-columns {name.removeprefix('column')} for the features)" if what == "features" else ""
        shown = ", ".join(dict.fromkeys(cell.strip() for cell in cells[:3]))
        raise InputError(
            f"{name} would be the {role}, but holds {what} ({shown}); give --ur-column and --sr-column{tags}"
            f"{_of(rows[0][1], range(1, len(rows[0][1]) + 1))}",
            path,
            rows[0][0],
        )


def _number(name: str, names: Sequence[str]) -> int | None:
    """The number that stands for a column, as 3 or column3; None for a name."""
    digits = name.strip().removeprefix("column")
    return int(digits) if digits.isdecimal() and len(digits) < 10 and name.strip() not in names else None


def find(name: str, names: list[str], numbers: Sequence[int], path: str, option: str) -> int:
    """The position of a column that is given by name or number."""
    name = name.strip()
    for same in (lambda one: one == name, lambda one: plain(one) == plain(name) != ""):
        fitting = [n for n, one in enumerate(names) if same(one)]
        if len(fitting) == 1:
            return fitting[0]
    if _number(name, names) in numbers:
        return list(numbers).index(_number(name, names))
    raise InputError(f"{option} is {name!r}{_of(names, numbers)}", path)


def _of(cells: Sequence[str], numbers: Sequence[int]) -> str:
    return "; columns found: " + ", ".join(f"{n} {cell.strip()}" for n, cell in zip(numbers, cells, strict=True))
