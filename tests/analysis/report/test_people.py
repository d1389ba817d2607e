"""The page of models beside people: its text, its numbers, and what is said to be lacking."""

import html
import re
from dataclasses import replace

import pytest

from fairseq_phonology.analysis.figures import Caption, Picture
from fairseq_phonology.analysis.people.columns import HumanColumns
from fairseq_phonology.analysis.people.comparison import ENSEMBLE, CompareOptions, compare
from fairseq_phonology.analysis.people.human import read_human
from fairseq_phonology.analysis.provenance import Provenance
from fairseq_phonology.analysis.report.checklist import DONE, FAILED, NO, OPEN
from fairseq_phonology.analysis.report.people import checklist, write_people_report, write_r_script
from fairseq_phonology.text import number
from tests.helpers.compared import comparison, given
from tests.helpers.reported import SVG, words_of

ABOUT = Provenance(
    "people", items="people.tsv", scores="scores", options={"seed": 1}, versions={"fairseq_phonology": "1.2.3"}
)


def page_of(found, folder):
    (folder / "people.svg").write_text(SVG, encoding="utf-8")
    figures = {"people": Picture(folder / "people.svg", Caption("Title.", "Text."), "people")}
    write_people_report(found, ABOUT, folder / "report.html", figures)
    return (folder / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(("kind", "seeds"), [("counts", 3), ("ratings", 1), ("trials", 3)])
def test_the_page(kind, seeds, tmp_path, snapshot):
    page = page_of(comparison(kind, 24, seeds), tmp_path)
    page = re.sub(r"(?<=largest residuals</caption>).*?</table>", "", page, flags=re.S)
    words = re.sub(r"fairseq_phonology \d[\w.]*", "fairseq_phonology VERSION", words_of(page))
    snapshot(re.sub(r"[+−<]*\d*\.\d\d+", "#", words))  # numbers are computed in the other tests


def test_it_loads_nothing_from_elsewhere(tmp_path):
    page = page_of(comparison("counts"), tmp_path)
    assert set(re.findall(r'(?:src|href)="(?!#)(\w+:)', page)) == {"data:"} and "default-src 'none'" in page
    assert page == page_of(comparison("counts"), tmp_path), "the same comparison makes the same page"


def test_the_tables_have_the_numbers_of_the_comparison(tmp_path):
    found = comparison("ratings", 24, 3)
    page = html.unescape(page_of(found, tmp_path))
    for scale in found.scales:
        assert number(found.row("spearman", ENSEMBLE, scale).value) in page
    for model in found.models:
        assert f">{model}</th>" in page
    for one in found.baselines:
        assert number(one.gain.value, 3) in page


@pytest.mark.parametrize(
    ("kind", "seeds", "states"),
    [
        ("counts", 3, {"Several models": DONE, "Participants as random": OPEN, "Calibration": DONE}),
        ("ratings", 1, {"Several models": OPEN, "Noise ceiling": OPEN, "Calibration": NO, "Baseline: untrained": OPEN}),
        ("trials", 3, {"Participants as random": DONE, "Noise ceiling": DONE, "Correlation within variants": NO}),
    ],
)  # fmt: skip
def test_the_checklist_says_what_was_not_done(kind, seeds, states):
    found = {check.name: check.state for check in checklist(comparison(kind, 24, seeds))}
    assert states.items() <= found.items()
    beaten = {f"Baseline: {one.name}": DONE if one.beaten else FAILED for one in comparison(kind, 24, seeds).baselines}
    assert beaten.items() <= found.items()


def test_no_page_says_that_models_behave_like_speakers(tmp_path):
    for kind in ("counts", "ratings"):
        text = words_of(page_of(comparison(kind), tmp_path)).lower()
        assert "behave" not in text and "like speakers" not in text and "human-like" not in text


def test_the_script_has_kind_and_scale_of_the_table(tmp_path):
    write_r_script(comparison("ratings"), tmp_path / "mixed_model.R")
    text = (tmp_path / "mixed_model.R").read_text(encoding="utf-8")
    assert 'kind <- "ratings"' in text and "lowest <- 1 #" in text and "highest <- 7\n" in text


def test_families_are_counted_where_they_are_drawn(tmp_path):
    """Three items in each of six families."""
    scores, table = given(tmp_path, "counts", 18)
    human = read_human(table)
    rows = tuple(replace(row, columns={"family": f"f{int(row.item[1:]) // 3}"}) for row in human.rows)
    found = compare(scores, replace(human, rows=rows), CompareOptions(family="family", draws=100, splits=50))
    assert (found.items, found.units) == (18, 6)
    page = html.unescape(words_of(page_of(found, tmp_path)))
    assert "Items as random 18 items in 6 families, which are drawn and left out together." in page
    assert re.search(r"families of items alone random \[[^]]*\] \(6\)", page) and "items alone random [" in page
    assert "models, families of items are drawn" in page or "models and families of items are drawn" in page
    assert "(a family is all items with the same family)" in page and "fewer than 20 families of items" in page


def test_deviance_is_of_a_response_or_of_a_candidate(tmp_path):
    counts, ratings = (words_of(page_of(comparison(kind, 24, 3), tmp_path)) for kind in ("counts", "ratings"))
    assert counts.count("eviance per response") == 3 and "eviance per candidate" not in counts
    assert ratings.count("eviance per candidate") == 3 and "eviance per response" not in ratings
    assert "per candidate, p " in ratings and "= <" not in ratings


def test_intercepts_of_variants_are_in_the_methods_where_they_are_in_the_regression(tmp_path):
    counts, ratings = (words_of(page_of(comparison(kind, 24, 3), tmp_path)) for kind in ("counts", "ratings"))
    for said in ("with an intercept for each variant", "so that the comparison is one within variants"):
        assert said in ratings and said not in counts


def test_what_was_done_to_the_ratings_of_each_participant_is_said(tmp_path):
    scores, table = given(tmp_path, "trials", 20)
    text = table.read_text(encoding="utf-8").replace("choice", "sr\trating")
    lines = [line if not n else f"{line}\t{1 + n % 7}" for n, line in enumerate(text.splitlines())]
    table.write_text("\n".join(lines) + "\n", encoding="utf-8")
    human = read_human(table, HumanColumns(variant="sr"), within="center")
    found = compare(scores, human, CompareOptions(draws=100, splits=50))
    page = html.unescape(words_of(page_of(found, tmp_path)))
    assert page.count("each participant’s own mean taken off, the mean of all added") == 2
    assert "means beyond the ends of the scale were set to these" in page
    assert "Participants in random halves, Spearman-Brown, square root." in page
    assert "bootstrap of 100 samples" in page
