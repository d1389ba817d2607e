"""Designs of variable processes and of strata: what is gold, what is left out, and what is refused."""

from dataclasses import replace

import pytest

from fairseq_phonology.analysis.events.outcome import Outcomes
from fairseq_phonology.analysis.interventions.plans import Planner
from fairseq_phonology.corpus.pairs import Word
from fairseq_phonology.errors import InputError
from fairseq_phonology.phonology.grammar import Grammar, knowing_words
from fairseq_phonology.stimuli.crossed import crossed
from fairseq_phonology.stimuli.interference import gold_of_variable
from fairseq_phonology.stimuli.items import read_stimuli, with_symbol, write_stimuli
from fairseq_phonology.stimuli.real_words import from_words

TABLE = {
    "inventory": {"segments": "p t k b d ɡ m n ŋ s a i u"},
    "syllable": {
        "onsets": ["p", "t", "k", "b", "d", "ɡ", "m", "n", "s"],
        "nuclei": ["a", "i", "u"],
        "codas": ["", "p", "t", "k", "m", "n", "ŋ"],
    },
    "strata": {"native": 1, "sino": {"weight": 1, "codas": ["p", "t", "k", "m", "n", "ŋ"]}},
    "process": [
        {
            "name": "nasalization",
            "rules": "{p, t, k} -> {m, n, ŋ} / _ {m, n}",
            "rate": {"sino": 0.9, "native": 0.3},
        },
        {"name": "voicing", "rules": "s -> d / ŋ _", "rate": {"sino": 0.5, "native": 1}},
        {"name": "final", "rules": "k -> ∅ / _ #", "strata": ["native"]},
    ],
    "controls": {"nasalization": {"target": ["m", "ŋ"], "trigger": ["b", "d"]}},
}


@pytest.fixture(scope="module")
def grammar():
    return Grammar.from_table(TABLE)


@pytest.fixture(scope="module")
def sino(grammar):
    return grammar.in_stratum("sino")


@pytest.fixture(scope="module")
def design(sino):
    return crossed(sino, "nasalization", stems=6, suffixes=4, seed=1, fillers=4)


def test_the_gold_sr_of_a_variable_process_has_it_applied(sino, design):
    for item in design.items:
        derivation = sino.derive(item.ur)
        assert item.sr == derivation.surface
        assert set(derivation.met) == ({"nasalization"} if item.cell == "TR" else set())
        assert not sino.derive(item.ur, without=["nasalization"]).processes


def test_what_is_gold_is_said(grammar, sino, korean):
    assert gold_of_variable(korean, "obstruent-nasalization") == ""
    is_gold = "the gold SRs have it applied"
    assert gold_of_variable(sino, "nasalization") == f"nasalization is variable (rate 90.00 % in sino): {is_gold}"
    both = "rate 30.00 % in native and 90.00 % in sino"
    assert gold_of_variable(grammar, "nasalization") == f"nasalization is variable ({both}): {is_gold}"


def test_a_design_is_of_one_stratum(grammar):
    with pytest.raises(InputError, match="a design is of words of one; allowed for --stratum: native, sino"):
        crossed(grammar, "nasalization", stems=4, suffixes=4)
    with pytest.raises(InputError, match="process 'final' does not apply in the stratum 'sino'; it does in native"):
        crossed(grammar.in_stratum("sino"), "final", stems=4, suffixes=4)


