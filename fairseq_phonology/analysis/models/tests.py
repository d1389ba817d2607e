"""Tests over models, with the model as the unit: of a chosen head and of layers, of routes and of chosen single heads.

Means over models are tested by flipping the signs of whole models, corrected by max-T over the tests of a family. All
models have the same words; an additional test with the words random therefore takes the mean over models as its data.
What a claim needs: `criteria`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ..contrasts.estimates import tested, weights_of
from ..contrasts.kinds import RESPONSE
from ..contrasts.study import SCALES
from ..criteria import ATTENDS_OVER_MODELS, DISTINGUISHES_OVER_MODELS, LEAST_SHARE, USES_OVER_MODELS, Evidence
from ..design.designs import Design
from ..interventions.kinds import DIRECTIONS
from ..statistics.crossed import holm
from ..statistics.over_models import FEWEST, flip_models, model_interval, share_interval
from ..statistics.paired import p_of_means
from ..statistics.permutation import PERMUTATIONS, sign_flip
from .comparable import common_words
from .results import SCALE_NAMES, ModelRow, ModelTest

TESTED = SCALES
PAIR = "minimal pair"
_FEWEST_UNITS = 2  # of each class that all models have, without which the words are not tested


def response_of(design: Design, values: np.ndarray) -> float:
    """The interaction (response).  # values: rows x columns; real words: words"""
    if not design.is_crossed:
        return float(values.mean())
    rows, columns = weights_of(design, RESPONSE)
    return float(rows @ values @ columns)


def response_tests(
    rows: Sequence[ModelRow],
    designs: Sequence[Design],
    layers: Sequence[Mapping[str, Mapping[str, np.ndarray]]],
    seed: int = 1,
) -> list[ModelTest]:
    """Tests of the chosen head, then of the layers that all models have.

    Args:
        rows: of all models.
        designs: of those that are tested.
        layers: of the same: layer -> scale of `TESTED` -> mean of its heads.  # -> rows x columns, or words
        seed: of flips.
    """
    tested = [row for row in rows if row.tested]
    found = _responses(
        "chosen head",
        ["chosen head"],
        {scale: np.array([[row.response.estimate[scale]] for row in tested]) for scale in TESTED},
        {scale: [row.response.by_word[scale][..., None] for row in tested] for scale in TESTED},
        designs,
        seed,
    )
    shared = [layer for layer in layers[0] if all(layer in other for other in layers)]
    if not shared:
        return found
    return found + _responses(
        "layers",
        shared,
        {scale: np.array([[row.layers[layer][scale] for layer in shared] for row in tested]) for scale in TESTED},
        {scale: [np.stack([each[layer][scale] for layer in shared], -1) for each in layers] for scale in TESTED},
        designs,
        seed,
    )


def _responses(
    family: str,
    names: Sequence[str],
    estimates: Mapping[str, np.ndarray],
    by_word: Mapping[str, Sequence[np.ndarray]],
    designs: Sequence[Design],
    seed: int,
) -> list[ModelTest]:
    """Tests that are corrected together.  # estimates: scale -> models x tests; by_word: as `p_words`"""
    p = {scale: flip_models(each, seed) for scale, each in estimates.items()}
    words = np.max([p_words(by_word[scale], designs, seed) for scale in TESTED], axis=0)
    by_words, models = not designs[0].is_crossed, len(designs)
    tested = {f"models ({SCALE_NAMES[scale]})": each for scale, each in p.items()} if models >= FEWEST else {}
    evidence = Evidence(tested | {_over_words(by_words): words}, estimates["mass"].mean(0), models=models)
    unmet = ATTENDS_OVER_MODELS.unmet(evidence)
    return [
        ModelTest(
            name=name,
            family=family,
            scale=scale,
            **_bounds(estimates[scale][:, n : n + 1]),
            p=float(p[scale][n]),
            additional={"words": float(words[n])},
            models=models,
            claim=not unmet[n],
            unmet=tuple(unmet[n]),
            by_words=by_words,
        )
        for n, name in enumerate(names)
        for scale in SCALES
    ]


