"""A grammar: what its file says, and how it derives words."""

from .derivation import Derivation, Step, Variant
from .grammar import Grammar
from .sections import RESERVED, Controls
from .strata import Stratum, symbol_of, without_symbol

__all__ = [
    "RESERVED",
    "Controls",
    "Derivation",
    "Grammar",
    "Step",
    "Stratum",
    "Variant",
    "symbol_of",
    "without_symbol",
]
