"""What several models are called, and what of a folder a verb may replace."""

import re

import pytest

from fairseq_phonology.analysis.pipeline import folders
from tests.helpers.several import made_by_several


@pytest.mark.parametrize(
    ("paths", "names"),
    [
        (["seeds/3/attention", "seeds/4/attention"], ["3", "4"]),
        (["seeds/3/checkpoint_best.pt", "seeds/4/checkpoint_best.pt"], ["3", "4"]),
        (["run/checkpoint3.pt", "run/checkpoint4.pt"], ["checkpoint3", "checkpoint4"]),
        (["seeds/3/checkpoint_best.pt", "seeds/4/checkpoint_last.pt"], ["3", "4"]),
        (["small/1/dump", "small/2/dump", "large/1/dump"], ["small-1", "small-2", "large-1"]),
        (["a/attention", "b/run/attention"], ["a", "b-run"]),
        (["seeds", "seeds/3"], ["seeds", "seeds-3"]),
        (["모델 1/dump", "모델 2/dump"], ["모델_1", "모델_2"]),
        (["x/figures/dump", "x/3/dump"], ["model-figures", "3"]),
        (["x/A/dump", "x/a/dump"], ["A", "a-2"]),
        (["x/a b/dump", "x/a:b/dump"], ["a_b", "a_b-2"]),
        (["x/.a/dump", "x/b/dump"], ["a", "b"]),
        (["x/a", "x/./a/"], ["a", "a-2"]),
    ],
)
def test_a_model_is_called_by_what_tells_it_from_the_others(paths, names):
    assert folders.names_of(paths) == names


def test_what_may_be_replaced(tmp_path):
    files = re.compile("summary.json|heads.csv")
    folder = made_by_several(tmp_path / "made", {"3": "1" * 64, "a.b": "2" * 64})

    def foreign():
        ours = folders.ours(folder, files)
        return [path.name for path in sorted(folder.iterdir()) if not ours.fullmatch(path.name)]

    assert foreign() == []
    (folder / "a_b").mkdir()  # a name is no pattern
    (folder / "3" / "thesis.txt").touch()
    assert foreign() == ["3", "a_b"]
    assert folders.ours(tmp_path / "nowhere", files).fullmatch("heads.csv")
