"""What may be said, and in which words."""

import numpy as np
import pytest

from fairseq_phonology.analysis.contrasts.tests import test_contrast
from fairseq_phonology.analysis.contrasts.verdict import decimal, verdict
from fairseq_phonology.analysis.design.crossing import design_of
from fairseq_phonology.analysis.events.events import Head
from fairseq_phonology.analysis.withheld import complete
from tests.helpers.designed import crossed, real_words


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


def test_of_real_words_the_test_is_over_words():
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
    numbers = f"a response (interaction) of {decimal(one.estimate['mass'][0])} [{decimal(one.low['mass'][0])}, "
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
