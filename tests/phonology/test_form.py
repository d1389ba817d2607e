"""Syllables in a form, by hand, and rules that ask for their boundaries."""

from dataclasses import replace

import pytest

from fairseq_phonology.errors import InputError
from fairseq_phonology.phonology.form import Form, syllables
from fairseq_phonology.phonology.grammar import Grammar
from fairseq_phonology.phonology.process import Process

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
    found = syllables(grammar.syllables, grammar.inventory, segments)
    return ".".join("".join(segments[n] for n in syllable) for syllable in found)


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


@pytest.mark.parametrize(
    ("rule", "form", "expected"),
    [
        pytest.param("t -> ∅ / _ $", "æ t l ə t", "æ l ə", id="in a coda, the word's end included"),
        pytest.param("t -> ∅ / _ .", "æ t l ə t", "æ l ə", id="the dot of transcriptions"),
        pytest.param("t -> k / $ _", "t æ s t r ə t ə", "k æ s t r ə k ə", id="at the beginning of an onset"),
        pytest.param("∅ -> t / $ _ V", "æ l ə ʌ", "t æ l ə t ʌ", id="insertion"),
        pytest.param("æ -> ə / _ $", "æ t ə p æ t l æ", "ə t ə p æ t l ə", id="open syllables"),
        pytest.param("æ -> ə / _ C₁ $", "æ t ə p æ t l æ n t", "æ t ə p ə t l ə n t", id="closed syllables"),
        pytest.param("s -> k / _ {$, t}", "æ s t r ə s m ə", "æ k t r ə k m ə", id="among alternatives"),
        pytest.param(["ə -> ∅ / _ #", "t -> k / _ $"], "p æ t ə", "p æ k", id="syllables are made anew"),
        pytest.param("t -> k / _ $", "æ t + l ə", "æ k l ə", id="a morpheme edge is not seen"),
    ],
)
def test_a_rule_can_ask_for_the_boundary_of_a_syllable(rule, form, expected):
    process = Process.parse(rule)
    assert " ".join(process.apply(form.split(), ENGLISH.inventory, ENGLISH.syllables)) == expected


def test_what_has_come_to_the_boundary_is_derived():
    table = {"name": "apocope", "rules": "ə -> ∅ / _ #"}, {"name": "coda", "rules": "t -> k / _ $"}
    grammar = replace(ENGLISH, processes=tuple(Process.parse(**one) for one in table))
    (site,) = grammar.derive("p æ t ə".split()).sites("coda")
    assert (site.target, site.trigger, site.fed_by) == (2, None, ("apocope",))


def test_of_a_form_with_nothing_hidden_nothing_is_revealed():
    form = Form.underlying(("a", "+", "t"))
    assert form.hiding(frozenset("ˈ")).revealed() == form


def test_in_turn_each_change_is_syllabified_at_once():
    # the last ə makes an onset of t; simultaneously, both t are codas
    rule, form = "ə -> ∅ / t _ $", "p æ t ə t ə".split()
    found = {}
    for manner in ("simultaneous", "right-to-left"):
        process = Process.parse(["t -> k / _ $", rule], manner=manner)
        found[manner] = "".join(process.apply(form, ENGLISH.inventory, ENGLISH.syllables))
    assert found == {"simultaneous": "pætt", "right-to-left": "pætət"}


def test_without_onsets_the_boundary_is_refused_when_the_grammar_is_read():
    table = {"inventory": {"segments": "t a"}, "process": [{"name": "coda", "rules": "t -> ∅ / _ $"}]}
    with pytest.raises(InputError, match=r"process 'coda': a rule asks for the boundary of a syllable .* onsets = "):
        Grammar.from_table(table)
