"""Word lists as a laboratory keeps them: a table or two parallel files become checked, segmented words.

Errors in a list are found here, named by file and line, before anything is written.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tqdm import tqdm

from ..errors import InputError
from ..files import marked, read_lines
from ..phonology.transcription import EDGE, OF_FAIRSEQ
from ..text import count, read_number, shown
from .columns import Identified, identify, say_unused
from .headings import MISSING, role_of
from .signs import Cleaner, holds_one_form, is_symbol
from .tables import read_rows
from .units import Units

_HEAVIEST = 1e15  # weight: sums are finite then, and no share is 0
_OWN = ("id", "ur", "sr")  # columns of every table that is written, whatever they were called in the user's


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
        weight: the number in the column of the weights; None without one.
        group: the cell of the column by which words are grouped; empty without one.
        variant: the cell of the column that was named as that of the kind of SR; empty without one.
    """

    ur: tuple[str, ...]
    sr: tuple[str, ...] | None
    ur_text: str
    sr_text: str
    path: str
    line: int
    id: str = ""
    more: dict[str, str] = field(default_factory=dict)
    weight: float | None = None
    group: str = ""
    variant: str = ""


def read_words(
    source: str,
    units: Units,
    notes: list[str] | None = None,
    used: Collection[str] | None = (),
    check: Callable[[str, Sequence[str], str], None] | None = None,
) -> list[Word]:
    """Read and segment a word list.

    Args:
        source: a table (`tables.read_rows`, `columns.identify`); or two parallel files, ``UR,SR``, with one word a
            line.
        units: how its words and columns are written.
        notes: receives a sentence for each assumption about the file, and one that names the columns of which nothing
            is made.
        used: further columns of which the caller makes something; None: all.
        check: called with each form (``ur``, ``sr``), its texts and their file before they become segments.

    Raises:
        InputError: with the file and the line, what was found and what is allowed.
    """
    said: list[str] = []
    found, path, sr_path = _read_source(source, units, said)
    if used is not None:
        say_unused(found, used, path, said)
    for form in ("ur", "sr"):
        if check and form in found.at:
            check(form, [cells[found.at[form]] for _, cells in found.rows], path if form == "ur" else sr_path)
    reader = _Reader(units, found, path, sr_path)
    rows = tqdm(found.rows, desc=shown(f"reading {path}"), unit=" words", delay=2, disable=None, leave=False)
    words = [reader.word(line, cells) for line, cells in rows]
    if notes is not None:
        notes += [*said, *reader.notes()]
    return words


