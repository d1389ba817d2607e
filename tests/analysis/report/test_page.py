"""The page: elements, addresses, the same bytes, and what cannot be written."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

import fairseq_phonology as fp
from fairseq_phonology.analysis.design.exclusions import Exclusions
from fairseq_phonology.analysis.figures import Caption, Picture
from fairseq_phonology.analysis.figures.window import WindowDisplay
from fairseq_phonology.analysis.provenance import Provenance
from fairseq_phonology.analysis.report import write_report
from fairseq_phonology.analysis.report.question import exclusions
from fairseq_phonology.analysis.report.sections.cells import design_cells
from fairseq_phonology.errors import InputError
from tests.helpers import example_study
from tests.helpers.reported import attending, intervened_on, pictures, words_of


class Elements(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.found, self.open = [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))
        if tag not in ("meta", "link", "br", "img", "input"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_text_of_a_study_is_escaped(text):
    assert "<script>alert" not in text and "&lt;script&gt;alert(1)" in text


def test_elements_are_closed_ids_distinct_and_pictures_described(text):
    elements = Elements(text)
    assert elements.open == []
    ids = [attributes["id"] for _, attributes in elements.found if "id" in attributes]
    assert len(ids) == len(set(ids))
    shown = [attributes for tag, attributes in elements.found if tag == "img"]
    assert len(shown) == 1 and shown[0]["alt"] == "window as words."
    assert elements.found[0] == ("html", {"lang": "en"})
    labeled = {attributes["for"] for tag, attributes in elements.found if tag == "label"}
    controls = {attributes["id"] for tag, attributes in elements.found if tag in ("select", "input")}
    assert controls == labeled


def test_nothing_is_loaded_from_elsewhere(text):
    for tag, attributes in Elements(text).found:
        for name in ("src", "href", "action", "data", "srcset"):
            value = attributes.get(name) or "#"
            assert value.startswith(("#", "data:")), (tag, name, value[:60])
        assert "style" not in attributes and not any(name.startswith("on") for name in attributes)
    style = re.search(r"<style>(.*?)</style>", text, re.S).group(1)
    assert "url(" not in style and "@import" not in style


def test_claim_is_marked_and_comes_first_and_secondary_families_are_folded(text):
    first = re.search(r'<table class="heads".*?<tbody>\s*(<tr.*?</tr>)', text, re.S).group(1)
    assert 'class="claim"' in first and ">3.2</a>" in first and "<b>claim</b>" in first
    study = attending()
    assert text.count("<details>") == sum(not family.primary for family in study.families) > 0
    assert text.count(">secondary</span>") == text.count("<details>")


def test_same_study_same_page(page, tmp_path):
    for name in ("a.html", "b.html"):
        write_report(tmp_path / name, attending(), figures=pictures(tmp_path, "window"))
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()


@pytest.mark.parametrize("name", ["grid", "quads", "plain"])
def test_every_kind_of_study_makes_a_page_without_any_facts(name, tmp_path, snapshot):
    study = getattr(example_study, f"{name}_study")()
    study.provenance = Provenance()
    write_report(tmp_path / "r.html", study)
    said = words_of((tmp_path / "r.html").read_text(encoding="utf-8"))
    assert "Controls" in said and "nan" not in said.lower().split() and "None" not in said.split()
    assert ("Word explorer" in said) is False
    snapshot(said.replace(fp.__version__, "VERSION"))


def test_the_words_of_the_cells_have_their_gold_srs():
    """Whatever the model has said."""
    study = example_study.grid_study(baseline=False)
    study.events.events = [replace(event, surface=("z", "z")) for event in study.events.events]
    cells = [cell for row in design_cells(study)["rows"] for cell in row["cells"]]
    gold = {f"[{''.join(event.reference)}]" for event in study.events.events}
    assert len(cells) == 4 and all(cell["sr"] in gold for cell in cells) and "[zz]" not in gold
    assert "zz" not in "".join(WindowDisplay.from_study(study).words.values())
    assert "gold SR" in design_cells(study)["note"]


def test_reasons_are_sentences():
    few = Exclusions({}, (), {}, ("32 of 40 stems (80 %) were excluded", "shares of stems differ"))
    assert exclusions(few, []) == ["32 of 40 stems (80\xa0%) were excluded.", "Shares of stems differ."]


def test_interventions_alone_make_a_page(tmp_path, snapshot):
    causal = intervened_on(attending())
    causal.provenance = replace(causal.provenance, checkpoint="best.pt")
    write_report(tmp_path / "r.html", None, causal, figures=pictures(tmp_path, "routes"))
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    found = words_of(page)
    assert Elements(page).open == [] and page.count("<figure") == 1
    assert "Report on use" in found and "✓ Uses the trigger, by cross-attention" in found
    snapshot(found.replace(fp.__version__, "VERSION"))
    for absent in ("Accuracy on the items", "Word explorer", "mass on trigger", "None"):
        assert absent not in found, absent
    with pytest.raises(ValueError, match="a study of attention, or interventions"):
        write_report(tmp_path / "none.html", None)


def test_a_figure_that_is_no_picture_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"window\.pdf: a figure is \.svg or \.png; found \.pdf"):
        write_report(tmp_path / "r.html", attending(), figures={"w": Picture(tmp_path / "window.pdf", Caption("W."))})
    with pytest.raises(InputError, match=r"missing\.svg: cannot be read: No such file"):
        write_report(tmp_path / "r.html", attending(), figures={"w": Picture(tmp_path / "missing.svg", Caption("W."))})
    assert list(tmp_path.iterdir()) == []


def test_a_page_that_cannot_be_written_leaves_nothing(tmp_path):
    with pytest.raises(InputError, match=r"r\.html: cannot be written"):
        write_report(tmp_path / "no such folder" / "r.html", attending())
    assert list(tmp_path.iterdir()) == []
