"""Several models of attention: what is claimed over them, what is not, and what is said."""

import csv
import json
from dataclasses import replace

import numpy as np
import pytest

from fairseq_phonology.analysis.models.attention import compare_attention
from fairseq_phonology.analysis.models.tables import write_models, write_models_summary
from fairseq_phonology.analysis.provenance import OfGrammar, Provenance
from fairseq_phonology.errors import InputError
from tests.helpers.attending import SIZE, six, study_of, with_one_trigger
from tests.helpers.designed import crossed, real_words


@pytest.fixture(scope="module")
def compared():
    return compare_attention(six(layers=2))


def test_six_models_with_a_head_each(compared, snapshot):
    chosen = compared.test("chosen head")
    assert chosen.claim and chosen.p == pytest.approx(2 / 64) and chosen.segments < 0.05
    assert [row.response.head for row in compared.rows] == ["1.1", "1.2", "2.1", "2.2", "1.1", "1.2"]
    for mean, scale in ((chosen.mean, "log_odds"), (chosen.mass.mean, "mass")):
        assert mean == pytest.approx(np.mean([row.response.estimate[scale] for row in compared.rows]))
    assert compared.warning == ""
    assert "p = .0312" in compared.sentence and "uses" not in compared.sentence
    snapshot([compared.sentence, *compared.caveats])


def test_layer_means_by_hand(compared):
    """Layer 1 of seed 1: heads of 2 and of 0 log-odds."""
    own = compared.rows[0].layers
    assert own["layer 1"]["log_odds"] == pytest.approx(1, abs=0.15)
    assert own["layer 2"]["log_odds"] == pytest.approx(0, abs=0.15)


def test_layers_are_corrected_together(compared):
    layers = [test for test in compared.tests if test.family == "layers"]
    assert [test.name for test in layers] == ["layer 1", "layer 2"]
    # seeds 1, 2, 5, 6 respond in layer 1, seeds 3 and 4 in layer 2
    assert all(test.p >= 2 / 64 for test in layers) and not layers[1].claim


def test_five_models_are_shown_and_not_tested():
    studies = dict(list(six().items())[:5])
    compared = compare_attention(studies)
    assert compared.warning == (
        "Five models could be tested, so no claim is made over models: a two-sided sign-flip test needs at least six "
        "models to reach p < .05; with five, the smallest possible p is .0625."
    )
    assert all(np.isnan(test.p) and not test.claim for test in compared.tests)
    assert len(compared.rows) == 5 and np.isfinite(compared.test("chosen head").mean)
    assert "in 5 of 5 models a head meets the criteria for a single model" in compared.sentence
    assert compared.sentence.endswith("No claim is made over models: there are too few.")


def test_the_seed_decides_nothing_where_all_splits_are_made():
    studies = dict(list(six().items())[:5]) | {"nothing": study_of([0] * 12, layers=3, seed=6, noise=1.0)}
    found = {
        (test.claim, test.p, test.mean)
        for test in (compare_attention(studies, seed).test("chosen head") for seed in (1, 2))
    }
    assert len(found) == 1
    # three segments of T, two of C, R and N: 6 and 2 ways to divide them
    assert {row.response.splits for row in compare_attention(studies).rows} == {12}


def test_models_that_do_not_respond(snapshot):
    compared = compare_attention(six([[0] * 4] * 6))
    assert not compared.test("chosen head").claim
    snapshot([compared.sentence, *compared.caveats])


def test_one_model_of_six_that_turns_the_other_way():
    responses = [[2, 2]] * 5 + [[-2, -2]]
    chosen = compare_attention(six(responses)).test("chosen head")
    assert not chosen.claim and chosen.p > 0.05
    assert any("over models, not under .05" in each for each in chosen.unmet)


def test_a_response_under_the_floor_is_no_claim():
    chosen = compare_attention(six([[1.0, 0]] * 6, level=-4.5, noise=0.05)).test("chosen head")
    assert chosen.p < 0.05 and not chosen.claim
    assert [each for each in chosen.unmet if "of mass, under .05" in each]


