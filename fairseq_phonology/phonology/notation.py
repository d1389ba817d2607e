"""The notation of rules, ``A -> B / C _ D``: from text to a tree. `process` defines what the tree means.

Literals, feature bundles ``[+nas]`` (``[αback]`` for agreement), alternatives ``{a, b}``, ``#`` word edge, ``+``
morpheme edge, ``X*`` any number of X, ``∅`` nothing. Segments are separated by blanks.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace

from ..errors import InputError
from .natural_classes import Bundle, feature_name

VARIABLES = "αβγδ"
_MEANING = {"->": "an arrow", "/": "a slash", "_": "the place of change", "end": "the end"}
_TOKEN = re.compile(r"->|→|\[[^\[\]]*\]|[/_{}\[\],*#+∅]|(?:(?!->)[^\s/_{}\[\],*#+∅→])+")


@dataclass(frozen=True)
class Item:
    """One place of a rule.

    Attributes:
        kind: ``segment``, ``features``, ``any`` (alternatives), ``word edge`` or ``morpheme edge``.
        symbol: the segment, for the kind ``segment``.
        bundle: the feature values, for the kind ``features``; a value may be a variable (``α``).
        options: the alternatives, for the kind ``any``.
        repeated: written with ``*``: any number of them, none included.
        position: where in the rule's text it stands, from 0.
    """

    kind: str
    symbol: str = ""
    bundle: Bundle = ()
    options: tuple[Item, ...] = ()
    repeated: bool = False
    position: int = 0

    def variables(self) -> set[str]:
        """The variables (α, β, …) in this place."""
        own = {value[-1] for _, value in self.bundle if value[-1] in VARIABLES}
        return own.union(*(option.variables() for option in self.options))

    def binds(self) -> set[str]:
        """The variables that get a value wherever this place is matched."""
        if self.repeated:
            return set()
        if self.options:
            return set.intersection(*(option.binds() for option in self.options))
        return self.variables()

    def with_values(self, values: dict[str, str]) -> Item:
        """This place with its variables replaced: ``α`` by its value, ``-α`` by the opposite."""
        opposite = {"+": "-", "-": "+"}
        bundle = tuple(
            (name, v if v[-1] not in VARIABLES else values[v] if len(v) == 1 else opposite[values[v[-1]]])
            for name, v in self.bundle
        )
        return replace(self, bundle=bundle, options=tuple(o.with_values(values) for o in self.options))


@dataclass(frozen=True, eq=False)  # compared by identity: rules are looked up once for every word
class Rule:
    """``target -> outcome / left _ right``. A target of None inserts, an outcome of None deletes."""

    text: str
    target: Item | None
    outcome: Item | None
    left: tuple[Item, ...] = ()
    right: tuple[Item, ...] = ()


def parse_rule(text: str) -> Rule:
    """A rule from its text.

    Raises:
        InputError: the text with ``▸`` before the place that cannot be read, and what is expected there.
    """
    return _Parser(text).rule()


def parse_sequence(text: str) -> tuple[Item, ...]:
    """A sequence of places without target, such as a forbidden sequence ``t͡ɕ j``."""
    parser = _Parser(text)
    items = parser.items(stop={"end"})
    parser.expect("end")
    return items


class _Parser:
    """Recursive descent over the tokens of one rule."""

    def __init__(self, text: str):
        self.text = unicodedata.normalize("NFC", text)
        self.tokens = [(m.group(), m.start()) for m in _TOKEN.finditer(self.text)]
        self.tokens.append(("end", len(self.text)))
        self.next = 0

    def error(self, problem: str, position: int | None = None) -> InputError:
        at = self.tokens[self.next][1] if position is None else position
        return InputError(f"cannot read the rule at ▸ in “{self.text[:at]}▸{self.text[at:]}”: {problem}")

    def peek(self) -> str:
        return {"→": "->"}.get(token := self.tokens[self.next][0], token)

    def take(self) -> tuple[str, int]:
        token, position = self.peek(), self.tokens[self.next][1]
        self.next += 1
        return token, position

    def expect(self, wanted: str) -> None:
        if self.peek() != wanted:
            shown = f"{wanted!r} ({_MEANING[wanted]})" if wanted != "end" else "nothing more"
            found = "the rule ends" if self.peek() == "end" else f"found {self.peek()!r}"
            raise self.error(f"expected {shown}, {found}")
        self.next += wanted != "end"

    def rule(self) -> Rule:
        target = self.changing("target")
        self.expect("->")
        outcome = self.changing("outcome")
        left = right = ()
        if self.peek() != "end":
            self.expect("/")
            left = self.items(stop={"_"})
            self.expect("_")
            right = self.items(stop={"end"})
        self.expect("end")
        rule = Rule(self.text, target, outcome, left, right)
        self.check(rule)
        return rule

    def changing(self, role: str) -> Item | None:
        """Target or outcome: one place, or ∅."""
        if self.peek() == "∅":
            self.take()
            return None
        item = self.item()
        if item.repeated or item.kind in ("word edge", "morpheme edge"):
            raise self.error(f"the {role} is one segment, a bundle, alternatives or ∅", item.position)
        return item

    def items(self, stop: set[str]) -> tuple[Item, ...]:
        items = []
        while self.peek() not in stop | {"end"}:
            items.append(self.item())
        return tuple(items)

    def item(self) -> Item:
        token, position = self.take()
        if token == "{":
            item = Item("any", options=self.alternatives(), position=position)
        elif token.startswith("[") and token.endswith("]"):
            item = Item("features", bundle=self.bundle(token[1:-1], position + 1), position=position)
        elif token == "#":
            item = Item("word edge", position=position)
        elif token == "+":
            item = Item("morpheme edge", position=position)
        elif token in ("end", "->", "/", "_", "}", "[", "]", ",", "*", "∅"):
            found = "the rule ends" if token == "end" else f"found {token!r}"
            expected = "a segment, [features], {alternatives}, # or +"
            raise self.error(f"expected {expected}, {found}", position)
        else:
            item = Item("segment", symbol=token, position=position)
        if self.peek() == "*":
            self.take()
            item = replace(item, repeated=True)
        return item

    def alternatives(self) -> tuple[Item, ...]:
        options = [self.item()]
        while self.peek() == ",":
            self.take()
            options.append(self.item())
        if self.peek() != "}":
            raise self.error("expected ',' or '}' in the alternatives")
        self.take()
        return tuple(options)

    def bundle(self, text: str, position: int) -> Bundle:
        bundle = []
        for match in re.finditer(r"[^,\s]+", text):
            value = re.match(rf"[-−]?[{VARIABLES}]|[+\-−0]", match.group())
            name = match.group()[value.end() :] if value else ""
            if not name:
                raise self.error(
                    "a feature is written with its value, as in +nas, -nas or αback", position + match.start()
                )
            try:
                bundle.append((feature_name(name), value.group().replace("−", "-")))
            except InputError as problem:
                raise self.error(problem.message, position + match.start()) from None
        return tuple(bundle)

    def check(self, rule: Rule) -> None:
        """What the grammar of the notation allows and a rule cannot mean."""
        if rule.target is None and rule.outcome is None:
            raise self.error("∅ cannot become ∅", 0)
        if rule.target is None and rule.outcome.kind != "segment":
            raise self.error("what is inserted is one segment, written out", rule.outcome.position)
        if (
            rule.outcome is not None
            and rule.outcome.kind == "any"
            and not (
                rule.target.kind == "any"
                and len(rule.target.options) == len(rule.outcome.options)
                and all(o.kind == "segment" for o in rule.target.options + rule.outcome.options)
            )
        ):
            raise self.error(
                "{x, y} -> {u, v} needs as many segments on either side, written out", rule.outcome.position
            )
        matched = [item for item in (rule.target, *rule.left, *rule.right) if item]
        bound = set().union(*(item.binds() for item in matched))
        for item in [*matched, *([rule.outcome] if rule.outcome else [])]:
            if unbound := item.variables() - bound:
                where = "target or environment (a place with * or one of several alternatives gives none)"
                raise self.error(f"{min(unbound)} has no value from {where}", item.position)
        for side, edge in ((rule.left, 0), (rule.right, -1)):
            for n, item in enumerate(side):
                if item.kind == "word edge" and n != (len(side) + edge) % len(side):
                    raise self.error("# is allowed only at the outer end of an environment", item.position)
