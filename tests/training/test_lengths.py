"""Proposed training lengths are near what the examples train with, and their batches are fairseq's."""

from __future__ import annotations

import random

import pytest

from fairseq_phonology.training.lengths import UPDATES, training_length


def sizes_of(words: int, mean: int = 10) -> list[int]:
    rng = random.Random(1)
    return [max(2, round(rng.gauss(mean, mean / 4))) for _ in range(words)]


@pytest.mark.parametrize(
    ("words", "batch", "epochs"),
    [(100, 256, 200), (1000, 500, 69), (11_400, 2048, 26), (100_000, 2048, 10)],
)
def test_some_1500_updates_in_batches_that_fit(words, batch, epochs):
    length = training_length(sizes_of(words))
    assert length.batch == pytest.approx(batch, rel=0.05)
    assert length.epochs == pytest.approx(epochs, rel=0.1)
    assert length.words == words
    if 10 < length.epochs < 200:
        assert UPDATES <= length.updates < UPDATES + length.per_epoch


def test_updates_are_counted_as_fairseq_makes_batches():
    data_utils = pytest.importorskip("fairseq.data.data_utils")
    for words in (37, 1000, 11_400):
        ordered = sorted(sizes_of(words))
        length = training_length(ordered)
        batches = data_utils.batch_by_size(range(words), ordered.__getitem__, ordered, max_tokens=length.batch)
        assert length.per_epoch == len(batches)


def test_a_batch_has_room_for_the_longest_word_of_any_part():
    assert training_length([5, 5, 300]).batch == 300
    assert training_length([5, 5, 5], longest=999).batch == 999


def test_epochs_are_fewer_where_every_ur_is_there_several_times():
    assert training_length(sizes_of(11_400) * 10, copies=10).epochs < 10
