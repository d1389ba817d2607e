"""What README.md and README.ko.md show: options that exist, links that lead somewhere; commands and figures of both."""

import argparse
import importlib
import re
import shlex

import pytest

from tests.helpers import REPOSITORY

TEXT = (REPOSITORY / "README.ko.md").read_text(encoding="utf-8")
ENGLISH = (REPOSITORY / "README.md").read_text(encoding="utf-8")


def commands(text, program):
    """Every command of a program in the blocks of shell, as words."""
    for block in re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        for line in block.replace("\\\n", " ").splitlines():
            words = shlex.split(line, comments=True)
            if words and re.fullmatch(program, words[0]):
                yield words


@pytest.mark.parametrize("words", list(commands(TEXT + ENGLISH, "fairseq-phonology")), ids=" ".join)
def test_options_exist(words):
    parser = argparse.ArgumentParser()
    importlib.import_module(f"fairseq_phonology.commands.{words[1]}").add_arguments(parser)
    assert {word for word in words if word.startswith("--")} <= set(parser._option_string_actions)


def test_commands_of_fairseq_are_those_of_the_english_page():
    shown = list(commands(TEXT, "fairseq-(?!phonology).*"))
    assert len(shown) > 3
    assert not [words for words in shown if words not in list(commands(ENGLISH, "fairseq-.*"))]


@pytest.mark.parametrize("text", [TEXT, ENGLISH], ids=["Korean", "English"])
def test_links_lead_somewhere(text):
    links = [link for link in re.findall(r"\]\(([^)#]+)", text) if "://" not in link]
    assert len(links) > 20
    assert not [link for link in links if not (REPOSITORY / link).exists()]


@pytest.mark.parametrize("first", ["No head was shown", "1,920 words for", "Generate test with", "12000 nonce words"])
def test_output_is_that_of_the_english_page(first):
    block = re.search(rf"^```\n({re.escape(first)}.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
    assert block.group(1) in ENGLISH


def test_nothing_is_left_to_fill_in():
    assert "@@" not in TEXT
