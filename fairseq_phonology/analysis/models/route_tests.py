"""The tests of routes and of chosen single heads over models: what each takes away beyond its controls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ...text import P_PLACES, decimal, percent
from ..criteria import ALPHA, LEAST_SHARE
from ..interventions.kinds import CONTROLS
from ..statistics.over_models import FEWEST, flip_models, model_interval, share_interval
from ..statistics.paired import test_paired
from .comparable import common_words
from .rows import ModelRow, ModelTest

PAIR = "minimal pair"
_ALIKE = 2  # units that all models share, without which nothing can be said of other words
_BEYOND = {"others": "beyond", "mirror": "mirror"}  # control -> scale of a held-out head


@dataclass(frozen=True)
class TrWords:
    """Of one model, the words of cell TR.  # each array: rows x columns; real words: words

    Attributes:
        names: of rows and columns, or of the words.
        pair: effect of the minimal pair.
        effect: measure -> effect of the knock-out in all heads.
        controls: control -> measure -> effect of the same there; NaN where there is none.
    """

    names: tuple[Sequence[str], ...]
    pair: np.ndarray
    effect: dict[str, np.ndarray]
    controls: dict[str, dict[str, np.ndarray]]


def route_tests(rows: Sequence[ModelRow], words: Sequence[TrWords], seed: int = 1) -> list[ModelTest]:
    """The minimal pair, the routes that all models have, and the chosen head of each kind that all have.

    Args:
        rows: of the models that are tested.
        words: of the same.
        seed: of flips.
    """
    first = _pair(rows, words, seed)
    found = [first]
    measures = [measure for measure in words[0].effect if all(measure in each.effect for each in words)]
    found += _family(
        "routes",
        measures,
        {measure: [each.effect[measure] for each in words] for measure in measures},
        {
            control: {m: [each.effect[m] - each.controls[control][m] for each in words] for m in measures}
            for control in CONTROLS
        },
        None,
        (rows, words, first, seed),
    )
    kinds = [kind for kind in rows[0].heads if all(kind in row.heads for row in rows)]
    held = {f"head of {kind}": [row.heads[kind] for row in rows] for kind in kinds}
    found += _family(
        "heads",
        list(held),
        {name: [each.by_word["effect"] for each in own] for name, own in held.items()},
        {
            control: {
                name: [each.by_word.get(scale, np.full(each.by_word["effect"].shape, np.nan)) for each in own]
                for name, own in held.items()
            }
            for control, scale in _BEYOND.items()
        },
        {
            name: {scale: np.array([each.estimate.get(scale, np.nan) for each in own]) for scale in _SCALES}
            for name, own in held.items()
        },
        (rows, words, first, seed),
    )
    return found


_SCALES = ("effect", *_BEYOND.values())


def _pair(rows: Sequence[ModelRow], words: Sequence[TrWords], seed: int) -> ModelTest:
    values = np.array([[row.pair] for row in rows])
    p = float(flip_models(values, seed)[0])
    mean, (low, high) = float(values.mean()), (float(end[0]) for end in model_interval(values))
    over = float(_p_words({PAIR: [each.pair for each in words]}, words, seed)[PAIR])
    lacks = _failed({"": p}, over, words)
    least = LEAST_SHARE * float(np.mean([row.intact for row in rows]))
    if not (mean > 0 and mean >= least):
        lacks.append(f"{mean:.1f} of log-odds, under {percent(LEAST_SHARE)} % of those of the untouched models")
    by_words = len(words[0].names) == 1
    return ModelTest(
        *(PAIR, PAIR, "log-odds", mean, low, high, p, {"words": over}, len(rows), not lacks, tuple(lacks), by_words)
    )


def _family(
    family: str,
    names: Sequence[str],
    effect: Mapping[str, Sequence[np.ndarray]],
    apart: Mapping[str, Mapping[str, Sequence[np.ndarray]]],
    held: Mapping[str, Mapping[str, np.ndarray]] | None,
    of: tuple[Sequence[ModelRow], Sequence[TrWords], ModelTest, int],
) -> list[ModelTest]:
    """Tests that are corrected together, against each control in turn.

    Args:
        family: its name.
        names: of the tests.
        effect: test -> of each model its words' effects.
        apart: control -> test -> the same less those of the control.
        held: estimates of chosen heads: test -> scale -> of each model; None where the words' means are the estimates.
        of: the models, their words, the test of the minimal pair, the seed.
    """
    rows, words, first, seed = of
    pairs = np.array([row.pair for row in rows])
    enough = pairs.mean() > 0 and pairs.mean() >= LEAST_SHARE * np.mean([row.intact for row in rows])
    p: dict[str, dict[str, float]] = {name: {} for name in names}
    over: dict[str, dict[str, float]] = {name: {} for name in names}
    beyond: dict[str, dict[str, float]] = {name: {} for name in names}
    for control, each in apart.items():
        known = [name for name in names if all(np.isfinite(values).all() for values in each[name])]
        if not known:
            continue
        means = np.array([[values.mean() for values in each[name]] for name in known]).T
        if held is not None:
            means = np.array([held[name][_BEYOND[control]] for name in known]).T
        tested = flip_models(means, seed)
        of_words = _p_words({name: each[name] for name in known}, words, seed)
        for n, name in enumerate(known):
            p[name][control], over[name][control] = float(tested[n]), float(of_words[name])
            beyond[name][control] = float(means[:, n].mean() / pairs.mean())
    found = []
    for name in names:
        own = np.array([values.mean() for values in effect[name]]) if held is None else held[name]["effect"]
        share, low, high = (
            (float(value[0]) for value in share_interval(own[:, None], pairs)) if enough else (float("nan"),) * 3
        )
        worst = max(over[name].values(), default=float("nan"))
        explained = enough and (first.claim or len(rows) < FEWEST)
        nothing = ["no minimal-pair effect to take a share of"]
        lacks = _lacks(p[name], worst, share, beyond[name], words) if explained else nothing
        largest = max(p[name].values(), default=float("nan"))
        found.append(
            ModelTest(
                *(name, family, "share", share, low, high, largest, {"words": worst}, len(rows)),
                *(not lacks, tuple(lacks), len(words[0].names) == 1),
            )
        )
    return found


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
    units = "real words" if len(of[0].names) == 1 else "stems and suffixes at once"
    if np.isnan(words):
        lacks.append(f"not tested over {units}: too few that all models have")
    elif not words < ALPHA:
        lacks.append(f"p = {decimal(words, P_PLACES)} over {units}, of the models' mean, not under {decimal(ALPHA)}")
    return lacks


def _p_words(values: Mapping[str, Sequence[np.ndarray]], words: Sequence[TrWords], seed: int) -> dict[str, float]:
    """Of the models' mean, over stems and suffixes at once, or over real words, max-T over the tests."""
    kept = common_words([each.names for each in words])
    if min(len(own) for own in kept[0]) < _ALIKE:
        return dict.fromkeys(values, float("nan"))
    means = np.stack(
        [
            np.mean([each[np.ix_(*own)] for each, own in zip(of_models, kept, strict=True)], axis=0)
            for of_models in values.values()
        ],
        -1,
    )
    scale = max(float(np.abs(each).max(initial=0)) for of_models in values.values() for each in of_models)
    tested = test_paired(means, seed=seed, scale=scale).p
    return dict(zip(values, tested["both" if "both" in tested else "rows"].tolist(), strict=True))
