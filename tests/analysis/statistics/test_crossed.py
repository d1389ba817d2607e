"""The test of a contrast: against plain loops, against scipy where theory knows, and at the edge of what varies."""

import itertools
import math
import statistics

import numpy as np
import pytest
from scipy import stats

from fairseq_phonology.analysis.statistics.crossed import crossed_test, grouped_test, holm, mean_test, t_test


def weights(first, second, of=(1.0, -1.0)):
    """Of the means of two classes of so many units."""
    return np.repeat([of[0] / first, of[1] / second], [first, second])


def simulated(rows, columns, heads=3, seed=1, row=1.0, column=1.0, residual=1.0):
    """Values of a crossed design: what rows, columns and single combinations add. rows, columns: sizes of classes."""
    rng = np.random.default_rng(seed)
    n, m = sum(rows), sum(columns)
    of_rows, of_columns = (np.where(np.arange(k) < first, 1, -1) for k, first in ((n, rows[0]), (m, columns[0])))
    slopes = row * rng.normal(size=(n, 1, heads)) * of_columns[None, :, None]
    slopes = slopes + column * rng.normal(size=(1, m, heads)) * of_rows[:, None, None]
    return rng.normal(size=(n, 1, heads)) + slopes + residual * rng.normal(size=(n, m, heads))


def by_loops(values, rows, columns, row_of, column_of):
    """Estimate, standard error and degrees of freedom of one head, in plain Python."""
    a = [row_of[0] / rows[0]] * rows[0] + [row_of[1] / rows[1]] * rows[1]
    b = [column_of[0] / columns[0]] * columns[0] + [column_of[1] / columns[1]] * columns[1]
    cells = list(itertools.product(range(len(a)), range(len(b))))
    estimate = sum(a[i] * b[j] * values[i][j] for i, j in cells)
    parts = []
    for own, sizes, weight, given in (
        ([sum(b[j] * values[i][j] for j in range(len(b))) for i in range(len(a))], rows, row_of, "rows"),
        ([sum(a[i] * values[i][j] for i in range(len(a))) for j in range(len(b))], columns, column_of, "columns"),
    ):
        for k, part in enumerate((own[: sizes[0]], own[sizes[0] :])):
            parts.append((given, weight[k] ** 2 * statistics.variance(part) / sizes[k], sizes[k] - 1))
    words = 0.0
    for k, m in itertools.product((0, 1), repeat=2):
        own_rows = range(rows[0]) if k == 0 else range(rows[0], sum(rows))
        own_columns = range(columns[0]) if m == 0 else range(columns[0], sum(columns))
        mean_of_row = {i: statistics.mean(values[i][j] for j in own_columns) for i in own_rows}
        mean_of_column = {j: statistics.mean(values[i][j] for i in own_rows) for j in own_columns}
        mean = statistics.mean(mean_of_row.values())
        rest = sum(
            (values[i][j] - mean_of_row[i] - mean_of_column[j] + mean) ** 2 for i in own_rows for j in own_columns
        )
        variance = rest / ((rows[k] - 1) * (columns[m] - 1))
        words += (row_of[k] * column_of[m]) ** 2 * variance / (rows[k] * columns[m])
    sums = {given: sum(part for each, part, _ in parts if each == given) for given in ("rows", "columns")}
    variance = max(sum(sums.values()) - words, *sums.values())
    df = max(variance**2 / sum(part**2 / freedom for _, part, freedom in parts), min(each[2] for each in parts))
    return estimate, math.sqrt(variance), df


@pytest.mark.parametrize(
    ("rows", "columns", "of"),
    [
        pytest.param((5, 5), (4, 4), ((1, -1), (1, -1)), id="interaction"),
        pytest.param((9, 3), (4, 7), ((1, -1), (1, -1)), id="unbalanced"),
        pytest.param((6, 4), (5, 3), ((1, -1), (0.5, 0.5)), id="main effect of rows"),
        pytest.param((6, 4), (5, 3), ((0.5, 0.5), (1, -1)), id="main effect of columns"),
    ],
)
@pytest.mark.parametrize("spread", [(1.0, 1.0, 1.0), (0.0, 0.0, 1.0), (2.0, 0.1, 0.3)], ids=["all", "words", "rows"])
def test_it_is_what_plain_loops_say(rows, columns, of, spread):
    values = simulated(rows, columns, 3, 2, *spread) + 0.4
    classes = tuple(np.arange(sum(sizes)) < sizes[0] for sizes in (rows, columns))
    found = crossed_test(values, weights(*rows, of[0]), weights(*columns, of[1]), classes)
    for head in range(3):
        estimate, se, df = by_loops(values[:, :, head].tolist(), rows, columns, *of)
        assert (found.estimate[head], found.se[head], found.df[head]) == pytest.approx((estimate, se, df))
        assert found.t[head] == pytest.approx(estimate / se)
        assert found.p[head] == pytest.approx(stats.t.sf(estimate / se, df))


def test_without_classes_units_of_one_weight_are_of_one_class():
    values = simulated((5, 4), (3, 6))
    classes = np.arange(9) < 5, np.arange(9) < 3
    given = [crossed_test(values, weights(5, 4), weights(3, 6), each) for each in (None, classes)]
    assert given[0].p == pytest.approx(given[1].p)


