"""Accuracy per process, counted by hand on a grammar of two processes."""

from __future__ import annotations

import dataclasses

import pytest

from fairseq_phonology.errors import InputError
from fairseq_phonology.phonology.expected import expectations
from fairseq_phonology.phonology.grammar import Grammar
from fairseq_phonology.training.process_accuracy import END, Choices, ProcessAccuracy, ProcessCounts
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
    return {
        e.process: (
            [(d.step, d.gold, d.blocked) for d in e.due],
            list(dict.fromkeys((c.step, c.segment) for c in e.not_due)),
        )
        for e in asked
    }


def test_a_feature_change_is_decided_where_the_target_is_emitted(grammar):
    assert expected(grammar, "a k m a") == {"nasalization": ([(1, "ŋ", "k")], [])}


def test_every_site_counts_and_so_does_what_may_not_change(grammar):
    # t before m and k before n are due; the p at the beginning is not
    assert expected(grammar, "p a t m a k n a")["nasalization"] == ([(2, "n", "t"), (5, "ŋ", "k")], [(0, "m")])
    assert expected(grammar, "k m a t a")["nasalization"] == ([(0, "ŋ", "k")], [(3, "n")])


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


@pytest.mark.parametrize(
    ("rule", "ur", "not_due"),
    [
        pytest.param("C C C -> 3 2 1 / _ #", "p t k l a", [(0, "k"), (1, "l")], id="of three the last comes first"),
        pytest.param("C1 -> C2 / _ C2", "t a", [(0, "k"), (0, "l"), (0, "p")], id="of several outcomes each"),
        pytest.param("a -> ∅ / _ #", "a a p i", [(1, "p")], id="a deletion that would not show"),
        pytest.param(["∅ -> i / k _ k", "t -> k / _ a"], "t i", [(0, "i"), (0, "k")], id="a rule behind an insertion"),
    ],
)
def test_all_chances_of_a_word(rule, ur, not_due):
    table = {"inventory": {"segments": "p t k l a i"}, "process": [{"name": "x", "rules": rule}]}
    assert expected(Grammar.from_table(table), ur)["x"] == ([], not_due)


def test_what_a_process_has_made_itself_is_no_chance():
    process = {"name": "x", "rules": ["t -> d / _ a", "d -> z / i _"]}
    grammar = Grammar.from_table({"inventory": {"segments": "t d z a i"}, "process": [process]})
    assert expected(grammar, "t a")["x"] == ([(0, "d", "t")], [])


def test_where_it_is_not_due_every_possible_target_is_a_chance(grammar):
    # t and k could nasalize; u inside could be dropped, which would show as the k after it
    assert expected(grammar, "t u k a") == {
        "apocope": ([], [(1, "k")]),
        "nasalization": ([], [(0, "n"), (2, "ŋ")]),
    }


def test_what_changes_places_elsewhere_is_what_stands_there(grammar):
    table = {"inventory": {"segments": "p t k l a i"}, "process": [{"name": "x", "rules": "V C -> 2 1 / _ #"}]}
    metathesis = Grammar.from_table(table)
    (one,) = expectations(metathesis, metathesis.derive("p i t a a".split()))
    assert [(c.step, c.segment, c.gap) for c in one.not_due] == [(1, "t", True), (1, "t", False)]


def test_optional_processes_are_asked_about_where_they_apply_and_others_where_they_are_named(grammar):
    assert "place" not in expected(grammar, "u n a") and "place" in expected(grammar, "u n a", ["place"])
    derivation = grammar.derive("t u n p a".split(), ["place"])
    for only in (["apocope"], ["apocope", "place"]):
        assert [one.process for one in expectations(grammar, derivation, ["place"], only=only)] == only


