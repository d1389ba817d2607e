"""Simulated attention is made of what was asked for, and a pilot's parts are found again."""

from dataclasses import replace

import numpy as np
import pytest

from fairseq_phonology.analysis.contrasts.estimates import contrast_of
from fairseq_phonology.analysis.contrasts.simulated import (
    Variances,
    simulated,
    simulated_design,
    simulated_of_words,
    simulated_words,
    variances_from,
)
from fairseq_phonology.analysis.events.measures import log_odds as measured

ONE = simulated_design((12, 12), (8, 8))
PARTS = ("stem_slope", "suffix_slope", "target_segment", "trigger_segment", "segment_pair", "residual")


def responses(variances, design=ONE, simulations=4000, effect=0.0):
    values = simulated(design, variances, effect, 1, simulations, np.random.default_rng(1))
    return contrast_of(design, values, "response")


@pytest.mark.parametrize(
    ("part", "variance"),
    [
        ("stem_slope", 2 / 12),
        ("suffix_slope", 2 / 8),
        ("target_segment", 1 / 3 + 1 / 2),
        ("trigger_segment", 1 / 2 + 1 / 8),
        ("segment_pair", (1 / 3 + 1 / 2) * (1 / 2 + 1 / 8)),
        ("residual", 4 / 96),
        ("stem", 0.0),
        ("suffix", 0.0),
    ],
)
def test_each_part_adds_to_the_variance_of_a_response_what_theory_says(part, variance):
    found = responses(Variances.only(**{part: 2.0}))
    assert found.mean() == pytest.approx(0, abs=0.12) and found.var() == pytest.approx(4 * variance, rel=0.1, abs=1e-9)


def test_classes_may_differ_in_their_slopes():
    values = simulated(ONE, Variances.only(suffix_slope=1.0, suffix_ratio=4.0), 0, 1, 2000, np.random.default_rng(1))
    slopes = values[ONE.undergoes].mean(0) - values[~ONE.undergoes].mean(0)
    deviations = [slopes[own].std() for own in (ONE.triggers, ~ONE.triggers)]
    assert deviations == pytest.approx([2.0, 0.5], rel=0.05)


def test_skewed_slopes_have_the_same_mean_and_deviation_and_a_tail_upward():
    values = simulated(ONE, Variances.only(stem_slope=1.0, skewed=True), 0, 1, 2000, np.random.default_rng(1))
    slopes = (values[:, ONE.triggers].mean(1) - values[:, ~ONE.triggers].mean(1)).ravel()
    assert slopes.mean() == pytest.approx(0, abs=0.05) and slopes.std() == pytest.approx(1, abs=0.05)
    assert ((slopes - slopes.mean()) ** 3).mean() > 1.5


def test_an_effect_is_in_the_first_head_alone():
    variances = Variances.only(residual=0.1)
    values = simulated(ONE, variances, 3.0, 4, 5, np.random.default_rng(1))
    found = contrast_of(ONE, values, "response").reshape(5, 4)
    assert found[:, 0] == pytest.approx(3, abs=0.2) and np.abs(found[:, 1:]).max() < 0.2


def test_heads_correlate_as_asked():
    values = simulated(ONE, Variances.only(residual=1.0, correlation=0.6), 0, 2, 1000, np.random.default_rng(1))
    assert np.corrcoef(values.reshape(-1, 2).T)[0, 1] == pytest.approx(0.6, abs=0.02)


@pytest.mark.parametrize(("mass", "effect"), [(0.05, 0.0), (0.5, 2.0), (0.98, 1.0)])
def test_a_level_is_the_mass_of_a_typical_word_of_tr(mass, effect):
    variances = replace(Variances.only(salience=1.0, inspection=0.5, target=2.0).at(mass, effect))
    values = simulated(ONE, variances, effect, 1, 1, np.random.default_rng(1))
    assert ONE.cell_means(variances.mass(values))["TR"] == pytest.approx([mass])


