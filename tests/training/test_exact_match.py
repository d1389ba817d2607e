"""Whole words from one forward pass, by hand: what counts as right, and what never does."""

from __future__ import annotations

import math

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("fairseq")

from fairseq.data import Dictionary  # noqa: E402
from fairseq.logging import metrics  # noqa: E402

from fairseq_phonology import InputError  # noqa: E402
from fairseq_phonology.training import exact_match  # noqa: E402

PAD, EOS, UNK, A, B = 1, 2, 3, 4, 5


@pytest.fixture(scope="module")
def dictionary() -> Dictionary:
    made = Dictionary()
    assert [made.add_symbol(symbol) for symbol in "ab"] == [A, B]
    return made


def _batch(dictionary, target: list[list[int]], ranking: list[list[list[int]]], twice: bool = False):
    """A batch whose model ranks the symbols of each step as given, best first."""
    scores = torch.zeros(len(target), len(target[0]), len(dictionary))
    for word, steps in enumerate(ranking):
        for step, symbols in enumerate(steps):
            for place, symbol in enumerate(symbols):
                scores[word, step, symbol] = 9.0 - place
    kept = scores.clone()
    output = torch.cat([scores, torch.zeros_like(scores)]) if twice else scores
    sample = {"id": torch.arange(len(target)), "target": torch.tensor(target)}
    batch = exact_match.forced_batch(torch.nn.Linear(1, 1), [(output, None)], sample, dictionary)
    assert torch.equal(scores, kept), "the criterion's tensor must stay as it is"
    return batch


@pytest.mark.parametrize(
    "target, ranking, right",
    [
        ([A, B, EOS], [[A], [B], [EOS]], True),
        ([A, B, EOS], [[A], [A], [EOS]], False),
        ([A, B, EOS], [[A], [B], [A]], False),
        ([A, EOS, PAD], [[A], [EOS], [B]], True),
        ([A, B, EOS], [[PAD, A], [PAD, B], [PAD, EOS]], True),
        ([A, B, EOS], [[EOS, A], [B], [EOS]], True),
        ([A, B, EOS], [[A], [EOS, B], [EOS]], False),
        ([PAD, A, EOS], [[A], [EOS, A], [EOS]], True),
        ([A, UNK, EOS], [[A], [UNK], [EOS]], False),
        ([EOS, PAD, PAD], [[EOS, A], [A], [A]], False),
    ],
    ids=[
        "all steps right",
        "one step wrong",
        "does not stop",
        "padding does not matter",
        "the generator never emits padding",
        "the generator never emits EOS first",
        "EOS second is an error",
        "padding on the left: the first step is the word's",
        "an unknown segment is never right",
        "no word is empty",
    ],
)
def test_right_and_wrong(dictionary, target, ranking, right):
    assert _batch(dictionary, [target], [ranking]).correct.tolist() == [right]


def test_r_drop_runs_every_word_twice(dictionary):
    batch = _batch(dictionary, [[A, EOS], [B, EOS]], [[[A], [EOS]], [[A], [EOS]]], twice=True)
    assert batch.correct.tolist() == [True, False]
    assert {name: int(count) for name, count in exact_match.word_counts(batch).items()} == {"words": 2, "right": 1}


def test_segments_end_with_the_end_symbol(dictionary):
    batch = _batch(dictionary, [[A, B, EOS], [B, EOS, PAD]], [[[A], [A], [EOS]], [[EOS, B], [A], [A]]])
    assert batch.references() == [("a", "b", "</s>"), ("b", "</s>")]
    assert batch.choices() == [("a", "a", "</s>"), ("b", "a")]


def test_a_criterion_that_never_calls_the_model_is_named(dictionary):
    with pytest.raises(InputError, match="needs a criterion that calls the model"):
        exact_match.forced_batch(torch.nn.Linear(1, 1), [], {"target": torch.tensor([[EOS]])}, dictionary)


def test_the_hook_undoes_itself():
    model = torch.nn.Linear(1, 1)
    with pytest.raises(ZeroDivisionError), exact_match.captured_outputs(model) as outputs:
        model(torch.ones(1))
        raise ZeroDivisionError
    model(torch.ones(1))
    assert len(outputs) == 1 and not model._forward_hooks


def test_edits_by_hand():
    # a b -> b: one deletion; a a -> a a: none; <unk> -> <unk>: the reference is unknown, so one substitution
    counts = exact_match.edit_counts([[A, B], [A, A], [UNK]], [[B], [A, A], [UNK]], UNK)
    assert counts == {"edits": 2, "segments": 5}


def test_rates():
    assert exact_match.word_rates({"words": 8, "right": 2}) == {"exact_match": 25.0}
    rates = exact_match.word_rates({"words": 8, "right": 2, "edits": 3, "segments": 12})
    assert rates == {"exact_match": 25.0, "per": 25.0}
    assert math.isnan(exact_match.word_rates({"words": 0, "right": 0})["exact_match"])


def test_counts_are_summed_before_rates_are_taken():
    """Mean of rates would be 75 %: 1/1 and 2/4."""
    batches = [{"words": 1, "right": torch.tensor(1)}, {"words": 4, "right": torch.tensor(2.0, dtype=torch.float64)}]
    with metrics.aggregate(new_root=True) as together:
        for counts in batches:
            names = exact_match.log_rates([exact_match.as_log(counts)], exact_match.word_rates)
    assert names == ["exact_match"]
    assert together.get_smoothed_values() == {"exact_match": 60.0}
    # what a checkpoint would hold is plain numbers
    assert all(type(meter.sum) in (int, float) for meter in together.values() if hasattr(meter, "sum"))
    with metrics.aggregate(new_root=True) as training:
        assert exact_match.log_rates([{"loss": 1.0}], exact_match.word_rates) == []
    assert not training
