"""How many stems and suffixes an effect needs: words are simulated, and tested as `contrasts` tests them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from .claims import ALPHA, LEAST_MASS, met
from .contrasts import CLIP
from .crossed import contrast_weights, permuted, segment_estimates
from .design import Grid
from .permutation import sign_flip

EFFECTS = (0.25, 0.5, 1.0)
_BLOCK = 3_000_000  # numbers simulated at a time: 24 MiB


@dataclass(frozen=True)
class Variances:
    """What the logit of the mass at the trigger is made of, in one head. Deviations are in logits.

    The defaults are round figures of the order that small Transformers on nonce words show, not estimates of any one
    model: ordinary differences between stems and between suffixes, half as large ones in how they differ between
    classes, and noise of single words as large as the differences. Estimate your own from a pilot (`variances_from`).

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

    level: float = -1.0
    salience: float = 1.0
    inspection: float = 0.0
    stem: float = 0.5
    suffix: float = 0.5
    stem_slope: float = 0.25
    suffix_slope: float = 0.25
    residual: float = 0.5
    correlation: float = 0.3


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


def design_of(targets: tuple[int, int], triggers: tuple[int, int], segments: tuple[int, int] = (3, 2)) -> Grid:
    """A crossed design of so many T and C, R and N units; segments: how many there are in T and in R, in turn."""
    (n_t, n_c), (n_r, n_n) = targets, triggers
    return Grid(
        tuple(f"s{n}" for n in range(n_t + n_c)),
        tuple(f"x{n}" for n in range(n_r + n_n)),
        np.arange(n_t + n_c) < n_t,
        np.arange(n_r + n_n) < n_r,
        tuple(f"t{n % segments[0]}" for n in range(n_t + n_c)),
        tuple(f"r{n % segments[1]}" for n in range(n_r + n_n)),
        np.arange((n_t + n_c) * (n_r + n_n)).reshape(n_t + n_c, n_r + n_n),
    )


def simulated(
    grid: Grid, variances: Variances, effect: float, heads: int, simulations: int, rng: np.random.Generator
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


def both_scales(logit: np.ndarray) -> dict[str, np.ndarray]:
    """Mass, and its clipped logit as `View` has it, of simulated logits."""
    low, high = (np.log(edge / (1 - edge)) for edge in CLIP)
    return {"mass": 1 / (1 + np.exp(-logit)), "logit": np.clip(logit, low, high)}


def p_and_claims(
    grid: Grid, logit: np.ndarray, heads: int, n_permutations: int, seed: int, contrast: str = "response"
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Max-T p by test, and which heads meet the claim rule, of `simulated` logits.  # -> simulations x heads"""
    rows, columns = contrast_weights(contrast, grid.undergoes, grid.triggers)
    unit = {"rows": grid.row_unit, "columns": grid.column_unit}
    values, p = both_scales(logit), {}
    for scale, each in values.items():
        tested = permuted(each, grid.undergoes, grid.triggers, contrast, n_permutations, seed, heads)
        p |= {f"{unit[side]}_{scale}": found for side, found in tested.p.items()}
        if tested.joint is not None:
            p[f"both_{scale}"] = tested.joint
    mass = np.einsum("r,rch,c->h", rows, values["mass"], columns, optimize=True)
    segments = {scale: segment_estimates(each, grid, contrast) for scale, each in values.items()}
    claims = met(p, mass, segments)
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
        tick: called with the number of simulations done since it was last called.
    """
    grid, variances = design_of(targets, triggers), variances or Variances()
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
    grid, variances = design_of((1, 1), (1, 1)), variances or Variances()
    rng = np.random.default_rng(seed)
    found = []
    for size in _blocks(simulations, 4 * words * heads):
        logit = simulated(grid, variances, effect, heads, size * words, rng)
        values = {s: v.reshape(2, 2, size, words, heads) for s, v in both_scales(logit).items()}
        apart = {
            s: (v[0, 0] - v[0, 1] - v[1, 0] + v[1, 1]).transpose(1, 0, 2).reshape(words, -1) for s, v in values.items()
        }
        p = {
            f"stems_{s}": sign_flip(v, n_permutations, np.random.default_rng(seed), family=heads)[1]
            for s, v in apart.items()
        }
        claims = (apart["mass"].mean(0) >= LEAST_MASS) & np.all([each < ALPHA for each in p.values()], 0)
        found.append(({test: each.reshape(-1, heads) for test, each in p.items()}, claims.reshape(-1, heads)))
        tick(size)
    return _summed(found)


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


def variances_from(grid: Grid, logit: np.ndarray) -> Variances:
    """Variances of a pilot: components by the method of moments in each head, then the median over heads.

    Args:
        grid: the pilot's design.
        logit: of all its events.  # -> events x heads
    """
    values = np.asarray(logit, float)[grid.index]
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


def what_it_buys(targets: tuple[int, int], triggers: tuple[int, int], seed: int = 1) -> list[str]:
    """A few lines on the power of a crossed design, under the default variances; in some seconds.

    Args:
        targets: number of target-carrying units of class T and C.
        triggers: number of trigger-carrying units of class R and N.
        seed: of the simulations.
    """
    words = sum(targets) * sum(triggers)
    what = f"{targets[0]} T + {targets[1]} C crossed with {triggers[0]} R + {triggers[1]} N ({words:,} words)"
    return _lines(what, [power(targets, triggers, effect, None, 12, 200, 299, seed).claims for effect in EFFECTS])


def what_words_buy(n_words: int, seed: int = 1) -> list[str]:
    """The same for real words, each with its own 2 x 2."""
    what = f"{n_words} real words, each with its own 2 x 2"
    return _lines(what, [power_of_words(n_words, effect, None, 12, 200, 299, seed).claims for effect in EFFECTS])


def _lines(what: str, claims: Sequence[float]) -> list[str]:
    chances = "; ".join(
        f"{effect:g} logits in {100 * share:.0f} %" for effect, share in zip(EFFECTS, claims, strict=True)
    )
    return [
        f"what it buys: {what}",
        f"  a response in one of 12 heads is claimed where it is {chances} of simulations",
        "  (200 simulations each, stated default variances; other sizes, heads and pilots: fairseq-phonology power)",
    ]
