"""Ranking the checkpoints of a stock run: figures as fairseq's own commands give them, nothing scored twice."""

import argparse
import csv
import json
import math
import os
import pickle
import random
import re
import shlex
import shutil
import subprocess
import sys
import types
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from fairseq.data import Dictionary
from fairseq.models.transformer import TransformerModel
from fairseq.search import BeamSearch

from fairseq_phonology.commands import main
from fairseq_phonology.errors import InputError
from fairseq_phonology.loading import load_checkpoint
from fairseq_phonology.training.callbacks import Prediction
from fairseq_phonology.training.checkpoints import ranking
from fairseq_phonology.training.checkpoints.loaded import _check_order, build_model, read_checkpoint, task_of
from fairseq_phonology.training.checkpoints.score_record import Score, ScoreRecord, best_first, find_checkpoints

_MODEL = "--arch transformer --optimizer adam --lr 0.01 --max-tokens 300 --dropout 0 --cpu --seed 1"
_SIZES = "--{0}-embed-dim 32 --{0}-ffn-embed-dim 32 --{0}-layers 1 --{0}-attention-heads 2"


def fairseq(command, *arguments, **options):
    """A command of stock fairseq, without the plugin; what it printed."""
    code = (
        "import argparse, torch; torch.serialization.add_safe_globals([argparse.Namespace]); "
        f"from fairseq_cli.{command} import cli_main; cli_main()"
    )
    return subprocess.run(
        [sys.executable, "-P", "-c", code, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        **options,
    ).stdout


@pytest.fixture(scope="module")
def stock(tmp_path_factory):
    """A run of stock fairseq-train, other language names and all: 3 checkpoints, and copies of the last."""
    folder = tmp_path_factory.mktemp("stock")
    words = [f"{a} {v} {b} {w}" for a in "ptkmn" for v in "aiu" for b in "ptk" for w in "aiu"]
    random.Random(1).shuffle(words)
    for split, some in (("train", words[:100]), ("valid", words[100:])):
        (folder / f"{split}.in").write_text("".join(f"{word}\n" for word in some), encoding="utf-8")
        surface = "".join(f"{word.replace('t i', 's i')}\n" for word in some)
        (folder / f"{split}.out").write_text(surface, encoding="utf-8")
    names = ["-s", "in", "-t", "out"]
    fairseq("preprocess", *names, "--trainpref", "train", "--validpref", "valid", "--destdir", "bin", cwd=folder)
    sizes = f"{_SIZES.format('encoder')} {_SIZES.format('decoder')}".split()
    options = [*_MODEL.split(), *sizes, "--required-batch-size-multiple", "1", "--max-epoch", "9", "--save-dir", "run"]
    log = fairseq("train", "bin", *names, "--save-interval", "3", *options, cwd=folder)
    (folder / "log.txt").write_text(log, encoding="utf-8")
    return folder


@pytest.fixture
def run(stock, tmp_path, monkeypatch):
    """A copy of the run to change."""
    shutil.copytree(stock, tmp_path / "stock")
    monkeypatch.chdir(tmp_path / "stock")
    return tmp_path / "stock" / "run"


def table(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def best_of(run):
    return table(run / "scores-valid-beam1" / "scores.csv")[0]["checkpoint"]


def flat(cfg):
    """The options as fairseq had them up to 0.10: one Namespace for all."""
    names = {part: values["_name"] for part, values in cfg.items() if isinstance(values, dict) and values.get("_name")}
    groups = [vars(values) if isinstance(values, argparse.Namespace) else values for values in cfg.values()]
    options = {name: value for group in groups if isinstance(group, dict) for name, value in group.items()}
    return argparse.Namespace(**{**options, **names, "arch": "transformer"})


def test_checkpoints_of_a_run_are_computed_by_one_model(run):
    """It has the weights of each in turn; a checkpoint of another model gets its own."""
    scorer, models = ranking.CheckpointScorer("valid", cpu=True), []
    for name in ("checkpoint3.pt", "checkpoint6.pt", "checkpoint9.pt"):
        state, cfg, data = scorer.open(run / name)
        if name == "checkpoint9.pt":
            cfg.model.dropout = 0.5
        models.append(scorer.build(state, cfg, data, run / name)[0])
        assert not models[-1].training
        weights = load_checkpoint(run / name)["model"]
        torch.testing.assert_close({key: models[-1].state_dict()[key] for key in weights}, weights, rtol=0, atol=0)
    assert models[0] is models[1] is not models[2]


def test_a_model_of_a_class_of_its_own_is_built_for_each_checkpoint(run, monkeypatch):
    """It may hold more than its weights."""

    class Own(TransformerModel):
        pass

    def build(*arguments):
        model = build_model(*arguments)
        model.__class__ = Own
        return model

    monkeypatch.setattr(ranking, "build_model", build)
    scorer = ranking.CheckpointScorer("valid", cpu=True)
    paths = [run / "checkpoint3.pt", run / "checkpoint6.pt"]
    first, second = (scorer.build(*scorer.open(path), path)[0] for path in paths)
    assert type(first) is type(second) is Own and first is not second


def test_checkpoints_of_older_fairseqs_get_the_same_figures(run, capsys, monkeypatch):
    """The weights of one, as 0.9 (meters, a Namespace, PyTorch's first format), 0.10 and main of 2020 save them."""
    omegaconf = pytest.importorskip("omegaconf")
    meters = types.ModuleType("fairseq.meters")
    meters.AverageMeter = type("AverageMeter", (), {"__module__": "fairseq.meters"})
    state = load_checkpoint(run / "checkpoint9.pt")
    args, more = flat(state["cfg"]), {**state["extra_state"]}
    more.pop("metrics", None)
    kinds = {"cfg": omegaconf.OmegaConf.create(state["cfg"], flags={"allow_objects": True})}
    for path in run.iterdir():
        path.unlink()
    first = {"_use_new_zipfile_serialization": False}
    with monkeypatch.context() as old:
        old.setitem(sys.modules, "fairseq.meters", meters)
        extra = {**more, "train_meters": {"train_loss": meters.AverageMeter()}}
        torch.save({**state, "cfg": None, "args": args, "extra_state": extra}, run / "checkpoint_09.pt", **first)
    torch.save({**state, "cfg": None, "args": args}, run / "checkpoint_010.pt", **first)
    torch.save({**state, **kinds}, run / "checkpoint_2020.pt")
    torch.save(state, run / "checkpoint_012.pt")
    assert main(["checkpoints", "run"]) == 0, capsys.readouterr().err
    figures = {tuple(list(row.values())[1:]) for row in table(run / "scores-valid-beam1" / "scores.csv")}
    assert len(figures) == 1 and len(table(run / "scores-valid-beam1" / "scores.csv")) == 4


def test_figures_are_those_of_fairseqs_own_commands(run, capsys):
    assert main(["checkpoints", "run"]) == 0
    scores = {row["checkpoint"]: row for row in table(run / "scores-valid-beam1" / "scores.csv")}
    assert set(scores) == {f"checkpoint{n}.pt" for n in ("3", "6", "9", "_best", "_last")}
    log = (run.parent / "log.txt").read_text(encoding="utf-8")
    losses = dict(re.findall(r"epoch 00(\d) \| valid on 'valid' subset \| loss ([\d.]+)", log))
    for epoch in "369":
        row = scores[f"checkpoint{epoch}.pt"]
        assert float(row["loss"]) == pytest.approx(float(losses[epoch]), abs=6e-4)
        assert row["epoch"] == epoch
    out = capsys.readouterr().out
    (command,) = re.findall(r"next: fairseq-generate (.+)", out)
    words = shlex.split(command)
    assert words[words.index("--path") + 1 :][:3] == [f"run/{best_of(run)}", "--gen-subset", "valid"], (
        "there is no test"
    )
    last = fairseq("generate", *words, "--cpu", cwd=run.parent).splitlines()[-1]
    assert re.match(r"Generate valid with beam=5: exact match = [\d.]+ % \(\d+/35\)", last), "it runs as it stands"

    # word by word what fairseq-generate says, of the best one
    best = table(run / "scores-valid-beam1" / "scores.csv")[0]
    predictions = table(run / "scores-valid-beam1" / "predictions" / best["checkpoint"].replace(".pt", ".csv"))
    path = f"run/{best['checkpoint']}"
    options = ["--gen-subset", "valid", "--beam", "1", "--required-batch-size-multiple", "1", "--cpu"]
    generated = fairseq("generate", "bin", "-s", "in", "-t", "out", "--path", path, *options, cwd=run.parent)
    hypotheses = dict(re.findall(r"^H-(\d+)\t\S+\t(.*)$", generated, re.MULTILINE))
    assert {row["id"]: row["hypothesis"] for row in predictions} == hypotheses
    assert [row["underlying"] for row in predictions] == (run.parent / "valid.in").read_text("utf-8").splitlines()
    right = [row["hypothesis"] == row["reference"] for row in predictions]
    assert [row["correct"] for row in predictions] == [str(int(is_right)) for is_right in right]
    assert float(best["exact_match"]) == pytest.approx(100 * sum(right) / 35, abs=1e-3)
    assert sum(right) > 0


def limited(run, name, **limits):
    """The last checkpoint, as one of a training with other limits of length."""
    state = torch.load(run / "checkpoint9.pt", weights_only=False)
    for part in ("task", "model"):
        options = state["cfg"][part]
        (options if isinstance(options, dict) else vars(options)).update(limits)
    torch.save(state, run.parent / name)
    return run.parent / name


@pytest.mark.parametrize(
    ("most", "said"),
    [
        (
            {"max_source_positions": 4},
            r"the UR '(\w \w \w \w)' of valid is longer than the 3 segments that the model",
        ),
        (
            {"max_target_positions": 4},
            r"the SR '(\w \w \w \w)' of valid is longer than the 3 segments that the model",
        ),
    ],
    ids=["source", "target"],
)
def test_each_side_has_a_limit_of_its_own(run, most, said):
    path, scorer = limited(run, "short.pt", **most), ranking.CheckpointScorer("valid", cpu=True)
    with pytest.raises(InputError, match=said) as caught:
        scorer.score(path)
    side = "in" if "max_source_positions" in most else "out"
    form = re.search(said, str(caught.value))[1]
    assert form == (run.parent / f"valid.{side}").read_text("utf-8").splitlines()[0]
    fits = {name: value + 1 for name, value in most.items()}
    assert scorer.score(limited(run, "fits.pt", **fits))[0].epoch == 9


def test_words_of_a_training_that_cuts_urs_are_cut(run, capsys):
    """URs have three segments left there, SRs as many as ever: more than the encoder has room for."""
    cuts = {"truncate_source": True, "max_source_positions": 4}
    path = limited(run, "cut.pt", **cuts)
    assert main(["checkpoints", path.name, "--cpu", "--out", "out"]) == 0
    (command,) = re.findall(r"next: fairseq-generate (.+)", capsys.readouterr().out)
    assert command.endswith(" --beam 5 --scoring exact_match --truncate-source --max-source-positions 4")
    more = ["--truncate-source", "--max-source-positions", "4", "--required-batch-size-multiple", "1", "--cpu"]
    options = ["--gen-subset", "valid", "--beam", "1", *more]
    generated = fairseq("generate", "bin", "-s", "in", "-t", "out", "--path", path.name, *options, cwd=run.parent)
    hypotheses = dict(re.findall(r"^H-(\d+)\t\S+\t(.*)$", generated, re.MULTILINE))
    predictions = table(Path("out/predictions/cut.csv"))
    assert {row["id"]: row["hypothesis"] for row in predictions} == hypotheses and len(hypotheses) == 35
    uncut = ranking.CheckpointScorer("valid", cpu=True).score(run / "checkpoint9.pt")[1]
    assert [row["hypothesis"] for row in predictions] != [row.hypothesis for row in uncut]


@pytest.mark.parametrize(
    ("limits", "sides"),
    [
        (None, (math.inf, math.inf)),
        (7, (7, 7)),
        ((7, None), (7, math.inf)),
        ([7, (9, 8)], (7, 8)),
    ],
    ids=str,
)
def test_limits_of_models_of_any_kind(limits, sides):
    assert ranking._positions(types.SimpleNamespace(max_positions=lambda: limits)) == sides


def test_nothing_is_scored_twice(run, capsys, monkeypatch):
    from fairseq_phonology.training.checkpoints import ranking

    main(["checkpoints", "run"])
    before = (run / "scores-valid-beam1" / "scores.csv").read_bytes()
    scored = []
    score = ranking.CheckpointScorer.score
    monkeypatch.setattr(
        ranking.CheckpointScorer,
        "score",
        lambda self, path, opened: scored.append(path.name) or score(self, path, opened),
    )
    os.utime(run / "checkpoint3.pt", ns=(1, 1))  # as a download does: another time, the same bytes
    shutil.copy(run / "checkpoint6.pt", run / "copy.pt")
    capsys.readouterr()
    assert main(["checkpoints", "run"]) == 0
    assert scored == []
    assert "6 of 6 checkpoints were scored earlier, or are copies of one that was" in capsys.readouterr().out
    (run / "copy.pt").unlink()
    shutil.copy(run / "checkpoint3.pt", run / "checkpoint_last.pt")  # changed
    assert main(["checkpoints", "run"]) == 0
    assert (run / "scores-valid-beam1" / "scores.csv").read_bytes() != before
    assert not (run / "scores-valid-beam1" / "predictions" / "copy.csv").exists()
    with open(run.parent / "bin" / "dict.in.txt", "a", encoding="utf-8", newline="\n") as file:
        file.write("x 0\n")  # other data
    assert main(["checkpoints", "run"]) == 2
    assert "checkpoint3.pt: does not fit the dictionaries in bin" in capsys.readouterr().err


@pytest.fixture
def scored(run, monkeypatch):
    """Ranks the checkpoints into a folder; its tables as bytes, and how many words were generated."""
    from fairseq_phonology.training.predictions import Hypotheses

    words, of = [], Hypotheses.of
    monkeypatch.setattr(
        Hypotheses, "of", lambda self, model, sample: words.append(len(sample["id"])) or of(self, model, sample)
    )

    def score(out, *options):
        words.clear()
        assert main(["checkpoints", "run", "--cpu", "--out", out, *options]) == 0
        return {path.name: path.read_bytes() for path in Path(out).rglob("*.csv")}, sum(words)

    return score


def test_only_wrong_words_are_generated(scored, monkeypatch):
    """What the forward pass tells is what generation finds, byte for byte."""
    from fairseq_phonology.training import exact_match
    from fairseq_phonology.training.checkpoints import ranking

    told, some = scored("told")
    words = [row for path in Path("told/predictions").glob("checkpoint[369].csv") for row in table(path)]
    assert some == sum(row["correct"] == "0" for row in words) and 0 < some < len(words) == 105
    with monkeypatch.context() as close:  # so is what scores hardly tell
        close.setattr(exact_match, "NEARLY_TIED", math.inf)
        assert scored("close") == (told, 105)
    assert scored("beam", "--beam", "2")[1] == 105
    monkeypatch.setattr(ranking, "_decodes_as_fairseq", lambda task, generator: False)
    assert scored("every") == (told, 105)


def test_scores_alone_need_no_generation(run, scored, capsys):
    told, some = scored("out")
    only, none = scored("only", "--scores-only")
    assert none == 0 and list(only) == ["scores.csv"] and "PER" not in capsys.readouterr().out.split("checkpoint ")[-1]
    figures = [{name: row[name] for name in row if name != "per"} for row in table("out/scores.csv")]
    assert table("only/scores.csv") == figures
    # scores with predictions serve whoever asks for less; predictions that are asked for are made
    assert scored("out", "--scores-only") == (told, 0)
    assert scored("only") == (told, some)
    # one that changed has none, beside others that have
    shutil.copy(run / "checkpoint9.pt", run / "checkpoint6.pt")
    assert scored("out", "--scores-only")[0]["checkpoint6.csv"] == told["checkpoint9.csv"]
    torch.save({**torch.load(run / "checkpoint6.pt", weights_only=False), "more": 1}, run / "checkpoint6.pt")
    assert "checkpoint6.csv" not in scored("out", "--scores-only")[0]
    assert [row["checkpoint"] for row in table("out/scores.csv") if not row["per"]] == ["checkpoint6.pt"]
    assert re.search(r"checkpoint6\.pt +[\d.]+ +– ", capsys.readouterr().out)


def test_a_task_may_decode_in_a_way_of_its_own():
    from fairseq.sequence_generator import SequenceGenerator
    from fairseq.tasks.translation import TranslationTask

    from fairseq_phonology import PhonologyTask
    from fairseq_phonology.training.checkpoints.ranking import _decodes_as_fairseq

    stock, own = (cls.__new__(cls) for cls in (SequenceGenerator, type("Own", (SequenceGenerator,), {})))
    tasks = TranslationTask, PhonologyTask, type("Lab", (PhonologyTask,), {})
    stepping = type("Stepping", (PhonologyTask,), {"inference_step": lambda *arguments, **options: []})
    for generator in (stock, own):
        object.__setattr__(generator, "search", BeamSearch(Dictionary()))
    assert all(_decodes_as_fairseq(cls.__new__(cls), stock) for cls in tasks)
    assert not _decodes_as_fairseq(stepping.__new__(stepping), stock)
    assert not _decodes_as_fairseq(TranslationTask.__new__(TranslationTask), own)


LABS = {  # task of the run -> what its user-dir registers
    "extended": """
import fairseq_phonology as fp
from fairseq.tasks import register_task

@register_task("extended", dataclass=fp.PhonologyConfig)
class Extended(fp.PhonologyTask):
    pass
""",
    "translation": "",  # an architecture, say
}


@pytest.mark.parametrize(("task", "scoring"), [("extended", " --scoring exact_match"), ("translation", "")])
def test_the_next_command_is_of_the_runs_own_task(run, capsys, task, scoring):
    lab = run.parent / f"lab_{task}"
    lab.mkdir()
    (lab / "__init__.py").write_text(LABS[task], encoding="utf-8")
    state = torch.load(run / "checkpoint9.pt", weights_only=False)
    state["cfg"]["task"]["_name"] = task
    torch.save(state, run.parent / "lab.pt")
    for _ in range(2):  # also where nothing is left to score
        assert main(["checkpoints", "lab.pt", "--user-dir", lab.name]) == 0
        (line,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("next: ")]
        command = f"next: fairseq-generate bin --user-dir {lab.name} --task {task}"
        languages = "--source-lang in --target-lang out"
        assert line == f"{command} {languages} --path lab.pt --gen-subset valid --beam 5{scoring}"


class Evil:
    def __reduce__(self):
        return open, ("code-ran", "w")


def test_what_cannot_be_scored_is_named_and_the_rest_is_scored(run, capsys):
    for name in ("checkpoint6.pt", "checkpoint_best.pt", "checkpoint_last.pt"):
        (run / name).unlink()
    torch.save({"model": Evil()}, run / "evil.pt")
    whole = (run / "checkpoint9.pt").read_bytes()
    (run / "cut.pt").write_bytes(whole[: len(whole) // 2])
    torch.save([torch.zeros(1)], run / "other.pt")
    (run / "checkpoint4.pt").mkdir()
    os.mkfifo(run / "checkpoint5.pt")
    (run / "checkpoint7.pt").symlink_to("checkpoint7.pt")
    assert zipfile.is_zipfile(run / "evil.pt")
    assert main(["checkpoints", "run"]) == 2
    err = capsys.readouterr().err
    assert not Path("code-ran").exists()
    assert re.search(r"not scored: run/cut\.pt: damaged", err)
    assert re.search(r"not scored: run/evil\.pt: it carries code .*nothing in it was run", err)
    assert "not scored: run/other.pt: no checkpoint of fairseq-train" in err
    assert "not scored: run/checkpoint4.pt: is a folder" in err
    assert "not scored: run/checkpoint5.pt: is a pipe" in err
    assert "not scored: run/checkpoint7.pt: is a symbolic link to no file" in err
    refused = "checkpoint4.pt, checkpoint5.pt, checkpoint7.pt, cut.pt, evil.pt, other.pt"
    assert f"error: 6 of 8 checkpoints not scored: {refused}" in err
    scored = [row["checkpoint"] for row in table(run / "scores-valid-beam1" / "scores.csv")]
    assert sorted(scored) == ["checkpoint3.pt", "checkpoint9.pt"]


SAVED = {  # what every checkpoint has
    "optimizer_history": [{"num_updates": 5, "criterion_name": "c", "optimizer_name": "o", "lr_scheduler_state": {}}],
    "extra_state": {"train_iterator": {"epoch": 3, "iterations_in_epoch": 0}},
}
TASK = {"_name": "translation", "data": "bin"}
PARTS = {"model": {"_name": "transformer_lm"}, "criterion": {"_name": "cross_entropy"}}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (torch.ones(3), "no checkpoint of fairseq-train: it holds a Tensor alone"),
        ({"a": torch.ones(3)}, r"it holds weights alone \(a state_dict\), and no configuration"),
        ({"epoch": 1, "state_dict": {}}, "no model or no configuration of a task, but epoch, state_dict"),
        (
            {**SAVED, "cfg": {"task": TASK}},
            "no model or no configuration of a task, but optimizer_history",
        ),
        ({**SAVED, "model": {}, "cfg": {}}, "the part 'task' of its configuration is missing"),
        ({**SAVED, "model": {}, "cfg": {"task": None}}, "the part 'task' of its configuration is a NoneType"),
        ({**SAVED, "model": {}, "cfg": {**PARTS, "task": {**TASK, "data": "${x"}}}, "in it: GrammarParseError"),
        ({**SAVED, "model": {}, "args": argparse.Namespace()}, "fairseq cannot read the configuration in it"),
    ],
    ids=["tensor", "weights", "lightning", "no-model", "no-task", "task-none", "interpolation", "no-options"],
)
def test_other_content_under_the_same_ending_is_named(tmp_path, content, message):
    torch.save(content, tmp_path / "x.pt")
    with pytest.raises(InputError, match=rf"x\.pt: .*{message}") as caught:
        read_checkpoint(tmp_path / "x.pt")
    assert "\n" not in str(caught.value)


def test_a_checkpoint_of_another_task_is_named(stock, tmp_path):
    cfg = {**PARTS, "task": {"_name": "language_modeling", "data": str(stock / "bin")}}
    torch.save({**SAVED, "model": {}, "cfg": cfg}, tmp_path / "x.pt")
    with pytest.raises(InputError, match=r"x\.pt: is of the task language_modeling, which is no translation task"):
        task_of(read_checkpoint(tmp_path / "x.pt"), tmp_path / "x.pt")


def test_runs_with_eval_bleu_are_scored(run):
    """Their meters hold arrays of numbers, which the restricted unpickler refuses as it comes."""
    state = torch.load(run / "checkpoint9.pt", weights_only=False)
    state["extra_state"]["metrics"] = [np.array([1, 2]), np.float64(0.5)]
    torch.save(state, run.parent / "bleu.pt")
    assert main(["checkpoints", "bleu.pt"]) == 0


def test_old_pickle_with_code_is_refused(run, capsys):
    path = run.parent / "old.pt"
    path.write_bytes(pickle.dumps({"model": Evil()}))
    assert main(["checkpoints", str(path)]) == 2
    assert not Path("code-ran").exists()
    assert "1 of 1 checkpoints not scored: old.pt" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["run", "--data", "gone"],
            "gone: no such folder, where the data of checkpoint3.pt were; name the folder of the data with --data",
        ),
        (["run", "--data", "other"], "other: no dictionaries of in-out for checkpoint3.pt; found here: dict.ur.txt"),
        (["run", "--subset", "test"], "bin: no data set 'test'; found here: train, valid"),
        (["run", "--beam", "0"], "--beam is 0; allowed: 1 or more"),
        (["run", "--scores-only", "--beam", "5"], "--scores-only with --beam 5, which generates every word"),
        (["bin"], r"bin: no checkpoint \(\*\.pt\) in this folder"),
        (["nowhere"], "nowhere: no such folder"),
        (["run", "--user-dir", "nope"], "error: nope: --user-dir: no such folder"),
    ],
    ids=[
        "no-data",
        "other-names",
        "no-subset",
        "beam-0",
        "scores-only",
        "no-checkpoint",
        "no-folder",
        "no-user-dir",
    ],
)
def test_refused(run, capsys, arguments, message):
    Path("other").mkdir()
    Path("other/dict.ur.txt").write_text("k 1\n", encoding="utf-8")
    assert main(["checkpoints", *arguments]) == 2
    assert re.search(message, capsys.readouterr().err)
    assert not list(run.glob("scores*"))


