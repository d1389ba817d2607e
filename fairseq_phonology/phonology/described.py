"""What the rules of a grammar denote in its inventory, and feature changes that have no clear outcome there."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ..errors import InputError
from .matching import Place, compiled
from .natural_classes import FEATURES, Bundle, Inventory, parse_bundle, written
from .notation import Item, Rule
from .process import Process


@dataclass(frozen=True)
class Changes:
    """What a rule makes of the segments that it can meet, in one environment.

    Attributes:
        outcomes: for each target segment what may become of it: one segment, "" where it is deleted; none or several
            where a feature change is not clear; in metathesis, all that may come to stand in its place. The target ""
            is an insertion.
        bundle: the values that change, for a feature change.
        left: the places before the target, in the order of the rule.
        right: the places behind it.
    """

    outcomes: Mapping[str, tuple[str, ...]]
    bundle: Bundle
    left: tuple[Place, ...]
    right: tuple[Place, ...]

    @property
    def unclear(self) -> tuple[str, ...]:
        """The segments without a clear outcome."""
        return tuple(s for s, outcomes in self.outcomes.items() if self.bundle and len(outcomes) != 1)

    @property
    def changed(self) -> dict[str, str]:
        """The segments that become another one."""
        clear = (s for s in self.outcomes if s not in self.unclear)
        return {s: self.outcomes[s][0] for s in clear if self.outcomes[s][0] != s}


def changes_of(rule: Rule, inventory: Inventory, trigger_side: str | None = None) -> tuple[Changes, ...]:
    """What a rule does, for each set of values of its variables whose target and environment the inventory can meet."""
    found = []
    for variant in compiled(rule, inventory, trigger_side).variants:
        if (rule.target is not None and not variant.target) or not all(map(_can_be_met, variant.left + variant.right)):
            continue
        of_features = variant.outcome is not None and variant.outcome.kind == "features"
        bundle = variant.outcome.bundle if of_features else ()
        outcomes = {}
        for segment in [s for s in inventory if s in variant.target] if rule.target else [""]:
            if rule.order:
                others = variant.others(rule.order) - {segment}
                outcomes[segment] = tuple(s for s in inventory if s in others) or (segment,)
            else:
                outcomes[segment] = inventory.outcomes(segment, bundle) if of_features else (variant.named(segment),)
        found.append(Changes(outcomes, bundle, variant.left[::-1], variant.right))
    return tuple(found)


def unmet_rules(processes: Iterable[Process], inventory: Inventory) -> list[str]:
    """A sentence for each rule that changes no segment of the inventory, whatever stands around."""
    sentences = []
    for process, rule in ((one, rule) for one in processes for rule in one.rules):
        changes = changes_of(rule, inventory, process.trigger)
        if any(one.changed for one in changes):
            continue
        bundles = [item for item in (rule.target, *rule.left, *rule.right) if item and item.kind == "features"]
        empty = [i.bundle for i in bundles if not i.variables() and not inventory.matching(i.bundle)]
        why = "its targets are what they would become"
        if not changes:
            why = _of_none(empty[0], inventory) if empty else "no segments fit its places"
        sentences.append(f"process {process.name!r}: the rule “{rule.text}” changes nothing: {why}")
    return sentences


def _of_none(bundle: Bundle, inventory: Inventory) -> str:
    """That no segment has the values of a bundle; and where that is for a value 0, what to write."""
    said = f"no segment of the inventory is {written(bundle)}"
    for name, value in bundle:
        zero = tuple((n, "0" if n == name else v) for n, v in bundle)
        if some := inventory.ordered(zero):
            example = f'"{some[0]}" = "{some[0]} [{value}{name}]"'
            said += f"; {' '.join(some)} have 0{name}: write {written(zero)}, or {example} under [inventory.features]"
            break
    return said


def _can_be_met(place: Place) -> bool:
    return bool(place.segments) or place.word_edge or place.morpheme_edge or place.syllable_edge or place.repeated


def check_changes(processes: Iterable[Process], inventory: Inventory) -> None:
    """Refuse rules with a feature change that has no clear outcome for a segment that the rule can meet.

    Raises:
        InputError: the process, the rule, the segments, the candidates, and what to write instead.
    """
    for process in processes:
        for rule in process.rules:
            changes = changes_of(rule, inventory, process.trigger)
            if unclear := next((one for one in changes if one.unclear), None):
                raise InputError(
                    f"process {process.name!r}: {_refusal(rule, changes, unclear, inventory, len(process.rules) == 1)}"
                )


def _refusal(rule: Rule, changes: Sequence[Changes], first: Changes, inventory: Inventory, alone: bool) -> str:
    segments = list(dict.fromkeys(s for one in changes for s in one.unclear))
    bundles = " or ".join(dict.fromkeys(written(one.bundle) for one in changes if one.unclear))
    example = first.unclear[0]
    where = _where(first, inventory) if len(changes) > 1 else ""
    why = inventory.candidates(example, first.bundle)
    ways = [way for way in (_narrower(rule, changes, inventory), _by_segment(rule, changes, inventory, alone)) if way]
    first_way = "Name what else changes" if inventory.matching(first.bundle) else "List one in [inventory]"
    instead = ", or write ".join([first_way, *([", or ".join(ways)] if ways else [])])
    return f"in “{rule.text}”, {' '.join(segments)} cannot become {bundles}; for {example}{where}, {why}. {instead}"


def _where(changes: Changes, inventory: Inventory) -> str:
    """The segments next to the target, in words."""
    for side, word in ((changes.right[:1], "before"), (changes.left[-1:], "after")):
        if side and not side[0].repeated and len(side[0].segments) < len(inventory) / 2:
            named = [s for s in inventory if s in side[0].segments] + _edges(side[0])
            return f" {word} {' '.join(named)}"
    return ""


def _narrower(rule: Rule, changes: Sequence[Changes], inventory: Inventory) -> str:
    """A target with one or two values more, such that what has no clear outcome is no target."""
    changed = {s for one in changes for s in one.changed}
    unclear = {s for one in changes for s in one.unclear}
    if not changed or rule.target is None or rule.target.kind != "features":
        return ""
    values = [((name, value),) for name in FEATURES for value in "+-"]
    for more in (*values, *(one + other for one, other in itertools.combinations(values, 2))):
        members = inventory.matching(more)
        if changed <= members and not unclear & members:
            return f"the target {written((*rule.target.bundle, *more))}"
    return ""


def _by_segment(rule: Rule, changes: Sequence[Changes], inventory: Inventory, alone: bool) -> str:
    """The rule as a map; with variables, or beside other rules of its process, as rules that name their segments."""
    alike = not rule.variables() and all(one.outcomes == changes[0].outcomes for one in changes)
    clear = any(one.changed for one in changes)
    rest = "what is left out stays" if clear else "with what each becomes"
    if len(changes) == 1 or alike:  # alike: the readings of a rule with optional parts
        environment = rule.environment or "_"
        pairs = changes[0].changed if clear else _first_of_several(changes[0])
        if not alone:
            return f'a map, as in the rule "{_braced(pairs)} -> {_braced(pairs.values())} / {environment}" ({rest})'
        inner = ", ".join(f'"{one}" = "{other}"' for one, other in pairs.items())
        return f'a map, as in map = {{ {inner} }}, environment = "{environment}" ({rest})'
    named = {some: written(bundle) for bundle, some in denoted(rule, inventory)}
    found = [(one, pairs) for one in changes if (pairs := one.changed if clear else _first_of_several(one))]
    joined: dict[str, tuple[Changes, dict[str, str]]] = {}  # what changes in one environment, changes at once
    for one, pairs in found:
        left, right = ([_spelled(place, inventory, named) for place in side] for side in (one.left, one.right))
        _, before = joined.setdefault(" ".join([*left, "_", *right]), (one, {}))
        if any(before.get(s, other) != other for s, other in pairs.items()):
            return ""
        before |= pairs
    in_order = _in_order(list(joined.values()))
    if in_order is None:
        return ""
    if any(_conditions(first, then) for first, then in itertools.combinations(in_order, 2)):
        rest += "; applied in order, so that a later rule has the triggers that an earlier one made"
    environments = {id(pairs): environment for environment, (_, pairs) in joined.items()}
    rules = [f'"{_braced(p)} -> {_braced(p.values())} / {environments[id(p)]}"' for _, p in in_order]
    listed = f"rules = [{', '.join(rules)}]" if alone else f"the rule{'s' * (len(rules) > 1)} {', '.join(rules)}"
    return f"a map{' for each environment' * (len(rules) > 1)}, as in {listed} ({rest})"


def _in_order(rules: list[tuple[Changes, dict[str, str]]]) -> list[tuple[Changes, dict[str, str]]] | None:
    """Maps, each with its environment, so that none changes what became of an earlier one; None if no order does so."""

    def changes_again(first: tuple[Changes, dict[str, str]], then: tuple[Changes, dict[str, str]]) -> bool:
        if not set(first[1].values()) & then[1].keys():
            return False
        sides = ((first[0].left[::-1], then[0].left[::-1]), (first[0].right, then[0].right))
        return not any(_exclude(*side) for side in sides)

    ordered, left = [], list(rules)
    while left:
        free = [one for one in left if not any(changes_again(one, other) for other in left if other is not one)]
        if not free:
            return None
        ordered.insert(0, free[-1])
        left.remove(free[-1])
    return ordered


def _conditions(first: tuple[Changes, dict[str, str]], then: tuple[Changes, dict[str, str]]) -> bool:
    """Can the first of two maps make, or take away, what conditions the second?"""
    seen = {s for place in then[0].left + then[0].right for s in place.segments}
    return any(one != other and (one in seen) != (other in seen) for one, other in first[1].items())


def _exclude(one: Sequence[Place], other: Sequence[Place]) -> bool:
    """Can nothing meet both environments, as far as places stand at the same distance from the target?"""
    for a, b in zip(one, other, strict=False):
        if a.passed or b.passed:
            return False
        if not (a.segments & b.segments or set(_edges(a)) & set(_edges(b))):
            return True
        if "+" in _edges(a) + _edges(b) or "$" in _edges(a) + _edges(b):
            return False
    return False


def _edges(place: Place) -> list[str]:
    """The edges that a place admits, as rules write them."""
    return ["#"] * place.word_edge + ["+"] * place.morpheme_edge + ["$"] * place.syllable_edge


def _first_of_several(changes: Changes) -> dict[str, str]:
    """Where nothing is clear: each segment with the first that it may become, or as it is, for the author to change."""
    return {s: next(iter(changes.outcomes[s]), s) for s in changes.unclear}


def _braced(symbols: Iterable[str]) -> str:
    symbols = list(symbols)
    return symbols[0] if len(symbols) == 1 else f"{{{', '.join(symbols)}}}"


def _spelled(place: Place, inventory: Inventory, named: Mapping[tuple[str, ...], str]) -> str:
    """A place as rules write it: many segments by the rule's own bundle where it stands for the same."""
    edges = _edges(place)
    segments = tuple(s for s in inventory if s in place.segments)
    bundle = "[]" if len(segments) == len(inventory) else named.get(segments, "") if len(segments) > 5 else ""
    return (bundle if bundle and not edges else _braced([*segments, *edges])) + "*" * place.repeated


