"""How well could a perfect model do? Spearman's correlation of what speakers do on average with this sample of them.

A model that knew the mean response of all speakers to each item would still not reach 1, as the sample's means are
noisy. The ceiling is the correlation that such a model has in expectation: the root of the reliability of the means,
not the reliability itself, because a perfect model has no noise of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .estimates import Draws, Sample, Scale
from .matching import Matched

FEWEST_PARTICIPANTS = 4  # of halves
HOW = {
    "split halves": "participants in random halves, Spearman-Brown, square root",
    "beta-binomial": "simulated: shares of items from a beta distribution, responses binomial",
    "normal": "simulated: means of items normal, with the noise that sd and n say",
    "none": "nothing is known of the noise of the human means: neither n nor participants",
}


@dataclass(frozen=True)
class Ceiling:
    """Of one scale.

    Attributes:
        value: median over splits, or mean over simulations (Fisher's z); NaN where there is none.
        low, high: of the middle 95 % of splits or simulations.
        reliability: of the human means (Spearman-Brown); of simulations, the square of the ceiling.
        how: one of `HOW`.
    """

    value: float
    low: float
    high: float
    reliability: float
    how: str


NO_CEILING = Ceiling(np.nan, np.nan, np.nan, np.nan, "none")


def ceilings_of(
    matched: Matched,
    sample: Sample,
    scales: Sequence[Scale],
    mirrored: tuple[np.ndarray, np.ndarray] | None,
    draws: int,
    rng: np.random.Generator,
) -> dict[str, Ceiling]:
    """Of each scale, by the first of these that the data allow: participants in halves; n; n and sd.

    Args:
        matched, sample: models and people.
        scales: what is correlated.
        mirrored: pairs of which the second is 1 - the first.
        draws: splits or simulations.
        rng: of them.
    """
    human = matched.human
    n, sd = (np.array([getattr(row, name) for row in human.rows], float) for name in ("n", "sd"))
    if sample.sums is not None and len(sample.sums) >= FEWEST_PARTICIPANTS:
        return split_halves(scales, sample.sums, sample.numbers, draws, rng)
    if human.kind == "counts":
        return simulated(scales, sample.value, None, n, matched.variants, mirrored, draws, rng)
    if np.isfinite(n).all() and np.isfinite(sd).all():
        noise = sd / (human.scale[1] - human.scale[0])
        return simulated(scales, sample.value, noise, n, matched.variants, None, draws, rng)
    return {scale.name: NO_CEILING for scale in scales}


def split_halves(
    scales: Sequence[Scale], sums: np.ndarray, numbers: np.ndarray, splits: int, rng: np.random.Generator
) -> dict[str, Ceiling]:
    """Of each scale, from halves of the participants.

    Args:
        scales: what is correlated.
        sums, numbers: of each participant and pair.  # participants x pairs
        splits: how many.
        rng: of the splits.
    """
    people = len(sums)
    halves = np.zeros((splits, people))
    for row in halves:
        row[rng.permutation(people)[: people // 2]] = 1
    values, known = [], np.ones((splits, sums.shape[1]), bool)
    for half in (halves, 1 - halves):
        n = half @ numbers
        known &= n > 0
        values.append(np.divide(half @ sums, n, out=np.zeros_like(n), where=n > 0))
    found = {}
    for scale in scales:
        r = scale.correlation(values[0], Draws.once(values[1], known))
        r = r[np.isfinite(r)]
        if len(r) < splits / 2:
            found[scale.name] = NO_CEILING
            continue
        low, middle, high = (_brown(float(one)) for one in np.quantile(r, (0.025, 0.5, 0.975)))
        found[scale.name] = Ceiling(*(one**0.5 for one in (middle, low, high)), middle, "split halves")
    return found


def _brown(r: float) -> float:
    """Reliability of the whole from the correlation of its halves; 0 where they do not agree."""
    return max(0.0, 2 * r / (1 + r)) if r > -1 else 0.0


def simulated(
    scales: Sequence[Scale],
    value: np.ndarray,
    noise: np.ndarray | None,
    n: np.ndarray,
    groups: np.ndarray,
    mirrored: tuple[np.ndarray, np.ndarray] | None,
    draws: int,
    rng: np.random.Generator,
) -> dict[str, Ceiling]:
    """Of each scale, from responses that are simulated.

    Args:
        scales: what is correlated.
        value: shares, or mean ratings, 0 to 1.  # pairs
        noise: deviation of single ratings; None: responses are binomial.  # pairs
        n: responses of each pair.
        groups: pairs of a group (a variant) have one distribution of true values.
        mirrored: pairs of which the second is 1 - the first, and is not drawn.
        draws: simulations.
        rng: of the draws.
    """
    true, seen = (np.empty((draws, len(value))) for _ in range(2))
    drawn = np.ones(len(value), bool)
    if mirrored:
        drawn[mirrored[1]] = False
    for group in np.unique(groups[drawn]):
        own = np.flatnonzero(drawn & (groups == group))
        if noise is None:
            a, b = beta_binomial(value[own] * n[own], n[own], draws, rng)[:, :, None]
            k, of = value[own] * n[own], n[own]
            true[:, own] = rng.beta(a + k, b + of - k)
            seen[:, own] = rng.binomial(of.astype(int), true[:, own]) / of
        else:
            error = np.maximum(noise[own] ** 2 / n[own], 1e-9)
            mean, spread = normal(value[own], error, draws, rng)[:, :, None]
            shrunk = spread**2 / (spread**2 + error)
            middle = mean + shrunk * (value[own] - mean)
            true[:, own] = middle + np.sqrt(shrunk * error) * rng.standard_normal((draws, len(own)))
            seen[:, own] = true[:, own] + np.sqrt(error) * rng.standard_normal((draws, len(own)))
    if mirrored:
        true[:, mirrored[1]], seen[:, mirrored[1]] = 1 - true[:, mirrored[0]], 1 - seen[:, mirrored[0]]
    found = {}
    for scale in scales:
        r = np.nan_to_num(scale.correlation(true, Draws.once(seen)))
        mean = max(0.0, float(np.tanh(np.arctanh(np.clip(r, -0.9999, 0.9999)).mean())))
        low, high = np.quantile(r, (0.025, 0.975))
        how = "beta-binomial" if noise is None else "normal"
        found[scale.name] = Ceiling(mean, float(low), float(high), mean**2, how)
    return found


def beta_binomial(k: np.ndarray, n: np.ndarray, draws: int, rng: np.random.Generator) -> np.ndarray:
    """Beta distributions that shares of items may come from, drawn from what k and n say of them.

    The best one alone would make the ceiling too low, as it is often a point where items differ little. The prior is
    uniform on the correlation of an item's responses, and on the mean in logits.

    Returns:
        both parameters.  # -> 2 x draws
    """
    from scipy.special import betaln, expit

    middle = np.log((k.sum() + 0.5) / ((n - k).sum() + 0.5))
    mean, root = np.meshgrid(expit(middle + np.linspace(-2, 2, 81)), (np.arange(50) + 0.5) / 50)
    size = 1 / root.ravel() ** 2 - 1
    a, b = mean.ravel() * size, (1 - mean.ravel()) * size
    kinds, times = np.unique(np.stack([k, n]), axis=1, return_counts=True)  # many items have the same
    log = sum(w * (betaln(one + a, of - one + b) - betaln(a, b)) for one, of, w in zip(*kinds, times, strict=True))
    own = _drawn(log + np.log(root.ravel()), draws, rng)
    return np.stack([a[own], b[own]])


def normal(value: np.ndarray, error: np.ndarray, draws: int, rng: np.random.Generator) -> np.ndarray:
    """Mean and deviation of normal distributions that true means may come from, given the variance of their noise.

    Returns:
        # -> 2 x draws
    """
    spread = (
        (np.arange(200) + 0.5) / 100 * max(value.std(), 1e-6)
    )  # the prior is uniform on its square, and on the mean
    weight = 1 / (spread[:, None] ** 2 + error)
    mean = (weight * value).sum(1) / weight.sum(1)
    log = 0.5 * (np.log(weight).sum(1) - np.log(weight.sum(1)) - (weight * (value - mean[:, None]) ** 2).sum(1))
    own = _drawn(log + np.log(spread), draws, rng)
    return np.stack([mean[own] + rng.standard_normal(draws) / np.sqrt(weight.sum(1)[own]), spread[own]])


def _drawn(log_likelihood: np.ndarray, draws: int, rng: np.random.Generator) -> np.ndarray:
    weights = np.exp(log_likelihood - log_likelihood.max())
    return rng.choice(len(weights), draws, p=weights / weights.sum())
