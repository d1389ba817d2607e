"""A run that was followed, made by hand: what every checkpoint does is given."""

import numpy as np

from fairseq_phonology.analysis.dynamics.dynamics import Checkpoint, Dynamics
from fairseq_phonology.analysis.dynamics.follow import Snapshot
from fairseq_phonology.analysis.events.events import Head
from fairseq_phonology.analysis.interventions.effects import MinimalPair
from fairseq_phonology.stimuli.items import CELLS

HEADS = [Head("cross", "decision", 1, 1), Head("cross", "decision", 2, 1)]


def shot(response=(0.0, 0.0), pair=10.0, distinguishes=True, heads=HEADS, decided=1.0, **effects):
    """effects: measure -> log-odds that noising takes away; the minimal pair takes ``pair``."""
    mass = np.array(response, float)
    effects = {name.replace("_and_", "+"): value for name, value in effects.items()}
    replaced = None
    if pair is not None:
        replaced = MinimalPair("minimal-pair", 4.0, 4.0 - pair, pair, pair - 1, pair + 1, 0.001, distinguishes)
    return Snapshot(
        *(list(heads), {"all": decided, **dict.fromkeys(CELLS, decided)}),
        {cell: mass if cell == "TR" else np.zeros_like(mass) for cell in CELLS},
        {"log_odds": 10 * mass, "mass": mass},
        *(mass - 0.05, mass + 0.05, 4.0),
        *(replaced, effects, dict.fromkeys(effects, 0.1)),
    )


def checkpoint(epoch, exact, process, snapshot, best=False, updates=None):
    updates = 10 * epoch if updates is None else updates
    processes = {"nasalization": process, "harmony": exact / 2}
    return Checkpoint(f"checkpoint{epoch}.pt", epoch, updates, best, exact, processes, snapshot)


def run(**more):
    """Five epochs: words from 3 on, the process from 2 on, the response from 4 on, cross-attention from 3 on."""
    checkpoints = [
        checkpoint(1, 0.0, 0.0, shot((0.0, 0.1), 0.1, cross=0.09, encoder=0.05, cross_and_encoder=0.1)),
        checkpoint(2, 20.0, 55.0, shot((0.0, 0.25), 5.0, cross=0.5, encoder=1.5, cross_and_encoder=2.0)),
        checkpoint(3, 50.0, 60.0, shot((0.0, 0.15), 8.0, cross=4.0, encoder=0.8, cross_and_encoder=5.0)),
        checkpoint(4, 90.0, 100.0, shot((0.1, 0.3), 10.0, cross=9.0, encoder=0.1, cross_and_encoder=9.5), best=True),
        checkpoint(5, 90.0, 100.0, shot((0.1, 0.4), 10.0, cross=9.0, encoder=0.1, cross_and_encoder=9.5)),
    ]
    return Dynamics("nasalization", "toy", checkpoints, 1, "named by --head", **more)
