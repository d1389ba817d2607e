"""How many stems and suffixes an effect needs: attention is simulated, from stated variances or those of a pilot, and
tested as `tests` does."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..criteria import ALPHA, ATTENDS, LEAST_MASS
from ..design.designs import CrossedDesign
from ..statistics.crossed import holm, mean_test
from .estimates import contrast_of
from .kinds import RESPONSE
from .tests import claimable


@dataclass(frozen=True)
class Variances:
    """What the logit of the mass at the trigger is made of, in one head. Deviations are in logits.

    Stems stand for the units that carry the target, suffixes for those that carry the trigger; in a progressive process
    it is the other way round.

    The default deviations and their correlation are rounded medians over the heads that attend to the trigger in
    two Transformers (``transformer_phonology_tiny`` and ``_small``, 8,000 words of nonce Korean) on 60 + 60 stems x
    8 + 8 suffixes for obstruent nasalization, all correct. Salience is of their size, too. Level and inspection are
    such that TR stands at .5 without response, clear of the clip of the logit. Your own: `variances_from`.

    Attributes:
        level: mean in CN.
        salience: how much higher every word with a trigger is.
        inspection: how much higher every word with a target is.
        stem, suffix: deviation of stems and of suffixes.
        stem_slope: deviation of the stems in how much more they give to triggers than to controls.
        suffix_slope: deviation of the suffixes in how much more they get from targets than from controls.
        residual: deviation of single words.
        correlation: of each of these between heads.
    """

    level: float = -3.0
    salience: float = 1.5
    inspection: float = 1.5
    stem: float = 1.6
    suffix: float = 0.7
    stem_slope: float = 1.1
    suffix_slope: float = 0.45
    residual: float = 0.55
    correlation: float = 0.1


def simulated_design(
    targets: tuple[int, int], triggers: tuple[int, int], segments: tuple[int, int] = (3, 2), row_unit: str = "stems"
) -> CrossedDesign:
    """A crossed design of so many T and C, R and N units; segments: how many there are in T and in R, in turn."""
    (n_t, n_c), (n_r, n_n) = targets, triggers
    return CrossedDesign(
        tuple(f"s{n}" for n in range(n_t + n_c)),
        tuple(f"x{n}" for n in range(n_r + n_n)),
        np.arange(n_t + n_c) < n_t,
        np.arange(n_r + n_n) < n_r,
        tuple(f"t{n % segments[0]}" for n in range(n_t + n_c)),
        tuple(f"r{n % segments[1]}" for n in range(n_r + n_n)),
        np.arange((n_t + n_c) * (n_r + n_n)).reshape(n_t + n_c, n_r + n_n),
        row_unit,
    )


def simulated(
    grid: CrossedDesign, variances: Variances, effect: float, heads: int, simulations: int, rng: np.random.Generator
) -> np.ndarray:
    """Logits of a crossed design, effect planted in TR of the first head of each simulation.

    Returns rows x columns x (simulations x heads), the heads of a simulation side by side.
    """
    rows, columns = grid.index.shape

    def noise(deviation: float, *units: int) -> np.ndarray:
        own = rng.standard_normal((*units, simulations, heads))
        if heads > 1 and variances.correlation:
            common = rng.standard_normal((*units, simulations, 1))
            own = np.sqrt(1 - variances.correlation) * own + np.sqrt(variances.correlation) * common
        return deviation * own.reshape(*units, simulations * heads)

    target = grid.undergoes.astype(float)[:, None, None]
    trigger = grid.triggers.astype(float)[None, :, None]
    logit = noise(variances.residual, rows, columns)
    logit += variances.level + variances.salience * trigger + variances.inspection * target
    logit += noise(variances.stem, rows, 1) + noise(variances.suffix, 1, columns)
    logit += noise(variances.stem_slope, rows, 1) * (trigger - 0.5)
    logit += noise(variances.suffix_slope, 1, columns) * (target - 0.5)
    logit[:, :, ::heads] += effect * target * trigger
    return logit


def mass_of(log_odds: np.ndarray) -> np.ndarray:
    """Mass of simulated log-odds."""
    return 1 / (1 + np.exp(-log_odds))


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
    grid: CrossedDesign, log_odds: np.ndarray, heads: int, contrast: str = RESPONSE
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Corrected p, and which heads meet the claim rule, of `simulated` log-odds.  # -> simulations x heads"""
    amount = contrast_of(grid, mass_of(log_odds), contrast)
    p, evidence = claimable(grid, log_odds, amount, contrast, family=heads)
    return {"p": p.reshape(-1, heads)}, ATTENDS.met(evidence).reshape(-1, heads)


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
    grid, variances = simulated_design(targets, triggers, row_unit=row_unit), variances or Variances()

    def one(size: int, rng: np.random.Generator) -> tuple[dict[str, np.ndarray], np.ndarray]:
        logit = simulated(grid, variances, effect, heads, size, rng)
        return p_and_claims(grid, logit, heads)

    return _simulated_power(one, simulations, grid.index.size * heads, seed, tick)


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

    A word's two segments in target position vary as stems, those in trigger position as suffixes. The rule's part on
    single segments is left out: how real words share their segments is not known.
    """

    def one(size: int, rng: np.random.Generator) -> tuple[dict[str, np.ndarray], np.ndarray]:
        apart = words_apart(words, variances or Variances(), effect, heads, size, rng)
        p = holm(mean_test(apart["logit"]).p, heads)
        claims = (p < ALPHA) & (apart["mass"].mean(0) >= LEAST_MASS)
        return {"p": p.reshape(-1, heads)}, claims.reshape(-1, heads)

    return _simulated_power(one, simulations, 4 * words * heads, seed, tick)


def words_apart(
    words: int, variances: Variances, effect: float, heads: int, simulations: int, rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """Double differences of simulated real words, on both scales.  # -> words x (simulations x heads)"""
    logit = simulated(simulated_design((1, 1), (1, 1)), variances, effect, heads, simulations * words, rng)
    apart = {}
    for scale, values in {"logit": logit, "mass": mass_of(logit)}.items():
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


