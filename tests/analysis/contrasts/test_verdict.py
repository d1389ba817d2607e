"""What may be said, and in which words."""

import numpy as np
import pytest

from fairseq_phonology.analysis.contrasts.tests import evidence, test_contrast
from fairseq_phonology.analysis.contrasts.verdict import decimal, verdict
from fairseq_phonology.analysis.criteria import ATTENDS, complete
from fairseq_phonology.analysis.design.crossing import design_of
from fairseq_phonology.analysis.events.events import Head
from tests.helpers.designed import crossed, real_words

P = {f"{unit}_{scale}": np.array([0.01]) for unit in ("stems", "suffixes") for scale in ("mass", "logit")}
SEGMENTS = {
    scale: {"target": {"p": np.array([0.2])}, "trigger": {"m": np.array([0.1]), "n": np.array([0.3])}}
    for scale in ("mass", "logit")
}


def rule(*arguments, **more):
    found = evidence(*arguments, **more)
    return ATTENDS.met(found), ATTENDS.unmet(found)


def family(events=None, claimed=(0,), heads=4, kinds=("cross",)):
    events = events or crossed(8, 8, 8, 8)
    rng = np.random.default_rng(2)
    mass = 0.3 + 0.02 * rng.normal(size=(len(events.events), heads))
    for n in claimed:
        mass[:, n] += [0.3 * (1 + n) / 4 * (event.item.cell == "TR") for event in events.events]
    names = [Head(kinds[n * len(kinds) // heads], "decision", 1 + n // 2, 1 + n % 2) for n in range(heads)]
    return test_contrast(
        design_of(events.items), names, mass, np.log(mass / (1 - mass)), primary=True, n_permutations=999
    )


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [(0.05, 2, ".05"), (-0.124, 2, "-.12"), (1, 2, "1.00"), (-0.001, 2, ".00"), (0.0002, 4, ".0002")],
)
def test_decimals_are_written_as_the_field_does(value, places, text):
    assert decimal(value, places) == text


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
    lacking = family(real_words(12), claimed=()).unmet
    assert "over words" in lacking[0][0] and not any("stems" in each for short in lacking for each in short)


def test_the_largest_p_is_that_of_every_test_a_claim_has_to_pass():
    one = family()
    tests = [*one.p.values(), *one.joint.values(), *one.additional.values()]
    assert one.n_tests == len(tests) == 9
    assert one.largest_p(0) == max(values[0] for values in tests)
    assert family(real_words(12)).n_tests == 3


@pytest.mark.parametrize(
    ("primary", "strength", "heads"),
    [
        pytest.param(lambda: family(), "attends", (0,), id="one head"),
        pytest.param(lambda: family(claimed=(1, 2, 3)), "attends", (3, 2, 1), id="several, largest response first"),
        pytest.param(
            lambda: family(claimed=(1, 3), kinds=("cross", "decoder")), "attends", (3, 1), id="of several kinds"
        ),
        pytest.param(lambda: family(real_words(12), claimed=(3,)), "attends", (3,), id="real words"),
        pytest.param(lambda: family(claimed=()), "none", (), id="no head"),
        pytest.param(lambda: None, "descriptive", (), id="plain list"),
    ],
)
def test_what_is_said(primary, strength, heads, snapshot):
    found = verdict(primary(), None, "nasalization")
    assert (found.strength, found.heads) == (strength, heads)
    snapshot([found.sentence, *found.caveats])


def test_the_numbers_said_are_those_of_the_family():
    one = family()
    numbers = f"a response of {decimal(one.estimate['mass'][0])} [{decimal(one.low['mass'][0])}, "
    assert numbers in verdict(one, None, "nasalization").sentence


def test_too_many_errors_withhold_the_verdict_whatever_the_heads_do(snapshot):
    events = crossed(8, 8, 8, 8, failed={(f"{c}{k}", "R0") for c in "TC" for k in range(2)})
    design, exclusions = complete(events)
    found = verdict(family(events), exclusions, "nasalization")
    assert design is not None and found.strength == "withheld" and found.heads == ()
    snapshot(found.sentence)


def test_errors_that_leave_no_design_withhold_it_too():
    exclusions = complete(crossed(4, 4, failed={("T0", "R0")}))[1]
    assert verdict(None, exclusions, "nasalization").strength == "withheld"


def test_attention_never_says_uses():
    said = [verdict(family(claimed=claimed), None, "nasalization") for claimed in ((), (0,), (0, 1))]
    said += [verdict(None, None, "nasalization")]
    words = " ".join(each.sentence + " ".join(each.caveats) for each in said).split()
    assert not {"uses", "use", "because", "needs"} & set(words)