@dataclass(frozen=True)
class Group:
    """Segments of one manner, with the features in which they are alike and those in which they differ."""

    name: str
    segments: tuple[str, ...]
    alike: Bundle
    differing: tuple[str, ...]


_MANNERS = {  # the first that a segment has the values of
    "vowels and syllabic consonants": "+syl",
    "glides": "-syl, -cons",
    "nasals": "+nas",
    "liquids and laryngeals": "+son",
    "fricatives": "-son, +cont",
    "affricates": "-son, +delrel",
    "plosives": "-son",
    "other symbols": "",
}


def groups_of(inventory: Inventory) -> tuple[Group, ...]:
    """The segments of an inventory by manner, each group in the inventory's order; plosives first, vowels last."""
    members: dict[str, list[str]] = {name: [] for name in reversed(_MANNERS)}
    for segment in inventory:
        fitting = (name for name, text in _MANNERS.items() if segment in inventory.matching(parse_bundle(text)))
        members[next(fitting)].append(segment)
    groups = []
    for name, segments in ((name, segments) for name, segments in members.items() if segments):
        values = {feature: {inventory.features(s)[feature] for s in segments} for feature in FEATURES}
        alike = tuple((feature, min(found)) for feature, found in values.items() if len(found) == 1)
        groups.append(Group(name, tuple(segments), alike, tuple(f for f, found in values.items() if len(found) > 1)))
    return tuple(groups)


