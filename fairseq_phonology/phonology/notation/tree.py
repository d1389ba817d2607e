"""What a rule says, as a tree: its places, and the sequences that parentheses and braces abbreviate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ...errors import InputError
from ..natural_classes import Bundle

VARIABLES = "αβγδεζ"
MOST_READINGS = 2000  # rules that one may abbreviate
MOST_PLACES = 100  # of a sequence, and of one place inside the other


@dataclass(frozen=True)
class Item:
    """One place of a rule.

    Attributes:
        kind: ``segment``, ``features``, ``any`` (alternatives), ``word edge``, ``morpheme edge`` or ``syllable edge``;
            until `spelled_out`, also ``optional`` and ``sequence``.
        symbol: the segment, for the kind ``segment``; else the name of a class, if it was written with one.
        bundle: the feature values, for the kind ``features``; a value may be a variable (``α``).
        options: the alternatives, for the kind ``any``; the parts, for ``optional`` and ``sequence``.
        repeated: written with ``*`` or ``₀``: any number of them, none included.
        position: where in the rule's text it stands, from 0.
        index: places with the same one hold the same segment, as in ``Cᵢ Cᵢ``; empty for none.
        optional: came out of parentheses.
    """

    kind: str
    symbol: str = ""
    bundle: Bundle = ()
    options: tuple[Item, ...] = ()
    repeated: bool = False
    position: int = 0
    index: str = ""
    optional: bool = False

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

    def mentions(self, kind: str) -> bool:
        """Is it, or may it be, a place of this kind?"""
        return self.kind == kind or any(option.mentions(kind) for option in self.options)

    def segments(self) -> set[str]:
        """The segments that are written out in it."""
        own = {self.symbol} if self.kind == "segment" else set()
        return own.union(*(option.segments() for option in self.options))

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
    """``target -> outcome / left _ right``. A target of None inserts, an outcome of None deletes.

    Metathesis has ``moved``, what follows the target and changes places with it, and ``order``, in which they end:
    (1, 0) for ``V C -> 2 1``. ``environment`` is the text behind the slash.
    """

    text: str
    target: Item | None
    outcome: Item | None
    left: tuple[Item, ...] = ()
    right: tuple[Item, ...] = ()
    moved: tuple[Item, ...] = ()
    order: tuple[int, ...] = ()
    environment: str = ""

    def items(self) -> list[Item]:
        """All its places, target and outcome first."""
        return [i for i in (self.target, self.outcome, *self.moved, *self.left, *self.right) if i]

    def variables(self) -> set[str]:
        """The variables (α, β, …) in it."""
        return set().union(*(item.variables() for item in self.items()))


def spelled_out(items: Sequence[Item]) -> list[tuple[Item, ...]]:
    """The sequences that a sequence with parentheses and alternatives of several places abbreviates, longest first.

    In that order SPE (Chomsky & Halle 1968, ch. 8, section 1) has the rules that one with parentheses stands for.
    """
    found: list[tuple[Item, ...]] = [()]
    for item in items:
        readings = _readings(item)
        found = [(*before, *here) for before in found for here in readings]
        if len(found) > MOST_READINGS:
            raise InputError(f"a rule stands for more than {MOST_READINGS} rules; write it as several")
        if max(map(len, found)) > MOST_PLACES:
            raise InputError(f"a sequence has more than {MOST_PLACES} places; write a shorter one")
    return sorted(found, key=len, reverse=True)


def _readings(item: Item) -> list[tuple[Item, ...]]:
    if item.kind == "optional":
        inside = spelled_out(item.options)
        return [*(tuple(replace(one, optional=True) for one in some) for some in inside if some), ()]
    if item.kind == "sequence":
        return spelled_out(item.options)
    if item.kind == "any" and not simple(item):
        return [reading for option in item.options for reading in _readings(option)]
    return [(item,)]


def simple(item: Item) -> bool:
    """Is it one place, whatever it holds?"""
    return item.kind not in ("optional", "sequence") and all(simple(o) and not o.index for o in item.options)
