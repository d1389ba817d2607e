from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from fairseq_phonology.analysis.people.comparison import ENSEMBLE, MEAN, PARTICIPANTS, CompareOptions, compare
from fairseq_phonology.analysis.people.human import read_human
from fairseq_phonology.analysis.people.scores import Scores
from fairseq_phonology.analysis.report.people import checklist
from fairseq_phonology.corpus.candidates import Candidate
from fairseq_phonology.corpus.pairs import Word
from fairseq_phonology.errors import InputError
from tests.helpers import people

QUICK = CompareOptions(draws=99, splits=50)


@pytest.fixture
def planted(tmp_path):
    """Log-odds of speakers, of three models, and the comparison of 30 items with 20 responses each."""
    rng = np.random.default_rng(1)
    truth = rng.normal(0, 1.5, 30)
    odds = truth + rng.normal(0, 0.5, (3, 30))
    k = rng.binomial(20, 1 / (1 + np.exp(-truth)))
    human = read_human(people.counts(tmp_path / "people.tsv", k, np.full(30, 20)))
    return odds, k, compare(people.scores_of(odds), human, QUICK)


def test_spearman_is_that_of_scipy_for_each_model_and_the_mean_share(planted):
    odds, k, found = planted
    for n, model in enumerate(found.models):
        assert found.row("spearman", model, "items").value == pytest.approx(stats.spearmanr(odds[n], k).statistic)
    share = (1 / (1 + np.exp(-odds))).mean(0)
    assert found.row("spearman", ENSEMBLE, "items").value == pytest.approx(stats.spearmanr(share, k).statistic)
    both = stats.spearmanr(np.r_[share, 1 - share], np.r_[k, 20 - k]).statistic
    assert found.row("spearman", ENSEMBLE, "all").value == pytest.approx(both)
    alone = [stats.spearmanr(each, k).statistic for each in odds]
    assert found.row("spearman", MEAN, "items").value == pytest.approx(np.mean(alone))


def test_seeds_as_participants_are_the_share_of_models_that_prefer_the_candidate(planted):
    odds, k, found = planted
    expected = stats.spearmanr((odds > 0).mean(0), k).statistic
    assert found.row("spearman", PARTICIPANTS, "items").value == pytest.approx(expected)


def test_the_verdict_says_items_seeds_and_ceiling(planted):
    _, _, found = planted
    one, ceiling = found.row("spearman", ENSEMBLE, "items"), found.ceilings["items"]
    assert one.low < one.value < one.high < 1 and one.value < ceiling.value < 1
    assert "over 30 items and 3 seeds (ceiling ." in found.sentence
    assert [one.name for one in found.baselines] == ["constant"] and found.baselines[0].beaten


def compared(tmp_path, odds, k=None, n=20, header="", rows=(), options=QUICK, columns=None, **how):
    path = tmp_path / "people.tsv"
    if header:
        people.table(path, header, rows)
    else:
        people.counts(path, k, np.full(len(k), n))
    return compare(people.scores_of(odds, **(columns or {})), read_human(path, **how), options)


@pytest.mark.parametrize("others", [(1,), (1,) * 12, (0, 3)])
def test_responses_of_neither_candidate_are_left_out_and_change_nothing_else(tmp_path, planted, others):
    odds, k, found = planted
    n = 20 + np.pad(others, (0, 30 - len(others)))
    rows = [
        (f"i{at}", v, x, n[at]) for v, of in zip(people.VARIANTS, (k, 20 - k), strict=True) for at, x in enumerate(of)
    ]
    other = compared(tmp_path, odds, header="item variant k n", rows=rows)
    assert (other.rows, other.ceilings, other.mixed) == (found.rows, found.ceilings, found.mixed)
    assert other.regressed.tolist() == found.regressed.tolist() and other.headline == "items"
    assert other.calibration.level == found.calibration.level
    left = f"{sum(others)} response{'s' if sum(others) > 1 else ''}"
    assert any(f"{left} that were neither of an item's two candidates" in note for note in other.notes)


