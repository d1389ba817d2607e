"""Removed edges: weight 0, the rest sums to one; word by word of a batch, whatever its padding; no traces."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("fairseq")

from fairseq.data import data_utils  # noqa: E402

import fairseq_phonology  # noqa: E402, F401 (registers the architectures)
from fairseq_phonology import InputError  # noqa: E402
from fairseq_phonology.attention.edges import Edge, Run  # noqa: E402
from fairseq_phonology.attention.forcing import Forcing  # noqa: E402
from fairseq_phonology.attention.intervened import intervened  # noqa: E402
from fairseq_phonology.attention.knockout import KnockOuts  # noqa: E402
from fairseq_phonology.attention.places import Found, Places, starts_of  # noqa: E402
from tests.helpers.small_model import KINDS, batch_of, random_model, symbols_of  # noqa: E402

LAYERS, HEADS = {"cross": 2, "encoder": 3, "decoder": 2}, {"cross": 2, "encoder": 4, "decoder": 2}
WORDS = ["a b c d e f", "b a", "c c d", "e f a b c d e f a"]
SRS = ["a b c d", "b", "c c d d d", "e f a b c d e f"]


def _batch(dictionary, words, srs, left=True):
    pad, eos = dictionary.pad(), dictionary.eos()
    surfaces = symbols_of(dictionary, srs)
    previous = data_utils.collate_tokens(surfaces, pad, eos, left_pad=False, move_eos_to_beginning=True)
    return {**batch_of(dictionary, words, left), "prev_output_tokens": previous}


@torch.no_grad()
def _run(model, dictionary, edges, words=WORDS, srs=SRS, left=True, look=True):
    """Scores of the symbols, and of each word its weights: kind -> layers x heads x from x to, padding cut off."""
    batch, seen = _batch(dictionary, words, srs, left), {kind: [] for kind in KINDS}
    starts = starts_of(batch["src_tokens"], dictionary.pad())

    def observe(kind, number, weights):
        seen[kind].append(weights.numpy())

    with intervened(model, edges, starts, observe if look else None):
        scores = model(**batch)[0].numpy()
    cut = []
    for n, (word, sr) in enumerate(zip(words, srs, strict=True)):
        first, steps = int(starts[n]), slice(0, len(sr.split()) + 1)
        segments = slice(first, first + len(word.split()) + 1)
        extent = {"cross": (steps, segments), "encoder": (segments, segments), "decoder": (steps, steps)}
        found = {kind: np.stack([layer[n] for layer in seen[kind]])[:, :, *extent[kind]] for kind in KINDS if look}
        cut.append((scores[n, steps], found))
    return cut


@pytest.mark.parametrize("look", [False, True], ids=["not-watched", "watched"])
@pytest.mark.parametrize("left", [True, False], ids=["left-padded", "right-padded"])
def test_nothing_knocked_out_is_the_model_itself(model, dictionary, left, look):
    with torch.no_grad():
        plain = model(**_batch(dictionary, WORDS, SRS, left))[0].numpy()
    for n, (scores, _) in enumerate(_run(model, dictionary, [()] * 4, left=left, look=look)):
        np.testing.assert_allclose(scores, plain[n, : len(scores)], atol=1e-5)


# row and column lie within the shortest word but one; the last entry is of the word that is knocked out
EDGES = [
    Edge("cross", 1, 2, 1, 2),
    Edge("encoder", 2, 0, 1, 4),
    Edge("decoder", 1, 2, 1, 1),
]


@pytest.mark.parametrize("left", [True, False], ids=["left-padded", "right-padded"])
@pytest.mark.parametrize("edge", EDGES, ids=lambda edge: edge.kind)
def test_one_edge_of_one_word(model, dictionary, edge, left):
    """In the first layer the scores are the intact ones: the row's others share what the edge had."""
    plain = _run(model, dictionary, [()] * 4, left=left)
    found = _run(model, dictionary, [(), (), (edge,), ()], left=left)
    for n in (0, 1, 3):
        np.testing.assert_allclose(found[n][0], plain[n][0], atol=1e-5)
    own, other = found[2][1][edge.kind], plain[2][1][edge.kind]
    expected = other[0].copy()
    expected[edge.head - 1, edge.query, edge.key] = 0
    expected /= expected.sum(-1, keepdims=True)
    assert other[0, edge.head - 1, edge.query, edge.key] > 1e-3
    assert own[0, edge.head - 1, edge.query, edge.key] == 0
    np.testing.assert_allclose(own[0], expected, atol=1e-6)
    np.testing.assert_allclose(own.sum(-1), 1, atol=1e-5)
    assert (own[1:] > 0)[other[1:] > 0].all()
    assert abs(found[2][0] - plain[2][0]).max() > 1e-4