class _Reader:
    """Makes words of rows, of one list."""

    def __init__(self, units: Units, found: Identified, path: str, sr_path: str):
        self.units, self.found, self.path, self.sr_path = units, found, path, sr_path
        self.clean = Cleaner(units)
        self.called = {form: _called(form, found) for form in ("ur", "sr") if form in found.at}
        self.ids: dict[str, int] = {}
        self.commas = 0  # weights with a decimal comma
        self.untagged = 0
        self.missing: dict[str, int] = {}  # what stands for a missing value -> its first line
        self.tags: Counter[str] = Counter()
        taken = {found.at[role] for role in ("ur", "sr", "id", "variant") if role in found.at}
        self.more = {n: name for n, name in enumerate(found.names) if n not in taken}
        # a column of the user's that is called ur, and is not the UR, would be a second one in every table
        self.renamed = {name: f"{name}_column" for name in self.more.values() if name in _OWN}

    def word(self, line: int, cells: list[str]) -> Word:
        at = self.found.at
        ur = self._segments(cells[at["ur"]], "ur", line)
        tags = self._tags(cells, line)
        if twice := next((one for one in tags if one in ur), ""):
            raise InputError(
                f"the UR {cells[at['ur']]!r} has {twice} already, which --tag-columns would put behind it again; leave "
                "that column out of --tag-columns",
                self.path,
                line,
            )
        ur += tags
        sr_text = cells[at["sr"]] if "sr" in at else ""
        sr = self._segments(sr_text, "sr", line) if "sr" in at else None
        more = {self.renamed.get(name, name): cells[n] for n, name in self.more.items()}
        weight = self._weight(cells[at["weight"]], line) if "weight" in at else None
        group = cells[at["group"]].strip() if "group" in at else ""
        variant = cells[at["variant"]].strip() if "variant" in at else ""
        for text in (cells[at["ur"]], sr_text):
            if text.strip() in MISSING:
                self.missing.setdefault(text.strip(), line)
        if "group" in at and not group:
            raise InputError(
                f"the column {self.found.names[at['group']]} is empty; --split-by needs it", self.path, line
            )
        name = self._id(cells, line)
        return Word(ur, sr, cells[at["ur"]], sr_text, self.path, line, name, more, weight, group, variant)

    def notes(self) -> list[str]:
        said = self.clean.notes()
        for text, line in self.missing.items():
            said.append(f"{text}, which may be a missing value, is read as a word (first on line {line})")
        if self.renamed:
            said.append("columns called " + ", ".join(f"{old}, now {new}" for old, new in self.renamed.items()))
        if self.commas:
            name = self.found.names[self.found.at["weight"]]
            said.append(f"{count(self.commas, 'number')} of {name} with a decimal comma")
        if self.found.tags:
            listed = ", ".join(f"{tag} {n:,}" for tag, n in self.tags.most_common())
            without = f"; {count(self.untagged)} without" if self.untagged else ""
            said.append(f"symbols behind the URs: {listed or 'none'}{without}")
        profile = self.units.orthography
        return [f"{self.path}: {one}" for one in said] + list(profile.notes if profile else ())

    def _id(self, cells: list[str], line: int) -> str:
        if "id" not in self.found.at:
            return ""
        name = cells[self.found.at["id"]].strip()
        advice = "remove the column, or give another as --id-column"
        if not name:
            raise InputError(f"the id is empty; give every word one, {advice}", self.path, line)
        if name in self.ids and not self.units.columns.repeated:
            first = self.ids[name]
            read = f" ({as_written} is read so, too)" if (as_written := marked(name)) != name else ""
            raise InputError(
                f"the id {name!r}{read} is already on line {first}; ids must differ: {advice}", self.path, line
            )
        self.ids[name] = line
        return name

    def _segments(self, text: str, form: str, line: int) -> tuple[str, ...]:
        path, name = (self.path if form == "ur" else self.sr_path), self.called[form]
        try:
            cleaned = self.clean(text, getattr(self.units, form))
            segments = self.units.segmented(cleaned, form)
        except InputError as error:
            signs = dict.fromkeys(one for one in text if unicodedata.category(one)[0] in "PS" and one != EDGE)
            spelled = getattr(self.units, form) == "hangul-ur" and signs and holds_one_form(text)
            hint = f'; --strip "{" ".join(signs)}" leaves signs out' if spelled else ""
            raise InputError(f"{name}: {error.message}{hint}", path, line) from error
        if not segments:
            # fairseq's generator never emits an empty word: such a pair could never come out right
            hint = "; write ∅ if nothing is left of the word" if form == "sr" else ""
            raise InputError(f"the {name} is empty; it needs one segment or more{hint}", path, line)
        self._check_reserved(segments, name, text, path, line)
        return segments

    def _tags(self, cells: list[str], line: int) -> tuple[str, ...]:
        """The symbols behind the UR."""
        symbols = []
        for n in self.found.tags:
            values = [cells[n]] if self.units.columns.whole_tags else cells[n].split(";")
            for value in filter(None, map(str.strip, values)):
                value = re.sub(r"\s+", "_", value)  # a blank would end the symbol
                symbols.append(value if is_symbol(value) else f"<{value}>")
        self._check_reserved(tuple(symbols), "tag", " ".join(symbols), self.path, line)
        self.tags.update(symbols)
        self.untagged += bool(self.found.tags) and not symbols
        return tuple(symbols)

    def _weight(self, text: str, line: int) -> float:
        """A number; ``3,5`` is 3.5, and ``1,396`` may be two numbers."""
        name, text = self.found.names[self.found.at["weight"]], text.strip()
        if re.fullmatch(r"[1-9]\d{0,2}(,\d{3})+", text):
            raise InputError(
                f"{name} is {text!r}, which may be {text.replace(',', '')} or {text.replace(',', '.', 1)}; write it "
                "without comma",
                self.path,
                line,
            )
        comma = re.fullmatch(r"\d+,\d+", text) is not None
        try:
            weight = read_number(text.replace(",", ".") if comma else text)
        except ValueError:
            weight = -1.0
        if not 0 <= weight < float("inf"):
            raise InputError(f"{name} is {text!r}; allowed for --weight: a number, 0 or more", self.path, line)
        if weight and not 1 / _HEAVIEST <= weight <= _HEAVIEST:
            raise InputError(
                f"{name} is {text!r}; allowed for --weight: 0, or a number from {1 / _HEAVIEST:g} to {_HEAVIEST:g}",
                self.path,
                line,
            )
        self.commas += comma
        return weight

    def _check_reserved(self, segments: tuple[str, ...], what: str, text: str, path: str, line: int) -> None:
        if reserved := set(OF_FAIRSEQ).intersection(segments):
            raise InputError(
                f"{what}: {min(reserved)!r} in {text!r} is one of fairseq's own symbols "
                f"({', '.join(OF_FAIRSEQ)}): this name is reserved",
                path,
                line,
            )


def _called(form: str, found: Identified) -> str:
    """A form in messages: with its column, where the heading does not say it."""
    heading = found.names[found.at[form]]
    sure = role_of(heading) == (form, 1) or re.fullmatch(r"column\d+", heading)
    return form.upper() if sure else f"{form.upper()} (column {heading})"


def _read_source(source: str, units: Units, notes: list[str]) -> tuple[Identified, str, str]:
    """The table, and the files that its URs and its SRs are from."""
    ur_path, comma, sr_path = source.partition(",")
    if not comma or Path(source).exists():
        return identify(read_rows(source, units.columns.separator, notes), source, units.columns, notes), source, source
    if named := units.columns.named():
        raise InputError(f"found {named[0][0]} with two parallel files, which have no columns; give a table", source)
    ur, sr = read_lines(ur_path, notes), read_lines(sr_path, notes)
    if len(ur) != len(sr):
        raise InputError(f"has {len(sr)} lines, but {ur_path} has {len(ur)}: parallel files need as many", sr_path)
    rows = [(n, list(pair)) for n, pair in enumerate(zip(ur, sr, strict=True), 1)]
    return Identified(["ur", "sr"], rows, {"ur": 0, "sr": 1}), ur_path, sr_path
