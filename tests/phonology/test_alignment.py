"""Alignment: cases by hand, and every correspondence of short words counted."""

import itertools
import random

import pytest
from rapidfuzz.distance import Levenshtein

from fairseq_phonology.phonology.alignment import FOREIGN, GAP, align
from fairseq_phonology.phonology.natural_classes import FEATURES


@pytest.mark.parametrize(
    ("ur", "sr", "pairs", "cost", "ambiguous"),
    [
        pytest.param("a k a", "a k a", "00 11 22", 0, False, id="equal"),
        pytest.param("a k m a", "a ŋ m a", "00 11 22 33", 3, False, id="feature change: k and ŋ differ in three"),
        pytest.param("a k + m a", "a ŋ m a", "00 11 32 43", 3, False, id="edges correspond to nothing, at no cost"),
        pytest.param("k a p s", "k a p", "00 11 22 3-", GAP, False, id="deletion at the end"),
        pytest.param("s p a", "i s p a", "-0 01 12 23", GAP, False, id="insertion at the beginning"),
        pytest.param("a t t a", "a t a", "00 11 2- 32", GAP, True, id="a tie: the gap as far right as possible"),
        pytest.param("a t a", "a t t a", "00 11 -2 23", GAP, True, id="likewise for an insertion"),
        pytest.param("k a", "u k", "-0 01 1-", 2 * GAP, False, id="no vowel for a consonant"),
        pytest.param("t a", "i t", "-0 01 1-", 2 * GAP, False, id="and no consonant for a vowel"),
        pytest.param("a k", "a X", "00 11", FOREIGN, False, id="a segment without features"),
        pytest.param("p", "", "0-", GAP, False, id="nothing left"),
        pytest.param("", "p", "-0", GAP, False, id="out of nothing"),
    ],
)
def test_pairs(inventory, ur, sr, pairs, cost, ambiguous):
    found = align(ur.split(), sr.split(), inventory)
    assert " ".join("".join("-" if n is None else str(n) for n in pair) for pair in found.pairs) == pairs
    assert found.cost == pytest.approx(cost / len(FEATURES)) and found.ambiguous == ambiguous


def test_equal_costs_go_to_identical_pairs(inventory):
    # one gap either way; the t is matched, and k is deleted
    found = align("k t".split(), "t".split(), inventory)
    assert found.pairs == ((0, None), (1, 0)) and not found.ambiguous


def test_positions_are_looked_up_either_way(inventory):
    found = align("n a h + ɯ n".split(), "n a ɯ n".split(), inventory)
    assert [found.surface_of(n) for n in range(6)] == [0, 1, None, None, 2, 3]
    assert [found.underlying_of(n) for n in range(4)] == [0, 1, 4, 5]


def test_without_an_inventory_segments_are_equal_or_not():
    assert align("a k m".split(), "a ŋ m".split()).cost == FOREIGN / len(FEATURES)


def _cost(pairs, ur, sr, inventory):
    cost = GAP * (len(ur) + len(sr) - 2 * len(pairs))
    for i, j in pairs:
        syllabic = [inventory.features(s)["syl"] for s in (ur[i], sr[j])]
        cost += inventory.distance(ur[i], sr[j]) if syllabic[0] == syllabic[1] else 1000
    return cost


def test_the_least_cost_and_its_ties_are_those_of_all_correspondences(inventory):
    rng = random.Random(3)
    for _ in range(200):
        some = rng.sample(list(inventory), 4)
        ur, sr = ([rng.choice(some) for _ in range(rng.randint(0, 4))] for _ in range(2))
        every = [
            tuple(zip(rows, columns, strict=True))
            for n in range(min(len(ur), len(sr)) + 1)
            for rows in itertools.combinations(range(len(ur)), n)
            for columns in itertools.combinations(range(len(sr)), n)
        ]
        costs = [_cost(pairs, ur, sr, inventory) for pairs in every]
        best = [pairs for pairs, cost in zip(every, costs, strict=True) if cost == min(costs)]
        found = align(ur, sr, inventory)
        assert found.cost == pytest.approx(min(costs) / len(FEATURES)) and found.ambiguous == (len(best) > 1)
        identical = [sum(ur[i] == sr[j] for i, j in pairs) for pairs in best]
        taken = tuple(pair for pair in found.pairs if None not in pair)
        assert identical[best.index(taken)] == max(identical)


def test_the_fewest_edits_decide_before_features(inventory):
    # two substitutions, not a deletion and an insertion beside a pair that is equal
    assert align("t a n".split(), "d n".split(), inventory, fewest_edits=True).pairs == ((0, 0), (1, None), (2, 1))
    assert align("t a".split(), "a t".split(), inventory, fewest_edits=True).pairs in (
        ((0, 0), (1, 1)),
        ((0, None), (1, 0), (None, 1)),
    )
    rng = random.Random(5)
    for _ in range(300):
        some = rng.sample(list(inventory), 4)
        ur, sr = ([rng.choice(some) for _ in range(rng.randint(0, 7))] for _ in range(2))
        for features in (inventory, None):
            found = align(ur, sr, features, fewest_edits=True)
            edits = sum(None in pair or ur[pair[0]] != sr[pair[1]] for pair in found.pairs)
            assert edits == Levenshtein.distance(ur, sr) and 0 <= found.cost <= len(FEATURES) * 7


def test_long_words_are_aligned_as_short_ones(inventory):
    rng = random.Random(7)
    ur = [rng.choice(list(inventory)) for _ in range(1022)]
    sr = [segment for segment in ur if rng.random() > 0.1]
    found = align(ur, sr, inventory, fewest_edits=True)
    assert sum(None in pair for pair in found.pairs) == Levenshtein.distance(ur, sr) == len(ur) - len(sr)
    same = align(["t"] * 600, ["t"] * 599, inventory)
    assert same.ambiguous and same.surface_of(599) is None and same.cost == pytest.approx(GAP / len(FEATURES))