def test_a_variable_process_that_did_not_apply_is_due_there_and_not_due_elsewhere():
    table = {"inventory": {"segments": "p t k m n ŋ s a i u"}}
    rule = {"name": "nasalization", "rules": "[-son, -cont] -> [+nas] / _ [+nas]", "rate": 0.5}
    grammar = Grammar.from_table(table | {"process": [rule]})
    derivation = grammar.derive("a k m a t a".split(), (), ["nasalization"])
    (one,) = expectations(grammar, derivation, (), ["nasalization"])
    assert [(d.step, d.gold, d.blocked) for d in one.due] == [(1, "ŋ", "k")]
    assert [(c.step, c.segment) for c in one.not_due] == [(4, "n")]


def test_a_variable_deletion_that_did_not_apply_is_due_once_and_nowhere_else_a_chance():
    apocope = {"name": "apocope", "rules": "u -> ∅ / _ #", "rate": 0.5}
    grammar = Grammar.from_table({"inventory": {"segments": "t k u"}, "process": [apocope]})
    (one,) = expectations(grammar, grammar.derive("t u k u".split(), (), ["apocope"]), (), ["apocope"])
    assert [(d.step, d.gold, d.blocked) for d in one.due] == [(3, END, "u")] and one.not_due == ()


@pytest.mark.parametrize(
    ("rules", "ur", "sr", "not_due"),
    [
        pytest.param("t -> d / _ v|d -> t / _ #", "e t v a d a", "e d v a d a", [(4, "t")], id="a change"),
        pytest.param("t -> s / _ i|s -> z / _ i|z -> s / _ #", "t i z a", "z i z a", [(2, "s")], id="two changes"),
        pytest.param("s -> ∅ / _ t|∅ -> s / k _ a", "a s t a", "a t a", [(0, "s"), (2, "s")], id="a deletion"),
        pytest.param("∅ -> i / t _ v|i -> ∅ / _ #", "t v i d", "t i v i d", [(3, "d")], id="an insertion"),
        pytest.param("V C -> 2 1 / _ #|C V -> 2 1 / v _", "t a i t", "t a t i", [(0, "a")], id="metathesis"),
        pytest.param("∅ -> i / t _ v|i -> d / _ #", "t v i d", "t i v i d", [(1, "d"), (3, "d")], id="behind one"),
        pytest.param("s -> ∅ / # _ t|∅ -> s / k _ a", "s t a", "t a", [(1, "s")], id="the first is deleted"),
        pytest.param(
            "∅ -> i / t _ v|s -> ∅ / _ k|∅ -> s / d _ a",
            "t v a s k a",
            "t i v a k a",
            [(step, "s") for step in (0, 1, 2, 3, 5)],
            id="an insertion before a deletion",
        ),
        pytest.param("a -> ∅ / t _ #", "k a", "k a", [(1, END)], id="the end, where a segment stands"),
    ],
)
def test_what_stood_there_earlier_is_no_over_application(rules, ur, sr, not_due):
    """The last process would bring back what one before it has taken away: a word that has this lacks that alone."""
    processes = [{"name": f"p{n}", "rules": rule} for n, rule in enumerate(rules.split("|"))]
    grammar = Grammar.from_table({"inventory": {"segments": "t d s z v k i a e"}, "process": processes})
    assert grammar.derive(ur.split()).surface == tuple(sr.split())
    assert expected(grammar, ur).get(processes[-1]["name"], ([], []))[1] == not_due


def test_a_failure_is_counted_once():
    """Of three words one fails to voice, one devoices where it may not, one is right; by hand."""
    rules = {"voicing": "t -> d / _ v", "devoicing": "d -> t / _ #"}
    grammar = Grammar.from_table(
        {
            "inventory": {"segments": "t d v k a e"},
            "process": [{"name": name, "rules": rule} for name, rule in rules.items()],
        }
    )
    accuracy = ProcessAccuracy(grammar, [tuple("vetvek"), tuple("adva"), tuple("ada")], [tuple("vedvek"), None, None])
    for count in (
        lambda said: accuracy.count(range(3), [(*form, END) for form in said]),
        accuracy.count_free,
    ):
        found = count(["vetvek", "atva", "ada"])
        assert [found[f"voicing/{key}"] for key in ("due", "applied", "failed")] == [1, 0, 1]
        assert [found[f"devoicing/{key}"] for key in ("not_due", "overapplied")] == [2, 1]


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


