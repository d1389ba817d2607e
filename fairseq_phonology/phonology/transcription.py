"""Text to tuples of segments and back, for the five ways a laboratory writes its words.

Everything is kept in Unicode normal form C. The units ``jamo`` are the code points of form D, one a segment;
written with spaces between them they are stable under C, and joined they compose to the same syllables again.
"""

from __future__ import annotations

import unicodedata

import regex

from ..errors import InputError

UNITS = ("space", "ipa", "grapheme", "jamo", "hangul-ur")
EDGE = "+"  # a morpheme edge, in a spelling and in a segmented UR
WORD_EDGE = "#"  # the edge of a word, in rules; as a trigger, what stands there is the end of the word
BLANK = "␣"  # stands for a blank inside a word, since blanks separate segments in every file

# A letter takes what follows it: combining marks, modifier letters (aspiration, length, secondary articulation), and
# through a tie bar the next letter. Stress marks are modifier letters to Unicode, yet belong to no segment.
_SUPRASEGMENTAL = r"ˈˌ"
_IPA_SEGMENT = regex.compile(
    rf"""
      [{_SUPRASEGMENTAL}]                         # stress
    | [\u02E5-\u02E9]+                            # a contour of tone letters
    | [\u2070\u00B9\u00B2\u00B3\u2074-\u2079]+      # a tone in superscript digits
    | (?:\p{{Lm}}(?<![{_SUPRASEGMENTAL}]))*       # preaspiration, prenasalization: nothing before them to belong to
      [^\p{{M}}\p{{Lm}}\s]
      (?: [\u0361\u035C] \P{{M}} | \p{{M}} | \u02DE | \p{{Lm}}(?<![{_SUPRASEGMENTAL}]) )*
    """,
    regex.VERBOSE,
)

_ONSETS = ("k", "k͈", "n", "t", "t͈", "l", "m", "p", "p͈", "s", "s͈", "", "t͡ɕ", "t͡ɕ͈", "t͡ɕʰ", "kʰ", "tʰ", "pʰ", "h")
_NUCLEI = (
    *("a", "ɛ", "j a", "j ɛ", "ʌ", "e", "j ʌ", "j e", "o", "w a", "w ɛ"),
    *("ø", "j o", "u", "w ʌ", "w e", "y", "j u", "ɯ", "ɰ i", "i"),
)
_CODAS = (
    *("", "k", "k͈", "k s", "n", "n t͡ɕ", "n h", "t", "l", "l k", "l m", "l p", "l s", "l tʰ"),
    *("l pʰ", "l h", "m", "p", "p s", "s", "s͈", "ŋ", "t͡ɕ", "t͡ɕʰ", "kʰ", "tʰ", "pʰ", "h"),
)
_FIRST_SYLLABLE, _LAST_SYLLABLE = 0xAC00, 0xD7A3


def normalize(text: str) -> str:
    """``text`` in Unicode normal form C, without blanks around it."""
    return unicodedata.normalize("NFC", text).strip()


def segment(text: str, units: str, keep_edges: bool = False) -> tuple[str, ...]:
    """Split one word into segments.

    Args:
        text: the word as the user wrote it, in any Unicode normal form.
        units: how it is written.
            ``space``: segments separated by blanks.
            ``ipa``: a string of IPA; diacritics, tie bars, length and aspiration belong to their letter.
            ``grapheme``: extended grapheme clusters (Unicode Standard Annex 29).
            ``jamo``: Hangul syllables taken apart into conjoining jamo (normal form D).
            ``hangul-ur``: a Hangul spelling read as a phonemic UR: onset, nucleus and coda of each syllable, the
            silent ㅇ dropped, coda clusters kept; ㅚ and ㅟ are the monophthongs of Standard Pronunciation, clause 4.
        keep_edges: keep ``+`` (a morpheme edge) as a symbol of its own instead of dropping it.

    Returns:
        The segments, in form C except the units ``jamo``. A blank inside a word becomes ``␣``.

    Raises:
        InputError: for unknown units, or a character that these units cannot read.
    """
    if units not in UNITS:
        raise InputError(f"unknown units {units!r}; known: {', '.join(UNITS)}")
    text = normalize(text)
    if units == "space":
        segments = text.split()
    else:
        if BLANK in text:
            raise InputError(f"{BLANK!r} represents a blank and cannot be a letter; found in {text!r}")
        text = regex.sub(r"\s+", BLANK, text)
        segments = _SPLITTERS[units](text)
    return tuple(s for s in segments if keep_edges or s != EDGE)


def join(segments: tuple[str, ...] | list[str], units: str) -> str:
    """The word that ``segments`` came from: the inverse of `segment` up to normal form C and to blanks.

    Lossless for every unit but ``hangul-ur``, where syllable boundaries are gone and the IPA string is returned;
    edges that `segment` dropped stay dropped.
    """
    if units not in UNITS:
        raise InputError(f"unknown units {units!r}; known: {', '.join(UNITS)}")
    if units == "space":
        return " ".join(segments)
    return unicodedata.normalize("NFC", "".join(segments)).replace(BLANK, " ")


def drop_edges(segments: tuple[str, ...]) -> tuple[str, ...]:
    """``segments`` without the morpheme edges."""
    return tuple(s for s in segments if s != EDGE)


def _split_ipa(text: str) -> list[str]:
    segments, end = [], 0
    while end < len(text):
        match = _IPA_SEGMENT.match(text, end)
        if match is None:
            raise InputError(
                f"{text!r}: the mark {text[end]!r} (U+{ord(text[end]):04X}) at character {end + 1} belongs to no letter"
            )
        segments.append(match.group())
        end = match.end()
    return segments


def _split_hangul(text: str) -> list[str]:
    segments: list[str] = []
    for position, letter in enumerate(text, 1):
        if letter == EDGE:
            segments.append(EDGE)
        elif _FIRST_SYLLABLE <= ord(letter) <= _LAST_SYLLABLE:
            rest, coda = divmod(ord(letter) - _FIRST_SYLLABLE, len(_CODAS))
            onset, nucleus = divmod(rest, len(_NUCLEI))
            segments += f"{_ONSETS[onset]} {_NUCLEI[nucleus]} {_CODAS[coda]}".split()
        else:
            raise InputError(
                f"{text!r}: {letter!r} (U+{ord(letter):04X}) at character {position} is not a Hangul syllable; "
                f"allowed: 가 to 힣 and {EDGE!r} for a morpheme edge"
            )
    return segments


_SPLITTERS = {
    "ipa": _split_ipa,
    "grapheme": lambda text: regex.findall(r"\X", text),
    "jamo": lambda text: list(unicodedata.normalize("NFD", text)),
    "hangul-ur": _split_hangul,
}
