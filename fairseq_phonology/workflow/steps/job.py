"""One step, and the words of its command line."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from .. import layout, reads
from ..sections import Options

PYTHON = "python3 -P -m fairseq_phonology.workflow"
NEW, NEW_DUMP = "--overwrite", "--overwrite-attention"


@dataclass(frozen=True)
class Job:
    """One step.

    Attributes:
        rule: its kind.
        wildcards: which one of that kind.
        command: for the shell, with the study's folder as working directory.
        inputs: what earlier steps made.
        reads: files of the user's, relative to the study's folder.
        dest: that folder.
    """

    rule: str
    wildcards: dict[str, str]
    command: str
    inputs: tuple[str, ...]
    reads: tuple[str, ...]
    dest: Path

    @property
    def outputs(self) -> tuple[str, ...]:
        """By which it is known to be done."""
        return layout.outputs(self.rule, **self.wildcards)

    @property
    def digests(self) -> tuple[str, ...]:
        """Of what it reads."""
        training = self.rule == "train"
        return tuple(f"{path} {reads.digest(reads.place(path, self.dest), training)}" for path in self.reads)

    @property
    def log(self) -> str:
        """The file with what it printed."""
        return layout.log(self.rule, self.wildcards)


def words_of(*words: str | Options | Iterable[str] | None) -> str:
    """Words of a command line, for the shell; None is left out."""
    found: list[str] = []
    for word in words:
        if isinstance(word, str):
            found.append(word)
        elif word is not None:
            found += word.words if isinstance(word, Options) else word
    return shlex.join(found)


def option(name: str, value: str | None) -> list[str]:
    return [] if value is None else [name, value]


def without(options: Options, name: str) -> list[str]:
    """The words without one option and its value."""
    words = list(options.words)
    if name in words:
        del words[words.index(name) : words.index(name) + 2]
    return words
