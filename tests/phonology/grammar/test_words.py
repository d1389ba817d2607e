"""Strata of the words of a list: by column or symbol, or refused with the line."""

from dataclasses import dataclass, field

import pytest

from fairseq_phonology.errors import InputError
from fairseq_phonology.phonology.grammar import Grammar, knowing_words, strata_of_words


@dataclass
class Row:
    ur: tuple[str, ...]
    stratum: str | None = None
    line: int = 2
    more: dict[str, str] = field(init=False)

    def __post_init__(self):
        self.more = {} if self.stratum is None else {"stratum": self.stratum}


@pytest.fixture(scope="module")
def grammar():
    return Grammar.from_table(
        {
            "inventory": {"segments": "t d l a"},
            "strata": {"native": 1, "sino": 2},
            "process": [{"name": "voicing", "rules": "t -> d / l _", "strata": ["sino"]}],
        }
    )


def test_words_of_several_strata_are_known_one_by_one(grammar):
    rows = [Row(("l", "t"), "sino"), Row(("l", "t", "a"), " native "), Row(("a", "<native>"))]
    assert strata_of_words(grammar, rows) == ["sino", "native", "native"]
    knowing = knowing_words(grammar, rows)
    assert knowing.derive(("l", "t")).surface == ("l", "d") and knowing.derive(("l", "t", "a")).surface == (
        "l",
        "t",
        "a",
    )
    with pytest.raises(InputError, match="has no stratum"):
        knowing.derive(("t", "a"))


def test_a_word_with_a_symbol_tells_nothing_of_one_without(grammar):
    knowing = knowing_words(grammar, [Row(("l", "t"), "native"), Row(("l", "t", "<sino>"))])
    assert knowing.derive(("l", "t")).surface == ("l", "t")
    assert knowing.derive(("l", "t", "<sino>")).surface == ("l", "d")


def test_words_of_one_stratum_make_a_grammar_of_that_stratum_and_the_others_are_named(grammar):
    notes = []
    knowing = knowing_words(grammar, [Row(("a",), "sino")], "list.tsv", notes)
    assert knowing.stratum == "sino" and notes == ["list.tsv: no word is of the stratum native"]
    assert knowing.derive(("l", "t", "a")).surface == ("l", "d", "a")


def test_a_grammar_without_strata_stays_as_it_is():
    plain = Grammar.from_table({"inventory": {"segments": "t a"}})
    assert knowing_words(plain, [Row(("t",), "whatever")]) is plain


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([Row(("a",), "loan", 7)], "list.tsv, line 7: unknown stratum 'loan'; the grammar has: native, sino"),
        (
            [Row(("a",), "", 7)],
            "line 7: the stratum is empty, and processes depend on it; allowed there: native, sino (or",
        ),
        ([Row(("a",))], "list.tsv, line 2: the list has no column stratum, and processes depend on it"),
        ([Row(("a", "<sino>"), "native")], "line 2: native and sino: one in the column, one at the end of the UR"),
        (
            [Row(("a",), "sino", 3), Row(("a",), "native", 9)],
            "line 9: /a/ is native here and sino on line 3; tell them apart by symbols at the end, such as <native>",
        ),
        ([Row(("a", "+", "t"), "sino", 3), Row(("a", "t"), "native", 9)], "line 9: /a t/ is native here and sino on"),
    ],
)
def test_refused_with_the_line(grammar, rows, message):
    with pytest.raises(InputError) as refused:
        knowing_words(grammar, rows, "list.tsv")
    assert message in str(refused.value)


def test_a_word_that_says_no_stratum_is_of_the_one_asked_about(grammar):
    assert strata_of_words(grammar.in_stratum("sino"), [Row(("a",)), Row(("l",), "native")]) == ["sino", "native"]


def test_a_word_of_another_stratum_than_the_one_asked_about(grammar):
    with pytest.raises(InputError, match="the stratum is native; allowed: sino"):
        knowing_words(grammar.in_stratum("sino"), [Row(("a",), "native")])
