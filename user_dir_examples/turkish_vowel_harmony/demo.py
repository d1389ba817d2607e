"""Long-distance, progressive harmony end to end: nonce words, training, a test on attested Turkish words, and evidence
on where the model looks, and what it uses, when it emits a suffix vowel.

Every step is a command of fairseq or of fairseq_phonology, shown before it runs. Run again, it resumes the training.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import fairseq_phonology

HERE = Path(__file__).resolve().parent
GRAMMAR, ATTESTED = HERE / "turkish.toml", HERE / "attested.tsv"
USER_DIR = Path(fairseq_phonology.__file__).resolve().parent
PROCESS = "backness-harmony"
TARGET = 95.0  # % of unseen attested words that the example promises
OURS = "fairseq-phonology"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dest", default="demo/turkish", help="folder for all that is made (default: demo/turkish)")
    parser.add_argument("--words", type=int, default=12000, help="nonce words (default: 12000)")
    parser.add_argument("--epochs", type=int, default=28, help="epochs of training (default: 28)")
    parser.add_argument("--seed", type=int, default=1, help="seed of the words and of the model (default: 1)")
    args = parser.parse_args()
    dest = Path(args.dest)
    dest.mkdir(parents=True, exist_ok=True)
    best, bin_ = dest / "checkpoints" / "checkpoint_best.pt", dest / "data" / "bin"

    # six words in ten have an edge between two syllables: roots alone, roots with one suffix, with two, ...
    run(OURS, "nonce", GRAMMAR, "--n", args.words, "--syllables", "2-6", "--edges", 0.6, "--at-least", args.words // 10,
        "--seed", args.seed, "--exclude", ATTESTED, "--exclude-units", "ipa", "--out", dest / "nonce.tsv",
        "--overwrite")  # fmt: skip
    # harmony applies in suffixes alone, so the model has to see where they begin
    run(OURS, "prepare", dest / "nonce.tsv", "--keep-edges", "--split", ".95,.05", "--seed", args.seed,
        "--dest", dest / "data", "--overwrite", log=dest / "prepare.log")  # fmt: skip
    # 12,000 words are 64 updates an epoch
    run("fairseq-train", bin_, "--user-dir", USER_DIR, "--task", "phonology", "--arch", "transformer_phonology_tiny",
        "--criterion", "label_smoothed_cross_entropy", "--label-smoothing", 0.1, "--dropout", 0.1,
        "--optimizer", "adam", "--adam-betas", "(0.9, 0.98)", "--clip-norm", "1.0", "--lr", 0.002,
        "--lr-scheduler", "polynomial_decay", "--warmup-updates", 300, "--total-num-update", args.epochs * 64,
        "--max-tokens", 2048, "--max-epoch", args.epochs, "--seed", args.seed, "--grammar", GRAMMAR,
        "--best-checkpoint-metric", "exact_match", "--maximize-best-checkpoint-metric", "--no-epoch-checkpoints",
        "--save-dir", dest / "checkpoints", "--log-format", "json", log=dest / "train.log")  # fmt: skip
    run(OURS, "prepare", ATTESTED, "--ur-units", "ipa", "--sr-units", "ipa", "--keep-edges", "--dictionaries", bin_,
        "--dest", dest / "attested-data", "--overwrite", log=dest / "attested.log")  # fmt: skip
    generate(dest, "attested", best, "--beam", 5, "--scoring", "exact_match")
    said = (dest / "attested-attention.log").read_text(encoding="utf-8")
    exact = re.search(r"exact match = ([\d.]+) %.*", said)
    print(f"{exact[0]}  (attested words, none of them in training)")

    # stems of two and three syllables: the trigger is far from the edge of the word, and one vowel among several
    run(OURS, "stimuli", GRAMMAR, "--process", PROCESS, "--stems", 40, "--suffixes", 12, "--syllables", "2-3",
        "--exclude", dest / "nonce.tsv", "--seed", args.seed, "--out", dest / "stimuli.tsv", "--overwrite")  # fmt: skip
    run(OURS, "prepare", dest / "stimuli.tsv", "--keep-edges", "--dictionaries", bin_, "--dest", dest / "stimuli-data",
        "--overwrite", log=dest / "stimuli.log")  # fmt: skip
    generate(dest, "stimuli", best, "--beam", 5)
    run(OURS, "untrained", best, "--seed", args.seed, "--data", bin_, "--out", dest / "untrained.pt", "--overwrite",
        log=dest / "untrained.log")  # fmt: skip
    generate(dest, "stimuli", dest / "untrained.pt", "--score-reference", name="untrained")
    # looking is not using: what is left of the choice when the model is kept from reading the trigger here or there?
    intervene(dest, "stimuli", args.seed)
    nonce = analyze(dest, "stimuli", args.seed, "--baseline", dest / "stimuli-untrained")

    # the attested words again, each with its own 2 x 2: ev+laɾ, av+laɾ, ev+leɾ, av+leɾ
    run(OURS, "stimuli", GRAMMAR, "--process", PROCESS, "--from-words", ATTESTED, "--units", "ipa",
        "--out", dest / "own.tsv", "--overwrite")  # fmt: skip
    run(OURS, "prepare", dest / "own.tsv", "--keep-edges", "--dictionaries", bin_, "--dest", dest / "own-data",
        "--overwrite", log=dest / "own.log")  # fmt: skip
    generate(dest, "own", best, "--beam", 5)
    intervene(dest, "own", args.seed)
    own = analyze(dest, "own", args.seed)
    print(f"\ndesigned stimuli: {nonce}\nattested words: {own}\nin full: report.html in stimuli/ and own/ of {dest}")
    if float(exact[1]) < TARGET:
        print(f"error: {exact[1]} % is less than the {TARGET:.0f} % this example promises", file=sys.stderr)
        return 1
    return 0


def intervene(dest: Path, words: str, seed: int) -> None:
    """What the model's output depends on, in a folder for `analyze`."""
    run(OURS, "intervene", dest / "checkpoints" / "checkpoint_best.pt", "--data", dest / "data" / "bin", "--grammar",
        GRAMMAR, "--process", PROCESS, "--stimuli", dest / f"{words}.tsv", "--seed", seed, "--out",
        dest / f"{words}-interventions", "--overwrite", log=dest / f"{words}-interventions.log")  # fmt: skip


