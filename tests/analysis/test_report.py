"""The page: what it says, that it needs nothing from elsewhere, and that it works in a real browser."""

import dataclasses
import html
import json
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
from planted import Effect, planted_dump

from fairseq_phonology.analysis.design import Losses
from fairseq_phonology.analysis.report import explorer_data, write_report
from fairseq_phonology.analysis.report.cells import accuracy, classes_of
from fairseq_phonology.analysis.report.checks import checklist
from fairseq_phonology.analysis.report.tables import number, p_text, p_value
from fairseq_phonology.analysis.report.text import methods
from fairseq_phonology.analysis.report.works import REFERENCES, references
from fairseq_phonology.analysis.study import Verdict
from fairseq_phonology.phonology.errors import InputError

sys.path.append(str(Path(__file__).parent / "figures"))
import example_study

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="90" height="60"><circle id="a" cx="40" cy="30" r="20"/></svg>'
FACTS = {
    "grammar": {
        "path": "korean.toml",
        "citation": "Sohn 1999 & others",
        "rules": ["[-son, -cont] -> [+nas] / _ [+nas]"],
    },
    "classes": {"T": ["p", "t", "k"], "C": ["m", "ŋ"], "R": ["m", "n"], "N": ["pʰ", "tʰ"]},
    "manifest": {
        "checkpoint_sha256": "ec8f48a9ca9af35e76c8e105d43e61b1",
        "model": {
            "architecture": "transformer_phonology_tiny",
            "layers": {"cross": 3, "encoder": 3},
            "parameters": 1003648,
        },
        "beam": 5,
        "words_written": 240,
    },
    "dump": "stimuli-attention",
    "options": {"permutations": 9999, "seed": 7},
    "exclusions": ["/l/ before nasals left out: it would assimilate."],
    "exact_match": (238, 240),
    "versions": {"numpy": "2.4.6"},
}


def attending():
    """A study with a claim, whose verdict has a script in its words: nothing of a study is trusted to be HTML."""
    study = example_study.grid_study()
    study.verdict = Verdict(
        "attends", "Head 3.2 attends to <script>alert(1)</script> the trigger.", (9,), ("One seed.",)
    )
    study.facts = dict(FACTS)
    return study


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    (folder / "window.svg").write_text(SVG, encoding="utf-8")
    study = attending()
    items = list({event.item.id: event.item for event in study.events.events}.values())
    effects = [Effect("response", 6.0, 2, 1)]
    dump = planted_dump(folder / "dump", items, 2, 3, effects, kinds=("cross", "encoder", "decoder"))
    explorer = explorer_data(dump, study.events)
    write_report(study, folder / "report.html", {"window": folder / "window.svg"}, explorer)
    return folder / "report.html"


@pytest.fixture(scope="module")
def text(page):
    return page.read_text(encoding="utf-8")


def words_of(text):
    """What a reader sees, in one line."""
    bare = re.sub(r"<(script|style)\b.*?</\1>", " ", text, flags=re.S)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", bare)).split())


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


# ---- what it says


@pytest.mark.parametrize(
    ("strength", "label"),
    [
        ("attends", "✓ Attends to the trigger"),
        ("none", "○ No head meets the rule"),
        ("withheld", "! Withheld: no claim may be made"),
        ("descriptive", "… Descriptive only: no design to test against"),
    ],
)
def test_strength_is_told_by_word_sign_and_class(strength, label, tmp_path):
    study = attending()
    study.verdict = Verdict(strength, "A sentence.")
    write_report(study, tmp_path / "r.html", {}, None)
    found = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert label in words_of(found) and f'class="verdict {strength}"' in found


def test_withheld_says_why_and_shows_no_number_that_reads_like_a_claim(tmp_path):
    study = attending()
    study.verdict = Verdict("withheld", "Nothing is claimed: 9 of 30 stems of class T were lost.")
    write_report(study, tmp_path / "r.html")
    found = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert '<span class="headline">Nothing is claimed:</span> 9 of 30 stems of class T were lost.' in found
    assert "Heads that meet the rule" not in found and "<b>claim</b>" not in found and "<b>no claim</b>" in found


