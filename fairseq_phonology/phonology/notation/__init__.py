"""The notation of rules, ``A -> B / C _ D``, as books have it: from text to a tree. `process` defines what it means.

Segments, feature bundles ``[+nas]`` (``[αback]`` for agreement), classes ``V``, ``C`` and those of the grammar,
alternatives ``{a, b c}``, optional parts ``(a)``, ``X*`` or ``X₀`` any number of X, ``X₁`` at least one, ``Xᵢ … Xᵢ``
the same segment twice, ``#`` word edge, ``$`` syllable boundary, ``+`` morpheme edge, ``∅`` nothing. What SPE
(Chomsky & Halle 1968) and textbooks write and a rule here cannot mean is refused by name, with what to write.
"""

from .rules import parse_rule, parse_sequence, read_classes, rules_of_map
from .symbols import Symbols, unknown_segment
from .tree import MOST_READINGS, Item, Rule, spelled_out

__all__ = [
    "MOST_READINGS",
    "Item",
    "Rule",
    "Symbols",
    "parse_rule",
    "parse_sequence",
    "read_classes",
    "rules_of_map",
    "spelled_out",
    "unknown_segment",
]
