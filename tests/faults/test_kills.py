"""A few kills of each command in CI, many in ``make test-long``; and two trainings in one folder."""

from __future__ import annotations

import signal
import time

import pytest

pytest.importorskip("fairseq")

from tests.faults.cases import CASES, Inputs
from tests.faults.kills import HEAD, disturb
from tests.helpers import branched, toy

SIGNALS = [signal.SIGKILL, signal.SIGTERM, signal.SIGINT]


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    return Inputs(tmp_path_factory.mktemp("inputs"))


@pytest.mark.parametrize(
    ("name", "kinds"),
    [("prepare", SIGNALS), ("fairseq-generate", SIGNALS[:1])],
    ids=["prepare", "fairseq-generate"],
)
def test_nothing_is_lost(name, kinds, inputs, tmp_path):
    for kind in kinds:
        times = 2 if kind == signal.SIGKILL else 1
        figures = disturb(CASES[name](inputs), tmp_path / f"{name}-{kind}", kind, times, seed=1)
        assert figures.wrong == [] and len(figures.shares) == times


@pytest.mark.long
@pytest.mark.parametrize("name", CASES)
def test_nothing_is_lost_of_many(name, inputs, tmp_path):
    for kind in SIGNALS:
        times = 20 if kind == signal.SIGKILL else 5
        figures = disturb(CASES[name](inputs), tmp_path / f"{name}-{kind}", kind, times, seed=1)
        print(HEAD, figures, sep="\n")
        assert figures.wrong == []


@pytest.mark.parametrize("hydra", [False, True], ids=["train", "hydra-train"])
def test_of_two_trainings_in_one_folder_the_second_is_refused(hydra, inputs, tmp_path):
    case, save_dir = CASES["fairseq-train"](inputs), tmp_path / "run"
    command = [*case.command(save_dir, again=False), "--max-update", "100000", "--max-epoch", "0"]
    with branched.Popen(command, stdout=-1, stderr=-1) as first:
        until = time.monotonic() + 60
        while not (save_dir / ".lock").exists() and time.monotonic() < until:
            time.sleep(0.05)
        words = hydra_words(inputs.corpus, save_dir, tmp_path) if hydra else case.words(save_dir)[1:]
        toy.refused(
            toy.fairseq("hydra-train" if hydra else "train", *words),
            f"{save_dir}: is trained in: process {first.pid} on ",
            f"wait for it, or end it (kill {first.pid}), or name another --save-dir",
        )
        first.kill()


def hydra_words(data, save_dir, folder):
    words = [f"common.user_dir={toy.USER_DIR}", f"task={{_name:phonology,data:{data}}}", "common.cpu=true"]
    words += ["model={_name:transformer,encoder:{layers:1,embed_dim:16},decoder:{layers:1,embed_dim:16}}"]
    words += ["criterion=cross_entropy", "optimizer=adam", "lr_scheduler=fixed", "optimization.lr=[0.001]"]
    words += ["dataset.batch_size=16", "optimization.max_epoch=1", f"checkpoint.save_dir={save_dir}"]
    return [*words, f"hydra.run.dir={folder / 'hydra'}"]
