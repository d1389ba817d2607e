"""The inputs that are kept: a file for each target, a line for each input, as Python writes bytes."""

from __future__ import annotations

import ast
from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "corpus"


def inputs(name: str) -> list[bytes]:
    """The inputs of a target; lines that begin with ``#`` are comments."""
    lines = (FOLDER / f"{name}.txt").read_text(encoding="ascii").splitlines()
    return [ast.literal_eval(line) for line in lines if line and not line.startswith("#")]
