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
