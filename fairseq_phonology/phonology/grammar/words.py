"""The strata of the words of a list: its column ``stratum``, or the symbols at the end of its URs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from ...errors import InputError
from ...text import listed
from ..transcription import drop_edges
from .grammar import Grammar
from .strata import known_stratum, symbol_of, without_symbol

STRATUM = "stratum"  # the column


class Listed(Protocol):
    """What is asked of a word of a list."""

    @property
    def ur(self) -> tuple[str, ...]: ...

    @property
    def more(self) -> Mapping[str, str]: ...

    @property
    def line(self) -> int: ...


def strata_of_words(grammar: Grammar, words: Sequence[Listed], path: str | Path | None = None) -> list[str]:
    """The stratum of each word: that of its column or of its symbol, else that of the grammar (`Grammar.in_stratum`).

    Args:
        grammar: one with strata.
        words: of one list.
        path: the list, for messages.

    Raises:
        InputError: with the line: a stratum that the grammar does not have, none, or column and symbol that differ.
    """
    found = []
    for word in words:
        try:
            named = {word.more.get(STRATUM, "").strip(), without_symbol(word.ur, grammar.strata)[1]} - {""}
            strata = [known_stratum(name, grammar.strata) for name in sorted(named)]
            if len(strata) > 1:
                raise InputError(f"{listed(strata)}: one in the column, one at the end of the UR; allowed: the same")
        except InputError as error:
            raise InputError(error.message, path, word.line or None) from None
        if not strata and not grammar.stratum:
            lacks = "the stratum is empty" if STRATUM in word.more else f"the list has no column {STRATUM}"
            raise InputError(
                f"{lacks}, and processes depend on it; allowed there: {', '.join(grammar.strata)} (or, at the end of "
                f"the URs, symbols such as {symbol_of(next(iter(grammar.strata)))})",
                path,
                word.line or None,
            )
        found.append(strata[0] if strata else grammar.stratum)
    return found


def knowing_words(
    grammar: Grammar, words: Sequence[Listed], path: str | Path | None = None, notes: list[str] | None = None
) -> Grammar:
    """The grammar with the strata of the words of a list; itself if it has no strata.

    Args:
        grammar: of the language, or of one stratum (`Grammar.in_stratum`).
        words: of one list.
        path: the list, for messages.
        notes: receives a sentence on strata of which the list has no word.

    Raises:
        InputError: as `strata_of_words`; a word of another stratum than the grammar's; two words of different strata
            that have one UR and no symbols.
    """
    if not grammar.strata or not words:
        return grammar
    found = strata_of_words(grammar, words, path)
    lexicon: dict[tuple[str, ...], tuple[str, int]] = {}
    for word, name in zip(words, found, strict=True):
        if grammar.stratum and name != grammar.stratum:
            raise InputError(f"the stratum is {name}; allowed: {grammar.stratum}", path, word.line or None)
        if without_symbol(word.ur, grammar.strata)[1]:
            continue  # its own UR tells
        seen = grammar.inventory.seen(drop_edges(word.ur))
        if (first := lexicon.setdefault(seen, (name, word.line)))[0] != name:
            raise InputError(
                f"/{' '.join(word.ur)}/ is {name} here and {first[0]} on line {first[1]}; tell them apart by "
                f"symbols at the end, such as {symbol_of(name)}",
                path,
                word.line or None,
            )
    counts = Counter(found)
    absent = [name for name in grammar.strata if not counts[name] and not grammar.stratum]
    if absent and notes is not None:
        of = "stratum" if len(absent) == 1 else "strata"
        notes.append(f"{path or 'the list'}: no word is of the {of} {listed(absent)}")
    if len(counts) == 1:
        return grammar.in_stratum(found[0])
    return grammar.knowing({ur: name for ur, (name, _) in lexicon.items()})