@pytest.fixture(scope="module")
def variable():
    """Nasalization and n-insertion by rates, the one by strata, and a process that always applies."""
    return Grammar.from_table(
        {
            "inventory": {"segments": "p t k m n ŋ s o a i u"},
            "strata": {"sino": 1, "native": 1, "foreign": 1},
            "process": [
                {"name": "apocope", "rules": "u -> ∅ / _ #"},
                {"name": "insertion", "rules": "∅ -> n / m + _ i", "rate": 0.5},
                {"name": "nasalization", "rules": "k -> ŋ / _ m", "rate": {"sino": 0.8, "native": 0.3, "foreign": 0}},
            ],
        }
    )


def words(*rows):
    """UR, SR and stratum of each word."""
    forms = [row.split("|") for row in rows]
    return (
        [tuple(ur.split()) for ur, *_ in forms],
        [tuple(sr.replace(" ", "")) for _, sr, _ in forms],
        [s for *_, s in forms],
    )


def test_a_variable_process_is_due_whichever_variant_the_reference_is(variable):
    rows = (
        "a k m a|aŋma|sino",
        "a k m a|akma|sino",
        "a k m a|akma|native",
        "a k m a|akma|foreign",
        "a k m a|asma|sino",
    )
    accuracy = ProcessAccuracy(variable, *words(*rows))
    assert accuracy.left_out == 1 and accuracy.variable["nasalization"] == ("sino", "native")
    counts = accuracy.count(range(5), [(*form, END) for form in ("akma", "aŋma", "aŋma", "aŋma", "asma")])
    found = {key.removeprefix("nasalization"): count for key, count in counts.items() if "nasal" in key and count}
    # the word of the stratum without it is one in which it is not due, and applied
    assert found == {
        **{"/due": 3, "/applied": 2, "/failed": 1, "/not_due": 1, "/overapplied": 1},
        **{"/sino/due": 2, "/sino/applied": 1, "/sino/failed": 1, "/native/due": 1, "/native/applied": 1},
    }
    rates = accuracy.rates(counts)
    assert rates["nasalization"] == pytest.approx(200 / 3) and rates["nasalization_overapplied"] == 100
    assert rates["nasalization_in_sino"] == 50 and rates["nasalization_in_native"] == 100
    assert "apocope_in_sino" not in rates and "nasalization_in_foreign" not in rates


@pytest.mark.parametrize("reference", ["somni", "somi"])
@pytest.mark.parametrize(("choice", "applied"), [("n", 1), ("i", 0)])
def test_an_insertion_is_decided_at_one_step_of_either_variant(variable, reference, choice, applied):
    accuracy = ProcessAccuracy(variable, *words(f"s o m + i|{reference}|sino"))
    counts = accuracy.count([0], [(*reference[:3], choice, *reference[4:], END)])
    found = [counts[f"insertion/{key}"] for key in ("due", "applied", "failed")]
    assert found == [1, applied, 1 - applied]
    free = accuracy.count_free(["somni" if applied else "somi"])
    assert [free[f"insertion/{key}"] for key in ("due", "applied", "failed")] == found


def test_an_obligatory_process_is_asked_of_the_variant_that_is_there(variable):
    accuracy = ProcessAccuracy(variable, *words("a k m a s u|akmas|sino", "a k m a s u|aŋmas|sino"))
    counts = accuracy.count([0, 1], [(*"akmas", END), (*"aŋmas", "u")])
    assert (counts["apocope/due"], counts["apocope/applied"], counts["apocope/failed"]) == (2, 1, 1)
    assert (counts["nasalization/due"], counts["nasalization/applied"]) == (2, 1)


def test_a_word_without_reference_is_compared_with_the_nearest_variant(variable):
    accuracy = ProcessAccuracy(variable, [tuple("akma")], [None], ["sino"])
    assert accuracy.references == [tuple("aŋma")]
    assert accuracy.count_free(["akma"])["nasalization/failed"] == 1


