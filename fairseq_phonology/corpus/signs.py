"""Signs of a transcription that are no segments, or not IPA: left out, mended, refused."""

from __future__ import annotations

import difflib
import functools
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable

from ..errors import InputError
from ..phonology.ipa import Finding, code_point, findings, normalize_ipa
from ..phonology.transcription import EDGE
from ..text import count, listed
from .units import Units

TRANSCRIPTIONS = ("space", "ipa")  # units of words in which a sign that is not IPA may be a fault
LONGEST = 10_000  # characters of a form
_ENCLOSED = re.compile(r"\s*(?:/([^/]+)/|\[([^\[\]]+)\])\s*")  # a phonemic or phonetic form, whole
_UR_AND_SR = re.compile(  # 닭[닥], /kata/ → [kada]
    r"[^\[\]]*\w[^\[\]]*\[[^\[\]]*\w[^\[\]]*\]|.*\w.*(?:→|⇒|[-=]>).*\w.*"
)
_BETWEEN = re.compile(r"\s*[/~,]\s*|\s*;\s+")  # two variants
_FULL_WIDTH = str.maketrans("／～〜∼，、；［］", "/~~~,,;[]")
_ALIKE = 0.5  # are the letters of two variants, as difflib counts it
_UNUSABLE = {"\ufffd": "the mark of a character lost in an earlier conversion"}


def signs_to_strip(text: str) -> tuple[str, ...]:
    """The signs of ``--strip``: blanks between them; an invisible one may be written ``U+200B``."""
    found = []
    for sign in text.split():
        code = re.fullmatch(r"[Uu]\+([0-9A-Fa-f]{4,6})", sign)
        found.append(chr(int(code[1], 16)) if code else sign)
    return tuple(found)


def is_symbol(segment: str) -> bool:
    """Whether it is a symbol such as ``<PST>``, and no segment of a transcription."""
    return len(segment) > 2 and segment[0] == "<" and segment[-1] == ">"


def untagged(segments: Iterable[str]) -> tuple[str, ...]:
    """Without symbols such as ``<PST>``."""
    return tuple(segment for segment in segments if not is_symbol(segment))


def bare_form(segments: Iterable[str]) -> str:
    """A form by which lists are matched: NFC, without blanks, morpheme edges and signs around it."""
    return unicodedata.normalize("NFC", "".join(segments)).replace(EDGE, "").strip("/[]")


def holds_one_form(text: str) -> bool:
    """Whether no sign parts letters that leaving it out would join to one word."""
    return not re.search(r"\w[^\w]*[/~,;|·→<>()\[\]{⟨][^\w]*\w", text.translate(_FULL_WIDTH))


def visible(segment: str) -> str:
    """A segment in print: of a mark that it begins with, on a circle, and an invisible character by its code."""
    shown = "".join(code_point(c) if _is_invisible(c) or c.isspace() else c for c in segment)
    return f"◌{shown}" if unicodedata.category(segment[0])[0] == "M" else shown