def test_candidates_that_were_judged_by_themselves_are_no_choices(tmp_path):
    rng = np.random.default_rng(2)
    odds = rng.normal(0, 1.5, (2, 25))
    rows = [(f"i{at}", v, rng.integers(5, 20), 20) for at in range(25) for v in people.VARIANTS]
    found = compared(tmp_path, odds, header="item variant k n", rows=rows, separate=True)
    assert len(found.regressed) == 50 and found.headline == "within"
    assert [one.n for one in found.pairs] == [20] * 50


def test_one_item_whose_two_counts_are_more_than_n_is_a_mistake_and_one_with_neither_is_left_out(tmp_path):
    odds = np.random.default_rng(2).normal(0, 1.5, 25)
    rows = [(f"i{at}", v, 10, 20) for at in range(25) for v in people.VARIANTS]
    rows[7] = ("i3", "blocked", 11, 20)
    with pytest.raises(InputError, match=r"line 9: the counts of the 2 candidates of i3 sum to 21, and n is 20"):
        compared(tmp_path, odds, header="item variant k n", rows=rows)
    rows[6:8] = [("i3", v, 0, 20) for v in people.VARIANTS]
    found = compared(tmp_path, odds, header="item variant k n", rows=rows)
    assert found.items == 24 and any("1 item without any other response left out: i3" in note for note in found.notes)


def test_a_row_that_is_missing_leaves_its_item_out_and_turns_nothing_round(tmp_path, planted):
    odds, k, _ = planted
    rows = [(f"i{n}", v, of, 20) for n in range(30) for v, of in zip(people.VARIANTS, (k[n], 20 - k[n]), strict=True)]
    gone = [n for n in range(30) if 4 < k[n] < 16][:2]
    lacking = [row for row in rows if row[:2] not in {(f"i{n}", "applied") for n in gone}]
    without = [row for row in rows if row[0] not in {f"i{n}" for n in gone}]
    whole = compared(tmp_path, odds, header="item variant k n", rows=without)
    found = compared(tmp_path, odds, header="item variant k n", rows=lacking)
    assert (found.rows, found.ceilings, found.mixed) == (whole.rows, whole.ceilings, whole.mixed)
    assert found.sentence == whole.sentence and "over 28 items and 3 seeds" in found.sentence
    assert [one.gain for one in found.baselines] == [one.gain for one in whole.baselines]
    named = f"2 items with a count for one of two candidates left out (give the other, 0 too): i{gone[0]}, i{gone[1]}"
    assert any(named in note for note in found.notes)


def test_a_candidate_that_nobody_chose_needs_no_row(tmp_path):
    rng = np.random.default_rng(2)
    truth = rng.normal(0, 1.5, 25)
    k = np.r_[20, 0, rng.binomial(20, 1 / (1 + np.exp(-truth[2:])))]
    rows = [(f"i{n}", v, of, 20) for n in range(25) for v, of in zip(people.VARIANTS, (k[n], 20 - k[n]), strict=True)]
    whole = compared(tmp_path, truth, header="item variant k n", rows=rows)
    found = compared(tmp_path, truth, header="item variant k n", rows=[row for row in rows if row[2]])
    assert (found.rows, found.ceilings, found.sentence) == (whole.rows, whole.ceilings, whole.sentence)
    assert any("k is n in the only row of" in note and ": i0, i1" in note for note in found.notes)


def test_a_column_of_candidates_lacks_a_number_for_one_without_a_row(tmp_path):
    rows = [
        (f"i{n}", v, of, 20, n + m)
        for n in range(25)
        for m, (v, of) in enumerate(zip(people.VARIANTS, (n % 20, 20 - n % 20), strict=True))
    ]
    options = replace(QUICK, baselines=("freq",))
    with pytest.raises(InputError, match=r"people.tsv: freq is '' for b a 0 of i0; allowed: a number for every cand"):
        compared(tmp_path, np.arange(25.0), header="item variant k n freq", rows=rows[1:], options=options)


