"""From a dump to events: every event has the row and the column that it should, and what does not fit is refused."""

import dataclasses

import numpy as np
import pytest

from fairseq_phonology.analysis.events.collect import VIEWS, collect, is_forced
from fairseq_phonology.attention.dump.reader import AttentionDump, DumpWriter
from fairseq_phonology.attention.record import AttentionRecord
from fairseq_phonology.errors import InputError
from fairseq_phonology.phonology.grammar import Grammar
from fairseq_phonology.stimuli.items import Item
from tests.helpers import at_edge, planted

SOUNDS = "p t k s f h m n ŋ l a i u ə"


def grammar(*rules, **options):
    return Grammar.from_table(
        {
            "inventory": {"segments": SOUNDS},
            "process": [{"name": "nasalization", "rules": list(rules), **options}],
        }
    )


REGRESSIVE = grammar("p -> m / _ [+nas]", "t -> n / _ [+nas]", "k -> ŋ / _ [+nas]")
PROGRESSIVE = grammar("p -> m / [+nas] _", "t -> n / [+nas] _", "k -> ŋ / [+nas] _")
EPENTHESIS = grammar("∅ -> ə / k _ t")
HARDENING = grammar("m -> p / # _")
KINDS = ("cross", "encoder", "decoder")


def gathered(dump, items, grammar=REGRESSIVE, **how):
    return collect(dump, items, grammar, "nasalization", progress=False, **how)


@pytest.fixture(scope="module")
def items():
    return planted.crossed_items(stems=4, suffixes=4)


@pytest.fixture(scope="module")
def dump(items, tmp_path_factory):
    """All kinds; one word with an error elsewhere, one in which the process is not applied."""
    surfaces = {"w00001": tuple("tammu"), "w00002": tuple("tapna")}
    return planted.planted_dump(tmp_path_factory.mktemp("d") / "dump", items, 2, 3, kinds=KINDS, surfaces=surfaces)


@pytest.fixture(scope="module")
def events(dump, items):
    return gathered(dump, items)


def test_every_item_is_an_event_in_the_order_of_the_dump(events, items):
    assert [event.item.id for event in events.events] == [item.id for item in items]
    assert {len(events.events), *(len(view.mass) for view in events.views)} == {64}
    assert (events.fillers, events.left_out) == (0, 0)
    first, second, third = events.events[:3]
    assert (first.status, second.status, third.status) == ("applied", "underapplied", "applied")
    assert first.item.ur == tuple("tapmi") and (first.item.target_index, first.item.trigger_index) == (2, 3)
    assert events.exact_match() == (62, 64) and events.exact_match("TR") == (14, 16)
    assert events.statuses("TR") == {"applied": 15, "underapplied": 1, "overapplied": 0, "other": 0}


def test_views_hold_the_rows_of_the_dump(events, dump):
    """Regressive: no view of the decoder, whose steps cannot have read the trigger."""
    rows = {("cross", "decision"): 2, ("cross", "following"): 3, ("encoder", "target"): 2}
    assert [(view.kind, view.query) for view in events.views] == list(rows)
    record = dump["w00003"]
    for view in events.views:
        weights = record.weights(view.kind)[:, :, rows[view.kind, view.query]].astype(float)
        mass = weights[..., 3] / weights[..., :-1].sum(-1)
        np.testing.assert_allclose(view.mass[2], mass, rtol=1e-6)
        others = weights[..., [0, 1, 4]].sum(-1)  # /t a p m i/: neither the target nor the trigger
        np.testing.assert_allclose(view.log_odds[2], np.log(weights[..., 3] / others), rtol=1e-5)
        np.testing.assert_allclose(view.raw_mass[2], weights[..., 3], rtol=1e-6)
        np.testing.assert_allclose(view.eos_mass[2], weights[..., -1], rtol=1e-6)
        np.testing.assert_allclose(view.window[2, ..., 4], mass, rtol=1e-6)
        assert np.isnan(view.window[2, ..., 0]).all() and np.isfinite(view.window[2, ..., 1:6]).all()
        assert view.mass.dtype == np.float32 and view.elsewhere is None
        np.testing.assert_allclose(view.regions["following"][2], mass, rtol=1e-6)
        shares = weights[..., :-1] / weights[..., :-1].sum(-1, keepdims=True)
        np.testing.assert_allclose(view.regions["syllable 0"][2], shares[..., :3].sum(-1), rtol=1e-6)
        np.testing.assert_allclose(view.regions["syllable +1"][2], shares[..., 3:].sum(-1), rtol=1e-6)
    assert list(events.views[0].regions)[:4] == ["word-initial", "word-final", "preceding", "following"]


