"""The cheapest correspondence is that of trying all; its cost is a distance."""

from hypothesis import given
from hypothesis import strategies as st

from fairseq_phonology.phonology.alignment import FOREIGN, GAP, align
from fairseq_phonology.phonology.natural_classes import FEATURES
from tests.properties import examples
from tests.properties.rules import INVENTORY, SEGMENTS

short = st.lists(st.sampled_from([*SEGMENTS, "X"]), max_size=4)  # X has no features
longer = st.lists(st.sampled_from([*SEGMENTS, "X"]), max_size=9)


def _substitution(one, other):
    if one == other:
        return 0
    if "X" in (one, other):
        return FOREIGN
    a, b = INVENTORY.features(one), INVENTORY.features(other)
    return None if (a["syl"] == "+") != (b["syl"] == "+") else sum(a[name] != b[name] for name in FEATURES)


def _ways(ur, sr, at=(0, 0)):
    """Every set of pairs that keeps the order, with its cost."""
    i, j = at
    if i == len(ur) and j == len(sr):
        return {((), 0)}
    found = set()
    if i < len(ur) and j < len(sr) and (cost := _substitution(ur[i], sr[j])) is not None:
        found |= {(((i, j), *pairs), cost + rest) for pairs, rest in _ways(ur, sr, (i + 1, j + 1))}
    if i < len(ur):
        found |= {(pairs, GAP + rest) for pairs, rest in _ways(ur, sr, (i + 1, j))}
    if j < len(sr):
        found |= {(pairs, GAP + rest) for pairs, rest in _ways(ur, sr, (i, j + 1))}
    return found


@examples(3)
@given(short, short)
def test_no_other_correspondence_is_cheaper(ur, sr):
    ways = _ways(ur, sr)
    least = min(cost for _, cost in ways)
    cheapest = {pairs for pairs, cost in ways if cost == least}
    found = align(ur, sr, INVENTORY)
    assert round(found.cost * len(FEATURES)) == least
    assert tuple(pair for pair in found.pairs if None not in pair) in cheapest
    assert found.ambiguous == (len(cheapest) > 1 and ur != sr)


@examples(3)
@given(longer, longer, longer, st.booleans())
def test_the_cost_is_a_distance(a, b, c, fewest_edits):
    def cost(one, other):
        return align(one, other, INVENTORY, fewest_edits).cost

    assert cost(a, a) == 0
    assert (cost(a, b) == 0) == (a == b)
    assert cost(a, b) == cost(b, a)
    if not fewest_edits:
        assert cost(a, c) <= cost(a, b) + cost(b, c) + 1e-9


@examples(2)
@given(longer, longer, st.booleans())
def test_every_segment_is_in_one_pair_and_in_order(ur, sr, fewest_edits):
    pairs = align(ur, sr, INVENTORY, fewest_edits).pairs
    assert [one for one, _ in pairs if one is not None] == list(range(len(ur)))
    assert [other for _, other in pairs if other is not None] == list(range(len(sr)))
    assert (None, None) not in pairs
