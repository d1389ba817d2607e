"""Classes, places and the rule that keeps the cells of a design clean."""

import pytest

from fairseq_phonology.errors import InputError
from fairseq_phonology.phonology.grammar import Grammar
from fairseq_phonology.stimuli.classes import classes_of, find_place
from fairseq_phonology.stimuli.interference import feeding_of, interference

NASALIZATION = "obstruent-nasalization"


def toy(rule, segments="p t k b d ɡ s m n l a i", **more):
    return Grammar.from_table({"inventory": {"segments": segments}, "process": [{"name": "x", "rules": rule} | more]})


def classes(grammar, process="x"):
    found = classes_of(grammar, process)
    return [" ".join(c) for c in (found.target, found.control_target, found.trigger, found.control_trigger)]


def test_korean_nasalization(korean):
    # /ŋ/ would trigger, too, and starts no syllable
    expected = ["p t k", "m ŋ", "m n", "pʰ tʰ kʰ t͡ɕʰ p͈ t͈ k͈ t͡ɕ͈ s͈"]
    assert classes(korean, NASALIZATION) == expected
    found = classes_of(korean, NASALIZATION)
    assert found.regressive and found.between is None
    assert found.target_class("k") == "T" and found.target_class("ŋ") == "C" and found.target_class("a") == ""
    assert found.trigger_class("m") == "R" and found.trigger_class("s͈") == "N" and found.trigger_class("a") == ""


def test_default_controls_are_of_the_same_major_class_outside_the_rule():
    expected = ["p t k", "b d ɡ s m n l", "m n", "p t k b d ɡ s l"]
    assert classes(toy("{p, t, k} -> {b, d, ɡ} / _ [+nas]")) == expected


def test_default_controls_stand_where_syllables_put_them(korean):
    # a tense stop ends no syllable, save /k͈/; the trigger of tensification stands there
    assert "p͈" not in classes(korean, "tensification")[2].split()
    assert not classes_of(korean, "tensification").regressive


def test_in_agreement_targets_with_the_same_triggers_are_taken():
    # voiceless before voiced, and voiced before voiceless: four and three targets, three and four triggers
    found = classes(toy("[-son] -> [αvoi] / _ [-son, αvoi]", "p t k b d ɡ m a"))
    assert found == ["p t k", "m", "b d ɡ", "p t k m"]


def test_long_distance(turkish):
    found = classes_of(turkish, "harmony")
    assert classes(turkish, "harmony") == ["e", "a ɯ i o ø u y", "a ɯ o u", "e i ø y"]
    assert found.side == "left" and found.between == frozenset("ptkmnls")


def test_insertion_has_no_target():
    assert classes(toy("∅ -> i / p _ k")) == ["", "", "k", "p t b d ɡ s m n l"]


@pytest.mark.parametrize(
    ("grammar", "message"),
    [
        pytest.param(toy("a -> ∅ / _ #"), "has no trigger segment: a word edge alone", id="word edge"),
        pytest.param(toy("p -> b / _ [-syl]"), r"no control for the trigger .*name some under \[controls.x\]", id="N"),
        pytest.param(toy("p -> b / _ m", optional=True), "'x' is optional; ask for it with --with x", id="optional"),
    ],
)
def test_what_has_no_classes_is_refused(grammar, message):
    with pytest.raises(InputError, match=message):
        classes_of(grammar, "x")


def test_controls_that_are_none_are_refused():
    table = {
        "inventory": {"segments": "p b m a"},
        "process": [{"name": "x", "rules": "p -> b / _ m"}],
        "controls": {"x": {"target": "p"}},
    }
    with pytest.raises(InputError, match=r"\[controls.x\] target: 'p' undergoes the process"):
        classes_of(Grammar.from_table(table), "x")


@pytest.mark.parametrize(
    ("grammar", "process", "ur", "place"),
    [
        ("korean", NASALIZATION, "h a k m u n", (2, 3)),
        ("korean", NASALIZATION, "h a k + pʰ u n", (2, 4)),
        ("korean", NASALIZATION, "k ʌ t͡ɕ i s m a l", (4, 5)),  # no /t/ before neutralization
        ("turkish", "harmony", "k o l t e", (4, 1)),
        ("turkish", "harmony", "t i k i l + l e", (7, 3)),  # i beside i is a place, too, but no edge divides it
        ("sibilants", "sibilant-harmony", "s a p i n u", (0, 2)),
        ("sibilants", "sibilant-harmony", "a s i a ʃ u", (1, 4)),
    ],
)
def test_places(request, grammar, process, ur, place):
    one = request.getfixturevalue(grammar)
    if grammar == "sibilants" and place == (0, 2):
        # two more pairs of control consonants
        with pytest.raises(InputError, match=r"2 places for sibilant-harmony \(s at 0, p at 2"):
            find_place(one, process, ur.split(), classes_of(one, process))
        ur = "s a p i u"
    assert find_place(one, process, ur.split(), classes_of(one, process)) == place


def test_several_places_and_none(korean):
    nasal = classes_of(korean, NASALIZATION)
    with pytest.raises(InputError, match=r"2 sites for obstruent-nasalization \(k at 2, p at 5, counted from 0\)"):
        find_place(korean, NASALIZATION, "k a k n a p m a".split(), nasal)
    with pytest.raises(InputError, match=r"no place for obstruent-nasalization: no target \(p t k m ŋ\)"):
        find_place(korean, NASALIZATION, "h a m u n".split(), nasal)


def test_the_place_of_an_insertion_is_that_of_its_trigger():
    grammar = toy("∅ -> i / p _ k")
    assert find_place(grammar, "x", "a p k a".split(), classes_of(grammar, "x")) == (None, 2)


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
