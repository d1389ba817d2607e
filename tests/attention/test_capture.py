"""Captured weights are the model's own: against the generator, against plain numpy, whatever the batch; no traces."""

from __future__ import annotations

from argparse import Namespace
from contextlib import nullcontext

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("fairseq")

from fairseq.data import Dictionary  # noqa: E402
from fairseq.modules import MultiheadAttention  # noqa: E402
from fairseq.sequence_generator import SequenceGenerator  # noqa: E402

import fairseq_phonology  # noqa: E402, F401 (registers the architectures)
from fairseq_phonology import InputError  # noqa: E402
from fairseq_phonology.attention import multihead  # noqa: E402
from fairseq_phonology.attention.capture import _extents, _Layers, capture, portions, watched_encoder  # noqa: E402
from fairseq_phonology.attention.forcing import Forcing  # noqa: E402
from fairseq_phonology.attention.saving import AttentionSaver, kinds_of  # noqa: E402
from tests.helpers.small_model import KINDS, SRS, WORDS, batch_of, random_model, symbols_of  # noqa: E402


def _captured(model, dictionary, words=WORDS, srs=SRS, owners=None, run=None, **how):
    batch = batch_of(dictionary, words, **how)
    owners = range(len(words)) if owners is None else owners
    surfaces = symbols_of(dictionary, srs)
    return capture(model, batch, surfaces, list(owners), KINDS, dictionary.eos(), dictionary.pad(), run)


@pytest.mark.parametrize("left", [True, False], ids=["left-padded", "right-padded"])
@pytest.mark.parametrize("beam", [1, 5])
def test_cross_attention_is_the_generators_own(model, dictionary, beam, left):
    batch = batch_of(dictionary, left=left)
    with watched_encoder(model, KINDS) as runs:
        generator = SequenceGenerator([model], dictionary, beam_size=beam, max_len_b=12)
        hypotheses = generator.generate([model], {"net_input": batch})
    (run,) = runs
    every = [(word, hypothesis) for word, ranked in enumerate(hypotheses) for hypothesis in ranked]
    tokens, owners = [hypothesis["tokens"] for _, hypothesis in every], [word for word, _ in every]
    found = capture(model, batch, tokens, owners, ("cross",), dictionary.eos(), dictionary.pad(), run)
    assert len(found) == len(WORDS) * beam
    for (word, hypothesis), one in zip(every, found, strict=True):
        inside = batch["src_tokens"][word].ne(dictionary.pad())
        own = hypothesis["attention"][inside].T  # -> sr step x ur position
        assert one.weights["cross"].shape == (2, 2, *own.shape)
        np.testing.assert_allclose(one.weights["cross"][-1].mean(0), own, atol=1e-5)
        np.testing.assert_allclose(one.log_probs, hypothesis["positional_scores"], atol=2e-5)
        assert one.symbols == hypothesis["tokens"].tolist()


def _softmax(scores):
    scores = np.exp(scores - scores.max(-1, keepdims=True))
    return scores / scores.sum(-1, keepdims=True)


def _numpy_attention(module, query, key, causal=False):
    """One word, head after head, in float64.  # from x embedding, to x embedding -> output; heads x from x to"""
    state = {name: value.double().numpy() for name, value in module.state_dict().items()}
    size = module.embed_dim // module.num_heads
    outputs, maps = [], []
    for head in range(module.num_heads):
        own = slice(head * size, (head + 1) * size)
        q, k, v = (
            x @ state[f"{name}_proj.weight"][own].T + state[f"{name}_proj.bias"][own]
            for name, x in (("q", query), ("k", key), ("v", key))
        )
        scores = q @ k.T / np.sqrt(size)
        if causal:
            scores[np.triu_indices(len(query), 1)] = -np.inf
        maps.append(_softmax(scores))
        outputs.append(maps[-1] @ v)
    return np.concatenate(outputs, 1) @ state["out_proj.weight"].T + state["out_proj.bias"], np.stack(maps)


