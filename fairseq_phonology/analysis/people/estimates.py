"""Correlation and regression of models and people, with intervals over models, items and participants.

**Nested bootstrap.** Models, items and participants are drawn anew, each with replacement: all of them, and each kind
alone. Draws tend to be worse than the sample (a drawn ensemble has fewer different models, drawn means have their noise
twice), so that a percentile interval would be off center; the interval is therefore the estimate (Fisher's z of a
correlation) -+ t times the deviation of the draws, with n / (n - 1) for each kind and Satterthwaite's degrees of
freedom.

Two units of a kind are taken as they are, like a single one. Their mean has three bootstrap values, whose middle 95 %
is not that of a normal distribution; and with the right variance, t with Satterthwaite's degrees of freedom covers .87
where most of the variance is of one degree of freedom. Intervals that do cover (Cochran & Cox 1950) are mostly so
long that they say nothing.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from ..statistics.intervals import LEVEL, satterthwaite
from ..statistics.ranks import of_standardized, standardized_ranks
from .logistic import deviance, logistic
from .matching import of_mean

KINDS = ("all", "models", "items", "participants")
Pair = tuple[float, float]
NOTHING: Pair = (np.nan, np.nan)
FEWEST_UNITS = 3  # of a kind, for an interval with this kind random
FEWEST_OF_GROUP, _OTHERS = 3, "others"  # pairs that an intercept is fitted to; name of the rest
_CELLS = 1 << 21  # of a block: 16 MiB an array


@dataclass(frozen=True)
class Estimate:
    """A number with its 95 % intervals; NaN where a kind of unit is not known or has fewer than `FEWEST_UNITS`.

    Attributes:
        value: of the sample.
        low, high: with models, items and participants random, as far as there are `FEWEST_UNITS` of them.
        models, items, participants: with these alone random.
    """

    value: float
    low: float = np.nan
    high: float = np.nan
    models: Pair = NOTHING
    items: Pair = NOTHING
    participants: Pair = NOTHING


@dataclass(frozen=True)
class Scale:
    """What is correlated over items.

    Attributes:
        name: ``all`` candidates, those of one variant, ``within`` variants (mean of them), or ``items``: of items with
            two candidates, the first variant against the other.
        groups: within each a correlation is taken; the mean counts pairs. Rows, and rows to subtract or None.
    """

    name: str
    groups: tuple[tuple[np.ndarray, np.ndarray | None], ...]

    @property
    def size(self) -> int:
        """Number of pairs."""
        return sum(len(rows) for rows, _ in self.groups)

    def correlation(self, x: np.ndarray, draws: Draws) -> np.ndarray:
        """Spearman's; NaN where a group does not vary.  # x: draws x pairs -> draws"""
        sums, total = np.zeros(1), 0
        for n, (rows, minus) in enumerate(self.groups):
            if (self.name, n) not in draws.memo:
                times = (
                    draws.times[:, rows] if minus is None else np.minimum(draws.times[:, rows], draws.times[:, minus])
                )
                draws.memo[self.name, n] = times, standardized_ranks(_less(draws.value, rows, minus), times)
            times, people = draws.memo[self.name, n]
            models = standardized_ranks(_less(x, rows, minus), times)
            sums = sums + len(rows) * of_standardized(models, people, times)
            total += len(rows)
        return sums / total


def _less(values: np.ndarray, rows: np.ndarray, minus: np.ndarray | None) -> np.ndarray:
    return values[:, rows] if minus is None else values[:, rows] - values[:, minus]


