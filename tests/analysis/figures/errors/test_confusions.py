"""The heat map of confused segments."""

import numpy as np
import pytest

from fairseq_phonology.analysis.errors.measure import measure
from fairseq_phonology.analysis.errors.outputs import Answer, Output
from fairseq_phonology.analysis.figures.errors.confusions import ConfusionsDisplay
from fairseq_phonology.analysis.figures.registered import figures_of


def found(*words):
    some = [Answer(str(n), n, tuple(sr), tuple(sr), tuple(said)) for n, (sr, said) in enumerate(words)]
    return measure([Output("g.txt", "", tuple(some))], ["g"])


def test_confused_segments_alone_most_frequent_first_and_nothing_last():
    display = ConfusionsDisplay.from_errors(
        found(("pat", "pak"), ("tap", "kap"), ("pa", "pai"), ("ma", "a"), ("ni", "ni"))
    )
    assert display.gold == ["t", "m", "∅"] and display.produced == ["k", "i", "∅"]
    assert display.counts.tolist() == [[2, 0, 0], [0, 0, 1], [0, 1, 0]]
    assert display.of == [2, 1, 4 + 4 + 3 + 3 + 3]
    assert "Row ∅: insertions" in display.legend and "Column ∅: deletions" in display.legend
    assert "t as k 2" in display.caption.alternative
    display.plot()
    texts = [text.get_text() for text in display.axes_.texts]
    assert texts == ["2", "1", "1", "2 of 2  (100.0 %)", "1 of 1  (100.0 %)", "1 of 17  (5.9 %)"]


def test_rarer_segments_are_counted_and_not_shown():
    letters = "abcdefghijklmnopqrstuvwxyzæøå"
    display = ConfusionsDisplay.from_errors(found(*((one, "∂") for one in letters)))
    assert display.counts.shape == (24, 1) and np.all(display.counts == 1)
    assert f"{len(letters) - 24} rarer ones are not shown" in display.legend


@pytest.mark.parametrize(("said", "drawn"), [("pat", False), ("pak", True)])
def test_it_is_drawn_where_something_is_confused(said, drawn):
    assert (figures_of("errors")["confusions"](found(("pat", said))) is not None) is drawn
