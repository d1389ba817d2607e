"""Whole words from one forward pass, by hand: what counts as right, and what never does."""

from __future__ import annotations

import math
from types import SimpleNamespace

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("fairseq")

from fairseq.data import Dictionary  # noqa: E402
from fairseq.data.data_utils import collate_tokens  # noqa: E402
from fairseq.logging import metrics  # noqa: E402
from fairseq.sequence_generator import SequenceGenerator  # noqa: E402

from fairseq_phonology import InputError  # noqa: E402
from fairseq_phonology.corpus.variants import Variant  # noqa: E402
from fairseq_phonology.training import exact_match  # noqa: E402
from tests.helpers.small_model import batch_of, letters, random_model  # noqa: E402

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
    batch = exact_match.forced_batch(torch.nn.Linear(1, 1), (output, None), sample, dictionary)
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


def test_each_word_of_a_batch_has_its_own_first_step_and_unknown_segment(dictionary):
    target = [[PAD, A, EOS], [A, B, EOS], [A, UNK, EOS], [PAD, B, EOS]]
    said = [[[A], [EOS, A], [EOS]], [[EOS, A], [B], [EOS]], [[A], [UNK], [EOS]], [[B], [EOS, A], [EOS]]]
    assert _batch(dictionary, target, said).correct.tolist() == [True, True, False, False]


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
        exact_match.forced_batch(torch.nn.Linear(1, 1), None, {"target": torch.tensor([[EOS]])}, dictionary)


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


def test_each_rate_is_of_its_own_counts():
    counts = {"words": 8, "right": 4, "varied": 4, "most_frequent": 1, "edits": 3, "segments": 6}
    assert exact_match.word_rates(counts) == {"exact_match": 50.0, "most_frequent_variant": 25.0, "per": 50.0}
    with metrics.aggregate(new_root=True) as together:
        logs = [exact_match.as_log(counts), exact_match.as_log({"words": 2, "right": 1}), {"loss": 1.0}]
        names = exact_match.log_rates(logs, exact_match.word_rates)
    assert names == ["exact_match", "most_frequent_variant", "per"]
    assert together.get_smoothed_values() == {"exact_match": 50.0, "most_frequent_variant": 25.0, "per": 50.0}
    assert exact_match.log_rates([], exact_match.word_rates) == []


def test_symbols_inside_a_word(dictionary):
    padded = [[PAD, A, UNK, EOS], [B, EOS, PAD, PAD]]
    assert (
        exact_match.inner(torch.tensor(padded), dictionary) == exact_match.inner(padded, dictionary) == [[A, UNK], [B]]
    )


class _Says(torch.nn.Module):
    """Emits a fixed SR for the UR that begins with each symbol, whatever it is given; counts the words it sees."""

    def __init__(self, dictionary, said):
        super().__init__()
        self.dictionary, self.said, self.seen = dictionary, said, []

    def forward(self, src_tokens, src_lengths, prev_output_tokens):
        self.seen.append(prev_output_tokens.tolist())
        scores = torch.zeros(*prev_output_tokens.shape, len(self.dictionary))
        for word, (source, previous) in enumerate(zip(src_tokens.tolist(), prev_output_tokens.tolist(), strict=True)):
            start = previous.index(EOS)
            for step, symbol in enumerate([*self.said[source[0]], EOS][: len(previous) - start]):
                scores[word, start + step, symbol] = 9.0
        return scores, None


C, D, E = 6, 7, 8
# URs c, d, e have variants, a has none; b has one with a segment that the dictionary lacks
URS = {A: "a", B: "b", C: "c", D: "d", E: "e"}
SRS = {A: [A], B: [B], C: [C, C], D: [D], E: [E, E]}
VARIANTS = {"b": ["b", "z", "b a"], "c": ["c c", "c", "a c c"], "d": ["d d", "d"], "e": ["e e", "e", "a", "e a", "b e"]}
SAID = {A: [B], B: [B, A], C: [C], D: [D], E: [B, B]}


@pytest.fixture
def varied():
    """A batch of the words e, a, d, c and b, of a data set in the order of `URS`; the model's own SRs are `SAID`."""
    dictionary = Dictionary()
    assert [dictionary.add_symbol(symbol) for symbol in "abcde"] == [A, B, C, D, E]
    forms = {tuple(ur.split()): tuple(Variant(tuple(sr.split()), 1, 0.5) for sr in srs) for ur, srs in VARIANTS.items()}
    told = []

    def labels(dataset):
        told.append("labels")
        return [(f"w{n}", ur, dictionary.string(torch.tensor(SRS[first]))) for n, (first, ur) in enumerate(URS.items())]

    any_variant = exact_match.AnyVariant(forms, labels, dictionary, told.append)
    order = [E, A, D, C, B]

    def batch(left_pad):
        model = _Says(dictionary, SAID)
        target = [[*SRS[word], EOS] for word in order]
        target = [[PAD] * (3 - len(word)) + word if left_pad else word + [PAD] * (3 - len(word)) for word in target]
        target = torch.tensor(target)
        sample = {
            "id": torch.tensor([[*URS].index(word) for word in order]),
            "net_input": {
                "src_tokens": torch.tensor([[word, EOS] for word in order]),
                "src_lengths": torch.full((5,), 2),
                "prev_output_tokens": _previous(target),
            },
            "target": target,
        }
        output = model(**sample["net_input"])
        model.seen.clear()
        return sample, model, exact_match.forced_batch(model, output, sample, dictionary)

    return SimpleNamespace(any=any_variant, batch=batch, told=told, dictionary=dictionary)


