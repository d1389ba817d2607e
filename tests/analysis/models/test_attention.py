"""Several models of attention: what is claimed over them, what is not, and what is said."""

import csv
import json
from dataclasses import replace

import numpy as np
import pytest

from fairseq_phonology.analysis.models.attention import _values, compare_attention
from fairseq_phonology.analysis.models.held_out import units_of
from fairseq_phonology.analysis.models.tables import write_models, write_models_summary
from fairseq_phonology.analysis.provenance import OfGrammar, Provenance
from fairseq_phonology.analysis.statistics.splits import choose_and_measure, split_halves
from fairseq_phonology.errors import InputError
from tests.helpers.attending import six, study_of
from tests.helpers.designed import crossed, real_words

SIZE = {"t": 6, "c": 6, "r": 6, "n": 6}


@pytest.fixture(scope="module")
def compared():
    return compare_attention(six(layers=2))


def test_six_models_with_a_head_each(compared, snapshot):
    mass = compared.test("chosen head", "mass")
    assert mass.claim and compared.test("chosen head", "logit").claim
    assert mass.p == pytest.approx(2 / 64)
    assert [row.response.head for row in compared.rows] == ["1.1", "1.2", "2.1", "2.2", "1.1", "1.2"]
    assert mass.mean == pytest.approx(np.mean([row.response.estimate["mass"] for row in compared.rows]))
    assert compared.warning == ""
    assert "p = .0312" in compared.sentence and "uses" not in compared.sentence
    snapshot([compared.sentence, *compared.caveats])


def test_layer_means_by_hand(compared):
    """Layer 1 of seed 1: heads of 2 and of 0 logits."""
    own = compared.rows[0].layers
    assert own["layer 1"]["logit"] == pytest.approx(1, abs=0.15)
    assert own["layer 2"]["logit"] == pytest.approx(0, abs=0.15)


def test_layers_are_corrected_together(compared):
    layers = [test for test in compared.tests if test.family == "layers"]
    assert [test.name for test in layers] == ["layer 1", "layer 1", "layer 2", "layer 2"]
    # seeds 1, 2, 5, 6 respond in layer 1, seeds 3 and 4 in layer 2
    assert all(test.p >= 2 / 64 for test in layers) and not any(test.claim for test in layers if test.name == "layer 2")


def test_five_models_are_shown_and_not_tested():
    studies = dict(list(six().items())[:5])
    compared = compare_attention(studies)
    assert compared.warning == (
        "Five models could be tested, so no claim is made over models: a two-sided sign-flip test needs at least six "
        "models to reach p < .05; with five, the smallest possible p is .0625."
    )
    assert all(np.isnan(test.p) and not test.claim for test in compared.tests)
    assert len(compared.rows) == 5 and np.isfinite(compared.test("chosen head", "mass").mean)
    assert "in 5 of 5 models a head meets the criteria for a single model" in compared.sentence
    assert compared.sentence.endswith("No claim is made over models: there are too few.")


def test_the_seed_does_not_decide_a_borderline_verdict():
    """The sixth model has no head that responds: with twenty splits the sign of its number is that of the seed."""
    studies = dict(list(six().items())[:5]) | {"nothing": study_of([0] * 12, layers=3, seed=6, noise=1.0)}
    design, values = studies["nothing"].design, _values(studies["nothing"])
    few = [
        choose_and_measure(values, "logit", *units_of(design), split_halves(*units_of(design), 20, seed))[0]["odds"][0]
        for seed in range(1, 7)
    ]
    assert min(few) < 0 < max(few)
    verdicts = {
        (test.claim, test.p, test.additional["odds"])
        for test in (compare_attention(studies, seed).test("chosen head", "logit") for seed in range(1, 6))
    }
    assert verdicts == {(True, 2 / 64, 2 / 64)}


def test_models_that_do_not_respond(snapshot):
    compared = compare_attention(six([[0] * 4] * 6))
    assert not compared.test("chosen head", "mass").claim
    snapshot([compared.sentence, *compared.caveats])


def test_one_model_of_six_that_turns_the_other_way():
    responses = [[2, 2]] * 5 + [[-2, -2]]
    mass = compare_attention(six(responses)).test("chosen head", "mass")
    assert not mass.claim and mass.p > 0.05
    assert any("over models (mass), not under .05" in each for each in mass.unmet)


