"""The page over several models: every model is on it, its numbers are those that were tested, it loads nothing."""

import html
import re
import shutil
import subprocess
from dataclasses import replace

import pytest

from fairseq_phonology.analysis.figures import Caption, Picture
from fairseq_phonology.analysis.models.attention import compare_attention
from fairseq_phonology.analysis.provenance import OfGrammar
from fairseq_phonology.analysis.report.models import write_models_report
from fairseq_phonology.errors import InputError
from fairseq_phonology.text import number, p_value, share, signed
from tests.helpers.attending import SIZE, six, study_of
from tests.helpers.designed import crossed
from tests.helpers.intervened import seven_models

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
POOR = crossed(**SIZE, failed=[(f"T{n}", "R0") for n in range(4)])
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="90" height="60"><circle cx="40" cy="30" r="20"/></svg>'
KNOWN = {
    "grammar": OfGrammar("korean.toml", "Sohn 1999 & others", rules=("p -> m / _ [+nas]",)),
    "items": "stimuli.tsv",
    "options": {"permutations": 9999, "seed": 1, "with": []},
    "versions": {"scipy": "1.2.3"},
}


def attention():
    """Seven models, of which one has no head that attends, and one that is in no test."""
    studies = six() | {"none": study_of([0, 0, 0, 0], seed=9), "<b>poor</b>": study_of([2, 0], events=POOR)}
    return compare_attention(studies)


def few():
    studies = six()
    return compare_attention({name: studies[name] for name in list(studies)[:3]})


def page_of(models, folder, **how):
    models.provenance = replace(models.provenance, **KNOWN)
    write_models_report(models, folder / "report.html", {"models": picture(folder)}, **how)
    return (folder / "report.html").read_text(encoding="utf-8")


def picture(folder):
    (folder / "models.svg").write_text(SVG, encoding="utf-8")
    return Picture(folder / "models.svg", Caption("Every model.", "A circle is a model."), "models")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Both kinds: what was compared, and its page."""
    found = {}
    for name, make in (("attention", attention), ("interventions", seven_models)):
        folder = tmp_path_factory.mktemp(name)
        models = make()
        links = {"seed1": "seed1/report.html"} if name == "attention" else {}
        found[name] = models, page_of(models, folder, links=links), folder / "report.html"
    return found


def section(page, name):
    return re.search(rf'<section id="{name}".*?</section>', page, re.S).group()


def rows(page, name):
    """Cells of the section's table, by the first of each row."""
    body = section(page, name).partition("<tbody>")[2].partition("</tbody>")[0]
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.S) for row in body.split("<tr")[1:]]
    return {re.sub("<.*?>", "", each[0]): [html.unescape(cell) for cell in each[1:]] for each in cells}


def test_every_model_is_there_with_its_numbers(made):
    models, page, _ = made["attention"]
    found = rows(page, "models")
    assert [html.unescape(name) for name in found] == models.names
    for row in models.rows:
        if row.response is not None:
            estimate, low, high = (
                signed(getattr(row.response, each)["log_odds"]) for each in ("estimate", "low", "high")
            )
            assert f"{estimate} [{low}, {high}]" in found[html.escape(row.name)]
    assert found["none"][0] == "not shown" and found["seed1"][0] == "attends"
    assert section(page, "models").count('class="claim"') == sum(row.meets for row in models.rows)


def test_a_model_leads_to_its_own_report_if_it_has_one(made):
    page = made["attention"][1]
    assert re.findall(r'href="([^#"]*)"', section(page, "models")) == ["seed1/report.html"]
    assert "the reports that it links to lie in the folders of the models" in page
    assert "links to" not in made["interventions"][1]


def test_who_is_in_no_test_is_named_and_nothing_is_trusted_to_be_html(made):
    models, page, _ = made["attention"]
    assert "<b>poor</b>" not in page and "&lt;b&gt;poor&lt;/b&gt;" in section(page, "models")
    (why,) = (row.reason_withheld for row in models.rows if not row.tested)
    assert html.escape(why, quote=False) in html.unescape(section(page, "models")).replace("&", "&amp;")
    assert "Sohn 1999 &amp; others" in page


def test_the_tests_are_those_over_models(made):
    models, page, _ = made["attention"]
    test = models.test("chosen head")
    cells = section(page, "tests")
    assert f"{signed(test.mean)} log-odds [{signed(test.low)}, {signed(test.high)}]" in cells
    assert p_value(test.p) in cells and html.escape(p_value(test.segments)) in cells and number(test.mass.mean) in cells
    assert cells.count('class="claim"') == sum(each.claim for each in models.tests)
    assert "Attends to the trigger, over models" in section(page, "verdict")
    assert f"of {len(models.rows)}" in section(page, "verdict") and signed(test.mean) in section(page, "verdict")


