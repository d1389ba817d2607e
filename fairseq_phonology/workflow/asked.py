"""What a study file asks for. Files are relative to the folder of the study, with forward slashes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .sections import Options


@dataclass(frozen=True)
class Words:
    """What models are trained on.

    Attributes:
        pairs: a file of one's own; None: nonce words, or lists that are split already (in `prepare`).
        nonce: of the verb `nonce`, with ``--n``; None: no nonce words.
        prepare: of the verb `prepare`.
        sizes: numbers of training words; empty: all.
    """

    pairs: str | None
    nonce: Options | None
    prepare: Options
    sizes: tuple[int, ...] = ()


@dataclass(frozen=True)
class Model:
    """What is trained.

    Attributes:
        options: of fairseq-train, with ``_``, as the file has them.
        epochs: None: as long as the data need.
        size: number of training words; None: all.
        files: those of the options that are files.
    """

    options: Mapping[str, Any] = field(default_factory=dict)
    epochs: int | None = None
    size: int | None = None
    files: tuple[str, ...] = ()


@dataclass(frozen=True)
class TestList:
    """A list whose SRs are generated.

    Attributes:
        list: a file of one's own; or `sections.TESTED_ON`, the test part of the study's own words.
        heatmaps: ids or spellings of words.
    """

    list: str
    prepare: Options
    generate: Options
    heatmaps: tuple[str, ...] = ()


@dataclass(frozen=True)
class Stimuli:
    """The words of one question.

    Attributes:
        process: that they are about.
        list: one's own; None: `stimuli` makes them.
        options: of `stimuli`; or how the own list is read, by `prepare` and the verbs that ask.
        generate: of fairseq-generate.
    """

    process: str
    list: str | None
    options: Options
    generate: Options


@dataclass(frozen=True)
class Condition:
    """Words with levels of a condition.

    Attributes:
        list: the words; None: the items of the candidates.
        prepare: how the list is read.
        generate: of fairseq-generate.
        analyze: of `analyze`, how the list is read among them; without the folder of scores.
        scores: are log-odds of the candidates compared?
    """

    list: str | None
    prepare: Options
    generate: Options
    analyze: Options
    scores: bool = False

    @property
    def over_models(self) -> bool:
        """Is one test made over all seeds? Of attention each has its own: heads have no identity across models."""
        return self.scores or self.analyze.get("--response") == "exact-match"


@dataclass(frozen=True)
class Study:
    """A study, as its file says it. Files are relative to ``dest``, with forward slashes.

    Attributes:
        path: the file.
        dest: folder of all that is made, absolute.
        models: by the names of their folders; with sizes one for each size.
        stimuli: by the names of their folders; of several processes one for each process.
        baseline, interventions, dynamics, candidates: None where they are not asked for.
    """

    path: Path
    dest: Path
    name: str
    grammar: str | None
    processes: tuple[str, ...]
    include: tuple[str, ...]
    seeds: tuple[int, ...]
    user_dir: str | None
    task: str
    words: Words
    models: Mapping[str, Model]
    lists: Mapping[str, TestList]
    stimuli: Mapping[str, Stimuli]
    baseline: Options | None
    interventions: Options | None
    analysis: Options
    dynamics: Options | None
    candidates: Options | None
    human: Mapping[str, Options]
    conditions: Mapping[str, Condition]
