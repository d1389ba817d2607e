"""By which route a trigger is used: from what each knock-out takes away to the verdict."""

import csv
import json

import numpy as np
import pytest

from fairseq_phonology.analysis.interventions.analyze import analyze_interventions
from fairseq_phonology.analysis.interventions.tables import (
    EFFECTS_COLUMNS,
    causal_summary,
    write_causal_summary,
    write_effects,
)
from fairseq_phonology.analysis.interventions.verdict import percent
from fairseq_phonology.errors import InputError
from tests.helpers.designed import crossed
from tests.helpers.intervened import intervened, words

CROSS = {"cross": 1, "cross+encoder": 1, "total": 1}
PROGRESSIVE = {"cross+decoder": 1, "total+decoder": 1}


def analyzed(found, **how):
    return analyze_interventions(found, "nasals", "toy", **how)


@pytest.mark.parametrize(
    ("shares", "route", "kinds"),
    [
        pytest.param(CROSS, "cross", ("cross",), id="cross"),
        pytest.param({"encoder": 1, "cross+encoder": 1, "total": 1}, "encoder", ("encoder",), id="encoder"),
        pytest.param({"cross+encoder": 1, "total": 1}, "either suffices", ("cross", "encoder"), id="either"),
        pytest.param(
            {"cross": 0.9, "encoder": 0.8, "cross+encoder": 1, "total": 1},
            *("jointly needed", ("cross", "encoder")),
            id="each takes all",
        ),
        pytest.param(
            {"cross": 0.5, "encoder": 0.5, "cross+encoder": 1, "total": 1},
            *("jointly needed", ("cross", "encoder")),
            id="each takes half",
        ),
        pytest.param({"total": 1}, "indirect", (), id="by way of others"),
        pytest.param({}, "none", (), id="none"),
        pytest.param({"cross": 0.15, "cross+encoder": 0.15}, "none", (), id="under the floor"),
        pytest.param(
            {"cross": 0.25, "cross+encoder": 0.9, "total": 1}, "either suffices", ("cross", "encoder"), id="in part"
        ),
        pytest.param({"cross": 0.5, "cross+encoder": 0.9, "total": 1}, "cross", ("cross",), id="one much more"),
        pytest.param(
            {"cross": 0.15, "encoder": 0.15, "cross+encoder": 0.3, "total": 0.3},
            *("jointly needed", ("cross", "encoder")),
            id="each takes a little",
        ),
        pytest.param({"encoder": -1, "cross+encoder": 1}, "either suffices", ("cross", "encoder"), id="one adds"),
    ],
)
def test_the_route(shares, route, kinds):
    found = analyzed(intervened(shares)).verdict
    assert (found.route, found.kinds) == (route, kinds)
    assert found.strength == ("none" if route == "none" else "uses")


@pytest.mark.parametrize(
    ("shares", "route", "kinds"),
    [
        pytest.param({"decoder": 1, **PROGRESSIVE}, "decoder", ("decoder",), id="decoder"),
        pytest.param(PROGRESSIVE, "either suffices", ("cross", "decoder"), id="either"),
        pytest.param(
            {"cross": 0.5, "decoder": 0.5, **PROGRESSIVE}, "jointly needed", ("cross", "decoder"), id="jointly"
        ),
        pytest.param(
            {"cross+encoder": 1, **PROGRESSIVE}, "either suffices", ("cross", "encoder", "decoder"), id="any pair"
        ),
    ],
)
def test_the_route_of_a_progressive_process(shares, route, kinds):
    study = analyzed(intervened(shares, prefix=True, mirror=False))
    assert (study.verdict.route, study.verdict.kinds) == (route, kinds)
    assert study.minimal_pair.measure == "minimal-pair+prefix"
    assert study.minimal_pair.effect == pytest.approx(10, abs=0.2)  # not the half that the UR alone carries


SAID = {
    "cross": CROSS,
    "encoder": {"encoder": 1, "cross+encoder": 1, "total": 1},
    "either": {"cross+encoder": 1, "total": 1},
    "jointly": {"cross": 0.5, "encoder": 0.5, "cross+encoder": 1, "total": 1},
    "in part": {"cross": 0.5, "cross+encoder": 0.9},
    "replace each other": {"cross": 0.3, "cross+encoder": 1},
    "little use without the other": {"cross": 1, "encoder": 1, "cross+encoder": 1},
    "indirect": {"total": 1},
    "none": {},
    "decoder": {"decoder": 1, **PROGRESSIVE},
    "any pair": {"cross+encoder": 1, **PROGRESSIVE},
}


