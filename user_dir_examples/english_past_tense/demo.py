"""The past tense end to end: real verbs and nonce stems, training, and what the model says to a wug test."""

from __future__ import annotations

import argparse
import collections
import csv
import math
import os
import random
import re
import subprocess
import sys
from pathlib import Path

import fairseq_phonology as fp

HERE = Path(__file__).resolve().parent
GRAMMAR = HERE / "english.toml"
COLUMNS = ("id", "ur", "sr", "class", "source")
REGULAR = ("t", "d", "id")
SURE = 0.5  # share of the regular form, from which on a wug is not listed


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dest", default="demo/english", help="folder for all that is made (default: demo/english)")
    parser.add_argument("--stems", type=int, default=2000, help="nonce stems to copy (default: 2000)")
    parser.add_argument("--epochs", type=int, default=30, help="epochs of training (default: 30)")
    parser.add_argument("--seed", type=int, default=1, help="of the split, the stems and the model (default: 1)")
    args = parser.parse_args()
    dest = Path(args.dest)
    dest.mkdir(parents=True, exist_ok=True)
    words(args, dest)
    lists = [part for name in ("train", "valid", "test") for part in (f"--{name}", dest / f"{name}.tsv")]
    run("fairseq-phonology", "prepare", *lists, "--dest", dest / "data", "--overwrite", log=dest / "prepare.log")
    updates = args.epochs * -(-len(read(dest / "train.tsv")) // 64)
    run("fairseq-train", dest / "data" / "bin", "--user-dir", HERE, "--task", "past_tense", "--grammar", GRAMMAR,
        "--arch", "transformer_phonology_tiny", "--encoder-layers", 2, "--decoder-layers", 2,
        "--criterion", "label_smoothed_cross_entropy", "--label-smoothing", 0.1, "--dropout", 0.2, "--optimizer",
        "adam", "--clip-norm", "1.0", "--lr", 0.002, "--lr-scheduler", "polynomial_decay", "--warmup-updates", 200,
        "--total-num-update", updates, "--batch-size", 64, "--max-epoch", args.epochs, "--seed", args.seed,
        "--valid-subset", "valid,test", "--best-checkpoint-metric", "exact_match",
        "--maximize-best-checkpoint-metric", "--no-epoch-checkpoints", "--save-dir", dest / "checkpoints",
        "--log-format", "json", log=dest / "train.log")  # fmt: skip
    curve(dest)
    answers = {name: generated(dest, name) for name in ("valid", "test")}
    report(dest, answers)
    probable(dest)
    return 0


def words(args: argparse.Namespace, dest: Path) -> None:
    """Training: nine verbs in ten, past and bare, and nonce stems, bare only. Validation: the rest. Test: the wugs."""
    verbs = read(HERE / "verbs.tsv")
    random.Random(args.seed).shuffle(verbs)
    held_out, seen = verbs[: len(verbs) // 10], verbs[len(verbs) // 10 :]
    run("fairseq-phonology", "nonce", GRAMMAR, "--n", args.stems, "--syllables", "1-2", "--seed", args.seed,
        "--out", dest / "stems.tsv", "--overwrite", log=dest / "stems.log")  # fmt: skip
    wugs = read(HERE / "wug.tsv")
    taken = {bare(word) for word in [*held_out, *wugs]}
    stems = [*(bare(word) for word in seen), *(word["ur"] for word in read(dest / "stems.tsv"))]
    copies = [
        {"id": f"stem{n}", "ur": f"{stem} <INF>", "sr": stem} for n, stem in enumerate(stems) if stem not in taken
    ]
    for name, rows in (("train", [*seen, *copies]), ("valid", held_out), ("test", wugs)):
        with (dest / f"{name}.tsv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS, restval="", delimiter="\t", lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)


def bare(word: dict[str, str]) -> str:
    return word["ur"].removesuffix(" <PST>")


def curve(dest: Path) -> None:
    """Every fifth validation and the best one, from ``history.csv``; of wugs the listed forms are the regular ones."""
    rows = read(dest / "checkpoints" / "history.csv", ",")
    pairs = list(zip(rows[::2], rows[1::2], strict=True))
    best = max(pairs, key=lambda pair: (float(pair[0]["exact_match"]), -float(pair[0]["valid_loss"])))
    print("\n epoch   held-out verbs: right   regular   irregular   suffix   wugs: regular")
    for verbs, wugs in [pair for pair in pairs if int(pair[0]["epoch"]) % 5 == 0 or pair is best]:
        shown = [float(verbs[name]) for name in ("exact_match", "regular", "irregular", "suffix")]
        mark = "*" if verbs is best[0] else " "
        print(f"{mark}{verbs['epoch']:>5}{shown[0]:>23.1f}{shown[1]:>10.1f}{shown[2]:>12.1f}{shown[3]:>9.1f}", end="")
        print(f"{float(wugs['exact_match']):>16.1f}")
    print("* the checkpoint that is used")


def generated(dest: Path, subset: str) -> dict[int, str]:
    """Number of the word -> the model's own form."""
    log = dest / f"{subset}.txt"
    run("fairseq-generate", dest / "data" / "bin", "--user-dir", HERE, "--task", "past_tense", "--path",
        dest / "checkpoints" / "checkpoint_best.pt", "--gen-subset", subset, "--beam", 1, "--scoring", "exact_match",
        log=log)  # fmt: skip
    found = re.findall(r"^H-(\d+)\t[^\t]*\t(.*)$", log.read_text(encoding="utf-8"), re.MULTILINE)
    return {int(number): form for number, form in found}


def report(dest: Path, answers: dict[str, dict[int, str]]) -> None:
    """What became of held-out verbs and of wugs: right, regular all the same, or neither."""
    grammar = fp.Grammar.load(GRAMMAR)
    for name, what in (("valid", "held-out verbs"), ("test", "wugs")):
        table: dict[str, collections.Counter] = collections.defaultdict(collections.Counter)
        others = []
        for number, word in enumerate(read(dest / f"{name}.tsv")):
            form, regular = answers[name][number], " ".join(grammar.derive(word["ur"].split()).surface)
            kind = "as listed" if form == word["sr"] else "regularized" if form == regular else "other"
            table[word["source"] or ("regular" if word["class"] in REGULAR else "irregular")][kind] += 1
            if kind == "other":
                others.append(f"{word['id']} [{form.replace(' ', '')}]")
        print(f"\n{what:<24}{'as listed':>12}{'regularized':>14}{'other':>8}")
        for group, counts in sorted(table.items()):
            print(f"  {group:<22}{counts['as listed']:>12}{counts['regularized']:>14}{counts['other']:>8}")
        print(f"  other: {', '.join(others) or 'none'}")


def probable(dest: Path) -> None:
    """How sure it is of a wug: the regular form, its share beside the most probable other one, and that one."""
    run("fairseq-phonology", "score", dest / "checkpoints" / "checkpoint_best.pt", "--data", dest / "data" / "bin",
        "--user-dir", HERE, "--candidates", HERE / "wug.tsv", "--nbest", 3, "--out", dest / "scores", "--overwrite",
        log=dest / "score.log")  # fmt: skip
    regular, other = {}, {}
    for row in read(dest / "scores" / "scores.csv", ","):
        forms = regular if row["source"] == "given" else other
        forms[row["item"]] = max(
            (math.exp(float(row["log_prob"])), row["sr"].replace(" ", "")), forms.get(row["item"], ())
        )
    shares = sorted((p / (p + other[item][0]), item) for item, (p, _) in regular.items())
    unsure = [(share, item) for share, item in shares if share < SURE]
    print(f"\n{len(unsure)} of {len(shares)} wugs  regular  share  most probable other form   (share below {SURE})")
    for share, item in unsure:
        print(f"  {item:<12}{regular[item][1]:<9}{share:5.2f}  {other[item][1]}")


def read(path: Path, delimiter: str = "\t") -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter=delimiter))


def run(program: str, *arguments: object, log: Path) -> None:
    """Run one command, shown; what it says goes to the log."""
    print("$", program, *(os.path.relpath(a) if isinstance(a, Path) else a for a in arguments), flush=True)
    line = [str(Path(sys.executable).parent / program), *map(str, arguments)]
    with log.open("w", encoding="utf-8") as file:
        environment = {"OMP_NUM_THREADS": "1", **os.environ}
        status = subprocess.run(line, stdout=file, stderr=subprocess.STDOUT, env=environment).returncode
    if status:
        sys.exit(f"error: {program} ended with status {status}; see {log}")


if __name__ == "__main__":
    sys.exit(main())
