"""Probabilities of given SRs: those of fairseq's scorer, of one model and of ensembles, in any batches."""

from argparse import Namespace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("fairseq")

from fairseq.data import Dictionary, data_utils  # noqa: E402
from fairseq.models import ARCH_CONFIG_REGISTRY, ARCH_MODEL_REGISTRY  # noqa: E402
from fairseq.sequence_scorer import SequenceScorer  # noqa: E402
from fairseq.tasks.translation import TranslationConfig, TranslationTask  # noqa: E402

from fairseq_phonology.errors import InputError  # noqa: E402
from fairseq_phonology.training.checkpoints.loaded import Loaded  # noqa: E402
from fairseq_phonology.training.likelihood import Likelihood  # noqa: E402
from tests.helpers.small_model import WORDS, batch_of, letters, random_model, symbols_of  # noqa: E402

SRS = ["a b c d", "b", "c c d d d d d", "e f a b c d e f", "a", "f e d"]
PAIRS = [(tuple(ur.split()), tuple(sr.split())) for ur in WORDS for sr in SRS]


def loaded(seed=1, model=None, **options):
    dictionary = letters()
    model = model or random_model(dictionary, **options)
    if seed > 1:
        torch.manual_seed(seed)
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.add_(torch.randn_like(parameter), alpha=0.1)
    task = TranslationTask(TranslationConfig(), dictionary, dictionary)
    return Loaded(model, dictionary, dictionary, Path("data"), {"checkpoint": f"{seed}.pt"}, task)


def of_fairseq(models, pairs):
    """What ``--score-reference`` computes: the logarithm of every step's probability."""
    dictionary = models[0].target
    pad, eos = dictionary.pad(), dictionary.eos()
    targets = symbols_of(dictionary, [" ".join(sr) for _, sr in pairs])
    net_input = batch_of(dictionary, [" ".join(ur) for ur, _ in pairs])
    net_input["prev_output_tokens"] = data_utils.collate_tokens(targets, pad, eos, move_eos_to_beginning=True)
    sample = {"net_input": net_input, "target": data_utils.collate_tokens(targets, pad, eos)}
    found = SequenceScorer(dictionary).generate([one.model for one in models], sample)
    return [one[0]["positional_scores"].numpy() for one in found]


@pytest.mark.parametrize("seeds", [(1,), (1, 2), (1, 2, 3)], ids=["one", "two", "three"])
def test_fairseq_gives_the_same(seeds):
    models = [loaded(seed) for seed in seeds]
    expected = of_fairseq(models, PAIRS)
    for size in (5, 100):
        found = Likelihood(models, size).score(PAIRS)
        for one, steps in zip(found, expected, strict=True):
            np.testing.assert_allclose(one.steps, steps, atol=1e-5)
            assert one.log_prob == pytest.approx(steps.sum(), abs=1e-5)


RECURRENT = {"encoder_hidden_size": 16, "decoder_hidden_size": 16, "criterion": ""}
CONVOLUTION = {"encoder_layers": "[(16, 3)]", "decoder_layers": "[(16, 3)]", "decoder_out_embed_dim": 16}


@pytest.mark.parametrize(
    ("architecture", "sizes"), [("lstm", RECURRENT), ("fconv", CONVOLUTION)], ids=["lstm", "fconv"]
)
def test_other_architectures(architecture, sizes):
    sizes = {**sizes, "encoder_embed_dim": 16, "decoder_embed_dim": 16}
    args, dictionary = Namespace(max_source_positions=50, max_target_positions=50, **sizes), letters()
    ARCH_CONFIG_REGISTRY[architecture](args)
    torch.manual_seed(1)
    task = Namespace(source_dictionary=dictionary, target_dictionary=dictionary)
    model = loaded(model=ARCH_MODEL_REGISTRY[architecture].build_model(args, task).eval())
    for one, pair in zip(Likelihood([model], 4).score(PAIRS[:20]), PAIRS, strict=False):
        np.testing.assert_allclose(one.steps, *of_fairseq([model], [pair]), atol=1e-5)


def test_probabilities_of_an_ensemble_are_means():
    models = [loaded(1), loaded(2)]
    both, *single = [Likelihood(some).score(PAIRS) for some in (models, models[:1], models[1:])]
    for one, first, second in zip(both, *single, strict=True):
        np.testing.assert_allclose(np.exp(one.steps), (np.exp(first.steps) + np.exp(second.steps)) / 2, atol=1e-6)


