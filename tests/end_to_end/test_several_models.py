"""Three models set by hand, each with a route of its own, through `intervene` and `analyze` at once."""

from __future__ import annotations

import csv
import json
import shutil
import sys
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


@pytest.fixture(scope="module")
def runs(made, folder) -> list[Path]:
    """Each model by itself. One of them is run again, which shows that the others need not be."""
    assert intervene(folder, ["encoder"], folder / "alone" / "encoder", "--attention", folder / "attends") == 0
    return [(folder / "alone" if name == "encoder" else made) / name for name in ROUTES]


def test_the_attention_is_that_of_the_same_model(made, runs, folder, tmp_path, capsys):
    for name in ROUTES:
        assert summary(made / name)["verdict"]["attends"] is True
    for name in ("effects.csv", "interventions.csv.gz", "interventions.npz", "words.csv"):
        assert (runs[1] / name).read_bytes() == (made / "encoder" / name).read_bytes()
    alone, among = (summary(folder) for folder in (runs[1], made / "encoder"))
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


def together(folder: Path, runs: list[Path], out: Path, *more) -> int:
    """Folders in place of checkpoints."""
    return verb("intervene", folder, runs, out, "--controls", "all", *more)


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_runs_of_single_models_put_together_are_one_run_over_all(made, runs, folder, tmp_path, monkeypatch, capsys):
    for name, module in list(sys.modules.items()):  # what needs torch cannot be imported
        if name.startswith("fairseq_phonology") and {"torch", "fairseq"} & set(vars(module)):
            monkeypatch.setitem(sys.modules, name, None)
    assert together(folder, runs, tmp_path / "uses", "--attention", folder / "attends") == 0
    assert "model 2 of 3: encoder" in capsys.readouterr().out
    one, other = files(made), files(tmp_path / "uses")
    assert list(one) == list(other) and not [name for name in one if one[name] != other[name]]


def changed(run: Path, way: str, value) -> None:
    whole = at = summary(run)
    *keys, last = way.split(".")
    for key in keys:
        at = at[key]
    at[last] = value
    (run / "summary.json").write_text(json.dumps(whole), encoding="utf-8")


def other_words(run: Path) -> None:
    stimuli = run.parent / "stimuli.tsv"
    header, _, *rest = stimuli.read_text(encoding="utf-8").splitlines(keepends=True)
    stimuli.write_text("".join([header, *rest]), encoding="utf-8")


REFUSED = {
    "seed": (
        lambda run: changed(run, "about.options.seed", 2),
        "encoder/summary.json: about.options.seed is 2, here 1; allowed: folders that intervene made of the same with",
    ),
    "controls": (
        lambda run: changed(run, "about.options.controls", "heads"),
        'encoder/summary.json: about.options.controls is "heads", here "all"; allowed: ',
    ),
    "process": (lambda run: changed(run, "process", "x"), f'summary.json: process is "x", here "{PROCESS}"; allowed: '),
    "grammar": (
        lambda run: changed(run, "about.grammar.rules", ["k -> ŋ / _ m"]),
        'summary.json: about.grammar.rules is ["k -> ŋ / _ m"], here [',
    ),
    "version": (
        lambda run: changed(run, "about.versions", {"fairseq_phonology": "0"}),
        'summary.json: about.versions.fairseq_phonology is "0", here "',
    ),
    "words": (other_words, "/cross: is about other words: "),
    "numbers": (
        lambda run: shutil.copy(run.parent / "cross" / "interventions.npz", run),
        "/encoder: summary.json and interventions.npz are not of the same run; run intervene again",
    ),
    "no-record": (lambda run: (run / "interventions.npz").unlink(), "interventions.npz: is not there: "),
    "no-summary": (
        lambda run: (run / "summary.json").unlink(),
        "/encoder: has no summary.json: no folder that interve",
    ),
    "of-analyze": (lambda run: changed(run, "about.of", "attention"), "is no summary.json of intervene for one model"),
}


@pytest.mark.parametrize(("change", "said"), REFUSED.values(), ids=REFUSED)
def test_runs_that_do_not_belong_together_are_refused(runs, folder, tmp_path, capsys, change, said):
    for run in runs:
        shutil.copytree(run, tmp_path / run.name)
    for name in ("stimuli.tsv", "toy.toml"):
        shutil.copy(folder / name, tmp_path)
    change(tmp_path / "encoder")
    given = [tmp_path / name for name in ROUTES]
    assert together(tmp_path, given, tmp_path / "out", "--attention", folder / "attends") == 2
    err = capsys.readouterr().err
    assert err.count("\n") == 1 and said in err.replace("\\", "/")
    assert not (tmp_path / "out").exists()


def test_what_is_no_list_of_single_runs_is_refused(made, runs, folder, tmp_path, capsys):
    shutil.copytree(runs[0], tmp_path / "copy")
    (tmp_path / "training").mkdir()
    (tmp_path / "training" / "checkpoint_best.pt").touch()
    for given, more, message in (
        ([runs[0]], [], "cross: is one folder; allowed: two or more, which are put together, or checkpoints"),
        ([runs[0], folder / "data" / "encoder.pt"], [], "encoder.pt: is beside "),
        ([runs[0], tmp_path / "training"], [], "training: is beside "),
        ([tmp_path / "training"], [], "training: is a folder; name a checkpoint (*.pt) in it, such as "),
        ([runs[0], made], [], "uses: is of several models; allowed: folders of one model each, as those in it"),
        ([runs[0], runs[1], runs[0]], [], "cross: was given twice; allowed: each model once"),
        ([runs[0], tmp_path / "copy"], [], "copy: is of the same model as "),
        (runs, [], "cross: was made with --attention (summary.json); name it here, too"),
        (runs, ["--cpu"], "--data, --batch-size, --cpu and --user-dir are for checkpoints; folders are not run again"),
    ):
        assert together(folder, given, tmp_path / "out", *more) == 2
        err = capsys.readouterr().err
        assert err.count("\n") == 1 and message in err
    assert not (tmp_path / "out").exists()