@pytest.mark.parametrize("kind", KINDS)
def test_all_layers_and_heads(model, dictionary, kind):
    found = _run(model, dictionary, [(), (), (Edge(kind, 1, 2),), ()])[2][1]
    weights = found[kind]
    assert weights.shape[:2] == (LAYERS[kind], HEADS[kind])
    zero = np.zeros(weights.shape[2:], bool)
    zero[2, 1] = True
    if kind == "decoder":
        zero |= np.triu(np.ones_like(zero), 1)
    assert ((weights == 0) == zero).all()
    for other in found.values():
        np.testing.assert_allclose(other.sum(-1), 1, atol=1e-5)


def test_a_head_of_every_layer_and_a_layer_of_every_head(model, dictionary):
    edges = (Edge("encoder", 1, 0, layer=2), Edge("encoder", 2, 0, head=3))
    weights = _run(model, dictionary, [(), (), edges, ()])[2][1]["encoder"]
    gone = {(layer, head) for layer, head in np.argwhere(weights[:, :, 0, 1] == 0).tolist()}
    assert gone == {(1, head) for head in range(4)}
    gone = {(layer, head) for layer, head in np.argwhere(weights[:, :, 0, 2] == 0).tolist()}
    assert gone == {(layer, 2) for layer in range(3)}
    assert (weights == 0).sum() == 4 + 3


@pytest.mark.parametrize("kind", KINDS)
def test_a_column_of_every_row_but_its_own(model, dictionary, kind):
    weights = _run(model, dictionary, [(), (), (Edge(kind, 1),), ()])[2][1][kind]
    rows = [row for row in range(weights.shape[2]) if kind == "cross" or row != 1]
    assert (weights[:, :, rows, 1] == 0).all()
    if kind != "cross":
        assert (weights[:, :, 1, 1] > 0).all()
    np.testing.assert_allclose(weights.sum(-1), 1, atol=1e-5)


@pytest.mark.parametrize("left", [True, False], ids=["left-padded", "right-padded"])
def test_many_knock_outs_of_the_same_words_in_one_batch(model, dictionary, left):
    every = [(), *[(edge,) for edge in EDGES], tuple(EDGES), (Edge("cross", 0), Edge("encoder", 0))]
    words, srs = [WORDS[2], WORDS[3]] * len(every), [SRS[2], SRS[3]] * len(every)
    edges = [edge for edge in every for _ in range(2)]
    together = _run(model, dictionary, edges, words, srs, left)
    for word, sr, own, (scores, weights) in zip(words, srs, edges, together, strict=True):
        ((alone, other),) = _run(model, dictionary, [own], [word], [sr])
        np.testing.assert_allclose(scores, alone, atol=1e-5)
        for kind in KINDS:
            np.testing.assert_allclose(weights[kind], other[kind], atol=1e-5)


def _state(model):
    return [("forward" in vars(module), len(module._forward_hooks)) for module in model.modules()]


def test_it_undoes_itself(model, dictionary):
    batch, before = _batch(dictionary, WORDS, SRS), _state(model)
    with torch.no_grad():
        plain = model(**batch)[0]
    edges = [tuple(EDGES)] * 4
    with pytest.raises(KeyError), intervened(model, edges, observe=print):
        assert _state(model) != before
        raise KeyError
    assert _state(model) == before
    with torch.no_grad():
        assert torch.equal(model(**batch)[0], plain)


@pytest.mark.parametrize("kind, query, keys", [("cross", 1, 3), ("encoder", 0, 3), ("decoder", 1, 2)])
def test_a_query_must_keep_a_key(model, dictionary, kind, query, keys):
    """Of "b a" and its end; the second decoder step has read two symbols."""
    edges = [tuple(Edge(kind, n, query, 1, 1) for n in range(keys))]
    _run(model, dictionary, [edges[0][1:]], WORDS[1:2], SRS[1:2])
    before = _state(model)
    with pytest.raises(InputError, match=f"a query of the {kind} attention would have no key left"):
        _run(model, dictionary, [(), *edges], WORDS[:2], SRS[:2])
    assert _state(model) == before


