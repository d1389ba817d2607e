"""Which units there are, whether they are crossed, and what errors cost."""

import dataclasses
import re

import numpy as np
import pytest

from fairseq_phonology.analysis.design.crossing import derived_words, design_of
from fairseq_phonology.analysis.design.limits import SAME_LENGTH, SAME_STEP
from fairseq_phonology.analysis.events.events import Events
from fairseq_phonology.analysis.withheld import complete
from fairseq_phonology.errors import InputError
from tests.helpers import at_edge
from tests.helpers.designed import crossed, event, item, real_words


def changed(events, n, **how):
    events.events[n] = dataclasses.replace(events.events[n], item=dataclasses.replace(events.events[n].item, **how))
    return events


def test_stems_are_the_rows_of_a_regressive_process():
    events = crossed()
    grid, exclusions = complete(events)
    assert (grid.row_unit, grid.column_unit) == ("stems", "suffixes")
    assert grid.rows[0] == "T0" and grid.undergoes.tolist() == [True] * 5 + [False] * 5
    assert grid.columns == ("R0", "R1", "R2", "R3", "N0", "N1", "N2", "N3") and grid.triggers.sum() == 4
    assert grid.row_segments[:3] == ("p", "t", "k") and grid.column_segments[:2] == ("m", "n")
    placed = events.events[grid.index[3, 5]].item
    assert (placed.stem, placed.suffix) == ("T3", "N1")
    assert exclusions.cells == {"TR": (20, 20), "TN": (20, 20), "CR": (20, 20), "CN": (20, 20)}
    assert exclusions.stems_excluded == {"T": (0, 5), "C": (0, 5)} and not exclusions.reasons_withheld


def test_suffixes_are_the_rows_of_a_progressive_process():
    grid, exclusions = complete(crossed(4, 4, 5, 5, progressive=True))
    assert (grid.row_unit, grid.rows[0], grid.columns[0]) == ("suffixes", "T0", "R0")
    assert exclusions.stems_excluded == {"R": (0, 5), "N": (0, 5)}


def test_the_order_of_the_events_does_not_matter():
    events = crossed()
    turned = Events(events.events[::-1], [])
    grid = complete(turned)[0]
    for r, c in ((0, 0), (2, 7), (9, 3)):
        placed = turned.events[grid.index[r, c]].item
        assert (placed.stem, placed.suffix) == (grid.rows[r], grid.columns[c])
        assert grid.undergoes[r] == (placed.target_class == "T") and grid.triggers[c] == (placed.trigger_class == "R")


def test_fillers_and_words_without_stem_are_left_aside():
    events = crossed()
    events.events.append(event(item("f", "g", "", "")))
    events.events.append(event(item("", "", "T", "R")))
    assert complete(events)[0].index.max() == 79


def test_a_plain_list_has_no_design():
    assert complete(Events([event(item("", "", "T", "R"))], [])) == (None, None)
    assert design_of(Events([], []).items) is None


def test_a_stem_with_a_failed_event_leaves_whole():
    grid, exclusions = complete(crossed(12, 12, failed={("T2", "R0"), ("C5", "N1")}))
    assert len(grid.rows) == 22 and "T2" not in grid.rows and "C5" not in grid.rows and len(grid.columns) == 8
    assert exclusions.stems_excluded == {"T": (1, 12), "C": (1, 12)}
    assert (
        exclusions.cells["TR"] == (48, 47) and exclusions.cells["CN"] == (48, 47) and exclusions.cells["TN"] == (48, 48)
    )
    assert not exclusions.reasons_withheld


def test_a_suffix_over_half_the_stems_fail_leaves_first():
    failed = {(f"{c}{k}", "N0") for c in "TC" for k in range(7)}
    grid, exclusions = complete(crossed(12, 12, 5, 5, failed=failed))
    assert exclusions.suffixes_excluded == ("N0",) and "N0" not in grid.columns and len(grid.rows) == 24
    assert exclusions.stems_excluded == {"T": (0, 12), "C": (0, 12)}


