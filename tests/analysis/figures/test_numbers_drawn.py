"""The numbers that are drawn are those that one reckons by hand."""

import numpy as np
import pytest

from fairseq_phonology.analysis.events.events import Events, Head
from fairseq_phonology.analysis.figures.effect_map import EffectMapDisplay
from fairseq_phonology.analysis.figures.segments import SegmentsDisplay
from fairseq_phonology.analysis.figures.sink import SinkDisplay
from fairseq_phonology.analysis.figures.style import CELL_STYLES
from fairseq_phonology.analysis.figures.units import UnitsDisplay
from fairseq_phonology.analysis.figures.window import WindowDisplay
from tests.helpers import example_study as example

SHOWN = Head("cross", "decision", 3, 2)  # the planted one


@pytest.fixture(scope="module")
def study():
    return example.grid_study(each=(6, 5))


@pytest.fixture(scope="module")
def words():
    return example.quads_study(9)


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
    assert display.units == "11 stems and 8 suffixes"


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
    more = example.grid_study(each=(6, 5))
    more.events = Events([*study.events.events, study.events.events[extra]], [_appended(view)])
    assert np.array_equal(WindowDisplay.from_study(more).means["TR"], before, equal_nan=True)


def _appended(view):
    names = ("mass", "logit", "raw_mass", "eos_mass", "log_ratio", "entropy", "window")
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


def test_effect_map_takes_each_family(study):
    display = EffectMapDisplay.from_study(study).plot()
    assert list(display.estimates) == [(name, "cross") for name in ("response", "inspection", "salience")]
    for family in study.families:
        values = display.estimates[family.contrast, "cross"]
        assert values.shape == (3, 4)
        assert np.array_equal(values, family.estimate["mass"].reshape(3, 4))
    assert np.argwhere(display.claims["response", "cross"]).tolist() == [[2, 1]]
    assert not display.claims["salience", "cross"].any()
    mesh = display.axes_[0, 0].collections[0]
    assert mesh.get_clim() == (-display.limit, display.limit) and display.limit >= np.abs(values).max()
    assert display.axes_[0, 0].get_ylim() == (3.5, 0.5)  # layer 1 above
    written = [text.get_text() for text in display.axes_[0, 0].texts]
    assert f"{study.primary.estimate['mass'][study.primary.best]:.2f}"[1:] in written
    assert [len(ax.patches) for ax in display.axes_[0]] == [1, 0, 0]


def test_effect_map_has_a_row_for_each_kind_of_the_primary_family():
    both = example.two_kinds_study()
    both.families = [each for each in both.families if (each.contrast, each.kind) != ("inspection", "decoder")]
    display = EffectMapDisplay.from_study(both).plot()
    assert display.axes_.shape == (2, 3) and display.kinds == ["cross", "decoder"]
    assert np.array_equal(display.estimates["response", "decoder"].ravel(), both.primary.estimate["mass"][12:])
    assert [ax.axison for ax in display.axes_[1]] == [True, False, True]  # no such family


def test_effect_map_of_a_plain_list_claims_nothing():
    plain = example.plain_study()
    assert plain.primary is None
    display = EffectMapDisplay.from_study(plain).plot()
    assert np.array_equal(display.estimates["same-offset", "cross"].ravel(), plain.families[0].estimate["mass"])
    assert "No claim may be made" in display.figure_._supxlabel.get_text()


def test_units_of_a_crossed_design(study):
    display = UnitsDisplay.from_study(study)
    rows, columns = display.panels
    tr, tn, cr, cn = example.cells_of(study.events.views[0], study.design)
    assert rows.values["T"] == pytest.approx(tr[..., 2, 1].mean(1) - tn[..., 2, 1].mean(1), abs=1e-6)
    assert rows.values["C"] == pytest.approx(cr[..., 2, 1].mean(1) - cn[..., 2, 1].mean(1), abs=1e-6)
    assert columns.values["R"] == pytest.approx(tr[..., 2, 1].mean(0) - cr[..., 2, 1].mean(0), abs=1e-6)
    assert columns.values["N"] == pytest.approx(tn[..., 2, 1].mean(0) - cn[..., 2, 1].mean(0), abs=1e-6)
    assert (rows.unit, columns.unit) == ("stems", "suffixes") and columns.names["R"] == ("ma", "ni", "mu", "ne")
    response = study.primary.estimate["mass"][study.primary.best]
    assert rows.response[0] == pytest.approx(response, abs=1e-6) == columns.response[0]
    assert rows.p == {"mass": 1 / 462, "logit": 1 / 462}  # 6 of 11 stems can be chosen in 462 ways


