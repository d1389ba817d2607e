"""Interventions on a crossed design, made without a model: what each knock-out takes away is given."""

import numpy as np

from fairseq_phonology.analysis.interventions.analyze import analyze_interventions
from fairseq_phonology.analysis.interventions.kinds import Intervention
from fairseq_phonology.analysis.interventions.run import Interventions
from fairseq_phonology.analysis.models.interventions import compare_interventions
from tests.helpers.designed import crossed, real_words

INTACT, PAIR = 5.0, 10.0
MEASURES = ("cross", "encoder", "cross+encoder", "total")
DECODER = ("decoder", "cross+decoder", "total+decoder")


def intervened(shares, events=None, others=None, heads=None, noise=0.2, seed=1, pair=PAIR, prefix=False, mirror=True):
    """The log-odds of every word of class T.

    Args:
        shares: measure -> share of the minimal-pair effect that it takes away, all heads together; others take 0.
        events: of a design.
        others: measure -> share that the same takes away elsewhere.
        heads: (measure, layer, head) -> share; head None is the layer.
        noise: deviation from word to word.
        pair: effect of the minimal pair.
        prefix: with the measures of a progressive process.
        mirror: is there such a place?
    """
    events = crossed(t=6, c=5, r=6, n=5) if events is None else events
    rng, others, heads = np.random.default_rng(seed), others or {}, heads or {}
    measures = (*MEASURES, *(DECODER if prefix else ()))
    which = [Intervention("minimal-pair", "trigger")]
    taken = [pair]
    if prefix:
        which.append(Intervention("minimal-pair+prefix", "trigger"))
        taken = [pair / 2, pair]
    for place in ("trigger", "others", *(("mirror",) if mirror else ())):
        for measure in measures:
            if place == "mirror" and "decoder" in measure:
                continue
            share = shares.get(measure, 0) if place == "trigger" else others.get(measure, 0)
            which.append(Intervention(measure, place))
            taken.append(share * pair)
        for (measure, layer, head), share in heads.items():
            which.append(Intervention(measure, place, layer, head))
            taken.append(share * pair if place == "trigger" else 0)
    n = len(events.events)
    intact = INTACT + rng.normal(0, noise, n)
    log_odds = intact[:, None] - np.array(taken) - rng.normal(0, noise, (n, len(which)))
    controls = [event.item.target_class == "C" for event in events.events]
    intact[controls], log_odds[controls] = np.nan, np.nan
    changes = log_odds < 0
    replaced = {event.item.id: "s" for event in events.events if event.item.cell == "TR"}
    return Interventions(
        events.events,
        intact.astype(np.float32),
        which,
        log_odds.astype(np.float32),
        changes,
        changes,
        np.isfinite(log_odds),
        replaced,
    )


def words(shares, n=8, **how):
    """The same for real words."""
    return intervened(shares, real_words(n), **how)


def seven_models():
    """Seven models compared: six use the trigger by cross-attention, with one head for .4 of it, one by the encoder."""
    shares = {"cross": 0.9, "cross+encoder": 1, "total": 1}
    found = {f"seed{n}": intervened(shares, seed=n, heads={("cross", 1, 1): 0.4, ("cross", 1, 2): 0}) for n in range(6)}
    found["other"] = intervened({"encoder": 0.5}, seed=9)
    return compare_interventions(
        {name: (each, analyze_interventions(each, "nasals", "toy", n_permutations=999)) for name, each in found.items()}
    )