def test_planted_effects_are_where_they_were_planted(items, tmp_path):
    effects = [
        planted.Effect("response", 4, 1, 2), planted.Effect("inspection", 4, 2, 1),
        planted.Effect("salience", 4, 2, 3), planted.Effect("response", 4, 1, 1, kind="encoder"),
    ]  # fmt: skip
    found = gathered(planted.planted_dump(tmp_path / "dump", items, 2, 3, effects, kinds=("cross", "encoder")), items)
    cells = np.array([event.item.cell for event in found.events])

    def high(kind, row, layer, head):
        mass = found.view(kind, row).mass[:, layer - 1, head - 1]
        return [cell for cell in ("TR", "TN", "CR", "CN") if mass[cells == cell].mean() > 0.6]

    assert high("cross", "decision", 1, 2) == ["TR"] == high("encoder", "target", 1, 1)
    assert high("cross", "decision", 2, 1) == ["TR", "TN"] and high("cross", "decision", 2, 3) == ["TR", "CR"]
    assert high("cross", "decision", 1, 1) == [] and high("cross", "following", 2, 3) == ["TR", "CR"]


def test_a_progressive_process_has_a_view_of_the_decoder(tmp_path):
    items = planted.crossed_items(stems=4, suffixes=4, progressive=True)
    effects = [planted.Effect("response", 4, 1, 2, kind="decoder")]
    dump = planted.planted_dump(tmp_path / "dump", items, 2, 3, effects, kinds=KINDS)
    found = gathered(dump, items, PROGRESSIVE)
    view = found.view("decoder", "decision")
    assert view is found.views[-1] and not view.regions and np.isfinite(view.mass).all()
    # /t a m + p i/: step 3 emits the target and has read EOS, t, a, m
    weights = dump["w00001"].decoder[:, :, 3].astype(float)
    assert (weights[..., 4:] == 0).all()
    np.testing.assert_allclose(view.mass[0], weights[..., 3] / weights[..., 1:4].sum(-1), rtol=1e-6)
    np.testing.assert_allclose(view.eos_mass[0], weights[..., 0], rtol=1e-6)
    np.testing.assert_allclose(view.window[0, ..., 2], view.mass[0])
    assert np.isnan(view.window[0, ..., 3:7]).all()
    cells = np.array([event.item.cell for event in found.events])
    assert view.mass[cells == "TR", 0, 1].mean() > 0.9 > 0.7 > view.mass[cells != "TR", 0, 1].mean()


def test_norms_are_those_of_the_row_of_the_weights(items, tmp_path):
    lengths = {"m": 3, "n": 0.5, "i": 2, "EOS": 9}
    kinds = ("cross", "encoder", "decoder")
    dump = planted.planted_dump(tmp_path / "dump", items, 2, 3, kinds=kinds, lengths=lengths)
    found = gathered(dump, items)
    assert found.has_norms and len(found.views) == 3
    for event, norm, share, raw in zip(
        found.events, found.views[1].norm, found.views[1].norm_mass, found.views[1].raw_mass, strict=True
    ):
        row = dump[event.item.id].cross[:, :, event.step + 1]
        weighed = row * np.array([lengths.get(segment, 1) for segment in (*event.item.ur, "EOS")])
        at = event.item.trigger_index
        np.testing.assert_allclose(norm, weighed[..., at], rtol=1e-5)
        np.testing.assert_allclose(share, weighed[..., at] / weighed[..., :-1].sum(-1), rtol=1e-5)
        np.testing.assert_allclose(norm / raw, lengths.get(event.item.trigger, 1), rtol=1e-5)
    (tmp_path / "both").mkdir()
    plain = planted.planted_dump(tmp_path / "both" / "plain", items[32:], 2, 3, kinds=kinds)
    with_ = planted.planted_dump(tmp_path / "both" / "norms", items[:32], 2, 3, kinds=kinds, lengths=lengths)
    assert not gathered(AttentionDump([plain.paths[0], with_.paths[0]]), items).has_norms