def test_page_says_what_was_asked_of_which_model(text):
    said = words_of(text)
    for each in (
        *("Sohn 1999 & others", "[-son, -cont] -> [+nas] / _ [+nas]", "T target undergoes the process p t k"),
        *("transformer_phonology_tiny, 3 layers, 1,003,648 parameters", "SHA-256 ec8f48a9ca9a…", "stimuli-attention"),
        *("Exact match: 99.17 % (238 of 240 words wholly right).", "permutations 9,999, seed 7"),
        *("/l/ before nasals left out: it would assimilate.", "One seed."),
    ):
        assert each in said, each


def test_it_never_says_uses_of_attention_alone(text):
    sentences = [each for each in re.split(r"[.;:]\s", words_of(text)) if re.search(r"\buses\b", each)]
    assert all("not what it uses" in each for each in sentences), sentences


def test_text_of_a_study_is_escaped(text):
    assert "<script>alert" not in text and "&lt;script&gt;alert(1)" in text


def test_elements_are_closed_ids_distinct_and_pictures_described(text):
    elements = Elements(text)
    assert elements.open == []
    ids = [attributes["id"] for _, attributes in elements.found if "id" in attributes]
    assert len(ids) == len(set(ids))
    pictures = [attributes for tag, attributes in elements.found if tag == "img"]
    assert len(pictures) == 1 and "looks at the decision step" in pictures[0]["alt"]
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
        write_report(attending(), tmp_path / name, {"window": page.parent / "window.svg"})
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()


@pytest.mark.parametrize("name", ["grid", "quads", "plain"])
def test_every_kind_of_study_makes_a_page_without_any_facts(name, tmp_path):
    study = getattr(example_study, f"{name}_study")()
    study.facts = {}
    write_report(study, tmp_path / "r.html", {}, None)
    said = words_of((tmp_path / "r.html").read_text(encoding="utf-8"))
    assert "Controls" in said and "nan" not in said.lower().split() and "None" not in said.split()
    assert ("Word explorer" in said) is False


def test_real_words_are_tested_over_words():
    study = example_study.quads_study()
    text = " ".join(methods(study))
    assert f"flipping its sign over the {study.primary.n_stems} words" in text and "Owen 2007" not in text
    states = {check.name: check.state for check in checklist(study)}
    assert states["Both tests, stems and suffixes"] == "does not apply"