def test_a_suffix_that_exactly_half_the_stems_fail_stays():
    failed = {(f"{c}{k}", "N0") for c in "TC" for k in range(6)}
    grid, exclusions = complete(crossed(12, 12, 5, 5, failed=failed))
    assert exclusions.suffixes_excluded == () and len(grid.rows) == 12
    assert exclusions.reasons_withheld[0] == "12 of 24 stems (50 %) were excluded for errors; allowed: 20 %"


def test_in_a_progressive_process_suffixes_leave_first_too():
    failed = {(f"{c}{k}", "T4") for c in "RN" for k in range(7)}
    grid, exclusions = complete(crossed(5, 5, 12, 12, failed=failed, progressive=True))
    assert exclusions.suffixes_excluded == ("T4",) and len(grid.rows) == 9 and len(grid.columns) == 24


@pytest.mark.parametrize(
    ("failed", "objection"),
    [
        (
            {("T0", "R0"), ("T1", "N0")},
            "shares of stems excluded differ by over 10 points: 20 % of class T and 0 % of class C",
        ),
        (
            {(f"{c}{k}", f"R{m}") for c in "TC" for k in range(2) for m in range(4)},
            "shares of events failed differ by over 10 points: 20 % of class R and 0 % of class N",
        ),
    ],
    ids=["stems", "events"],
)
def test_losses_that_differ_between_classes_are_an_objection(failed, objection):
    assert objection in complete(crossed(10, 10, failed=failed))[1].reasons_withheld


def test_ten_points_are_no_objection_yet():
    assert not complete(crossed(10, 10, failed={("T0", "R0")}))[1].reasons_withheld


def test_too_few_left_is_an_objection_and_no_design():
    grid, exclusions = complete(crossed(4, 4, failed={("T0", "R0")}))
    assert grid is None
    assert exclusions.reasons_withheld[0] == (
        "errors leave too few units: 3 T and 4 C stems; needed: 4 T and 4 C or more"
    )


def test_errors_do_not_matter_to_everything():
    assert design_of(crossed(4, 4, failed={("T0", "R0")}).items).index.shape == (8, 8)


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ((3, 5, 4, 4), "3 T and 5 C stems; needed: 4 T and 4 C or more"),
        ((5, 5, 4, 2), "4 R and 2 N suffixes; needed: 4 R and 4 N or more"),
        ((5, 0, 4, 4), "5 T and 0 C stems; needed: 4 T and 4 C or more"),
    ],
)
def test_too_few_units_are_refused(sizes, message):
    with pytest.raises(InputError, match=re.escape(f"too small a design ({message})")):
        complete(crossed(*sizes))


def test_a_design_that_is_not_crossed_is_refused_and_the_empty_cell_named():
    events = crossed()
    del events.events[33], events.events[0]
    message = "no word has stem 'T0' with suffix 'R0', which would be in cell TR (2 such); every stem is needed"
    with pytest.raises(InputError, match=re.escape(f"the design is not crossed: {message}")):
        complete(events)


@pytest.mark.parametrize("progressive", [False, True])
def test_a_cell_without_words_is_named(progressive):
    events = crossed(progressive=progressive)
    events.events = [event for event in events.events if event.item.cell != "TN"]
    with pytest.raises(InputError, match="the design is not crossed: no word is in cell TN; every stem"):
        complete(events)
    events = crossed(progressive=progressive)
    gone = next(event.item.stem for event in events.events if event.item.cell == "TN")
    events.events = [event for event in events.events if (event.item.cell, event.item.stem) != ("TN", gone)]
    with pytest.raises(InputError, match="which would be in cell TN"):
        complete(events)


def test_a_combination_twice_is_refused():
    events = crossed()
    again = dataclasses.replace(events.events[0].item, id="again", line=7)
    events.events.append(event(again))
    with pytest.raises(InputError, match=r"stem 'T0' stands with suffix 'R0' twice: 'T0-R0TR' and 'again' \(line 7\)"):
        complete(events)


