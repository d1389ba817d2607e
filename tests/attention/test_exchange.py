"""Keys and values of another run: against a computation of its own, word by word, and where the outcome is known."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("fairseq")

from fairseq_phonology import InputError  # noqa: E402
from fairseq_phonology.attention.edges import PARTS, Edge, Exchange, Run  # noqa: E402
from fairseq_phonology.attention.exchange import Exchanges, _once  # noqa: E402
from fairseq_phonology.attention.forcing import Forcing  # noqa: E402
from fairseq_phonology.attention.intervened import intervened  # noqa: E402
from fairseq_phonology.attention.places import Found  # noqa: E402
from tests.helpers.small_model import KINDS, batch_of, random_model  # noqa: E402

LAYERS, HEADS = {"cross": 2, "encoder": 3, "decoder": 2}, {"cross": 2, "encoder": 4, "decoder": 2}
# (UR, SR), (UR, SR of the donor): of several lengths, each differing from its donor in one segment of each
PAIRS = [
    ("a b c d e f", "a b c d", "a b f d e f", "a b f d"),
    ("b a", "b c", "b d", "d c"),
    ("c c d a", "c c d d d", "c a d a", "c a d d d"),
    ("e f a b c d e f a", "e f a b c d e f", "e f a b c d e d a", "e f a e c d e f"),
]
TRIGGER = [2, 1, 1, 7]  # where URs differ
SURFACE = [3, 1, 2, 4]  # steps whose inputs differ


def _segments(forms: str) -> tuple[str, ...]:
    return tuple(forms.split())


WORDS = [(_segments(ur), _segments(sr)) for ur, sr, _, _ in PAIRS]
DONORS = [(_segments(ur), _segments(sr)) for _, _, ur, sr in PAIRS]


def _run(n: int, exchanges=(), edges=(), step: int | None = None, donor=None) -> Run:
    (ur, sr), own = WORDS[n], donor or DONORS[n]
    return Run(ur, sr, len(sr) if step is None else step, "b", "a", tuple(edges), own, tuple(exchanges))


# a computation of its own: one word, no padding, no batch; a head and a query at a time


class _ByHand:
    """A transformer under exchanges, written out; ``seen`` has keys and values by kind and layer."""

    def __init__(self, model, dictionary):
        self.model, self.dictionary, self.donors = model, dictionary, {}

    @torch.no_grad()
    def scores(self, word, exchanges=(), donor=None):
        """Of every symbol at every step of a word, under exchanges with what `seen` of its donor."""
        if donor is not None and donor not in self.donors:
            self.scores(donor)
            self.donors[donor] = self.seen
        self.seen, self.exchanges, self.given = {}, exchanges, self.donors.get(donor)
        (ur, sr), eos = word, self.dictionary.eos()
        encoder, decoder = self.model.encoder, self.model.decoder
        memory = self._embed(encoder, [*map(self.dictionary.index, ur), eos])
        for number, layer in enumerate(encoder.layers):
            memory = self._add(
                layer,
                layer.self_attn_layer_norm,
                memory,
                lambda x, n=number, m=layer.self_attn: self._attend("encoder", n, m, x, x),
            )
            memory = self._add(layer, layer.final_layer_norm, memory, lambda x, m=layer: self._feed(m, x))
        if encoder.layer_norm is not None:
            memory = encoder.layer_norm(memory)
        states = self._embed(decoder, [eos, *map(self.dictionary.index, sr)])
        for number, layer in enumerate(decoder.layers):
            states = self._add(
                layer,
                layer.self_attn_layer_norm,
                states,
                lambda x, n=number, m=layer.self_attn: self._attend("decoder", n, m, x, x),
            )
            states = self._add(
                layer,
                layer.encoder_attn_layer_norm,
                states,
                lambda x, n=number, m=layer.encoder_attn: self._attend("cross", n, m, x, memory),
            )
            states = self._add(layer, layer.final_layer_norm, states, lambda x, m=layer: self._feed(m, x))
        if decoder.layer_norm is not None:
            states = decoder.layer_norm(states)
        return decoder.output_layer(states).numpy()

    def log_odds(self, run: Run) -> float:
        scores = self.scores((run.ur, run.sr), run.exchanges, run.donor)[run.step]
        return float(scores[self.dictionary.index(run.gold)] - scores[self.dictionary.index(run.other)])

    def _embed(self, side, symbols):
        tokens = torch.tensor([symbols])
        embedded = side.embed_scale * side.embed_tokens(tokens) + side.embed_positions(tokens)
        if side.layernorm_embedding is not None:
            embedded = side.layernorm_embedding(embedded)
        return embedded[0]

    @staticmethod
    def _add(layer, norm, states, change):
        return states + change(norm(states)) if layer.normalize_before else norm(states + change(states))

    @staticmethod
    def _feed(layer, states):
        return layer.fc2(layer.activation_fn(layer.fc1(states)))

    def _attend(self, kind, number, module, states, memory):
        size, output = module.head_dim, torch.zeros(len(states), module.embed_dim)
        queries, keys, values = module.q_proj(states), module.k_proj(memory), module.v_proj(memory)
        self.seen[kind, number] = keys, values
        for head in range(module.num_heads):
            own = slice(head * size, (head + 1) * size)
            for at in range(len(states)):
                some = slice(0, at + 1 if kind == "decoder" else len(memory))
                these_keys, these_values = keys[some, own].clone(), values[some, own].clone()
                for one in self.exchanges:
                    everywhere = at != one.key if kind != "cross" and one.query is None else one.query in (None, at)
                    here = one.kind == kind and one.layer in (None, number + 1) and one.head in (None, head + 1)
                    if not (here and everywhere and one.key < len(these_keys)):
                        continue
                    there = one.key if one.donor_key is None else one.donor_key
                    if one.parts != "values":
                        these_keys[one.key] = self.given[kind, number][0][there, own]
                    if one.parts != "keys":
                        these_values[one.key] = self.given[kind, number][1][there, own]
                weights = torch.softmax(these_keys @ queries[at, own] / size**0.5, 0)
                output[at, own] = weights @ these_values
        return module.out_proj(output)


def _positions(n: int, kind: str) -> tuple[int, int]:
    """A key that differs between a word and its donor, and a query that attends to it."""
    return (SURFACE[n], len(WORDS[n][1])) if kind == "decoder" else (TRIGGER[n], 0 if kind == "encoder" else SURFACE[n])


def _every(n: int, kind: str) -> list[Exchange]:
    """Every layer and head or all, at one query or all, of each part."""
    key, query = _positions(n, kind)
    layers, heads = [None, *range(1, LAYERS[kind] + 1)], [None, *range(1, HEADS[kind] + 1)]
    return [Exchange(kind, key, *at) for at in itertools.product([query, None], layers, heads, PARTS)]


@pytest.mark.parametrize("kind", KINDS)
def test_every_exchange_is_that_of_a_computation_by_hand(model, dictionary, kind):
    """One batch of words of several lengths."""
    runs = [_run(n, [one]) for n in range(len(WORDS)) for one in _every(n, kind)]
    found = Forcing(model, dictionary, dictionary).force(runs).log_odds
    by_hand = _ByHand(model, dictionary)
    np.testing.assert_allclose(found, [by_hand.log_odds(run) for run in runs], atol=1e-5)
    intact = np.array([by_hand.log_odds(_run(n)) for n in range(len(WORDS))])
    moved = abs(found.reshape(len(WORDS), -1) - intact[:, None]) > 1e-4
    assert moved.mean() > 0.8  # a key that the query hardly attends to may move less


def test_several_exchanges_in_a_word(model, dictionary):
    """Routes together; one edge named twice, by parts and by head and all heads."""
    by_hand, runs = _ByHand(model, dictionary), []
    for n in range(len(WORDS)):
        ((cross, at), (encoder, _), (decoder, last)) = (_positions(n, kind) for kind in KINDS)
        runs += [
            _run(n, [Exchange("cross", cross, at), Exchange("encoder", encoder)]),
            _run(n, [Exchange("cross", cross, last), Exchange("decoder", decoder, last)]),
            _run(n, [Exchange("encoder", encoder, 0, 1), Exchange("encoder", 1, 0, 2, parts="keys")]),
            _run(n, [Exchange("cross", cross, at, parts="keys"), Exchange("cross", cross, at, parts="values")]),
            _run(n, [Exchange("cross", cross), Exchange("cross", cross, at, head=1), Exchange("cross", 0, at)]),
            _run(n, [Exchange(kind, _positions(n, kind)[0]) for kind in KINDS]),
        ]
    found = Forcing(model, dictionary, dictionary).force(runs).log_odds
    np.testing.assert_allclose(found, [by_hand.log_odds(run) for run in runs], atol=1e-5)
    both = [_run(n, [Exchange("cross", TRIGGER[n], SURFACE[n])]) for n in range(len(WORDS))]
    np.testing.assert_allclose(found[3::6], Forcing(model, dictionary, dictionary).force(both).log_odds, atol=1e-5)


# (UR, SR), (UR, SR of the donor), position in the word, position in the donor: of unequal length in both; EOS stands
# behind the last segment, so that the end of a word is given a segment of the longer one, and the reverse
UNEQUAL = [
    ("a b c d", "a b c", "a b c d e f", "a b c", 4, 4),
    ("a b c d", "a b c", "a b c d e f", "a b c", 4, 5),
    ("e f a b c d e f a", "e f a", "e f a b", "e f a b c d", 4, 4),
    ("b", "b", "b d d d", "c", 1, 1),
]


def test_words_of_unequal_length_exchange_what_each_has_in_a_place_of_its_own(model, dictionary):
    """In every layer and head or all, at one query or all; of several lengths in a batch, both ways round."""
    runs = []
    for ur, sr, other_ur, other_sr, here, there in UNEQUAL:
        word, donor = (tuple(map(_segments, pair)) for pair in ((ur, sr), (other_ur, other_sr)))
        for kind, layers, heads, parts in itertools.product(("cross", "encoder"), (None, 2), (None, 1), PARTS):
            for one, other, key, given in ((word, donor, here, there), (donor, word, there, here)):
                query = (len(one[1]), None)[len(runs) % 2] if kind == "cross" else (0, None)[len(runs) % 2]
                exchange = Exchange(kind, key, query, layers, heads, parts, given)
                runs.append(Run(*one, len(one[1]), "b", "a", (), other, (exchange,)))
        steps = [Exchange("decoder", 0, None, donor_key=len(donor[1])), Exchange("cross", here, donor_key=there)]
        runs.append(Run(*word, len(word[1]), "b", "a", (), donor, tuple(steps)))
    found = Forcing(model, dictionary, dictionary).force(runs).log_odds
    by_hand = _ByHand(model, dictionary)
    np.testing.assert_allclose(found, [by_hand.log_odds(run) for run in runs], atol=1e-5)
    intact = Forcing(model, dictionary, dictionary).force([replace(run, exchanges=()) for run in runs]).log_odds
    assert (abs(found - intact) > 1e-4).mean() > 0.8


def test_a_place_that_is_named_may_be_the_same(model, dictionary):
    """Of words of one length, what is taken from the same place is so whether or not that is said."""
    runs = [_run(n, [one]) for n in range(len(WORDS)) for kind in KINDS for one in _every(n, kind)[::4]]
    named = [replace(run, exchanges=tuple(o._replace(donor_key=o.key) for o in run.exchanges)) for run in runs]
    found, same = (Forcing(model, dictionary, dictionary).force(some).log_odds for some in (runs, named))
    np.testing.assert_array_equal(found, same)


def test_words_that_give_to_each_other_give_what_they_have_in_runs_of_their_own(model, dictionary):
    """No word of the batch is intact, and what is taken of each would be changed by what it takes."""
    runs = []
    for n, (word, donor) in enumerate(zip(WORDS, DONORS, strict=True)):
        last = len(word[1])
        early = (Exchange("cross", TRIGGER[n], SURFACE[n]), Exchange("decoder", SURFACE[n], last))
        for exchanges in (early, tuple(Exchange(kind, _positions(n, kind)[0]) for kind in KINDS)):
            runs += [Run(*one, last, "b", "a", (), other, exchanges) for one, other in ((word, donor), (donor, word))]
    found = Forcing(model, dictionary, dictionary).force(runs).log_odds
    by_hand = _ByHand(model, dictionary)
    np.testing.assert_allclose(found, [by_hand.log_odds(run) for run in runs], atol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_a_word_that_gives_to_itself_is_as_it_was(model, dictionary, kind):
    runs = [_run(n, [one], donor=WORDS[n]) for n in range(len(WORDS)) for one in _every(n, kind)]
    together = Forcing(model, dictionary, dictionary).force([*runs, *[_run(n) for n in range(len(WORDS))]]).log_odds
    found, intact = together[: len(runs)], together[len(runs) :]
    assert abs(found.reshape(len(WORDS), -1) - intact[:, None]).max() < 1e-6


def test_what_every_other_position_sees_of_the_trigger_is_what_it_sees_in_the_minimal_pair(model, dictionary):
    """Encoder and cross-attention together, all queries and layers: the log-odds are those of the donor."""
    runs, donors = [], []
    for n, ((_, sr), (ur, _)) in enumerate(zip(WORDS, DONORS, strict=True)):
        exchanges = [Exchange("encoder", TRIGGER[n]), Exchange("cross", TRIGGER[n])]
        for step in range(len(sr) + 1):
            runs.append(_run(n, exchanges, step=step, donor=(ur, sr)))
            donors.append(Run(ur, sr, step, "b", "a"))
    forcing = Forcing(model, dictionary, dictionary)
    found, wanted, intact = (
        forcing.force(some).log_odds
        for some in (runs, donors, [Run(run.ur, run.sr, run.step, "b", "a") for run in runs])
    )
    np.testing.assert_allclose(found, wanted, atol=1e-5)
    assert abs(found - intact).max() > 0.1


@pytest.mark.parametrize("step", [0, 3])
def test_what_every_later_step_sees_of_a_prefix_is_what_it_sees_after_another(model, dictionary, step):
    """The decoder's own attention to the one segment that differs: the last step has the log-odds of the donor."""
    (ur, sr), (_, other) = WORDS[0], DONORS[0]
    exchange, donor = Exchange("decoder", SURFACE[0]), (ur, other)
    found = Forcing(model, dictionary, dictionary).force(
        [_run(0, [exchange], donor=donor), Run(*donor, len(sr), "b", "a"), _run(0)]
    )
    assert found.log_odds[0] == pytest.approx(found.log_odds[1], abs=1e-5)
    assert abs(found.log_odds[0] - found.log_odds[2]) > 1e-3


