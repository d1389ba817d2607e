"""The rule that keeps the cells of a design clean."""

import pytest

from fairseq_phonology.phonology.grammar import Grammar
from fairseq_phonology.stimuli.interference import feeding_of, interference

NASALIZATION = "obstruent-nasalization"


@pytest.mark.parametrize(
    ("ur", "target", "trigger", "cell", "says"),
    [
        ("h a k m u n", 2, 3, "TR", None),
        ("h a k + pʰ u n", 2, 4, "TN", None),
        ("h a k t u n", 2, 3, "TN", "tensification changes /t/ to [t͈]"),
        ("h a ŋ l u n", 2, 3, "CN", "liquid-nasalization changes /l/ to [n]"),
        ("m a n h n u n", 3, 4, "CR", "h-deletion deletes /h/"),
        ("h a k pʰ u n", 2, 3, "TR", "obstruent-nasalization does not apply to /k/ beside /pʰ/"),
        ("h a k m u n", 2, 3, "TN", "obstruent-nasalization changes /k/ to [ŋ]"),
        ("h a k s + m u n", 2, 5, "TR", "simplification deletes /s/"),
        ("h a k m u p t a", 2, 3, "TR", None),  # what happens elsewhere is another matter
    ],
)
def test_cleanliness(korean, ur, target, trigger, cell, says):
    assert interference(korean, NASALIZATION, ur.split(), target, trigger, cell) == says


def test_an_insertion_in_between_is_no_clean_word():
    table = {
        "inventory": {"segments": "p k m a i"},
        "process": [{"name": "x", "rules": "p -> m / _ m"}, {"name": "y", "rules": "∅ -> i / p _ k"}],
    }
    grammar = Grammar.from_table(table)
    assert interference(grammar, "x", "a p k a".split(), 1, 2, "TN") == "y inserts [i]"
    assert interference(grammar, "x", "a p m a p k a".split(), 1, 2, "TR") is None


def test_what_feeds_a_site_has_to_happen_in_the_control_too(korean):
    word = "k ʌ t͡ɕ i s m a l".split()
    assert interference(korean, NASALIZATION, word, 4, 5, "TR") == "neutralization changes /s/ to [t]"
    feeding = feeding_of(korean.derive(word), NASALIZATION, 4)
    assert [str(touch) for touch in feeding] == ["neutralization changes /s/ to [t]"]
    assert interference(korean, NASALIZATION, word, 4, 5, "TR", feeding=feeding) is None
    control = "k ʌ t͡ɕ i s pʰ a l".split()
    assert interference(korean, NASALIZATION, control, 4, 5, "TN", feeding=feeding) is None
    vowel = "k ʌ t͡ɕ i s a m a l".split()
    says = interference(korean, NASALIZATION, vowel, 4, 5, "TN", feeding=feeding)
    assert says == "neutralization does not change /s/, but does in the word itself"
