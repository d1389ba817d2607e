"""Decision steps, worked out by hand."""

import pytest

from fairseq_phonology.errors import InputError
from fairseq_phonology.phonology.decision import END, Decision, decision_of, decisions, outcomes_of
from fairseq_phonology.phonology.grammar import Grammar


@pytest.fixture(scope="module")
def grammar():
    return Grammar.from_table(
        {
            "inventory": {"segments": "p t k m n ŋ s a i u"},
            "process": [
                {"name": "apocope", "rules": "u -> ∅ / _ #"},
                {"name": "cluster", "rules": "t -> ∅ / s _ k"},
                {"name": "epenthesis", "rules": "∅ -> i / p _ k"},
                {"name": "nasalization", "rules": "[-son, -cont] -> [+nas] / _ [+nas]"},
            ],
        }
    )


@pytest.mark.parametrize(
    ("ur", "process", "target", "step", "gold", "blocked"),
    [
        pytest.param("a k m a", "nasalization", 1, 1, "ŋ", "k", id="feature change: the step that emits the target"),
        pytest.param("a t + m a k n a", "nasalization", 5, 4, "ŋ", "k", id="the second site, an edge before it"),
        pytest.param("a t m a k n a", "nasalization", None, 1, "n", "t", id="no target given: the first site"),
        pytest.param("a k s a", "nasalization", 1, 1, "k", "k", id="control: the step of the segment itself"),
        pytest.param("p i k n a t s a", "nasalization", 5, 5, "t", "t", id="control beside a site elsewhere"),
        pytest.param("a s u", "apocope", 2, 2, END, "u", id="deletion at the end: the step that ends the word"),
        pytest.param("a s t k a", "cluster", 2, 2, "k", "t", id="deletion inside: the next segment"),
        pytest.param("s t k a s t k u", "cluster", 5, 4, "k", "t", id="second deletion: counted from its own place"),
        pytest.param("a p k a", "epenthesis", None, 2, "i", "k", id="insertion"),
        pytest.param("a p k a", "epenthesis", 1, 2, "i", "k", id="insertion: of the segment before the gap"),
        pytest.param("a p + k a p k a", "epenthesis", 5, 6, "i", "k", id="the second gap"),
        pytest.param("a t k a", "epenthesis", 1, 2, "k", "k", id="control of an insertion: the segment after the gap"),
        pytest.param("s t k a p k a", "epenthesis", 4, 4, "i", "k", id="insertion, something having gone before it"),
        pytest.param("a p t a p k a", "epenthesis", 1, 2, "t", "t", id="control beside a gap elsewhere"),
        pytest.param("a k", "epenthesis", 1, 2, END, END, id="control of an insertion at the end"),
    ],
)
def test_decision(grammar, ur, process, target, step, gold, blocked):
    assert decision_of(grammar, ur.split(), process, target) == Decision(step, gold, blocked)


def test_a_deletion_before_a_like_segment_is_decided_where_the_forms_part():
    degemination = Grammar.from_table(
        {"inventory": {"segments": "t a"}, "process": [{"name": "degemination", "rules": "t -> ∅ / _ t"}]}
    )
    assert decision_of(degemination, "a t t a".split(), "degemination", 1) == Decision(2, "a", "t")


@pytest.mark.parametrize(
    ("rule", "ur", "target", "decision"),
    [
        ("V C -> 2 1 / _ #", "p a t", 1, Decision(1, "t", "a")),
        ("V C -> 2 1 / _ #", "p a + t", 1, Decision(1, "t", "a")),
        ("l V k -> 3 2 1", "t a l a k i", 2, Decision(2, "k", "l")),
        ("k t -> t k", "a k t a k t", 4, Decision(4, "t", "k")),
        ("V C -> 2 1 / _ #", "p a t i", 1, Decision(1, "a", "a")),
        ("∅ -> V1 / t _ l V1", "t l a t l i", None, Decision(1, "a", "l")),
    ],
)
def test_metathesis_is_decided_where_the_other_segment_comes_first(rule, ur, target, decision):
    table = {"inventory": {"segments": "p t k l a i"}, "process": [{"name": "x", "rules": rule}]}
    assert decision_of(Grammar.from_table(table), ur.split(), "x", target) == decision


