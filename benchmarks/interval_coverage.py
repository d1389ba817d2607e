"""How often do 95 % intervals contain what was planted? A part of the calibration."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from simulations import BARE, three, told

from fairseq_phonology.analysis.contrasts.estimates import weights_of
from fairseq_phonology.analysis.contrasts.kinds import CONTRASTS
from fairseq_phonology.analysis.contrasts.power import Variances, both_scales, simulated, simulated_design, words_apart
from fairseq_phonology.analysis.statistics.intervals import crossed_interval, mean_interval


def coverage(targets, triggers, effect: float, contrast: str, variances: Variances, intervals: int) -> dict[str, float]:
    """Share of 95 % intervals that contain what was planted, by scale; heads are independent simulations."""
    grid, variances = simulated_design(targets, triggers), replace(variances, correlation=0.0)
    covered: dict[str, list[np.ndarray]] = {}
    for block in range(0, intervals, 200):
        rng = np.random.default_rng([2, block])
        logit = simulated(grid, variances, effect, 1, 200, rng)
        rows, columns = weights_of(grid, contrast)
        permuted = CONTRASTS[contrast].permutes
        truth = _truth(variances, effect, contrast)
        for scale, values in both_scales(logit).items():
            low, high = crossed_interval(values, rows, columns, "rows" in permuted, "columns" in permuted, rng, 999)
            covered.setdefault(scale, []).append((low <= truth[scale]) & (truth[scale] <= high))
    return {scale: float(np.concatenate(each).mean()) for scale, each in covered.items()}


def _truth(variances: Variances, effect: float, contrast: str) -> dict[str, float]:
    """What a contrast is in all stems and suffixes there could be; mass by Gauss-Hermite quadrature."""
    points, weights = np.polynomial.hermite_e.hermegauss(60)
    parts = (variances.stem, variances.suffix, variances.stem_slope / 2, variances.suffix_slope / 2, variances.residual)
    deviation = np.sqrt(sum(part**2 for part in parts))
    found = {"mass": 0.0, "logit": 0.0}
    for sign, (t, r) in zip(CONTRASTS[contrast].cells, ((1, 1), (1, 0), (0, 1), (0, 0)), strict=True):
        mean = variances.level + variances.salience * r + variances.inspection * t + effect * t * r
        for scale, values in both_scales(mean + deviation * points).items():
            found[scale] += sign * float(values @ weights / weights.sum())
    return found


def words_coverage(words: int, effect: float, intervals: int) -> float:
    """Share of 95 % intervals of the logit over real words that contain what was planted."""
    rng = np.random.default_rng(3)
    variances = replace(Variances(), correlation=0.0)
    low, high = mean_interval(words_apart(words, variances, effect, 1, intervals, rng)["logit"], rng, 999)
    truth = _truth(variances, effect, "response")["logit"]
    return float(((low <= truth) & (truth <= high)).mean())


def table(intervals: int) -> Iterator[str]:
    yield f"### Coverage of 95 % intervals ({intervals:,} each)"
    yield ""
    yield "| Design | Contrast | What varies | logit | mass |"
    yield "|---|---|---|---|---|"
    plain = Variances()
    cases = (
        ("response", 0.5, "stated defaults", plain),
        ("response", 0.0, "single words only", BARE),
        ("response", 0.5, "suffix slopes of 1", replace(BARE, stem=0.5, suffix=0.5, suffix_slope=1.0)),
        ("inspection", 0.0, "stems, single words", replace(plain, suffix=0.0, suffix_slope=0.0)),
        ("salience", 0.0, "suffixes, single words", replace(plain, stem=0.0, stem_slope=0.0)),
    )
    for targets, triggers in (((30, 30), (8, 8)), ((8, 8), (8, 8)), ((8, 8), (4, 4)), ((4, 4), (4, 4))):
        for contrast, effect, what, variances in cases:
            found = coverage(targets, triggers, effect, contrast, variances, intervals)
            size = f"{targets[0]} + {targets[1]} x {triggers[0]} + {triggers[1]}"
            yield f"| {size} | {contrast} | {what} | {three(found['logit'])} | {three(found['mass'])} |"
            told(f"coverage {size} {contrast}")
    for words in (5, 10, 40):
        share = three(words_coverage(words, 0.5, intervals))
        yield f"| {words} real words | response | stated defaults | {share} |  |"
    yield ""
    yield "Where only single words vary, the interval of a response allows for stems and suffixes too, and is too wide."
    yield ""
