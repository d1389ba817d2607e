"""Options of fairseq-train in a study file: those that a study gives itself are refused."""

import pytest

from fairseq_phonology.errors import InputError
from fairseq_phonology.workflow.model import GIVEN
from fairseq_phonology.workflow.study import read_study
from tests.helpers.small_study import with_model


@pytest.mark.parametrize(
    "key, why",
    [
        ("save-dir", "the study names its folders itself"),
        ("seed", "seeds = N stands at the top of the file"),
        ("distributed_world_size", "each training is one process"),
        ("reset_optimizer", "a study resumes its trainings"),
        ("max_epoch", "write epochs = N"),
    ],
)
def test_what_a_study_gives_itself_is_refused_with_the_reason(tmp_path, key, why):
    with pytest.raises(InputError, match=f"line 4: .model. found '{key}', which a study gives itself: {why}"):
        read_study(with_model(tmp_path, f"[model]\n{key} = 1"))


@pytest.mark.parametrize("value", ["{}", "[]", "[[1]]", "1979-05-27", "inf", '""', '"a\\nb"'])
def test_a_value_that_no_option_takes_is_refused(tmp_path, value):
    with pytest.raises(InputError, match=r"line 4: .model. dropout: found .*; allowed: a number, a text, true"):
        read_study(with_model(tmp_path, f"[model]\ndropout = {value}"))


def test_what_is_refused_exists():
    from fairseq import options

    parser = options.get_training_parser()
    known = {name[2:].replace("-", "_") for name in parser._option_string_actions if name.startswith("--")}
    of_tasks = {"data", "source_lang", "target_lang", "grammar", "results_path"}
    assert set(GIVEN) - known - of_tasks == set()
