"""Contrasts between the levels of a condition, tested with items random: from words to a `ConditionStudy`.

The sum, its standard error and its interval are those of every contrast (`statistics.weighted`): within items each
item's own weighted sum over levels, between items the weighted sum of the levels' means. Tests are two-sided: one p
for each column (a head, a model) and contrast, corrected over all of them (Holm); a second one with the skewness of the
estimate taken out, because the mean of few skewed items is too often far off: ``benchmarks/condition_error_rates.py``.
Between items a p of t under .05 is not smaller than that of relabeling the items, because the variance of a small level
in which all items happen to be alike says nothing.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from ...text import P_PLACES, decimal
from ..criteria import ALPHA, DIFFERS, DIFFERS_IN_ATTENTION, LEAST_CLAIMED, LEAST_MASS, Rule
from ..design.conditions import ConditionDesign, Conditions, ItemExclusions, ListedWord, design_of
from ..design.parts import SharedPart, shared_parts, too_few
from ..events.measured import MASS, RIGHT, Measured
from ..evidence import Evidence
from ..provenance import Provenance
from ..statistics import weighted
from ..statistics.crossed import holm
from ..statistics.over_models import FEWEST, flip_models, model_interval
from ..statistics.permutation import PERMUTATIONS, relabeled_p
from ..withheld import WITHHELD
from .estimates import contrast_interval, contrast_of, tested, weighted_values
from .level_limits import Corrected, limits_of, two_valued
from .levels import LevelContrast

_DRAWS = 200  # relabelings for each p of a family, so that the correction leaves some under .05
ITEMS, WITHOUT_SKEW, MODELS = "items", "items, the skewness taken out", "models"


@dataclass(frozen=True)
class LevelTest:
    """One contrast over all columns; arrays have one entry a column.

    Attributes:
        contrast: between the levels.
        estimate, low, high: the weighted sum on the scale of the response, with its 95 % interval over items.
        se, df, t: of it; not defined where nothing varies.
        p: two-sided, corrected over all columns and contrasts (Holm).
        p_skew: the same with the skewness of the estimate taken out.
        mass: of attention the same sum of mass; None of another response.
        skew: of the estimate.
        claim: whether all of the rule is met.  # -> bool
        rule: what a claim needs.
        evidence: what the rule was asked of.
    """

    contrast: LevelContrast
    estimate: np.ndarray
    low: np.ndarray
    high: np.ndarray
    se: np.ndarray
    df: np.ndarray
    t: np.ndarray
    p: np.ndarray
    p_skew: np.ndarray
    mass: np.ndarray | None
    skew: np.ndarray
    claim: np.ndarray
    rule: Rule
    evidence: Evidence

    @functools.cached_property
    def unmet(self) -> list[list[str]]:
        """Of each column, what of the rule is not met, in words; of two p that are too large the first."""
        found = self.rule.unmet(self.evidence)
        large = self.p >= ALPHA
        return [[one for one in own if not (large[n] and WITHOUT_SKEW in one)] for n, own in enumerate(found)]

    @property
    def best(self) -> int:
        """Number of the column to show, see `order`."""
        return int(self.order[0])

    @property
    def order(self) -> np.ndarray:
        """Numbers of the columns: claimed ones, then of attention those with `LEAST_MASS`; larger estimates first."""
        small = np.zeros(len(self.t), bool) if self.mass is None else self.evidence.amount < LEAST_MASS
        return np.lexsort((-np.abs(self.estimate), small, ~self.claim))


@dataclass(frozen=True)
class OverModels:
    """One contrast over several models.

    Attributes:
        contrast: between the levels.
        mean: of the models' estimates.
        low, high: interval with models random; NaN under six.
        p: two-sided, by flipping the signs of models, corrected over contrasts (max-T); NaN under six.
        items: the test of the models' mean, items random.
        claim: both are under .05, with enough items.
        unmet: what is not met, in words.
    """

    contrast: LevelContrast
    mean: float
    low: float
    high: float
    p: float
    items: LevelTest
    claim: bool
    unmet: list[str]


@dataclass
class ConditionStudy:
    """Everything about the levels of one condition.

    Attributes:
        asked: what is compared.
        words: of the levels.
        measured: the response variable of each.
        whole: the design of the list.
        design: what errors left of it; None where it is too little to test.
        exclusions: what errors excluded; None where no word can fail.
        parts: of the words, that repeat over items.
        tests: one a contrast; empty without a design.
        over_models: of several models, one a contrast.
        sentences: what may be said, the first one the headline.
        strength: ``differs``, ``none``, ``descriptive`` or ``withheld``.
        process: that the words are about; empty where none was named.
        provenance: for ``summary.json`` and the report.
    """

    asked: Conditions
    words: list[ListedWord]
    measured: Measured
    whole: ConditionDesign
    design: ConditionDesign | None
    exclusions: ItemExclusions | None
    contrasts: tuple[LevelContrast, ...]
    tests: list[LevelTest]
    parts: tuple[SharedPart, ...] = ()
    over_models: list[OverModels] = field(default_factory=list)
    sentences: tuple[str, ...] = ()
    strength: str = "none"
    process: str = ""
    provenance: Provenance = field(default_factory=Provenance)

    @property
    def scale(self) -> str:
        """Of the response: ``log_odds`` or ``exact_match``."""
        return self.measured.scale

    @property
    def is_attention(self) -> bool:
        """Is the response a weight, so that it has mass?"""
        return MASS in self.measured.values

    @property
    def shown(self) -> ConditionDesign:
        """The design whose items are drawn."""
        return self.design or self.whole

    @property
    def rule(self) -> Rule:
        """What a claim needs."""
        return DIFFERS_IN_ATTENTION if self.is_attention else DIFFERS


def compare_levels(
    words: list[ListedWord],
    levels: Sequence[str],
    asked: Conditions,
    contrasts: tuple[LevelContrast, ...],
    measured: Measured,
    seed: int = 1,
    path: object = None,
) -> ConditionStudy:
    """Test the contrasts.

    Args:
        words: in the order of the list.
        levels: of the condition.
        asked: what is compared.
        contrasts: between the levels.
        measured: the response of each word.
        seed: of the intervals.
        path: of the list, for messages.

    Raises:
        InputError: the items are neither within nor between the levels, or too few.
    """
    whole = design_of(words, levels, path)
    design, exclusions = whole, None
    if measured.reason:
        design, exclusions = whole.without(measured.included, measured.reason)
        reasons = [reason for limit in WITHHELD for reason in limit.reasons(exclusions)]
        exclusions = replace(exclusions, reasons_withheld=(*exclusions.reasons_withheld, *reasons))
    study = ConditionStudy(asked, words, measured, whole, design, exclusions, contrasts, [])
    if design is None:
        return study
    kept = [word for word, item in zip(words, design.item_of, strict=True) if item >= 0]
    study.parts = shared_parts(kept, levels, asked.column)
    withheld = exclusions.reasons_withheld if exclusions else ()
    values = {scale: design.taken(each) for scale, each in measured.values.items()}
    study.tests = test_levels(design, values, contrasts, withheld, seed, study.parts)
    if len(measured.columns) > 1 and not study.is_attention:
        study.over_models = _over_models(study, values[measured.scale], seed)
    return study


def test_levels(
    design: ConditionDesign,
    values: dict[str, np.ndarray],
    contrasts: Sequence[LevelContrast],
    withheld: Sequence[str] = (),
    seed: int = 1,
    parts: Sequence[SharedPart] = (),
) -> list[LevelTest]:
    """Every contrast over every column.

    Args:
        design: of the items.
        values: by scale, as `ConditionDesign.taken`; the first is the scale of the tests.
        contrasts: between its levels.
        withheld: why nothing may be claimed.
        seed: of the intervals.
        parts: that repeat over items.
    """
    scale, main = next(iter(values.items()))
    rule = DIFFERS_IN_ATTENTION if MASS in values else DIFFERS
    tests = []
    for contrast, own in zip(contrasts, corrected(design, main, contrasts, least_p(design, scale)), strict=True):
        test = own.test
        mass = contrast_of(design, values[MASS], contrast) if MASS in values else None
        amount = np.abs(test.estimate) if mass is None else np.sign(test.estimate) * mass / contrast.size
        shape = limits_of(design, main, contrast, own, MASS in values)
        evidence = Evidence(
            {ITEMS: own.p, WITHOUT_SKEW: own.p_skew},
            amount,
            units=design.smallest(contrast.compared),
            limits=(*withheld, *too_few(parts, contrast.named, LEAST_CLAIMED), *shape),
        )
        bounds = contrast_interval(design, main, contrast, seed)
        of = (test.estimate, *bounds, test.se, test.df, test.t, own.p, own.p_skew, mass, own.skew)
        tests.append(LevelTest(contrast, *of, rule.met(evidence), rule, evidence))
    return tests


test_levels.__test__ = False  # pytest would take it for a test of its own


def corrected(
    design: ConditionDesign,
    values: np.ndarray,
    contrasts: Sequence[LevelContrast],
    least: float = 0.0,
    family: int | None = None,
) -> list[Corrected]:
    """The tests of each contrast, two-sided, corrected over columns and contrasts.

    Args:
        design: of the items.
        values: as `ConditionDesign.taken`.
        contrasts: between its levels.
        least: the smallest p that there may be.
        family: number of adjacent columns that are corrected together; default all.
    """
    found = [tested(design, values, each) for each in contrasts]
    shapes = [weighted_values(design, values, each) for each in contrasts]
    skews, shared = ([weighted.skewness(own, axes[0], pooled) for own, axes in shapes] for pooled in (False, True))
    if two_valued(values):  # their skewness is that of their mean
        skews = shared = [np.full_like(test.t, np.nan) for test in found]
    chances = [weighted.skewness_variance(own, axes[0]) for own, axes in shapes]
    family = family or values.shape[-1]
    draws = draws_of(family, len(contrasts))
    ps = [
        _relabeled(own, *axes, _two_sided(test.t, test.df, design, least), draws)
        for test, (own, axes) in zip(found, shapes, strict=True)
    ]
    without = [
        np.maximum(own, _two_sided(weighted.without_skew(test.t, skew), test.df, design, least))
        for test, skew, own in zip(found, skews, ps, strict=True)
    ]
    by_family = (np.array(each).reshape(len(contrasts), -1, family).swapaxes(0, 1) for each in (ps, without))
    over = (holm(each.ravel(), len(contrasts) * family).reshape(each.shape).swapaxes(0, 1) for each in by_family)
    both = (each.reshape(len(contrasts), -1) for each in over)
    return [Corrected(*own) for own in zip(found, skews, shared, chances, *both, strict=True)]


def draws_of(columns: int, contrasts: int) -> int:
    """Number of relabelings, for p that are corrected over so many."""
    return max(PERMUTATIONS, _DRAWS * columns * contrasts)


def _relabeled(values: np.ndarray, axis: weighted.Axis, p: np.ndarray, draws: int) -> np.ndarray:
    """The larger of p and, between items where it is under .05, that of relabeling the items."""
    asked = p < ALPHA
    if len(axis.weights) == 1 or not asked.any():
        return p
    found = relabeled_p(values[:, asked], axis.classes, axis.weights, np.random.default_rng(0), draws)
    p = p.copy()
    p[asked] = np.maximum(p[asked], found)
    return p


def _two_sided(t: np.ndarray, df: np.ndarray, design: ConditionDesign, least: float) -> np.ndarray:
    """Of t; not under what flipping signs could give: of a response that has but two values."""
    from scipy.special import stdtr

    freedom = np.where(np.isfinite(df), df, max(1, min(design.sizes.values()) - 1))
    return np.maximum(2 * stdtr(freedom, -np.abs(t)), least)


def least_p(design: ConditionDesign, scale: str) -> float:
    """Of a response that is right or wrong, the smallest two-sided p of flipping signs within items; else 0."""
    return 2.0 ** (1 - len(design.items)) if scale == RIGHT and design.within else 0.0


def _over_models(study: ConditionStudy, values: np.ndarray, seed: int) -> list[OverModels]:
    """The contrasts over models: models random, and of their mean items random."""
    items = test_levels(
        study.design, {study.scale: values.mean(-1, keepdims=True)}, study.contrasts, (), seed, study.parts
    )
    each = np.array([test.estimate for test in study.tests]).T  # -> models x contrasts
    p, (low, high) = flip_models(each, seed), model_interval(each, seed)
    found = []
    for n, test in enumerate(items):
        unmet = list(test.unmet[0])
        if np.isnan(p[n]):
            unmet.append(f"{len(each)} models; a test over models needs {FEWEST}")
        elif not p[n] < ALPHA:
            unmet.append(f"p = {decimal(p[n], P_PLACES)} over models, not under {decimal(ALPHA)}")
        of = (float(each[:, n].mean()), float(low[n]), float(high[n]), float(p[n]))
        found.append(OverModels(study.contrasts[n], *of, test, not unmet, unmet))
    return found