def _numpy_layer(layer, x, encoded=None):
    """One layer on one word, without dropout.  # -> output, maps of its attention in the order of its modules"""

    def linear(module, x):
        return x @ module.weight.detach().double().numpy().T + module.bias.detach().double().numpy()

    def norm(module, x):
        x = (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + module.eps)
        return x * module.weight.detach().double().numpy() + module.bias.detach().double().numpy()

    def residual(function, normalization, x):
        if layer.normalize_before:
            return x + function(norm(normalization, x))
        return norm(normalization, x + function(x))

    maps = []

    def attention(module, key=None):
        def function(x):
            output, found = _numpy_attention(module, x, x if key is None else key, encoded is not None and key is None)
            maps.append(found)
            return output

        return function

    x = residual(attention(layer.self_attn), layer.self_attn_layer_norm, x)
    if encoded is not None:
        x = residual(attention(layer.encoder_attn, encoded), layer.encoder_attn_layer_norm, x)
    x = residual(lambda y: linear(layer.fc2, np.maximum(linear(layer.fc1, y), 0)), layer.final_layer_norm, x)
    return x, maps


@torch.no_grad()
def _numpy_maps(model, dictionary, word, sr):
    """All weights of one word, from the model's parameters and embeddings alone."""
    (source,), (target,) = symbols_of(dictionary, [word]), symbols_of(dictionary, [sr])
    x = model.encoder.forward_embedding(source[None])[0][0].double().numpy()
    encoder, decoder, cross = [], [], []
    for layer in model.encoder.layers:
        x, (own,) = _numpy_layer(layer, x)
        encoder.append(own)
    encoded = x
    if model.encoder.layer_norm is not None:
        encoded = model.encoder.layer_norm(torch.tensor(x).float()).double().numpy()
    previous = torch.cat([target.new_tensor([dictionary.eos()]), target[:-1]])[None]
    side = model.decoder
    x = (side.embed_scale * side.embed_tokens(previous) + side.embed_positions(previous))[0].double().numpy()
    for layer in side.layers:
        x, (own, other) = _numpy_layer(layer, x, encoded)
        decoder.append(own)
        cross.append(other)
    return {"cross": np.stack(cross), "encoder": np.stack(encoder), "decoder": np.stack(decoder)}


def test_every_head_is_what_plain_numpy_computes(model, dictionary):
    for word, sr, one in zip(WORDS, SRS, _captured(model, dictionary), strict=True):
        ur, steps = len(word.split()) + 1, len(sr.split()) + 1
        shapes = {"cross": (2, 2, steps, ur), "encoder": (3, 4, ur, ur), "decoder": (2, 2, steps, steps)}
        for kind, expected in _numpy_maps(model, dictionary, word, sr).items():
            found = one.weights[kind]
            assert found.dtype == np.float32 and found.shape == shapes[kind]
            np.testing.assert_allclose(found, expected, atol=1e-5)
            np.testing.assert_allclose(found.sum(-1), 1, atol=1e-5)
        assert not one.weights["decoder"][..., np.triu_indices(steps, 1)[0], np.triu_indices(steps, 1)[1]].any()


@pytest.mark.parametrize("left, length", [(True, None), (False, None), (True, 40), (False, 40)])
def test_the_same_word_in_anybatch_of(model, dictionary, left, length):
    together = _captured(model, dictionary, left=left, length=length)
    for word, sr, one in zip(WORDS, SRS, together, strict=True):
        (alone,) = _captured(model, dictionary, [word], [sr])
        for kind in KINDS:
            np.testing.assert_allclose(one.weights[kind], alone.weights[kind], atol=1e-6)
        np.testing.assert_allclose(one.log_probs, alone.log_probs, atol=1e-5)


def test_of_a_word_with_padding_on_both_sides_it_alone_is_kept(model, dictionary):
    batch = batch_of(dictionary, length=12)
    batch["src_tokens"][0] = batch["src_tokens"][0].roll(-1)
    given = symbols_of(dictionary, SRS), range(len(SRS)), KINDS, dictionary.eos(), dictionary.pad()
    (one, *_), (alone, *_) = capture(model, batch, *given), _captured(model, dictionary)
    for kind in KINDS:
        np.testing.assert_allclose(one.weights[kind], alone.weights[kind], atol=1e-6)


