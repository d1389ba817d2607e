"""The tables: their columns, every row where it belongs, commas and quotes in a user's texts, the same bytes again."""

import csv
import dataclasses
import gzip

import numpy as np
import pytest

from fairseq_phonology.analysis.events.events import Event, Events, View
from fairseq_phonology.analysis.events.measures import NAMES
from fairseq_phonology.analysis.events.tables import (
    user_columns,
    write_events,
    write_regions,
    write_window,
    write_words,
)
from fairseq_phonology.errors import InputError
from fairseq_phonology.stimuli.items import Item

MORE = {"condition": 'a "b", 50 %s', "id": "theirs"}


def event(name, cell="TR", status="applied", **more):
    item = Item(name, tuple("akma"), tuple("aŋma"), *cell, 1, 2, "ak", "ma", more=MORE)
    item = dataclasses.replace(item, **more)
    return Event(item, tuple("aŋma"), tuple("aŋma"), status, 1)


def view(kind, row, events, without=()):
    """2 layers x 2 heads whose mass is event + layer / 10 + head / 100, and so on."""
    base = np.add.outer(np.arange(events), np.add.outer([0.1, 0.2], [0.01, 0.02])).astype(np.float32)
    base[list(without)] = np.nan
    arrays = {name: base * factor for factor, name in enumerate(NAMES, 1)}
    window = np.repeat(base[..., None], 8, -1)
    return View(kind, row, **arrays, window=window, regions={"preceding": base / 2})


@pytest.fixture
def events():
    found = [event("w,1"), event("w2", "CN"), event("w3", status="other", target_index=None)]
    views = [view("cross", "decision", 3), view("encoder", "target", 3, without=[2])]
    views[0].log_ratio[1, 0, 0] = np.nan  # a word of one segment
    return Events(found, views)


def read(path):
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_events(events, tmp_path):
    write_events(events, tmp_path / "events.csv.gz")
    rows = read(tmp_path / "events.csv.gz")
    assert list(rows[0]) == [
        *("id", "kind", "layer", "head", "query", "cell", "status", "target", "trigger", "offset", "log_odds"),
        *("mass", "raw_mass", "eos_mass", "log_ratio", "entropy", "stem", "suffix", "condition", "user_id"),
    ]
    places = [(r["kind"], r["id"], r["layer"], r["head"]) for r in rows]
    heads = [("1", "1"), ("1", "2"), ("2", "1"), ("2", "2")]
    words = [("cross", "w,1"), ("cross", "w2"), ("cross", "w3"), ("encoder", "w,1"), ("encoder", "w2")]
    assert places == [(*word, *head) for word in words for head in heads], "no line for an event without a row"
    row = rows[6]  # w2, layer 2, head 1
    assert (row["cell"], row["status"], row["query"], row["target"], row["trigger"]) == (
        *("CN", "applied", "decision", "k", "m"),
    )
    assert [row[name] for name in NAMES] == ["1.21", "2.42", "3.63", "4.84", "6.05", "7.26"]
    assert (row["offset"], row["stem"], row["suffix"]) == ("1", "ak", "ma")
    assert (row["condition"], row["user_id"]) == (MORE["condition"], "theirs")
    assert rows[4]["log_ratio"] == "" and rows[4]["entropy"] == "6.66" and rows[8]["offset"] == ""


def test_norms_follow_entropy_where_there_are_any(events, tmp_path):
    for one in events.views:
        one.norm, one.norm_mass, one.norm_log_odds = one.mass * 10, one.mass * 100, one.mass * -1
    events.events[1] = event("w2", "CN", more={"norm_mass": "theirs"})
    write_events(events, tmp_path / "events.csv.gz")
    rows = read(tmp_path / "events.csv.gz")
    assert list(rows[0])[15:] == ["entropy", "norm", "norm_mass", "norm_log_odds", "stem", "suffix", "condition",
                                  "user_id", "user_norm_mass"]  # fmt: skip
    row = rows[6]  # w2, layer 2, head 1
    assert (row["mass"], row["norm"], row["norm_mass"], row["stem"]) == ("2.42", "24.2", "242", "ak")
    assert float(row["norm_log_odds"]) == pytest.approx(-2.42)
    assert (rows[4]["log_ratio"], rows[4]["norm_mass"], row["user_norm_mass"]) == ("", "222", "theirs")
    events.views[1].norm = None  # of one kind alone they are in no column
    write_events(events, tmp_path / "events.csv.gz")
    assert "norm" not in read(tmp_path / "events.csv.gz")[0]


