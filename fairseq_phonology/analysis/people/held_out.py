"""Deviance of responses to items that a regression has not seen, and whether it is lower than a baseline's.

Intercept and slope of every predictor, baselines included, are fitted without the item (or the family of items) that is
predicted, so that a predictor that says nothing is no better than a constant. What is tested is the mean difference per
response, over its standard error with items, models and participants random.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..statistics.intervals import LEVEL, satterthwaite
from .estimates import NOTHING, Estimate, Sample
from .logistic import deviance, logistic

FOLDS = 100  # more items than these are left out several at a time
_NOISE = 1e-6  # standard error, as a share of the deviance, that is rounding
_CELLS = 1 << 22  # of a block: 32 MiB an array


def predicted(x: np.ndarray, sample: Sample, rows: np.ndarray, folds: np.ndarray) -> np.ndarray:
    """Log-odds of each pair, by regressions without the fold that it is in.

    Args:
        x: predictors.  # predictors x pairs
        sample: of models and people.
        rows: the pairs.
        folds: of each of these pairs.

    Returns:
        # -> predictors x rows
    """
    x, y, weights = x[:, rows], sample.value[rows], sample.weights[rows]
    groups = np.zeros(len(rows), int) if sample.groups is None else sample.groups[rows]
    count = folds.max() + 1
    kept = np.where(folds == np.arange(count)[:, None], 0.0, weights)  # -> folds x rows
    start = logistic(x, y, weights, groups=groups)
    found = np.empty(x.shape)
    block = max(1, _CELLS // kept.size)
    for at in range(0, len(x), block):
        part = slice(at, at + block)
        size = len(x[part])
        near = start.rows(np.repeat(np.arange(len(x))[part], count))
        fit = logistic(np.repeat(x[part], count, 0), y, np.tile(kept, (size, 1)), near, groups)
        intercept = fit.intercept.reshape(size, count, -1)[:, folds, groups]
        found[part] = intercept + fit.slope.reshape(size, count)[:, folds] * x[part]
    return found


def folds_of(units: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Fold of each pair: its unit, or one of `FOLDS` random sets of units.  # units: of each pair -> from 0"""
    names, own = np.unique(units, return_inverse=True)
    if len(names) <= FOLDS:
        return own
    return rng.permutation(np.arange(len(names)) % FOLDS)[own]


@dataclass(frozen=True)
class Gain:
    """How much lower the held-out deviance per response is than a baseline's.

    Attributes:
        value, low, high: the difference (over 0: the model is better) with its 95 % interval.
        p: two-sided, of no difference.
        df: degrees of freedom.
        items: number of items with equally many responses that would say as much.
    """

    value: float
    low: float
    high: float
    p: float
    df: float
    items: float = np.nan


@dataclass(frozen=True, eq=False)
class Predictor:
    """Held-out log-odds.

    Attributes:
        odds: of the predictor itself.  # rows
        without_one: of the ensembles without one of the models each; None of what has no models, or one.
            # models x rows
    """

    odds: np.ndarray
    without_one: np.ndarray | None = None


def held_out_ensemble(sample: Sample, rows: np.ndarray, folds: np.ndarray) -> Predictor:
    """Of an ensemble, and of the ensembles without one of its models each."""
    models = sample.sizes["models"]
    if models == 1:
        return Predictor(predicted(sample.ensemble()[None], sample, rows, folds)[0])
    weights = np.vstack([np.full(models, 1 / models), (1 - np.eye(models)) / (models - 1)])
    odds = predicted(sample.ensemble(weights), sample, rows, folds)
    return Predictor(odds[0], odds[1:])


