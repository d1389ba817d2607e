"""What is learned in equal epochs, and how long a core takes for it: batches of one length or of any; yoyodyne.

The trainings of ``peers``, with validations.
"""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterator
from pathlib import Path

import peers
import setting
from results import Row

from fairseq_phonology.training.history.history import read_history

EPOCHS = 2 if setting.SMALL else 10
OURS = {"plugin": "fairseq with the plugin", "mixed": "the same and `--mix-lengths`"}


def accuracy(folder: Path) -> float:
    """yoyodyne's last validation: words right, in %."""
    path = max(folder.glob("lightning_logs/version_*/metrics.csv"), key=lambda path: path.stat().st_mtime)
    with path.open(encoding="utf-8", newline="") as file:
        found = [row["val_accuracy"] for row in csv.DictReader(file) if row.get("val_accuracy")]
    return 100 * float(found[-1])


def exact_match(folder: Path) -> float:
    """The plugin's last validation: words right, in %."""
    return read_history(folder / "history.csv")[-1]["exact_match"]


def rows() -> Iterator[Row]:
    """(what, measured, target) of each row."""
    peers.installed()
    peers.OUT.mkdir(exist_ok=True)
    what = f"exact match on {setting.VALID:,} words after {EPOCHS} epochs, "
    for name, said in OURS.items():
        shutil.rmtree(peers.OUT / name, ignore_errors=True)  # a history, which a new run does not go on with
        used = peers.fairseq(name, EPOCHS, "--no-epoch-checkpoints")
        yield f"{what}{said}", f"{exact_match(peers.OUT / name):.1f} % ({used.of_cores:.0f} s of a core)", ""
    used = peers.yoyodyne(EPOCHS, validated=True)
    found = f"{accuracy(peers.OUT / 'yoyodyne'):.1f} % ({used.of_cores:.0f} s of a core)"
    yield f"{what}yoyodyne {peers.VERSION}", found, ""
