"""Which candidate of the models is which of the people: by item, then by form or variant; all others are named."""

from __future__ import annotations

import functools
import math
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ...corpus.candidates import Candidate
from ...corpus.signs import bare_form, untagged
from ...errors import InputError
from ...text import count, listed
from .human import Human, Judged
from .scores import Scores

MEASURES = ("share", "log_prob", "log_prob_per_segment")
_SHOWN = 5


@dataclass(frozen=True, eq=False)
class Matched:
    """Candidates that both models and people have.

    Attributes:
        scores, human: what was matched; the columns of ``human.sums`` and ``human.numbers`` are the pairs.
        numbers: of each pair, the number of its candidate in ``scores.candidates``.
        notes: a sentence for each assumption, and for what was not matched on either side.
    """

    scores: Scores
    human: Human
    numbers: np.ndarray
    notes: tuple[str, ...]

    @property
    def candidates(self) -> tuple[Candidate, ...]:
        """Those of the models, one of each pair."""
        return tuple(self.scores.candidates[n] for n in self.numbers)

    @functools.cached_property
    def items(self) -> np.ndarray:
        """The number of each pair's item, from 0."""
        names = [one.item for one in self.candidates]
        order = {name: n for n, name in enumerate(dict.fromkeys(names))}
        return np.array([order[name] for name in names])

    @functools.cached_property
    def variants(self) -> np.ndarray:
        """The variant of each pair; empty where neither side has one."""
        return np.array(
            [one.variant or each.variant for one, each in zip(self.candidates, self.human.rows, strict=True)]
        )

    @functools.cached_property
    def value(self) -> np.ndarray:
        """What people did, from 0 to 1 on its scale."""
        low, high = self.human.scale
        value = (np.array([one.value for one in self.human.rows]) - low) / (high - low)
        return np.clip(value, 0, 1)  # centered ratings may lie beyond

    def only(self, kept: np.ndarray) -> Matched:
        """Those of the pairs.  # kept: whether, of each pair"""
        own = np.flatnonzero(kept)
        human = self.human
        human = replace(
            human,
            rows=tuple(human.rows[n] for n in own),
            sums=None if human.sums is None else human.sums[:, own],
            numbers=None if human.numbers is None else human.numbers[:, own],
        )
        return Matched(self.scores, human, self.numbers[own], self.notes)

    def predictors(self, measure: str, of: Scores | None = None) -> np.ndarray:
        """What each model says of each pair: log-odds of the candidate's share, or a log-probability.

        Args:
            measure: one of `MEASURES`.
            of: other models with the same candidates, as untrained ones.

        Returns:
            # -> models x pairs
        """
        scores = of or self.scores
        if measure == "share":
            return scores.log_odds[:, self.numbers]
        return (scores.log_prob if measure == "log_prob" else scores.per_segment)[:, self.numbers]


def match(scores: Scores, human: Human) -> Matched:
    """Match models and people by item, and within it by form or variant.

    The item is found by its name, else by the UR (whole, or without tags); the candidate by its form (in segments, else
    without blanks), else by its variant.

    Raises:
        InputError: nothing matches; an item whose UR differs; two rows or candidates that would be one.
    """
    notes: list[str] = []
    of_item, by = _items(scores, human, notes)
    found: dict[int, int] = {}  # number of a candidate -> row of the human data
    unmatched_items: dict[str, int] = {}
    unmatched: list[str] = []
    loose = 0
    for at, row in enumerate(human.rows):
        item = of_item.get(row.item) if by == "item" else _by_ur(of_item, row.ur)
        if item is None:
            unmatched_items.setdefault(row.item if by == "item" else row.ur, row.line)
            continue
        _check_ur(scores.candidates[scores.items[item][0]], row, human.path)
        number, was_loose = _candidate(scores, scores.alternatives[item], row, human.path)
        loose += was_loose
        if number is None:
            unmatched.append(f"{row.sr or row.variant} of {item}")
        elif number in found:
            one = scores.candidates[number]
            raise InputError(
                f"{' '.join(one.sr)} of {item} was in line {human.rows[found[number]].line}; allowed: one row for each "
                "candidate",
                human.path,
                row.line,
            )
        else:
            found[number] = at
    if not found:
        raise _nothing(scores, human, unmatched_items, unmatched, by)
    _check_labels(scores, human, found)
    table = _never_chosen(scores, human, found) if human.chosen else Completed(human, found)
    if loose:
        notes.append(f"{human.path}: {count(loose, 'form')} matched without the blanks between segments")
    notes += _left(scores, set(table.found), unmatched_items, unmatched, human.path)
    return Matched(scores, *table.ordered(), tuple(notes))


def _by_ur(of_item: dict[str, str], ur: str) -> str | None:
    """The item of a UR as it is, else of what is before its tags."""
    return of_item.get(bare_form(ur.split())) or of_item.get(bare_form(untagged(ur.split())))


