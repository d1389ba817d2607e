"""The choice of a head does not flatter it: numbers by hand, and a null under which halves of stems would not do."""

import numpy as np
import pytest

from fairseq_phonology.analysis.contrasts.simulated import Variances, simulated, simulated_design
from fairseq_phonology.analysis.events.events import Head, head_names
from fairseq_phonology.analysis.models.held_out import units_of
from fairseq_phonology.analysis.statistics.splits import (
    SPLITS,
    Units,
    choose_and_measure,
    halves,
    hold_out,
    split_halves,
)

GRID = simulated_design((2, 2), (2, 2), segments=(1, 1, 1, 1))


def one_word_of_eight():
    """Head 0: one TR word of 8, else nothing. Head 1: every TR word of 1.  # -> rows x columns x heads"""
    values = np.zeros((4, 4, 2))
    values[0, 0, 0] = 8
    values[:2, :2, 1] = 1
    return values


def test_by_hand():
    """The part with the 8 takes head 0, which the opposite part measures: 0. The other three measure head 1: 1."""
    held = hold_out({"logit": one_word_of_eight()}, "logit", ["1.1", "1.2"], *units_of(GRID), splits=7)
    assert held.estimate["logit"] == pytest.approx(0.75)
    assert held.chosen == pytest.approx({"1.2": 0.75, "1.1": 0.25})
    assert list(held.chosen) == ["1.2", "1.1"] and held.head == "1.2"


def test_by_hand_with_halves_of_the_rows_only():
    """The half with the 8 takes head 0 (8 / 2 > 1), which the other half measures: 0; that one takes head 1: 1."""
    rows, columns = units_of(GRID)
    halved = split_halves(rows, columns, 7, halve_columns=False)
    estimate, _ = choose_and_measure({"logit": one_word_of_eight()}, "logit", rows, columns, halved)
    assert estimate["logit"] == pytest.approx([0.5])


def test_the_scale_of_the_choice_is_not_that_of_the_measure():
    mass = one_word_of_eight()[..., ::-1]
    held = hold_out({"logit": one_word_of_eight(), "mass": mass}, "logit", ["a", "b"], *units_of(GRID))
    # measured: head 1 of mass, the 8, in the part that has it; in two of the other parts nothing; there head 0: 1
    assert held.estimate["mass"] == pytest.approx((8 + 0 + 0 + 1) / 4)


def test_real_words_by_hand():
    """Two of class p, one half each: what the one chooses, the other measures."""
    words = Units(np.ones(2), ["p", "p"])
    held = hold_out({"logit": np.array([[3.0, 1.0], [0.0, 5.0]])}, "logit", ["a", "b"], words, None, splits=3)
    assert held.estimate["logit"] == pytest.approx((0 + 1) / 2)
    assert held.by_word["logit"] == pytest.approx([1, 0])


def test_values_of_words_are_those_of_the_heads_that_they_measure():
    held = hold_out({"logit": one_word_of_eight()}, "logit", ["a", "b"], *units_of(GRID), splits=1)
    # the 8 is never seen in the head that it chose
    assert held.by_word["logit"].max() == 1
    assert held.by_word["logit"][:2, :2].sum() == pytest.approx(3)


def test_enough_splits():
    """What is left of the chance of the split: by the seed, the response of a model without one."""
    grid = simulated_design((8, 8), (6, 6))
    values = {"logit": simulated(grid, Variances(), 0.0, 12, 1, np.random.default_rng(1))}
    found = [
        hold_out(values, "logit", list("abcdefghijkl"), *units_of(grid), seed=n).estimate["logit"] for n in range(8)
    ]
    assert SPLITS >= 500 and np.std(found) < 0.05


def test_halves_are_alike_in_class_and_segment():
    units = Units(np.repeat([1.0, -1.0], 8), ["p", "p", "t", "t", "k", "k", "k", "k", *"mmmmŋŋŋŋ"])
    for half in halves(units, 30, np.random.default_rng(1)):
        chosen = [stratum for stratum, taken in zip(units.strata, half, strict=True) if taken]
        assert {s: chosen.count(s) for s in "ptkmŋ"} == {"p": 1, "t": 1, "k": 2, "m": 2, "ŋ": 2}


def test_odd_numbers_go_to_either_half():
    units = Units(np.ones(5), ["p", "p", "p", "t", "t"])
    sizes = {int(half.sum()) for half in halves(units, 60, np.random.default_rng(1))}
    assert sizes == {2, 3}


def test_the_same_seed_gives_the_same_numbers():
    grid = simulated_design((6, 6), (6, 6))
    values = {"logit": simulated(grid, Variances(), 0.0, 4, 1, np.random.default_rng(1))}
    first, again, other = (hold_out(values, "logit", list("abcd"), *units_of(grid), seed=s) for s in (1, 1, 2))
    assert first.estimate == again.estimate and first.low == again.low
    assert first.estimate != other.estimate


@pytest.mark.parametrize(
    ("what", "slopes"),
    [
        pytest.param("suffix_slope", "class x suffix interaction", id="suffixes"),
        pytest.param("stem_slope", "stem slopes", id="stems"),
    ],
)
def test_no_bias_where_units_differ(what, slopes):
    grid, heads = simulated_design((8, 8), (8, 8)), 6
    variances = Variances.only(residual=0.3)
    variances = type(variances)(**{**vars(variances), what: 1.0})
    logit = simulated(grid, variances, 0.0, heads, 200, np.random.default_rng(3))
    rows, columns = units_of(grid)
    found = {}
    for both in (True, False):
        halved = split_halves(rows, columns, 6, 1, halve_columns=both)
        found[both] = choose_and_measure({"logit": logit}, "logit", rows, columns, halved, heads)[0]["logit"].mean()
    assert abs(found[True]) < 0.1, slopes
    # what a suffix does by chance is in both halves of the stems
    assert (found[False] > 0.4) == (what == "suffix_slope")


def test_the_interval_lies_around_the_estimate():
    grid = simulated_design((10, 10), (8, 8))
    logit = simulated(grid, Variances(), 3.0, 4, 1, np.random.default_rng(2))
    held = hold_out({"logit": logit}, "logit", list("abcd"), *units_of(grid))
    assert held.head == "a"
    assert held.low["logit"] < held.estimate["logit"] < held.high["logit"]
    assert held.low["logit"] < 3 < held.high["logit"]


def test_names_say_the_kind_where_there_are_several():
    cross, decoder = Head("cross", "decision", 2, 1), Head("decoder", "decision", 1, 3)
    assert head_names([cross]) == ["2.1"]
    assert head_names([cross, decoder]) == ["cross 2.1", "decoder 1.3"]
