"""Errors of the model, and real words that share segments: what looks like a response and is none. A part of the
calibration.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from error_rates import HEADS, rates
from simulations import BARE, UNITS, Null, marked, three, told, words_of

from fairseq_phonology.analysis.contrasts.estimates import tested
from fairseq_phonology.analysis.contrasts.kinds import RESPONSE
from fairseq_phonology.analysis.contrasts.simulated import Variances, simulated_design
from fairseq_phonology.analysis.criteria import ALPHA
from fairseq_phonology.analysis.statistics.crossed import holm

WORDS = (
    Null("words as in trained models, segments alike", UNITS),
    Null("as in trained models", Variances()),
    *(Null(f"single segment pairs of {d:g}", replace(UNITS, segment_pair=d)) for d in (0.25, 0.5, 1.0)),
    Null("target segments with slopes of 1", replace(UNITS, target_segment=1.0)),
    Null("trigger segments with slopes of 1", replace(UNITS, trigger_segment=1.0)),
    *(
        Null(
            f"the same of {d:g}, the most frequent R in .9, N in .7 of the words",
            replace(UNITS, trigger_segment=d),
            most=(0.9, 0.7),
        )
        for d in (1.0, 2.0)
    ),
    Null(
        "trigger segments with slopes of 1, 3 : 1 (R : N)",
        replace(UNITS, trigger_segment=1.0, trigger_segment_ratio=3.0),
    ),
    Null(
        "target segments with slopes of 1, 1 : 4 (T : C)",
        replace(UNITS, target_segment=1.0, target_segment_ratio=0.25),
    ),
    Null("slopes in target position 1 : 4, skewed", replace(UNITS, stem_slope=2.0, stem_ratio=0.25, skewed=True)),
)


def words_table(simulations: int) -> Iterator[str]:
    """Of real words."""
    sizes = (30, 100, 300)
    yield "### False claims: real words, each with its own 2 x 2"
    yield ""
    kinds = [f"{words} words, {heads} heads" for words in sizes for heads in HEADS]
    yield "| Without response | " + " | ".join(f"{kind}: p (rule)" for kind in kinds) + " |"
    yield "|---" * (1 + len(kinds)) + "|"
    for null in WORDS:
        cells = []
        for words in sizes:
            found = rates(null, words_of(null, words), simulations if words < 300 else simulations // 2)
            cells += [f"{three(found[heads]['p'])} ({marked(found[heads]['rule'])})" for heads in HEADS]
        yield f"| {null.name} | " + " | ".join(cells) + " |"
        told(f"real words: {null.name}")
    yield ""
    yield "Of T there are 8 segments, as unequal as in a lexicon, of C 2, of R 2, of N 4. 300 words: half as many runs."
    yield ""


def loss_rates(simulations: int, suffixes: int, heads: int = 12) -> dict[str, float]:
    """Errors that fall on T stems with some R suffixes in 40 % of cases: false positives of the test.

    Args:
        simulations: how many.
        suffixes: with how many of the eight R suffixes.
        heads: of a family.

    Returns:
        Where every stem with a failed event is left out, as is done, and where their events alone are (replaced by
        their stem's mean over the other suffixes of the class).
    """
    design = simulated_design((30, 30), (8, 8))
    null = Null("errors", replace(BARE, stem=0.5, suffix=1.0))
    hits: dict[str, list[bool]] = {"stems": [], "events": []}
    rng = np.random.default_rng(1)
    for log_odds, _ in null.drawn(design, heads, simulations):
        for values in np.split(log_odds, log_odds.shape[2] // heads, axis=2):
            failed = np.zeros(design.index.shape, bool)
            failed[design.undergoes, :suffixes] = rng.random((30, suffixes)) < 0.4
            kept = ~failed.any(1)
            own = design.part(kept, np.ones(16, bool))
            filled = np.where(failed[:, :, None], np.nan, values)
            means = np.nanmean(filled[:, design.triggers], 1)[:, None]
            filled = np.where(np.isnan(filled), means, filled)
            for name, of, each in (("stems", own, values[kept]), ("events", design, filled)):
                hits[name].append(bool((holm(tested(of, each, RESPONSE).p) < ALPHA).any()))
    return {name: float(np.mean(each)) for name, each in hits.items()}


def loss_table(simulations: int) -> Iterator[str]:
    """By what leaves the test."""
    yield "### Errors of the model: 40 % of the T stems fail with some R suffixes (suffix effects of 1, no response)"
    yield ""
    yield "| Suffixes that cause errors | p: every stem with a failed event leaves | p: the failed events only |"
    yield "|---|---|---|"
    for suffixes in (1, 2, 4):
        found = loss_rates(simulations // 4, suffixes)
        yield f"| {suffixes} of 8 | {three(found['stems'])} | {three(found['events'])} |"
        told(f"exclusions: {suffixes} suffixes")
    yield ""
