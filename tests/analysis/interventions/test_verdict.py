"""By which route a trigger is used: from what each interchange takes away and gives back to the verdict."""

import csv
import dataclasses
import json

import numpy as np
import pytest

from fairseq_phonology.analysis.design.limits import OWN_SYMBOL
from fairseq_phonology.analysis.events.events import Events
from fairseq_phonology.analysis.interventions.effects import Words
from fairseq_phonology.analysis.interventions.kinds import PAIRS, PLACES, ROUTES, Intervention
from fairseq_phonology.analysis.interventions.tables import (
    EFFECTS_COLUMNS,
    causal_summary,
    write_causal_summary,
    write_effects,
)
from fairseq_phonology.analysis.interventions.verdict import carriers
from fairseq_phonology.analysis.statistics.crossed import holm
from fairseq_phonology.analysis.statistics.paired import p_of_means
from fairseq_phonology.errors import InputError
from fairseq_phonology.text import percent
from tests.helpers import at_edge
from tests.helpers.designed import crossed, event
from tests.helpers.intervened import (
    BOTH,
    CROSS,
    EITHER,
    ENCODER,
    HALF,
    IN_PART,
    analyzed,
    intervened,
    progressive,
    spread,
    words,
)

ALONE = {"cross": 1, "encoder": 1, "decoder": 1}


def test_what_draws_do_not_agree_on_is_undecided():
    found = spread(intervened({"cross": 1, "encoder": 0.2, "cross+encoder": 1.2}), "encoder", 2.0)
    study = analyzed(found)
    assert (study.verdict.strength, study.verdict.route) == ("uses", "undecided")
    first, second = study.draws[:2]
    assert {first.kinds, second.kinds} == {("cross",), BOTH} and first.share < 0.95
    named = {("cross",): "cross-attention", BOTH: "cross-attention and encoder, jointly needed"}
    shares = [f"{named[one.kinds]} ({percent(one.share)} %)" for one in (first, second)]
    assert f"undecided between {shares[0]} and {shares[1]} of bootstrap draws" in study.verdict.sentence
    assert carriers(study) == ["cross", "cross+encoder"]


def test_nothing_is_said_of_routes_of_which_none_meets_the_rule():
    """Some stems have the effect, and some its opposite: neither use nor its absence is shown."""
    study = analyzed(spread(spread(intervened({"cross": 0.3, "cross+encoder": 0.3}), "cross", 4), "cross+encoder", 4))
    assert (study.verdict.strength, study.verdict.route) == ("none", "none")
    assert study.verdict.sentence.startswith("No route was shown to carry the effect of the trigger of nasals: ")


SAID = {
    "cross": (CROSS, None),
    "encoder": (ENCODER, None),
    "either": EITHER,
    "jointly": (HALF, None),
    "in part": IN_PART,
    "of no use alone": EITHER[::-1],
    "indirect": ({}, None),
    "decoder": (progressive({"decoder": 1}), None),
    "any of three": ({"cross+encoder+decoder": 1}, progressive(ALONE)),
}


@pytest.mark.parametrize("name", SAID)
def test_what_is_said_of_a_route(name, snapshot):
    shares, gives = SAID[name]
    found = analyzed(intervened(shares, gives=gives, noise=0, prefix="cross+decoder" in {**shares, **(gives or {})}))
    snapshot([found.verdict.sentence, *found.verdict.caveats])


def test_the_numbers_said_are_those_of_the_interventions():
    said = analyzed(intervened(CROSS, gives={"cross": 0.9, "cross+encoder": 1}, noise=0)).verdict.sentence
    assert "the log-odds are +5.0 with the trigger and -5.0 without it" in said
    assert "100 % [100, 100] and 90 % [90, 90] by cross-attention (0 % and 0 % at other segments)" in said


def test_both_directions_are_needed():
    for shares, gives, least in ((CROSS, {"cross": 0.1}, "10"), ({"cross": 0.1}, CROSS, "10")):
        study = analyzed(intervened(shares, gives=gives, noise=0.1))
        n = study.routes.number("cross")
        assert not study.routes.uses[n] and study.routes.share[n] == pytest.approx(0.1, abs=0.01)
        assert study.routes.unmet[n][0].startswith("p = 1.0000 over stems and suffixes (")
        assert study.routes.unmet[n][1] == f"{least} % of the minimal-pair effect, under 20 %"


