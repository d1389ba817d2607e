"""A grammar: what its file says, and how it derives words."""

from .derivation import Derivation, Step, Variant, Way
from .grammar import Grammar
from .sections import RESERVED, Controls
from .strata import Stratum, symbol_of, without_symbol
from .words import STRATUM, knowing_words, strata_of_words

__all__ = [
    "RESERVED",
    "STRATUM",
    "Controls",
    "Derivation",
    "Grammar",
    "Step",
    "Stratum",
    "Variant",
    "Way",
    "knowing_words",
    "strata_of_words",
    "symbol_of",
    "without_symbol",
]