def _many() -> list[Run]:
    runs = []
    for n in range(len(WORDS)):
        runs += [_run(n), *[_run(n, [one]) for kind in KINDS for one in _every(n, kind)[::5]]]
        runs += [_run(n, [Exchange("encoder", TRIGGER[n]), Exchange("cross", TRIGGER[n])])]
        runs += [_run(n, edges=[Edge("cross", TRIGGER[n]), Edge("encoder", TRIGGER[n], 0)])]
    return runs


@pytest.mark.parametrize("batch_size", [1, 7, 1000])
def test_a_batch_is_its_runs_one_by_one(model, dictionary, batch_size):
    """Of several words and lengths: URs are padded on the left, SRs on the right."""
    runs = _many()
    runs = runs[::2] + runs[1::2]
    one_by_one = [Forcing(model, dictionary, dictionary).force([run]) for run in runs]
    together = Forcing(model, dictionary, dictionary, batch_size).force(runs)
    np.testing.assert_allclose(together.log_odds, np.concatenate([one.log_odds for one in one_by_one]), atol=1e-5)
    for said, one in zip(together.hypotheses, one_by_one, strict=True):
        assert said[: one.hypotheses.shape[1]].tolist() == one.hypotheses[0].tolist()
        assert (said[one.hypotheses.shape[1] :] == -1).all()


