"""Several models under intervention: routes and chosen single heads over models."""

import csv
import json
from dataclasses import replace

import numpy as np
import pytest

from fairseq_phonology.analysis.interventions.analyze import analyze_interventions
from fairseq_phonology.analysis.models.interventions import compare_interventions
from fairseq_phonology.analysis.models.sentences import sentence_of_routes
from fairseq_phonology.analysis.models.tables import write_models, write_models_summary
from fairseq_phonology.analysis.provenance import Provenance
from fairseq_phonology.errors import InputError
from tests.helpers.attending import with_one_trigger
from tests.helpers.designed import crossed
from tests.helpers.intervened import intervened, progressive, words

CROSS = {"cross": 0.9, "cross+encoder": 1, "total": 1}
ENCODER = {"encoder": 0.9, "cross+encoder": 1, "total": 1}
SIZE = {"t": 9, "c": 8, "r": 8, "n": 8}


def pair_of(found, process="nasals", provenance=None):
    causal = analyze_interventions(found, process, "toy")
    causal.provenance = provenance or Provenance()
    return found, causal


def heads_of(seed):
    """One of four heads takes half; another one in every model."""
    return {("cross", 1, head): 0.5 if head == 1 + seed % 4 else 0.02 for head in (1, 2, 3, 4)}


def models(shares=CROSS, n=6, made=intervened, **how):
    return {f"seed{seed}": pair_of(made(shares, seed=seed, heads=heads_of(seed), **how)) for seed in range(1, n + 1)}


@pytest.fixture(scope="module")
def compared():
    return compare_interventions(models())


def test_six_of_six(compared, snapshot):
    assert f"90 % [{_bounds(compared, 'cross')}]" in compared.sentence and "p = .0312" in compared.sentence
    snapshot([compared.sentence, *compared.caveats])
    assert compared.causal and compared.warning == ""


def _bounds(compared, measure):
    test = compared.test(measure)
    return f"{100 * test.low:.0f}, {100 * test.high:.0f}"


def test_claims_are_those_of_the_routes_that_take_something(compared):
    claims = {test.name: test.claim for test in compared.tests}
    assert claims == {
        **{"minimal pair": True, "cross": True, "encoder": False, "cross+encoder": True},
        "head of cross": True,
    }


def test_the_minimal_pair_is_in_log_odds(compared):
    pair = compared.test("minimal pair")
    assert pair.mean == pytest.approx(10, abs=0.1) and pair.low < pair.mean < pair.high


def test_share_is_mean_effect_over_mean_minimal_pair(compared):
    cross = compared.test("cross")
    assert cross.mean == min(each.mean for each in cross.directions.values())
    assert list(cross.directions) == ["noising", "denoising"]
    whole = np.mean([row.pair for row in compared.rows])
    for direction, share in cross.directions.items():
        effects = []
        for found, causal in models().values():
            index = causal.design.events_of("TR")
            effects.append(found.effects[index, found.number("cross", "trigger", method=direction)].mean())
        assert share.mean == pytest.approx(np.mean(effects) / whole)


def test_the_single_head_is_another_in_every_model(compared):
    assert [row.heads["cross"].head for row in compared.rows] == ["1.2", "1.3", "1.4", "1.1", "1.2", "1.3"]
    assert compared.test("head of cross").mean == pytest.approx(0.5, abs=0.02)
    assert "interchange in the head of cross takes away 50 %" in compared.caveats[0]
    own = compared.rows[0].heads["cross"]
    assert own.low["share"] < own.estimate["share"] < own.high["share"]
    assert own.estimate["effect beyond"] == pytest.approx(own.estimate["effect"], abs=0.3)


def test_five_models_are_not_tested(snapshot):
    compared = compare_interventions(models(n=5))
    snapshot([compared.sentence, compared.warning])
    assert not any(test.claim for test in compared.tests) and all(np.isnan(test.p) for test in compared.tests)
    assert np.isfinite(compared.test("cross").mean)


def test_models_of_different_routes_are_counted(snapshot):
    studies = models(n=5) | {f"other{n}": pair_of(intervened(ENCODER, seed=10 + n)) for n in (1, 2)}
    snapshot(compare_interventions(studies).sentence)