def test_the_same_events_give_the_same_bytes(events, tmp_path):
    write_events(events, tmp_path / "a.csv.gz")
    write_events(events, tmp_path / "b.csv.gz")
    assert (tmp_path / "a.csv.gz").read_bytes() == (tmp_path / "b.csv.gz").read_bytes()
    assert {path.name for path in tmp_path.iterdir()} == {"a.csv.gz", "b.csv.gz"}


def test_words(events, tmp_path):
    events.events[1] = dataclasses.replace(events.events[1], surface=tuple("akma"), step=None, ambiguous=True)
    write_words(events, tmp_path / "words.csv")
    first, second, third = read(tmp_path / "words.csv")
    assert first == {
        **{"id": "w,1", "ur": "a k m a", "surface": "a ŋ m a", "reference": "a ŋ m a", "correct": "1", "cell": "TR"},
        **{"status": "applied", "step": "1", "target_index": "1", "trigger_index": "2", "target": "k", "trigger": "m"},
        **{"ambiguous": "0", "stem": "ak", "suffix": "ma", "condition": MORE["condition"], "user_id": "theirs"},
    }
    assert (second["correct"], second["step"], second["ambiguous"]) == ("0", "", "1")
    assert (third["target_index"], third["target"]) == ("", "")
    assert list(first)[:6] == ["id", "ur", "surface", "reference", "correct", "cell"]


def test_regions_are_means_over_the_events_that_count(events, tmp_path):
    events.events.append(event("w4"))
    for one in events.views:
        for name in (*NAMES, "window"):
            array = getattr(one, name)
            setattr(one, name, np.concatenate([array, array[:1] + 2]))
        one.regions["preceding"] = np.concatenate([one.regions["preceding"], np.full((1, 2, 2), np.nan, np.float32)])
    write_regions(events, tmp_path / "regions.csv")
    rows = read(tmp_path / "regions.csv")
    assert list(rows[0]) == ["kind", "query", "layer", "head", "cell", "region", "mean_mass", "n"]
    found = {(r["kind"], r["layer"], r["head"], r["cell"], r["region"]): (r["mean_mass"], r["n"]) for r in rows}
    assert found["cross", "1", "1", "TR", "trigger"] == ("1.22", "2")  # of .22 and 2.22: w3 does not count
    assert found["cross", "1", "1", "TR", "preceding"] == ("0.055", "1")  # w4 has none
    assert found["encoder", "2", "2", "CN", "trigger"] == ("2.44", "1")
    assert {cell for *_, cell, _ in found} == {"TR", "CN"}


def test_window_has_every_position_over_the_events_that_reach_it(events, tmp_path):
    events.events.append(event("w4"))
    for one in events.views:
        one.window = np.concatenate([one.window, one.window[:1] + 2])
    events.views[0].window[0, ..., 0] = np.nan  # w,1 begins two segments before the target
    write_window(events, tmp_path / "window.csv")
    rows = read(tmp_path / "window.csv")
    assert list(rows[0]) == ["kind", "query", "layer", "head", "cell", "position", "mean_mass", "n"]
    of_head = [r for r in rows if (r["kind"], r["layer"], r["head"], r["cell"]) == ("cross", "1", "1", "TR")]
    assert [r["position"] for r in of_head] == ["-3", "-2", "-1", "0", "1", "2", "3", "EOS"]
    assert [(r["mean_mass"], r["n"]) for r in of_head[:2]] == [("2.11", "1"), ("1.11", "2")]  # w3 does not count
    assert len(rows) == 2 * 2 * 8 * 4  # views, cells, positions, heads


def test_columns_of_the_user_never_hide_ours():
    one = event("w", more={"target": "", "user_target": "", "age": "", "correct": ""})
    two = event("v", more={"age": "", "mood": ""})
    assert user_columns([one, two]) == {
        "target": "user_user_target", "user_target": "user_target", "age": "age", "correct": "user_correct",
        "mood": "mood",
    }  # fmt: skip


def test_no_place_to_write(events, tmp_path):
    for write in (write_events, write_words, write_regions, write_window):
        with pytest.raises(InputError, match="cannot be written: No such file or directory"):
            write(events, tmp_path / "none" / "table.csv")
