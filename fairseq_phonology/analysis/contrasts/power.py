"""How many stems and suffixes an effect needs: words are simulated, and tested as `contrasts` tests them."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..criteria import ALPHA, ATTENDS, LEAST_MASS, Evidence
from ..design.designs import CrossedDesign
from ..statistics.permutation import sign_flip
from .estimates import contrast_of, segment_estimates
from .simulation import Variances, both_scales, design_of, odds, simulated
from .table import INSPECTION, RESPONSE
from .tests import tested_scales

EFFECTS = (0.25, 0.5, 1.0, 2.0)
_LARGE = 4000  # words, beyond which fewer simulations must do on a terminal
_BLOCK = 3_000_000  # numbers simulated at a time: 24 MiB


@dataclass(frozen=True)
class Power:
    """Shares of simulations, 0 to 1.

    Attributes:
        claims: the head with the effect meets the claim rule.
        tests: it has max-T p < .05, by test (names as in `Family`).
        false_claims: one of the other heads meets the rule.
    """

    claims: float
    tests: dict[str, float]
    false_claims: float


def p_and_claims(
    grid: CrossedDesign,
    logit: np.ndarray,
    heads: int,
    n_permutations: int,
    seed: int,
    contrast: str = RESPONSE,
    beside: np.ndarray | None = None,
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Max-T p by test, and which heads meet the claim rule, of `simulated` logits.  # -> simulations x heads

    ``beside``: logits of the mass beside the target, for the additional criterion of inspection, if given.
    """
    values = both_scales(logit)
    further = {}
    if contrast == RESPONSE:
        further = {"odds": odds(logit)}
    elif contrast == INSPECTION and beside is not None:
        further = {f"beside {scale}": each for scale, each in both_scales(beside).items()}
    p, additional = (
        {name: each for scale, found in tests.items() for name, each in found.named(scale).items()}
        for tests in (tested_scales(grid, each, contrast, n_permutations, seed, heads) for each in (values, further))
    )
    segments = {scale: segment_estimates(grid, each, contrast) for scale, each in values.items()}
    claims = ATTENDS.met(Evidence(p | additional, contrast_of(grid, values["mass"], contrast), segments))
    return {test: found.reshape(-1, heads) for test, found in p.items()}, claims.reshape(-1, heads)


def power(
    targets: tuple[int, int],
    triggers: tuple[int, int],
    effect: float,
    variances: Variances | None = None,
    heads: int = 12,
    simulations: int = 500,
    n_permutations: int = 999,
    seed: int = 1,
    row_unit: str = "stems",
    tick: Callable[[int], object] = lambda done: None,
) -> Power:
    """Power of the response on a crossed design, the effect planted in one of the heads.

    Args:
        targets: number of target-carrying units of class T and C.
        triggers: number of trigger-carrying units of class R and N.
        effect: response in logits.
        variances: of the other parts; default `Variances()`.
        heads: of the family.
        simulations: how many.
        n_permutations: of each test.
        seed: of everything.
        row_unit: what carries the target: ``stems``, or ``suffixes`` in a progressive process.
        tick: called with the number of simulations done since it was last called.
    """
    grid, variances = design_of(targets, triggers, row_unit=row_unit), variances or Variances()
    rng = np.random.default_rng(seed)
    found = []
    for size in _blocks(simulations, grid.index.size * heads):
        logit = simulated(grid, variances, effect, heads, size, rng)
        found.append(p_and_claims(grid, logit, heads, n_permutations, seed))
        tick(size)
    return _summed(found)


def power_of_words(
    words: int,
    effect: float,
    variances: Variances | None = None,
    heads: int = 12,
    simulations: int = 500,
    n_permutations: int = 999,
    seed: int = 1,
    tick: Callable[[int], object] = lambda done: None,
) -> Power:
    """Power of the response over real words, each with its own 2 x 2. Arguments as `power`.

    A word's two segments in target position count as stems, those in trigger position as suffixes. The rule's part on
    single segments is left out: how real words share their segments is not known.
    """
    rng = np.random.default_rng(seed)
    found = []
    for size in _blocks(simulations, 4 * words * heads):
        apart = words_apart(words, variances or Variances(), effect, heads, size, rng)
        p = {
            f"stems_{scale}": sign_flip(each, n_permutations, np.random.default_rng(seed), family=heads)[1]
            for scale, each in apart.items()
        }
        claims = (apart["mass"].mean(0) >= LEAST_MASS) & np.all([each < ALPHA for each in p.values()], 0)
        found.append(({test: each.reshape(-1, heads) for test, each in p.items()}, claims.reshape(-1, heads)))
        tick(size)
    return _summed(found)


