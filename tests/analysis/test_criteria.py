"""Every criterion can stop a claim, says why, and is in methods text and checklist."""

from dataclasses import dataclass, replace
from types import SimpleNamespace

import numpy as np
import pytest

from fairseq_phonology.analysis.contrasts import power, tests
from fairseq_phonology.analysis.criteria import (
    ATTENDS,
    ATTENDS_OVER_MODELS,
    DISTINGUISHES,
    DISTINGUISHES_OVER_MODELS,
    USES,
    USES_OVER_MODELS,
    Criterion,
    Evidence,
    Rule,
)
from fairseq_phonology.analysis.design.crossing import design_of
from fairseq_phonology.analysis.design.limits import SAME_LENGTH, SAME_STEP
from fairseq_phonology.analysis.events.events import Head
from fairseq_phonology.analysis.statistics.consistency import Slopes, consistency
from fairseq_phonology.analysis.withheld import WITHHELD, complete
from tests.helpers.designed import crossed

UNITS = {"stems": 8, "suffixes": 8}


def consistent(target=((2.0, 1.8, 2.2), (0.1, -0.1)), trigger=((1.1, 0.9), (-1.1, -0.9)), lowest=1.5):
    """What segments say of one head."""
    sides = {
        place: Slopes(
            tuple("ptkmŋ"[: len(one + other)]),
            np.arange(len(one + other)) < len(one),
            (1, -1),
            np.array([*one, *other])[:, None],
        )
        for place, (one, other) in (("target", target), ("trigger", trigger))
    }
    return consistency(sides, [("p", "m", "n", "s"), ("k", "ŋ", "n", "f")], np.array([[2.0], [lowest]]))


def attending(p=0.01, mass=0.2, units=(8, 8), **segments):
    units = dict(zip(UNITS, units, strict=True))
    return Evidence({"stems and suffixes": np.array([p])}, np.array([mass]), consistent(**segments), units)


def test_a_head_that_meets_all_lacks_nothing():
    found = attending(mass=0.05)
    assert ATTENDS.met(found).tolist() == [True] and ATTENDS.unmet(found) == [[]]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        pytest.param({"p": 0.05}, "p = .0500 over stems and suffixes, not under .05", id="p"),
        pytest.param({"p": np.nan}, "not tested over stems and suffixes", id="not tested"),
        pytest.param({"mass": 0.049}, ".049 of mass, under .05", id="mass"),
        pytest.param(
            {"units": (7, 8)}, "only 7 stems in the smaller class, which are described; a claim needs 8", id="stems"
        ),
        pytest.param(
            {"units": (9, 7)},
            "only 7 suffixes in the smaller class, which are described; a claim needs 8",
            id="suffixes",
        ),
        pytest.param(
            {"lowest": -0.5},
            "positive in 1 of 2 quadruples of segments (k against ŋ with n against f: -0.5)",
            id="quadruples",
        ),
        pytest.param(
            {"target": ((2.0, 1.8, 2.2), (1.9, -9.0))},
            ["the real classes of targets rank 2 of 10 assignments of these segments", "with segments random"],
            id="rank",
        ),
        pytest.param(
            {"trigger": ((3.0, 0.2), (-1.0, -2.0))},
            "p = .1853 with segments random, not under .05",
            id="segments random",
        ),
        pytest.param(
            {"trigger": ((1.0,), (-1.0,))},
            "one trigger segment in either class, so that segments cannot be random",
            id="single segments",
        ),
    ],
)
def test_every_part_of_the_rule_can_stop_a_claim(changed, said):
    found = attending(**changed)
    (lacks,) = ATTENDS.unmet(found)
    wanted = [said] if isinstance(said, str) else said
    assert ATTENDS.met(found).tolist() == [False] and len(lacks) == len(wanted)
    assert all(part in each for part, each in zip(wanted, lacks, strict=True)), lacks


def test_single_segments_of_real_words_are_named_as_such():
    own = replace(consistent(lowest=-1.0), quadruples=(("p", "", "", ""), ("", "", "", "f")))
    (lacks,) = ATTENDS.unmet(replace(attending(), consistency=own))
    assert lacks == ["positive in 1 of 2 single segments (f alone: -1.0)"]