def test_words_of_which_two_have_room_at_a_time_are_the_same(model, dictionary, monkeypatch):
    together = _captured(model, dictionary)
    monkeypatch.setattr("fairseq_phonology.attention.capture._CELLS", 20 * 10**2 * 2)  # heads, squared length, words
    for one, other in zip(_captured(model, dictionary), together, strict=True):
        for kind in KINDS:
            np.testing.assert_allclose(one.weights[kind], other.weights[kind], atol=1e-6)


def test_several_srs_of_one_word_and_none_of_another(model, dictionary, monkeypatch):
    monkeypatch.setattr("fairseq_phonology.attention.capture._TOGETHER", 2)
    srs, owners = ["a", "b c d", "", "a b c d e"], [3, 0, 3, 1]
    found = _captured(model, dictionary, srs=srs, owners=owners)
    for sr, owner, one in zip(srs, owners, found, strict=True):
        (alone,) = _captured(model, dictionary, [WORDS[owner]], [sr])
        for kind in KINDS:
            np.testing.assert_allclose(one.weights[kind], alone.weights[kind], atol=1e-6)


def test_another_batchs_encoder_run_is_not_taken(model, dictionary):
    with watched_encoder(model, KINDS) as runs:
        model.encoder(**batch_of(dictionary, WORDS[::-1]))
    found, expected = _captured(model, dictionary, run=runs[0]), _captured(model, dictionary)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one.weights["encoder"], other.weights["encoder"])


def _state(model) -> list[tuple[int, ...]]:
    return [
        (len(vars(m)), "forward" in vars(m), len(m._forward_hooks), len(m._forward_pre_hooks)) for m in model.modules()
    ]


def test_nothing_is_left_behind(model, dictionary):
    batch = batch_of(dictionary)
    previous = batch_of(dictionary, SRS, left=False)["src_tokens"].roll(1, 1)
    before, state = model(**batch, prev_output_tokens=previous)[0], _state(model)
    _captured(model, dictionary)
    with pytest.raises(KeyError), watched_encoder(model, KINDS):
        raise KeyError
    with pytest.raises(KeyError), multihead.explicit_attention(multihead.attention_modules(model, "cross")):
        raise KeyError
    assert _state(model) == state
    assert torch.equal(model(**batch, prev_output_tokens=previous)[0], before)


def test_watching_changes_no_bit(model, dictionary):
    batch = batch_of(dictionary)
    plain = model.encoder(**batch)["encoder_out"][0]
    with watched_encoder(model, KINDS) as runs:
        model.encoder(**batch)
    assert torch.equal(runs[0].output["encoder_out"][0], plain)


def test_who_watches_an_encoder_that_is_watched_leaves_it_so(model, dictionary):
    with watched_encoder(model, KINDS) as outer:
        with watched_encoder(model, KINDS) as inner:
            model.encoder(**batch_of(dictionary))
        model.encoder(**batch_of(dictionary))
    model.encoder(**batch_of(dictionary))
    assert (len(outer), len(inner)) == (2, 1)
    assert [len(run.inputs) for run in (*outer, *inner)] == [3, 3, 3], "each run has its own"


def test_what_an_encoder_of_one_layer_did_is_not_done_again(dictionary):
    model, batch = random_model(dictionary, encoder_layers=1, decoder_layers=1), batch_of(dictionary)
    with watched_encoder(model, KINDS) as runs:
        model.encoder(**batch)
        given = (symbols_of(dictionary, SRS), range(len(SRS)), KINDS, dictionary.eos(), dictionary.pad())
        found = capture(model, batch, *given, runs[0])
    assert len(runs) == 1 and len(found[0].weights["encoder"]) == 1


def test_states_of_an_encoder_that_keeps_them_stay_in_order(model, dictionary):
    with watched_encoder(model, KINDS) as runs:
        model.encoder(**batch_of(dictionary), return_all_hiddens=True)
    states = [state.clone() for state in runs[0].output["encoder_states"]]
    batch, surfaces = batch_of(dictionary), symbols_of(dictionary, SRS)
    batch["src_tokens"] = runs[0].source
    capture(model, batch, surfaces[::-1], range(len(SRS))[::-1], KINDS, dictionary.eos(), dictionary.pad(), runs[0])
    assert states and all(map(torch.equal, states, runs[0].output["encoder_states"]))


