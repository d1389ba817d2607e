"""What dumps of attention cost whole commands: beside the same command without."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import attention
import setting
from results import Row
from setting import Used

ROUNDS = 1 if setting.SMALL else 3
KINDS = ("cross", "cross,encoder")
TARGETS = {("cross", 5): "<= 1.15 x", ("cross,encoder", 5): "<= 1.25 x"}
OUT = setting.WORK / "commands"


def generate(size: str, beam: int, kinds: str = "") -> Used:
    """``fairseq-generate``, with ``--save-attention`` or without; words end as soon as a trained model ends them."""
    saving = ("--save-attention", OUT, "--attention-kinds", kinds, "--overwrite-attention") if kinds else ()
    return setting.used("fairseq-generate", setting.prepared(), "--user-dir", setting.USER_DIR, "--task", "phonology",
                        "--path", attention.checkpoint(size), "--gen-subset", "valid", "--beam", beam,
                        "--max-len-a", 1, "--max-len-b", 2, "--cpu", *saving)  # fmt: skip


def _programs(size: str, beam: int) -> dict[str, Callable[[], Used]]:
    return {kinds: lambda kinds=kinds: generate(size, beam, kinds) for kinds in ("", *KINDS)}


def rows() -> Iterator[Row]:
    """(what, measured, target) of each row."""
    for size in ("tiny", "small", "base"):
        attention.checkpoint(size)
        for beam in (1, 5):
            found = setting.in_turns(_programs(size, beam), ROUNDS)
            for kinds in KINDS:
                what = f"`fairseq-generate`, `--save-attention` of {kinds} / without, {size}, beam {beam}"
                measured = f"{setting.ratio(found[kinds], found[''])} on {setting.seconds(found['']):.1f} s"
                yield what, measured, TARGETS.get((kinds, beam), "")
