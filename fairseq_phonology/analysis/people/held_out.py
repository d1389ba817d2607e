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
    count = folds.max() + 1
    kept = np.where(folds == np.arange(count)[:, None], 0.0, weights)  # -> folds x rows
    start = logistic(x, y, weights)
    found = np.empty(x.shape)
    block = max(1, _CELLS // kept.size)
    for at in range(0, len(x), block):
        part = slice(at, at + block)
        size = len(x[part])
        near = start.rows(np.repeat(np.arange(len(x))[part], count))
        fit = logistic(np.repeat(x[part], count, 0), y, np.tile(kept, (size, 1)), near)
        intercept, slope = (one.reshape(size, count)[:, folds] for one in (fit.intercept, fit.slope))
        found[part] = intercept + slope * x[part]
    return found


def by_group(groups: np.ndarray, sample: Sample, rows: np.ndarray, folds: np.ndarray) -> np.ndarray:
    """Log-odds of each pair: the mean share of its group (a variant) outside the pair's fold.  # -> rows"""
    found = np.empty(len(rows))
    for group in np.unique(groups[rows]):
        own = groups[rows] == group
        used = np.unique(folds[own], return_inverse=True)[1]
        if used.max() == 0:
            found[own] = predicted(np.zeros((1, len(groups))), sample, rows, folds)[0, own]
        else:
            found[own] = predicted(np.zeros((1, len(groups))), sample, rows[own], used)[0]
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
    """

    value: float
    low: float
    high: float
    p: float
    df: float


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


def gain(model: Predictor, baseline: Predictor, sample: Sample, rows: np.ndarray) -> Gain:
    """Test a model against a baseline.

    The variance is that over items (of those that are similar in form together, if they vary together), plus that over
    participants (less what both count), plus that over models by the jackknife of the ensemble. The difference is
    linear in the responses, so that each participant has a part of it.
    """
    from scipy import stats

    value, weights = sample.value[rows], sample.weights[rows]
    total = weights.sum()

    def mean_difference(odds: np.ndarray, other: np.ndarray) -> float:
        return float((weights * (deviance(other, value) - deviance(odds, value))).sum() / total)

    difference = mean_difference(model.odds, baseline.odds)
    by_pair = weights * (deviance(baseline.odds, value) - deviance(model.odds, value) - difference)
    units = np.unique(sample.units[rows], return_inverse=True)[1]
    count = units.max() + 1
    v_items, df_items = _of_items(units, by_pair, total, sample, rows)
    parts = [(np.array(v_items), df_items)]
    variance = v_items
    if sample.sums is not None and len(sample.sums) > 1:
        step = model.odds - baseline.odds
        bend = np.logaddexp(0, model.odds) - np.logaddexp(0, baseline.odds)
        numbers = sample.numbers[:, rows]
        per = np.divide(weights, numbers.sum(0), out=np.zeros(len(rows)), where=numbers.sum(0) > 0)
        own = per * (2 * (sample.sums[:, rows] * step - numbers * bend) - numbers * difference)  # participants x rows
        v_people = _cluster(own.sum(1), total)
        both = np.zeros((len(own), count))
        np.add.at(both.T, units, own.T)
        variance = max(v_items + v_people - float((both**2).sum()) / total**2, v_items, v_people)
        parts.append((np.array(v_people), len(own) - 1))
    for predictor, other in ((model, baseline), (baseline, model)):
        if predictor.without_one is not None:
            each = np.array([mean_difference(odds, other.odds) for odds in predictor.without_one])
            n = len(each)
            v_models = (n - 1) ** 2 / n * each.var(ddof=1)
            parts.append((np.array(v_models), n - 1))
            variance += v_models
    if not variance > 0:
        return Gain(difference, np.nan, np.nan, np.nan, np.nan)
    df = float(satterthwaite(np.array(variance), [part for part in parts if part[0] > 0]))
    arm = float(stats.t.ppf((1 + LEVEL) / 2, df) * np.sqrt(variance))
    p = float(2 * stats.t.sf(abs(difference) / np.sqrt(variance), df))
    return Gain(difference, difference - arm, difference + arm, p, df)


def _of_items(
    units: np.ndarray, by_pair: np.ndarray, total: float, sample: Sample, rows: np.ndarray
) -> tuple[float, float]:
    """Variance over items and its degrees of freedom; with the covariance of items alike in form, if that is more."""
    sums, count = np.bincount(units, by_pair), int(units.max()) + 1
    alone = _cluster(sums, total)
    if sample.alike is None:
        return alone, count - 1
    own = sample.alike[np.ix_(*(np.unique(sample.units[rows]),) * 2)]
    families = count / own.sum(1).mean()
    together = families / max(families - 1, 1) * float(sums @ own @ sums) / total**2
    return (together, max(families - 1, 1.0)) if together > alone else (alone, count - 1)


def _cluster(sums: np.ndarray, total: float) -> float:
    """Variance of a mean per response whose parts come from independent units."""
    n = len(sums)
    return float(n / (n - 1) * ((sums - sums.mean()) ** 2).sum() / total**2) if n > 1 else np.nan


def mean_deviance(predictor: Predictor, sample: Sample, rows: np.ndarray) -> Estimate:
    """Held-out deviance per response, with items random, and models (jackknife of the ensemble)."""
    from scipy import stats

    value, weights = sample.value[rows], sample.weights[rows]
    mean = float(np.average(deviance(predictor.odds, value), weights=weights))
    units = np.unique(sample.units[rows], return_inverse=True)[1]
    by_pair = weights * (deviance(predictor.odds, value) - mean)
    parts = {"items": _of_items(units, by_pair, weights.sum(), sample, rows)}
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