def test_words_that_the_list_leaves_out_and_fillers(dump, items):
    filler = dataclasses.replace(
        items[5], target_class="", trigger_class="", target_index=None, trigger_index=None, stem="", suffix=""
    )
    found = gathered(dump, [*items[:4], filler])
    assert (len(found.events), found.fillers, found.left_out) == (4, 1, 59)


def test_edges_that_the_model_saw(items, tmp_path):
    found = gathered(planted.planted_dump(tmp_path / "dump", items, keep_edges=True), items)
    first = found.events[0]
    assert first.item.ur == tuple("tap+mi") and (first.item.target_index, first.item.trigger_index) == (2, 4)
    # the neighbor is a segment, in the window as well: the edge has mass, but no place
    np.testing.assert_allclose(found.views[0].regions["following"][0], found.views[0].mass[0], rtol=1e-6)
    for view in found.views:
        np.testing.assert_array_equal(view.window[0, ..., 4], view.mass[0])
        seen = view.window[0, ..., :7]  # two before the target, two after
        assert np.isfinite(seen[..., 1:6]).all() and np.isnan(seen[..., [0, 6]]).all()
        assert (np.nansum(seen, -1) < 1).all()


def words(folder, *records, gold=False, **manifest):
    """A dump of these (UR, SR) pairs with random cross-attention; ``gold``: the SRs are the gold ones, too."""
    about = {"checkpoint_sha256": "a", "kinds": ["cross"], "words_expected": len(records), **manifest}
    rng = np.random.default_rng(1)
    with DumpWriter(folder, about) as writer:
        for n, (ur, sr) in enumerate(records):
            ur, sr = tuple(ur.split()), tuple(sr.split())
            weights = rng.dirichlet(np.ones(len(ur) + 1), (2, 2, len(sr) + 1)).astype(np.float32)
            zeros = np.zeros(len(sr) + 1, np.float32)
            writer.write([AttentionRecord(f"w{n}", n, 0, ur, sr, sr if gold else None, zeros, cross=weights)])
    return AttentionDump(folder)


def test_a_plain_list(tmp_path):
    dump = words(tmp_path / "dump", ("a k n a t m i", "a ŋ n a n m i"), ("a l a", "a l a"), ("t n a", "t n a"))
    found = gathered(dump, None)
    assert [(e.item.id, e.item.cell, e.item.target, e.status) for e in found.events] == [
        ("w0", "TR", "k", "applied"), ("w0", "TR", "t", "applied"), ("w2", "TR", "t", "underapplied"),
    ]  # fmt: skip
    assert found.left_out == 1 and found.exact_match() == (1, 2)
    shares = dump["w0"].cross[..., :-1].astype(float)
    shares /= shares.sum(-1, keepdims=True)
    np.testing.assert_allclose(found.views[0].mass[0], shares[:, :, 1, 2], rtol=1e-6)
    elsewhere = np.mean([shares[:, :, n, n + 1] for n in (0, 2, 3, 4, 5)], axis=0)
    np.testing.assert_allclose(found.views[0].elsewhere[0], elsewhere, rtol=1e-5)
    # the next row belongs to the segment that it reads
    elsewhere = np.mean([shares[:, :, n + 1, n + 1] for n in (0, 2, 3, 4, 5)], axis=0)
    np.testing.assert_allclose(found.view("cross", "following").elsewhere[0], elsewhere, rtol=1e-5)


def test_a_morpheme_edge_is_no_segment_to_look_at_elsewhere(tmp_path):
    dump = words(tmp_path / "dump", ("a k + n a m i", "a ŋ n a m i"))
    shares = dump["w0"].cross[..., :-1].astype(float)
    shares /= shares.sum(-1, keepdims=True)
    # two to the right of a, n and a: n would be m, a is i; of a it is the edge
    elsewhere = np.mean([shares[:, :, 2, 5], shares[:, :, 3, 6]], axis=0)
    np.testing.assert_allclose(gathered(dump, None).views[0].elsewhere[0], elsewhere, rtol=1e-5)


