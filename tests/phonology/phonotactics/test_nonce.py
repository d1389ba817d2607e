"""Nonce words: legal, distinct, repeatable, and derived by the grammar."""

from collections import Counter

import pytest

from fairseq_phonology.errors import InputError
from fairseq_phonology.phonology.grammar import Grammar
from fairseq_phonology.phonology.phonotactics.ngrams import Ngrams
from fairseq_phonology.phonology.phonotactics.nonce import nonce_words, words_like
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


def test_words_like_those_of_a_list_are_none_of_them(tiny):
    words = [tuple(word) for word in ("pa", "ma", "pak", "mak", "pamak", "makpa", "kapma")]
    tally, by = Counter(), {"": Ngrams.of(words, 3, segments="pkmai")}
    drawn = list(words_like(by, {"": 1}, words, 20, 1, (2, 5), tiny, tally=tally))
    urs = [word.ur for word in drawn]
    assert len(set(urs)) == 20 and not {*urs} & {*words} and all(2 <= len(ur) <= 5 for ur in urs)
    assert all(word.sr == tiny.derive(word.ur).surface for word in drawn)
    assert tally["draws"] > 20 and tally["real"] > 0
    assert urs == [word.ur for word in words_like(by, {"": 1}, words, 20, 1, (2, 5))]  # whether derived or not
    with pytest.raises(
        InputError, match=r"only \d of 9 distinct words could be drawn; allow other lengths \(--segments"
    ):
        list(words_like(by, {"": 1}, words, 9, 1, (1, 1)))


def test_what_cannot_be_drawn_is_said(tiny):
    with pytest.raises(InputError, match="with at least 1 each of nasalization"):
        list(nonce_words(tiny, 2, seed=1, syllables=(1, 1), at_least=1))
    with pytest.raises(InputError, match="2 words are too few"):
        list(nonce_words(tiny, 2, seed=1, at_least=3))
    with pytest.raises(InputError, match="found 3-2"):
        list(nonce_words(tiny, 2, seed=1, syllables=(3, 2)))
    with pytest.raises(InputError, match="segments: found 3-2; allowed: 1-1, 3-8"):
        list(words_like({"": Ngrams.of(["pa"])}, {"": 1}, (), 1, 1, (3, 2)))


VARIABLE = {
    "inventory": {"segments": "p t k b d l n a i u"},
    "syllable": {"onsets": ["", "p", "t", "k", "l"], "nuclei": ["a", "i", "u"], "codas": ["", "l", "n"]},
    "strata": {"native": 1, "sino": {"weight": 3, "codas": ["", "l"]}},
    "process": [
        {"name": "voicing", "rules": "{p, t} -> {b, d} / l _", "rate": {"native": 0.2, "sino": 0.7}},
        {"name": "l-drop", "rules": "l -> ∅ / _ {b, d}", "rate": 0.5},
    ],
}


def of_rate(k, n, rate):
    """Within four standard errors of a rate."""
    return abs(k - n * rate) < 4 * (n * rate * (1 - rate)) ** 0.5


def test_strata_and_outcomes_follow_weights_and_rates():
    grammar = Grammar.from_table(VARIABLE)
    words = list(nonce_words(grammar, 2000, seed=1, syllables=(2, 4)))
    assert words == list(nonce_words(grammar, 2000, seed=1, syllables=(2, 4)))
    assert of_rate(sum(word.stratum == "sino" for word in words), len(words), 3 / 4)
    for stratum, rate in VARIABLE["process"][0]["rate"].items():
        own = [word for word in words if word.stratum == stratum]
        met = [word for word in own if "voicing" in word.met]
        assert len(met) > 100 and of_rate(sum("voicing" in word.processes for word in met), len(met), rate)
    fed = [word for word in words if "l-drop" in word.met]
    assert all("voicing" in word.processes for word in fed)
    assert of_rate(sum("l-drop" in word.processes for word in fed), len(fed), 0.5)
    assert not any("n" in word.ur for word in words if word.stratum == "sino")
    for word in words[:200]:
        variants = {one.sr: one.probability for one in grammar.variants(word.ur, stratum=word.stratum)}
        assert variants[word.sr] > 0


def test_rates_and_strata_change_no_ur():
    plain = {key: value for key, value in VARIABLE.items() if key not in ("strata", "process")}
    drawn = nonce_words(Grammar.from_table(plain), 100, seed=5)
    rates = [{"name": "voicing", "rules": "t -> d / l _", "rate": 0.4}]
    with_rates = nonce_words(Grammar.from_table(plain | {"process": rates}), 100, seed=5)
    assert [word.ur for word in drawn] == [word.ur for word in with_rates]


def test_a_process_that_always_applies_draws_no_number():
    never = {"name": "never", "rules": "k -> p / _ k k"}
    drawn = (Grammar.from_table({**VARIABLE, "process": [*more, *VARIABLE["process"]]}) for more in ([], [never]))
    one, other = (list(nonce_words(grammar, 60, seed=2)) for grammar in drawn)
    assert one == other and any(word.met != word.processes for word in one)


@pytest.mark.parametrize("seed", range(2))
def test_for_what_is_rare_words_of_every_stratum_are_drawn(seed):
    rare = {"name": "rare", "rules": "t -> d / l _", "strata": ["sino"]}
    words = list(nonce_words(Grammar.from_table({**VARIABLE, "process": [rare]}), 5, seed, at_least=5))
    assert [word.stratum for word in words] == ["sino"] * 5


def test_what_is_drawn_again_for_being_rare_does_not_depend_on_the_outcome():
    table = {**VARIABLE, "process": [{"name": "rare", "rules": "t -> d / l _ u l", "rate": 0.5}]}
    words = list(nonce_words(Grammar.from_table(table), 150, seed=2, at_least=145))
    met = [word for word in words if word.met]
    assert len(met) >= 145 and of_rate(sum(bool(word.processes) for word in met), len(met), 0.5)


def test_a_stratum_of_which_no_word_is_left_is_named():
    table = {**VARIABLE, "strata": {"native": 1, "tiny": {"onsets": ["k"], "nuclei": ["a"], "codas": ["l"]}}}
    table["process"] = []
    with pytest.raises(InputError, match=r"distinct words could be drawn \(no other of the stratum 'tiny'\)"):
        list(nonce_words(Grammar.from_table(table), 100, seed=1, syllables=(1, 2)))
