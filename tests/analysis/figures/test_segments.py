"""Estimates of single segments: the numbers that are drawn are those computed by hand."""

import pytest

from fairseq_phonology.analysis.figures.segments import SegmentsDisplay
from tests.helpers import example_study as example


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
