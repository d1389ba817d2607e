from dataclasses import replace

import numpy as np
import pytest
from scipy import optimize, stats
from scipy.special import expit

from fairseq_phonology.analysis.people.calibration import calibration, level
from fairseq_phonology.analysis.people.ceiling import simulated, split_halves
from fairseq_phonology.analysis.people.estimates import (
    Draws,
    Sample,
    Scale,
    correlations,
    each_model,
    estimated,
    groups_of,
)
from fairseq_phonology.analysis.people.held_out import FOLDS, Predictor, folds_of, gain, held_out_ensemble, predicted
from fairseq_phonology.analysis.people.logistic import deviance, logistic, mixed_logistic
from fairseq_phonology.analysis.statistics.ranks import spearman, weighted_ranks

ITEMS = 40
ALL = Scale("all", ((np.arange(ITEMS), None),))


def sample_of(truth, odds, rng, n=20, people=0):
    value, sums, numbers = rng.binomial(n, expit(truth)) / n, None, None
    if people:
        sums = rng.binomial(1, expit(truth), (people, len(truth))).astype(float)
        numbers, value, n = np.ones_like(sums), sums.mean(0), people
    items = np.arange(len(truth))
    return Sample(np.atleast_2d(odds), True, value, np.full(len(truth), float(n)), items, items, sums, numbers)


@pytest.fixture
def rng():
    return np.random.default_rng(3)


# ---- ranks


def test_weighted_ranks_are_those_of_a_sample_in_which_units_occur_so_often(rng):
    values, weights = rng.integers(0, 5, (20, 9)).astype(float), rng.integers(0, 4, (20, 9))
    weights[:, 0] = 1
    for row, times, found in zip(values, weights, weighted_ranks(values, weights), strict=True):
        np.testing.assert_allclose(np.repeat(found, times), stats.rankdata(np.repeat(row, times)))
    np.testing.assert_allclose(weighted_ranks(values[:1], weights)[3], weighted_ranks(values[:1], weights[3:4])[0])
    (found,) = weighted_ranks(values[:1], weights[3:4])
    np.testing.assert_allclose(np.repeat(found, weights[3]), stats.rankdata(np.repeat(values[0], weights[3])))


def test_spearman_is_that_of_scipy_and_of_nothing_undefined(rng):
    x, y = rng.integers(0, 6, (2, 30))
    times = rng.integers(0, 3, 30)
    expected = stats.spearmanr(np.repeat(x, times), np.repeat(y, times)).statistic
    assert spearman(x, y, times)[0] == pytest.approx(expected)
    assert np.isnan(spearman(np.ones(30), y)[0]) and spearman(x, y).shape == (1,)


# ---- regression


@pytest.mark.parametrize("slope", [0.8, 7.5])
def test_logistic_is_the_maximum_of_the_likelihood(rng, slope):
    x, n = rng.normal(0, 1, 30), rng.integers(1, 30, 30)
    k = rng.binomial(n, expit(0.5 + slope * x))

    def lost(p):
        return -(k * (p[0] + p[1] * x) - n * np.logaddexp(0, p[0] + p[1] * x)).sum()

    best = optimize.minimize(lost, [0, slope], tol=1e-9)
    fit = logistic(x, k / n, n)
    assert [float(fit.intercept[0]), float(fit.slope[0])] == pytest.approx(best.x.tolist(), abs=1e-4)


def test_logistic_has_a_slope_of_0_where_nothing_varies_and_a_finite_one_where_all_is_separated():
    fit = logistic(np.zeros(4), np.array([0, 0, 1, 0]), np.ones(4))
    assert fit.slope[0] == 0 and expit(fit.intercept[0]) == pytest.approx(0.25)
    fit = logistic(np.arange(4), np.array([0, 0, 1, 1]), np.ones(4))
    assert 3 < fit.slope[0] < 100


def test_deviance_is_0_where_the_prediction_is_right():
    np.testing.assert_allclose(deviance(np.array([0.0, 40.0]), np.array([0.5, 1.0])), 0, atol=1e-12)
    assert deviance(np.array(0.0), np.array(1.0)) == pytest.approx(2 * np.log(2))