@pytest.mark.parametrize(("total", "refused"), [(1.0005, False), (1.0015, True), (0.9985, True), (torch.nan, True)])
def test_weights_of_one_query_that_do_not_sum_to_one_are_refused(model, total, refused):
    layers, weights = _Layers(model, "cross"), torch.ones(3, 2, 4, 1)
    weights[1, 0, 2] = total
    layers.see(0, weights)
    with pytest.raises(InputError, match="not finite") if refused else nullcontext():
        assert layers.weights().shape == (3, 1, 2, 4, 1)


def test_where_words_stand_in_a_batch():
    """EOS is 2 and padding 1; each word has its own EOS, at its end."""
    source = torch.tensor([[4, 5, 2, 1, 1], [1, 1, 1, 4, 2], [4, 5, 6, 7, 2], [1, 2, 1, 1, 1]])
    assert _extents(source, 2, 1) == [slice(0, 3), slice(3, 5), slice(0, 5), slice(1, 2)]
    for wrong in ([4, 5, 6, 7, 8], [4, 2, 5, 2, 1], [4, 1, 5, 2, 1], [2, 4, 5, 1, 1], [1, 4, 2, 2, 1]):
        with pytest.raises(InputError, match="does not end in </s>, or has </s> or <pad> in it"):
            _extents(torch.cat([source, torch.tensor([wrong])]), 2, 1)


def test_what_an_encoder_hands_to_its_attention_is_kept_by_place_and_by_name(dictionary):
    model = random_model(dictionary)
    module, mask = model.encoder.layers[0].self_attn, torch.zeros(10, 10)
    model.encoder.layers[0].forward = lambda x, encoder_padding_mask: module(x, x, x, attn_mask=mask)[0]
    with watched_encoder(model, KINDS) as runs:
        model.encoder(**batch_of(dictionary))
    first, *others = runs[0].inputs
    assert set(first) == {"query", "key", "attn_mask"} and first["query"] is first["key"] and first["attn_mask"] is mask
    assert [set(other) for other in others] == [{"query", "key", "key_padding_mask", "attn_mask"}] * 2


def test_an_edge_can_be_removed(model, dictionary):
    """What knock-outs build on: scores may be changed, per word, head and edge, before the softmax."""
    modules = multihead.attention_modules(model, "encoder")
    seen = {}

    class Change(multihead.Change):
        def scores(self, number, scores, queries, keys):
            if number == 1:
                scores[2, 3, 0, 1] = -torch.inf
            return scores

    with torch.no_grad(), multihead.explicit_attention(modules, seen.__setitem__, [Change()]):
        model.encoder(**batch_of(dictionary, left=False))
    plain = [one.weights["encoder"] for one in _captured(model, dictionary)]
    assert seen[1][2, 3, 0, 1] == 0 and plain[2][1, 3, 0, 1] > 1e-3
    assert seen[1][2, 3, 0].sum().item() == pytest.approx(1)
    np.testing.assert_allclose(seen[1][2, :3, :4, :4], plain[2][1, :3], atol=1e-6)
    assert abs(seen[2][2, :, :4, :4].numpy() - plain[2][2]).max() > 1e-4


def test_half_precision_gives_float32_rows_that_sum_to_one(dictionary):
    for one in _captured(random_model(dictionary).half(), dictionary):
        for weights in one.weights.values():
            assert weights.dtype == np.float32
            np.testing.assert_allclose(weights.sum(-1), 1, atol=1e-5)


def test_weights_that_are_no_numbers_are_refused(dictionary):
    model = random_model(dictionary)
    model.encoder.layers[1].self_attn.k_proj.weight.data.fill_(torch.nan)
    with pytest.raises(InputError, match="the encoder attention of the model is not finite"):
        _captured(model, dictionary)