@pytest.mark.parametrize(("first", "second"), [(8, 8), (12, 5)])
def test_where_only_rows_vary_it_is_welchs(first, second):
    slopes = np.random.default_rng(3).normal(size=(first + second, 1, 4)) * np.array([1, 1, 3, 0.2])
    slopes[:first] *= 2
    values = slopes * np.array([0.5, 0.5, -0.5, -0.5])[None, :, None] + np.arange(first + second)[:, None, None]
    found = crossed_test(values, weights(first, second), weights(2, 2))
    known = stats.ttest_ind(slopes[:first, 0], slopes[first:, 0], equal_var=False, alternative="greater")
    assert found.t == pytest.approx(known.statistic) and found.df == pytest.approx(known.df)
    assert found.p == pytest.approx(known.pvalue)
    turned = crossed_test(values.swapaxes(0, 1), weights(2, 2), weights(first, second))
    assert turned.t == pytest.approx(found.t) and turned.p == pytest.approx(found.p)


def test_over_words_it_is_the_test_of_one_mean():
    values = np.random.default_rng(4).normal(0.2, 1, (17, 5))
    found, known = mean_test(values), stats.ttest_1samp(values, 0, alternative="greater")
    assert found.t == pytest.approx(known.statistic) and found.p == pytest.approx(known.pvalue)
    assert found.df == pytest.approx([16] * 5) and found.se == pytest.approx(stats.sem(values, 0))


def test_a_class_without_a_weight_is_not_in_the_sum():
    values = np.random.default_rng(5).normal(size=(12, 2))
    classes = np.array([0] * 5 + [1] * 6 + [2])
    found, known = (grouped_test(values[:n], classes[:n], (2.0, -1.0, 0.0)[:m]) for n, m in ((12, 3), (11, 2)))
    assert found.p == pytest.approx(known.p) and found.df == pytest.approx(known.df)
    variance = 4 * values[:5].var(0, ddof=1) / 5 + values[5:11].var(0, ddof=1) / 6
    assert found.se == pytest.approx(np.sqrt(variance))


def test_classes_that_do_not_vary_are_the_clearest_in_every_head():
    values = np.array([[2, 2e9]] * 3 + [[0, 0]] * 3)
    assert grouped_test(values, np.repeat([0, 1], 3), (1.0, -1.0)).p == pytest.approx(1 / 20)  # of 20 ways to halve six


def test_it_is_one_sided():
    values = simulated((8, 8), (8, 8), 2) + np.outer(weights(8, 8), weights(8, 8))[:, :, None] * 200
    up, down = (crossed_test(each, weights(8, 8), weights(8, 8)) for each in (values, -values))
    assert (up.p < 0.001).all() and down.p == pytest.approx(1 - up.p) and (down.t == -up.t).all()


def test_what_both_kinds_of_units_add_counts_and_what_words_add_counts_once():
    """Words alone: the standard error of independent values; by rows and by columns it would be sqrt(2) times that."""
    values = simulated((30, 30), (30, 30), 200, 5, 0, 0, 1)
    assert crossed_test(values, weights(30, 30), weights(30, 30)).se.mean() == pytest.approx(2 / 30, rel=0.1)
    values = simulated((30, 30), (30, 30), 200, 6, 1, 1, 0)
    assert crossed_test(values, weights(30, 30), weights(30, 30)).se.mean() == pytest.approx(
        math.sqrt(2 * 4 * 2 / 30), rel=0.05
    )


@pytest.mark.parametrize("level", [0.0, 0.7, -12.3])
def test_values_that_are_all_the_same_are_no_evidence(level):
    noise = 1e-12 * np.random.default_rng(1).normal(size=(16, 16, 50))
    found = crossed_test(level + noise * abs(level), weights(8, 8), weights(8, 8))
    assert (found.p > 0.4).all() and np.isfinite(found.t).all()
    assert mean_test(np.zeros((8, 1))).p == 0.5


def test_a_contrast_that_does_not_vary_at_all_is_the_clearest():
    values = np.zeros((16, 16, 2))
    values[:8, :8, 0], values[:8, :8, 1] = 1, -1
    found = crossed_test(values, weights(8, 8), weights(8, 8))
    assert found.p == pytest.approx([1 / 12870, 1 - 1 / 12870]) and np.isnan(found.df).all() and (found.se == 0).all()


def test_few_degrees_of_freedom_are_those_of_the_smallest_class_at_least():
    one = t_test(np.array([3.0]), np.array([1.0]), [(np.array([1.0]), 2), (np.array([1.0]), 2)])
    assert one.df == 2 and one.p == pytest.approx(stats.t.sf(3, 2))
    both = t_test(np.array([3.0]), np.array([2.0]), [(np.array([1.0]), 2), (np.array([1.0]), 2)])
    assert both.df == 4
    none = t_test(np.array([1.0]), np.zeros(1), [(np.zeros(1), 5), (np.zeros(1), 2)], 1.0)
    assert none.t == pytest.approx([1e6]) and none.p / stats.t.sf(1e6, 2) == pytest.approx([1])


