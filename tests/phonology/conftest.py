"""Inventories and the example grammar, loaded once."""

from pathlib import Path

import pytest

from fairseq_phonology.phonology.grammar import Grammar
from fairseq_phonology.phonology.natural_classes import Inventory

EXAMPLES = Path(__file__).resolve().parents[2] / "user_dir_examples"


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
