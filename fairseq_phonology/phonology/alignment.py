"""Which segment of one form corresponds to which of another, with insertion and deletion.

Where the grammar derives the SR, `Derivation.origins` knows; this is for what a model makes of a word.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass

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
    costs, gap = [[_substitution(inventory, a, b, edit) for b in sr] for a in ur], (edit + GAP) * _IDENTICAL
    best, number = _costs_to_go(costs, gap, len(ur), len(sr))
    path = _cheapest_path(costs, gap, best, len(ur), len(sr))
    pairs = [(None if n is None else positions[n], step) for n, step in path]
    cost = -(-best[0][0] // _IDENTICAL)
    return Alignment(tuple(pairs), (cost % _EDIT if fewest_edits else cost) / len(FEATURES), number > 1)


@functools.lru_cache(maxsize=1 << 16)
def _substitution(inventory: Inventory | None, one: str, other: str, edit: int) -> int:
    if one == other:
        return -1
    if inventory is None or one not in inventory or other not in inventory:
        return (edit + FOREIGN) * _IDENTICAL
    if (inventory.features(one)["syl"] == "+") != (inventory.features(other)["syl"] == "+"):
        return (edit + len(FEATURES)) * _IDENTICAL if edit else _NEVER
    return (edit + inventory.distance(one, other)) * _IDENTICAL


def _costs_to_go(costs: list[list[int]], gap: int, rows: int, columns: int) -> tuple[list[list[int]], int]:
    """The least cost from each place (UR segment, SR segment) to the ends, and in how many ways the whole is had.

    A deletion never follows an insertion at once (``after``: where one has just been made), so that every
    correspondence is one path.
    """
    best = [[0] * (columns + 1) for _ in range(rows + 1)]
    below, below_ways = [], []
    for i in range(rows, -1, -1):
        here, ways = best[i], [0] * (columns + 1)
        after, after_ways = _NEVER, 0  # of the place to the right
        for j in range(columns, -1, -1):
            if i == rows and j == columns:
                here[j], ways[j], after, after_ways = 0, 1, 0, 1
                continue
            pair = costs[i][j] + best[i + 1][j + 1] if i < rows and j < columns else _NEVER
            delete = gap + below[j] if i < rows else _NEVER
            insert = gap + after
            here[j] = min(pair, delete, insert)
            # costs are compared without the identical pairs, which only choose between them
            least = -(-here[j] // _IDENTICAL)
            pair_ways = below_ways[j + 1] if i < rows and j < columns else 0
            ways[j] = (
                pair_ways * (-(-pair // _IDENTICAL) == least)
                + (below_ways[j] if i < rows else 0) * (-(-delete // _IDENTICAL) == least)
                + after_ways * (-(-insert // _IDENTICAL) == least)
            )
            after_least = -(-min(pair, insert) // _IDENTICAL)
            after_ways = pair_ways * (-(-pair // _IDENTICAL) == after_least) + after_ways * (
                -(-insert // _IDENTICAL) == after_least
            )
            after = min(pair, insert)
        below, below_ways = here, ways
    return best, below_ways[0]


def _cheapest_path(costs: list[list[int]], gap: int, best: list[list[int]], rows: int, columns: int):
    i = j = 0
    while i < rows or j < columns:
        if i < rows and j < columns and costs[i][j] + best[i + 1][j + 1] == best[i][j]:
            yield i, j
            i, j = i + 1, j + 1
        elif i < rows and gap + best[i + 1][j] == best[i][j]:
            yield i, None
            i += 1
        else:
            yield None, j
            j += 1
