"""Results of interventions on each model, beside the attention of all of them."""

import csv
from dataclasses import replace

import numpy as np
import pytest

from fairseq_phonology.analysis.interventions.analyze import analyze_interventions
from fairseq_phonology.analysis.models.attention import compare_attention, use_of
from fairseq_phonology.analysis.models.results import Use
from fairseq_phonology.analysis.models.sentences import caveat_of_uses
from fairseq_phonology.analysis.models.tables import models_summary, write_models
from fairseq_phonology.analysis.report.models import rows_table, write_models_report
from tests.helpers.attending import six, study_of
from tests.helpers.intervened import intervened

CROSS, ENCODER = Use("uses", "cross", ("cross",), "cross", 1.01), Use("uses", "encoder", ("encoder",), "encoder", 0.6)


@pytest.fixture(scope="module")
def compared():
    """Six models that use it by cross-attention; in the sixth no head attends."""
    studies = dict(list(six().items())[:5]) | {"none": study_of([0] * 4, seed=9)}
    return compare_attention(studies, 1, dict.fromkeys(studies, CROSS), "seeds-interventions")


def of(compared, *uses):
    rows = [replace(row, use=use) for row, use in zip(compared.rows, uses, strict=True)]
    return replace(compared, rows=rows)


def test_how_many_use_it_by_which_route_and_who_tests_that(compared, snapshot):
    assert caveat_of_uses(compared, "seeds-interventions") in compared.caveats
    snapshot(caveat_of_uses(compared, "seeds-interventions"))


def test_several_routes(compared, snapshot):
    snapshot(caveat_of_uses(of(compared, *[CROSS] * 3, ENCODER, Use("same"), Use("none", "none"))))


def test_the_advice_to_intervene_is_gone(compared, tmp_path):
    without = of(compared, *[None] * 6)
    assert not any("is a question for interventions" in each for each in compared.caveats)
    for made, advised in ((compared, False), (without, True)):
        write_models_report(made, tmp_path / "report.html", {})
        limits = (tmp_path / "report.html").read_text(encoding="utf-8").partition('<section id="limits">')[2]
        assert ("fairseq-phonology intervene" in limits.partition("</section>")[0]) == advised
    assert any("is a question for interventions" in each for each in compare_attention(six()).caveats)
    assert caveat_of_uses(without) == ""


def test_table_and_files(compared, tmp_path):
    table = rows_table(of(compared, *[CROSS] * 4, None, Use("none", "none")), {})
    assert table["columns"][2] == "uses it by\n(share)"
    assert [row["cells"][2][0] for row in table["rows"]] == ["cross (101 %)"] * 4 + ["–", "not shown"]
    write_models(compared, tmp_path / "models.csv")
    with open(tmp_path / "models.csv", encoding="utf-8", newline="") as file:
        row = next(csv.DictReader(file))
    assert list(row)[-5:] == ["uses", "uses_route", "uses_kinds", "uses_measure", "uses_share"]
    assert [row[name] for name in list(row)[-5:]] == ["uses", "cross", "cross", "cross", "1.01"]
    assert models_summary(compared)["models"][0]["use"] == {
        **{"strength": "uses", "route": "cross", "kinds": ["cross"], "measure": "cross", "share": 1.01}
    }


@pytest.mark.parametrize(
    ("shares", "expected"),
    [
        pytest.param({"cross": 0.9, "cross+encoder": 1, "total": 1}, ("cross", 0.9), id="alone"),
        pytest.param({"cross+encoder": 0.8, "total": 1}, ("cross+encoder", 0.8), id="either suffices"),
        pytest.param({"cross": 0.4, "encoder": 0.6, "cross+encoder": 1}, ("cross+encoder", 1), id="jointly"),
        pytest.param({"total": 0.7}, ("", np.nan), id="indirect"),
        pytest.param({}, ("", np.nan), id="none"),
    ],
)
def test_the_interchange_that_shows_the_route(shares, expected):
    causal = analyze_interventions(intervened(shares, seed=1), "nasals", "toy")
    use = use_of(causal)
    assert (use.measure, use.share) == (expected[0], pytest.approx(expected[1], abs=0.03, nan_ok=True))
    assert (use.strength, use.route) == (causal.verdict.strength, causal.verdict.route)
