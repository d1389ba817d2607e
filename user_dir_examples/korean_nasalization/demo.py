"""The main job end to end: nonce words, training, choice by whole words, a test on attested Korean words, and evidence
on whether the model attends to the nasal that phonology calls the trigger.

Every step is a command of fairseq or of fairseq_phonology, shown before it runs. Run again, it resumes the training.
"""

from __future__ import annotations

import argparse
import csv
import json
import logging
import os
import re
import shlex
import subprocess
import sys
import time
from pathlib import Path

logging.disable(logging.INFO)  # fairseq greets whoever imports it

import fairseq_phonology as fp  # noqa: E402
from fairseq_phonology.training.process_accuracy import ProcessAccuracy, aligned  # noqa: E402

HERE = Path(__file__).resolve().parent
GRAMMAR, ATTESTED = HERE / "korean.toml", HERE / "attested.tsv"
USER_DIR = Path(fp.__file__).resolve().parent
PROGRAMS = Path(sys.executable).parent
DRAWN = ("학문", "거짓말", "밥물")
PROCESS = "obstruent-nasalization"
STEPS = 9
TARGET = 95.0  # % of unseen attested words that the example promises


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dest", default="demo", help="folder for everything that is made (default: demo)")
    parser.add_argument("--words", type=int, default=12000, help="nonce words (default: 12000)")
    parser.add_argument("--epochs", type=int, default=28, help="epochs of training (default: 28)")
    parser.add_argument("--seed", type=int, default=1, help="seed of the words and of the model (default: 1)")
    args = parser.parse_args()
    begin = time.monotonic()
    dest = Path(args.dest)
    dest.mkdir(parents=True, exist_ok=True)

    step(1, "nonce words that undergo Korean phonology, none of them an attested word of the test")
    run("fairseq-phonology", "nonce", GRAMMAR, "--n", args.words, "--at-least", args.words // 40, "--seed", args.seed,
        "--exclude", ATTESTED, "--exclude-units", "hangul-ur", "--out", dest / "nonce.tsv",
        "--overwrite")  # fmt: skip
    step(2, "checked, split and binarized; + (a morpheme edge) stays visible to the model")
    run("fairseq-phonology", "prepare", dest / "nonce.tsv", "--keep-edges", "--split", ".95,.05", "--seed", args.seed,
        "--dest", dest / "data", "--overwrite", log=dest / "prepare.log")  # fmt: skip
    print("".join((dest / "prepare.log").read_text(encoding="utf-8").splitlines(True)[:2]), end="")
    step(3, "training; each validation counts whole words, and the best checkpoint is chosen by them")
    train(args, dest)
    step(4, "the attested words, in the dictionaries of the model")
    run("fairseq-phonology", "prepare", ATTESTED, "--ur-units", "hangul-ur", "--sr-units", "hangul-ur", "--keep-edges",
        "--dictionaries", dest / "data" / "bin", "--dest", dest / "attested", "--overwrite",
        log=dest / "attested.log")  # fmt: skip
    step(5, "their surface forms, from the best checkpoint, with the attention of every layer and head")
    run("fairseq-generate", dest / "attested" / "bin", "--user-dir", USER_DIR, "--task", "phonology", "--path",
        dest / "checkpoints" / "checkpoint_best.pt", "--gen-subset", "test", "--beam", 5, "--scoring", "exact_match",
        "--save-attention", dest / "attention", "--attention-kinds", "cross,encoder,decoder", "--overwrite-attention",
        log=dest / "generate.txt")  # fmt: skip
    exact = report(dest)
    step(6, f"heat maps of {', '.join(DRAWN)}: where every head looks (which proves nothing yet)")
    run("fairseq-phonology", "heatmap", dest / "attention", *ids_of(DRAWN, dest), "--all",
        "--out", dest / "heatmap.png")  # fmt: skip
    verdicts = evidence(args, dest)
    print(f"\n{(time.monotonic() - begin) / 60:.1f} minutes. Everything lies in {dest}/:")
    for name, what in (
        ("nonce.tsv", "training words"),
        ("checkpoints/checkpoint_best.pt", "the model"),
        ("checkpoints/history.csv", "one row per validation"),
        ("checkpoints/curves.png", "loss and exact match by epoch"),
        ("prepare.log", "what prepare found: segments, lengths, duplicates, leaks"),
        ("train.log", "what fairseq-train said"),
        ("generate.txt", "what fairseq-generate said"),
        ("attention/", "all attention of the attested words, for Python and R"),
        ("heatmap-*.png", "three of them, drawn"),
        ("results.csv", "every attested word with the model's surface form"),
        ("stimuli/report.html", "the report on the designed stimuli; open it in a browser"),
        ("own/report.html", "the report on the attested words, each with its own 2 x 2"),
    ):
        print(f"  {dest / name}  {what}")
    for what, sentence in verdicts.items():
        print(f"\n{what}: {sentence}")
    if exact < TARGET:
        print(f"error: {exact:.1f} % is less than the {TARGET:.0f} % this example promises", file=sys.stderr)
        return 1
    return 0


