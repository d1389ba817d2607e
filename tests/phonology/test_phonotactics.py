"""Syllables and forbidden sequences, by hand."""

import random

import pytest

from fairseq_phonology.phonology.grammar import Grammar
from fairseq_phonology.phonology.phonotactics import Phonotactics, syllables


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


def test_syllables(tiny):
    every = {" ".join(s) for s in tiny.every_syllable()}
    assert every == {"p a", "m a", "p j a", "m j a", "p a k", "m a k", "p j a k", "m j a k"}
    assert " ".join(tiny.draw(random.Random(1))) in every
    assert tiny.shape("m j a + k".split()) == "CGV+C"


def test_neighbors(tiny):
    pairs = "p a,m a,p j,m j,j a,a k,a p,a m,k p,k m,k #,a #"
    assert tiny.neighbors == {tuple(pair.split()) for pair in pairs.split(",")}


def test_a_grammar_without_syllables_allows_everything(inventory):
    grammar = Grammar.from_table({"inventory": {"segments": "p a"}})
    assert Phonotactics(grammar).allows("p p a".split()) and not Phonotactics(grammar).neighbors


ENGLISH = Grammar.from_table(
    {
        "inventory": {"segments": "p t k s l r n m æ ɪ ə ʌ".split(), "features": {"r": "l [-lat]"}},
        "syllable": {
            "onsets": ["", "p", "t", "k", "s", "l", "r", "n", "m", "t r", "p l", "s t", "s t r"],
            "nuclei": ["æ", "ɪ", "ə", "ʌ"],
            "codas": ["", "p", "t", "k", "s", "n", "m", "k s", "n t"],
        },
    }
)
CZECH = Grammar.from_table(
    {"inventory": {"segments": "p r s t k a".split()}, "syllable": {"nuclei": ["a", "r"], "onsets": ["", "p", "k"]}}
)
BARE = Grammar.from_table({"inventory": {"segments": "p t k s a i u j".split()}})


def parted(grammar, form):
    segments = form.split()
    return ".".join("".join(segments[n] for n in syllable) for syllable in syllables(grammar, segments))


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        pytest.param("h a k m u n", "hak.mun", id="학문"),
        pytest.param("k ʌ t͡ɕ i s m a l", "kʌ.t͡ɕis.mal", id="거짓말"),
        pytest.param("h a k + m u n", "hak.mun", id="an edge belongs to no syllable"),
        pytest.param("k a p s + i", "kap.si", id="and divides none"),
        pytest.param("k u k j a k", "ku.kjak", id="a glide belongs to the nucleus"),
        pytest.param("s u j o i l", "su.jo.il", id="hiatus"),
        pytest.param("t a l k", "talk", id="a final cluster"),
        pytest.param("ŋ a ŋ i", "ŋaŋ.i", id="no onset of that name"),
        pytest.param("m", "m", id="no nucleus"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_korean(korean, form, expected):
    assert parted(korean, form) == expected


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        pytest.param("æ s t r ə", "æ.strə", id="maximal onset"),
        pytest.param("æ t l ə", "æt.lə", id="tl begins no word"),
        pytest.param("ɪ k s p l ə", "ɪks.plə", id="of a long cluster"),
        pytest.param("p æ l k t ɪ", "pælk.tɪ", id="no coda fits: the onset decides"),
        pytest.param("s t r ʌ k s", "strʌks", id="one syllable"),
    ],
)
def test_clusters(form, expected):
    assert parted(ENGLISH, form) == expected


def test_a_consonant_is_a_nucleus_where_no_vowel_is_near():
    assert parted(CZECH, "p r s t a") == "prst.a" and parted(CZECH, "p a r k a") == "par.ka"


def test_without_syllables_in_the_grammar():
    assert parted(BARE, "p a s t a k i u") == "pas.ta.ki.u"
