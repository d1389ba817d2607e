"""One analysis from end to end: events, design, families, verdict. Figures and the report are drawn from it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ..design.designs import Design, Exclusions
from ..events.events import Events
from .family import Family


@dataclass(frozen=True)
class Verdict:
    """What may be said.

    Attributes:
        strength: ``attends`` (a claim of the primary family), ``none`` (no head meets the rule), ``withheld`` (no
            claim may be made, whatever the heads do) or ``descriptive`` (no design to test).
        sentence: the verdict in one sentence.
        heads: numbers of the claimed heads in the primary family, largest response first.
        caveats: sentences that belong to it.
    """

    strength: str
    sentence: str
    heads: tuple[int, ...] = ()
    caveats: tuple[str, ...] = ()


@dataclass
class Study:
    """Everything about one process in one model.

    Attributes:
        process: its name.
        language: of the grammar.
        events: all of them, with their views.
        design: None for a plain word list.
        exclusions: None for a plain word list.
        families: the primary one first; empty where nothing could be tested.
        verdict: what may be said.
        baseline: the same analysis of a dump with fresh weights; None if none was given.
        sensitivity: the primary family over all stems under forced decoding; None if no such dump was given.
        facts: for ``summary.json`` and the report: grammar, dumps, manifest, options, exclusions, versions.
    """

    process: str
    language: str
    events: Events
    design: Design | None
    exclusions: Exclusions | None
    families: list[Family]
    verdict: Verdict
    baseline: Study | None = None
    sensitivity: Family | None = None
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def primary(self) -> Family | None:
        """The family that makes the headline."""
        return next((family for family in self.families if family.primary), None)