def _previous(target):
    """What the decoder is given for a target: EOS first, without the last EOS."""
    return torch.tensor(
        [
            [PAD] * (first := next(n for n, symbol in enumerate(word) if symbol != PAD))
            + [EOS]
            + [PAD if symbol == EOS else symbol for symbol in word[first:-1]]
            for word in target.tolist()
        ]
    )


@pytest.mark.parametrize("left_pad", [False, True], ids=["padding on the right", "padding on the left"])
def test_a_word_is_right_by_any_of_its_variants(varied, left_pad):
    sample, model, batch = varied.batch(left_pad)
    dataset = SimpleNamespace(left_pad_target=True) if left_pad else SimpleNamespace()
    assert batch.correct.tolist() == [False, False, True, False, False]
    found = varied.any.forced(dataset, batch, model, sample)
    assert found.correct.tolist() == [False, False, True, True, True] and batch.correct.sum() == 1
    assert found.other_variant == {3: [C], 4: [B, A]} and found.target is batch.target
    # e has four others, c two, b one that the dictionary can write; never more at once than the batch has words
    assert [len(words) for words in model.seen] == [5, 2]
    assert any(word[0] == PAD for words in model.seen for word in words) == left_pad
    assert varied.told == ["labels", "4 of 5 words have several variants, each of them right"]
    assert varied.any.counts(dataset, found) == {"varied": 3, "most_frequent": 0}
    assert varied.told.count("labels") == 1, "the labels of a data set are read once"


def test_a_batch_without_other_variants_stays_as_it_is(varied):
    sample, model, batch = varied.batch(False)
    none = exact_match.AnyVariant({}, lambda dataset: [("w", "a", "a")] * 5, varied.dictionary, varied.told.append)
    assert none.forced(None, batch, model, sample) is batch and not model.seen
    assert none.counts(None, batch) == {} and none.of(None) == [[]] * 5 and not varied.told
    others = exact_match.AnyVariant(
        {("c",): (Variant(("c", "c"), 1, 0.6), Variant(("d",), 1, 0.4))},
        lambda dataset: [("w", ur, None) for ur in URS.values()],
        varied.dictionary,
    )
    assert others.forced(None, batch, model, sample) is batch and len(model.seen) == 1, "c says neither"


def test_the_most_frequent_variant_is_counted():
    variants = [["a", "b"], [], ["b", "a"], ["a", "b"], ["a"]]
    assert exact_match.variant_counts(variants, ["a", "a", "a", None, "a"]) == {"varied": 3, "most_frequent": 2}


def test_a_hypothesis_is_compared_with_the_nearest_variant(varied):
    references = [[B], [C, C], [A], [C, C]]
    found = varied.any.references(None, [1, 2, 0, 2], references, [[B, A], [A, C, C, C], [B], None])
    assert found == [[B, A], [A, C, C], [A], [C, C]]
    assert varied.any.texts(None, [1, 0]) == [["b", "<<unk>>", "b a"], []]


def test_variants_of_other_data_are_refused(varied):
    def labels(sr):
        return lambda dataset: [("w7", "a", "a"), ("w8", "c", sr)]

    forms = {("c",): (Variant(("c", "c"), 1, 0.6), Variant(("c",), 1, 0.4))}
    with pytest.raises(InputError, match=r"variants.tsv has c, c c for c, and not d, as word w8 \(sample 1\) has"):
        exact_match.AnyVariant(forms, labels("d"), varied.dictionary).of(None)
    assert exact_match.AnyVariant(forms, labels("d <unk>"), varied.dictionary).of(None)[1] == [[C, C], [C]]
    assert exact_match.AnyVariant(forms, labels(None), varied.dictionary).of(None)[1] == [[C, C], [C]]


def test_words_of_a_batch_are_selected():
    net_input = {"src_tokens": torch.tensor([[A, EOS], [B, EOS], [C, EOS]]), "other": "kept"}
    part = exact_match.selected({"id": torch.tensor([7, 8, 9]), "net_input": net_input}, torch.tensor([2, 0]))
    assert part["id"].tolist() == [9, 7] and part["net_input"]["other"] == "kept"
    assert part["net_input"]["src_tokens"].tolist() == [[C, EOS], [A, EOS]]


class _Prior(torch.nn.Linear):
    """Its probabilities are not the softmax of its logits."""

    def get_normalized_probs(self, net_output, log_probs):
        scores = net_output[0] - 3 * torch.nn.functional.one_hot(torch.tensor(A), net_output[0].size(-1))
        return scores.log_softmax(-1) if log_probs else scores.softmax(-1)


