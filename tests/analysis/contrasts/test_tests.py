"""The three contrasts on designs small enough to work out by hand."""

import dataclasses

import numpy as np
import pytest

from fairseq_phonology.analysis.contrasts.kinds import contrast_named
from fairseq_phonology.analysis.contrasts.tables import HEADS_COLUMNS, heads_rows
from fairseq_phonology.analysis.contrasts.tests import test_contrast, test_same_offset
from fairseq_phonology.analysis.design.crossing import design_of
from fairseq_phonology.analysis.events.events import Events, Head, View
from fairseq_phonology.analysis.events.measures import logit as clipped_logit
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
    return test_contrast(design_of(events.items), heads(mass.shape[1]), mass, logit(mass), contrast, **how)


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
    assert family.estimate["logit"][0] == pytest.approx(known[contrast])


@pytest.mark.parametrize(
    ("contrast", "progressive", "units"),
    [
        ("response", False, {"stems", "suffixes"}),
        ("response", True, {"stems", "suffixes"}),
        ("inspection", False, {"stems"}),
        ("inspection", True, {"suffixes"}),
        ("salience", False, {"suffixes"}),
        ("salience", True, {"stems"}),
    ],
)
def test_each_contrast_permutes_the_units_it_is_about(contrast, progressive, units):
    sizes = (4, 4, 5, 5) if progressive else (5, 5, 4, 4)
    family = family_of(crossed(*sizes, progressive=progressive), contrast)
    assert set(family.p) == {f"{unit}_{scale}" for unit in units for scale in ("mass", "logit")} == set(family.t)
    assert (family.n_stems, family.n_suffixes) == (10, 8)
    assert set(family.joint) == ({"mass", "logit"} if contrast == "response" else set())
    assert all(p[0] < 0.05 < p[1] for p in family.p.values())


def test_p_of_all_relabelings_by_hand():
    """8 + 8 units of four a class: 70 relabelings, none as large as the actual one."""
    family = family_of(crossed(4, 4))
    assert all(p[0] == pytest.approx(1 / 70) for p in family.p.values())
    assert all(p[0] == pytest.approx(1 / 70) for p in family.joint.values())


def test_the_same_seed_gives_the_same_family():
    one, two = (heads_rows(family_of(crossed(8, 8, 8, 8), n_permutations=499, seed=3)) for _ in range(2))
    assert one == two


def test_a_response_is_claimed_and_noise_is_not():
    family = family_of(crossed(), primary=True)
    assert family.claim.tolist() == [True, False] and family.unmet[0] == [] and family.primary
    assert family.low["mass"][0] < 0.3 < family.high["mass"][0] and family.low["mass"][0] > 0.25


def test_salience_alone_is_no_response():
    events = crossed(8, 8, 8, 8)
    mass = masses(events, means={"TR": 0.8, "TN": 0.3, "CR": 0.8, "CN": 0.3})
    assert not family_of(events, mass=mass).claim.any() and family_of(events, "salience", mass=mass).claim[0]


def test_one_target_segment_that_goes_the_other_way_stops_a_claim():
    events = crossed(12, 12, 8, 8)
    mass = masses(events)
    for n, each in enumerate(events.events):
        if each.item.cell == "TR" and each.item.target == "k":
            mass[n, 0] -= 0.35
    family = family_of(events, mass=mass)
    assert family.segments["target"]["k"][0] == pytest.approx(-0.05, abs=0.02)
    assert family.segments["target"]["p"][0] == pytest.approx(0.3, abs=0.02)
    assert set(family.segments["trigger"]) == {"m", "n"}
    assert family.unmet[0] == [
        "not positive for target k alone (4 stems: mass, logit)",
    ]
    assert not family.claim[0]


@pytest.mark.parametrize("gap", [0.04, 0.06])
def test_a_response_needs_five_hundredths_of_mass(gap):
    events = crossed()
    mass = masses(events, spread=0.0001, means={"TR": 0.4 + gap, "TN": 0.4, "CR": 0.4, "CN": 0.4})
    family = family_of(events, mass=mass)
    assert family.claim[0] == (gap > 0.05)
    assert family.unmet[0] == ([] if gap > 0.05 else [".040 of mass, under .05"])


def test_stems_and_suffixes_that_both_differ_stop_a_claim_that_the_two_tests_allow():
    """Responses of stems and of suffixes vary alike: t = 2 over either, 2 / sqrt(2) over both."""
    events = crossed(8, 8, 8, 8)
    rng = np.random.default_rng(0)

    def slopes():
        each = rng.normal(size=(2, 8))
        return 0.1 * ((each - each.mean(1, keepdims=True)) / each.std(1, ddof=1, keepdims=True))

    stems, suffixes = slopes(), slopes()
    mass = 0.5 + 0.002 * rng.normal(size=(len(events.events), 1))
    for n, each in enumerate(events.events):
        control, other = each.item.target_class == "C", each.item.trigger_class == "N"
        mass[n] += stems[int(control), int(each.item.stem[1:])] * (-0.5 if other else 0.5)
        mass[n] += suffixes[int(other), int(each.item.suffix[1:])] * (-0.5 if control else 0.5)
        mass[n] += 0.1 * (each.item.cell == "TR")
    family = family_of(events, mass=mass)
    assert family.t["stems_mass"] == pytest.approx([2], abs=0.05) == family.t["suffixes_mass"]
    assert all(p[0] < 0.05 for p in family.p.values()) and all(p[0] > 0.05 for p in family.joint.values())
    assert not family.claim[0] and "over stems and suffixes at once (mass)" in family.unmet[0][0]


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
    events = real_words(8)
    family = family_of(events)
    assert (family.n_stems, family.n_suffixes, set(family.p)) == (8, 0, {"stems_mass", "stems_logit"})
    assert family.p["stems_mass"][0] == pytest.approx(1 / 256) and family.estimate["mass"][0] == pytest.approx(
        0.3, abs=0.05
    )
    assert family.claim.tolist() == [True, False]


