"""The choice of a head does not flatter it: numbers by hand, and a null under which shared segments would not do."""

import numpy as np
import pytest

from fairseq_phonology.analysis.contrasts.simulated import Variances, simulated, simulated_design
from fairseq_phonology.analysis.events.events import Head, head_names
from fairseq_phonology.analysis.models.held_out import halves_of
from fairseq_phonology.analysis.statistics.splits import (
    SPLITS,
    Units,
    choose_and_measure,
    hold_out,
    split_crossed,
    split_words,
    values_of_words,
)

SIGNS = np.array([1.0, 1, -1, -1])
ROWS, COLUMNS = Units(SIGNS, "ptmŋ"), Units(SIGNS, "mnsf")
HALVES = split_crossed(ROWS, COLUMNS)
CELLS = np.array([1.0, -1, -1, 1])


def one_word_of_eight():
    """Head 0: one TR word of 8, else nothing. Head 1: every TR word of 1.  # -> rows x columns x heads"""
    values = np.zeros((4, 4, 2))
    values[0, 0, 0] = 8
    values[:2, :2, 1] = 1
    return values


def test_weights_of_units_are_those_of_a_difference_of_means():
    units = Units(np.array([1.0, 1, 1, -1, -1]), "ptkmŋ")
    assert units.weights() == pytest.approx([1 / 3, 1 / 3, 1 / 3, -1 / 2, -1 / 2])
    assert units.weights(np.array([True, False, True, True, False])) == pytest.approx([1 / 2, 0, 1 / 2, -1, 0])
    assert units.classes == [["p", "t", "k"], ["m", "ŋ"]]


def test_by_hand():
    """The part with the 8 takes head 0, which the opposite part measures: 0. The other three measure head 1: 1."""
    values = one_word_of_eight()
    never = np.where(np.outer(SIGNS, SIGNS) > 0, -1.0, 1.0)[..., None]
    held = hold_out({"log_odds": np.concatenate([values, never], 2)}, "log_odds", ["1.1", "1.2", "1.3"], HALVES)
    assert held.splits == 4
    assert held.estimate["log_odds"] == pytest.approx(0.75)
    assert held.chosen == pytest.approx({"1.2": 0.75, "1.1": 0.25})
    assert list(held.chosen) == ["1.2", "1.1"] and held.head == "1.2"


def test_a_part_measures_what_the_part_opposite_on_both_sides_chose():
    values = np.random.default_rng(7).normal(size=(4, 4, 6))
    means, heads = choose_and_measure({"log_odds": values}, "log_odds", HALVES, 3)
    assert heads.shape == (2, 4, 2, 2)
    for family, of in enumerate((values[..., :3], values[..., 3:])):
        measured = []
        for split, a, b in np.ndindex(4, 2, 2):
            own, other = (
                np.einsum("r,rch,c->h", HALVES.rows[split, row], of, HALVES.columns[split, column])
                for row, column in ((a, b), (1 - a, 1 - b))
            )
            assert heads[family, split, a, b] == other.argmax()
            measured.append(own[other.argmax()])
        assert means["log_odds"][family] == pytest.approx(np.mean(measured))


def test_the_scale_of_the_choice_is_not_that_of_the_measure():
    values = {"log_odds": one_word_of_eight(), "mass": one_word_of_eight()[..., ::-1]}
    held = hold_out(values, "log_odds", ["a", "b"], HALVES)
    # measured: head 1 of mass, the 8, in the part that has it; in two of the other parts nothing; there head 0: 1
    assert held.estimate["mass"] == pytest.approx((8 + 0 + 0 + 1) / 4)


def test_values_of_words_are_those_of_the_heads_that_they_measure():
    held = hold_out({"log_odds": one_word_of_eight()}, "log_odds", ["a", "b"], HALVES)
    # the 8 is never seen in the head that it chose
    assert held.by_word["log_odds"].max() == 1
    assert held.by_word["log_odds"][:2, :2].sum() == pytest.approx(3)


def test_the_contrast_of_the_words_is_the_estimate_of_unequal_halves():
    """Three segments of T, of two, one and five stems; every part weighs the same, and so does every class in it."""
    rows = Units(np.repeat([1.0, -1.0], [8, 3]), ["p", "p", "t", *"kkkkk", *"mmŋ"])
    columns = Units(np.repeat([1.0, -1.0], [3, 4]), ["m", "m", "n", *"ssff"])
    halves = split_crossed(rows, columns)
    values = np.random.default_rng(1).normal(size=(11, 7, 5))
    held = hold_out({"log_odds": values}, "log_odds", list("abcde"), halves)
    means, _ = choose_and_measure({"log_odds": values}, "log_odds", halves)
    assert held.estimate["log_odds"] == pytest.approx(float(means["log_odds"][0]))
    assert held.estimate["log_odds"] == pytest.approx(rows.weights() @ held.by_word["log_odds"] @ columns.weights())


def test_whole_segments_of_every_class_go_to_one_half():
    rows = Units(np.repeat([1.0, -1.0], [6, 4]), [*"pptkkk", *"mmŋŋ"])
    halves = split_crossed(rows, COLUMNS)
    members = halves.rows != 0
    assert (members[:, 0] ^ members[:, 1]).all()
    for own in members[:, 0]:
        assert len({(segment, bool(is_one)) for segment, is_one in zip(rows.segments, own, strict=True)}) == 5
    assert all((half[:6].any() and half[6:].any()) for split in members for half in split)


