"""Which words travel in the report, and that their weights come back."""

import base64
import json

import numpy as np
import pytest

from fairseq_phonology.analysis.events.events import Event, Events
from fairseq_phonology.analysis.report.sections.explorer import explorer_data, quantize
from fairseq_phonology.stimuli.items import CELLS, Item
from tests.helpers.planted import Effect, crossed_items, planted_dump


def event_of(item, status="applied", ambiguous=False):
    ur = tuple(segment for segment in item.ur if segment != "+")
    step = None if item.target_index is None else item.target_index - item.ur[: item.target_index].count("+")
    trigger = None if item.trigger_index is None else item.trigger_index - item.ur[: item.trigger_index].count("+")
    seen = Item(item.id, ur, item.sr, item.target_class, item.trigger_class, step, trigger, item.stem, item.suffix)
    return Event(seen, item.sr, item.sr, status, step, ambiguous)


@pytest.fixture(scope="module")
def items():
    return crossed_items(stems=8, suffixes=4)


@pytest.fixture(scope="module")
def dump(items, tmp_path_factory):
    effects = [Effect("response", 3.0, 2, 1)]
    return planted_dump(
        tmp_path_factory.mktemp("dump") / "d", items, 2, 2, effects, kinds=("cross", "encoder", "decoder")
    )


def weights(data, word, kind):
    """What the page decodes.  # -> layers x heads x rows x columns, 0 to 1"""
    ur, sr = len(word["ur"]) + 1, len(word["sr"]) + 1
    shapes = {"cross": (sr, ur), "encoder": (ur, ur), "decoder": (sr, sr)}
    flat, start = np.frombuffer(base64.b64decode(word["w"]), np.uint8), 0
    for each in data.kinds:
        shape = (data.layers[each], data.heads[each], *shapes[each])
        if each == kind:
            return flat[start : start + np.prod(shape)].reshape(shape) / 255
        start += np.prod(shape)


def test_quantize_is_exact_at_the_ends_and_within_half_a_step_between():
    assert quantize(np.array([0.0, 1.0, 0.5, 1.0000001])) == bytes([0, 255, 128, 255])


@pytest.mark.parametrize("kind", ["cross", "encoder", "decoder"])
def test_weights_come_back_with_eos(kind, dump, items):
    data = explorer_data(dump, [event_of(item) for item in items])
    word = data.words[5]
    back, true = weights(data, word, kind), dump[word["id"]].weights(kind)
    assert back.shape == true.shape
    assert abs(back - true).max() <= 0.5 / 255 + 1e-6


def test_everything_fits_in_the_order_of_the_events(dump, items):
    data = explorer_data(dump, Events([event_of(item) for item in items], []))
    assert [word["id"] for word in data.words] == [item.id for item in items]
    assert (data.total, data.failed, data.failed_shown) == (len(items), 0, 0)


def test_words_that_fail_come_first_then_the_cells_in_turn_by_whole_stems(dump, items):
    failing = {items[3].id, items[60].id, items[100].id}
    events = [event_of(item, "underapplied" if item.id in failing else "applied") for item in items]
    data = explorer_data(dump, events, limit=3 + 32)
    assert failing <= {word["id"] for word in data.words}
    assert (len(data.words), data.total, data.failed, data.failed_shown) == (35, len(items), 3, 3)
    others = [word for word in data.words if word["id"] not in failing]
    assert {cell: sum(word["cell"] == cell for word in others) for cell in CELLS} == dict.fromkeys(CELLS, 8)
    stem = {item.id: item.stem for item in items}
    assert len({stem[word["id"]] for word in others}) <= 7  # 4 whole stems, but for what failed


def test_many_failures_leave_half_of_the_room_to_the_others(dump, items):
    events = [event_of(item, "other" if n % 2 else "applied") for n, item in enumerate(items)]
    data = explorer_data(dump, events, limit=40)
    assert (len(data.words), data.failed_shown) == (40, 20)


def test_only_failures_fill_all_of_it(dump, items):
    data = explorer_data(dump, [event_of(item, "other") for item in items], limit=40)
    assert (len(data.words), data.failed_shown) == (40, 40)


def test_no_more_bytes_than_allowed(dump, items):
    events = [event_of(item) for item in items]
    one = len(base64.b64decode(explorer_data(dump, events, limit=1).words[0]["w"]))
    data = explorer_data(dump, events, limit_bytes=10 * one)
    assert 1 <= len(data.words) <= 20
    assert sum(len(base64.b64decode(word["w"])) for word in data.words) <= 10 * one


def test_sites_name_the_decision_step_the_target_the_trigger_and_the_surface_trigger(dump, items):
    item = items[0]  # stem ending in the target, suffix beginning with the trigger
    (word,) = explorer_data(dump, [event_of(item)]).words
    step = len(item.stem.split("-")[0]) - 1
    assert word["sites"] == [[step, step, step + 1, step + 1]]


def test_two_events_of_a_word_are_one_word_and_the_failed_one_names_its_status(dump, items):
    data = explorer_data(dump, [event_of(items[0]), event_of(items[0], "underapplied")])
    assert [(word["status"], len(word["sites"])) for word in data.words] == [("underapplied", 2)]
    assert (data.total, data.failed) == (1, 1)


def test_a_wrong_surface_form_brings_the_gold_one(tmp_path, items):
    wrong = {items[0].id: items[0].ur[:3]}
    dump = planted_dump(tmp_path / "d", items[:2], 1, 1, surfaces=wrong)
    first, second = explorer_data(dump, [event_of(item) for item in items[:2]]).words
    assert first["ref"] == items[0].sr and "ref" not in second


def test_json_can_stand_in_a_page(dump, items):
    data = explorer_data(dump, [event_of(item) for item in items[:2]])
    data.words[0]["id"] = "</script><b>&한"
    text = data.to_json()
    assert not set("<>&") & set(text) and "한" in text
    assert json.loads(text)["words"][0]["id"] == "</script><b>&한"


def test_the_same_dump_makes_the_same_text(dump, items):
    events = [event_of(item) for item in items]
    assert explorer_data(dump, events, limit=30).to_json() == explorer_data(dump, events, limit=30).to_json()
