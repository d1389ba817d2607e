"""Does it pay to choose the epoch by whole words? Of one training, the epoch of most whole words, and of lowest loss.

Both are chosen on the validation words, and asked for the words of a test list that neither has seen. Three data sets,
three seeds each: the Korean example (nonce words; attested words as the test), and of the SIGMORPHON 2021 shared tasks
Korean spelling to IPA and the English past tense, which PHONOLOGY_TEST_DATA names a folder of; without it they are left
out, and that is said. An eighth of their training words validates; the published dev list is the test.
"""

from __future__ import annotations

import csv
import os
import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import mean

import setting
from results import Row

SEEDS = (1,) if setting.SMALL else (1, 2, 3)
EPOCHS = 3 if setting.SMALL else 30
NONCE, NONCE_VALID = (1_000, 100) if setting.SMALL else (11_400, 600)
OUT = setting.WORK / "selection"
ATTESTED = setting.GRAMMAR.with_name("attested.tsv")
PUBLISHED = Path(os.environ.get("PHONOLOGY_TEST_DATA") or "/nonexistent")
BATCH = 128

Pairs = list[tuple[str, str]]


def _korean_example() -> tuple[Path, Path]:
    folder = OUT / "korean-example"
    words = folder.with_suffix(".tsv")
    setting.command("fairseq-phonology", "nonce", setting.GRAMMAR, "--n", NONCE + NONCE_VALID, "--seed", 9,
                    "--exclude", ATTESTED, "--exclude-units", "hangul-ur", "--out", words)  # fmt: skip
    setting.command("fairseq-phonology", "prepare", words, "--keep-edges", "--split", f"{NONCE},{NONCE_VALID}",
                    "--dest", folder, "--overwrite")  # fmt: skip
    setting.command("fairseq-phonology", "prepare", ATTESTED, "--keep-edges", "--ur-units", "hangul-ur", "--sr-units",
                    "hangul-ur", "--dictionaries", folder / "bin", "--dest", OUT / "korean-attested")  # fmt: skip
    return folder / "bin", OUT / "korean-attested" / "bin"


def _published(name: str, rows: Callable[[Path], Pairs], *units: str) -> tuple[Path, Path]:
    """A shared task's words, an eighth of the training words for validation."""
    given, folder = PUBLISHED / name, OUT / name
    folder.mkdir(parents=True)
    train, test = rows(given / "train.tsv"), rows(given / "dev.tsv")
    random.Random(1).shuffle(train)
    eighth = len(train) // 8
    lists = {"valid": train[:eighth], "train": train[eighth:], "test": test}
    if setting.SMALL:
        lists = {split: pairs[:200] for split, pairs in lists.items()}
    options: list[object] = []
    for split, pairs in lists.items():
        path = folder / f"{split}-list.tsv"
        path.write_text("ur\tsr\n" + "".join(f"{ur}\t{sr}\n" for ur, sr in pairs), encoding="utf-8")
        options += [f"--{split}", path]
    setting.command("fairseq-phonology", "prepare", *options, *units, "--dest", folder / "data")
    return folder / "data" / "bin", folder / "data" / "bin"


def _two_columns(path: Path) -> Pairs:
    return [tuple(line.split("\t")[:2]) for line in path.read_text(encoding="utf-8").splitlines()]


def _past(path: Path) -> Pairs:
    """Of each verb its past tense, once."""
    lines = (line.split("\t") for line in path.read_text(encoding="utf-8").splitlines())
    return list(dict.fromkeys((ur, sr) for ur, sr, tags, *_ in lines if tags == "V;PST;1;SG"))


SETS: dict[str, Callable[[], tuple[Path, Path]]] = {  # -> data of the training, data of the test list
    "Korean example": _korean_example,
    "Korean, SIGMORPHON 2021": lambda: _published("sigmorphon2021_kor", _two_columns, "--ur-units", "jamo"),
    "English past tense": lambda: _published("sigmorphon2021_eng_past", _past),
}


def chosen(history: list[dict[str, str]]) -> dict[str, int]:
    """The epoch of most whole words (the lower loss, then the earlier, of equal ones), and that of the lowest loss."""
    rows = [(int(row["epoch"]), float(row["exact_match"]), float(row["valid_loss"])) for row in history]
    by_words = min(rows, key=lambda row: (-row[1], row[2], row[0]))
    return {"exact match": by_words[0], "loss": min(rows, key=lambda row: (row[2], row[0]))[0]}


def right(data: Path, test: Path, name: str, seed: int) -> dict[str, int]:
    """How many words of the test list the epoch chosen by each gets right."""
    folder = OUT / f"{name}-{seed}".replace(" ", "-")
    updates = EPOCHS * -(-_count(data, "train") // BATCH)
    setting.command("fairseq-train", data, "--user-dir", setting.USER_DIR, "--task", "phonology",
                    "--arch", "transformer_phonology_tiny", "--criterion", "label_smoothed_cross_entropy",
                    "--label-smoothing", 0.1, "--dropout", 0.2, "--optimizer", "adam", "--lr", 0.002,
                    "--lr-scheduler", "polynomial_decay", "--total-num-update", updates, "--warmup-updates",
                    updates // 8, "--batch-size", BATCH, "--max-epoch", EPOCHS, "--no-last-checkpoints",
                    "--seed", seed, "--save-dir", folder, "--cpu")  # fmt: skip
    with (folder / "history.csv").open(encoding="utf-8", newline="") as file:
        epochs = chosen([row for row in csv.DictReader(file) if row["subset"] == "valid"])
    kept = folder / "chosen"
    kept.mkdir()
    for epoch in set(epochs.values()):
        shutil.move(folder / f"checkpoint{epoch}.pt", kept / f"checkpoint{epoch}.pt")
    for path in folder.glob("*.pt"):
        path.unlink()
    setting.command("fairseq-phonology", "checkpoints", kept, "--data", test, "--subset", "test", "--scores-only",
                    "--cpu", "--out", kept / "scores")  # fmt: skip
    with (kept / "scores" / "scores.csv").open(encoding="utf-8", newline="") as file:
        shares = {row["checkpoint"]: float(row["exact_match"]) / 100 for row in csv.DictReader(file)}
    tested = _count(test, "test")
    return {by: round(tested * shares[f"checkpoint{epoch}.pt"]) for by, epoch in epochs.items()}


def _count(data: Path, split: str) -> int:
    """Words of a subset."""
    from fairseq.data import data_utils

    return len(data_utils.load_indexed_dataset(str(data / f"{split}.ur-sr.ur"), None))


def rows() -> Iterator[Row]:
    """(what, measured, target) of each row."""
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    for name, prepared in SETS.items():
        if "example" not in name and not PUBLISHED.is_dir():
            yield name, "left out: PHONOLOGY_TEST_DATA names no folder with the data of the shared task", ""
            continue
        data, test = prepared()
        found = [right(data, test, name, seed) for seed in SEEDS]
        more = [one["exact match"] - one["loss"] for one in found]
        parts = ", ".join(f"{one['exact match']:,} against {one['loss']:,}" for one in found)
        figures = f"{parts} of {_count(test, 'test'):,}: {mean(more):+.1f} words in mean of {len(SEEDS)} seeds"
        yield f"{name}, {EPOCHS} epochs: chosen by exact match, by loss", figures, ""