def of_three(tmp_path, two=6):
    """24 items, of which some have two candidates with counts, and the others three."""
    rng = np.random.default_rng(2)
    variants, rows = (*people.VARIANTS, "deleted"), []
    candidates = tuple(Candidate(f"i{n}", ("b", f"{n}"), ("b", v[0], f"{n}"), v) for n in range(24) for v in variants)
    for n in range(24):
        k = rng.multinomial(20, (0.6, 0.25, 0.15))
        rows += [
            (f"i{n}", v, x if m < 2 or n >= two else "", 20) for m, (v, x) in enumerate(zip(variants, k, strict=True))
        ]
    scores = Scores(("m0", "m1"), candidates, np.log(rng.dirichlet((6, 3, 2), (2, 24)).reshape(2, -1)))
    return compare(scores, read_human(people.table(tmp_path / "three.tsv", "item variant k n", rows)), QUICK)


def test_a_table_in_which_some_items_have_two_candidates_is_compared_within_variants(tmp_path):
    found = of_three(tmp_path)
    assert found.headline == "within" and found.regressed.tolist() == list(range(66)) == list(range(len(found.pairs)))
    assert "correlation within variants: " in found.sentence and "over 66 candidates of 24 items and" in found.sentence
    sizes = {row.subset: row.pairs for row in found.rows if (row.quantity, row.of) == ("spearman", ENSEMBLE)}
    assert sizes == {"all": 66, "applied": 24, "blocked": 24, "deleted": 18, "within": 66, "items": 6}
    assert {one.n for one in found.pairs} == {20}, "of the responses to the item, as with three candidates"
    said = "6 of 24 items have two candidates, applied and another; as not all have, every candidate is compared"
    assert sum(said in note for note in found.notes) == 1 and not any("were neither" in note for note in found.notes)


@pytest.mark.parametrize(("two", "headline", "regressed"), [(0, "within", 72), (24, "items", 24)])
def test_a_table_in_which_all_items_have_as_many_candidates_says_items_alone(tmp_path, two, headline, regressed):
    found = of_three(tmp_path, two)
    assert found.headline == headline and "over 24 items and 2 seeds" in found.sentence
    assert len(found.regressed) == regressed


def test_choices_of_known_participants_are_taken_between_the_two(tmp_path):
    rng = np.random.default_rng(2)
    odds, rows = rng.normal(0, 1.5, (2, 25)), []
    for at in range(25):
        for who in range(6):
            said = rng.choice(3, p=(0.5, 0.4, 0.1))  # the third is another form
            rows += [(f"p{who}", f"i{at}", v, int(said == n)) for n, v in enumerate(people.VARIANTS)]
    found = compared(tmp_path, odds, header="participant item variant k", rows=rows)
    assert found.headline == "items" and len(found.regressed) == 25
    np.testing.assert_array_equal(found.human.numbers.sum(0), [one.n for one in found.pairs])
    assert sum(one.k for one in found.pairs) == sum(one.n for one in found.pairs) / 2 < 150


@pytest.mark.parametrize(("level", "said"), [(4.0, True), (0.0, False)])
def test_a_ceiling_of_candidates_chosen_always_or_never_has_a_caveat(tmp_path, level, said):
    rng = np.random.default_rng(2)
    truth = level * np.sign(rng.normal(0, 1, 25)) + rng.normal(0, 1, 25)
    found = compared(tmp_path, truth, rng.binomial(20, 1 / (1 + np.exp(-truth))))
    assert any("always or never: the ceiling rests on" in one for one in found.caveats) == said


