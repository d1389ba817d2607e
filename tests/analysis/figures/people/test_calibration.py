"""Bins of calibration: those of the comparison, and none where shares are not compared with shares."""

from fairseq_phonology.analysis.figures.people.calibration import CalibrationDisplay
from tests.helpers.compared import comparison


def test_the_points_are_the_bins():
    found = comparison("counts")
    display = CalibrationDisplay.from_comparison(found).plot()
    assert display.observed.tolist() == [one.observed for one in found.calibration.bins]
    assert len(display.axes_.collections[-1].get_offsets()) == len(found.calibration.bins)
    assert display.note.startswith("slope ")


def test_ratings_have_none():
    assert CalibrationDisplay.from_comparison(comparison("ratings")) is None
