"""Are shares of a model those of people? Bins of predicted shares, slope and intercept, expected calibration error."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .estimates import Draws, Estimate, Sample, estimated, regression
from .matching import share_of

BINS = 10
_FEWEST = 5  # pairs in a bin


@dataclass(frozen=True)
class Bin:
    """Pairs of similar predicted share.

    Attributes:
        predicted, observed: mean shares, of the model and of people, by responses.
        low, high: 95 % interval of the observed one, items (and participants, where known) random.
        pairs, responses: how many.
    """

    predicted: float
    observed: float
    low: float
    high: float
    pairs: int
    responses: float


@dataclass(frozen=True)
class Calibration:
    """Of the ensemble's shares, as they are.

    Attributes:
        bins: of equally many pairs.
        slope, intercept: of people's log-odds on the model's: 1 and 0 where calibrated. A slope under 1: the shares are
            too extreme.
        level: intercept where the slope is 1: over 0, people do it more often than the model says.
        error: expected calibration error, the mean distance of observed and predicted over bins, by responses; over 0
            also where calibrated, by the noise of the bins.
        expected_error: what it would be of calibrated shares, with binomial noise.
    """

    bins: tuple[Bin, ...]
    slope: Estimate
    intercept: Estimate
    level: Estimate
    error: float
    expected_error: float


def calibration(sample: Sample, rows: np.ndarray, draws: int, rng: np.random.Generator) -> Calibration:
    """Of the pairs ``rows``, for shares and counts."""
    odds = sample.ensemble()[rows]
    share, _ = share_of(odds)
    weights = sample.weights[rows]
    numbers = max(1, min(BINS, len(rows) // _FEWEST))
    order = np.argsort(share, kind="stable")
    parts = [order[own] for own in np.array_split(np.arange(len(rows)), numbers)]

    def of_bins(x: np.ndarray, draws: Draws) -> dict[str, np.ndarray]:
        own = [rows[part] for part in parts]
        return {f"bin {n}": _mean(draws.value[:, one], draws.weights[:, one]) for n, one in enumerate(own)}

    found = estimated(lambda w: sample.ensemble()[None], (of_bins,), sample, draws, rng, fixed=True)
    bins = []
    for n, part in enumerate(parts):
        one, w = found[f"bin {n}"], weights[part]
        low, high = np.clip((one.low, one.high), 0, 1).tolist()
        bins.append(Bin(float(np.average(share[part], weights=w)), one.value, low, high, len(part), float(w.sum())))
    fit = estimated(
        sample.ensemble,
        (regression(rows), lambda x, d: {"level": level(x[:, rows], d.value[:, rows], d.weights[:, rows])}),
        sample,
        draws,
        rng,
    )
    error = _error(bins)
    n = weights.astype(int)
    drawn = rng.binomial(n, share, (400, len(rows))) / np.maximum(n, 1)
    of_bins = [np.abs(_mean(drawn[:, p], weights[p]) - np.average(share[p], weights=weights[p])) for p in parts]
    chance = float(np.average(of_bins, axis=0, weights=[weights[p].sum() for p in parts]).mean())
    return Calibration(tuple(bins), fit["slope"], fit["intercept"], fit["level"], error, chance)


def level(x: np.ndarray, y: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Intercept of a logistic regression whose slope is 1.  # draws x units -> draws"""
    from scipy.special import expit

    x, y, weights = np.broadcast_arrays(x, y, weights)
    total = weights.sum(1)
    share = np.clip((weights * y).sum(1) / total, 1e-9, 1 - 1e-9)
    found = np.zeros(len(x))
    low, high = (np.full(len(x), one) for one in (-800.0, 800.0))
    for _ in range(100):  # Newton's steps, within bounds that are halved
        mu = expit(x + found[:, None])
        over = (weights * mu).sum(1) / total - share
        if np.all(np.abs(over) < 1e-10):
            break
        low, high = np.where(over < 0, found, low), np.where(over < 0, high, found)
        with np.errstate(divide="ignore", invalid="ignore"):
            step = found - over * total / (weights * mu * (1 - mu)).sum(1)
        found = np.where((step > low) & (step < high), step, (low + high) / 2)
    return found


def _mean(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    values, weights = np.broadcast_arrays(values, weights)
    with np.errstate(invalid="ignore", divide="ignore"):
        return (values * weights).sum(-1) / weights.sum(-1)


def _error(bins: list[Bin]) -> float:
    return float(np.average([abs(one.observed - one.predicted) for one in bins], weights=[b.responses for b in bins]))
