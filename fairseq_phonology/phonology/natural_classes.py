"""Feature bundles and the sets of segments they stand for in one language's inventory.

Features are panphon's (Mortensen et al. 2016, COLING); a grammar may describe symbols panphon does not know.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..errors import InputError
from .ipa import MARKS, TIE_ABOVE, findings, hint, meant
from .transcription import segment

DASH = "-‐‑−–—"  # what is written for a minus
Bundle = tuple[tuple[str, str], ...]  # ((feature, "+" | "-" | "0"), …)

FEATURES = (
    *("syl", "son", "cons", "cont", "delrel", "lat", "nas", "strid", "voi", "sg", "cg", "ant", "cor", "distr", "lab"),
    *("hi", "lo", "back", "round", "velaric", "tense", "long", "hitone", "hireg"),
)
_LONG_NAMES = {
    **{"syllabic": "syl", "sonorant": "son", "consonantal": "cons", "continuant": "cont", "lateral": "lat"},
    **{"delayedrelease": "delrel", "nasal": "nas", "strident": "strid", "voice": "voi", "voiced": "voi"},
    **{"spreadglottis": "sg", "constrictedglottis": "cg", "anterior": "ant", "coronal": "cor", "labial": "lab"},
    **{"distributed": "distr", "high": "hi", "low": "lo", "rd": "round", "bk": "back"},
}


@dataclass(frozen=True)
class Implication:
    """What a change of one feature brings along.

    Attributes:
        change: the value that the segment gets, as in ``+nas``.
        of: what the segment is before, as a bundle; an empty one is any segment.
        values: values that the outcome has, or keeps from the segment before.
        leaves_open: features whose value does not matter as long as the inventory has but one such segment.
        source: where it is stated.
    """

    change: str
    of: str
    values: str
    leaves_open: str
    source: str


_TENSE = (
    "Archangeli & Pulleyblank 1994, Grounded Phonology, ch. 3: height, backness and tongue root restrict each other"
)
_BLADE = "Hayes 2009, Introductory Phonology, ch. 4: [distributed] follows from the kind of coronal"
_PLACE = "Sagey 1986; Clements & Hume 1995: an articulator replaces the other, with what depends on it"
_LABIAL = "panphon has round glides and high round vowels as [+lab]"
# never major class without nasality, and never place, height, backness, rounding, length, laterality or stridency
IMPLIED = (
    Implication("+nas", "+cons", "+son, +voi, -sg, -cg", "distr", "Chomsky & Halle 1968, 302, 316; Lombardi 1991"),
    Implication("-nas", "+cons, -cont", "-son", "distr", "Chomsky & Halle 1968, 302: a plain stop is an obstruent"),
    Implication("+cont", "+cons", "-delrel", "distr", f"Chomsky & Halle 1968, 318; {_BLADE}"),
    Implication("-cont", "+cons", "", "distr", _BLADE),
    *(Implication(change, "+cons, +cor", "", "distr", _BLADE) for change in ("+ant", "-ant", "+strid", "-strid")),
    Implication("+lab", "+cons", "-cor, +ant, -hi, -lo, -back", "", _PLACE),
    Implication("+cor", "+cons", "-lab, -hi, -lo, -back", "distr", _PLACE),
    *(Implication(f"{sign}round", "-cons", f"{sign}lab", "tense", f"{_LABIAL}; {_TENSE}") for sign in "+-"),
    Implication("+hi", "-cons", "-lo", "tense", f"Chomsky & Halle 1968, 305: no segment is both; {_TENSE}"),
    Implication("+lo", "-cons", "-hi", "tense", f"Chomsky & Halle 1968, 305: no segment is both; {_TENSE}"),
    *(Implication(change, "-cons", "", "tense", _TENSE) for change in ("-hi", "-lo", "+back", "-back")),
    *(Implication(change, "-cons", "", "tense", "panphon: most glides are [0tense]") for change in ("+syl", "-syl")),
    Implication("+sg", "", "-cg", "", "Halle & Stevens 1971: the glottis is spread or constricted"),
    Implication("+cg", "", "-sg", "", "Halle & Stevens 1971: the glottis is spread or constricted"),
)

_TELL_APART = "tell them apart under [inventory.features]"
_SPECIFIED_SEGMENT = re.compile(r"\s*(?P<base>[^\s\[\]]+)?\s*(?:\[(?P<bundle>[^\]]*)\])?\s*")


def feature_name(name: str) -> str:
    """panphon's name of a feature given by that name or by its long one; unknown names list the known ones."""
    short = _LONG_NAMES.get(name.replace("_", "").lower(), name)
    if short not in FEATURES:
        raise InputError(f"unknown feature {name!r}; known: {', '.join(FEATURES)}")
    return short


