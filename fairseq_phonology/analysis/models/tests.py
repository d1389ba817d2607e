"""Tests over models, with the model as the unit: of a chosen head and of layers, of routes and of chosen single heads.

Means over models are tested by flipping the signs of whole models, corrected by max-T over the tests of a family. All
models have the same words; an additional test with the words random therefore takes the mean over models as its data.
What a claim needs is listed in `ModelTest`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ...text import P_PLACES, decimal, percent
from ..contrasts.family import SCALES
from ..contrasts.weights import contrast_weights, permuted
from ..criteria import ALPHA, LEAST_MASS, LEAST_SHARE
from ..design.designs import Grid, Quads
from ..interventions.kinds import CONTROLS
from ..statistics.over_models import FEWEST, flip_models, model_interval, share_interval
from ..statistics.paired import test_paired
from ..statistics.permutation import PERMUTATIONS, sign_flip
from .comparable import common_words
from .held_out import CONTROL_SCALES
from .results import SCALE_NAMES, ModelRow, ModelTest

TESTED = (*SCALES, "odds")
PAIR = "minimal pair"
_FEWEST_UNITS = 2  # of each class that all models have, without which the words are not tested


def response_of(design: Grid | Quads, values: np.ndarray) -> float:
    """The interaction (response).  # values: rows x columns; real words: words"""
    if isinstance(design, Quads):
        return float(values.mean())
    rows, columns = contrast_weights("response", design.undergoes, design.triggers)
    return float(rows @ values @ columns)


def response_tests(
    rows: Sequence[ModelRow],
    designs: Sequence[Grid | Quads],
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
    designs: Sequence[Grid | Quads],
    seed: int,
) -> list[ModelTest]:
    """Tests that are corrected together.  # estimates: scale -> models x tests; by_word: as `p_words`"""
    p = {scale: flip_models(each, seed) for scale, each in estimates.items()}
    words = np.max([p_words(by_word[scale], designs, seed) for scale in TESTED], axis=0)
    by_words = isinstance(designs[0], Quads)
    found = []
    for n, name in enumerate(names):
        own = {scale: float(p[scale][n]) for scale in SCALES}
        additional = {"odds": float(p["odds"][n]), "words": float(words[n])}
        lacks = unmet(own, additional, float(estimates["mass"][:, n].mean()), len(designs), _units(by_words))
        for scale in SCALES:
            values = estimates[scale][:, n : n + 1]
            bounds = (float(values.mean()), *(float(end[0]) for end in model_interval(values)))
            found.append(
                ModelTest(
                    *(name, family, scale, *bounds, own[scale], additional, len(designs)),
                    *(not lacks, tuple(lacks), by_words),
                )
            )
    return found


