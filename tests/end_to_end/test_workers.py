"""Several workers (gloo, on the CPU) report exactly what one reports, and write one history."""

from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.helpers import toy


def _train_with(workers: int, arguments: list[str]) -> str:
    """Run fairseq-train as so many processes; returns what the first printed."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    meeting = ["--distributed-init-method", f"tcp://127.0.0.1:{port}", "--distributed-world-size", str(workers)]
    meeting += ["--distributed-no-spawn", "--distributed-backend", "gloo", "--ddp-backend", "legacy_ddp"]
    with ThreadPoolExecutor(workers) as pool:
        ranks = [["--distributed-rank", str(rank)] for rank in range(workers)]
        ended = list(pool.map(lambda rank: toy.fairseq("train", *arguments, *meeting, *rank), ranks))
    assert not any(done.returncode for done in ended), "".join((d.stdout + d.stderr)[-2000:] for d in ended)
    return ended[0].stdout + ended[0].stderr


def test_two_workers(corpus, grammar_file, tmp_path):
    corpus = toy.with_variants(corpus, tmp_path / "data", toy.unassimilated(corpus))
    save_dir = tmp_path / "run"
    # 101 words in batches of 16 make 7: the second worker repeats one of its own, which must not count
    extras = ["--save-predictions", "--eval-beam", "2", "--grammar", grammar_file, "--batch-size-valid", "16"]
    extras += ["--keep-best-checkpoints", "2", "--batch-size", "25", "--valid-subset", "valid,valid1"]
    for epochs in (2, 3):  # the second time it resumes, which broadcasts the checkpoint
        arguments = toy.train_arguments(corpus, save_dir, *toy.CHOOSING, *extras, epochs=epochs)
        stdout = _train_with(2, arguments)
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


def test_one_two_and_four_workers_report_the_same_of_the_same_weights(trained, grammar_file, tmp_path):
    """The learning rate changes nothing. 101 words in batches of 16 make 7: four workers have 2, 2, 2 and 1."""
    options = ["--finetune-from-model", str(trained.save_dir / "checkpoint_best.pt"), "--max-update", "1"]
    options += [
        "--lr",
        "1e-30",
        "--batch-size-valid",
        "16",
        "--valid-subset",
        "valid,valid1",
        "--eval-beam",
        "2",
        "--save-predictions",
    ]
    options += ["--grammar", str(grammar_file), *toy.CHOOSING]
    rows, words = {}, {}
    for workers in (1, 2, 4):  # of the same four batches
        save_dir = tmp_path / str(workers)
        arguments = toy.train_arguments(trained.data, save_dir, *options, "--update-freq", str(4 // workers))
        if workers > 1:
            _train_with(workers, arguments)
        else:
            assert toy.fairseq("train", *arguments).returncode == 0
        rows[workers] = toy.history(save_dir)
        words[workers] = [(save_dir / "predictions" / f"{name}_at_1.csv").read_bytes() for name in ("valid", "valid1")]
    assert [row["subset"] for row in rows[1]] == ["valid", "valid1"] and 0 < float(rows[1][0]["exact_match"]) < 100
    for workers in (2, 4):
        assert words[workers] == words[1]
        for row, alone in zip(rows[workers], rows[1], strict=True):
            for name in row.keys() - {"wall"}:
                # losses are sums in another order
                equal = pytest.approx(float(alone[name]), rel=1e-6) if name.endswith("loss") else alone[name]
                assert (float(row[name]) if name.endswith("loss") else row[name]) == equal, name


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