def test_the_use_of_the_trigger(made):
    models, page, _ = made["interventions"]
    found = rows(page, "models")
    assert found["seed1"][0] == "cross" and found["other"][0] in ("encoder", "not shown")
    cross = models.rows[0].routes["cross"]
    assert f"{share(cross.share)} [{share(cross.low)}, {share(cross.high)}] ✓" in found["seed0"]
    assert "cross-attention: decision to trigger" in section(page, "tests")
    assert "Report on use, 7 models" in page and "Uses the trigger, over models" in page


def test_exact_match_is_named_by_its_decoding(tmp_path):
    models = few()
    assert "exact match" in page_of(models, tmp_path)
    models.rows = [replace(row, decoding="beam 5") for row in models.rows]
    assert "exact match\nbeam 5</th>" in page_of(models, tmp_path)
    models.rows[0] = replace(models.rows[0], decoding="forced decoding of the gold SR")
    page = page_of(models, tmp_path)
    assert rows(page, "models")["seed1"][1] == "100.00 % (forced decoding of the gold SR)" and "(beam 5)" in page
    assert "exact match\nforced decoding of the gold SR" in page_of(seven_models(), tmp_path)


def test_under_six_models_there_is_a_warning_and_no_p(tmp_path):
    models = few()
    page = page_of(models, tmp_path)
    assert f'<p class="notice" role="note">{html.escape(models.warning, quote=False)}</p>' in page
    assert "Too few models to test" in section(page, "verdict") and 'class="verdict descriptive"' in page
    assert "3 models could be tested: means are given without a test, which needs at least 6 models." in page
    assert "a two-sided sign-flip test cannot reach" in section(page, "methods")


def test_models_of_which_none_can_be_tested(tmp_path):
    models = compare_attention({"a": study_of([2, 0], events=POOR), "b": study_of([0, 2], events=POOR, seed=2)})
    page = page_of(models, tmp_path)
    assert 'id="tests"' not in page and "No test over models" in page
    assert section(page, "models").count("<li>") == 2


@pytest.mark.parametrize("name", ["attention", "interventions"])
def test_it_loads_nothing_from_elsewhere(made, name):
    page = made[name][1]
    addresses = re.findall(r'(?:src|href)="([^"]*)"', page)
    assert all(each.startswith(("#", "data:")) or each == "seed1/report.html" for each in addresses)
    assert "default-src 'none'" in page and "http://" not in re.sub(r'src="data:[^"]*"', "", page)
    assert all(re.findall(r'<img [^>]*alt="([^"]+)"', page)) and '<html lang="en">' in page
    targets = re.findall(r'href="#([^"]*)"', page)
    assert targets and all(f'id="{target}"' in page for target in targets)


def test_methods_name_what_they_cite(made):
    for models, page, _ in made.values():
        text = section(page, "methods")
        assert "Westfall &amp; Young 1993" in text and "Westfall, P. H." in text
        assert "[Training: " in text and f"Result: {models.sentence[:20]}" in html.unescape(text)


def test_the_same_models_make_the_same_page(made, tmp_path):
    models, page, _ = made["attention"]
    assert page_of(replace(models), tmp_path, links={"seed1": "seed1/report.html"}) == page


def test_a_figure_that_is_none(tmp_path):
    wrong = Picture(tmp_path / "models.txt", Caption("Every model."), "models")
    wrong.file.touch()
    with pytest.raises(InputError, match=r"models\.txt: a figure is \.svg or \.png; found \.txt"):
        write_models_report(
            few(),
            tmp_path / "report.html",
            {"models": Picture(tmp_path / "models.txt", Caption("Every model."), "models")},
        )
    assert not (tmp_path / "report.html").exists()


@pytest.mark.skipif(BROWSER is None, reason="no chromium or chrome on this machine")
def test_nothing_on_the_console_of_a_browser(made, tmp_path):
    options = (
        "--headless --no-sandbox --disable-gpu --virtual-time-budget=2000 --enable-logging=stderr --v=0 --dump-dom"
    )
    done = subprocess.run(
        [BROWSER, *options.split(), f"--user-data-dir={tmp_path}", made["attention"][2].as_uri()],
        **{"capture_output": True, "text": True, "encoding": "utf-8", "timeout": 120},
    )
    assert [line for line in done.stderr.splitlines() if "CONSOLE" in line] == []
    assert '<button type="button" id="copy">' in done.stdout  # shown: the policy lets the page's own script run
