"""Interventions on a crossed design, made without a model: what each takes away and gives back is given."""

from dataclasses import replace

import numpy as np

from fairseq_phonology.analysis.interventions.analyze import analyze_interventions
from fairseq_phonology.analysis.interventions.kinds import DIRECT, KINDS, Intervention
from fairseq_phonology.analysis.interventions.run import Interventions
from fairseq_phonology.analysis.models.interventions import compare_interventions
from tests.helpers.designed import crossed, real_words

INTACT, PAIR = 5.0, 10.0
CROSS = {"cross": 1, "cross+encoder": 1}
ENCODER = {"encoder": 1, "cross+encoder": 1}
EITHER = {"cross+encoder": 1}, {"cross": 1, "encoder": 1, "cross+encoder": 1}  # noising, denoising
HALF = {"cross": 0.5, "encoder": 0.5, "cross+encoder": 1}
IN_PART = {"cross": 0.25, "cross+encoder": 0.9}, {"cross": 0.9, "encoder": 0.65, "cross+encoder": 0.9}
BOTH = ("cross", "encoder")


def intervened(
    shares,
    events=None,
    gives=None,
    others=None,
    heads=None,
    parts=None,
    noise=0.2,
    seed=1,
    pair=PAIR,
    prefix=False,
):
    """The log-odds of every word of class T.

    Args:
        shares: measure -> share of the minimal-pair effect that noising and knock-out take away, all heads together;
            others take 0.
        events: of a design.
        gives: measure -> share that denoising gives back; by default the same.
        others: measure -> share that the same takes away, and gives back, elsewhere.
        heads: (measure, layer, head) -> share, both ways; head None is the layer.
        parts: (measure, ``keys`` or ``values``) -> share, both ways.
        noise: deviation from word to word.
        pair: effect of the minimal pair.
        prefix: with the measures of a progressive process.
    """
    events = crossed(t=9, c=8, r=8, n=8) if events is None else events
    gives, others = shares if gives is None else gives, others or {}
    pairs = ["minimal-pair", *(["minimal-pair+prefix"] if prefix else [])]
    made = {Intervention(each, "trigger", method="input"): 1.0 for each in pairs}
    if prefix:
        made[Intervention("minimal-pair", "trigger", method="input")] = 0.5
    for kind in KINDS.values():
        if kind.role == "minimal pair" or ("decoder" in kind.name and not prefix):
            continue
        for method in kind.methods_made:
            own = (gives if method == "denoising" else shares).get(kind.name, 0)
            made[Intervention(kind.name, "trigger", method=method)] = own
            if kind.role != "total":
                made[Intervention(kind.name, "others", method=method)] = others.get(kind.name, 0)
            for (measure, layer, head), share in (heads or {}).items():
                if measure == kind.name:
                    one = Intervention(measure, "trigger", layer, head, method)
                    made |= {one: share, replace(one, place="others"): 0.0}
            for (measure, part), share in (parts or {}).items():
                if measure == kind.name and method != "knock-out":
                    one = Intervention(measure, "trigger", method=method, parts=part)
                    made |= {one: share, replace(one, place="others"): 0.0}
    rng, which, n = np.random.default_rng(seed), list(made), len(events.events)
    intact = INTACT + rng.normal(0, noise, n)
    effects = pair * np.array(list(made.values())) + rng.normal(0, noise, (n, len(which)))
    counterpart = intact - pair + rng.normal(0, noise, n)
    gives_back = np.array([one.method == "denoising" for one in which])
    log_odds = np.where(gives_back, counterpart[:, None] + effects, intact[:, None] - effects)
    log_odds[:, len(pairs) - 1] = counterpart
    controls = [event.item.target_class == "C" for event in events.events]
    for array in (intact, counterpart, log_odds):
        array[controls] = np.nan
    changes = log_odds < 0
    replaced = {event.item.id: "s" for event in events.events if event.item.cell == "TR"}
    return Interventions(
        events.events,
        *(intact.astype(np.float32), counterpart.astype(np.float32), which, log_odds.astype(np.float32)),
        *(changes, changes, np.isfinite(log_odds)),
        replaced,
    )


def analyzed(found, **how):
    """The study of these interventions."""
    return analyze_interventions(found, "nasals", "toy", **how)


def progressive(shares):
    """Of a process whose surface trigger the decoder has read: all that has a route of the shares has its share."""
    return {name: max(shares.get(r, 0) for r in KINDS[name].attention) for name in DIRECT} | shares


ALONE = {"cross": 1, "encoder": 1, "decoder": 1}


def spread(found, measure, deviation, seed=3):
    """Let what an interchange takes and gives differ from stem to stem."""
    rng = np.random.default_rng(seed)
    by_stem = {stem: rng.normal(0, deviation) for stem in dict.fromkeys(e.item.stem for e in found.events)}
    own = np.array([by_stem[event.item.stem] for event in found.events])
    for method, sign in (("noising", -1), ("denoising", 1)):
        found.log_odds[:, found.number(measure, "trigger", method=method)] += sign * own
    return found


def words(shares, n=8, **how):
    """The same for real words."""
    return intervened(shares, real_words(n), **how)


def seven_models():
    """Seven models compared: six use the trigger by cross-attention, with one head for .4 of it, one by the encoder."""
    shares = {"cross": 0.9, "cross+encoder": 1}
    found = {f"seed{n}": intervened(shares, seed=n, heads={("cross", 1, 1): 0.4, ("cross", 1, 2): 0}) for n in range(6)}
    found["other"] = intervened({"encoder": 0.5, "cross+encoder": 0.5}, seed=9)
    return compare_interventions(
        {name: (each, analyze_interventions(each, "nasals", "toy")) for name, each in found.items()}
    )
