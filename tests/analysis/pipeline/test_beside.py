"""What was given beside each model, and which results are of which model."""

import pytest

from fairseq_phonology.analysis.pipeline import beside
from fairseq_phonology.analysis.pipeline.beside import checkpoint_of_interventions, results_of, sha256
from fairseq_phonology.errors import InputError
from tests.helpers.several import made_by_several


def test_as_many_as_there_are_models():
    assert beside.one_for_each("--baseline", None, 2) == [None, None]
    assert beside.one_for_each("--baseline", ["x", "y"], 2) == ["x", "y"]
    assert beside.one_for_each("--baseline", "x", 1) == ["x"]
    with pytest.raises(
        InputError, match=r"^--baseline: found 1 for 2 models; allowed: one for each, in the same order$"
    ):
        beside.one_for_each("--baseline", ["x"], 2)
    with pytest.raises(InputError, match="--forced: found 2 for 1 model; allowed"):
        beside.one_for_each("--forced", ["x", "y"], 1)


def test_each_model_is_given_once(tmp_path):
    beside.check_different(["a", "b"], ["1" * 64, "2" * 64])
    beside.check_different(["a", "b"], [None, None])  # not known
    with pytest.raises(
        InputError, match=r"^b: is of the same model as a \(checkpoint 111111111111\); allowed: each model once"
    ):
        beside.check_different(["a", "b"], ["1" * 64, "1" * 64])
    with pytest.raises(InputError, match=r"a/\.: was given twice; allowed: each model once"):
        beside.check_different([f"{tmp_path}/a", f"{tmp_path}/a/."], [None, None])


def test_results_of_another_verb_are_found_by_the_checkpoint(tmp_path):
    folder = made_by_several(tmp_path / "found", {"x": "1" * 64, "y": "2" * 64, "z": "3" * 64})
    x, y = (str(folder / name) for name in "xy")

    def ask(given, *checkpoints):
        models = [f"model{n}" for n in range(len(checkpoints))]
        found = results_of("--interventions", given, models, checkpoints, checkpoint_of_interventions)
        return [path and path.parent.name for path in found]

    assert ask(None, "1" * 64, "2" * 64) == [None, None]
    assert ask([str(folder)], "2" * 64, "1" * 64) == ["y", "x"]  # not all of them need be asked about
    assert ask([str(folder)], "3" * 64) == ["z"]
    assert ask([x, y + "/summary.json"], "2" * 64, "1" * 64) == ["y", "x"]
    assert ask([x], "2" * 64) == ["x"]  # who reads it says that it is of another model
    with pytest.raises(
        InputError, match=r"^model1: --interventions .*found has no result for this model .checkpoint 4"
    ):
        ask([str(folder)], "1" * 64, "4" * 64)
    with pytest.raises(InputError, match=r"model0: .* has no result for this model, whose checkpoint is not known$"):
        ask([str(folder)], None, "1" * 64)
    with pytest.raises(InputError, match="--interventions: found 3 for 2 models; allowed: one for each, in any order"):
        ask([x, y, x], "1" * 64, "2" * 64)
    with pytest.raises(InputError, match="nowhere: cannot be read: No such file"):
        ask([x, str(tmp_path / "nowhere")], "1" * 64, "2" * 64)


def test_the_checkpoint_of_no_file():
    assert sha256("nowhere.pt") == "" and sha256("a.pt:b.pt") == ""
