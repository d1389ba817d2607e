"""Text to tuples of segments and back, for the ways in which a laboratory writes its words.

Everything is kept in Unicode normal form C. The units ``jamo`` are the code points of form D, one a segment;
written with spaces between them they are stable under C, and joined they compose to the same syllables again.
"""

from __future__ import annotations

import unicodedata

import regex

from ..errors import InputError
from .ipa import CLICKS, NASALS, VOWELS
from .profile import Profile

UNITS = ("space", "ipa", "grapheme", "jamo", "hangul-ur", "profile")
EDGE = "+"  # a morpheme edge, in a spelling and in a segmented UR
WORD_EDGE = "#"  # the edge of a word, in rules; as a trigger, what stands there is the end of the word
OF_FAIRSEQ = ("</s>", "<pad>", "<s>", "<unk>", "<<unk>>")  # its own symbols, the last <unk> in a reference
BLANK = "␣"  # stands for a blank inside a word, since blanks separate segments in every file

# Superscripts that belong to the letter behind them, and the letters that make them do so, of the same place. Sources:
# Ladefoged & Maddieson 1996, *The Sounds of the World's Languages*, 118-131 (prenasalized and prestopped consonants)
# and chapter 8 (clicks and their accompaniments); `diacritics.tsv` of CLTS (Anderson et al. 2018), where ⁿ marks any
# prenasalized stop. Elsewhere a superscript belongs to the letter before it, as on the IPA chart (tʰ, dⁿ, dˡ, kʷ).
_CORONALS = "tdɗʈɖᶑcɟʄȶȡszθðʃʒɕʑʂʐɬɮʦʣʧʤʨʥr"
_STOPS = "pbɓtdɗʈɖᶑcɟʄkɡgɠqɢʛʔʦʣʧʤʨʥȶȡȹȸ" + CLICKS
_PRENASALIZED = {
    "ᵐ": "pbɓɸβfvʙȹȸ",
    "ᶬ": "pbfvⱱȹȸ",
    "ⁿ": _CORONALS + CLICKS,
    "ᶯ": "ʈɖᶑʂʐɽ",
    "ᶮ": "cɟʄçʝɕʑʃʒȶȡ",
    "ᵑ": "kɡgɠxɣ" + CLICKS,
    "ᶰ": "qɢʛχʁ" + CLICKS,
}
_ACCOMPANIMENTS = "ᵏᶢᵍ𐞥𐞒"  # of clicks: ᶢǃ
_PRESTOPPED = {  # also the first part of an affricate (ᵗs)
    **dict.fromkeys("ᵖᵇ", "mɸβfv"),
    **dict.fromkeys("ᵗᵈ", "nɳlɭɬɮszθðʃʒɕʑʂʐ"),
    **dict.fromkeys("ᶜᶡ", "ɲʎçʝɕʑ"),
    **dict.fromkeys("ᵏᶢᵍ", "ŋxɣ"),
    **dict.fromkeys("𐞥𐞒", "ɴχʁ"),
}

_ALONE = r"ˈˌ\uA700-\uA707\uA71B-\uA721"  # stress, upstep and downstep, Chinese tone classes: segments of their own
_EDGES = r"␣+.\#=\-‿|‖/()\[\]"  # stand between letters and take no mark
_TONE = r"\u02E5-\u02EB\uA708-\uA716\u2070\u00B9\u00B2\u00B3\u2074-\u2079"  # tone letters, superscript digits
_TIE = r"\u035C-\u0362"
_SPACING = r"⁽⁾\u02C2-\u02C5\u02D2-\u02DF\u02ED\u02EF-\u02FF\uAB5B\uAB6A\uAB6B"  # ˔ ˕ ˖ ˗ ˞ ˭ …, w⁽ᵝ⁾
_MARK = rf"[\p{{M}}--[{_TIE}]]"
_MODIFIER = rf"[[\p{{Lm}}{_SPACING}]--[{_ALONE}]]"
_LETTER = rf"[^\p{{M}}\p{{Lm}}\s{_ALONE}{_EDGES}{_TONE}{_SPACING}]"


def _composed(letters: str) -> str:
    """Letters, and those that normal form C has for them with a mark."""
    return letters + "".join(c for c in map(chr, range(0xC0, 0x1F00)) if unicodedata.normalize("NFD", c)[0] in letters)


def _of_the_next_letter() -> str:
    """A pattern of the superscripts that belong to the letter behind them."""
    nasals, vowels, marks = "".join(_PRENASALIZED), _composed(VOWELS), f"[{_MARK}{_MODIFIER}]*"
    oral = rf"[{_LETTER}--[\p{{Lu}}\p{{N}}\p{{P}}\p{{S}}{vowels}{_composed(NASALS)}]]"

    def before(letter: str) -> str:
        return rf"(?={_MARK}*[{_TIE}]?(?:[{nasals}]{_MARK}*)*(?:{_LETTER}{marks}[{_TIE}])?{letter})"

    patterns = [f"{superscript}{before(f'[{letters}]')}" for superscript, letters in _PRENASALIZED.items()]
    # behind a vowel, which has no release, before any consonant; ⁿ of any place, but for the release of a stop (tⁿk)
    patterns.append(f"(?<=[{vowels}]{marks})[{nasals}]{before(oral)}")
    patterns.append(f"(?<![{_STOPS}]{marks})ⁿ{before(f'[{_STOPS}]')}")
    patterns.append(f"[{_ACCOMPANIMENTS}]{before(f'[{CLICKS}]')}")
    # a superscript stop, except behind a nasal or lateral (nᵗs)
    behind = f"(?<![{NASALS}l]{_MARK}*)"
    patterns += [f"{behind}{superscript}{before(f'[{letters}]')}" for superscript, letters in _PRESTOPPED.items()]
    return "|".join(patterns)


