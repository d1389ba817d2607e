"""What a model has to beat: a constant or a variant's mean, training frequency, n-grams, untrained models, a column.

Each baseline is a predictor like the model's: slope and intercept are fitted without the items that are predicted.
Where several variants are regressed, all of them have an intercept for each variant, so that what is lower is so within
variants.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ...corpus.lexicon import PHONOTACTICS
from ...corpus.pairs import Word
from ...corpus.signs import bare_form, untagged
from ...errors import InputError
from ...text import count, listed, read_number
from ..criteria import ALPHA
from ..statistics.crossed import holm
from .estimates import Estimate, Sample
from .held_out import Gain, Predictor, gain, held_out_ensemble, mean_deviance, predicted
from .matching import Matched
from .scores import Scores

CONSTANT, VARIANT = "constant", "variant"
FEWEST_ITEMS = 20  # with fewer the test errs too often: see docs/methods/people.md


@dataclass(frozen=True)
class Baseline:
    """A baseline, and the test of the ensemble against it.

    Attributes:
        name: ``constant``, or where several variants are regressed ``variant``; ``training frequency``,
            ``n-gram``, ``untrained``, or that of a column.
        described: what it predicts, as a clause.
        deviance: held out, per response, with its interval.
        gain: how much lower the ensemble's is.
        p: of ``gain``, two-sided, corrected over the baselines (Holm).
        beaten: by the ensemble; False says nothing but that this is not shown.
        withheld: why no claim is made; empty where one may be.
    """

    name: str
    described: str
    deviance: Estimate
    gain: Gain
    p: float
    beaten: bool
    withheld: str = ""


def baselines_of(
    matched: Matched,
    sample: Sample,
    rows: np.ndarray,
    others: np.ndarray | None,
    folds: np.ndarray,
    model: Predictor,
    columns: Sequence[str] = (),
    training: Sequence[Word] = (),
    untrained: Scores | None = None,
    measure: str = "share",
) -> tuple[Baseline, ...]:
    """All baselines that there are data for.

    Args:
        matched, sample: models and people.
        rows: pairs that are regressed.
        others: for each of them the item's other candidate, where a pair stands for its item; else None.
        folds: of each row.
        model: the ensemble's held-out log-odds.
        columns: of the scores or of the human table.
        training: pairs that were trained on, with their weights; a column ``variant`` is read where no UR is an item's.
        untrained: scores of untrained models for the same candidates.
        measure: of the untrained models.

    Raises:
        InputError: a column that is not there or holds no numbers; training pairs or untrained models that say nothing
            of the items.
    """
    nothing = _held_out(np.zeros(len(sample.value)), sample, rows, folds)
    found = [(CONSTANT, "the same share for every item", nothing)]
    if sample.groups is not None:
        labels = sorted(set(matched.variants[rows]) - {""})
        found = [(VARIANT, f"the mean of each variant ({listed(labels)})", nothing)]
    if training:
        x, described = _frequency(matched, training)
        found.append(("training frequency", described, _held_out(x, sample, rows, folds)))
    if untrained is not None:
        found.append(_untrained(matched, untrained, sample, rows, folds, measure))
    named = {one.strip(): one.strip() for one in columns}
    if PHONOTACTICS in matched.scores.columns:
        named = {PHONOTACTICS: "n-gram"} | {name: own for name, own in named.items() if name != PHONOTACTICS}
    for column, name in named.items():
        x, described = _column(matched, column, rows, others)
        found.append((name, described, _held_out(x, sample, rows, folds)))
    gains = [gain(model, odds, sample, rows) for _, _, odds in found]
    p = holm(np.array([[1.0 if math.isnan(one.p) else one.p for one in gains]]))[0]
    items, of_items = len(np.unique(sample.units[rows])), len(np.unique(sample.items[rows]))
    counted = count(items, "item") if items == of_items else f"{items:,} {'family' if items == 1 else 'families'}"
    why = (
        f"{counted}: fewer than {FEWEST_ITEMS}, with which the test claims falsely too often"
        if items < FEWEST_ITEMS
        else ""
    )
    return tuple(
        Baseline(
            name, described, mean_deviance(odds, sample, rows), each, float(corrected),
            not why and bool(corrected < ALPHA) and each.value > 0, why,
        )
        for (name, described, odds), each, corrected in zip(found, gains, p, strict=True)
    )  # fmt: skip


def _held_out(x: np.ndarray, sample: Sample, rows: np.ndarray, folds: np.ndarray) -> Predictor:
    return Predictor(predicted(x[None], sample, rows, folds)[0])


def _untrained(
    matched: Matched, scores: Scores, sample: Sample, rows: np.ndarray, folds: np.ndarray, measure: str
) -> tuple[str, str, Predictor]:
    own = {(one.item, one.sr): n for n, one in enumerate(scores.candidates)}
    missing = [one for one in matched.candidates if (one.item, one.sr) not in own]
    if missing:
        raise InputError(
            f"the untrained models have no score of {' '.join(missing[0].sr)} of {missing[0].item}; score them with "
            "the same candidates"
        )
    numbers = np.array([own[one.item, one.sr] for one in matched.candidates])
    odds = replace(matched, numbers=numbers).predictors(measure, scores)
    if np.isnan(odds).any():
        raise InputError("the untrained models have items with one candidate; score them with the same candidates")
    described = f"the same of {count(len(scores.models), 'untrained model')}"
    return "untrained", described, held_out_ensemble(replace(sample, odds=odds), rows, folds)


def columns_of(matched: Matched) -> list[str]:
    """Further columns of either table."""
    return sorted({*matched.scores.columns, *(name for row in matched.human.rows[:1] for name in row.columns)})


def cells_of(matched: Matched, name: str) -> list[str | None]:
    """The cell of each pair in a further column, of the people's table if it has one; None: there is none."""
    pairs = zip(matched.candidates, matched.human.rows, strict=True)
    return [each.columns.get(name, one.columns.get(name)) for one, each in pairs]