def test_log_odds_and_mass_are_those_of_a_softmax():
    """Trigger, target, two others and EOS, by hand: what is measured in a dump is what is simulated."""
    scores = np.array([1.3, -0.4, 0.2, 0.9, 2.0])  # trigger, target, others, EOS
    weights = np.exp(scores) / np.exp(scores).sum()
    others = np.log(np.exp(scores[2:4]).sum())
    variances = Variances.only(target=scores[1] - others)
    found = measured(weights[None, None, None], 4, [0], [1])
    assert found == pytest.approx(scores[0] - others)
    assert variances.mass(found) == pytest.approx(weights[0] / weights[:4].sum())


def test_real_words_vary_as_a_crossed_design_with_one_unit_a_word():
    design = simulated_words(40)
    for part, variance in (("stem_slope", 2.0), ("suffix_slope", 2.0), ("residual", 4.0)):
        values = simulated_of_words(design, Variances.only(**{part: 1.0}), 1.5, 1, 500, np.random.default_rng(1))
        doubled = values[:, 0] - values[:, 1] - values[:, 2] + values[:, 3]
        assert doubled.mean() == pytest.approx(1.5, abs=0.1) and doubled.var() == pytest.approx(variance, rel=0.05)


def test_real_words_share_segments_unequally():
    design = simulated_words(60)
    sizes = sorted((design.row_segments.count(each) for each in set(design.row_segments)), reverse=True)
    assert (
        len(sizes) == 8 and sizes[0] >= 3 * sizes[-1] and {len(set(each)) for each in design.cell_segments[1:3]} == {2}
    )
    shared = simulated_of_words(design, Variances.only(segment_pair=1.0), 0, 1, 300, np.random.default_rng(1))
    same = [
        n
        for n, each in enumerate(zip(*design.cell_segments, strict=True))
        if each == tuple(s[0] for s in design.cell_segments)
    ]
    assert len(same) > 1 and (shared[same] == shared[0]).all()


def test_the_parts_of_a_pilot_are_found_again():
    known = Variances(-1.5, 2.0, 0.5, -1.0, 0.8, 0.6, 0.4, 0.3, 0.5, 0.6, 0.3, 0.5, 0.4)
    design = simulated_design((60, 60), (40, 40), (6, 4, 4, 8))
    values = simulated(design, known, 0, 100, 1, np.random.default_rng(4)).reshape(design.index.size, 100)
    found = variances_from(design, values, known.mass(values))
    for name in ("level", "salience", "inspection"):
        assert getattr(found, name) == pytest.approx(getattr(known, name), abs=0.3)
    for name in ("target", "stem", "suffix", *PARTS, "correlation"):
        assert getattr(found, name) == pytest.approx(getattr(known, name), abs=0.06)


def test_heads_that_do_not_attend_are_left_aside():
    design = simulated_design((8, 8), (8, 8))
    rng = np.random.default_rng(1)
    near, far = (
        simulated(design, Variances.only(level=level, residual=residual), 0, 6, 1, rng)
        for level, residual in ((0.0, 0.5), (-12.0, 3.0))
    )
    values = np.concatenate([near, far], 2).reshape(design.index.size, 12)
    found = variances_from(design, values, Variances.only().mass(values))
    assert found.residual == pytest.approx(0.5, abs=0.05) and found.level > -1


def test_a_pilot_without_variance_has_none():
    design = simulated_design((4, 4), (4, 4), (1, 1, 1, 1))
    values = np.full((64, 3), -1.0)
    found = variances_from(design, values, Variances.only().mass(values))
    assert found == replace(Variances.only(level=-1.0), target=pytest.approx(0))


def test_units_with_a_segment_each_count_as_units():
    design = simulated_design((10, 10), (8, 8), (10, 10, 8, 8))
    values = simulated(design, Variances.only(stem_slope=0.8, residual=0.2), 0, 50, 1, np.random.default_rng(1))
    values = values.reshape(design.index.size, 50)
    found = variances_from(design, values, Variances.only().mass(values))
    assert found.stem_slope == pytest.approx(0.8, abs=0.08) and found.target_segment == 0


def test_segments_of_triggers_may_be_as_unequal():
    design = simulated_words(100, most=(0.9, 0.7))
    assert design.column_segments.count("R0") == 90 and design.column_controls.count("N0") == 70
    assert {design.row_segments.count(each) for each in set(design.row_segments)} != {100 // 8}
