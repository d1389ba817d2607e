"""Batches of words of any length: drawn, whole, and of the seed."""

import numpy as np
import pytest
import torch
from fairseq.data import Dictionary, LanguagePairDataset, ListDataset
from fairseq.data.data_utils import numpy_seed

from fairseq_phonology.training.batches import mix_lengths

WORDS, BATCH = 60, 10
LENGTHS = [2 + n % 6 for n in range(WORDS)]


@pytest.fixture
def words() -> LanguagePairDataset:
    symbols = Dictionary()
    some = ListDataset([torch.full((n,), symbols.unk()) for n in LENGTHS], LENGTHS)
    return LanguagePairDataset(some, some.sizes, symbols, some, some.sizes, symbols)


def _batches(words: LanguagePairDataset, seed: int) -> list[list[int]]:
    with numpy_seed(seed):
        order = words.ordered_indices()
    return [list(batch) for batch in words.batch_by_size(order, max_sentences=BATCH)]


def _lengths(batch: list[int]) -> set[int]:
    return {LENGTHS[n] for n in batch}


def test_of_any_length_and_every_word_once(words):
    assert all(len(_lengths(batch)) == 1 for batch in _batches(words, 1))  # fairseq's own
    mix_lengths(words)
    batches = _batches(words, 1)
    assert all(len(_lengths(batch)) > 2 for batch in batches)
    assert sorted(n for batch in batches for n in batch) == list(range(WORDS))
    assert words.ordered_indices().dtype == np.int64


def test_a_seed_has_its_batches(words):
    mix_lengths(words)
    assert _batches(words, 1) == _batches(words, 1) != _batches(words, 2)