def test_a_stem_of_two_classes_is_refused():
    with pytest.raises(InputError, match="stem 'T0' has target_class C and T; allowed: one class of target"):
        complete(changed(crossed(), 3, target_class="C"))


@pytest.mark.parametrize("progressive", [False, True])
def test_two_units_under_one_name_are_refused(progressive):
    events = crossed(progressive=progressive)
    first = events.events[0].item
    n, other = next((n, one.item) for n, one in enumerate(events.events) if n and one.item.stem == first.stem)
    role = "trigger" if progressive else "target"
    at = getattr(other, f"{role}_index")
    with pytest.raises(InputError) as error:
        complete(changed(events, n, ur=(*other.ur[:at], "x", *other.ur[at + 1 :]), line=9))
    one, two = f"/{getattr(first, role)}/ in {first.id!r}", f"/x/ in {other.id!r} (line 9)"
    assert str(error.value) == f"stem {first.stem!r} has the {role} {one} and {two}; allowed: one {role} in each stem"


def test_stems_without_suffix_beside_stems_with_one_are_refused():
    with pytest.raises(InputError, match="has stem 'T0' and no suffix, while 79 words have both"):
        complete(changed(crossed(), 0, suffix=""))


def test_real_words_have_their_own_2_x_2():
    events = real_words()
    quads, exclusions = complete(events)
    assert quads.words == tuple(f"w{k}" for k in range(8)) and quads.row_segments == ("p",) * 5 + ("t",) * 3
    assert [events.events[n].item.cell for n in quads.index[3]] == ["TR", "TN", "CR", "CN"]
    assert exclusions.stems_excluded == {"word": (0, 8)} and not exclusions.reasons_withheld


def test_a_real_word_with_a_failed_event_leaves_whole():
    quads, exclusions = complete(real_words(20, failed={("w3", "CN")}))
    assert len(quads.words) == 19 and quads.index.shape == (19, 4) and "w3" not in quads.words
    assert (
        exclusions.cells["CN"] == (20, 19)
        and exclusions.stems_excluded == {"word": (1, 20)}
        and not exclusions.reasons_withheld
    )


def test_too_few_real_words_left_are_an_objection():
    quads, exclusions = complete(real_words(5, failed={("w0", "TR")}))
    assert quads is None and exclusions.reasons_withheld[0] == "errors leave 4 real words; needed: 5 or more"


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda events: events.events.pop(5), "word 'w1' has no item of cell TN (1 such); allowed: each of TR, TN"),
        (lambda events: events.events.append(events.events[0]), "word 'w0' has cell TR twice: 'w0-TR' and 'w0-TR'"),
        (lambda events: events.events.__delitem__(slice(16, None)), "4 real words with their own 2 x 2; allowed: 5"),
        (
            lambda events: changed(events, 3, ur=("t", "a", "t", "s")),
            "word 'w0' has the target",
        ),
    ],
    ids=["open cell", "twice", "too few", "another control"],
)
def test_real_words_that_are_no_design_are_refused(spoil, message):
    events = real_words()
    spoil(events)
    with pytest.raises(InputError, match=re.escape(message)):
        complete(events)


def test_the_index_reaches_every_event_once():
    events = crossed(progressive=True)
    assert sorted(np.ravel(design_of(events.items).index)) == list(range(len(events.events)))


def test_real_words_whose_site_another_process_makes_are_apart():
    events = real_words(12)
    fed = {f"w{k}" for k in range(7, 12)}
    events.events = [
        dataclasses.replace(one, item=dataclasses.replace(one.item, fed_by=("neutralization",)))
        if one.item.stem in fed
        else one
        for one in events.events
    ]
    assert complete(events)[0].words == tuple(f"w{k}" for k in range(7))
    assert complete(events, derived=True)[0].words == tuple(f"w{k}" for k in range(7, 12))
    assert derived_words(events.items) == dict.fromkeys(sorted(fed, key=lambda w: int(w[1:])), ("neutralization",))
    events.events = [one for one in events.events if one.item.stem in {"w0", *fed}]
    with pytest.raises(InputError, match="1 real words with their own 2 x 2"):
        complete(events)