def words_apart(
    words: int, variances: Variances, effect: float, heads: int, simulations: int, rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """Double differences of simulated real words, on both scales.  # -> words x (simulations x heads)"""
    logit = simulated(design_of((1, 1), (1, 1)), variances, effect, heads, simulations * words, rng)
    apart = {}
    for scale, values in (both_scales(logit) | {"odds": odds(logit)}).items():
        each = values.reshape(2, 2, simulations, words, heads)
        double = each[0, 0] - each[0, 1] - each[1, 0] + each[1, 1]
        apart[scale] = double.transpose(1, 0, 2).reshape(words, -1)
    return apart


def power_table(
    stems: Sequence[int], suffixes: Sequence[int], effects: Sequence[float] = EFFECTS, **options: Any
) -> Iterator[tuple[int, int, float, Power]]:
    """Power of every size: so many stems and suffixes of each class (30 and 8 are 30 T + 30 C by 8 R + 8 N).

    Options are those of `power`; yields stems, suffixes, effect and power.
    """
    for n_stems, n_suffixes, effect in itertools.product(stems, suffixes, effects):
        pairs = (n_stems, n_stems), (n_suffixes, n_suffixes)
        targets, triggers = pairs if options.get("row_unit", "stems") == "stems" else pairs[::-1]
        yield n_stems, n_suffixes, effect, power(targets, triggers, effect, **options)


def _blocks(simulations: int, size: int) -> Iterator[int]:
    block = max(1, _BLOCK // size)
    for start in range(0, simulations, block):
        yield min(block, simulations - start)


def _summed(found: Sequence[tuple[dict[str, np.ndarray], np.ndarray]]) -> Power:
    claims = np.concatenate([each for _, each in found])
    tests = {test: np.concatenate([p[test][:, 0] for p, _ in found]) for test in found[0][0]}
    return Power(
        float(claims[:, 0].mean()),
        {test: float((p < ALPHA).mean()) for test, p in tests.items()},
        float(claims[:, 1:].any(1).mean()),
    )


def lines_of_crossed(targets: tuple[int, int], triggers: tuple[int, int], seed: int = 1) -> list[str]:
    """A few lines on the power of a crossed design, under the default variances; in some seconds.

    Args:
        targets: number of target-carrying units of class T and C.
        triggers: number of trigger-carrying units of class R and N.
        seed: of the simulations.
    """
    words = sum(targets) * sum(triggers)
    simulations = 200 if words <= _LARGE else 80
    what = f"{targets[0]} T + {targets[1]} C crossed with {triggers[0]} R + {triggers[1]} N ({words:,} words)"
    found = [power(targets, triggers, effect, None, 12, simulations, 299, seed) for effect in EFFECTS]
    return _lines(what, found, simulations)


def lines_of_words(n_words: int, seed: int = 1) -> list[str]:
    """The same for real words, each with its own 2 x 2."""
    found = [power_of_words(n_words, effect, None, 12, 200, 299, seed) for effect in EFFECTS]
    return _lines(f"{n_words} real words, each with its own 2 x 2", found, 200)


def _lines(what: str, found: Sequence[Power], simulations: int) -> list[str]:
    effects, claims = " / ".join(f"{each:g}" for each in EFFECTS), " / ".join(f"{100 * p.claims:.0f}" for p in found)
    return [
        f"power: {what}",
        f"  a response of {effects} logits in one of 12 heads is claimed in {claims} % of simulations",
        f"  ({simulations} each, with stated variances; other sizes, heads and pilots: fairseq-phonology power)",
    ]
