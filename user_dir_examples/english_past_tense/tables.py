"""Tables of the published comparison (SIGMORPHON 2021 task 0, part 2) for reproduction.toml; they are all it needs.

The data are no part of this project; the folder given has train.tsv, judgements.tsv and judgements_individual.tsv.
"""

from __future__ import annotations

import argparse
import csv
import random
from collections.abc import Iterable
from pathlib import Path

import fairseq_phonology as fp
from fairseq_phonology.corpus.tables import read_rows

HERE = Path(__file__).resolve().parent
GRAMMAR = HERE / "british.toml"
HELD_OUT = 300  # verbs that no model sees: they chose the recipe, and they choose the epoch
NOBODY = "70"  # the participant whose answers are in none of the published medians
DOUBLE = ("t ɪ d", "d ɪ d")  # ends of the regular forms that the published model has a term for
Row = dict[str, str]


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="folder of the shared task's data")
    parser.add_argument(
        "--dest", type=Path, default=HERE / "published", help="where the tables go (default: %(default)s)"
    )
    args = parser.parse_args(arguments)
    args.dest.mkdir(parents=True, exist_ok=True)
    train, valid = verbs(args.data / "train.tsv")
    found = candidates(args.data / "judgements.tsv")
    for name, rows in {
        "train": train,
        "past": [row for row in train if row["class"]],  # what n-grams are of: no stems
        "valid": valid,
        "candidates": found,
        "ratings": ratings(args.data / "judgements.tsv"),
        "trials": trials(args.data / "judgements_individual.tsv", found),
    }.items():
        write(args.dest / f"{name}.tsv", rows)
        print(f"{len(rows):,} rows in {args.dest / name}.tsv")


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
    with path.open(encoding="utf-8", newline="") as file:
        return [
            {"participant": row["pid"], "item": row["lemma"], "sr": spaced[row["lemma"], row["form"]],
             "rating": row["past_rating"]}
            for row in csv.DictReader(file, delimiter="\t")
            if row["isreal"] == "0" and row["pid"] != NOBODY
        ]  # fmt: skip


def write(path: Path, rows: list[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0], delimiter="\t", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
