"""Consistency over segments: the numbers that are drawn are those computed by hand."""

from dataclasses import replace

import numpy as np
import pytest

from fairseq_phonology.analysis.figures.segments import SegmentsDisplay
from tests.helpers import example_study as example


def mean_by(values, segments):
    """Of each segment the mean of its units, then of these."""
    names = list(dict.fromkeys(segments))
    return {name: values[[each == name for each in segments]].mean(0) for name in names}


def test_slopes_are_those_of_the_words(study):
    display = SegmentsDisplay.from_study(study)
    table = study.events.views[0].log_odds[:, 2, 1].astype(float)[study.design.index]
    target, trigger = study.design.sides
    by_target = np.array(list(mean_by(table, target.segments).values()))
    cells = np.array(list(mean_by(by_target.T, trigger.segments).values())).T  # -> target x trigger segments
    assert display.sides["target"].names == ("p", "t", "k", "m", "ŋ")
    assert display.sides["trigger"].names == ("m", "n", "pʰ", "tʰ", "kʰ", "p͈")
    slopes = cells[:, :2].mean(1) - cells[:, 2:].mean(1), cells[:3].mean(0) - cells[3:].mean(0)
    for side, expected in zip(display.sides.values(), slopes, strict=True):
        assert side.values == pytest.approx(expected, abs=1e-6)
    quadruples = [
        cells[t, r] - cells[t, n] - (cells[c, r] - cells[c, n])
        for t in range(3) for c in (3, 4) for r in (0, 1) for n in range(2, 6)
    ]  # fmt: skip
    assert display.quadruples == pytest.approx(quadruples, abs=1e-6) and len(quadruples) == 48
    assert display.random[0] == pytest.approx(np.mean(quadruples), abs=1e-6)


def test_points_are_segments_amid_their_units_and_titles_have_the_numbers(study):
    display = SegmentsDisplay.from_study(study).plot()
    own, best = study.primary.consistency, study.primary.best
    for ax, side in zip(display.axes_, display.sides.values(), strict=False):
        large = [line.get_ydata()[0] for line in ax.lines if line.get_markersize() == 6 and len(line.get_ydata()) == 1]
        assert sorted(large) == pytest.approx(sorted(side.values))
        small = np.concatenate([line.get_ydata() for line in ax.lines if line.get_marker() == "."])
        assert sorted(small) == pytest.approx(sorted(np.concatenate(side.units)))
        assert [label.get_text() for label in ax.get_xticklabels()] == list(side.names)
        assert f"real classes rank {side.rank} of {side.assignments}" in ax.get_title(loc="left")
    assert [len(units) for units in display.sides["target"].units] == [3, 3, 3, 4, 4]
    assert [text.get_text() for text in display.axes_[0].get_xticklabels(minor=True)] == ["undergo (T)", "do not (C)"]
    assert display.positive == own.positive[best] == 48
    assert display.axes_[2].get_title(loc="left").startswith("response: 48 of 48 positive\nsegments random: p = ")
    assert display.estimate == tuple(float(each["log_odds"][best]) for each in _bounds(study.primary))


def _bounds(family):
    return family.estimate, family.low, family.high


def test_a_quadruple_without_the_response_is_drawn_empty(study):
    display = SegmentsDisplay.from_study(study)
    display.quadruples = np.where(np.arange(48) < 5, -1.0, display.quadruples)
    axes = display.plot().axes_[2]
    empty = [line for line in axes.lines if line.get_markerfacecolor() == "white" and line.get_markersize() == 2.8]
    assert sum(len(line.get_ydata()) for line in empty) == 5
    assert axes.get_title(loc="left").startswith("response: 43 of 48 positive")


def test_one_segment_in_a_class_of_words_has_no_deviation_and_is_drawn(words):
    display = SegmentsDisplay.from_study(words).plot()
    sides = display.sides
    assert sides["target"].names[-1] == "ŋ" and sides["trigger"].names == ("m", "other", "tʰ")
    tr, tn, _, cn = words.events.views[0].log_odds[:, 2, 1].astype(float)[words.design.index].T
    k = np.array(words.design.row_segments) == "k"
    n = sides["target"].names.index("k")
    assert sides["target"].values[n] == pytest.approx((tr - tn)[k].mean(), abs=1e-6)
    assert sorted(sides["target"].units[n]) == pytest.approx(sorted((tr - tn)[k]), abs=1e-6)
    assert sides["trigger"].values[-1] == pytest.approx((tn - cn).mean(), abs=1e-6)
    assert display.over == "words"


def test_what_was_not_tested_is_refused():
    with pytest.raises(ValueError, match="no segment was compared with another"):
        SegmentsDisplay.from_study(example.plain_study())


def test_with_many_segments_no_title_is_cut_off(study):
    display = SegmentsDisplay.from_study(study)
    for place, side in display.sides.items():
        order = np.argsort(~np.tile(side.first, 3), kind="stable")
        named, units = side.names * 3, list(side.units) * 3
        many = {"names": tuple(named[n] for n in order), "units": [units[n] for n in order]}
        many |= {"values": np.tile(side.values, 3)[order], "first": np.tile(side.first, 3)[order]}
        display.sides[place] = replace(side, **many)
    display.quadruples = np.tile(display.quadruples, 16)
    figure = display.plot().figure_
    figure.draw_without_rendering()
    for ax in display.axes_:
        assert ax._left_title.get_window_extent().x1 <= figure.bbox.x1, ax.get_title(loc="left")
