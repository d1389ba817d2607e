"""What a study has found, in files that two machines can be compared by: their texts, and their numbers."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_TABLES = ("**/*.tsv", "**/*.csv")
# columns; a checkpoint holds the time and the versions of its making
_OF_THE_RUN = {"wall", "seconds", "training_seconds", "checkpoint_sha256"}


@dataclass(frozen=True)
class Agreement:
    """Two runs of a study beside each other.

    Args:
        files: that both have.
        other: files that only one has, or in which a text differs.
        numbers: that were compared.
        largest: difference of two numbers, relative where they are above 1.
    """

    files: int
    other: list[str]
    numbers: int
    largest: float

    def __str__(self) -> str:
        if self.other:
            return f"{len(self.other)} of {self.files} files differ in more than numbers, {self.other[0]} first"
        return "identical" if not self.largest else f"same texts; numbers within {self.largest:.0e}"


def found(study: Path) -> dict[str, list[list[str]]]:
    """The tables of a finished study and the hypotheses of its lists: path -> rows of cells."""
    tables = {}
    for path in sorted({path for pattern in _TABLES for path in study.glob(pattern)}):
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file, delimiter="\t" if path.suffix == ".tsv" else ","))
        dropped = {n for n, name in enumerate(rows[0]) if name in _OF_THE_RUN} if rows else set()
        tables[str(path.relative_to(study))] = [[c for n, c in enumerate(row) if n not in dropped] for row in rows]
    for path in sorted(study.glob("**/generate.txt")):
        lines = path.read_text(encoding="utf-8").splitlines()
        tables[str(path.relative_to(study))] = [line.split("\t") for line in lines if line[:2] in ("S-", "T-", "H-")]
    return tables


def compared(one: dict[str, list[list[str]]], other: dict[str, list[list[str]]]) -> Agreement:
    """How far two runs of a study agree."""
    different, differences = sorted(one.keys() ^ other.keys()), []
    for name in sorted(one.keys() & other.keys()):
        texts, numbers = zip(*(_split(tables[name]) for tables in (one, other)), strict=True)
        if texts[0] != texts[1]:
            different.append(name)
        else:
            differences += [abs(a - b) / max(1.0, abs(a)) for a, b in zip(*numbers, strict=True) if a != b]
    total = sum(len(_split(rows)[1]) for rows in one.values())
    return Agreement(len(one.keys() | other.keys()), different, total, max(differences, default=0.0))


def _split(rows: list[list[str]]) -> tuple[list[list[str]], list[float]]:
    """The rows with a mark for each number, and the numbers."""
    numbers: list[float] = []

    def marked(cells: list[str]) -> Iterator[str]:
        for cell in cells:
            try:
                number = float(cell)
            except ValueError:
                yield cell
            else:
                if number == number and abs(number) != float("inf"):
                    numbers.append(number)
                    yield "#"
                else:
                    yield cell

    return [list(marked(row)) for row in rows], numbers
