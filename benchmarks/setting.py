"""What every benchmark needs: nonce Korean and a model trained on it, made once under ``benchmarks/work``."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parent
WORK = HERE / "work"
GRAMMAR = REPOSITORY / "user_dir_examples" / "korean_nasalization" / "korean.toml"
USER_DIR = REPOSITORY / "fairseq_phonology"
DATA = WORK / "data" / "bin"
TRAIN, VALID = 8000, 1000


def command(program: str, *arguments: object) -> None:
    """Run one command that was installed beside this interpreter; its output goes to ``work/log.txt``."""
    line = [str(Path(sys.executable).parent / program), *map(str, arguments)]
    print("$ " + " ".join([program, *map(str, arguments)]), flush=True)
    # for models of this size a second thread gains little, and loses much where something else runs
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    with (WORK / "log.txt").open("a", encoding="utf-8") as log:
        subprocess.run(line, check=True, stdout=log, stderr=subprocess.STDOUT, env=environment)


def prepared() -> Path:
    """The folder of binarized data: 8,000 words to train on, 1,000 to validate."""
    if not DATA.is_dir():
        WORK.mkdir(exist_ok=True)
        command("fairseq-phonology", "nonce", GRAMMAR, "--n", TRAIN + VALID, "--seed", 7, "--out", WORK / "nonce.tsv")
        command("fairseq-phonology", "prepare", WORK / "nonce.tsv", "--keep-edges",
                "--split", f"{TRAIN},{VALID}", "--dest", WORK / "data", "--overwrite")  # fmt: skip
    return DATA


def trained(size: str = "small") -> Path:
    """A checkpoint of that architecture after 20 epochs: good, and still with words it gets wrong."""
    model = WORK / f"checkpoints-{size}" / "checkpoint_best.pt"
    finished = model.with_name("finished")  # an interrupted run has a best checkpoint, too
    if not finished.is_file():
        command("fairseq-train", prepared(), "--user-dir", USER_DIR, "--task", "phonology",
                "--arch", f"transformer_phonology_{size}", "--criterion", "label_smoothed_cross_entropy",
                "--label-smoothing", 0.1, "--dropout", 0.1, "--optimizer", "adam", "--lr", 0.002,
                "--lr-scheduler", "polynomial_decay", "--total-num-update", 800, "--warmup-updates", 200,
                "--max-tokens", 2048, "--max-epoch", 20,
                "--best-checkpoint-metric", "exact_match", "--maximize-best-checkpoint-metric",
                "--no-epoch-checkpoints", "--save-dir", model.parent, "--cpu")  # fmt: skip
        finished.touch()
    return model


def machine() -> str:
    """One line on what this was measured with."""
    import fairseq
    import torch

    threads = torch.get_num_threads()
    return (
        f"Python {platform.python_version()}, torch {torch.__version__}, fairseq {fairseq.__version__}, "
        f"{platform.system()} {platform.machine()}, {threads} threads, CPU"
    )
