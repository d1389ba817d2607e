"""Models beside people: every number that tables, figures and the report of `compare` show."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from tqdm import tqdm

from ...corpus.pairs import Word
from ...errors import InputError
from ...text import count, listed
from .baselines import Baseline, baselines_of, cells_of, columns_of, place_of
from .calibration import Calibration, calibration
from .ceiling import Ceiling, ceilings_of
from .choices import choices, two_candidates
from .estimates import Estimate, Sample, Scale, correlations, each_model, estimated, groups_of, regression
from .held_out import Predictor, folds_of, held_out_ensemble, mean_deviance, predicted
from .human import Human
from .logistic import Mixed, logistic, mixed_logistic
from .matching import MEASURES, Matched, alike, match, share_of
from .scores import Scores
from .sentences import caveats, claims, verdict

ENSEMBLE, PARTICIPANTS, MEAN = "ensemble", "seeds as participants", "mean of seeds"
DRAWS, SPLITS = 1999, 1000
_TAKEN = ("all", "within", "items", "others")
_FEWEST = 3  # items; and pairs of a variant that a correlation within it is given for


@dataclass(frozen=True)
class CompareOptions:
    """What is compared.

    Attributes:
        measure: one of `MEASURES`: log-odds of the share, or a log-probability.
        variant: which of two variants is the first; empty: that of the first candidate.
        baselines: columns of the scores or of the human table.
        training: pairs that were trained on, for the baseline of training frequency.
        untrained: scores of untrained models.
        family: a column that names items that are alike; they are drawn and left out together.
        draws, splits: of the bootstrap; of participants, and simulations of the ceiling.
    """

    measure: str = "share"
    variant: str = ""
    baselines: tuple[str, ...] = ()
    training: tuple[Word, ...] = ()
    untrained: Scores | None = None
    family: str = ""
    draws: int = DRAWS
    splits: int = SPLITS


@dataclass(frozen=True)
class Row:
    """One number.

    Attributes:
        quantity: ``spearman``, ``slope``, ``intercept``, ``deviance`` (of the fit, per response) or
            ``held_out_deviance``.
        of: a model, `ENSEMBLE`, `MEAN`, `PARTICIPANTS` or the name of a baseline.
        subset: of ``spearman``, the scale: ``all``, a variant, ``within``, ``items``; of ``intercept``, the variant if
            several are regressed; else empty.
        estimate: with intervals.
        pairs: how many there are.
    """

    quantity: str
    of: str
    subset: str
    estimate: Estimate
    pairs: int


@dataclass(frozen=True)
class Pair:
    """A candidate in models and people.

    Attributes:
        item, ur, sr, variant: of it.
        human, human_low, human_high: on the scale of the table, with the interval of this pair's own responses (Wilson
            of counts, t of sd and n; NaN where nothing is known).
        k, n: responses.
        share, share_low, share_high: of the ensemble; the middle 95 % of single models' shares.
        predictor: what the ensemble says, by the measure.
        fitted, residual: of the regression on it, on the scale of the table; NaN where the pair is not in it.
    """

    item: str
    ur: str
    sr: str
    variant: str
    human: float
    human_low: float
    human_high: float
    k: float
    n: float
    share: float
    share_low: float
    share_high: float
    predictor: float
    fitted: float
    residual: float


@dataclass(frozen=True, eq=False)
class Comparison:
    """All of it.

    Attributes:
        matched: which candidates; ``matched.human`` and ``matched.scores`` are what was compared.
        options: how.
        scales: what is correlated, by name; ``headline`` is the one of the verdict.
        rows: every estimate.
        pairs: every candidate, in the order of the arrays.
        predictors: what each model says.  # models x pairs
        ceilings: by scale.
        baselines: what the held-out deviance was set beside.
        regressed: the pairs of the regression: of choices between two candidates, the first alone.
        mixed: regression with a random intercept for the item, of the ensemble; None of ratings.
        calibration: of the ensemble; None of ratings, and of log-probabilities.
        sentence: the verdict.
        caveats: what limits it, and why claims are withheld.
        notes: what was assumed, and what was not matched.
    """

    matched: Matched
    options: CompareOptions
    scales: dict[str, Scale]
    headline: str
    rows: tuple[Row, ...]
    pairs: tuple[Pair, ...]
    predictors: np.ndarray
    ceilings: dict[str, Ceiling]
    baselines: tuple[Baseline, ...]
    regressed: np.ndarray
    mixed: Mixed | None
    calibration: Calibration | None
    sentence: str
    caveats: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def human(self) -> Human:
        """The responses that were compared."""
        return self.matched.human

    @property
    def models(self) -> tuple[str, ...]:
        """Names of the models."""
        return self.matched.scores.models

    @functools.cached_property
    def items(self) -> int:
        """How many items there are."""
        return int(self.matched.items.max()) + 1

    @functools.cached_property
    def units(self) -> int:
        """How many items, or with `CompareOptions.family` families, are drawn and left out together."""
        return int(_units(self.matched, self.options.family).max()) + 1

    def row(self, quantity: str, of: str = ENSEMBLE, subset: str = "") -> Estimate:
        """One of the estimates."""
        return next(one.estimate for one in self.rows if (one.quantity, one.of, one.subset) == (quantity, of, subset))


def compare(
    scores: Scores, human: Human, options: CompareOptions | None = None, rng: np.random.Generator | None = None
) -> Comparison:
    """Set models beside people.

    Args:
        scores: of models that differ in nothing but their seed.
        human: responses to the same candidates.
        options: how.
        rng: of all draws; None: seed 1.

    Raises:
        InputError: nothing to compare, or an option that asks for what is not there.
    """
    options, rng = options or CompareOptions(), np.random.default_rng(1) if rng is None else rng
    if options.measure not in MEASURES:
        raise InputError(f"the measure is {options.measure!r}; allowed: {', '.join(MEASURES)}")
    matched, notes = match(scores, human), list(human.notes)
    matched, dropped = _with_alternatives(matched, options.measure)
    notes += [*matched.notes, *dropped]
    first = _first_variant(matched, options.variant, notes)
    matched, shares = choices(matched, first, notes)
    if len(set(matched.items)) < _FEWEST:
        raise InputError(f"found {count(len(set(matched.items)), 'item')} to compare; allowed: {_FEWEST} or more")
    firsts, others = two_candidates(matched, first)
    regressed = np.sort(firsts) if shares else np.arange(len(matched.numbers))
    groups, names = groups_of(matched.variants, regressed)
    sample = replace(_sample(matched, options), groups=groups)
    if groups is not None:
        notes.append(
            "regressions of the models and of all baselines have an intercept for each variant "
            f"({listed(names)}): slope and deviance are about differences within variants"
        )
    scales = _scales(matched, firsts, others, shares)
    headline = "items" if shares else "within" if "within" in scales else "all"
    with tqdm(total=5, desc="comparing", unit=" steps", delay=2, disable=None, leave=False) as bar:
        rows, fit = _rows(sample, matched.scores.models, scales, regressed, names, options.draws, rng, bar.update)
        folds = folds_of(sample.units[regressed], rng)
        held_out, ensemble = _held_out(sample, matched.scores.models, regressed, folds)
        beside = others[np.argsort(firsts)] if shares else None
        baselines = baselines_of(
            matched, sample, regressed, beside, folds, ensemble,
            options.baselines, options.training, options.untrained, options.measure,
        )  # fmt: skip
        bar.update()
        mirrored = (firsts, others) if shares else None
        ceilings = ceilings_of(matched, sample, tuple(scales.values()), mirrored, options.splits, rng)
        bar.update()
        counts, mixed, calibrated = matched.human.kind == "counts", None, None
        if counts:
            x, n = sample.ensemble()[regressed], sample.weights[regressed]
            units = np.unique(sample.units[regressed], return_inverse=True)[1]
            mixed = mixed_logistic(x, sample.value[regressed] * n, n, units)
        if counts and options.measure == "share":
            calibrated = calibration(sample, regressed, options.draws, rng)
    found = Comparison(
        matched, options, scales, headline, (*rows, *held_out), _pairs(matched, sample, regressed, fit), sample.odds,
        ceilings, baselines, regressed, mixed, calibrated, "", (), tuple(notes),
    )  # fmt: skip
    return replace(found, sentence=" ".join((verdict(found), *claims(baselines))), caveats=tuple(caveats(found)))


def _with_alternatives(matched: Matched, measure: str) -> tuple[Matched, list[str]]:
    """Without the pairs of items that have a single candidate, where shares are compared."""
    lone = np.isnan(matched.predictors(measure)).any(0)
    if not lone.any():
        return matched, []
    if lone.all():
        raise InputError(
            "every item has a single candidate, whose share is 1; give each an alternative, or compare "
            "log-probabilities (--measure log_prob)"
        )
    names = list(dict.fromkeys(one.item for one, gone in zip(matched.candidates, lone, strict=True) if gone))
    shown = ", ".join(names[:5]) + (" …" if names[5:] else "")
    return matched.only(~lone), [f"{count(len(names), 'item')} with a single candidate left out: {shown}"]


def _first_variant(matched: Matched, wanted: str, notes: list[str]) -> str:
    labels = _labels(matched)
    if taken := [label for label in labels if label in _TAKEN]:
        raise InputError(
            f"a variant is called {taken[0]}; allowed: any name but {', '.join(_TAKEN)}, which the tables have for "
            "other things"
        )
    if wanted and wanted not in labels:
        raise InputError(f"--variant is {wanted!r}; variants found: {', '.join(labels) or 'none'}")
    if not wanted and len(labels) > 1:
        notes.append(f"the first variant is {labels[0]} (--variant)")
    return wanted or (labels[0] if labels else "")


def _labels(matched: Matched) -> list[str]:
    """The variants, in the order of the items' candidates, also of those that people have no response for."""
    items, there = {one.item for one in matched.candidates}, dict.fromkeys(filter(None, matched.variants.tolist()))
    order = dict.fromkeys(one.variant for one in matched.scores.candidates if one.item in items)
    return list(dict.fromkeys([*filter(there.__contains__, order), *there]))


