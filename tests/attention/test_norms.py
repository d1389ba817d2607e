"""Norms of the weighted value vectors: from the parameters alone, against the module's own output, and on disk."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("fairseq")

from fairseq.modules import MultiheadAttention  # noqa: E402

import fairseq_phonology  # noqa: E402, F401 (registers the architectures)
from fairseq_phonology import InputError  # noqa: E402
from fairseq_phonology.attention import multihead  # noqa: E402
from fairseq_phonology.attention.capture import capture, watched_encoder  # noqa: E402
from tests.helpers.small_model import KINDS, SRS, WORDS, batch_of, random_model, symbols_of  # noqa: E402


def _captured(model, dictionary, words=WORDS, srs=SRS, kinds=KINDS, norms=True, **how):
    batch, surfaces = batch_of(dictionary, words, **how), symbols_of(dictionary, srs)
    ends = dictionary.eos(), dictionary.pad()
    return capture(model, batch, surfaces, list(range(len(words))), kinds, *ends, norms=norms)


@torch.no_grad()
def _inputs(model, dictionary, word, sr) -> dict[str, list[np.ndarray]]:
    """What each layer's attention looks at and puts out in one word, from hooks on the untouched model.

    Returns:
        kind -> (key, output) of each layer.  # -> to x embedding, from x embedding
    """
    (source,), (target,) = symbols_of(dictionary, [word]), symbols_of(dictionary, [sr])
    previous = torch.cat([target.new_tensor([dictionary.eos()]), target[:-1]])
    seen, handles = {kind: [] for kind in KINDS}, []

    def hook(kind):
        def see(module, args, kwargs, output):
            key = kwargs["key"] if "key" in kwargs else args[1]
            seen[kind].append((key[:, 0].double().numpy(), output[0][:, 0].double().numpy()))

        return see

    for kind in KINDS:
        for module in multihead.attention_modules(model, kind):
            handles.append(module.register_forward_hook(hook(kind), with_kwargs=True))
    lengths = torch.tensor([len(source)])
    model(src_tokens=source[None], src_lengths=lengths, prev_output_tokens=previous[None])
    for handle in handles:
        handle.remove()
    return seen


def _vectors(module, key) -> np.ndarray:
    """f(x) of every head and position from the parameters alone, in float64.  # -> heads x to x embedding"""
    state = {name: value.double().numpy() for name, value in module.state_dict().items()}
    size, found = module.embed_dim // module.num_heads, []
    for head in range(module.num_heads):
        own = slice(head * size, (head + 1) * size)
        values = key @ state["v_proj.weight"][own].T + state["v_proj.bias"][own]
        found.append(values @ state["out_proj.weight"][:, own].T)
    return np.stack(found)


@pytest.mark.parametrize("left, length", [(True, None), (False, None), (True, 40)], ids=["left", "right", "wide"])
def test_norms_are_those_of_the_parameters_and_the_vectors_make_the_modules_output(model, dictionary, left, length):
    for word, sr, one in zip(WORDS, SRS, _captured(model, dictionary, left=left, length=length), strict=True):
        assert list(one.norms) == list(one.weights)
        for kind, layers in _inputs(model, dictionary, word, sr).items():
            for layer, (module, (key, output)) in enumerate(
                zip(multihead.attention_modules(model, kind), layers, strict=True)
            ):
                vectors, weights = _vectors(module, key), one.weights[kind][layer]
                weighted = weights[..., None] * vectors[:, None]  # heads x from x to x embedding
                bias = module.out_proj.bias.detach().double().numpy()
                np.testing.assert_allclose(weighted.sum((0, 2)) + bias, output, atol=1e-5)
                norms = one.norms[kind][layer]
                assert norms.dtype == np.float32 and norms.shape == weights.shape
                np.testing.assert_allclose(norms, np.sqrt((weighted**2).sum(-1)), rtol=1e-4, atol=1e-6)
                assert not norms[weights == 0].any() and (norms[weights > 0] > 0).all()


