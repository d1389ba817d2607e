"""Mass on EOS: the numbers that are drawn are those computed by hand."""

import numpy as np
import pytest

from fairseq_phonology.analysis.figures.sink import SinkDisplay
from tests.helpers import example_study as example


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