def test_the_model_chooses_by_its_own_probabilities(dictionary):
    """By the logits a b would be right, and b b by the probabilities."""
    scores = torch.zeros(2, 3, len(dictionary))
    scores[:, 0, A], scores[:, 0, B], scores[:, 1, B], scores[:, 2, EOS] = 9.0, 7.0, 9.0, 9.0
    sample = {"id": torch.arange(2), "target": torch.tensor([[A, B, EOS], [B, B, EOS]])}
    kept = scores.clone()
    for model, right in ((torch.nn.Linear(1, 1), [True, False]), (_Prior(1, 1), [False, True])):
        batch = exact_match.forced_batch(model, (scores, None), sample, dictionary)
        assert batch.correct.tolist() == right
        assert batch.choices()[0] == ("a" if right[0] else "b", "b", "</s>")
        assert not exact_match.nearly_tied(model, (scores, None), sample, dictionary).any()
    assert scores.equal(kept), "the criterion's tensor must stay as it is"
    scores[:, 0, A] = 10.0 - 1e-4  # 3 more than b, less a prior of 3
    assert exact_match.nearly_tied(_Prior(1, 1), (scores, None), sample, dictionary).all()


@pytest.mark.parametrize("options", [{}, {"adaptive_softmax_cutoff": "6,8"}], ids=["prior", "prior and adaptive"])
def test_exact_match_is_greedy_decoding_where_get_normalized_probs_is_overridden(options):
    adaptive = {"adaptive_softmax_factor": 2, "adaptive_softmax_dropout": 0.0} if options else {}
    model = random_model(letters(), seed=4, **options, **adaptive)

    def of_the_model(self, net_output, log_probs, sample=None):
        probs = super(type(self), self).get_normalized_probs(net_output, True).clone()
        probs[..., letters().eos()] += 2.0
        return probs.log_softmax(-1) if log_probs else probs.softmax(-1)

    model.__class__ = type("Prior", (type(model),), {"get_normalized_probs": of_the_model})
    words = ["a b c d e f", "b a", "c c d", "d", "f e d", "a a"]
    given, generator = batch_of(letters(), words), SequenceGenerator([model], letters(), beam_size=1, max_len_b=6)
    said = [ranked[0]["tokens"] for ranked in generator.generate([model], {"net_input": given})]
    pad, eos, unk = letters().pad(), letters().eos(), letters().unk()
    given["prev_output_tokens"] = collate_tokens(said, pad, eos, move_eos_to_beginning=True)
    sample = {"id": torch.arange(len(words)), "net_input": given, "target": collate_tokens(said, pad)}
    with torch.no_grad():
        output = model(**given)
    ended = [len(one) <= 6 and unk not in one for one in said]  # a longer one is ended by the cap
    correct = exact_match.forced_batch(model, output, sample, letters()).correct.tolist()
    assert any(ended) and all(right for right, own in zip(correct, ended, strict=True) if own)
    if not options:  # the logits say something else
        plain = exact_match.forced_batch(torch.nn.Linear(1, 1), output, sample, letters()).correct.tolist()
        assert sum(plain) < sum(correct)


def test_ties_with_the_reference_are_said_once(dictionary, caplog):
    exact_match._say_ties.cache_clear()
    tied = torch.zeros(2, 2, len(dictionary))
    tied[:, 0, [A, B]] = tied[:, 1, EOS] = 1.0
    sample = {"id": torch.arange(2), "target": torch.tensor([[B, EOS], [EOS, PAD]])}
    for _ in range(2):
        batch = exact_match.forced_batch(torch.nn.Linear(1, 1), (tied, None), sample, dictionary)
    assert batch.correct.tolist() == [False, False]
    assert [record.levelname for record in caplog.records] == ["WARNING"] and "greedy decoding may" in caplog.text
    exact_match._say_ties.cache_clear()


def test_ties_that_decide_nothing_are_not_said(dictionary, caplog):
    exact_match._say_ties.cache_clear()
    assert _batch(dictionary, [[A, EOS, PAD], [A, EOS, PAD]], [[[A], [EOS]], [[B], []]]).correct.tolist() == [
        True,
        False,
    ]
    assert not caplog.records


@pytest.mark.parametrize(
    ("ahead", "near"),
    [(0.5, False), (-0.5, False), (1e-4, True), (-1e-4, True), (0.0, True), (math.nan, True)],
)
def test_a_word_is_nearly_tied_where_the_step_that_decides_is(dictionary, ahead, near):
    scores = torch.zeros(3, 3, len(dictionary))
    target = torch.tensor([[A, B, EOS], [A, EOS, PAD], [A, B, EOS]])
    scores.scatter_(-1, target[..., None], 9.0)
    scores[0, 1, A], scores[1, 2, A] = 9.0 - ahead, 0.0  # the second is over before
    scores[2, 0, B], scores[2, 1, A] = 9.0, 12.0  # tied at first, and wrong in any case
    sample = {"id": torch.arange(3), "target": target}
    found = exact_match.nearly_tied(torch.nn.Linear(1, 1), (scores, None), sample, dictionary)
    assert found.tolist() == [near, False, False]