def test_a_plain_list_leaves_exceptions_out(tmp_path):
    """As the gold SRs have it: w0 applies, w1 does not and is right not to."""
    dump = words(tmp_path / "dump", ("a k n a", "a ŋ n a"), ("a k m a", "a k m a"), gold=True)
    found = gathered(dump, None)
    assert [event.item.id for event in found.events] == ["w0"] and found.left_out == 1


def test_an_insertion_is_looked_at_around_its_trigger(tmp_path):
    found = gathered(words(tmp_path / "dump", ("a k t a", "a k ə t a")), None, EPENTHESIS)
    (event,), view = found.events, found.views[0]
    assert (event.item.target_index, event.item.trigger_index, event.step) == (None, 2, 2)
    np.testing.assert_array_equal(view.window[0, ..., 3], view.mass[0])


def test_a_step_that_ends_the_word_has_no_following_row(tmp_path):
    deletion = grammar("m -> ∅ / t _")
    found = gathered(words(tmp_path / "dump", ("a t m", "a t")), None, deletion)
    assert found.events[0].step == 2 and found.view("cross", "following") is None
    assert np.isfinite(found.view("cross", "decision").mass).all()


@pytest.mark.parametrize("edge", [False, True], ids=["plain", "with morpheme edges"])
def test_the_end_of_the_word_is_looked_at_where_eos_stands(tmp_path, edge):
    """Row by row: in cross-attention and encoder; the decoder has emitted no end of a word."""
    items = at_edge.at_the_end(stems=4, suffixes=4, edge=edge)
    dump = planted.planted_dump(tmp_path / "dump", items, 2, 3, kinds=KINDS, keep_edges=edge, lengths={"EOS": 3.0})
    found = collect(dump, items, at_edge.grammar(), at_edge.PROCESS, progress=False)
    assert [(view.kind, view.query) for view in found.views] == [(k, q) for k, q, _ in VIEWS[:3]]
    for n, event in enumerate(found.events):
        item = event.item
        assert (item.trigger == "#") == (item.suffix == "#") == (item.trigger_index == len(item.ur))
        for view, row in ((found.views[0], event.step), (found.views[2], item.target_index)):
            weights = dump[item.id].weights(view.kind)[:, :, row].astype(float)
            norms = dump[item.id].norms(view.kind)[:, :, row].astype(float)
            own = weights[..., item.trigger_index]
            others = [k for k in range(len(item.ur)) if k not in (item.target_index, item.trigger_index)]
            whole = slice(None) if item.trigger == "#" else slice(-1)
            odds = np.log(own) - np.log(weights[..., others].sum(-1))
            np.testing.assert_allclose(view.mass[n], own / weights[..., whole].sum(-1), rtol=1e-5)
            np.testing.assert_allclose(view.log_odds[n], odds, rtol=1e-4, atol=1e-5)
            np.testing.assert_allclose(view.raw_mass[n], own, rtol=1e-5)
            np.testing.assert_allclose(view.eos_mass[n], weights[..., -1], rtol=1e-5)
            share = norms[..., item.trigger_index] / norms[..., whole].sum(-1)
            np.testing.assert_allclose(view.norm_mass[n], share, rtol=1e-5)
            np.testing.assert_array_equal(view.window[n, ..., 4], view.mass[n])  # the trigger is beside the target


def test_planted_effects_at_the_end_of_the_word(tmp_path):
    items = at_edge.at_the_end(stems=6, suffixes=6)
    effects = [planted.Effect("response", 4.0, 2, 1), planted.Effect("salience", 3.0, 1, 2)]
    dump = planted.planted_dump(tmp_path / "dump", items, 2, 3, effects, stem_sd=0, suffix_sd=0, noise_sd=0)
    found = collect(dump, items, at_edge.grammar(), at_edge.PROCESS, progress=False)
    odds = {c: found.views[0].log_odds[[e.item.cell == c for e in found.events]] for c in ("TR", "TN", "CR", "CN")}
    # one of n - 1 segments beside the target; nothing but what was planted tells T from C
    response = np.mean(odds["TR"], 0) - np.mean(odds["CR"], 0) - np.mean(odds["TN"], 0) + np.mean(odds["CN"], 0)
    np.testing.assert_allclose(response, [[0, 0, 0], [4, 0, 0]], atol=1e-5)
    salience = np.mean(odds["CR"], 0) - np.mean(odds["CN"], 0) - (np.mean(odds["CR"], 0) - np.mean(odds["CN"], 0))[0, 0]
    np.testing.assert_allclose(salience, [[0, 3, 0], [0, 0, 0]], atol=1e-5)