def test_lists_are_read_with_their_strata(tmp_path, grammar, design):
    path, tagged, bare = tmp_path / "list.tsv", tmp_path / "tagged.tsv", tmp_path / "bare.tsv"
    items = [replace(item, more={"stratum": "sino"}) for item in design.items]
    write_stimuli(path, items)
    notes = []
    assert [replace(i, line=0) for i in read_stimuli(path, grammar, "nasalization", notes=notes)] == items
    assert notes == [f"{path}: no word is of the stratum native"]
    write_stimuli(tagged, [with_symbol(item, "<sino>") for item in items])
    again = read_stimuli(tagged, grammar, "nasalization")
    assert [item.sr for item in again] == [item.sr for item in items] and again[0].ur == (*items[0].ur, "<sino>")
    write_stimuli(bare, design.items)
    with pytest.raises(InputError, match=r"bare.tsv, line 2: the list has no column stratum, and processes depend on"):
        read_stimuli(bare, grammar, "nasalization")


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("t a k m a\tt a ŋ m a\tloan", "line 2: unknown stratum 'loan'; the grammar has: native, sino"),
        ("t a k m a\tt a k m a\tsino", "the gold SR of a list has nasalization applied, wherever met"),
        ("t a ŋ s a k m a\tt a ŋ d a ŋ m a\tsino", "has more than one gold SR: the variable process voicing is met"),
        ("t a k m a\tt a ŋ m a\tsino\nt a k m a\tt a ŋ m a\tnative", "line 3: /t a k m a/ is native here and sino on"),
    ],
)
def test_lists_that_are_refused(tmp_path, grammar, row, message):
    path = tmp_path / "own.tsv"
    path.write_text(f"ur\tsr\tstratum\n{row}\n", encoding="utf-8")
    with pytest.raises(InputError) as refused:
        read_stimuli(path, grammar, "nasalization")
    assert message in str(refused.value)


def test_a_list_of_several_strata_is_derived_word_by_word(tmp_path, grammar):
    path = tmp_path / "own.tsv"
    path.write_text("ur\tstratum\nt a ŋ s a k m a k\tnative\nt a k m a k\tsino\n", encoding="utf-8")
    items = read_stimuli(path, grammar, "nasalization")
    assert ["".join(item.sr) for item in items] == ["taŋdaŋma", "taŋmak"]
    outcomes = Outcomes(knowing_words(grammar, items), "nasalization")
    assert [outcomes.derive(item.ur, item.id).surface for item in items] == [item.sr for item in items]


def test_real_words_of_one_stratum(grammar):
    texts = ["t a k m a n", "t i p m u n", "k u t n a n", "b a k n i n", "s i t m a n", "n a ŋ s a k m a n"]
    words = [Word(tuple(t.split()), None, t, "", "list.tsv", n, more={"stratum": "sino"}) for n, t in enumerate(texts)]
    other = Word(("t", "a", "p", "m", "a"), None, "t a p m a", "", "list.tsv", 9, more={"stratum": "native"})
    design = from_words(grammar.in_stratum("sino"), "nasalization", [*words, other])
    assert sum(item.cell == "TR" for item in design.items) == 5
    assert design.excluded == (
        ("t a p m a", "is of the stratum native"),
        (texts[-1], "the variable process voicing is met"),
    )
    assert {item.more["stratum"] for item in design.items} == {"sino"}
    with pytest.raises(InputError, match=r"of the strata sino \(6\) and native \(1\), and a design is of one; give"):
        from_words(grammar, "nasalization", [*words, other])


def test_minimal_pairs_keep_the_symbol_of_the_stratum_at_the_end(tmp_path):
    table = {
        "inventory": {"segments": "p b s a"},
        "strata": {"one": 1},
        "process": [{"name": "devoicing", "rules": "b -> p / _ #"}],
        "controls": {"devoicing": {"target": ["s"], "trigger": ["a"]}},
    }
    grammar = Grammar.from_table(table)
    path = tmp_path / "own.tsv"
    path.write_text("ur\na b <one>\n", encoding="utf-8")
    (item,) = read_stimuli(path, grammar, "devoicing")
    assert item.at_edge and item.trigger_index == 3
    plan = Planner(grammar, "devoicing", (), {*"pbsa", "<one>"}, set("pbsa")).plan(item)
    assert plan.counterpart == ("a", "b", "a", "<one>") and plan.counterpart_index == 2
