"""Tests of contrasts between levels, the sentences and tables on them, against planted values and scipy."""

import numpy as np
import pytest
from scipy import stats

from fairseq_phonology.analysis.contrasts.conditions import compare_levels, corrected, test_levels
from fairseq_phonology.analysis.contrasts.level_limits import MOST_SKEW, common_skew, most_skew, skew_size
from fairseq_phonology.analysis.contrasts.level_tables import condition_summary
from fairseq_phonology.analysis.contrasts.level_verdict import with_sentences
from fairseq_phonology.analysis.contrasts.levels import contrasts_of
from fairseq_phonology.analysis.design.conditions import Conditions, ListedWord, design_of
from fairseq_phonology.analysis.events.events import Head
from fairseq_phonology.analysis.events.measured import MASS, RIGHT, SCALE, Measured
from fairseq_phonology.analysis.report.conditions import methods_of_conditions

ABC = ("a", "b", "c")


def words_of(items, levels=ABC, within=True):
    named = [(f"i{n}" if within else f"{level}{n}", level) for n in range(items) for level in levels]
    return [ListedWord(f"w{n}", ("p", "a"), None, item, level, {}) for n, (item, level) in enumerate(named)]


def study(items, effects, written, heads=2, within=True, seed=1, noise=1.0, scale=SCALE, mass=0.2, **of):
    """A study in which the first head has these effects of the levels."""
    words = words_of(items, tuple(effects), within)
    rng = np.random.default_rng(seed)
    values = noise * rng.normal(size=(len(words), heads)) + rng.normal(size=(items, heads)).repeat(len(effects), 0)
    values[:, 0] += [effects[word.level] for word in words]
    measured = {scale: values}
    columns = tuple(f"m{n}" for n in range(heads))
    if scale == SCALE and mass:
        measured[MASS], columns = 0.3 + mass * values, tuple(Head("cross", "decision", 1, n + 1) for n in range(heads))
    asked = Conditions("context", tuple(effects), look_at="trigger", response="attention" if mass else "log-odds",
                       candidate="" if mass else "regular")  # fmt: skip
    found = Measured(columns, measured, np.ones(len(words), bool), ("",) * len(words), **of)
    contrasts = contrasts_of(written, tuple(effects))
    return with_sentences(compare_levels(words, tuple(effects), asked, contrasts, found))


def test_within_items_it_is_the_paired_test():
    found = study(12, {"a": 2.0, "c": 0.0}, ["a - c"], heads=1)
    values = found.measured.values[SCALE][:, 0]
    known = stats.ttest_rel(values[::2], values[1::2])
    test = found.tests[0]
    assert test.t[0] == pytest.approx(known.statistic) and test.p[0] == pytest.approx(known.pvalue)
    assert test.df[0] == 11 and test.claim.tolist() == [True]


def test_between_items_it_is_welch():
    found = study(10, {"a": 0.5, "c": 0.0}, ["a - c"], heads=1, within=False)
    values = found.measured.values[SCALE][:, 0]
    known = stats.ttest_ind(values[::2], values[1::2], equal_var=False)
    assert found.tests[0].p[0] == pytest.approx(known.pvalue) and found.tests[0].df[0] == pytest.approx(known.df)


def between(a, c, scale=SCALE):
    """The test of a - c over items that have these values."""
    words = [ListedWord(f"w{n}", ("p",), None, f"i{n}", "a" if n < len(a) else "c", {}) for n in range(len(a) + len(c))]
    design, contrasts = design_of(words, ("a", "c")), contrasts_of((), ("a", "c"))
    return test_levels(design, {scale: np.array([*a, *c], float)[:, None]}, contrasts)[0]