def test_where_the_gap_precedes_its_target():
    table = {"inventory": {"segments": "s t a i"}, "process": [{"name": "x", "rules": "∅ -> i / # _ s t"}]}
    grammar = Grammar.from_table(table)
    assert decision_of(grammar, "s t a".split(), "x", None) == Decision(0, "i", "s")
    left = Grammar.from_table(table | {"process": [{"name": "x", "rules": "∅ -> i / s _ t", "trigger": "left"}]})
    assert decision_of(left, "a s t a".split(), "x", 2) == Decision(2, "i", "t")
    assert decision_of(left, "a t s a".split(), "x", 2) == Decision(2, "s", "s")


def test_what_an_insertion_keeps_its_target_from_is_not_its_decision():
    rules = {"epenthesis": "∅ -> i / p _ m", "nasalization": "p -> m / _ m"}
    table = {"inventory": {"segments": "p m a i"}, "process": [{"name": n, "rules": r} for n, r in rules.items()]}
    assert decision_of(Grammar.from_table(table), "a p m a".split(), "epenthesis", 1) == Decision(2, "i", "m")


def test_gaps(grammar):
    for ur, process, target, gap in (
        ("a k m a", "nasalization", 1, False),
        ("a k s a", "nasalization", 1, False),
        ("a s t k a", "cluster", 2, True),
        ("a p k a", "epenthesis", 1, True),
        ("a t k a", "epenthesis", 1, True),
    ):
        assert decision_of(grammar, ur.split(), process, target).gap is gap
    assert decision_of(grammar, "a s u".split(), "epenthesis", 2) is None  # the u is not in the SR


def test_all_decisions_of_a_word(grammar):
    def found(ur, process, in_blocked=False):
        derivation, without = grammar.derive(ur.split()), grammar.derive(ur.split(), (), [process])
        return decisions(process, derivation, without, in_blocked)

    assert found("a t m a k n a", "nasalization") == (Decision(1, "n", "t"), Decision(4, "ŋ", "k"))
    assert found("s t k a s t k u", "cluster") == (Decision(1, "k", "t"),)
    assert found("a p k a p k a", "epenthesis", True) == (Decision(2, "i", "k"),)
    assert found("a s a", "nasalization") == found("a k a", "epenthesis") == ()
    fed = {"epenthesis": "∅ -> i / p _ k", "backing": "{i, u} -> {u, i} / _ k"}
    table = {"inventory": {"segments": "p k a i u"}, "process": [{"name": n, "rules": r} for n, r in fed.items()]}
    fed = Grammar.from_table(table)
    ur = "a p k u k".split()  # of the inserted i nothing is known in the UR; it is decided where it is the only one
    assert decisions("backing", fed.derive(ur), fed.derive(ur, (), ["backing"])) == (Decision(4, "i", "u"),)
    ur = "a p k a".split()
    assert decisions("backing", fed.derive(ur), fed.derive(ur, (), ["backing"])) == (Decision(2, "u", "i"),)


def test_no_step_decides_what_makes_no_difference_or_is_not_there(grammar):
    assert decision_of(grammar, "a s a".split(), "nasalization") is None
    assert decision_of(grammar, "a s u".split(), "nasalization", 2) is None  # the u is not in the SR


def test_a_process_that_feeds_another_is_decided_at_its_own_target(korean):
    # kʌt͡ɕis+mal: s becomes t and that n; without neutralization it stays s
    assert decision_of(korean, "k ʌ t͡ɕ i s m a l".split(), "neutralization", 4) == Decision(4, "n", "s")
    assert decision_of(korean, "k ʌ t͡ɕ i s m a l".split(), "obstruent-nasalization", 4) == Decision(4, "n", "t")


def test_the_stratum_of_a_word_says_what_applies():
    voicing = {"name": "voicing", "rules": "t -> d / l _", "strata": ["sino"]}
    table = {"inventory": {"segments": "t d l a"}, "strata": {"native": 1, "sino": 2}, "process": [voicing]}
    for stratum, gold in (("sino", "d"), ("native", "t")):
        found = decision_of(Grammar.from_table(table), ["l", "t"], "voicing", 1, stratum=stratum)
        assert found == Decision(1, gold, "t")


def test_unknown_names_are_refused(grammar):
    with pytest.raises(InputError, match="no process 'harmony'; it has: apocope"):
        decision_of(grammar, ["a"], "harmony", 0)


def test_what_a_process_would_make_of_a_segment(grammar):
    assert outcomes_of(grammar, "nasalization", "k") == {"ŋ"}
    assert outcomes_of(grammar, "nasalization", "s") == set()
    assert outcomes_of(grammar, "apocope", "u") == {""}