def test_segments_of_few_real_words_are_pooled():
    assert set(family_of(real_words(8)).segments["target"]) == {"p", "other"}
    assert set(family_of(real_words(9)).segments["target"]) == {"p", "t"}


def test_rows_of_the_table_have_its_columns():
    events = crossed()
    columns = (
        "contrast kind query layer head mean_TR mean_TN mean_CR mean_CN estimate_mass low_mass high_mass "
        "estimate_logit low_logit high_logit p_stems_mass p_stems_logit p_suffixes_mass p_suffixes_logit "
        "n_stems n_suffixes claim"
    )
    assert list(HEADS_COLUMNS) == [*columns.split(), "p_both_mass", "p_both_logit", "p_additional", "primary", "unmet"]
    row = dict(zip(HEADS_COLUMNS, heads_rows(family_of(events))[1], strict=True))
    assert (row["contrast"], row["kind"], row["query"], row["layer"], row["head"]) == (
        "response",
        "cross",
        "decision",
        1,
        2,
    )
    assert (row["n_stems"], row["n_suffixes"], row["claim"]) == (10, 8, 0)
    salience = dict(zip(HEADS_COLUMNS, heads_rows(family_of(events, "salience"))[0], strict=True))
    assert salience["p_stems_mass"] == "" and float(salience["p_suffixes_mass"]) < 0.05


def plain(here, there):
    """A plain list of words with the mass at the trigger, and at the same offset elsewhere, in one head."""
    here, there = (np.array(each, float)[:, None, None] for each in (here, there))
    unused = np.zeros_like(here)
    window = np.zeros((*here.shape, 8))
    view = View("cross", "decision", here, logit(here), unused, unused, unused, unused, window, elsewhere=there)
    words = [dataclasses.replace(item("", "", "T", "R"), id=f"w{n}") for n in range(len(here))]
    return Events([event(word) for word in words], [view]), view


def test_the_same_offset_is_compared_word_by_word_and_never_a_claim():
    family = test_same_offset(*plain([0.9, 0.8, 0.85, 0.95, 0.9, 0.8], [0.2, 0.3, 0.2, 0.25, 0.3, np.nan]))
    assert (family.contrast, family.n_stems) == ("same-offset", 5)
    assert family.estimate["mass"] == pytest.approx([0.63]) and family.p["stems_mass"] == pytest.approx([1 / 32])
    assert not family.claim[0] and family.unmet[0][0] == "not process-specific"
    row = dict(zip(HEADS_COLUMNS, heads_rows(family)[0], strict=True))
    assert float(row["mean_TR"]) == pytest.approx(0.88) and row["mean_TN"] == "" and row["n_suffixes"] == 0


def test_a_list_without_other_rows_is_refused():
    with pytest.raises(InputError, match="no word undergoes the process correctly and has another query"):
        test_same_offset(*plain([0.9], [np.nan]))


def drawn_to_nasals(strength, seed=1):
    """A head drawn to nasals wherever they are, where control targets are nasals, too: rows of six segments."""
    events = crossed(t=15, c=15, r=8, n=8)
    rng = np.random.default_rng(seed)
    scores = rng.normal(0, 0.5, (len(events.events), 6))
    cells = [event.item.cell for event in events.events]
    scores[:, 0] += [strength * (cell[0] == "C") for cell in cells]
    scores[:, 1] += [strength * (cell[1] == "R") for cell in cells]
    weights = np.exp(scores) / np.exp(scores).sum(1, keepdims=True)
    return design_of(events.items), weights[:, 1:2], weights[:, 1:2] / (1 - weights[:, :1])


@pytest.mark.parametrize("strength", [3, 7, 9])
def test_a_head_drawn_to_the_triggers_kind_is_called_salient_alone(strength):
    """Control targets of that kind share the row with the trigger: mass responds, and inspects, without any reason."""
    grid, mass, beside = drawn_to_nasals(strength)
    found = {
        contrast: test_contrast(grid, heads(1), mass, clipped_logit(mass), contrast, n_permutations=999, beside=beside)
        for contrast in ("response", "inspection", "salience")
    }
    assert found["response"].estimate["mass"][0] > 0.1 and (found["response"].p["stems_mass"] < 0.01).all()
    assert found["inspection"].estimate["mass"][0] > 0.1 and (found["inspection"].p["stems_logit"] < 0.01).all()
    assert [bool(family.claim[0]) for family in found.values()] == [False, False, True]
    assert max(p[0] for p in found["response"].additional.values()) > 0.05
    assert max(p[0] for p in found["inspection"].additional.values()) > 0.05