def _simulated_power(
    one: Callable[[int, np.random.Generator], tuple[dict[str, np.ndarray], np.ndarray]],
    simulations: int,
    size: int,
    seed: int,
    tick: Callable[[int], object],
) -> Power:
    """Power from simulations in blocks.

    Args:
        one: makes p by test and claims of so many simulations.  # -> simulations x heads
        simulations, seed, tick: as `power`.
        size: numbers that a simulation takes.
    """
    rng, block, found = np.random.default_rng(seed), max(1, _BLOCK // size), []
    for start in range(0, simulations, block):
        found.append(one(min(block, simulations - start), rng))
        tick(len(found[-1][1]))
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


def variances_from(grid: CrossedDesign, logit: np.ndarray) -> Variances:
    """Variances of a pilot: components by the method of moments in each head, then the median over heads.

    Heads that put no more than .05 of mass on the trigger in any cell are left aside, unless all are like that: near
    the limits of the clipped logit the variances cannot be seen.

    Args:
        grid: the pilot's design.
        logit: of all its events.  # -> events x heads
    """
    values = np.asarray(logit, float)[grid.index]
    classes = [
        (rows, columns) for rows in (grid.undergoes, ~grid.undergoes) for columns in (grid.triggers, ~grid.triggers)
    ]
    mass = np.max([mass_of(values[rows][:, columns]).mean((0, 1)) for rows, columns in classes], axis=0)
    values = values[:, :, mass > LEAST_MASS] if (mass > LEAST_MASS).any() else values
    cells = {(t, r): values[grid.undergoes == t][:, grid.triggers == r] for t in (True, False) for r in (True, False)}
    rest = [c - c.mean(1, keepdims=True) - c.mean(0, keepdims=True) + c.mean((0, 1)) for c in cells.values()]
    freedom = sum((c.shape[0] - 1) * (c.shape[1] - 1) for c in cells.values())
    residual = sum((each**2).sum((0, 1)) for each in rest) / freedom
    both = np.stack([grid.undergoes, ~grid.undergoes]), np.stack([grid.triggers, ~grid.triggers])
    stem, stem_slope = _unit_variances(values, both[0], both[1], residual)
    suffix, suffix_slope = _unit_variances(values.swapaxes(0, 1), both[1], both[0], residual)
    means = {key: cell.mean((0, 1)) for key, cell in cells.items()}
    level = means[False, False]
    pooled = np.concatenate([each.reshape(-1, values.shape[2]) for each in rest])
    varies = pooled.std(0) > 0
    correlations = (
        np.corrcoef(pooled[:, varies].T)[np.triu_indices(varies.sum(), 1)] if varies.sum() > 1 else np.zeros(1)
    )
    return Variances(
        level=float(np.median(level)),
        salience=float(np.median(means[False, True] - level)),
        inspection=float(np.median(means[True, False] - level)),
        **{
            name: float(np.sqrt(np.median(np.maximum(each, 0))))
            for name, each in (
                ("stem", stem), ("suffix", suffix), ("stem_slope", stem_slope), ("suffix_slope", suffix_slope),
                ("residual", residual),
            )
        },
        correlation=float(np.clip(np.median(correlations), 0, 0.95)),
    )  # fmt: skip


def _unit_variances(values: np.ndarray, own: np.ndarray, other: np.ndarray, residual: np.ndarray):
    """Of units (first axis): variance of their level and of their slope between the other units' classes."""
    first, second = (values[:, members].mean(1) for members in other)
    single = residual * sum(1 / members.sum() for members in other)

    def within(by_unit: np.ndarray) -> np.ndarray:
        squares = [((by_unit[members] - by_unit[members].mean(0)) ** 2).sum(0) for members in own]
        return sum(squares) / (len(by_unit) - len(own))

    return within((first + second) / 2) - single / 4, within(first - second) - single
