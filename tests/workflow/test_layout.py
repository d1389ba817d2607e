"""Where things lie in the folder of a study, and what steps are called."""

import re

from fairseq_phonology.workflow import layout


def test_an_output_has_its_place():
    assert layout.outputs("train", model="tiny", seed=3) == ("models/tiny/3.json",)
    assert layout.folder("attention", set="designed", model="tiny", seed=3) == "stimuli/designed/tiny/3/attention"
    assert layout.best("tiny", 3) == "models/tiny/3/checkpoint_best.pt"


def test_a_report_is_on_one_seed_or_on_all():
    one = {"set": "designed", "model": "tiny", "seed": "3"}
    every = {"set": "designed", "model": "tiny"}
    assert layout.folder("analyze", **one) == "stimuli/designed/tiny/3/analysis"
    assert layout.folder("analyze", **every) == "stimuli/designed/tiny/analysis"
    assert layout.log("analyze", one) == "logs/analyze-designed-tiny-3.log"
    assert layout.log("analyze", every) == "logs/analyze-designed-tiny.log"
    assert layout.described("analyze", one) == "report on designed, tiny, seed 3"
    assert layout.described("analyze", every) == "report on designed, all seeds of tiny"


def test_a_step_that_is_none_is_called_by_its_name():
    assert layout.described("all", {}) == "all"


def test_no_two_rules_make_one_file():
    names = dict.fromkeys(("model", "seed", "size", "list", "set", "word", "human", "condition"), "x")
    made = [path for rule in layout.RULES.values() for path in rule.outputs]
    assert len({pattern.format_map(names) for pattern in made}) == len(made)
    assert all(set(re.findall(r"\{(\w+)\}", pattern)) <= set(names) for pattern in made)


def test_a_word_is_part_of_a_name():
    assert layout.safe("p a/t?학문") == "p_a_t_학문"
    assert layout.safe("an̥a") == "an̥a" != layout.safe("an̩a")
