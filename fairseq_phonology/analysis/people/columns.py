"""Which column of a table of human responses is what, by option, else by heading, all of it said; and a row of it."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, fields

import numpy as np

from ...corpus.columns import even, find
from ...corpus.headings import MISSING, plain, role_of
from ...corpus.tables import Row, read_rows
from ...errors import InputError
from ...text import count, listed, read_number
from ..statistics.proportions import wilson

_HEADINGS = {  # of a column -> headings without case and punctuation
    "item": "item itemid id stimulus stimulusid stim wordid nonceword nonce pseudoword",
    "ur": "ur uf underlying underlyingform lemma stem base",
    "sr": "sr sf surface surfaceform form candidate inflected pastform",
    "variant": "variant type varianttype candidatetype",
    "k": "k count counts chosen nchosen successes yes hits",
    "n": "n total trials ntrials nresponses responses ntotal",
    "proportion": "proportion prop share p proportionchosen",
    "rating": "rating ratings meanrating mean meanscore score judgement judgment acceptability pastrating",
    "sd": "sd stdev stddev standarddeviation",
    "participant": "participant participants participantid subject subjectid subj pid speaker speakerid worker rater",
    "choice": "choice choose response answer selected",
}
RESPONSES = ("k", "proportion", "rating", "choice")


@dataclass(frozen=True)
class HumanColumns:
    """Which column of a human table is what, by name or by number from 1; empty: by its heading.

    Attributes:
        item, ur: what a row is about; one is needed.
        sr, variant: the candidate, by its form or by its label; one is needed, but for `choice`.
        k, n: how many of how many responses were this candidate.
        proportion: k / n.
        rating, sd: of the candidate: the mean rating and its deviation over responses; of a trial: the rating.
        participant: who responded; then a row is a trial.
        choice: the candidate that a participant chose in a trial, by its form or its label.
        header: is the first line one? None: as its cells look.
        separator: of the columns, one of `corpus.tables.SEPARATORS`; None to find it.
    """

    item: str = ""
    ur: str = ""
    sr: str = ""
    variant: str = ""
    k: str = ""
    n: str = ""
    proportion: str = ""
    rating: str = ""
    sd: str = ""
    participant: str = ""
    choice: str = ""
    header: bool | None = None
    separator: str | None = None

    def named(self) -> dict[str, str]:
        """The columns that the user gave, each with the name or number that it has."""
        given = {one.name: getattr(self, one.name) for one in fields(self) if one.name in _HEADINGS}
        return {name: value.strip() for name, value in given.items() if value}


@dataclass(frozen=True)
class Judged:
    """A candidate as people judged it.

    Attributes:
        item, ur, sr, variant: as the table has them; empty where it has no such column.
        value: share of the responses, or mean rating on its scale.
        k, n: how many of how many responses; of ratings only n. NaN where nothing is known.
        sd: of single ratings; NaN where nothing is known.
        line: of the table, from 1; of trials, the first.
        columns: all others, by name.
    """

    item: str
    ur: str
    sr: str
    variant: str
    value: float
    k: float = math.nan
    n: float = math.nan
    sd: float = math.nan
    line: int = 0
    columns: dict[str, str] = field(default_factory=dict)

    def interval(self, kind: str) -> tuple[float, float]:
        """95 % interval of the share (Wilson 1927) or of the mean rating (t); NaN where its noise is not known."""
        if kind == "counts":
            return wilson(self.value, self.n)
        if not (np.isfinite(self.sd) and self.n > 1):
            return np.nan, np.nan
        from scipy import stats

        arm = float(stats.t.ppf(0.975, self.n - 1)) * self.sd / np.sqrt(self.n)
        return self.value - arm, self.value + arm


@dataclass(frozen=True)
class Table:
    """A table of responses whose columns are known; ``at``: what a column is -> its position."""

    path: str
    rows: list[Row]
    names: list[str]
    at: dict[str, int]
    variant: str

    @classmethod
    def read(
        cls, path: str, columns: HumanColumns, variant: str, notes: list[str], used: Collection[str] = ()
    ) -> Table:
        rows, numbers = even(read_rows(path, columns.separator, notes), path, columns.header, notes)
        line, head = rows[0]
        given = columns.named()
        numbered = all(name.isdecimal() for name in given.values())
        header = columns.header
        if header is None:
            measured = [given[name] for name in ("k", "rating", "proportion") if name in given]
            at = dict(zip(map(str, numbers), head, strict=True))
            header = not (numbered and measured and all(_is_number(at.get(one, "")) for one in measured))
            if not header:
                notes.append(f"{path}: no header, as line 1 has a number where the responses are (--header)")
        if header:
            names = [cell.strip() or f"column{n}" for n, cell in zip(numbers, head, strict=True)]
            if twice := next((name for name in names if names.count(name) > 1), ""):
                raise InputError(f"two columns are called {twice!r}; give them different names", path, line)
            rows = rows[1:]
        else:
            names = [f"column{n}" for n in numbers]
        if not rows:
            raise InputError("has a header and no rows", path)
        return cls(path, rows, names, _found(names, numbers, given, header, variant, path, notes, used), variant)

    def cell(self, row: Row, role: str) -> str:
        return row[1][self.at[role]].strip() if role in self.at else ""

    def kept(self, notes: list[str]) -> Iterator[Row]:
        """The rows that have a response."""
        roles = [role for role in RESPONSES if role in self.at]
        left = []
        for row in self.rows:
            if any(self.cell(row, role) in ("", *MISSING) for role in roles):
                left.append(row[0])
            else:
                yield row
        if len(left) == len(self.rows):
            raise InputError(f"has no response in column {self.names[self.at[roles[0]]]!r}", self.path)
        if left:
            lines = listed(str(n) for n in left[:5]) + (" …" if left[5:] else "")
            rows = count(len(left), "row")
            notes.append(
                f"{self.path}: {rows} without a response left out ({'line' if len(left) == 1 else 'lines'} {lines})"
            )

    def number(self, row: Row, role: str) -> float:
        text = self.cell(row, role)
        if role in ("k", "n") and re.fullmatch(r"\d{1,3}(,\d{3})+", text):
            raise InputError(
                f"{self.names[self.at[role]]} is {text!r}; allowed: a number without separators of thousands, as "
                f"{text.replace(',', '')}",
                self.path,
                row[0],
            )
        plain_text = text.replace(",", ".") if text.count(",") == 1 and "." not in text else text
        try:
            value = read_number(plain_text)
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            hint = "; a share is given from 0 to 1" if text.endswith("%") else ""
            raise InputError(f"{self.names[self.at[role]]} is {text!r}, not a number{hint}", self.path, row[0])
        return value

    def rounded(self, row: Row, role: str) -> float:
        """By how much a number may differ from what it was before it was rounded: half of its last decimal."""
        whole, _, decimals = self.cell(row, role).replace(",", ".").partition(".")
        return 1e-6 if "e" in (whole + decimals).lower() else 0.5 * 10.0 ** -len(decimals) + 1e-6

    def about(self, row: Row) -> dict[str, str]:
        """What a row is about: names of the fields of `Judged`."""
        texts = {role: self.cell(row, role) for role in ("item", "ur", "sr", "variant")}
        if "choice" in self.at:
            texts["sr"] = self.cell(row, "choice")
        elif self.variant:
            texts["variant"] = self.variant
        for role in ("item", "ur"):
            if role in self.at and not texts[role]:
                raise InputError(
                    f"{self.names[self.at[role]]} is empty; every row must say its {role}", self.path, row[0]
                )
        if not (texts["sr"] or texts["variant"]):
            raise InputError("has no candidate: the cell is empty", self.path, row[0])
        return texts

    def others(self, row: Row) -> dict[str, str]:
        taken = set(self.at.values())
        return {name: row[1][n].strip() for n, name in enumerate(self.names) if n not in taken}


def _is_number(cell: str) -> bool:
    try:
        return math.isfinite(read_number(cell.replace(",", ".")))
    except ValueError:
        return False


def _found(
    names: list[str], numbers: list[int], given: dict[str, str], header: bool, variant: str, path: str,
    notes: list[str], used: Collection[str],
) -> dict[str, int]:  # fmt: skip
    """Which column is what: by option, else by heading."""
    at = {role: find(name, names, numbers, path, f"--{role}-column") for role, name in given.items()}
    by_heading = []
    responses = [role for role in RESPONSES if role in at]
    for role, known in _HEADINGS.items() if header else ():
        if role in at or (role in RESPONSES and responses):
            continue
        fitting = [n for n, name in enumerate(names) if plain(name) in known.split() and n not in at.values()]
        if not fitting and role in ("ur", "sr"):
            fitting = [
                n for n, name in enumerate(names) if (role_of(name) or ("", 9))[0] == role and n not in at.values()
            ]
        if len(fitting) > 1:
            exact = [n for n in fitting if plain(names[n]) == role]
            if len(exact) != 1:
                which = listed((repr(names[n]) for n in fitting), "or")
                raise InputError(f"{role} could be {which}; give --{role}-column", path, 1)
            fitting = exact
        if fitting:
            at[role] = fitting[0]
            by_heading.append(role)
    if "proportion" in at and "k" in at and "proportion" in by_heading:
        del at["proportion"]  # it is k / n
    responses = [role for role in RESPONSES if role in at]
    shown = ", ".join(f"{n} {name}" for n, name in zip(numbers, names, strict=True))
    if not responses:
        raise InputError(
            "no column has the responses; give --k-column and --n-column, --proportion-column, --rating-column, or "
            f"--participant-column and --choice-column; columns found: {shown}",
            path,
        )
    if len(responses) > 1:
        which = listed((f"{role} ({names[at[role]]})" for role in responses), "or")
        options = listed((f"--{role}-column" for role in responses), "or")
        raise InputError(f"the responses could be {which}; give {options}", path)
    if not {"item", "ur"} & set(at):
        raise InputError(f"no column says the item; give --item-column or --ur-column; columns found: {shown}", path)
    if "choice" in at and "participant" not in at:
        raise InputError(f"a choice needs a participant; give --participant-column; columns found: {shown}", path)
    if "choice" not in at and not {"sr", "variant"} & set(at) and not variant:
        raise InputError(
            "no column says the candidate; give --sr-column or --variant-column, or --of VARIANT if all rows are about "
            f"one; columns found: {shown}",
            path,
        )
    if variant and (own := next((role for role in ("variant", "sr", "choice") if role in at), "")):
        raise InputError(
            f"--of is {variant!r}, and column {names[at[own]]!r} has the candidate of each row; leave out --of", path
        )
    taken = list(at.values())
    if twice := next((names[n] for n in taken if taken.count(n) > 1), ""):
        raise InputError(f"column {twice!r} is used twice; allowed: one use of each column", path)
    said = ", ".join(f"{role} = {names[n]}" for role, n in at.items())
    unused = [name for n, name in enumerate(names) if n not in taken and name not in used]
    rest = f"; not used: {', '.join(unused)}" if unused else ""
    notes.append(f"{path}: {said}{rest} (--{by_heading[0] if by_heading else 'item'}-column and so on)")
    return at