def _check_labels(scores: Scores, human: Human, found: Iterable[int]) -> None:
    """Refuse choices between two candidates of one label."""
    for item, own in scores.alternatives.items() if human.kind == "counts" and not human.separate else ():
        labels = [scores.candidates[int(n)].variant for n in own if n in found]
        if len(labels) == 2 and labels[0] and labels[0] == labels[1]:
            raise InputError(
                f"{labels[0]} is the variant of both candidates of {item}; give each its own in the scored list",
                human.path,
            )


def _items(scores: Scores, human: Human, notes: list[str]) -> tuple[dict[str, str], str]:
    """What the human data call an item -> its name in the scores; and by what: ``item`` or ``ur``."""
    named = {row.item for row in human.rows if row.item}
    own = {item: item for item in scores.items}
    if named & set(own):
        return own, "item"
    urs: dict[str, list[str]] = {}
    for item, numbers in scores.items.items():
        ur = scores.candidates[numbers[0]].ur
        for form in {bare_form(ur), bare_form(untagged(ur))}:
            urs.setdefault(form, []).append(item)
    given = [row.ur.split() for row in human.rows if row.ur]
    whole = {bare_form(ur) for ur in given}
    bare = {bare_form(untagged(ur)) for ur in given if bare_form(ur) not in urs}
    if wanted := (whole | bare) & set(urs):
        if several := next((ur for ur in sorted(wanted) if len(urs[ur]) > 1), ""):
            raise InputError(
                f"the UR {several} is that of the items {listed(urs[several])}; give the items' names (--item-column)",
                human.path,
            )
        why = "no item of that name is in the scores" if named else "no column names the items"
        notes.append(f"{human.path}: {why}; items matched by their UR (--item-column)")
        return {ur: items[0] for ur, items in urs.items()}, "ur"
    return own, "item" if named else "ur"


def _candidate(scores: Scores, numbers: Sequence[int], row: Judged, path: str) -> tuple[int | None, bool]:
    """The candidate of an item that a row is about; and whether only the blanks differ."""
    candidates = [(int(n), scores.candidates[n]) for n in numbers]
    if row.sr:
        exact = [n for n, one in candidates if one.sr == tuple(unicodedata.normalize("NFC", row.sr).split())]
        if exact:
            return exact[0], False
        bare = [n for n, one in candidates if bare_form(one.sr) == bare_form(row.sr.split())]
        if len(bare) > 1:
            raise InputError(
                f"{row.sr} could be {listed((' '.join(scores.candidates[n].sr) for n in bare), 'or')}; write blanks "
                "between its segments",
                path,
                row.line,
            )
        if bare:
            return bare[0], True
    label = row.variant if row.variant and not row.sr else row.sr
    labeled = [n for n, one in candidates if one.variant and one.variant == label]
    if len(labeled) > 1:
        raise InputError(
            f"{label} is the variant of {len(labeled)} candidates of {candidates[0][1].item}; give the forms "
            "(--sr-column)",
            path,
            row.line,
        )
    return (labeled[0] if labeled else None), False


def _check_ur(one: Candidate, row: Judged, path: str) -> None:
    own = {bare_form(one.ur), bare_form(untagged(one.ur))}
    if row.ur and not own & {bare_form(row.ur.split()), bare_form(untagged(row.ur.split()))}:
        raise InputError(
            f"the item {one.item} has the UR {row.ur}, and {' '.join(one.ur)} in the scores; give --item-column (or "
            "--ur-column) so that both lists mean the same items",
            path,
            row.line,
        )


class Completed:
    """The human data while candidates are added that have no row.

    Attributes:
        found: number of a candidate -> its row.
        rows, sums, numbers: as of `Human`.
    """

    def __init__(self, human: Human, found: dict[int, int]) -> None:
        self._human, self.found = human, dict(found)
        self.rows, self.sums, self.numbers = list(human.rows), human.sums, human.numbers

    def add(self, number: int, scores: Scores, beside: int, shared: Iterable[str]) -> int:
        """A candidate that nobody said, of the item of the row ``beside``, with its numbers of responses.  # -> row"""
        at = self.found[number] = len(self.rows)
        own = self.rows[beside]
        columns = {name: own.columns[name] for name in shared}
        sr = " ".join(scores.candidates[number].sr)
        self.rows.append(replace(own, sr=sr, variant="", value=0.0, k=0.0, columns=columns))
        if self.sums is not None:
            self.sums = np.hstack([self.sums, np.zeros_like(self.sums[:, [beside]])])
            self.numbers = np.hstack([self.numbers, self.numbers[:, [beside]]])
        return at

    def ordered(self) -> tuple[Human, np.ndarray]:
        """The data of the candidates in the order of the scores, and the numbers of these."""
        order = sorted(self.found)
        own = [self.found[n] for n in order]
        sums, numbers = (None if each is None else each[:, own] for each in (self.sums, self.numbers))
        rows = tuple(self.rows[at] for at in own)
        return replace(self._human, rows=rows, sums=sums, numbers=numbers), np.array(order)