def test_workers_make_no_difference(model, dictionary):
    runs = _many()
    batches = [runs[n : n + 9] for n in range(0, len(runs), 9)]
    one, two = (Forcing(model, dictionary, dictionary, workers=n).force_all(batches) for n in (1, 2))
    for first, second in zip(one, two, strict=True):
        np.testing.assert_array_equal(first.log_odds, second.log_odds)


def test_a_donor_runs_once(model, dictionary):
    """Each pass of the encoder and each word under each intervention are made once, donors among the words."""
    words, passes = [], []
    hooks = [
        model.decoder.register_forward_hook(lambda module, args, output: words.append(len(args[0]))),
        model.encoder.register_forward_hook(lambda module, args, output: passes.append(len(args[0]))),
    ]
    runs = [_run(0), *[_run(0, [one]) for one in _every(0, "cross")[:5]], _run(0, [Exchange("encoder", 2, 0)])]
    Forcing(model, dictionary, dictionary).force(runs)
    Forcing(model, dictionary, dictionary).force([*runs, Run(*DONORS[0])])
    Forcing(model, dictionary, dictionary).force([_run(0, [Exchange("encoder", 2, 0)])])
    for hook in hooks:
        hook.remove()
    assert words == [8, 8, 1] and passes == [3, 3, 2]