@pytest.mark.parametrize(
    ("rows", "columns", "splits"),
    [
        pytest.param([3, 2], [2, 8], 6 * 70, id="Korean"),
        pytest.param([2, 2], [2, 2], 4, id="the fewest"),
        pytest.param([3], [2], 3, id="one cell"),
        pytest.param([6, 6], [6, 6], SPLITS, id="many: random ones"),
    ],
)
def test_all_distinct_splits_or_random_ones(rows, columns, splits):
    sides = []
    for sizes in (rows, columns):
        names = [f"{letter}{k}" for letter, n in zip("ab"[: len(sizes)], sizes, strict=True) for k in range(n)]
        sides.append(Units(np.repeat([1.0, -1.0][: len(sizes)], sizes), names))
    halves = split_crossed(*sides)
    assert len(halves.rows) == len(halves.columns) == splits
    if splits < SPLITS:
        both = zip(halves.rows, halves.columns, strict=True)
        parts = {frozenset(a.tobytes() + b.tobytes() for a in row for b in column) for row, column in both}
        assert len(parts) == splits


def test_a_class_of_one_segment_cannot_be_divided():
    assert split_crossed(Units(SIGNS, "ppmŋ"), COLUMNS) is None
    assert split_words([["pppp", "mŋmŋ"], ["mnmn", "sfsf"]], CELLS) is None


def test_real_words_by_hand():
    """Two words of one half each: what the one chooses, the other measures. A word of both halves is in no part."""
    segments = [["pt" * 2 + "p", "mŋ" * 2 + "ŋ"], ["mmnnm", "ssffs"]]
    halves = split_words(segments, CELLS)
    values = np.zeros((5, 4, 2))
    values[:, 0] = [[3, 1], [0, 5], [2, 0], [4, 6], [9, 9]]  # double differences, in cell TR
    held = hold_out({"log_odds": values}, "log_odds", ["a", "b"], halves)
    by_word = held.by_word["log_odds"] @ CELLS
    # the first word and the fourth are opposite: 3 chooses a, of which the other has 4; 6 chooses b, of which it has 1
    assert by_word[:4] == pytest.approx([1, 0, 0, 4]) and np.isnan(by_word[4])
    assert held.estimate["log_odds"] == pytest.approx(np.mean([1, 0, 0, 4]))


def test_values_of_real_words_are_their_means_over_the_parts_that_they_are_in():
    rng = np.random.default_rng(8)
    segments = [
        [rng.choice(list("ptk"), 30), rng.choice(list("mŋ"), 30)],
        [rng.choice(list(own), 30) for own in ("mn", "sf")],
    ]
    halves = split_words([[list(own) for own in side] for side in segments], CELLS)
    assert halves.rows.sum(2) == pytest.approx(np.ones(halves.rows.shape[:2]))
    assert ((halves.rows > 0) == halves.members).all() and (halves.members.sum(2) > 1).any()
    values = rng.normal(size=(30, 4, 3))
    _, (heads,) = choose_and_measure({"log_odds": values}, "log_odds", halves)
    found = values_of_words(values, heads, halves)
    for word in range(30):
        parts = [heads[split, half, 0] for split, half in np.argwhere(halves.members[:, :, word])]
        expected = values[word][:, parts].mean(1) if parts else np.full(4, np.nan)
        np.testing.assert_allclose(found[word], expected)


def test_real_words_no_division_of_which_leaves_words_in_every_part():
    assert split_words([["ppt", "mŋm"], ["mnm", "sff"]], CELLS) is None


def test_the_seed_is_that_of_random_splits():
    sides = [Units(np.repeat([1.0, -1.0], 6), "abcdefghijkl") for _ in range(2)]
    first, again, other = (split_crossed(*sides, 20, seed) for seed in (1, 1, 2))
    assert (first.rows == again.rows).all() and (first.rows != other.rows).any()
    assert ((first.rows > 0).sum(2) == 3).all() and ((first.rows < 0).sum(2) == 3).all()


def test_of_an_odd_number_of_segments_either_half_may_be_the_larger():
    sides = [Units(np.repeat([1.0, -1.0], 9), "abcdefghijklmnopqr") for _ in range(2)]
    for sign in (1, -1):
        sizes = (sign * split_crossed(*sides, 20).rows > 0).sum(2)
        assert set(map(tuple, sizes.tolist())) == {(4, 5), (5, 4)}


def test_no_bias_where_segments_differ():
    grid, heads = simulated_design((8, 8), (8, 8)), 6
    variances = Variances(*[0.0] * 7, residual=0.3, correlation=0.0)
    log_odds = simulated(grid, variances, 0.0, heads, 200, np.random.default_rng(3))
    rng = np.random.default_rng(4)
    units = list(zip(grid.undergoes.tolist(), grid.row_segments, strict=True))
    of_segments = {key: rng.normal(size=log_odds.shape[2]) for key in units}
    slopes = np.array([of_segments[key] for key in units])
    log_odds += slopes[:, None] * (grid.triggers[:, None] - 0.5)
    held = choose_and_measure({"log_odds": log_odds}, "log_odds", halves_of(grid), heads)[0]["log_odds"]
    assert abs(held.mean()) < 0.15


def test_the_interval_lies_around_the_estimate():
    grid = simulated_design((10, 10), (8, 8))
    log_odds = simulated(grid, Variances(), 3.0, 4, 1, np.random.default_rng(2))
    held = hold_out({"log_odds": log_odds}, "log_odds", list("abcd"), halves_of(grid))
    assert held.head == "a"
    assert held.low["log_odds"] < held.estimate["log_odds"] < held.high["log_odds"]
    assert held.low["log_odds"] < 3 < held.high["log_odds"]


def test_names_say_the_kind_where_there_are_several():
    cross, decoder = Head("cross", "decision", 2, 1), Head("decoder", "decision", 1, 3)
    assert head_names([cross]) == ["2.1"]
    assert head_names([cross, decoder]) == ["cross 2.1", "decoder 1.3"]
