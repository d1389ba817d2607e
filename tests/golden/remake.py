"""Write the golden files anew: ``python -m tests.golden.remake``.

Only where a number is meant to change, or a column or key got another name. Then look at ``git diff tests/golden``: a
renamed column changes first lines, a renamed key the names in ``summary.txt``, and nothing else.
"""

from __future__ import annotations

import gzip
import logging
import shutil
import tempfile
from pathlib import Path

import numpy as np

from tests.golden.cases import CASES, EXPECTED, recorded

MADE_WITH = EXPECTED / "made_with.txt"


def instructions() -> str:
    """The vector instructions that numpy uses here, besides those that it always does."""
    found = np.show_config(mode="dicts").get("SIMD Extensions", {}).get("found", [])
    return f"numpy {np.__version__}: {' '.join(found)}".strip()


def file_of(case: str, name: str) -> Path:
    """Where the golden lines of one file of a case are: large tables are compressed."""
    where = EXPECTED / case / name.replace(".json", ".txt")
    return where.with_name(f"{where.name}.gz") if name == "interventions.csv" else where


def golden(case: str) -> dict[str, list[str]]:
    """The golden lines of a case, by the name of the file."""
    found = {}
    for path in sorted((EXPECTED / case).iterdir()):
        data = path.read_bytes()
        text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8")
        found[path.name.removesuffix(".gz").replace(".txt", ".json")] = text.splitlines()
    return found


def main() -> None:
    logging.disable(logging.INFO)
    shutil.rmtree(EXPECTED, ignore_errors=True)
    for case in CASES:
        with tempfile.TemporaryDirectory() as folder:
            made = recorded(case, Path(folder) / case)
        for name, lines in made.items():
            path = file_of(case, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            data = "".join(f"{line}\n" for line in lines).encode()
            path.write_bytes(gzip.compress(data, mtime=0) if path.suffix == ".gz" else data)
        print(f"{case}: {', '.join(made)}")
    MADE_WITH.write_text(f"{instructions()}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