def test_heads_of_a_layer_add_up_in_what_it_puts_out(model, dictionary):
    """Of the first layer, whose inputs no exchange changes: the sum over heads of what each one's exchange changes."""
    module = model.decoder.layers[0].encoder_attn
    heads = [None, *range(1, HEADS["cross"] + 1)]
    given = batch_of(dictionary, ["c c d a"] * (len(heads) + 1) + ["c a d a"])
    previous = torch.tensor([[dictionary.eos(), 5, 6]] * len(given["src_tokens"]))
    exchanges = [(), *[(Exchange("cross", 1, 2, 1, head),) for head in heads], ()]
    donors, out = [len(exchanges) - 1] * len(exchanges), []
    with torch.no_grad(), intervened(model, exchanges=exchanges, donors=donors):
        forward = module.forward

        def keep(*args, **kwargs):
            found = forward(*args, **kwargs)
            out.append(found[0])
            return found

        module.forward = keep
        model(**given, prev_output_tokens=previous)
        module.forward = forward
    change = out[0] - out[0][:, :1]
    np.testing.assert_allclose(change[:, 1], change[:, 2:-1].sum(1), atol=1e-6)
    assert abs(change[2, 1]).max() > 1e-3 and abs(change[:2, 1:-1]).max() == 0


@pytest.mark.parametrize(
    "options",
    [
        {"adaptive_softmax_cutoff": "6,8", "adaptive_softmax_factor": 2, "adaptive_softmax_dropout": 0.0},
        {"encoder_learned_pos": True, "decoder_learned_pos": True, "share_all_embeddings": True},
        {"layernorm_embedding": True, "encoder_normalize_before": True, "activation_fn": "gelu"},
    ],
    ids=["adaptive-softmax", "learned-positions", "normalized-embeddings"],
)
def test_other_transformers(dictionary, options):
    model = random_model(dictionary, **options)
    runs = [_run(n, [Exchange(kind, *_positions(n, kind))]) for n in range(len(WORDS)) for kind in KINDS]
    found = Forcing(model, dictionary, dictionary).force(runs).log_odds
    if "adaptive_softmax_cutoff" not in options:
        by_hand = _ByHand(model, dictionary)
        np.testing.assert_allclose(found, [by_hand.log_odds(run) for run in runs], atol=1e-5)
    one_by_one = [float(Forcing(model, dictionary, dictionary).force([run]).log_odds[0]) for run in runs]
    np.testing.assert_allclose(found, one_by_one, atol=1e-5)
    same = [replace(run, donor=(run.ur, run.sr)) for run in runs] + [replace(run, exchanges=()) for run in runs]
    given, intact = Forcing(model, dictionary, dictionary).force(same).log_odds.reshape(2, -1)
    assert abs(given - intact).max() < 1e-6
    assert (abs(found - intact) > 1e-5).mean() > 0.8


