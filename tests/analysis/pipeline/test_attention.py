"""`analyze` from Python: paths or objects, with a folder or without."""

import hashlib
import json

import pytest

import fairseq_phonology as fp
from fairseq_phonology.analysis.contrasts.study import Study
from fairseq_phonology.analysis.models.results import Models
from fairseq_phonology.analysis.pipeline.attention import _compared
from fairseq_phonology.errors import InputError
from fairseq_phonology.stimuli.items import write_stimuli
from tests.helpers import planted
from tests.helpers.dumped import write
from tests.helpers.planted import Effect

GRAMMAR = """
language = "Toy"
[inventory]
segments = "p t k s f h m n ŋ l a i u"
[[process]]
name = "nasalization"
rules = ["p -> m / _ [+nas]", "t -> n / _ [+nas]", "k -> ŋ / _ [+nas]"]
[controls.nasalization]
target = ["m", "ŋ"]
trigger = ["s", "f"]
"""
OPTIONS = fp.Options()


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = tmp_path_factory.mktemp("python")
    (home / "toy.toml").write_text(GRAMMAR, encoding="utf-8")
    items = planted.crossed_items(stems=12, suffixes=8)
    write_stimuli(home / "stimuli.tsv", items)
    for seed in (1, 2):
        effects = [Effect("response", 5.0, 1, seed)]
        planted.planted_dump(
            home / f"{seed}", items, 1, 2, effects, checkpoint_sha256=f"{seed:064x}", seed=seed
        ).close()
    return home


def asked(home):
    return home / "toy.toml", "nasalization", home / "stimuli.tsv"


def test_paths_and_objects_give_the_same_study(home):
    read = fp.analyze(home / "1", *asked(home), options=OPTIONS)
    grammar = fp.Grammar.load(home / "toy.toml")
    items = fp.read_stimuli(home / "stimuli.tsv", grammar, "nasalization")
    with fp.AttentionDump(home / "1") as dump:
        given = fp.analyze(dump, grammar, "nasalization", items, options=OPTIONS)
        assert len(list(dump)) == len(items)  # it stays open
    assert isinstance(read, Study) and read.verdict.strength == "attends"
    assert given.verdict == read.verdict and read.interventions is None
    assert (given.primary.estimate["mass"] == read.primary.estimate["mass"]).all()


def test_nothing_is_written_without_a_folder(home):
    before = sorted(home.rglob("*"))
    fp.analyze(home / "1", *asked(home), options=OPTIONS)
    assert sorted(home.rglob("*")) == before


def test_several_models_give_what_may_be_said_of_all(home):
    lines = []
    found = fp.analyze([home / "1", home / "2"], *asked(home), options=OPTIONS, say=lines.append)
    assert isinstance(found, Models) and found.names == ["1", "2"]
    assert [line for line in lines if line.startswith("model ")] == ["model 1 of 2: 1", "model 2 of 2: 2"]
    assert len(lines) == 4  # and the verdict on each


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ({"dumps": []}, "no attention dump was given"),
        ({"process": "voicing"}, "voicing"),
        ({"baseline": ["1", "2"]}, "--baseline: found 2 for 1 model; allowed: one for each, in the same order"),
    ],
    ids=["no-dump", "no-process", "baselines"],
)
def test_what_cannot_be_used_is_refused(home, how, says):
    how = {"dumps": home / "1", "process": "nasalization", "grammar": home / "toy.toml"} | how
    with pytest.raises(InputError, match=says):
        fp.analyze(**how, options=OPTIONS)


def test_a_dump_without_words_is_no_dump_that_was_not_given(home):
    write(home / "empty", [], words=None)
    for empty in (home / "empty", fp.AttentionDump(home / "empty")):
        with pytest.raises(InputError, match="baseline"):
            fp.analyze(home / "1", *asked(home), options=OPTIONS, baseline=empty)
        with pytest.raises(InputError, match="384 of 384 items of the stimuli are not in the dump"):
            fp.analyze(empty, *asked(home), options=OPTIONS)


def test_what_is_compared_over_models_keeps_no_values_of_families(home):
    study = fp.analyze(home / "1", *asked(home), options=OPTIONS)
    assert study.primary.evidence is not None
    assert all(family.evidence is None for family in _compared(study).families)


def test_the_heads_of_an_analysis_are_read_before_any_intervention(home, tmp_path, monkeypatch):
    fp.analyze(home / "1", *asked(home), options=OPTIONS, out=tmp_path / "analysis")
    (tmp_path / "analysis" / "heads.csv").write_text("nonsense\n", encoding="utf-8")
    (tmp_path / "model.pt").write_bytes(b"x")
    monkeypatch.setattr("fairseq_phonology.analysis.interventions.run.interventions_in", None)  # never asked
    summary = tmp_path / "analysis" / "summary.json"
    manifest = json.loads(summary.read_text(encoding="utf-8"))
    manifest["about"]["manifest"]["checkpoint_sha256"] = hashlib.sha256(b"x").hexdigest()
    summary.write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(InputError, match=r"heads\.csv: .* not the heads.csv of analyze"):
        fp.intervene(tmp_path / "model.pt", *asked(home), out=tmp_path / "out", attention=summary)
    assert not (tmp_path / "out").exists()


def test_no_model_at_all_is_refused(home):
    with pytest.raises(InputError, match="no attention dump was given"):
        fp.analyze([], *asked(home))
    with pytest.raises(InputError, match="no checkpoint was given"):
        fp.intervene([], *asked(home))
