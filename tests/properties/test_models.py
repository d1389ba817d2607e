"""Of any small model of random weights: exact match is greedy decoding, scores are fairseq's, batches do not matter."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

torch = pytest.importorskip("torch")
pytest.importorskip("fairseq")

from fairseq.data import Dictionary, data_utils  # noqa: E402
from fairseq.sequence_generator import SequenceGenerator  # noqa: E402
from fairseq.sequence_scorer import SequenceScorer  # noqa: E402
from fairseq.tasks.translation import TranslationConfig, TranslationTask  # noqa: E402

from fairseq_phonology.attention.edges import Edge, Exchange, Run  # noqa: E402
from fairseq_phonology.attention.forcing import Forcing  # noqa: E402
from fairseq_phonology.training.checkpoints.loaded import Loaded  # noqa: E402
from fairseq_phonology.training.exact_match import forced_batch  # noqa: E402
from fairseq_phonology.training.likelihood import Likelihood  # noqa: E402
from tests.helpers.small_model import random_model, symbols_of  # noqa: E402

CAP = {"max_len_a": 1, "max_len_b": 6}
few = settings(max_examples=max(1, settings().max_examples // 2))


@dataclass(frozen=True)
class Case:
    """A model, and words for it."""

    model: torch.nn.Module
    dictionary: Dictionary
    words: list[tuple[tuple[str, ...], tuple[str, ...]]]

    @property
    def loaded(self) -> Loaded:
        task = TranslationTask(TranslationConfig(), self.dictionary, self.dictionary)
        return Loaded(self.model, self.dictionary, self.dictionary, Path("data"), {"checkpoint": "random.pt"}, task)

    def tokens(self, side: int, left: bool = False, **how) -> torch.Tensor:
        forms = symbols_of(self.dictionary, [" ".join(word[side]) for word in self.words])
        return data_utils.collate_tokens(forms, self.dictionary.pad(), self.dictionary.eos(), left_pad=left, **how)

    def sample(self, left: bool = True) -> dict:
        source = self.tokens(0, left)
        given = {"src_tokens": source, "src_lengths": source.ne(self.dictionary.pad()).sum(1)}
        given["prev_output_tokens"] = self.tokens(1, move_eos_to_beginning=True)
        return {"id": torch.arange(len(self.words)), "net_input": given, "target": self.tokens(1)}


@functools.cache
def dictionary_of(size: int) -> Dictionary:
    made = Dictionary()
    for n in range(size):
        made.add_symbol(chr(ord("a") + n))
    return made


@some.composite
def cases(draw, most=8, spreads=(0.05, 0.2, 0.5)):
    """Weights near those that fairseq draws, or far from them: models that go on for ever, or say one thing."""
    dictionary = dictionary_of(draw(some.integers(1, 12)))
    sizes = {"encoder_layers": draw(some.integers(1, 2)), "decoder_layers": draw(some.integers(1, 2))}
    sizes["encoder_attention_heads"] = draw(some.sampled_from([1, 2, 4]))
    sizes["encoder_normalize_before"] = draw(some.booleans())
    seed, spread = draw(some.integers(0, 999)), draw(some.sampled_from(spreads))
    model = random_model(dictionary, seed=seed, spread=spread, **sizes)
    segments = some.sampled_from(dictionary.symbols[dictionary.nspecial :])
    form = some.lists(segments, min_size=1, max_size=9).map(tuple)
    return Case(model, dictionary, draw(some.lists(some.tuples(form, form), min_size=1, max_size=most)))


def greedy(case: Case, sample: dict) -> list[tuple[str, ...]]:
    """What fairseq's generator makes of each word, without the end."""
    generator = SequenceGenerator([case.model], case.dictionary, beam_size=1, **CAP)
    with torch.no_grad():
        best = [ranked[0]["tokens"].tolist()[:-1] for ranked in generator.generate([case.model], sample)]
    return [tuple(case.dictionary[symbol] for symbol in one) for one in best]


REFERENCES = {
    "said": lambda form: form,
    "longer": lambda form: (*form, form[-1]),
    "shorter": lambda form: form[:-1] or form,
    "other": None,
}


@few
@given(cases(), some.booleans(), some.lists(some.sampled_from(list(REFERENCES)), min_size=8, max_size=8))
def test_free_exact_match_is_greedy_decoding(case, left, kinds):
    """References: what the model says, that with a segment more or less, and others."""
    said = greedy(case, case.sample(left))
    made = zip(case.words, said, map(REFERENCES.get, kinds), strict=False)
    words = [(ur, change(form) if change else sr) for (ur, sr), form, change in made]
    sample = Case(case.model, case.dictionary, words).sample(left)
    with torch.no_grad():
        output = case.model(**sample["net_input"])
    correct = forced_batch(case.model, output, sample, case.dictionary).correct.tolist()
    longest = sample["net_input"]["src_tokens"].size(1) + CAP["max_len_b"]
    unknown = case.dictionary[case.dictionary.unk()]
    for (_, sr), form, right in zip(words, said, correct, strict=True):
        if len(sr) < longest:  # a longer word is ended by the cap
            assert right == (sr == form and unknown not in sr), (sr, form)


@few
@given(cases(), some.integers(1, 9))
def test_scores_are_those_of_score_reference(case, batch_size):
    expected = SequenceScorer(case.dictionary).generate([case.model], case.sample())
    found = Likelihood([case.loaded], batch_size).score(case.words)
    for one, (reference,) in zip(found, expected, strict=True):
        np.testing.assert_allclose(one.steps, reference["positional_scores"].numpy(), atol=2e-5)
        assert one.log_prob == pytest.approx(float(reference["positional_scores"].sum()), abs=1e-4)
        assert one.log_prob / len(one.steps) == pytest.approx(float(reference["score"]), abs=1e-4)


@few
@given(cases(), some.integers(1, 9), some.integers(1, 9))
def test_batches_do_not_matter(case, one, other):
    for a, b in zip(*(Likelihood([case.loaded], size).score(case.words) for size in (one, other)), strict=True):
        np.testing.assert_allclose(a.steps, b.steps, atol=1e-5)


@few
@given(cases(spreads=(0.05, 0.2)), some.integers(1, 9))
def test_interventions_on_nothing_change_nothing(case, batch_size):
    """Runs without edges beside some with edges, and exchanges with the word itself, are the untouched word."""
    words = [(ur, sr) for ur, sr in case.words if len(ur) > 1]
    segment = case.dictionary[case.dictionary.nspecial]
    plain = [Run(ur, sr, 0, sr[0], "</s>" if sr[0] == segment else segment) for ur, sr in words]
    cut = [Run(*word, 0, run.gold, run.other, (Edge("cross", 0),)) for word, run in zip(words, plain, strict=True)]
    own = [
        Run(*word, 0, run.gold, run.other, (), word, (Exchange("encoder", 0, 1), Exchange("cross", 1, 0)))
        for word, run in zip(words, plain, strict=True)
    ]
    forcing = Forcing(case.model, case.dictionary, case.dictionary, batch_size)
    found = forcing.force([run for three in zip(plain, cut, own, strict=True) for run in three])
    np.testing.assert_allclose(found.log_odds[2::3], found.log_odds[::3], atol=1e-4)
    for run, log_odds in zip(plain, found.log_odds[::3], strict=True):
        alone = Case(case.model, case.dictionary, [(run.ur, run.sr)]).sample()
        with torch.no_grad():
            scores = case.model(**alone["net_input"])[0][0, 0]
        expected = scores[case.dictionary.index(run.gold)] - scores[case.dictionary.index(run.other)]
        assert log_odds == pytest.approx(float(expected), abs=1e-4)