def _bounds(values: np.ndarray) -> dict[str, float]:
    """Mean over models and its interval.  # values: models x 1"""
    low, high = (float(end[0]) for end in model_interval(values))
    return {"mean": float(values.mean()), "low": low, "high": high}


def _over_words(by_words: bool) -> str:
    return f"{'real words' if by_words else 'stems and suffixes at once'}, of the models' mean"


def p_words(by_word: Sequence[np.ndarray], designs: Sequence[Design], seed: int = 1) -> np.ndarray:
    """p of the mean over models with stems and suffixes (real words) random, max-T over the tests.

    Over the words that all models have; NaN where these are too few.

    Args:
        by_word: of each model.  # -> rows x columns x tests; real words: words x tests
        designs: of the models.
        seed: of relabelings.
    """
    mean, scale, kept = _over_models(by_word, [tuple(side.names for side in own.sides) for own in designs])
    shared = designs[0].part(*kept)
    if shared.fewest < _FEWEST_UNITS:
        return np.full(mean.shape[-1], np.nan)
    if not shared.is_crossed:
        return sign_flip(mean, PERMUTATIONS, np.random.default_rng(seed), scale)[1]
    return holm(tested(shared, mean, RESPONSE).p)


def _over_models(
    by_word: Sequence[np.ndarray], names: Sequence[tuple[Sequence[str], ...]]
) -> tuple[np.ndarray, float, tuple[np.ndarray, ...]]:
    """Mean over models of the words that all of them have; magnitude of the values; these words in the first model."""
    kept = common_words(names)
    mean = np.mean([each[np.ix_(*own)] for each, own in zip(by_word, kept, strict=True)], axis=0)
    return mean, max(float(np.abs(each).max(initial=0)) for each in by_word), kept[0]


@dataclass(frozen=True)
class TrWords:
    """Effects of interventions on the words of cell TR in one model.  # each array: rows x columns; real words: words

    Attributes:
        names: of rows and columns, or of the words.
        pair: effect of the minimal pair.
        effect: direction -> measure -> effect of the interchange in all heads.
        beyond: direction -> measure -> the same minus that at other segments; NaN where there is none.
    """

    names: tuple[Sequence[str], ...]
    pair: np.ndarray
    effect: dict[str, dict[str, np.ndarray]]
    beyond: dict[str, dict[str, np.ndarray]]

    @property
    def by_words(self) -> bool:
        """Are the units real words, not stems and suffixes?"""
        return len(self.names) == 1


@dataclass
class _Effect:
    """One effect in each model.

    Attributes:
        estimate: direction -> of each model.
        beyond: direction -> of each model the effect minus that at other segments.
        by_word: direction -> of each model the same of its words.
    """

    estimate: dict[str, np.ndarray] = field(default_factory=dict)
    beyond: dict[str, np.ndarray] = field(default_factory=dict)
    by_word: dict[str, list[np.ndarray]] = field(default_factory=dict)


def route_tests(rows: Sequence[ModelRow], words: Sequence[TrWords], seed: int = 1) -> list[ModelTest]:
    """Tests of the minimal pair, of the routes that all models have, and of the chosen head of each kind that all have.

    Args:
        rows: of the models that are tested.
        words: of the same.
        seed: of flips.
    """
    routes: dict[str, _Effect] = {}
    for measure in words[0].effect[DIRECTIONS[0]]:
        if not all(measure in each.effect[DIRECTIONS[0]] for each in words):
            continue
        route = routes[measure] = _Effect()
        for direction in DIRECTIONS:
            route.estimate[direction] = np.array([each.effect[direction][measure].mean() for each in words])
            beyond = [each.beyond[direction][measure] for each in words]
            if all(np.isfinite(each).all() for each in beyond):
                route.beyond[direction], route.by_word[direction] = np.array([each.mean() for each in beyond]), beyond
    heads: dict[str, _Effect] = {}
    for kind in rows[0].heads:
        if not all(kind in row.heads for row in rows):
            continue
        held = [row.heads[kind] for row in rows]
        head = heads[f"head of {kind}"] = _Effect()
        for direction in DIRECTIONS:
            head.estimate[direction] = np.array([each.estimate[direction] for each in held])
            head.beyond[direction] = np.array([each.estimate[f"{direction} beyond"] for each in held])
            head.by_word[direction] = [each.by_word[f"{direction} beyond"] for each in held]
    pair = _pair(rows, words, seed)
    return [
        pair,
        *_effects("routes", routes, rows, words, pair, seed),
        *_effects("heads", heads, rows, words, pair, seed),
    ]