def test_many_heads_at_once_are_tested_as_each_alone():
    values = simulated((8, 9), (10, 8), 20_000, 7)
    whole = crossed_test(values, weights(8, 9), weights(10, 8))
    for head in (0, 77, 19_999):
        one = crossed_test(values[:, :, [head]], weights(8, 9), weights(10, 8))
        assert (one.p[0], one.df[0], one.se[0]) == pytest.approx((whole.p[head], whole.df[head], whole.se[head]))


@pytest.mark.parametrize(
    ("row", "column", "ratio"),
    [(0, 0, 1), (1, 0, 1), (0, 1, 1), (1, 1, 1), (0, 1, 4)],
    ids=["words", "rows", "columns", "both", "columns 4 : 1"],
)
def test_its_error_rate_is_kept(row, column, ratio):
    """Binomial bounds at 1 in 10,000 around .025 and .06: without the columns' part, columns give .3."""
    values = simulated((12, 12), (8, 8), 4000, 8, row, column, 1)
    if ratio > 1:  # the second class of columns keeps its slopes, the first has four times as large ones
        more = np.random.default_rng(9).normal(size=(1, 8, 4000)) * math.sqrt(ratio**2 - 1)
        values[:, :8] += np.where(np.arange(24) < 12, 1, -1)[:, None, None] * more
    rate = (crossed_test(values, weights(12, 12), weights(8, 8)).p < 0.05).sum()
    assert stats.binom.ppf(0.0001, 4000, 0.025) <= rate <= stats.binom.ppf(0.9999, 4000, 0.06)


def holm_by_hand(p):
    """Step by step, as the paper has it."""
    known = sorted((value, n) for n, value in enumerate(p) if not math.isnan(value))
    found, largest = [math.nan] * len(p), 0.0
    for step, (value, n) in enumerate(known):
        largest = max(largest, (len(known) - step) * value)
        found[n] = min(1.0, largest)
    return found


@pytest.mark.parametrize(
    ("p", "corrected"),
    [
        ([0.01, 0.04, 0.03], [0.03, 0.06, 0.06]),
        ([0.01], [0.01]),
        ([0.5, 0.9], [1.0, 1.0]),
        ([0.02, math.nan, 0.04], [0.04, math.nan, 0.04]),
        ([math.nan, math.nan], [math.nan, math.nan]),
        ([0.03, 0.03], [0.06, 0.06]),
        ([], []),
    ],
)
def test_holm_by_hand(p, corrected):
    assert holm(np.array(p)) == pytest.approx(corrected, nan_ok=True)
    assert holm_by_hand(p) == pytest.approx(corrected, nan_ok=True)


def test_holm_of_families_is_that_of_each():
    p = np.random.default_rng(10).random(24) ** 3
    p[[3, 9, 10]] = np.nan
    together = holm(p, 6)
    for start in range(0, 24, 6):
        assert together[start : start + 6] == pytest.approx(holm_by_hand(p[start : start + 6]), nan_ok=True)
    assert holm(p) == pytest.approx(holm_by_hand(p), nan_ok=True)
    assert not np.allclose(holm(p), together, equal_nan=True)


@pytest.mark.parametrize("found", [math.nan, math.inf, -math.inf])
def test_what_is_no_finite_number_has_no_p(found):
    values = np.random.default_rng(16).normal(size=(8, 2)) + 1
    values[3, 0] = found
    with np.errstate(invalid="ignore"):
        tested = mean_test(values)
    assert np.isnan(tested.p[0]) and np.isnan(tested.t[0]) and tested.p[1] == mean_test(values[:, 1:]).p[0]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("units", [(8,), (8, 8), (4, 8), (8, 1)])
def test_where_nothing_varies_no_p_is_less_than_that_of_flipping_signs(units):
    """One of the 2^n ways for n units; the fewer of stems and suffixes decide, and one alone is no sample."""
    least = 0.5 ** min(n for n in units if n > 1)
    equal = [np.full(n, 1 / n) for n in units]
    for value, p in ((0.0, 0.5), (1.0, least), (-1e-30, 1 - least)):
        values = np.full((*units, 1), value)
        assert (mean_test(values) if len(units) == 1 else crossed_test(values, *equal)).p == pytest.approx(p)
    assert grouped_test(np.ones((8, 1)), np.repeat([0, 1], 4), (1.0, -1.0)).p == 0.5


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("n", [4, 6, 8])
def test_signs_of_few_units_are_not_claimed_too_often(n):
    """Values of one size and of random signs are all equal in one of 2^n families."""
    p = mean_test(np.random.default_rng(1).choice([-1.0, 1.0], (n, 24 * 1000))).p
    assert (holm(p, 24).reshape(-1, 24) < 0.05).any(1).mean() <= 0.06
    assert p.min() == pytest.approx(0.5**n)


@pytest.mark.filterwarnings("error")
def test_one_unit_alone_has_no_p():
    assert np.isnan(crossed_test(np.ones((1, 1, 1)), np.ones(1), np.ones(1)).p)
