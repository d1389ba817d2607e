"""A published list in its own format, from the file to a scored model: the Turkish forms of Belth 2024.

The data are not part of the project: PHONOLOGY_TEST_DATA names a folder with belth2024_turkish/childes.txt. Its header,
``UF SF <empty> Freq``, has a cell more than the lines below it; capitals are underspecified segments.
"""

import csv
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from fairseq_phonology.commands import main
from tests.helpers import toy

LIST = Path(os.environ.get("PHONOLOGY_TEST_DATA") or "/nonexistent") / "belth2024_turkish" / "childes.txt"

pytestmark = pytest.mark.skipif(not LIST.is_file(), reason="PHONOLOGY_TEST_DATA names no folder with belth2024_turkish")

# what it learns in so few epochs is not the point
_SIZES = " ".join(
    f"--{side}-layers 1 --{side}-attention-heads 2 --{side}-embed-dim 64 --{side}-ffn-embed-dim 64"
    for side in ("encoder", "decoder")
)
_TRAINING = (
    "--task phonology --arch transformer_phonology_tiny --dropout 0 --criterion cross_entropy --optimizer adam "
    "--lr 0.005 --max-tokens 2048 --max-epoch 3 --no-epoch-checkpoints --cpu --seed 1 --log-format simple "
    "--best-checkpoint-metric exact_match --maximize-best-checkpoint-metric --save-dir run"
)


def run(folder, module, *arguments):
    """One command of fairseq in a process of its own; what it printed."""
    environment = {**os.environ, "PYTHONPATH": str(toy.USER_DIR.parent), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-P", "-m", f"fairseq_cli.{module}", *map(str, arguments)]
    result = subprocess.run(command, cwd=folder, env=environment, capture_output=True, encoding="utf-8")
    assert result.returncode == 0, result.stdout[-2000:] + result.stderr[-2000:]
    return result.stdout


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    folder = tmp_path_factory.mktemp("belth")
    units = ["--ur-units", "grapheme", "--sr-units", "grapheme", "--split", ".8,.1,.1", "--weight", "Freq"]
    assert main(["prepare", str(LIST), *units, "--dest", str(folder / "data")]) == 0
    run(folder, "train", "data/bin", "--user-dir", toy.USER_DIR, *_TRAINING.split(), *_SIZES.split())
    return folder


def rows(folder):
    for split in ("train", "valid", "test"):
        with open(folder / "data" / f"{split}.tsv", encoding="utf-8", newline="") as file:
            yield from csv.DictReader(file, delimiter="\t")


def test_every_form_and_frequency_is_where_it_was(work):
    lines = [line.split("\t")[:3] for line in LIST.read_text(encoding="utf-8").splitlines()[1:]]
    assert len(lines) == 1727
    sums = Counter()  # a few pairs stand in two lines
    for ur, sr, frequency in lines:
        sums[ur, sr] += int(frequency)
    assert sorted(((row["ur_text"], row["sr_text"]), row["Freq"]) for row in rows(work)) == sorted(
        (pair, str(frequency)) for pair, frequency in sums.items()
    )


def test_training_learns(work):
    with open(work / "run" / "history.csv", encoding="utf-8", newline="") as file:
        first, _, third = csv.DictReader(file)
    assert float(third["valid_loss"]) < float(first["valid_loss"])


def test_generate_scores_every_word(work):
    options = "--task phonology --path run/checkpoint_best.pt --gen-subset test --beam 1 --cpu"
    printed = run(work, "generate", "data/bin", "--user-dir", toy.USER_DIR, *options.split())
    words = len((work / "data" / "test.tsv").read_text(encoding="utf-8").splitlines()) - 1
    assert re.search(rf"exact match = [\d.]+ % \(\d+/{words}\)", printed.splitlines()[-1])