def test_a_subset_of_other_languages_is_refused(run, capsys):
    for path in Path("bin").glob("valid.*"):
        name = path.name.replace("valid.", "test.").replace(".in-out.", ".in-None.")
        (path.parent / name).write_bytes(path.read_bytes())
    try:
        assert main(["checkpoints", "run", "--subset", "test"]) == 2
        assert "no data set 'test' of in-out" in capsys.readouterr().err
    finally:
        for path in Path("bin").glob("test.*"):
            path.unlink()


# ---- without a model


def scores(*rows):
    return [Score(f"{n}.pt", exact, 1.0, loss, n, updates) for n, (exact, loss, updates) in enumerate(rows)]


@pytest.mark.parametrize(
    ("rows", "best"),
    [
        ([(90, 0.1, 1), (95, 9.0, 2)], "1.pt"),
        ([(95, 0.2, 1), (95, 0.1, 2)], "1.pt"),
        ([(95, 0.1, 2), (95, 0.1, 1)], "1.pt"),
        ([(95, math.nan, 1), (95, 9.0, 2)], "1.pt"),
    ],
    ids=["more-words", "lower-loss", "earlier", "nan-loss"],
)
def test_best_first(rows, best):
    assert best_first(scores(*rows))[0].checkpoint == best


def test_record_forgets_on_another_beam_and_survives_damage(tmp_path):
    checkpoint = tmp_path / "a.pt"
    checkpoint.write_bytes(b"x")
    (tmp_path / "bin").mkdir()
    digest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"  # SHA-256 of nothing
    (score,) = scores((50.0, 1.0, 3))
    record = ScoreRecord(tmp_path / "out", "valid", 1)
    record.add(checkpoint, tmp_path / "bin", digest, score, [Prediction("w1", "k a", "g a", "k a", False)])
    assert (tmp_path / "out" / "predictions" / "a.csv").read_text(encoding="utf-8") == (
        "id,underlying,hypothesis,reference,correct\nw1,k a,g a,k a,0\n"
    )
    assert ScoreRecord(tmp_path / "out", "valid", 1).known(checkpoint) == score
    assert ScoreRecord(tmp_path / "out", "valid", 5).known(checkpoint) is None
    (tmp_path / "out" / "scored.json").write_text('{"settings', encoding="utf-8")
    assert ScoreRecord(tmp_path / "out", "valid", 1).known(checkpoint) is None


