"""Parts of words that bound the memory of a pass."""

from __future__ import annotations

import pytest

from fairseq_phonology.corpus.batches import CELLS, parts, room


@pytest.mark.parametrize("most", [1, 7, 128, 1024])
@pytest.mark.parametrize("symbols", [1, 12, 64])
def test_short_words_fill_a_part(symbols, most):
    found = list(parts(range(2500), lambda n: symbols, most))
    assert [n for part in found for n in part] == list(range(2500))
    assert {len(part) for part in found[:-1]} <= {most} and len(found[-1]) <= most


def test_no_part_of_long_words_is_larger_than_its_room():
    lengths = sorted((37 * n * n) % 1023 + 1 for n in range(400))
    found = list(parts(lengths, int, 1024))
    assert [n for part in found for n in part] == lengths
    for part in found:
        assert len(part) == 1 or len(part) * max(part) ** 2 <= CELLS
    assert len(found[0]) > 30  # and no smaller than need be


def test_an_item_without_room_stands_alone():
    assert list(parts([2, 3000, 3000], int, 10)) == [[2], [3000], [3000]]
    assert (room(3000, 10), room(0, 10), room(1023, 1024)) == (1, 10, 4)
    assert list(parts([], int, 10)) == []