def test_a_small_level_that_happens_to_be_all_right_is_not_claimed():
    test = between([1] * 8, [1] * 34 + [0] * 6, RIGHT)
    alone = 2 * stats.t.sf(abs(test.t[0]), test.df[0])
    assert alone < 0.02 and test.p[0] > 0.3 and not test.claim[0]  # the chance of none of six among eight is .3
    assert between([1] * 12, [1] * 3 + [0] * 9, RIGHT).claim[0]  # that nothing varies in one level is no obstacle here


def test_right_and_wrong_are_neither_skewed_nor_spread_beyond_their_mean():
    test = between([1] * 8, [1] + [0] * 7, RIGHT)
    assert test.claim[0] and test.p[0] == test.p_skew[0] == pytest.approx(2 * 9 / 12870, abs=0.001)


def test_a_small_level_without_an_odd_candidate_is_not_claimed():
    rng = np.random.default_rng(3)
    odds = 8 + rng.normal(size=24), np.where(np.arange(200) < 12, -8, 8) + rng.normal(size=200)
    test = between(*odds)
    assert 2 * stats.t.sf(test.t[0], test.df[0]) < 0.02 and test.p[0] > 0.05 and not test.claim[0]


def test_no_spread_in_one_level_is_an_infinite_ratio():
    test = between([5.0] * 9, 0.1 * np.arange(9))
    assert not test.claim[0] and "differ in spread, and in one nothing varies" in test.unmet[0][0]


def test_a_skewed_level_is_described_also_in_one_model():
    test = between([*[0.0] * 22, 0.1, 60.0], 50 + np.random.default_rng(1).normal(size=24))
    assert "the items are skewed (skewness of the estimate " in test.unmet[0][0] and not test.claim[0]
    assert most_skew(24) == most_skew(8) == MOST_SKEW < most_skew(6) < most_skew(1) < 0.5


def test_many_tests_can_still_be_claimed():
    """24 heads, seven levels: 504 p values, which fewer relabelings than 20 for each could not bring under .05."""
    levels = tuple("abcdefg")
    found = study(9, dict.fromkeys(levels, 0.0) | {"a": 30.0}, (), heads=24, within=False)
    assert found.tests[0].claim[0]


def test_p_is_corrected_over_heads_and_contrasts():
    found = study(12, {"a": 2.0, "b": 1.0, "c": 0.0}, ["a - c", "a + c - 2 b"], heads=4)
    alone = [2 * stats.t.sf(abs(test.t), test.df) for test in found.tests]
    assert found.tests[0].p[0] == pytest.approx(8 * alone[0][0])


def test_a_planted_difference_is_claimed_and_said():
    found = study(16, {"a": 2.5, "b": 0.0, "c": 0.0}, ["a - c", "b - c"])
    assert found.tests[0].claim.tolist() == [True, False] and not found.tests[1].claim.any()
    assert found.strength == "differs"
    first = found.sentences[0]
    assert first.startswith("Compared by context, the weight of head 1.1 on the trigger is larger in a than in c by ")
    assert "16 items random, corrected over 2 heads and 2 contrasts)" in first and "mean mass" in first
    assert found.sentences[1].startswith("No difference is claimed for b - c in any of 2 heads: ")
    assert not any("because" in sentence for sentence in found.sentences)


def test_the_other_direction_and_a_curve():
    found = study(16, {"a": -2.5, "b": 1.0, "c": -2.5}, ["a - b", "a + c - 2 b"])
    assert "is smaller in a than in b by 3." in found.sentences[0]
    assert found.sentences[1].startswith(
        "The contrast a + c - 2 b of the log-odds of the weight of head 1.1 on the trig"
    )
    assert all(test.claim[0] for test in found.tests)


def test_without_a_difference_nothing_is_claimed():
    for within in (True, False):
        claims = [study(12, dict.fromkeys(ABC, 0.0), (), 4, within, seed).strength for seed in range(12)]
        assert claims.count("differs") <= 1


def test_a_small_weight_is_not_claimed():
    found = study(16, {"a": 2.5, "c": 0.0}, ["a - c"], mass=0.01)
    assert not found.tests[0].claim.any() and "of mass, under .05" in found.tests[0].unmet[0][-1]


