"""Accuracy per process is counted on the user's own segments, once for each data set."""

from __future__ import annotations

import pytest

pytest.importorskip("fairseq")

from fairseq_phonology import InputError
from fairseq_phonology.training.validation import ProcessCounts


@pytest.fixture
def grammar(tmp_path) -> str:
    path = tmp_path / "toy.toml"
    text = '[inventory]\nsegments = "k m ŋ a"\n[[process]]\nname = "nasalization"\nrules = "k -> ŋ / _ m"\n'
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_each_data_set_is_worked_out_once(grammar):
    asked = []
    labels = {"first": [("w1", "a k m a", "a ŋ m a")], "second": [("w1", "a k a", "a k a"), ("w2", "a k", "a m")]}
    counts = ProcessCounts(grammar, lambda dataset: asked.append(dataset) or labels[dataset])
    assert [counts.load(name).left_out for name in ("first", "second", "first")] == [0, 1, 0]
    assert asked == ["first", "second"]


def test_a_grammar_of_another_corpus_shows_a_word_as_the_user_wrote_it(grammar):
    counts = ProcessCounts(grammar, lambda dataset: [("w1", "p a", "b a")])
    with pytest.raises(InputError, match=r"not \[b a\] from /p a/"):
        counts.load("valid")
