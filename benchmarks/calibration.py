"""Do the tests keep their error rates, do the intervals cover, and what is the power? By simulation, without fairseq.

Usage: ``python benchmarks/calibration.py`` prints the section of RESULTS.md (one thread: some minutes).
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

import interval_coverage
import numpy as np
from interval_coverage import BARE, three, told

from fairseq_phonology.analysis.permutation import group_statistics, p_values, relabelings, sign_flip
from fairseq_phonology.analysis.power import EFFECTS, p_and_claims, power_of_words, power_table, words_apart
from fairseq_phonology.analysis.simulation import Variances, design_of, simulated

SIMULATIONS = 2000
PERMUTATIONS = 999
BLOCK = 100  # simulations that share their relabelings
BAND = (0.035, 0.065)
MOST_CLAIMS = 0.06
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
    grid = design_of(targets, triggers)
    hits: dict[str, list[np.ndarray]] = {}
    for block in range(0, simulations, BLOCK):
        rng = np.random.default_rng([seed, block, zlib.crc32(null.name.encode())])
        logit = simulated(grid, null.variances, 0.0, heads, min(BLOCK, simulations - block), rng)
        for contrast in ("response", "inspection", "salience"):
            p, claims = p_and_claims(grid, logit, heads, PERMUTATIONS, seed * 100_000 + block, contrast)
            for test, found in p.items():
                hits.setdefault(f"{contrast} {test.replace('_', ' ')}", []).append((found < 0.05).any(1))
            own = [found < 0.05 for test, found in p.items() if not test.startswith("both")]
            hits.setdefault(f"{contrast} four", []).append(np.all(own, 0).any(1))
            hits.setdefault(f"{contrast} claim", []).append(claims.any(1))
    return {name: float(np.concatenate(each).mean()) for name, each in hits.items()}


def expected(null: Null, column: str) -> str:
    """``band``, ``most`` (an upper limit only), or empty where the test says nothing under this null."""
    contrast, test, *scale = column.split()
    if f"{contrast} {test}" in null.fails or scale == ["mass"] or test == "four":
        return ""
    return "band" if test in ("stems", "suffixes") else "most"


def holds(rate: float, what: str, simulations: int = SIMULATIONS) -> bool:
    """Is a rate where it should be?"""
    return BAND[0] <= rate <= BAND[1] if what == "band" else rate <= MOST_CLAIMS


def _error_table(name: str, nulls: tuple[Null, ...], simulations: int) -> Iterator[str]:
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


def drawn_rates(strength: float, simulations: int, seed: int = 1) -> dict[str, float]:
    """Heads drawn to the triggers' kind of segment wherever it stands, where control targets are of that kind, too.

    Rows of six segments with random scores; what is drawn to them is added at the target in C and at the trigger in R.

    Returns:
        Share of simulations with a claim by the rule as it is, and with one by the rule without its guards.
    """
    (targets, triggers), heads = ((30, 30), (8, 8)), 12
    grid = design_of(targets, triggers)
    hits: dict[str, list[np.ndarray]] = {}
    for block in range(0, simulations, BLOCK // 4):
        rng = np.random.default_rng([seed, block, int(10 * strength)])
        size = BLOCK // 4 * heads
        scores = rng.normal(0, 0.5, (*grid.index.shape, size, 6))
        scores += rng.normal(0, 0.5, (len(grid.rows), 1, size, 6)) + rng.normal(0, 0.5, (1, len(grid.columns), size, 6))
        scores[~grid.undergoes, :, :, 0] += strength
        scores[:, grid.triggers, :, 1] += strength
        rest = np.logaddexp.reduce(scores[..., 2:], -1)
        logit, beside = scores[..., 1] - np.logaddexp(rest, scores[..., 0]), scores[..., 1] - rest
        for contrast in ("response", "inspection"):
            own = (grid, logit, heads, PERMUTATIONS, seed * 100_000 + block, contrast)
            p, claims = p_and_claims(*own, beside)
            hits.setdefault(f"{contrast} claim", []).append(claims.any(1))
            bare = np.all([found < 0.05 for found in p.values()], 0)
            hits.setdefault(f"{contrast} without guards", []).append(bare.any(1))
    return {name: float(np.concatenate(each).mean()) for name, each in hits.items()}


def _drawn_table(simulations: int) -> Iterator[str]:
    yield "### Heads drawn to nasals anywhere, nasals as control targets (30 + 30 stems x 8 + 8 suffixes, 12 heads)"
    yield ""
    names = ("response claim", "inspection claim", "response without guards", "inspection without guards")
    yield "| Drawn by, logits | " + " | ".join(names) + " |"
    yield "|---" * 5 + "|"
    for strength in (3, 5, 7, 9):
        rates = drawn_rates(strength, simulations // 4)
        marks = ["" if holds(rates[name], "most") or "without" in name else " **out**" for name in names]
        yield f"| {strength} | " + " | ".join(three(rates[n]) + m for n, m in zip(names, marks, strict=True)) + " |"
        told(f"drawn by {strength}")
    yield ""
    yield (
        f"{simulations // 4:,} simulations each. The target of C and the trigger of R share the row: what one gets, "
        "the other loses, which looks like a response on the mass, and on a logit with a lower limit; and like "
        "inspection on both. The guards are the log-odds without lower limit, and the mass beside the target."
    )
    yield ""


def loss_rates(simulations: int, suffixes: int, drop: str, seed: int = 1) -> dict[str, float]:
    """Errors that fall on T stems with some R suffixes in 40 % of cases: error rate of the response's tests (logit).

    Args:
        simulations: how many.
        suffixes: with how many of the eight R suffixes.
        drop: ``stems`` leaves out every stem with a failed event, as `complete` does; ``cells`` only the events.
        seed: of everything.
    """
    grid, heads = design_of((30, 30), (8, 8)), 12
    variances = replace(BARE, stem=0.5, suffix=1.0)
    hits: dict[str, list[np.ndarray]] = {"stems": [], "suffixes": [], "conjunction": []}
    for block in range(0, simulations, BLOCK):
        rng = np.random.default_rng([seed, block])
        values = simulated(grid, variances, 0.0, heads, BLOCK, rng)
        failed = np.zeros(grid.index.shape, bool)
        failed[grid.undergoes, :suffixes] = rng.random((grid.undergoes.sum(), suffixes)) < 0.4
        labels = grid.undergoes
        if drop == "stems":
            kept = ~failed.any(1)
            values, labels = values[kept], labels[kept]
        else:
            values[failed] = np.nan
        by_stem = np.nanmean(values[:, grid.triggers], 1) - np.nanmean(values[:, ~grid.triggers], 1)
        by_suffix = np.nanmean(values[labels], 0) - np.nanmean(values[~labels], 0)
        p = {}
        for name, by_unit, own in (("stems", by_stem, labels), ("suffixes", by_suffix, grid.triggers)):
            p[name] = p_values(*group_statistics(by_unit, relabelings(own, PERMUTATIONS, rng), None, heads))
        p["conjunction"] = np.maximum(p["stems"], p["suffixes"])
        for name, found in p.items():
            hits[name].append((found.reshape(-1, heads) < 0.05).any(1))
    return {name: float(np.concatenate(each).mean()) for name, each in hits.items()}


def _loss_table(simulations: int) -> Iterator[str]:
    yield "### Errors of the model: 40 % of the T stems fail with some R suffixes (suffix effects of 1, no response)"
    yield ""
    yield "| What leaves the test | Suffixes that cause errors | stems, logit | suffixes, logit | both significant |"
    yield "|---|---|---|---|---|"
    for suffixes in (1, 2):
        for drop, what in (("stems", "every stem with a failed event (so done)"), ("cells", "the failed events only")):
            rates = loss_rates(simulations, suffixes, drop)
            yield f"| {what} | {suffixes} of 8 | " + " | ".join(three(rate) for rate in rates.values()) + " |"
            told(f"losses: {what}")
    yield ""


def _words_table(simulations: int) -> Iterator[str]:
    yield "### Real words, sign-flip, 12 heads"
    yield ""
    yield (
        "| Words | error rate, logit | claims without response | power at "
        + " | power at ".join(f"{effect:g}" for effect in EFFECTS)
        + " |"
    )
    yield "|---" * (3 + len(EFFECTS)) + "|"
    for words in (5, 10, 20, 40, 100):
        null = word_errors(words, simulations)
        powers = [power_of_words(words, effect, None, 12, 500, PERMUTATIONS).claims for effect in EFFECTS]
        yield f"| {words} | " + " | ".join(three(each) for each in (*null, *powers)) + " |"
        told(f"{words} words")
    yield ""
    yield "Five words have 32 sign-flips: p is a multiple of 1/32, and .031 is the only level under .05."
    yield ""


def word_errors(words: int, simulations: int, heads: int = 12) -> tuple[float, float]:
    """Without response: share of simulations with any head significant on the logit, and with any claim."""
    hits, claims = [], []
    for block in range(0, simulations, BLOCK):
        rng = np.random.default_rng([4, block])
        apart = words_apart(words, Variances(), 0.0, heads, BLOCK, rng)
        p = {scale: sign_flip(each, PERMUTATIONS, rng, None, heads)[1] for scale, each in apart.items()}
        hits.append((p["logit"] < 0.05).reshape(-1, heads).any(1))
        met = np.all([each < 0.05 for each in p.values()], 0) & (apart["mass"].mean(0) >= 0.05)
        claims.append(met.reshape(-1, heads).any(1))
    return float(np.concatenate(hits).mean()), float(np.concatenate(claims).mean())


def _power_table() -> Iterator[str]:
    yield "### Power: share of simulations with a claim for the head with the response (12 heads, 500 simulations)"
    yield ""
    yield (
        "| Stems | Suffixes | "
        + " | ".join(f"{effect:g} logits" for effect in EFFECTS)
        + " | false claims, other heads |"
    )
    yield "|---" * (3 + len(EFFECTS)) + "|"
    row: list = []
    for stems, suffixes, effect, found in power_table((8, 15, 30, 60), (4, 8, 16), n_permutations=PERMUTATIONS):
        row.append(found)
        if effect == EFFECTS[-1]:
            false = max(each.false_claims for each in row)
            yield (
                f"| {stems} + {stems} | {suffixes} + {suffixes} | "
                + " | ".join(three(each.claims) for each in row)
                + f" | {three(false)} at most |"
            )
            told(f"power {stems} x {suffixes}")
            row = []
    yield ""


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
    for name in DESIGNS:
        yield from _error_table(name, (*NULLS, MEASURED, *BEYOND), simulations)
    yield from _notes()
    yield from _drawn_table(simulations)
    yield from _loss_table(simulations)
    yield from _words_table(simulations)
    yield from interval_coverage.table(simulations)
    yield from _power_table()


def _notes() -> Iterator[str]:
    yield from (
        "How to read it:",
        "",
        "- Mass is no null of its own: what adds on the logit scale multiplies on the mass. Hence a claim needs both.",
        "- `stems` takes the suffixes as they are, and fails under class x suffix interaction; `suffixes` takes the",
        "  stems as they are, and fails under stem slopes. Inspection and salience take the other units as they are.",
        "- Where stems and suffixes both have slopes, all four fail together: each leaves out the other units'",
        "  variance. `both` puts the whole standard error below the same estimate, and keeps the claim.",
        "- The last two nulls add below the clip of the logit (.001), where that scale no longer sees it: what is left",
        "  on it looks like a response. The claim is guarded by the log-odds without lower limit, on which it is none.",
        "",
    )


if __name__ == "__main__":
    for line in lines():
        print(line, flush=True)
