"""From the text of an environment, a target or an outcome to its places; `rules` makes rules of them."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace

from ...errors import InputError
from ..natural_classes import Bundle, feature_name
from .symbols import (
    DASH,
    DIGITS,
    FULL_WIDTH,
    MARKS,
    MEANING,
    NO_FEATURE,
    REFUSED,
    SIGN,
    SUFFIX,
    Symbols,
    unknown_segment,
)
from .tree import MOST_PLACES, VARIABLES, Item, simple

INSTEAD = {
    **dict.fromkeys("_/", "; several environments are several rules, written as a list"),
    ",": "; one or the other is written in braces, {a, b}",
    "∅": "; what may be absent stands in parentheses",
}
_SHOWN = 150  # characters of a long rule that a message has, on either side of the fault
VALUELESS = "a feature is written with its value, as in +nas, -nas or αback"


@dataclass
class Numbered:
    """A use of a class with a number: an index, or how many at least."""

    name: str
    number: int
    plain: bool
    changes: bool  # in target or outcome
    position: int


class Parser:
    """Recursive descent over the tokens of one rule."""

    def __init__(self, text: str, symbols: Symbols | None):
        self.symbols = symbols or Symbols()
        self.text = unicodedata.normalize("NFC", text)
        found = self.symbols.token.finditer(self.text.translate(FULL_WIDTH))
        self.tokens = [("->" if m["arrow"] else "_" if m["place"] else m.group(), m.start(), m.end()) for m in found]
        self.tokens.append(("end", len(self.text), len(self.text)))
        self.next = self.depth = 0
        self.numbers: list[Numbered] = []
        self.changes = self.on_left = False  # inside target or outcome; inside the left side of the environment

    def error(self, problem: str, position: int | None = None) -> InputError:
        at = self.tokens[self.next][1] if position is None else position
        before, behind = self.text[:at], self.text[at:]
        if len(self.text) > 2 * _SHOWN:
            before = before if at <= _SHOWN else f"…{before[-_SHOWN:]}"
            behind = behind if len(behind) <= _SHOWN else f"{behind[:_SHOWN]}…"
        return InputError(f"cannot read the rule at ▸ in “{before}▸{behind}”: {problem}")

    def peek(self) -> str:
        return self.tokens[self.next][0]

    def take(self) -> tuple[str, int]:
        token, position, _ = self.tokens[self.next]
        self.next += 1
        return token, position

    def touches(self) -> bool:
        """Does the next token follow without a blank?"""
        return self.next > 0 and self.tokens[self.next][1] == self.tokens[self.next - 1][2]

    def expect(self, wanted: str) -> None:
        if self.peek() != wanted:
            shown = f"{wanted!r} ({MEANING[wanted]})" if wanted != "end" else "nothing more"
            found = "the rule ends" if self.peek() == "end" else f"found {self.peek()!r}"
            several = ("_", "/") if wanted == "end" else ()
            more = "; several environments are several rules, written as a list" if self.peek() in several else ""
            raise self.error(f"expected {shown}, {found}{more}")
        self.next += wanted != "end"

    def phoneme(self, at: int) -> bool:
        """Is there a symbol between slashes, as in /t/?"""
        names = [token for token, _, _ in self.tokens[at : at + 3]]
        touching = len(names) == 3 and self.tokens[at][2] == self.tokens[at + 1][1]
        return touching and self.tokens[at + 1][2] == self.tokens[at + 2][1] and names[::2] == ["/", "/"]

    def items(self, stop: set[str]) -> tuple[Item, ...]:
        items = []
        while self.peek() not in stop | {"end"}:
            items.append(self.item())
        return tuple(items)

    def item(self, role: str = "") -> Item:
        """One place."""
        self.depth += 1
        if self.depth > MOST_PLACES:
            raise self.error(f"{MOST_PLACES} places stand one inside the other; write it flat")
        item = self.suffixed(self.plain_item(role))
        self.depth -= 1
        return item

    def plain_item(self, role: str) -> Item:
        """One place, without what is written behind it."""
        token, position = self.take()
        later = [one for one, *_ in self.tokens[self.next :]]
        if "|" in token and token not in self.symbols.segments and "_" in later and "/" not in later:
            raise self.error("write / before the environment", position + token.index("|"))
        if token == "/" and self.phoneme(self.next - 1):
            token, position = self.take()
            self.take()
        if token in self.symbols.segments:
            item = Item("segment", token, position=position)
        elif token == "{":
            item = Item("any", options=self.alternatives(), position=position)
        elif token == "(":
            item = Item("optional", options=self.items(stop={")", "_"}), position=position)
            if self.peek() != ")":
                raise self.error("expected ')'; one part of the environment is optional, and not the place of change")
            self.take()
        elif token.startswith("[") and token.endswith("]"):
            item = self.bracket(token[1:-1], position)
        elif token in ("#", "$", "+"):
            kind = {"#": "word edge", "$": "syllable edge", "+": "morpheme edge"}[token]
            item = Item(kind, position=position)
            while token == "#" == self.peek() and self.touches():  # SPE's ##
                self.take()
            bound = self.next > 1 and position == self.tokens[self.next - 2][2] and self.tokens[self.next - 2][0] != "_"
            if token == "+" and bound and self.peek() == "#":
                raise self.error("+ is the edge of a morpheme; one or more X are written X₁", position)
            if token == "+" and self.touches() and self.is_feature(self.peek()):
                raise self.error(f"features stand in brackets: [+{self.peek()}]", position)
        elif token in ("end", "->", "/", "_", "}", "[", "]", ",", "*", ")") or self.symbols.nothing(token):
            if "σ" in self.text[max(0, position - 1) : position + 3]:
                raise self.error(REFUSED["σ"], position)
            found = "the rule ends" if token == "end" else f"found {token!r}"
            expected = "a segment, [features], a class, {alternatives}, (optional), #, $ or +"
            instead = INSTEAD.get("∅" if self.symbols.nothing(token) else token, "")
            if self.changes and self.symbols.nothing(token):
                instead = "; what is inserted or deleted has a rule of its own"
            raise self.error(f"expected {expected}, {found}{instead}", position)
        else:
            item = self.word(token, position, role)
            if item.kind != "segment" and self.touches() and SIGN.match(self.peek()[1:].strip()):
                raise self.error(
                    "with a blank these are two places; one of both has all values in one bundle", position
                )
        return item

    def suffixed(self, item: Item) -> Item:
        """With what is written behind a bracket, or a star."""
        if self.peek() == "*":
            self.take()
            return self.many(item)
        bracketed = item.kind in ("any", "optional", "features") and not item.symbol
        if bracketed and self.touches() and (match := re.fullmatch(SUFFIX, self.peek())):
            _, position = self.take()
            return self.with_suffix(item, re.sub(r"\s", "", self.text[item.position : position]), match)
        return item

    def many(self, item: Item) -> Item:
        """Any number of it."""
        if item.kind == "optional" and len(item.options) == 1:
            item = replace(item.options[0], position=item.position)
        if not simple(item) or item.kind.endswith("edge") or item.index:
            raise self.error(
                "any number of one segment or class can be said, not of a sequence; a rule that applies again and "
                "again is written with apply",
                item.position,
            )
        return replace(item, repeated=True)

    def with_suffix(self, item: Item, name: str, match: re.Match) -> Item:
        """X₀ any number, X₁ at least one or an index, Xᵢ an index, X₁² one or two."""
        low, high = match["low"].translate(DIGITS), (match["high"] or "").translate(DIGITS)
        if low == "0" and not high:
            return self.many(item)
        if high:
            more: tuple[Item, ...] = ()
            for _ in range(int(high) - int(low)):
                more = (Item("optional", options=(item, *more)),)
            always = (item,) * int(low)  # beside the target
            return Item("sequence", options=more + always if self.on_left else always + more)
        if not simple(item):
            raise self.error("only one segment or class can be numbered", item.position)
        if low.isdigit():
            use = Numbered(name, int(low), match["low"].isascii(), self.changes, item.position)
            self.numbers.append(use)
        return replace(item, index=name + low)

    def word(self, token: str, position: int, role: str = "") -> Item:
        """A segment, a class, or classes without blanks between them."""
        segments, classes = self.symbols.segments, self.symbols.classes
        if token in segments:
            return Item("segment", token, position=position)
        if token in classes:
            return replace(classes[token], position=position)
        if role == "outcome" and re.fullmatch(r"[0-9₀-₉]", token):
            return Item("copy", token.translate(DIGITS), position=position)
        if role == "target" and re.fullmatch(r"[0-9₀-₉]", token):
            raise self.error(
                "a number stands for a place of the target: first write the segments, V C -> 2 1", position
            )
        if token == ".":
            return Item("syllable edge", position=position)
        if token[0] in REFUSED or token.startswith("..."):
            raise self.error(REFUSED["…" if token[0] == "." else token[0]], position)
        names = list(self.symbols.run_on.finditer(token)) if classes else []
        if "".join(m.group() for m in names) == token:
            found = []
            for m in names:
                item = replace(classes[m["name"]], position=position + m.start())
                found.append(self.with_suffix(item, m["name"], m) if m["suffix"] else item)
            return found[0] if len(found) == 1 else Item("sequence", options=tuple(found), position=position)
        if (suffix := re.fullmatch(r"(?P<base>.+?)(?P<low>[₀-₉]|[ᵢⱼₖ])(?P<high>[⁰¹²³⁴-⁹])?", token)) and (
            not segments or suffix["base"] in segments
        ):
            return self.with_suffix(Item("segment", suffix["base"], position=position), suffix["base"], suffix)
        decomposed = unicodedata.normalize("NFD", token)
        if decomposed[0] in classes and (value := MARKS.get(decomposed[1:])):
            whole = f"[{value}]" if role == "outcome" else f"[{'-' if decomposed[0] == 'C' else '+'}syl, {value}]"
            raise self.error(f"a class takes no mark; write features, {whole}", position)
        if SIGN.match(token) and self.is_feature(SIGN.sub("", token, count=1)):
            raise self.error(f"features stand in brackets: [{token}]", position)
        if segments:
            raise self.error(unknown_segment(token, segments, classes), position)
        return Item("segment", token, position=position)

    def alternatives(self) -> tuple[Item, ...]:
        options = []
        while not options or self.peek() == ",":
            if options:
                self.take()
            parts = [self.item()]
            while self.peek() not in (",", "}", "end", "_", "->", "/"):
                parts.append(self.item())
            several = Item("sequence", options=tuple(parts))
            options.append(several if len(parts) > 1 else parts[0])
        if self.peek() != "}":
            more = "; several environments are several rules, written as a list" if self.peek() == "_" else ""
            raise self.error(f"expected ',' or '}}' in the alternatives{more}")
        if len(options) == 1 and options[0].kind == "sequence":
            raise self.error("expected ',' or '}' in the alternatives", options[0].options[1].position)
        self.take()
        return tuple(options)

    def bracket(self, text: str, position: int) -> Item:
        """A bundle, or a phone in brackets."""
        name = text.strip()
        if name and not SIGN.match(name) and not re.search(r"[\s,]", name):
            phone = name in self.symbols.segments or name in self.symbols.classes
            if phone or not (name.lower() in NO_FEATURE or self.is_feature(name) or self.is_feature(name[1:])):
                return self.word(name, position + 1 + text.index(name))
        return Item("features", bundle=self.bundle(text, position + 1), position=position)

    def is_feature(self, name: str) -> bool:
        """Is it the name of a feature, and of no segment?"""
        try:
            return name not in self.symbols.segments and bool(feature_name(name))
        except InputError:
            return False

    def bundle(self, text: str, position: int) -> Bundle:
        """Values and features, blanks between them or not; a feature may have a name of two words."""
        found: list[list] = []  # value, words of the name, where
        end = 0
        for match in re.finditer(r"[^,;\s]+", text):
            word, at = match.group(), position + match.start()
            sign = SIGN.match(word)
            if "<" in word or "⟨" in word:
                raise self.error(REFUSED["⟨"], at)
            if found and not found[-1][1] and not (sign and sign.group()[-1] in VARIABLES and found[-1][0] in DASH):
                found[-1][1].append(word)
            elif found and not found[-1][1]:  # - αback
                found[-1][:2] = ["-" + sign.group()[-1], [word[sign.end() :]] if word[sign.end() :] else []]
            elif sign:
                found.append([sign.group(), [word[sign.end() :]] if word[sign.end() :] else [], at])
            elif found and not set(",;") & set(text[end : match.start()]):
                found[-1][1].append(word)
            else:
                if self.is_feature(word[1:]):
                    raise self.error(f"{word[0]} is no value; write +, - or 0, or α (U+03B1) for agreement", at)
                words = re.findall(r"[^\W\d_]+", text.lower())
                raise self.error(next((NO_FEATURE[w] for w in words if w in NO_FEATURE), VALUELESS), at)
            end = match.end()
        return tuple(self.feature(value, words, at) for value, words, at in found)

    def feature(self, value: str, words: list[str], at: int) -> tuple[str, str]:
        name = "".join(words).replace(".", "")
        if not name:
            raise self.error(VALUELESS, at)
        if value == "±":
            raise self.error("± is two values; write α where they agree, or leave the feature out", at)
        if len(words) == 1 and (advice := NO_FEATURE.get(name.lower())):
            raise self.error(advice, at)
        try:
            return feature_name(name), re.sub(rf"[{DASH}]", "-", value)
        except InputError as problem:
            raise self.error(problem.message, at) from None
