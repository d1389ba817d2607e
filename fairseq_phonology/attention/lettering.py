"""How segments are written in a picture: IPA in one font, Hangul in another, or in Roman letters without one.

No common font has both. Matplotlib comes with DejaVu Sans, which has IPA.
"""

from __future__ import annotations

import functools
import unicodedata
import warnings
from collections.abc import Iterable
from pathlib import Path

from ..text import drawable, shortened

IPA_FONT = "DejaVu Sans"
# Those that come with an operating system or its packages; sans-serif first, as DejaVu Sans is. The other faces of
# Noto CJK draw Hangul as well.
KOREAN_FONTS = (
    *("Noto Sans CJK KR", "Noto Sans KR", "Source Han Sans KR", "NanumGothic", "Nanum Gothic", "NanumBarunGothic"),
    *("Malgun Gothic", "Apple SD Gothic Neo", "AppleGothic", "Pretendard", "UnDotum", "Baekmuk Dotum", "Gulim"),
    *("Noto Sans CJK JP", "Noto Sans CJK SC", "Noto Serif CJK KR", "NanumMyeongjo", "AppleMyungjo", "Batang"),
)

# Revised Romanization of Korean (Ministry of Culture and Tourism, notice 2000-8), clause 3.8: letter for letter, so
# that different spellings stay different
_ONSETS = "g kk n d tt r m b pp s ss ∅ j jj ch k t p h".split()
_NUCLEI = "a ae ya yae eo e yeo ye o wa wae oe yo u wo we wi yu eu ui i".split()
_CODAS = "g kk gs n nj nh d l lg lm lb ls lt lp lh m b bs s ss ng j ch k t p h".split()
_ROMAN = {
    chr(first + n): letters
    for first, table in ((0x1100, _ONSETS), (0x1161, _NUCLEI), (0x11A8, _CODAS))
    for n, letters in enumerate(table)
}


@functools.cache
def korean_font() -> str | None:
    """The first of `KOREAN_FONTS` on this machine; None without any."""
    from matplotlib import font_manager

    known = {font.name for font in font_manager.fontManager.ttflist}
    for name in KOREAN_FONTS:
        if name in known:
            return name
    # matplotlib keeps a list of fonts from before the user installed one
    files = {Path(file).stem.casefold().removesuffix("-regular"): file for file in font_manager.findSystemFonts()}
    for name in KOREAN_FONTS:
        file = files.get(name.replace(" ", "").casefold())
        if file:
            font_manager.fontManager.addfont(file)
            return font_manager.get_font(file).family_name
    return None


def has_hangul(text: str) -> bool:
    """Whether there is a Hangul letter or syllable in it."""
    return any(unicodedata.name(letter, "").startswith("HANGUL") for letter in text)


def lettering(texts: Iterable[str]) -> tuple[list[str], list[str]]:
    """The texts as they can be drawn, and the fonts to draw them with.

    What is not seen is written out, and names that fit into no picture are cut. Single jamo become letters that stand
    alone. Without a Korean font, Hangul becomes Roman letters, with one warning a session.

    Returns:
        The texts, and what to set as ``font.family``.
    """
    texts = [shortened(drawable(unicodedata.normalize("NFC", text))) for text in texts]
    if not any(map(has_hangul, texts)):
        return texts, [IPA_FONT]
    font = korean_font()
    if font is None:
        _warn_once()
        return [romanize(text) for text in texts], [IPA_FONT]
    return [_standing_alone(text) for text in texts], [IPA_FONT, font]


def romanize(text: str) -> str:
    """Hangul letter for letter in Roman letters, everything else as it is: 학문 is ``hagmun``."""
    return "".join(_syllable(letter) for letter in unicodedata.normalize("NFC", text))


def _syllable(letter: str) -> str:
    if not has_hangul(letter):
        return letter
    jamo = unicodedata.normalize("NFD", letter)
    if len(jamo) > 1:  # the silent onset is nothing in a syllable and ∅ alone
        return "".join(_ROMAN[each] for each in jamo).removeprefix("∅")
    if letter in _ROMAN:
        return _ROMAN[letter]
    name = unicodedata.name(letter).removeprefix("HANGUL LETTER ")
    if name == "IEUNG":
        return "ng"
    for position in ("CHOSEONG", "JUNGSEONG", "JONGSEONG"):
        try:
            return _ROMAN[unicodedata.lookup(f"HANGUL {position} {name}")]
        except KeyError:  # no such letter there, or one of Middle Korean
            continue
    return letter


def _standing_alone(text: str) -> str:
    """Conjoining jamo, made to be stacked into syllables, as the letters of the keyboard."""
    return "".join(_keyboard_letter(letter) if letter in _ROMAN else letter for letter in text)


def _keyboard_letter(jamo: str) -> str:
    return unicodedata.lookup(f"HANGUL LETTER {unicodedata.name(jamo).split()[-1]}")


@functools.cache
def _warn_once() -> None:
    warnings.warn(
        "no Korean font on this machine: Hangul is drawn in Roman letters "
        "(Debian, Ubuntu and Colab: apt-get install fonts-nanum)",
        stacklevel=4,
    )
