"""How many words does `intervene` forward in a second? One word forwarded is one word under one intervention."""

from __future__ import annotations

import logging
import time
from pathlib import Path

logging.disable(logging.INFO)

import setting  # noqa: E402

import fairseq_phonology  # noqa: E402, F401  (registers the task)
from fairseq_phonology.analysis.interventions.plans import Plan, Planner  # noqa: E402
from fairseq_phonology.analysis.interventions.run import intervene, interventions_of  # noqa: E402
from fairseq_phonology.attention.edges import Run  # noqa: E402
from fairseq_phonology.attention.forcing import Forcing  # noqa: E402
from fairseq_phonology.phonology.grammar import Grammar  # noqa: E402
from fairseq_phonology.stimuli.crossed import crossed  # noqa: E402
from fairseq_phonology.training.checkpoints.loaded import load_model  # noqa: E402

PROCESS = "obstruent-nasalization"
STEMS, SUFFIXES = 12, 4  # of each class: 192 events
ROUNDS = 3
BATCH_SIZE = 1024


def plans_for(forcing: Forcing, stems: int = STEMS, suffixes: int = SUFFIXES) -> list[Plan]:
    """Events of a crossed design of nonce Korean."""
    grammar = Grammar.load(setting.GRAMMAR)
    planner = Planner(grammar, PROCESS, (), forcing.source.symbols, forcing.target.symbols)
    items = crossed(grammar, PROCESS, stems=stems, suffixes=suffixes, seed=1).items
    return [planner.plan(item) for item in items]


def speed(checkpoint: Path, data: Path | None = None) -> tuple[int, float]:
    """Words forwarded, and seconds: the best of `ROUNDS`, from plans to tables in memory."""
    loaded = load_model(checkpoint, data, cpu=True)
    forcing, forwarded = Forcing(loaded.model, loaded.source, loaded.target, BATCH_SIZE), []

    def force(batches: list[list[Run]]):
        forwarded.extend(map(len, batches))
        return forcing.force_all(batches)

    plans, seconds = plans_for(forcing), []
    for _ in range(ROUNDS):
        forwarded.clear()
        begin = time.perf_counter()
        which = interventions_of(forcing.sizes)
        intervene(plans, which, force, loaded.target.symbols, BATCH_SIZE, 4 * forcing.workers, progress=False)
        seconds.append(time.perf_counter() - begin)
    return sum(forwarded), min(seconds)


def rows() -> list[tuple[str, str, str]]:
    """(what, measured, target) of each row."""
    found = []
    for size, target in (("tiny", ">= 2,000 a second"), ("small", "")):
        words, seconds = speed(setting.trained(size))
        what = f"words forwarded (one word under one intervention), {size}"
        found.append((what, f"{words / seconds:,.0f} a second ({words:,} in {seconds:.1f} s)", target))
    return found


if __name__ == "__main__":
    for what, measured, target in rows():
        print(f"{what}: {measured} (target: {target or 'none'})")
