"""What the headings of a table say, and whether its first line is one of headings."""

from __future__ import annotations

import functools
import itertools
import re
import unicodedata
from collections.abc import Sequence

# headings without case, blanks and punctuation. Those of rank 1 say what a column is; those of rank 2 do so if no other
# column of the table could be meant
_UR = (
    "ur uf underlying underlyingform underlyingrep underlyingrepresentation 기저 기저형 기저형태 기저표상 기저음 "
    "基底形 底层形式"
)
_SR = "sr sf surface surfaceform surfacerep surfacerepresentation 표면 표면형 표면형태 표면표상 표면음 表層形 表层形式"
_ALSO_UR = (
    "input source src lemma base phonemic phonemicform orthography orthographic spelling grapheme graphemes word "
    "headword entry citation citationform root orth ortho broad lexical lexicalform phonological phonologicalform "
    "morphophonemic singular sg present infinitive "
    "입력 단어 낱말 어휘 어절 표제어 표기 철자 맞춤법 한글 형태음소 음소 음소형 "
    "grundform zugrundeliegend subyacente formasubyacente sousjacente formesousjacente "
    "wort mot palabra palavra parola woord слово 単語 词 单词 kelime"
)
_ALSO_SR = (
    "output target tgt form wordform inflected inflectedform pronunciation pron phonetic phoneticform phones "
    "phonemes ipa transcription ipatranscription transcript phon narrow allophonic plural pl past preterite "
    "출력 발음 발음형 발음기호 "
    "발음전사 표준발음 실제발음 소리값 음가 음성 음성형 전사 소리 "
    "lautform lautung oberfläche oberflächenform superficial formasuperficial formedesurface "
    "aussprache prononciation pronunciación pronúncia pronuncia uitspraak произношение 発音 发音 telaffuz söyleniş"
)
_OTHERS = (
    "gloss glosses meaning translation pos feats msd frequency freq lang 뜻 뜻풀이 번호 빈도 품사 비고 예문 연번 순번"
)
_ALSO_OTHERS = (  # words that a gloss may be, too
    "english tag tags features morphology category class count counts weight tokens number nr no index speaker item "
    "list condition language comment comments note notes name label key code type processes 의미"
)
_QUALIFIERS = "form rep representation ipa text hangul orth string transcription segments segmented phonemic phonetic"
_UNIMORPH = re.compile(r"[A-Z0-9][\w.+/:()=-]*(;[A-Za-z0-9][\w.+/:()=-]*)*")
_NUMBER = re.compile(r"[-+]?\d+([.,]\d+)*\s*%?")
MISSING = {"NA", "N/A", "#N/A", "NaN", "NULL", "#REF!", "#VALUE!", "#NAME?"}  # of R, Python and spreadsheets
_LETTERS = ("Lu", "Ll", "Lt", "Lo")  # not ʰ and ː
_MANY = 20  # words from which letters that no other word has say something
HEADER_RULE = (
    "the first line is a header if it has usual headings: ur, underlying, UF, lemma, input, 기저형 ...; sr, surface, "
    "SF, form, output, pronunciation, 표면형, 발음 ...; else column 1 is the UR, column 2 the SR"
)


def plain(heading: str) -> str:
    """A heading without case, marks around it and what stands in parentheses."""
    text = unicodedata.normalize("NFC", heading).casefold()
    outside = re.sub(r"\([^)]*\)", "", text)
    return re.sub(r"[\W_]", "", outside) or re.sub(r"[\W_]", "", text)


def _table(*groups: tuple[str, str, int]) -> dict[str, tuple[str, int]]:
    return {plain(name): (role, rank) for names, role, rank in groups for name in names.split()}


_KNOWN = _table(
    *((_ALSO_OTHERS, "other", 2), (_OTHERS, "other", 1)),
    *((_ALSO_UR, "ur", 2), (_ALSO_SR, "sr", 2), (_UR, "ur", 1), (_SR, "sr", 1), ("id", "id", 1)),
)