def rated(lists, raters, each=6, items=24):
    """Ratings of one candidate of each item: lists without a common item, or (0) a drawn list for each participant."""
    rng = np.random.default_rng(2)
    for who in range(raters):
        own = np.arange(items)[who % lists :: lists] if lists else rng.choice(items, each, replace=False)
        yield from ((f"p{who}", f"i{at}", "applied", rng.integers(1, 8)) for at in own)


@pytest.mark.parametrize(
    ("lists", "raters", "within", "said"),
    [
        (3, 24, "center", "3 lists that share no candidate, and ratings are centered within list"),
        (1, 24, "center", ""),
        (0, 30, "center", ""),
        (3, 24, "", "the means are of ratings as they are"),
        (0, 12, "center", "so few participants that a half often lacks them"),
    ],
)
def test_lists_of_participants_and_candidates_with_few_raters_have_caveats(tmp_path, lists, raters, within, said):
    odds = np.random.default_rng(2).normal(0, 1.5, 24)
    rows = list(rated(lists, raters))
    found = compared(tmp_path, odds, header="participant item variant rating", rows=rows, scale=(1, 7), within=within)
    ours = [one for one in found.caveats if any(word in one for word in ("lists", "as they are", "a half"))]
    assert ([said in one for one in ours] == [True]) if said else not ours


def test_two_seeds_are_said_to_have_no_interval_over_seeds(tmp_path):
    rng = np.random.default_rng(5)
    truth = rng.normal(0, 1.5, 25)
    found = compared(tmp_path, truth + rng.normal(0, 1, (2, 25)), rng.binomial(20, 1 / (1 + np.exp(-truth))))
    for of in (ENSEMBLE, MEAN, PARTICIPANTS):
        one = found.row("spearman", of, "items")
        assert np.isnan(one.models).all() and one.items == (one.low, one.high)
    assert any(one.startswith("Two seeds: the intervals are over items") for one in found.caveats)
    checks = {one.name: one for one in checklist(found)}
    assert checks["Several models"].detail == "There are two: no interval has them as random."


def test_one_seed_is_said_and_has_no_interval_over_seeds(tmp_path):
    rng = np.random.default_rng(2)
    truth = rng.normal(0, 1.5, 25)
    found = compared(tmp_path, truth, rng.binomial(20, 1 / (1 + np.exp(-truth))))
    assert np.isnan(found.row("spearman", ENSEMBLE, "items").models).all()
    assert any(one.startswith("One seed") for one in found.caveats) and "1 seed " in found.sentence


def test_few_items_are_described_and_no_baseline_is_claimed_to_be_beaten(tmp_path):
    truth = np.linspace(-3, 3, 12)
    found = compared(tmp_path, [truth, truth], np.round(20 / (1 + np.exp(-truth))))
    (constant,) = found.baselines
    assert constant.gain.low > 0 and not constant.beaten and "fewer than 20" in constant.withheld
    assert "No baseline is claimed to be beaten: 12 items" in found.sentence


@pytest.fixture
def judged():
    """Ratings of two candidates of 24 items, in which variants differ and items hardly do."""
    rng = np.random.default_rng(4)
    odds = rng.normal(0, 1.5, (2, 24))
    rows = [
        (f"i{n}", v, np.round(np.clip(4 + (1.5 if v == "applied" else -1.5) + rng.normal(0, 0.5), 1, 7), 2))
        for n in range(24)
        for v in people.VARIANTS
    ]
    return odds, rows


def test_ratings_have_correlations_within_variants_a_baseline_of_variants_and_no_ceiling_without_n(tmp_path, judged):
    odds, rows = judged
    found = compared(tmp_path, odds, header="item variant rating", rows=rows)
    assert list(found.scales) == ["all", "applied", "blocked", "within", "items"] and found.headline == "within"
    assert [one.name for one in found.baselines] == ["variant"]
    assert "deviance within variants is not shown to be lower than that of the baseline variant" in found.sentence
    assert any("an intercept for each variant (applied and blocked)" in one for one in found.notes)
    intercepts = [found.row("intercept", ENSEMBLE, variant).value for variant in people.VARIANTS]
    assert intercepts[0] > 0 > intercepts[1]
    assert "(no ceiling known)" in found.sentence and any(one.startswith("No noise ceiling") for one in found.caveats)
    assert found.calibration is None and found.mixed is None and len(found.regressed) == 48
    first = found.pairs[0]
    assert first.human == rows[0][2] and first.residual == pytest.approx(first.human - first.fitted)
    assert 1 < first.fitted < 7


