"""Every criterion can stop a claim, says why, and is in methods text and checklist."""

from dataclasses import dataclass, replace

import numpy as np
import pytest

from fairseq_phonology.analysis import criteria
from fairseq_phonology.analysis.contrasts import power, tests
from fairseq_phonology.analysis.contrasts.tests import evidence
from fairseq_phonology.analysis.criteria import (
    ATTENDS,
    ATTENDS_OVER_MODELS,
    DISTINGUISHES,
    USES,
    USES_OVER_MODELS,
    Criterion,
    Evidence,
    Rule,
)
from fairseq_phonology.analysis.design.crossing import design_of
from fairseq_phonology.analysis.events.events import Head
from tests.helpers.designed import crossed

P = {f"{unit}_{scale}": np.array([0.01]) for unit in ("stems", "suffixes") for scale in ("mass", "logit")}
SEGMENTS = {
    scale: {"target": {"p": np.array([0.2])}, "trigger": {"m": np.array([0.1]), "n": np.array([0.3])}}
    for scale in ("mass", "logit")
}


def rule(*arguments, **more):
    found = evidence(*arguments, **more)
    return ATTENDS.met(found), ATTENDS.unmet(found)


def test_a_head_that_meets_all_lacks_nothing():
    claim, short = rule(P, np.array([0.05]), SEGMENTS)
    assert claim.tolist() == [True] and short == [[]]


@pytest.mark.parametrize(
    ("p", "mass", "segments", "said"),
    [
        ({"stems_mass": 0.051}, 0.2, {}, "p = .0510 over stems (mass), not under .05"),
        ({"suffixes_logit": 0.05}, 0.2, {}, "p = .0500 over suffixes (logit), not under .05"),
        ({"both_logit": 0.2}, 0.2, {}, "p = .2000 over stems and suffixes at once (logit), not under .05"),
        ({}, 0.049, {}, ".049 of mass, under .05"),
        ({}, 0.2, {"mass": -0.01}, "not positive for target p alone (mass)"),
        ({}, 0.2, {"logit": 0.0}, "not positive for target p alone (logit)"),
        ({"stems_mass": np.nan}, 0.2, {}, "not tested over stems (mass)"),
    ],
)
def test_every_part_of_the_rule_can_stop_a_claim(p, mass, segments, said):
    changed = {
        scale: {**alone, "target": {"p": np.array([segments.get(scale, 0.2)])}} for scale, alone in SEGMENTS.items()
    }
    arguments = P | {test: np.array([value]) for test, value in p.items()}, np.array([mass]), changed
    claim, short = rule(*arguments)
    assert claim.tolist() == [False] and short == [[said]]


@pytest.mark.parametrize(
    ("units", "said"),
    [
        pytest.param(("suffixes", {"m": 1}), "(1 suffix: mass, logit)", id="one"),
        pytest.param(("stems", {"m": 7}), "(7 stems: mass, logit)", id="several"),
        pytest.param(("words", {"n": 7}), "(mass, logit)", id="not known"),
    ],
)
def test_how_much_a_segment_alone_rests_on_is_said(units, said):
    negative = {scale: {**alone, "trigger": {"m": np.array([-0.1])}} for scale, alone in SEGMENTS.items()}
    short = rule(P, np.array([0.2]), negative, units={"trigger": units})[1]
    assert short == [[f"not positive for trigger m alone {said}"]]


def test_of_real_words_the_test_is_over_words():
    short = rule(P | {"stems_logit": np.array([0.3])}, np.array([0.2]), SEGMENTS, words=True)[1]
    assert short == [["p = .3000 over words (logit), not under .05"]]


def test_of_several_p_the_largest_is_named():
    p = P | {"stems_mass": np.array([0.2]), "stems_logit": np.array([0.4])}
    said = "p = .4000 over stems (logit), not under .05 (the largest of 2 such p-values in 4 tests)"
    assert rule(p, np.array([0.2]), SEGMENTS)[1] == [[said]]


USED = Evidence(
    {"stems against others": np.array([0.01]), "stems against mirror": np.array([np.nan])},
    np.array([0.5]),
    beyond={"others": np.array([0.4]), "mirror": np.array([np.nan])},
    optional=frozenset({"stems against mirror"}),
)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, []),
        ({"explained": False, "tested": np.array([False])}, ["no minimal-pair effect to take a share of"]),
        ({"tested": np.array([False])}, ["not tested: no words, or no other segments, to test it against"]),
        ({"p": {"stems against others": np.array([0.06])}}, ["p = .0600 over stems against others, not under .05"]),
        ({"amount": np.array([0.19])}, ["19 % of the minimal-pair effect, under 20 %"]),
        ({"beyond": {"others": np.array([0.1])}}, ["10 % of the minimal-pair effect beyond others, under 20 %"]),
    ],
)
def test_use(changed, said):
    found = replace(USED, **changed)
    assert USES.unmet(found) == [said] and USES.met(found).tolist() == [not said]


def test_too_few_models_are_told_beside_what_else_is_unmet():
    found = Evidence({"stems and suffixes at once": np.array([0.2])}, np.array([0.01]), models=5)
    assert ATTENDS_OVER_MODELS.unmet(found) == [
        [
            "5 models; a test needs 6 or more",
            "p = .2000 over stems and suffixes at once, not under .05",
            ".010 of mass, under .05",
        ]
    ]


def test_a_minimal_pair_has_to_take_a_fifth_of_the_log_odds():
    found = Evidence({"stems": np.array([0.01])}, np.array([0.9]), whole=5.0)
    assert DISTINGUISHES.unmet(found) == [["0.9 of log-odds, under 20 % of those of the untouched model"]]
    assert DISTINGUISHES.met(replace(found, amount=np.array([1.0]))).all()


def test_the_rule_in_the_methods_text():
    assert ATTENDS.clause() == (
        "every one of these tests gives p < .05 on both scales, its response is at least .05 of mass, and the response "
        "is positive with every target segment and every trigger segment taken alone"
    )
    for each in (ATTENDS_OVER_MODELS, USES, USES_OVER_MODELS, DISTINGUISHES):
        assert "p < .05" in each.clause() and each.clause().count(", and ") == 1


def test_every_criterion_has_its_line_in_the_checklist():
    checks = ATTENDS.checks(evidence(P, np.array([0.2]), SEGMENTS), 0)
    assert [name for name, _, _ in checks] == [each.name for each in ATTENDS.criteria]
    assert [met for _, met, _ in checks] == [True] * 3 and all(detail.endswith(".") for _, _, detail in checks)
    assert USES.checks(replace(USED, explained=False), 0)[0] == (
        "Minimal pair",
        False,
        "No minimal-pair effect to take a share of.",
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
        design_of(events.items), [Head("cross", "decision", 1, 1)], mass, np.log(mass / (1 - mass)), n_permutations=999
    )
    assert made.unmet == [["16 stems, under 20"]] and more.clause().endswith("and there are at least 20 stems")
    powers = [power.power((n, n), (8, 8), 30.0, heads=1, simulations=4).claims for n in (9, 12)]
    assert powers == [0.0, 1.0]


def test_the_limits_of_exclusions_are_in_words():
    assert [limit.text for limit in criteria.WITHHELD] == ["20 %", "10 points between classes"]