def with_words_set_aside():
    """Real words; the first two with a site that another process makes, one of their controls failed."""
    study = example_study.quads_study()
    fed = study.design.words[:2]
    for n, event in enumerate(study.events.events):
        word = study.design.words[n // 4]
        item = dataclasses.replace(event.item, stem=word, suffix="")
        if word in fed:
            ur = list(item.ur)
            ur[item.target_index] = "s" if item.target_class == "T" else ur[item.target_index]
            item = dataclasses.replace(item, ur=tuple(ur), fed_by=("neutralization",) if item.cell == "TR" else ())
        status = "other" if n == 3 else "applied"
        study.events.events[n] = dataclasses.replace(event, item=item, status=status)
    design = study.design
    study.design = dataclasses.replace(
        design,
        words=design.words[2:],
        row_segments=design.row_segments[2:],
        column_segments=design.column_segments[2:],
        index=design.index[2:],
    )
    cells = dict.fromkeys(("TR", "TN", "CR", "CN"), (10, 10))
    study.losses = Losses(cells, (), {"word": (0, 10)}, ())
    apart = dataclasses.replace(study.primary, contrast="response-derived", primary=False, n_stems=2)
    study.families.append(apart)
    return study


def test_words_set_aside_are_counted_apart():
    tested, apart = accuracy(with_words_set_aside())
    assert tested["name"] == "" and apart["name"] == "2 further words whose site neutralization makes: tested apart"
    for row in tested["rows"]:
        assert row["events"] == row["counted"] == sum(row["statuses"]) == 10 and row["share"] == "100.00 %"
    counted = {row["cell"]: (row["events"], row["counted"], row["statuses"][3]) for row in apart["rows"]}
    assert counted == {"TR": (2, 2, 0), "TN": (2, 2, 0), "CR": (2, 2, 0), "CN": (2, 1, 1)}


def test_segments_named_are_those_of_the_words_tested():
    study = with_words_set_aside()
    assert any(event.item.target == "s" for event in study.events.events)
    assert set(classes_of(study)["T"]) == set(study.design.row_segments) == {"p", "t", "k"}
    assert set(classes_of(study)["R"]) == set(study.design.column_segments)


def test_the_methods_say_what_was_set_aside_and_why_and_what_it_gave():
    study = with_words_set_aside()
    study.facts = {"exact_match": (47, 48)}
    text = " ".join(methods(study))
    assert "2 further words were set aside, because another process (neutralization) makes their site" in text
    assert "over all of them: there the response of head" in text and "(largest p of " in text
    assert "It gave 47 of 48 words (12 × 4) wholly right (97.92 %)." in text
    assert "Every one of the words with a failed event was excluded whole (0 of 10)." in text


def test_a_plain_list_has_no_rule_to_meet(tmp_path):
    study = example_study.plain_study()
    study.verdict = Verdict("descriptive", "The list has no design: it is not process-specific.")
    write_report(study, tmp_path / "r.html")
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    said = words_of(page)
    assert '<th scope="col">rule</th>' not in page and "not met" not in said and "would meet the rule" not in said
    assert '<span class="headline">The list has no design: it is not process-specific.</span>' in page
    text = " ".join(methods(study))
    assert "flipping its sign over" in text and "a small p does not speak for the process" in text
    assert {"Westfall", "Phipson", "Hesterberg"} <= {work.split(",")[0] for work in references(methods(study))}


def test_the_box_looks_at_every_p_of_a_claim(tmp_path):
    study = attending()
    study.verdict = Verdict("none", "No head meets the rule. The largest: it falls short.")
    best = study.primary.best
    study.primary.guards["stems_odds"] = study.primary.estimate["mass"] * 0 + 0.0625
    write_report(study, tmp_path / "r.html")
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert study.primary.largest_p(best) == 0.0625
    assert f"Largest p p = .0625 of {study.primary.n_tests}" in words_of(page)
    assert '<span class="headline">No head meets the rule.</span> The largest: it falls short.' in page


def test_what_a_study_cannot_know_stands_in_brackets_and_morpheme_edges_are_told():
    study = attending()
    text = " ".join(methods(study))
    assert "[How the words were made, for instance:" in text and "[Training: " in text and "(+)" not in text
    assert "As a baseline the same was done with the model's weights fresh" in text
    first = study.events.events[0]
    study.events.events[0] = dataclasses.replace(first, item=dataclasses.replace(first.item, ur=(*first.item.ur, "+")))
    assert "Morpheme edges (+) in a UR count among its positions." in " ".join(methods(study))


# ---- text and numbers


@pytest.mark.parametrize(
    ("value", "written"), [(0.184, ".18"), (-0.034, "−.03"), (1.0, "1.00"), (-0.001, ".00"), (float("nan"), "–")]
)
def test_number(value, written):
    assert number(value) == written


@pytest.mark.parametrize(
    ("value", "written", "text"),
    [
        (0.0123, ".0123", "p = .0123"),
        (0.00004, "<.0001", "p < .0001"),
        (1.0, "1.0000", "p = 1.0000"),
        (0.0001, ".0001", "p = .0001"),
    ],
)
def test_p(value, written, text):
    assert (p_value(value), p_text(value)) == (written, text)


def test_methods_are_built_from_the_numbers_of_the_study():
    study = attending()
    text = " ".join(methods(study))
    grid = study.design
    for each in (
        f"{len(grid.rows)} stems ({grid.undergoes.sum()} with",
        f"{len(grid.rows) * len(grid.columns)} words",
        "one that undergoes the process (p t k)",
        "B = 9,999 random relabelings",
        "seed 7",
        f"max-T over the {len(study.primary.heads)} heads",
        "clipped to [.001, .999]",
        "numpy 2.4.6",
    ):
        assert each in text, each


def test_references_are_those_cited_and_all_can_be_cited():
    study = attending()
    text = methods(study)
    cited = set(re.findall(r"[A-Z]\w+ (?:& [A-Z]\w+ |et al\. )?(?:19|20)\d\d", " ".join(text)))
    assert cited == {label for label, work in REFERENCES.items() if work in references(text)}
    assert cited == set(REFERENCES) and len(cited) == 13
    for label, work in REFERENCES.items():
        assert work.startswith(label.split()[0]) and f"({label[-4:]})" in work


def test_checklist_tells_done_from_not_done():
    study = attending()
    states = {check.name: check.state for check in checklist(study)}
    assert states["Crossed design"] == states["Both tests, stems and suffixes"] == states["Uniform reference"] == "done"
    assert states["Interventions"] == states["Several seeds"] == "not done"
    assert states["Untrained baseline"] == "done" and states["All items under forced decoding"] == "not done"
    study.losses = Losses({}, (), {"T": (9, 30)}, ("9 of 30 stems of class T were lost, over 20 %",))
    failed = next(check for check in checklist(study) if check.name == "Errors under the limits")
    assert (failed.state, failed.detail) == ("not met", "9 of 30 stems of class T were lost, over 20 %.")
    study.sensitivity = dataclasses.replace(study.primary)
    forced = next(check for check in checklist(study) if "forced" in check.name)
    assert forced.state == "done" and "1 head meets the rule; response of head 3.2: .6" in forced.detail


# ---- bad input


def test_a_figure_that_is_no_picture_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"window\.pdf: a figure is \.svg or \.png; found \.pdf"):
        write_report(attending(), tmp_path / "r.html", {"window": tmp_path / "window.pdf"})
    with pytest.raises(InputError, match=r"missing\.svg: cannot be read: No such file"):
        write_report(attending(), tmp_path / "r.html", {"window": tmp_path / "missing.svg"})
    assert list(tmp_path.iterdir()) == []


