"""Logistic regression of shares of responses on one predictor, many at a time; and with a random intercept for items.

Mean ratings, moved to 0 - 1, are taken as shares (fractional logistic regression, Papke & Wooldridge 1996): the mean is
that of a beta regression, 0 and 1 are allowed, and nothing else of the distribution is assumed. What is uncertain is
found by resampling items, never from the binomial variance, so that responses may vary more than binomially.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_STEPS, _LARGEST, _SMALL = 60, 3.0, 1e-9
_RIDGE = 1e-9  # of the information of the standardized slope: a finite slope where responses are separated
_LEAST = 1e-12  # information of an intercept
_NODES = 31


@dataclass(frozen=True, eq=False)
class Fit:
    """Intercept (or one for each group) and slope of each regression.  # draws, or draws x groups; draws"""

    intercept: np.ndarray
    slope: np.ndarray

    def rows(self, numbers: np.ndarray) -> Fit:
        """Some of them."""
        return Fit(self.intercept[numbers], self.slope[numbers])

    def log_odds(self, x: np.ndarray, groups: np.ndarray | None = None) -> np.ndarray:
        """Of the response.  # draws x units"""
        intercept = self.intercept[:, None] if groups is None else self.intercept[:, groups]
        return intercept + self.slope[:, None] * np.atleast_2d(x)


def logistic(
    x: np.ndarray, y: np.ndarray, weights: np.ndarray, start: Fit | None = None, groups: np.ndarray | None = None
) -> Fit:
    """Maximum (quasi-)likelihood of ``logit E(y) = intercept + slope x``, with an intercept for each group.

    A predictor that does not vary within groups has slope 0. A group without weight has the mean of the intercepts.

    Args:
        x: the predictor.  # draws x units, as y and weights; broadcast against each other
        y: shares of responses, 0 to 1; any number where the weight is 0.
        weights: how many responses, or 1 each.
        start: a fit that is near.
        groups: the group of each unit, from 0; None: one.
    """
    x, y, weights = np.broadcast_arrays(*(np.atleast_2d(np.asarray(one, float)) for one in (x, y, weights)))
    own = np.zeros(x.shape[1], int) if groups is None else groups
    within = (own[:, None] == np.arange(own.max() + 1)).astype(float)  # -> units x groups
    numbers = weights @ within  # -> draws x groups
    total, of_group = np.maximum(numbers.sum(1), 1e-300), np.maximum(numbers, 1e-300)
    mean = (weights * x) @ within / of_group
    z = x - mean[:, own]
    spread = np.sqrt((weights * z**2).sum(1) / total)
    varies = spread > 1e-12 * (1 + np.abs(mean).max(1))
    spread = np.where(varies, spread, 1.0)
    z = z / spread[:, None]
    if start is None:
        share = np.clip((weights * y) @ within / of_group, 1e-6, 1 - 1e-6)
        a, b = np.log(share / (1 - share)), np.zeros(len(x))
    else:
        a, b = start.intercept.reshape(len(x), -1) + start.slope[:, None] * mean, start.slope * spread
    going = np.arange(len(x))
    for _ in range(_STEPS):
        own_z, own_w = z[going], weights[going]
        mu = _inverse((a[going][:, own] if a.shape[1] > 1 else a[going]) + b[going, None] * own_z)
        rest, info = own_w * (y[going] - mu), own_w * mu * (1 - mu)
        ridge = _RIDGE * total[going]
        g0, g1 = rest @ within, (rest * own_z).sum(1) - ridge * b[going]
        h00 = info @ within + _LEAST * total[going, None]
        h01, h11 = (info * own_z) @ within, (info * own_z**2).sum(1) + ridge
        left = np.maximum(h11 - (h01**2 / h00).sum(1), 1e-300)
        db = np.clip((g1 - (h01 * g0 / h00).sum(1)) / left, -_LARGEST, _LARGEST) * varies[going]
        da = np.clip((g0 - h01 * db[:, None]) / h00, -_LARGEST, _LARGEST)
        a[going] += da
        b[going] += db
        going = going[np.maximum(np.abs(da).max(1), np.abs(db)) > _SMALL]
        if not len(going):
            break
    slope = np.where(varies, b / spread, 0.0)
    intercept = a - slope[:, None] * mean
    intercept = np.where(numbers > 0, intercept, ((numbers * intercept).sum(1) / total)[:, None])
    return Fit(intercept[:, 0] if groups is None else intercept, slope)


