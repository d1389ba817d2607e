"""Accuracy per process of generated words, by hand, on batches as fairseq hands them over."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

pytest.importorskip("fairseq")

import torch
from fairseq.data import Dictionary

from fairseq_phonology import InputError
from fairseq_phonology.training.generated import GeneratedProcesses

WORDS = [{"ur": "a k m a", "sr": "a ŋ m a"}, {"ur": "k a", "sr": "k a"}, {"ur": "x a", "sr": "x a"}]
WORDS.append({"ur": "k m a", "sr": "ŋ m a"})


@pytest.fixture
def dictionary():
    dictionary = Dictionary()
    for segment in "akmŋ":
        dictionary.add_symbol(segment)
    return dictionary


@pytest.fixture
def grammar(tmp_path):
    path = tmp_path / "toy.toml"
    text = '[inventory]\nsegments = "k m ŋ a"\n[[process]]\nname = "nasalization"\nrules = "k -> ŋ / _ m"\n'
    path.write_text(text, encoding="utf-8")
    return str(path)


def batches(rows, shard=0, of=1):
    return SimpleNamespace(frozen_batches=[[row] for row in rows], shard_id=shard, num_shards=of)


def generated(dictionary, *forms):
    """The hypotheses of a batch; of the first word two."""
    tokens = [dictionary.encode_line(form, add_if_not_exist=False, append_eos=True) for form in forms]
    return [[{"tokens": one}] for one in tokens[:1]] + [[{"tokens": one}, {"tokens": tokens[0]}] for one in tokens[1:]]


def test_best_hypotheses_against_references(grammar, dictionary, capsys):
    processes = GeneratedProcesses(grammar, dictionary, dictionary)
    processes.expect(batches(range(4)), lambda: WORDS)
    processes.add({"id": torch.tensor([3, 0])}, generated(dictionary, "ŋ m a", "a k m a"))
    assert capsys.readouterr().out == ""  # two are to come
    processes.add({"id": torch.tensor([1, 2])}, generated(dictionary, "ŋ a", "a a"))
    said, _, line = capsys.readouterr().out.splitlines()
    assert said == (
        "by process (toy.toml), 4 words, best hypotheses against the references; 1 that the grammar does not derive "
        "are left out:"
    )
    assert line.split() == "nasalization 1 of 2 50.0 % 1 of 2 50.0 % 1 of 1 100.0 %".split()


def test_a_process_with_a_rate_has_a_share_beside_its_rate_in_training(grammar, dictionary, capsys):
    with open(grammar, "a", encoding="utf-8") as file:
        file.write("rate = 0.6\n")
    training = [{"ur": "k m a", "sr": sr} for sr in ("ŋ m a", "k m a", "ŋ m a", "ŋ m a")]
    processes = GeneratedProcesses(grammar, dictionary, dictionary, training=lambda: training)
    processes.expect(batches(range(2)), lambda: [WORDS[0], {"ur": "k m a", "sr": "k m a"}])
    processes.add({"id": torch.tensor([0, 1])}, generated(dictionary, "a k m a", "ŋ m a"))
    _, head, line = capsys.readouterr().out.splitlines()
    assert head.split()[:4] == "process with a rate".split()
    assert line.split() == "nasalization 1 of 2 50.0 % 3 of 4 75.0 % 60.0 % –".split()


def test_of_a_shard_only_its_words_count(grammar, dictionary, capsys):
    processes = GeneratedProcesses(grammar, dictionary, dictionary)
    processes.expect(batches(range(4), shard=1, of=2), lambda: WORDS)
    processes.add({"id": torch.tensor([1, 3])}, generated(dictionary, "k a", "k m a"))
    said, _, line = capsys.readouterr().out.splitlines()
    assert "2 words" in said
    assert line.split() == "nasalization 0 of 1 0.0 % 1 of 1 100.0 % 0 of 1 0.0 %".split()


def test_lines_without_references_are_compared_with_what_the_grammar_derives(grammar, dictionary, tmp_path):
    processes = GeneratedProcesses(grammar, dictionary, dictionary, tmp_path / "generate-test.txt")
    processes.expect(batches(range(1)), None)
    source = dictionary.encode_line("k m a", add_if_not_exist=False, append_eos=True)
    processes.add({"net_input": {"src_tokens": source[None]}}, generated(dictionary, "ŋ m a"))
    said, _, line = (tmp_path / "generate-test.txt").read_text(encoding="utf-8").splitlines()
    assert "1 word, best hypotheses against what the grammar derives:" in said
    assert line.split() == "nasalization 1 of 1 100.0 % 0 of 1 0.0 % –".split()


def test_a_grammar_that_is_not_there_is_refused_at_once(dictionary):
    with pytest.raises(InputError, match=r"none\.toml"):
        GeneratedProcesses("none.toml", dictionary, dictionary)