def evidence(args: argparse.Namespace, dest: Path) -> dict[str, str]:
    """Steps 7 to 9; returns the verdicts."""
    step(7, "stimuli in which nothing but nasalization can happen: every stem with the same suffixes")
    run("fairseq-phonology", "stimuli", GRAMMAR, "--process", PROCESS, "--exclude", dest / "nonce.tsv",
        "--seed", args.seed, "--out", dest / "stimuli.tsv", "--overwrite")  # fmt: skip
    step(8, "does the model attend to the nasal because nasalization is at work? Beside it, the same model untrained")
    run("fairseq-phonology", "untrained", dest / "checkpoints" / "checkpoint_best.pt", "--seed", args.seed, "--data",
        dest / "data" / "bin", "--out", dest / "untrained.pt", "--overwrite", log=dest / "untrained.log")  # fmt: skip
    attention_of("stimuli", "--beam", 5, dest=dest)
    attention_of("stimuli", "--score-reference", dest=dest, model="untrained.pt", name="untrained")
    analyze("stimuli", dest, "--baseline", dest / "stimuli-untrained", seed=args.seed)
    step(9, "and in the attested words, each with its own 2 x 2 of real and substituted segments")
    run("fairseq-phonology", "stimuli", GRAMMAR, "--process", PROCESS, "--from-words", ATTESTED, "--units", "hangul-ur",
        "--out", dest / "own.tsv", "--overwrite")  # fmt: skip
    attention_of("own", "--beam", 5, dest=dest)
    analyze("own", dest, seed=args.seed)
    names = {"stimuli": "designed stimuli", "own": "attested words"}
    return {
        what: json.loads((dest / name / "summary.json").read_text(encoding="utf-8"))["verdict"]["sentence"]
        for name, what in names.items()
    }


def attention_of(stimuli: str, *options: object, dest: Path, model: str | None = None, name: str = "attention") -> None:
    """The attention of a model over stimuli, in a dump of their name."""
    data = dest / f"{stimuli}-data"
    if model is None:
        run("fairseq-phonology", "prepare", dest / f"{stimuli}.tsv", "--keep-edges", "--dictionaries",
            dest / "data" / "bin", "--dest", data, "--overwrite", log=dest / f"{stimuli}-prepare.log")  # fmt: skip
        model = os.path.join("checkpoints", "checkpoint_best.pt")
    run("fairseq-generate", data / "bin", "--user-dir", USER_DIR, "--task", "phonology", "--path", dest / model,
        "--gen-subset", "test", *options, "--save-attention", dest / f"{stimuli}-{name}", "--overwrite-attention",
        log=dest / f"{stimuli}-{name}.log")  # fmt: skip


def analyze(stimuli: str, dest: Path, *options: object, seed: int) -> None:
    """The report on stimuli, in a folder of their name."""
    run("fairseq-phonology", "analyze", dest / f"{stimuli}-attention", "--grammar", GRAMMAR, "--process", PROCESS,
        "--stimuli", dest / f"{stimuli}.tsv", *options, "--seed", seed, "--out", dest / stimuli,
        "--overwrite")  # fmt: skip


def step(number: int, what: str) -> None:
    print(f"\n[{number}/{STEPS}] {what}", flush=True)


def command(program: str, *arguments: object) -> list[str]:
    """The command line, shown as a user would type it."""
    words = [str(a) for a in arguments]
    print(
        "$ " + " ".join([program, *(shlex.quote(os.path.relpath(w) if os.path.isabs(w) else w) for w in words)]),
        flush=True,
    )
    return [str(PROGRAMS / program), *words]


def run(program: str, *arguments: object, log: Path | None = None) -> None:
    """Run one command; with ``log``, what it prints goes there."""
    line = command(program, *arguments)
    if log is None:
        done = subprocess.run(line)
    else:
        with log.open("w", encoding="utf-8") as file:
            done = subprocess.run(line, stdout=file, stderr=subprocess.STDOUT)
    if done.returncode:
        said = "" if log is None else "; it said:\n" + "".join(log.read_text(encoding="utf-8").splitlines(True)[-5:])
        sys.exit(f"error: {program} ended with status {done.returncode}{said}")