def test_a_page_that_cannot_be_written_leaves_nothing(tmp_path):
    with pytest.raises(InputError, match=r"r\.html: cannot be written"):
        write_report(attending(), tmp_path / "no such folder" / "r.html")
    assert list(tmp_path.iterdir()) == []


# ---- in a browser

DRIVER = """
const found = {};
const $ = (id) => document.getElementById(id);
const title = () => $("title").textContent;
const choose = (id, value) => { $(id).value = value; $(id).dispatchEvent(new Event("change", { bubbles: true })); };
const press = (key) =>
  document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
const place = () => [document.activeElement.parentElement.sectionRowIndex, document.activeElement.cellIndex];
found.first = [title(), $("readout").textContent, location.hash];
found.hidden = $("explorer-app").hidden;
found.words = $("word").options.length;
choose("word", $("word").options[1].value);
found.second = [title(), location.hash];
choose("kind", "encoder"); choose("layer", "2"); choose("head", "1");
found.about = $("about").textContent;
found.hash = location.hash;
found.head = $("readout").textContent;
$("map").querySelector("td.cross").focus();
const start = place();
press("ArrowRight"); press("ArrowDown");
found.moved = place().map((now, n) => now - start[n]);
const cell = document.activeElement;
found.said = [$("readout").textContent, cell.getAttribute("aria-label"), cell.tabIndex];
press("Home");
for (let n = 0; n < 9; n++) press("ArrowUp");
found.corner = place();
found.stops = $("map").querySelectorAll("td[tabindex='0']").length;
$("filter").value = $("word").options[7].textContent.split(" ")[0];
$("filter").dispatchEvent(new Event("input", { bubbles: true }));
found.filtered = [...$("word").options].every((option) => option.textContent.includes($("filter").value));
found.status = $("found").textContent;
found.shown = title();
choose("which", "CN");
$("filter").value = ""; $("filter").dispatchEvent(new Event("input", { bubbles: true }));
found.cell = $("about").textContent;
const table = document.querySelector("table[data-sortable]");
const tr = [...table.tHead.rows[0].cells].findIndex((cell) => cell.textContent === "TR");
table.tHead.rows[0].cells[tr].querySelector("button").click();
const column = [...table.tBodies[0].rows].map((row) => Number(row.cells[tr].dataset.key));
found.sorted = column.every((value, n) => n === 0 || value <= column[n - 1]);
found.sort = table.tHead.rows[0].cells[tr].getAttribute("aria-sort");
found.copy = $("copy").hidden;
const pre = document.createElement("pre");
pre.id = "findings"; pre.textContent = JSON.stringify(found);
document.body.append(pre);
"""

in_browser = pytest.mark.skipif(BROWSER is None, reason="no chromium or chrome on this machine")


