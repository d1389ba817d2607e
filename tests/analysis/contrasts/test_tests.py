"""The three contrasts on designs small enough to work out by hand."""

import dataclasses
import itertools

import numpy as np
import pytest
from scipy import stats

from fairseq_phonology.analysis.contrasts.estimates import consistency_of, spread_ratios
from fairseq_phonology.analysis.contrasts.kinds import contrast_named
from fairseq_phonology.analysis.contrasts.tables import HEADS_COLUMNS, heads_rows
from fairseq_phonology.analysis.contrasts.tests import claimable, test_contrast, test_same_offset
from fairseq_phonology.analysis.criteria import ATTENDS
from fairseq_phonology.analysis.design.crossing import design_of
from fairseq_phonology.analysis.events.events import Events, Head, View
from fairseq_phonology.errors import InputError
from tests.helpers.designed import crossed, event, item, real_words

MEANS = {"TR": 0.8, "TN": 0.3, "CR": 0.4, "CN": 0.2}
KNOWN = {"response": 0.3, "inspection": 0.25, "salience": 0.35}  # of MEANS, by hand


def heads(n):
    return [Head("cross", "decision", 1 + k // 2, 1 + k % 2) for k in range(n)]


def masses(events, n_heads=2, spread=0.02, means=MEANS, seed=1):
    """Events x heads: the first head has the means of its cells, the others have none."""
    rng = np.random.default_rng(seed)
    mass = 0.4 + spread * rng.normal(size=(len(events.events), n_heads))
    mass[:, 0] += [means[event.item.cell] - 0.4 for event in events.events]
    return mass


def logit(mass):
    return np.log(mass / (1 - mass))


def family_of(events, contrast="response", mass=None, **how):
    mass = masses(events) if mass is None else mass
    return test_contrast(design_of(events.items), heads(mass.shape[1]), logit(mass), mass, contrast, **how)


@pytest.mark.parametrize("contrast", KNOWN)
@pytest.mark.parametrize("sizes", [(5, 5, 4, 4), (5, 7, 4, 6)], ids=["balanced", "unbalanced"])
def test_estimates_are_those_of_the_cell_means(contrast, sizes):
    events = crossed(*sizes)
    mass = masses(events, spread=0)
    family = family_of(events, contrast, mass=mass + 1e-12)
    assert family.estimate["mass"] == pytest.approx([KNOWN[contrast], 0], abs=1e-9)
    assert {cell: values[0] for cell, values in family.cell_means.items()} == pytest.approx(MEANS)
    l_tr, l_tn, l_cr, l_cn = (logit(MEANS[cell]) for cell in MEANS)
    known = {"response": l_tr - l_tn - l_cr + l_cn, "inspection": (l_tr + l_tn - l_cr - l_cn) / 2}
    known["salience"] = (l_tr + l_cr - l_tn - l_cn) / 2
    assert family.estimate["log_odds"][0] == pytest.approx(known[contrast])


@pytest.mark.parametrize("contrast", KNOWN)
@pytest.mark.parametrize("progressive", [False, True], ids=["regressive", "progressive"])
def test_each_contrast_has_one_p_with_stems_and_suffixes_random(contrast, progressive):
    """Stem and suffix effects of the contrast's own kind: the p is that of t over both, in either direction."""
    events = crossed(*((8, 9, 10, 8) if progressive else (10, 8, 8, 9)), progressive=progressive)
    family = family_of(events, contrast)
    assert (family.n_stems, family.n_suffixes) == (18, 17)
    assert family.p[0] < 0.001 and family.p[1] > 0.05 and family.p.shape == (2,)
    own = stats.t.sf(family.t, family.df)
    assert family.t == pytest.approx(family.estimate["log_odds"] / family.se)
    assert family.p == pytest.approx([2 * own[0], own[1]]), "Holm over two heads"


def test_slopes_of_suffixes_are_not_taken_for_a_response():
    """Each suffix has a slope of its own: a test with the suffixes as they are finds a response in half of all."""
    events, found = crossed(30, 30, 8, 8), []
    suffixes = list(dict.fromkeys(each.item.suffix for each in events.events))
    for seed in range(40):
        rng = np.random.default_rng(seed)
        slopes = dict(zip(suffixes, rng.normal(size=16), strict=True))
        odds = rng.normal(0, 0.3, (len(events.events), 1))
        odds[:, 0] += [slopes[each.item.suffix] * (each.item.target_class == "T") for each in events.events]
        found.append(judged(events, odds).p[0])
    assert 0 < sum(p < 0.05 for p in found) <= 7


def test_the_same_seed_gives_the_same_family():
    one, two, other = (heads_rows(family_of(crossed(8, 8, 8, 8), seed=seed)) for seed in (3, 3, 4))
    assert one == two != other


def test_a_response_is_claimed_and_noise_is_not():
    family = family_of(crossed(9, 9, 8, 8), primary=True)
    assert family.claim.tolist() == [True, False] and family.unmet[0] == [] and family.primary
    assert 0.25 < family.low["mass"][0] < family.estimate["mass"][0] < family.high["mass"][0] < 0.35
    assert family.low["log_odds"][0] < family.estimate["log_odds"][0] < family.high["log_odds"][0]
    assert family.consistency.positive.tolist()[0] == len(family.consistency.quadruples) == 3 * 2 * 2 * 2
    assert {place: (rank[0], of) for place, (rank, of) in family.consistency.ranks.items()} == {
        "target": (1, 10),
        "trigger": (1, 6),
    }


@pytest.mark.parametrize(
    ("sizes", "lacking"),
    [
        pytest.param((8, 8, 8, 8), [], id="enough"),
        pytest.param((7, 8, 8, 8), ["only 7 stems in the smaller class, which are described; a claim needs 8"], id="T"),
        pytest.param(
            (8, 8, 8, 7), ["only 7 suffixes in the smaller class, which are described; a claim needs 8"], id="N"
        ),
    ],
)
def test_fewer_than_eight_units_are_described(sizes, lacking):
    family = family_of(crossed(*sizes))
    assert family.unmet[0] == lacking and family.claim[0] == (not lacking) and family.p[0] < 0.001


def test_salience_alone_is_no_response():
    events = crossed(8, 8, 8, 8)
    mass = masses(events, means={"TR": 0.8, "TN": 0.3, "CR": 0.8, "CN": 0.3})
    assert not family_of(events, mass=mass).claim.any() and family_of(events, "salience", mass=mass).claim[0]


def shifted(events, by, where):
    """Log-odds of a clear response in head 1, ``by`` more where an item says so."""
    odds = logit(masses(events))
    odds[:, 0] += [by * where(each.item) for each in events.events]
    return odds


def judged(events, odds, contrast="response"):
    return test_contrast(design_of(events.items), heads(odds.shape[1]), odds, 1 / (1 + np.exp(-odds)), contrast)


def test_one_target_segment_that_goes_the_other_way_stops_a_claim():
    events = crossed(12, 12, 8, 8)
    odds = shifted(events, -1.6, lambda one: one.cell == "TR" and one.target == "k")
    family = judged(events, odds)
    assert family.p[0] < 0.02
    own = family.consistency
    assert {name for (name, *_), value in zip(own.quadruples, own.estimates[:, 0], strict=True) if value < 0} == {"k"}
    assert own.positive[0] == 16 and own.ranks["target"][0][0] > 1
    assert not family.claim[0] and family.unmet[0][0].startswith(
        "positive in 16 of 24 quadruples of segments (k against "
    )


def test_a_preference_for_one_segment_that_leaves_every_quadruple_positive_can_be_second():
    """m among the controls would do better than k among the targets: another assignment has more."""
    events = crossed(12, 12, 8, 8)
    odds = shifted(events, 4, lambda one: one.target == "p" and one.trigger_class == "R")
    odds[:, 0] += [1.2 * (one.item.target == "m" and one.item.trigger_class == "R") for one in events.events]
    odds[:, 0] -= [1.0 * (one.item.target == "k" and one.item.trigger_class == "R") for one in events.events]
    own = judged(events, odds).consistency
    assert own.ranks["target"][0][0] > 1


def test_a_preference_for_one_segment_is_no_claim():
    """Of p alone: the test over stems is sure, for it knows nothing of other segments."""
    events = crossed(12, 12, 8, 8)
    odds = np.random.default_rng(1).normal(0, 0.2, (len(events.events), 2)) + 0.2 * np.array(
        [one.item.cell == "TR" for one in events.events]
    )[:, None]  # fmt: skip
    odds[:, 0] += [3.0 * (one.item.target == "p" and one.item.trigger_class == "R") for one in events.events]
    family = judged(events, odds)
    assert family.p[0] < 0.05 and not family.claim[0]
    assert any("with segments random" in each for each in family.unmet[0])
    assert family.consistency.sides["target"].deviation[0] > 1 > 0.3 > family.consistency.sides["target"].deviation[1]


def test_one_segment_in_either_class_is_described():
    events = crossed(8, 8, 8, 8)
    items = []
    for one in (each.item for each in events.events):
        segment = "p" if one.target_class == "T" else "m"
        at = one.target_index
        items.append(dataclasses.replace(one, ur=(*one.ur[:at], segment, *one.ur[at + 1 :])))
    family = family_of(Events([event(each) for each in items], []))
    assert family.unmet[0] == ["one target segment in either class, so that segments cannot be random"]
    assert family.p[0] < 0.001 and len(family.consistency.quadruples) == 4


@pytest.mark.parametrize("contrast", KNOWN)
@pytest.mark.parametrize("progressive", [False, True])
def test_quadruples_and_segments_by_brute_force(contrast, progressive):
    """From the single events: means over the units of a segment, segments weighing the same."""
    sizes = (9, 7, 8, 10)
    events = crossed(*(sizes[2:] + sizes[:2] if progressive else sizes), progressive=progressive)
    odds = np.random.default_rng(2).normal(size=(len(events.events), 3))
    own = judged(events, odds, contrast).consistency
    weights = contrast_named(contrast)

    def mean(target, trigger, letters):
        rows = [n for n, e in enumerate(events.events) if (e.item.target, e.item.trigger) == (target, trigger)]
        rows = [n for n in rows if events.events[n].item.cell == letters]
        units = {}
        for n in rows:
            units.setdefault((events.events[n].item.stem, events.events[n].item.suffix), []).append(odds[n])
        return np.mean([np.mean(each, 0) for each in units.values()], 0)

    wanted = {}
    for t, c, r, n in itertools.product("ptk", "mŋ", "mn", "sf"):
        a, b = weights.target, weights.trigger
        wanted[t, c, r, n] = (
            a[0] * b[0] * mean(t, r, "TR") + a[0] * b[1] * mean(t, n, "TN")
            + a[1] * b[0] * mean(c, r, "CR") + a[1] * b[1] * mean(c, n, "CN")
        )  # fmt: skip
    assert set(own.quadruples) == set(wanted) and len(own.quadruples) == 24
    for key, values in zip(own.quadruples, own.estimates, strict=True):
        assert values == pytest.approx(wanted[key])
    assert own.estimate == pytest.approx(np.mean(list(wanted.values()), 0))
    for place, side in own.sides.items():
        assert side.estimate == pytest.approx(own.estimate), place
    if contrast == "response":
        p = own.sides["target"]
        alone = {
            t: np.mean([mean(t, r, "TR") for r in "mn"], 0) - np.mean([mean(t, n, "TN") for n in "sf"], 0)
            for t in "ptk"
        }
        assert dict(zip(p.names, p.values.tolist(), strict=True))["k"] == pytest.approx(alone["k"].tolist())


def test_families_side_by_side_are_those_of_each():
    """What `power` and the benchmarks do: many simulations of a few heads at once."""
    events = crossed(8, 8, 8, 8)
    design, rng = design_of(events.items), np.random.default_rng(3)
    values = rng.normal(size=(16, 16, 8)) + 2.0 * np.outer(design.undergoes, design.triggers)[:, :, None]
    amount = rng.uniform(0, 0.1, 8)
    p, found = claimable(design, values, amount, "response", family=4)
    met = ATTENDS.met(found)
    for part in (slice(0, 4), slice(4, 8)):
        alone, evidence = claimable(design, values[:, :, part], amount[part], "response")
        assert p[part] == pytest.approx(alone) and found.consistency.p[part] == pytest.approx(evidence.consistency.p)
        assert met[part].tolist() == ATTENDS.met(evidence).tolist()
    assert 0 < met.sum() < 8


def test_spreads_of_the_two_classes_are_compared():
    events = crossed(8, 8, 8, 8)
    rng, design = np.random.default_rng(4), design_of(events.items)
    values = rng.normal(size=16)[:, None] * np.where(design.undergoes, 1, 4)[:, None] * np.where(design.triggers, 1, -1)
    ratios = spread_ratios(design, values[:, :, None], "response")
    sd = [np.std(2 * values[own, 0], ddof=1) for own in (~design.undergoes, design.undergoes)]
    assert ratios["stems"] == pytest.approx([max(sd) / min(sd)]) and ratios["suffixes"] == pytest.approx([1])
    assert spread_ratios(design_of(real_words().items), np.zeros((8, 4, 1)), "response") == {}


@pytest.mark.parametrize("gap", [0.04, 0.06])
def test_a_response_needs_five_hundredths_of_mass(gap):
    events = crossed(8, 8, 8, 8)
    mass = masses(events, spread=0.0001, means={"TR": 0.4 + gap, "TN": 0.4, "CR": 0.4, "CN": 0.4})
    family = family_of(events, mass=mass)
    assert family.claim[0] == (gap > 0.05)
    assert family.unmet[0] == ([] if gap > 0.05 else [".040 of mass, under .05"])


def test_an_event_without_value_is_refused():
    events = crossed()
    mass = masses(events)
    mass[7, 1] = np.nan
    with pytest.raises(InputError, match="cross/decision: some events of the design have no such query"):
        family_of(events, mass=mass)


def test_an_unknown_contrast_lists_the_known():
    with pytest.raises(ValueError, match="no contrast 'attention'; there are response, inspection, salience"):
        contrast_named("attention")


def test_real_words_by_hand():
    events = real_words(12)
    mass = masses(events)
    family = family_of(events, mass=mass)
    tr, tn, cr, cn = (logit(mass)[n::4] for n in range(4))
    known = stats.ttest_1samp(tr - tn - cr + cn, 0, alternative="greater")
    assert (family.n_stems, family.n_suffixes, family.spread) == (12, 0, {})
    assert family.t == pytest.approx(known.statistic) and family.df == pytest.approx([11, 11])
    assert family.p == pytest.approx([2 * known.pvalue[0], known.pvalue[1]])
    assert family.claim.tolist() == [True, False]
    assert family_of(real_words(7)).unmet[0] == ["only 7 words, which are described; a claim needs 8"]


def test_segments_of_real_words_by_brute_force():
    events = real_words(20)
    odds = np.random.default_rng(5).normal(size=(80, 2))
    own = consistency_of(design_of(events.items), odds.reshape(20, 4, 2), "response")
    double = [odds[n] - odds[n + 1] - odds[n + 2] + odds[n + 3] for n in range(0, 80, 4)]
    words = {}
    for n, value in enumerate(double):
        tr, cn = events.events[4 * n].item, events.events[4 * n + 3].item
        for place, segment in enumerate((tr.target, cn.target, tr.trigger, cn.trigger)):
            words.setdefault((place, segment), []).append(value)
    rare = {place: [] for place in range(4)}
    wanted = {}
    for (place, segment), values in words.items():
        if len(values) < 4:
            rare[place] += values
        else:
            wanted[tuple(segment if place == n else "" for n in range(4))] = np.mean(values, 0)
    for place, values in rare.items():
        if values:
            wanted[tuple("other" if place == n else "" for n in range(4))] = np.mean(values, 0)
    assert len(wanted) > 4 and set(own.quadruples) == set(wanted)
    for key, values in zip(own.quadruples, own.estimates, strict=True):
        assert values == pytest.approx(wanted[key])
    target = own.sides["target"]
    of_p = [odds[n] - odds[n + 1] for n in range(0, 80, 4) if events.events[n].item.target == "p"]
    of_m = [odds[n + 2] - odds[n + 3] for n in range(0, 80, 4) if events.events[n + 2].item.target == "m"]
    values = dict(zip(zip(target.names, target.first.tolist(), strict=True), target.values.tolist(), strict=True))
    assert values["p", True] == pytest.approx(np.mean(of_p, 0).tolist())
    assert values["m", False] == pytest.approx(np.mean(of_m, 0).tolist())


def test_rows_of_the_table_have_its_columns():
    events = crossed()
    columns = (
        "contrast kind query layer head mean_TR mean_TN mean_CR mean_CN estimate_log_odds low_log_odds high_log_odds "
        "se df t p estimate_mass low_mass high_mass quadruples quadruples_positive rank_target assignments_target "
        "sd_target rank_trigger assignments_trigger sd_trigger estimate_segments low_segments high_segments p_segments "
        "n_stems n_suffixes claim primary unmet"
    )
    assert list(HEADS_COLUMNS) == columns.split()
    row = dict(zip(HEADS_COLUMNS, heads_rows(family_of(events))[1], strict=True))
    assert (row["contrast"], row["kind"], row["query"]) == ("response", "cross", "decision")
    assert (row["layer"], row["head"], row["n_stems"], row["n_suffixes"], row["claim"]) == (1, 2, 10, 8, 0)
    assert (row["quadruples"], row["assignments_target"], row["assignments_trigger"]) == ("24", "10", "6")
    salience = dict(zip(HEADS_COLUMNS, heads_rows(family_of(events, "salience"))[0], strict=True))
    assert salience["rank_target"] == "" and salience["rank_trigger"] == "1" and float(salience["p"]) < 0.05


def plain(here, there):
    """A plain list of words with the mass at the trigger, and at the same offset elsewhere, in one head."""
    here, there = (np.array(each, float)[:, None, None] for each in (here, there))
    unused = np.zeros_like(here)
    window = np.zeros((*here.shape, 8))
    view = View("cross", "decision", logit(here), here, unused, unused, unused, unused, window, elsewhere=there)
    words = [dataclasses.replace(item("", "", "T", "R"), id=f"w{n}") for n in range(len(here))]
    return Events([event(word) for word in words], [view]), view


def test_the_same_offset_is_compared_word_by_word_and_never_a_claim():
    family = test_same_offset(*plain([0.9, 0.8, 0.85, 0.95, 0.9, 0.8], [0.2, 0.3, 0.2, 0.25, 0.3, np.nan]))
    assert (family.contrast, family.n_stems) == ("same-offset", 5)
    assert family.estimate["mass"] == pytest.approx([0.63]) and family.p == pytest.approx(
        [stats.ttest_1samp([0.7, 0.5, 0.65, 0.7, 0.6], 0, alternative="greater").pvalue]
    )
    assert not family.claim[0] and family.unmet[0][0] == "not process-specific"
    row = dict(zip(HEADS_COLUMNS, heads_rows(family)[0], strict=True))
    assert float(row["mean_TR"]) == pytest.approx(0.88) and row["mean_TN"] == "" and row["n_suffixes"] == 0


def test_a_list_without_other_rows_is_refused():
    with pytest.raises(InputError, match="no word undergoes the process correctly and has another query"):
        test_same_offset(*plain([0.9], [np.nan]))


def test_the_head_to_show_first_is_claimed_then_has_enough_of_mass_then_the_largest_response():
    family = family_of(crossed(8, 8, 8, 8), mass=masses(crossed(8, 8, 8, 8), 4))
    family.claim[:] = [False, True, False, False]
    family.estimate["mass"][:], family.estimate["log_odds"][:] = [0.2, 0.06, 0.01, 0.3], [1.0, 0.5, 9.0, 2.0]
    assert family.order.tolist() == [1, 3, 0, 2] and family.best == 1
    family.claim[1] = False
    assert family.order.tolist() == [3, 0, 1, 2]
