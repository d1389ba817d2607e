"""What a study file asks for, and what it is told where it asks for something else."""

import pytest

from fairseq_phonology.errors import InputError
from fairseq_phonology.workflow.sections import Options
from fairseq_phonology.workflow.study import read_study
from tests.helpers.toy_grammar import toy_grammar

TOP = 'grammar = "toy.toml"\nprocess = "nasalization"\n'
WORDS = "[words]\nnonce = 1000\n"


@pytest.fixture
def written(tmp_path):
    """Writes a study file beside a grammar and a list; returns its path."""
    (tmp_path / "toy.toml").write_text(toy_grammar(), encoding="utf-8")
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


def test_a_grammar_and_nonce_words_are_enough(written):
    study = read_study(written(TOP + WORDS))
    assert study.name == "study"
    assert study.dest == study.path.with_suffix("")
    assert (study.grammar, study.processes, study.seeds) == ("../toy.toml", ("nasalization",), (1, 2, 3, 4, 5, 6))
    assert study.words.nonce == Options(("--n", "1000"))
    assert study.words.prepare == Options(("--split", ".9,.1"))
    assert list(study.models) == ["model"]
    assert list(study.stimuli) == ["designed"]
    assert study.baseline == study.interventions == Options()
    assert study.dynamics is study.candidates is None


def test_pairs_of_ones_own_are_enough(written):
    study = read_study(written('[words]\npairs = "list.tsv"\nsr_units = "ipa"\n'))
    assert study.words.pairs == "../list.tsv"
    assert study.words.prepare == Options(("--sr-units", "ipa", "--split", ".9,.1"), ("../list.tsv",))
    assert study.baseline is study.interventions is None
    assert study.stimuli == {}


def test_an_unknown_key_is_named_with_its_line_and_the_keys_there_are(refused):
    said = refused(f"{TOP}{WORDS}at_leats = 3\n")
    assert said.startswith("study.toml, line 5: unknown key 'at_leats' in [words]; did you mean at_least? allowed: ")
