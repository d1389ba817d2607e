"""What looks like a response and is none: heads drawn to a kind of segment, errors of the model. A part of the
calibration.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from simulations import BARE, BLOCK, PERMUTATIONS, holds, three, told

from fairseq_phonology.analysis.contrasts.kinds import INSPECTION, RESPONSE
from fairseq_phonology.analysis.contrasts.power import p_and_claims, simulated, simulated_design
from fairseq_phonology.analysis.criteria import ALPHA
from fairseq_phonology.analysis.statistics.permutation import group_statistics, p_values, relabelings


def drawn_rates(strength: float, simulations: int, seed: int = 1) -> dict[str, float]:
    """Heads that attend to the triggers' natural class anywhere, where control targets belong to that class, too.

    Queries over six segments with random scores; the preference is added at the target in C and at the trigger in R.

    Returns:
        Share of simulations with a claim by the rule as it is, and with one by the rule without its additional scales.
    """
    (targets, triggers), heads = ((30, 30), (8, 8)), 12
    grid = simulated_design(targets, triggers)
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
        for contrast in (RESPONSE, INSPECTION):
            own = (grid, logit, heads, PERMUTATIONS, seed * 100_000 + block, contrast)
            p, claims = p_and_claims(*own, beside)
            hits.setdefault(f"{contrast} claim", []).append(claims.any(1))
            bare = np.all([found < ALPHA for found in p.values()], 0)
            hits.setdefault(f"{contrast} without additional criteria", []).append(bare.any(1))
    return {name: float(np.concatenate(each).mean()) for name, each in hits.items()}


def drawn_table(simulations: int) -> Iterator[str]:
    """By how strongly they are drawn."""
    yield "### Heads that attend to nasals, which are control targets too (30 + 30 stems x 8 + 8 suffixes, 12 heads)"
    yield ""
    bare = "without additional criteria"
    names = ("response claim", "inspection claim", f"response {bare}", f"inspection {bare}")
    yield "| Attraction, logits | " + " | ".join(names) + " |"
    yield "|---" * 5 + "|"
    for strength in (3, 5, 7, 9):
        rates = drawn_rates(strength, simulations // 4)
        marks = ["" if holds(rates[name], "most") or "without" in name else " **out**" for name in names]
        yield f"| {strength} | " + " | ".join(three(rates[n]) + m for n, m in zip(names, marks, strict=True)) + " |"
        told(f"drawn by {strength}")
    yield ""
    yield (
        f"{simulations // 4:,} simulations each. The target of C and the trigger of R share the weights of one "
        "query: more for one is less for the other, which appears as a response on the mass and on a logit with a "
        "lower limit, and as inspection on both. The additional criteria are the log-odds without lower limit, and "
        "the mass beside the target."
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
    grid, heads = simulated_design((30, 30), (8, 8)), 12
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
            hits[name].append((found.reshape(-1, heads) < ALPHA).any(1))
    return {name: float(np.concatenate(each).mean()) for name, each in hits.items()}


def loss_table(simulations: int) -> Iterator[str]:
    """By what leaves the test."""
    yield "### Errors of the model: 40 % of the T stems fail with some R suffixes (suffix effects of 1, no response)"
    yield ""
    yield "| What leaves the test | Suffixes that cause errors | stems, logit | suffixes, logit | both significant |"
    yield "|---|---|---|---|---|"
    for suffixes in (1, 2):
        for drop, what in (("stems", "every stem with a failed event (so done)"), ("cells", "the failed events only")):
            rates = loss_rates(simulations, suffixes, drop)
            yield f"| {what} | {suffixes} of 8 | " + " | ".join(three(rate) for rate in rates.values()) + " |"
            told(f"exclusions: {what}")
    yield ""
