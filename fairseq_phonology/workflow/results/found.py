"""What a study has found so far: trainings, lists of words, the verdicts of every question; `read` reads them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from ...analysis.errors.summary import ModelErrors
from ...corpus.prepared import read_prepared
from ...training.history.history import Row
from .. import layout
from ..study import Study
from .verdicts import ASKED, Finding


class Stamp(msgspec.Struct, frozen=True):
    """What is written once a training is finished. Of what is not known nothing is said.

    Attributes:
        checkpoint: path of the best checkpoint, from the folder of the study.
        checkpoint_sha256: of that file.
        seconds: that the training took, all its parts together.
        epochs, updates: at its end.
        words: it was trained on.
        machine: its kind: processor, cores, GPU.
        versions: library -> version.
        command: of fairseq.
    """

    checkpoint: str
    checkpoint_sha256: str
    seconds: float | None = None
    epochs: int | None = None
    updates: int | None = None
    words: int | None = None
    machine: str = ""
    versions: dict[str, str] = {}
    command: str = ""


@dataclass(frozen=True)
class Run:
    """A model with one seed.

    Attributes:
        stamp: None while the training is not finished.
        rows: of its history so far.
        best: the validation whose checkpoint is the best; None without any.
    """

    model: str
    seed: int
    size: int | None = None
    stamp: Stamp | None = None
    rows: list[Row] = field(default_factory=list)
    best: Row | None = None

    @property
    def key(self) -> tuple[str, int]:
        """Model and seed."""
        return self.model, self.seed


@dataclass(frozen=True)
class Tested:
    """What a model with one seed makes of a list of words.

    Attributes:
        errors: from the folder of `errors`.
        wrong: rows of its ``errors.csv``: column -> text.
        folder: of `errors`, from the folder of the study.
        heatmaps: word -> its picture, from the folder of the study.
    """

    list: str
    model: str
    seed: int
    folder: str
    errors: ModelErrors
    wrong: tuple[Mapping[str, str], ...]
    heatmaps: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, int]:
        """Model and seed."""
        return self.model, self.seed


@dataclass(frozen=True)
class Question:
    """One question that the study asks about one model: a set of stimuli, a condition, candidates, data of people.

    Attributes:
        kind: `STIMULI`, `CONDITION`, `PEOPLE` or `SCORES`.
        name: of the set, the condition or the data.
        process: that it is about; empty if about none.
        findings: what is asked -> the verdict; None while it is not there.
        pages: what a page is about -> its path, from the folder of the study.
        numbers: seed -> name of a column of ``study.csv`` -> its value.
    """

    kind: str
    name: str
    model: str
    process: str = ""
    findings: Mapping[str, Finding | None] = field(default_factory=dict)
    pages: Mapping[str, str] = field(default_factory=dict)
    numbers: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Results:
    """Everything that a study has found so far.

    Attributes:
        lists: names of those that have SRs to compare with.
        runs: every model with every seed, in the order of the study.
        tested: lists of words that were finished.
        questions: all that the study asks.
        folders: those that hold results, from the folder of the study.
        versions: library -> its versions, as the results name them.
        stale: outputs that are due again, and were not read.
    """

    study: Study
    lists: tuple[str, ...]
    runs: tuple[Run, ...]
    tested: tuple[Tested, ...]
    questions: tuple[Question, ...]
    folders: tuple[Path, ...]
    versions: Mapping[str, tuple[str, ...]]
    stale: frozenset[str] = frozenset()

    @property
    def found(self) -> bool:
        """Is anything asked of the models finished?"""
        return bool(self.tested) or any(finding for one in self.questions for finding in one.findings.values())

    def of(self, name: str, model: str) -> list[Tested]:
        """What the seeds of a model make of a list."""
        return [each for each in self.tested if (each.list, each.model) == (name, model)]

    def run(self, model: str, seed: int) -> Run:
        """A model with one seed."""
        return next(run for run in self.runs if run.key == (model, seed))

    def validated(self, model: str) -> list[float]:
        """Exact match (%) of the best validation of every finished training of a model."""
        best = [run.best or {} for run in self.runs if run.model == model and run.stamp]
        return [row["exact_match"] for row in best if row.get("exact_match") is not None]

    @property
    def validated_words(self) -> str:
        """How many words are validated; empty where that is not known."""
        path = Path(self.study.dest) / layout.data() / "valid.tsv"
        known = path.is_file() and not self.stale.intersection(layout.outputs("prepare"))
        return f"{len(read_prepared(path)):,}" if known else ""

    @property
    def unfinished(self) -> list[str]:
        """What the study asks for and has not found yet, one phrase each."""
        study = self.study
        found = [f"training of {named(study, *run.key)}" for run in self.runs if run.stamp is None]
        done = {(each.list, each.model, each.seed) for each in self.tested}
        asked = ((name, *run.key) for name in self.lists for run in self.runs)
        found += [f"words of {name}, {named(study, *key)}" for name, *key in asked if (name, *key) not in done]
        for question in self.questions:
            of = f" ({question.model})" if len(study.models) > 1 else ""
            lacking = [asked for asked, finding in question.findings.items() if finding is None]
            found += [f"{ASKED[asked]}: {question.name}{of}" for asked in lacking]
        return found


def named(study: Study, model: str, seed: int) -> str:
    """``seed 3``; ``tiny, seed 3`` where there are several models."""
    return f"{model}, seed {seed}" if len(study.models) > 1 else f"seed {seed}"