def role_of(heading: str) -> tuple[str, int] | None:
    """``ur``, ``sr``, ``id`` or ``other``, and how surely (1 to 3); None for a heading that is not usual."""
    if re.fullmatch(r"\S( \S)+", heading.strip()):
        return None  # a word in segments: /t a g/
    if (known := _KNOWN.get(plain(heading))) is not None:
        return known
    parts = re.sub(r"[\W_]+", " ", heading.casefold()).split()
    sure = [_KNOWN[part] for part in parts if part in _KNOWN and _KNOWN[part] in (("ur", 1), ("sr", 1))]
    if len(sure) == 1 and all(part in _KNOWN or part in _QUALIFIERS.split() for part in parts):
        return sure[0][0], 3  # as in ur_ipa
    return None


def not_a_word(rows: Sequence[tuple[int, Sequence[str]]]) -> str:
    """Why the first line is none of the words below it; empty if it may be one."""
    if len(rows) < 3:
        return ""
    for n, cell in enumerate(map(str.strip, rows[0][1])):
        others = [row[n].strip() for _, row in rows[1:]]
        if not cell or not all(others):
            continue
        if are_numbers(others) and not are_numbers([cell]) and cell not in MISSING:
            return f"{cell!r} above numbers"
        if any(map(str.isalpha, cell)) and not any(letter.isalpha() for one in others for letter in one):
            return f"{cell!r} above cells without letters"
        if n == 1 and len(cell) > 2 and cell[0].isupper() and not any(letter.isupper() for letter in "".join(others)):
            return f"{cell!r} above words without capitals"
        if n < 2 and (why := _foreign(cell, others)):
            return f"{cell!r} {why}"
    return ""


def _foreign(cell: str, others: list[str]) -> str:
    letters = [letter for letter in unicodedata.normalize("NFC", cell) if unicodedata.category(letter) in _LETTERS]
    if len(letters) > 2 and not any(map(str.isspace, cell)) and 2 * sum(" " in one for one in others) >= len(others):
        segments = {segment for one in others for segment in one.split()}
        return "" if cell in segments else "above words with blanks between their segments"
    scripts = {_script(letter) for letter in letters}
    first = {_script(letter) for letter in others[0] if letter.isalpha()}
    if len(letters) > 1 and len(first) == 1 and not first & scripts:
        (script,) = first
        having = sum(any(_script(letter) == script for letter in one) for one in others)
        if having >= 0.95 * len(others):
            return f"above words in {script.capitalize()} letters"
    every = {letter for one in others for letter in one}
    ipa = sum(not one.isascii() for one in others)
    if len(others) >= _MANY and len(letters) > 3 and cell.isascii() and 2 * ipa >= len(others):
        new = [letter for letter in letters if letter not in every]
        if new:
            return f"has {new[0]}, which no transcription below it has"
    return ""


@functools.cache
def _script(letter: str) -> str:
    first = unicodedata.name(letter, "UNKNOWN").split()[0]
    return "LATIN" if first in ("MODIFIER", "GREEK") else first  # IPA has letters of both


def are_numbers(cells: Sequence[str]) -> bool:
    """Whether a column holds numbers."""
    return all(map(_NUMBER.fullmatch, map(str.strip, cells)))


def are_running(cells: Sequence[str]) -> bool:
    """Whether a column counts up, as w1, w2, w3."""
    parts = [re.fullmatch(r"(\D*)(\d+)", cell.strip()) for cell in cells]
    if len(parts) < 2 or not all(parts) or len({part[1] for part in parts}) > 1:
        return False
    numbers = [int(part[2]) for part in parts]
    return all(after == before + 1 for before, after in itertools.pairwise(numbers))


def are_tags(cells: Sequence[str]) -> bool:
    """Whether a column holds bundles of features, as UniMorph has them."""
    return all(map(_UNIMORPH.fullmatch, map(str.strip, cells))) and 2 * sum(";" in one for one in cells) >= len(cells)
