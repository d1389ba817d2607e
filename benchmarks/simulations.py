"""What the parts of the calibration share: how many simulations, and what a rate may be."""

from __future__ import annotations

import sys

from fairseq_phonology.analysis.contrasts.power import Variances

SIMULATIONS = 2000
PERMUTATIONS = 999
BLOCK = 100  # simulations that share their relabelings
BAND = (0.035, 0.065)
MOST_CLAIMS = 0.06
BARE = Variances(0, 0, 0, 0, 0, 0, 0, residual=0.5, correlation=0.3)  # single words vary, nothing else


def holds(rate: float, what: str, simulations: int = SIMULATIONS) -> bool:
    """Is a rate where it should be?"""
    return BAND[0] <= rate <= BAND[1] if what == "band" else rate <= MOST_CLAIMS


def three(value: float) -> str:
    """A share with three decimals, as the tables write it."""
    return f"{value:.3f}".removeprefix("0")


def told(what: str) -> None:
    """Say on the terminal, not in the table, how far it has come."""
    print(what, file=sys.stderr, flush=True)
