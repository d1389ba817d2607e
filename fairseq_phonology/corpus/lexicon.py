"""A word list as the source of n-grams: its URs, by types or weighted by a column."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from ..errors import InputError
from ..phonology.phonotactics.ngrams import ORDER, Ngrams
from ..phonology.transcription import EDGE
from ..text import count
from .fit import check_blanks, check_units
from .pairs import Word, read_words
from .signs import is_symbol
from .units import Units

PHONOTACTICS = "phonotactics"  # the column with the log-probability of a UR by n-grams


@dataclass(frozen=True)
class Lexicon:
    """The URs of a list.

    Attributes:
        path: the list.
        urs: of its lines, without symbols of tags such as ``<PST>``.
        weights: of its lines; None: each distinct UR counts once.
        known: the segments that words may have; None: those of the list.
        strata: the lexical class of each line; None where nobody asked.
    """

    path: str
    urs: tuple[tuple[str, ...], ...]
    weights: tuple[float, ...] | None = None
    known: tuple[str, ...] | None = None
    strata: tuple[str, ...] | None = None

    @classmethod
    def read(
        cls,
        path: str,
        units: Units,
        known: Collection[str] | None = None,
        whose: str = "the grammar's",
        option: str = "--units",
        notes: list[str] | None = None,
        surface: bool = False,
        strata_of: Callable[[Sequence[Word]], Sequence[str]] | None = None,
    ) -> Lexicon:
        """Read a list.

        Args:
            path: a table, or two files, as `read_words` takes them; SRs are not needed.
            units: how it is written; its column of weights makes them token frequencies.
            known: the segments that words may have; a word with another one is left out, and ``notes`` say how many.
            whose: these are, in messages.
            option: by which the units are given, in messages.
            notes: receives a sentence for each assumption about the list.
            surface: take the SRs of the list, and not its URs.
            strata_of: gives the strata of its words.

        Raises:
            InputError: as `read_words`; a list without SRs where they are wanted; no word is made of the known
                segments, or none has a weight.
        """
        words = read_words(path, units, notes, used=None)
        if surface and words[0].sr is None:
            raise InputError("has no SRs, of which the n-grams are; name their column (--sr-column)", path)
        if known is not None:
            check_units(words, known, whose, option, units.sr if surface else units.ur, surface)
        else:
            check_blanks(words, units, {"sr" if surface else "ur": option})
        forms = [(word.sr or ()) if surface else word.ur for word in words]
        found = [(tuple(s for s in form if not is_symbol(s)), word) for form, word in zip(forms, words, strict=True)]
        strata = strata_of(words) if strata_of else [""] * len(words)
        legal = [bool(ur) and (known is None or {*ur} <= {*known, EDGE}) for ur, _ in found]
        kept = [(ur, word.weight, s) for (ur, word), s, good in zip(found, strata, legal, strict=True) if good]
        if len(kept) < len(found) and notes is not None:
            word = found[legal.index(False)][1]
            foreign = word.sr_text if surface else word.ur_text
            number = count(len(found) - len(kept), "word")
            notes.append(
                f"{path}: {number} of {len(found)}, such as {foreign!r}, left out: not made of {whose} segments"
            )
        urs, weights, strata = zip(*kept, strict=True) if kept else ((), (), ())
        weights, strata = weights if units.columns.weight else None, strata if strata_of else None
        lexicon = cls(path, urs, weights, None if known is None else tuple(known), strata)
        lexicon.ngrams(1)
        return lexicon

    def by_stratum(self) -> dict[str, Lexicon]:
        """The words of each stratum; all of them under "" where nobody asked for strata."""
        if not self.strata:
            return {"": self}
        known = self.known or tuple(dict.fromkeys(segment for ur in self.urs for segment in ur))
        found = {}
        for name in dict.fromkeys(self.strata):
            rows = [n for n, stratum in enumerate(self.strata) if stratum == name]
            urs, weights = tuple(self.urs[n] for n in rows), self.weights and tuple(self.weights[n] for n in rows)
            found[name] = replace(self, urs=urs, weights=weights, known=known, strata=None)
        return found

    def ngrams(self, order: int = ORDER) -> Ngrams:
        """Its n-grams, up to this order.

        Raises:
            InputError: as `Ngrams.of`.
        """
        try:
            return Ngrams.of(self.urs, order, self.weights, self.known or ())
        except InputError as error:
            raise InputError(error.message, self.path) from None
