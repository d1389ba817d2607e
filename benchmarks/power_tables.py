"""How often is what is there found, in designs and in real words? A part of the calibration."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from simulations import BLOCK, PERMUTATIONS, three, told

from fairseq_phonology.analysis.contrasts.power import EFFECTS, Variances, power_of_words, power_table, words_apart
from fairseq_phonology.analysis.criteria import ALPHA, ATTENDS, Evidence
from fairseq_phonology.analysis.statistics.permutation import sign_flip


def words_table(simulations: int) -> Iterator[str]:
    """Of real words, with their error rates."""
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
        hits.append((p["logit"] < ALPHA).reshape(-1, heads).any(1))
        met = ATTENDS.met(Evidence(p, apart["mass"].mean(0)))
        claims.append(met.reshape(-1, heads).any(1))
    return float(np.concatenate(hits).mean()), float(np.concatenate(claims).mean())


def design_table() -> Iterator[str]:
    """Of crossed designs."""
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
