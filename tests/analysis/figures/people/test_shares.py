"""Shares by item: sorted, every model a point, names as long as there is room."""

import itertools

import numpy as np
import pytest

from fairseq_phonology.analysis.figures.people.shares import SharesDisplay
from fairseq_phonology.analysis.figures.registered import FIGURES
from fairseq_phonology.analysis.people.scores import Scores
from fairseq_phonology.corpus.candidates import Candidate


def scores(items, models, strata=("",), variants=("applied", "blocked")):
    rng = np.random.default_rng(1)
    candidates = tuple(
        Candidate(f"item{n}", ("a",), (variant or sr,), variant, columns={"stratum": strata[n % len(strata)]})
        for n in range(items)
        for variant, sr in zip(variants, "xy", strict=True)
    )
    log_prob = np.log(rng.uniform(0.01, 0.5, (models, len(candidates))))
    return Scores(tuple(map(str, range(models))), candidates, log_prob)


def test_items_are_sorted_by_their_mean_share():
    given = scores(12, 6)
    display = SharesDisplay.from_scores(given)
    assert display.variant == "applied"
    means = display.shares.mean(0)
    assert (np.diff(means) >= 0).all()
    names, shares = given.item_shares("applied")
    np.testing.assert_array_equal(display.shares[:, 0], shares[:, names.index(display.items[0])])
    assert display.items[0] in display.caption.alt and display.items[-1] in display.caption.alt


@pytest.mark.parametrize(
    ("items", "models", "strata"), [(10, 1, ("",)), (60, 6, ("sino", "native")), (300, 6, ("sino", "native"))]
)
def test_every_item_is_drawn_and_named_where_there_is_room(items, models, strata):
    display = SharesDisplay.from_scores(scores(items, models, strata)).plot()
    ax = display.axes_
    labels = [label.get_text() for label in ax.get_yticklabels()]
    if items <= 60:
        assert labels == display.items
        heights = [label.get_window_extent() for label in ax.get_yticklabels()]
        assert all(low.y1 <= high.y0 + 2 for low, high in itertools.pairwise(heights))
    else:
        assert len(labels) < 10
    legend = ax.get_legend()
    assert [text.get_text() for text in legend.get_texts()] == ["native", "sino"] if strata[0] else legend is None
    assert ("model" in display.caption.text) and display.caption.title == "Share of application in every item."


def test_without_variants_it_is_the_first_candidate():
    display = SharesDisplay.from_scores(scores(4, 2, variants=("", "")))
    assert display.caption.title == "Share of the first candidate in every item."
    assert len(display.items) == 4


def test_of_items_without_alternative_there_is_no_figure():
    lone = Scores(("m",), (Candidate("w", ("a",), ("b",)),), np.array([[-1.0]]))
    assert FIGURES.find("shares")(lone) is None
