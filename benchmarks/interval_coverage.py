"""How often do 95 % intervals contain what was planted? A part of the calibration."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from simulations import BARE, UNITS, three, told

from fairseq_phonology.analysis.contrasts.estimates import consistency_of, weights_of
from fairseq_phonology.analysis.contrasts.kinds import CONTRASTS
from fairseq_phonology.analysis.contrasts.simulated import (
    Variances,
    simulated,
    simulated_design,
    simulated_of_words,
    simulated_words,
)
from fairseq_phonology.analysis.design.designs import reduced
from fairseq_phonology.analysis.statistics.intervals import crossed_interval, mean_interval

DRAWS = 499


def coverage(targets, triggers, effect: float, contrast: str, variances: Variances, intervals: int) -> dict[str, float]:
    """Share of 95 % intervals that contain what was planted; heads are independent simulations.

    Returns:
        Of the log-odds, of the mass, and of the interval with segments random.
    """
    design, variances = simulated_design(targets, triggers), replace(variances, correlation=0.0)
    rng = np.random.default_rng(2)
    rows, columns = weights_of(design, contrast)
    classes = (design.undergoes, design.triggers)
    truth = _truth(variances, effect, contrast)
    covered: dict[str, list[np.ndarray]] = {}
    for _ in range(0, intervals, 100):
        log_odds = simulated(design, variances, effect, 1, 100, rng)
        bounds = {
            scale: crossed_interval(values.astype(float), rows, columns, rng, DRAWS, classes)
            for scale, values in (("log-odds", log_odds), ("mass", variances.mass(log_odds)))
        }
        own = consistency_of(design, log_odds.astype(float), contrast)
        bounds["segments"] = own.low, own.high
        for name, (low, high) in bounds.items():
            known = truth["mass" if name == "mass" else "log-odds"]
            covered.setdefault(name, []).append((low <= known) & (known <= high))
    return {name: float(np.concatenate(each).mean()) for name, each in covered.items()}


def _truth(variances: Variances, effect: float, contrast: str) -> dict[str, float]:
    """What a contrast is in all stems, suffixes and segments there could be; mass by Gauss-Hermite quadrature."""
    points, weights = np.polynomial.hermite_e.hermegauss(60)
    halves = ("stem_slope", "suffix_slope", "target_segment", "trigger_segment")
    parts = [getattr(variances, name) / 2 for name in halves]
    parts += [getattr(variances, name) for name in ("stem", "suffix", "segment_pair", "residual")]
    deviation = np.sqrt(sum(part**2 for part in parts))
    found = {"mass": 0.0, "log-odds": 0.0}
    for sign, (t, r) in zip(CONTRASTS[contrast].cells, ((1, 1), (1, 0), (0, 1), (0, 0)), strict=True):
        mean = variances.level + variances.salience * r + variances.inspection * t + effect * t * r
        found["log-odds"] += sign * mean
        found["mass"] += sign * float(variances.mass(mean + deviation * points) @ weights / weights.sum())
    return found


def words_coverage(words: int, effect: float, variances: Variances, intervals: int) -> dict[str, float]:
    """Share of 95 % intervals over real words that contain what was planted."""
    rng, variances = np.random.default_rng(3), replace(variances, correlation=0.0)
    design, truth = simulated_words(words), _truth(variances, effect, "response")
    log_odds = simulated_of_words(design, variances, effect, 1, intervals, rng).astype(float)
    found = {}
    for scale, values in (("log-odds", log_odds), ("mass", variances.mass(log_odds))):
        low, high = mean_interval(reduced(values, CONTRASTS["response"].cells), rng, DRAWS)
        found[scale] = float(((low <= truth[scale]) & (truth[scale] <= high)).mean())
    own = consistency_of(design, log_odds, "response")
    found["segments"] = float(((own.low <= truth["log-odds"]) & (truth["log-odds"] <= own.high)).mean())
    return found


def table(intervals: int) -> Iterator[str]:
    """The section of RESULTS.md."""
    yield f"### Coverage of 95 % intervals ({intervals:,} each)"
    yield ""
    yield "| Design | Contrast | What varies | log-odds | mass | log-odds, segments random |"
    yield "|---|---|---|---|---|---|"
    cases = (
        ("response", 0.5, "stems and suffixes, segments alike", UNITS),
        ("response", 0.5, "suffix slopes of 1", replace(UNITS, suffix_slope=1.0)),
        ("response", 0.0, "single words only", BARE),
        ("response", 0.5, "segments, too (stated defaults)", Variances()),
        ("inspection", 0.0, "stems and suffixes", UNITS),
        ("salience", 0.0, "stems and suffixes", UNITS),
    )
    for targets, triggers in (((30, 30), (8, 8)), ((8, 8), (8, 8)), ((8, 8), (4, 4))):
        for contrast, effect, what, variances in cases:
            found = coverage(targets, triggers, effect, contrast, variances, intervals)
            size = f"{targets[0]} + {targets[1]} x {triggers[0]} + {triggers[1]}"
            yield f"| {size} | {contrast} | {what} | " + " | ".join(three(each) for each in found.values()) + " |"
            told(f"coverage {size} {contrast}, {what}")
    for words in (10, 40, 100):
        for what, variances in (("words, segments alike", UNITS), ("segments, too (stated defaults)", Variances())):
            found = words_coverage(words, 0.5, variances, intervals)
            cells = " | ".join(three(each) for each in found.values())
            yield f"| {words} real words | response | {what} | {cells} |"
    yield ""
    yield (
        "Where only single words vary, the interval of a response allows for stems and suffixes too, and is too wide. "
        "Where segments differ, the interval over stems and suffixes is one for these segments, and too short for "
        "others; that with segments random is for others, and wide."
    )
    yield ""
