"""p is uniform where nothing is there: each test of `analysis.statistics`, under its own null, of few units."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from fairseq_phonology.analysis.statistics import weighted
from fairseq_phonology.analysis.statistics.crossed import grouped_test, mean_test
from fairseq_phonology.analysis.statistics.over_models import flip_models
from fairseq_phonology.analysis.statistics.paired import p_of_means
from fairseq_phonology.analysis.statistics.permutation import relabeled_p

TWO, WEIGHTS = np.repeat([0, 1], 6), (1.0, -1.0)


def crossed(rng: np.random.Generator, n: int, rows: int, columns: int, of_rows=1.0, of_columns=1.0) -> np.ndarray:
    """Rows, columns and words vary.  # rows x columns x draws"""
    both = of_rows * rng.normal(size=(rows, 1, n)) + of_columns * rng.normal(size=(1, columns, n))
    return both + rng.normal(size=(rows, columns, n))


def interaction(rng: np.random.Generator, n: int) -> np.ndarray:
    """Of two classes of rows and of columns, which have a mean of their own each."""
    values = crossed(rng, n, 12, 12) + rng.normal(size=(2, 1, n))[TWO] + rng.normal(size=(1, 2, n))[:, TWO]
    return weighted.test(values, [weighted.Axis(TWO, WEIGHTS)] * 2).p


def unequal(rng: np.random.Generator, n: int) -> np.ndarray:
    """One class varies twice as much."""
    return grouped_test(rng.normal(size=(12, n)) * (1 + TWO)[:, None], TWO, WEIGHTS).p


# approximations that are conservative where what is random adds little, and p-values of few relabelings, are no
# smaller than uniform; the rest are uniform
EXACT: dict[str, Callable] = {
    "a mean": lambda rng, n: mean_test(rng.normal(size=(5, n))).p,
    "two units": lambda rng, n: mean_test(rng.normal(size=(2, n))).p,
    "two classes": lambda rng, n: grouped_test(rng.normal(size=(12, n)), TWO, WEIGHTS).p,
    "two classes, one wider": unequal,
    "rows and columns": lambda rng, n: p_of_means(crossed(rng, n, 8, 8)),
    "few rows and columns": lambda rng, n: p_of_means(crossed(rng, n, 4, 5)),
    "relabeling, skewed": lambda rng, n: relabeled_p(rng.exponential(size=(12, n)), TWO, WEIGHTS, rng, 199),
}
CONSERVATIVE: dict[str, Callable] = {
    "an interaction": interaction,  # of which words alone make the noise
    "words alone vary": lambda rng, n: p_of_means(crossed(rng, n, 8, 8, 0, 0)),
    "columns alone vary": lambda rng, n: p_of_means(crossed(rng, n, 8, 8, 0)),
    "six models": lambda rng, n: flip_models(rng.normal(size=(6, n)), family=1),
    "eight models, four tests": lambda rng, n: flip_models(rng.normal(size=(8, 4 * n)), family=4).reshape(-1, 4).min(1),
}
SLACK = 0.03  # of approximations, at these sizes


def _distances(p: np.ndarray) -> tuple[float, float]:
    """By how much the shares of p under a bound exceed it, and fall short of it, at most (Kolmogorov)."""
    p = np.sort(p)
    steps = np.arange(1, len(p) + 1) / len(p)
    return float((steps - p).max()), float((p - steps + 1 / len(p)).max())


def _check(name: str, draws: int) -> None:
    p = {**EXACT, **CONSERVATIVE}[name](np.random.default_rng(16), draws)
    assert p.shape == (draws,) and (p > 0).all() and (p <= 1).all()
    bound = 1.63 / np.sqrt(draws)  # of 1 %
    above, below = _distances(p)
    upper = p <= 0.1  # what a claim is made of
    assert upper.mean() <= 0.1 + 0.01 + 3 * np.sqrt(0.09 / draws)
    assert above <= bound + (SLACK if name in EXACT else 2 * SLACK)
    assert below <= bound + SLACK or name in CONSERVATIVE


@pytest.mark.parametrize("name", [*EXACT, *CONSERVATIVE])
def test_p_is_uniform(name):
    _check(name, 400)


@pytest.mark.long
@pytest.mark.parametrize("name", [*EXACT, *CONSERVATIVE])
def test_p_is_uniform_over_many_draws(name):
    _check(name, 20_000)