def test_the_vectors_themselves_make_the_output(model, dictionary):
    """The identity on what the package computes: weights times f(x), over heads and positions, plus the bias."""
    torch.manual_seed(2)
    module = model.decoder.layers[1].encoder_attn
    query, key = torch.randn(3, 5, 16), torch.randn(7, 5, 16)
    padding = torch.zeros(5, 7, dtype=torch.bool)
    padding[2, :4] = True
    with torch.no_grad():
        output, _ = module(query, key, key, key_padding_mask=padding)
        weights = multihead.attention_weights(module, query, key, padding)
        values = multihead.value_vectors(module, key)
        vectors = torch.stack([multihead.transformed_values(module, values, head) for head in range(2)], 1)
        total = torch.einsum("whij,whje->iwe", weights, vectors) + module.out_proj.bias
        norms = multihead.value_norms(module, values)
    assert vectors.shape == (5, 2, 7, 16) and norms.shape == (5, 2, 7)
    torch.testing.assert_close(total, output, atol=1e-5, rtol=0)
    torch.testing.assert_close(norms, vectors.square().sum(-1).sqrt(), atol=1e-6, rtol=1e-5)


def test_weights_set_by_hand():
    """Two heads of size 1; head 1 takes the first feature, head 2 the second; W_O writes (3, 4) and (0, 2)."""
    module = MultiheadAttention(2, 2, self_attention=True).eval()
    with torch.no_grad():
        for projection in (module.q_proj, module.k_proj, module.v_proj, module.out_proj):
            projection.weight.zero_()
            projection.bias.zero_()
        module.v_proj.weight.copy_(torch.eye(2))
        module.v_proj.bias.copy_(torch.tensor([0.0, 1.0]))
        module.out_proj.weight.copy_(torch.tensor([[3.0, 0.0], [4.0, 2.0]]))
        module.out_proj.bias.fill_(100)
        key = torch.tensor([[1.0, -1.0], [-2.0, 0.0], [0.0, 2.0]])[:, None]
        weights = multihead.attention_weights(module, key, key)
        norms = multihead.value_norms(module, multihead.value_vectors(module, key))
    # values of head 1: 1, -2, 0, each times |(3, 4)| = 5; of head 2: 0, 1, 3, each times 2
    assert norms[0].tolist() == [[5, 10, 0], [0, 2, 6]]
    torch.testing.assert_close(weights, torch.full((1, 2, 3, 3), 1 / 3))


@pytest.mark.parametrize("precision", [torch.float16, torch.bfloat16], ids=str)
def test_half_precision_gives_float32_norms_near_those_of_full_precision(dictionary, precision):
    full, half = random_model(dictionary), random_model(dictionary).to(precision)
    for one, other in zip(_captured(full, dictionary), _captured(half, dictionary), strict=True):
        for kind in KINDS:
            assert other.norms[kind].dtype == np.float32
            np.testing.assert_allclose(one.norms[kind], other.norms[kind], rtol=0.15, atol=0.1)


def test_without_norms_nothing_changes(model, dictionary):
    plain = _captured(model, dictionary, norms=False)
    for one, other in zip(plain, _captured(model, dictionary), strict=True):
        assert one.norms == {}
        for kind in KINDS:
            np.testing.assert_array_equal(one.weights[kind], other.weights[kind])
        np.testing.assert_array_equal(one.log_probs, other.log_probs)


@pytest.mark.parametrize("kind", KINDS)
def test_one_kind_alone(model, dictionary, kind):
    for one, other in zip(_captured(model, dictionary, kinds=(kind,)), _captured(model, dictionary), strict=True):
        assert list(one.norms) == [kind]
        np.testing.assert_allclose(one.norms[kind], other.norms[kind], atol=1e-5)


def test_the_run_of_the_generator_serves(model, dictionary):
    batch = batch_of(dictionary)
    with watched_encoder(model, KINDS) as runs, torch.no_grad():
        model.encoder(**batch)
    surfaces, ends = symbols_of(dictionary, SRS), (dictionary.eos(), dictionary.pad())
    found = capture(model, batch, surfaces, range(len(SRS)), KINDS, *ends, runs[0], norms=True)
    for one, other in zip(found, _captured(model, dictionary), strict=True):
        np.testing.assert_allclose(one.norms["encoder"], other.norms["encoder"], atol=1e-5)


@pytest.mark.parametrize("kind, side", [("encoder", "encoder"), ("cross", "decoder")])
def test_values_that_are_no_numbers_are_refused(dictionary, kind, side):
    model = random_model(dictionary)
    multihead.attention_modules(model, kind)[-1].v_proj.bias.data[3] = torch.inf
    with pytest.raises(InputError, match=f"value vectors of the {kind} attention of the model are not finite"):
        _captured(model, dictionary, kinds=(kind,))
    assert _captured(model, dictionary, kinds=("cross",) if side == "decoder" else (kind,), norms=False)
