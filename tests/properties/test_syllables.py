"""Syllables: maximal onsets, by trying every way to divide what stands between two vowels."""

from hypothesis import given

from fairseq_phonology.phonology import form as forms
from fairseq_phonology.phonology.grammar import Grammar
from tests.properties import examples, rules


def _shapes():
    return Grammar.from_table({"inventory": {"segments": rules.SEGMENTS}, "syllable": rules.SYLLABLES}).syllables


SHAPES = _shapes()


@examples(4)
@given(rules.words)
def test_onsets_are_as_long_as_can_be(word):
    assert forms.breaks(word, rules.INVENTORY, SHAPES) == rules.breaks(word)


@examples(2)
@given(rules.with_edges)
def test_every_segment_belongs_to_one_syllable(word):
    found = forms.syllables(SHAPES, rules.INVENTORY, word)
    assert [at for syllable in found for at in syllable] == [n for n, s in enumerate(word) if s != "+"]
    vowels = [sum(word[at] in rules.VOWELS for at in syllable) for syllable in found]
    assert all(n == 1 for n in vowels) or len(found) == 1