_IPA_SEGMENT = regex.compile(
    rf"""
      [{_ALONE}{_EDGES}]
    | [{_TONE}]+ (?: (?:[ˀʱˤːˑ]|⁻(?=[{_TONE}])|{_MARK})+ [{_TONE}]* )*       # ˥˩, ⁵¹, a tone with its phonation (˦ˀ˥)
      (?: {_MODIFIER}+ (?![{_MARK}{_MODIFIER}]*{_LETTER}) )?
    | (?: (?![ːˑ{_SPACING}]){_MODIFIER} {_MARK}* [{_TIE}]? )*              # nothing stands before it: ʰp, ⁿd, ᵑ͡ǃ
      {_LETTER}
      (?: [{_TIE}] {_MODIFIER}* {_LETTER} | (?!{_of_the_next_letter()}) {_MODIFIER} | {_MARK} )*
    """,
    regex.VERBOSE | regex.V1,
)

_APPROXIMANTS = "jwɥɰɹɻʋlɫʁ"  # in diphthongs, and rhotic or lateral ones
_TIED = regex.compile(
    rf"[{VOWELS}][{_TIE}](?![{VOWELS}{_APPROXIMANTS}])\p{{Ll}}|(?![{VOWELS}{_APPROXIMANTS}])\p{{Ll}}[{_TIE}][{VOWELS}]"
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


def segment(text: str, units: str, keep_edges: bool = False, profile: Profile | None = None) -> tuple[str, ...]:
    """Split one word into segments.

    Args:
        text: the word as the user wrote it, in any Unicode normal form.
        units: how it is written.
            ``space``: segments separated by blanks.
            ``ipa``: a string of IPA; diacritics, tie bars, length and aspiration belong to their letter. A superscript
            belongs to the letter before it, and to the next one at the beginning, behind a tone, or where it makes a
            prenasalized or prestopped consonant or a click of it (aᵐba, aᵈna, aᵑǃa).
            ``grapheme``: extended grapheme clusters (Unicode Standard Annex 29).
            ``jamo``: Hangul syllables taken apart into conjoining jamo (normal form D).
            ``hangul-ur``: a Hangul spelling read as a phonemic UR: onset, nucleus and coda of each syllable, the
            silent ㅇ dropped, coda clusters kept; ㅚ and ㅟ are the monophthongs of Standard Pronunciation, clause 4.
            ``profile``: the graphemes that a profile lists.
        profile: an orthography profile, for the units ``profile``.
        keep_edges: keep ``+`` (a morpheme edge) as a symbol of its own instead of dropping it.

    Returns:
        The segments, in form C except the units ``jamo``. A blank inside a word becomes ``␣``.

    Raises:
        InputError: for unknown units, a character that these units cannot read, or units ``profile`` without one.
    """
    if units not in UNITS:
        raise InputError(f"unknown units {units!r}; known: {', '.join(UNITS)}")
    text = normalize(text)
    if units == "space":
        segments = text.split()
    else:
        if BLANK in text:
            raise InputError(f"{BLANK!r} represents a blank and cannot be a letter; found in {text!r}")
        text = regex.sub(r"[\s\x1c-\x1f]+", BLANK, text)  # all at which str.split divides a line
        if units == "profile" and profile is None:
            raise InputError("the units 'profile' need an orthography profile (--profile FILE)")
        try:
            segments = profile.segment(text, BLANK + EDGE) if units == "profile" else _SPLITTERS[units](text)
        except InputError as error:
            raise InputError(error.message.replace(BLANK, " ")) from None
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
            mark = f"{text[end]!r} (U+{ord(text[end]):04X}) at character {end + 1}"
            if regex.match(rf"[{_TIE}]", text[end]):
                raise InputError(f"{text!r}: the tie bar {mark} joins no second letter")
            behind = f"stands behind {text[end - 1]!r} and " if end else ""
            raise InputError(f"{text!r}: the mark {mark} {behind}belongs to no letter")
        segments.append(match.group())
        end = match.end()
        if tied := _TIED.search(unicodedata.normalize("NFD", match.group())):
            raise InputError(f"{text!r}: the tie bar in {tied.group()!r} joins a consonant and a vowel; remove it")
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
            found = "a blank" if letter == BLANK else f"{letter!r} (U+{ord(letter):04X})"
            raise InputError(
                f"{text!r}: {found} at character {position} is not a Hangul syllable; "
                f"allowed: 가 to 힣 and {EDGE!r} for a morpheme edge"
            )
    return segments


_SPLITTERS = {
    "ipa": _split_ipa,
    "grapheme": lambda text: regex.findall(r"\X", text),
    "jamo": lambda text: list(unicodedata.normalize("NFD", text)),
    "hangul-ur": _split_hangul,
}
