"""What may be said, and in which words."""

import dataclasses

import numpy as np
import pytest

from fairseq_phonology.analysis.contrasts.study import Verdict
from fairseq_phonology.analysis.contrasts.tests import test_contrast
from fairseq_phonology.analysis.contrasts.verdict import decimal, verdict, with_derived, without_decoder
from fairseq_phonology.analysis.design.crossing import design_of
from fairseq_phonology.analysis.events.events import Head, View
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


def decoder_read(events, lacking=(), failed=()):
    """The same events with the decoder's decision query, which some words lack; some have another segment there."""
    found = np.zeros((len(events.events), 2, 2), np.float32)
    found[list(lacking)] = np.nan
    measures = dict.fromkeys(("log_odds", "mass", "raw_mass", "eos_mass", "log_ratio", "entropy", "window"), found)
    events.views = [View("decoder", "decision", **measures)]
    for n in failed:
        events.events[n] = dataclasses.replace(events.events[n], status="other")
    return events


def test_a_decoder_that_is_not_tested_is_named_with_the_words_that_keep_it_out():
    events = decoder_read(crossed(8, 8, 8, 8), lacking=(3, 5, 7), failed=(3,))
    said = without_decoder(events, family())
    assert f"in 2 of 255 words with the gold segment at the decision step, as in {events.events[5].item.id}," in said


def test_nothing_is_said_of_a_decoder_that_is_tested_or_that_errors_alone_keep_out():
    assert without_decoder(crossed(8, 8, 8, 8), family()) == ""
    assert without_decoder(decoder_read(crossed(8, 8, 8, 8), lacking=(3,)), family(kinds=("cross", "decoder"))) == ""
    assert without_decoder(decoder_read(crossed(8, 8, 8, 8), lacking=(3,), failed=(3,)), family()) == ""


def test_derived_words_are_told_of_the_same_head():
    primary = family(claimed=(3,), kinds=("cross", "decoder"))
    found = verdict(primary, None, "nasalization")
    own = family(real_words(12), claimed=(1,), heads=2)  # without the decoder: the head is not among them
    fed = {"w": ("neutralization",)}
    assert "in these words, the weight of head 1.2 on" in with_derived(found, primary, own, fed).caveats[-1]
    same = family(real_words(12), claimed=(1,), kinds=("cross", "decoder"))
    said = with_derived(found, primary, same, fed).caveats[-1]
    assert "in these words, the weight of head 2.2 of the decoder self-attention on" in said and "not meet" in said


def test_derived_words_make_no_claim_where_claims_are_withheld():
    withheld = Verdict("withheld", "No claim is made.")
    own = family(real_words(40), claimed=(0,))
    own.claim[:], own.unmet = True, [[] for _ in own.heads]
    fed = {"w": ("neutralization",)}
    assert "It meets the rule" not in with_derived(withheld, own, own, fed).caveats[-1]
    assert "It meets the rule" in with_derived(Verdict("none", "None."), own, own, fed).caveats[-1]
