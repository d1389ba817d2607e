"""Whether a list is written as was said: in units of which its words are made."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Container, Iterable, Mapping, Sequence

from ..errors import InputError
from ..phonology.transcription import UNITS, drop_edges, segment
from .pairs import Word
from .signs import is_symbol
from .units import Units

_NEARLY = 0.9  # of the words
_OPTIONS = {"ur": "--ur-units", "sr": "--sr-units"}
_IPA = "βθχæçðøħŋœː"  # letters that IPA has from other blocks, and spellings have less often


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
    shown = _shown([text.strip() for text in texts])
    hint = f"; {fitting} would fit" if fitting else f"; allowed: {', '.join(UNITS)}"
    raise InputError(
        f"no {'SR' if surface else 'word'} consists of {whose} segments ({shown}); {option} is {units}{hint}",
        words[0].path,
    )


def untagged_line(urs: Iterable[tuple[str, ...]], known: Iterable[str]) -> str:
    """A sentence where a model was trained with symbols of tags, and no UR has one; else empty."""
    symbols = sorted(filter(is_symbol, known))
    if not symbols or any(is_symbol(one) for ur in urs for one in ur):
        return ""
    return f"no UR has a symbol such as {symbols[0]}, which the model was trained with (--tag-columns)"


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


def check_blanks(words: Sequence[Word], units: Units, options: Mapping[str, str] = _OPTIONS) -> None:
    """Refuse a list in which nearly every word is one segment.

    Args:
        words: of one list, read.
        units: as which it was read.
        options: form -> the option that says its units; other forms are not looked at.

    Raises:
        InputError: with the option that reads it right.
    """
    for form, option in options.items():
        texts = [word.ur_text if form == "ur" else word.sr_text for word in words if form == "ur" or word.sr]
        if not texts or getattr(units, form) != "space":
            continue
        whole = [text.strip() for text in texts if len(text.split()) == 1]
        if len(whole) >= _NEARLY * len(texts) and sum(map(_letters, whole)) >= 2 * len(whole):
            raise InputError(
                f"{option} is space, which needs blanks between the segments, and {len(whole):,} of "
                f"{len(texts):,} {form.upper()}s are one segment ({_shown(whole)}); give {option} "
                f"{_unspaced(whole)}",
                words[0].path,
            )


def check_spaced(form: str, texts: Sequence[str], path: str, units: Units) -> None:
    """Refuse forms in whose words nearly every other segment would be a blank, before they become segments.

    Args:
        form: ``ur`` or ``sr``.
        texts: of that form, as the user wrote them.
        path: the list.
        units: as which it is to be read.

    Raises:
        InputError: with the option that reads it right.
    """
    texts = [text.strip() for text in texts if text.strip()]
    spaced = [text for text in texts if _is_spaced(text.split())]
    if getattr(units, form) != "space" and len(spaced) > 1 and len(spaced) >= _NEARLY * len(texts):
        raise InputError(
            f"--{form}-units is {getattr(units, form)}, and in {len(spaced):,} of {len(texts):,} {form.upper()}s there "
            f"are blanks between the segments ({_shown(spaced)}); give --{form}-units space",
            path,
        )


def _letters(text: str) -> int:
    """How many letters, of which a Hangul syllable has two or more."""
    text = unicodedata.normalize("NFD", text)
    return sum(unicodedata.category(letter) in ("Lu", "Ll", "Lo", "Lt") for letter in text)


def _is_spaced(parts: list[str]) -> bool:
    return len(parts) > 2 and all(_letters(part) < 3 for part in parts) and sum(map(_letters, parts)) < 2 * len(parts)


def _shown(texts: Sequence[str]) -> str:
    return ", ".join(texts[:2]) + (", ..." if len(texts) > 2 else "")


def _unspaced(texts: Sequence[str]) -> str:
    """The units of words that have no blanks, in words."""
    kinds: dict[str, Callable[[str], bool]] = {
        "hangul-ur (a spelling read as a UR), jamo or grapheme": lambda c: "가" <= c <= "힣",
        "ipa (IPA without blanks)": lambda c: "\u0250" <= c <= "\u036f" or c in _IPA or "\u1d2c" <= c <= "\u1dff",
    }
    for advice, belongs in kinds.items():
        if 3 * sum(any(map(belongs, unicodedata.normalize("NFC", text))) for text in texts) >= len(texts):
            return advice
    return "grapheme (a spelling) or ipa (IPA without blanks)"
