"""Figures over all models of a study."""

from pathlib import Path

import pytest

from fairseq_phonology.workflow.results import read_results
from fairseq_phonology.workflow.results.pictures import CurvesOfSeeds, LearningCurve
from fairseq_phonology.workflow.study import read_study
from tests.helpers.finished import finished, put_errors, study_file


@pytest.fixture(scope="module")
def sized(tmp_path_factory):
    """Results of two models, two sizes and three seeds."""
    asked = {"words": "sizes = [100, 300]", "models": "[models.tiny]\n[models.small]\n", "seeds": "3"}
    study = finished(tmp_path_factory.mktemp("sized"), **asked)
    put_errors(study, "tiny-100", 2, wrong=4)
    return read_results(study)


def test_every_training_is_a_line(sized):
    shown = CurvesOfSeeds.from_results(sized)
    lines = {model: list(seeds) for model, seeds in shown.lines.items()}
    assert lines == {model: [1, 2, 3] for model in sized.study.models}
    assert shown.lines["tiny-100"][2]["exact_match"] == ([1, 2], [10, 72.5])
    assert shown.best["small-300", 3] == {"valid_loss": (2, 1.25), "exact_match": (2, 70)}
    loss, exact = shown.plot().axes_
    assert loss.get_ylabel() == "validation loss (bits)"
    colors = [line.get_color() for line in exact.get_lines() if len(line.get_xdata()) == 2]
    assert len(colors) == 12
    assert len(set(colors)) == 4  # of the models
    assert [text.get_text() for text in exact.get_legend().get_texts()] == list(sized.study.models)
    assert "Colors tell the models apart: tiny-100, tiny-300, small-100 and small-300." in shown.caption.text
    assert "70.0 to 75.0 % of words right" in shown.caption.alt


def test_every_seed_is_a_point_of_the_learning_curve(sized):
    shown = LearningCurve.from_results(sized)
    assert shown.panels["validation"]["tiny"] == {100: [75, 72.5, 70], 300: [75, 72.5, 70]}
    assert shown.panels["attested"] == {
        "tiny": {100: [90, 60, 90], 300: [90] * 3},
        "small": {100: [90] * 3, 300: [90] * 3},
    }
    first, second = shown.plot().axes_
    assert first.get_xscale() == second.get_xscale() == "log"
    means = next(line for line in second.get_lines() if line.get_label() == "tiny")
    assert (list(means.get_xdata()), list(means.get_ydata())) == ([100, 300], [80, 90])
    assert "attested, tiny: 80.0 % with 100, 90.0 % with 300" in shown.caption.alt


def test_without_sizes_there_is_no_learning_curve(tmp_path):
    assert LearningCurve.from_results(read_results(finished(tmp_path))) is None


def test_without_a_validation_there_are_no_curves(tmp_path):
    study = read_study(study_file(tmp_path))
    Path(study.dest).mkdir()
    assert CurvesOfSeeds.from_results(read_results(study)) is None