def _state(model):
    return [("forward" in vars(module), len(module._forward_hooks)) for module in model.modules()]


def test_the_model_is_as_it_was(model, dictionary):
    plain, before = [_run(n) for n in range(len(WORDS))], _state(model)
    forcing = Forcing(model, dictionary, dictionary)
    intact = forcing.force(plain).log_odds
    forcing.force(_many())
    assert _state(model) == before
    with (
        pytest.raises(KeyError),
        intervened(model, exchanges=[(Exchange("cross", 0),), ()], donors=[1, None]),
    ):
        assert _state(model) != before
        raise KeyError
    assert _state(model) == before
    np.testing.assert_array_equal(forcing.force(plain).log_odds, intact)


def test_what_is_knocked_out_stays_so(model, dictionary):
    """A word may have both: nothing is taken from a position to which there is no attention."""
    edge = Edge("cross", TRIGGER[0], 3)
    both = [_run(0, [Exchange("cross", TRIGGER[0], 3)], [edge]), _run(0, (), [edge])]
    found = Forcing(model, dictionary, dictionary).force(both).log_odds
    assert found[0] == pytest.approx(found[1], abs=1e-6)


@pytest.mark.parametrize(
    "exchange, message",
    [
        (Exchange("cross", 1, 1, 3), "cross attention has 2 layers; there is no layer 3"),
        (Exchange("encoder", 1, 0, 1, 5), "encoder attention has 4 heads; there is no head 5"),
        (Exchange("decoder", 0, 1, 0), "there is no layer 0"),
        (Exchange("self", 0, 1), "unknown kind of attention 'self'; known: cross, encoder, decoder"),
        (Exchange("encoder", 3, 0), "an edge of the encoder attention lies beyond the word"),
        (Exchange("cross", -1, 0), "an edge of the cross attention lies beyond the word"),
        (Exchange("cross", 0, 3), "an edge of the cross attention lies beyond the word"),
        (Exchange("decoder", 3), "an edge of the decoder attention lies beyond the word"),
        (Exchange("cross", 0, 0, parts="queries"), "unknown parts of an exchange 'queries'; known: keys, values, both"),
    ],
)
def test_exchanges_that_are_none(model, dictionary, exchange, message):
    """Of the shortest word, whether or not others of the batch have room."""
    for runs in ([_run(1, [exchange])], [_run(3), _run(1, [exchange])]):
        with pytest.raises(InputError, match=message) as raised:
            Forcing(model, dictionary, dictionary).force(runs)
        assert "\n" not in str(raised.value)


