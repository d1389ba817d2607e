"""Simulated designs: the variances are those that were asked for, effects are found, and nothing else is."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from fairseq_phonology.analysis.contrasts.power import (
    Variances,
    lines_of_crossed,
    lines_of_words,
    p_and_claims,
    power,
    power_of_words,
    power_table,
    simulated,
    simulated_design,
    variances_from,
)

BARE = Variances(0, 0, 0, 0, 0, 0, 0, residual=0.5, correlation=0.3)


def rates(variances, contrast="response", simulations=300, heads=12, design=((16, 16), (8, 8))):
    """Number of simulations with any head significant, by test, and with any claim."""
    grid = simulated_design(*design)
    logit = simulated(grid, variances, 0, heads, simulations, np.random.default_rng(1))
    p, claims = p_and_claims(grid, logit, heads, 499, 1, contrast)
    return {test: (each < 0.05).any(1).sum() for test, each in p.items()}, claims.any(1).sum()


LOW, HIGH = stats.binom.ppf([0.0001, 0.9999], 300, 0.05)


@pytest.mark.parametrize(
    ("variances", "contrast", "tests"),
    [
        (BARE, "response", ("stems", "suffixes")),
        (replace(BARE, salience=2), "response", ("stems", "suffixes")),
        (replace(BARE, stem=1, suffix=1), "response", ("stems", "suffixes")),
        (replace(BARE, suffix_slope=0.5), "response", ("suffixes",)),
        (replace(BARE, stem_slope=0.5), "response", ("stems",)),
        (replace(BARE, salience=2, suffix=1), "inspection", ("stems",)),
        (replace(BARE, inspection=2, stem=1), "salience", ("suffixes",)),
    ],
    ids=["position", "salience", "stems and suffixes", "class x suffix", "stem slopes", "inspection", "salience's own"],
)
def test_error_rates_under_the_nulls_stay_near_the_level(variances, contrast, tests):
    found, claims = rates(variances, contrast)
    assert all(LOW <= found[f"{test}_logit"] <= HIGH for test in tests) and claims <= HIGH


def test_the_test_over_stems_alone_fails_under_class_x_suffix_interaction():
    """Why a claim needs both: this is what one of them alone would claim."""
    found, claims = rates(replace(BARE, stem=0.5, suffix=0.5, suffix_slope=0.5))
    assert found["stems_logit"] > 150 and claims <= HIGH


def test_both_tests_together_fail_where_stems_and_suffixes_have_slopes_and_the_claim_does_not():
    design = ((8, 8), (8, 8))
    grid = simulated_design(*design)
    variances = replace(BARE, stem_slope=1, suffix_slope=1)
    logit = simulated(grid, variances, 0, 12, 600, np.random.default_rng(3))
    p, claims = p_and_claims(grid, logit, 12, 499, 1)
    own = np.maximum(p["stems_logit"], p["suffixes_logit"])
    assert (own < 0.05).any(1).mean() > 0.07 and claims.any(1).mean() < 0.05


def test_a_mass_pushed_by_salience_is_no_claim():
    found, claims = rates(replace(BARE, level=-3, salience=3, inspection=1))
    assert found["stems_mass"] > 250 and found["suffixes_mass"] > 250 and claims <= HIGH


def test_a_large_effect_is_claimed_and_the_other_heads_are_not():
    found = power((16, 16), (8, 8), 3, simulations=100, n_permutations=199)
    assert found.claims > 0.9 and found.false_claims < 0.15
    assert set(found.tests) == {f"{u}_{s}" for u in ("stems", "suffixes", "both") for s in ("mass", "logit")}


def test_power_grows_with_effect_stems_and_suffixes():
    rows = {
        row[:3]: row[3].claims for row in power_table((8, 24), (4, 12), (0.4, 1), simulations=150, n_permutations=199)
    }
    assert rows[8, 4, 0.4] < rows[24, 12, 0.4] < rows[24, 12, 1] and rows[8, 4, 1] < rows[8, 12, 1]


def test_a_progressive_design_names_its_units():
    (row,) = power_table((12,), (4,), (2,), simulations=50, n_permutations=199, row_unit="suffixes",
                         variances=Variances(stem=0.1, stem_slope=2.0, suffix_slope=0))  # fmt: skip
    found = row[3].tests  # the units that carry the target, four suffixes a class, differ in their response
    assert found["suffixes_logit"] < found["stems_logit"]


def test_real_words():
    few, many = (power_of_words(n, 0.5, simulations=200, n_permutations=199) for n in (6, 60))
    assert few.claims < many.claims and many.false_claims < 0.12
    assert set(many.tests) == {"stems_mass", "stems_logit", "stems_odds"}


def test_the_same_seed_gives_the_same_power_and_another_another():
    one, two, other = (power((8, 8), (4, 4), 0.7, simulations=100, n_permutations=99, seed=s) for s in (1, 1, 2))
    assert one == two != other


def test_progress_is_told():
    done = []
    power((8, 8), (4, 4), 0.5, simulations=130, n_permutations=99, tick=done.append)
    assert sum(done) == 130


def test_variances_of_a_pilot_are_found_again():
    known = Variances(-1.5, 2.0, 0.5, 0.8, 0.6, 0.4, 0.3, 0.5, 0.4)
    grid = simulated_design((60, 60), (40, 40))
    logit = simulated(grid, known, 0, 24, 1, np.random.default_rng(4))
    found = variances_from(grid, logit.reshape(grid.index.size, 24))
    for name, value in known.__dict__.items():
        assert getattr(found, name) == pytest.approx(
            value, abs=0.3 if name in ("level", "salience", "inspection") else 0.1
        )


def test_a_pilot_without_variance_has_none():
    found = variances_from(simulated_design((4, 4), (4, 4)), np.full((64, 3), -1.0))
    assert found == Variances(-1, 0, 0, 0, 0, 0, 0, 0, 0)


def test_what_a_size_buys_is_said_in_a_few_lines():
    lines = lines_of_crossed((8, 8), (4, 4))
    assert lines[0] == "power: 8 T + 8 C crossed with 4 R + 4 N (128 words)"
    assert "a response of 0.25 / 0.5 / 1 / 2 logits in one of 12 heads is claimed in " in lines[1] and len(lines) <= 4
    assert lines_of_words(10)[0] == "power: 10 real words, each with its own 2 x 2"