USED = Evidence({"stems and suffixes": np.array([0.01])}, np.array([0.5]), low={"noising": np.array([0.4])},
                beyond={"others": np.array([0.4])})  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, []),
        ({"explained": False, "tested": np.array([False])}, ["no minimal-pair effect was shown to take a share of"]),
        ({"tested": np.array([False])}, ["not tested: no words, or no other segments, to test it against"]),
        ({"p": {"stems and suffixes": np.array([0.06])}}, ["p = .0600 over stems and suffixes, not under .05"]),
        ({"amount": np.array([0.19])}, ["19 % of the minimal-pair effect, under 20 %"]),
        ({"low": {"denoising": np.array([0.19])}}, ["the lower bound of the share is 19 % (denoising), under 20 %"]),
        ({"beyond": {"others": np.array([0.1])}}, ["10 % of the minimal-pair effect beyond others, under 20 %"]),
    ],
)
def test_use(changed, said):
    found = replace(USED, **changed)
    assert USES.unmet(found) == [said] and USES.met(found).tolist() == [not said]


def test_too_few_models_are_told_beside_what_else_is_unmet():
    units = {"stems": 8, "suffixes": 7}
    found = Evidence({"stems and suffixes at once": np.array([0.2])}, np.array([0.01]), units=units, models=5)
    assert ATTENDS_OVER_MODELS.unmet(found) == [
        [
            "5 models; a test needs 6 or more",
            "only 7 suffixes in the smaller class, which are described; a claim needs 8",
            "p = .2000 over stems and suffixes at once, not under .05",
            ".010 of mass, under .05",
        ]
    ]


def test_a_minimal_pair_has_to_take_a_fifth_of_the_log_odds():
    found = Evidence({"stems": np.array([0.01])}, np.array([0.9]), whole=5.0)
    assert DISTINGUISHES.unmet(found) == [["0.9 of log-odds, under 20 % of those of the untouched model"]]
    assert DISTINGUISHES.met(replace(found, amount=np.array([1.0]))).all()


def test_the_rule_in_the_methods_text():
    clauses = [each.clause for each in ATTENDS.criteria if each.clause]
    assert ATTENDS.clause() == ", ".join(clauses[:-1]) + f", and {clauses[-1]}"
    for limit in ("8 or more stems and suffixes", "p < .05", ".05 of mass", "segments"):
        assert limit in ATTENDS.clause()
    for each in (ATTENDS_OVER_MODELS, USES, USES_OVER_MODELS, DISTINGUISHES):
        assert "p < .05" in each.clause() and ", and " in each.clause()


def test_every_criterion_has_its_line_in_the_checklist():
    checks = ATTENDS.checks(attending(), 0)
    assert [name for name, _, _ in checks] == [each.name for each in ATTENDS.criteria]
    assert [met for _, met, _ in checks] == [True] * len(checks) and all(
        detail.endswith(".") for _, _, detail in checks
    )
    assert USES.checks(replace(USED, explained=False), 0)[0] == (
        "Minimal pair",
        False,
        "No minimal-pair effect was shown to take a share of.",
    )


@dataclass(frozen=True)
class TwentyStems(Criterion):
    def met(self, found):
        return np.full(len(found.amount), len(found.design.sides[0].names) >= 20)

    def unmet(self, found, n):
        return [f"{len(found.design.sides[0].names)} stems, under 20"]

    def detail(self, found, n):
        return "Stems counted."


def test_a_criterion_that_is_added_is_asked_by_tests_and_power(monkeypatch):
    more = Rule("attends", (*ATTENDS.criteria, TwentyStems("Twenty stems", "there are at least 20 stems")))
    for module in (tests, power):
        monkeypatch.setattr(module, "ATTENDS", more)
    events = crossed(8, 8, 8, 8)
    mass = np.array([[0.9 if event.item.cell == "TR" else 0.3] for event in events.events])
    mass = mass + 0.01 * np.random.default_rng(1).normal(size=mass.shape)
    made = tests.test_contrast(
        design_of(events.items), [Head("cross", "decision", 1, 1)], np.log(mass / (1 - mass)), mass
    )
    assert made.unmet == [["16 stems, under 20"]] and more.clause().endswith("and there are at least 20 stems")
    powers = [power.power((n, n), (8, 8), 30.0, heads=1, simulations=4).claims for n in (9, 12)]
    assert powers == [0.0, 1.0]