def gain(model: Predictor, baseline: Predictor, sample: Sample, rows: np.ndarray) -> Gain:
    """Test a model against a baseline.

    The variance is that over items (of those that are similar in form together, if they vary together), plus that over
    participants (less what both count), plus that over models, all by the jackknife. The difference is linear in the
    responses, so that each participant has a part of it. A difference that is rounding has no p.
    """
    from scipy import stats

    value, weights = sample.value[rows], sample.weights[rows]
    total = weights.sum()

    def mean_difference(odds: np.ndarray, other: np.ndarray) -> float:
        return float((weights * (deviance(other, value) - deviance(odds, value))).sum() / total)

    difference = mean_difference(model.odds, baseline.odds)
    by_pair = weights * (deviance(baseline.odds, value) - deviance(model.odds, value) - difference)
    units = np.unique(sample.units[rows], return_inverse=True)[1]
    count = int(units.max()) + 1
    alike = _alike(sample, rows)
    v_items, items = _of_items(units, by_pair, weights, alike)
    parts = [(np.array(v_items), max(items - 1, 1.0))]
    variance = v_items
    if sample.sums is not None and len(sample.sums) > 1:
        step = model.odds - baseline.odds
        bend = np.logaddexp(0, model.odds) - np.logaddexp(0, baseline.odds)
        numbers = sample.numbers[:, rows]
        per = np.divide(weights, numbers.sum(0), out=np.zeros(len(rows)), where=numbers.sum(0) > 0)
        own = per * (2 * (sample.sums[:, rows] * step - numbers * bend) - numbers * difference)  # participants x rows
        v_people, people = _variance(own.sum(1), (per * numbers).sum(1))
        both = np.zeros((len(own), count))
        np.add.at(both.T, units, own.T)
        twice = float((both**2).sum() if alike is None else ((both @ alike) * both).sum()) / total**2
        variance = max(v_items + v_people - max(twice, 0.0), v_items, v_people)
        parts.append((np.array(v_people), max(people - 1, 1.0)))
    for predictor, other in ((model, baseline), (baseline, model)):
        if predictor.without_one is not None:
            each = np.array([mean_difference(odds, other.odds) for odds in predictor.without_one])
            n = len(each)
            v_models = (n - 1) ** 2 / n * each.var(ddof=1)
            parts.append((np.array(v_models), n - 1))
            variance += v_models
    if not np.sqrt(variance) > _NOISE * np.average(deviance(baseline.odds, value), weights=weights):
        return Gain(difference, np.nan, np.nan, np.nan, np.nan, items)
    df = float(satterthwaite(np.array(variance), [part for part in parts if part[0] > 0]))
    arm = float(stats.t.ppf((1 + LEVEL) / 2, df) * np.sqrt(variance))
    p = float(2 * stats.t.sf(abs(difference) / np.sqrt(variance), df))
    return Gain(difference, difference - arm, difference + arm, p, df, items)


def _variance(sums: np.ndarray, weights: np.ndarray, alike: np.ndarray | None = None) -> tuple[float, float]:
    """Variance of a mean per response whose parts come from units, by the jackknife, and how many units it is worth.

    A unit that has much of the responses takes the mean with it, so that what is left of its own sum says little: the
    mean without it is what counts. The number is total^2 / sum of squared weights: that of equally many responses.

    Args:
        sums, weights: of each unit: of the deviations from the mean, and of responses.
        alike: units that vary together; the larger of the variances with and without their covariance counts.
    """
    total, count = weights.sum(), len(sums)
    near = weights if alike is None else np.maximum(weights, np.minimum(alike @ weights, total / 2))
    if count < 2 or (near >= total).any():
        return np.nan, 1.0
    apart = sums / (total - near)
    apart = apart - apart.mean()
    number = float(total**2 / (weights @ (weights if alike is None else alike @ weights)))
    families = count if alike is None else max(count / alike.sum(1).mean(), 2.0)
    own = float((apart**2).sum() if alike is None else apart @ alike @ apart) * (families - 1) / families
    if alike is None:
        return own, number
    alone = _variance(sums, weights)
    return (own, number) if own > alone[0] else alone


def _of_items(
    units: np.ndarray, by_pair: np.ndarray, weights: np.ndarray, alike: np.ndarray | None
) -> tuple[float, float]:
    return _variance(np.bincount(units, by_pair), np.bincount(units, weights), alike)


def _alike(sample: Sample, rows: np.ndarray) -> np.ndarray | None:
    own = np.unique(sample.units[rows])
    return None if sample.alike is None else sample.alike[np.ix_(own, own)].astype(float)


def mean_deviance(predictor: Predictor, sample: Sample, rows: np.ndarray) -> Estimate:
    """Held-out deviance per response, with items random, and models (jackknife of the ensemble)."""
    from scipy import stats

    value, weights = sample.value[rows], sample.weights[rows]
    mean = float(np.average(deviance(predictor.odds, value), weights=weights))
    units = np.unique(sample.units[rows], return_inverse=True)[1]
    by_pair = weights * (deviance(predictor.odds, value) - mean)
    own, items = _of_items(units, by_pair, weights, _alike(sample, rows))
    parts = {"items": (own, max(items - 1, 1.0))}
    if predictor.without_one is not None:
        n = len(predictor.without_one)
        each = [np.average(deviance(odds, value), weights=weights) for odds in predictor.without_one]
        parts["models"] = ((n - 1) ** 2 / n * float(np.var(each, ddof=1)), n - 1)

    def around(variance: float, df: float) -> tuple[float, float]:
        arm = stats.t.ppf((1 + LEVEL) / 2, df) * np.sqrt(variance)
        return (mean - float(arm), mean + float(arm)) if df > 0 and variance > 0 else NOTHING

    total = sum(v for v, _ in parts.values())
    df = satterthwaite(np.array(total), [(np.array(v), n) for v, n in parts.values() if v > 0] or [(np.array(1.0), 1)])
    low, high = around(total, float(df))
    return Estimate(mean, low, high, **{kind: around(*part) for kind, part in parts.items()})