def test_models_that_use_it_by_different_routes(snapshot):
    """Half of them by one route, half by another: neither is claimed over models, the loss of both is."""
    studies = models(n=3) | {f"other{n}": pair_of(intervened(ENCODER, seed=10 + n)) for n in (1, 2, 3)}
    compared = compare_interventions(studies)
    assert not compared.test("cross").claim and not compared.test("encoder").claim
    assert compared.strength == "uses"
    assert f"100 % [{_bounds(compared, 'cross+encoder')}]" in compared.sentence
    snapshot(compared.sentence)


@pytest.mark.parametrize(
    ("strengths", "said"),
    [
        pytest.param(
            ["none"] * 6, ", although none of the 6 is shown to when tested alone; over six models, ", id="none alone"
        ),
        pytest.param(
            ["uses"] + ["none"] * 5, ", 1 of 6 by cross-attention, 5 by no route that is shown; over", id="one"
        ),
    ],
)
def test_a_claim_over_models_is_in_the_sentence_whatever_each_shows(compared, strengths, said):
    """What is claimed over models is a loss of both."""
    rows = [
        replace(row, strength=own, route="cross" if own == "uses" else "none", kinds=("cross",) * (own == "uses"))
        for row, own in zip(compared.rows, strengths, strict=True)
    ]
    tests = [replace(test, claim=test.claim and test.name != "cross") for test in compared.tests]
    made = replace(compared, rows=rows, tests=tests)
    assert made.strength == "uses"
    sentence = sentence_of_routes(made)
    assert sentence.startswith(f"The models use the trigger of nasals{said}") and "not shown" not in sentence
    nothing = replace(made, tests=[replace(test, claim=test.family != "routes") for test in tests])
    assert nothing.strength == "none" and "its use is not shown" in sentence_of_routes(nothing)


def test_what_costs_as_much_elsewhere_is_no_use():
    compared = compare_interventions(
        models({"cross": 0.5, "cross+encoder": 0.5}, others={"cross": 0.45, "cross+encoder": 0.5})
    )
    cross = compared.test("cross")
    assert cross.p < 0.05 and not cross.claim
    assert "5 % of the minimal-pair effect beyond other segments, noising, under 20 %" in "; ".join(cross.unmet)
    assert compared.sentence.startswith("None of 6 models is shown to use the trigger of nasals by any route")


def test_under_the_floor_is_no_use():
    cross = compare_interventions(models({"cross": 0.15})).test("cross")
    assert cross.p < 0.05 and not cross.claim
    assert "15 % of the minimal-pair effect, under 20 %" in cross.unmet


def test_what_one_suffix_does_in_all_models_is_no_use():
    """Every model loses much in words with the suffix R0, nothing in others: 25 % in mean, of eight suffixes one."""
    studies = {}
    for n in range(1, 7):
        found = intervened({}, seed=n)
        own = [event.item.suffix == "R0" for event in found.events]
        for method, sign in (("noising", -1), ("denoising", 1)):
            found.log_odds[own, found.number("cross", "trigger", method=method)] += 20 * sign
        studies[f"seed{n}"] = pair_of(found)
    cross = compare_interventions(studies).test("cross")
    assert cross.p == pytest.approx(2 / 64) and cross.mean == pytest.approx(0.25, abs=0.02)
    assert cross.low >= 0.20 and not cross.claim
    (unmet,) = cross.unmet
    assert unmet.startswith("the lower bound of the share is ")
    assert "(stems and suffixes, of the models' mean, noising)" in unmet


def test_models_that_do_not_distinguish_have_no_shares():
    compared = compare_interventions(models({}, pair=0.0))
    assert not compared.test("minimal pair").claim
    assert np.isnan(compared.test("cross").mean)
    assert "no minimal-pair effect was shown to take a share of" in compared.test("cross").unmet
    assert all(row.tested and row.strength == "same" for row in compared.rows)


