"""Only what the study asks for, of the checkpoints that are there, is a result."""

import json
import re
from pathlib import Path

import pytest

from fairseq_phonology.errors import InputError
from fairseq_phonology.workflow import layout
from fairseq_phonology.workflow.results import read_results, say_results
from fairseq_phonology.workflow.results.verdicts import ATTENDS, CONDITION, DYNAMICS, PEOPLE, SCORES, USES
from fairseq_phonology.workflow.study import read_study
from tests.helpers import finished as made
from tests.helpers.finished import finished, put, sha, study_file

STAMP = layout.outputs("train", model="model", seed=1)[0]


def changed(study, path, **fields):
    """Writes a JSON file anew, with other fields."""
    file = Path(study.dest) / path
    put(study, path, json.loads(file.read_text(encoding="utf-8")) | fields)


def test_everything_of_one_model_is_read(tmp_path):
    results = read_results(finished(tmp_path))
    (run,), (tested,), (question,) = results.runs, results.tested, results.questions
    assert run.stamp.checkpoint_sha256 == sha("model", 1)
    assert (run.best["epoch"], run.best["exact_match"], run.best["valid_loss"]) == (2, 75, 1.25)
    assert (tested.errors.right, tested.errors.words) == (9, 10)
    assert [row["hypothesis"] for row in tested.wrong] == ["a k m a"]
    assert {asked: (each.strength, each.sentence) for asked, each in question.findings.items()} == {
        ATTENDS: ("attends", made.ATTENDS),
        USES: ("uses", made.USES),
    }
    assert question.pages == {"report": "stimuli/designed/model/1/analysis/report.html"}
    assert question.numbers[1] == {
        **{"attends": "attends", "head": "2.1", "response": 2.5, "low_response": 2.0, "high_response": 3.0},
        **{"p": 0.0001, "mass": 0.9, "uses": "uses", "route": "cross", "minimal_pair": 11.5},
        **{"low_minimal_pair": 11.0, "high_minimal_pair": 12.0, "share_noising": 0.99, "share_denoising": 1.0},
    }
    assert results.versions == {"fairseq_phonology": ("0.1.0",), "torch": ("2.6.0",)}
    assert results.unfinished == []


@pytest.mark.parametrize(("seeds", "strengths"), [(3, ("few", "few")), (6, ("attends", "uses"))])
def test_over_seeds_the_verdicts_are_those_over_models(tmp_path, seeds, strengths):
    results = read_results(finished(tmp_path, seeds=str(seeds)))
    (question,) = results.questions
    assert tuple(each.strength for each in question.findings.values()) == strengths
    assert question.findings[ATTENDS].sentence == made.OVER_ATTENDS.format(n=seeds)
    assert list(question.pages)[:3] == ["report on attention", "report on use", "seed 1"]
    assert {numbers["head"] for numbers in question.numbers.values()} == {"2.1"}
    assert len(results.of("attested", "model")) == seeds
    singles = Path(layout.folder("intervene", set="designed", model="model", seed=1))
    assert singles not in results.folders  # the folder over all seeds has the same


def test_without_its_stamp_a_training_has_no_results(tmp_path):
    study = finished(tmp_path)
    (Path(study.dest) / STAMP).unlink()
    results = read_results(study)
    assert results.tested == ()
    assert set(results.questions[0].findings.values()) == {None}
    assert results.runs[0].best["exact_match"] == 75  # so far
    assert results.unfinished == [
        "training of seed 1",
        "words of attested, seed 1",
        "what the model attends to: designed",
        "what the model uses: designed",
    ]


def test_results_of_another_checkpoint_are_not_current(tmp_path):
    study = finished(tmp_path)
    put(study, "lists/attested/model/1/attention/manifest.json", made.about("model", 1))
    changed(study, STAMP, checkpoint_sha256="trained anew")
    results = read_results(study)
    assert results.tested == ()
    assert set(results.questions[0].findings.values()) == {None}
    assert results.questions[0].pages == {}


def test_results_about_another_process_are_not_current(tmp_path):
    study = finished(tmp_path)
    changed(study, "stimuli/designed/model/1/analysis/summary.json", process="devoicing")
    found = read_results(study).questions[0].findings
    assert found[ATTENDS] is None
    assert found[USES].sentence == made.USES  # of its own folder
    assert read_results(study).questions[0].pages == {
        "report on use": "stimuli/designed/model/1/interventions/report.html"
    }


def test_a_result_over_models_is_of_all_the_seeds_that_are_asked_for(tmp_path):
    finished(tmp_path, seeds="3")
    study = read_study(study_file(tmp_path, seeds="2"))
    found = read_results(study).questions[0].findings
    assert found == {ATTENDS: None, USES: None}
    study = read_study(study_file(tmp_path, seeds="4"))
    results = read_results(study)
    assert results.questions[0].findings == {ATTENDS: None, USES: None}
    assert results.unfinished[0] == "training of seed 4"


