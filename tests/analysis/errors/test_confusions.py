"""Confusions, counted by hand."""

import random

import pytest
from rapidfuzz.distance import Levenshtein

from fairseq_phonology.analysis.errors.confusions import NOTHING, confusions, edits, features_of


def form(text):
    return tuple(text.split())


@pytest.mark.parametrize(
    ("reference", "hypothesis", "found"),
    [
        pytest.param("h a ŋ m u n", "h a k m u n", [("ŋ", "k", "a", "m")], id="substitution"),
        pytest.param("t a k", "t a", [("k", NOTHING, "a", "#")], id="deletion at the end"),
        pytest.param("t a k", "t a k i", [(NOTHING, "i", "k", "#")], id="insertion at the end"),
        pytest.param("t a k", "s t a k", [(NOTHING, "s", "#", "t")], id="insertion at the beginning"),
        pytest.param(
            "t a k", "", [("t", NOTHING, "#", "a"), ("a", NOTHING, "t", "k"), ("k", NOTHING, "a", "#")], id="all"
        ),
        pytest.param("t a n", "d n", [("t", "d", "#", "a"), ("a", NOTHING, "t", "n")], id="features choose"),
        pytest.param("a + k", "a k", [("+", NOTHING, "a", "k")], id="an edge that an SR has is a segment of it"),
    ],
)
def test_of_one_word(inventory, reference, hypothesis, found):
    assert list(edits(form(reference), form(hypothesis), inventory)) == found


def test_counts_over_models_and_contexts():
    references = [form("p a k"), form("k a k"), form("p a")]
    first = [form("p a t"), form("k a t"), form("p a")]
    second = [form("p a t"), form("k a k"), form("p a i")]
    pairs, contexts = confusions([references, references], [first, second], None)
    # k is there 3 times a model; places between segments: 4 + 4 + 3
    assert [(one.gold, one.produced, one.n, one.of, one.words, one.models, one.example) for one in pairs] == [
        ("k", "t", 3, 6, 2, 2, 0),
        (NOTHING, "i", 1, 22, 1, 1, 2),
    ]
    assert [(one.gold, one.left, one.right, one.n, one.of) for one in contexts] == [
        ("k", "a", "#", 3, 4),
        (NOTHING, "a", "#", 1, 2),
    ]


def test_their_number_is_that_of_the_edits(inventory):
    rng = random.Random(2)
    references, hypotheses = ([tuple(rng.choices("ptkaim", k=rng.randint(1, 7))) for _ in range(100)] for _ in range(2))
    pairs, contexts = confusions([references], [hypotheses], inventory)
    distance = sum(map(Levenshtein.distance, references, hypotheses))
    assert sum(one.n for one in pairs) == sum(one.n for one in contexts) == distance
    assert all(0 < one.n <= one.of for one in pairs if one.gold)


def test_features_are_used_where_all_segments_have_them(inventory):
    assert features_of(["p", "a"]).segments == ("a", "p")
    assert features_of(["p", "AH0"]) is None
    assert features_of(["AH0"], inventory) is inventory
