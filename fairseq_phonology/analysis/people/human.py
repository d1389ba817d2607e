"""What people did: counts, proportions or mean ratings of candidates, or one row per participant and trial."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ...corpus.tables import Row
from ...errors import InputError
from ...text import listed
from .columns import RESPONSES, HumanColumns, Judged, Table

_SEPARATE = " (--separate: each was judged by itself)"
_WHAT = {"k": "counts", "proportion": "proportions", "choice": "choices", "rating": "ratings"}
_SCALE = (1.0, 7.0)  # that is supposed, and said, where nothing else is given


@dataclass(frozen=True)
class Human:
    """Responses of people to candidates.

    Attributes:
        path: of the table.
        kind: ``counts`` (shares of responses) or ``ratings``.
        rows: the candidates.
        scale: lowest and highest value: (0, 1) of counts.
        participants: their names; empty where they are not known.
        sums, numbers: of each participant and candidate, the sum of the responses (chosen: 1) and how many there are.
            # -> participants x candidates
        chosen: a trial is a choice among the item's candidates, so that one nobody chose has k = 0.
        separate: counts are of judgments of each candidate by itself, not of choices among an item's candidates.
        centered: ratings are without each participant's own mean: what `within` of `read_human` said.
        notes: a sentence for each assumption about the table.
    """

    path: str
    kind: str
    rows: tuple[Judged, ...]
    scale: tuple[float, float]
    participants: tuple[str, ...] = ()
    sums: np.ndarray | None = None
    numbers: np.ndarray | None = None
    chosen: bool = False
    separate: bool = False
    centered: str = ""
    notes: tuple[str, ...] = ()


def read_human(
    path: str | Path,
    columns: HumanColumns | None = None,
    scale: tuple[float, float] | None = None,
    variant: str = "",
    repeated: bool = False,
    within: str = "",
    separate: bool = False,
    used: Collection[str] = (),
) -> Human:
    """Read a table of human responses.

    Args:
        path: any table that `prepare` reads.
        columns: which is what; by heading where nothing is given.
        scale: lowest and highest rating; None: 1 to 7, if all ratings lie there.
        variant: the candidate that all rows are about, where no column says it.
        repeated: a participant may respond several times to the same; else that is refused as a duplicate.
        within: ``center`` takes each participant's own mean off the ratings, ``z`` divides by the deviation, too; both
            put them back on the scale by the mean (and deviation) of all. Empty: ratings as they are.
        separate: each candidate was judged by itself, yes or no: the counts of an item's candidates are no choices
            among them, and may sum to more than n.
        used: columns that are used otherwise, as baselines.

    Raises:
        InputError: with file and line: columns that are not there or of which several could be meant, numbers that are
            none or out of range, k > n, counts that choices cannot give, duplicates, an option that has no meaning for
            the table.
    """
    notes: list[str] = []
    path = str(path)
    table = Table.read(path, columns or HumanColumns(), variant, notes, used)
    rows = list(table.kept(notes))
    role = next(role for role in RESPONSES if role in table.at)
    what = f"and column {table.names[table.at[role]]!r} holds {_WHAT[role]}"
    if scale and role != "rating":
        raise InputError(f"--scale is for ratings, {what}", path)
    if separate and (role in ("rating", "choice") or (role == "proportion" and "n" not in table.at)):
        raise InputError(f"--separate is for counts, {what}", path)
    if separate:
        notes.append(f"{path}: each candidate is judged by itself, and not chosen from those of its item (--separate)")
    if "participant" in table.at:
        return _of_trials(table, rows, scale, repeated, within, separate, notes)
    if within:
        raise InputError(f"has no participants, whom --within-participants {within} needs (--participant-column)", path)
    kind, scale, judged = _judged(table, rows, scale, separate, notes)
    _refuse_duplicates(judged, path)
    if kind == "counts" and not separate:
        slack = [table.rounded(row, role) if role == "proportion" else 0.0 for row in rows]
        _check_choices(judged, slack, path)
    return Human(path, kind, tuple(judged), scale, separate=separate, notes=tuple(notes))


# ---- one row per candidate


def _judged(
    table: Table, rows: list[Row], scale: tuple[float, float] | None, separate: bool, notes: list[str]
) -> tuple[str, tuple[float, float], list[Judged]]:
    made = [(row, table.about(row), table.others(row)) for row in rows]
    if "k" in table.at:
        return "counts", (0.0, 1.0), _of_counts(table, made, separate, notes)
    role = "proportion" if "proportion" in table.at else "rating"
    values = [table.number(row, role) for row in rows]
    scale = (0.0, 1.0) if role == "proportion" else scale or _supposed(table, rows, values, notes)
    _check_scale(table, rows, values, role, scale)
    n = [_at_least_one(table, row) if "n" in table.at else math.nan for row in rows]
    sd = [table.number(row, "sd") if "sd" in table.at else math.nan for row in rows]
    if role == "proportion" and "n" not in table.at:
        notes.append(f"{table.path}: proportions without n are taken as ratings from 0 to 1 (--n-column)")
    counts = role == "proportion" and "n" in table.at
    for (row, _, _), each in zip(made, sd, strict=True):
        if each < 0 or each > scale[1] - scale[0]:
            width = f"{scale[1] - scale[0]:g}, the width of the scale (--scale LOW-HIGH)"
            raise InputError(f"sd is {each:g}; allowed: 0 to {width}", table.path, row[0])
    k = _whole(table, rows, values, n, notes) if counts else [math.nan] * len(rows)
    values = [each / of for each, of in zip(k, n, strict=True)] if counts else values
    judged = [
        Judged(**about, value=v, k=each, n=of, sd=s, line=row[0], columns=others)
        for (row, about, others), v, each, of, s in zip(made, values, k, n, sd, strict=True)
    ]
    return "counts" if counts else "ratings", scale, judged


def _whole(table: Table, rows: list[Row], shares: list[float], n: list[float], notes: list[str]) -> list[float]:
    """k of proportions: the whole number whose share of n they are, rounded as they are written."""
    found = [float(np.rint(share * of)) for share, of in zip(shares, n, strict=True)]
    for row, share, k, of in zip(rows, shares, found, n, strict=True):
        if abs(k / of - share) > table.rounded(row, "proportion"):
            below = math.floor(share * of)
            raise InputError(
                f"proportion is {share:g} of n = {of:g}, which no whole number is ({below} would be {below / of:.3g}, "
                f"{below + 1} {(below + 1) / of:.3g}); give the n of this proportion, or leave out n",
                table.path,
                row[0],
            )
    if any(abs(k / of - share) > 1e-6 for share, k, of in zip(shares, found, n, strict=True)):
        notes.append(f"{table.path}: proportions are rounded; k is the whole number nearest to proportion x n")
    return found


def _check_choices(judged: list[Judged], slack: list[float], path: str) -> None:
    """Refuse counts of an item that choices among its candidates cannot give."""
    items: dict[str, list[int]] = {}
    for at, each in enumerate(judged):
        items.setdefault(each.item or each.ur, []).append(at)
    why = f"; allowed: choices among an item's candidates{_SEPARATE}"
    for item, own in items.items():
        n, k = judged[own[0]].n, sum(judged[at].k for at in own)
        if other := next((judged[at] for at in own if judged[at].n != n), None):
            raise InputError(
                f"n of {item} is {other.n:g}, and {n:g} in line {judged[own[0]].line}{why}", path, other.line
            )
        if k > n * (1 + sum(slack[at] for at in own)):
            raise InputError(
                f"the counts of the {len(own)} candidates of {item} sum to {k:g}, and n is {n:g}{why}",
                path,
                judged[own[-1]].line,
            )


def _of_counts(table: Table, made: list[tuple[Row, dict, dict]], separate: bool, notes: list[str]) -> list[Judged]:
    k = [table.number(row, "k") for row, _, _ in made]
    for (row, _, _), each in zip(made, k, strict=True):
        if each < 0 or each != int(each):
            raise InputError(f"k is {each:g}; allowed: 0, 1, 2 …", table.path, row[0])
    if "n" in table.at:
        n = [_at_least_one(table, row) for row, _, _ in made]
    else:
        keys = [about["item"] or about["ur"] for _, about, _ in made]
        rows_of, sums = Counter(keys), Counter[str]()
        for key, one in zip(keys, k, strict=True):
            sums[key] += one
        for (row, _, _), key in zip(made, keys, strict=True):
            if separate or rows_of[key] == 1:
                alone = "each candidate is judged by itself" if separate else f"{key} has one row"
                raise InputError(f"has k and no n, and {alone}; give --n-column", table.path, row[0])
            if not sums[key]:
                raise InputError(f"k is 0 in all rows of {key}; leave it out, or give --n-column", table.path, row[0])
        n = [sums[key] for key in keys]
        notes.append(f"{table.path}: n of an item is the sum of k over its candidates (--n-column)")
    for (row, _, _), one, of in zip(made, k, n, strict=True):
        if one > of:
            raise InputError(f"k is {one:g} and n is {of:g}; allowed: k up to n", table.path, row[0])
    return [
        Judged(**about, value=one / of, k=one, n=of, line=row[0], columns=others)
        for (row, about, others), one, of in zip(made, k, n, strict=True)
    ]


def _at_least_one(table: Table, row: Row) -> float:
    n = table.number(row, "n")
    if n < 1 or n != int(n):
        raise InputError(f"n is {n:g}; allowed: 1, 2, 3 …", table.path, row[0])
    return n


def _supposed(table: Table, rows: list[Row], values: list[float], notes: list[str]) -> tuple[float, float]:
    for row, value in zip(rows, values, strict=True):
        if not _SCALE[0] <= value <= _SCALE[1]:
            raise InputError(
                f"rating is {value:g}, and no scale is given; without one it is 1-7; give --scale LOW-HIGH",
                table.path,
                row[0],
            )
    notes.append(f"{table.path}: the scale of the ratings is 1 to 7 (--scale LOW-HIGH)")
    return _SCALE


def _check_scale(table: Table, rows: list[Row], values: list[float], role: str, scale: tuple[float, float]) -> None:
    low, high = scale
    if not low < high:
        raise InputError(f"the scale is {low:g}-{high:g}; allowed: a low and a higher number, as 1-7")
    for row, value in zip(rows, values, strict=True):
        if not low <= value <= high:
            where = "(a share, not percent)" if role == "proportion" else "(--scale LOW-HIGH)"
            raise InputError(f"{role} is {value:g}; allowed: {low:g} to {high:g} {where}", table.path, row[0])


def _refuse_duplicates(judged: list[Judged], path: str) -> None:
    seen: dict[tuple[str, ...], int] = {}
    for each in judged:
        key = (each.item, each.ur, each.sr, each.variant)
        if key in seen:
            about = f"{each.item or each.ur}, {each.sr or each.variant}"
            raise InputError(f"{about} was in line {seen[key]}; allowed: one row for each candidate", path, each.line)
        seen[key] = each.line


# ---- one row per participant and trial


def _of_trials(
    table: Table, rows: list[Row], scale: tuple[float, float] | None, repeated: bool, within: str, separate: bool,
    notes: list[str],
) -> Human:  # fmt: skip
    role = next(role for role in RESPONSES if role in table.at)
    chosen = role == "choice"
    values = np.array([1.0 if chosen else table.number(row, role) for row in rows])
    scale = (scale or _supposed(table, rows, list(values), notes)) if role == "rating" else (0.0, 1.0)
    if role == "rating":
        _check_scale(table, rows, list(values), role, scale)
    if role == "proportion":
        raise InputError(
            "has participants and proportions; allowed: in each trial a choice, k of 0 or 1, or a rating", table.path
        )
    if "n" in table.at:
        raise InputError("has participants and n; allowed: one response in each trial, without n", table.path)
    for row, value in zip(rows, values, strict=True):
        if role == "k" and value not in (0, 1):
            raise InputError(f"k is {value:g}; allowed: 0 or 1 in a trial", table.path, row[0])
    abouts = [table.about(row) for row in rows]
    people = [table.cell(row, "participant") for row in rows]
    _refuse_repetitions(table, rows, abouts, people, chosen, repeated)
    first: dict[tuple[str, ...], int] = {}
    of = np.array([first.setdefault(tuple(about.values()), len(first)) for about in abouts])
    names = tuple(dict.fromkeys(people))
    who = _numbered(people, names)
    if within:
        values = _within(values, who, within, role, table.path, notes)
    shape = (len(names), len(first))
    sums, numbers = np.zeros(shape), np.zeros(shape)
    np.add.at(sums, (who, of), values)
    np.add.at(numbers, (who, of), 1.0)
    begins = np.unique(of, return_index=True)[1].tolist()
    if chosen:
        numbers = _of_items(numbers, list(first))
    elif role == "k" and not separate:
        _check_trials(table, rows, who, of, names, list(first), sums, numbers)
    n, k = numbers.sum(0), sums.sum(0)
    squares = np.bincount(of, values**2, len(first))
    with np.errstate(invalid="ignore", divide="ignore"):
        sd = np.sqrt(np.maximum(squares - k**2 / n, 0) / (n - 1))
    kind = "ratings" if role == "rating" else "counts"
    columns = _columns(table, rows, of, notes)
    judged = tuple(
        Judged(
            **abouts[at],
            value=k[each] / n[each],
            k=k[each] if kind == "counts" else math.nan,
            n=n[each],
            sd=sd[each] if kind == "ratings" and n[each] > 1 else math.nan,
            line=rows[at][0],
            columns=columns[each],
        )
        for each, at in enumerate(begins)
    )
    return Human(table.path, kind, judged, scale, names, sums, numbers, chosen, separate, within, tuple(notes))


def _check_trials(
    table: Table, rows: list[Row], people: np.ndarray, of: np.ndarray, names: Sequence[str],
    keys: list[tuple[str, ...]], sums: np.ndarray, numbers: np.ndarray,
) -> None:  # fmt: skip
    """Refuse what a participant who chooses among the candidates of an item cannot do."""
    chosen, size = _of_items(sums, keys), _of_items(np.ones((1, len(keys))), keys)
    for who, pair in np.argwhere((chosen > numbers) | (_of_items(numbers, keys) != size * numbers))[:1]:
        given = f"k = 1 for {chosen[who, pair]:g}" if chosen[who, pair] > 1 else "not a row for each"
        item = keys[pair][0] or keys[pair][1]
        raise InputError(
            f"participant {names[who]} has {given} of the {size[0, pair]:g} candidates of {item}; "
            f"allowed: one choice, with k = 0 for the others{_SEPARATE}",
            table.path,
            next(
                row[0]
                for row, own, each in zip(rows, people, of, strict=True)
                if own == who and keys[each][:2] == keys[pair][:2]
            ),
        )


def _columns(table: Table, rows: list[Row], of: np.ndarray, notes: list[str]) -> list[dict[str, str]]:
    """The further columns of each candidate, but those that differ between its trials, as the age of participants."""
    found: list[dict[str, str]] = [{} for _ in range(of.max() + 1)]
    varying: dict[str, None] = {}
    for row, each in zip(rows, of, strict=True):
        for name, text in table.others(row).items():
            if found[each].setdefault(name, text) != text:
                varying[name] = None
    if varying:
        notes.append(
            f"{table.path}: {listed(varying)} {'differs' if len(varying) == 1 else 'differ'} between the trials of a "
            "candidate, and so is of none: left out"
        )
    return [{name: text for name, text in own.items() if name not in varying} for own in found]


def _within(values: np.ndarray, who: np.ndarray, how: str, role: str, path: str, notes: list[str]) -> np.ndarray:
    """Ratings without what is each participant's own: the mean, and with ``z`` the deviation."""
    if how not in ("center", "z"):
        raise InputError(f"--within-participants is {how!r}; allowed: center, z")
    if role != "rating":
        raise InputError(
            f"holds choices, which have no mean of a participant's own; leave out --within-participants {how}", path
        )
    n = np.bincount(who)
    rest = values - (np.bincount(who, values) / n)[who]
    if how == "z":
        deviation = np.sqrt(np.bincount(who, rest**2) / n)[who]
        rest = np.divide(rest, deviation, out=np.zeros_like(rest), where=deviation > 0) * values.std()
    what = "mean" if how == "center" else "mean and deviation"
    notes.append(f"{path}: ratings are without each participant's own {what} (--within-participants)")
    return values.mean() + rest