@pytest.mark.parametrize("name", ["scores.csv", "predictions/a.csv"])
def test_a_table_of_another_program_stays(tmp_path, name):
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    for content in (b"word,rating\nx,1\n", b"\x00\xff\n", b""):
        path.write_bytes(content)
        with pytest.raises(InputError, match=f"{name}: was not made by checkpoints; name another folder with --out"):
            ScoreRecord(tmp_path, "valid", 1)
    # what a kill leaves before the first record
    ours = "checkpoint,exact_match,per" if name == "scores.csv" else "id,underlying,hypothesis,reference,correct"
    path.write_text(f"{ours}\n", encoding="utf-8")
    assert ScoreRecord(tmp_path, "valid", 1).scores == []


def test_checkpoints_come_in_the_order_of_their_numbers(tmp_path):
    for name in ("checkpoint10.pt", "checkpoint9.pt", "checkpoint_best.pt", "checkpoint_1_50.pt", "x.txt"):
        (tmp_path / name).touch()
    names = [path.name for path in find_checkpoints(tmp_path)]
    assert names.index("checkpoint9.pt") < names.index("checkpoint10.pt") and "x.txt" not in names
    with pytest.raises(InputError, match="no such folder"):
        find_checkpoints(tmp_path / "none")


def test_a_share_of_nothing_is_no_number_in_the_record(tmp_path):
    (tmp_path / "bin").mkdir()
    for name in ("a.pt", "b.pt"):
        (tmp_path / name).write_bytes(name.encode())
    record = ScoreRecord(tmp_path / "out", "valid", 1)
    for name, share in (("a.pt", math.nan), ("b.pt", 50.0)):
        record.add(tmp_path / name, tmp_path / "bin", "", Score(name, 50.0, 1.0, 1.0, 1, 1, share), [])
    found = json.loads((tmp_path / "out" / "scored.json").read_text(), parse_constant=pytest.fail)["checkpoints"]
    assert [found[name]["score"]["most_frequent_variant"] for name in ("a.pt", "b.pt")] == [None, 50.0]


def test_a_relative_path_in_a_checkpoint_is_not_read_from_here(tmp_path, monkeypatch):
    for project, segments in (("own", "ab"), ("here", "ba")):
        (tmp_path / project / "data/bin").mkdir(parents=True)
        for name in ("ur", "sr"):
            (tmp_path / project / f"data/bin/dict.{name}.txt").write_text("".join(f"{s} 1\n" for s in segments))
    own, here = (tmp_path / project / "data/bin" for project in ("own", "here"))
    known = [Dictionary.load(str(own / f"dict.{name}.txt")) for name in ("ur", "sr")]
    task = argparse.Namespace(
        source_dictionary=known[0],
        target_dictionary=known[1],
        cfg=argparse.Namespace(source_lang="ur", target_lang="sr"),
    )
    monkeypatch.chdir(here.parents[1])
    for trained_on in ("data/bin", ""):
        _check_order(task, own, trained_on, Path("a.pt"))
    with pytest.raises(InputError, match="the same segments in another order"):
        _check_order(task, own, str(here), Path("a.pt"))