def test_a_plain_list_of_what_the_end_of_the_word_conditions(tmp_path):
    """With a list and without; no other query is compared, because to all of them EOS is the sink."""
    items = [i for i in at_edge.at_the_end(stems=4, suffixes=4) if i.cell == "TR"]
    bare = [dataclasses.replace(item, stem="", suffix="") for item in items]
    dump = planted.planted_dump(tmp_path / "dump", bare, 1, 2)
    for given in (bare, None):
        found = collect(dump, given, at_edge.grammar(), at_edge.PROCESS, progress=False)
        assert [event.item.trigger for event in found.events] == ["#"] * 4
        for n, event in enumerate(found.events):
            weights = dump[event.item.id].cross
            np.testing.assert_allclose(found.views[0].mass[n], weights[:, :, event.step, -1], rtol=1e-5)
            assert np.isnan(found.views[0].elsewhere[n]).all()


def test_forced_decoding_is_known(dump, tmp_path):
    assert not is_forced(dump) and not is_forced(words(tmp_path / "plain", ("a", "a")))
    assert is_forced(planted.planted_dump(tmp_path / "forced", planted.crossed_items(stems=1, suffixes=1), forced=True))


def refused(message, *arguments, **how):
    with pytest.raises(InputError, match=message) as caught:
        gathered(*arguments, **how)
    assert "\n" not in str(caught.value)


def test_ids_that_do_not_match(dump, items):
    others = [dataclasses.replace(item, id=f"x{n}") for n, item in enumerate(items)]
    message = r"64 of 64 items .* as in x0, x1, x2; the dump has, for one, w00001, w00002, w00003: is this the dump"
    refused(message, dump, others)
    refused(r"1 of 2 items .* as in x1; the dump has, for one, w00002", dump, [items[0], others[1]])


def test_other_words_under_the_same_ids(dump, items):
    swapped = [dataclasses.replace(items[0], ur=tuple("tak+mi"), sr=tuple("taŋmi"))]
    refused(r"word 'w00001' is /t a k \+ m i/ in the stimuli and /t a p m i/ in the dump", dump, swapped)


def test_an_id_that_several_words_have(dump, items, tmp_path):
    planted.planted_dump(tmp_path / "other", items, 2, 3, kinds=KINDS)
    refused("2 words of the dump have the id 'w00001'", AttentionDump([dump.paths[0], tmp_path / "other"]), items)


def test_a_process_that_is_never_met(tmp_path):
    refused("nasalization is never met: in none of the 2 words", words(tmp_path / "d", ("a", "a"), ("i", "i")), None)
    filler = Item("w0", ("a",), ("a",))
    refused("nasalization is never met: by none of the 1 items", words(tmp_path / "e", ("a", "a")), [filler])


def test_a_trigger_that_is_no_segment(tmp_path):
    refused("the beginning of the word triggers nasalization", words(tmp_path / "d", ("m a", "p a")), None, HARDENING)


def test_dumps_that_are_not_enough(items, tmp_path):
    encoder = planted.planted_dump(tmp_path / "encoder", items, kinds=("encoder",))
    refused("has no cross attention, only encoder", encoder, items)
    with pytest.warns(UserWarning):
        half = words(tmp_path / "half", ("t m a", "n m a"), words_expected=2)
    refused("incomplete: 1 of 2 words", half, None)


def test_two_dumps_are_read_as_one(items, tmp_path):
    half = [planted.planted_dump(tmp_path / f"d{n}", items[n::2]).paths[0] for n in range(2)]
    assert len(gathered(AttentionDump(half), items).events) == 64