def test_the_stratum_may_be_a_symbol_of_the_ur_and_must_be_known(variable):
    accuracy = ProcessAccuracy(variable, [(*"akma", "<native>")], [tuple("akma")])
    assert accuracy.count([0], [(*"akma", END)])["nasalization/native/failed"] == 1
    with pytest.raises(InputError, match="/a k m a/ has no stratum"):
        ProcessAccuracy(variable, [tuple("akma")], [tuple("akma")])


def test_rates_in_training_are_counted_in_the_training_words(variable):
    rows = [{"ur": "a k m a", "sr": sr, "stratum": s} for sr, s in [("a ŋ m a", "sino")] * 3 + [("a k m a", "sino")]]
    rows += [{"ur": "a k m a <native>", "sr": "a k m a"}, {"ur": "a p a", "sr": "x", "stratum": "sino"}]
    counts = ProcessCounts(variable, lambda dataset: rows[:1], lambda: rows)
    zeros = {f"process/{key}": 0 for key in counts.load("valid").keys}
    rates = counts.rates("valid", zeros)
    assert rates["nasalization_training"] == 60 and rates["nasalization_in_sino_training"] == 75
    assert rates["nasalization_in_native_training"] == 0 and rates["insertion_training"] != rates["insertion_training"]
    asked = []
    several = ProcessCounts(variable, lambda dataset: rows[:1], lambda: asked.append(1) or rows)
    assert [several.load(name).variable["nasalization"] for name in ("valid", "valid1")] and asked == [1]
    assert several.rates("valid1", zeros) == pytest.approx(rates, nan_ok=True)
    without = ProcessCounts(variable, lambda dataset: rows[:1])
    assert not [name for name in without.rates("valid", zeros) if name.endswith("_training")]


@pytest.mark.parametrize(
    ("hypothesis", "at", "first", "extra"),
    [
        pytest.param("aŋma", "aŋma", "aŋma.", "     ", id="equal"),
        pytest.param("akma", "akma", "akma.", "     ", id="replaced"),
        pytest.param("ama", "a ma", "amma.", " m   ", id="missing"),
        pytest.param("aŋmaka", "aŋma", "aŋmak", "    k", id="too many at the end"),
        pytest.param("saŋma", "aŋma", "sŋma.", "s    ", id="too many at the beginning"),
    ],
)
def test_a_free_hypothesis_is_aligned_with_the_reference(inventory, hypothesis, at, first, extra):
    found = Choices.of_free(tuple("aŋma"), tuple(hypothesis), inventory)
    assert "".join(s or " " for s in found.at[:-1]) == at and found.at[-1] == END
    shown = ["".join("." if s == END else s or " " for s in some) for some in (found.first, found.extra)]
    assert shown == [first, extra]


GAPS = {
    "inventory": {"segments": "p t k m n s a i u"},
    "process": [
        {"name": "apocope", "rules": "u -> ∅ / _ #"},
        {"name": "syncope", "rules": "i -> ∅ / s _ t"},
        {"name": "degemination", "rules": "p -> ∅ / p _"},
        {"name": "epenthesis", "rules": "∅ -> i / k _ k"},
    ],
}