@pytest.mark.parametrize("exchange", [Exchange("cross", 0, donor_key=4), Exchange("decoder", 0, donor_key=-1)])
def test_what_the_donor_does_not_have_is_refused(model, dictionary, exchange):
    run = Run(*WORDS[0], donor=(_segments("a b c"), WORDS[0][1]), exchanges=(exchange,))
    with pytest.raises(InputError, match=f"an exchange of the {exchange.kind} attention takes from beyond its donor"):
        Forcing(model, dictionary, dictionary).force([run])


def test_a_donor_is_there_and_as_long(model, dictionary):
    forcing, exchange, (ur, sr) = Forcing(model, dictionary, dictionary), (Exchange("cross", 0),), WORDS[1]
    with pytest.raises(InputError, match="an exchange in b a has no donor whose keys and values it takes"):
        forcing.force([Run(ur, sr, exchanges=exchange)])
    with pytest.raises(
        InputError, match=r"the UR b a has 2 segments, that of its donor, b, 1: .* of one length only, unless donor_key"
    ):
        forcing.force([Run(ur, sr, donor=(("b",), sr), exchanges=exchange)])
    with pytest.raises(InputError, match="the SR b c has 2 segments, that of its donor, b c d, 3: "):
        forcing.force([Run(ur, sr, donor=(ur, ("b", "c", "d")), exchanges=exchange)])
    with pytest.raises(InputError, match="the UR b x has x, which the model does not have"):
        forcing.force([Run(ur, sr, donor=(("b", "x"), sr), exchanges=exchange)])
    with (
        pytest.raises(InputError, match="an exchange needs a donor"),
        intervened(model, (), exchanges=[exchange], donors=[None]),
    ):
        pass


def test_a_donor_of_another_length_gives_from_its_first_to_its_last():
    ur, sr = ("a", "b"), ("c",)
    donor = ("a", "b", "c", "d"), ("c", "d", "e")
    for kind, last in {"cross": 4, "encoder": 4, "decoder": 3}.items():
        for place in (0, last):
            Run(ur, sr, donor=donor, exchanges=(Exchange(kind, 1, donor_key=place),)).check()
        for place in (-1, last + 1):
            with pytest.raises(InputError, match=f"an exchange of the {kind} attention takes from beyond its donor"):
                Run(ur, sr, donor=donor, exchanges=(Exchange(kind, 1, donor_key=place),)).check()
    Run(ur, sr, donor=(("b", "a"), ("d",)), exchanges=(Exchange("cross", 0),)).check()
    with pytest.raises(InputError, match="of one length only"):
        Run(ur, sr, donor=donor, exchanges=(Exchange("cross", 0, donor_key=0), Exchange("cross", 0))).check()


