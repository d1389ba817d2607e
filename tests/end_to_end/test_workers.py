"""Two workers (gloo, on the CPU) report exactly what one reports, and write one history."""

from __future__ import annotations

import os
import socket
import subprocess

import pytest

from tests.helpers import toy

WORKERS = ["--distributed-world-size", "2", "--distributed-no-spawn", "--distributed-backend", "gloo"]
WORKERS += ["--ddp-backend", "legacy_ddp"]


def _train_with_two(arguments: list[str]) -> str:
    """Run fairseq-train as two processes; returns what the first printed."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    meeting = ["--distributed-init-method", f"tcp://127.0.0.1:{port}"]
    processes = [
        subprocess.Popen(
            [*toy.command("train"), *arguments, *WORKERS, *meeting, "--distributed-rank", str(rank)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore"},
        )
        for rank in (0, 1)
    ]
    outputs = [process.communicate(timeout=200)[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0], outputs[0][-2000:] + outputs[1][-2000:]
    return outputs[0]


def test_two_workers(corpus, grammar_file, tmp_path):
    corpus = toy.with_variants(corpus, tmp_path / "data", toy.unassimilated(corpus))
    save_dir = tmp_path / "run"
    # 101 words in batches of 16 make 7: the second worker repeats one of its own, which must not count
    extras = ["--save-predictions", "--eval-beam", "2", "--grammar", grammar_file, "--batch-size-valid", "16"]
    extras += ["--keep-best-checkpoints", "2", "--batch-size", "25", "--valid-subset", "valid,valid1"]
    for epochs in (2, 3):  # the second time it resumes, which broadcasts the checkpoint
        arguments = toy.train_arguments(corpus, save_dir, *toy.CHOOSING, *extras, epochs=epochs)
        stdout = _train_with_two(arguments)
    assert "Loaded checkpoint" in stdout
    subsets = {name: [row for row in toy.history(save_dir) if row["subset"] == name] for name in ("valid", "valid1")}
    assert [[int(row["updates"]) for row in rows] for rows in subsets.values()] == [[41, 82, 123]] * 2
    rows = subsets["valid"]
    last = rows[-1]
    words = toy.read_csv(save_dir / "predictions" / "valid_at_123.csv")
    assert [int(word["id"]) for word in words] == list(range(101))
    assert 0 < float(last["exact_match"]) < 100 and 0 < float(last["nasalization"]) <= 100

    done = toy.fairseq(
        *("validate", corpus, "--user-dir", toy.USER_DIR, "--task", "phonology", *toy.QUIET, "--batch-size", "40"),
        *("--path", save_dir / "checkpoint_last.pt", "--valid-subset", "valid,valid1"),
    )
    assert done.returncode == 0, done.stderr
    (line,) = toy.log_lines(done.stdout, "valid")
    (other,) = toy.log_lines(done.stdout, "valid1")
    for metric in ("exact_match", "per", "nasalization"):
        assert float(other[f"valid1_{metric}"]) == pytest.approx(float(subsets["valid1"][-1][metric]), rel=1e-5), metric
    for metric in ("exact_match", "most_frequent_variant", "per", "nasalization", "nasalization_overapplied"):
        assert float(line[f"valid_{metric}"]) == pytest.approx(float(last[metric]), rel=1e-5), metric

    # --update-freq 2 takes for each update the batches that two workers have
    toy.train(corpus, tmp_path / "one", *extras[-4:], "--update-freq", "2", epochs=1)
    alone = toy.history(tmp_path / "one")
    assert [(row["subset"], row["updates"]) for row in alone] == [("valid", "41"), ("valid1", "41")]
    for row in alone:
        for metric in ("train_loss", "valid_loss", "exact_match"):
            assert float(row[metric]) == pytest.approx(float(subsets[row["subset"]][0][metric]), rel=1e-3), metric


def test_per_is_edits_over_reference_segments(corpus, trained, tmp_path):
    """PER with one worker, against the predictions that it comes from."""
    from rapidfuzz.distance import Levenshtein

    options = ["--eval-beam", "3", "--save-predictions", "--batch-size-valid", "30"]
    toy.train(corpus, tmp_path, *toy.CHOOSING, *options, epochs=3)
    row = toy.history(tmp_path)[-1]
    words = toy.read_csv(tmp_path / "predictions" / f"valid_at_{row['updates']}.csv")
    pairs = [(word["reference"].split(), word["hypothesis"].split()) for word in words]
    edits = sum(Levenshtein.distance(reference, hypothesis) for reference, hypothesis in pairs)
    assert float(row["per"]) == pytest.approx(100 * edits / sum(len(reference) for reference, _ in pairs))
    assert edits > 0
