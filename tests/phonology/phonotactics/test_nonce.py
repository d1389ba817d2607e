"""Nonce words: legal, distinct, repeatable, and derived by the grammar."""

import pytest

from fairseq_phonology.errors import InputError
from fairseq_phonology.phonology.grammar import Grammar
from fairseq_phonology.phonology.phonotactics.nonce import nonce_words
from fairseq_phonology.phonology.transcription import drop_edges


@pytest.fixture(scope="module")
def tiny():
    return Grammar.from_table(
        {
            "inventory": {"segments": "p k m a i"},
            "syllable": {"onsets": ["p", "m"], "nuclei": ["a", "i"], "codas": ["", "k"], "forbidden": ["k p", "i #"]},
            "process": [{"name": "nasalization", "rules": "{p, k} -> {m, m} / _ m"}],
        }
    )


def test_words_are_distinct_legal_and_derived(korean):
    words = list(nonce_words(korean, 400, seed=3, at_least=20))
    assert len({drop_edges(w.ur) for w in words}) == 400
    for word in words:
        derivation = korean.derive(word.ur)
        assert (word.sr, word.processes) == (derivation.surface, derivation.processes)
    text = {" ".join(drop_edges(w.ur)) for w in words}
    assert not any(bad in t for t in text for bad in ("h h", "l l l", "t͡ɕ j", "k s h"))
    for process in korean.processes:
        assert sum(process.name in w.processes for w in words) >= 20 or process.optional


def test_a_seed_repeats_and_another_differs(korean):
    assert list(nonce_words(korean, 50, seed=1)) == list(nonce_words(korean, 50, seed=1))
    assert list(nonce_words(korean, 50, seed=1)) != list(nonce_words(korean, 50, seed=2))


def test_all_there_is_and_no_more(tiny):
    # pa, pi, pak, pik and the same with m, less those in -i
    words = {" ".join(w.ur) for w in nonce_words(tiny, 6, seed=1, syllables=(1, 1))}
    assert words == {"p a", "m a", "p a k", "m a k", "p i k", "m i k"}
    with pytest.raises(InputError, match="only 6 of 7 distinct words could be drawn"):
        list(nonce_words(tiny, 7, seed=1, syllables=(1, 1)))


def test_excluded_words_are_not_drawn(tiny):
    words = {" ".join(w.ur) for w in nonce_words(tiny, 5, seed=1, syllables=(1, 1), exclude=[("p", "+", "a")])}
    assert "p a" not in words and len(words) == 5


def test_edges_come_where_asked_for(tiny, korean):
    assert not any("+" in w.ur for w in nonce_words(tiny, 20, seed=1, syllables=(2, 2)))
    assert all(w.ur.count("+") == 1 for w in nonce_words(tiny, 20, seed=1, syllables=(2, 2), edges=1))
    assert any("+" in w.ur for w in nonce_words(korean, 20, seed=1, syllables=(2, 2)))


def test_what_cannot_be_drawn_is_said(tiny):
    with pytest.raises(InputError, match="with at least 1 each of nasalization"):
        list(nonce_words(tiny, 2, seed=1, syllables=(1, 1), at_least=1))
    with pytest.raises(InputError, match="2 words are too few"):
        list(nonce_words(tiny, 2, seed=1, at_least=3))
    with pytest.raises(InputError, match="found 3-2"):
        list(nonce_words(tiny, 2, seed=1, syllables=(3, 2)))
