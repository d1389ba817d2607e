"""What the kind of a design forbids to claim, however many words it has: it is described, and these are the reasons."""

from __future__ import annotations

from collections.abc import Iterable

ONE_EDGE = "one edge is one trigger"  # of which there are never enough
SAME_STEP = (
    "at the decision step of a deletion, an insertion or a metathesis the model emits another segment in TR than in "
    "the other cells, so that a head that follows what is emitted would seem to respond"
)
SAME_LENGTH = (
    "the words with R and those with N differ in length, so that the weight beside the trigger is divided among more "
    "segments in one of them"
)
OWN_SYMBOL = (
    "the two symbols that a deletion, an insertion or a metathesis is decided between are not two outcomes of one "
    "segment but, as a rule, one of them is the trigger's own, so that replacing the trigger takes away a symbol and "
    "not only the decision"
)
COMPARABLE = (
    "the decision step emits the segment in target position in every cell, and the words with R and those with N are "
    "of one length, within half a segment of the mean"
)
DESCRIBED = frozenset((ONE_EDGE, SAME_STEP, SAME_LENGTH, OWN_SYMBOL))
_MOST_LONGER = 0.5  # segments by which the words with R and with N may differ in the mean: below this


def differ_in_length(lengths: tuple[float, float]) -> bool:
    """Are words with R and with N, of these mean lengths in segments, too unequal to compare?"""
    return abs(lengths[0] - lengths[1]) >= _MOST_LONGER


def reasons(limits: Iterable[str], edge: str) -> str:
    """Why a design is described, not claimed, in one or more sentences without a period at the end.

    Args:
        limits: some of `DESCRIBED`.
        edge: what the end of the word is in the design, as in ``the trigger``; empty where it is nothing.
    """
    return ". Also, ".join(f"{edge} is the end of the word, and {one}" if one == ONE_EDGE else one for one in limits)
