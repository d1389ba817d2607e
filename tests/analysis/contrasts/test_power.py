"""Power: no claims where there is no response, effects are found, and what prevents a claim is counted."""

from dataclasses import replace

import numpy as np
import pytest

from fairseq_phonology.analysis.contrasts.power import (
    lines_of_crossed,
    lines_of_words,
    power,
    power_of_words,
    power_table,
    rule_met,
)
from fairseq_phonology.analysis.contrasts.simulated import Variances, simulated, simulated_design
from fairseq_phonology.analysis.criteria import ATTENDS

BARE = Variances.only(residual=0.5, correlation=0.3)
UNITS = replace(Variances(), target_segment=0.0, trigger_segment=0.0, segment_pair=0.0)
QUICK = {"simulations": 100}


@pytest.mark.parametrize(
    "variances",
    [
        BARE,
        replace(BARE, salience=2.0),
        replace(BARE, level=-8.0, salience=6.0, inspection=4.0),
        replace(BARE, level=4.0, salience=-4.0, inspection=5.0),
        replace(BARE, stem_slope=1.0, suffix_slope=1.0),
        replace(UNITS, target_segment=2.0),
        replace(UNITS, trigger_segment=2.0),
        replace(UNITS, segment_pair=2.0),
    ],
    ids=["position", "salience", "near 0", "near 1", "slopes", "target segments", "trigger segments", "segment pairs"],
)
def test_without_a_response_there_is_hardly_ever_a_claim(variances):
    """.05 of 200: over 19 would be one in 1,000."""
    design = simulated_design((16, 16), (8, 8))
    log_odds = simulated(design, variances, 0, 12, 200, np.random.default_rng(1))
    met = rule_met(design, log_odds, variances.mass(log_odds), 12)
    claims = np.logical_and.reduce(list(met.values()))
    assert list(met) == [criterion.name for criterion in ATTENDS.simulated]
    assert claims.shape == (200, 12) and claims.any(1).sum() <= 19


def test_the_test_alone_fails_where_segments_differ():
    """Why a claim needs the segments: stems and suffixes that share them say nothing of others."""
    design = simulated_design((16, 16), (8, 8))
    log_odds = simulated(design, replace(UNITS, target_segment=2.0), 0, 12, 200, np.random.default_rng(1))
    met = rule_met(design, log_odds, UNITS.mass(log_odds), 12)
    assert met["Test"].any(1).mean() > 0.5


def test_a_large_effect_is_claimed_and_the_other_heads_are_not():
    found = power((16, 16), (8, 8), 5, replace(UNITS, target_segment=0.2), **QUICK)
    assert found.claims > 0.8 and found.false_claims < 0.1 and found.met["Enough units"] == 1


def test_few_units_are_described_whatever_the_effect():
    found = power((16, 16), (7, 8), 5, UNITS, **QUICK)
    assert found.claims == found.met["Enough units"] == 0 and found.met["Test"] > 0.9


def test_power_grows_with_effect_and_segments():
    options = {"variances": replace(Variances(), segment_pair=0.2), **QUICK}
    rows = {
        (segments[0], row[3]): row[4].claims
        for segments in ((3, 2, 2, 8), (6, 4, 4, 8))
        for row in power_table((24,), (8,), (1, 3), segments=segments, **options)
    }
    assert rows[3, 1] < rows[3, 3] and rows[6, 3] > rows[3, 3]


def test_near_0_the_mass_prevents_a_claim_and_half_way_it_does_not():
    low, middle = (row[4].met for row in power_table((16,), (8,), (1,), (0.01, 0.5), UNITS, **QUICK))
    mass = next(name for name in low if "mass" in name)
    assert low[mass] < 0.15 and middle[mass] > 0.9 and low["Test"] == pytest.approx(middle["Test"], abs=0.01)


def test_a_progressive_design_names_its_units():
    ((stems, suffixes, level, effect, found),) = power_table((30,), (8,), (2,), row_unit="suffixes", **QUICK)
    assert (stems, suffixes, level, effect) == (30, 8, 0.5, 2) and found.met["Test"] > 0.3


def test_real_words():
    few, many = (power_of_words(n, 4, replace(UNITS, target_segment=0.2), simulations=150) for n in (8, 60))
    assert few.claims < many.claims and many.false_claims < 0.1


def test_the_same_seed_gives_the_same_power_and_another_another():
    one, two, other = (power((8, 8), (8, 8), 3, UNITS, seed=seed, **QUICK) for seed in (1, 1, 2))
    assert one == two != other


def test_progress_is_told():
    done = []
    power((8, 8), (8, 8), 0.5, simulations=130, tick=done.append)
    assert sum(done) == 130


def test_what_a_size_buys_is_said_in_a_few_lines():
    lines = lines_of_crossed((16, 16), (8, 8), (3, 2, 2, 8))
    assert lines[0] == "power: 16 T + 16 C crossed with 8 R + 8 N (512 words)" and len(lines) == 4
    assert "half of the mass in TR, a response of 0.5 / 1 / 2 / 4 logits in one of 12 heads" in lines[1]
    assert lines_of_words(10)[0] == "power: 10 real words, each with its own 2 x 2"


def test_what_a_design_can_never_meet_is_said():
    lines = lines_of_crossed((8, 8), (4, 4), (3, 2, 2, 4))
    assert lines[4] == "  never met in these: there are 8 or more stems and suffixes of each class, or 8 words"
    assert any("segments random" in line for line in lines_of_crossed((8, 8), (8, 8), (1, 1, 2, 8))[4:])
