"""The documentation builds without a warning, its links lead somewhere, and what it names exists."""

import argparse
import importlib
import os
import re
import shlex
import subprocess
import sys
import tomllib
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

import pytest

import fairseq_phonology as fp
from fairseq_phonology.commands import VERBS
from tests.helpers import REPOSITORY

for name in ("sphinx", "myst_parser", "furo", "fairseq"):  # the task is in the reference
    pytest.importorskip(name)

PAGES = sorted(path for path in (REPOSITORY / "docs").rglob("*.md"))
LARGEST = 150_000  # bytes of a picture


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The built pages."""
    work = tmp_path_factory.mktemp("docs")
    command = [sys.executable, "-X", "utf8", "-m", "sphinx", "--nitpicky", "--fail-on-warning", "--keep-going"]
    command += ["--quiet", "-b", "html", "-d", str(work / "doctrees"), str(REPOSITORY / "docs"), str(work / "html")]
    done = subprocess.run(
        command,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        **{"capture_output": True, "text": True, "encoding": "utf-8", "cwd": work},
    )
    assert done.returncode == 0, done.stderr
    return work / "html"


class Page(HTMLParser):
    """Ids, links and loaded files of one page."""

    def __init__(self, path):
        super().__init__()
        self.ids, self.links, self.loaded = set(), [], []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.ids.update(filter(None, (found.get("id"), found.get("name") if tag == "a" else None)))
        if tag == "a" and found.get("href"):
            self.links.append(found["href"])
        elif tag == "link" and found.get("rel") in ("stylesheet", "preload", "icon"):
            self.loaded.append(found["href"])
        if found.get("src"):
            self.loaded.append(found["src"])


@pytest.fixture(scope="module")
def pages(site):
    return {path: Page(path) for path in site.rglob("*.html")}


def test_every_internal_link_and_anchor_leads_somewhere(pages):
    broken = []
    for path, page in pages.items():
        for link in [*page.links, *page.loaded]:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if not target.exists():
                broken.append(f"{path.name}: {link}")
            elif parts.fragment and target in pages and unquote(parts.fragment) not in pages[target].ids:
                broken.append(f"{path.name}: {link} (no such anchor)")
    assert len(pages) > 25
    assert not broken


def test_nothing_is_loaded_from_elsewhere(pages):
    assert not [link for page in pages.values() for link in page.loaded if urlsplit(link).netloc]


def test_formulas_are_drawn_by_the_browser(site):
    text = (site / "methods" / "tests.html").read_text(encoding="utf-8")
    assert text.count("<math ") > 5
    assert "\\frac" not in text


def test_pictures_are_small():
    large = {path.name: path.stat().st_size for path in (REPOSITORY / "docs").rglob("*.png")}
    assert large
    assert not {name: size for name, size in large.items() if size > LARGEST}


def test_the_reference_has_every_verb_and_every_public_name(site, pages):
    assert set(VERBS) <= pages[site / "reference" / "commands.html"].ids
    ids = set().union(*(page.ids for page in pages.values()))
    assert not {name for name in fp.__all__ if name[0] != "_"} - {name.rpartition(".")[2] for name in ids}


def commands_shown():
    """Every command of ours in a block of shell, as words."""
    for path in PAGES:
        for block in re.findall(r"^```sh\n(.*?)^```$", path.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL):
            for line in block.replace("\\\n", " ").splitlines():
                for part in line.split("|"):
                    words = shlex.split(part, comments=True)
                    if words[:1] == ["fairseq-phonology"]:
                        own = words.index("--") if "--" in words else None  # the rest is another program's
                        yield path.relative_to(REPOSITORY), words[1:own]


def options_of(verb):
    parser = argparse.ArgumentParser()
    importlib.import_module(f"fairseq_phonology.commands.{verb}").add_arguments(parser)
    return set(parser._option_string_actions)


def test_commands_that_are_shown_have_these_options():
    shown = list(commands_shown())
    assert len(shown) > 15
    unknown = [
        f"{path}: {verb} has no {word}"
        for path, (verb, *words) in shown
        for word in words
        if word.startswith("--") and word not in options_of(verb)
    ]
    assert not unknown


def test_the_tables_are_described_with_all_their_columns():
    from fairseq_phonology.analysis.contrasts.kinds import NORMS
    from fairseq_phonology.analysis.events.measures import NORM_NAMES
    from fairseq_phonology.analysis.events.tables import EVENTS, WINDOWS
    from fairseq_phonology.analysis.interventions.tables import EFFECTS_COLUMNS, INTERVENTIONS_COLUMNS

    described = (REPOSITORY / "docs" / "reference" / "formats.md").read_text(encoding="utf-8")
    own = [name for name in EFFECTS_COLUMNS if not name.startswith("p_")]  # these are given by the first and the last
    dynamics = ("decided", "distinguishes", "effect_minimal_pair", "share_cross", "others_cross", "response_log_odds")
    models = ("reason_withheld", "checkpoint")
    for name in (*EVENTS, *WINDOWS, *NORM_NAMES, NORMS, *INTERVENTIONS_COLUMNS, *own, *dynamics, "norms", *models):
        assert f"`{name}`" in described, name


def test_grammars_that_are_shown_are_grammars(tmp_path):
    text = (REPOSITORY / "docs" / "guide" / "grammar.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```toml\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert blocks
    for block in blocks:
        tomllib.loads(block)
        (tmp_path / "grammar.toml").write_text(block, encoding="utf-8")
        grammar = fp.Grammar.load(tmp_path / "grammar.toml")
        if not grammar.strata:
            assert "".join(grammar.derive("h a k m u n".split()).surface) == "haŋmun"
    variants = grammar.variants("k a l t ɯ n m a n".split(), stratum="sino")  # of the last one, as the page says
    assert {"".join(one.sr): round(100 * one.probability) for one in variants} == {
        "kalt͈ɯnman": 63,
        "kalt͈ɯmman": 27,
        "kaltɯnman": 7,
        "kaltɯmman": 3,
    }


def test_nothing_is_left_to_fill_in():
    assert not [path.name for path in PAGES if "@@" in path.read_text(encoding="utf-8")]
