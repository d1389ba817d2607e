"""Comparisons of made-up models with made-up people: counts, ratings, trials; small and large."""

from __future__ import annotations

import functools
import tempfile
from pathlib import Path

import numpy as np

from fairseq_phonology.analysis.people.comparison import CompareOptions, Comparison, compare
from fairseq_phonology.analysis.people.human import read_human
from fairseq_phonology.analysis.people.scores import Scores
from tests.helpers import people

QUICK = CompareOptions(draws=100, splits=50)


def given(folder: Path, kind: str, items: int = 24, seeds: int = 3) -> tuple[Scores, Path]:
    """Scores, and a table of people: ``counts``, ``ratings`` or ``trials``."""
    rng = np.random.default_rng(1)
    truth = rng.normal(0, 1.5, items)
    scores = people.scores_of(truth * 2 + rng.normal(0, 0.8, (seeds, items)), length=rng.integers(3, 9, items))
    share, table = 1 / (1 + np.exp(-truth + rng.normal(0, 0.4, items))), folder / f"{kind}.tsv"
    if kind == "counts":
        return scores, people.counts(table, rng.binomial(20, share), np.full(items, 20))
    if kind == "ratings":
        values = [1 + 6 * np.clip(each + rng.normal(0, 0.1, items), 0, 1) for each in (share, 1 - share)]
        rows = [(f"i{n}", v, f"{values[m][n]:.2f}") for n in range(items) for m, v in enumerate(people.VARIANTS)]
        return scores, people.table(table, "item variant rating", rows)
    chosen = [(f"s{p}", f"i{n}", people.VARIANTS[int(rng.random() > share[n])]) for p in range(8) for n in range(items)]
    return scores, people.table(table, "participant item choice", chosen)


@functools.cache
def comparison(kind: str, items: int = 24, seeds: int = 3, measure: str = "share") -> Comparison:
    """Of what `given` makes."""
    with tempfile.TemporaryDirectory() as folder:
        scores, table = given(Path(folder), kind, items, seeds)
        human = read_human(table)
    options = CompareOptions(measure, baselines=("length",), draws=QUICK.draws, splits=QUICK.splits)
    return compare(scores, human, options)