@pytest.mark.parametrize(
    "edge, message",
    [
        (Edge("cross", 1, 1, 3), "cross attention has 2 layers; there is no layer 3"),
        (Edge("encoder", 1, 0, 1, 5), "encoder attention has 4 heads; there is no head 5"),
        (Edge("decoder", 0, 1, 0), "there is no layer 0"),
        (Edge("self", 0, 1), "unknown kind of attention 'self'; known: cross, encoder, decoder"),
        (Edge("encoder", 3, 0), "beyond the word"),
        (Edge("cross", -1, 0), "beyond the word"),
        (Edge("cross", 0, 9), "beyond the word"),
    ],
)
def test_edges_that_are_none(model, dictionary, edge, message):
    with pytest.raises(InputError, match=message):
        _run(model, dictionary, [(edge,)], WORDS[1:2], SRS[1:2])


OTHERS = [
    ("lstm", r"lstm \(LSTMModel\)", {"encoder_layers": 1, "decoder_layers": 1, "criterion": "cross_entropy"}),
    ("fconv", r"fconv \(FConvModel\)", dict.fromkeys(["encoder_layers", "decoder_layers"], "[(16, 3)] * 2")),
]


@pytest.mark.parametrize("architecture, name, options", OTHERS, ids=["lstm", "fconv"])
def test_models_without_multihead_attention_are_refused(dictionary, architecture, name, options):
    model = random_model(dictionary, architecture, **options)
    message = f"{name} has no multi-head attention .* transformer family"
    with pytest.raises(InputError, match=message), intervened(model, [(Edge("cross", 0, 0),)]):
        pass
    with pytest.raises(InputError, match=message):
        Forcing(model, dictionary, dictionary)


# forcing


def test_positions_from_the_first_to_the_last():
    """The EOS of the UR and the step that ends the SR are positions; what is beyond either end is none."""
    last = {"cross": (2, 3), "encoder": (3, 3), "decoder": (2, 2)}  # query, key
    for kind, (query, key) in last.items():
        for here in (Edge(kind, 0, 0), Edge(kind, key, query), Edge(kind, key)):
            Run(("a", "b", "c"), ("d", "e"), edges=(Edge(kind, 1, 1), here)).check()
        for there in (Edge(kind, key + 1), Edge(kind, 0, query + 1), Edge(kind, -1), Edge(kind, 0, -1)):
            with pytest.raises(InputError, match=f"an edge of the {kind} attention lies beyond the word"):
                Run(("a", "b", "c"), ("d", "e"), edges=(Edge(kind, 1, 1), there)).check()
        Run((), (), edges=(Edge(kind, 0), Edge(kind, 0, 0))).check()


@pytest.mark.parametrize("kind", KINDS)
def test_places_of_a_layer_by_plain_loops(model, kind):
    edges = [(0, Edge(kind, 1)), (2, Edge(kind, 0, 2)), (1, Edge(kind, 3, None, 2)), (1, Edge(kind, 2, 1, 1, 2))]
    padded = torch.tensor([2, 0, 1])
    scores = torch.zeros(3, HEADS[kind], 5, 4)
    for starts in (None, padded):
        places = Places(model, kind, edges, starts)
        for layer in range(LAYERS[kind]):
            wanted = set()
            for number, (word, edge) in enumerate(edges):
                moved = 0 if starts is None or kind == "decoder" else int(starts[word])
                key, query = edge.key + moved, edge.query
                if query is not None and kind == "encoder":
                    query += moved
                for head in range(HEADS[kind]):
                    if edge.layer in (None, layer + 1) and edge.head in (None, head + 1):
                        queries = [n for n in range(5) if kind == "cross" or n != key] if query is None else [query]
                        wanted |= {(number, word, head, each, key) for each in queries}
            found = list(zip(*(numbers.tolist() for numbers in places.in_layer(layer, scores)), strict=True))
            assert set(found) == wanted and len(found) == len(wanted)
    for room in ((3, 4), (5, 3)):  # one edge of several
        narrow = torch.zeros(3, HEADS[kind], *room)
        edges = [(0, Edge(kind, 0, 0)), (1, Edge(kind, 3, 0) if room[1] == 3 else Edge(kind, 0, 3))]
        with pytest.raises(InputError, match=f"an edge of the {kind} attention lies beyond the word"):
            Places(model, kind, edges).in_layer(0, narrow)
    for wrong in (Edge(kind, 0, -1), Edge(kind, -1)):
        with pytest.raises(InputError, match="lies beyond the word"):
            Places(model, kind, [(0, wrong)])


