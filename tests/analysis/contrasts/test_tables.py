"""What ``summary.json`` says, and that any program can read it."""

import json

import numpy as np
import pytest

from fairseq_phonology.analysis.contrasts.analyze import analyze
from fairseq_phonology.analysis.contrasts.tables import family_summary, summary, write_heads, write_summary
from fairseq_phonology.analysis.provenance import Provenance
from fairseq_phonology.phonology.grammar import Grammar
from tests.helpers import planted
from tests.helpers.planted import Effect

RULES = ["p -> m / _ [+nas]", "t -> n / _ [+nas]", "k -> ŋ / _ [+nas]"]
TOY = Grammar.from_table(
    {"inventory": {"segments": "p t k s f h m n ŋ l a i u"}, "process": [{"name": "nasalization", "rules": RULES}]}
)


@pytest.fixture(scope="module")
def dump(tmp_path_factory):
    items = planted.crossed_items(stems=8, suffixes=8)
    made = planted.planted_dump(tmp_path_factory.mktemp("summary") / "dump", items, 1, 2, [Effect("response", 6.0)])
    return made, items


@pytest.fixture(scope="module")
def study(dump):
    return analyze(dump[0], TOY, "nasalization", dump[1])


@pytest.fixture(scope="module")
def plain(dump):
    return analyze(dump[0], TOY, "nasalization")


def strict(path):
    """JSON as the standard has it: no NaN, no Infinity."""

    def refused(constant):
        raise AssertionError(constant)

    return json.loads(path.read_text(encoding="utf-8"), parse_constant=refused)


def test_what_is_written_is_strict_json_in_utf_8(study, plain, tmp_path):
    study.provenance = Provenance(items="낱말.tsv")
    for each in (study, plain):
        write_summary(each, tmp_path / "summary.json")
        assert strict(tmp_path / "summary.json") == summary(each)
    study.provenance = Provenance()
    write_summary(study, tmp_path / "summary.json")
    assert (tmp_path / "summary.json").read_bytes().endswith(b"}\n")


def test_its_parts(study):
    found = summary(study)
    assert list(found) == [
        *(
            "process",
            "language",
            "verdict",
            "primary",
            "secondary",
            "exclusions",
            "baseline",
            "sensitivity",
            "interventions",
            "about",
        )
    ]
    assert (found["process"], found["verdict"]["strength"]) == ("nasalization", "attends")
    assert found["exclusions"] == {
        "cells": {cell: {"events": 64, "counted": 64} for cell in ("TR", "TN", "CR", "CN")},
        "suffixes_excluded": [],
        "stems_excluded": {"T": {"lost": 0, "of": 8}, "C": {"lost": 0, "of": 8}},
        "reasons_withheld": [],
        "words_alone": [],
    }
    assert found["baseline"] is found["sensitivity"] is found["interventions"] is None and len(found["secondary"]) == 5


def test_a_plain_list_has_no_cells_but_one_and_no_losses(plain):
    found = summary(plain)
    assert found["primary"] is found["exclusions"] is None
    largest = found["secondary"][0]["largest"]
    assert largest["mean_mass"]["TR"] > 0 and largest["mean_mass"]["CN"] is None
    assert found["secondary"][0]["contrast"] == "same-offset" and found["secondary"][0]["claims"] == []


def test_a_family_has_its_claims_and_its_largest_head(study):
    found, family = family_summary(study.primary), study.primary
    assert (found["stems"], found["suffixes"], found["heads"]) == (16, 16, 2)
    assert [head["head"] for head in found["claims"]] == [1] == [found["largest"]["head"]]
    head = found["claims"][0]
    for scale in ("mass", "log_odds"):
        assert head[f"estimate_{scale}"] == pytest.approx(family.estimate[scale][0], rel=1e-5)
        assert head[f"low_{scale}"] < head[f"estimate_{scale}"] < head[f"high_{scale}"]
    for name in ("se", "df", "t", "p"):
        assert head[name] == pytest.approx(getattr(family, name)[0], rel=1e-5)
    assert head["t"] == pytest.approx(head["estimate_log_odds"] / head["se"], rel=1e-4)
    assert (head["quadruples_positive"], head["quadruples"]) == (24, 24)
    assert (head["rank_target"], head["assignments_target"], head["rank_trigger"]) == (1, 10, 1)
    assert head["low_segments"] < head["estimate_segments"] < head["high_segments"] and head["p_segments"] < 0.05


def test_what_is_not_known_is_null(study):
    family = study.primary
    kept, family.low["mass"] = family.low["mass"], np.full(2, np.nan)
    assert family_summary(family)["claims"][0]["low_mass"] is None
    family.low["mass"] = kept


def test_heads_of_all_families_are_one_table(study, tmp_path):
    write_heads(study.families, tmp_path / "heads.csv")
    lines = (tmp_path / "heads.csv").read_bytes().decode("utf-8").split("\n")
    assert len(lines) == 1 + 6 * 2 + 1 and lines[-1] == "" and lines[1].startswith("response,cross,decision,1,1,")
    assert "\r" not in "".join(lines)
