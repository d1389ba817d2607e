"""Attends and uses, attends and does not use there: models set by hand, through `intervene` and its verdict."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import toy
from hand_set import hand_set_model
from test_ground_truth import GRAMMAR, PROCESS, items

from fairseq_phonology.commands import main
from fairseq_phonology.phonology.grammar import Grammar
from fairseq_phonology.phonology.stimulus_list import write_stimuli

# every other stem, with all suffixes
DESIGN = [item for item in items("oral") if item.stem in {i.stem for i in items("oral")[::32]}]
FILES = ["effects.csv", "figures", "interventions.csv.gz", "summary.json", "words.csv"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("use")
    (root / "toy.toml").write_text(GRAMMAR, encoding="utf-8")
    every = "".join(f"a {s} a\ta {s} a\n" for s in Grammar.load(root / "toy.toml").inventory)
    (root / "every.tsv").write_text("ur\tsr\n" + every, encoding="utf-8")
    write_stimuli(root / "stimuli.tsv", DESIGN)
    lists = ["--train", root / "every.tsv", "--valid", root / "every.tsv"]
    done = toy.fairseq("phonology", "prepare", *lists, "--dest", root / "data")
    assert done.returncode == 0, done.stderr
    return root


def intervene(folder: Path, checkpoint: Path, out: Path, *more) -> int:
    words = ["intervene", checkpoint, "--data", folder / "data" / "bin", "--grammar", folder / "toy.toml"]
    words += ["--process", PROCESS, "--stimuli", folder / "stimuli.tsv", "--out", out, "--cpu", *more]
    return main([str(word) for word in words])


def attention(folder: Path, process: str = PROCESS) -> Path:
    """What `analyze` says of these models: head 1.1 of the cross-attention responds, whoever assimilates."""
    claims = [{"kind": "cross", "layer": 1, "head": 1}]
    found = {"process": process, "verdict": {"strength": "attends"}, "primary": {"kind": "cross", "claims": claims}}
    path = folder / "attention.json"
    path.write_text(json.dumps(found), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("assimilates", "route", "kinds", "says"),
    [
        pytest.param(("decoder",), "cross", ["cross"], "(head 1.1), and uses it.", id="by cross-attention"),
        pytest.param(("encoder",), "encoder", ["encoder"], "that is not how it uses it.", id="by way of the encoder"),
        pytest.param(
            ("decoder", "encoder"), "either suffices", ["cross", "encoder"], "(either suffices)", id="either suffices"
        ),
    ],
)
def test_attends_by_route(folder, tmp_path, capsys, assimilates, route, kinds, says):
    checkpoint = hand_set_model(folder / "data", assimilates=assimilates, name=f"{'-'.join(assimilates)}.pt")
    assert intervene(folder, checkpoint, tmp_path / "out", "--attention", attention(folder)) == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == FILES
    found = json.loads((tmp_path / "out" / "summary.json").read_text(encoding="utf-8"))
    verdict = found["verdict"]
    assert (verdict["strength"], verdict["route"], verdict["kinds"]) == ("uses", route, kinds)
    assert verdict["attends"] is True and says in verdict["sentence"]
    assert verdict["sentence"] in capsys.readouterr().out
    assert found["minimal_pair"]["distinguishes"] and (tmp_path / "out" / "figures" / "routes.svg").is_file()
    expected = {"cross": [(1, 1)], "encoder": [(1, 2)]}.get(route, [])
    assert [(head["layer"], head["head"]) for head in found["heads"]] == expected


@pytest.mark.parametrize(
    ("options", "says"),
    [
        pytest.param(["--permutations", "99"], "--permutations is 99; allowed: 999 or more", id="too few flips"),
        pytest.param(["--seed", "-1"], "--seed is -1", id="seed"),
        pytest.param(["--attention", "nowhere.json"], "nowhere.json: cannot be read", id="no such file"),
    ],
)
def test_refused_before_any_work(folder, tmp_path, capsys, options, says):
    assert intervene(folder, folder / "none.pt", tmp_path / "out", *options) == 2
    assert says in capsys.readouterr().err and not (tmp_path / "out").exists()


def test_attention_of_another_process_or_model(folder, tmp_path, capsys):
    checkpoint = hand_set_model(folder / "data", name="other.pt")
    path = attention(folder, "harmony")
    assert intervene(folder, checkpoint, tmp_path / "out", "--attention", path) == 2
    assert "is about 'harmony', not 'obstruent-nasalization'" in capsys.readouterr().err
    found = json.loads(attention(folder).read_text(encoding="utf-8"))
    found["about"] = {"manifest": {"checkpoint_sha256": "0" * 64}}
    path.write_text(json.dumps(found), encoding="utf-8")
    assert intervene(folder, checkpoint, tmp_path / "out", "--attention", path) == 2
    assert "is about another model (checkpoint 000000000000, now " in capsys.readouterr().err
