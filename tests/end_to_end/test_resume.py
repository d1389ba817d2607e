"""Kill at any moment and start again: the run that comes out is the undisturbed one, a cut-off file replaced."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

import pytest
import torch
from fairseq import checkpoint_utils
from fairseq.data.iterators import EpochBatchIterator

from fairseq_phonology.loading import load_checkpoint, updates_of
from fairseq_phonology.training.batches import mix_lengths
from tests.helpers import toy

# dropout, and words of many lengths: both the random numbers and the batches of every update must come back
OPTIONS = [*toy.CHOOSING, "--dropout", "0.1", "--no-epoch-checkpoints", "--log-interval", "5"]
EPOCHS = 3


def _kill_once_it_says(said: str, arguments: list[str]) -> None:
    """Start fairseq-train and kill it as soon as a line of its log has this in it."""
    with subprocess.Popen(
        toy.command("train") + arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8"
    ) as process:
        found = any(said in line for line in process.stdout)
        process.send_signal(signal.SIGKILL)
    assert found, f"ended before it said {said}"


def _same_run(one: Path, other: Path) -> None:
    """The same validations and, bit for bit, the same weights and the same state of the optimizer."""
    rows, expected = ([{**row, "wall": ""} for row in toy.history(save_dir)] for save_dir in (one, other))
    assert rows == expected
    for name in ("checkpoint_last.pt", "checkpoint_best.pt"):
        found, wanted = (load_checkpoint(save_dir / name) for save_dir in (one, other))
        torch.testing.assert_close(found["model"], wanted["model"], rtol=0, atol=0)
        torch.testing.assert_close(
            found["last_optimizer_state"], wanted["last_optimizer_state"], rtol=0, atol=0, equal_nan=True
        )


def test_killed_cut_off_and_resumed(corpus, tmp_path):
    # 41 updates an epoch: killed within one, between two, and within one again, each time with a checkpoint from within
    more = ["--keep-best-checkpoints", "2", "--save-interval-updates", "20"]
    undisturbed, killed = tmp_path / "undisturbed", tmp_path / "killed"
    toy.train(corpus, undisturbed, *OPTIONS, *more, epochs=EPOCHS)
    arguments = toy.train_arguments(corpus, killed, *OPTIONS, *more, epochs=EPOCHS)
    for said in ('"num_updates": "25"', "end of epoch 1 ", '"num_updates": "75"'):
        _kill_once_it_says(said, arguments)
    last = killed / "checkpoint_last.pt"
    content = last.read_bytes()
    last.write_bytes(content[: len(content) // 2])
    done = toy.fairseq("train", *arguments)
    assert done.returncode == 0, done.stderr
    assert "checkpoint_last.pt was cut short; resuming from checkpoint" in done.stdout + done.stderr
    _same_run(killed, undisturbed)

    rows = toy.history(killed)
    # a validation every 20 updates, and one at the end of each epoch
    assert [int(row["updates"]) for row in rows] == sorted({20 * n for n in range(1, 7)} | {41, 82, 123})
    walls = [float(row["wall"]) for row in rows]
    assert walls == sorted(walls)
    ranked = sorted(rows, key=lambda row: (-float(row["exact_match"]), float(row["valid_loss"]), int(row["updates"])))
    best = [int(row["updates"]) for row in ranked[:2]]
    assert updates_of(killed / "checkpoint_best.pt") == best[0]
    assert sorted(updates_of(path) for path in killed.glob("checkpoint.best*")) == sorted(best)
    assert sorted(int(row["updates"]) for row in rows if row["kept"] == "1") == sorted(best)


def test_killed_within_an_epoch_without_a_checkpoint_from_within(corpus, tmp_path):
    # 21 updates an epoch, of two batches each: what was done of an epoch is done again
    undisturbed, killed = tmp_path / "undisturbed", tmp_path / "killed"
    toy.train(corpus, undisturbed, *OPTIONS, "--update-freq", "2", epochs=EPOCHS)
    arguments = toy.train_arguments(corpus, killed, *OPTIONS, "--update-freq", "2", epochs=EPOCHS)
    for said in ('"num_updates": "30"', "end of epoch 2 "):
        _kill_once_it_says(said, arguments)
    done = toy.fairseq("train", *arguments)
    assert done.returncode == 0, done.stderr
    _same_run(killed, undisturbed)


@pytest.mark.parametrize("mixed", [False, True])
def test_batches_belong_to_an_epoch_and_so_do_the_processes_that_load_them(trained, mixed):
    _, _, task = checkpoint_utils.load_model_ensemble_and_task([str(trained.save_dir / "checkpoint_best.pt")])
    task.load_dataset("train")
    task.load_dataset("valid")
    if mixed:
        mix_lengths(task.dataset("train"))

    def of(subset: str, epoch: int) -> EpochBatchIterator:
        return task.get_batch_iterator(task.dataset(subset), max_sentences=50, epoch=epoch, num_workers=1)

    first, second, again = of("train", 1), of("train", 2), of("train", 2)
    one, two, three = ([list(batch) for batch in each.frozen_batches] for each in (first, second, again))
    assert one != two == three
    # kept ones would pile up, epoch by epoch, until Python happens to collect them, which takes seconds for each
    assert not first.persistent_workers
    assert of("valid", 1) is of("valid", 1)


def test_a_new_run_in_an_old_folder_forgets_the_old_history(small_corpus, tmp_path):
    toy.train(small_corpus, tmp_path, *toy.CHOOSING, epochs=2)
    assert [row["updates"] for row in toy.history(tmp_path)] == ["3", "6"]
    # a checkpoint without a record of ours, as stock fairseq writes it, and none to resume from
    for path in tmp_path.glob("checkpoint*.pt"):
        path.unlink()
    toy.train(small_corpus, tmp_path, *toy.CHOOSING, "--batch-size", "101", epochs=1)
    assert [row["updates"] for row in toy.history(tmp_path)] == ["1"]