def denoted(rule: Rule, inventory: Inventory) -> list[tuple[Bundle, tuple[str, ...]]]:
    """The segments that each bundle of a rule's target and environment stands for; with variables, for those of their
    values that a segment has."""
    sets = {}
    for bundle in _bundles(rule):
        names = sorted({value[-1] for _, value in bundle if value[-1] not in "+-0"})
        found = {}
        for values in itertools.product("+-", repeat=len(names)):
            fixed = Item("features", bundle=bundle).with_values(dict(zip(names, values, strict=True))).bundle
            found[fixed] = inventory.ordered(fixed)
        sets |= {fixed: segments for fixed, segments in found.items() if segments} or {bundle: ()}
    return list(sets.items())


def _bundles(rule: Rule) -> list[Bundle]:
    """The bundles of a rule's target and environment, in its order, each once."""
    found: list[Bundle] = []

    def collect(item: Item) -> None:
        if item.kind == "features" and item.bundle:
            found.append(item.bundle)
        for option in item.options:
            collect(option)

    for item in (*([rule.target] if rule.target else []), *rule.left, *rule.right):
        collect(item)
    return list(dict.fromkeys(found))


def triggers_of(changes: Changes, side: str, inventory: Inventory) -> tuple[str, ...]:
    """What conditions a change: of the first place on this side that has to be there, the segments, ``#`` and ``+``."""
    for place in changes.left[::-1] if side == "left" else changes.right:
        if not place.passed and (place.segments or place.word_edge):
            return (*(s for s in inventory if s in place.segments), *_edges(place))
    return ()


