"""The two SRs between which a process decides: of each word with the process applied, and with it blocked."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from ..corpus.candidates import Candidate, Segments
from ..corpus.signs import is_symbol
from ..errors import InputError
from ..phonology.grammar import Grammar

APPLIED, BLOCKED = "applied", "blocked"
STRATUM = "stratum"


@dataclass(frozen=True)
class Alternatives:
    """Candidates of the words that the process can change, and the other words by name.

    Attributes:
        candidates: two of each word, applied before blocked.
        alike: items whose SR is the same with the process and without.
        neither: items whose SR in the list is neither of the two.
    """

    candidates: tuple[Candidate, ...]
    alike: tuple[str, ...]
    neither: tuple[str, ...]


def alternatives(
    grammar: Grammar, process: str, words: Sequence[Candidate], include: Collection[str] = (), path: str | None = None
) -> Alternatives:
    """Derive each word twice. All other processes apply in both, variable ones included.

    Args:
        grammar: derives the SRs.
        process: the one that is applied, or blocked; an optional one applies here without being asked for.
        words: items; further rows of the same item, as of its other SRs, are not derived again.
        include: other optional processes that apply.
        path: of the list, for messages.

    Raises:
        InputError: no such process; a word that the grammar cannot derive, with its line.
    """
    include = {*include, *([process] if grammar.process(process).optional else [])}
    first: dict[str, Candidate] = {}
    given: dict[str, set[Segments]] = {}
    for one in words:
        first.setdefault(one.item, one)
        given.setdefault(one.item, set()).add(one.sr)
    candidates, alike, neither = [], [], []
    for item, one in first.items():
        ur = tuple(segment for segment in one.ur if not is_symbol(segment))  # tags are of the model, not of the grammar
        try:
            srs = [
                grammar.derive(ur, include, without, **_stratum(grammar, one)).surface for without in ((), (process,))
            ]
        except InputError as error:
            raise InputError(error.message, path, one.line or None) from None
        if srs[0] == srs[1]:
            alike.append(item)
            continue
        if given[item] - {(), *srs}:
            neither.append(item)
        columns = {"process": process, **one.columns}
        for source, sr in zip((APPLIED, BLOCKED), srs, strict=True):
            candidates.append(dataclasses.replace(one, sr=sr, variant=source, source=source, columns=columns))
    return Alternatives(tuple(candidates), tuple(alike), tuple(neither))


def _stratum(grammar: Grammar, word: Candidate) -> dict[str, str]:
    return {"stratum": word.columns.get(STRATUM, "")} if getattr(grammar, "strata", None) else {}