def test_a_model_of_one_layer_has_places(dictionary):
    model = random_model(dictionary, encoder_layers=1, decoder_layers=1)
    for kind in KINDS:
        edge = Edge(kind, 1, 0, 1, HEADS[kind])
        found = Places(model, kind, [(0, edge)]).in_layer(0, torch.zeros(1, HEADS[kind], 2, 2))
        assert [int(numbers) for numbers in found] == [0, 0, HEADS[kind] - 1, 0, 1]


def test_where_words_start():
    assert starts_of(torch.tensor([[4, 5, 2], [1, 5, 2], [4, 2, 1], [1, 1, 2]]), 1).tolist() == [0, 1, 0, 2]


def _runs():
    words = [(tuple(word.split()), tuple(sr.split())) for word, sr in zip(WORDS, SRS, strict=True)]
    every = [(), (EDGES[0],), (EDGES[1],), (EDGES[1], EDGES[0]), (Edge("cross", 1), Edge("encoder", 1))]
    return [Run(ur, sr, 1, "b", "a", edges) for ur, sr in words for edges in every if len(ur) > 2]


@pytest.mark.parametrize("batch_size", [1, 4, 100])
def test_forcing_is_the_model_under_the_knock_outs(model, dictionary, batch_size):
    runs = _runs()
    forced = Forcing(model, dictionary, dictionary, batch_size).force(runs)
    for n, run in enumerate(runs):
        ((scores, _),) = _run(model, dictionary, [run.edges], [" ".join(run.ur)], [" ".join(run.sr)])
        log_probs = scores - np.log(np.exp(scores).sum(-1, keepdims=True))
        gold, other = dictionary.index("b"), dictionary.index("a")
        assert forced.log_odds[n] == pytest.approx(log_probs[1, gold] - log_probs[1, other], abs=1e-4)
        scores[:, dictionary.pad()] = scores[0, dictionary.eos()] = -np.inf
        steps = len(run.sr) + 1
        assert forced.hypotheses[n, :steps].tolist() == scores.argmax(-1).tolist()
        assert (forced.hypotheses[n, steps:] == -1).all()


def test_the_encoder_runs_once_for_each_of_its_knock_outs(model, dictionary):
    runs, seen = _runs(), []
    hook = model.encoder.register_forward_hook(lambda module, args, output: seen.append(len(args[0])))
    Forcing(model, dictionary, dictionary).force(runs)
    hook.remove()
    assert seen == [len({(run.ur, tuple(e for e in run.edges if e.kind == "encoder")) for run in runs})] == [9]


@torch.no_grad()
def _greedy(model, dictionary, ur, edges, steps):
    """The first symbols of greedy decoding, each from a pass over all that came before."""
    source = dictionary.encode_line(" ".join(ur), add_if_not_exist=False).long()[None]
    said = []
    for step in range(steps):
        previous = torch.tensor([[dictionary.eos(), *said]])
        with intervened(model, [[edge for edge in edges if (edge.query or 0) <= step or edge.kind == "encoder"]]):
            scores = model(source, torch.tensor([len(ur) + 1]), previous)[0][0, -1]
        scores[[dictionary.pad(), *([dictionary.eos()] if step == 0 else [])]] = -torch.inf
        said.append(int(scores.argmax()))
    return said


def test_a_choice_differs_exactly_where_greedy_decoding_leaves_its_way(model, dictionary):
    """Over knock-outs of every edge of three queries in the words' own greedy SRs."""
    outcomes = set()
    for word in WORDS[:3]:
        ur, steps = tuple(word.split()), 4
        gold = _greedy(model, dictionary, ur, (), steps)
        sr = tuple(dictionary[n] for n in gold)
        if "</s>" in sr:  # a random model may end its words anywhere; forced decoding goes on
            continue
        edges = [(), *[(Edge(kind, n, 1),) for kind in ("cross", "encoder") for n in range(len(ur))]]
        edges += [(Edge("decoder", 1, 2),), (Edge("decoder", 0, 1), Edge("cross", 0))]
        forced = Forcing(model, dictionary, dictionary).force([Run(ur, sr, edges=some) for some in edges])
        assert forced.hypotheses[0, :steps].tolist() == gold
        for some, said in zip(edges, forced.hypotheses[:, :steps].tolist(), strict=True):
            same = _greedy(model, dictionary, ur, some, steps) == gold
            assert same == (said == gold), (word, some)
            outcomes.add(same)
    assert outcomes == {True, False}