def _numbered(people: list[str], names: tuple[str, ...]) -> np.ndarray:
    number = {name: n for n, name in enumerate(names)}
    return np.array([number[one] for one in people])


def _of_items(numbers: np.ndarray, keys: list[tuple[str, ...]]) -> np.ndarray:
    """How many choices each participant made in the item of each candidate."""
    items = [key[0] or key[1] for key in keys]
    order = {item: n for n, item in enumerate(dict.fromkeys(items))}
    own = np.array([order[item] for item in items])
    sums = np.zeros((len(numbers), len(order)))
    np.add.at(sums.T, own, numbers.T)
    return sums[:, own]


def _refuse_repetitions(
    table: Table, rows: list[Row], abouts: list[dict], people: list[str], chosen: bool, repeated: bool
) -> None:
    seen: dict[tuple[str, ...], int] = {}
    for row, about, who in zip(rows, abouts, people, strict=True):
        if not who:
            raise InputError("participant is empty; every trial must say whose it is", table.path, row[0])
        key = (who, about["item"] or about["ur"], *(() if chosen else (about["sr"], about["variant"])))
        if key in seen and not repeated:
            raise InputError(
                f"participant {who} responded to {', '.join(filter(None, key[1:]))} in line {seen[key]} already; "
                "allowed: once (--repeated: several times)",
                table.path,
                row[0],
            )
        seen.setdefault(key, row[0])