@dataclass(frozen=True, eq=False)
class Sample:
    """What is resampled.

    Attributes:
        odds: of each model, what it says of each pair.  # models x pairs
        shares: whether these are log-odds, so that an ensemble is the mean share; else it is their mean.
        value: of people, 0 to 1.  # pairs
        weights: responses of each pair, or 1.  # pairs
        items: the number of each pair's item, from 0.
        units: the number of what is drawn: its item, or its family of items.
        sums, numbers: of each participant, on the scale of ``value``; None where they are not known.
            # participants x pairs
        counted: weights are numbers of responses.
        alike: which units are similar in form, themselves among them; None where nothing is known.  # units x units
        groups: the intercept that each pair has in regressions, from 0: that of its variant; None: one for all.
    """

    odds: np.ndarray
    shares: bool
    value: np.ndarray
    weights: np.ndarray
    items: np.ndarray
    units: np.ndarray
    sums: np.ndarray | None = None
    numbers: np.ndarray | None = None
    counted: bool = True
    alike: np.ndarray | None = None
    groups: np.ndarray | None = None

    @property
    def sizes(self) -> dict[str, int]:
        """How many units of each kind there are."""
        people = 0 if self.sums is None else len(self.sums)
        return {"models": len(self.odds), "items": int(self.units.max()) + 1, "participants": people}

    @property
    def random(self) -> dict[str, int]:
        """Those of which there are enough for an interval."""
        return {kind: n for kind, n in self.sizes.items() if n >= FEWEST_UNITS}

    def ensemble(self, weights: np.ndarray | None = None) -> np.ndarray:
        """Of the mean over models.  # -> pairs; with weights: draws x models -> draws x pairs"""
        if self.shares:
            return of_mean(self.odds, weights)
        return self.odds.mean(0) if weights is None else weights @ self.odds

    @functools.cached_property
    def chosen(self) -> np.ndarray:
        """Which candidate of an item each model prefers, among those that people have: 1, or its part of a tie.

        # models x pairs
        """
        found = np.zeros(self.odds.shape)
        for item in range(self.items.max() + 1):
            own = self.items == item
            best = self.odds[:, own] >= self.odds[:, own].max(1, keepdims=True)
            if own.sum() == 1 and self.shares:
                best = self.odds[:, own] > 0  # against the candidates that people were not asked about
                found[:, own] = best
            else:
                found[:, own] = best / best.sum(1, keepdims=True)
        return found


@dataclass(frozen=True, eq=False)
class Draws:
    """Bootstrap samples of one kind.

    Attributes:
        models: weights of the models, sum 1.  # draws x models, or one row
        value: of people.  # draws x pairs, or one row
        times: how often each pair's item occurs; 0 where no one drawn responded.  # draws x pairs, or one row
        weights: ``times`` x responses.
        memo: what was made of them already.
    """

    models: np.ndarray
    value: np.ndarray
    times: np.ndarray
    weights: np.ndarray
    memo: dict = field(default_factory=dict)

    @staticmethod
    def once(value: np.ndarray, weights: np.ndarray | None = None) -> Draws:
        """Values as they are, one draw each.  # both: draws x pairs"""
        value = np.atleast_2d(value)
        times = np.ones((1, value.shape[1])) if weights is None else np.atleast_2d(weights).astype(float)
        return Draws(np.ones((1, 1)), value, times, times)


def drawn(sample: Sample, kind: str, draws: int, rng: np.random.Generator) -> Draws:
    """Samples in which units of one kind, or of all that are random, are drawn with replacement."""
    sizes = sample.sizes
    kinds = sample.random if kind == "all" else (kind,)
    models = np.full((1, sizes["models"]), 1 / sizes["models"])
    times, value, weights = np.ones((1, len(sample.value))), sample.value[None], sample.weights[None]
    if "models" in kinds:
        models = _multinomial(sizes["models"], draws, rng) / sizes["models"]
    if "items" in kinds:
        times = _multinomial(sizes["items"], draws, rng)[:, sample.units]
    if "participants" in kinds:
        people = _multinomial(sizes["participants"], draws, rng)
        sums, numbers = people @ sample.sums, people @ sample.numbers
        value = np.clip(np.divide(sums, numbers, out=np.zeros_like(sums), where=numbers > 0), 0, 1)
        times = times * (numbers > 0)
        weights = numbers if sample.counted else weights
    return Draws(models, value, times, times * weights)