@pytest.fixture(scope="module")
def profile(tmp_path_factory):
    return tmp_path_factory.mktemp("profile")


def browse(url, profile):
    """The page as the browser has it in the end, and what it wrote on its console."""
    options = (
        "--headless --no-sandbox --disable-gpu --virtual-time-budget=4000 --enable-logging=stderr --v=0 --dump-dom"
    )
    done = subprocess.run(
        [BROWSER, *options.split(), f"--user-data-dir={profile}", url],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
    )
    return done.stdout, [line for line in done.stderr.splitlines() if "CONSOLE" in line]


def driven(text, script):
    """The page with one more script; its policy would rightly refuse it."""
    text = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", text)
    return text.replace("</body>", f"<script>{script}</script></body>")


@pytest.fixture(scope="module")
def findings(text, profile, tmp_path_factory):
    folder = tmp_path_factory.mktemp("browser")
    (folder / "page.html").write_text(driven(text, DRIVER), encoding="utf-8")
    dom, console = browse((folder / "page.html").as_uri(), profile)
    assert console == []
    return json.loads(html.unescape(re.search(r'<pre id="findings">(.*?)</pre>', dom, re.S).group(1)))


@in_browser
def test_page_as_it_is_has_nothing_on_the_console(page, profile):
    dom, console = browse(page.as_uri(), profile)
    assert console == []
    assert (
        'id="explorer-app" data-kind="cross" data-layer="3" data-head="2">' in dom
    )  # shown: the policy lets the page's own scripts run


@in_browser
def test_the_policy_refuses_a_script_that_is_not_the_page_s(text, profile, tmp_path):
    (tmp_path / "page.html").write_text(
        text.replace("</body>", "<script>document.title = 'changed'</script></body>"), encoding="utf-8"
    )
    dom, console = browse((tmp_path / "page.html").as_uri(), profile)
    assert "<title>changed" not in dom and "Content Security Policy" in console[0]


@in_browser
def test_explorer_follows_its_controls(findings):
    assert findings["hidden"] is False and findings["words"] == 240
    assert findings["first"][0] != findings["second"][0]
    assert findings["first"][2] == "" and findings["second"][1].endswith(
        "&kind=cross&layer=mean&head=2"
    )  # of 3.2: two layers
    assert findings["about"].endswith("encoder self-attention, layer 2, head 1")
    assert findings["hash"].endswith("&kind=encoder&layer=2&head=1")
    assert re.fullmatch(r"from \S+ \(target\), to \S+ \(trigger\): \.\d\d", findings["head"])


@in_browser
def test_explorer_is_reached_by_keyboard(findings):
    assert findings["moved"] == [1, 1]
    assert findings["said"][0] == findings["said"][1] and findings["said"][2] == 0
    assert findings["corner"] == [0, 1] and findings["stops"] == 1


@in_browser
def test_explorer_filters_words_and_shows_the_first_that_is_left(findings):
    assert findings["filtered"] is True and re.fullmatch(r"\(\d+ of 240 listed\)", findings["status"])
    assert ", cell CN, applied" in findings["cell"]


@in_browser
def test_tables_sort_and_the_text_can_be_copied(findings):
    assert findings["sorted"] is True and findings["sort"] == "descending" and findings["copy"] is False


@in_browser
@pytest.mark.parametrize(
    ("hash", "about"),
    [
        ("#word={}&kind=cross&layer=2&head=1", "{}, cell CR, applied; cross-attention, layer 2, head 1"),
        ("#word={}", "{}, cell CR, applied; cross-attention, mean of all layers and heads"),
        (
            "#word={}&kind=decoder&layer=99&head=2",
            "{}, cell CR, applied; decoder self-attention, mean of layers, head 2",
        ),
        ("#word=nobody", "The word nobody is not among those on this page."),
    ],
    ids=["all", "word", "no-such-layer", "no-such-word"],
)
def test_a_link_opens_a_word(hash, about, page, profile):
    word = next(event.item.id for event in attending().events.events if event.item.cell == "CR")
    dom, console = browse(page.as_uri() + hash.format(word), profile)
    assert console == []
    assert re.search(r'id="about"[^>]*>(.*?)<', dom).group(1) == about.format(word)
