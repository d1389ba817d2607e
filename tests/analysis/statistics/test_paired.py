"""Sign-flips of paired differences, by hand; a claim needs stems, suffixes, and both at once."""

import numpy as np
import pytest

from fairseq_phonology.analysis.statistics.paired import interval, ratio_interval, test_paired


def test_every_way_to_flip_five_rows_and_six_columns():
    """All differences alike: only the flip of nothing reaches the actual statistic."""
    found = test_paired(np.ones((5, 6, 1)))
    assert found.estimate == [1]
    assert found.p == {"rows": [1 / 32], "columns": [1 / 64], "both": [1 / 32]}


def test_words_have_one_test():
    found = test_paired(np.array([[1.0], [2.0], [1.0], [3.0], [1.0]]))
    assert found.p == {"rows": [1 / 32]} and found.estimate == [1.6]


def test_no_difference_and_the_wrong_direction():
    values = np.zeros((5, 5, 2))
    values[..., 1] = -1
    for p in test_paired(values).p.values():
        assert p.tolist() == [1, 1]


def test_rounding_is_no_difference():
    noise = np.abs(np.random.default_rng(1).normal(0, 1e-7, (5, 5, 1)))
    assert test_paired(noise, scale=5.0).p["rows"] == [1]


def test_one_suffix_that_does_it_all():
    """Stems agree, for each stands with that suffix; the suffixes do not, and so there is no claim."""
    values = np.random.default_rng(1).normal(0, 0.01, (30, 8, 1))
    values[:, 0] += 8
    p = test_paired(values).p
    assert p["rows"][0] < 0.001 and p["columns"][0] > 0.05 and p["both"][0] >= p["columns"][0]


def test_a_family_is_corrected_for_its_size():
    rng = np.random.default_rng(2)
    values = rng.normal(0, 1, (10, 8, 1)) + 0.25
    alone = test_paired(values).p["rows"][0]
    family = test_paired(np.concatenate([values, rng.normal(0, 1, (10, 8, 11))], 2)).p["rows"][0]
    assert alone < family
    two = test_paired(np.concatenate([values, values], 2), family=1).p["rows"]
    assert two[0] == pytest.approx(alone) and two[1] == pytest.approx(alone)


def test_both_is_never_smaller():
    rng = np.random.default_rng(3)
    values = rng.normal(0, 1, (12, 1, 20)) + rng.normal(0, 1, (1, 8, 20)) + rng.normal(0.8, 1, (12, 8, 20))
    p = test_paired(values).p
    assert (p["both"] >= np.maximum(p["rows"], p["columns"]) - 1e-12).all()
    assert (p["both"] > np.maximum(p["rows"], p["columns"])).any()


def test_intervals():
    rng = np.random.default_rng(4)
    whole = 10 + rng.normal(0, 2, (30, 8))
    low, high = ratio_interval(np.stack([whole / 2, np.zeros_like(whole)], 2), whole)
    np.testing.assert_allclose([low, high], [[0.5, 0], [0.5, 0]], atol=1e-12)  # always the half, whatever the word
    low, high = ratio_interval(np.stack([whole.mean() / 2 + rng.normal(0, 1, (30, 8))], 2), whole)
    assert low[0] < 0.5 < high[0]
    low, high = interval(whole[..., None])
    assert low[0] < whole.mean() < high[0]
    few, many = (interval(whole[:, :n].mean(1)[:, None]) for n in (2, 8))
    assert few[1] - few[0] > many[1] - many[0]
