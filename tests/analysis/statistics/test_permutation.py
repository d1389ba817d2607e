"""Relabelings and flips: all of them where they are few, random ones else."""

import itertools

import numpy as np
import pytest

from fairseq_phonology.analysis.statistics.permutation import flips, relabelings


def labels(first, second):
    return np.arange(first + second) < first


def test_few_units_get_every_relabeling_once_the_actual_one_first():
    ways = relabelings(np.array([False, True, True, False]), 9999, np.random.default_rng(1))
    assert ways[0].tolist() == [False, True, True, False]
    assert {tuple(np.flatnonzero(way)) for way in ways} == set(itertools.combinations(range(4), 2)) and len(ways) == 6


@pytest.mark.parametrize(("first", "second", "b", "expected"), [(4, 4, 69, 70), (4, 4, 70, 70), (8, 8, 999, 1000)])
def test_many_units_get_b_relabelings_beside_the_actual_one(first, second, b, expected):
    ways = relabelings(labels(first, second), b, np.random.default_rng(1))
    assert len(ways) == expected and (ways.sum(1) == first).all() and (ways[0] == labels(first, second)).all()


def test_random_relabelings_put_every_unit_into_either_group_alike():
    ways = relabelings(labels(5, 15), 4000, np.random.default_rng(2))[1:]
    assert np.abs(ways.mean(0) - 0.25).max() < 4 * np.sqrt(0.25 * 0.75 / 4000)


def test_relabelings_depend_on_the_seed_alone():
    one, two, other = (relabelings(labels(8, 8), 50, np.random.default_rng(seed)) for seed in (3, 3, 4))
    assert (one == two).all() and (one != other).any()


def test_few_units_get_every_flip_once_none_first():
    ways = flips(4, 16, np.random.default_rng(1))
    assert not ways[0].any() and len({tuple(way) for way in ways.tolist()}) == 16 == len(ways)


def test_many_units_get_random_flips_after_none():
    ways = flips(40, 2500, np.random.default_rng(1))
    assert ways.shape == (2501, 40) and not ways[0].any()
    assert np.abs(ways[1:].mean(0) - 0.5).max() < 4 * np.sqrt(0.25 / 2500)
    assert (ways == flips(40, 2500, np.random.default_rng(1))).all()
