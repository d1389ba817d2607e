"""One toy corpus and one training run, shared by the tests that only look at them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

pytest.importorskip("fairseq")

from tests.helpers import toy
from tests.helpers.shared import made_once

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
    return made_once(tmp_path_factory, "corpus", lambda folder: toy.make_corpus(folder, sizes)) / "bin"


@pytest.fixture(scope="session")
def small_corpus(tmp_path_factory) -> Path:
    """101 words for training: runs that only have to run."""
    sizes = {"train": 101, "valid": 37, "test": 13}
    return made_once(tmp_path_factory, "small", lambda folder: toy.make_corpus(folder, sizes)) / "bin"


@pytest.fixture(scope="session")
def grammar_file(tmp_path_factory) -> Path:
    """The grammar of the toy corpus."""
    path = tmp_path_factory.mktemp("grammar") / "toy.toml"
    path.write_text(GRAMMAR, encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def trained(corpus, tmp_path_factory) -> TrainedRun:
    """Four epochs, two validation subsets, the best two kept, predictions saved: some words right, some wrong."""

    def make(folder: Path) -> None:
        done = toy.train(
            *(corpus, folder / "run", *toy.CHOOSING, "--keep-best-checkpoints", "2", "--save-predictions"),
            *("--valid-subset", "valid,valid1"),
            epochs=4,
        )
        (folder / "printed.txt").write_text(done.stdout, encoding="utf-8")

    folder = made_once(tmp_path_factory, "trained", make)
    return TrainedRun(corpus, folder / "run", (folder / "printed.txt").read_text(encoding="utf-8"))
