"""What whole commands take: dumps of attention beside the same command without, and the first line of every verb."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import attention
import setting
from results import Row
from setting import Used

from fairseq_phonology.commands import VERBS

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
    helps = {verb: lambda verb=verb: setting.used("fairseq-phonology", verb, "--help") for verb in VERBS}
    took = {verb: setting.seconds(some) for verb, some in setting.in_turns(helps, ROUNDS).items()}
    slowest = max(took, key=took.__getitem__)
    parts = ", ".join(f"{verb} {seconds:.2f}" for verb, seconds in sorted(took.items(), key=lambda pair: pair[1]))
    yield "`fairseq-phonology VERB --help`, the slowest", f"{took[slowest]:.2f} s ({slowest})", "< 0.5 s"
    yield "all of them, in seconds", parts, ""