@pytest.mark.parametrize(
    "architecture, name, options",
    [
        ("lstm", r"lstm \(LSTMModel\)", {"encoder_layers": 1, "decoder_layers": 1, "criterion": "cross_entropy"}),
        ("fconv", r"fconv \(FConvModel\)", dict.fromkeys(["encoder_layers", "decoder_layers"], "[(16, 3)] * 2")),
    ],
    ids=["lstm", "fconv"],
)
def test_models_without_multihead_attention_are_refused(dictionary, architecture, name, options):
    model = random_model(dictionary, architecture, **options)
    with pytest.raises(InputError, match=f"{name} has no multi-head attention .* transformer family"):
        multihead.attention_modules(model, "cross")


def test_unusual_attention_is_refused(dictionary):
    model = random_model(dictionary)
    model.decoder.layers[1].self_attn = MultiheadAttention(16, 2, self_attention=True, add_bias_kv=True)
    with pytest.raises(InputError, match="bias key"):
        multihead.attention_modules(model, "decoder")
    model.decoder.layers[1].self_attn = MultiheadAttention(16, 4, self_attention=True)
    with pytest.raises(InputError, match="different numbers of heads"):
        multihead.attention_modules(model, "decoder")
    assert len(multihead.attention_modules(model, "cross")) == 2
    model.decoder.layers[1].self_attn = MultiheadAttention(16, 2, self_attention=True, add_zero_attn=True)
    with pytest.raises(InputError, match="zero key"):
        multihead.attention_modules(model, "decoder")
    model.decoder.layers[1].self_attn = MultiheadAttention(16, 2, self_attention=True)
    model.decoder.layers[1].self_attn.use_xformers = True
    with pytest.raises(InputError, match="xformers"):
        multihead.attention_modules(model, "decoder")
    model.decoder.layers[1].self_attn = None  # in one layer of several
    with pytest.raises(InputError, match=r"^transformer\w* \(\w+\) has no multi-head attention of the kind 'decoder'"):
        multihead.attention_modules(model, "decoder")
    assert len(multihead.attention_modules(random_model(dictionary, decoder_layers=1), "decoder")) == 1


def test_positions_of_the_encoder_as_keys_of_the_decoders_self_attention_are_refused(dictionary, tmp_path):
    """With --cross-self-attention its first keys are those of the UR: they would be taken for what was emitted."""
    said = "decoder attention of a model with --cross-self-attention is not supported: its keys are positions of the UR"
    with pytest.raises(InputError, match=said):
        Forcing(random_model(dictionary, cross_self_attention=True), dictionary, dictionary)
    given = {"attention_kinds": "cross,decoder", "attention_norms": False, "resume_attention": False}
    given |= {"overwrite_attention": False, "path": str(tmp_path / "model.pt")}
    saver = AttentionSaver(Namespace(save_attention=str(tmp_path / "dump"), **given))
    model = random_model(dictionary, cross_self_attention=True, no_cross_attention=True)
    with pytest.raises(InputError, match="no multi-head attention of the kind 'cross' in each"):
        saver.open([model], Namespace(), dictionary, dictionary)
    assert not (tmp_path / "dump").exists()
    with pytest.raises(InputError, match=said):
        multihead.attention_modules(model, "decoder")
    assert len(multihead.attention_modules(model, "encoder")) == 3


@pytest.mark.parametrize("left", [True, False], ids=["left-padded", "right-padded"])
def test_cross_attention_beside_such_keys_is_the_models_own(dictionary, left):
    model, kinds = random_model(dictionary, cross_self_attention=True), ("cross", "encoder")
    batch = batch_of(dictionary, left=left)
    found = capture(
        model, batch, symbols_of(dictionary, SRS), range(len(WORDS)), kinds, dictionary.eos(), dictionary.pad()
    )
    plain = random_model(dictionary)
    plain.load_state_dict(model.state_dict())
    for word, sr, one in zip(WORDS, SRS, found, strict=True):
        (source,), (target,) = symbols_of(dictionary, [word]), symbols_of(dictionary, [sr])
        previous = target.roll(1)[None]
        with torch.no_grad():
            # fairseq's own weights of the first head, layer by layer
            encoded = model.encoder(source[None], src_lengths=torch.tensor([len(source)]))
            layers = [
                model.decoder(previous, encoder_out=encoded, alignment_layer=n, alignment_heads=1)[1]["attn"][0]
                for n in range(2)
            ]
            decoded = model(source[None], torch.tensor([len(source)]), previous)
            own = model.get_normalized_probs(decoded, log_probs=True)[0].gather(1, target[:, None])[:, 0]
        np.testing.assert_allclose(one.weights["cross"][:, 0], torch.cat(layers), atol=1e-5)
        np.testing.assert_allclose(one.log_probs, own, atol=1e-5)
        alone = _captured(plain, dictionary, [word], [sr])[0].weights
        np.testing.assert_allclose(one.weights["encoder"], alone["encoder"], atol=1e-5)