def test_ratings_with_n_and_sd_have_a_ceiling_and_intervals_of_their_own(tmp_path, judged):
    odds, rows = judged
    found = compared(tmp_path, odds, header="item variant rating n sd", rows=[(*row, 16, 0.8) for row in rows])
    assert found.ceilings["all"].how == "normal" and 0.8 < found.ceilings["all"].value < 1
    first = found.pairs[0]
    assert first.human_high - first.human == pytest.approx(stats.t.ppf(0.975, 15) * 0.8 / 4)


def test_columns_untrained_models_and_training_are_baselines(tmp_path):
    rng = np.random.default_rng(5)
    truth, noise = rng.normal(0, 1.5, 30), rng.normal(0, 1, 30)
    k = rng.binomial(20, 1 / (1 + np.exp(-truth)))
    words = tuple(
        Word(("x", f"{n}"), ("y",), "", "", "train.tsv", n, more={"variant": v}) for n, v in enumerate(["applied"] * 3)
    )
    options = replace(
        QUICK,
        baselines=("guess", "phonotactics"),
        untrained=people.scores_of(rng.normal(0, 1, (2, 30))),
        training=words,
    )
    columns = {"guess": truth, "phonotactics": noise}
    found = compared(tmp_path, noise, k, options=options, columns=columns)
    names = [one.name for one in found.baselines]
    assert names == ["constant", "training frequency", "untrained", "n-gram", "guess"]
    by_name = dict(zip(names, found.baselines, strict=True))
    same = by_name["n-gram"]  # the column is what the model says
    assert same.gain.value == pytest.approx(0, abs=1e-6) and np.isnan(same.gain.p) and same.p == 1 and not same.beaten
    assert by_name["guess"].gain.value < 0 and not by_name["guess"].beaten
    assert by_name["training frequency"].deviance.value == pytest.approx(by_name["constant"].deviance.value)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"measure": "x"}, "the measure is 'x'; allowed: share, log_prob"),
        ({"variant": "x"}, "--variant is 'x'; variants found: applied, blocked"),
        ({"baselines": ("x",)}, "--baseline is 'x'; columns with a number for every candidate: none"),
        ({"family": "x"}, "--family is 'x'"),
    ],
)
def test_options_that_ask_for_what_is_not_there_are_refused(tmp_path, options, said):
    with pytest.raises(InputError, match=said):
        compared(tmp_path, np.zeros(5), [1, 2, 3, 4, 5], options=replace(QUICK, **options))


def test_a_variant_may_not_have_the_name_of_a_scale(tmp_path):
    candidates = [
        Candidate(f"i{n}", ("a",), (form,), name) for n in range(3) for form, name in (("a", "all"), ("b", "none"))
    ]
    human = read_human(
        people.table(tmp_path / "h", "item sr k n", [(f"i{n}", f, 1, 2) for n in range(3) for f in "ab"])
    )
    with pytest.raises(InputError, match="a variant is called all; allowed: any name but all, within"):
        compare(Scores(("m",), tuple(candidates), np.full((1, 6), -1.0)), human, QUICK)


def test_two_items_are_too_few(tmp_path):
    with pytest.raises(InputError, match="found 2 items to compare; allowed: 3 or more"):
        compared(tmp_path, np.zeros(2), [1, 2])