def test_mixed_logistic_finds_slope_and_deviation_that_were_planted(rng):
    x = rng.normal(0, 1.5, 600)
    k = rng.binomial(30, expit(0.3 + 0.7 * x + 0.8 * rng.standard_normal(600)))
    found = mixed_logistic(x, k, np.full(600, 30), np.arange(600))
    assert (found.intercept, found.slope, found.sd) == pytest.approx((0.3, 0.7, 0.8), abs=0.1)
    assert 0.02 < found.slope_se < 0.04
    same = mixed_logistic(x, rng.binomial(30, expit(x)), np.full(600, 30), np.arange(600))
    assert same.sd < 0.15 and np.isfinite(same.slope_se)


def test_mixed_logistic_is_exact_where_many_responses_pin_each_item_down(rng):
    x, items, n = rng.normal(0, 1.5, 60), np.repeat(np.arange(30), 2), np.full(60, 500)
    k = rng.binomial(n, expit(-0.5 + 0.8 * x + 2 * rng.standard_normal(30)[items]))
    found, u = mixed_logistic(x, k, n, items), np.linspace(-12, 12, 24001)

    def log_likelihood(intercept, slope, sd):
        eta = (intercept + slope * x)[:, None] + u
        of_unit = k[:, None] * eta - n[:, None] * np.logaddexp(0, eta)
        of_item = of_unit[::2] + of_unit[1::2] + stats.norm.logpdf(u, 0, sd)
        return (np.logaddexp.reduce(of_item, axis=1) + np.log(u[1] - u[0])).sum()

    best = log_likelihood(found.intercept, found.slope, found.sd)
    assert found.log_likelihood == pytest.approx(best, abs=1e-5)
    for step in np.vstack([np.eye(3), -np.eye(3)]) * 0.02:
        assert log_likelihood(*(np.array([found.intercept, found.slope, found.sd]) + step)) < best


# ---- intervals


def test_intervals_are_of_models_items_and_participants_and_the_same_for_a_seed(rng):
    truth = rng.normal(0, 1.5, ITEMS)
    sample = sample_of(truth, truth + rng.normal(0, 1, (4, ITEMS)), rng, people=12)
    one, again = (
        estimated(sample.ensemble, (correlations((ALL,)),), sample, 199, np.random.default_rng(1))["spearman all"]
        for _ in range(2)
    )
    assert one == again
    assert one.value == pytest.approx(stats.spearmanr(sample.ensemble(), sample.value).statistic)
    width = one.high - one.low
    for alone in (one.models, one.items, one.participants):
        assert one.low < one.value < one.high and 0 < alone[1] - alone[0] < 1.05 * width


def test_one_model_has_no_interval_over_models(rng):
    truth = rng.normal(0, 1.5, ITEMS)
    sample = sample_of(truth, truth, rng)
    one = estimated(sample.ensemble, (correlations((ALL,)),), sample, 99, rng)["spearman all"]
    assert np.isnan(one.models).all() and np.isnan(one.participants).all() and one.items == (one.low, one.high)
    alone, mean = each_model((correlations((ALL,)),), sample, 99, rng)
    assert alone[0]["spearman all"].value == mean["spearman all"].value == one.value


def test_two_models_or_participants_are_not_drawn_and_three_are(rng):
    truth = rng.normal(0, 1.5, ITEMS)
    sample = sample_of(truth, truth + rng.normal(0, 1, (2, ITEMS)), rng, people=2)
    for kinds in ((sample, ("models", "participants")), (replace(sample, sums=None, numbers=None), ("models",))):
        one = estimated(sample.ensemble, (correlations((ALL,)),), kinds[0], 99, rng)["spearman all"]
        mean = each_model((correlations((ALL,)),), kinds[0], 99, rng)[1]["spearman all"]
        for each in (one, mean):
            assert all(np.isnan(getattr(each, kind)).all() for kind in kinds[1])
            assert each.items == (each.low, each.high) and each.low < each.value < each.high
    three = sample_of(truth, truth + rng.normal(0, 1, (3, ITEMS)), rng, people=3)
    one = estimated(three.ensemble, (correlations((ALL,)),), three, 99, rng)["spearman all"]
    assert np.isfinite([*one.models, *one.participants]).all() and one.high - one.low > one.items[1] - one.items[0]


