"""How words are divided and named."""

import pytest

from fairseq_phonology.corpus.splits import drawn, name_words, split_by_ratio
from fairseq_phonology.errors import InputError
from tests.helpers.listed import word


def test_made_ids_are_those_of_fairseqs_samples():
    words = [word("a"), word("b", id="mine"), word("c")]
    name_words(words, "test")
    assert [w.id for w in words] == ["test-0", "mine", "test-2"]


def test_split_keeps_a_ur_together_and_the_order():
    words = [word(f"a{n % 40}", line=n) for n in range(100)]
    parts = split_by_ratio(words, [0.8, 0.1, 0.1], seed=1)
    assert sum(map(len, parts)) == 100
    assert [abs(len(part) - size) <= 2 for part, size in zip(parts, (80, 10, 10), strict=True)] == [True] * 3
    urs = [{w.ur for w in part} for part in parts]
    assert not (urs[0] & urs[1] or urs[0] & urs[2] or urs[1] & urs[2])
    assert all([w.line for w in part] == sorted(w.line for w in part) for part in parts)


def test_split_is_the_seeds():
    words = [word(f"a{n}", line=n) for n in range(50)]
    lines = [[w.line for w in split_by_ratio(words, [8, 1, 1], seed)[1]] for seed in (1, 1, 2)]
    assert lines[0] == lines[1] == [1, 7, 13, 30, 36] != lines[2]


def test_too_few_words_to_split():
    with pytest.raises(InputError, match=r"2 different URs are too few to split 0\.8,0\.1,0\.1: every part needs one"):
        split_by_ratio([word("a"), word("b"), word("b")], [0.8, 0.1, 0.1], seed=1)


def test_all_words_of_a_group_stay_together():
    words = [word(f"a{n}", line=n, group=f"lemma {n % 30}") for n in range(120)]
    parts = split_by_ratio(words, [0.8, 0.1, 0.1], seed=1, by="lemma")
    lemmas = [{w.group for w in part} for part in parts]
    assert [len(part) for part in parts] == [96, 12, 12]
    assert not (lemmas[0] & lemmas[1] or lemmas[0] & lemmas[2] or lemmas[1] & lemmas[2])


def test_too_few_groups_to_split():
    words = [word(f"a{n}", line=n, group="one") for n in range(5)]
    with pytest.raises(InputError, match=r"1 different values of column lemma are too few to split 1,1: every part"):
        split_by_ratio(words, [1, 1], seed=1, by="lemma")


def test_a_larger_draw_holds_a_smaller_one():
    words = [word(f"a{n}", line=n) for n in range(50)]
    small, large = (drawn(words, number, seed=1) for number in (5, 20))
    assert [w.line for w in small] == sorted(w.line for w in small)
    assert len(small) == 5
    assert len(large) == 20
    assert {w.line for w in small} < {w.line for w in large}
    assert [w.line for w in small] != [w.line for w in drawn(words, 5, seed=2)]
    assert drawn(words, 50, seed=1) == words


def test_a_ur_is_drawn_with_all_of_its_words():
    words = [word(f"a{n // 3}", line=n) for n in range(30)]
    assert len(drawn(words, 4, seed=1, by_ur=True)) == 12


def test_no_more_are_drawn_than_there_are():
    with pytest.raises(InputError, match="--train-size is 3; there are 2 training words"):
        drawn([word("a"), word("b")], 3, seed=1)
