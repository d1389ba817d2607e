"""The main job end to end: nonce words, training, choice by whole words, a test on attested Korean words, and evidence
on whether the model attends to, and uses, the nasal that phonology calls the trigger.

Every step is a command of fairseq or of fairseq_phonology, shown before it runs. Run again, it resumes the training.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import json
import os
import re
import sys
import time
from pathlib import Path

import readmes
from steps import (
    ATTESTED,
    GRAMMAR,
    PROCESS,
    TRANSCRIPTS,
    USER_DIR,
    keep_transcript,
    nonce_words,
    prepared,
    run,
    step,
    stimuli_words,
    train,
)

DRAWN = ("학문", "거짓말", "밥물")
STEPS = 10
TARGET = 95.0  # % of unseen attested words that the example promises


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dest", default="demo", help="folder for everything that is made (default: demo)")
    parser.add_argument("--words", type=int, default=12000, help="nonce words (default: 12000)")
    parser.add_argument("--epochs", type=int, default=28, help="epochs of training (default: 28)")
    parser.add_argument("--seed", type=int, default=1, help="seed of the words and of the model (default: 1)")
    parser.add_argument(
        "--check-readme",
        action="store_true",
        help="run nothing: compare the outputs that READMEs and guide show with those of the run in --dest; each "
        "difference is listed, and the exit status is 2",
    )
    args = parser.parse_args()
    if args.check_readme:
        return readmes.check(Path(args.dest))
    begin = time.monotonic()
    dest = Path(args.dest)
    dest.mkdir(parents=True, exist_ok=True)
    keep_transcript(dest / TRANSCRIPTS[0])

    step(1, STEPS, "nonce words that undergo Korean phonology, none of them an attested word of the test")
    nonce_words(dest, args.words, args.seed)
    step(2, STEPS, "checked, split and binarized; + (a morpheme edge) stays visible to the model")
    prepared(dest, args.seed)
    step(3, STEPS, "training; each validation counts whole words, and the best checkpoint is chosen by them")
    train(dest, dest / "checkpoints", args.epochs, args.seed, dest / "train.log")
    run("fairseq-phonology", "curves", dest / "checkpoints", "--out", dest / "curves.pdf",
        log=dest / "curves.txt")  # fmt: skip
    step(4, STEPS, "the attested words, in the dictionaries of the model")
    run("fairseq-phonology", "prepare", ATTESTED, "--ur-units", "hangul-ur", "--sr-units", "hangul-ur", "--keep-edges",
        "--dictionaries", dest / "data" / "bin", "--dest", dest / "attested", "--overwrite",
        log=dest / "attested.log")  # fmt: skip
    step(5, STEPS, "their surface forms, from the best checkpoint, with the attention of every layer and head")
    run("fairseq-generate", dest / "attested" / "bin", "--user-dir", USER_DIR, "--task", "phonology", "--path",
        dest / "checkpoints" / "checkpoint_best.pt", "--gen-subset", "test", "--beam", 5, "--grammar", GRAMMAR,
        "--save-attention", dest / "attention", "--attention-kinds", "cross,encoder,decoder", "--overwrite-attention",
        log=dest / "generate.txt")  # fmt: skip
    exact = report(dest)
    step(6, STEPS, f"heat maps of {', '.join(DRAWN)}: where every head looks (which proves nothing yet)")
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
    """Steps 7 to 10; returns the verdicts."""
    step(7, STEPS, "stimuli in which nothing but nasalization can happen: every stem with the same suffixes")
    stimuli_words(dest, args.seed)
    step(8, STEPS, "where the model looks in them; beside it, the same model untrained")
    run("fairseq-phonology", "untrained", dest / "checkpoints" / "checkpoint_best.pt", "--seed", args.seed, "--data",
        dest / "data" / "bin", "--out", dest / "untrained.pt", "--overwrite", log=dest / "untrained.log")  # fmt: skip
    attention_of("stimuli", "--beam", 5, dest=dest)
    attention_of("stimuli", "--score-reference", dest=dest, model="untrained.pt", name="untrained")
    step(9, STEPS, "does it attend to the nasal when nasalization applies, and does its output depend on the nasal?")
    intervene("stimuli", dest, seed=args.seed)
    analyze("stimuli", dest, "--baseline", dest / "stimuli-untrained", seed=args.seed)
    step(10, STEPS, "and in the attested words, each with its own 2 x 2 of real and substituted segments")
    run("fairseq-phonology", "stimuli", GRAMMAR, "--process", PROCESS, "--from-words", ATTESTED, "--units", "hangul-ur",
        "--out", dest / "own.tsv", "--overwrite")  # fmt: skip
    attention_of("own", "--beam", 5, dest=dest)
    intervene("own", dest, seed=args.seed)
    analyze("own", dest, seed=args.seed)
    names = {"stimuli": "designed stimuli", "own": "attested words"}
    found = {}
    for name, what in names.items():
        summary = json.loads((dest / name / "summary.json").read_text(encoding="utf-8"))
        found[what] = summary["verdict"]["sentence"]
        exchanged = f"{what}, with keys and values of the nasal exchanged"
        found[exchanged] = summary["interventions"]["sentence"]
    return found


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


def intervene(stimuli: str, dest: Path, seed: int) -> None:
    """What the model's output depends on, in a folder for `analyze`."""
    run("fairseq-phonology", "intervene", dest / "checkpoints" / "checkpoint_best.pt", "--data", dest / "data" / "bin",
        "--grammar", GRAMMAR, "--process", PROCESS, "--stimuli", dest / f"{stimuli}.tsv", "--seed", seed, "--out",
        dest / f"{stimuli}-interventions", "--overwrite", log=dest / f"{stimuli}-interventions.log")  # fmt: skip


def analyze(stimuli: str, dest: Path, *options: object, seed: int) -> None:
    """The report on stimuli, in a folder of their name."""
    run("fairseq-phonology", "analyze", dest / f"{stimuli}-attention", "--grammar", GRAMMAR, "--process", PROCESS,
        "--stimuli", dest / f"{stimuli}.tsv", *options, "--interventions", dest / f"{stimuli}-interventions", "--seed",
        seed, "--out", dest / stimuli, "--overwrite")  # fmt: skip


def ids_of(spellings: tuple[str, ...], dest: Path) -> list[str]:
    """The ids of attested words."""
    with (dest / "attested" / "test.tsv").open(encoding="utf-8", newline="") as file:
        ids = {row["ur_text"]: row["id"] for row in csv.DictReader(file, delimiter="\t")}
    return [ids[spelling] for spelling in spellings]


def report(dest: Path) -> float:
    """Print what fairseq-generate ended with, and every error; returns exact match in %."""
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

    print(*itertools.dropwhile(lambda line: not line.startswith("Generate test"), said.splitlines()), sep="\n")
    print(f"\nerrors ({len(wrong)}):")
    for n in wrong:
        print(f"  {words[n]['ur_text']}  /{words[n]['ur']}/ -> [{' '.join(hypotheses[n])}], not [{words[n]['sr']}]")
    exact = 100 * (1 - len(wrong) / len(words))
    print(f"\nexact match on {len(words):,} attested words, none of them in training: {exact:.2f} %")
    return exact


if __name__ == "__main__":
    sys.exit(main())
