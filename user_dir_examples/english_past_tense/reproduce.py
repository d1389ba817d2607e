"""A published comparison again: the past tense in models and in ratings of nonce verbs (SIGMORPHON 2021 task 0, 2).

The data are no part of this project: ``--data`` names the folder with train.tsv, judgements.tsv and
judgements_individual.tsv. A step that is done is not done again.
"""

from __future__ import annotations

import argparse
import csv
import random
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from demo import HERE, read, run

import fairseq_phonology as fp
from fairseq_phonology.corpus.tables import read_rows

GRAMMAR = HERE / "british.toml"
HELD_OUT = 300  # verbs that no model sees: they chose the recipe, and they choose the epoch
BATCH, WARM_UP = 64, 400
PEOPLE = {  # a comparison -> the table of people, and how it is read
    "ratings": ("ratings.tsv",),
    "trials": ("trials.tsv",),
    "centered": ("trials.tsv", "--within-participants", "center"),
}
NOBODY = "70"  # the participant whose answers are in none of the published medians
DOUBLE = ("t ɪ d", "d ɪ d")  # ends of the regular forms that the published model has a term for
Row = dict[str, str]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", required=True, type=Path, help="folder of the shared task's data")
    parser.add_argument("--dest", type=Path, default=Path("demo/english-people"), help="folder for all that is made")
    parser.add_argument("--seeds", type=int, default=10, help="models, of seeds 1, 2, ... (default: 10)")
    parser.add_argument("--epochs", type=int, default=16, help="epochs of training (default: 16)")
    args = parser.parse_args(arguments)
    args.dest.mkdir(parents=True, exist_ok=True)
    train, valid = verbs(args.data / "train.tsv")
    write(args.dest / "train.tsv", train)
    write(args.dest / "past.tsv", [row for row in train if row["class"]])  # what n-grams are of: no stems
    write(args.dest / "valid.tsv", valid)
    write(args.dest / "candidates.tsv", found := candidates(args.data / "judgements.tsv"))
    write(args.dest / "ratings.tsv", ratings(args.data / "judgements.tsv"))
    write(args.dest / "trials.tsv", trials(args.data / "judgements_individual.tsv", found))
    if not (args.dest / "data").is_dir():
        run("fairseq-phonology", "prepare", "--train", args.dest / "train.tsv", "--valid", args.dest / "valid.tsv",
            "--dest", args.dest / "data", log=args.dest / "prepare.log")  # fmt: skip
    models = [trained(args.dest, seed, args.epochs, len(train)) for seed in range(1, args.seeds + 1)]
    compared(args.dest, models)
    return 0


def regular(ur: str, grammar: fp.Grammar | None = None) -> str:
    """The regular past tense of a stem and its tag, by the grammar."""
    return " ".join((grammar or fp.Grammar.load(GRAMMAR)).derive(ur.split()).surface)