@pytest.mark.parametrize(
    ("process", "ur", "sr", "hypothesis", "counts"),
    [
        ("apocope", "a s u", "a s", "a s", "applied"),
        ("apocope", "a s u", "a s", "a s u", "failed"),
        ("apocope", "a s u", "a s", "a s a", ""),
        ("apocope", "p u t a", "p u t a", "p t a", "overapplied"),
        ("apocope", "p u t a", "p u t a", "p u t a", ""),
        ("syncope", "a s i t a", "a s t a", "a s i t a", "failed"),
        ("syncope", "a s i t a", "a s t a", "a s t a", "applied"),
        ("degemination", "a p p a", "a p a", "a p p a", "failed"),
        ("degemination", "a p p a", "a p a", "a p a", "applied"),
        ("epenthesis", "a k k a", "a k i k a", "a k k a", "failed"),
        ("epenthesis", "a k k a", "a k i k a", "a k i k a", "applied"),
        ("epenthesis", "a k m a", "a k m a", "a k i m a", "overapplied"),
        ("epenthesis", "a k m a", "a k m a", "a k a m a", ""),
        ("epenthesis", "a k m a", "a k m a", "a k i a", ""),
    ],
)
def test_deletions_and_insertions_in_free_hypotheses(process, ur, sr, hypothesis, counts):
    accuracy = ProcessAccuracy(Grammar.from_table(GAPS), [tuple(ur.split())], [tuple(sr.split())])
    free = accuracy.count_free([tuple(hypothesis.split())])
    assert free == accuracy.count_word(0, tuple(hypothesis.split()))
    names = ("applied", "failed", "overapplied")
    assert " ".join(name for name in names if free[f"{process}/{name}"]) == counts


@pytest.fixture
def grammar_file(tmp_path) -> str:
    path = tmp_path / "toy.toml"
    text = '[inventory]\nsegments = "k m ŋ a"\n[[process]]\nname = "nasalization"\nrules = "k -> ŋ / _ m"\n'
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_each_data_set_is_worked_out_once(grammar_file):
    asked = []
    second = [{"ur": "a k a", "sr": "a k a"}, {"ur": "a k", "sr": "a m"}]
    rows = {"first": [{"ur": "a k m a", "sr": "a ŋ m a"}], "second": second}
    counts = ProcessCounts(grammar_file, lambda dataset: asked.append(dataset) or rows[dataset])
    assert [counts.load(name).left_out for name in ("first", "second", "first")] == [0, 1, 0]
    assert asked == ["first", "second"]


def test_a_grammar_of_another_corpus_shows_a_word_as_the_user_wrote_it(grammar_file):
    counts = ProcessCounts(grammar_file, lambda dataset: [{"ur": "p a", "sr": "b a"}])
    with pytest.raises(InputError, match=r"not \[b a\] from /p a/"):
        counts.load("valid")


def rated(korean):
    """A grammar whose strata count with optional processes alone, and a process with a rate that has none."""
    name = "obstruent-nasalization"
    processes = [dataclasses.replace(p, rate=0.6) if p.name == name else p for p in korean.processes]
    return name, dataclasses.replace(korean, processes=tuple(processes))


def test_strata_that_do_not_count_are_not_counted(korean):
    name, grammar = rated(korean)
    accuracy = ProcessAccuracy(grammar, [tuple("akma"), (*"akma", "<sino>")], [tuple("aŋma"), tuple("akma")])
    assert accuracy.left_out == 0 and accuracy.variable == {name: ()}
    rates = accuracy.rates(accuracy.count([0, 1], [(*"aŋma", END)] * 2))
    assert rates[name] == 100 and not [metric for metric in rates if "_in_" in metric]


def test_words_whose_stratum_is_not_known_are_left_out_and_named(variable, caplog):
    rows = [{"ur": "a k m a", "sr": "a ŋ m a", "stratum": s} for s in ("sino", "")]
    rows += [{"ur": "a k m a <sino> <PST>", "sr": "a ŋ m a"}]
    rows += [{"ur": "a k m a <sino> a", "sr": "a ŋ m a"}]
    counts = ProcessCounts(variable, lambda dataset: rows)
    with caplog.at_level("INFO"):
        accuracy = counts.load("valid")
    assert accuracy.left_out == 3 and "; /a k m a/ has no stratum, and the grammar has: sino" in caplog.text
    processes = tuple(dataclasses.replace(one, optional=True) for one in variable.processes)
    optional = dataclasses.replace(variable, processes=processes)
    forms = [tuple("akma"), tuple("apa")]
    assert ProcessAccuracy(optional, [(*"akma", "<sino>", "<PST>"), forms[1]], forms).left_out == 1