def test_keys_and_values_alone():
    """The keys differ, and the values do not: the effect of the route passes by keys alone."""
    study = analyzed(intervened(CROSS, parts={("cross", "keys"): 1, ("cross", "values"): 0}, noise=0))
    assert study.verdict.route == "cross" and study.verdict.caveats[0] == (
        "In the cross-attention, interchange takes away and gives back with keys alone 100 % [100, 100] and 100 % "
        "[100, 100] and values alone 0 % [0, 0] and 0 % [0, 0]."
    )
    parts = study.family("keys and values")
    assert parts.uses.tolist() == [True, False] and parts.number("cross", "values") == 1


def test_totals_are_described():
    study = analyzed(intervened({**CROSS, "total": 1}))
    totals = study.family("totals")
    assert totals.knock_out.share[0] == pytest.approx(1, abs=0.02) and np.isfinite(totals.knock_out.low_share).all()
    assert np.isnan(totals.noising.share).all() and np.isnan(totals.knock_out.p).all() and not totals.uses.any()


def test_knock_outs_stand_beside_it_and_are_not_tested():
    knock_out = analyzed(intervened(CROSS, gives={})).routes.knock_out
    assert knock_out.share[0] == pytest.approx(1, abs=0.02) and np.isnan(knock_out.p).all()
    assert np.isfinite(knock_out.others).all()


def test_what_other_segments_take_away_too_is_no_use():
    study = analyzed(intervened(CROSS, others=CROSS))
    assert study.verdict.route == "none" and not study.routes.uses.any()
    partly = analyzed(intervened(CROSS, others={"cross": 0.85, "cross+encoder": 0.85}))
    assert partly.verdict.route == "none"
    assert partly.routes.unmet[0][0].startswith("14 % of the minimal-pair effect beyond other segments (denoising)")


def test_one_suffix_is_not_enough():
    """A test over stems alone would call it use: every stem stands with that suffix."""
    found = intervened({})
    own = [n for n, event in enumerate(found.events) if event.item.suffix == "R0"]
    for method, sign in (("noising", -30), ("denoising", 30)):
        found.log_odds[own, found.number("cross", "trigger", method=method)] += sign
    study = analyzed(found)
    n = study.routes.number("cross")
    assert study.routes.share[n] > 0.3 and study.routes.noising.p[n] > 0.05 and not study.routes.uses[n]
    assert "over stems and suffixes (" in study.routes.unmet[n][0]


def test_p_is_t_with_stems_and_suffixes_random_corrected_over_the_family():
    """Against other segments, and against a fifth of the minimal-pair effect: the larger counts."""
    found = spread(spread(intervened(CROSS), "cross", 3), "encoder", 3, seed=4)
    study, words = analyzed(found), Words.of(found, analyzed(found).design)
    here, there = (words.effects([Intervention(m, place) for m in ROUTES[:2] + PAIRS[:1]]) for place in PLACES)
    expected = np.maximum(p_of_means(here - there), p_of_means(here - 0.2 * words.minimal_pair()[..., None]))
    assert study.routes.noising.p == pytest.approx(holm(expected))


def test_a_trigger_that_makes_no_difference():
    given = attention("attends", (1, 2))
    verdict = analyzed(intervened(CROSS, pair=0.4, noise=0.05), attention=given).verdict
    assert (verdict.strength, verdict.route) == ("same", "")
    assert verdict.sentence == (
        "The model was not shown to distinguish the trigger of nasals from the segment that replaces it in the minimal "
        "pair: the log-odds are +5.0 with the trigger and +4.6 without it, so that no shares are taken. "
        "Head 1.2 attends to the trigger."
    )


@pytest.mark.parametrize(
    ("events", "strength"),
    [
        pytest.param(crossed(t=8, c=8, r=7, n=8), "withheld", id="few"),
        pytest.param(
            crossed(t=11, c=8, r=8, n=8, failed=[("T0", "R0"), ("T1", "R1"), ("T2", "R1")]), "withheld", id="errors"
        ),
        pytest.param(crossed(t=4, failed=[("T0", "R0")]), "withheld", id="too many errors"),
        pytest.param(crossed(t=3), "descriptive", id="no design"),
        pytest.param(crossed(t=1, r=1, failed=[("T0", "R0")]), "descriptive", id="all wrong"),
    ],
)
def test_no_claim(events, strength, snapshot):
    verdict = analyzed(intervened(CROSS, events, noise=0)).verdict
    assert (verdict.strength, verdict.route) == (strength, "")
    snapshot(verdict.sentence)