def deviance(log_odds: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Deviance of one response from what is predicted: 2 KL(y, p) of Bernoulli distributions; 0 where they agree.

    # any shapes that broadcast
    """
    from scipy.special import xlogy

    entropy = -xlogy(y, y) - xlogy(1 - y, 1 - y)
    return np.maximum(2 * (_softplus(log_odds) - y * log_odds - entropy), 0.0)


@dataclass(frozen=True)
class Mixed:
    """Logistic regression with a normal random intercept for each item.

    Attributes:
        intercept, slope, sd: of the item's intercept.
        slope_se: from the curvature of the log-likelihood; NaN where it has none.
        log_likelihood: of the counts, binomial coefficients left out.
    """

    intercept: float
    slope: float
    sd: float
    slope_se: float
    log_likelihood: float


def mixed_logistic(x: np.ndarray, k: np.ndarray, n: np.ndarray, items: np.ndarray) -> Mixed:
    """Maximum likelihood of ``logit P = intercept + slope x + u(item)``, u normal: adaptive Gauss-Hermite quadrature.

    The nodes of an item lie around the mode of its own u, as wide as the curvature there says: many responses leave so
    little of u open that nodes around 0 would miss it.

    Args:
        x, k, n: predictor, responses of the kind, all responses.  # units
        items: the number of each unit's item, from 0.
    """
    from scipy.optimize import minimize

    spread = x.std() or 1.0
    z = (x - x.mean()) / spread
    nodes, weights = np.polynomial.hermite_e.hermegauss(_NODES)
    log_weights = np.log(weights / weights.sum()) + nodes**2 / 2
    count = items.max() + 1

    def by_item(values: np.ndarray) -> np.ndarray:
        sums = np.zeros((count, values.shape[1]))
        np.add.at(sums, items, values)
        return sums

    def lost(parameters: np.ndarray) -> tuple[float, np.ndarray]:
        a, b, log_sd = parameters
        sd = np.exp(log_sd)
        mode, width = _modes(a + b * z, k, n, items, sd)
        u = mode[:, None] + width[:, None] * nodes
        eta = (a + b * z)[:, None] + u[items]
        of_node = by_item(k[:, None] * eta - n[:, None] * _softplus(eta)) - (u / sd) ** 2 / 2 + log_weights
        top = np.logaddexp.reduce(of_node, axis=1)
        posterior = np.exp(of_node - top[:, None])[items]
        rest = posterior * (k[:, None] - n[:, None] * _inverse(eta))
        gradient = np.array([rest.sum(), (rest * z[:, None]).sum(), (rest * u[items]).sum()])
        return -float((top + np.log(width / sd)).sum()), -gradient

    start = logistic(z, k / n, n)
    bounds = [(-30, 30), (-30, 30), (-6, 3)]
    best = min(
        (
            minimize(lost, [start.intercept[0], start.slope[0], s], jac=True, method="L-BFGS-B", bounds=bounds)
            for s in (-2.0, 0.0)
        ),
        key=lambda found: found.fun,
    )
    a, b, log_sd = best.x
    hessian, step = np.zeros((3, 3)), 1e-4
    for at in range(3):
        up, down = best.x.copy(), best.x.copy()
        up[at] += step
        down[at] -= step
        hessian[at] = (lost(up)[1] - lost(down)[1]) / (2 * step)
    free = [0, 1] if log_sd < -5.9 else [0, 1, 2]  # at the bound nothing is known of sd
    try:
        variance = np.linalg.inv(hessian[np.ix_(free, free)])[1, 1]
    except np.linalg.LinAlgError:
        variance = np.nan
    se = float(np.sqrt(variance)) / spread if variance > 0 else float("nan")
    slope = float(b) / spread
    return Mixed(float(a) - slope * float(x.mean()), slope, float(np.exp(log_sd)), se, -float(best.fun))


def _modes(
    fixed: np.ndarray, k: np.ndarray, n: np.ndarray, items: np.ndarray, sd: float
) -> tuple[np.ndarray, np.ndarray]:
    """The most probable intercept of each item by Newton's steps, and the deviation that the curvature there says."""
    u = np.zeros(items.max() + 1)
    for _ in range(_STEPS):
        mu = _inverse(fixed + u[items])
        slope = np.bincount(items, k - n * mu) - u / sd**2
        bend = np.bincount(items, n * mu * (1 - mu)) + 1 / sd**2
        step = np.clip(slope / bend, -_LARGEST, _LARGEST)
        u += step
        if np.abs(step).max() < _SMALL:
            break
    return u, 1 / np.sqrt(bend)


def _inverse(eta: np.ndarray) -> np.ndarray:
    from scipy.special import expit

    return expit(eta)


def _softplus(eta: np.ndarray) -> np.ndarray:
    """log(1 + exp(eta)), faster than numpy's logaddexp."""
    return np.maximum(eta, 0) + np.log1p(np.exp(-np.abs(eta)))
