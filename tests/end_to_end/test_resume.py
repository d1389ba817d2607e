"""Kill at any moment and start again: every validation once, the best K still the best K, a cut-off file replaced."""

from __future__ import annotations

import signal
import subprocess
import time
from pathlib import Path

from fairseq_phonology.loading import updates_of
from tests.helpers import toy

OPTIONS = [*toy.CHOOSING, "--keep-best-checkpoints", "2", "--no-epoch-checkpoints", "--save-interval-updates", "20"]
EPOCHS = 3


def _kill_once_it_has(rows: int, arguments: list[str], save_dir: Path) -> None:
    """Start fairseq-train and kill it as soon as history.csv has so many rows."""
    process = subprocess.Popen(
        toy.command("train") + arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        deadline = time.monotonic() + 120
        while not (save_dir / "history.csv").exists() or len(toy.history(save_dir)) < rows:
            assert process.poll() is None and time.monotonic() < deadline, "ended before it could be killed"
            time.sleep(0.01)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


def test_killed_cut_off_and_resumed(corpus, tmp_path):
    arguments = toy.train_arguments(corpus, tmp_path, *OPTIONS, epochs=EPOCHS)
    _kill_once_it_has(3, arguments, tmp_path)
    last = tmp_path / "checkpoint_last.pt"
    content = last.read_bytes()
    last.write_bytes(content[: len(content) // 2])

    done = toy.fairseq("train", *arguments)
    assert done.returncode == 0, done.stderr
    assert "checkpoint_last.pt was cut short; resuming from checkpoint" in done.stdout + done.stderr

    rows = toy.history(tmp_path)
    # 41 updates an epoch; a validation every 20, and one at the end of each epoch
    expected = sorted({20 * n for n in range(1, 7)} | {41, 82, 123})
    assert [int(row["updates"]) for row in rows] == expected
    walls = [float(row["wall"]) for row in rows]
    assert walls == sorted(walls)

    ranked = sorted(rows, key=lambda row: (-float(row["exact_match"]), float(row["valid_loss"]), int(row["updates"])))
    best = [int(row["updates"]) for row in ranked[:2]]
    assert updates_of(tmp_path / "checkpoint_best.pt") == best[0]
    assert sorted(updates_of(path) for path in tmp_path.glob("checkpoint.best*")) == sorted(best)
    assert sorted(int(row["updates"]) for row in rows if row["kept"] == "1") == sorted(best)


def test_a_new_run_in_an_old_folder_forgets_the_old_history(small_corpus, tmp_path):
    toy.train(small_corpus, tmp_path, *toy.CHOOSING, epochs=2)
    assert [row["updates"] for row in toy.history(tmp_path)] == ["3", "6"]
    # a checkpoint without a record of ours, as stock fairseq writes it, and none to resume from
    for path in tmp_path.glob("checkpoint*.pt"):
        path.unlink()
    toy.train(small_corpus, tmp_path, *toy.CHOOSING, "--batch-size", "101", epochs=1)
    assert [row["updates"] for row in toy.history(tmp_path)] == ["1"]