def test_where_claims_are_withheld_nothing_is_used():
    study = analyzed(intervened(CROSS, crossed(t=11, c=8, r=8, n=8, failed=[("T0", "R0"), ("T1", "R1"), ("T2", "R1")])))
    assert study.verdict.strength == "withheld" and study.routes.share[0] > 0.9
    assert not any(family.uses.any() for family in study.families)
    assert study.routes.unmet[0] == [] and study.reasons_withheld  # the criteria are met, and a claim is withheld


def test_what_some_words_lack_has_no_share():
    found = intervened(CROSS)
    n = found.number("cross", "trigger", method="noising")
    found.log_odds[0, n], found.ran[0, n] = np.nan, False
    noising = analyzed(found).routes.noising
    assert np.isnan(noising.share[0]) and np.isfinite(noising.effect[0]) and np.isfinite(noising.share[1:]).all()


def test_words_without_a_minimal_pair():
    found = intervened(CROSS)
    found.counterpart[3] = np.nan
    study = analyzed(found)
    assert study.verdict.strength == "withheld" and "no minimal pair" in study.verdict.sentence
    assert study.minimal_pair is None and np.isnan(study.routes.share).all()
    assert np.isfinite(study.routes.noising.low).all() and study.draws == ()


def test_real_words():
    study = analyzed(words(CROSS))
    assert study.verdict.route == "cross" and study.routes.noising.p[0] < 1e-6
    assert study.verdict.sentence.endswith("8 words).")
    few = analyzed(words(CROSS, 7))
    assert few.verdict.strength == "withheld" and few.verdict.sentence.endswith(
        "7 real words in cell TR; a test takes 8 or more."
    )
    assert np.isnan(few.routes.noising.p).all() and np.isfinite(few.routes.noising.low).all()


def test_a_control_that_some_words_lack_is_not_tested():
    found = intervened(CROSS)
    found.log_odds[0, found.number("cross", "others", method="denoising")] = np.nan
    study = analyzed(found)
    assert np.isnan(study.routes.denoising.p[0]) and np.isfinite(study.routes.denoising.p[1:]).all()
    assert np.isnan(study.routes.denoising.others[0]) and not study.routes.uses[0]


def test_progressive_units_keep_their_names():
    study = analyzed(intervened(CROSS, crossed(t=9, c=8, r=8, n=8, progressive=True)))
    assert (study.n_stems, study.n_suffixes) == (8, 9)


HEADS = {("cross", 1, None): 0.9, ("cross", 1, 1): 0.6, ("cross", 1, 2): 0.05, ("encoder", 1, 1): 0}


def attention(strength, *heads, kind="cross"):
    claims = [{"kind": "cross", "layer": layer, "head": head} for layer, head in heads]
    primary = {"kind": kind, "claims": claims}
    return {"process": "nasals", "verdict": {"strength": strength}, "primary": primary}


@pytest.mark.parametrize(
    ("shares", "given", "attends"),
    [
        pytest.param(CROSS, attention("attends", (1, 1)), True, id="looks and uses"),
        pytest.param(CROSS, attention("attends", (1, 2)), True, id="another head"),
        pytest.param(ENCODER, attention("attends", (1, 1)), True, id="uses the encoder"),
        pytest.param({}, attention("attends", (1, 1), (1, 2)), True, id="looks, uses others"),
        pytest.param(CROSS, attention("none"), False, id="uses and does not look"),
        pytest.param({}, attention("none"), False, id="neither"),
        pytest.param(CROSS, attention("withheld"), None, id="unknown"),
    ],
)
def test_attends_by_route(shares, given, attends, snapshot):
    found = analyzed(intervened(shares, heads=HEADS, noise=0), attention=given).verdict
    assert found.attends is attends
    assert found.sentence.endswith(found.heads)
    snapshot([found.sentence, *found.caveats])


def test_heads_are_named():
    study = analyzed(intervened(CROSS, heads=HEADS), attention=attention("attends", (1, 2)))
    names = ["routes", "layers of cross", "heads of cross", "heads of encoder", "totals"]
    assert [family.name for family in study.families] == names
    assert study.verdict.caveats[-1].startswith(
        "Heads of the cross-attention that meet the rule of use, each alone: 1.1 ("
    )


def test_each_head_that_attends_has_its_share():
    given = attention("attends", (1, 1), (1, 2))
    found = analyzed(intervened(CROSS, heads=HEADS, noise=0), attention=given).verdict
    assert found.heads == (
        "Head 1.1 attends to the trigger; 60 % [60, 60] and 60 % [60, 60] of the effect pass by it (noising and "
        "denoising). Head 1.2 attends to the trigger; 5 % [5, 5] and 5 % [5, 5] of the effect pass by it (noising and "
        "denoising)."
    )


