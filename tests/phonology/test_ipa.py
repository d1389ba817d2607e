"""Look-alikes by code point, what is mended and what is only named, and hints that work when they are followed."""

import re

import pytest

from fairseq_phonology.phonology.ipa import findings, hint, meant, normalize_ipa, undecided
from fairseq_phonology.phonology.natural_classes import Inventory, panphon_features


@pytest.mark.parametrize(
    ("text", "mended"),
    [
        pytest.param("ga:", "ɡaː", id="ASCII g and colon"),
        pytest.param("\u01ddt", "ət", id="turned e (U+01DD) for schwa (U+0259)"),
        pytest.param("\u03b5\u03b3\u03c6\u03b1", "ɛɣɸɑ", id="Greek letters that IPA has as Latin ones"),
        pytest.param("βθχ", "βθχ", id="Greek letters that IPA takes as they are"),
        pytest.param("\ua7b5\uab53", "βχ", id="Latin beta and chi, which the chart does not use"),
        pytest.param("\u043a\u0430\u0441\u04d9", "кacə", id="Cyrillic а с ә; к does not look like a Latin letter"),
        pytest.param("ʤaʦ", "d͡ʒat͡s", id="ligatures"),
        pytest.param("k\u200ba\u00adl\u200d\u200e\ufeff\u2060\u034f\ufe0f", "kal", id="invisible characters"),
        pytest.param("ḏ", "d\u0320", id="macron below, composed, for the mark of a retracted letter"),
        pytest.param("\u1e0fa\u0301", "d\u0320á", id="normal form C otherwise"),
    ],
)
def test_mended(text, mended):
    assert normalize_ipa(text) == mended
    assert normalize_ipa(mended) == mended


@pytest.mark.parametrize("character", "'’!|~,·ıλ∅Ø1-ß")
def test_what_may_stand_for_two_things_is_named_and_stays(character):
    (finding,) = findings(f"a{character}a")
    assert (finding.kind, finding.replacement) == ("ambiguous", None)
    assert finding.advice
    assert normalize_ipa(f"a{character}a") == f"a{character}a"
    assert finding.advice in hint(character)


def test_every_occurrence_has_a_finding_with_its_kind():
    assert [(f.character, f.kind) for f in findings("/ˈga.(t)a/[g]‖")] == [
        *[("/", "slash"), ("ˈ", "stress"), ("g", "look-alike"), (".", "syllable dot"), ("(", "parenthesis")],
        *[(")", "parenthesis"), ("/", "slash"), ("[", "bracket"), ("g", "look-alike"), ("]", "bracket")],
        ("‖", "boundary"),
    ]
    assert findings("t͡ɕʰaːk͈i˥˩ã ɚ ɫ") == []


@pytest.mark.parametrize(("text", "marks"), [("aʰpa", "ʰ"), ("eːˀta", "ˀ"), ("tʰa", ""), ("ʰpa", ""), ("aⁿda", "")])
def test_a_mark_between_a_vowel_and_a_stop_is_undecided(text, marks):
    assert "".join(f.character for f in undecided(text)) == marks
    assert not findings(text) and normalize_ipa(text) == text


@pytest.mark.parametrize(("text", "marks"), [("eⁿ.da", "ⁿ"), ("aⁿˈda", "ⁿ"), ("tⁿ.da", ""), ("aⁿ.la", ""), ("aⁿ", "")])
def test_a_superscript_nasal_before_a_boundary_is_named(text, marks):
    assert "".join(f.character for f in undecided(text)) == marks
    assert all("as in a.ⁿda" in f.advice for f in undecided(text))


def test_an_invisible_character_is_named_by_its_name():
    (finding,) = findings("k\u200ba")
    assert (finding.kind, finding.name, finding.replacement) == ("invisible", "U+200B ZERO WIDTH SPACE", "")


