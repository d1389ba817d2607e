"""From the text of a rule, or of a forbidden sequence, to the tree of what it says; `process` defines what it means."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ...errors import InputError
from ..natural_classes import Inventory
from .parser import Parser
from .symbols import Symbols
from .tree import Item, Rule, simple, spelled_out


def parse_rule(text: str, symbols: Symbols | None = None) -> Rule:
    """A rule from its text.

    Args:
        text: the rule.
        symbols: the segments and classes it may name; by default any segment, V and C.

    Raises:
        InputError: the text with ``▸`` before the place that cannot be read, and what is expected there.
    """
    return _RuleParser(text, symbols).rule()


def parse_sequence(text: str, symbols: Symbols | None = None) -> tuple[Item, ...]:
    """A sequence of places without target, such as a forbidden sequence ``t͡ɕ j``."""
    parser = _RuleParser(text, symbols)
    items = parser.items(stop={"end"})
    parser.expect("end")
    return parser.numbered(items)


def read_classes(table: Mapping[str, Any], inventory: Inventory) -> Symbols:
    """The symbols of a grammar's rules, with the classes of its ``[classes]``, each of which may name those before it.

    Args:
        table: name -> a list of segments, or a class as rules write it: a bundle, alternatives, segments with blanks.
        inventory: its segments, and the symbols that rules pass over.

    Raises:
        InputError: a name that is a segment or no name; a class that is none.
    """
    known = dict.fromkeys([*inventory, *sorted(inventory.transparent)])
    symbols = Symbols(known)
    for name, value in table.items():
        if name in known or not re.fullmatch(r"[^\W\d_]+", name):
            what = "a segment of the inventory" if name in known else "no name"
            raise InputError(f"[classes] {name!r} is {what}; a class has a name of letters that no segment has")
        text = " ".join(value) if isinstance(value, list) and all(isinstance(s, str) for s in value) else value
        if not isinstance(text, str) or not text.strip():
            raise InputError(f'[classes] {name}: found {value!r}; allowed: "[+nas]", "{{p, t}}" or ["p", "t"]')
        try:
            items = parse_sequence(text, symbols)
        except InputError as problem:
            raise InputError(f"[classes] {name}: {problem.message}") from None
        if any(item.kind not in ("segment", "features", "any") or item.repeated or not simple(item) for item in items):
            raise InputError(f"[classes] {name}: found {text!r}; a class is made of segments and bundles")
        one = items[0] if len(items) == 1 and items[0].kind != "segment" else Item("any", options=items)
        symbols = Symbols(known, {**symbols.classes, name: replace(one, symbol=name)})
    return symbols


def rules_of_map(table: Mapping[str, str], environment: str, symbols: Symbols) -> list[str]:
    """The rules that say what a map says: what is deleted, what becomes something else at once, what is inserted."""
    environment = re.sub(r"^\s*/(?=[\s_])", "", environment)
    pairs = [tuple("∅" if not s or symbols.nothing(s) else s for s in pair) for pair in table.items()]
    deleted = [a for a, b in pairs if b == "∅" != a]
    changed = [pair for pair in pairs if "∅" not in pair]
    rules = [f"{{{', '.join(deleted)}}} -> ∅ / {environment}"] if deleted else []
    if changed:
        before, after = (", ".join(column) for column in zip(*changed, strict=True))
        rules.append(f"{{{before}}} -> {{{after}}} / {environment}")
    return rules + [f"∅ -> {b} / {environment}" for a, b in pairs if a == "∅"]


class _RuleParser(Parser):
    """What comes before and behind the arrow and the slash, and what a rule cannot mean."""

    def rule(self) -> Rule:
        self.changes = True
        target = self.changing("target")
        self.expect("->")
        outcome = self.changing("outcome")
        self.changes = False
        left = right = ()
        environment = ""
        if self.peek() != "end":
            self.expect("/")
            environment = self.text[self.tokens[self.next][1] :].strip()
            self.on_left = True
            left = self.items(stop={"_"})
            self.on_left = False
            self.expect("_")
            right = self.items(stop={"end"})
        self.expect("end")
        left, right = self.numbered(left, left_side=True), self.numbered(right)
        if len(target) > 1 or len(outcome) > 1:
            order = self.order(target, outcome)
            fixed, moving = 0, len(order)
            while order[fixed] == fixed:
                fixed += 1
            while order[moving - 1] == moving - 1:
                moving -= 1
            left, right = (*left, *target[:fixed]), (*target[moving:], *right)
            places = tuple(n - fixed for n in order[fixed:moving])
            rule = Rule(
                self.text, target[fixed], None, left, right, tuple(target[fixed + 1 : moving]), places, environment
            )
        else:
            rule = Rule(
                self.text,
                *((some[0] if some else None) for some in (target, outcome)),
                left,
                right,
                environment=environment,
            )
            self.check_change(rule)
        self.check(rule)
        return rule

    def changing(self, role: str) -> list[Item]:
        """Target or outcome: one place, several for metathesis, or none for ∅."""
        if self.symbols.nothing(self.peek()):
            self.take()
            if self.peek() not in ("->", "/", "end"):
                raise self.error("∅ stands alone: nothing is inserted or deleted beside something else")
            return []
        items = []
        while not items or (self.peek() not in ("->", "_", "end") and (self.peek() != "/" or self.phoneme(self.next))):
            if items and self.symbols.nothing(self.peek()):
                raise self.error(f"∅ in the {role} stands alone; what changes and what is deleted are two rules")
            item = self.item(role)
            some = item.options if item.kind == "sequence" else (item,)
            for one in some:
                if one.repeated or one.kind not in ("segment", "features", "any", "copy"):
                    raise self.error(
                        f"the {role} is one segment, a bundle, alternatives or ∅; what is optional or repeated, and "
                        "edges, stand in the environment",
                        one.position,
                    )
                if not simple(one):
                    raise self.error(f"the {role} has one segment in each alternative", one.position)
            items += some
        return items

    def numbered(self, items: Sequence[Item], left_side: bool = False) -> tuple[Item, ...]:
        """The environment, where it is said now whether a number is an index or the fewest of them."""
        return tuple(self.counted(item, left_side) for item in items)

    def counted(self, item: Item, left_side: bool) -> Item:
        inside = tuple(self.counted(option, left_side) for option in item.options)
        item = replace(item, options=inside) if inside else item
        uses = [use for use in self.numbers if use.name + str(use.number) == item.index]
        if not uses:
            return item
        alike = [use for use in self.numbers if use.name == uses[0].name]
        if any(use.changes for use in alike) or (len(alike) > 1 and all(use.plain for use in alike)):
            return item
        name, number = uses[0].name, uses[0].number
        if len(uses) > 1:
            raise self.error(
                f"{name} with the same number twice: write {name}ᵢ … {name}ᵢ for the same segment, "
                f"{' '.join([name] * number)} {name}₀ for at least {number}",
                uses[1].position,
            )
        one = replace(item, index="")
        parts = (*[one] * number, replace(one, repeated=True))
        return Item("sequence", options=parts[::-1] if left_side else parts)

    def order(self, target: list[Item], outcome: list[Item]) -> tuple[int, ...]:
        """In which order the places of a target end; only that can be said of several."""

        def alike(item: Item) -> Item:
            return replace(item, position=0, options=tuple(map(alike, item.options)))

        if len(target) < 2:
            what = "what is inserted is one segment" if not target else "one segment becomes one"
            raise self.error(f"{what}; write a rule for each, ∅ -> … to insert", outcome[1].position)
        if not outcome:
            raise self.error("several segments are deleted by a rule for each, as a -> ∅ / _ i", target[0].position)
        one, other = ([item.symbol for item in some if item.kind == "segment"] for some in (target, outcome))
        if len(one) == len(target) == len(other) == len(outcome) and set(one) != set(other):
            raise self.error(
                "a row of segments is a sequence; for one change of each, write braces, "
                f"{{{', '.join(one)}}} -> {{{', '.join(other)}}}",
                outcome[0].position,
            )
        labels = [item.index[-1:] if item.index[-1:].isdigit() else str(n) for n, item in enumerate(target, 1)]
        found = []
        for item in outcome:
            if item.kind == "copy":
                fits = [n for n, label in enumerate(labels) if label == item.symbol]
            else:
                fits = [n for n, one in enumerate(target) if alike(one) == alike(item)]
            if len(fits) != 1:
                raise self.error(
                    "several segments can only change places here, as in V C -> 2 1; for a fusion (a i -> e) write "
                    "what changes (a -> e / _ i) and what is deleted (i -> ∅ / e _), as a list",
                    item.position,
                )
            found += fits
        if len(set(found)) < len(found):
            raise self.error(
                "copying is no change of places; a reduplicant is built segment by segment before its edge: "
                "∅ -> V1 / # _ + C V1, then ∅ -> C1 / # _ V + C1",
                outcome[0].position,
            )
        if len(found) < len(target):
            raise self.error("what does not change places is deleted by a rule of its own", outcome[-1].position)
        if found == sorted(found):
            raise self.error("nothing changes places", outcome[0].position)
        return tuple(found)

    def check_change(self, rule: Rule) -> None:
        """Whether target and outcome, one place each, make a change."""
        target, outcome = rule.target, rule.outcome
        if target is None and outcome is None:
            raise self.error("∅ cannot become ∅", 0)
        if outcome is None:
            return
        if outcome.kind == "copy":
            raise self.error("a number stands for a place of a longer target, as in V C -> 2 1", outcome.position)
        if outcome.index:
            return
        if target is None and outcome.kind != "segment":
            raise self.error(
                "what is inserted is one segment, written out, or one of the environment, as V1 in ∅ -> V1 / C _ C V1",
                outcome.position,
            )
        if outcome.kind == "features" and outcome.symbol:
            raise self.error(
                f"{outcome.symbol} is a class; the outcome is a segment, or features that change",
                outcome.position,
            )
        if outcome.kind == "any" and not (
            target.kind == "any"
            and len(target.options) == len(outcome.options)
            and all(o.kind == "segment" for o in target.options + outcome.options)
        ):
            raise self.error("{x, y} -> {u, v} needs as many segments on either side, written out", outcome.position)

    def check(self, rule: Rule) -> None:
        """What the grammar of the notation allows and a rule cannot mean."""
        try:
            sides = [(some, 0) for some in spelled_out(rule.left)], [(some, -1) for some in spelled_out(rule.right)]
        except InputError as problem:
            raise self.error(problem.message, 0) from None
        for side, edge in (*sides[0], *sides[1]):
            for n, item in enumerate(side):
                if item.kind == "word edge" and n != (len(side) + edge) % len(side):
                    raise self.error("# is allowed only at the outer end of an environment", item.position)
        changing = [item for item in (rule.target, *rule.moved) if item]
        bound = set().union(*(item.binds() for item in changing))
        indexed = {item.index for item in changing}
        for readings in sides:
            bound |= set.intersection(*(set().union(*(i.binds() for i in some)) for some, _ in readings))
            indexed |= set.intersection(*({i.index for i in some} for some, _ in readings))
        matched = [item for readings in sides for some, _ in readings for item in some]
        for item in [*changing, *matched, *([rule.outcome] if rule.outcome else [])]:
            if unbound := item.variables() - bound:
                where = "target or environment (a place with * or one of several alternatives gives none)"
                raise self.error(f"{min(unbound)} has no value from {where}", item.position)
        if rule.outcome and rule.outcome.index and rule.outcome.index not in indexed:
            raise self.error("no place of the environment, always there, has this index", rule.outcome.position)
