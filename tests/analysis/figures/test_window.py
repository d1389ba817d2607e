"""Mass around the target, cell by cell: the numbers that are drawn are those computed by hand."""

import dataclasses

import numpy as np
import pytest

from fairseq_phonology.analysis.contrasts.analyze import analyze
from fairseq_phonology.analysis.design.exclusions import Exclusions
from fairseq_phonology.analysis.events.events import Events, Head
from fairseq_phonology.analysis.figures.style import CELL_STYLES
from fairseq_phonology.analysis.figures.window import WindowDisplay
from tests.helpers import at_edge, planted
from tests.helpers import example_study as example

SHOWN = Head("cross", "decision", 3, 2)  # the planted one


def cell_windows(study):
    return [
        cell[..., 2, 1, :].reshape(-1, 8) for cell in example.cells_of(study.events.views[0], study.design, "window")
    ]


@pytest.mark.parametrize("which", ["study", "words"])
def test_window_of_each_cell(which, request):
    study = request.getfixturevalue(which)
    display = WindowDisplay.from_study(study)
    assert display.head == SHOWN and display.offset == 1
    for (cell, means), values in zip(display.means.items(), cell_windows(study), strict=True):
        drawn = np.isfinite(means)
        assert drawn[1:6].all() and drawn[7]
        assert means[drawn] == pytest.approx(np.nanmean(values[:, drawn], 0), abs=1e-6), cell


def test_response_is_the_double_difference_with_the_interval_of_the_tables(study):
    display = WindowDisplay.from_study(study)
    tr, tn, cr, cn = (values[:, 4].mean() for values in cell_windows(study))
    assert display.response[4] == pytest.approx(tr - tn - (cr - cn), abs=1e-6)
    family, n = study.primary, study.primary.best
    assert (display.low[4], display.high[4]) == (family.low["mass"][n], family.high["mass"][n])
    assert (display.low[3] <= display.response[3] <= display.high[3]) and display.high[3] > display.low[3]
    assert display.units == "17 stems and 16 suffixes"


def test_the_lines_are_the_means(study):
    display = WindowDisplay.from_study(study).plot()
    lines = {line.get_label(): line for line in display.axes_[0].lines}
    for cell, means in display.means.items():
        line = lines[display.words[cell]]
        assert np.array_equal(line.get_ydata(), means[:7], equal_nan=True)
        assert line.get_color() == CELL_STYLES[cell]["color"] and line.get_marker() == CELL_STYLES[cell]["marker"]
    assert lines["uniform attention"].get_ydata()[0] == pytest.approx(display.uniform)
    assert display.uniform == pytest.approx(np.mean([1 / len(e.item.ur) for e in study.events.events]))
    assert np.array_equal(lines["untrained, all cells"].get_ydata(), display.untrained[:7], equal_nan=True)


def test_labels_say_what_is_what(study):
    display = WindowDisplay.from_study(study).plot()
    assert display.title == "Obstruent nasalization (Korean)\nhead 3.2 of the cross-attention, query: decision step"
    ticks = [label.get_text() for label in display.axes_[1].get_xticklabels()]
    assert ticks == ["−3", "−2", "−1", "0\ntarget", "+1\ntrigger", "+2", "+3", "EOS\nraw weight"]
    assert display.words["TR"].startswith("TR  p/t/k before m/n\n/")
    assert display.words["CN"].startswith("CN  m/ŋ before pʰ/tʰ/kʰ/p͈\n/")
    stems = {cell: words.split("/")[-2].split("+")[0] for cell, words in display.words.items()}
    assert stems["TR"] == stems["TN"] and stems["CR"] == stems["CN"]
    legend = [text.get_text() for text in display.axes_[0].get_legend().get_texts()]
    assert legend == [*display.words.values(), "untrained, all cells", "uniform attention"]


def test_events_outside_of_the_design_do_not_enter(study):
    before = WindowDisplay.from_study(study).means["TR"]
    view, extra = study.events.views[0], study.design.index[0, 0]
    more = example.grid_study(each=(9, 8))
    more.events = Events([*study.events.events, study.events.events[extra]], [_appended(view)])
    assert np.array_equal(WindowDisplay.from_study(more).means["TR"], before, equal_nan=True)


def _appended(view):
    names = example.MEASURES
    return type(view)(
        view.kind, view.query, *(np.concatenate([getattr(view, n), getattr(view, n)[:1] * 0 + 1]) for n in names)
    )


