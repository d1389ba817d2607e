"""What may be said, and in which words."""

import numpy as np
import pytest

from fairseq_phonology.analysis.contrasts.tests import test_contrast
from fairseq_phonology.analysis.contrasts.verdict import decimal, verdict
from fairseq_phonology.analysis.design.crossing import design_of
from fairseq_phonology.analysis.events.events import Head
from fairseq_phonology.analysis.withheld import complete
from fairseq_phonology.text import p_text, signed
from tests.helpers.designed import crossed, real_words


def family(events=None, claimed=(0,), heads=4, kinds=("cross",)):
    events = events or crossed(8, 8, 8, 8)
    rng = np.random.default_rng(2)
    mass = 0.3 + 0.02 * rng.normal(size=(len(events.events), heads))
    for n in claimed:
        mass[:, n] += [0.3 * (1 + n) / 4 * (event.item.cell == "TR") for event in events.events]
    names = [Head(kinds[n * len(kinds) // heads], "decision", 1 + n // 2, 1 + n % 2) for n in range(heads)]
    return test_contrast(design_of(events.items), names, np.log(mass / (1 - mass)), mass, primary=True)


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [(0.05, 2, ".05"), (-0.124, 2, "-.12"), (1, 2, "1.00"), (-0.001, 2, ".00"), (0.0002, 4, ".0002")],
)
def test_decimals_are_written_as_the_field_does(value, places, text):
    assert decimal(value, places) == text


def test_of_real_words_the_test_is_over_words():
    lacking = family(real_words(12), claimed=()).unmet
    assert "over words" in lacking[0][0] and not any("stems" in each for short in lacking for each in short)


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
    said = verdict(one, None, "nasalization").sentence
    size, low, high = (signed(each["log_odds"][0]) for each in (one.estimate, one.low, one.high))
    assert f"by {size} [{low}, {high}] log-odds more with p t k than with m ŋ in target position" in said
    assert f"with {p_text(one.p[0])} over 16 stems and 16 suffixes, corrected over 4 heads" in said
    own = one.consistency
    assert f"positive in {own.positive[0]} of 24 quadruples" in said and p_text(own.p[0]) in said
    assert f"[{signed(own.low[0])}, {signed(own.high[0])}]" in said


def test_classes_that_differ_in_spread_are_told():
    events = crossed(8, 8, 8, 8)
    one = family(events)
    assert not any("differ in spread" in each for each in verdict(one, None, "nasalization").caveats)
    one.spread["suffixes"][one.best] = 2.67
    (said,) = (each for each in verdict(one, None, "nasalization").caveats if "differ in spread" in each)
    assert "standard deviations of suffixes 2.67 : 1 in head 1.1" in said


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