@pytest.mark.parametrize(
    "shared",
    [
        pytest.param({"suffixes": {"R0": 4, "R1": 2, "N0": -1}}, id="suffixes"),
        pytest.param({"segments": {"p": 3, "m": -1}}, id="segments"),
    ],
)
def test_what_suffixes_or_segments_do_in_all_models_is_no_response(shared):
    """Signs of models cannot tell it from a process."""
    chosen = compare_attention(six([[0, 0]] * 6, **shared)).test("chosen head")
    assert chosen.p == pytest.approx(2 / 64) and chosen.mass.mean >= 0.05
    assert chosen.segments >= 0.05 and not chosen.claim
    assert "over segments, of the models' mean" in "; ".join(chosen.unmet)


def test_what_a_segment_does_in_a_head_does_not_make_it_the_chosen_one():
    """In each model one head gives p more with triggers, 1 in mean; where p chooses the head, p does not measure it.

    What is left is that of a head of four that is chosen by chance in the other half of the parts.
    """
    studies = {}
    for seed in range(1, 7):
        study = study_of([0, 0, 0, 0], seed=seed, noise=0.05)
        own = [n for n, event in enumerate(study.events.events) if (event.item.cell, event.item.target) == ("TR", "p")]
        study.events.views[0].log_odds[own, 0, 0] += 3
        studies[f"seed{seed}"] = study
    rows = compare_attention(studies).rows
    assert all(row.response.chosen["1.1"] >= 0.5 for row in rows)
    assert np.mean([row.response.estimate["log_odds"] for row in rows]) == pytest.approx(1 / 4, abs=0.1)


def test_models_without_a_test_are_named_and_left_out():
    studies = six()
    half = [(f"T{n}", "R0") for n in range(4)]
    studies["poor"] = study_of([2, 0], events=crossed(**SIZE, failed=half))
    compared = compare_attention(studies)
    poor = compared.rows[-1]
    assert poor.strength == "withheld" and not poor.tested and poor.response is None
    assert compared.test("chosen head").models == 6
    assert any(each.startswith("poor is excluded from the tests over models: ") for each in compared.caveats)
    assert "in 6 of 6" in compared.sentence


def test_stems_that_one_model_lost_are_left_out_of_the_mean_only():
    size = SIZE | {"t": 10, "c": 9}
    studies = six(events=crossed(**size))
    studies["one lost"] = study_of([2, 0], events=crossed(**size, failed=[("T1", "R0"), ("C1", "R0")]))
    chosen = compare_attention(studies).test("chosen head")
    assert chosen.models == 7 and chosen.claim and chosen.segments < 0.05


def test_real_words():
    studies = {f"seed{n}": study_of([0, 3], seed=n, events=real_words(16)) for n in range(1, 7)}
    compared = compare_attention(studies)
    chosen = compared.test("chosen head")
    assert chosen.by_words and chosen.p == pytest.approx(2 / 64) and np.isfinite(chosen.segments)
    assert "measured on real words with the other segments" in compared.caveats[0]


@pytest.mark.parametrize(
    ("events", "said"),
    [
        pytest.param(with_one_trigger(), "class R has one segment (/m/)", id="real words"),
        pytest.param(crossed(**SIZE, segments={"T": "p"}), "class T has one segment (/p/)", id="crossed"),
    ],
)
def test_a_class_of_one_segment_is_named_and_nothing_is_claimed(events, said):
    compared = compare_attention({f"seed{n}": study_of([0, 3], seed=n, events=events) for n in range(1, 7)})
    assert compared.tests == [] and compared.strength == "untested"
    assert compared.sentence.startswith("There is no result over models for nasals")
    (caveat, *_) = [each for each in compared.caveats if "excluded" in each]
    assert caveat.startswith("seed1, seed2, seed3, seed4, seed5 and seed6 are excluded from the tests over models: ")
    assert said in caveat and "no head can be chosen on some segments and measured on others" in caveat
    assert all(row.layers and row.strength for row in compared.rows)