class Cleaner:
    """Leaves signs out of the words of one list, mends them, and counts what it did."""

    def __init__(self, units: Units):
        self.units = units
        self.stripped: Counter[str] = Counter()
        self.mended: Counter[Finding] = Counter()
        self.enclosed: Counter[str] = Counter()
        self.blanks: Counter[str] = Counter()
        self._signs = [unicodedata.normalize("NFD", sign) for sign in units.strip]
        self._usable: set[str] = set()

    def __call__(self, text: str, units: str) -> str:
        """The word to segment.

        Args:
            text: as the user wrote it.
            units: of this form.

        Raises:
            InputError: a control character, or one that is not seen and was not to be left out; two forms in one cell;
                more characters than any word has.
        """
        if len(text) > LONGEST:
            raise InputError(f"has {len(text):,} characters; allowed: up to {LONGEST:,}; does each word have its line?")
        self._check_one_form(text, units)
        self.blanks.update(c for c in text.strip() if c != " " and unicodedata.category(c)[0] == "Z")
        cleaned = self._strip(text)
        if self.units.normalize_ipa:
            cleaned = self._strip(self._mend(cleaned, units))
        new = {letter for letter in cleaned if letter not in self._usable}
        if new:
            _check_characters(cleaned, new)
            self._usable |= new
        return cleaned

    def notes(self) -> list[str]:
        """What was left out and mended, in sentences."""
        said = [
            f"{count(n, unicodedata.name(blank).lower())} ({code_point(blank)}) read as "
            + ("a blank" if n == 1 else "blanks")
            for blank, n in self.blanks.most_common()
        ]
        if self.units.strip:
            removed = [f"{visible(sign)} {self.stripped[sign]:,}" for sign in self._signs if self.stripped[sign]]
            absent = [visible(sign) for sign in self._signs if not self.stripped[sign]]
            said.append(
                f"--strip left out {', '.join(removed) or 'nothing'}"
                + (f"; in no word: {' '.join(absent)}" if absent else "")
            )
        if self.units.normalize_ipa:
            changes = [
                f"{visible(one.character)}{f' ({code_point(one.character)})' if one.character.isprintable() else ''} "
                f"-> {one.replacement or 'nothing'} {n:,}"
                for one, n in self.mended.most_common()
            ]
            around = [f"took {marks} from around {count(n)}" for marks, n in self.enclosed.most_common()]
            done = [f"mended {', '.join(changes)}"] if changes else []
            said.append(f"--normalize-ipa {listed([*done, *around] or ['mended nothing'])}")
        return said

    def _check_one_form(self, text: str, units: str) -> None:
        """Whatever is to be left out, since two forms would become one word."""
        text = text.strip()
        plain = text.translate(_FULL_WIDTH)
        if _UR_AND_SR.fullmatch(plain):
            raise InputError(f"{text!r} has UR and SR in one cell; give them columns of their own")
        profile = self.units.orthography if units == "profile" else None
        bare = re.sub(r"<[^<>\s]*>", "", plain)  # symbols
        for match in sorted(_BETWEEN.finditer(bare), key=lambda m: "/" in m.group()):  # /kata/ ~ /kada/
            sign = match.group().strip()
            if profile and any(sign in grapheme for grapheme in profile.graphemes):
                continue
            if _are_two_forms(bare[: match.start()], match.group(), bare[match.end() :], units):
                raise InputError(f"{text!r} looks like two variants, with {sign!r} between; one line for each")

    def _strip(self, text: str) -> str:
        if not self._signs:
            return text
        text = unicodedata.normalize("NFD", text)
        for sign in self._signs:
            if sign in text:
                self.stripped[sign] += text.count(sign)
                text = text.replace(sign, "")
        return unicodedata.normalize("NFC", text)

    def _mend(self, text: str, units: str) -> str:
        """IPA mended in transcriptions; in a spelling, where g is a letter, only what is not seen left out."""
        if units not in TRANSCRIPTIONS:
            found = [one for one in findings(text) if one.kind == "invisible"]
            self.mended.update(found)
            return "".join(letter for letter in text if not _is_invisible(letter)) if found else text
        if match := _ENCLOSED.fullmatch(text):
            self.enclosed[f"{text.strip()[0]}...{text.strip()[-1]}"] += 1
            text = match[1] or match[2]
        return "".join(part if is_symbol(part) else self._mend_ipa(part) for part in re.split(r"(\s+)", text))

    def _mend_ipa(self, text: str) -> str:
        found = [one for one in findings(text) if one.replacement is not None]
        self.mended.update(found)
        return normalize_ipa(text) if found else text


def _are_two_forms(before: str, between: str, after: str, units: str) -> bool:
    """Does a sign part two words? A slash does; in ``a~`` and ``,te`` a nasal vowel or stress may have been meant."""
    if not all(re.search(r"\w", part) for part in (before, after)):
        return False
    if between == "/":
        return True
    if between == "," and before[-1].isdigit() and after[0].isdigit():
        return False
    if between in ("~", ","):
        return units != "space" and difflib.SequenceMatcher(None, before, after).ratio() >= _ALIKE
    return units != "space" or between[0].isspace() or between[0] in ",;"


@functools.cache
def _is_invisible(letter: str) -> bool:
    if letter.isascii() or "가" <= letter <= "힣":
        return False
    return any(one.kind == "invisible" for one in findings(letter))


def _check_characters(text: str, letters: set[str]) -> None:
    for letter in text:
        if letter not in letters:
            continue
        if letter in _UNUSABLE or unicodedata.category(letter) == "Cc":
            what = _UNUSABLE.get(letter, "a control character")
            raise InputError(f"{text!r} contains {what} ({code_point(letter)}); remove it")
        if _is_invisible(letter):
            name = unicodedata.name(letter, "a character").lower()
            raise InputError(
                f"{text!r} contains {code_point(letter)} ({name}), which is not seen; --normalize-ipa or "
                f'--strip "{code_point(letter)}" leaves it out'
            )