def test_heads_without_controls_are_not_judged():
    found = intervened(CROSS, heads=HEADS)
    for n, one in enumerate(found.which):
        if one.layer and one.place != "trigger":
            found.log_odds[:, n] = np.nan
    study = analyzed(found, attention=attention("attends", (1, 2)))
    assert study.verdict.route == "cross" and study.verdict.caveats == ()
    assert study.verdict.heads.startswith("Head 1.2 attends to the trigger; 5 % [")
    assert study.family("heads of cross").unmet[0][0].startswith("not tested")


def test_attention_of_another_process():
    with pytest.raises(InputError, match="about 'harmony', not 'nasals'"):
        analyzed(intervened(CROSS), attention={"process": "harmony", "verdict": {"strength": "none"}, "primary": None})


def test_tables(tmp_path):
    study = analyzed(intervened(CROSS, heads=HEADS, parts={("cross", "keys"): 0}))
    write_effects(study, tmp_path / "effects.csv")
    with (tmp_path / "effects.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == EFFECTS_COLUMNS and len(rows) == 1 + 3 + 4 + 1 + 1
    assert [row["family"] for row in rows[:3]] == ["minimal pair", "routes", "routes"]
    first = rows[1]
    assert (first["measure"], first["parts"], first["layer"], first["uses"]) == ("cross", "both", "all", "1")
    assert first["n_suffixes"] == "8" and float(first["p_noising"]) < 0.05
    for method in ("noising", "denoising", "knock_out"):
        assert float(first[f"share_{method}"]) == pytest.approx(1, abs=0.05)
        assert float(first[f"effect_{method}"]) == pytest.approx(10, abs=0.5)
    write_causal_summary(study, tmp_path / "summary.json")
    found = json.loads((tmp_path / "summary.json").read_text(encoding="utf-8"))
    assert found == causal_summary(study) and found["verdict"]["route"] == "cross"
    assert found["draws"] == [{"route": "cross", "kinds": ["cross"], "share": 1.0}]
    assert [head["head"] for head in found["heads"]] == [1] and found["heads"][0]["denoising"]["share"] > 0.5


def test_percent():
    assert [percent(share) for share in (-0.004, 0.004, 1.013, -0.97)] == ["0", "0", "101", "-97"]
    assert [percent(share, 0.2) for share in (0.196, 0.2, 0.19)] == ["19.6", "20", "19"]


def test_what_is_said_where_the_end_of_the_word_replaces_the_trigger():
    """Nothing is claimed, whatever is used; what is there is described."""
    events = Events([event(each) for each in at_edge.against_the_end(stems=9, suffixes=8)], [])
    found = intervened(CROSS, events)
    found.replaced.update({each.item.id: "#" for each in events.events})
    study = analyzed(found)
    assert study.edge == "N" and study.verdict.strength == "descriptive" and not study.routes.uses.any()
    assert study.verdict.sentence.startswith(
        "The use of the trigger of nasals is described, not claimed: what replaces it is the end of the word, and one "
        "edge is one trigger. The log-odds are +5.0 before the trigger and -5.0 at the end of the word; interchange of "
        "keys and values takes away and gives back, of the difference, "
    )
    assert study.verdict.sentence.endswith(" (9 stems and 8 suffixes).")
    few = Events([event(each) for each in at_edge.at_the_end(stems=5, suffixes=8)], [])
    study = analyzed(intervened(CROSS, few))
    assert study.verdict.strength == "withheld" and "one edge is one trigger; 5 stems in cell TR; a test takes 8" in (
        study.verdict.sentence
    )


def test_two_symbols_of_two_positions_are_no_measure_of_use():
    """Of a deletion replacing the trigger takes away a symbol: described, whatever the interchange does."""
    events = crossed(t=9, c=8, r=8, n=8)
    moved = Events([dataclasses.replace(each, gap=each.item.cell == "TR") for each in events.events], [])
    study = analyzed(intervened(CROSS, moved))
    assert analyzed(intervened(CROSS, events)).verdict.strength == "uses"
    assert study.verdict.strength == "descriptive" and not any(family.uses.any() for family in study.families)
    assert study.reasons_withheld == (OWN_SYMBOL,) and study.routes.unmet[0] == []
    assert study.verdict.sentence.startswith(
        f"The use of the trigger of nasals is described, not claimed: {OWN_SYMBOL}. The log-odds are +5.0 with the "
        "trigger and -5.0 with its replacement; interchange"
    )
    assert "uses" not in study.verdict.sentence