def test_incremental_decoding_is_refused(model, dictionary):
    state = {}
    with (
        torch.no_grad(),
        intervened(model, exchanges=[(Exchange("cross", 0),)], donors=[0]),
        pytest.raises(RuntimeError, match="whole words only"),
    ):
        encoded = model.encoder(**batch_of(dictionary, ["b a"]))
        model.decoder(torch.tensor([[dictionary.eos()]]), encoder_out=encoded, incremental_state=state)


class _Named:
    """In the place of `Places`: single edges as they are given, all in layer 1; nothing is padded on the left."""

    def __init__(self, edges):
        self.edges = edges

    def shifted(self, keys, words):
        return keys

    def in_layer(self, number, scores):
        return Found(*torch.tensor(self.edges if number == 1 else [], dtype=torch.long).reshape(-1, 5).T)


@pytest.mark.parametrize(
    "parts",
    [("both", "both", "both"), ("keys", "values", "both"), ("values", "values", "values"), ("keys", "keys", "values")],
)
@pytest.mark.parametrize("again", [False, True], ids=["each edge once", "an edge twice"])
def test_scores_and_mixtures_by_plain_loops(parts, again):
    """Words 0 and 1 take from 3 and 2; of the first edge another position of the donor, in both heads."""
    torch.manual_seed(3)
    scores, queries, keys, values = (torch.randn(4, 2, *size) for size in ((3, 5), (3, 6), (5, 6), (5, 6)))
    weights, mixture = torch.softmax(scores, -1), torch.randn(4, 2, 3, 6)
    own = [(0, Exchange("cross", 1, 2, parts=parts[0], donor_key=4)), (1, Exchange("cross", 3, 0, parts=parts[1]))]
    own += [(0, Exchange("cross", 2, 1, parts=parts[2]))]
    edges = [(0, 0, 0, 2, 1), (0, 0, 1, 2, 1), (1, 1, 1, 0, 3), (2, 0, 0, 1, 2)]  # exchange, word, head, query, key
    if again:
        own, edges = [*own, own[0]], [*edges, (3, 0, 1, 2, 1)]
    exchanges = Exchanges(_Named(edges), own, [3, 2, None, None])
    given = {"scores": scores.clone(), "mixture": mixture.clone()}
    for edge, word, head, query, key in edges[:4]:
        donor, at = (3, 2)[word], 4 if edge == 0 else key
        if own[edge][1].parts in ("keys", "both"):
            taken = keys[donor, head, at] - keys[word, head, key]
            given["scores"][word, head, query, key] += queries[word, head, query] @ taken
        if own[edge][1].parts in ("values", "both"):
            taken = values[donor, head, at] - values[word, head, key]
            given["mixture"][word, head, query] += weights[word, head, query, key] * taken
    kept = scores.clone(), mixture.clone()
    torch.testing.assert_close(exchanges.scores(1, scores, queries, keys), given["scores"])
    torch.testing.assert_close(exchanges.mixture(1, mixture, weights, values), given["mixture"])
    assert torch.equal(scores, kept[0]) and torch.equal(mixture, kept[1]), "what is given stays as it is"
    assert exchanges.scores(0, scores, queries, keys) is scores
    assert exchanges.mixture(0, mixture, weights, values) is mixture


def test_each_edge_once_of_all_that_there_are():
    shape = (3, 2, 5, 4)
    places = torch.cartesian_prod(*map(torch.arange, shape))
    found = _once(Found(torch.arange(240), *torch.cat([places, places]).T), shape)
    assert sorted(zip(*(numbers.tolist() for numbers in found[1:]), strict=True)) == [*map(tuple, places.tolist())]


def test_an_exchange_needs_known_parts_and_a_donor_for_each_word():
    edges = [
        (0, Exchange("cross", 1)),
        (1, Exchange("cross", 1, parts="queries")),
        (1, Exchange("cross", 1, parts="x")),
    ]
    with pytest.raises(InputError, match="unknown parts of an exchange 'queries'; known: keys, values, both"):
        Exchanges(_Named([]), edges, [2, 2])
    with pytest.raises(InputError, match="needs a donor"):
        Exchanges(_Named([]), [(0, Exchange("cross", 1)), (1, Exchange("cross", 1))], [2, None])
