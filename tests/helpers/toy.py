"""A toy corpus and the real fairseq commands in subprocesses, shared by the end-to-end tests."""

from __future__ import annotations

import csv
import importlib.util
import json
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

from tests.helpers import forked

# the package that is under test: of this checkout, or an installed one whose tests these are
USER_DIR = Path(importlib.util.find_spec("fairseq_phonology").origin).resolve().parent

VOWELS, OBSTRUENTS, NASALS = "aiu", {"p": "m", "t": "n", "k": "ŋ"}, "mn"

# one layer a side: seconds on a CPU, and the mapping is learned
SMALL = [
    *("--arch", "transformer_phonology_tiny", "--encoder-layers", "1", "--decoder-layers", "1"),
    *("--encoder-embed-dim", "32", "--decoder-embed-dim", "32", "--encoder-ffn-embed-dim", "64"),
    *("--decoder-ffn-embed-dim", "64", "--encoder-attention-heads", "2", "--decoder-attention-heads", "2"),
]
CHOOSING = ["--best-checkpoint-metric", "exact_match", "--maximize-best-checkpoint-metric"]
QUIET = ["--cpu", "--log-format", "json", "--log-interval", "1000", "--no-progress-bar", "--num-workers", "0"]


def surface(underlying: str) -> str:
    """Obstruents become nasals before nasals, right to left: p t k -> m n ŋ / _ [+nas]."""
    segments = underlying.split()
    for i in reversed(range(len(segments) - 1)):
        if segments[i] in OBSTRUENTS and segments[i + 1] in NASALS:
            segments[i] = OBSTRUENTS[segments[i]]
    return " ".join(segments)


def words(n: int, seed: int) -> list[str]:
    """Distinct underlying forms of one to three closed syllables."""
    rng = random.Random(seed)
    found: dict[str, None] = {}
    while len(found) < n:
        syllables = range(rng.randint(1, 3))
        word = "".join(rng.choice("ptkmn") + rng.choice(VOWELS) + rng.choice("ptkmn") for _ in syllables)
        found[" ".join(word)] = None
    return list(found)


def make_corpus(folder: Path, sizes: dict[str, int], seed: int = 1) -> Path:
    """Binarize a toy corpus with fairseq's own preprocessing; returns the folder for fairseq-train."""
    folder.mkdir(parents=True, exist_ok=True)
    pool = words(sum(sizes.values()), seed)
    for split, size in sizes.items():
        chosen, pool = pool[:size], pool[size:]
        (folder / f"{split}.ur").write_text("".join(f"{word}\n" for word in chosen), encoding="utf-8")
        (folder / f"{split}.sr").write_text("".join(f"{surface(word)}\n" for word in chosen), encoding="utf-8")
    valid = [str(folder / split) for split in sizes if split.startswith("valid")]
    done = fairseq(
        "preprocess",
        *("-s", "ur", "-t", "sr", "--trainpref", folder / "train", "--validpref", ",".join(valid)),
        *("--testpref", folder / "test", "--destdir", folder / "bin", "--workers", "1"),
    )
    assert done.returncode == 0, done.stderr
    return folder / "bin"


def command(name: str) -> list[str]:
    """`fairseq-<name>` as installed beside this interpreter."""
    return [sys.executable, str(Path(sys.executable).parent / f"fairseq-{name}")]


def fairseq(
    name: str, *arguments, cwd: Path | None = None, env: dict[str, str] | None = None, stdin: str | None = None
) -> subprocess.CompletedProcess:
    """Run one fairseq command to its end; with ``env``, as a new interpreter, which alone heeds it."""
    words = [str(argument) for argument in arguments]
    if env is None:
        return forked.run([command(name)[1], *words], cwd, stdin, timeout=300)
    return subprocess.run(
        command(name) + words,
        **{"capture_output": True, "text": True, "encoding": "utf-8", "cwd": cwd, "input": stdin},
        env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore", **env},
        timeout=300,
    )


def train_arguments(data: Path, save_dir: Path, *more, epochs: int = 3, user_dir: Path | str = USER_DIR) -> list[str]:
    """The arguments of a small training run; later ones in `more` win."""
    arguments = [
        *(data, "--user-dir", user_dir, "--task", "phonology", "--save-dir", save_dir, *SMALL, *QUIET),
        *("--criterion", "label_smoothed_cross_entropy", "--label-smoothing", "0.1", "--optimizer", "adam"),
        *("--lr", "0.005", "--batch-size", "50", "--max-epoch", epochs, "--seed", "1", "--dropout", "0"),
        "--ignore-unused-valid-subsets",
        *more,
    ]
    return [str(argument) for argument in arguments]


def train(data: Path, save_dir: Path, *more, check: bool = True, **options):
    """Run fairseq-train on a small model; fails the test if the command does."""
    done = fairseq("train", *train_arguments(data, save_dir, *more, **options))
    if check:
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done


def log_lines(stdout: str, tag: str) -> list[dict[str, str]]:
    """The JSON lines of one tag (`train`, `valid`, ...) of a fairseq log."""
    lines = [line.split(f"| INFO | {tag} | ", 1) for line in stdout.splitlines() if f"| INFO | {tag} | " in line]
    return [json.loads(line[1]) for line in lines if line[1].startswith("{")]


def history(save_dir: Path) -> list[dict[str, str]]:
    """The rows of history.csv."""
    return read_csv(save_dir / "history.csv")


def read_csv(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file."""
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def generated(stdout: str, prefix: str) -> dict[int, str]:
    """Number of the word -> text, of fairseq-generate's lines `S-`, `T-` or `H-`."""
    lines = [line.split("\t") for line in stdout.splitlines() if line.startswith(f"{prefix}-")]
    return {int(fields[0][2:]): fields[-1] for fields in lines}


def refused(done: subprocess.CompletedProcess, *wanted: str) -> None:
    """Check that a command ended with one line of ours on stderr, status 2 and no traceback."""
    assert done.returncode == 2, done.stdout[-2000:] + done.stderr[-2000:]
    assert "Traceback" not in done.stdout + done.stderr
    (line,) = [line for line in done.stderr.splitlines() if "fairseq_phonology: error:" in line]
    for text in wanted:
        assert text in line, line


def unassimilated(data: Path) -> dict[str, list[str]]:
    """Of each validation word of a toy corpus that assimilates: its SR, and its UR as a second one."""
    words = (data.parent / "valid.ur").read_text(encoding="utf-8").splitlines()
    return {word: [surface(word), word] for word in words if surface(word) != word}


def with_variants(data: Path, folder: Path, variants: dict[str, list[str]]) -> Path:
    """A copy of binarized data in a folder with a ``variants.tsv``; returns that of the data.

    Args:
        data: the binarized data.
        folder: a new one.
        variants: UR -> its SRs, most frequent first; their weights are n, n - 1, ..., 1.
    """
    rows = ["ur\tsr\tweight\tshare\n"]
    for ur, srs in variants.items():
        whole = len(srs) * (len(srs) + 1) / 2
        rows += [f"{ur}\t{sr}\t{w}\t{w / whole}\n" for w, sr in zip(range(len(srs), 0, -1), srs, strict=True)]
    copied = shutil.copytree(data, folder / "bin")
    (folder / "variants.tsv").write_text("".join(rows), encoding="utf-8")
    return copied
