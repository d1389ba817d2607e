"""Study files beside what they name."""

import pytest

from fairseq_phonology.errors import InputError
from fairseq_phonology.workflow.study import read_study
from tests.helpers.toy_grammar import toy_grammar

OPTIONAL = """
[[process]]
name = "lowering"
rules = "i -> a / _ #"
optional = true
"""


@pytest.fixture
def written(tmp_path):
    """Writes a study file beside a grammar and a list; returns its path."""
    (tmp_path / "toy.toml").write_text(toy_grammar() + OPTIONAL, encoding="utf-8")
    (tmp_path / "list.tsv").write_text("id\tur\tsr\nw1\ta k m a\ta ŋ m a\n", encoding="utf-8")

    def write(text, name="study.toml"):
        (tmp_path / name).write_text(text, encoding="utf-8")
        return tmp_path / name

    return write


@pytest.fixture
def refused(written):
    """Writes a study that is refused; returns the line, without the folder."""

    def refuse(text):
        path = written(text)
        with pytest.raises(InputError) as error:
            read_study(path)
        said = str(error.value)
        assert "\n" not in said
        assert said.startswith(str(path))
        return said.replace(f"{path.parent}/", "")

    return refuse
