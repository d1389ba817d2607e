"""Built-in callbacks: the history follows what is kept, the picture keeps to its share of the time."""

from __future__ import annotations

import csv
import itertools

import pytest

from fairseq_phonology.training import callbacks
from fairseq_phonology.training.history.history import History


def _result(updates: int, subset: str = "valid", **more) -> callbacks.ValidationResult:
    rates = {"exact_match": 50.0, "nasalization": 75.0}
    return callbacks.ValidationResult(subset, True, 1, updates, {"loss": 1.5, **rates}, rates, **more)


def test_history_follows_what_is_kept(tmp_path):
    history = callbacks.HistoryCallback(tmp_path)
    for updates, kept in ((10, {10}), (20, {10, 20}), (30, {20, 30})):
        history.on_validation(_result(updates))
        history.on_save(kept)
    rows = History(tmp_path).rows
    assert [(row["updates"], bool(row["kept"])) for row in rows] == [(10, False), (20, True), (30, True)]
    assert rows[0]["nasalization"] == 75.0 and rows[0]["valid_loss"] == 1.5


def test_history_forgets_what_came_after_the_checkpoint(tmp_path):
    history = callbacks.HistoryCallback(tmp_path)
    for updates in (10, 20, 30):
        history.on_validation(_result(updates))
    history.on_train_start(20)
    assert [row["updates"] for row in History(tmp_path).rows] == [10, 20]


@pytest.fixture
def clock(monkeypatch):
    """A clock that only the test moves."""
    now = [1000.0]
    monkeypatch.setattr(callbacks.time, "monotonic", lambda: now[0])
    return now


def test_drawing_keeps_to_its_share(tmp_path, clock, monkeypatch):
    drawn = []

    def draw_curves(rows, path):
        drawn.append(clock[0])
        clock[0] += 0.5  # what a drawing takes

    monkeypatch.setattr("fairseq_phonology.training.history.curves.draw_curves", draw_curves)
    curves = callbacks.CurvesCallback(History(tmp_path), tmp_path / "curves.png", share=0.05)
    curves.on_train_start(0)
    for _ in range(100):
        clock[0] += 4.0  # an epoch
        curves.on_validation(_result(1))
    # guessed at 1 s: after 20 s; then 0.5 s every third epoch, since 8 s are too few for 5 %
    assert drawn[0] == 1020.0
    assert all(later - earlier == 12.5 for earlier, later in itertools.pairwise(drawn))
    assert 0.5 * len(drawn) <= 0.05 * (clock[0] - 1000)
    before = len(drawn)
    curves.on_validation(_result(2))
    curves.on_train_end()
    assert len(drawn) == before + 1


def test_the_star_moves_when_a_checkpoint_was_saved(tmp_path, clock, monkeypatch):
    """A validation is drawn before it is known whether it saves; only those that saved can have the star."""
    stars = []

    def draw_curves(run, path):
        best = run.choice.best(run.rows)
        stars.append(best and best["updates"])

    monkeypatch.setattr("fairseq_phonology.training.history.curves.draw_curves", draw_curves)
    history = callbacks.HistoryCallback(tmp_path)
    curves = callbacks.CurvesCallback(history.history, tmp_path / "curves.png")
    for updates, kept in ((4, {4}), (8, None), (12, {4})):
        clock[0] += 60
        history.on_validation(_result(updates))
        curves.on_validation(_result(updates))
        if kept:
            clock[0] += 60
            history.on_save(kept)
            curves.on_save(kept)
    assert stars == [None, 4, 4, 4], "nothing changed when the third saved"


def test_long_epochs_are_drawn_at_once_and_a_failure_is_only_told(tmp_path, clock, monkeypatch, caplog):
    def draw_curves(rows, path):
        raise OSError("disk full")

    monkeypatch.setattr("fairseq_phonology.training.history.curves.draw_curves", draw_curves)
    curves = callbacks.CurvesCallback(History(tmp_path), tmp_path / "curves.png")
    curves.on_train_start(0)
    clock[0] += 60
    curves.on_validation(_result(1))
    assert "curves.png was not drawn: disk full" in caplog.text


def test_predictions_forget_what_came_after_the_checkpoint(tmp_path):
    predictions = callbacks.PredictionsCallback(tmp_path / "predictions")
    predictions.on_train_start(0)  # no folder yet
    for updates, subset in itertools.product((10, 20, 100), ("valid", "valid1")):
        predictions.on_validation(_result(updates, subset, predictions=[]))
    for foreign in ("notes_at_home.csv", "valid_at_100.txt"):
        (tmp_path / "predictions" / foreign).touch()
    predictions.on_train_start(20)
    assert sorted(path.name for path in (tmp_path / "predictions").iterdir()) == [
        *("notes_at_home.csv", "valid1_at_10.csv", "valid1_at_20.csv"),
        *("valid_at_10.csv", "valid_at_100.txt", "valid_at_20.csv"),
    ]


def test_predictions(tmp_path):
    words = [callbacks.Prediction("word0", "h a k m u n", "h a ŋ m u n", "h a ŋ m u n", True)]
    words += [callbacks.Prediction("word1", 'a " b', "a, b", "a b", False)]
    callbacks.PredictionsCallback(tmp_path).on_validation(_result(7, predictions=words))
    with open(tmp_path / "valid_at_7.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == list(callbacks.PREDICTION_COLUMNS)
    assert rows[1:] == [
        ["word0", "h a k m u n", "h a ŋ m u n", "h a ŋ m u n", "1"],
        ["word1", 'a " b', "a, b", "a b", "0"],
    ]
