"""Lists read in other units than they are written in: told from what segments the words would have."""

from __future__ import annotations

from collections.abc import Container, Sequence

from ..errors import InputError
from ..phonology.transcription import UNITS, drop_edges, segment
from .pairs import Word


def check_units(
    words: Sequence[Word], known: Container[str], whose: str, option: str, units: str, surface: bool = False
) -> None:
    """Refuse a list that was read in the wrong units: no word, or not one segment in twenty, is of known ones.

    A list whose every word has a new segment is let through where no other units fit it better.

    Args:
        words: of one list, read.
        known: the segments that they should be made of.
        whose: these are, as in "the model's".
        option: by which the units were, or could have been, given.
        units: those that the list was read in.
        surface: of the SRs instead of the URs.

    Raises:
        InputError: naming the list, some words, and the units that fit.
    """
    forms = [drop_edges((word.sr or ()) if surface else word.ur) for word in words]
    if any(form and all(one in known for one in form) for form in forms) or not any(forms):
        return
    texts = [word.sr_text if surface else word.ur_text for word in words]
    fitting = units_that_fit(texts, known)
    every = [one for form in forms for one in form]
    if not fitting and 20 * sum(one in known for one in every) >= len(every):
        return
    shown = ", ".join(text.strip() for text in texts[:2]) + (", ..." if len(texts) > 2 else "")
    hint = f": {fitting}?" if fitting else f"; allowed: {', '.join(UNITS)}"
    raise InputError(
        f"no {'SR' if surface else 'word'} is made of {whose} segments ({shown}); {option} is {units}{hint}",
        words[0].path,
    )


def units_that_fit(texts: Sequence[str], known: Container[str]) -> str:
    """The units under which most words are made of known segments; empty where there are none."""
    for units in UNITS:
        made = 0
        for text in texts:
            try:
                made += all(one in known for one in segment(text, units))
            except InputError:
                continue
        if 2 * made > len(texts):
            return units
    return ""
