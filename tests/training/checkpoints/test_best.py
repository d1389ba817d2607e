"""The best K are exactly the best K, whatever the scores and whenever a kill comes: on fairseq's own save_checkpoint.

Only the trainer is a stand-in; what it saves are real checkpoint files, of a few bytes.
"""

from __future__ import annotations

import json
import math
import os
import random
import shutil
from argparse import Namespace
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("fairseq")

from fairseq import checkpoint_utils  # noqa: E402

from fairseq_phonology import InputError  # noqa: E402
from fairseq_phonology.loading import load_checkpoint, replace_truncated_last, updates_of  # noqa: E402
from fairseq_phonology.training.checkpoints.best import BestCheckpoints  # noqa: E402


class Killed(BaseException):
    """Stands for SIGKILL: no handler of fairseq or ours catches it."""


class Run:
    """One save-dir, through any number of processes; each validation is one epoch that also saves."""

    def __init__(self, folder: Path, keep: int, maximize: bool = True, **options):
        self.folder, self.keep, self.maximize = folder, keep, maximize
        defaults = {"save_interval": 1, "save_interval_updates": 0, "keep_interval_updates": -1}
        defaults |= {"keep_interval_updates_pattern": -1, "keep_last_epochs": -1, "no_save": False}
        defaults |= {"no_epoch_checkpoints": False, "no_last_checkpoints": False}
        self.cfg = Namespace(
            **(defaults | options),
            save_dir=str(folder),
            keep_best_checkpoints=keep,
            best_checkpoint_metric="exact_match",
            maximize_best_checkpoint_metric=maximize,
            write_checkpoints_asynchronously=False,
        )
        self.saved: dict[int, tuple[float, float]] = {}  # updates -> score, loss: what the files must follow
        self.start()

    def start(self) -> None:
        """A new process: resume from checkpoint_last.pt if there is one."""
        if hasattr(checkpoint_utils.save_checkpoint, "best"):
            del checkpoint_utils.save_checkpoint.best
        self.best = BestCheckpoints(self.folder, "exact_match", self.maximize, self.keep)
        replace_truncated_last(self.folder)
        last, state, self.updates = self.folder / "checkpoint_last.pt", None, 0
        if last.exists():
            loaded = load_checkpoint(last)
            self.updates = loaded["optimizer_history"][-1]["num_updates"]
            state = loaded["extra_state"].get("Task")
            if "best" in loaded["extra_state"]:
                checkpoint_utils.save_checkpoint.best = loaded["extra_state"]["best"]
        # the checkpoint that resumes was saved, whether or not the process lived to be told
        self.saved = {updates: scores for updates, scores in self.saved.items() if updates <= self.updates}
        self.best.resume(state, self.updates)

    def validate(self, score: float, loss: float, saves: bool = True) -> None:
        """Train one epoch of 10 updates, validate, and save unless told otherwise."""
        self.best.train_on()
        self.updates += 10
        self.best.consider(self.updates, score, loss)
        if not saves:
            return
        self.saved[self.updates] = score, loss
        path = checkpoint_utils.save_checkpoint(self.cfg, self, Namespace(**self._epoch()), score)
        if path is not None:
            self.best.saved(path, self.updates)

    def _epoch(self) -> dict:
        return {"epoch": self.updates // 10, "end_of_epoch": lambda: True, "state_dict": lambda: {"epoch": 1}}

    def expected(self) -> list[int]:
        """The validations that saved, best first: the order in one line, written independently of the code."""
        sign = -1 if self.maximize else 1
        return sorted(self.saved, key=lambda n: (sign * self.saved[n][0], self.saved[n][1], n))

    def check(self) -> None:
        """The files are those of the best K, each with its own model, and no others."""
        best = self.expected()
        assert updates_of(self.folder / "checkpoint_best.pt") == best[0]
        files = sorted(self.folder.glob("checkpoint.best*"))
        assert sorted(map(updates_of, files)) == sorted(best[: self.keep])
        assert {int(file.name.split("_at_")[1][:-3]) for file in files} == set(best[: self.keep])

    # what save_checkpoint asks of a trainer

    data_parallel_rank, checkpoint_suffix = 0, ""
    should_save_checkpoint_on_current_rank, always_call_state_dict_during_save_checkpoint = True, False

    @property
    def task(self):
        return type("Task", (), {"get_checkpoint_dict": lambda _: {"Task": self.best.state()}})()

    def consolidate_optimizer(self) -> None:
        pass

    def get_num_updates(self) -> int:
        return self.updates

    def save_checkpoint(self, filename: str, extra_state: dict) -> str:
        state = {"extra_state": extra_state, "optimizer_history": [{"num_updates": self.updates}]}
        checkpoint_utils.torch_persistent_save(state, filename)
        return os.path.abspath(filename)


SEQUENCES = {
    "all equal": [(50.0, 1.0)] * 6,
    "all equal, loss falling": [(50.0, 3.0 - n) for n in range(6)],
    "falling": [(90.0 - 10 * n, 1.0) for n in range(6)],
    "rising": [(10.0 * n, 1.0) for n in range(6)],
    "three at the top in other orders": [(90.0, 1.0), (80.0, 1.0), (90.0, 0.5), (70.0, 0.1), (90.0, 0.7), (95.0, 9.0)],
    "scores that look alike in three digits": [(50.0001, 1.0), (50.0004, 1.0), (50.0002, 1.0), (50.0003, 1.0)],
    "two validations": [(1.0, 1.0), (1.0, 1.0)],
}


@pytest.mark.parametrize("options", [{}, {"no_epoch_checkpoints": True}, {"no_last_checkpoints": True}], ids=str)
@pytest.mark.parametrize("keep", [0, 1, 3, 10])
@pytest.mark.parametrize("scores", SEQUENCES.values(), ids=SEQUENCES)
def test_best_k(tmp_path, scores, keep, options):
    run = Run(tmp_path, keep, **options)
    for score, loss in scores:
        run.validate(score, loss)
        run.check()


def test_a_metric_of_which_less_is_better(tmp_path):
    run = Run(tmp_path, keep=2, maximize=False)
    for score in (3.0, 5.0, 3.0, 2.0, 4.0, 2.0):
        run.validate(score, score)
        run.check()
    assert run.expected()[:2] == [40, 60]


def test_validations_that_do_not_save_do_not_count(tmp_path):
    run = Run(tmp_path, keep=2)
    for score, saves in ((10.0, True), (99.0, False), (5.0, True), (98.0, False), (20.0, True)):
        run.validate(score, 1.0, saves)
        run.check()


def test_a_score_that_is_no_number_is_never_kept(tmp_path):
    run = Run(tmp_path, keep=3)
    run.validate(10.0, 1.0)
    run.validate(float("nan"), 1.0)
    del run.saved[20]
    run.check()


def test_fairseqs_own_rule_fails_these_sequences(tmp_path):
    """Guards the tests themselves: the stock rule, run the same way, gets a tie wrong."""
    run = Run(tmp_path, keep=2)
    run.best = Namespace(
        train_on=lambda: None, consider=lambda *_: None, saved=lambda *_: None, state=lambda: {"entries": []}
    )
    for score, loss in SEQUENCES["all equal"]:
        run.validate(score, loss)
    assert updates_of(tmp_path / "checkpoint_best.pt") != run.expected()[0]


def test_pruned_before_it_could_be_copied(tmp_path):
    """The path that fairseq reports may be gone when the task hears of it; the other files of that save are not."""
    run = Run(tmp_path, keep=2)
    run.validate(10.0, 1.0)
    run.updates += 10
    run.best.consider(run.updates, 20.0, 1.0)
    run.saved[run.updates] = (20.0, 1.0)
    path = checkpoint_utils.save_checkpoint(run.cfg, run, Namespace(**run._epoch()), 20.0)
    os.remove(path)
    run.best.saved(path, run.updates)
    run.check()


def test_another_metric_starts_a_new_record(tmp_path, caplog):
    run = Run(tmp_path, keep=2)
    run.validate(10.0, 1.0)
    other = BestCheckpoints(tmp_path, "loss", False, 2)
    other.resume(run.best.state(), run.updates)
    assert other.entries == []
    assert "choosing anew by loss" in caplog.text


def test_the_record_serves_where_the_checkpoint_says_nothing(tmp_path):
    run = Run(tmp_path, keep=2)
    for score in (10.0, 30.0, 20.0):
        run.validate(score, 1.0)
    other = BestCheckpoints(tmp_path, "exact_match", True, 2)
    other.resume(None, 30)
    assert [entry.updates for entry in other.entries] == [20, 30]


def test_the_record_of_a_loss_that_is_no_number(tmp_path):
    """Validations that are equal otherwise: the lower loss, none last; the record is JSON all the same."""
    run = Run(tmp_path, keep=3)
    for loss in (math.nan, 2.0, math.inf, 1.0):
        run.validate(10.0, loss)
    json.loads((tmp_path / "best_checkpoints.json").read_text(), parse_constant=pytest.fail)
    other = BestCheckpoints(tmp_path, "exact_match", True, 3)
    other.resume(None, 40)
    assert [entry.updates for entry in other.entries] == [40, 20, 10]


def _kill_at(monkeypatch, operation: int) -> None:
    """Let the n-th file operation from now on never end: a copy is left half-written, all else undone."""
    left = [operation]

    def dying(original, half_written: bool = False):
        def operate(*args, **kwargs):
            left[0] -= 1
            if left[0]:
                return original(*args, **kwargs)
            if half_written:
                content = Path(args[0]).read_bytes()
                Path(args[1]).write_bytes(content[: len(content) // 2])
            raise Killed

        return operate

    monkeypatch.setattr(shutil, "copyfile", dying(shutil.copyfile, half_written=True))
    for name in ("replace", "rename", "remove", "unlink"):
        monkeypatch.setattr(os, name, dying(getattr(os, name)))


@pytest.mark.parametrize("seed", range(40))
def test_random_scores_and_kills(tmp_path, seed):
    rng = random.Random(seed)
    run = Run(tmp_path, keep=rng.choice([1, 2, 3, 5]), no_epoch_checkpoints=rng.random() < 0.5)
    few_values = rng.random() < 0.7
    for _ in range(12):
        score = float(rng.randint(0, 3)) if few_values else rng.random() * 100
        loss = float(rng.randint(0, 2))
        with pytest.MonkeyPatch.context() as patch:
            if rng.random() < 0.4:
                _kill_at(patch, rng.randint(1, 8))
            try:
                run.validate(score, loss)
                died = False
            except Killed:
                died = True
        if died:
            run.start()
        if run.saved:
            run.check()


def test_a_record_that_is_damaged_is_said_to_be(tmp_path, caplog):
    (tmp_path / "best_checkpoints.json").write_text('{"metric": "exact_match"}', encoding="utf-8")
    best = BestCheckpoints(tmp_path, "exact_match", True)
    best.resume(None, 0)  # a new run reads none
    with pytest.raises(InputError, match=r"best_checkpoints.json: .*lacks 'maximize'; delete it to choose among the"):
        best.resume(None, 10)
    state = {"metric": "exact_match", "maximize": True, "entries": []}
    (tmp_path / "best_checkpoints.json").write_text("{{{", encoding="utf-8")
    best.resume(state, 10)  # what the checkpoint says is enough
    assert "best_checkpoints.json: is no JSON" in caplog.text and "written anew from the checkpoint" in caplog.text


def test_a_checkpoint_of_which_nothing_is_left_is_not_kept(tmp_path, caplog):
    run = Run(tmp_path, keep=2)
    run.best.consider(10, 20.0, 1.0)
    run.best.saved(tmp_path / "checkpoint1.pt", 10)  # fairseq says so, and the file is gone
    assert run.best.entries == [] and "no file is left of the checkpoint at 10 updates" in caplog.text
    assert not run.best._restore(tmp_path / "checkpoint_best.pt", 10)
    assert "no intact checkpoint of 10 updates is left for checkpoint_best.pt" in caplog.text
