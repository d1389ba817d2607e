"""A grammar: what its file says, and how it derives words."""

from .derivation import Derivation, Step
from .grammar import Grammar
from .sections import RESERVED, Controls

__all__ = ["RESERVED", "Controls", "Derivation", "Grammar", "Step"]
