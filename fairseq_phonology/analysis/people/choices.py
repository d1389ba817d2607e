"""Choices between two candidates, of which one says all of the other: which tables hold them, and what is compared.

A table has one treatment. Its counts are choices between two if every item has two candidates, the first variant and
another; a row that is missing is added if it is certain, else its item is left out by name. In all other tables each
candidate stands for itself.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ...text import count
from .matching import Completed, Matched, shared_columns, shown


def two_candidates(matched: Matched, first: str) -> tuple[np.ndarray, np.ndarray]:
    """Of the items of which people have exactly two candidates, the pair of the first variant and the other pair.

    Without variants the first is the first candidate of the item.
    """
    firsts, others = [], []
    for item in range(matched.items.max() + 1):
        own = np.flatnonzero(matched.items == item)
        if len(own) != 2:
            continue
        labels = matched.variants[own]
        if (first and first not in labels) or labels[0] == labels[1] != "":
            continue
        at = int(np.flatnonzero(labels == first)[0]) if first else 0
        firsts.append(own[at])
        others.append(own[1 - at])
    return np.array(firsts, int), np.array(others, int)


def choices(matched: Matched, first: str, notes: list[str]) -> tuple[Matched, bool]:
    """Counts as choices between an item's two candidates, of which one says all of the other; and are they?

    They are if every item has two candidates (`two_candidates`), items with a single one aside, of which there must be
    fewer; and unless people judged each candidate by itself (`Human.separate`). Else nothing changes. Of an item with a
    single candidate the other one has k = 0 if all n responses were the first; if not, other forms may be among the
    rest, and the item is left out. ``n`` is the sum of the two: other responses are left out, too. All of it is noted.
    """
    human, (one, _) = matched.human, two_candidates(matched, first)
    if human.kind != "counts" or human.separate or not len(one):
        return matched, False
    sizes = np.bincount(matched.items)
    single = int((sizes == 1).sum())
    if len(one) + single < len(sizes) or single >= len(one):
        which = f"two candidates, {first} and another" if first else "two candidates"
        notes.append(
            f"{human.path}: {len(one):,} of {count(len(sizes), 'item')} {'has' if len(one) == 1 else 'have'} {which}; "
            "as not all have, every candidate is compared, and none stands for its item"
        )
        return matched, False
    if single:
        matched = _both(_completed(matched, notes), first, notes)
    return _between(matched, *two_candidates(matched, first), notes), True


def _completed(matched: Matched, notes: list[str]) -> Matched:
    """With the other candidate, k = 0, of each item of which one alone has a count, that of all responses."""
    scores, human, names = matched.scores, matched.human, []
    table = Completed(human, {int(n): at for at, n in enumerate(matched.numbers)})
    shared = shared_columns(scores, human.rows, table.found)
    for item, own in scores.alternatives.items():
        there, absent = ([int(n) for n in own if (n in table.found) is known] for known in (True, False))
        if len(there) == len(absent) == 1 and (one := human.rows[at := table.found[there[0]]]).k == one.n:
            table.add(absent[0], scores, at, shared)
            names.append(item)
    if not names:
        return matched
    notes.append(
        f"{human.path}: k is n in the only row of {count(len(names), 'item')}; the other candidate has k = 0: "
        f"{shown(names)}"
    )
    human, numbers = table.ordered()
    return replace(matched, human=human, numbers=numbers)


def _both(matched: Matched, first: str, notes: list[str]) -> Matched:
    """Without the items that have no two candidates."""
    lone = ~np.isin(np.arange(len(matched.numbers)), np.concatenate(two_candidates(matched, first)))
    if not lone.any():
        return matched
    names = _items(matched, lone)
    notes.append(
        f"{matched.human.path}: {count(len(names), 'item')} with a count for one of two candidates left out (give the "
        f"other, 0 too): {shown(names)}"
    )
    return matched.only(~lone)


def _between(matched: Matched, one: np.ndarray, other: np.ndarray, notes: list[str]) -> Matched:
    """With n the responses to the two; without the items that have none."""
    human = matched.human
    k, n = (np.array([getattr(row, name) for row in human.rows], float) for name in ("k", "n"))
    both, asked = k[one] + k[other], np.maximum(n[one], n[other])
    numbers = human.numbers
    if numbers is not None:
        numbers = numbers.copy()
        numbers[:, one] = numbers[:, other] = human.sums[:, one] + human.sums[:, other]
    rows = list(human.rows)
    for pair, total, of in zip((*one, *other), (*both, *both), (*asked, *asked), strict=True):
        of = min(of, total)  # of proportions that are rounded, the two may sum to more
        rows[pair] = replace(rows[pair], n=of, value=k[pair] / total if total else 0.0)
    left = asked.sum() - both.sum()
    if left > 0.5:
        responses = count(round(left), "response")
        notes.append(
            f"{human.path}: {responses} that were neither of an item's two candidates are left out "
            "(--separate: each candidate was judged by itself)"
        )
    empty = np.array([row.n < 0.5 for row in rows])
    if empty.any():
        names = _items(matched, empty)
        notes.append(f"{human.path}: {count(len(names), 'item')} without any other response left out: {shown(names)}")
    return replace(matched, human=replace(human, rows=tuple(rows), numbers=numbers)).only(~empty)


def _items(matched: Matched, gone: np.ndarray) -> list[str]:
    """The items of these candidates, each once."""
    return list(dict.fromkeys(matched.candidates[n].item for n in np.flatnonzero(gone)))
