"""What the engine costs where nothing is to be done: `fairseq-phonology study` on a study that is finished.

Usage: ``python benchmarks/studies.py [STUDY]`` prints the rows of RESULTS.md; without a study file a small one of two
seeds is run first, which takes some minutes.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import setting

SEEDS, TIMES = 2, 5
STUDY = f"""
grammar = "{setting.GRAMMAR}"
process = "obstruent-nasalization"
seeds = {SEEDS}

[words]
nonce = 600
keep_edges = true

[model]
epochs = 3
encoder_layers = 1
decoder_layers = 1

[stimuli.designed]
stems = 8
suffixes = 8
"""


def finished() -> Path:
    """The file of a study that is finished."""
    path = setting.WORK / "studies" / "study.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.is_file():
        path.write_text(STUDY, encoding="utf-8")
    setting.command("fairseq-phonology", "study", path)
    return path


def rows(study: Path | None = None) -> Iterator[tuple[str, str, str]]:
    """What was measured, the figure, the target."""
    study = study or finished()
    command = [str(Path(sys.executable).with_name("fairseq-phonology")), "study", str(study)]
    for what, more, target in (("", [], "< 5 s"), (", `--dry-run`", ["--dry-run"], "")):
        took = []
        for _ in range(TIMES):
            begin = time.monotonic()
            said = subprocess.run([*command, *more], check=True, capture_output=True, encoding="utf-8").stdout
            took.append(time.monotonic() - begin)
            assert "Nothing to do" in said, said
        measured = f"{statistics.median(took):.1f} s (median of {TIMES}, {min(took):.1f} to {max(took):.1f} s)"
        yield f"`study` on a finished study{what}, whole command", measured, target


if __name__ == "__main__":
    setting.WORK.mkdir(exist_ok=True)
    for row in rows(Path(sys.argv[1]) if sys.argv[1:] else None):
        print(f"| {' | '.join(row)} |")