def _sample(matched: Matched, options: CompareOptions) -> Sample:
    human, (low, high) = matched.human, matched.human.scale
    counts = human.kind == "counts"
    weights = np.array([row.n if counts else 1.0 for row in human.rows])
    sums = None if human.sums is None else (human.sums - low * human.numbers) / (high - low)
    units, odds = _units(matched, options.family), matched.predictors(options.measure)
    similar = alike(matched)
    if options.family:
        of_unit = np.zeros((units.max() + 1, len(similar)))
        of_unit[units, matched.items] = 1
        similar = of_unit @ similar @ of_unit.T > 0
    return Sample(
        odds,
        options.measure == "share",
        matched.value,
        weights,
        matched.items,
        units,
        sums,
        human.numbers,
        counts,
        similar,
    )


def _units(matched: Matched, family: str) -> np.ndarray:
    """Of each pair what is drawn and left out: its item, or its family of items."""
    if not family:
        return matched.items
    names = cells_of(matched, family)
    if all(name is None for name in names):
        known = ", ".join(columns_of(matched)) or "none"
        raise InputError(f"--family is {family!r}; columns found, beside those that say what people did: {known}")
    if empty := [n for n, name in enumerate(names) if not name]:
        what = (
            f"{family} is empty for {matched.candidates[empty[0]].item}; allowed: a name of its family for every item"
        )
        raise InputError(what, *place_of(matched, empty[0], family))
    return np.unique(names, return_inverse=True)[1]


