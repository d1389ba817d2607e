"""What single segments say: ranks by going through all assignments, p with segments random by hand."""

import itertools
import math
import statistics
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from fairseq_phonology.analysis.statistics import consistency as module
from fairseq_phonology.analysis.statistics.consistency import Slopes, consistency


def slopes(one, other, weights=(1.0, -1.0)):
    """Of two classes of segments; one head, or heads in a second axis."""
    values = np.array([*one, *other], float)
    values = values[:, None] if values.ndim == 1 else values
    names = tuple("ptksfhmnŋlaiu"[: len(values)])
    return Slopes(names, np.arange(len(values)) < len(one), weights, values)


def sides(target, trigger):
    return {"target": target, "trigger": trigger}


def of(target, trigger, estimates=((1.0,),), family=None):
    return consistency(sides(target, trigger), (("p", "m", "n", "s"),) * len(estimates), np.array(estimates), family)


def test_deviation_and_estimate_by_hand():
    one = slopes([3, 5], [0, 1, 2])
    assert one.df == 3 and one.estimate == pytest.approx([3])
    assert one.deviation == pytest.approx([math.sqrt((1 + 1 + 1 + 0 + 1) / 3)])
    ((pooled, df),) = one.pooled
    assert (pooled, df) == (pytest.approx([4 / 3 * (1 / 2 + 1 / 3)]), 3)
    assert one.separate == [(pytest.approx([2 / 2]), 1), (pytest.approx([1 / 3]), 2)]
    half = slopes([3, 5], [0, 1, 2], (0.5, 0.5))
    assert half.estimate == pytest.approx([2.5]) and half.pooled[0][0] == pytest.approx(pooled / 4)


def test_two_segments_tell_no_deviation():
    one = slopes([3], [1])
    with np.errstate(all="raise"):
        assert np.isnan(one.pooled[0][0])
        assert np.isnan(one.alike(1))
    assert one.df == 0 and np.isnan(one.deviation).all() and one.estimate == 2


@pytest.mark.parametrize("seed", range(5))
def test_the_rank_is_that_among_all_assignments(seed):
    values = np.random.default_rng(seed).normal(size=(6, 4))
    rank, of_all = slopes(values[:2], values[2:]).rank()
    assert of_all == math.comb(6, 2)
    for head in range(4):
        own = values[:, head]
        every = []
        for chosen in itertools.combinations(range(6), 2):
            rest = [n for n in range(6) if n not in chosen]
            every.append(statistics.mean(own[list(chosen)]) - statistics.mean(own[rest]))
        assert rank[head] == 1 + sum(each > every[0] + 1e-9 for each in every)


def test_one_segment_between_the_classes_is_not_first():
    assert slopes([5, 1], [2, 0, 0]).rank()[0] == 2
    assert slopes([5, 3], [2, 0, 0]).rank()[0] == 1
    assert slopes([1, 1], [1, 1]).rank()[0] == 1, "what is the same is no larger"


def test_of_very_many_assignments_some_are_drawn(monkeypatch):
    monkeypatch.setattr(module, "PERMUTATIONS", 500)
    values = np.arange(20.0)[::-1]
    rank, of_some = slopes(values[:10], values[10:]).rank()
    assert (rank[0], of_some) == (1, 501)
    middle = slopes(values[5:15], np.delete(values, range(5, 15))).rank()[0]
    assert 150 < middle[0] < 350


def test_ranks_in_blocks_are_the_same(monkeypatch):
    values = np.random.default_rng(1).normal(size=(7, 5))
    whole = slopes(values[:3], values[3:]).rank()[0]
    monkeypatch.setattr(module, "_CELLS", 1)
    assert (slopes(values[:3], values[3:]).rank()[0] == whole).all()


def by_hand(target, trigger, least=2):
    """p with segments random: each side alone, and both, the largest. target, trigger: (T, C), (R, N).

    The spread is pooled, and where both classes have the least number of segments that of each, too.
    """
    estimates = [statistics.mean(side[0]) - statistics.mean(side[1]) for side in (target, trigger)]
    pooled, separate = [], []
    for one, other in (target, trigger):
        df = len(one) + len(other) - 2
        within = sum((len(own) - 1) * statistics.variance(own) for own in (one, other) if len(own) > 1) / df
        pooled.append([(within * (1 / len(one) + 1 / len(other)), df)])
        enough = min(len(one), len(other)) >= least
        separate.append(
            [(statistics.variance(own) / len(own), len(own) - 1) for own in (one, other)] if enough else pooled[-1]
        )
    tests = []
    for parts in (pooled, separate):
        asked = [*zip(estimates, parts, strict=True), (min(estimates), parts[0] + parts[1])]
        for estimate, own in asked:
            v = sum(part for part, _ in own)
            df = max(v**2 / sum(part**2 / df for part, df in own), min(df for _, df in own))
            tests.append((estimate, v, df))
    halves = [stats.t.ppf(0.975, df) * math.sqrt(v) for _, v, df in tests]
    bounds = [[e + sign * half for (e, _, _), half in zip(tests, halves, strict=True)] for sign in (-1, 1)]
    return max(stats.t.sf(e / math.sqrt(v), df) for e, v, df in tests), min(bounds[0]), max(bounds[1])


