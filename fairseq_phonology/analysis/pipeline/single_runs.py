"""Folders that `intervene` made of one model each, in place of checkpoints: is all of them what one run would make?"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from ...errors import InputError
from ...files import read_json
from ...phonology.transcription import drop_edges
from ...text import count
from ..events.outcome import as_seen
from ..interventions.effects import Causal
from ..interventions.record import RECORD, read_record
from ..interventions.run import Interventions, Question
from ..interventions.tables import causal_summary
from ..provenance import Provenance

_OF_THE_MODEL = ("checkpoint", "checkpoint_sha256", "attention", "one_of")  # what differs from run to run


@dataclass(frozen=True)
class SingleRun:
    """What `intervene` found of one model, read from its folder.

    Attributes:
        folder: as the user named it.
        summary: its ``summary.json``.
        about: provenance in that.
        found: the interventions, to the last digit.
    """

    folder: Path
    summary: dict[str, Any]
    about: Provenance
    found: Interventions

    def check_asked(self, question: Question, asked: Provenance) -> None:
        """Is it what this command would make of the same checkpoint?

        Raises:
            InputError: it is of another process, of other words, or was made with other options.
        """
        own, here = (
            dict(_fields({"process": process, "language": language, "about": about.as_json()}))
            for process, language, about in (
                (self.summary["process"], self.summary["language"], self.about),
                (question.process, question.grammar.language, asked),
            )
        )
        names = [name for name in {**own, **here} if own.get(name) != here.get(name)]
        if names:
            differ = "; ".join(f"{name} is {_shown(own.get(name))}, here {_shown(here.get(name))}" for name in names)
            raise InputError(
                f"{differ}; allowed: folders that intervene made of the same with the same options", self._json
            )
        if self.about.attention and asked.attention is None:
            raise InputError(f"was made with --attention ({self.about.attention}); name it here, too", self.folder)
        words, events = [item for item in question.items or () if item.cell], self.found.events
        for item, event in zip(words, events, strict=False):
            seen = event.item.ur
            if drop_edges(item.ur) != drop_edges(seen) or as_seen(item, seen) != event.item:
                raise InputError(
                    f"is about other words: {event.item.id!r} is not as {question.stimuli} has it", self.folder
                )
        if len(words) != len(events):
            raise InputError(
                f"is about {count(len(events))} in cells, {question.stimuli} has {len(words):,}", self.folder
            )

    def check_results(self, study: Causal) -> None:
        """Are the results in the folder those of its record, analyzed again?

        Raises:
            InputError: they are not.
        """
        again = json.loads(json.dumps(causal_summary(study)))  # tuples are lists there
        if any(again[name] != self.summary.get(name) for name in again if name not in ("verdict", "about")):
            raise InputError(f"summary.json and {RECORD} are not of the same run; run intervene again", self.folder)

    @property
    def _json(self) -> Path:
        return self.folder / "summary.json"


def read_single_runs(given: Sequence[str | Path]) -> list[SingleRun]:
    """The folders among what was given in place of checkpoints; none where all are checkpoints.

    A folder with a checkpoint (``*.pt``) in it is a folder of a training, which whoever loads checkpoints refuses.

    Raises:
        InputError: folders beside checkpoints, a single one, one of several models, one that is damaged.
    """
    folders = [Path(path) for path in given if Path(path).is_dir() and not any(Path(path).glob("*.pt"))]
    if folders and len(folders) < len(given):
        other = next(path for path in given if Path(path) not in folders)
        raise InputError(
            f"is beside {folders[0]}, a folder; allowed: checkpoints alone, or folders of intervene alone", other
        )
    if len(folders) == 1:
        raise InputError("is one folder; allowed: two or more, which are put together, or checkpoints", folders[0])
    return [_read(folder) for folder in folders]


def _read(folder: Path) -> SingleRun:
    path, what = folder / "summary.json", "summary.json of intervene for one model"
    summary = read_json(path, dict, what, "intervene")
    if "models" in summary:
        raise InputError("is of several models; allowed: folders of one model each, as those in it", folder)
    found = read_json(path, _Summary, what, "intervene")
    if found.about.of != "interventions":
        raise InputError(f"is no {what}", path)
    return SingleRun(folder, summary, found.about, read_record(folder / RECORD))


class _Summary(msgspec.Struct):
    process: str
    language: str
    about: Provenance


def _fields(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """What is in nested dictionaries, with names as ``about.options.seed``; without what each model has of its own."""
    if not isinstance(value, Mapping):
        yield name, list(value) if isinstance(value, tuple) else value
        return
    for key, each in value.items():
        if not (name == "about" and key in _OF_THE_MODEL):
            yield from _fields(each, f"{name}.{key}".strip("."))


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:60]}..."
