"""Orthography profiles: which strings of letters are one segment in one source, listed in a table.

The format is that of Moran & Cysouw 2018, *The Unicode Cookbook for Linguists*, chapter 7, as the library ``segments``
reads it. The library is not used: for a table of two columns it brings rdflib, babel, jsonschema and ten more.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import regex

from ..errors import InputError
from ..files import read_csv

GRAPHEME = "Grapheme"
NULL = "NULL"  # in another column: the grapheme stands for nothing
_CONTEXTS = ("left", "right")  # columns of the Cookbook's formal specification, which ``segments`` does not read either


@dataclass(frozen=True)
class Profile:
    """The graphemes of one source, each with the segments that it stands for.

    Args:
        graphemes: grapheme -> its segments. ``^`` before one is the beginning of a word, ``$`` behind it the end.
        name: of the file, for messages.
        notes: what of the file is not used, a sentence each.
    """

    graphemes: Mapping[str, tuple[str, ...]]
    name: str = "the profile"
    notes: tuple[str, ...] = ()

    @classmethod
    def load(cls, path: str | Path, column: str = GRAPHEME) -> Profile:
        """Read a profile: tab-separated, UTF-8, one header line with a column ``Grapheme``.

        Args:
            path: the file.
            column: what a grapheme becomes: itself (``Grapheme``), or the cell of another column such as ``IPA``, which
                may have several segments between blanks, or none (empty or ``NULL``).

        Raises:
            InputError: with file and line, for a file that is no such table, a column that it lacks, a grapheme that
                is empty or twice in it with different values, or a context (columns ``Left`` and ``Right``).
        """
        path = Path(path)
        (_, header), *rows = _lines(path)
        names = {name.casefold(): n for n, name in enumerate(header)}
        for wanted in (GRAPHEME, column):
            if wanted.casefold() not in names:
                found = ", ".join(filter(None, header))
                raise InputError(f"a profile needs a column {wanted!r}, separated by tabs; found: {found}", path, 1)
        key, value = names[GRAPHEME.casefold()], names[column.casefold()]
        graphemes: dict[str, tuple[str, ...]] = {}
        for number, cells in rows:
            if len(cells) > len(header):
                raise InputError(f"{len(cells)} cells under {len(header)} columns", path, number)
            cells += [""] * (len(header) - len(cells))
            grapheme = cells[key]
            if not grapheme:
                raise InputError(f"nothing in the column {GRAPHEME}", path, number)
            for context in _CONTEXTS:
                if context in names and cells[names[context]]:
                    raise InputError(
                        f"{grapheme!r} has a context ({header[names[context]]} = {cells[names[context]]!r}), which is "
                        f"not read; list the whole string as a grapheme of its own, ^ and $ for the edges of a word",
                        path,
                        number,
                    )
            became = (grapheme,) if key == value else () if cells[value] == NULL else tuple(cells[value].split())
            if graphemes.setdefault(grapheme, became) != became:
                raise InputError(f"{grapheme!r} is listed before with another {column}", path, number)
        unused = [name for n, name in enumerate(header) if n not in (key, value) and name.casefold() not in _CONTEXTS]
        notes = [f"{path}: not used: column {', '.join(unused)}"] if unused else []
        if path.with_suffix(".rules").exists():
            notes.append(f"{path.with_suffix('.rules')}: not used: rules are not applied, only the profile is")
        return cls(graphemes, str(path), tuple(notes))

    @cached_property
    def _marks_edges(self) -> bool:
        return any(grapheme[0] == "^" or grapheme[-1] == "$" for grapheme in self.graphemes)

    @cached_property
    def _became(self) -> dict[str, tuple[str, ...]]:
        """Grapheme, in form D -> its segments in form C, without the signs of the word's edges."""
        became = {}
        for grapheme, segments in self.graphemes.items():
            if self._marks_edges and segments == (grapheme,):
                segments = tuple(filter(None, [grapheme.removeprefix("^").removesuffix("$")]))
            became[unicodedata.normalize("NFD", grapheme)] = tuple(unicodedata.normalize("NFC", s) for s in segments)
        return became

    @cached_property
    def _pattern(self) -> regex.Pattern:
        longest_first = sorted(self._became, key=len, reverse=True)
        return regex.compile("|".join(map(regex.escape, longest_first)))

    def segment(self, text: str, besides: str = "") -> list[str]:
        """The segments of a word, in normal form C: the longest grapheme at each place, from left to right.

        Args:
            text: one word, in any normal form.
            besides: characters that are segments wherever the profile does not list them.

        Raises:
            InputError: for a character where no grapheme of the profile stands.
        """
        word = unicodedata.normalize("NFD", text)
        if self._marks_edges:
            word = f"^{word}$"
        segments, end = [], 0
        while end < len(word):
            match = self._pattern.match(word, end)
            if match:
                segments += self._became[match.group()]
                end = match.end()
                continue
            if word[end] in besides:
                segments.append(word[end])
            elif not (self._marks_edges and end in (0, len(word) - 1)):
                found = f"{word[end]!r} (U+{ord(word[end]):04X})"
                composed = unicodedata.normalize("NFC", text)
                raise InputError(f"{composed!r}: {found} begins no grapheme of {self.name}; add a line for it")
            end += 1
        return segments


def _lines(path: Path) -> list[tuple[int, list[str]]]:
    """The lines of a table that have something in them, with their numbers, cell by cell, in form C."""
    try:
        rows = list(read_csv(path, tabs=True, errors="strict", is_marked=False))
    except OSError as error:
        raise InputError(error.strerror or str(error), path) from error
    except UnicodeDecodeError as error:
        raise InputError("is not UTF-8; save it as UTF-8", path) from error
    rows = [(n, [unicodedata.normalize("NFC", cell).strip() for cell in cells]) for n, cells in rows if any(cells)]
    if rows and rows[0][1][0].startswith("{"):
        raise InputError("is a description (JSON), not a table; give the table that it describes", path, 1)
    if len(rows) < 2:
        raise InputError(f"a profile has a header line and at least one grapheme; found {len(rows)} lines", path)
    return rows