@pytest.mark.parametrize(
    ("target", "trigger"),
    [
        pytest.param(([2.0, 2.5, 1.8], [0.1, -0.2]), ([1.1, 0.9], [-1.0, -1.2, -0.8, -0.93]), id="clear"),
        pytest.param(([2.0, 0.5, 0.8], [0.1, -0.7]), ([0.8, 0.8], [-0.59, -0.61, -0.6]), id="targets differ"),
        pytest.param(([1.5, 1.6], [0.1, 0.0]), ([3.0, 0.2], [0.3, -0.2]), id="triggers differ"),
        pytest.param(([1.5], [0.1, 0.0]), ([2.0], [0.3, 0.9, 0.15]), id="single in one class"),
    ],
)
def test_segments_random_by_hand(target, trigger):
    found = of(slopes(*target), slopes(*trigger))
    assert (found.p[0], found.low[0], found.high[0]) == pytest.approx(by_hand(target, trigger))
    assert (found.p[0] < 0.025) == (found.low[0] > 0)
    assert not found.alike, "of one head nobody knows"
    heads = [[np.repeat(np.array(own)[:, None], 8, 1) for own in side] for side in (target, trigger)]
    many = of(*(slopes(*side) for side in heads), np.ones((1, 8)))
    p, low, _ = by_hand(target, trigger, least=4)
    assert (many.p[0], many.low[0]) == pytest.approx((min(1, 8 * p), low))
    assert set(many.alike) == {"target", "trigger"}


def test_each_class_of_four_segments_has_its_own_spread():
    """Four that vary against eight that do not: a pooled spread would be far too small."""
    rng = np.random.default_rng(6)
    one, other = 1 + rng.normal(size=(4, 12)), 0.01 * rng.normal(size=(8, 12))
    found = of(slopes(one, other), slopes(one, other), np.ones((1, 12)))
    sides = [([*one[:, n]], [*other[:, n]]) for n in range(12)]
    assert not found.alike
    assert found.low == pytest.approx([by_hand(side, side, least=4)[1] for side in sides])
    assert (found.low < [by_hand(side, side, least=9)[1] for side in sides]).all()


def test_the_heads_together_tell_whether_two_small_classes_vary_alike():
    rng = np.random.default_rng(7)
    small, large = rng.normal(size=(2, 24)), rng.normal(size=(8, 24))
    wider = np.where(np.arange(24) < 12, 4, 1)
    found = of(slopes(small, large), slopes(wider * small, large), np.ones((1, 24)), family=12)
    p = stats.f.sf(
        [statistics.variance(s) / statistics.variance(r) for s, r in zip(small.T, large.T, strict=True)], 1, 7
    )
    assert found.alike["target"][[0, 23]] == pytest.approx(
        [stats.combine_pvalues(p[:12])[1], stats.combine_pvalues(p[12:])[1]]
    )
    assert len(set(found.alike["trigger"][:12])) == 1 and found.alike["trigger"][0] < 0.001
    assert found.alike["trigger"][12] == found.alike["target"][12], "another family is not asked"
    turned = of(slopes(large, wider * small), slopes(large, wider * small), np.ones((1, 24)), family=12)
    assert turned.alike["target"] == pytest.approx(found.alike["trigger"]), "either class may be the smaller one"
    assert of(slopes(small, 9 * large), slopes(small, large), np.ones((1, 24))).alike["target"][0] > 0.5, (
        "the larger may"
    )
    even = of(slopes(4 * large[:3], large[3:6]), slopes(large[:3], 4 * large[3:6]), np.ones((1, 24))).alike
    assert max(even["target"][0], even["trigger"][0]) < 0.01, "of one size neither may"


def test_heads_that_cancel_do_not_hide_that_one_class_varies_more():
    rng = np.random.default_rng(8)
    wide = np.where(np.arange(12) % 2, 10, 0.1)
    small, large = wide * rng.normal(size=(2, 12)), rng.normal(size=(6, 12))
    assert of(slopes(small, large), slopes(small, large), np.ones((1, 12))).alike["target"][0] < 0.01


