"""Measures by hand: one row at a time, then many at once, then rows at the edge of what is defined."""

import numpy as np
import pytest

from fairseq_phonology.analysis.events.measures import NAMES, log_odds, measure, renormalized, same_offset

ROW = [0.1, 0.2, 0.4, 0.1, 0.2]  # four segments and EOS


def one(row, eos=-1, trigger=2, center=1, regions=()):
    """The measures of one row of one head, as plain numbers."""
    made = measure(np.array(row, np.float32).reshape(1, 1, 1, -1), eos, [trigger], [center], regions)
    plain = {name: float(getattr(made, name)[0, 0, 0]) for name in NAMES}
    return plain, made.window[0, 0, 0], {name: float(array[0, 0, 0]) for name, array in made.regions.items()}


def test_by_hand():
    plain, window, _ = one(ROW)
    assert plain["mass"] == pytest.approx(0.5)  # .4 / .8
    assert plain["log_odds"] == pytest.approx(np.log(0.4 / (0.1 + 0.1)))  # without the target's .2 and EOS
    assert plain["raw_mass"] == pytest.approx(0.4) and plain["eos_mass"] == pytest.approx(0.2)
    # .5 over the geometric mean of 1/8, 1/4, 1/8, which is 2 ** (-8/3)
    assert plain["log_ratio"] == pytest.approx(np.log(0.5 * 2 ** (8 / 3)))
    assert plain["entropy"] == pytest.approx(0.5 * 1 + 0.25 * 2 + 2 * 0.125 * 3)
    np.testing.assert_allclose(window, [np.nan, np.nan, 0.125, 0.25, 0.5, 0.125, np.nan, 0.2], atol=1e-7)


def test_eos_first_as_in_the_decoder():
    plain, window, _ = one([0.2, 0.1, 0.2, 0.4, 0.1], eos=0, center=4)
    assert plain["mass"] == pytest.approx(0.5) and plain["eos_mass"] == pytest.approx(0.2)
    # the center itself is not yet there to be read
    np.testing.assert_allclose(window, [0.25, 0.5, 0.125, *[np.nan] * 4, 0.2], atol=1e-7)


def test_uniform_and_certain():
    assert one([0.2] * 5)[0]["entropy"] == pytest.approx(2)
    assert one([0.2] * 5)[0]["log_ratio"] == pytest.approx(0, abs=1e-6)
    certain = one([0, 0, 1, 0, 0])[0]
    assert certain["entropy"] == pytest.approx(0, abs=1e-6) and certain["mass"] == 1
    assert certain["log_ratio"] == pytest.approx(np.log(1e9))
    assert certain["log_odds"] == pytest.approx(np.log(1 / 2e-9))  # two others, each at its floor


def test_a_sink_that_takes_all_leaves_the_segments_equal():
    plain, window, _ = one([0, 0, 0, 0, 1])
    assert plain["mass"] == 0.25 and plain["entropy"] == pytest.approx(2) and plain["log_ratio"] == pytest.approx(0)
    assert plain["raw_mass"] == 0 and plain["eos_mass"] == 1 and window[3] == 0.25


def test_a_sink_that_takes_nearly_all_hides_nothing():
    plain = one([1e-7, 1e-7, 2e-7, 0, 1])[0]
    assert plain["mass"] == pytest.approx(0.5)


def test_a_word_of_one_segment():
    plain, window, _ = one([0.3, 0.7], trigger=0, center=0)
    assert (
        plain["mass"] == 1
        and plain["entropy"] == pytest.approx(0)
        and np.isnan([plain["log_ratio"], plain["log_odds"]]).all()
    )
    np.testing.assert_allclose(window, [*[np.nan] * 3, 1, *[np.nan] * 3, 0.7], atol=1e-7)


def test_regions_are_sums_and_absent_where_a_word_has_none():
    weights = np.array([ROW, ROW], np.float32).reshape(2, 1, 1, 5)
    regions = [{"preceding": [0], "syllable 0": [1, 2]}, {"syllable 0": [0, 1, 2, 3]}]
    found = measure(weights, -1, [2, 2], [1, 1], regions).regions
    np.testing.assert_allclose(found["preceding"].ravel(), [0.125, np.nan], atol=1e-7)
    np.testing.assert_allclose(found["syllable 0"].ravel(), [0.75, 1], atol=1e-7)


