"""How often models apply a process with a rate, as the mean share of its candidates, beside its rate in training."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ...phonology.grammar import Grammar
from ...stimuli.alternatives import APPLIED, STRATUM
from ...text import NONE, percent_of, rounded
from ...training.process_accuracy import Row, applied_in
from .scores import Scores

APPLICATION = "application.csv"
COLUMNS = (
    *("process", "stratum", "model", "items", "share"),
    *("training_applied", "training_places", "training_rate", "grammar_rate"),
)


@dataclass(frozen=True)
class Application:
    """One process in one stratum.

    Attributes:
        process: its name.
        stratum: the lexical class; empty in a grammar without.
        items: number of words of it that were scored.
        shares: mean over these words of P(applied) / (P(applied) + P(blocked)), of each model.
        trained: places in the training words at which it applied, and at which it is due; None where the training words
            are not known.
        rate: that of the grammar.
    """

    process: str
    stratum: str
    items: int
    shares: np.ndarray
    trained: tuple[int, int] | None
    rate: float


def applications(
    scores: Scores, grammar: Grammar, process: str, include: Collection[str], training: Iterable[Row] | None
) -> tuple[Application, ...]:
    """The shares of application by stratum; nothing of a process without a rate.

    Args:
        scores: of the two candidates of each word, as `alternatives` makes them.
        grammar, process, include: of these.
        training: rows of the training words (``ur``, ``sr``, maybe ``stratum``); None where they are not known.

    Raises:
        InputError: the grammar derives none of the training words, or they have no strata.
    """
    one = grammar.process(process)
    if not one.variable:
        return ()
    include = [name for name in grammar.optional if name in {*include, process}]
    grammar = grammar.asking(include)
    counts = None if training is None else applied_in(grammar, [process], include, training)
    items, shares = scores.item_shares(APPLIED)
    known = (scores.candidates[scores.items[item][0]].columns.get(STRATUM, "") for item in items)
    strata = [stratum if grammar.strata else "" for stratum in known]
    several = sum(bool(one.rate_in(stratum)) for stratum in grammar.strata) > 1
    found = []
    for stratum in [name for name in grammar.strata if name in strata] or [""]:
        chosen = [n for n, name in enumerate(strata) if name == stratum]
        key = f"{process}/{stratum}" if several else process
        trained = counts and (counts[f"{key}/applied"], counts[f"{key}/due"])
        found.append(
            Application(process, stratum, len(chosen), shares[:, chosen].mean(1), trained, one.rate_in(stratum))
        )
    return tuple(found)


def table(applications: Sequence[Application], models: Sequence[str]) -> Iterator[Sequence[object]]:
    """The rows of ``application.csv``, `COLUMNS` first; of several models a row ``all`` with the mean."""
    yield COLUMNS
    for one in applications:
        applied, due = one.trained or ("", "")
        trained = [applied, due, rounded(applied / due) if due else "", rounded(one.rate)]
        rows = [*zip(models, one.shares, strict=True)] + [("all", one.shares.mean())] * (len(models) > 1)
        for model, share in rows:
            yield one.process, one.stratum, model, one.items, rounded(float(share)), *trained


def lines(applications: Sequence[Application]) -> Iterator[str]:
    """The same for a terminal: means over models, with the least and the largest."""
    if not applications:
        return
    yield f"{applications[0].process}, share of application:"
    width = max(8, *(len(one.stratum) for one in applications))
    yield f"  {'stratum':<{width}}{'words':>7}{'models':>24}{'in training':>26}{'grammar':>10}"
    for one in applications:
        mean, low, high = (percent_of(value, 1, 1) for value in (one.shares.mean(), one.shares.min(), one.shares.max()))
        share = mean + (f" ({low.removesuffix(' %')} to {high.removesuffix(' %')})" if len(one.shares) > 1 else "")
        trained = f"{one.trained[0]:,} of {one.trained[1]:,} {percent_of(*one.trained)}" if one.trained else NONE
        rate = percent_of(one.rate, 1, 1)
        yield f"  {one.stratum or 'all':<{width}}{one.items:>7,}{share:>24}{trained:>26}{rate:>10}"
