"""The words and signs of rules: classes and segments, spellings of other books, and what is refused by name."""

from __future__ import annotations

import functools
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from ..ipa import meant
from ..natural_classes import DASH
from .tree import VARIABLES, Item

MEANING = {"->": "an arrow", "/": "a slash", "_": "the place of change", "end": "the end"}
ARROW = r"-+>|=+>|[−–—]>|[→⇒⟶➔➝↦]|(?<=\s)>(?=\s)"
DIGITS = str.maketrans("₀₁₂₃₄₅₆₇₈₉⁰¹²³⁴⁵⁶⁷⁸⁹", "01234567890123456789")
SUFFIX = r"(?P<low>[₀-₉]|[0-9]|[ᵢⱼₖ])(?P<high>[⁰¹²³⁴-⁹])?"
SIGN = re.compile(rf"[{DASH}]?[{VARIABLES}]|[{DASH}+0±]")
FULL_WIDTH = str.maketrans("（）｛｝［］，＋＿＃＞／＊＄", "(){}[],+_#>/*$")
# what rules elsewhere have and rules here do not, by its first character: what to write
REFUSED = {
    "σ": "a syllable has no symbol; write $ for its boundary, as in _ $ (at its end) or $ C₀ _ (in its onset)",
    "μ": "morae are not represented; write a long segment as one (aː) or as [+long]",
    "%": "% is no symbol of rules; write # for the edge of a word, $ for that of a syllable",
    "…": "write out what … stands for: the segments, or a bundle",
    "⟨": "⟨ ⟩ stand for two rules; write both, as a list",
    "‖": "phrases are not represented; # is the edge of a word",
    "|": "feet and phrases are not represented; # is the edge of a word, $ that of a syllable",
    "=": "a clitic's edge is written +, as every edge of a morpheme",
    ";": "several rules are written as a list, each in quotes",
    **dict.fromkeys("¬~!", "what a segment is not is written with the opposite values, or as the others in braces"),
    "≠": "that two segments differ cannot be said; name the segments in rules of their own",
}
NO_FEATURE = {
    "place": "place is several features; write them on either side, as in [αlab, βcor, γant, δhi, εback]",
    "f": "write which feature F stands for",
    "seg": "write [] for any segment, ∅ for none",
    "stress": "stress is no feature; write the symbol ˈ (which rules pass over if the grammar says transparent)",
    **dict.fromkeys(("voc", "vocalic"), "write +syl or -syl; panphon has no vocalic"),
    **dict.fromkeys(("obs", "obstr", "obstruent"), "write -son for an obstruent"),
    **dict.fromkeys(("stop", "plosive"), "write -son, -cont for a stop"),
    **dict.fromkeys(("fric", "fricative"), "write -son, +cont for a fricative"),
    **dict.fromkeys(("affr", "affricate"), "write +delrel for an affricate"),
    **dict.fromkeys(("approx", "approximant"), "write +son, +cont for an approximant"),
    **dict.fromkeys(("vowel", "vow"), "write +syl for a vowel"),
    **dict.fromkeys(("glide", "semivowel"), "write -syl, -cons, +son for a glide"),
    **dict.fromkeys(("sib", "sibilant"), "write +strid for a sibilant"),
    **dict.fromkeys(("asp", "aspirated", "aspiration"), "write +sg for aspiration"),
    **dict.fromkeys(("glot", "glottalized", "ejective"), "write +cg for a glottalized segment"),
    **dict.fromkeys(("front", "fronted"), "write -back for a front vowel"),
    **dict.fromkeys(("mid",), "write -hi, -lo for a mid vowel"),
    **dict.fromkeys(("velar", "palatal", "uvular"), "write places with hi, lo and back, as +hi, +back for a velar"),
    **dict.fromkeys(("alveolar", "dental"), "write +cor, +ant for it"),
    "v": "write +syl for V",
    "c": "write -syl for C",
    "atr": "write tense, which panphon has in its place",
    **dict.fromkeys(("dor", "dorsal"), "write hi, lo and back, which panphon has in its place"),
    **dict.fromkeys(("wb", "fb"), "write # for a word edge, + for a morpheme edge"),
}
MARKS = {
    "\u0303": "+nas",
    "ː": "+long",
    ":": "+long",
    "\u0325": "-voi",
    "\u0301": "+hitone",
    "ʰ": "+sg",
    "\u0329": "+syl",
}


@dataclass(frozen=True)
class Symbols:
    """What the words of a rule may be: segments of an inventory (none: anything), and classes by name.

    ``V`` and ``C`` are [+syl] and [-syl], unless the inventory or the grammar's classes have them otherwise.
    """

    segments: Collection[str] = ()
    classes: Mapping[str, Item] = field(default_factory=dict)

    def __post_init__(self):
        given = {
            name: Item("features", name, (("syl", value),))
            for name, value in (("V", "+"), ("C", "-"))
            if name not in self.segments
        }
        object.__setattr__(self, "classes", given | dict(self.classes))

    def nothing(self, token: str) -> bool:
        """Is it a sign for nothing? 0 and Ø are, where they are no segments; ø is a vowel."""
        return token in ("∅", "⌀") or (token in ("0", "Ø") and token not in self.segments)

    @functools.cached_property
    def token(self) -> re.Pattern:
        """A token of a rule; symbols of the inventory come before the signs that they are made of."""
        odd = sorted((s for s in self.segments if set(s) & set("()$")), key=len, reverse=True)
        signs = r"[/{}\[\](),*#+$∅⌀]"
        return re.compile(
            rf"{''.join(re.escape(s) + '|' for s in odd)}(?P<arrow>{ARROW})|\[[^\[\]]*\]"
            rf"|(?P<place>_+|(?<![^\s/])[{DASH}―]+(?!\S))|{signs}|(?:(?!{ARROW})(?!{signs})[^\s_])+"
        )

    @functools.cached_property
    def run_on(self) -> re.Pattern:
        """One of several names of classes without blanks between them, as in CVC."""
        names = "|".join(map(re.escape, sorted(self.classes, key=len, reverse=True)))
        return re.compile(rf"(?P<name>{names})(?P<suffix>{SUFFIX})?")


def unknown_segment(symbol: str, segments: Collection[str], classes: Collection[str] = ()) -> str:
    """That a symbol is no segment of the inventory, and what was meant."""
    advice = meant(symbol, [*segments, *classes])
    if advice.startswith("write ") and len(advice.split()) > 4:  # a word of a language, not of a notation
        advice = ""
    if symbol == "X":
        advice = "any segments, whichever they are, are written []*"
    elif symbol.isupper() and not advice:
        advice = f'a class needs a line under [classes], as in {symbol} = "[+nas]"'
    elif symbol == "ø":
        advice = "ø is a vowel; nothing is written ∅ or 0"
    return (
        f"{symbol!r} in a rule is not in the inventory (segments are separated by blanks){advice and ': ' + advice}; "
        f"it has: {' '.join(segments)}"
    )
