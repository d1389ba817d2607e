"""Each of the three grammars from stimuli over a tiny model to the reports on attention and use."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest

from fairseq_phonology.phonology.grammar import Grammar
from fairseq_phonology.stimuli.classes import parts_of
from fairseq_phonology.stimuli.crossed import crossed
from tests.grammars.test_attested import FOLDER, LANGUAGES
from tests.helpers.asked import run
from tests.helpers.learned import attention_of, learned

pytest.importorskip("fairseq")
PARTS = {  # language -> what its designs ask about
    "hungarian": ("b d ɡ z before p t k t͡ʃ f s ʃ h", "p t k s ʃ before b d ɟ ɡ z"),
    "german": ("b d ɡ z before p b t d k ɡ f v z ʃ h", "b d ɡ z at the end of the word"),
    "spanish": ("n before p b t̪ d̪ k ɡ t͡ʃ f θ x m",),
}
REPORTS = {  # language -> number of the part that is taken to a report, and what its two pages say
    "hungarian": (
        2,
        ("of 2: p t k s ʃ before b d ɟ ɡ z", "before p t k t͡ʃ f s ʃ h (part 1 of 2)"),
        "4 stems and 4 suffixes in cell TR",
    ),
    "german": (2, ("measured at the position of EOS", "ɡ f v z ʃ h (part 1 of 2)"), "one edge is one trigger"),
    "spanish": (1, ("p b t̪ d̪", "Not in the design k ɡ t͡ʃ f θ x m as triggers"), "4 stems and 4 suffixes in cell TR"),
}
GRAMMARS = {language: Grammar.load(FOLDER / f"{language}.toml") for language in PARTS}


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """One model for all designs, which knows their words."""
    root = tmp_path_factory.mktemp("grammars")
    size = {"stems": 4, "suffixes": 4, "syllables": (1, 1)}
    designs = [
        crossed(GRAMMARS[language], LANGUAGES[language], part=part, **size).items
        for language, (part, *_) in REPORTS.items()
    ]
    learned(root, designs, dict.fromkeys(s for grammar in GRAMMARS.values() for s in grammar.inventory))
    return root


@pytest.mark.parametrize("language", PARTS)
def test_parts(language):
    assert tuple(map(str, parts_of(GRAMMARS[language], LANGUAGES[language]))) == PARTS[language]


@pytest.mark.parametrize("language", REPORTS)
def test_from_words_to_reports(folder, tmp_path, language):
    number, (_, attending, using) = list(REPORTS).index(language), REPORTS[language]
    checkpoint, data = folder / "run" / "checkpoint_last.pt", folder / "data" / "bin"
    question = ["--grammar", FOLDER / f"{language}.toml", "--process", LANGUAGES[language]]
    question += ["--stimuli", folder / f"stimuli{number}.tsv"]
    print(attention_of(checkpoint, data, number, tmp_path / "dump"))
    run("analyze", tmp_path / "dump", *question, "--out", tmp_path / "attention")
    page = text_of(tmp_path / "attention" / "report.html")
    assert [words for words in attending if words not in page] == []
    assert GRAMMARS[language].citation in page
    run("intervene", checkpoint, "--data", data, *question, "--out", tmp_path / "use", "--cpu")
    said = f"Nothing is claimed about the use of the trigger of {LANGUAGES[language]}: {using}"
    assert said in text_of(tmp_path / "use" / "report.html")


def text_of(page: Path) -> str:
    """What a reader of a page reads."""
    shown = re.sub(r"<(script|style).*?</\1>|<[^>]+>", " ", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    return " ".join(html.unescape(shown).split())
