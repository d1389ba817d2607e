"""The two SRs between which a process decides: of each word with the process applied, and with it blocked."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from ..corpus.candidates import APPLIED, BLOCKED, Candidate, Segments
from ..corpus.signs import is_symbol
from ..errors import InputError
from ..phonology.grammar import STRATUM, Grammar, symbol_of


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
    grammar = grammar.asking(include)
    first: dict[str, Candidate] = {}
    given: dict[str, set[Segments]] = {}
    for one in words:
        first.setdefault(one.item, one)
        given.setdefault(one.item, set()).add(one.sr)
    candidates, alike, neither = [], [], []
    strata = set(map(symbol_of, grammar.strata))
    for item, one in first.items():
        # tags are of the model, not of the grammar; the symbol of a stratum is of both
        ur = tuple(segment for segment in one.ur if segment in strata or not is_symbol(segment))
        try:
            stratum = grammar.stratum_of(ur, one.columns.get(STRATUM, "") if strata else "", include)
            srs = [grammar.derive(ur, include, without, stratum).surface for without in ((), (process,))]
        except InputError as error:
            raise InputError(error.message, path, one.line or None) from None
        if srs[0] == srs[1]:
            alike.append(item)
            continue
        if given[item] - {(), *srs}:
            neither.append(item)
        columns = {"process": process, **({STRATUM: stratum} if strata else {}), **one.columns}
        for source, sr in zip((APPLIED, BLOCKED), srs, strict=True):
            candidates.append(replace(one, sr=sr, variant=source, source=source, columns=columns))
    return Alternatives(tuple(candidates), tuple(alike), tuple(neither))