def _pair(rows: Sequence[ModelRow], words: Sequence[TrWords], seed: int) -> ModelTest:
    values = np.array([[row.pair] for row in rows])
    p, over = flip_models(values, seed), _p_effects([each.pair[..., None] for each in words], words)
    tested = {"models": p} if len(rows) >= FEWEST else {}
    whole = float(np.mean([row.intact for row in rows]))
    evidence = Evidence(tested | {_over_words(words[0].by_words): over}, values.mean(0), whole=whole, models=len(rows))
    (unmet,) = DISTINGUISHES_OVER_MODELS.unmet(evidence)
    return ModelTest(
        name=PAIR,
        family=PAIR,
        scale="log-odds",
        **_bounds(values),
        p=float(p[0]),
        additional={"words": float(over[0])},
        models=len(rows),
        claim=not unmet,
        unmet=tuple(unmet),
        by_words=words[0].by_words,
    )


def _effects(
    family: str,
    effects: Mapping[str, _Effect],
    rows: Sequence[ModelRow],
    words: Sequence[TrWords],
    pair: ModelTest,
    seed: int,
) -> list[ModelTest]:
    """Tests that are corrected together, in each direction in turn."""
    names, models = list(effects), len(rows)
    pairs = np.array([row.pair for row in rows])
    enough = pairs.mean() > 0 and pairs.mean() >= LEAST_SHARE * np.mean([row.intact for row in rows])
    p, over, beyond = ({direction: np.full(len(names), np.nan) for direction in DIRECTIONS} for _ in range(3))
    for direction in DIRECTIONS:
        known = [n for n, name in enumerate(names) if direction in effects[name].beyond]
        if not known:
            continue
        own = [effects[names[n]] for n in known]
        means = np.array([each.beyond[direction] for each in own]).T
        by_word = [np.stack(each, -1) for each in zip(*(each.by_word[direction] for each in own), strict=True)]
        p[direction][known] = flip_models(means, seed)
        over[direction][known] = holm(_p_effects(by_word, words))
        beyond[direction][known] = means.mean(0) / pairs.mean()
    shares = {name: ([np.nan],) * 3 for name in names}
    for name, each in effects.items() if enough else ():  # of the direction with the smaller one
        both = [share_interval(own[:, None], pairs) for own in each.estimate.values()]
        shares[name] = min(both, key=lambda own: own[0][0])
    of_words, largest = (np.maximum.reduce(list(each.values())) for each in (over, p))
    evidence = Evidence(
        {f"models ({direction})": each for direction, each in p.items() if models >= FEWEST}
        | {_over_words(words[0].by_words): of_words},
        np.array([share[0] for share, _, _ in shares.values()]),
        beyond={f"other segments ({direction})": each for direction, each in beyond.items()},
        tested=np.isfinite(list(beyond.values())).all(0),
        explained=bool(enough and (pair.claim or models < FEWEST)),
        models=models,
    )
    unmet = USES_OVER_MODELS.unmet(evidence)
    return [
        ModelTest(
            name=name,
            family=family,
            scale="share",
            **dict(zip(("mean", "low", "high"), (float(value[0]) for value in shares[name]), strict=True)),
            p=float(largest[n]),
            additional={"words": float(of_words[n])},
            models=models,
            claim=not unmet[n],
            unmet=tuple(unmet[n]),
            by_words=words[0].by_words,
        )
        for n, name in enumerate(names)
    ]


def _p_effects(by_word: Sequence[np.ndarray], words: Sequence[TrWords]) -> np.ndarray:
    """As `p_words`, of effects, not corrected.  # by_word: of each model rows x columns (or words) x tests"""
    mean, _, kept = _over_models(by_word, [each.names for each in words])
    return np.full(mean.shape[-1], np.nan) if min(map(len, kept)) < _FEWEST_UNITS else p_of_means(mean)
