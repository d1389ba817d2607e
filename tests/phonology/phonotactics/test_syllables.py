"""Syllables and forbidden sequences, by hand."""

import random

import pytest

from fairseq_phonology.phonology.grammar import Grammar
from fairseq_phonology.phonology.phonotactics.syllables import Phonotactics


@pytest.fixture(scope="module")
def tiny():
    table = {
        "inventory": {"segments": "p k m j a i"},
        "syllable": {"onsets": ["p", "m"], "nuclei": ["a", "j a"], "codas": ["", "k"], "forbidden": ["k p", "a #"]},
    }
    return Phonotactics(Grammar.from_table(table))


@pytest.mark.parametrize(
    ("ur", "legal"),
    [("p a k", 1), ("p a m a k", 1), ("p a + m j a k", 1), ("p a", 0), ("p a k p a k", 0), ("a k", 0), ("p a p", 0)],
)
def test_words(tiny, ur, legal):
    assert tiny.allows(ur.split()) == legal


@pytest.mark.parametrize(
    ("forbidden", "there", "not_there"),
    [
        ("# k", "k a", "a k"),
        ("{#, m} k", "k a", "a k"),
        ("+ k", "a + k", "k + a"),
        ("[-syl]* i #", "a k p i", "a i a"),
        ("(p) k i", "a k i", "p k a"),
        ("p #", "a p", "p a"),
    ],
)
def test_a_forbidden_sequence_begins_with_a_segment_or_an_edge(forbidden, there, not_there):
    table = {"inventory": {"segments": "p k m j a i"}, "syllable": {"nuclei": ["a"], "forbidden": [forbidden]}}
    own = Phonotactics(Grammar.from_table(table))
    assert own.forbids(there.split()) and not own.forbids(not_there.split())


def test_syllables(tiny):
    every = {" ".join(s) for s in tiny.every_syllable()}
    assert every == {"p a", "m a", "p j a", "m j a", "p a k", "m a k", "p j a k", "m j a k"}
    assert " ".join(tiny.draw(random.Random(1))) in every
    assert tiny.shape("m j a + k".split()) == "CGV+C"


def test_syllables_without_weight_or_with_a_forbidden_sequence_are_none():
    shapes = {"onsets": ["p", "m"], "nuclei": {"a": 2, "i": 0}, "codas": ["", "k"], "forbidden": ["m a k"]}
    own = Phonotactics(Grammar.from_table({"inventory": {"segments": "p k m a i"}, "syllable": shapes}))
    assert own.every_syllable() == {("p", "a"): 2, ("m", "a"): 2, ("p", "a", "k"): 2}


def test_neighbors(tiny):
    pairs = "p a,m a,p j,m j,j a,a k,a p,a m,k p,k m,k #,a #"
    assert tiny.neighbors == {tuple(pair.split()) for pair in pairs.split(",")}


def test_a_grammar_without_syllables_allows_everything(inventory):
    grammar = Grammar.from_table({"inventory": {"segments": "p a"}})
    assert Phonotactics(grammar).allows("p p a".split()) and not Phonotactics(grammar).neighbors
    onsets = Phonotactics(Grammar.from_table({"inventory": {"segments": "p t a"}, "syllable": {"onsets": ["p t"]}}))
    assert onsets.every_syllable() == {} and not onsets.neighbors