def analyze(dest: Path, words: str, seed: int, *options: object) -> str:
    """The report on words of a design, in a folder of their name; returns the two verdicts."""
    run(OURS, "analyze", dest / f"{words}-attention", "--grammar", GRAMMAR, "--process", PROCESS, "--stimuli",
        dest / f"{words}.tsv", *options, "--interventions", dest / f"{words}-interventions", "--seed", seed, "--out",
        dest / words, "--overwrite")  # fmt: skip
    found = json.loads((dest / words / "summary.json").read_text(encoding="utf-8"))
    return f"{found['verdict']['sentence']} {found['interventions']['sentence']}"


def generate(dest: Path, words: str, model: Path, *options: object, name: str = "attention") -> None:
    """Surface forms and all attention of a model for prepared words, into a dump of their name."""
    run("fairseq-generate", dest / f"{words}-data" / "bin", "--user-dir", USER_DIR, "--task", "phonology",
        "--path", model, "--gen-subset", "test", *options, "--save-attention", dest / f"{words}-{name}",
        "--attention-kinds", "cross,encoder,decoder", "--overwrite-attention",
        log=dest / f"{words}-{name}.log")  # fmt: skip


def run(program: str, *arguments: object, log: Path | None = None) -> None:
    """Run one command, shown as a user would type it; with ``log``, what it prints goes there."""
    words = [str(a) for a in arguments]
    shown = [shlex.quote(os.path.relpath(w) if os.path.isabs(w) else w) for w in words]
    print("\n$ " + " ".join([program, *shown]), flush=True)
    # for a model of this size a second thread gains little, and loses much where something else runs
    environment = {"OMP_NUM_THREADS": "1", **os.environ}
    # a training that goes on adds to its log
    mode = "a" if program == "fairseq-train" else "w"
    with open(os.devnull if log is None else log, mode, encoding="utf-8") as file:
        where = {} if log is None else {"stdout": file, "stderr": subprocess.STDOUT}
        done = subprocess.run([str(Path(sys.executable).parent / program), *words], env=environment, **where)
    if done.returncode:
        sys.exit(f"error: {program} ended with status {done.returncode}{f'; see {log}' if log else ''}")


if __name__ == "__main__":
    sys.exit(main())