def _never_chosen(scores: Scores, human: Human, found: dict[int, int]) -> Completed:
    """With the candidates of the items that no participant chose. Choices of other forms do not count."""
    table, shared = Completed(human, found), shared_columns(scores, human.rows, found)
    for own in scores.alternatives.values():
        chosen = [found[int(n)] for n in own if n in found]
        if not chosen:
            continue
        of_item = table.sums[:, chosen].sum(1)
        for n in map(int, own):
            at = found[n] if n in found else table.add(n, scores, chosen[0], shared)
            table.numbers[:, at] = of_item
            k, of = float(table.sums[:, at].sum()), float(of_item.sum())
            table.rows[at] = replace(table.rows[at], k=k, n=of, value=k / of)
    return table


def shared_columns(scores: Scores, rows: Sequence[Judged], found: dict[int, int]) -> list[str]:
    """The columns in which all candidates of an item agree, seen in one item with several or more."""
    several = [[rows[found[int(n)]].columns for n in own if n in found] for own in scores.alternatives.values()]
    several = [own for own in several if len(own) > 1]
    names = several[0][0] if several else {}
    return [name for name in names if all(own[0][name] == each[name] for own in several for each in own)]


def _left(scores: Scores, found: set[int], items: dict[str, int], unmatched: list[str], path: str) -> Iterable[str]:
    """Sentences on what is on one side only."""
    if items:
        yield f"{path}: {count(len(items), 'item')} not among the scores, left out: {shown(items)}"
    if unmatched:
        yield f"{path}: {count(len(unmatched), 'candidate')} not among the scores, left out: {shown(unmatched)}"
    absent, lacking = [], []
    for item, own in scores.alternatives.items():
        if not found & {int(n) for n in own}:
            absent.append(item)
        else:
            lacking += [f"{' '.join(scores.candidates[n].sr)} of {item}" for n in own if n not in found]
    if absent:
        yield f"{count(len(absent), 'item')} of the scores without human data, left out: {shown(absent)}"
    if lacking:
        yield (
            f"no responses for {count(len(lacking), 'candidate')} ({shown(lacking)}); they count only in the shares "
            "of their items"
        )


def _nothing(scores: Scores, human: Human, items: dict[str, int], unmatched: list[str], by: str) -> InputError:
    if unmatched:
        forms = shown(
            [
                f"{' '.join(one.sr)}{f' ({one.variant})' if one.variant else ''} of {one.item}"
                for one in scores.candidates[:2]
            ]
        )
        return InputError(
            f"no candidate is among the scores: found {shown(unmatched[:2])}; the scores have {forms}; give "
            "--sr-column or --variant-column",
            human.path,
        )
    first = [(item, " ".join(scores.candidates[own[0]].ur)) for item, own in scores.items.items()][:3]
    known = shown(item if by == "item" else ur for item, ur in first)
    return InputError(
        f"no item is among the scores: found {shown(list(items)[:3])}; the scores have {known}; give --item-column or "
        "--ur-column",
        human.path,
    )


def shown(names: Iterable[str]) -> str:
    """The first of the names, and how many more there are."""
    names = list(names)
    return ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else "")


def alike(matched: Matched) -> np.ndarray:
    """Which items have URs that differ in a third of their segments at most.  # -> items x items"""
    from rapidfuzz.distance import Levenshtein

    first = np.unique(matched.items, return_index=True)[1]
    urs = [untagged(matched.candidates[n].ur) for n in first]
    found = np.eye(len(urs), dtype=bool)
    for n, ur in enumerate(urs):
        for m, other in enumerate(urs[:n]):
            most = max(len(ur), len(other)) // 3
            found[n, m] = found[m, n] = Levenshtein.distance(ur, other, score_cutoff=most) <= most
    return found


def share_of(odds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Shares and what is left of them, of log-odds, each exact near 0."""
    from scipy.special import expit

    return expit(odds), expit(-odds)


def of_mean(odds: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """Log-odds of the mean share over models.  # models x pairs -> pairs

    With weights of the models, one mean for each draw.  # draws x models -> draws x pairs
    """
    share, rest = share_of(odds)
    if weights is None:
        weights = np.full(len(odds), 1 / len(odds))
    with np.errstate(divide="ignore"):
        return np.clip(np.log(weights @ share) - np.log(weights @ rest), -_EXTREME, _EXTREME)


_EXTREME = -math.log(np.finfo(float).tiny)  # log-odds of shares that no float is between and 0
