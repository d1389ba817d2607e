"""Lanes of correlations: the verdict's first, every seed a circle, none over the seeds of one."""

import numpy as np
import pytest

from fairseq_phonology.analysis.figures.people.correlations import CorrelationsDisplay
from fairseq_phonology.analysis.people.comparison import ENSEMBLE, MEAN, PARTICIPANTS, compare
from fairseq_phonology.analysis.people.human import read_human
from tests.helpers import people
from tests.helpers.compared import QUICK, comparison


def test_lanes_have_the_numbers_of_the_comparison():
    found = comparison("ratings")
    display = CorrelationsDisplay.from_comparison(found)
    assert [lane.name for lane in display.lanes] == [
        *("within variants", "all candidates", "applied", "blocked", "between items"),
    ]
    lane = display.lanes[0]
    assert lane.models.tolist() == [found.row("spearman", model, "within").value for model in found.models]
    assert lane.estimates == {of: found.row("spearman", of, "within") for of in (ENSEMBLE, MEAN, PARTICIPANTS)}


def test_where_counts_sum_to_n_a_variant_is_not_shown_twice():
    display = CorrelationsDisplay.from_comparison(comparison("counts"))
    assert [lane.name for lane in display.lanes] == ["between items", "all candidates"]
    assert display.lanes[0].ceiling[0] == pytest.approx(comparison("counts").ceilings["items"].value)


@pytest.mark.parametrize(("seeds", "marks"), [(1, 1), (3, 4)])
def test_one_seed_is_one_mark_a_lane(seeds, marks):
    display = CorrelationsDisplay.from_comparison(comparison("counts", 24, seeds)).plot()
    drawn = [line for line in display.axes_.lines if line.get_marker() not in ("None", "")]
    assert len(drawn) == 2 * marks


def test_ratings_that_do_not_vary_have_no_correlation(tmp_path):
    rows = [(f"i{n}", variant, 4) for n in range(5) for variant in people.VARIANTS]
    human = read_human(people.table(tmp_path / "r.tsv", "item variant rating", rows))
    found = compare(people.scores_of(np.arange(5.0)), human, QUICK)
    assert found.sentence.startswith("No correlation (within variants) is defined over 5 items: models or people do")
    display = CorrelationsDisplay.from_comparison(found).plot()
    assert not any(np.isfinite(lane.estimates[ENSEMBLE].value) for lane in display.lanes)
