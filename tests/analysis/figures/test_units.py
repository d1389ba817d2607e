"""Stems, suffixes and words: the numbers that are drawn are those computed by hand."""

import numpy as np
import pytest

from fairseq_phonology.analysis.figures.units import UnitsDisplay
from tests.helpers import example_study as example


def test_units_of_a_crossed_design(study):
    display = UnitsDisplay.from_study(study)
    rows, columns = display.panels
    tr, tn, cr, cn = example.cells_of(study.events.views[0], study.design, "log_odds")
    assert rows.values["T"] == pytest.approx(tr[..., 2, 1].mean(1) - tn[..., 2, 1].mean(1), abs=1e-6)
    assert rows.values["C"] == pytest.approx(cr[..., 2, 1].mean(1) - cn[..., 2, 1].mean(1), abs=1e-6)
    assert columns.values["R"] == pytest.approx(tr[..., 2, 1].mean(0) - cr[..., 2, 1].mean(0), abs=1e-6)
    assert columns.values["N"] == pytest.approx(tn[..., 2, 1].mean(0) - cn[..., 2, 1].mean(0), abs=1e-6)
    assert (rows.unit, columns.unit) == ("stems", "suffixes") and columns.names["R"] == (
        "ma",
        "ni",
        "mu",
        "ne",
        "mo",
        "na",
        "mi",
        "nu",
    )
    response = study.primary.estimate["log_odds"][study.primary.best]
    assert rows.response[0] == pytest.approx(response, abs=1e-6) == columns.response[0]
    assert display.test == "Test with stems and suffixes random: p < .0001, corrected over 12 heads."


def test_dots_are_the_units_and_small_classes_are_named(study):
    display = UnitsDisplay.from_study(study).plot()
    drawn = np.concatenate([line.get_ydata() for line in display.axes_[1].lines if line.get_markersize() == 3])
    wanted = np.concatenate(list(display.panels[1].values.values()))
    assert sorted(drawn) == pytest.approx(sorted(wanted))
    assert {"ma", "ni", "pʰa"} <= {text.get_text() for text in display.axes_[1].texts}
    low, high = display.panels[0].response[1:]
    assert display.axes_[0].get_title(loc="left").endswith(f"[+{low:.1f}, +{high:.1f}]")
    assert "(mass)" in UnitsDisplay.from_study(study, scale="mass").plot().axes_[0].get_ylabel()
    with pytest.raises(ValueError, match="no scale 'log': log_odds or mass"):
        UnitsDisplay.from_study(study, scale="log")


def test_units_of_a_progressive_process_are_named_by_what_they_are(study):
    turned = example.grid_study(each=(5, 5))
    object.__setattr__(turned.design, "row_unit", "suffixes")
    assert [panel.unit for panel in UnitsDisplay.from_study(turned).panels] == ["suffixes", "stems"]


def test_real_words_are_sorted_by_their_response(words):
    display = UnitsDisplay.from_study(words).plot()
    (panel,) = display.panels
    values = words.events.views[0].log_odds[:, 2, 1][words.design.index]
    assert panel.values["T"] == pytest.approx(values[:, 0] - values[:, 1], abs=1e-6)
    assert panel.values["C"] == pytest.approx(values[:, 2] - values[:, 3], abs=1e-6)
    assert panel.response[0] == pytest.approx((values @ [1, -1, -1, 1]).mean(), abs=1e-6)
    order = np.argsort(-(values @ [1, -1, -1, 1]))
    dots = [line for line in display.axes_[0].lines if line.get_label() == "TR − TN (undergoes)"]
    assert dots[0].get_xdata() == pytest.approx(panel.values["T"][order])
