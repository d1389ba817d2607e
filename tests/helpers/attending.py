"""Studies of models whose heads respond as they are told to, made without a model or a dump."""

import numpy as np

from fairseq_phonology.analysis.events.events import Events, View
from fairseq_phonology.analysis.provenance import Provenance
from tests.helpers.designed import crossed, real_words
from tests.helpers.studied import studied

SIZE = {"t": 9, "c": 8, "r": 8, "n": 8}


def with_one_trigger(n=24):
    """Real words, half as many, all with the trigger m."""
    return Events([each for each in real_words(n).events if int(each.item.stem[1:]) % 2 == 0], [])


def study_of(
    responses,
    layers=1,
    events=None,
    seed=1,
    noise=0.3,
    suffixes=None,
    segments=None,
    level=-1.0,
    process="nasals",
    provenance=None,
):
    """A study of cross-attention from the query of the decision.

    Args:
        responses: of each head, in log-odds, layer by layer.
        layers: how many.
        events: of a design.
        noise: deviation from word to word, in log-odds.
        suffixes: suffix -> what it adds in words of class T, in every head.
        segments: target segment -> what it adds in words of class R, in every head.
        level: of the other cells.
    """
    events = crossed(**SIZE).events if events is None else events.events
    rng = np.random.default_rng(seed)
    site = np.array([event.item.cell == "TR" for event in events])
    odds = level + rng.normal(0, noise, (len(events), len(responses))) + np.outer(site, responses)
    for n, event in enumerate(events):
        if event.item.target_class == "T":
            odds[n] += (suffixes or {}).get(event.item.suffix, 0)
        if event.item.trigger_class == "R":
            odds[n] += (segments or {}).get(event.item.target, 0)
    odds = odds.reshape(len(events), layers, -1)
    mass = 1 / (1 + np.exp(-odds))
    nothing = np.zeros_like(mass)
    view = View("cross", "decision", odds, mass, *[nothing] * 4, np.zeros((*mass.shape, 8)))
    return studied(Events(events, [view]), process, "toy", provenance=provenance or Provenance())


def six(responses=((2, 0, 0, 0), (0, 3, 0, 0), (0, 0, 2, 0), (0, 0, 0, 2), (3, 0, 0, 0), (0, 2, 0, 0)), **how):
    """Six models, each with a head of its own that responds."""
    return {f"seed{n}": study_of(each, seed=n, **how) for n, each in enumerate(responses, 1)}
