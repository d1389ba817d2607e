"""Measures by hand: one row at a time, then many at once, then rows at the edge of what is defined."""

import numpy as np
import pytest

from fairseq_phonology.analysis.events.measures import NAMES, logit, measure, renormalized, same_offset

ROW = [0.1, 0.2, 0.4, 0.1, 0.2]  # four segments and EOS


def one(row, eos=-1, trigger=2, center=1, regions=()):
    """The measures of one row of one head, as plain numbers."""
    made = measure(np.array(row, np.float32).reshape(1, 1, 1, -1), eos, [trigger], [center], regions)
    plain = {name: float(getattr(made, name)[0, 0, 0]) for name in NAMES}
    return plain, made.window[0, 0, 0], {name: float(array[0, 0, 0]) for name, array in made.regions.items()}


def test_by_hand():
    plain, window, _ = one(ROW)
    assert plain["mass"] == pytest.approx(0.5)  # .4 / .8
    assert plain["logit"] == pytest.approx(0, abs=1e-6)
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
    assert certain["logit"] == pytest.approx(np.log(999)) and certain["log_ratio"] == pytest.approx(np.log(1e9))


@pytest.mark.parametrize(
    ("mass", "clipped"), [(0, 0.001), (0.0005, 0.001), (0.5, 0.5), (0.93, 0.93), (0.9999, 0.999), (1, 0.999)]
)
def test_the_logit_is_clipped(mass, clipped):
    assert logit(np.array(mass)) == pytest.approx(np.log(clipped / (1 - clipped)))


def test_a_sink_that_takes_all_leaves_the_segments_equal():
    plain, window, _ = one([0, 0, 0, 0, 1])
    assert plain["mass"] == 0.25 and plain["entropy"] == pytest.approx(2) and plain["log_ratio"] == pytest.approx(0)
    assert plain["raw_mass"] == 0 and plain["eos_mass"] == 1 and window[3] == 0.25


def test_a_sink_that_takes_nearly_all_hides_nothing():
    plain = one([1e-7, 1e-7, 2e-7, 0, 1])[0]
    assert plain["mass"] == pytest.approx(0.5)


def test_a_word_of_one_segment():
    plain, window, _ = one([0.3, 0.7], trigger=0, center=0)
    assert plain["mass"] == 1 and plain["entropy"] == pytest.approx(0) and np.isnan(plain["log_ratio"])
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


def test_beside_the_target():
    """Segments .2 (target) .3 (trigger) .1 and EOS .4: without EOS and target, .3 of .4."""
    weights = np.array([0.2, 0.3, 0.1, 0.4], np.float32).reshape(1, 1, 1, 4)
    assert measure(weights, -1, [1], [0]).beside == pytest.approx(0.75)
    assert measure(weights, -1, [1], [7]).beside == pytest.approx(0.5), "a center outside the row takes nothing out"
    assert np.isnan(measure(weights, -1, [1], [1]).beside), "an insertion has no target"


def test_beside_the_target_where_it_takes_nearly_all():
    weights = np.array([1.0, 3e-12, 1e-12, 0.0], np.float32).reshape(1, 1, 1, 4)
    assert measure(weights, -1, [1], [0]).beside == pytest.approx(0.75)


def test_norms_at_the_trigger():
    """Norms 1 4 3 0 2, the last that of EOS: 3 at the trigger, 3 of 8."""
    weights = np.array(ROW, np.float32).reshape(1, 1, 1, 5)
    norms = np.array([1, 4, 3, 0, 2], np.float32).reshape(1, 1, 1, 5)
    found = measure(weights, -1, [2], [1], norms=norms)
    assert (found.norm.item(), found.norm_mass.item()) == (3, 0.375) and found.norm.dtype == np.float32
    assert found.mass == pytest.approx(0.5), "the weights stay what they were"
    first = measure(weights[..., ::-1], 0, [1], [2], norms=norms[..., ::-1])
    assert (first.norm.item(), first.norm_mass.item()) == (3, 0.375)
    nothing = measure(weights, -1, [2], [1], norms=0 * norms)
    assert (nothing.norm.item(), nothing.norm_mass.item()) == (0, 0.25)
    assert measure(weights, -1, [2], [1]).norm is None
