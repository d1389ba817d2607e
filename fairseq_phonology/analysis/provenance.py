"""Where a result comes from: grammar, words, model, options and versions, as ``about`` of every ``summary.json``."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from ..files import Count


@dataclass(frozen=True)
class Coverage:
    """What is asked about, of a process that may have several parts (`stimuli.classes.parts_of`).

    Attributes:
        part: its targets and triggers, in words; empty of a process with one part, and where words are about several.
        number: of the part, from 1; 0 likewise.
        of: how many parts the process has.
        not_in_design: parts and rules of the process that no word of cell TR is about.
        segments: of what they are about, segments that none of them has, as in ``y as trigger``.
        does: what the process does to the targets: ``changes``, ``deletes``, or ``inserts`` beside them.
    """

    part: str = ""
    number: Count = 0
    of: Count = 1
    not_in_design: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()
    does: str = "changes"

    @property
    def named(self) -> str:
        """``part 2 of 2``; empty of a process with one part."""
        return f"part {self.number} of {self.of}" if self.number else ""

    def sentence(self, process: str) -> str:
        """What the result does not speak about; empty where every part and rule is there."""
        if not self.not_in_design:
            return ""
        about = f"The words are about {self.named} of {process}: {self.part}. " if self.number else ""
        return f"{about}Not in the words, and so not asked about: {'; '.join(self.not_in_design)}."


@dataclass(frozen=True)
class OfGrammar:
    """A grammar and the process that is studied.

    Attributes:
        path: name of its file; empty if it was made in Python.
        citation, process_citation: sources of the language and of the process.
        rules: of the process, as the grammar writes them.
        coverage: what of the process the words are about.
    """

    path: str = ""
    citation: str = ""
    process_citation: str = ""
    rules: tuple[str, ...] = ()
    coverage: Coverage = field(default_factory=Coverage)


@dataclass(frozen=True)
class Provenance:
    """Where a result comes from. What does not apply, or is not known, is None or empty.

    Attributes:
        of: ``attention``, ``interventions`` (of one model), ``run`` (training dynamics), ``models``,
            ``people``; or empty.
        grammar: and its process.
        manifest: of the dump, without its shards.
        dump, baseline, forced: names of the three dumps.
        checkpoint: name of its file.
        checkpoint_sha256: of the checkpoint; of a run file name -> SHA-256 of those that were followed.
        attention: name of the summary of `analyze` that was read.
        run: name of its folder.
        checkpoints_there, checkpoints_followed: how many.
        subset: name of the validation words.
        items: name of the list of words.
        exact_match: words wholly right, words.
        exclusions: what of the words is in no test and why, in sentences.
        options: as the user knows them: ``seed``, ``with`` and others.
        versions: library -> version.
        scores: name of the scores that were set beside people; ``items`` is then the table of people.
        interventions, dynamics: names of the folders whose results are reported, too.
        one_of: with how many models it was analyzed together.
        validations: of a run: how many are ``from_history``, how many were ``made`` again.
        seed, splits: of tests over models.
    """

    of: str = ""
    grammar: OfGrammar = OfGrammar()
    manifest: dict[str, Any] = field(default_factory=dict)
    dump: str | None = None
    baseline: str | None = None
    forced: str | None = None
    checkpoint: str | None = None
    checkpoint_sha256: str | dict[str, str] | None = None
    attention: str | None = None
    run: str | None = None
    checkpoints_there: Count | None = None
    checkpoints_followed: Count | None = None
    subset: str | None = None
    items: str | None = None
    exact_match: tuple[Count, Count] | None = None
    exclusions: tuple[str, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    scores: str | None = None
    interventions: str | None = None
    dynamics: str | None = None
    one_of: Count | None = None
    validations: dict[str, Count] = field(default_factory=dict)
    seed: Count | None = None
    splits: Count | None = None

    @property
    def model(self) -> str:
        """SHA-256 of the one model's checkpoint; empty if it is not known."""
        found = self.checkpoint_sha256 or self.manifest.get("checkpoint_sha256")
        return found if isinstance(found, str) else ""

    def as_json(self) -> dict[str, Any]:
        """For ``summary.json``: what is known."""
        found = {name: value for name, value in vars(self).items() if value not in ("", None, (), {}, OfGrammar())}
        if "grammar" in found:
            found["grammar"], all_of_it = asdict(self.grammar), asdict(Coverage())
            coverage = found["grammar"].pop("coverage")
            if said := {name: value for name, value in coverage.items() if value != all_of_it[name]}:
                found["grammar"]["coverage"] = said
        return found