@pytest.mark.parametrize(
    ("symbol", "said"),
    [
        pytest.param("g", "did you mean ɡ (U+0261)?", id="ASCII g"),
        pytest.param("gʷ", "did you mean ɡʷ (U+0261)?", id="ASCII g with a mark"),
        pytest.param("ts", "did you mean t͡s, with a tie bar (U+0361)?", id="no tie bar"),
        pytest.param("t͜s", "did you mean t͡s (U+0361)?", id="tie bar below"),
        pytest.param("ʤ", "did you mean d͡ʒ (U+0361, U+0292)?", id="ligature"),
        pytest.param("š", "did you mean ʃ (U+0283)?", id="Americanist"),
        pytest.param("á", '"á" = "a [+hitone]"', id="high tone"),
        pytest.param("á", '"a" = "a [-hitone]"', id="its counterpart"),
        pytest.param("à", '"à" = "a [-hitone]"', id="low tone"),
        pytest.param("ǎ", "write the tone as a segment", id="contour tone"),
        pytest.param("ⁿd", '"ⁿd" = "d [+nas]"', id="prenasalized"),
        pytest.param("ŋ͡ǃ", '"ŋ͡ǃ" = "ǃ [+nas]"', id="click with accompaniment"),
        pytest.param("ɴ͡ǃ", '"ɴ͡ǃ" = "ǃ [+nas]"', id="click with another nasal"),
        pytest.param("ɡ͡ǃ", '"ɡ͡ǃ" = "ǃ [+voi]"', id="voiced click"),
        pytest.param("k͡sʰ", "", id="no click"),
        pytest.param("ʔs", "did you mean ʔ͡s, with a tie bar", id="a letter without case"),
        pytest.param("k͈", '"k͈" = "k [+cg]"', id="tense"),
        pytest.param("X̚", "", id="a mark on no letter of IPA"),
        pytest.param("ɋ̚", '"ɋ̚" = "ɋ"', id="a mark that says nothing of features"),
        pytest.param("a\u200b", "U+200B ZERO WIDTH SPACE", id="invisible"),
        pytest.param("au̯", "it has two letters: list a and u̯", id="diphthong"),
        pytest.param("aa", "did you mean aː (U+02D0), or two segments a a?", id="long"),
        pytest.param("kh", "did you mean kʰ, or two segments k h?", id="aspirated"),
        pytest.param("t̪s̪", "did you mean t̪͡s̪, with a tie bar", id="affricate with marks"),
        pytest.param("t‿s", "did you mean t͡s (U+0361)?", id="a tie of another kind"),
        pytest.param("mb", "list m and b, or describe it under [inventory.features]; a prenasalized", id="m b"),
        pytest.param("X", "", id="nothing is known of it"),
    ],
)
def test_hints(symbol, said):
    assert said in hint(symbol)
    assert said or not hint(symbol)


@pytest.mark.parametrize("symbol", [*"g t: ts t͜s t͡s kp ʤ ʧʼ ǝ ɚ ɝ š ñ ć ᵑg".split(), "\u03b5", "\u0430"])
def test_what_a_hint_proposes_panphon_knows_or_has_a_further_hint(symbol):
    proposed = re.match(r"did you mean ([^ ,?]+)", hint(symbol))
    if proposed:
        assert panphon_features(proposed[1]) or hint(proposed[1])
    else:
        assert panphon_features(symbol)


@pytest.mark.parametrize("symbol", "á à ã́ ⁿd ᵐb ᵑɡ ŋ͡ǃ ᵑǃ ʰp p͈ʰ t̚ d̥ s̬ aˑ ⁿt͡s".split())
def test_what_a_hint_describes_can_be_pasted(symbol):
    said = hint(symbol)
    described = dict(re.findall(r'"([^"]+)" = "([^"]+)"', said))
    if symbol == "ⁿt͡s":
        assert not described
    else:
        assert Inventory([symbol], {symbol: described[symbol]}).features(symbol)


@pytest.mark.parametrize(
    ("symbol", "message"),
    [
        ("g", "did you mean ɡ (U+0261)?"),
        ("ts", "did you mean t͡s (U+0361)?"),
        ("kɡ", "write k ɡ?"),
        ("a:", "did you mean aː (U+02D0)?"),
        ("x", ""),
        ("ʤ", "did you mean d͡ʒ (U+0361, U+0292)?"),
    ],
)
def test_what_was_meant_by_a_symbol_that_an_inventory_lacks(symbol, message):
    assert meant(symbol, ["k", "ɡ", "t", "s", "t͡s", "a", "aː"]) == message


def test_symbols_without_blanks_are_divided_into_the_longest():
    assert meant("tʰa", ["t", "tʰ", "ʰ", "a"]) == "write tʰ a?"
