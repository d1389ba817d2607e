"""--user-dir in every form that works, and a user-dir of one's own that extends ours."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from fairseq_phonology.training.checkpoints.loaded import load_model
from fairseq_phonology.training.recipe import arguments, filled
from tests.helpers import EXAMPLES, REPOSITORY, toy

OWN = """
from dataclasses import dataclass, field
from pathlib import Path

import fairseq_phonology as fp
from fairseq.tasks import register_task


@dataclass
class LengthConfig(fp.PhonologyConfig):
    long_from: int = field(default=6, metadata={"help": "segments that make a word long"})


class Note(fp.ValidationCallback):
    def __init__(self, save_dir):
        self.path = Path(save_dir) / "notes.txt"

    def on_validation(self, result):
        with open(self.path, "a") as file:
            file.write(f"{result.subset} {result.updates} {result.rates['long_right']}\\n")


@register_task("length", dataclass=LengthConfig)
class LengthTask(fp.PhonologyTask):
    def counts_from_batch(self, batch, sample):
        long = (batch.target != self.tgt_dict.pad()).sum(dim=1) > self.cfg.long_from
        return {"long": int(long.sum()), "long_right": int((long & batch.correct).sum())}

    def rates_from_counts(self, counts):
        return {"long_right": 100 * counts["long_right"] / counts["long"] if counts["long"] else float("nan")}

    def build_callbacks(self):
        return [*super().build_callbacks(), Note(self.cfg.save_dir)]