def parse_bundle(text: str) -> Bundle:
    """``"+nas, -son"`` as a bundle; ``"-"`` may be a hyphen, a minus sign or a dash, a blank may follow it."""
    bundle = []
    text = re.sub(r"(?<![^\s,])([+0-])\s+(?=\w)", r"\1", re.sub(f"[{DASH}]", "-", text))
    for part in filter(None, re.split(r"[,\s]+", text.strip())):
        if part[0] not in "+-0" or len(part) == 1:
            raise InputError(f"{part!r} is not a feature value; write +, - or 0 and a feature, as in +nas")
        bundle.append((feature_name(part[1:]), part[0]))
    return tuple(bundle)


@functools.lru_cache(maxsize=1)
def _panphon_table():
    import panphon  # lazily: reading its tables takes most of a second

    try:
        return panphon.FeatureTable()
    except UnicodeDecodeError:  # it reads them in the system's encoding
        raise InputError("panphon cannot read its tables in this system's encoding; set PYTHONUTF8=1") from None


def panphon_features(symbol: str) -> dict[str, str] | None:
    """Feature values of one symbol, or None where panphon does not know it *completely*.

    panphon silently drops what it does not know (``k͈`` comes back as ``k``): its reading is compared with the symbol.
    """
    table = _panphon_table()
    decomposed = unicodedata.normalize("NFD", symbol)
    understood = table.ipa_segs(decomposed)
    if len(understood) != 1 or unicodedata.normalize("NFD", understood[0]) != decomposed:
        return None
    values = table.word_fts(decomposed)[0]
    return {name: "+" if values[name] > 0 else "-" if values[name] < 0 else "0" for name in FEATURES}


_SIGNS = {"+": "a morpheme edge", "#": "a word edge", "$": "a syllable boundary", "∅": "nothing", "_": "a place"}


def _what_to_write(symbol: str) -> str:
    """What to write for a symbol that panphon does not know: every line that is proposed can be read."""
    if symbol in _SIGNS:
        return f"in rules it is {_SIGNS[symbol]}, and no segment: leave it out"
    if re.fullmatch(r"<.+>", symbol):
        return f'describe it under [inventory.features]: "{symbol}" = "[]", a symbol without features'
    for mark in (finding.character for finding in findings(symbol) if finding.kind in ("stress", "syllable dot")):
        return f'{mark} is no part of a segment: leave it out, or list it by itself: transparent = "{mark}"'
    if advice := hint(symbol):
        return advice
    parts = segment(symbol, "ipa")
    if len(parts) > 1 and all(map(panphon_features, parts)):
        return f"separate segments by blanks: {' '.join(parts)}"
    return f"describe it under [inventory.features], for example {_description(symbol)}"


def _description(symbol: str) -> str:
    """A line of [inventory.features]."""
    decomposed = unicodedata.normalize("NFD", symbol)
    first, tie, second = decomposed.partition(TIE_ABOVE)
    if tie and panphon_features(first) and (values := panphon_features(second)) and values["cont"] == "+":
        return f'"{symbol}" = "{second} [-cont, +delrel]", which makes an affricate of {second}'
    for end in range(len(decomposed) - 1, 0, -1):
        if panphon_features(base := decomposed[:end]):
            differing = MARKS.get(decomposed[end:]) or "+long"
            return f'"{symbol}" = "{base} [{differing}]": a segment that panphon knows and, in brackets, what differs'
    return f'"{symbol}" = "[+syl, -cons]": all the features that it has'


def _brought_along(old: Mapping[str, str], bundle: Bundle) -> tuple[dict[str, str], set[str]]:
    """The values that a change of a segment with the features ``old`` implies, and the features it leaves open."""
    changes = {value + name for name, value in bundle if old[name] != value}
    met = [row for row in IMPLIED if row.change in changes and all(old[n] == v for n, v in parse_bundle(row.of))]
    implied = {name: value for row in met for name, value in parse_bundle(row.values)}
    return implied, {name for row in met for name in row.leaves_open.split()}