def p_words(by_word: Sequence[np.ndarray], designs: Sequence[Grid | Quads], seed: int = 1) -> np.ndarray:
    """p of the mean over models with stems and suffixes (real words) random, max-T over the tests.

    Over the words that all models have; NaN where these are too few.

    Args:
        by_word: of each model.  # -> rows x columns x tests; real words: words x tests
        designs: of the models.
        seed: of relabelings.
    """
    words = isinstance(designs[0], Quads)
    mean, scale, kept = _over_models(by_word, [(own.words,) if words else (own.rows, own.columns) for own in designs])
    if words:
        if len(mean) < _FEWEST_UNITS:
            return np.full(mean.shape[-1], np.nan)
        return sign_flip(mean, PERMUTATIONS, np.random.default_rng(seed), scale)[1]
    undergoes, triggers = designs[0].undergoes[kept[0]], designs[0].triggers[kept[1]]
    if min(each.sum() for labels in (undergoes, triggers) for each in (labels, ~labels)) < _FEWEST_UNITS:
        return np.full(mean.shape[-1], np.nan)
    return permuted(mean, undergoes, triggers, "response", PERMUTATIONS, seed).joint


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
        effect: measure -> effect of the knock-out in all heads.
        beyond: control -> measure -> the same minus the effect of the control; NaN where there is none.
    """

    names: tuple[Sequence[str], ...]
    pair: np.ndarray
    effect: dict[str, np.ndarray]
    beyond: dict[str, dict[str, np.ndarray]]


@dataclass
class _Effect:
    """One effect in each model.

    Attributes:
        estimate: of each model.
        beyond: control -> of each model the effect minus that of the control.
        by_word: control -> of each model the same of its words.
    """

    estimate: np.ndarray
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
    for measure in words[0].effect:
        if not all(measure in each.effect for each in words):
            continue
        route = routes[measure] = _Effect(np.array([each.effect[measure].mean() for each in words]))
        for control in CONTROLS:
            beyond = [each.beyond[control][measure] for each in words]
            if all(np.isfinite(each).all() for each in beyond):
                route.beyond[control], route.by_word[control] = np.array([each.mean() for each in beyond]), beyond
    heads: dict[str, _Effect] = {}
    for kind in rows[0].heads:
        if not all(kind in row.heads for row in rows):
            continue
        held = [row.heads[kind] for row in rows]
        head = heads[f"head of {kind}"] = _Effect(np.array([each.estimate["effect"] for each in held]))
        for control, scale in CONTROL_SCALES.items():
            if all(scale in each.by_word for each in held):
                head.beyond[control] = np.array([each.estimate[scale] for each in held])
                head.by_word[control] = [each.by_word[scale] for each in held]
    pair = _pair(rows, words, seed)
    return [
        pair,
        *_effects("routes", routes, rows, words, pair, seed),
        *_effects("heads", heads, rows, words, pair, seed),
    ]


def _pair(rows: Sequence[ModelRow], words: Sequence[TrWords], seed: int) -> ModelTest:
    values = np.array([[row.pair] for row in rows])
    p = float(flip_models(values, seed)[0])
    bounds = (float(values.mean()), *(float(end[0]) for end in model_interval(values)))
    over = float(_p_effects([each.pair[..., None] for each in words], words, seed)[0])
    lacks = _failed({"": p}, over, words)
    if not _large_enough(rows):
        least = f"under {percent(LEAST_SHARE)} % of those of the untouched models"
        lacks.append(f"{bounds[0]:.1f} of log-odds, {least}")
    return ModelTest(
        *(PAIR, PAIR, "log-odds", *bounds, p, {"words": over}, len(rows)),
        *(not lacks, tuple(lacks), len(words[0].names) == 1),
    )


def _large_enough(rows: Sequence[ModelRow]) -> bool:
    """Is the minimal-pair effect, in mean over models, one that shares can be taken of?"""
    mean = np.mean([row.pair for row in rows])
    return bool(mean > 0 and mean >= LEAST_SHARE * np.mean([row.intact for row in rows]))


def _effects(
    family: str,
    effects: Mapping[str, _Effect],
    rows: Sequence[ModelRow],
    words: Sequence[TrWords],
    pair: ModelTest,
    seed: int,
) -> list[ModelTest]:
    """Tests that are corrected together, against each control in turn."""
    pairs = np.array([row.pair for row in rows])
    enough = _large_enough(rows)
    p, over, beyond = ({name: {} for name in effects} for _ in range(3))
    for control in CONTROLS:
        known = [name for name, each in effects.items() if control in each.beyond]
        if not known:
            continue
        means = np.array([effects[name].beyond[control] for name in known]).T
        tested = flip_models(means, seed)
        by_word = [np.stack(each, -1) for each in zip(*(effects[name].by_word[control] for name in known), strict=True)]
        of_words = _p_effects(by_word, words, seed)
        for n, name in enumerate(known):
            p[name][control], over[name][control] = float(tested[n]), float(of_words[n])
            beyond[name][control] = float(means[:, n].mean() / pairs.mean())
    found = []
    for name, each in effects.items():
        bounds = (float("nan"),) * 3
        if enough:
            bounds = tuple(float(value[0]) for value in share_interval(each.estimate[:, None], pairs))
        worst = max(over[name].values(), default=float("nan"))
        lacks = ["no minimal-pair effect to take a share of"]
        if enough and (pair.claim or len(rows) < FEWEST):
            lacks = _lacks(p[name], worst, bounds[0], beyond[name], words)
        largest = max(p[name].values(), default=float("nan"))
        found.append(
            ModelTest(
                *(name, family, "share", *bounds, largest, {"words": worst}, len(rows)),
                *(not lacks, tuple(lacks), len(words[0].names) == 1),
            )
        )
    return found


def _p_effects(by_word: Sequence[np.ndarray], words: Sequence[TrWords], seed: int) -> np.ndarray:
    """As `p_words`, of effects.  # by_word: of each model rows x columns x tests; real words: words x tests"""
    mean, scale, kept = _over_models(by_word, [each.names for each in words])
    if min(map(len, kept)) < _FEWEST_UNITS:
        return np.full(mean.shape[-1], np.nan)
    tested = test_paired(mean, seed=seed, scale=scale).p
    return tested.get("both", tested["rows"])


