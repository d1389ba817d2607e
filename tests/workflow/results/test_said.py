"""The words that a study ends with."""

import json
import re
from pathlib import Path

import pytest

from fairseq_phonology.workflow import layout
from fairseq_phonology.workflow.results import read_results, say_results
from fairseq_phonology.workflow.results.index import write_index
from fairseq_phonology.workflow.study import read_study
from tests.helpers.finished import finished, put, put_errors

TWO = "[models.tiny]\n[models.small]\narch = 'transformer_phonology_small'"


def said(study, stale=()):
    """In lines, without the folder."""
    for name in layout.INDEX:
        put(study, name, "1" * 1_234_000)
    lines = [line.replace(str(study.dest), "DEST") for line in say_results(read_results(study, stale))]
    assert all("\n" not in line for line in lines)
    return lines


@pytest.fixture(autouse=True)
def far(monkeypatch, tmp_path):
    """A working directory from which the folder is shown by its whole path."""
    away = Path(tmp_path.anchor, "proc") if Path("/proc").is_dir() else tmp_path
    monkeypatch.chdir(away)


def test_one_model(tmp_path, snapshot):
    snapshot(said(finished(tmp_path)))


def test_six_seeds_of_two_models(tmp_path, snapshot):
    snapshot(said(finished(tmp_path, seeds="6", models=TWO)))


def test_half_finished(tmp_path, snapshot):
    study = finished(tmp_path, seeds="3")
    (Path(study.dest) / "models/model/3.json").unlink()
    snapshot(said(study, layout.INDEX))  # which are of an earlier version


def test_many_errors_are_in_their_table(tmp_path):
    study = finished(tmp_path)
    put_errors(study, "model", 1, wrong=9)
    assert "errors (9):" in said(study)
    put_errors(study, "model", 1, wrong=30)
    assert "errors (30): lists/attested/model/1/errors/errors.csv" in said(study)
    put_errors(study, "model", 1, wrong=0)
    assert said(study)[:2] == ["exact match on 10 words of attested: 100.00 %", ""]


def test_words_that_were_trained_on_are_named(tmp_path):
    study = finished(tmp_path, seeds="2")
    for seed, right in (1, 6), (2, 5):
        path = f"lists/attested/model/{seed}/errors/summary.json"
        found = json.loads((study.dest / path).read_text(encoding="utf-8"))
        found["models"][0] |= {"trained": 6, "trained_right": right}
        put(study, path, found)
    lines = said(study)
    assert lines[1] == "  training words among them: 6; exact match on the rest (4): 87.50 %"
    write_index(study)
    page = re.sub(r"(<[^>]*>|\s)+", " ", (study.dest / "index.html").read_text(encoding="utf-8"))
    assert "attested: not trained on 87.50 75.00 to 100.00 2 of 2 4" in page
    first, second = (study.dest / "study.csv").read_text(encoding="utf-8").splitlines()[1:]
    assert ",90,9,10,3,4," in first and ",90,9,10,4,4," in second


@pytest.mark.parametrize(("seeds", "ends"), [("1", "75.00 %"), ("2", "mean 73.75 %, 72.50 to 75.00 % over two seeds")])
def test_without_a_list_exact_match_is_that_of_validation(tmp_path, seeds, ends):
    study = finished(tmp_path, seeds=seeds)
    text = study.path.read_text(encoding="utf-8")
    study.path.write_text(re.sub(r"\[test.*?\n.*?\n", "", text), encoding="utf-8")
    assert said(read_study(study.path))[0] == f"exact match on 40 words of validation: {ends}"
    assert said(read_study(study.path), layout.outputs("prepare"))[0] == f"exact match on words of validation: {ends}"


def test_a_list_without_srs_is_not_unfinished(tmp_path):
    study = finished(tmp_path)
    (tmp_path / "attested.tsv").write_text("id\tur\nw1\ta k m a\n", encoding="utf-8")
    results = read_results(study)
    assert (results.lists, results.tested, results.unfinished) == ((), (), [])
    assert say_results(results)[:2] == [
        "exact match on 40 words of validation: 75.00 %",
        "attested has no SRs to compare with; what the models say: lists/attested/MODEL/SEED/generate.txt",
    ]
    write_index(study)
    page = (study.dest / "index.html").read_text(encoding="utf-8")
    assert "not finished" not in page and "attested\nexact match" not in page
