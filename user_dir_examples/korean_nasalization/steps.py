"""What the scripts of this example have in common: commands that are shown before they run, words, training."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import fairseq_phonology as fp

HERE = Path(__file__).resolve().parent
GRAMMAR, ATTESTED = HERE / "korean.toml", HERE / "attested.tsv"
USER_DIR = Path(fp.__file__).resolve().parent
PROGRAMS = Path(sys.executable).parent
PROCESS = "obstruent-nasalization"
TRANSCRIPTS = ("demo-commands.txt", "seeds-commands.txt")  # of demo.py and seeds.py: every command, and what it printed
UPDATES = 53  # an epoch, of the words that the scripts make unless told otherwise


_transcript: list[Path] = []


def keep_transcript(path: Path) -> None:
    """From here on, write every command and what it prints to a file, which `readmes` reads."""
    path.write_text("", encoding="utf-8")
    _transcript[:] = [path]


def _keep(text: str) -> None:
    for path in _transcript:
        with path.open("a", encoding="utf-8") as file:
            file.write(text)


def step(number: int, of: int, what: str) -> None:
    print(f"\n[{number}/{of}] {what}", flush=True)


def command(program: str, *arguments: object) -> list[str]:
    """The command line, shown as a user would type it."""
    words = [str(a) for a in arguments]
    shown = "$ " + " ".join([program, *(shlex.quote(os.path.relpath(w) if os.path.isabs(w) else w) for w in words)])
    print(shown, flush=True)
    _keep(f"{shown}\n")
    return [str(PROGRAMS / program), *words]


def run(program: str, *arguments: object, log: Path | None = None) -> None:
    """Run one command; with ``log``, what it prints goes there."""
    line = command(program, *arguments)
    if log is None:
        status = _shown(line)
    else:
        with log.open("w", encoding="utf-8") as file:
            status = subprocess.run(line, stdout=file, stderr=subprocess.STDOUT).returncode
        _keep(log.read_text(encoding="utf-8"))
    if status:
        said = "" if log is None else "; it said:\n" + "".join(log.read_text(encoding="utf-8").splitlines(True)[-5:])
        sys.exit(f"error: {program} ended with status {status}{said}")


def _shown(line: list[str]) -> int:
    """Run a command, print and keep what it prints; returns its exit status."""
    with subprocess.Popen(line, stdout=subprocess.PIPE, encoding="utf-8") as process:
        for said in process.stdout:
            print(said, end="", flush=True)
            _keep(said)
    return process.returncode


def nonce_words(dest: Path, words: int, seed: int) -> None:
    """``nonce.tsv``: words that the grammar makes, none of them attested."""
    run("fairseq-phonology", "nonce", GRAMMAR, "--n", words, "--at-least", words // 40, "--seed", seed,
        "--exclude", ATTESTED, "--exclude-units", "hangul-ur", "--out", dest / "nonce.tsv",
        "--overwrite")  # fmt: skip


def prepared(dest: Path, seed: int) -> None:
    """``data``: these words, for training and validation."""
    run("fairseq-phonology", "prepare", dest / "nonce.tsv", "--keep-edges", "--split", ".95,.05", "--seed", seed,
        "--dest", dest / "data", "--overwrite", log=dest / "prepare.log")  # fmt: skip
    print("".join((dest / "prepare.log").read_text(encoding="utf-8").splitlines(True)[:2]), end="")


def stimuli_words(dest: Path, seed: int) -> None:
    """``stimuli.tsv``: a crossed design of words that are not among the nonce words."""
    run("fairseq-phonology", "stimuli", GRAMMAR, "--process", PROCESS, "--exclude", dest / "nonce.tsv",
        "--seed", seed, "--out", dest / "stimuli.tsv", "--overwrite")  # fmt: skip


def train(dest: Path, save_dir: Path, epochs: int, seed: int, log_file: Path, who: str = "") -> None:
    """fairseq-train, its log kept and each validation shown as one line, which begins with ``who``."""
    line = command(
        "fairseq-train", dest / "data" / "bin", "--user-dir", USER_DIR, "--task", "phonology",
        "--arch", "transformer_phonology_tiny", "--criterion", "label_smoothed_cross_entropy", "--label-smoothing", 0.1,
        "--dropout", 0.1, "--optimizer", "adam", "--adam-betas", "(0.9, 0.98)", "--clip-norm", "1.0", "--lr", 0.002,
        "--lr-scheduler", "polynomial_decay", "--warmup-updates", 300, "--total-num-update", epochs * UPDATES,
        "--max-tokens", 2048, "--max-epoch", epochs, "--seed", seed, "--grammar", GRAMMAR,
        "--best-checkpoint-metric", "exact_match", "--maximize-best-checkpoint-metric", "--no-epoch-checkpoints",
        "--save-dir", save_dir, "--log-format", "json",
    )  # fmt: skip
    # for a model of this size a second thread gains little, and loses much where something else runs
    environment = {"OMP_NUM_THREADS": "1", **os.environ}
    with (
        log_file.open("a", encoding="utf-8") as log,
        subprocess.Popen(
            line, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", env=environment
        ) as process,
    ):
        for said in process.stdout:
            log.write(said)
            log.flush()
            if match := re.search(r"\| valid \| (\{.*\})", said):
                stats = json.loads(match[1])
                shown = (
                    f"  {who}epoch {stats['epoch']:>2} of {epochs}   validation loss {float(stats['valid_loss']):.3f}"
                    f"   exact match {float(stats['valid_exact_match']):5.1f} %"
                )
                print(shown, flush=True)
                _keep(f"{shown}\n")
    if process.returncode:
        sys.exit(f"error: fairseq-train ended with status {process.returncode}; see {log_file}")
