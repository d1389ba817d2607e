"""What cannot be computed is NaN, or an error that says so: infinite and huge values, one unit, none; no warning."""

import numpy as np
import pytest

from fairseq_phonology.analysis.statistics import crossed, over_models, paired, permutation, weighted
from fairseq_phonology.analysis.statistics.consistency import Slopes, consistency
from fairseq_phonology.analysis.statistics.intervals import mean_interval
from fairseq_phonology.analysis.statistics.proportions import wilson
from fairseq_phonology.analysis.statistics.ranks import spearman

pytestmark = pytest.mark.filterwarnings("error")

UNITS = np.random.default_rng(5).normal(size=(6, 6, 3)) + 1
HALVES = np.repeat([0, 1], 3)
AXIS = weighted.Axis(HALVES, (1.0, -1.0))
EACH = {  # values: units x columns -> numbers of each column
    "mean test": lambda v: crossed.mean_test(v).p,
    "grouped test": lambda v: crossed.grouped_test(v, HALVES, (1.0, -1.0)).p,
    "mean interval": lambda v: mean_interval(v, np.random.default_rng(1), 99),
    "relabeled": lambda v: permutation.relabeled_p(v, HALVES, (1.0, -1.0), np.random.default_rng(1), 99),
    "flipped": lambda v: over_models.flip_models(v, family=1),
    "interval over models": over_models.model_interval,
    "share over models": lambda v: over_models.share_interval(v, UNITS[:, 0, 0]),
    "mean of a model": lambda v: np.array([over_models.mean_of_models(column) for column in v.T]).T,
    "p of words": paired.p_of_means,
    "interval of words": paired.interval,
    "share of words": lambda v: paired.ratio_interval(v, v),
    "drawn": lambda v: paired.drawn_means(v, draws=9),
    "skewness": lambda v: weighted.skewness(v, AXIS),
    "variance of skewness": lambda v: weighted.skewness_variance(v, AXIS),
    "estimate": lambda v: weighted.estimate(v, [AXIS]),
    "segments": lambda v: (
        consistency({"target": Slopes(tuple("abcdef"), HALVES == 0, (1.0, -1.0), v)}, [("a", "d", "", "")], v[:1], 1).p
    ),
}
CROSSED = {  # rows x columns x heads
    "crossed test": lambda v: paired.p_of_means(v),
    "crossed interval": paired.interval,
    "crossed share": lambda v: paired.ratio_interval(v, v),
    "crossed draws": lambda v: paired.drawn_means(v, draws=9),
    "test of axes": lambda v: weighted.test(v, (AXIS, AXIS)).p,
    "interval of axes": lambda v: weighted.interval(v, (AXIS, AXIS), np.random.default_rng(1)),
}


@pytest.mark.parametrize("found", [np.nan, np.inf, -np.inf, 1e200, -1e308])
@pytest.mark.parametrize("name", [*EACH, *CROSSED])
def test_a_column_that_cannot_be_computed_is_nan_and_no_other(name, found):
    function, values = (EACH[name], UNITS[:, 0]) if name in EACH else (CROSSED[name], UNITS)
    known = np.array(function(values))
    for where in (0, slice(None)):
        bad = values.copy()
        bad[where, ..., 1] = found
        now = np.array(function(bad))
        assert np.isnan(now[..., 1]).all()
        assert now[..., ::2] == pytest.approx(known[..., ::2])


@pytest.mark.parametrize("name", [*EACH, *CROSSED])
def test_no_unit_is_an_error_that_says_so(name):
    if name != "segments":
        with pytest.raises(ValueError, match="no unit"):
            (EACH | CROSSED)[name](UNITS[:0, 0] if name in EACH else UNITS[:0])


def test_one_unit_alone_has_neither_p_nor_interval():
    one = UNITS[:1, 0]
    pair, classes = UNITS[:2, 0], np.array([0, 1])
    for found in (
        crossed.mean_test(one).p,
        crossed.grouped_test(pair, classes, (1.0, -1.0)).p,
        permutation.relabeled_p(pair, classes, (1.0, -1.0), np.random.default_rng(1), 99),
        *mean_interval(one, np.random.default_rng(1)),
        *paired.interval(UNITS[:1, :1]),
    ):
        assert np.isnan(found).all()


def test_a_share_of_nothing_is_none():
    whole = np.array([1.0, -1, 1, -1, 1, -1])
    assert np.isnan(over_models.share_interval(UNITS[:, 0], whole)).all()
    assert np.isnan(paired.ratio_interval(UNITS[:, 0], whole)).all()


def test_a_segment_without_a_number_never_ranks_first():
    values = np.array([[3.0, np.nan], [3, 1], [1, 1], [1, 1]])
    ranks, ways = Slopes(tuple("ptmn"), np.array([True, True, False, False]), (1.0, -1.0), values).rank()
    assert ranks.tolist() == [1, 6] and ways == 6


@pytest.mark.parametrize(
    ("x", "y"), [([], []), ([1.0, np.nan, 2.0], [1.0, 2.0, 3.0]), ([2.0] * 3, [1.0, 2.0, 3.0]), ([1.0], [1.0])]
)
def test_ranks_that_correlate_with_nothing(x, y):
    assert np.isnan(spearman(np.array(x), np.array(y))).all()
    assert spearman(np.array([-np.inf, 0, 1e300]), np.array([1.0, 2, 3])) == pytest.approx(1)


@pytest.mark.parametrize(("share", "n"), [(0.5, 0), (np.nan, 5), (1.5, 5), (0.5, np.nan)])
def test_no_share_has_no_interval(share, n):
    assert np.isnan(wilson(share, n)).all()
    assert wilson(0.5, 1e200) == (0.5, 0.5)