def test_rounding_does_not_vary():
    same, noise = np.full((2, 12), 5.0), 1e-12 * np.random.default_rng(9).normal(size=(3, 12))
    assert np.isnan(of(slopes(same, 1 + noise), slopes(same, 1 + noise), np.ones((1, 12))).alike["target"]).all()


def test_the_interval_agrees_with_p():
    rng = np.random.default_rng(2)
    level, noise = rng.uniform(0, 4, 3000), rng.normal(size=(18, 3000))
    target, trigger = slopes(noise[:5] + level, noise[5:9]), slopes(noise[9:13] + level, noise[13:])
    found = of(target, trigger, np.ones((1, 3000)), family=1)
    assert ((found.p < 0.025) == (found.low > 0)).all() and 300 < (found.low > 0).sum() < 2700


def test_what_varies_by_rounding_alone_is_measured_by_the_largest_value_of_the_head():
    """Segments that do not differ: the clearest; one side 1e-9 of the other: rounding, in one head as in another."""
    same = slopes([[2, 2e9], [2, 2e9]], [[0, 0], [0, 0]])
    assert (of(same, same).p < 1e-6).all()
    assert (of(same, slopes([[2e-9, 2], [2e-9, 2]], [[0, 0], [0, 0]])).p > 0.4).all()


def test_single_segments_on_a_side_are_not_tested():
    found = of(slopes([2], [0]), slopes([1, 1.2], [-1, -1.1]))
    assert np.isnan([found.p[0], found.low[0], found.high[0]]).all()
    assert found.estimate == pytest.approx((2 + 2.15) / 2) and found.ranks["target"][1] == 2
    assert np.isnan(of(slopes([1, 1.2], [-1, -1.1]), slopes([2], [0])).p).all()


def test_only_classes_that_are_weighed_against_each_other_have_ranks():
    assert set(of(slopes([2, 3], [0, 1], (0.5, 0.5)), slopes([2, 3], [0, 1])).ranks) == {"trigger"}


def test_positive_quadruples_are_counted():
    found = of(slopes([2, 3], [0, 1]), slopes([2, 3], [0, 1]), [[1.0], [0.0], [-2.0], [1e-9]])
    assert found.positive == [2] and len(found.quadruples) == 4
    assert found.what == "quadruples of segments"
    assert replace(found, quadruples=(("p", "m", "n", "s"), ("p", "", "", ""))).what == "single segments"


def test_p_is_corrected_over_the_heads_of_a_family():
    rng = np.random.default_rng(3)
    target, trigger = (slopes(rng.normal(2, 1, (3, 6)), rng.normal(0, 1, (3, 6))) for _ in range(2))
    alone = of(target, trigger, np.ones((1, 6)), family=1).p
    twos, all_of_them = (of(target, trigger, np.ones((1, 6)), family=size).p for size in (2, None))
    for start in (0, 2, 4):
        pair = alone[start : start + 2]
        assert twos[start : start + 2].min() == pytest.approx(min(1, 2 * pair.min()))
    assert all_of_them.min() == pytest.approx(min(1, 6 * alone.min()))


def test_twenty_thousand_heads_at_once():
    values = np.random.default_rng(4).normal(size=(10, 20_000))
    found = of(slopes(values[:5], values[5:]), slopes(values[:4], values[4:]), np.ones((1, 20_000)), family=10)
    for head in (0, 19_999):
        own = values[:, [head]]
        one = of(slopes(own[:5], own[5:]), slopes(own[:4], own[4:]))
        assert one.ranks["target"][0][0] == found.ranks["target"][0][head]
        assert (one.low[0], one.high[0]) == pytest.approx((found.low[head], found.high[head]))


@pytest.mark.parametrize("deviation", [0.5, 2.0])
def test_segments_that_differ_by_chance_are_claimed_at_its_level(deviation):
    """Segments of the target side have slopes of their own: without them p would be far under .05 in half of all."""
    rng = np.random.default_rng(5)
    target = deviation * rng.normal(size=(5, 6000)) + 0.05 * rng.normal(size=(5, 6000))
    trigger = 0.05 * rng.normal(size=(6, 6000)) + np.where(np.arange(6) < 2, 1, -1)[:, None] / 2 * (
        target[:3].mean(0) - target[3:].mean(0)
    )
    p = of(slopes(target[:3], target[3:]), slopes(trigger[:2], trigger[2:]), np.ones((1, 6000)), family=1).p
    assert stats.binom.ppf(0.0001, 6000, 0.04) <= (p < 0.05).sum() <= stats.binom.ppf(0.9999, 6000, 0.051)
