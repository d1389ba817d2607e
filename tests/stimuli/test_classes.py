"""The parts of a process, and the classes of each."""

import pytest

from fairseq_phonology.errors import InputError
from fairseq_phonology.phonology.grammar import Grammar
from fairseq_phonology.stimuli.classes import classes_of, parts_of

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


def test_the_target_of_an_insertion_is_the_segment_on_the_other_side_of_the_gap():
    rest = "b d ɡ s m n l"
    assert classes(toy("∅ -> i / {p, t} _ k")) == ["p t", f"k {rest}", "k", f"p t {rest}"]
    at_end = classes_of(toy("∅ -> i / {p, t} _ #"), "x")
    assert (at_end.target, at_end.trigger, at_end.control_trigger) == (("p", "t"), ("#",), ("a", "i"))
    assert str(at_end) == "a gap between p t and the end of the word" and at_end.inserts
    assert classes(toy("∅ -> i / _ k")) == ["", "", "k", f"p t {rest}"]


@pytest.mark.parametrize(
    ("grammar", "message"),
    [
        pytest.param(toy("a -> ∅ / # _"), "the beginning .* no position .*a symbol of its own", id="start"),
        pytest.param(toy("a -> ∅ / _ +"), "no design .* no segment beside the target conditions it", id="no trigger"),
        pytest.param(toy("p -> b / _ {[-syl], [+syl]}"), r"no control for the trigger .*under \[controls.x\]", id="N"),
        pytest.param(toy("[-syl] -> ∅ / _ #"), r"no control for the target .*under \[controls.x\]", id="C"),
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


def test_a_segment_that_changes_elsewhere_is_a_control_where_nothing_else_is_left():
    grammar = toy("C1 -> ∅ / _ C1", "p t k a i")
    assert [str(part) for part in parts_of(grammar, "x")] == ["p before p", "t before t", "k before k"]
    assert classes(grammar)[:2] == ["p", "t k"]
    table = {"inventory": {"segments": "p t k m a i"}, "process": [{"name": "x", "rules": "C1 -> ∅ / _ C1"}]}
    named = Grammar.from_table(table | {"controls": {"x": {"target": "t k"}}})
    assert classes_of(named, "x").control_target == ("t", "k")
