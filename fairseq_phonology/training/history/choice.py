"""By what a run chose the checkpoint that it keeps as its best, and which of its validations that is."""

from __future__ import annotations

import math
import re
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

Row = dict[str, Any]
Key = tuple[int, int | None]  # epoch, updates of a validation

# of which less is better, and of which more, where the figures themselves do not tell
_LESS = re.compile(r"(.*_)?(loss|ppl|perplexity|wer|per|cer|uer|ter|edit_distance)", re.IGNORECASE)
_MORE = re.compile(r"(.*_)?(accuracy|acc|bleu|chrf|f1|exact_match|em|precision|recall)", re.IGNORECASE)


def key_of(row: Row) -> Key:
    """What tells a validation from the others of its subset."""
    return row["epoch"], row["updates"]


@dataclass(frozen=True)
class Choice:
    """How the best validation of a run is found.

    Attributes:
        metric: by which the run chose, as fairseq calls it: ``exact_match``, ``loss``, ``wer``, ...
        maximize: is more of it better?
        ours: are ties decided as this package does, by the lower loss and then for the earlier? Stock fairseq keeps the
            latest of those that are equal.
        kept: the validations whose models are known to have been saved, or to be among the best; None where that is
            not known, so that every validation may be the best.
        told: where it stands by what the run chose; empty if nowhere.
        among: how it is known what was kept, in words.
    """

    metric: str = "exact_match"
    maximize: bool = True
    ours: bool = True
    kept: frozenset[Key] | None = None
    told: str = ""
    among: str = ""

    @property
    def column(self) -> str:
        """Of the history."""
        return "valid_loss" if self.metric == "loss" else self.metric

    def ranked(self, rows: Iterable[Row], subset: str | None = None) -> list[Row]:
        """The validations of one subset, best first, whether they were kept or not.

        Args:
            rows: rows of a history.
            subset: its name; by default the first one, which also chooses the best checkpoint.
        """
        rows = [row for row in rows if row["subset"]]
        subset = rows[0]["subset"] if rows and subset is None else subset
        rows = [row for row in rows if row["subset"] == subset]
        sign = 1 if self.maximize else -1
        found = []
        for place, row in enumerate(rows):
            value = row.get(self.column)
            score = None if value is None else sign * value
            loss = row.get("valid_loss") if self.ours else None
            found.append((rank(score, loss, place if self.ours else -place), place, row))
        return [row for *_, row in sorted(found, key=lambda one: one[:2])]

    def best(self, rows: Iterable[Row], subset: str | None = None) -> Row | None:
        """The first of `ranked` among those that were kept; None without any."""
        ranked = self.ranked(rows, subset)
        return next((row for row in ranked if self.kept is None or key_of(row) in self.kept), None)


@dataclass
class Run:
    """What is known of a run.

    Attributes:
        rows: of its history.
        choice: how its best validation is found.
        in_percent: are its added metrics known to be in %?
        saved_in: the folder of its checkpoints, as its log names it; empty where it does not.
    """

    rows: list[Row]
    choice: Choice = field(default_factory=Choice)
    in_percent: bool = True
    saved_in: str = ""


def choice_of(rows: Sequence[Row]) -> Choice:
    """What the rows of a ``history.csv`` tell: the metric of this package, and ``kept`` where it is filled in."""
    measured = any(row.get("exact_match") is not None for row in rows)
    flags = [(key_of(row), row.get("kept")) for row in rows if row["subset"]]
    known = any(flag is not None for _, flag in flags)
    kept = frozenset(key for key, flag in flags if flag) if known else None
    return Choice("exact_match" if measured else "loss", maximize=measured, kept=kept)


def maximizes(metric: str, values: Sequence[tuple[float, float | None]]) -> bool:
    """Is more of a metric better? Found from the figures that fairseq logged beside it.

    Args:
        metric: its name.
        values: of each validation in order: its value, and the best so far, None where the log has none.
    """
    above = any(best is not None and best > value + _rounding(value) for value, best in values)
    below = any(best is not None and best < value - _rounding(value) for value, best in values)
    if above != below:
        return above
    if _LESS.fullmatch(metric) or _MORE.fullmatch(metric):
        return bool(_MORE.fullmatch(metric))
    # each was the best so far: did it rise? (not with --save-interval, under which a worse one may follow)
    series = [value for value, _ in values[:1]] + [value for value, best in values if best is not None]
    return len(series) < 2 or series[-1] >= series[0]


def known_to_be_kept(
    values: Sequence[tuple[Key, float, float | None]], saved: Container[int], maximize: bool
) -> frozenset[Key] | None:
    """Which validations may have left the checkpoint that is kept as the best, as far as a log tells.

    The best figure so far, as fairseq logs it, is over the validations that saved before, and the one at hand.

    Args:
        values: of each validation in order: its key, its value, and the best so far, None where the log has none.
        saved: updates of the checkpoints that the log says were saved.
        maximize: is more of it better?

    Returns:
        None if the log does not tell; nothing if the best was before the log begins.
    """

    def better(one: float, other: float) -> bool:
        return (one > other if maximize else one < other) and abs(one - other) > _rounding(other)

    told = [(n, best) for n, (_, _, best) in enumerate(values) if best is not None and math.isfinite(best)]
    if told and all(better(told[-1][1], value) for _, value, _ in values):
        return frozenset()
    of_lines = [n for n, (key, _, _) in enumerate(values) if key[1] in saved]
    if of_lines and all(
        any(not better(best, values[n][1]) for n in [*(n for n in of_lines if n < at), at]) for at, best in told
    ):
        return frozenset(values[n][0] for n in of_lines)
    # lines of saving are missing; one whose value a later best so far does not count was not saved
    passed_over = {values[n][0] for at, best in told for n in range(at) if better(values[n][1], best)}
    return frozenset(key for key, _, _ in values if key not in passed_over) if passed_over else None


def _rounding(value: float) -> float:
    """By how much two logged figures of one number may differ: fairseq rounds to three places, and shows six digits."""
    return max(6e-4, abs(value) * 1e-5)


def rank(score: float | None, loss: float | None, updates: int) -> tuple[float, float, int]:
    """To sort by, best first: higher score, then lower loss, then earlier; what was not measured comes last."""
    score, loss = (math.nan if value is None else value for value in (score, loss))
    return math.inf if math.isnan(score) else -score, math.inf if math.isnan(loss) else loss, updates
