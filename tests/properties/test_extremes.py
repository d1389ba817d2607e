"""What can be written is read back, however extreme: a bound of a reader allows every result of its writer."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

pytest.importorskip("fairseq")

from fairseq_phonology.analysis.errors.measure import measure
from fairseq_phonology.analysis.errors.outputs import Answer, Output
from fairseq_phonology.analysis.errors.summary import read_summary, summarize, write_summary
from fairseq_phonology.analysis.figures.attention_and_effect import HeadEffects, read_head_effects
from fairseq_phonology.analysis.interventions.analyze import analyze_interventions
from fairseq_phonology.analysis.interventions.effects import Measured
from fairseq_phonology.analysis.interventions.kinds import METHODS
from fairseq_phonology.analysis.interventions.tables import read_causal, write_causal_summary, write_effects
from fairseq_phonology.training.checkpoints.best import BestCheckpoints, Saved
from fairseq_phonology.training.checkpoints.score_record import Score, ScoreRecord
from fairseq_phonology.training.history.history import History, load_run
from tests.helpers.intervened import CROSS, intervened

LOSSES = [math.inf, -math.inf, math.nan, -0.31, -1e300, 1e300, 0.0]


def same(one, other):
    return all(a == b or (a != a and b != b) for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("said", ["t a", "p i k u m n a"], ids=["all right", "none right"])
def test_errors_of_models_that_know_all_or_nothing(said, tmp_path):
    for size in (1, 27, 38, 1077):  # where Wilson's bounds are beyond 0 or 100 by rounding
        words = [Answer(str(n), n, ("t", "a"), ("t", "a"), tuple(said.split())) for n in range(size)]
        found = measure([Output(name, "", tuple(words)) for name in "ab"], ["a", "b"])
        write_summary(found, {}, tmp_path / "summary.json")
        assert read_summary(tmp_path) == summarize(found)


@pytest.mark.parametrize("loss", LOSSES)
def test_a_training_goes_on_after_any_loss(loss, tmp_path):
    made = History(tmp_path)
    row = {"epoch": 1, "subset": "valid", "train_loss": loss, "valid_loss": loss, "kept": True}
    of_no_word = {"exact_match": math.nan, "per": math.nan, "nasalization": math.nan}
    worst = {"exact_match": 100.0, "per": 1e6, "lr": 0.0, "wall": 0.0, "nasalization": 0.0}
    made.append({**row, "updates": 0, **of_no_word})
    made.append({**row, "updates": 7, **worst})
    for one, other in zip(made.rows, History(tmp_path).rows, strict=True):
        assert same([one.get(name) for name in other], other.values())
    best = BestCheckpoints(tmp_path, "loss", False, keep=2)
    best.entries = [] if math.isnan(loss) else [Saved(7, loss, loss)]
    best._write_record()
    known = loss if math.isfinite(loss) else None
    entries = [{"updates": 7, "score": known, "loss": known}] if best.entries else []
    assert best._record(None)["entries"] == entries
    assert load_run(tmp_path).choice.told == "best_checkpoints.json says so"


@pytest.mark.parametrize("loss", LOSSES)
def test_a_checkpoint_is_scored_once_whatever_its_loss(loss, tmp_path):
    (tmp_path / "a.pt").write_bytes(b"x")
    record = ScoreRecord(tmp_path / "out", "valid", 1)
    record.add(tmp_path / "a.pt", tmp_path, "", Score("a.pt", math.nan, math.nan, loss, 1, 0, math.nan), [])
    (found,) = ScoreRecord(tmp_path / "out", "valid", 1).scores
    assert same(dataclasses.astuple(found), dataclasses.astuple(*record.scores))


@pytest.mark.parametrize("value", [-1e200, 0.0, 1e200])
def test_any_effect_of_an_intervention(value, tmp_path):
    study = analyze_interventions(intervened(CROSS), "nasals", "Korean")
    fields = [field.name for field in dataclasses.fields(Measured)]
    for family in study.families:
        of = {name: np.full(len(family.which), value) for name in fields}
        for method in METHODS:
            for name in fields:
                getattr(family.of(method), name)[:] = of[name]
    for name in ("intact", "after", "effect", "low", "high", "p"):
        setattr(study.minimal_pair, name, value)
    write_effects(study, tmp_path / "effects.csv")
    write_causal_summary(study, tmp_path / "summary.json")
    found = read_causal(tmp_path)
    for one, other in zip(study.families, found.families, strict=True):
        assert same(one.noising.effect, other.noising.effect) and same(one.noising.share, other.noising.share)


def test_all_the_mass_of_half_precision(tmp_path):
    """The weights of a query sum to one within 1e-4."""
    names = ("contrast", "kind", "query", "layer", "head", "estimate_log_odds", "low_log_odds", "high_log_odds")
    lines = ["response", "cross", "decision", "1", "1", "-20", "-1e200", "", "1.0001", "1"]
    table = [[*names, "mean_TR", "claim"], lines]
    (tmp_path / "heads.csv").write_text("".join(",".join(row) + "\n" for row in table))
    (found,) = read_head_effects(tmp_path / "heads.csv").values()
    assert same(dataclasses.astuple(found), dataclasses.astuple(HeadEffects(-20, -1e200, math.nan, 1.0001, True)))