def place_of(matched: Matched, pair: int, name: str) -> tuple[str | None, int | None]:
    """File and line of such a cell; the line is not known of the scores, and of a candidate without a row."""
    row = matched.human.rows[pair]
    if any(name in one.columns for one in matched.human.rows):
        return matched.human.path, row.line if name in row.columns else None
    return "the table of scores", None


def _column(matched: Matched, name: str, rows: np.ndarray, others: np.ndarray | None) -> tuple[np.ndarray, str]:
    """A column as a predictor; of items whose candidates differ in it, the difference of the two."""
    texts = cells_of(matched, name)
    values = np.array([_number(text) for text in texts])
    if np.isnan(values).all():
        known = [
            one for one in columns_of(matched) if np.isfinite([_number(cell) for cell in cells_of(matched, one)]).all()
        ]
        raise InputError(
            f"--baseline is {name!r}; columns with a number for every candidate: {', '.join(known) or 'none'}"
        )
    if len(empty := np.flatnonzero(np.isnan(values))):
        one, text = matched.candidates[empty[0]], texts[empty[0]] or ""
        raise InputError(
            f"{name} is {text!r} for {' '.join(one.sr)} of {one.item}; allowed: a number for every candidate",
            *place_of(matched, int(empty[0]), name),
        )
    if others is None or np.all(values[rows] == values[others]):
        return values, f"the column {name}"
    found = values.copy()
    found[rows] = values[rows] - values[others]
    return found, f"the column {name}, first variant less the other"


def _number(text: str | None) -> float:
    """NaN of what is none."""
    try:
        value = read_number(text or "")
    except ValueError:
        return math.nan
    return value if math.isfinite(value) else math.nan


def _frequency(matched: Matched, training: Sequence[Word]) -> tuple[np.ndarray, str]:
    """Log-odds of how often a candidate is the SR of its UR in training; of nonce words, its variant."""
    urs = {bare_form(untagged(one.ur)) for one in matched.candidates}
    weights: Counter[tuple[str, ...]] = Counter()
    for word in training:
        ur = bare_form(untagged(word.ur))
        if ur in urs and word.sr is not None:
            weights[ur, bare_form(word.sr)] += word.weight if word.weight is not None else 1
    if weights:
        keys = [(bare_form(untagged(one.ur)), bare_form(one.sr)) for one in matched.scores.candidates]
        return _odds(
            matched, [weights[key] for key in keys]
        ), "how often a form is that of its UR in training (log-odds)"
    variants: Counter[str] = Counter()
    for word in training:
        variants[word.more.get("variant", "")] += word.weight if word.weight is not None else 1
    if not any(variants[one.variant] for one in matched.scores.candidates if one.variant):
        raise InputError(
            "no UR of the training list is an item's, and it has no column variant with the variants of the candidates",
            training[0].path,
        )
    counts = [variants[one.variant] if one.variant else 0 for one in matched.scores.candidates]
    return _odds(matched, counts), "how often the variant occurs in training (log-odds)"


def _odds(matched: Matched, weights: Sequence[float]) -> np.ndarray:
    """Log-odds of each pair's candidate against the others of its item, half an occurrence added to both."""
    found, items = np.empty(len(matched.numbers)), matched.scores.alternatives
    for at, n in enumerate(matched.numbers):
        others = sum(weights[m] for m in items[matched.scores.candidates[n].item] if m != n)
        found[at] = math.log(weights[n] + 0.5) - math.log(others + 0.5)
    return found
