"""The tests of a response over models: of the chosen head, and of the means of layers.

A family is corrected over its tests by max-T. What a claim needs is told in `ModelTest`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ...text import P_PLACES, decimal
from ..contrasts.family import SCALES
from ..contrasts.weights import contrast_weights, permuted
from ..criteria import ALPHA, LEAST_MASS
from ..design.designs import Grid, Quads
from ..statistics.over_models import FEWEST, flip_models, model_interval
from ..statistics.permutation import PERMUTATIONS, sign_flip
from .comparable import common_words
from .rows import SCALE_NAMES, ModelRow, ModelTest

TESTED = (*SCALES, "odds")
_ALIKE = 2  # units of each class that all models share, without which nothing can be said of other words


def response_of(design: Grid | Quads, values: np.ndarray) -> float:
    """The response.  # values: rows x columns; real words: words"""
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
    """Those of the chosen head, then those of the layers that all models have.

    Args:
        rows: of all models.
        designs: of those that are tested.
        layers: of the same: layer -> scale of `TESTED` -> mean of its heads.  # -> rows x columns, or words
        seed: of flips.
    """
    tested = [row for row in rows if row.tested]
    found = _family(
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
    return found + _family(
        "layers",
        shared,
        {scale: np.array([[row.layers[layer][scale] for layer in shared] for row in tested]) for scale in TESTED},
        {scale: [np.stack([each[layer][scale] for layer in shared], -1) for each in layers] for scale in TESTED},
        designs,
        seed,
    )


def p_words(by_word: Sequence[np.ndarray], designs: Sequence[Grid | Quads], seed: int = 1) -> np.ndarray:
    """Of the models' mean, over stems and suffixes at once, or over real words: p of each test, max-T over them.

    Over the words that all models have; NaN where these are too few.

    Args:
        by_word: of each model.  # -> rows x columns x tests; real words: words x tests
        designs: of the models.
        seed: of relabelings.
    """
    words = isinstance(designs[0], Quads)
    kept = common_words([(own.words,) if words else (own.rows, own.columns) for own in designs])
    mean = np.mean([each[np.ix_(*own)] for each, own in zip(by_word, kept, strict=True)], axis=0)
    design = designs[0]
    scale = max(float(np.abs(each).max(initial=0)) for each in by_word)
    if words:
        if len(mean) < _ALIKE:
            return np.full(mean.shape[-1], np.nan)
        return sign_flip(mean, PERMUTATIONS, np.random.default_rng(seed), scale)[1]
    undergoes, triggers = design.undergoes[kept[0][0]], design.triggers[kept[0][1]]
    if min(each.sum() for labels in (undergoes, triggers) for each in (labels, ~labels)) < _ALIKE:
        return np.full(mean.shape[-1], np.nan)
    return permuted(mean, undergoes, triggers, "response", PERMUTATIONS, seed).joint


def _family(
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
    found = []
    for n, name in enumerate(names):
        own, additional = {s: float(p[s][n]) for s in SCALES}, {"odds": float(p["odds"][n]), "words": float(words[n])}
        over = "real words" if isinstance(designs[0], Quads) else "stems and suffixes at once"
        lacks = unmet(own, additional, float(estimates["mass"][:, n].mean()), len(designs), over)
        for scale in SCALES:
            low, high = (float(end[0]) for end in model_interval(estimates[scale][:, n : n + 1]))
            mean = float(estimates[scale][:, n].mean())
            found.append(
                ModelTest(
                    *(
                        name,
                        family,
                        scale,
                        mean,
                        low,
                        high,
                        own[scale],
                        additional,
                        len(designs),
                        not lacks,
                        tuple(lacks),
                    ),
                    by_words=isinstance(designs[0], Quads),
                )
            )
    return found


def unmet(
    p: Mapping[str, float], additional: Mapping[str, float], mass: float, models: int, words: str = "stems and suffixes"
) -> list[str]:
    """What of the rule of a claim over models is not met, in words.

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
