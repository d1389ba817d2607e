"""Crossed designs in which the end of the word triggers the process, or is the control of a trigger."""

from __future__ import annotations

from collections.abc import Iterable

from fairseq_phonology.phonology.grammar import Grammar
from fairseq_phonology.phonology.transcription import EDGE, WORD_EDGE
from fairseq_phonology.stimuli.items import Item
from tests.helpers.planted import _carrier, _ending

PROCESS = "devoicing"
OUTCOMES = {"b": "p", "d": "t", "ɡ": "k"}
NASALS = {"p": "m", "t": "n", "k": "ŋ"}
SEGMENTS = "p t k b d ɡ s h f m n ŋ a i u"


def grammar() -> Grammar:
    """Final devoicing, stop by stop."""
    return _grammar(f"{voiced} -> {voiceless} / _ #" for voiced, voiceless in OUTCOMES.items())


def nasalization() -> Grammar:
    """Of `against_the_end`."""
    return _grammar(f"{stop} -> {nasal} / _ [+nas]" for stop, nasal in NASALS.items())


def _grammar(rules: Iterable[str]) -> Grammar:
    process = {"name": PROCESS, "rules": list(rules)}
    return Grammar.from_table({"language": "Toy", "inventory": {"segments": SEGMENTS}, "process": [process]})


def at_the_end(stems: int = 8, suffixes: int = 8, edge: bool = False) -> list[Item]:
    """Final devoicing: stems in b d ɡ and in m n, alone (R) and with a suffix of a vowel (N)."""
    endings = [("N", _ending(n)) for n in range(suffixes)]
    return _crossed({"T": "bdɡ", "C": "mn"}, stems, [("R", ()), *endings], OUTCOMES, edge)


def against_the_end(stems: int = 8, suffixes: int = 8) -> list[Item]:
    """Nasalization before m n (R), of which the end of the word is the control (N)."""
    endings = [("R", ("mn"[n % 2], *_ending(n))) for n in range(suffixes)]
    return _crossed({"T": "ptk", "C": "ŋm"}, stems, [*endings, ("N", ())], NASALS, False)


def _crossed(targets, stems, endings, outcomes, edge) -> list[Item]:
    found = []
    for letter, segments in targets.items():
        for n in range(stems):
            stem = (*_carrier(n), segments[n % len(segments)])
            for trigger, ending in endings:
                ur = (*stem, *([EDGE] if edge and ending else ()), *ending)
                sr = [*stem, *ending]
                if letter + trigger == "TR":
                    sr[len(stem) - 1] = outcomes[stem[-1]]
                at = len(stem) + (edge and bool(ending))
                names = {"stem": " ".join(stem), "suffix": " ".join(ending) or WORD_EDGE}
                name = f"{letter}{n}-{trigger}{len(found)}"
                found.append(Item(name, ur, tuple(sr), letter, trigger, len(stem) - 1, at, **names))
    return found