@pytest.mark.parametrize("name", SAID)
def test_what_is_said_of_a_route(name, snapshot):
    progressive = {"prefix": True, "mirror": False} if "cross+decoder" in SAID[name] else {}
    found = analyzed(intervened(SAID[name], noise=0, **progressive)).verdict
    snapshot([found.sentence, *found.caveats])


def test_the_numbers_said_are_those_of_the_interventions():
    """Of 5 + 5 the knock-out takes 10; signs of 6 stems and 6 suffixes."""
    said = analyzed(intervened(CROSS, noise=0)).verdict.sentence
    assert "from +5.0 to -5.0, 100 % [100, 100]" in said and f"p-values {1 / 64:.4f}"[10:] in said


def test_what_other_segments_take_away_too_is_no_use():
    study = analyzed(intervened(CROSS, others=CROSS))
    assert study.verdict.route == "none" and not study.routes.uses.any()
    partly = analyzed(intervened(CROSS, others={"cross": 0.85, "cross+encoder": 0.85, "total": 0.85}))
    assert partly.verdict.route == "none"
    assert partly.routes.unmet[0] == ["15 % of the minimal-pair effect beyond others, under 20 %"]


def test_one_suffix_is_not_enough():
    """The test over stems alone would call it use: every stem stands with that suffix."""
    found = intervened({})
    own = [n for n, event in enumerate(found.events) if event.item.suffix == "R0"]
    found.log_odds[own, found.number("cross")] -= 30
    study = analyzed(found)
    n = study.routes.number("cross")
    assert study.routes.share[n] > 0.4 and study.routes.p["stems_others"][n] < 0.05
    assert study.routes.p["suffixes_others"][n] > 0.05 and not study.routes.uses[n]
    assert "over s" in study.routes.unmet[n][0]


def test_a_trigger_that_makes_no_difference():
    verdict = analyzed(intervened(CROSS, pair=0.4, noise=0.05)).verdict
    assert (verdict.strength, verdict.route) == ("same", "")
    assert "does not distinguish the trigger of nasals" in verdict.sentence
    assert "+5.0 with the trigger and +4.6 without" in verdict.sentence
    given = attention("attends", (1, 2))
    verdict = analyzed(intervened(CROSS, pair=0.4, noise=0.05), attention=given).verdict
    assert verdict.sentence.endswith(f"no use to explain. {verdict.combined}")
    assert verdict.combined == "It attends to the trigger (head 1.2), and is not shown to use it."


@pytest.mark.parametrize(
    ("events", "strength"),
    [
        pytest.param(crossed(t=6, r=4), "withheld", id="few"),
        pytest.param(crossed(t=8, r=6, failed=[("T0", "R0"), ("T1", "R1"), ("T2", "R1")]), "withheld", id="errors"),
        pytest.param(crossed(t=4, failed=[("T0", "R0")]), "withheld", id="too many errors"),
        pytest.param(crossed(t=3), "descriptive", id="no design"),
        pytest.param(crossed(t=1, r=1, failed=[("T0", "R0")]), "descriptive", id="all wrong"),
    ],
)
def test_no_claim(events, strength, snapshot):
    verdict = analyzed(intervened(CROSS, events, noise=0)).verdict
    assert (verdict.strength, verdict.route) == (strength, "")
    snapshot(verdict.sentence)


def test_words_without_a_minimal_pair():
    found = intervened(CROSS)
    found.log_odds[3, found.number("minimal-pair")] = np.nan
    study = analyzed(found)
    assert study.verdict.strength == "withheld" and "no minimal pair" in study.verdict.sentence
    assert study.minimal_pair is None and np.isnan(study.routes.share).all() and np.isfinite(study.routes.low).all()


def test_real_words():
    study = analyzed(words(CROSS))
    assert study.verdict.route == "cross" and study.routes.p["stems_others"][0] == 1 / 256
    assert set(study.routes.p) == {"stems_others", "stems_mirror"} and study.verdict.sentence.endswith("8 words).")
    few = analyzed(words(CROSS, 5))
    assert few.verdict.route == "cross" and few.routes.p["stems_others"][0] == 1 / 32


