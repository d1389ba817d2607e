"""Processes with several parts: each a design of its own, recognized later, the rest said."""

import pytest

from fairseq_phonology.errors import InputError
from fairseq_phonology.phonology.grammar import Grammar
from fairseq_phonology.stimuli.classes import classes_of, parts_of
from fairseq_phonology.stimuli.crossed import crossed
from fairseq_phonology.stimuli.items import read_stimuli, write_stimuli
from fairseq_phonology.stimuli.parts import part_of, uncovered

SYLLABLES = {
    "onsets": "p t k b d ɡ m l".split(),
    "nuclei": ["a", "i", "u"],
    "codas": ["", "t", "d", "k", "ɡ", "m", "l"],
}
ALPHA = "[-son] -> [αvoi] / _ [-son, αvoi]"
TWO_RULES = ["{t, k} -> {d, ɡ} / _ {b, d, ɡ}", "{d, ɡ} -> {t, k} / _ {p, t, k}"]


def toy(rules, **more):
    table = {"inventory": {"segments": "p t k b d ɡ m l a i u"}, "syllable": SYLLABLES}
    return Grammar.from_table(table | {"process": [{"name": "x", "rules": rules}]} | more)


@pytest.mark.parametrize("rules", [ALPHA, TWO_RULES], ids=["variable", "two rules"])
def test_two_directions_are_two_designs_under_one_name(rules, tmp_path):
    grammar = toy(rules)
    parts = parts_of(grammar, "x")
    assert [str(part) for part in parts] == ["t k before b d ɡ", "d ɡ before p t k"]
    for number, part in enumerate(parts, 1):
        design = crossed(grammar, "x", 4, 4, part=number)
        assert design.classes == part == classes_of(grammar, "x", part=number)
        write_stimuli(tmp_path / "stimuli.tsv", design.items)
        items = read_stimuli(tmp_path / "stimuli.tsv", grammar, "x")
        assert [(i.cell, i.target_index, i.trigger_index) for i in items] == [
            (i.cell, i.target_index, i.trigger_index) for i in design.items
        ]
        assert part_of(grammar, "x", items) == part
        assert uncovered(grammar, "x", items) == (f"{parts[2 - number]} (part {3 - number} of 2)",)


def test_the_end_of_the_word_is_a_part_of_its_own():
    grammar = toy("{d, ɡ} -> {t, k} / _ {[-son], #}")
    assert [str(part) for part in parts_of(grammar, "x")] == [
        "d ɡ before p t k b d ɡ",
        "d ɡ at the end of the word",
    ]
    assert parts_of(grammar, "x")[1].control_trigger == ("a", "i", "u")


def test_segments_of_a_part_that_no_word_has_are_said(tmp_path):
    grammar = toy("{t, k} -> {d, ɡ} / _ {b, d, ɡ}")
    path = tmp_path / "own.tsv"
    path.write_text("ur\na t b a\na t d a\na t m a\n", encoding="utf-8")
    items = read_stimuli(path, grammar, "x")
    assert uncovered(grammar, "x", items) == ("k as target", "ɡ as trigger")


def test_rules_of_which_no_design_can_be_made_are_said():
    grammar = toy(["t -> d / _ b", "k -> ɡ / # _", "m -> l / _ +"])
    items = crossed(grammar, "x", 4, 4).items
    first, second = uncovered(grammar, "x", items)
    assert first.startswith("“k -> ɡ / # _”: the beginning of the word conditions it")
    assert second.startswith("“m -> l / _ +”: no segment beside the target")


def test_a_process_with_one_part_leaves_nothing(korean):
    process = "obstruent-nasalization"
    items = crossed(korean, process, 6, 8).items
    assert len(parts_of(korean, process)) == 1 and uncovered(korean, process, items) == ()


def test_a_part_that_there_is_not():
    with pytest.raises(InputError, match="'x' has no part 3; allowed: 1: t k before b d ɡ; 2: d ɡ before p t k"):
        classes_of(toy(ALPHA), "x", part=3)
