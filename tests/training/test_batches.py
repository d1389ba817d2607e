"""Batches of words of any length: drawn, whole, and of the seed."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from fairseq.data import Dictionary, LanguagePairDataset, ListDataset
from fairseq.data.data_utils import numpy_seed

from fairseq_phonology import InputError
from fairseq_phonology.training.batches import check_reach, mix_lengths

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


def _of_workers(workers: int) -> SimpleNamespace:
    """An iterator of 5 batches, of 20 words."""
    return SimpleNamespace(frozen_batches=[[0] * n for n in (6, 5, 4, 3, 2)], num_shards=workers)


@pytest.mark.parametrize("metric", ["exact_match", "per", "nasalization", "finals"])
@pytest.mark.parametrize(("workers", "steps", "words"), [(1, 0, 6), (1, 2, 15), (1, 3, 18), (2, 0, 11), (2, 1, 18)])
def test_a_checkpoint_is_chosen_by_all_words(workers, steps, words, metric):
    said = (
        f"--max-valid-steps {steps} ends the validation of valid after {words} of its 20 words, the shortest: {metric}"
    )
    with pytest.raises(InputError, match=said):
        check_reach(_of_workers(workers), steps, "valid", metric)


@pytest.mark.parametrize("metric", ["loss", "nll_loss", "ppl"])
def test_a_validation_that_leaves_words_out_says_so(metric, caplog):
    check_reach(_of_workers(1), 1, "valid", metric)
    (record,) = caplog.records
    assert record.levelname == "WARNING" and "after 11 of its 20 words, the shortest: exact match and" in record.message


@pytest.mark.parametrize(("workers", "steps"), [(1, None), (1, 4), (1, 99), (2, 2), (5, 0)])
def test_a_limit_beyond_the_last_batch_is_none(workers, steps, caplog):
    check_reach(_of_workers(workers), steps, "valid", "exact_match")
    assert not caplog.records