def _scales(matched: Matched, firsts: np.ndarray, others: np.ndarray, shares: bool) -> dict[str, Scale]:
    every = np.arange(len(matched.numbers))
    found = [Scale("all", ((every, None),))]
    labels = [label for label in dict.fromkeys(matched.variants) if label]
    own = {str(label): np.flatnonzero(matched.variants == label) for label in labels}
    own = {label: rows for label, rows in own.items() if len(rows) >= _FEWEST}
    if len(labels) > 1 and own and not shares:  # there, as over items
        found += [Scale(label, ((rows, None),)) for label, rows in own.items()]
        found.append(Scale("within", tuple((rows, None) for rows in own.values())))
    if len(firsts) >= _FEWEST:
        found.append(Scale("items", ((firsts, others),)))
    return {scale.name: scale for scale in found}


# ---- estimates


def _as_participants(sample: Sample, weights: np.ndarray) -> np.ndarray:
    """Log-odds of the share of models that prefer the candidate, half a model added to both sides."""
    share, n = weights @ sample.chosen, sample.sizes["models"]
    return np.log(n * share + 0.5) - np.log(n * (1 - share) + 0.5)


def _rows(
    sample: Sample, models: tuple[str, ...], scales: dict[str, Scale], regressed: np.ndarray, names: tuple[str, ...],
    draws: int,
    rng: np.random.Generator, done: Callable[[], object],
) -> tuple[list[Row], np.ndarray]:  # fmt: skip
    """Correlations and regressions; and the ensemble's fitted log-odds of every pair."""

    statistics = (correlations(tuple(scales.values())), regression(regressed, sample.groups, names))
    by_of = {ENSEMBLE: estimated(sample.ensemble, statistics, sample, draws, rng)}
    done()
    by_of[PARTICIPANTS] = estimated(lambda w: _as_participants(sample, w), statistics, sample, draws, rng)
    done()
    alone, mean = each_model(statistics, sample, draws, rng)
    by_of |= {MEAN: mean, **dict(zip(models, alone, strict=True))}
    rows = []
    for of, found in by_of.items():
        for name, estimate in found.items():
            quantity, _, subset = name.partition(" ")
            size = scales[subset].size if quantity == "spearman" else len(regressed)
            rows.append(Row(quantity, of, subset, estimate, size))
    x, own = sample.ensemble()[None], None if sample.groups is None else sample.groups[regressed]
    fit = logistic(x[:, regressed], sample.value[regressed][None], sample.weights[regressed][None], groups=own)
    return rows, fit.log_odds(x, sample.groups)[0]