def test_a_response_under_the_floor_is_no_claim():
    mass = compare_attention(six([[1.0, 0]] * 6, level=-4.5, noise=0.05)).test("chosen head", "mass")
    assert mass.p < 0.05 and not mass.claim
    assert [each for each in mass.unmet if "of mass, under .05" in each]


def test_what_two_suffixes_do_in_all_models_is_no_response():
    """Every model has the same suffixes: signs of models cannot tell them from a process."""
    suffixes = {"R0": 4, "R1": 2, "N0": -1}
    mass = compare_attention(six([[0, 0]] * 6, suffixes=suffixes)).test("chosen head", "mass")
    assert mass.p == pytest.approx(2 / 64) and mass.mean >= 0.05
    assert mass.additional["words"] >= 0.05 and not mass.claim
    assert "over stems and suffixes at once, of the models' mean" in "; ".join(mass.unmet)


def test_models_without_a_test_are_named_and_left_out():
    studies = six()
    half = [(f"T{n}", "R0") for n in range(3)]
    studies["poor"] = study_of([2, 0], events=crossed(**SIZE, failed=half))
    compared = compare_attention(studies)
    poor = compared.rows[-1]
    assert poor.strength == "withheld" and not poor.tested and poor.response is None
    assert compared.test("chosen head", "mass").models == 6
    assert any(each.startswith("poor is excluded from the tests over models: ") for each in compared.caveats)
    assert "in 6 of 6" in compared.sentence


def test_stems_that_one_model_lost_are_left_out_of_the_words_only():
    studies = six()
    studies["one lost"] = study_of([2, 0], events=crossed(**SIZE, failed=[("T1", "R0"), ("C1", "R0")]))
    mass = compare_attention(studies).test("chosen head", "mass")
    assert mass.models == 7 and mass.claim and mass.additional["words"] < 0.05


def test_real_words():
    studies = {f"seed{n}": study_of([0, 3], seed=n, events=real_words(12)) for n in range(1, 7)}
    compared = compare_attention(studies)
    mass = compared.test("chosen head", "mass")
    assert mass.claim and mass.by_words
    assert (
        "on half of the real words and measured on the other half; values are means over 500 random splits"
        in compared.caveats[0]
    )


@pytest.mark.parametrize(
    ("other", "said"),
    [
        pytest.param({"process": "x"}, "about the process 'x', model 'seed1' about the process 'nasals'", id="process"),
        pytest.param({"events": crossed(7, 6, 6, 6)}, "156 words in cells, model 'seed1' 144, and 144", id="words"),
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
    studies["poor"] = study_of([2, 0], layers=2, events=crossed(**SIZE, failed=[(f"T{n}", "R0") for n in range(3)]))
    compared = compare_attention(studies)
    write_models(compared, tmp_path / "models.csv")
    with open(tmp_path / "models.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == [
        *("model", "strength", "tested", "exact_match", "words", "claims", "head", "chosen"),
        *(f"{what}_{scale}" for scale in ("mass", "logit", "odds") for what in ("estimate", "low", "high")),
        *(f"layer_{n}_{scale}" for n in (1, 2) for scale in ("mass", "logit", "odds")),
        *("reason_withheld", "checkpoint", "decoding"),
        *("uses", "uses_route", "uses_kinds", "uses_measure", "uses_share"),
    ]
    assert [row["model"] for row in rows] == [*(f"seed{n}" for n in range(1, 7)), "poor"]
    assert float(rows[0]["estimate_odds"]) == pytest.approx(compared.rows[0].response.estimate["odds"], rel=1e-5)
    assert float(rows[0]["estimate_mass"]) == pytest.approx(compared.rows[0].response.estimate["mass"], rel=1e-5)
    assert (rows[0]["head"], rows[0]["claims"], rows[0]["exact_match"], rows[0]["words"]) == (
        "1.1",
        "1.1",
        "144",
        "144",
    )
    assert rows[6]["tested"] == "0" and rows[6]["estimate_mass"] == "" and "excluded" in rows[6]["reason_withheld"]

    assert rows[0]["decoding"] == "beam 5" and rows[0]["uses"] == rows[0]["uses_share"] == ""

    write_models_summary(compared, tmp_path / "summary.json")
    found = json.loads((tmp_path / "summary.json").read_text(encoding="utf-8"))
    assert found["verdict"]["sentence"] == compared.sentence and found["of"] == "attention"
    assert found["tests"][0]["p"] == 0.03125 and found["tests"][0]["claim"] is True
    assert found["models"][6]["response"] is None and found["models"][0]["response"]["chosen"] == {"1.1": 1.0}
