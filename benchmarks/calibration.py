"""Do the tests keep their error rates, do the intervals cover, and what is the power? By simulation, without fairseq.

Usage: ``python benchmarks/calibration.py`` prints the section of RESULTS.md (one thread: some minutes).
"""

from __future__ import annotations

from collections.abc import Iterator

import error_rates
import interval_coverage
import misleading_data
import power_tables
from simulations import BAND, MOST_CLAIMS, PERMUTATIONS, SIMULATIONS, three


def lines(simulations: int = SIMULATIONS) -> Iterator[str]:
    """The section of RESULTS.md."""
    yield "## Calibration"
    yield ""
    yield (
        f"{simulations:,} simulations each, {PERMUTATIONS} relabelings, heads correlated .3 (.1 in the defaults). "
        "Family-wise: any head of the family has p < .05. Target on the logit scale: "
        f"{three(BAND[0])} - {three(BAND[1])} for each test, at most {three(MOST_CLAIMS)} for a claim; **out** where "
        "it is missed. In parentheses: not a null for that "
        "column, or a test that cannot hold under it and is not meant to, alone. Deviations are in logits; `four`: "
        "all four of the response's own tests; `both`: stems and suffixes random at once, which a claim needs besides."
    )
    yield ""
    for name in error_rates.DESIGNS:
        yield from error_rates.table(name, (*error_rates.NULLS, error_rates.MEASURED, *error_rates.BEYOND), simulations)
    yield from error_rates.notes()
    yield from misleading_data.drawn_table(simulations)
    yield from misleading_data.loss_table(simulations)
    yield from power_tables.words_table(simulations)
    yield from interval_coverage.table(simulations)
    yield from power_tables.design_table()


if __name__ == "__main__":
    for line in lines():
        print(line, flush=True)
