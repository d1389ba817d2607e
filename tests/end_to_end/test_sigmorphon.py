"""Real transcriptions through the real commands: prepare, train, generate on SIGMORPHON 2021's Korean words.

The data are not part of the project: PHONOLOGY_TEST_DATA names a folder with sigmorphon2021_kor/{train,dev}.tsv.
"""

import csv
import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

USER_DIR = Path(importlib.util.find_spec("fairseq_phonology").origin).resolve().parent
DATA = Path(os.environ.get("PHONOLOGY_TEST_DATA") or "/nonexistent") / "sigmorphon2021_kor"

pytestmark = pytest.mark.skipif(
    not (DATA / "train.tsv").is_file(), reason="PHONOLOGY_TEST_DATA names no folder with sigmorphon2021_kor"
)

# small enough for two epochs of 8,000 words in half a minute; what it learns is not the point
_SIZES = " ".join(
    f"--{side}-layers 1 --{side}-attention-heads 2 --{side}-embed-dim 64 --{side}-ffn-embed-dim 64"
    for side in ("encoder", "decoder")
)
_TRAINING = (
    "--task phonology --arch transformer_phonology_tiny --dropout 0 --criterion cross_entropy --optimizer adam "
    "--lr 0.005 --max-tokens 2048 --max-epoch 2 --no-epoch-checkpoints --cpu --seed 1 --log-format simple "
    "--best-checkpoint-metric exact_match --maximize-best-checkpoint-metric --save-dir run"
)


def run(folder, *command):
    """One command in a process of its own; what it printed."""
    environment = {**os.environ, "PYTHONPATH": str(USER_DIR.parent), "OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore"}
    result = subprocess.run(
        [sys.executable, "-P", *command], cwd=folder, env=environment, capture_output=True, encoding="utf-8"
    )
    assert result.returncode == 0, result.stdout[-2000:] + result.stderr[-2000:]
    return result.stdout


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sigmorphon")
    code = (
        "import sys; sys.argv[0] = 'fairseq-phonology'; from fairseq_phonology.commands import main; sys.exit(main())"
    )
    lists = ["--train", DATA / "train.tsv", "--valid", DATA / "dev.tsv"]
    printed = run(folder, "-c", code, "prepare", *lists, "--ur-units", "jamo", "--sr-units", "space", "--dest", "data")
    (folder / "prepare.txt").write_text(printed, encoding="utf-8")
    train = ["data/bin", "--user-dir", USER_DIR, *_TRAINING.split(), *_SIZES.split()]
    run(folder, "-m", "fairseq_cli.train", *train)
    return folder


def test_prepare_reads_every_word(work):
    printed = (work / "prepare.txt").read_text(encoding="utf-8")
    assert "train    8,000 words" in printed and "valid    1,000 words" in printed
    assert re.search(r"underlying segments \(68\)", printed)
    assert "conflicts: URs with several SRs, of which a model can get one right: 0" in printed


def test_training_takes_the_folder_as_it_is_and_learns(work):
    with open(work / "run" / "history.csv", encoding="utf-8", newline="") as file:
        first, second = csv.DictReader(file)
    assert (first["epoch"], second["epoch"], second["subset"]) == ("1", "2", "valid")
    assert float(second["valid_loss"]) < float(first["valid_loss"]) < 6.1  # log2 of the number of segments
    assert (work / "run" / "curves.png").stat().st_size > 1000


def test_generate_scores_every_word(work):
    options = "--user-dir {} --task phonology --path run/checkpoint_best.pt --gen-subset valid --beam 1 --cpu"
    command = ["data/bin", *options.format(USER_DIR).split(), "--scoring", "exact_match"]
    printed = run(work, "-m", "fairseq_cli.generate", *command)
    rows = (work / "data" / "valid.tsv").read_text(encoding="utf-8").splitlines()[1:]
    sources = dict(re.findall(r"^S-(\d+)\t(.*)$", printed, re.MULTILINE))
    assert len(sources) == len(rows) == 1000
    known = {n: row.split("\t")[1] for n, row in enumerate(rows) if "ᆿ" not in row.split("\t")[1]}
    assert all(sources[str(n)] == ur for n, ur in known.items())
    assert re.search(r"exact match = [\d.]+ % \(\d+/1000\)", printed)
