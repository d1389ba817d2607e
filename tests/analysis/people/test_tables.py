"""Tables of a comparison: one row a number and one a candidate, each the number that the comparison has."""

import csv
import json

import numpy as np
import pytest

from fairseq_phonology.analysis.people.comparison import ENSEMBLE
from fairseq_phonology.analysis.people.tables import summary, write_compare, write_items, write_responses
from fairseq_phonology.analysis.provenance import Provenance
from tests.helpers.compared import comparison


def written(write, found, tmp_path):
    write(found, tmp_path / "table.csv")
    with open(tmp_path / "table.csv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_number_is_a_row_with_its_intervals_and_its_ceiling(tmp_path):
    found = comparison("counts")
    rows = {(row["quantity"], row["of"], row["subset"]): row for row in written(write_compare, found, tmp_path)}
    for one in found.rows:
        row = rows[one.quantity, one.of, str(one.subset)]
        assert float(row["estimate"]) == pytest.approx(one.estimate.value, rel=1e-4)
        assert row["n"] == str(one.pairs)
        assert (row["ceiling"] != "") == (one.quantity == "spearman")
    verdict, own = rows["spearman", ENSEMBLE, "items"], found.row("spearman", ENSEMBLE, "items")
    columns = ("low", "high", "low_models", "high_models", "low_items", "high_items")
    ends = (own.low, own.high, *own.models, *own.items)
    assert [float(verdict[name]) for name in columns] == pytest.approx(ends, rel=1e-4)
    assert verdict["low_participants"] == "", "participants are not known"
    gain = rows["gain_over_baseline", ENSEMBLE, "constant"]
    assert float(gain["estimate"]) == pytest.approx(found.baselines[0].gain.value, rel=1e-4) and gain["p"] != ""
    assert {"mixed_slope", "calibration_slope", "calibration_error"} <= {quantity for quantity, _, _ in rows}


def test_one_seed_has_no_interval_over_seeds(tmp_path):
    rows = written(write_compare, comparison("ratings", 24, 1), tmp_path)
    assert {row["low_models"] for row in rows} == {""}
    assert {row["ceiling"] for row in rows} == {""}, "nothing is known of the noise"


def test_items_have_models_and_people_side_by_side(tmp_path):
    found = comparison("counts")
    rows = written(write_items, found, tmp_path)
    assert [(row["item"], row["sr"]) for row in rows] == [(pair.item, pair.sr) for pair in found.pairs]
    for n, row in enumerate(rows):
        odds = [float(row[f"logit_share_{model}"]) for model in found.models]
        assert float(row["share"]) == pytest.approx(np.mean(1 / (1 + np.exp(-np.array(odds)))), rel=1e-4)
        assert float(row["human"]) == pytest.approx(float(row["k"]) / float(row["n"]), rel=1e-4)
        assert row["regressed"] == str(int(n in found.regressed)), "one of two candidates whose counts sum to n"
        if row["regressed"] == "1":
            assert float(row["human"]) - float(row["fitted"]) == pytest.approx(float(row["residual"]), abs=1e-4)
    assert all(row["length"] for row in rows), "columns of the user's travel"


def test_responses_of_each_participant(tmp_path):
    found = comparison("trials")
    rows = written(write_responses, found, tmp_path)
    assert list(rows[0]) == ["participant", "item", "sr", "k", "n"]
    chosen = [row for row in rows if row["item"] == "i3" and row["sr"] == found.pairs[6].sr]
    assert sum(float(row["k"]) for row in chosen) == found.pairs[6].k
    assert sum(int(row["n"]) for row in chosen) == found.pairs[6].n


def test_the_summary_is_json_without_nan():
    found = comparison("ratings", 24, 1)
    made = json.loads(json.dumps(summary(found, Provenance("people", items="people.tsv")), allow_nan=False))
    assert made["verdict"]["sentence"] == found.sentence and made["about"] == {"of": "people", "items": "people.tsv"}
    assert made["human"] == {"kind": "ratings", "scale": [1, 7], "candidates": 48, "items": 24, "participants": None}
    assert made["bins"] == [] and made["headline"] == "within"
