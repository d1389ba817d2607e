"""One toy corpus and one training run, shared by the tests that only look at them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

pytest.importorskip("fairseq")

from tests.helpers import toy

GRAMMAR = """
language = "toy"

[inventory]
segments = "p t k m n ŋ a i u"

[[process]]
name = "nasalization"
rules = ["p -> m / _ [+nas]", "t -> n / _ [+nas]", "k -> ŋ / _ [+nas]"]
apply = "right-to-left"
"""


@dataclass(frozen=True)
class TrainedRun:
    """A finished run: its data, its save-dir, what it printed."""

    data: Path
    save_dir: Path
    stdout: str


@pytest.fixture(scope="session")
def corpus(tmp_path_factory) -> Path:
    """2,001 words for training, 101 and 53 for validation, 101 for the test: no size is a multiple of 8."""
    sizes = {"train": 2001, "valid": 101, "valid1": 53, "test": 101}
    return toy.make_corpus(tmp_path_factory.mktemp("corpus"), sizes)


@pytest.fixture(scope="session")
def small_corpus(tmp_path_factory) -> Path:
    """101 words for training: runs that only have to run."""
    return toy.make_corpus(tmp_path_factory.mktemp("small"), {"train": 101, "valid": 37, "test": 13})


@pytest.fixture(scope="session")
def grammar_file(tmp_path_factory) -> Path:
    """The grammar of the toy corpus."""
    path = tmp_path_factory.mktemp("grammar") / "toy.toml"
    path.write_text(GRAMMAR, encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def trained(corpus, tmp_path_factory) -> TrainedRun:
    """Four epochs, two validation subsets, the best two kept, predictions saved: some words right, some wrong."""
    save_dir = tmp_path_factory.mktemp("trained")
    done = toy.train(
        *(corpus, save_dir, *toy.CHOOSING, "--keep-best-checkpoints", "2", "--save-predictions"),
        *("--valid-subset", "valid,valid1"),
        epochs=4,
    )
    return TrainedRun(corpus, save_dir, done.stdout)