def verbs(path: Path) -> tuple[list[Row], list[Row]]:
    """Past tenses to train on, each once whatever the person, and stems to copy; past tenses that are held out."""
    grammar = fp.Grammar.load(GRAMMAR)
    rows = [cells for _, cells in read_rows(path)]
    pairs = sorted({(lemma, form) for lemma, form, tag, *_ in rows if tag.startswith("V;PST;")})
    stems = sorted({lemma for lemma, _ in pairs})
    held_out = set(random.Random(1).sample(stems, min(HELD_OUT, len(stems) // 10)))
    train: list[Row] = []
    valid: list[Row] = []
    for number, (lemma, form) in enumerate(pairs):
        ur = f"{lemma} <PST>"
        ending = form.split()[len(lemma.split()) :]
        kind = "".join(ending).replace("ɪ", "i") if form == regular(ur, grammar) else "irregular"
        row = {"id": f"v{number:04}", "ur": ur, "sr": form, "class": kind}
        (valid if lemma in held_out else train).append(row)
    copied = [lemma for lemma in stems if lemma not in held_out]
    train += [{"id": f"s{n:04}", "ur": f"{stem} <INF>", "sr": stem, "class": ""} for n, stem in enumerate(copied)]
    return train, valid


def item(form: str) -> str:
    return form.replace(" ", "")


def candidates(path: Path) -> list[Row]:
    """What the judgements are about. A form is regular if the grammar derives it; the file itself does not say.

    ``double_past`` is a fixed effect of the model whose AIC was published (Wilson & Li, 03_prediction_stats.R).
    """
    grammar = fp.Grammar.load(GRAMMAR)
    found = []
    for _, (lemma, form, *_) in read_rows(path):
        ur = f"{lemma} <PST>"
        variant = "regular" if form == regular(ur, grammar) else "irregular"
        double = "-1" if variant == "regular" and form.endswith(DOUBLE) else "0"
        found.append({"item": item(lemma), "ur": ur, "sr": form, "variant": variant, "double_past": double})
    return found


def ratings(path: Path) -> list[Row]:
    """The published ratings, 0 to 7."""
    return [{"item": item(lemma), "sr": form, "rating": said} for _, (lemma, form, _, said) in read_rows(path)]


def trials(path: Path, found: Iterable[Row]) -> list[Row]:
    """The answers whose median is the published rating, their forms segmented as the candidates are.

    Left out, as there: answers about a verb that the participant took for a real one, and one participant's.
    """
    spaced = {(one["item"], item(one["sr"])): one["sr"] for one in found}
    return [
        {"participant": row["pid"], "item": row["lemma"], "sr": spaced[row["lemma"], row["form"]],
         "rating": row["past_rating"]}
        for row in read(path)
        if row["isreal"] == "0" and row["pid"] != NOBODY
    ]  # fmt: skip


def write(path: Path, rows: list[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0], delimiter="\t", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def trained(dest: Path, seed: int, epochs: int, words: int) -> Path:
    """The best checkpoint of one seed, by the verbs that are held out."""
    log, save_dir = dest / f"seed-{seed}.log", dest / f"seed-{seed}"
    if not (log.is_file() and "done training" in log.read_text(encoding="utf-8")):
        run("fairseq-train", dest / "data" / "bin", "--user-dir", HERE, "--task", "past_tense",
            "--arch", "transformer_phonology_tiny", "--criterion", "cross_entropy", "--dropout", 0.1,
            "--optimizer", "adam", "--adam-betas", "(0.9, 0.98)", "--clip-norm", "1.0", "--lr", 0.002,
            "--lr-scheduler", "polynomial_decay", "--warmup-updates", WARM_UP,
            "--total-num-update", epochs * -(-words // BATCH), "--batch-size", BATCH, "--max-epoch", epochs,
            "--seed", seed, "--num-workers", 0, "--validate-interval", 4, "--save-interval", 4,
            "--best-checkpoint-metric", "exact_match", "--maximize-best-checkpoint-metric", "--no-epoch-checkpoints",
            "--save-dir", save_dir, "--log-format", "json", log=log)  # fmt: skip
    return save_dir / "checkpoint_best.pt"


def compared(dest: Path, models: list[Path]) -> None:
    """Score the candidates, and set the scores beside people: published ratings, then participants' answers."""
    shared = ("--data", dest / "data" / "bin", "--user-dir", HERE)
    run("fairseq-phonology", "untrained", models[0], *shared, "--out", dest / "untrained.pt", "--overwrite",
        log=dest / "weights.txt")  # fmt: skip
    for name, checkpoints in (("untrained", [dest / "untrained.pt"]), ("scores", models)):
        shown("fairseq-phonology", "score", *checkpoints, *shared, "--candidates", dest / "candidates.tsv",
              "--phonotactics", dest / "past.tsv", "--out", dest / name, "--overwrite",
              log=dest / f"{name}.txt")  # fmt: skip
    for name, (table, *how) in PEOPLE.items():
        shown("fairseq-phonology", "compare", dest / "scores", "--human", dest / table, *how, "--scale", "0-7",
              "--untrained", dest / "untrained", "--out", dest / f"people-{name}", "--overwrite",
              log=dest / f"people-{name}.txt")  # fmt: skip
    if shutil.which("Rscript") is None:
        print("Rscript is not installed: no mixed models")
        return
    for further in ([], ["--with", "double_past"], ["--with", "variant"]):  # of items, not of answers: seconds each
        subprocess.run(["Rscript", "--vanilla", dest / "people-ratings" / "mixed_model.R", "--predictor", "log_prob",
                        "--scale", "share", *further], check=True)  # fmt: skip


def shown(*line: object, log: Path) -> None:
    """Run one command, and print what it said."""
    run(*line, log=log)
    print(log.read_text(encoding="utf-8"))


if __name__ == "__main__":
    sys.exit(main())
