"""Does the claim rule keep its error rate, do intervals cover, and what is the power? By simulation, without fairseq.

Usage: ``python benchmarks/calibration.py [SIMULATIONS]`` prints the section of RESULTS.md (one thread: some minutes).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

import error_rates
import interval_coverage
import misleading_data
import power_tables
from simulations import MOST_CLAIMS, SIMULATIONS, three


def lines(simulations: int = SIMULATIONS) -> Iterator[str]:
    """The section of RESULTS.md."""
    yield "## Calibration"
    yield ""
    yield (
        f"{simulations:,} simulations each. A false claim: any head of the family is claimed. Target: at most "
        f"{three(MOST_CLAIMS)} by the whole rule; **out** where it is missed. In parentheses what its parts alone "
        "would claim: `p`, the test corrected over heads (Holm); and with the floor of .05 of mass. Deviations are in "
        "logits. "
        "Of 24 heads those of the first twelve are the family of twelve. Segments of T, C, R and N: 3, 2, 2 and 8, "
        "unless said."
    )
    yield ""
    for name in error_rates.DESIGNS:
        yield from error_rates.table(name, error_rates.NULLS, simulations)
    yield from error_rates.refused(simulations)
    yield (
        "`p` alone says nothing of other segments, which stems and suffixes share: hence the rule's consistency over "
        "segments. Where the slopes of one class are both larger and skewed, *t* over few units errs; the ratio of the "
        "classes' deviations is printed where it is over 2 : 1."
    )
    yield ""
    yield from misleading_data.words_table(simulations)
    yield from error_rates.other_contrasts(simulations)
    yield from error_rates.variants(simulations // 2)
    yield from misleading_data.loss_table(simulations)
    yield from interval_coverage.table(simulations // 2)
    yield from power_tables.tables()


if __name__ == "__main__":
    for line in lines(int(sys.argv[1]) if sys.argv[1:] else SIMULATIONS):
        print(line, flush=True)