@pytest.fixture(scope="module")
def module():
    torch.manual_seed(2)
    return MultiheadAttention(8, 2, dropout=0.5).eval()


def _given(heads_apart, weights, mask):
    padding = torch.tensor([[False] * 5, [False] * 3 + [True] * 2])
    bar = torch.ones(3, 5).triu(2).bool()
    masks = {"none": None, "added": torch.zeros(3, 5).masked_fill(bar, -torch.inf), "barred": bar}
    wanted = {"need_weights": weights, "need_head_weights": heads_apart}
    return torch.randn(3, 2, 8), torch.randn(5, 2, 8), {"key_padding_mask": padding, "attn_mask": masks[mask], **wanted}


@pytest.mark.parametrize("mask", ["none", "added", "barred"])
@pytest.mark.parametrize("weights", [False, True], ids=["no-weights", "weights"])
@pytest.mark.parametrize("heads_apart", [False, True], ids=["mean", "heads"])
@torch.no_grad()
def test_step_by_step_a_module_gives_what_it_gives_itself(module, heads_apart, weights, mask, monkeypatch):
    monkeypatch.setattr(module, "skip_embed_dim_check", heads_apart)  # PyTorch's function gives their mean alone
    query, key, given = _given(heads_apart, weights, "added" if heads_apart and mask == "barred" else mask)
    own, seen, values = module(query, key, key, **given), {}, {}
    with multihead.explicit_attention([module], seen.__setitem__, observe_values=values.__setitem__):
        found = module(query, key, key, **given)
    torch.testing.assert_close(found[0], own[0])
    torch.testing.assert_close(found[1], own[1])
    assert seen[0].shape == (2, 2, 3, 5) and values[0].shape == (2, 2, 5, 4)
    torch.testing.assert_close(multihead.mixed(module, seen[0], values[0]), own[0])


def test_weights_are_float32_and_a_change_does_nothing_by_itself(module):
    query, key = torch.randn(3, 2, 8), torch.randn(5, 2, 8)
    double = multihead.attention_weights(MultiheadAttention(8, 2).double(), query.double(), key.double())
    assert double.dtype == torch.float32 and multihead.attention_weights(module, query, key).dtype == torch.float32
    change = multihead.Change()
    assert change.scores(0, query, key, key) is query and change.mixture(0, key, query, query) is key


def test_explicit_attention_inside_another_leaves_the_outer_one(module):
    x, outer, inner = torch.randn(3, 2, 8), [], []
    with multihead.explicit_attention([module], lambda *seen: outer.append(seen)):
        with multihead.explicit_attention([module], lambda *seen: inner.append(seen)):
            module(x, x, x)
        assert (len(outer), len(inner)) == (0, 1)
        module(x, x, x)
    module(x, x, x)
    assert (len(outer), len(inner)) == (1, 1) and "forward" not in vars(module)


@pytest.mark.parametrize(
    "other",
    [{"incremental_state": {}}, {"before_softmax": True}, {"value": torch.zeros(3, 2, 8)}],
    ids=str,
)
def test_what_is_not_computed_step_by_step_is_refused(module, other):
    x = torch.zeros(3, 2, 8)
    with multihead.explicit_attention([module]), pytest.raises(RuntimeError, match="whole words only, of one key"):
        module(**{"query": x, "key": x, "value": x, **other})


@pytest.mark.parametrize(
    "given, kinds",
    [("cross", ("cross",)), ("decoder, cross", ("cross", "decoder")), ("encoder,encoder,", ("encoder",))],
)
def test_kinds(given, kinds):
    assert kinds_of(given) == kinds