def test_the_encoder_runs_once_for_each_ur():
    model, seen = loaded(), []
    model.model.encoder.register_forward_pre_hook(
        lambda module, given, more: seen.append(len(given[0])), with_kwargs=True
    )
    Likelihood([model], 2).score(PAIRS)
    assert seen == [2, 2, 2]


def test_greedy_is_what_the_generator_says():
    model = Likelihood([loaded(), loaded(2)], 4)
    urs = sorted({tuple(ur[:n].split()) for ur in WORDS for n in (1, 3, 5)})
    best = [(ur, some[0]) for ur, some in zip(urs, model.generate(urs), strict=True)]
    best = [(ur, sr) for ur, sr in best if len(sr) < 45]  # random models often stop at no place of their own
    assert best and all(one.greedy for one in model.score(best))
    others = [(ur, (*sr[:-1], "a" if sr[-1] != "a" else "b")) for ur, sr in best]
    assert not any(one.greedy for one in model.score(others))


def test_what_is_generated_does_not_depend_on_the_other_words():
    """Nor does it where a model never stops, as random ones do."""
    model = Likelihood([loaded(max_target_positions=200)], 6)
    urs = [tuple(ur.split()) for ur in WORDS]
    alone = [model.generate([ur])[0] for ur in urs]
    assert model.generate(urs) == alone
    assert max(len(form) for forms in alone for form in forms) > 50


def test_n_best_are_in_the_order_of_the_whole_forms_probability():
    model = Likelihood([loaded()])
    urs = [tuple(ur.split()) for ur in WORDS]
    for ur, forms in zip(urs, model.generate(urs, 4), strict=True):
        assert len(forms) <= 4 and not any("<unk>" in form for form in forms)
        scores = [one.log_prob for one in model.score([(ur, sr) for sr in forms])]
        assert scores == sorted(scores, reverse=True)


def test_progress_counts_every_word_and_threads_do_not_change_numbers():
    threads, done = torch.get_num_threads(), []
    try:
        torch.set_num_threads(3)
        several = Likelihood([loaded()], 2).score(PAIRS, done.append)
        assert torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(threads)
    assert sum(done) == len(PAIRS)
    for one, other in zip(several, Likelihood([loaded()], 2).score(PAIRS), strict=True):
        np.testing.assert_allclose(one.steps, other.steps, atol=1e-6)


def test_refused():
    model = Likelihood([loaded(max_target_positions=4)])
    model.check(("a",), ("a", "b", "c"))
    with pytest.raises(InputError, match="the UR a q has q, which the model does not have; it has: a b c d e f"):
        model.check(("a", "q"), ("a",))
    for special in ("<unk>", "</s>", "<s>", "<pad>"):
        with pytest.raises(InputError, match=f"the SR a {special} has {special}, which the model does not have"):
            model.check(("a",), ("a", special))
    with pytest.raises(InputError, match="the SR a a a a is longer than the 3 segments"):
        model.check(("a",), ("a",) * 4)
    other = Dictionary()
    other.add_symbol("a")
    foreign = Loaded(loaded().model, other, other, Path("data"), {"checkpoint": "x.pt"}, Namespace(cfg=Namespace()))
    with pytest.raises(InputError, match=r"an ensemble needs models of the same dictionaries; 1\.pt and x\.pt"):
        Likelihood([loaded(), foreign])


def test_a_damaged_model_is_refused():
    model = loaded()
    with torch.no_grad():
        model.model.decoder.output_projection.weight.fill_(torch.nan)
    with pytest.raises(InputError, match="scores that are not finite"):
        Likelihood([model]).score(PAIRS)
    with pytest.raises(InputError, match="scores that are not finite"):
        Likelihood([model]).generate([PAIRS[0][0]], 3)


def test_a_model_without_preference_gives_all_the_same_and_is_asked_what_it_says():
    model = loaded()
    with torch.no_grad():
        model.model.decoder.output_projection.weight.zero_()
    symbols = len(model.target)
    for one in Likelihood([model]).score(PAIRS):
        np.testing.assert_allclose(one.steps, -np.log(symbols), rtol=1e-6)
        assert not one.greedy


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16], ids=str)
def test_half_precision(dtype):
    """Probabilities are computed in float32, and are near those of the same weights in float32."""
    whole, half = loaded(), loaded()
    half.model.to(dtype)
    for one, other in zip(Likelihood([half], 4).score(PAIRS), Likelihood([whole], 4).score(PAIRS), strict=True):
        assert one.steps.dtype == np.float64 and (one.steps <= 0).all()
        np.testing.assert_allclose(one.steps, other.steps, atol=0.01 if dtype == torch.float16 else 0.1)