def test_models_without_a_verdict_are_left_out_by_name():
    events = crossed(**SIZE, failed=[(f"T{n}", "R0") for n in range(4)])
    studies = models() | {"poor": pair_of(intervened(CROSS, events))}
    compared = compare_interventions(studies)
    assert not compared.rows[-1].tested and compared.test("cross").models == 6
    assert any(each.startswith("poor is excluded from the tests over models: ") for each in compared.caveats)


def test_real_words_have_no_suffixes():
    studies = {
        f"seed{n}": pair_of(intervened(CROSS, with_one_trigger(), seed=n, heads=heads_of(n))) for n in range(1, 7)
    }
    compared = compare_interventions(studies)
    assert compared.test("cross").claim and compared.test("cross").by_words
    assert "All models have the same real words" in compared.caveats[-1]
    assert compared.caveats[-2].startswith("No single head is measured over models: class R has one segment (/m/)")
    assert not any(row.heads for row in compared.rows)


def test_heads_of_real_words():
    studies = {}
    for n in range(1, 7):
        studies[f"seed{n}"] = pair_of(words(CROSS, 16, seed=n, heads=heads_of(n)))
    compared = compare_interventions(studies)
    assert compared.test("head of cross").claim and compared.test("head of cross").by_words
    assert [row.heads["cross"].head for row in compared.rows] == ["1.2", "1.3", "1.4", "1.1", "1.2", "1.3"]


def test_what_a_segment_does_in_a_head_does_not_make_it_the_chosen_one():
    """In each model one head passes on all of p and nothing of t and k: where p chooses it, p is not measured."""
    studies = {}
    for n in range(1, 7):
        found = intervened(CROSS, seed=n, heads={("cross", 1, head): 0.0 for head in (1, 2, 3, 4)})
        own = [event.item.target == "p" for event in found.events]
        for method, sign in (("noising", -1), ("denoising", 1)):
            found.log_odds[own, found.number("cross", "trigger", 1, 1, method)] += 10 * sign
        studies[f"seed{n}"] = pair_of(found)
    compared = compare_interventions(studies)
    assert all(row.heads["cross"].chosen["1.1"] >= 0.5 for row in compared.rows)
    # 33 % in all words; what is left is that of a head of four, chosen by chance
    assert compared.test("head of cross").mean < 0.2 and not compared.test("head of cross").claim


def test_a_progressive_process():
    events = crossed(**SIZE, progressive=True)
    studies = {
        f"seed{n}": pair_of(intervened(progressive({"decoder": 0.9}), events, seed=n, prefix=True)) for n in range(1, 7)
    }
    compared = compare_interventions(studies)
    assert "6 of 6 models use the trigger of nasals by the decoder's self-attention: over six" in compared.sentence
    assert compared.test("decoder").claim and not compared.rows[0].heads


def test_other_words_are_refused():
    studies = models(n=1) | {"other": pair_of(intervened(CROSS, crossed(t=10, c=8, r=8, n=8)))}
    with pytest.raises(InputError, match="models are compared over the same words"):
        compare_interventions(studies)


def test_the_same_checkpoint_twice_is_told():
    sha = Provenance(checkpoint_sha256="e" * 64)
    studies = {name: pair_of(intervened(CROSS, seed=n), provenance=sha) for n, name in enumerate("ab")}
    assert "a and b are the same checkpoint" in compare_interventions(studies).caveats[0]


def test_tables(compared, tmp_path):
    write_models(compared, tmp_path / "models.csv")
    with open(tmp_path / "models.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 6 and rows[0]["route"] == "cross" and rows[0]["head_of_cross"] == "1.2"
    assert float(rows[0]["share_cross"]) == pytest.approx(compared.rows[0].routes["cross"].share, rel=1e-5)
    assert rows[0]["uses_cross"] == "1" and rows[0]["uses_encoder"] == "0"
    assert float(rows[0]["share_of_head_of_cross"]) == pytest.approx(0.5, abs=0.05)
    write_models_summary(compared, tmp_path / "summary.json")
    found = json.loads((tmp_path / "summary.json").read_text(encoding="utf-8"))
    assert found["of"] == "interventions" and found["models"][0]["routes"]["cross"]["uses"] is True
