"""Three models set by hand, each with a route of its own, through `intervene` and `analyze` at once."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from fairseq_phonology.analysis import figures
from fairseq_phonology.commands import main
from tests.helpers.asked import Experiment
from tests.helpers.hand_set import hand_set_model
from tests.helpers.toy_korean import GRAMMAR, PROCESS, items

DESIGN = items("oral")
ROUTES = {"cross": ("decoder",), "encoder": ("encoder",), "either": ("decoder", "encoder")}  # who assimilates


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Data, stimuli, three checkpoints, and their attention over the stimuli."""
    asked = Experiment.made(tmp_path_factory.mktemp("several"), GRAMMAR, PROCESS, DESIGN)
    for name, assimilates in ROUTES.items():
        asked.dump(hand_set_model(asked.data, assimilates=assimilates, name=f"{name}.pt"))
    return asked.root


def verb(name: str, folder: Path, given: list[Path], out: Path, *more) -> int:
    words = [name, *given, "--grammar", folder / "toy.toml", "--process", PROCESS]
    words += ["--stimuli", folder / "stimuli.tsv", "--out", out, *more]
    return main([str(word) for word in words])


def intervene(folder: Path, models, out: Path, *more) -> int:
    own = ["--data", folder / "data" / "bin", "--cpu", "--controls", "all"]
    return verb("intervene", folder, [folder / "data" / f"{name}.pt" for name in models], out, *own, *more)


def analyze(folder: Path, models, out: Path, *more) -> int:
    return verb("analyze", folder, [folder / f"{name}-attention" for name in models], out, *more)


def summary(path: Path) -> dict:
    return json.loads((path / "summary.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module", autouse=True)
def undrawn():
    """No figures of single models: they take seconds."""
    save = figures.save_figures
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(figures, "save_figures", lambda place, *of: save(place, *of) if place == "models" else {})
        yield


@pytest.fixture(scope="module")
def made(folder, undrawn) -> Path:
    """All three: what they attend to, then what they use."""
    assert analyze(folder, ROUTES, folder / "attends") == 0
    assert intervene(folder, ROUTES, folder / "uses", "--attention", folder / "attends") == 0
    return folder / "uses"


def test_each_model_has_its_own_route(made):
    assert sorted(path.name for path in made.iterdir()) == sorted(
        [*ROUTES, "figures", "models.csv", "report.html", "summary.json"]
    )
    found = {name: summary(made / name)["verdict"]["route"] for name in ROUTES}
    assert found == {"cross": "cross", "encoder": "encoder", "either": "either suffices"}
    with (made / "models.csv").open(encoding="utf-8", newline="") as file:
        assert [row["model"] for row in csv.DictReader(file)] == list(ROUTES)
    page = (made / "report.html").read_text(encoding="utf-8")
    assert "by cross-attention" in page and "by way of the encoder" in page


def test_the_attention_is_that_of_the_same_model(made, folder, tmp_path, capsys):
    for name in ROUTES:
        assert summary(made / name)["verdict"]["attends"] is True
    assert intervene(folder, ["encoder"], tmp_path / "alone", "--attention", folder / "attends") == 0
    for name in ("effects.csv", "interventions.csv.gz", "words.csv"):
        assert (tmp_path / "alone" / name).read_bytes() == (made / "encoder" / name).read_bytes()
    alone, among = (summary(folder) for folder in (tmp_path / "alone", made / "encoder"))
    assert among["about"].pop("one_of") == 3 and alone == among  # what is one of several says so
    few = [
        "--attention",
        folder / "attends" / "cross-attention",
        folder / "attends" / "either-attention" / "summary.json",
    ]
    capsys.readouterr()
    assert intervene(folder, ["cross", "encoder"], tmp_path / "out", *few) == 2
    said = capsys.readouterr().err
    assert "encoder.pt: --attention " in said and "has no result for this model (checkpoint " in said
    assert intervene(folder, ROUTES, tmp_path / "out", *few) == 2
    assert "--attention: found 2 for 3 models; allowed: one for each" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_what_is_used_is_told_by_the_report_of_what_is_attended_to(made, folder, tmp_path):
    assert analyze(folder, ["either", "cross"], tmp_path / "both", "--interventions", made) == 0
    for name, way in (("cross", "cross-attention"), ("either", "either suffices")):
        assert way in (tmp_path / "both" / f"{name}-attention" / "report.html").read_text(encoding="utf-8")


def test_what_is_refused_before_the_first_intervention(folder, tmp_path, capsys, monkeypatch):
    def worked(*_, **__):
        raise AssertionError("there was an intervention")

    monkeypatch.setattr("fairseq_phonology.analysis.interventions.run.interventions_in", worked)
    (folder / "data" / "copy.pt").write_bytes((folder / "data" / "cross.pt").read_bytes())
    (folder / "data" / "text.pt").write_text("no checkpoint", encoding="utf-8")
    for models, message in (
        (["cross", "encoder", "cross"], "cross.pt: was given twice; allowed: each model once"),
        (["cross", "copy"], "copy.pt: is of the same model as "),
        (["cross", "nowhere"], "nowhere.pt: no such checkpoint"),
        (["cross", "text"], "text.pt: is a text file that begins with 'no checkpoint'"),
    ):
        assert intervene(folder, models, tmp_path / "out") == 2
        said = capsys.readouterr()
        assert said.out == "" and said.err.count("\n") == 1 and message in said.err
    assert list(tmp_path.iterdir()) == []
