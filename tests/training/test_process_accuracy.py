"""Accuracy per process, counted by hand on a grammar of two processes."""

from __future__ import annotations

import pytest

from fairseq_phonology.errors import InputError
from fairseq_phonology.phonology.grammar import Grammar
from fairseq_phonology.training.process_accuracy import END, ProcessAccuracy, ProcessCounts, aligned, expectations
from tests.helpers import EXAMPLES


@pytest.fixture(scope="module")
def grammar():
    return Grammar.from_table(
        {
            "inventory": {"segments": "p t k m n ŋ s a i u"},
            "process": [
                {"name": "apocope", "rules": "u -> ∅ / _ #"},
                {"name": "nasalization", "rules": "[-son, -cont] -> [+nas] / _ [+nas]"},
                {"name": "place", "rules": "n -> m / _ p", "optional": True},
            ],
        }
    )


@pytest.fixture(scope="module")
def korean():
    return Grammar.load(EXAMPLES / "korean_nasalization/korean.toml")


def expected(grammar, ur, include=()):
    derivation = grammar.derive(ur.split(), include)
    asked = expectations(grammar, derivation, include)
    return {e.process: ([(d.step, d.gold, d.blocked) for d in e.due], list(e.not_due)) for e in asked}


def test_a_feature_change_is_decided_where_the_target_is_emitted(grammar):
    assert expected(grammar, "a k m a") == {"nasalization": ([(1, "ŋ", "k")], [])}


def test_every_site_counts_and_so_does_what_may_not_change(grammar):
    # t before m and k before n are due; the p at the beginning is not
    assert expected(grammar, "p a t m a k n a")["nasalization"] == ([(2, "n", "t"), (5, "ŋ", "k")], [(0, "m")])


def test_a_process_that_feeds_another_is_decided_at_its_own_target(korean):
    # toklip: l becomes n, and k before it ŋ; the l is what liquid nasalization changes
    asked = expected(korean, "t o k l i p")
    assert asked["liquid-nasalization"][0] == [(3, "n", "l")]
    assert asked["obstruent-nasalization"][0] == [(2, "ŋ", "k")]
    # os + man: s becomes t and that n; otman is neither neutralization applied nor failed
    assert expected(korean, "o s + m a n")["neutralization"][0] == [(1, "n", "s")]


def test_a_deletion_at_the_end_is_decided_at_the_end_symbol(grammar):
    assert expected(grammar, "a s u")["apocope"] == ([(2, END, "u")], [])


@pytest.mark.parametrize(
    ("rule", "ur", "due", "not_due"),
    [
        # where it is not due, what could change places comes a step early
        pytest.param("V C -> 2 1 / _ #", "p i t a k", [(3, "k", "a")], [(1, "t")], id="metathesis"),
        pytest.param("l V k -> 3 2 1 / _ #", "l a k a", [], [(0, "k")], id="metathesis at a distance"),
        pytest.param("∅ -> V1 / t _ l V1", "t l a", [(1, "a", "l")], [], id="a copied vowel"),
        pytest.param("l -> ∅ / _ (t) #", "l a l t", [(2, "t", "l")], [], id="an optional part"),
    ],
)
def test_the_notation_of_books_is_counted(rule, ur, due, not_due):
    table = {"inventory": {"segments": "p t k l a i"}, "process": [{"name": "x", "rules": rule}]}
    found = expected(Grammar.from_table(table), ur)["x"]
    assert (found[0], [chance for chance in found[1] if chance in not_due]) == (due, not_due)


def test_where_it_is_not_due_every_possible_target_is_a_chance(grammar):
    # t and k could nasalize; u inside could be dropped, which would show as the k after it
    assert expected(grammar, "t u k a") == {
        "apocope": ([], [(1, "k")]),
        "nasalization": ([], [(0, "n"), (2, "ŋ")]),
    }


def test_a_word_without_target_says_nothing(grammar):
    assert expected(grammar, "s a") == {}