def test_what_does_not_vary_has_no_correlation_and_that_is_said(tmp_path):
    found = compared(tmp_path, np.linspace(-2, 2, 25), np.zeros(25))
    assert found.sentence.startswith("No correlation (over items) is defined over 25 items")


def test_items_without_an_alternative_have_no_share(tmp_path):
    candidates = tuple(Candidate(f"i{n}", ("b",), (f"{n}",)) for n in range(6))
    scores = Scores(("m",), candidates, -np.arange(1.0, 7)[None])
    rows = [(f"i{n}", n, 7 - n) for n in range(6)]
    human = read_human(people.table(tmp_path / "p.tsv", "item sr rating", rows))
    with pytest.raises(InputError, match="every item has a single candidate"):
        compare(scores, human, QUICK)
    found = compare(scores, human, replace(QUICK, measure="log_prob"))
    assert found.row("spearman", ENSEMBLE, "all").value == pytest.approx(1)


def test_the_same_seed_gives_the_same_numbers(planted):
    _, _, found = planted
    again = compare(found.matched.scores, found.matched.human, QUICK)
    assert again.rows == found.rows and again.ceilings == found.ceilings and again.sentence == found.sentence


def test_what_only_the_variant_explains_beats_no_baseline(tmp_path):
    rng = np.random.default_rng(6)
    odds = np.repeat([[2.0]], 40, 1) + rng.normal(0, 0.3, (2, 40))  # of the first variant, which people like, too
    rows = [
        (f"i{n}", v, float(np.clip(4 + (1.5 if v == "applied" else -1.5) + rng.normal(0, 0.8), 1, 7)), rng.normal())
        for n in range(40)
        for v in people.VARIANTS
    ]
    options = replace(QUICK, baselines=("noise",))
    found = compared(tmp_path, odds, header="item variant rating noise", rows=rows, options=options)
    assert found.row("spearman", ENSEMBLE, "all").low > 0.5
    assert [one.beaten for one in found.baselines] == [False, False]