def test_a_scale_of_differences_and_of_groups(rng):
    x, y = rng.normal(0, 1, (2, 20))
    halves = (np.arange(10), np.arange(10, 20))
    difference = Scale("items", ((halves[0], halves[1]),)).correlation(x[None], Draws.once(y))[0]
    assert difference == pytest.approx(stats.spearmanr(x[:10] - x[10:], y[:10] - y[10:]).statistic)
    within = Scale("within", tuple((half, None) for half in halves)).correlation(x[None], Draws.once(y))[0]
    assert within == pytest.approx(np.mean([stats.spearmanr(x[half], y[half]).statistic for half in halves]))


# ---- held out


def test_an_item_is_predicted_by_a_fit_without_it(rng):
    truth = rng.normal(0, 1.5, ITEMS)
    sample = sample_of(truth, truth, rng)
    rows = np.arange(ITEMS)
    found = predicted(truth[None], sample, rows, rows)[0]
    fit = logistic(np.delete(truth, 7), np.delete(sample.value, 7), np.delete(sample.weights, 7))
    assert found[7] == pytest.approx(fit.intercept[0] + fit.slope[0] * truth[7], abs=1e-6)
    groups = np.repeat([0, 1], ITEMS // 2)
    variant = predicted(np.zeros((1, ITEMS)), replace(sample, groups=groups), rows, rows)[0]
    expected = np.average(np.delete(sample.value[:20], 7))
    assert expit(variant[7]) == pytest.approx(expected, abs=1e-5)


def test_many_items_are_left_out_several_at_a_time_and_families_together(rng):
    assert folds_of(np.repeat(np.arange(5), 4), rng).tolist() == np.repeat(np.arange(5), 4).tolist()
    folds = folds_of(np.repeat(np.arange(300), 2), rng)
    assert folds.max() == FOLDS - 1 and (folds[::2] == folds[1::2]).all()


def test_a_gain_is_significant_where_there_is_one_and_its_variance_counts_every_kind(rng):
    truth = rng.normal(0, 1.5, ITEMS)
    sample = sample_of(truth, truth + rng.normal(0, 0.5, (4, ITEMS)), rng, people=20)
    rows = np.arange(ITEMS)
    model = held_out_ensemble(sample, rows, rows)
    constant = Predictor(predicted(np.zeros((1, ITEMS)), sample, rows, rows)[0])
    found = gain(model, constant, sample, rows)
    assert found.p < 0.01 and found.low > 0
    back = gain(constant, model, sample, rows)
    assert (back.value, back.p) == pytest.approx((-found.value, found.p))
    without = gain(Predictor(model.odds), constant, Sample(**{**vars(sample), "sums": None}), rows)
    assert without.value == found.value and without.high - without.low < found.high - found.low
    together = Sample(**{**vars(sample), "alike": np.kron(np.eye(10), np.ones((4, 4))).astype(bool)})
    assert gain(model, constant, together, rows).p >= found.p


def test_a_model_that_says_nothing_is_no_better_than_a_constant(rng):
    sample = sample_of(rng.normal(0, 1.5, ITEMS), rng.normal(0, 1, ITEMS), rng)
    rows = np.arange(ITEMS)
    model = held_out_ensemble(sample, rows, rows)
    constant = Predictor(predicted(np.zeros((1, ITEMS)), sample, rows, rows)[0])
    assert gain(model, constant, sample, rows).low < 0


def test_an_item_with_most_of_the_responses_is_worth_few_items(rng):
    weights = np.r_[200.0, np.full(24, 10)]
    false = 0
    for _ in range(100):
        truth, one, other = rng.normal(0, 1, (3, 25)) * [[1.5], [1], [1]]
        value = rng.binomial(weights.astype(int), expit(truth)) / weights
        rows = np.arange(25)
        sample = Sample((truth + one)[None], True, value, weights, rows, rows)
        model = held_out_ensemble(sample, rows, rows)
        found = gain(model, held_out_ensemble(replace(sample, odds=(truth + other)[None]), rows, rows), sample, rows)
        false += found.p < 0.05
    assert false <= 10  # about 33 where the variance is that of the residuals
    assert found.items == pytest.approx(440**2 / (weights**2).sum())


def test_groups_have_intercepts_and_a_slope_within(rng):
    x, groups = rng.normal(0, 1, 60), np.repeat([0, 1, 2], 20)
    y = expit(0.8 * x + np.array([-2, 0, 3])[groups])
    fit = logistic(x, y, np.ones(60), groups=groups)
    assert fit.slope[0] == pytest.approx(0.8, abs=1e-6) and fit.intercept[0] == pytest.approx([-2, 0, 3], abs=1e-5)
    assert logistic(groups.astype(float), y, np.ones(60), groups=groups).slope[0] == 0  # all of it between groups
    without = logistic(x, y, np.where(groups == 1, 0, np.ones(60)), groups=groups)
    assert without.intercept[0, 1] == pytest.approx(0.5, abs=1e-5)  # nothing is known: the mean of the others


def test_rare_variants_have_an_intercept_together():
    variants = np.array(["a"] * 5 + ["b"] * 3 + ["c", ""] + ["d"])
    found, names = groups_of(variants, np.arange(11))
    assert names == ("a", "b", "others") and found.tolist() == [0] * 5 + [1] * 3 + [2] * 3
    for rows, own in ((np.arange(9), ("a", "b", "others")), (np.arange(7), ("a", "others")), (np.arange(5), ())):
        found, names = groups_of(variants, rows)
        assert names == own, "however few there are"
        assert found is None or found[8:].tolist() == [len(own) - 1] * 3
    assert groups_of(variants, np.arange(8, 11)) == (None, ())


def test_a_single_candidate_of_another_variant_has_no_part_in_the_slope(rng):
    x = rng.normal(0, 1, 21)
    y, x[20] = expit(0.8 * x - 1), 6.0
    y[20] = 0.02
    groups, _ = groups_of(np.array(["a"] * 20 + ["b"]), np.arange(21))
    assert logistic(x, y, np.ones(21), groups=groups).slope[0] == pytest.approx(0.8, abs=1e-5)


# ---- ceiling


@pytest.mark.parametrize("people", [0, 20])
def test_a_perfect_model_has_the_ceiling_in_expectation(rng, people):
    found = []
    for _ in range(20):
        truth = rng.normal(0, 1, ITEMS)
        sample = sample_of(truth, truth, rng, people=people)
        perfect = stats.spearmanr(truth, sample.value).statistic
        if people:
            ceiling = split_halves((ALL,), sample.sums, sample.numbers, 50, rng)["all"]
        else:
            ceiling = simulated((ALL,), sample.value, None, sample.weights, np.zeros(ITEMS), None, 30, rng)["all"]
        found.append((perfect, ceiling.value))
    perfect, ceiling = np.mean(found, 0)
    assert perfect == pytest.approx(ceiling, abs=0.04) and ceiling < 1


def test_the_ceiling_of_ratings_follows_their_deviation(rng):
    value = np.clip(rng.normal(0.5, 0.2, ITEMS), 0, 1)
    found = [
        simulated((ALL,), value, np.full(ITEMS, sd), np.full(ITEMS, 10), np.zeros(ITEMS), None, 50, rng)["all"].value
        for sd in (0.1, 0.5)
    ]
    assert 0.95 < found[0] < 1 and 0.4 < found[1] < 0.85


# ---- calibration


def test_calibrated_shares_have_slope_1_and_level_0_and_no_more_error_than_chance(rng):
    truth = rng.normal(0, 1.5, 400)
    rows = np.arange(400)
    found = calibration(sample_of(truth, truth, rng), rows, 99, rng)
    assert (found.slope.value, found.level.value) == pytest.approx((1, 0), abs=0.1)
    assert found.error < 2 * found.expected_error and len(found.bins) == 10
    assert sum(one.low <= one.predicted <= one.high for one in found.bins) >= 8
    sharp = calibration(sample_of(truth, 2 * truth, rng), rows, 99, rng)
    assert sharp.slope.high < 0.7 and sharp.error > 2 * sharp.expected_error


def test_the_level_makes_means_equal(rng):
    x, y = rng.normal(0, 20, (3, 30)), rng.random((3, 30))
    found = level(x, y, np.ones((1, 30)))
    np.testing.assert_allclose(expit(x + found[:, None]).mean(1), y.mean(1), atol=1e-8)