def test_positions_that_few_words_have_are_not_drawn(study):
    window = study.events.views[0].window[..., 2, 1, :]
    short = np.isfinite(window[:, 0]).mean()
    assert short < 0.5, "the stems of the example are short"
    display = WindowDisplay.from_study(study)
    assert all(np.isnan(means[0]) for means in display.means.values()) and np.isnan(display.response[0])


def test_plain_list_shows_only_where_the_process_applies():
    study = example.plain_study()
    display = WindowDisplay.from_study(study).plot()
    counted = study.events.views[0].mass[2:, 2, 1]  # the first two failed
    assert list(display.means) == ["TR"] and display.means["TR"][4] == pytest.approx(counted.mean(), abs=1e-6)
    assert display.response is None and len(display.axes_) == 1 and display.elsewhere == pytest.approx(0.2)


def test_insertion_is_seen_from_the_trigger(study):
    inserted = example.plain_study(families=False)
    for event in inserted.events.events:
        object.__setattr__(event.item, "target_index", None)
    view = inserted.events.views[0]
    view.window[..., 3] = view.mass
    view.window[..., 4] = 0
    display = WindowDisplay.from_study(inserted).plot()
    assert (display.offset, display.center) == (0, "trigger") and display.words["TR"].startswith("TR  ∅ by m\n")
    assert display.axes_[0].get_xticklabels()[3].get_text() == "0\ntrigger"


def test_a_trigger_at_varying_distance_has_a_place_of_its_own():
    study = example.grid_study(each=(6, 5), far=True)
    display = WindowDisplay.from_study(study).plot()
    assert display.offset is None
    cells = example.cells_of(study.events.views[0], study.design)
    for (cell, means), mass in zip(display.means.items(), cells, strict=True):
        assert means[8] == pytest.approx(mass[..., 2, 1].mean(), abs=1e-6), cell
    family, n = study.primary, study.primary.best
    assert display.response[8] == pytest.approx(family.estimate["mass"][n], abs=1e-6)
    assert (display.low[8], display.high[8]) == (family.low["mass"][n], family.high["mass"][n])
    ticks = [label.get_text() for label in display.axes_[1].get_xticklabels()]
    assert sorted(display.axes_[1].get_xticks()) == pytest.approx([*range(-3, 4), 4.35, 5.95])
    assert ticks[4] == "+1" and ticks[7:] == ["EOS\nraw weight", "trigger\nanywhere"]
    drawn = [list(line.get_ydata()) for line in display.axes_[0].lines]
    assert all(means[7:].tolist() in drawn for means in display.means.values())


def test_a_head_that_looks_everywhere_alike_hides_no_distance():
    study = example.grid_study(each=(6, 5))
    view = study.events.views[0]
    view.mass[:, 2, 1] = view.window[:, 2, 1, 2:5].T[:] = 0.2
    assert WindowDisplay.from_study(study, SHOWN).offset == 1


def test_a_crossed_list_that_errors_leave_too_small_has_controls():
    study = example.plain_study()
    assert "Without controls this is a description" in WindowDisplay.from_study(study).caption.text
    study.exclusions = Exclusions({}, (), {"T": (4, 5), "C": (0, 5)}, ("errors leave too few units",))
    text = WindowDisplay.from_study(study).caption.text
    assert "With the few words that errors left this is a description" in text and "Without controls" not in text


@pytest.mark.parametrize("edge", ["R", "N", ""])
def test_shares_with_eos_and_without_it_are_not_subtracted(tmp_path, edge):
    """Where the end of the word is the trigger, or its control, EOS counts among the positions there alone."""
    items, grammar = at_edge.at_the_end(stems=10), at_edge.grammar()
    if edge == "N":
        items, grammar = at_edge.against_the_end(stems=10), at_edge.nasalization()
    elif not edge:  # a plain list
        items = [dataclasses.replace(i, stem="", suffix="") for i in items if i.cell == "TR"]
    dump = planted.planted_dump(tmp_path / "dump", items, 1, 2, [planted.Effect("response", 4.0, 1, 1)])
    study = analyze(dump, grammar, at_edge.PROCESS, items)
    display = WindowDisplay.from_study(study).plot()
    assert display.response is None and len(display.axes_) == 1
    where = {"R": "in TR and CR EOS is in trigger position", "N": "in TN and CN EOS is in trigger position"}
    caption, here = display.caption, where.get(edge, "EOS is in trigger position")
    for text in (caption.text, caption.alt):
        assert here.lower() in text.lower() and "shown apart once more" in text
        assert ("in the other cells it is excluded" in text) is bool(edge)
    assert "lower panel" not in caption.text and "EOS is excluded" not in caption.text
