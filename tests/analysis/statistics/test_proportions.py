"""Wilson's interval."""

import math

import pytest
from scipy import stats

from fairseq_phonology.analysis.statistics.proportions import wilson


@pytest.mark.parametrize(("k", "n"), [(0, 10), (10, 10), (3, 7), (1069, 1077)])
def test_it_is_that_of_scipy(k, n):
    expected = stats.binomtest(k, n).proportion_ci(method="wilson")
    assert wilson(k / n, n) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_of_no_trials_there_is_none():
    assert all(map(math.isnan, wilson(math.nan, 0)))
