"""What a transcription has that is not IPA although it looks like it, and what to write instead.

Sources: the chart of the International Phonetic Association (2020) and its Handbook (1999, appendix 2: code points);
Moran & Cysouw 2018, *The Unicode Cookbook for Linguists*, chapter 5 (homoglyphs, ligatures, tie bars); the table
``normalize.tsv`` of CLTS (Anderson et al. 2018); Unicode Technical Standard 39 (confusables); Pullum & Ladusaw 1996,
*Phonetic Symbol Guide* (withdrawn and Americanist symbols). A character that may stand for two things is never mended.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

import regex

TIE_ABOVE, TIE_BELOW = "\u0361", "\u035c"
VOWELS = "iyɨʉɯuɪʏʊeøɘɵɤoəɛœɜɞʌɔæɐaɶɑɒɚɝ"  # letters of the chart
NASALS, CLICKS = "mɱnɳɲŋɴ", "ʘǀǃǂǁ"

_LOOK_ALIKES = {  # character -> the IPA letter that it looks like, and nothing else
    **dict(zip("g:ǝɂ∶꞉ˁ\u0331", "ɡːəʔːːˤ\u0320", strict=True)),  # Cookbook 5.3, CLTS
    **dict(zip("εγφϕϑαοꞵꭓ", "ɛɣɸɸθɑoβχ", strict=True)),  # IPA takes β θ χ from Greek, the others it does not
    **dict(zip("аеосрхуіјѕһԁԛԝәөӕ", "aeocpxyijshdqwəɵæ", strict=True)),  # Cyrillic (UTS 39)
    **dict(zip("ɷɩɼʚ", "ʊɪrɞ", strict=True)),  # withdrawn in 1989, or misprinted (ʚ)
    "ɼ": "r̝",  # withdrawn in 1989
}
_LIGATURES = {"ʦ": "t͡s", "ʣ": "d͡z", "ʧ": "t͡ʃ", "ʤ": "d͡ʒ", "ʨ": "t͡ɕ", "ʥ": "d͡ʑ"}  # withdrawn in 1989
_APOSTROPHE = "ʼ (U+02BC) for an ejective, ˈ (U+02C8) for stress, ʲ (U+02B2) for palatalization, ʔ (U+0294)"
_AMBIGUOUS = {  # character -> what it may stand for
    **dict.fromkeys("'’‘`´′ʹʻ", _APOSTROPHE),
    '"': "ˈ (U+02C8) for stress, or a quotation mark that was left over",
    "!": "ǃ (U+01C3) for a click, ꜜ (U+A71C) for downstep",
    "|": "ǀ (U+01C0) for a click; a boundary of feet is no segment",
    "~": "a combining tilde (U+0303) for nasality, or two variants in one cell",
    ",": "ˌ (U+02CC) for secondary stress, or two variants in one cell",
    "·": "ˑ (U+02D1) for half length, . for a syllable boundary",
    "ı": "i, ɪ (U+026A), ɯ (U+026F) for the Turkish letter",
    "ß": "β (U+03B2), s for the German letter",
    "λ": "ʎ (U+028E), t͡ɬ for the Americanist letter",
    "υ": "ʋ (U+028B), ʊ (U+028A)",
    "ι": "ɪ (U+026A), i",
    "з": "ɜ (U+025C), ʒ (U+0292)",
    "∅": "nothing: right where nothing is left of the word; else leave out what is not pronounced",
    "Ø": "ø (U+00F8) for the vowel; nothing at all for an empty form",
    "ʸ": "ʲ (U+02B2), y",
    "-": "+ for a morpheme edge",
    "–": "+ for a morpheme edge",
    **dict.fromkeys("0123456789", "a tone letter (˥ to ˩) or a superscript digit for a tone, ˈ for stress"),
}
_MARKERS = {  # kind -> characters that stand for no segment
    "slash": "/",
    "bracket": "[]{}⟦⟧⟨⟩<>〈〉［］",
    "parenthesis": "()（）",
    "stress": "ˈˌ",
    "syllable dot": ".‧",
    "boundary": "‖‿↗↘",
}
_INVISIBLE = "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u3164\uffa0"  # not of category Cf, yet not seen
_OF_OTHER_SCHOOLS = {  # Americanist, Slavicist, Spanish; only a hint: a word list may mean other things
    **{"š": "ʃ", "ž": "ʒ", "č": "t͡ʃ", "ǰ": "d͡ʒ", "ǯ": "d͡ʒ", "ǧ": "d͡ʒ", "ł": "ɬ", "ƛ": "t͡ɬ", "¢": "t͡s"},
    **{"ñ": "ɲ", "ś": "ɕ", "ź": "ʑ", "ć": "t͡ɕ"},
}
_TONES = {  # combining mark -> panphon's features of the tone, "" where it takes more than one
    **{"\u0301": "+hitone", "\u0300": "-hitone", "\u030b": "+hitone, +hireg", "\u030f": "-hitone, -hireg"},
    **{"\u0304": "0hitone", "\u030c": "", "\u0302": "", "\u1dc4": "", "\u1dc5": "", "\u1dc6": "", "\u1dc7": ""},
}
MARKS = {  # mark that panphon does not read everywhere -> what it says of the letter
    **{"\u0348": "+cg", "ʼ": "+cg", "ˀ": "+cg", "ʰ": "+sg", "ʱ": "+sg, +voi", "\u0324": "+sg", "\u0330": "+cg"},
    **{"ː": "+long", "ˑ": "+long", "\u0303": "+nas", "\u0325": "-voi", "\u030a": "-voi", "\u032c": "+voi"},
    **{"\u0329": "+syl", "\u032f": "-syl", "\u032a": "+distr", "ʷ": "+round", "ʲ": "+hi, -back", "ˠ": "+hi, +back"},
    **{"ˤ": "+lo, +back", "\u031a": "", "\u031d": "", "\u031e": "", "\u031f": "", "\u0320": ""},
}
_SUPERSCRIPT_NASALS = "ᵐᶬⁿᶯᶮᵑᶰ"
_STOPS, _FRICATIVES = "pbtdʈɖcɟkɡqɢʔ", "ɸβfvθðszʃʒʂʐɕʑçʝxɣχʁħʕhɦɬɮ"
_BETWEEN = regex.compile(rf"(?<=[{VOWELS}][\p{{M}}ːˑ˞]*)[ʰʱˀ](?=[{_STOPS}])")
_ACROSS = regex.compile(rf"(?<=[{VOWELS}][\p{{M}}ːˑ˞]*)[{_SUPERSCRIPT_NASALS}](?=[.‧ˈˌ]+[{_STOPS}])")


@dataclass(frozen=True)
class Finding:
    """One character of a transcription that a reader of IPA may not expect.

    ``kind`` is ``look-alike``, ``ligature``, ``invisible``, ``ambiguous``, ``slash``, ``bracket``, ``parenthesis``,
    ``stress``, ``syllable dot``, ``boundary``, or ``undecided``: a mark that may belong to the letter before it or to
    the next (aʰpa). ``replacement`` is what `normalize_ipa` writes, ``""`` for nothing at all, and None where the
    character stays. ``advice`` says what an ambiguous character may stand for.
    """

    character: str
    kind: str
    name: str
    replacement: str | None = None
    advice: str = ""


def code_point(character: str) -> str:
    """``U+0261`` of a character."""
    return f"U+{ord(character):04X}"


def findings(text: str) -> list[Finding]:
    """What ``text`` has that is no IPA letter, mark, length or tone, in order, each occurrence once."""
    return [finding for character in unicodedata.normalize("NFD", text) if (finding := _finding(character))]


def undecided(text: str) -> list[Finding]:
    """Marks between a vowel and a stop that may belong to either, in order.

    Aspiration and glottalization may be a stop's (aʰp) or a breathy or creaky vowel's; no letter tells. So may a
    superscript nasal between a vowel and a boundary of syllables (aⁿ.da). The units ``ipa`` read them with the vowel.
    """
    text = unicodedata.normalize("NFD", text)
    found = sorted([*_BETWEEN.finditer(text), *_ACROSS.finditer(text)], key=lambda match: match.start())
    return [_undecided(match.group()) for match in found]


def normalize_ipa(text: str) -> str:
    """``text`` in normal form C with look-alikes and ligatures mended and invisible characters removed.

    What may stand for two things (``'`` an ejective or stress, ``!`` a click or downstep, digits) stays, and so do
    slashes, brackets, stress marks and syllable dots: `findings` names them.
    """
    mended = []
    for character in unicodedata.normalize("NFD", text):  # so that a mark within a letter is seen, as in ḏ
        finding = _finding(character)
        mended.append(character if finding is None or finding.replacement is None else finding.replacement)
    return unicodedata.normalize("NFC", "".join(mended))


def hint(symbol: str) -> str:
    """What to write for a symbol that panphon does not know, as the end of a message; empty where nothing is known."""
    symbol = unicodedata.normalize("NFC", symbol)
    for finding in findings(symbol):
        if finding.kind == "invisible":
            return f"it has an invisible character, {finding.name}: remove it"
        if finding.kind == "ambiguous":
            return f"{finding.character} ({code_point(finding.character)}) may stand for {finding.advice}: write that"
    mended = normalize_ipa(_written_in_ipa(symbol))
    if mended != symbol:
        new = [code_point(c) for c in mended if c not in symbol and not c.isascii()]
        return f"did you mean {mended}" + (f" ({', '.join(new)})?" if new else "?")
    return _of_several_letters(symbol) or _of_a_letter_with_marks(symbol)


def meant(symbol: str, segments: Iterable[str]) -> str:
    """What was meant by a symbol that is none of these segments, as the end of a message; empty if that is unclear."""

    def bare(text: str) -> str:
        return normalize_ipa(text).replace(TIE_ABOVE, "").replace(TIE_BELOW, "")

    segments = tuple(segments)
    if close := [s for s in segments if bare(s) == bare(symbol)]:
        new = [code_point(c) for c in close[0] if c not in symbol and not c.isascii()]
        return f"did you mean {close[0]}" + (f" ({', '.join(new)})?" if new else "?")
    one = "|".join(map(re.escape, sorted(segments, key=len, reverse=True)))
    if one and re.fullmatch(f"(?:{one})+", symbol):
        return f"write {' '.join(re.findall(one, symbol))}?"
    advice = hint(symbol)
    return advice if advice.startswith("did you mean") else ""


def _finding(character: str) -> Finding | None:
    name = f"{code_point(character)} {unicodedata.name(character, 'without a name')}"
    if unicodedata.category(character) == "Cf" or character in _INVISIBLE or 0xFE00 <= ord(character) <= 0xFE0F:
        return Finding(character, "invisible", name, "")
    if character in _LOOK_ALIKES:
        return Finding(character, "look-alike", name, _LOOK_ALIKES[character])
    if character in _LIGATURES:
        return Finding(character, "ligature", name, _LIGATURES[character])
    if character in _AMBIGUOUS:
        return Finding(character, "ambiguous", name, None, _AMBIGUOUS[character])
    return next((Finding(character, kind, name) for kind, marks in _MARKERS.items() if character in marks), None)


def _undecided(character: str) -> Finding:
    name = f"{code_point(character)} {unicodedata.name(character)}"
    if character in _SUPERSCRIPT_NASALS:
        advice = "before the boundary read with the vowel; for a prenasalized stop write it behind, as in a.ⁿda"
        return Finding(character, "undecided", name, None, advice)
    what = "preglottalized" if character == "ˀ" else "preaspirated"
    advice = f"between a vowel and a stop read with the vowel; for a {what} stop, separate segments by blanks"
    return Finding(character, "undecided", name, None, advice)


def _written_in_ipa(symbol: str) -> str:
    """A symbol with IPA letters for those of other schools, the tie bar above, and the hook behind a rhotic vowel."""
    for other, letter in _OF_OTHER_SCHOOLS.items():
        symbol = symbol.replace(other, letter)
    return symbol.replace(TIE_BELOW, TIE_ABOVE).replace("‿", TIE_ABOVE).replace("ɚ", "ə˞").replace("ɝ", "ɜ˞")


def _of_several_letters(symbol: str) -> str:
    letters = [c for c in symbol if unicodedata.category(c) in ("Ll", "Lo", "Lu")]
    if len(letters) != 2 or TIE_ABOVE in symbol:
        return ""
    first, second = letters
    at = symbol.rindex(second)
    before, behind = symbol[:at], symbol[at:]
    if before == first == second:
        return f"did you mean {first}ː{behind[1:]} (U+02D0), or two segments {first} {behind}?"
    if symbol == first + second and first in _STOPS and second in "hɦ":
        return f"did you mean {first}{'ʰ' if second == 'h' else 'ʱ'}, or two segments {first} {second}?"
    doubly = second in _STOPS and second != first
    only_marks = all(unicodedata.category(mark) == "Mn" for mark in unicodedata.normalize("NFD", before)[1:])
    if only_marks and first in _STOPS and (second in _FRICATIVES or doubly):
        return f"did you mean {before}{TIE_ABOVE}{behind}, with a tie bar (U+0361)? Without it, these are two segments"
    listed = f"it has two letters: list {before} and {behind}, or describe it under [inventory.features]"
    if first not in NASALS or second not in _STOPS:
        return listed
    superscript = dict(zip(NASALS, _SUPERSCRIPT_NASALS, strict=True))[first]
    return f"{listed}; a prenasalized stop is {superscript}{behind}"


def _of_a_letter_with_marks(symbol: str) -> str:
    base, bundle, tone = "", [], False
    decomposed = unicodedata.normalize("NFD", symbol)
    if TIE_ABOVE in decomposed:  # a click with its accompaniment: ŋ͡ǃ
        first, _, rest = decomposed.partition(TIE_ABOVE)
        if rest[:1] not in (*CLICKS,) or first not in (*"kɡqɢŋɴ",):
            return ""
        decomposed, bundle = rest, {"ŋ": ["+nas"], "ɴ": ["+nas"], "ɡ": ["+voi"], "ɢ": ["+voi"]}.get(first, [])
    for character in decomposed:
        if character in _SUPERSCRIPT_NASALS:
            bundle.append("+nas")
        elif character == "ᶢ":
            bundle.append("+voi")
        elif character in _TONES:
            tone = True
            bundle.append(_TONES[character])
        elif character in MARKS:
            bundle.append(MARKS[character])
        elif unicodedata.category(character) in ("Ll", "Lo"):
            base += character
        else:
            return ""
    written = ", ".join(filter(None, bundle))
    if len(base) != 1 or not bundle:
        return ""
    described = f'"{symbol}" = "{base}{f" [{written}]" if written else ""}"'
    if not tone:
        return f"describe it under [inventory.features], for example {described}"
    if not written:
        return "its mark is a contour tone or stress, which panphon does not read: write the tone as a segment (˩˥)"
    other = "+" if "-hitone" in written else "-"
    return (
        f"its mark is a tone or stress, which panphon does not read: under [inventory.features], {described}; "
        f'rules that ask for [{other}hitone] need it of the others, as in "{base}" = "{base} [{other}hitone]"'
    )