def test_dots_are_the_units_and_small_classes_are_named(study):
    display = UnitsDisplay.from_study(study).plot()
    drawn = np.concatenate([line.get_ydata() for line in display.axes_[1].lines if line.get_markersize() == 3])
    wanted = np.concatenate(list(display.panels[1].values.values()))
    assert sorted(drawn) == pytest.approx(sorted(wanted))
    assert {"ma", "ni", "pʰa"} <= {text.get_text() for text in display.axes_[1].texts}
    assert display.axes_[0].get_title(loc="left").endswith("\nmax-T p = .0022 (mass), p = .0022 (logit)")
    assert "(logit)" in UnitsDisplay.from_study(study, scale="logit").plot().axes_[0].get_ylabel()
    with pytest.raises(ValueError, match="no scale 'log': mass or logit"):
        UnitsDisplay.from_study(study, scale="log")


def test_units_of_a_progressive_process_are_named_by_what_they_are(study):
    turned = example.grid_study(each=(5, 5))
    object.__setattr__(turned.design, "row_unit", "suffixes")
    assert [panel.unit for panel in UnitsDisplay.from_study(turned).panels] == ["suffixes", "stems"]
    assert SegmentsDisplay.from_study(turned).unit == {"target": "suffixes", "trigger": "stems"}


def test_real_words_are_sorted_by_their_response(words):
    display = UnitsDisplay.from_study(words).plot()
    (panel,) = display.panels
    mass = words.events.views[0].mass[:, 2, 1][words.design.index]
    assert panel.values["T"] == pytest.approx(mass[:, 0] - mass[:, 1], abs=1e-6)
    assert panel.values["C"] == pytest.approx(mass[:, 2] - mass[:, 3], abs=1e-6)
    assert panel.response[0] == pytest.approx((mass @ [1, -1, -1, 1]).mean(), abs=1e-6)
    order = np.argsort(-(mass @ [1, -1, -1, 1]))
    dots = [line for line in display.axes_[0].lines if line.get_label() == "TR − TN (undergoes)"]
    assert dots[0].get_xdata() == pytest.approx(panel.values["T"][order])


def test_sink(study):
    display = SinkDisplay.from_study(study).plot()
    view = study.events.views[0]
    for name in ("entropy", "eos_mass"):
        cells = example.cells_of(view, study.design, name)
        for means, values in zip(getattr(display, name).values(), cells, strict=True):
            assert means == pytest.approx(values.reshape(-1, 3, 4).mean(0), abs=1e-5)
    assert display.uniform == pytest.approx(np.mean([np.log2(len(e.item.ur)) for e in study.events.events]))
    assert display.entropy["TR"][2, 1] < display.entropy["TN"][2, 1] < display.uniform
    assert [label.get_text() for label in display.axes_[1].get_yticklabels()] == ["0", ".50", "1"]


@pytest.mark.parametrize(
    ("largest", "ticks", "label"),
    [
        pytest.param(0, ["0", ".005", ".01"], "EOS (raw weight)\nscale: 0 to .01, not 1", id="nothing"),
        pytest.param(0.03, ["0", ".025", ".05"], "EOS (raw weight)\nscale: 0 to .05, not 1", id="little"),
        pytest.param(0.51, ["0", ".50", "1"], "EOS (raw weight)", id="much"),
    ],
)
def test_the_scale_of_eos_fits_its_data(study, largest, ticks, label):
    display = SinkDisplay.from_study(study)
    display.eos_mass = {cell: means * largest / means.max() for cell, means in display.eos_mass.items()}
    ax = display.plot().axes_[1]
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ticks and ax.get_ylabel() == label


def test_segments_have_the_family_s_estimate_amid_their_units(study):
    display = SegmentsDisplay.from_study(study).plot()
    best = study.primary.best
    assert list(display.estimates["target"]) == ["p", "t", "k"] and list(display.estimates["trigger"]) == ["m", "n"]
    for side, by in study.primary.segments.items():
        for segment, values in by.items():
            assert display.estimates[side][segment] == values[best]
            assert display.units[side][segment].mean() == pytest.approx(values[best], abs=1e-6)
    assert {s: len(u) for s, u in display.units["target"].items()} == {"p": 2, "t": 2, "k": 2}
    assert [label.get_text() for label in display.axes_[0].get_xticklabels()] == ["p\n2", "t\n2", "k\n2"]
    assert display.axes_[0].get_title(loc="left") == "▲ all positive"


def test_a_segment_against_the_response_is_marked(study):
    other = example.grid_study(each=(5, 5))
    other.primary.segments["target"]["t"] = -other.primary.segments["target"]["t"]
    display = SegmentsDisplay.from_study(other).plot()
    assert display.axes_[0].get_title(loc="left") == "▽ 1 of 3 not positive"
    markers = [line.get_marker() for line in display.axes_[0].lines if line.get_markersize() == 6.5]
    assert markers == ["^", "v", "^"]


def test_rare_segments_of_real_words_are_pooled(words):
    pooled = words.primary.segments["target"]
    words.primary.segments["target"] = {"k": pooled["k"], "other": pooled["k"]}
    display = SegmentsDisplay.from_study(words)
    words.primary.segments["target"] = pooled
    counts = {segment: len(values) for segment, values in display.units["target"].items()}
    own = words.design.row_segments.count("k")
    assert counts == {"k": own, "other": 9 - own}