def test_the_limits_of_exclusions_are_in_words():
    assert [limit.text for limit in WITHHELD] == ["20 %", "10 points between classes"]


def test_cells_that_cannot_be_compared_are_described():
    """Of one model and over models, whatever else is met; a simulation, which has no such cells, is not asked."""
    moved = replace(complete(crossed(8, 8, 8, 8))[0], gap=True, lengths=(6.0, 5.5))
    found = replace(attending(), design=moved)
    assert ATTENDS.unmet(found) == [[SAME_STEP, SAME_LENGTH]] and not ATTENDS.met(found).any()
    over = replace(found, p={"models": np.array([0.01])}, models=6)
    assert ATTENDS_OVER_MODELS.unmet(over) == [[SAME_STEP, SAME_LENGTH]]
    name, met, detail = ATTENDS.checks(found, 0)[1]
    assert (name, met) == ("Comparable cells", False) and detail == f"A{SAME_STEP[1:]}. T{SAME_LENGTH[1:]}."
    assert [each.name for each in ATTENDS.criteria if each not in ATTENDS.simulated] == [name]


def details(rule, found):
    return [detail for _, _, detail in rule.checks(found, 0)]


def test_the_checklist_says_what_was_found_of_attention():
    assert details(ATTENDS, attending()) == [
        "8 stems and 8 suffixes in the smaller class; needed: 8.",
        "The decision step emits the segment in target position in every cell, and the words with R and those with N "
        "are of one length, within half a segment of the mean.",
        "p = .0100, over stems and suffixes.",
        ".20 of mass.",
        "Positive in 2 of 2; the smallest +1.5.",
        "Rank of the real classes among all assignments: target 1 of 10, trigger 1 of 6.",
        "p = .0025; +2.0 [+1.4, +2.6].",
        "Not asked: each class is tested with its own spread, or has one segment.",
    ]


def test_the_checklist_says_what_was_found_over_models():
    ps = {"stems": np.array([0.01]), "segments": np.array([0.04]), "models": np.array([np.nan])}
    found = Evidence(ps, np.array([0.9]), whole=4.0, models=6)
    assert details(DISTINGUISHES_OVER_MODELS, found) == [
        "6 models.",
        "Largest p = .0400, over segments, of 2.",
        "0.9 of 4.0 log-odds.",
    ]
    assert DISTINGUISHES_OVER_MODELS.unmet(found) == [["not tested over models: too few that all models have"]]
    weak = replace(found, p={"models": np.array([np.nan])}, amount=np.array([0.7]))
    assert details(DISTINGUISHES_OVER_MODELS, weak)[1:] == ["Not tested.", "0.7 of 4.0 log-odds."]
    assert DISTINGUISHES_OVER_MODELS.unmet(weak) == [
        [
            "not tested over models: too few that all models have",
            "0.7 of log-odds, under 20 % of those of the untouched models",
        ]
    ]
    assert DISTINGUISHES.unmet(replace(weak, models=None))[0][0] == "not tested over models"
    assert not DISTINGUISHES.met(replace(found, p={}, amount=np.array([0.0]), whole=0.0)).any(), "nothing of nothing"


def test_the_checklist_says_what_was_found_of_use():
    low = {"noising": np.array([0.4]), "denoising": np.array([0.3])}
    beyond = {"none": np.array([np.nan]), "others": np.array([0.45])}
    assert details(USES, replace(USED, low=low, beyond=beyond)) == [
        "The minimal pair changes the log-odds.",
        "Tested against the same at other segments.",
        "p = .0100, over stems and suffixes.",
        "50 % of the minimal-pair effect; lower bounds 40 % noising and 30 % denoising; 45 % beyond others.",
    ]
    assert details(USES, replace(USED, low={}, beyond={}))[-1] == "50 % of the minimal-pair effect."
    assert details(USES, replace(USED, tested=np.array([False])))[1].startswith("Not tested: no words")


