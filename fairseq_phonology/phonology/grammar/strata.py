"""Lexical classes of words, such as native and Sino-Korean, on which processes and syllables may depend.

A word's stratum is told by whoever asks, by a symbol at the end of its UR, or by what the grammar knows of the word.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ...errors import InputError
from ..form import Syllables


@dataclass(frozen=True)
class Stratum:
    """A lexical class.

    Attributes:
        weight: among nonce words, relative to the other strata.
        syllables: what its words are made of; None: what the grammar says of all.
    """

    weight: float = 1.0
    syllables: Syllables | None = None


def symbol_of(stratum: str) -> str:
    """What stands for a stratum at the end of a UR: ``<sino>``."""
    return f"<{stratum}>"


def without_symbol(ur: Sequence[str], strata: Mapping[str, Stratum]) -> tuple[tuple[str, ...], str]:
    """A UR without the symbol of its stratum, and that stratum; empty where the UR has none.

    Raises:
        InputError: a symbol that is not the last, or a second one.
    """
    named = {symbol_of(name): name for name in strata}
    found = [one for one in ur if one in named]
    if not found:
        return tuple(ur), ""
    if len(found) > 1 or ur[-1] != found[0]:
        raise InputError(f"/{' '.join(ur)}/: found {' '.join(found)}; allowed: one stratum, at the end of the UR")
    return tuple(ur[:-1]), named[found[0]]


def known_stratum(name: str, strata: Mapping[str, Stratum]) -> str:
    """The name, if the grammar has a stratum of it.

    Raises:
        InputError: naming those that it has.
    """
    if name not in strata:
        raise InputError(f"unknown stratum {name!r}; the grammar has: {', '.join(strata) or 'none'}")
    return name