def test_what_is_due_again_is_not_read(tmp_path):
    study = finished(tmp_path)
    errors = layout.outputs("errors", list="attested", model="model", seed=1)
    assert read_results(study, errors).tested == ()
    assert len(read_results(study, ["nonce.tsv"]).tested) == 1
    (run,) = read_results(study, [STAMP]).runs
    assert (run.stamp, run.rows) == (None, [])  # of the old training
    (Path(study.dest) / STAMP).unlink()
    (run,) = read_results(study, [STAMP]).runs
    assert (run.stamp, len(run.rows)) == (None, 2)  # of the new one, so far


def test_what_is_no_longer_asked_for_is_not_read(tmp_path):
    finished(tmp_path)
    path = study_file(tmp_path)
    text = path.read_text(encoding="utf-8").replace("[stimuli.designed]", "[stimuli.other]")
    path.write_text(re.sub(r"\[test.*?\n.*?\n", "", text), encoding="utf-8")
    results = read_results(read_study(path))
    assert results.tested == ()
    assert [question.name for question in results.questions] == ["other"]
    assert results.folders == (Path(layout.save_dir("model", 1)),)


def test_a_summary_that_is_none_is_named(tmp_path):
    study = finished(tmp_path)
    for content, says in (
        ("{", "is no JSON"),
        ('{"process": "nasalization"}', "lacks 'sentence'"),
        ('{"process": "nasalization", "verdict": []}', "lacks"),
    ):
        path = put(study, "stimuli/designed/model/1/analysis/summary.json", content)
        with pytest.raises(InputError, match=says) as error:
            read_results(study)
        assert str(path) in str(error.value)


def test_candidates_people_conditions_and_dynamics(tmp_path):
    more = (
        '[dynamics]\n[candidates]\nlist = "candidates.tsv"\n[human.ratings]\nhuman = "ratings.tsv"\n'
        '[conditions.onset]\nlist = "attested.tsv"\ncondition = "id"\n'
    )
    (tmp_path / "candidates.tsv").write_text("item\tur\tsr\n1\ta\ta\n", encoding="utf-8")
    (tmp_path / "ratings.tsv").write_text("item\tsr\trating\n1\ta\t3\n", encoding="utf-8")
    study = finished(tmp_path, more=more)
    results = read_results(study)
    kinds = {asked: finding for question in results.questions for asked, finding in question.findings.items()}
    assert all(kinds[asked] is None for asked in (DYNAMICS, CONDITION, SCORES, PEOPLE))

    of = {"about": made.about("model", 1)}
    shares = [{"model": "model", "variant": "applied", "items": 1, "share": 0.995}]
    scores = {"models": [{"model": "model"}], "candidates": 2, "items": 1, "mean_shares": shares}
    folders = {
        layout.folder("dynamics", set="designed", model="model", seed=1): {
            "process": "nasalization", "sentence": "Rises."
        },
        layout.folder("condition", condition="onset", model="model", seed=1): {
            "verdict": {"strength": "differs", "sentence": "Levels differ.", "more": ["More."]}
        },
        layout.folder("score", model="model"): scores,
        layout.folder("compare", human="ratings", model="model"): {
            "models": ["model"], "verdict": {"sentence": "Correlates.", "caveats": []}
        },
    }  # fmt: skip
    for folder, summary in folders.items():
        made.put_folder(study, folder, summary | of)
    for rule, which in (("score", {}), ("dynamics", {"set": "designed", "seed": 1})):
        for path in layout.outputs(rule, model="model", **which):
            put(study, path, "") if not (Path(study.dest) / path).exists() else None
    results = read_results(study)
    said = {kind: finding.sentence for question in results.questions for kind, finding in question.findings.items()}
    assert said[DYNAMICS] == "Rises."
    assert said[CONDITION] == "Levels differ."
    assert said[SCORES] == "Mean share of the probability, 2 candidates of 1 item: applied .99."
    assert said[PEOPLE] == "Correlates."
    (condition,) = [question for question in results.questions if question.kind == CONDITION]
    assert condition.findings[CONDITION].caveats == ("More.",)
    assert results.unfinished == []


def test_conditions_of_attention_have_a_verdict_of_each_seed(tmp_path):
    study = finished(tmp_path, seeds="2", more='[conditions.onset]\nlist = "attested.tsv"\ncondition = "id"\n')
    for seed in (1, 2):
        summary = {"verdict": {"strength": "differs", "sentence": f"Levels differ in {seed}."}}
        folder = layout.folder("condition", condition="onset", model="model", seed=seed)
        made.put_folder(study, folder, summary | {"about": made.about("model", seed)})
    lines = say_results(read_results(study))
    for seed in (1, 2):
        assert f"comparison by condition, onset, seed {seed}: Levels differ in {seed}." in lines


def test_that_no_model_could_be_tested_is_said_once(tmp_path):
    study = finished(tmp_path, seeds="2")
    path = "stimuli/designed/model/analysis/summary.json"
    found = json.loads((study.dest / path).read_text(encoding="utf-8"))
    said = "There is no result over models for nasalization: none of the models could be tested."
    verdict = {"sentence": said, "warning": "None of the models could be tested, so no claim is made over models."}
    changed(study, path, verdict=verdict, tests=[], models=[row | {"tested": False} for row in found["models"]])
    (question,) = read_results(study).questions
    assert (question.findings[ATTENDS].sentence, question.findings[ATTENDS].warning) == (said, "")
    assert question.findings[USES].warning
