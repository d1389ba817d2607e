"""Tests over models of routes and of chosen single heads, with the model as the unit.

Means over models are tested by flipping the signs of whole models, corrected by max-T over the tests of a family, in
each direction of the interchange; what a claim needs besides is in `criteria`. All models have the same words, so that
the models' mean is also taken with the words random.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..criteria import DISTINGUISHES_OVER_MODELS, LEAST_SHARE, USES_OVER_MODELS
from ..evidence import Evidence
from ..interventions.kinds import DIRECTIONS
from ..statistics.over_models import FEWEST, Mean, flip_models, mean_of_models, share_interval
from ..statistics.paired import p_of_means, ratio_interval
from .comparable import common_words
from .results import PAIR, ModelRow, ModelTest

_FEWEST_UNITS = 2  # of each kind that all models have, without which the words are not tested
_Directions = Mapping[str, np.ndarray]  # direction -> of the words of cell TR  # -> rows x columns; real words: words


@dataclass(frozen=True)
class InWords:
    """One intervention at the words of cell TR of one model.

    Attributes:
        effect: of the interchange at the trigger; NaN in words that did not serve to measure it.
        beyond: the same minus that at other segments; NaN where there is none.
    """

    effect: _Directions
    beyond: _Directions


@dataclass(frozen=True)
class TrWords:
    """The words of cell TR of one model.

    Attributes:
        names: of rows and columns, or of real words.
        pair: effect of the minimal pair.  # -> rows x columns; real words: words
        routes, heads: what was interchanged, as ``cross`` or ``head of cross``.
    """

    names: tuple[Sequence[str], ...]
    pair: np.ndarray
    routes: Mapping[str, InWords]
    heads: Mapping[str, InWords]

    @property
    def by_words(self) -> bool:
        """Are the units real words, not stems and suffixes?"""
        return len(self.names) == 1


def route_tests(rows: Sequence[ModelRow], words: Sequence[TrWords], seed: int = 1) -> list[ModelTest]:
    """Tests of the minimal pair, of the routes that all models have, and of the chosen head of each kind that all have.

    Args:
        rows: of the models that are tested.
        words: of the same.
        seed: of flips and intervals.
    """
    pair, whole = _pair(rows, words, seed), float(np.mean([row.intact for row in rows]))
    families = {"routes": [each.routes for each in words], "heads": [each.heads for each in words]}
    return [pair, *(test for name, own in families.items() for test in _family(name, own, words, pair, whole, seed))]


def _pair(rows: Sequence[ModelRow], words: Sequence[TrWords], seed: int) -> ModelTest:
    values = np.array([row.pair for row in rows])
    p = flip_models(values[:, None], seed)
    mean = _mean_of_models([each.pair[..., None] for each in words], words)
    of_words = np.array([np.nan]) if mean is None else p_of_means(mean)
    ps = ({"models": p} if len(rows) >= FEWEST else {}) | {_over_words(words[0]): of_words}
    intact = float(np.mean([row.intact for row in rows]))
    evidence = Evidence(ps, values.mean(keepdims=True), whole=intact, models=len(rows))
    (unmet,) = DISTINGUISHES_OVER_MODELS.unmet(evidence)
    return ModelTest(
        name=PAIR,
        family=PAIR,
        scale="log-odds",
        **mean_of_models(values)._asdict(),
        p=float(p[0]),
        models=len(rows),
        claim=not unmet,
        unmet=tuple(unmet),
        by_words=words[0].by_words,
    )


def _family(
    family: str,
    own: Sequence[Mapping[str, InWords]],
    words: Sequence[TrWords],
    pair: ModelTest,
    intact: float,
    seed: int,
) -> list[ModelTest]:
    """Tests that are corrected together, in each direction.  # own: of each model"""
    names = [name for name in own[0] if all(name in each for each in own)]
    if not names:
        return []
    models, units = len(own), _over_words(words[0])
    served = [np.isfinite(each[names[0]].effect[DIRECTIONS[0]]) for each in own]  # of real words, those in any part
    pairs = np.array([each.pair[known].mean() for each, known in zip(words, served, strict=True)])
    enough = pairs.mean() > 0 and pairs.mean() >= LEAST_SHARE * intact
    nothing = np.full(len(names), np.nan)
    shares: dict[str, list[Mean]] = {}
    p, low, beyond = {}, {}, {}
    for direction in DIRECTIONS:
        effect, more = (
            [np.stack([getattr(each[name], what)[direction] for name in names], -1) for each in own]
            for what in ("effect", "beyond")
        )
        over = [np.array([_mean(each) for each in values]) for values in (effect, more)]  # -> models x tests
        p[direction], beyond[direction] = _p(*over, pairs, seed), over[1].mean(0) / pairs.mean()
        ends = share_interval(over[0], pairs) if enough else (nothing,) * 3
        shares[direction] = [Mean(*map(float, each)) for each in zip(*ends, strict=True)]
        if models >= FEWEST:
            low[f"models, {direction}"] = ends[1]
            low[f"{units}, {direction}"] = _low_of_mean(effect, words, seed) if enough else nothing
    largest = np.maximum(*p.values())
    smaller = [min(both, key=lambda each: each.mean) for both in zip(*shares.values(), strict=True)]
    ps = {f"models, {direction}": each for direction, each in p.items()} if models >= FEWEST else {}
    evidence = Evidence(
        ps,
        np.array([share.mean for share in smaller]),
        low=low,
        beyond={f"other segments, {direction}": each for direction, each in beyond.items()},
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
            **smaller[n]._asdict(),
            p=float(largest[n]),
            models=models,
            claim=not unmet[n],
            unmet=tuple(unmet[n]),
            by_words=words[0].by_words,
            directions={direction: each[n] for direction, each in shares.items()},
        )
        for n, name in enumerate(names)
    ]