def test_workers_make_no_difference(model, dictionary):
    runs = _runs()
    batches, threads = [runs[n : n + 3] for n in range(0, len(runs), 3)], torch.get_num_threads()
    one, three = (Forcing(model, dictionary, dictionary, workers=n).force_all(batches) for n in (1, 3))
    for first, second in zip(one, three, strict=True):
        np.testing.assert_array_equal(first.log_odds, second.log_odds)
        np.testing.assert_array_equal(first.hypotheses, second.hypotheses)
    assert torch.get_num_threads() == threads and len(batches) == 5
    with pytest.raises(InputError, match="the UR x has x, which"):
        Forcing(model, dictionary, dictionary, workers=2).force_all([runs, [Run(("x",), ("a",))]])
    assert torch.get_num_threads() == threads


def test_log_odds_of_the_step_that_ends_the_word_and_of_nothing(model, dictionary):
    runs = [Run(("a", "b"), ("a",), 1, "</s>", "b"), Run(("a", "b"), ("a",), 1, "b", "</s>"), Run(("a",), ("b", "c"))]
    forced = Forcing(model, dictionary, dictionary).force(runs)
    assert forced.log_odds[0] == -forced.log_odds[1] != 0
    assert np.isnan(forced.log_odds[2])
    assert forced.log_odds.dtype == np.float32 and forced.hypotheses.shape == (3, 3)


def test_log_odds_and_choices_are_of_the_models_own_probabilities(dictionary):
    model = random_model(dictionary)
    run, c, d = Run(("a", "b"), ("a", "b"), 1, "c", "d"), dictionary.index("c"), dictionary.index("d")
    plain = Forcing(model, dictionary, dictionary).force([run]).log_odds[0]

    def probs(self, net_output, log_probs, sample=None):
        scores = net_output[0].clone()
        scores[..., c] += 30.0
        return scores.log_softmax(-1) if log_probs else scores.softmax(-1)

    model.__class__ = type("Prior", (type(model),), {"get_normalized_probs": probs})
    found = Forcing(model, dictionary, dictionary).force([run])
    assert found.log_odds[0] == pytest.approx(plain + 30.0, abs=1e-4)
    assert found.hypotheses.tolist() == [[c, c, c]]
    with torch.no_grad():
        given = _batch(dictionary, ["a b"], ["a b"])
        own = model.get_normalized_probs(model(**given), log_probs=True)[0, 1]
    assert found.log_odds[0] == pytest.approx(float(own[c] - own[d]), abs=1e-4)


def test_words_longer_than_the_model_and_scores_that_are_no_numbers(dictionary):
    model = random_model(dictionary, max_source_positions=4, max_target_positions=3)
    forcing = Forcing(model, dictionary, dictionary)
    forcing.check(("a",) * 3, ("a",) * 2)
    with pytest.raises(InputError, match=r"the UR a a a a is longer than the 3 segments that the model has room for"):
        forcing.check(("a",) * 4, ("a",))
    with pytest.raises(InputError, match=r"the SR a a a is longer than the 2 segments"):
        forcing.force([Run(("a",), ("a",) * 3)])
    model.decoder.layers[1].fc2.weight.data.fill_(torch.nan)
    with pytest.raises(InputError, match="not finite"):
        forcing.force([Run(("a",), ("a",), 0, "a", "b")])


def test_symbols_that_the_model_does_not_know(model, dictionary):
    forcing = Forcing(model, dictionary, dictionary)
    with pytest.raises(InputError, match="the UR a x has x, which the model does not have; it has: a b c d e f"):
        forcing.force([Run(("a", "x"), ("a",))])
    with pytest.raises(InputError, match="the SR y a z has y z, which"):
        forcing.force([Run(("a",), ("y", "a", "z"))])


def test_one_query_of_several_without_a_key_is_enough_to_refuse():
    scores = torch.zeros(1, 1, 2, 3)

    def without(*edges):
        found = Found(*torch.tensor([(n, 0, 0, *edge) for n, edge in enumerate(edges)]).T)
        places = SimpleNamespace(kind="cross", in_layer=lambda number, scores: found)
        return KnockOuts(places).scores(0, scores, None, None)

    assert without((0, 0), (0, 1), (1, 0)).isneginf().tolist() == [[[[True, True, False], [True, False, False]]]]
    with pytest.raises(InputError, match="a query of the cross attention would have no key left"):
        without((0, 0), (1, 0), (0, 1), (0, 2))
    assert not scores.any(), "what is given stays as it is"