def test_items_whose_urs_are_alike_vary_together_also_in_families(tmp_path):
    rng = np.random.default_rng(7)
    truth, noise = np.repeat(rng.normal(0, 1.5, (2, 8)), 5, 1)
    human = read_human(people.counts(tmp_path / "p.tsv", rng.binomial(20, 1 / (1 + np.exp(-truth))), np.full(40, 20)))
    scores = people.scores_of(truth + noise)
    forms = rng.choice(list("ptkbdgmnaeiou"), (8, 9))
    same = tuple(
        replace(one, ur=tuple(forms[n // 10]), columns={"pair": f"f{n // 4}"})
        for n, one in enumerate(scores.candidates)
    )
    others = rng.choice(list("ptkbdgmnaeiou"), (40, 9))
    apart = tuple(replace(one, ur=tuple(others[n // 2])) for n, one in enumerate(scores.candidates))
    scores = replace(scores, candidates=same)
    found = compare(scores, human, QUICK)
    assert found.baselines[0].gain.items == pytest.approx(8)
    assert any("the 40 items say as much as 8 would" in one for one in found.caveats)
    alone = compare(replace(scores, candidates=apart), human, QUICK)
    assert found.baselines[0].gain.df < 8 < alone.baselines[0].gain.df
    assert found.baselines[0].gain.p > alone.baselines[0].gain.p
    families = compare(scores, human, replace(QUICK, family="pair"))
    assert families.baselines[0].gain.items < 8 and families.baselines[0].gain.df < 8


def test_families_are_what_is_counted(tmp_path):
    truth = np.linspace(-3, 3, 30)
    columns, k = {"stem": np.arange(30) // 3}, np.round(20 / (1 + np.exp(-truth)))
    found = compared(tmp_path, truth, k, columns=columns, options=replace(QUICK, family="stem"))
    assert "No baseline is claimed to be beaten: 10 families: fewer than 20" in found.sentence


def test_a_single_participant_is_said(tmp_path):
    rows = [("p1", f"i{n}", "applied" if n % 3 else "blocked") for n in range(25)]
    found = compared(tmp_path, np.linspace(-2, 2, 25), header="participant item choice", rows=rows)
    assert "There is one participant: intervals and tests are for these speakers." in found.caveats


@pytest.mark.parametrize(
    ("header", "more", "said"),
    [
        ("item variant rating n", (20,), "the ratings have n and no sd (--sd-column)"),
        ("item variant rating sd", (1.5,), "the ratings have sd and no n (--n-column)"),
        ("item variant rating", (), "neither n nor participants are known"),
    ],
)
def test_without_a_ceiling_it_is_said_what_the_table_lacks(tmp_path, header, more, said):
    rng = np.random.default_rng(3)
    rows = [(f"i{at}", v, rng.integers(1, 8), *more) for at in range(8) for v in people.VARIANTS]
    found = compared(tmp_path, rng.normal(0, 1.5, (1, 8)), header=header, rows=rows)
    assert any(f"No noise ceiling: {said}, so that" in one for one in found.caveats)


def test_families_are_called_families(tmp_path):
    rng = np.random.default_rng(3)
    rows = [(f"i{at}", "applied", rng.integers(0, 9), 8, at // 4) for at in range(12)]
    options = CompareOptions(draws=QUICK.draws, splits=QUICK.splits, family="family")
    found = compared(
        tmp_path, rng.normal(0, 1.5, (1, 12)), header="item variant k n family", rows=rows, options=options
    )
    assert any("the 12 items in 3 families say as much as" in one for one in found.caveats)


def test_an_item_with_a_single_candidate_is_left_out_and_said(tmp_path, planted):
    odds, k, _ = planted
    scores = people.scores_of(odds)
    less = Scores(scores.models, scores.candidates[:1] + scores.candidates[2:], np.delete(scores.log_prob, 1, 1))
    human = read_human(people.counts(tmp_path / "people.tsv", k, np.full(30, 20), both=False))
    found = compare(less, human, QUICK)
    assert any("1 item with a single candidate left out: i0" in note for note in found.notes)
    assert "i0" not in {pair.item for pair in found.pairs}


def test_the_training_frequency_of_the_items_own_urs_and_a_column_of_the_candidates(tmp_path, planted):
    odds, k, _ = planted
    scores = people.scores_of(odds)
    cells = [replace(one, columns={"cost": str(n % 7)}) for n, one in enumerate(scores.candidates)]
    scores = Scores(scores.models, tuple(cells), scores.log_prob)
    of = cells[0]
    words = (Word(of.ur, of.sr, "", "", "train.tsv", 1, weight=3), Word(of.ur, cells[1].sr, "", "", "train.tsv", 2))
    human = read_human(people.counts(tmp_path / "people.tsv", k, np.full(30, 20)))
    found = compare(scores, human, replace(QUICK, baselines=("cost",), training=words))
    described = {one.name: one.described for one in found.baselines}
    assert described["training frequency"] == "how often a form is that of its UR in training (log-odds)"
    assert described["cost"] == "the column cost, first variant less the other"


@pytest.mark.parametrize(
    ("kept", "said"),
    [
        ([0, *range(2, 60)], "the untrained models have no score of b b 0 of i0; score them with the same candidates"),
        (range(58), "the untrained models have no score of b a 29 of i29"),
    ],
)
def test_untrained_models_of_other_candidates_are_refused(tmp_path, planted, kept, said):
    odds, k, _ = planted
    scores, kept = people.scores_of(odds), list(kept)
    other = Scores(scores.models, tuple(scores.candidates[n] for n in kept), scores.log_prob[:, kept])
    human = read_human(people.counts(tmp_path / "people.tsv", k, np.full(30, 20)))
    with pytest.raises(InputError, match=said):
        compare(scores, human, replace(QUICK, untrained=other))
