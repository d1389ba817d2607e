"""Which segment of one form corresponds to which of another, with insertion and deletion.

Where the grammar derives the SR, `Derivation.origins` knows; this is for what a model makes of a word.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from .natural_classes import FEATURES, Inventory
from .transcription import EDGE

# in features that differ, so that sums and ties are exact
GAP = 6  # an insertion or a deletion: a quarter of all features
FOREIGN = 2 * GAP - 1  # two different segments, one of which has no features: dearer than any likely change
_EDIT = 1 << 16  # of an edit, where the fewest decide: above what the features of any word may differ
_NEVER = 1 << 60
_IDENTICAL = 1 << 20  # weight of a feature against one pair of identical segments, which decides between equal costs


@dataclass(frozen=True)
class Alignment:
    """A correspondence between a UR and an SR.

    Attributes:
        pairs: (UR position, SR position) from left to right; None for what an insertion or a deletion lacks. Positions
            count from 0; the UR is as written, edges counted, though they correspond to nothing and are in no pair.
        cost: sum over pairs of the share of features that differ, 0 to 1 each; a gap costs a quarter.
        ambiguous: another correspondence costs the same.
    """

    pairs: tuple[tuple[int | None, int | None], ...]
    cost: float
    ambiguous: bool

    def surface_of(self, ur_position: int) -> int | None:
        """The surface position that an underlying one corresponds to; None if deleted, or an edge."""
        return next((sr for ur, sr in self.pairs if ur == ur_position), None)

    def underlying_of(self, sr_position: int) -> int | None:
        """The underlying position that a surface one corresponds to; None if inserted."""
        return next((ur for ur, sr in self.pairs if sr == sr_position), None)


def align(
    underlying: Sequence[str], surface: Sequence[str], inventory: Inventory | None = None, fewest_edits: bool = False
) -> Alignment:
    """The cheapest correspondence that keeps the order of the segments.

    The edits of Wagner & Fischer (1974, JACM 21), weighted by phonological features (Kondrak 2003, Computers and the
    Humanities 37; features of Mortensen et al. 2016, COLING): a substitution costs the share of features that differ,
    an insertion or deletion a quarter; a syllabic segment never corresponds to a non-syllabic one; two different
    segments of which one has no features cost just less than a deletion and an insertion.

    Of several that cost the same (``ambiguous``), the one with the most identical pairs is taken, and of these the one
    whose gaps are as far right as possible, deletion before insertion: /a t t a/ to [a t a] deletes the second t. All
    are counted: two orders of a deletion and an insertion side by side are one correspondence.

    Args:
        underlying: its segments; ``+`` may stand among them and corresponds to nothing, at no cost.
        surface: its segments.
        inventory: where features come from; None: segments are equal or not, and nothing else.
        fewest_edits: only correspondences with the fewest insertions, deletions and substitutions (Levenshtein 1966),
            of these the cheapest; any two segments may then correspond.
    """
    positions = [n for n, segment in enumerate(underlying) if segment != EDGE]
    ur, sr = tuple(underlying[n] for n in positions), tuple(surface)
    if ur == sr:
        return Alignment(tuple(zip(positions, range(len(sr)), strict=True)), 0.0, False)
    edit = _EDIT * fewest_edits
    number = {segment: n for n, segment in enumerate(dict.fromkeys((*ur, *sr)))}
    each = np.array([[_substitution(inventory, one, other, edit) for other in number] for one in number])
    costs = each[np.ix_(*([number[segment] for segment in reversed(form)] for form in (ur, sr)))]
    gap = (edit + GAP) * _IDENTICAL
    best, ambiguous = _costs_to_go(costs, gap)
    pairs = [(None if n is None else positions[n], step) for n, step in _cheapest_path(costs, gap, best)]
    cost = -(-int(best[-1, -1]) // _IDENTICAL)
    return Alignment(tuple(pairs), (cost % _EDIT if fewest_edits else cost) / len(FEATURES), ambiguous)


@functools.lru_cache(maxsize=1 << 16)
def _substitution(inventory: Inventory | None, one: str, other: str, edit: int) -> int:
    if one == other:
        return -1
    if inventory is None or one not in inventory or other not in inventory:
        return (edit + FOREIGN) * _IDENTICAL
    if (inventory.features(one)["syl"] == "+") != (inventory.features(other)["syl"] == "+"):
        return (edit + len(FEATURES)) * _IDENTICAL if edit else _NEVER
    return (edit + inventory.distance(one, other)) * _IDENTICAL


def _costs_to_go(costs: np.ndarray, gap: int) -> tuple[np.ndarray, bool]:
    """The least cost of the last i segments of the UR and the last j of the SR; are there several ways to the whole?

    A deletion never follows an insertion at once (``after``: where one may just have been made), so that every
    correspondence is one path. A row is worked out at once, since words have up to a thousand segments: the least cost
    after insertions is a running minimum.

    Args:
        costs: of each pair, the last segments first.  # UR segments x SR segments
        gap: the cost of an insertion or a deletion.
    """
    rows, columns = costs.shape
    inserted = gap * np.arange(columns + 1)
    best, ways = np.empty((rows + 1, columns + 1), np.int64), np.ones(columns + 1, np.int64)
    best[0] = inserted
    pair, insert = np.full((2, columns + 1), _NEVER)
    pair_ways, insert_ways = np.zeros((2, columns + 1), np.int64)
    for row in range(rows):
        pair[1:], delete = costs[row] + best[row, :-1], best[row] + gap
        after = np.minimum.accumulate(pair - inserted) + inserted
        insert[1:] = after[:-1] + gap
        best[row + 1] = np.minimum(np.minimum(pair, delete), insert)
        # costs are compared without the identical pairs, which only choose between them
        compared = -(-np.stack((best[row + 1], after, pair, delete, insert)) // _IDENTICAL)
        least, least_after, *(by_pair, by_delete, by_insert) = compared
        pair_ways[1:] = ways[:-1]
        hits = pair_ways * (by_pair == least_after)
        total = np.cumsum(hits)
        # where a pair is cheaper than all insertions, those before it no longer count
        total -= np.maximum.accumulate((total - hits) * (least_after != by_insert))
        insert_ways[1:] = total[:-1]
        ways = pair_ways * (by_pair == least) + ways * (by_delete == least) + insert_ways * (by_insert == least)
        ways = np.minimum(ways, 2)
    return best, bool(ways[-1] > 1)


def _cheapest_path(costs: np.ndarray, gap: int, best: np.ndarray) -> Iterator[tuple[int | None, int | None]]:
    rows, columns = costs.shape
    i = j = 0
    while i < rows or j < columns:
        left, right = rows - i, columns - j
        if left and right and costs[left - 1, right - 1] + best[left - 1, right - 1] == best[left, right]:
            yield i, j
            i, j = i + 1, j + 1
        elif left and gap + best[left - 1, right] == best[left, right]:
            yield i, None
            i += 1
        else:
            yield None, j
            j += 1