@pytest.mark.parametrize(
    ("other", "said"),
    [
        pytest.param({"process": "x"}, "about the process 'x', model 'seed1' about the process 'nasals'", id="process"),
        pytest.param({"events": crossed(10, 8, 8, 8)}, "288 words in cells, model 'seed1' 272, and 272", id="words"),
        pytest.param({"provenance": Provenance(grammar=OfGrammar(rules=("b",)))}, "about the rules ['b']", id="rules"),
        pytest.param({"provenance": Provenance(options={"with": ["x"]})}, "optional processes ['x']", id="options"),
    ],
)  # fmt: skip
def test_what_cannot_be_compared_is_refused(other, said):
    known = Provenance(grammar=OfGrammar(rules=("a",)), options={"with": []})
    studies = {"seed1": study_of([1, 0], provenance=known), "other": study_of([1, 0], **{"provenance": known} | other)}
    with pytest.raises(InputError) as error:
        compare_attention(studies)
    assert said in error.value.message and "other" in error.value.message


def test_one_model_is_refused():
    with pytest.raises(InputError, match="one model given; a comparison needs two or more"):
        compare_attention({"seed1": study_of([1, 0])})


def test_the_same_checkpoint_twice_is_told():
    sha = Provenance(manifest={"checkpoint_sha256": "f" * 64})
    studies = {name: study_of([2, 0], seed=n, provenance=sha) for n, name in enumerate("ab")}
    assert (
        compare_attention(studies)
        .caveats[0]
        .startswith("a and b are the same checkpoint. Each model may be given only once")
    )


def test_the_same_numbers_twice_are_told():
    studies = {"a": study_of([2, 0]), "b": study_of([2, 0]), "c": study_of([2, 0], seed=2)}
    assert compare_attention(studies).caveats[0].startswith("a and b have the same results to the last digit")


def test_no_model_has_a_design():
    bare = {}
    for n, name in enumerate("ab"):
        study = study_of([2, 0], seed=n)
        bare[name] = replace(study, design=None, exclusions=None, families=[])
    compared = compare_attention(bare)
    assert compared.tests == [] and compared.sentence.startswith("There is no result over models for nasals")


def test_tables(tmp_path):
    studies = six(layers=2, provenance=Provenance(manifest={"checkpoint_sha256": "", "beam": 5}))
    studies["poor"] = study_of([2, 0], layers=2, events=crossed(**SIZE, failed=[(f"T{n}", "R0") for n in range(4)]))
    compared = compare_attention(studies)
    write_models(compared, tmp_path / "models.csv")
    with open(tmp_path / "models.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == [
        *("model", "strength", "tested", "exact_match", "words", "claims", "head", "chosen"),
        *(f"{what}_{scale}" for scale in ("log_odds", "mass") for what in ("estimate", "low", "high")),
        *(f"layer_{n}_{scale}" for n in (1, 2) for scale in ("log_odds", "mass")),
        *("reason_withheld", "checkpoint", "decoding"),
        *("uses", "uses_route", "uses_kinds", "uses_measure", "uses_share"),
    ]
    assert [row["model"] for row in rows] == [*(f"seed{n}" for n in range(1, 7)), "poor"]
    for scale in ("log_odds", "mass"):
        assert float(rows[0][f"estimate_{scale}"]) == pytest.approx(compared.rows[0].response.estimate[scale], rel=1e-5)
    assert (rows[0]["head"], rows[0]["claims"], rows[0]["exact_match"], rows[0]["words"]) == (
        "1.1",
        "1.1",
        "272",
        "272",
    )
    assert rows[6]["tested"] == "0" and rows[6]["estimate_mass"] == "" and "excluded" in rows[6]["reason_withheld"]

    assert rows[0]["decoding"] == "beam 5" and rows[0]["uses"] == rows[0]["uses_share"] == ""

    write_models_summary(compared, tmp_path / "summary.json")
    found = json.loads((tmp_path / "summary.json").read_text(encoding="utf-8"))
    assert found["verdict"]["sentence"] == compared.sentence and found["of"] == "attention"
    assert found["tests"][0]["p"] == 0.03125 and found["tests"][0]["claim"] is True
    assert set(found["tests"][0]["mass"]) == {"mean", "low", "high"}
    assert found["models"][6]["response"] is None and found["models"][0]["response"]["chosen"] == {"1.1": 1.0}