def test_counts_and_rates(grammar):
    underlying = [tuple("akma"), tuple("apna"), tuple("atna"), tuple("taka"), tuple("sasa")]
    references = [tuple("aŋma"), tuple("amna"), tuple("anna"), tuple("taka"), tuple("sasa")]
    accuracy = ProcessAccuracy(grammar, underlying, references)
    assert accuracy.include == () and accuracy.left_out == 0
    # applied, failed, neither, applied where not due, nothing to say
    counts = accuracy.count(range(5), [(*form, END) for form in ("aŋma", "apna", "asna", "taŋa", "sasa")])
    assert counts == dict.fromkeys(accuracy.keys, 0) | {
        "nasalization/due": 3,
        "nasalization/applied": 1,
        "nasalization/failed": 1,
        "nasalization/not_due": 1,
        "nasalization/overapplied": 1,
    }
    rates = accuracy.rates(counts)
    assert rates["nasalization"] == rates["nasalization_failed"] == pytest.approx(100 / 3)
    assert rates["nasalization_overapplied"] == 100
    assert rates["apocope"] != rates["apocope"]  # no word of this list is one in which it is due


def test_the_setting_of_optional_processes_is_taken_from_the_corpus(grammar):
    accuracy = ProcessAccuracy(grammar, [tuple("anpa")], [tuple("ampa")])
    assert accuracy.include == ("place",) and "place/due" in accuracy.keys


def test_words_the_grammar_does_not_derive_are_left_out_and_counted(grammar):
    accuracy = ProcessAccuracy(
        grammar, [tuple("akma"), tuple("akma"), tuple("xa")], [tuple("aŋma"), tuple("akma"), tuple("xa")]
    )
    assert accuracy.left_out == 2
    assert sum(accuracy.count([1, 2], [(*"akma", END), (*"xa", END)]).values()) == 0


def test_where_there_is_no_reference_it_is_what_the_grammar_derives(grammar):
    accuracy = ProcessAccuracy(grammar, [tuple("akma"), tuple("anpa"), tuple("xa")], [None, None, None])
    assert accuracy.references == [tuple("aŋma"), tuple("anpa"), None]  # without optional processes
    assert accuracy.left_out == 1 and accuracy.include == ()


def test_a_grammar_of_another_corpus_is_refused(grammar):
    with pytest.raises(InputError, match=r"derives none of the 1 references, for example not \[k a\] from /a k/"):
        ProcessAccuracy(grammar, [("a", "k")], [("k", "a")])


@pytest.mark.parametrize(
    ("hypothesis", "found"),
    [
        pytest.param("aŋma", "aŋma", id="equal"),
        pytest.param("akma", "akma", id="replaced"),
        pytest.param("ama", "a ma", id="missing"),
        pytest.param("aŋmaka", "aŋma", id="too many at the end"),
        pytest.param("saŋma", "aŋma", id="too many at the beginning"),
    ],
)
def test_a_free_hypothesis_is_aligned_with_the_reference(hypothesis, found):
    assert aligned("aŋma", hypothesis) == (*(s.strip() for s in found), END)


@pytest.fixture
def grammar_file(tmp_path) -> str:
    path = tmp_path / "toy.toml"
    text = '[inventory]\nsegments = "k m ŋ a"\n[[process]]\nname = "nasalization"\nrules = "k -> ŋ / _ m"\n'
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_each_data_set_is_worked_out_once(grammar_file):
    asked = []
    labels = {"first": [("w1", "a k m a", "a ŋ m a")], "second": [("w1", "a k a", "a k a"), ("w2", "a k", "a m")]}
    counts = ProcessCounts(grammar_file, lambda dataset: asked.append(dataset) or labels[dataset])
    assert [counts.load(name).left_out for name in ("first", "second", "first")] == [0, 1, 0]
    assert asked == ["first", "second"]


def test_a_grammar_of_another_corpus_shows_a_word_as_the_user_wrote_it(grammar_file):
    counts = ProcessCounts(grammar_file, lambda dataset: [("w1", "p a", "b a")])
    with pytest.raises(InputError, match=r"not \[b a\] from /p a/"):
        counts.load("valid")