def _held_out(
    sample: Sample, models: tuple[str, ...], regressed: np.ndarray, folds: np.ndarray
) -> tuple[list[Row], Predictor]:
    ensemble = held_out_ensemble(sample, regressed, folds)
    each = predicted(sample.odds, sample, regressed, folds)
    weights = np.full((1, len(models)), 1 / len(models))
    chosen = predicted(_as_participants(sample, weights), sample, regressed, folds)[0]
    found = {ENSEMBLE: ensemble, PARTICIPANTS: Predictor(chosen)}
    found |= {model: Predictor(odds) for model, odds in zip(models, each, strict=True)}
    return [
        Row("held_out_deviance", of, "", mean_deviance(one, sample, regressed), len(regressed))
        for of, one in found.items()
    ], ensemble


def _pairs(matched: Matched, sample: Sample, regressed: np.ndarray, fitted: np.ndarray) -> tuple[Pair, ...]:
    odds, (low, high) = sample.ensemble(), matched.human.scale
    every = matched.predictors("share")
    share = share_of(every)[0]
    bounds = np.quantile(share, (0.025, 0.975), axis=0) if len(share) > 1 else np.full((2, share.shape[1]), np.nan)
    line = low + (high - low) * share_of(fitted)[0]
    own = set(regressed.tolist())
    return tuple(
        Pair(
            one.item, " ".join(one.ur), " ".join(one.sr), str(matched.variants[n]), each.value,
            *each.interval(matched.human.kind), each.k, each.n, float(share[:, n].mean()), *map(float, bounds[:, n]),
            float(odds[n]), *((float(line[n]), each.value - float(line[n])) if n in own else (np.nan, np.nan)),
        )
        for n, (one, each) in enumerate(zip(matched.candidates, matched.human.rows, strict=True))
    )  # fmt: skip
