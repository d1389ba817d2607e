"""Two SRs of each word: with the process applied, and with it blocked."""

import pytest

from fairseq_phonology.corpus.candidates import Candidate
from fairseq_phonology.errors import InputError
from fairseq_phonology.phonology.grammar import Grammar
from fairseq_phonology.stimuli.alternatives import alternatives

TABLE = {
    "language": "toy",
    "inventory": {"segments": "p t k m n ŋ a i u"},
    "process": [
        {"name": "lowering", "rules": "i -> a / _ #"},
        {"name": "nasalization", "rules": "k -> ŋ / _ [+nas]"},
        {"name": "rounding", "rules": "a -> u / _ p", "optional": True},
    ],
}
STRATA = {
    **TABLE,
    "strata": {"sino": {"weight": 1}, "native": {"weight": 1}},
    "process": [*TABLE["process"][:1], {**TABLE["process"][1], "strata": ["sino"]}],
}


def words(*urs, **columns):
    return [Candidate(ur, tuple(ur.split()), (), columns=columns, line=n) for n, ur in enumerate(urs, 2)]


def test_all_other_processes_apply_in_both():
    made = alternatives(Grammar.from_table(TABLE), "nasalization", words("a k m i", "p a t", n="1"))
    assert [(one.item, " ".join(one.sr), one.variant, one.source) for one in made.candidates] == [
        ("a k m i", "a ŋ m a", "applied", "applied"),
        ("a k m i", "a k m a", "blocked", "blocked"),
    ]
    assert made.candidates[0].columns == {"process": "nasalization", "n": "1"}
    assert (made.alike, made.neither) == (("p a t",), ())


def test_an_optional_process_applies_where_it_is_asked_about_and_tags_are_no_segments():
    made = alternatives(Grammar.from_table(TABLE), "rounding", words("k a p <PST>"))
    assert [(one.ur[-1], " ".join(one.sr)) for one in made.candidates] == [("<PST>", "k u p"), ("<PST>", "k a p")]


def test_an_sr_of_the_list_that_is_neither_is_named():
    first, second = words("a k m", "u k n")
    listed = [Candidate(first.item, first.ur, sr) for sr in (("a", "ŋ", "m"), ("a", "k", "m"))]
    made = alternatives(Grammar.from_table(TABLE), "nasalization", [*listed, Candidate("u", second.ur, ("u", "n"))])
    assert made.neither == ("u",)
    assert len(made.candidates) == 4  # the second row of an item is not derived again


def test_a_process_of_one_stratum_by_column_or_symbol():
    grammar = Grammar.from_table(STRATA)
    sino, native = words("a k m", stratum="sino") + words("u k m", stratum="native")
    made = alternatives(grammar, "nasalization", [sino, native, *words("i k n a <sino>")])
    assert [(one.item, one.columns["stratum"]) for one in made.candidates[::2]] == [
        ("a k m", "sino"),
        ("i k n a <sino>", "sino"),
    ]
    assert made.candidates[2].sr == tuple("iŋna")
    assert made.alike == ("u k m",)
    with pytest.raises(InputError, match=r"list\.tsv, line 2: /a k m/ has no stratum"):
        alternatives(grammar, "nasalization", words("a k m"), path="list.tsv")


def test_refused():
    grammar = Grammar.from_table(TABLE)
    with pytest.raises(InputError, match=r"list\.tsv, line 3: /a q/ has segments that the inventory lacks: q"):
        alternatives(grammar, "nasalization", words("a k m", "a q"), path="list.tsv")
    with pytest.raises(InputError, match="the grammar has no process 'nasal'"):
        alternatives(grammar, "nasal", words("a k m"))


def test_strata_on_which_an_optional_process_depends_count_when_it_is_asked_about():
    optional = {**TABLE["process"][1], "strata": ["sino"], "optional": True}
    grammar = Grammar.from_table({**STRATA, "process": [*TABLE["process"][:1], optional]})
    sino, native = words("a k m", stratum="sino") + words("u k m", stratum="native")
    made = alternatives(grammar, "nasalization", [sino, native])
    assert [one.item for one in made.candidates] == ["a k m", "a k m"] and made.alike == ("u k m",)
    assert len(alternatives(grammar, "lowering", words("a k i")).candidates) == 2