def _p(effect: np.ndarray, more: np.ndarray, pairs: np.ndarray, seed: int) -> np.ndarray:
    """Larger p of two: against other segments, and against the least share; NaN where not tested.  # models x tests"""
    p, known = np.full(effect.shape[1], np.nan), np.isfinite(more).all(0)
    if known.any():
        both = more, effect - LEAST_SHARE * pairs[:, None]
        p[known] = np.maximum(*(flip_models(each[:, known], seed) for each in both))
    return p


def _over_words(words: TrWords) -> str:
    return f"{'real words' if words.by_words else 'stems and suffixes'}, of the models' mean"


def _mean(values: np.ndarray) -> np.ndarray:
    """Over words that served; NaN where none did.  # values: of words x tests"""
    flat = values.reshape(-1, values.shape[-1])
    return flat[np.isfinite(flat).any(1)].mean(0) if np.isfinite(flat).any() else flat[0]


def _mean_of_models(by_word: Sequence[np.ndarray], words: Sequence[TrWords]) -> np.ndarray | None:
    """Mean over models of the words that all have; None where these are too few.  # by_word: of words x tests"""
    kept = common_words([each.names for each in words])
    mean = np.mean([each[np.ix_(*own)] for each, own in zip(by_word, kept, strict=True)], axis=0)
    if words[0].by_words:
        mean = mean[np.isfinite(mean).all(1)]
    return None if not mean.size or min(mean.shape[:-1]) < _FEWEST_UNITS else mean


def _low_of_mean(effect: Sequence[np.ndarray], words: Sequence[TrWords], seed: int) -> np.ndarray:
    """Lower bound of the share of the models' mean, stems and suffixes (real words) random.  # -> tests"""
    both = [np.concatenate([each, own.pair[..., None]], -1) for each, own in zip(effect, words, strict=True)]
    mean = _mean_of_models(both, words)
    if mean is None:
        return np.full(effect[0].shape[-1], np.nan)
    return ratio_interval(mean[..., :-1], mean[..., -1], seed)[0]