def test_many_rows_are_measured_as_each_alone():
    rng = np.random.default_rng(1)
    weights = rng.dirichlet(np.ones(7), (5, 2, 3)).astype(np.float32)
    triggers, centers = rng.integers(0, 6, 5), rng.integers(0, 6, 5)
    whole = measure(weights, -1, triggers, centers)
    for n in range(5):
        for layer, head in np.ndindex(2, 3):
            plain, window, _ = one(weights[n, layer, head], trigger=triggers[n], center=centers[n])
            for name in NAMES:
                assert getattr(whole, name)[n, layer, head] == np.float32(plain[name])
            np.testing.assert_array_equal(whole.window[n, layer, head], window)
    assert whole.mass.dtype == whole.window.dtype == np.float32


@pytest.mark.parametrize(
    ("edges", "window"),
    [
        pytest.param([], [None, 0.1, 0.2, 0.1, 0.3, 0.2, 0.1], id="none"),
        pytest.param([3], [None, 0.1, 0.2, 0.1, 0.2, 0.1, None], id="after the center"),
        pytest.param([1, 4], [None, None, 0.1, 0.1, 0.3, 0.1, None], id="on both sides"),
        pytest.param([0, 1, 5], [None, None, None, 0.1, 0.3, 0.2, None], id="at the ends"),
    ],
)
def test_the_window_passes_over_edges(edges, window):
    """What an edge has of the mass stays its own: the other shares are as without it."""
    row = np.array([0.1, 0.2, 0.1, 0.3, 0.2, 0.1, 0.0], np.float32).reshape(1, 1, 1, 7)
    found = measure(row, -1, [5], [2], (), [edges]).window[0, 0, 0, :7]
    np.testing.assert_allclose(found, [np.nan if share is None else share for share in window], rtol=1e-6)


def test_the_same_offset_elsewhere():
    # three rows of three segments; the row of the decision is the first, the trigger is one to the right
    shares = renormalized(np.array([[[[9, 1, 0, 0], [1, 2, 5, 0], [0, 0, 8, 0], [4, 4, 0, 0]]]], float), -1)
    assert same_offset(shares, (0, 1, 2, None), 0, 1) == np.float32(5 / 8)  # row 2 has nothing to its right
    assert same_offset(shares, (0, 1, 2, None), 1, -1) == np.float32(0)  # row 2, column 1
    assert np.isnan(same_offset(shares, (0, None, 2, None), 0, 1)).all()


def odds(row, trigger, target, eos=-1):
    return log_odds(np.array(row, np.float32).reshape(1, 1, 1, -1), eos, [trigger], [target]).item()


@pytest.mark.parametrize(
    ("row", "trigger", "target", "eos", "wanted"),
    [
        pytest.param([0.2, 0.3, 0.1, 0.4], 1, 0, -1, 0.3 / 0.1, id="EOS and target apart"),
        pytest.param([0.4, 0.2, 0.3, 0.1], 1, 0, 0, 0.3 / 0.1, id="EOS first"),
        pytest.param([0.2, 0.3, 0.1, 0.4], 1, 7, -1, 0.3 / 0.3, id="target after the keys"),
        pytest.param([0.2, 0.3, 0.1, 0.4], 1, -1, -1, 0.3 / 0.3, id="target before the keys"),
        pytest.param([0.2, 0.3, 0.1, 0.4], 1, 1, -1, 0.3 / 0.3, id="insertion: the trigger is the center"),
        pytest.param([1.0, 3e-8, 1e-8, 0.0], 1, 0, -1, 3.0, id="the target takes nearly all"),
        pytest.param([0.0, 1.0, 0.0, 0.0], 1, 0, -1, 1e9, id="the trigger takes all"),
        pytest.param([0.0, 1.0, 0.0, 0.0, 0.0], 1, 0, -1, 0.5e9, id="the others are floored one by one"),
        pytest.param([0.1, 0.0, 0.9, 0.0], 1, 0, -1, 1e-9 / 0.9, id="the trigger has none"),
        pytest.param([0.0, 1e-12, 1e-30, 1.0], 1, 0, -1, 1.0, id="a sink that takes all"),
        pytest.param([1e-6, 2e-6, 1e-6, 1.0], 1, 0, -1, 2.0, id="a sink that takes nearly all"),
    ],
)
def test_log_odds_beside_the_target(row, trigger, target, eos, wanted):
    assert odds(row, trigger, target, eos) == pytest.approx(np.log(wanted), rel=1e-5, abs=1e-6)


