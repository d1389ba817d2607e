"""The page in a real browser: its controls, its policy, its links."""

import html
import json
import re
import shutil
import subprocess
from dataclasses import replace

import pytest

from fairseq_phonology.analysis.contrasts.study import Verdict
from fairseq_phonology.analysis.events.events import Events
from fairseq_phonology.analysis.report import explorer_data, write_report
from fairseq_phonology.text import drawable
from tests.helpers import example_study
from tests.helpers.designed import event
from tests.helpers.planted import Effect, planted_dump
from tests.helpers.reported import PROVENANCE, attending
from tests.helpers.studied import studied

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)

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
const tr = [...table.tHead.rows[0].cells].findIndex((cell) => cell.textContent.includes("TR"));
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
    assert findings["hidden"] is False and findings["words"] == 512
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
    assert findings["filtered"] is True and re.fullmatch(r"\(\d+ of 512 listed\)", findings["status"])
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


HOSTILE = [
    *("<script>document.title = 'run'</script>", "</script><img src=x onerror=\"document.title='run'\">"),
    *("'\"><svg/onload=alert(1)>", "javascript:alert(1)", "https://example.org/?q=&amp;", "{{ 7 * 7 }}"),
    *("=cmd|' /C calc'!A0", "$\\frac{$", "%(x)s {x} %s", "\x1b[31mred\x00", "\u202egnp.exe\u2066"),
    *("سلام שלום", "x" * 10_000),
]


@in_browser
def test_texts_of_strangers_are_shown_as_what_they_are(profile, tmp_path):
    names, items = " ".join(HOSTILE), example_study.grid_items((8, 8), (8, 8))
    ids = [f"{HOSTILE[n % len(HOSTILE)]}{n}".replace("\x00", "") for n in range(len(items))]
    items = [replace(item, id=name) for item, name in zip(items, ids, strict=True)]
    events = Events([event(item) for item in items], [example_study.view(items)])
    study = studied(events, example_study.PROCESS, names)
    study.verdict = Verdict("attends", f"Head 3.2 attends: {names}", (9,), (names,))
    grammar = replace(PROVENANCE.grammar, citation=names)
    study.provenance = replace(PROVENANCE, grammar=grammar, exclusions=(names,), dump=names)
    dump = planted_dump(tmp_path / "dump", items, 1, 2, [Effect("response", 6.0, 0, 1)])
    write_report(tmp_path / "report.html", study, explorer=explorer_data(dump, study.events))
    dom, console = browse((tmp_path / "report.html").as_uri(), profile)
    assert console == []  # no script but the page's own, and nothing asked for from elsewhere
    assert not re.search(r"<(script|img|svg)[^>]*(onerror|onload|src=)", dom) and "<title>run" not in dom
    text = html.unescape(re.sub(r"<[^>]+>", "", re.sub(r"<(script|style)\b.*?</\1>", " ", dom, flags=re.S)))
    for each in HOSTILE:
        assert drawable(each) in text, each
    assert not re.search("[\x00\x1b\u202e\u2066]", dom)