@pytest.mark.parametrize("given, wanted", [("cros", "unknown kind 'cros'; known: cross, encoder"), (",", "no kind")])
def test_unknown_kinds(given, wanted):
    with pytest.raises(InputError, match=wanted):
        kinds_of(given)


def test_what_a_batch_of_long_words_gives_is_written_in_portions(dictionary, monkeypatch):
    model = random_model(dictionary)  # 4 and 12 heads of cross- and encoder attention in all
    owners, lengths = [0, 0, 1, 1, 2, 3], [10, 9, 8, 10, 10, 3]
    assert [*portions(model, ("cross", "encoder"), owners, lengths)] == [[0, 1, 2, 3, 4, 5]]
    monkeypatch.setattr("fairseq_phonology.attention.capture._CELLS", 16 * 10**2 * 4)
    assert [*portions(model, ("cross", "encoder"), owners, lengths)] == [[0, 1, 2, 3], [4, 5]]
    assert [*portions(model, ("cross", "encoder"), [], [])] == []


def test_ensembles_and_dropout_are_refused(dictionary, tmp_path):
    model, folder = random_model(dictionary), tmp_path / "dump"
    options = {"attention_kinds": "cross", "attention_norms": False}
    options |= {"overwrite_attention": False, "resume_attention": False}
    saver = AttentionSaver(Namespace(save_attention=str(folder), path=str(tmp_path / "model.pt"), **options))
    with pytest.raises(InputError, match="ensemble of 2 models"):
        saver.open([model, model], Namespace(), dictionary, dictionary)
    with pytest.raises(InputError, match="--retain-dropout"):
        saver.open([model], Namespace(retain_dropout=True), dictionary, dictionary)
    with pytest.raises(InputError, match="a checkpoint in one file"):
        saver.open([model], Namespace(), dictionary, dictionary)
    assert not folder.exists()


@pytest.mark.parametrize(
    ("options", "subset", "message"),
    [
        ({}, None, "--resume-attention is an option of fairseq-generate"),
        ({"sampling": True}, "test", "--resume-attention with --sampling True: the words that are there could not"),
        ({"temperature": 0.5}, "test", "--resume-attention with --temperature 0.5"),
        ({"print_alignment": "hard"}, "test", "--resume-attention with --print-alignment hard"),
    ],
)
def test_what_cannot_be_said_again_is_not_resumed(dictionary, tmp_path, options, subset, message):
    given = {"attention_kinds": "cross", "attention_norms": False, "path": "model.pt", "overwrite_attention": False}
    saver = AttentionSaver(Namespace(save_attention=str(tmp_path / "dump"), resume_attention=True, **given))
    saver._subset = subset
    with pytest.raises(InputError, match=message):
        saver.open([random_model(dictionary)], Namespace(**options), dictionary, dictionary)
    assert not (tmp_path / "dump").exists()


def test_of_words_that_are_there_the_dumps_hypotheses_are_printed_in_mixed_batches_too(tmp_path, monkeypatch):
    class Resumed(set):  # a writer of a dump that has these rows
        write = list

    given = {"attention_kinds": "cross", "attention_norms": False, "path": "model.pt", "overwrite_attention": False}
    saver = AttentionSaver(Namespace(save_attention=str(tmp_path / "dump"), resume_attention=True, **given))
    saver._subset, saver._expected, saver._writer, saver._nbest, saver._norms = "test", 9, Resumed([7]), 1, False
    saver._dictionaries = [Dictionary()] * 2
    monkeypatch.setattr(saver, "_hypotheses_of", lambda row, device: f"of the dump, row {row}")
    monkeypatch.setattr(saver, "_words", lambda sample, rows: [])
    monkeypatch.setattr("fairseq_phonology.attention.saving.watched_encoder", lambda model, kinds: nullcontext([]))
    monkeypatch.setattr("fairseq_phonology.attention.saving.capture", lambda *given, **more: [])
    sample = {"id": torch.tensor([7, 8]), "net_input": {"src_tokens": torch.ones(2, 3)}}
    assert saver.save(None, sample, lambda: [["made anew"], []]) == ["of the dump, row 7", []]
