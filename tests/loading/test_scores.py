"""The scores by which fairseq's generator chooses, of models with and without probabilities of their own."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("fairseq")

from fairseq.distributed.module_proxy_wrapper import ModuleProxyWrapper  # noqa: E402

from fairseq_phonology.loading.scores import scores_of  # noqa: E402
from tests.helpers.small_model import SRS, WORDS, batch_of, letters, random_model  # noqa: E402

ADAPTIVE = {"adaptive_softmax_cutoff": "6,8", "adaptive_softmax_factor": 2, "adaptive_softmax_dropout": 0.0}
NAMES = ("get_normalized_probs", "get_normalized_probs_scriptable")


def backwards(self, net_output, log_probs, sample=None):
    """The least of the logits is the most probable."""
    logits = -net_output[0].float()
    return logits.log_softmax(-1) if log_probs else logits.softmax(-1)


def own_class(part: torch.nn.Module, name: str) -> None:
    """Give a model or its decoder a class of its own, which overrides a method of fairseq's."""
    part.__class__ = type("Own", (type(part),), {name: backwards})


class Wrapped(torch.nn.Module):
    """As fairseq wraps a model for several workers."""

    def __init__(self, model):
        super().__init__()
        self.module = model


@torch.no_grad()
def output_of(model):
    given = batch_of(letters(), sorted(WORDS, key=len, reverse=True))  # an LSTM asks for the longest first
    return model(**given, prev_output_tokens=batch_of(letters(), SRS, left=False)["src_tokens"])


SHAPES = {
    "transformer": {},
    "transformer_phonology_tiny": {},
    "lstm": {"encoder_layers": 1, "decoder_layers": 1, "criterion": "cross_entropy"},
    "fconv": {"encoder_layers": "[(8, 3)]", "decoder_layers": "[(8, 3)]"},
}


@pytest.mark.parametrize("architecture", SHAPES)
def test_the_logits_serve_where_nothing_is_overridden(architecture, monkeypatch):
    model = random_model(letters(), architecture, **SHAPES[architecture])
    output = output_of(model)
    expected = model.get_normalized_probs(output, log_probs=True)
    monkeypatch.setattr(torch.Tensor, "log_softmax", None)
    monkeypatch.setattr(torch.nn.functional, "log_softmax", None)  # a softmax would be a TypeError
    for one in (model, ModuleProxyWrapper(Wrapped(model))):
        assert scores_of(one, output) is output[0], "no copy and no softmax"
    monkeypatch.undo()
    torch.testing.assert_close(output[0].log_softmax(-1), expected)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("where", ["model", "decoder"])
def test_what_a_model_or_its_decoder_overrides_is_asked(where, name):
    model = random_model(letters())
    output = output_of(model)
    own_class(model if where == "model" else model.decoder, name)
    for one in (model, ModuleProxyWrapper(Wrapped(model))):
        found = scores_of(one, output)
        torch.testing.assert_close(found, model.get_normalized_probs(output, log_probs=True))
        assert found.argmax(-1).equal(output[0].argmin(-1)), "not the arg-max of the logits"


def test_a_method_of_one_model_alone_is_asked():
    model = random_model(letters())
    output = output_of(model)
    model.get_normalized_probs = lambda net_output, log_probs: backwards(None, net_output, log_probs)
    assert scores_of(model, output).argmax(-1).equal(output[0].argmin(-1))


def test_an_adaptive_softmax_gives_scores_of_all_symbols():
    model = random_model(letters(), **ADAPTIVE)
    output = output_of(model)
    found = scores_of(model, output)
    assert found.shape == (*output[0].shape[:2], len(letters()))
    torch.testing.assert_close(found.exp().sum(-1), torch.ones(found.shape[:2]))


def test_what_is_no_model_of_fairseq_has_its_output():
    scores = torch.zeros(1, 2, 3)
    assert scores_of(torch.nn.Linear(1, 1), (scores, None)) is scores