def _multinomial(n: int, draws: int, rng: np.random.Generator) -> np.ndarray:
    return rng.multinomial(n, np.full(n, 1 / n), draws).astype(float)


Statistic = Callable[[np.ndarray, Draws], dict[str, np.ndarray]]  # predictor, people -> numbers of each draw, by name


def estimated(
    predictor: Callable[[np.ndarray], np.ndarray],
    statistics: Sequence[Statistic],
    sample: Sample,
    draws: int,
    rng: np.random.Generator,
    fixed: bool = False,
) -> dict[str, Estimate]:
    """Numbers of one predictor with their intervals.

    Args:
        predictor: weights of the models (draws x models) to what they say of each pair (draws x pairs).
        statistics: of it.
        sample: of models and people.
        draws: bootstrap samples of each kind.
        rng: of the draws.
        fixed: models are not drawn: the predictor is one model, or none.
    """
    plain = drawn(sample, "", 1, rng)
    values = _all(statistics, predictor(plain.models), plain)
    random = {kind: n for kind, n in sample.random.items() if not (fixed and kind == "models")}
    found: dict[str, dict[str, list[np.ndarray]]] = {name: {} for name in values}
    for kind in ["all", *random] if len(random) > 1 else random:
        for own in _blocks(sample, kind, draws, rng):
            x = predictor(plain.models if fixed else own.models)
            for name, each in _all(statistics, x, own).items():
                found[name].setdefault(kind, []).append(each)
    return {name: _estimate(name, float(value[0]), _joined(found[name]), random) for name, value in values.items()}


def _all(statistics: Sequence[Statistic], x: np.ndarray, draws: Draws) -> dict[str, np.ndarray]:
    return {name: value for of in statistics for name, value in of(x, draws).items()}