@pytest.mark.parametrize(("make", "letter"), [(at_edge.at_the_end, "R"), (at_edge.against_the_end, "N")])
def test_the_end_of_the_word_needs_no_second_of_its_kind(make, letter):
    grid, exclusions = complete(Events([event(each) for each in make(stems=5, suffixes=4)], []))
    other = {"R": "N", "N": "R"}[letter]
    assert grid.edge == letter and not grid.too_few and not exclusions.reasons_withheld
    assert grid.smallest_classes == {"stems": 5, "suffixes": 1}
    assert grid.described == "10 stems × 4 suffixes and the end of the word, no cell missing."
    assert grid.events_of(f"T{letter}").shape == (5, 1) and grid.events_of(f"T{other}").shape == (5, 4)
    assert not crossed().events[0].item.at_edge and complete(crossed())[0].edge == ""
    short = f"too small a design (1 {letter} and 3 {other} suffixes; needed: 1 {letter} and 4 {other} or more)"
    if letter == "N":
        short = "too small a design (3 R and 1 N suffixes; needed: 4 R and 1 N or more)"
    with pytest.raises(InputError, match=re.escape(short)):
        design_of(make(stems=5, suffixes=3))


def test_errors_at_the_end_of_the_word_leave_no_design():
    """Over half of its words: the end of the word leaves like any suffix, and with it the trigger."""
    items = at_edge.at_the_end(stems=5, suffixes=4)
    grid, exclusions = complete(Events([event(each, each.cell != "TR" or each.stem != "t a b") for each in items], []))
    assert grid.edge == "R" and exclusions.stems_excluded["T"] == (1, 5)
    grid, exclusions = complete(Events([event(each, not each.at_edge or each.stem == "t a b") for each in items], []))
    assert grid is None and exclusions.suffixes_excluded == ("#",)
    short = "errors leave too few units: 0 R and 4 N suffixes; needed: 1 R and 4 N or more"
    assert exclusions.reasons_withheld[0] == short


def test_real_words_at_whose_end_something_happens():
    items = at_edge.at_the_end(stems=6, suffixes=1)
    real = []
    for n in range(6):
        own = [i for i in items if i.id.startswith((f"T{n}-", f"C{n}-"))]
        real += [dataclasses.replace(i, stem=f"w{n}", suffix="", id=f"w{n}-{i.cell}") for i in own]
    design, _ = complete(Events([event(each) for each in real], []))
    assert design.edge == "R" and design.units == {"words": 6} and set(design.column_segments) == {"#"}


def test_what_makes_cells_incomparable_is_kept_by_every_part():
    """A decision step that emits another segment in TR, and words of another length: however many words there are."""
    events = crossed(8, 8, 8, 8)
    assert complete(events)[0].limits == () and complete(events)[0].lengths == (4, 4)
    moved = Events([dataclasses.replace(each, gap=each.item.cell == "TR") for each in events.events], [])
    design = complete(moved)[0]
    assert design.limits == (SAME_STEP,) and design.part(np.arange(4), np.arange(9)).limits == (SAME_STEP,)
    longer = [
        dataclasses.replace(e, item=dataclasses.replace(e.item, ur=(*e.item.ur, "+", "a")))
        if e.item.trigger_class == "R"
        else e
        for e in moved.events
    ]
    assert complete(Events(longer, []))[0].limits == (SAME_STEP, SAME_LENGTH)
    words = complete(Events([dataclasses.replace(e, gap=True) for e in real_words().events], []))[0]
    assert words.limits == words.part(np.arange(5)).limits == (SAME_STEP,)


def test_the_end_of_the_word_is_no_suffix():
    design = design_of(at_edge.at_the_end(stems=4, suffixes=6))
    assert design.sizes == (8, 6) and design.units == {"stems": 8, "suffixes": 7}