def unmet(p: Mapping[str, float], additional: Mapping[str, float], mass: float, models: int, words: str) -> list[str]:
    """The criteria of a claim over models that are not met, in words.

    Args:
        p: over models, by scale.
        additional: as in `ModelTest`.
        mass: mean response over models.
        models: how many are tested.
        words: what the additional criterion ``words`` is over.
    """
    lacks = []
    if models < FEWEST:
        lacks.append(f"{models} models, and {FEWEST} are the fewest that can be tested")
    tests = [(value, f"models ({SCALE_NAMES[scale]})") for scale, value in p.items()]
    tests += [(additional["odds"], f"models ({SCALE_NAMES['odds']})")]
    tests = [test for test in tests if models >= FEWEST] + [(additional["words"], f"{words}, of the models' mean")]
    for value, what in tests:
        if np.isnan(value):
            lacks.append(f"not tested over {what}: too few that all models have")
        elif not value < ALPHA:
            lacks.append(f"p = {decimal(value, P_PLACES)} over {what}, not under {decimal(ALPHA)}")
    if not mass >= LEAST_MASS:
        lacks.append(f"{decimal(mass, 3)} of mass, under {decimal(LEAST_MASS)}")
    return lacks


def _lacks(
    p: Mapping[str, float], words: float, share: float, beyond: Mapping[str, float], of: Sequence[TrWords]
) -> list[str]:
    if "others" not in p:
        return ["not tested: no other segments to test it against"]
    lacks = _failed(p, words, of)
    for what, own in {"": share, **{f" beyond {name}": each for name, each in beyond.items()}}.items():
        if not own >= LEAST_SHARE:
            lacks.append(f"{percent(own)} % of the minimal-pair effect{what}, under {percent(LEAST_SHARE)} %")
            break
    return lacks


def _failed(p: Mapping[str, float], words: float, of: Sequence[TrWords]) -> list[str]:
    lacks = []
    if len(of) < FEWEST:
        lacks.append(f"{len(of)} models, and {FEWEST} are the fewest that can be tested")
    for control, value in p.items() if len(of) >= FEWEST else ():
        if not value < ALPHA:
            against = f" against {control}" if control else ""
            lacks.append(f"p = {decimal(value, P_PLACES)} over models{against}, not under {decimal(ALPHA)}")
    units = _units(len(of[0].names) == 1)
    if np.isnan(words):
        lacks.append(f"not tested over {units}: too few that all models have")
    elif not words < ALPHA:
        lacks.append(f"p = {decimal(words, P_PLACES)} over {units}, of the models' mean, not under {decimal(ALPHA)}")
    return lacks


def _units(by_words: bool) -> str:
    return "real words" if by_words else "stems and suffixes at once"