def train(args: argparse.Namespace, dest: Path) -> None:
    """fairseq-train, its log kept and each validation shown as one line."""
    updates = args.epochs * 53
    line = command(
        "fairseq-train", dest / "data" / "bin", "--user-dir", USER_DIR, "--task", "phonology",
        "--arch", "transformer_phonology_tiny", "--criterion", "label_smoothed_cross_entropy", "--label-smoothing", 0.1,
        "--dropout", 0.1, "--optimizer", "adam", "--adam-betas", "(0.9, 0.98)", "--clip-norm", "1.0", "--lr", 0.002,
        "--lr-scheduler", "polynomial_decay", "--warmup-updates", 300, "--total-num-update", updates,
        "--max-tokens", 2048, "--max-epoch", args.epochs, "--seed", args.seed, "--grammar", GRAMMAR,
        "--best-checkpoint-metric", "exact_match", "--maximize-best-checkpoint-metric", "--no-epoch-checkpoints",
        "--save-dir", dest / "checkpoints", "--log-format", "json",
    )  # fmt: skip
    # for a model of this size a second thread gains little, and loses much where something else runs
    environment = {"OMP_NUM_THREADS": "1", **os.environ}
    with (
        (dest / "train.log").open("a", encoding="utf-8") as log,
        subprocess.Popen(
            line, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", env=environment
        ) as process,
    ):
        for said in process.stdout:
            log.write(said)
            log.flush()
            if match := re.search(r"\| valid \| (\{.*\})", said):
                stats = json.loads(match[1])
                print(
                    f"  epoch {stats['epoch']:>2} of {args.epochs}   validation loss {float(stats['valid_loss']):.3f}"
                    f"   exact match {float(stats['valid_exact_match']):5.1f} %",
                    flush=True,
                )
    if process.returncode:
        sys.exit(f"error: fairseq-train ended with status {process.returncode}; see {dest / 'train.log'}")


def ids_of(spellings: tuple[str, ...], dest: Path) -> list[str]:
    """The ids of attested words."""
    with (dest / "attested" / "test.tsv").open(encoding="utf-8", newline="") as file:
        ids = {row["ur_text"]: row["id"] for row in csv.DictReader(file, delimiter="\t")}
    return [ids[spelling] for spelling in spellings]


def report(dest: Path) -> float:
    """Print exact match on the attested words, accuracy per process and every error; returns exact match in %."""
    with (dest / "attested" / "test.tsv").open(encoding="utf-8", newline="") as file:
        words = list(csv.DictReader(file, delimiter="\t"))
    said = (dest / "generate.txt").read_text(encoding="utf-8")
    hypotheses = {int(n): tuple(text.split()) for n, text in re.findall(r"^H-(\d+)\t[^\t]*\t(.*)$", said, re.MULTILINE)}
    references = [tuple(w["sr"].split()) for w in words]
    wrong = [n for n in range(len(words)) if hypotheses[n] != references[n]]
    with (dest / "results.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["id", "word", "gloss", "underlying", "hypothesis", "reference", "correct"])
        for n, w in enumerate(words):
            form = " ".join(hypotheses[n])
            rows.writerow([w["id"], w["ur_text"], w["gloss"], w["ur"], form, w["sr"], int(n not in wrong)])

    accuracy = ProcessAccuracy(str(GRAMMAR), [tuple(w["ur"].split()) for w in words], references)
    counts = accuracy.count(range(len(words)), [aligned(references[n], hypotheses[n]) for n in range(len(words))])
    print(f"\n{'process':<24} {'applied where due':>20} {'failed where due':>20} {'applied where not due':>23}")
    for name in accuracy.processes:
        keys = ("due", "applied", "failed", "not_due", "overapplied")
        due, applied, failed, not_due, over = (counts[f"{name}/{key}"] for key in keys)
        print(f"{name:<24} {share(applied, due):>20} {share(failed, due):>20} {share(over, not_due):>23}")
    print(f"\nerrors ({len(wrong)}):")
    for n in wrong:
        print(f"  {words[n]['ur_text']}  /{words[n]['ur']}/ -> [{' '.join(hypotheses[n])}], not [{words[n]['sr']}]")
    exact = 100 * (1 - len(wrong) / len(words))
    print(f"\nexact match on {len(words):,} attested words, none of them in training: {exact:.2f} %")
    return exact


def share(part: int, whole: int) -> str:
    return f"{part:,} of {whole:,}  {100 * part / whole:5.1f} %" if whole else "never"


if __name__ == "__main__":
    sys.exit(main())