def test_without_another_segment_there_are_no_log_odds():
    assert np.isnan(odds([0.4, 0.5, 0.1], 1, 0)) and np.isnan(odds([0.9, 0.1], 0, 5))
    assert odds([0.4, 0.5, 0.1], 1, 5) == pytest.approx(np.log(0.5 / 0.4), rel=1e-5)


@pytest.mark.parametrize("level", [-9, -6, 0, 6, 12])
def test_what_adds_to_the_score_of_the_trigger_adds_to_the_log_odds(level):
    """Open at both ends; and what the target gives or takes changes nothing."""
    for target in (0, 4, 9):
        one, more = (np.exp([target, level + added, 0.3, -0.2, 0.1]) for added in (0, 1.5))
        apart = odds(more / more.sum(), 1, 0) - odds(one / one.sum(), 1, 0)
        assert apart == pytest.approx(1.5, abs=1e-3)


def test_log_odds_of_many_queries_are_those_of_each():
    rng = np.random.default_rng(3)
    weights = rng.dirichlet(np.ones(6), (9, 2, 2)).astype(np.float32)
    triggers, targets = rng.integers(0, 5, 9), rng.integers(-1, 7, 9)
    whole = log_odds(weights, 2, triggers, targets)
    for n, layer, head in np.ndindex(whole.shape):
        segments = np.delete(weights[n, layer, head].astype(float), 2)
        others = [w for k, w in enumerate(segments) if k not in (triggers[n], targets[n])]
        assert whole[n, layer, head] == pytest.approx(np.log(segments[triggers[n]] / sum(others)), rel=1e-6)


def test_norms_at_the_trigger():
    """Norms 1 4 3 0 2, the last that of EOS: 3 at the trigger, 3 of 8."""
    weights = np.array(ROW, np.float32).reshape(1, 1, 1, 5)
    norms = np.array([1, 4, 3, 0, 2], np.float32).reshape(1, 1, 1, 5)
    found = measure(weights, -1, [2], [1], norms=norms)
    assert (found.norm.item(), found.norm_mass.item()) == (3, 0.375) and found.norm.dtype == np.float32
    assert found.norm_log_odds.item() == pytest.approx(np.log(3 / 1)), "beside the target's 4"
    assert found.mass == pytest.approx(0.5), "the weights stay what they were"
    first = measure(weights[..., ::-1], 0, [1], [2], norms=norms[..., ::-1])
    assert (first.norm.item(), first.norm_mass.item()) == (3, 0.375)
    nothing = measure(weights, -1, [2], [1], norms=0 * norms)
    assert (nothing.norm.item(), nothing.norm_mass.item()) == (0, 0.25)
    assert measure(weights, -1, [2], [1]).norm is None


def test_where_the_end_of_the_word_is_the_trigger_eos_is_a_position_among_the_others():
    plain, window, regions = one(ROW, eos=None, trigger=4, center=3, regions=[{"word-final": [3]}])
    assert plain["mass"] == plain["raw_mass"] == plain["eos_mass"] == pytest.approx(0.2)
    assert plain["log_odds"] == pytest.approx(np.log(0.2 / (0.1 + 0.2 + 0.4)))  # without the target's .1
    assert plain["log_ratio"] == pytest.approx(np.log(0.2) - np.log([0.1, 0.2, 0.4, 0.1]).mean(), abs=1e-6)
    assert plain["entropy"] == pytest.approx(-sum(w * np.log2(w) for w in ROW))
    np.testing.assert_allclose(window, [0.1, 0.2, 0.4, 0.1, 0.2, np.nan, np.nan, 0.2], atol=1e-7)
    assert regions["word-final"] == pytest.approx(0.1)


def test_a_word_of_one_segment_at_the_end_of_which_something_happens():
    plain, _, _ = one([0.3, 0.7], eos=None, trigger=1, center=0)
    assert plain["mass"] == pytest.approx(0.7) and np.isnan(plain["log_odds"])
