"""Feature bundles and the sets of segments they stand for in one language's inventory.

Features are panphon's (Mortensen et al. 2016, COLING); a grammar may describe symbols panphon does not know.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterable, Mapping

from ..errors import InputError

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
_SPECIFIED_SEGMENT = re.compile(r"\s*(?P<base>[^\s\[\]]+)?\s*(?:\[(?P<bundle>[^\]]*)\])?\s*")


def feature_name(name: str) -> str:
    """panphon's name of a feature given by that name or by its long one; unknown names list the known ones."""
    short = _LONG_NAMES.get(name.replace("_", "").lower(), name)
    if short not in FEATURES:
        raise InputError(f"unknown feature {name!r}; known: {', '.join(FEATURES)}")
    return short


def parse_bundle(text: str) -> Bundle:
    """``"+nas, -son"`` as a bundle; ``"-"`` may be a hyphen or a minus sign."""
    bundle = []
    for part in filter(None, re.split(r"[,\s]+", text.replace("−", "-").strip())):
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


class Inventory:
    """The segments of one language with their features.

    Args:
        segments: the symbols, distinct; their order is kept.
        overrides: for symbols panphon lacks or gets wrong: ``{"k͈": "k [+cg]"}`` (another symbol's features with
            changes) or ``{"X": "[+syl, -cons]"}`` (the features named, all others 0).

    Raises:
        InputError: for a symbol given twice, or one without features.
    """

    def __init__(self, segments: Iterable[str], overrides: Mapping[str, str] | None = None):
        self.segments = tuple(unicodedata.normalize("NFC", s) for s in segments)
        overrides = {unicodedata.normalize("NFC", s): spec for s, spec in (overrides or {}).items()}
        twice = [s for s in self.segments if self.segments.count(s) > 1]
        if twice:
            raise InputError(f"segment {twice[0]!r} is listed twice in the inventory")
        strange = [s for s in overrides if s not in self.segments]
        if strange:
            raise InputError(f"features are given for {strange[0]!r}, which is not in the inventory")
        self._features = {s: self._describe(s, overrides) for s in self.segments}

    @staticmethod
    def _describe(symbol: str, overrides: Mapping[str, str]) -> dict[str, str]:
        if symbol not in overrides:
            values = panphon_features(symbol)
            if values is None:
                raise InputError(
                    f"panphon does not know {symbol!r}; describe it under [inventory.features], "
                    f'for example "{symbol}" = "{symbol[0]} [+cg]"'
                )
            return values
        match = _SPECIFIED_SEGMENT.fullmatch(overrides[symbol])
        if not match or not (match["base"] or match["bundle"]):
            raise InputError(
                f'features of {symbol!r}: found {overrides[symbol]!r}; allowed: "k [+cg]" or "[+syl, -cons]"'
            )
        values = panphon_features(match["base"]) if match["base"] else dict.fromkeys(FEATURES, "0")
        if values is None:
            raise InputError(f"features of {symbol!r}: panphon does not know {match['base']!r} either")
        return values | dict(parse_bundle(match["bundle"] or ""))

    def __contains__(self, symbol: object) -> bool:
        return symbol in self._features

    def __iter__(self):
        return iter(self.segments)

    def __len__(self) -> int:
        return len(self.segments)

    def features(self, symbol: str) -> dict[str, str]:
        """Feature values (``+``, ``-``, ``0``) of a segment of the inventory."""
        if symbol not in self:
            raise InputError(f"{symbol!r} is not in the inventory, which has: {' '.join(self.segments)}")
        return self._features[symbol]

    def matching(self, bundle: Bundle) -> frozenset[str]:
        """The natural class: all segments that have every value of the bundle (all of them for an empty one)."""
        return frozenset(s for s, f in self._features.items() if all(f[name] == value for name, value in bundle))

    def distance(self, one: str, other: str, ignoring: Iterable[str] = ()) -> int:
        """The number of features in which two segments differ."""
        a, b, ignoring = self.features(one), self.features(other), frozenset(ignoring)
        return sum(a[name] != b[name] for name in FEATURES if name not in ignoring)

    def change(self, symbol: str, bundle: Bundle) -> str:
        """The segment that has the changed values and the fewest other differences from ``symbol``.

        ``k`` with ``[+nas]`` is no segment by itself (``ŋ`` differs in sonority and voice, too): the inventory decides.

        Raises:
            InputError: when no segment has these values, or two are equally near: a map has to say which.
        """
        changed = self.features(symbol) | dict(bundle)
        if changed == self.features(symbol):
            return symbol
        written = "[" + ", ".join(value + name for name, value in bundle) + "]"
        names = {name for name, _ in bundle}
        candidates = {s: self.distance(symbol, s, ignoring=names) for s in self.matching(bundle)}
        if not candidates:
            raise InputError(f"{symbol!r} cannot become {written}: no segment of the inventory has these values")
        least = min(candidates.values())
        nearest = [s for s in self.segments if candidates.get(s) == least]
        if len(nearest) > 1:
            raise InputError(
                f"{symbol!r} with {written} is ambiguous: {' and '.join(map(repr, nearest))} are equally near "
                f"({least} features differ besides); say which with a map, for example {symbol} -> {nearest[0]}"
            )
        return nearest[0]