def test_a_mirror_offset_that_some_words_lack_is_not_tested():
    found = intervened(CROSS)
    found.log_odds[0, found.number("cross", "mirror")] = np.nan
    study = analyzed(found)
    assert np.isnan(study.routes.p["stems_mirror"][0]) and np.isfinite(study.routes.p["stems_mirror"][1])
    assert np.isnan(study.routes.controls["mirror"][0]) and study.verdict.route == "cross"


def test_progressive_units_keep_their_names():
    study = analyzed(intervened(CROSS, crossed(t=7, c=5, r=6, n=5, progressive=True)))
    assert (study.n_stems, study.n_suffixes) == (6, 7)
    assert study.routes.p["stems_others"][0] == 1 / 64 and study.routes.p["suffixes_others"][0] == 1 / 128


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
        pytest.param({"encoder": 1, "cross+encoder": 1}, attention("attends", (1, 1)), True, id="uses the encoder"),
        pytest.param({}, attention("attends", (1, 1)), True, id="looks, no use"),
        pytest.param(CROSS, attention("none"), False, id="uses and does not look"),
        pytest.param({}, attention("none"), False, id="neither"),
        pytest.param(CROSS, attention("withheld"), None, id="unknown"),
    ],
)
def test_attends_by_route(shares, given, attends, snapshot):
    found = analyzed(intervened(shares, heads=HEADS, noise=0), attention=given).verdict
    assert found.attends is attends
    snapshot([found.sentence, found.combined, *found.caveats])


def test_heads_are_named(snapshot):
    study = analyzed(intervened(CROSS, heads=HEADS), attention=attention("attends", (1, 2)))
    assert [family.name for family in study.families] == [
        "routes",
        "layers of cross",
        "heads of cross",
        "heads of encoder",
    ]
    snapshot(study.verdict.caveats)


def test_heads_that_attend_elsewhere_are_named_too():
    """What is used goes by the encoder; the head of the cross-attention that attends is idle."""
    study = analyzed(
        intervened({"encoder": 1, "cross+encoder": 1, "total": 1}, heads=HEADS), attention=attention("attends", (1, 2))
    )
    assert study.verdict.sentence.endswith("but uses it by another route.")
    assert study.verdict.caveats[-1].endswith("meet the rule of use alone: 1.2 of the cross-attention (5 %).")


def test_heads_without_controls_are_not_judged():
    found = intervened(CROSS, heads=HEADS)
    for n, one in enumerate(found.which):
        if one.layer and one.place != "trigger":
            found.log_odds[:, n] = np.nan
    study = analyzed(found, attention=attention("attends", (1, 2)))
    assert study.verdict.route == "cross" and study.verdict.caveats == ()
    assert study.verdict.sentence.endswith("It attends to the trigger (head 1.2), and uses it.")
    assert study.family("heads of cross").unmet[0][0].startswith("not tested")


def test_attention_of_another_process():
    with pytest.raises(InputError, match="about 'harmony', not 'nasals'"):
        analyzed(intervened(CROSS), attention={"process": "harmony", "verdict": {"strength": "none"}, "primary": None})


def test_tables(tmp_path):
    study = analyzed(intervened(CROSS, heads=HEADS))
    write_effects(study, tmp_path / "effects.csv")
    with (tmp_path / "effects.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == EFFECTS_COLUMNS and len(rows) == 1 + 4 + 4
    assert [row["family"] for row in rows[:3]] == ["minimal pair", "routes", "routes"]
    first = rows[1]
    assert (first["measure"], first["layer"], first["uses"], first["n_suffixes"]) == ("cross", "all", "1", "6")
    assert float(first["share"]) == pytest.approx(1, abs=0.05) and float(first["p_both_others"]) == 1 / 64
    write_causal_summary(study, tmp_path / "summary.json")
    found = json.loads((tmp_path / "summary.json").read_text(encoding="utf-8"))
    assert found == causal_summary(study) and found["verdict"]["route"] == "cross"
    assert [head["head"] for head in found["heads"]] == [1]


def test_percent():
    assert [percent(share) for share in (-0.004, 0.004, 1.013, -0.97)] == ["0", "0", "101", "-97"]