class Inventory:
    """The segments of one language with their features.

    Args:
        segments: the symbols, distinct; their order is kept.
        overrides: for symbols panphon lacks or gets wrong: ``{"k͈": "k [+cg]"}`` (another symbol's features with
            changes) or ``{"X": "[+syl, -cons]"}`` (the features named, all others 0).
        transparent: symbols of forms that are no segments (stress, syllable dots): rules pass over them, no bundle
            means them, and all their features are 0.

    Raises:
        InputError: for a symbol given twice, or one without features.
    """

    def __init__(
        self, segments: Iterable[str], overrides: Mapping[str, str] | None = None, transparent: Iterable[str] = ()
    ):
        self.segments = tuple(unicodedata.normalize("NFC", s) for s in segments)
        overrides = {unicodedata.normalize("NFC", s): spec for s, spec in (overrides or {}).items()}
        twice = [s for s in self.segments if self.segments.count(s) > 1]
        if twice:
            raise InputError(f"[inventory] segments: {twice[0]!r} is listed twice; leave one out")
        strange = [s for s in overrides if s not in self.segments]
        if strange:
            raise InputError(f"features are given for {strange[0]!r}, which is not in the inventory")
        if unknown := [s for s in self.segments if s not in overrides and panphon_features(s) is None]:
            first, *others = unknown
            nor = f" (nor {', '.join(others)})" if others else ""
            raise InputError(f"[inventory] segments: panphon does not know {first!r}{nor}: {_what_to_write(first)}")
        self._features = {s: self._describe(s, overrides) for s in self.segments}
        self.transparent = frozenset(unicodedata.normalize("NFC", s) for s in transparent)
        if both := sorted(self.transparent & set(self.segments)):
            raise InputError(f"{both[0]!r} is listed as a segment and as transparent; rules see it or do not: keep one")
        self._told_apart = frozenset(overrides)

    @staticmethod
    def _describe(symbol: str, overrides: Mapping[str, str]) -> dict[str, str]:
        if symbol not in overrides:
            return panphon_features(symbol)
        match = _SPECIFIED_SEGMENT.fullmatch(overrides[symbol])
        if not match or not (match["base"] or match["bundle"] is not None):
            raise InputError(
                f'[inventory.features] {symbol!r}: found {overrides[symbol]!r}; allowed: "k [+cg]" or "[+syl, -cons]"'
            )
        values = panphon_features(match["base"]) if match["base"] else dict.fromkeys(FEATURES, "0")
        if values is None:
            advice = hint(match["base"]) or 'name a segment that it knows, or all features, as in "[+syl, -cons]"'
            raise InputError(f"[inventory.features] {symbol!r}: panphon does not know {match['base']!r}: {advice}")
        try:
            return values | dict(parse_bundle(match["bundle"] or ""))
        except InputError as error:
            raise InputError(f"[inventory.features] {symbol!r}: {error.message}") from None

    def __contains__(self, symbol: object) -> bool:
        return symbol in self._features or symbol in self.transparent

    def seen(self, form: Iterable[str]) -> tuple[str, ...]:
        """A form without the symbols that rules pass over."""
        return tuple(s for s in form if s not in self.transparent) if self.transparent else tuple(form)

    def __iter__(self):
        return iter(self.segments)

    def __len__(self) -> int:
        return len(self.segments)

    def features(self, symbol: str) -> dict[str, str]:
        """Feature values (``+``, ``-``, ``0``) of a segment of the inventory."""
        if symbol not in self:
            advice = meant(symbol, self.segments)
            raise InputError(
                f"{symbol!r} is not in the inventory, which has: {' '.join(self.segments)}{advice and '; ' + advice}"
            )
        return self._features.get(symbol) or dict.fromkeys(FEATURES, "0")

    def matching(self, bundle: Bundle) -> frozenset[str]:
        """The natural class: all segments that have every value of the bundle (all of them for an empty one)."""
        return frozenset(self.ordered(bundle))

    def ordered(self, bundle: Bundle) -> tuple[str, ...]:
        """The natural class, in the inventory's order."""
        return tuple(s for s, f in self._features.items() if all(f[name] == value for name, value in bundle))

    def distance(self, one: str, other: str, ignoring: Iterable[str] = ()) -> int:
        """The number of features in which two segments differ."""
        a, b, ignoring = self.features(one), self.features(other), frozenset(ignoring)
        return sum(a[name] != b[name] for name in FEATURES if name not in ignoring)

    def alike(self, symbol: str) -> tuple[str, ...]:
        """Other segments with the same features from panphon, which has some that differ (e ɐ, k kʲ, r ɾ) as one."""
        own = self.features(symbol)
        same = (s for s in self.segments if s != symbol and self._features[s] == own and s not in self._told_apart)
        return () if symbol in self._told_apart else tuple(same)

    def change(self, symbol: str, bundle: Bundle) -> str:
        """The segment that ``symbol`` becomes where these values change.

        ``k`` with ``[+nas]`` is no segment by itself: ``ŋ`` differs in sonority and voice, too. `IMPLIED` says what a
        change brings along; in nothing else does the outcome differ from ``symbol``.

        Raises:
            InputError: when no such segment is in the inventory, or several are: a map, or more features, say which.
        """
        outcomes = self.outcomes(symbol, bundle)
        if len(outcomes) != 1:
            raise InputError(f"{symbol!r} cannot become {written(bundle)}: {self.candidates(symbol, bundle)}")
        return outcomes[0]

    def outcomes(self, symbol: str, bundle: Bundle) -> tuple[str, ...]:
        """The segments that ``symbol`` may become, in the inventory's order: one where the change is clear.

        Candidates have the values of the bundle and differ from ``symbol`` besides in what the change implies or
        leaves open (`IMPLIED`), and in values that are 0 in either. Of several, one is the outcome if all others
        differ from ``symbol`` in whatever it does, implied values apart, and in more. None where panphon has another
        segment with the same features: what becomes of ɐ would be what becomes of e.
        """
        old = self.features(symbol)
        if all(old[name] == value for name, value in bundle):
            return (symbol,)
        if self.alike(symbol):
            return ()
        implied, open_features = _brought_along(old, bundle)
        named = {name for name, _ in bundle}
        differences = {}
        for candidate in self.segments:
            new = self.features(candidate)
            if any(new[name] != value for name, value in bundle):
                continue
            differing = {name for name in FEATURES if name not in named and new[name] != old[name]}
            differing -= {name for name in differing if implied.get(name) == new[name]}
            differing -= {"lab"} if old["syl"] == new["syl"] == "+" else set()  # u and y are [+lab] in panphon, o not
            if all(name in open_features or "0" in (old[name], new[name]) for name in differing):
                # panphon gives some sonorants [0delrel], others [-delrel]: neither says anything
                differences[candidate] = {n for n in differing if n != "delrel" or "+" in (old[n], new[n])}
        for one, own in differences.items():
            if all(own < others for other, others in differences.items() if other != one):
                return (one,)
        return tuple(differences)

    def nearest(self, symbol: str, bundle: Bundle) -> list[str]:
        """The segments that have the values of a bundle; first those for which least would have to be named besides."""
        having = self.ordered(bundle)
        named = {name for name, _ in bundle}
        lacking = {s: len(self.to_name(symbol, bundle, s, having).split()) for s in having}
        return sorted(having, key=lambda s: (lacking[s], self.distance(symbol, s, ignoring=named)))

    def candidates(self, symbol: str, bundle: Bundle, most: int = 3) -> str:
        """Why a change has no clear outcome: the segments that are nearest, and what else would have to be named."""
        outcomes = self.outcomes(symbol, bundle)
        if alike := self.alike(symbol):
            return f"panphon gives it the same features as {' '.join(alike)}: {_TELL_APART}"
        if len(outcomes) > 1:
            ways = {one: self.to_name(symbol, bundle, one, outcomes) for one in outcomes[:most]}
            added = ", ".join(f"add {way} for {one}" for one, way in ways.items())
            told = added if all(ways.values()) else f"they have the same features: {_TELL_APART}"
            return f"{' and '.join(outcomes)} are equally near ({told})"
        nearest = self.nearest(symbol, bundle)[:most]
        if not nearest:
            return f"no segment of the inventory is {written(bundle)}"
        ways = [f"{one} ({self.to_name(symbol, bundle, one, nearest)})" for one in nearest]
        return f"the nearest that are {written(bundle)} differ in more: {', '.join(ways)}"

    def to_name(self, symbol: str, bundle: Bundle, wanted: str, others: Iterable[str]) -> str:
        """The values that a bundle lacks for ``symbol`` to become ``wanted``: as few as tell it from the others."""
        old, new = self.features(symbol), self.features(wanted)
        named = {name for name, _ in bundle}
        if wanted in self.outcomes(symbol, bundle):
            rivals = [self.features(other) for other in others if other != wanted]
            telling = [n for n in FEATURES if n not in named and any(rival[n] != new[n] for rival in rivals)]
            singles = [n for n in telling if all(rival[n] != new[n] for rival in rivals)]
            # a value that the grammar's author can be expected to think of, before 0
            for name in sorted(singles, key=lambda n: new[n] == "0") or telling:
                if self.outcomes(symbol, (*bundle, (name, new[name]))) == (wanted,):
                    return new[name] + name
            return ""
        implied, open_features = _brought_along(old, bundle)
        lacking = [n for n in FEATURES if n not in named | open_features and new[n] not in (old[n], implied.get(n))]
        vowels = old["syl"] == new["syl"] == "+"
        lacking = [n for n in lacking if "0" not in (old[n], new[n]) and not (vowels and n == "lab")]
        return " ".join(new[name] + name for name in lacking)


def written(bundle: Bundle) -> str:
    """A bundle as rules write it: ``[+nas, -son]``."""
    return "[" + ", ".join(value + name for name, value in bundle) + "]"
