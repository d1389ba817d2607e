"""Inventories, grammars and fonts of the tests, made once; snapshots of long texts."""

import os
import warnings

import pytest

# before numpy and torch are there: one thread for each worker; and a fork of a process with several waits for ever
os.environ.setdefault("OMP_NUM_THREADS", "1")

from hypothesis import settings

from fairseq_phonology.attention import lettering
from fairseq_phonology.phonology.grammar import Grammar
from fairseq_phonology.phonology.natural_classes import Inventory
from tests.helpers import EXAMPLES, snapshots
from tests.helpers.fonts import fonts, write_hangul_font

# `make test` draws the same few examples each time; `make test-long` (--hypothesis-profile long) many, and others
settings.register_profile("ci", derandomize=True, deadline=None, database=None, max_examples=25)
settings.register_profile("long", deadline=None, max_examples=400, print_blob=True)
settings.load_profile("ci")


def pytest_addoption(parser):
    parser.addoption("--remake-snapshots", action="store_true", help="write tests/**/snapshots/ anew: read git diff")


@pytest.fixture
def snapshot(request):
    """``snapshot(text)`` compares a text with a file; see `tests.helpers.snapshots`."""

    def compare(text, part=""):
        path = snapshots.file_of(request.node, part)
        snapshots.compare(text, path, request.config.getoption("--remake-snapshots"))

    return compare


@pytest.fixture(scope="session")
def inventory():
    return Inventory("p t k b d ɡ s h m n ŋ l j w i y ɯ u e ø a o".split())


@pytest.fixture(scope="session")
def korean():
    return Grammar.load(EXAMPLES / "korean_nasalization" / "korean.toml")


@pytest.fixture(scope="session")
def turkish():
    """Backness harmony: an /e/ becomes [a] after the nearest vowel before it if that is back. Progressive."""
    return Grammar.from_table(
        {
            "language": "after Turkish",
            "inventory": {"segments": "p t k m n l s a e ɯ i o ø u y"},
            "syllable": {
                "onsets": "p t k m n l s".split(),
                "nuclei": "a e ɯ i o ø u y".split(),
                "codas": ["", "l", "m", "n", "k"],
            },
            "process": [{"name": "harmony", "rules": "e -> a / [+syl, +back] [-syl]* _", "apply": "left-to-right"}],
        }
    )


@pytest.fixture(scope="session")
def sibilants():
    """Sibilant harmony: /s/ becomes [ʃ] before a /ʃ/ later in the word, no sibilant between. Regressive."""
    return Grammar.from_table(
        {
            "language": "after Navajo",
            "inventory": {"segments": "p t k m n l s ʃ z a i u"},
            "syllable": {
                "onsets": "p t k m n l s ʃ z".split(),
                "nuclei": ["a", "i", "u"],
                "codas": ["", "n", "s"],
            },
            "process": [{"name": "sibilant-harmony", "rules": "s -> ʃ / _ {[-strid], [+syl]}* ʃ"}],
            "controls": {"sibilant-harmony": {"target": "p t k m n l z", "trigger": "p t k m n l"}},
        }
    )


@pytest.fixture(scope="session")
def hangul_font(tmp_path_factory):
    """A font file that has all of Hangul."""
    path = tmp_path_factory.mktemp("fonts") / "NanumGothic.ttf"
    write_hangul_font(path)
    return path


@pytest.fixture
def korean_font(hangul_font):
    """There is a Korean font."""
    with fonts(hangul_font):
        yield


@pytest.fixture
def no_korean_font():
    """There is none."""
    with fonts():
        yield


@pytest.fixture
def unlisted_korean_font(hangul_font):
    """There is one that was installed after matplotlib had listed the fonts."""
    with fonts(found=[hangul_font]):
        yield


@pytest.fixture(scope="module", params=["Korean font", "no Korean font"])
def hangul_is_drawn(request, hangul_font):
    """Once with a Korean font and once without one: is Hangul drawn as Hangul?"""
    there = request.param == "Korean font"
    with fonts(*[hangul_font] if there else []):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            lettering._warn_once()  # the one warning of a session: another test is about it
        yield there
