"""`study --new`: a study that runs as it is, with every section in its comments."""

import re
import tomllib

import pytest

from fairseq_phonology.errors import InputError
from fairseq_phonology.phonology.grammar import Grammar
from fairseq_phonology.workflow.reader import TOP
from fairseq_phonology.workflow.sections import SECTIONS
from fairseq_phonology.workflow.study import read_study
from fairseq_phonology.workflow.template import FILES, new_study


def test_it_is_read_as_it_is(tmp_path):
    study = read_study(new_study(tmp_path / "begin"))
    assert sorted(path.name for path in study.path.parent.iterdir()) == sorted(name for name, _ in FILES)
    assert (study.processes, study.seeds, list(study.stimuli)) == (("voicing",), (1, 2), ["designed"])
    assert study.name != "study"


def test_its_grammar_says_what_it_means(tmp_path):
    grammar = Grammar.load(new_study(tmp_path / "begin").with_name("grammar.toml"))
    derived = {"p r o s b a": "p r o z b a", "l o t k a": "l o t k a", "l o d k a": "l o t k a", "s a d": "s a t"}
    assert {ur: " ".join(grammar.derive(ur.split()).surface) for ur in derived} == derived


def test_all_sections_and_keys_of_the_top_are_in_it(tmp_path):
    text = new_study(tmp_path / "begin").read_text(encoding="utf-8")
    named = set(re.findall(r"^(?:# )?\[(\w+)", text, re.MULTILINE))
    assert named == {*SECTIONS, "model", "models"}
    top = text.partition("\n[words]")[0]
    assert set(re.findall(r"^(?:# )?(\w+) =", top, re.MULTILINE)) == set(TOP)


def test_what_is_in_comments_can_be_used(tmp_path):
    path = new_study(tmp_path / "begin")
    lines = path.read_text(encoding="utf-8").split("\n\n", 1)[1].splitlines()
    text = "\n".join(re.sub(r"^# (?=\[|\w+ = )", "", line) for line in lines)
    for name in set(re.findall(r'"(\w+\.tsv)"', text)):
        (path.parent / name).write_text("ur\tsr\nw1\tw2\n", encoding="utf-8")
    # of things that are alternatives, one
    for line in ("nonce = 3000", "at_least = 300", 'train = "train.tsv"', 'valid = "valid.tsv"', 'with = ["schwa-del'):
        text = re.sub(rf"^{re.escape(line)}.*$", "", text, count=1, flags=re.MULTILINE)
    text = re.sub(r"^\[model\].*\n(.+\n)+", "", text, count=1, flags=re.MULTILINE)
    assert set(tomllib.loads(text)) == {*SECTIONS, *TOP, "models"} - {"with"}
    path.write_text(text, encoding="utf-8")
    study = read_study(path)
    assert list(study.models) == [f"{name}-{size}" for name in ("small", "deep") for size in (500, 1000, 2000)]
    assert study.conditions and study.human and study.dynamics and study.candidates


def test_a_folder_with_something_in_it_is_refused(tmp_path):
    new_study(tmp_path / "begin")
    with pytest.raises(InputError, match=r"begin: is not empty \(it holds grammar.toml\); name a new folder"):
        new_study(tmp_path / "begin")
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="is a file"):
        new_study(tmp_path / "file")


def test_an_empty_folder_is_filled(tmp_path):
    assert new_study(tmp_path).is_file()
