"""Studies of models whose heads respond as they are told to, made without a model or a dump."""

import numpy as np

from fairseq_phonology.analysis.events.events import Events, View
from fairseq_phonology.analysis.events.measures import logit
from fairseq_phonology.analysis.provenance import Provenance
from tests.helpers.designed import crossed
from tests.helpers.studied import studied


def study_of(
    responses, layers=1, events=None, seed=1, noise=0.3, suffixes=None, level=-1.0, process="nasals", provenance=None
):
    """A study of cross-attention from the query of the decision.

    Args:
        responses: of each head, in logits, layer by layer.
        layers: how many.
        events: of a design.
        noise: deviation from word to word, in logits.
        suffixes: suffix -> what it adds in words of class T, in every head.
        level: of the other cells.
    """
    events = crossed(t=6, c=6, r=6, n=6).events if events is None else events.events
    rng = np.random.default_rng(seed)
    site = np.array([event.item.cell == "TR" for event in events])
    odds = level + rng.normal(0, noise, (len(events), len(responses))) + np.outer(site, responses)
    for n, event in enumerate(events):
        if event.item.target_class == "T":
            odds[n] += (suffixes or {}).get(event.item.suffix, 0)
    mass = (1 / (1 + np.exp(-odds))).reshape(len(events), layers, -1)
    nothing = np.zeros_like(mass)
    view = View("cross", "decision", mass, logit(mass), *[nothing] * 4, np.zeros((*mass.shape, 8)), beside=mass)
    return studied(Events(events, [view]), process, "toy", provenance=provenance or Provenance())


def six(responses=((2, 0, 0, 0), (0, 3, 0, 0), (0, 0, 2, 0), (0, 0, 0, 2), (3, 0, 0, 0), (0, 2, 0, 0)), **how):
    """Six models, each with a head of its own that responds."""
    return {f"seed{n}": study_of(each, seed=n, **how) for n, each in enumerate(responses, 1)}
