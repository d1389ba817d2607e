"""Models and people that were made up, with what is known to be true of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from fairseq_phonology.analysis.people.scores import Scores
from fairseq_phonology.corpus.candidates import Candidate

VARIANTS = ("applied", "blocked")


def scores_of(odds: np.ndarray, **columns) -> Scores:
    """Two candidates an item, with the log-odds of the first.  # models x items; columns: a number for each item"""
    odds = np.atleast_2d(odds)
    candidates = [
        Candidate(
            f"i{n}", ("b", "a", f"{n}"), ("b", v[0], f"{n}"), v, columns={c: str(of[n]) for c, of in columns.items()}
        )
        for n in range(odds.shape[1])
        for v in VARIANTS
    ]
    log_prob = np.stack([-np.logaddexp(0, -odds), -np.logaddexp(0, odds)], axis=2).reshape(len(odds), -1) - 0.1
    return Scores(tuple(f"m{n}" for n in range(len(odds))), tuple(candidates), log_prob)


def table(path: Path, header: str, rows) -> Path:
    """A table with tabs."""
    lines = [header.replace(" ", "\t"), *("\t".join(map(str, row)) for row in rows)]
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def counts(path: Path, k, n, both: bool = True) -> Path:
    """k of n for the first candidate of each item, and the rest for the second."""
    rows = []
    for item, (one, of) in enumerate(zip(k, n, strict=True)):
        rows.append((f"i{item}", VARIANTS[0], int(one), int(of)))
        if both:
            rows.append((f"i{item}", VARIANTS[1], int(of - one), int(of)))
    return table(path, "item variant k n", rows)
