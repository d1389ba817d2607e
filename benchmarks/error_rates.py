"""Do the tests keep their error rates under each way to be without response? A part of the calibration."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from simulations import BARE, BLOCK, PERMUTATIONS, holds, three, told

from fairseq_phonology.analysis.contrasts.kinds import TESTED
from fairseq_phonology.analysis.contrasts.power import Variances, p_and_claims, simulated, simulated_design
from fairseq_phonology.analysis.criteria import ALPHA

DESIGNS = {  # name -> T and C, R and N, heads
    "30 + 30 stems x 8 + 8 suffixes, 12 heads": ((30, 30), (8, 8), 12),
    "30 + 30 stems x 8 + 8 suffixes, 24 heads": ((30, 30), (8, 8), 24),
    "8 + 8 stems x 4 + 4 suffixes, 12 heads": ((8, 8), (4, 4), 12),
}


@dataclass(frozen=True)
class Null:
    """A way to be without response.

    Attributes:
        name: as the table has it.
        variances: what the logit is made of.
        fails: tests on the logit scale that cannot hold under it, as ``contrast test``.
    """

    name: str
    variances: Variances
    fails: tuple[str, ...] = ()


SALIENT = ("salience suffixes",)
NULLS = (
    Null("positional head", BARE),
    Null("trigger salience of 2", replace(BARE, salience=2.0, level=-1.0), SALIENT),
    Null("stem and suffix effects of 1", replace(BARE, stem=1.0, suffix=1.0)),
    Null(
        "class x suffix interaction of .5",
        replace(BARE, stem=0.5, suffix=0.5, suffix_slope=0.5),
        ("response stems", "inspection stems"),
    ),
    Null(
        "stem slopes of .5",
        replace(BARE, stem=0.5, suffix=0.5, stem_slope=0.5),
        ("response suffixes", "salience suffixes"),
    ),
    Null(
        "both: slopes of suffixes .25, of stems .5",
        replace(BARE, stem=0.5, suffix=0.5, stem_slope=0.5, suffix_slope=0.25),
        ("response stems", "response suffixes", "inspection stems", "salience suffixes"),
    ),
    Null(
        "salience 3 and inspection 1 from .05: mass responds, logit does not",
        replace(BARE, level=-3.0, salience=3.0, inspection=1.0, stem=0.25, suffix=0.25),
        (*SALIENT, "inspection stems"),
    ),
)
_OWN = ("response stems", "response suffixes", *SALIENT, "inspection stems")
MEASURED = Null("as in trained models (the stated defaults of `power`), from .05", Variances(), _OWN)
BEYOND = (  # additive on a logit without clip only
    Null(
        "the same from .007, inspection 2.5: at the clip of the logit",
        replace(Variances(), level=-5.0, inspection=2.5),
        (*_OWN, "response both"),
    ),
    Null(
        "salience 6 and inspection 4 from .0003: below the clip",
        replace(BARE, level=-8.0, salience=6.0, inspection=4.0, stem=0.25, suffix=0.25),
        (*_OWN, "response both"),
    ),
)
_COLUMNS = (
    *(f"response {test} {scale}" for scale in ("logit", "mass") for test in ("stems", "suffixes", "both")),
    *("response four", "response claim"),
    *("inspection stems logit", "inspection stems mass", "salience suffixes logit", "salience suffixes mass"),
)


def error_rates(null: Null, targets, triggers, heads: int, simulations: int, seed: int = 1) -> dict[str, float]:
    """Share of simulations with any head significant, by contrast and test; ``four``: by all of a contrast's own."""
    grid = simulated_design(targets, triggers)
    hits: dict[str, list[np.ndarray]] = {}
    for block in range(0, simulations, BLOCK):
        rng = np.random.default_rng([seed, block, zlib.crc32(null.name.encode())])
        logit = simulated(grid, null.variances, 0.0, heads, min(BLOCK, simulations - block), rng)
        for contrast in TESTED:
            p, claims = p_and_claims(grid, logit, heads, PERMUTATIONS, seed * 100_000 + block, contrast)
            for test, found in p.items():
                hits.setdefault(f"{contrast} {test.replace('_', ' ')}", []).append((found < ALPHA).any(1))
            own = [found < ALPHA for test, found in p.items() if not test.startswith("both")]
            hits.setdefault(f"{contrast} four", []).append(np.all(own, 0).any(1))
            hits.setdefault(f"{contrast} claim", []).append(claims.any(1))
    return {name: float(np.concatenate(each).mean()) for name, each in hits.items()}


def expected(null: Null, column: str) -> str:
    """``band``, ``most`` (an upper limit only), or empty where the test says nothing under this null."""
    contrast, test, *scale = column.split()
    if f"{contrast} {test}" in null.fails or scale == ["mass"] or test == "four":
        return ""
    return "band" if test in ("stems", "suffixes") else "most"


def table(name: str, nulls: tuple[Null, ...], simulations: int) -> Iterator[str]:
    """Of one of `DESIGNS`."""
    targets, triggers, heads = DESIGNS[name]
    yield f"### Error rates: {name}"
    yield ""
    yield "| Null | " + " | ".join(_COLUMNS) + " |"
    yield "|---" * (len(_COLUMNS) + 1) + "|"
    for null in nulls:
        rates = error_rates(null, targets, triggers, heads, simulations)
        cells = []
        for column in _COLUMNS:
            what = expected(null, column)
            mark = "" if not what else "" if holds(rates[column], what) else " **out**"
            cells.append(f"{three(rates[column])}{mark}" if what else f"({three(rates[column])})")
        yield f"| {null.name} | " + " | ".join(cells) + " |"
        told(f"{name}: {null.name}")
    yield ""


def notes() -> Iterator[str]:
    """How to read the tables."""
    yield from (
        "How to read it:",
        "",
        "- Mass is no null of its own: what adds on the logit scale multiplies on the mass. Hence a claim needs both.",
        "- `stems` takes the suffixes as they are, and fails under class x suffix interaction; `suffixes` takes the",
        "  stems as they are, and fails under stem slopes. Inspection and salience take the other units as they are.",
        "- Where stems and suffixes both have slopes, all four fail together: each leaves out the other units'",
        "  variance. `both` puts the whole standard error below the same estimate, and keeps the claim.",
        "- The last two nulls add below the clip of the logit (.001), where that scale no longer sees it: what is left",
        "  on it looks like a response. The claim also needs the log-odds without lower limit, on which it is none.",
        "",
    )