def warnings_of(inventory: Inventory, processes: Sequence[Process]) -> list[str]:
    """What the author of a grammar may not expect of its features and rules, a sentence each."""
    asked = [bundle for process in processes for rule in process.rules for bundle in _bundles(rule)]
    sentences = unmet_rules(processes, inventory)
    laryngeals = [s for s in inventory if s[0] in "hɦʔ" and inventory.features(s)["son"] == "+"]
    if laryngeals and any(name == "son" for bundle in asked for name, _ in bundle):
        sentences.append(
            f"{' '.join(laryngeals)}: panphon has [+son] where many books have [-son], and rules ask for it; to count "
            f'among the obstruents, under [inventory.features]: "{laryngeals[0]}" = "{laryngeals[0]} [-son]"'
        )
    for bundle in dict.fromkeys(asked):
        for name in [name for name, value in bundle if value not in "+0" and len(bundle) > 1]:
            rest = tuple((other, value) for other, value in bundle if value in "+-0" and other != name)
            out = inventory.ordered((*rest, (name, "0")))
            if out and inventory.matching(rest) - frozenset(out):
                sentences.append(
                    f"{' '.join(out)} have 0{name}, which is neither + nor -: {written(bundle)} leaves them out"
                )
    alike: dict[tuple[str, ...], list[str]] = {}
    for segment in inventory:
        alike.setdefault(tuple(inventory.features(segment).values()), []).append(segment)
    for segments in (segments for segments in alike.values() if len(segments) > 1):
        sentences.append(f"{' '.join(segments)} have the same features: no bundle tells them apart")
    return sentences