def test_few_items_are_described():
    found = study(6, {"a": 9.0, "c": 0.0}, ["a - c"])
    assert found.strength == "descriptive"
    assert "only 6 items, which are described; a claim needs 8" in found.sentences[0]
    between = study(6, {"a": 9.0, "c": 0.0}, ["a - c"], within=False)
    assert "only 6 items of level a" in between.tests[0].unmet[0][0]


def test_items_skewed_alike_in_many_heads_are_described():
    rng = np.random.default_rng(3)
    words = words_of(8, ("a", "c"))
    values = np.zeros((16, 12))
    values[::2] = rng.exponential(size=(8, 12)) ** 2 - 4
    measured = Measured(tuple("abcdefghijkl"), {SCALE: values}, np.ones(16, bool), ("",) * 16)
    found = compare_levels(words, ("a", "c"), Conditions("x"), contrasts_of((), ("a", "c")), measured)
    assert not found.tests[0].claim.any() and "skewed alike in all models" in found.tests[0].unmet[0][0]


def test_items_skewed_in_opposite_directions_in_many_heads_are_described():
    """The mean of their skewness is none: of every second head the values are those of another head, turned around."""
    rng = np.random.default_rng(3)
    found = study(12, {"a": 60.0, "c": 0.0}, ["a - c"], heads=12)
    values = found.measured.values[SCALE].copy()
    assert found.tests[0].claim[0]
    slopes = rng.exponential(size=(12, 6)) ** 2 - 2
    values[::2] += 9 * np.stack([slopes, -slopes], axis=2).reshape(12, 12)
    design, contrast = found.whole, found.contrasts[0]
    test = test_levels(design, {SCALE: design.taken(values)}, [contrast])[0]
    own = corrected(design, design.taken(values), [contrast])[0]
    assert test.p[0] < 0.001 and test.p_skew[0] < 0.001 and abs(common_skew(own)[0]) < most_skew(12)
    assert "the items are skewed in the models, one way or the other (root mean square" in test.unmet[0][0]
    assert not test.claim.any()


def test_the_size_of_skewness_is_judged_of_several_columns():
    rng = np.random.default_rng(3)
    found = study(8, {"a": 0.0, "c": 0.0}, ["a - c"], heads=12)
    own = corrected(found.whole, found.whole.taken(rng.normal(size=(16, 24_000))), found.contrasts, family=12)[0]
    beyond = np.greater(*skew_size(own, 12))
    assert len(beyond) == 2000 and 0.01 < beyond.mean() < 0.05  # of normal items
    assert np.isinf(skew_size(own, 1)[1]).all()


def test_levels_that_differ_in_spread_need_more_items():
    found = study(10, {"a": 30.0, "c": 0.0}, ["a - c"], heads=1, within=False)
    values = found.measured.values[SCALE] * np.where(np.arange(20) % 2, 1, 5)[:, None]
    tests = test_levels(found.whole, {SCALE: found.whole.taken(values)}, found.contrasts)
    assert "differ in spread" in tests[0].unmet[0][0] and not tests[0].claim.any()


def test_exact_match_has_no_p_that_relabeling_could_not_give():
    words = words_of(8, ("a", "c"))
    right = np.array([[word.level == "a"] for word in words], float)
    measured = Measured(("m",), {RIGHT: right}, np.ones(16, bool), ("",) * 16)
    asked = Conditions("x", response="exact-match")
    found = with_sentences(compare_levels(words, ("a", "c"), asked, contrasts_of((), ("a", "c")), measured))
    assert found.tests[0].p[0] == 2 / 2**8 and found.tests[0].claim[0]
    assert "the share of words that are right is larger in a than in c by 100 [100, 100] points" in found.sentences[0]
    assert "means 100 % / 0 % in a / c" in found.sentences[0]


