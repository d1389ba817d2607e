"""How long does it take until a verb says what its options are?"""

from __future__ import annotations

from collections.abc import Iterator

import setting
from results import Row

from fairseq_phonology.commands import VERBS

ROUNDS = 1 if setting.SMALL else 5


def rows() -> Iterator[Row]:
    """(what, measured, target) of each row."""
    helps = {verb: lambda verb=verb: setting.used("fairseq-phonology", verb, "--help") for verb in VERBS}
    took = {verb: setting.seconds(some) for verb, some in setting.in_turns(helps, ROUNDS).items()}
    slowest = max(took, key=took.__getitem__)
    parts = ", ".join(f"{verb} {seconds:.2f}" for verb, seconds in sorted(took.items(), key=lambda pair: pair[1]))
    measured = f"{took[slowest]:.2f} s ({slowest}; median of {ROUNDS})"
    yield "`fairseq-phonology VERB --help`, the slowest", measured, "< 0.5 s"
    yield "all of them, in seconds", parts, ""
