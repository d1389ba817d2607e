import numpy as np
import pytest
from scipy import stats

from fairseq_phonology.analysis.people.comparison import ENSEMBLE, MEAN, PARTICIPANTS, CompareOptions, compare
from fairseq_phonology.analysis.people.human import read_human
from tests.helpers import people

QUICK = CompareOptions(draws=99, splits=50)


@pytest.fixture
def planted(tmp_path):
    """Log-odds of speakers, of three models, and the comparison of 30 items with 20 responses each."""
    rng = np.random.default_rng(1)
    truth = rng.normal(0, 1.5, 30)
    odds = truth + rng.normal(0, 0.5, (3, 30))
    k = rng.binomial(20, 1 / (1 + np.exp(-truth)))
    human = read_human(people.counts(tmp_path / "people.tsv", k, np.full(30, 20)))
    return odds, k, compare(people.scores_of(odds), human, QUICK)


def test_spearman_is_that_of_scipy_for_each_model_and_the_mean_share(planted):
    odds, k, found = planted
    for n, model in enumerate(found.models):
        assert found.row("spearman", model, "items").value == pytest.approx(stats.spearmanr(odds[n], k).statistic)
    share = (1 / (1 + np.exp(-odds))).mean(0)
    assert found.row("spearman", ENSEMBLE, "items").value == pytest.approx(stats.spearmanr(share, k).statistic)
    both = stats.spearmanr(np.r_[share, 1 - share], np.r_[k, 20 - k]).statistic
    assert found.row("spearman", ENSEMBLE, "all").value == pytest.approx(both)
    alone = [stats.spearmanr(each, k).statistic for each in odds]
    assert found.row("spearman", MEAN, "items").value == pytest.approx(np.mean(alone))


def test_seeds_as_participants_are_the_share_of_models_that_prefer_the_candidate(planted):
    odds, k, found = planted
    expected = stats.spearmanr((odds > 0).mean(0), k).statistic
    assert found.row("spearman", PARTICIPANTS, "items").value == pytest.approx(expected)


def test_the_verdict_says_items_seeds_and_ceiling(planted):
    _, _, found = planted
    one, ceiling = found.row("spearman", ENSEMBLE, "items"), found.ceilings["items"]
    assert one.low < one.value < one.high < 1 and one.value < ceiling.value < 1
    assert "over 30 items and 3 seeds (ceiling ." in found.sentence
    assert [one.name for one in found.baselines] == ["constant"] and found.baselines[0].beaten