def test_a_share_at_its_limit_is_large_enough():
    fifth = np.array([0.2])
    found = replace(USED, amount=fifth, low={"noising": fifth}, beyond={"others": fifth})
    assert USES.met(found).all() and USES.unmet(found) == [[]]
    lower = {"noising": fifth, "denoising": np.array([0.1])}
    assert USES.unmet(replace(found, low=lower)) == [["the lower bound of the share is 10 % (denoising), under 20 %"]]


def test_of_several_controls_the_one_with_the_least_beyond_it_is_named():
    """One that was not there is none of them."""
    beyond = {"none": np.array([np.nan]), "after": np.array([0.15]), "before": np.array([0.1])}
    found = replace(USED, beyond=beyond)
    assert USES.unmet(found) == [["10 % of the minimal-pair effect beyond before, under 20 %"]]


def test_one_edge_is_one_trigger():
    found = replace(attending(units=(9, 1)), design=SimpleNamespace(edge="R", incomparable=()))
    assert ATTENDS.unmet(found) == [["one edge is one trigger, which is described; a claim needs 8"]]
    assert details(ATTENDS, found)[0] == (
        "9 stems and the end of the word in the smaller class: one edge is one trigger; needed: 8."
    )
    assert details(ATTENDS, replace(found, units={"words": 9}))[0] == "9 words: one edge is one trigger; needed: 8."
    assert details(ATTENDS, attending(units=(9, 1)))[0] == "9 stems and 1 suffix in the smaller class; needed: 8."


def test_segments_that_cannot_be_random():
    own = replace(consistent(), p=np.array([np.nan]))
    (why,) = ATTENDS.unmet(replace(attending(), consistency=own))
    assert why == ["not tested with segments random: one edge is one trigger"]
    alone = consistent(target=((1.0,), (-1.0,)), trigger=((1.0, 0.9), (-1.0,)))
    (why,) = ATTENDS.unmet(replace(attending(), consistency=alone))
    assert why == ["one target segment in either class, so that segments cannot be random"]
    assert details(ATTENDS, replace(attending(), consistency=alone))[-2] == f"{why[0].capitalize()}."
    limit = replace(consistent(), p=np.array([0.05]))
    assert ATTENDS.unmet(replace(attending(), consistency=limit)) == [["p = .0500 with segments random, not under .05"]]


def test_small_classes_that_do_not_vary_alike_stop_a_claim():
    alike = {"target": np.array([0.2]), "trigger": np.array([0.0995])}
    found = replace(attending(), consistency=replace(consistent(), alike=alike))
    said = "the classes of trigger segments do not vary alike over the heads (p = .0995), and one has under 4 segments"
    assert ATTENDS.unmet(found) == [[said]] and not ATTENDS.met(found).any()
    assert details(ATTENDS, found)[-1] == "Over the heads: target segments p = .2000, trigger segments p = .0995."
    unknown = {"target": np.array([0.1]), "trigger": np.array([np.nan])}
    assert ATTENDS.met(replace(found, consistency=replace(consistent(), alike=unknown))).all()


def test_without_ranks_none_stops_a_claim():
    found = replace(attending(), consistency=replace(consistent(), ranks={}))
    assert ATTENDS.met(found).tolist() == [True] and ATTENDS.unmet(found) == [[]]


def test_only_the_unmet_p_of_several_is_told():
    found = Evidence({"stems": np.array([0.01]), "segments": np.array([0.2])}, np.array([0.9]), whole=1.0)
    assert DISTINGUISHES.unmet(found) == [["p = .2000 over segments, not under .05"]]


def test_a_rule_of_one_clause_is_that_clause():
    (only,) = [each for each in ATTENDS.criteria if each.name == "Test"]
    assert Rule("differs", (only,)).clause() == only.clause