@pytest.mark.parametrize("n, claimed", [(4, False), (8, True)])
def test_suffixes_that_items_share_are_said_and_few_withhold_the_claim(n, claimed):
    """Each stem with n suffixes a level: what is larger with four suffixes need not be so with others."""
    pairs = [(f"i{stem}", level, f"{level}{k}") for stem in range(16) for level in "ac" for k in range(n)]
    words = [
        ListedWord("", ("p", item, *suffix), None, item, level, {"suffix": suffix}) for item, level, suffix in pairs
    ]
    values = np.random.default_rng(1).normal(size=(len(words), 1)) + [[5.0 * (word.level == "a")] for word in words]
    measured = Measured(("m",), {SCALE: values}, np.ones(len(words), bool), ("",) * len(words))
    asked = Conditions("x", response="log-odds", candidate="b")
    found = with_sentences(compare_levels(words, ("a", "c"), asked, contrasts_of((), ("a", "c")), measured))
    assert found.tests[0].claim[0] == claimed and found.strength == ("differs" if claimed else "descriptive")
    assert found.sentences[0].startswith(f"Compared by x for these {n} and {n} suffixes, ")
    assert "not of other suffixes or levels" in found.sentences[-1]
    assert (f"share suffixes ({n} suffixes in a and {n} suffixes in c), which" in found.sentences[0]) != claimed
    assert condition_summary(found)["parts"] == {"suffix": {"a": n, "c": n}}
    assert f"The items share {n} and {n} suffixes, which are not random here" in " ".join(methods_of_conditions(found))


def test_several_models_are_units_besides_items():
    found = study(12, {"a": 2.0, "c": 0.0}, ["a - c"], heads=7, mass=0, noise=0.3)
    over = found.over_models[0]
    assert len(found.tests[0].p) == 7 and over.p >= 2 / 2**7 and found.measured.columns[0] == "m0"
    assert "the log-odds of the candidate regular are larger in a than in c by" in found.sentences[0]
    assert "(models random, as in the interval: p" in found.sentences[0] and "corrected" not in found.sentences[0]
    three = study(12, {"a": 2.0, "b": 1.0, "c": 0.0}, ["a - b", "b - c"], heads=7, mass=0, noise=0.3)
    assert "; corrected over 2 contrasts); " in three.sentences[0]
    few = study(12, {"a": 2.0, "c": 0.0}, ["a - c"], heads=5, mass=0)
    assert not few.over_models[0].claim and "5 models; a test over models needs 6" in few.sentences[0]


def test_too_many_errors_withhold_every_claim():
    words = words_of(10, ("a", "c"))
    included = np.array([not (word.level == "a" and int(word.item[1:]) < 3) for word in words])
    values = np.random.default_rng(1).normal(size=(20, 1)) + [[5.0 * (word.level == "a")] for word in words]
    measured = Measured((Head("cross", "decision", 1, 1),), {SCALE: values, MASS: values}, included,
                        tuple("" if own else "wrong" for own in included), reason="the gold segment")  # fmt: skip
    asked = Conditions("x", look_at="trigger")
    found = with_sentences(compare_levels(words, ("a", "c"), asked, contrasts_of((), ("a", "c")), measured))
    assert found.strength == "withheld" and not found.tests[0].claim.any()
    assert "3 of 10 items (30 %) were excluded for errors; allowed: 20 %" in found.sentences[0]
    assert "30 % of level a and 0 % of level c" in found.sentences[0]


def test_the_summary_has_every_contrast():
    found = condition_summary(study(12, {"a": 2.0, "b": 0.0, "c": 0.0}, ["a - c", "b - c"]))
    assert [each["contrast"] for each in found["contrasts"]] == ["a - c", "b - c"]
    assert found["contrasts"][0]["weights"] == {"a": 1.0, "b": 0.0, "c": -1.0}
    assert found["contrasts"][0]["claims"][0]["head"] == 1 and found["items"] == "within"
