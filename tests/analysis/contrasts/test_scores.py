"""Heads whose scores are given, key by key: the verdict each was built for, at either limit of mass and between."""

import numpy as np
import pytest

from fairseq_phonology.analysis.contrasts.tests import test_contrast
from fairseq_phonology.analysis.design.crossing import design_of
from fairseq_phonology.analysis.events.events import Head
from fairseq_phonology.analysis.events.measures import measure
from tests.helpers.designed import crossed

CONTRASTS = ("response", "inspection", "salience")
HEAD = [Head("cross", "decision", 1, 1)]


def weighed(scores, design):
    """Log-odds and mass from the scores of a query's keys: target, trigger, others.  # events x keys x heads"""
    weights = np.exp(scores) / np.exp(scores).sum(1, keepdims=True)
    with_eos = np.concatenate([weights, np.zeros_like(weights[:, :1])], 1)
    found = measure(with_eos.swapaxes(1, 2)[:, None], -1, [1] * len(weights), [0] * len(weights))
    return {contrast: test_contrast(design, HEAD, found.log_odds[:, 0], found.mass[:, 0], contrast)
            for contrast in CONTRASTS}  # fmt: skip


def scored(**added):
    """Scores of six keys, target and trigger the first two, in a design of 15 + 15 stems x 8 + 8 suffixes; every stem,
    every suffix and every word has scores of its own.

    Args:
        added: ``target`` or ``trigger`` -> what stands in its score, by cell.
    """
    events = crossed(t=15, c=15, r=8, n=8)
    rng = np.random.default_rng(1)
    scores = rng.normal(0, 0.5, (len(events.events), 6, 1))
    units = {unit: dict.fromkeys(getattr(e.item, unit) for e in events.events) for unit in ("stem", "suffix")}
    for unit, names in units.items():
        own = {name: rng.normal(0, 0.4) for name in names}
        scores[:, 1, 0] += [own[getattr(e.item, unit)] for e in events.events]
    for key, by_cell in added.items():
        at = ("target", "trigger").index(key)
        scores[:, at, 0] += [by_cell.get(e.item.cell, 0) for e in events.events]
    return weighed(scores, design_of(events.items))


R = ("TR", "CR")


@pytest.mark.parametrize("strength", [3, 7, 9])
def test_a_head_drawn_to_the_triggers_kind_is_called_salient_alone(strength):
    """Control targets of that kind share the query with the trigger: mass responds, and inspects, for no reason."""
    found = scored(trigger=dict.fromkeys(R, strength), target=dict.fromkeys(("CR", "CN"), strength))
    assert found["response"].estimate["mass"][0] > 0.1 and found["inspection"].estimate["mass"][0] > 0.1
    assert [bool(family.claim[0]) for family in found.values()] == [False, False, True]
    assert found["response"].p[0] > 0.05 and found["inspection"].p[0] > 0.05


@pytest.mark.parametrize("gone", [4, 8])
def test_a_target_that_the_encoder_resolved_gives_its_mass_away_and_is_no_response(gone):
    """The score of the trigger never changes; in TR the target, which is a nasal by then, no longer draws the head."""
    cells = {"TR": 4.0 - gone, "TN": 4.0, "CR": 4.0, "CN": 4.0}
    found = scored(target=cells, trigger=dict.fromkeys(cells, 3.0))["response"]
    assert found.estimate["mass"][0] > 0.2 and abs(found.estimate["log_odds"][0]) < 0.5
    assert found.p[0] > 0.05 and not found.claim[0]


@pytest.mark.parametrize("level", [-9, 4, 8])
def test_effects_that_add_near_a_limit_of_mass_are_no_response(level):
    """Both draw to the trigger, from a mass of .0001 or over .9: no limit turns what adds into an interaction."""
    cells = {"TR": level + 1.5, "TN": level + 2.5, "CR": level - 1.0, "CN": float(level)}
    found = scored(trigger=cells)
    assert found["response"].p[0] > 0.05 and not found["response"].claim[0]
    assert found["inspection"].p[0] < 0.01 and abs(found["response"].estimate["log_odds"][0]) < 0.5


@pytest.mark.parametrize("level", [-3, 0, 2])
def test_a_response_is_found_wherever_the_level_is(level):
    """Also where TR is close to 1, as long as it is .05 of mass more."""
    assert scored(trigger=dict.fromkeys(("TR", "TN", "CR", "CN"), float(level)) | {"TR": level + 3.0})[
        "response"
    ].claim[0]


def test_a_response_near_saturation_is_found_where_the_target_gains_too():
    """In TR the target's own score rises as much as the trigger's, so that mass hardly tells."""
    found = scored(trigger={"TR": 3.0, "TN": 0.0, "CR": 0.0, "CN": 0.0}, target={"TR": 2.0})["response"]
    assert found.claim[0]
    high = scored(
        trigger={"TR": 8.0, "TN": 5.0, "CR": 5.0, "CN": 5.0}, target=dict.fromkeys(("TR", "TN", "CR", "CN"), 3)
    )
    assert high["response"].claim[0] and high["response"].cell_means["TR"][0] > 0.95


@pytest.mark.parametrize("drop", [2, 6])
def test_a_trigger_that_lowers_the_key_of_any_target_is_no_response(drop):
    """In T and C alike, from a target that holds most of the weight: the mass gained differs, the log-odds do not."""
    cells = {"TR": 5.0 - drop, "TN": 5.0, "CR": 2.0 - drop, "CN": 2.0}
    found = scored(target=cells, trigger=dict.fromkeys(cells, 2.0))["response"]
    assert found.estimate["mass"][0] > 0.05 and found.p[0] > 0.05 and not found.claim[0]


def test_a_query_that_is_sharper_after_triggers_is_no_response():
    """All scores are multiplied in R, whatever the target."""
    events = crossed(t=15, c=15, r=8, n=8)
    rng = np.random.default_rng(2)
    scores = rng.normal(0, 0.5, (len(events.events), 6, 1))
    scores[:, 1] += 1
    scores[:, 0] += np.array([1.5 * (e.item.target_class == "T") for e in events.events])[:, None]
    scores *= np.array([3.0 if e.item.trigger_class == "R" else 1.0 for e in events.events])[:, None, None]
    found = weighed(scores, design_of(events.items))
    assert found["response"].p[0] > 0.05 and not found["response"].claim[0] and found["salience"].p[0] < 0.05
