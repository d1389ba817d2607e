"""n-grams: probabilities worked out by hand, sums of 1, draws that have these probabilities."""

import collections
import itertools
import math
import random

import pytest

from fairseq_phonology.errors import InputError
from fairseq_phonology.phonology.phonotactics.ngrams import Ngrams

LIST = [tuple(word) for word in ("pata", "tapa", "pa", "kat", "tak", "a")]


def test_by_hand():
    # behind no context: (2 + 3/3) / (5 + 3) = 3/8 for a and the end, 2/8 for b
    bigrams = Ngrams.of([("a", "b"), ("a",)], order=2)
    assert bigrams.next(()) == pytest.approx({"a": 19 / 21, "b": 2 / 21, "": 0})
    assert bigrams.next(("a",)) == pytest.approx({"a": 3 / 16, "b": 6 / 16, "": 7 / 16})
    assert bigrams.log_prob(("a", "b")) == pytest.approx(math.log(19 / 21 * 6 / 16 * (1 + 3 / 8) / 2))


@pytest.mark.parametrize("order", [1, 2, 3, 5])
def test_the_continuations_of_every_beginning_sum_to_1(order):
    ngrams = Ngrams.of([*LIST, tuple("ka+ta")], order, segments=["i", "+"])
    for length in range(4):
        for before in itertools.product("ptkai+", repeat=length):
            found = ngrams.next(before)
            assert sum(found.values()) == pytest.approx(1, abs=1e-12)
            edge = not before or before[-1] == "+"
            assert [s for s, p in found.items() if not p] == (["+", ""] if edge else [])


def test_edges_are_symbols_of_lists_that_have_them():
    without, having = Ngrams.of(["ab"], segments="c+"), Ngrams.of(["ab", "a+b"], segments="c+")
    assert ("+" in without.segments, "+" in having.segments) == (False, True)
    assert without.log_prob("a+b") == without.log_prob("ab") > -math.inf
    assert having.log_prob("a+b") != having.log_prob("ab")


def test_all_words_sum_to_1():
    ngrams = Ngrams.of([("a",), ("b", "a")], order=3)
    total = sum(math.exp(ngrams.log_prob(w)) for n in range(1, 15) for w in itertools.product("ab", repeat=n))
    assert 0.999 < total < 1


def test_at_the_beginning_of_a_word_no_order_tells_more():
    assert Ngrams.of(LIST, 3).next(()) == pytest.approx(Ngrams.of(LIST, 2).next(()))


def test_a_longer_context_tells_more():
    # t follows the a at the beginning, k that behind t
    words = [tuple(word) for word in ("at", "atak", "tak")]
    assert Ngrams.of(words, 2).next(("t", "a")) == Ngrams.of(words, 2).next(("a",))
    trigrams = Ngrams.of(words, 3)
    assert trigrams.next(("t", "a"))["k"] > 0.7 > 0.3 > trigrams.next(("a",))["k"]


def test_draws_have_the_probabilities():
    ngrams, rng = Ngrams.of(LIST, 2), random.Random(3)
    drawn = collections.Counter(ngrams.draw(rng) for _ in range(20_000))
    for word, times in drawn.most_common(20):
        p = math.exp(ngrams.log_prob(word))
        assert abs(times / 20_000 - p) < 5 * math.sqrt(p / 20_000)
    assert [ngrams.draw(random.Random(1)) for _ in range(3)] == [ngrams.draw(random.Random(1)) for _ in range(3)]


def test_types_or_tokens():
    assert Ngrams.of([*LIST, LIST[0]]).next("pa") == Ngrams.of(LIST).next("pa")
    counts = [60, 5, 5, 5, 5, 0]
    tokens = Ngrams.of(LIST, weights=counts)
    assert tokens.next("pa")["t"] > Ngrams.of(LIST).next("pa")["t"]
    shares = Ngrams.of([LIST[0], *LIST], weights=[n / 80 for n in (20, 40, *counts[1:])])
    assert shares.next("pa") == pytest.approx(tokens.next("pa"))  # of whatever unit; one word twice is added up


def test_edges_count_where_the_list_has_them():
    without = Ngrams.of(LIST)
    assert without.log_prob(tuple("pa+ta")) == without.log_prob(tuple("pata"))
    with_edges = Ngrams.of([*LIST, tuple("ka+ta")])
    assert with_edges.log_prob(tuple("pa+ta")) != with_edges.log_prob(tuple("pata"))
    assert {with_edges.log_prob(tuple(w)) for w in ("", "+pa", "pa+", "pa++ta")} == {-math.inf}


def test_what_cannot_be_counted_is_said():
    with pytest.raises(InputError, match="the order of the n-grams is 0; allowed: 1 or more"):
        Ngrams.of(LIST, 0)
    with pytest.raises(InputError, match="n-grams need words; found none with a weight above 0"):
        Ngrams.of(LIST, weights=[0] * 6)
    with pytest.raises(InputError, match="/p o/ has a segment that the n-grams do not know: o"):
        Ngrams.of(LIST).log_prob("po")
