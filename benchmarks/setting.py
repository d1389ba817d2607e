"""What every benchmark needs: nonce Korean and a model trained on it, made once under ``benchmarks/work``."""

from __future__ import annotations

import platform
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parent
WORK = HERE / "work"
GRAMMAR = REPOSITORY / "user_dir_examples" / "korean_nasalization" / "korean.toml"
USER_DIR = REPOSITORY / "fairseq_phonology"
DATA, MODEL = WORK / "data" / "bin", WORK / "checkpoints" / "checkpoint_best.pt"
TRAIN, VALID = 8000, 1000


def command(program: str, *arguments: object) -> None:
    """Run one command that was installed beside this interpreter; its output goes to ``work/log.txt``."""
    line = [str(Path(sys.executable).parent / program), *map(str, arguments)]
    print("$ " + " ".join([program, *map(str, arguments)]), flush=True)
    with (WORK / "log.txt").open("a", encoding="utf-8") as log:
        subprocess.run(line, check=True, stdout=log, stderr=subprocess.STDOUT)


def prepared() -> Path:
    """The folder of binarized data: 8,000 words to train on, 1,000 to validate."""
    if not DATA.is_dir():
        WORK.mkdir(exist_ok=True)
        command("fairseq-phonology", "nonce", GRAMMAR, "--n", TRAIN + VALID, "--seed", 7, "--out", WORK / "nonce.tsv")
        command("fairseq-phonology", "prepare", WORK / "nonce.tsv", "--keep-edges",
                "--split", f"{TRAIN},{VALID}", "--dest", WORK / "data", "--overwrite")  # fmt: skip
    return DATA


def trained() -> Path:
    """A checkpoint of the small model after 12 epochs: good, and still with words it gets wrong."""
    if not MODEL.is_file():
        command("fairseq-train", prepared(), "--user-dir", USER_DIR, "--task", "phonology",
                "--arch", "transformer_phonology_small", "--criterion", "label_smoothed_cross_entropy",
                "--label-smoothing", 0.1, "--dropout", 0.1, "--optimizer", "adam", "--lr", 0.002,
                "--lr-scheduler", "inverse_sqrt", "--warmup-updates", 300, "--max-tokens", 2048, "--max-epoch", 12,
                "--best-checkpoint-metric", "exact_match", "--maximize-best-checkpoint-metric",
                "--no-epoch-checkpoints", "--save-dir", MODEL.parent, "--cpu")  # fmt: skip
    return MODEL


def machine() -> str:
    """One line on what this was measured with."""
    import fairseq
    import torch

    threads = torch.get_num_threads()
    return (
        f"Python {platform.python_version()}, torch {torch.__version__}, fairseq {fairseq.__version__}, "
        f"{platform.system()} {platform.machine()}, {threads} threads, CPU"
    )