def _blocks(sample: Sample, kind: str, draws: int, rng: np.random.Generator) -> Iterator[Draws]:
    block = max(1, _CELLS // len(sample.value))
    for start in range(0, draws, block):
        yield drawn(sample, kind, min(block, draws - start), rng)


def _joined(found: dict[str, list[np.ndarray]]) -> dict[str, np.ndarray]:
    return {kind: np.concatenate(parts, axis=-1) for kind, parts in found.items()}


def each_model(
    statistics: Sequence[Statistic], sample: Sample, draws: int, rng: np.random.Generator
) -> tuple[list[dict[str, Estimate]], dict[str, Estimate]]:
    """Numbers of each model, with items and participants random; and of their mean, with models random, too.

    All models have the same draws of items and participants.
    """
    n = sample.sizes["models"]
    plain = drawn(sample, "", 1, rng)
    random = {kind: size for kind, size in sample.random.items() if kind != "models"}

    def of_models(own: Draws) -> dict[str, np.ndarray]:
        each = [_all(statistics, x[None], own) for x in sample.odds]
        return {name: np.stack([one[name] for one in each]) for name in each[0]}

    values = {name: each[:, 0] for name, each in of_models(plain).items()}
    found: dict[str, dict[str, list[np.ndarray]]] = {name: {} for name in values}
    for kind in ["all", *random] if len(random) > 1 else random:
        for own in _blocks(sample, kind, draws, rng):
            for name, each in of_models(own).items():
                found[name].setdefault(kind, []).append(each)
    by_model = {name: _joined(found[name]) for name in values}
    alone = [
        {
            name: _estimate(name, values[name][m], {kind: each[m] for kind, each in by_model[name].items()}, random)
            for name in values
        }
        for m in range(n)
    ]
    weights, means = _multinomial(n, draws, rng) / n, {}
    for name, each in by_model.items():
        own = {kind: one.mean(0) for kind, one in each.items()}
        several = "models" in sample.random and each
        if several:
            own |= {"all": (weights.T * each[next(iter(each))]).sum(0), "models": weights @ values[name]}
        units = {**({"models": n} if several else {}), **random}
        means[name] = _estimate(name, float(values[name].mean()), own, units)
    return alone, means


def _estimate(name: str, value: float, draws: dict[str, np.ndarray], sizes: dict[str, int]) -> Estimate:
    """Interval of each kind; on Fisher's z where the name says that it is a correlation."""
    from scipy import stats

    to, back = (_z, np.tanh) if name.startswith("spearman") else (_same, _same)
    if not np.isfinite(value) or not sizes:
        return Estimate(value)
    alone = {kind: _variance(to(draws[kind])) * n / (n - 1) for kind, n in sizes.items()}
    total = sum(alone.values())
    if len(sizes) > 1:
        total = max(_variance(to(draws["all"])) + sum(v / sizes[kind] for kind, v in alone.items()), *alone.values())
    freedom = satterthwaite(np.array(total), [(np.array(v), sizes[k] - 1) for k, v in alone.items()])

    def around(variance: float, df: float) -> Pair:
        if not np.isfinite(variance) or variance <= 0:
            return NOTHING
        arm = stats.t.ppf((1 + LEVEL) / 2, df) * np.sqrt(variance)
        return float(back(to(value) - arm)), float(back(to(value) + arm))

    low, high = around(total, float(freedom))
    return Estimate(value, low, high, **{kind: around(v, sizes[kind] - 1) for kind, v in alone.items()})


def _z(rho: np.ndarray) -> np.ndarray:
    return np.arctanh(np.clip(rho, -0.9999, 0.9999))


def _same(values: np.ndarray) -> np.ndarray:
    return values


def _variance(draws: np.ndarray) -> float:
    """From the middle 95 % of the draws, so that a few far ones do not make it."""
    known = draws[np.isfinite(draws)]
    if len(known) < 0.9 * len(draws) or len(known) < 2:
        return np.nan
    from scipy import stats

    low, high = np.quantile(known, ((1 - LEVEL) / 2, (1 + LEVEL) / 2))
    return float(((high - low) / (2 * stats.norm.ppf((1 + LEVEL) / 2))) ** 2)


def correlations(scales: Sequence[Scale]) -> Statistic:
    """``spearman NAME`` of each scale."""
    return lambda x, draws: {f"spearman {scale.name}": scale.correlation(x, draws) for scale in scales}


def regression(rows: np.ndarray, groups: np.ndarray | None = None, names: Sequence[str] = ()) -> Statistic:
    """Slope and intercept of people's responses on the predictor, over some pairs, and the deviance per response.

    With groups of the pairs: ``intercept NAME`` of each group, and one slope within them.
    """

    def of(x: np.ndarray, draws: Draws) -> dict[str, np.ndarray]:
        x, value, weights = np.broadcast_arrays(*(one[:, rows] for one in (x, draws.value, draws.weights)))
        own = None if groups is None else groups[rows]
        fit = logistic(x, value, weights, groups=own)
        lost = (weights * deviance(fit.log_odds(x, own), value)).sum(1) / weights.sum(1)
        intercepts = {"intercept": fit.intercept}
        if own is not None:
            intercepts = {f"intercept {name}": each for name, each in zip(names, fit.intercept.T, strict=True)}
        return {"slope": fit.slope, **intercepts, "deviance": lost}

    return of


def groups_of(variants: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray | None, tuple[str, ...]]:
    """The variant whose intercept each pair has in regressions over ``rows``, and names; None where there is one.

    Variants with fewer than `FEWEST_OF_GROUP` of the rows, and pairs without a variant, are ``others`` together, be it
    one: with the intercept of another variant, the difference between the two would be in the slope.
    """
    names, times = np.unique(variants[rows][variants[rows] != ""], return_counts=True)
    often = [str(name) for name in dict.fromkeys(variants[rows]) if name and times[names == name] >= FEWEST_OF_GROUP]
    if not often:
        return None, ()
    rare = ~np.isin(variants, often)
    if len(often) == 1 and not rare[rows].any():
        return None, ()
    found = np.zeros(len(variants), int)
    for n, name in enumerate(often):
        found[variants == name] = n
    if rare[rows].any():
        found[rare] = len(often)
        often.append(_OTHERS)
    return found, tuple(often)