"""


@pytest.fixture(scope="module")
def clone(tmp_path_factory) -> Path:
    """The package as it lies in a clone, apart from the one that is installed."""
    folder = tmp_path_factory.mktemp("clone")
    shutil.copytree(toy.USER_DIR, folder / "fairseq_phonology", ignore=shutil.ignore_patterns("__pycache__"))
    return folder


@pytest.mark.parametrize("form", ["fairseq_phonology", "fairseq_phonology/", "./fairseq_phonology", "absolute"])
def test_forms_of_user_dir(clone, trained, form):
    user_dir = clone / "fairseq_phonology" if form == "absolute" else form
    done = toy.fairseq(
        *("validate", trained.data, "--user-dir", user_dir, "--task", "phonology", *toy.QUIET, "--batch-size", "60"),
        *("--path", trained.save_dir / "checkpoint_best.pt", "--valid-subset", "valid1"),
        cwd=clone,
    )
    assert done.returncode == 0, done.stderr
    (line,) = toy.log_lines(done.stdout, "valid1")
    assert 0 < float(line["valid1_exact_match"]) <= 100


def test_own_user_dir_extends_ours(small_corpus, clone, tmp_path):
    (clone / "own").mkdir()
    (clone / "own" / "__init__.py").write_text(OWN, encoding="utf-8")
    save_dir = tmp_path / "checkpoints"
    options = [*toy.CHOOSING, "--best-checkpoint-metric", "long_right", "--task", "length", "--long-from", "4"]
    done = toy.train(small_corpus, save_dir, *options, epochs=2, user_dir=clone / "own")
    logged = [float(line["valid_long_right"]) for line in toy.log_lines(done.stdout, "valid")]
    rows = toy.history(save_dir)
    assert [float(row["long_right"]) for row in rows] == logged
    notes = (save_dir / "notes.txt").read_text().split("\n")[:-1]
    assert notes == [f"valid {row['updates']} {value}" for row, value in zip(rows, logged, strict=True)]


def test_hydra_and_every_training_word_counts(small_corpus, tmp_path):
    task = f"{{_name:phonology,data:{small_corpus},save_predictions:true}}"
    done = toy.fairseq(
        "hydra-train",
        *(f"common.user_dir={toy.USER_DIR}", f"task={task}", "common.cpu=true", "common.log_format=json"),
        *("model={_name:transformer,encoder:{layers:1,embed_dim:16},decoder:{layers:1,embed_dim:16}}",),
        *("criterion=cross_entropy", "optimizer=adam", "lr_scheduler=fixed", "optimization.lr=[0.001]"),
        *("dataset.batch_size=16", "dataset.num_workers=0", "optimization.max_epoch=1"),
        *("checkpoint.best_checkpoint_metric=exact_match", "checkpoint.maximize_best_checkpoint_metric=true"),
        *(f"checkpoint.save_dir={tmp_path / 'checkpoints'}", f"hydra.run.dir={tmp_path}"),
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    (row,) = toy.history(tmp_path / "checkpoints")
    assert row["updates"] == "7"  # 101 words in batches of 16, the last of 5
    log = (tmp_path / "hydra_train.log").read_text(encoding="utf-8")
    assert "creating new batches for epoch 2" in log  # as under fairseq-train: not those of epoch 1 again
    (line,) = [json.loads(line.split("[train][INFO] - ")[1]) for line in log.splitlines() if "[train][INFO]" in line]
    assert float(line["train_bsz"]) * 7 == pytest.approx(101, abs=0.4)
    assert len(toy.read_csv(tmp_path / "checkpoints" / "predictions" / "valid_at_7.csv")) == 37


def test_the_example_for_hydra_trains_as_the_demo_does(small_corpus, tmp_path):
    """The same weights as by fairseq-train with the recipe; paths are relative to where the command is given."""
    (tmp_path / "data").symlink_to(small_corpus)
    done = toy.fairseq(
        *("hydra-train", "--config-dir", EXAMPLES / "korean_nasalization", "--config-name", "train"),
        *(f"common.user_dir={toy.USER_DIR}", "task.data=data", "checkpoint.save_dir=by-hydra"),
        *("common.cpu=true", "optimization.max_epoch=1", "optimization.max_update=4"),
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    options = filled({"warmup_updates": 300, "total_num_update": 1484, "max_tokens": 2048, "max_epoch": 1})
    words = ["data", "--user-dir", toy.USER_DIR, "--task", "phonology", *arguments(options), "--seed", "1", "--cpu"]
    done = toy.fairseq("train", *words, "--max-update", "4", "--save-dir", "by-words", cwd=tmp_path)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    names = [tmp_path / name / "checkpoint_last.pt" for name in ("by-hydra", "by-words")]
    one, other = (load_model(path, small_corpus, cpu=True).model for path in names)
    weights = other.state_dict()
    assert all(torch.equal(value, weights[name]) for name, value in one.state_dict().items())
    assert (tmp_path / "by-hydra" / "hydra_train.log").is_file() and not (tmp_path / "outputs").exists()


def test_import_without_fairseq_and_torch():
    """What needs neither loads without either, and loads neither."""
    code = (
        "import sys; sys.modules['fairseq'] = sys.modules['torch'] = None\n"
        "import fairseq_phonology as fp\n"
        "print(fp.segment('t a', 'space') if hasattr(fp, 'segment') else '', fp.Process, fp.Grammar, fp.InputError)\n"
        "assert sys.modules['torch'] is None\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=REPOSITORY)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("first", ["", "import fairseq"], ids=["ours first", "fairseq first"])
def test_no_library_debugs_because_fairseq_was_imported(first, tmp_path):
    """Importing fairseq sets the level of the root logger to DEBUG."""
    program = f"""
{first}
import logging
before = logging.root.level, list(logging.root.handlers)
import fairseq_phonology
assert (logging.root.level, logging.root.handlers) == before, logging.root.handlers
import h5py, matplotlib.pyplot
h5py.File({str(tmp_path / "x.h5")!r}, "w").create_dataset("x", data=[1.0])
matplotlib.pyplot.figure().savefig({str(tmp_path / "x.png")!r})
"""
    environment = {**os.environ, "PYTHONPATH": str(toy.USER_DIR.parent), "PYTHONWARNINGS": "ignore"}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    assert not [line for line in done.stderr.splitlines() if line.startswith(("DEBUG:h5py", "DEBUG:mat", "DEBUG:PIL"))]
    assert first or "DEBUG" not in done.stderr
