"""What an analysis of attention found: `Family` (one contrast over all heads), `Verdict`, and `Study`, all of it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ...phonology.transcription import WORD_EDGE
from ...text import END_OF_WORD, listed
from ..criteria import LEAST_MASS
from ..design.designs import Design
from ..design.exclusions import Exclusions
from ..events.events import Events, Head
from ..evidence import Evidence
from ..provenance import Provenance
from ..statistics.consistency import Consistency

SCALE = "log_odds"  # of every test; mass describes
SCALES = (SCALE, "mass")


@dataclass
class Family:
    """One contrast, tested over heads. Arrays have one entry a head.

    Attributes:
        contrast: of `kinds.CONTRASTS`; the mass of ``response-norms`` is the trigger's share of the segments' norms.
        heads: which.
        primary: the one family that can make the headline.
        cell_means: mean mass in each cell.
        estimate, low, high: by scale (``log_odds``, ``mass``); 95 % intervals.
        se, df, t: standard error, degrees of freedom and statistic of the estimate of log-odds; of ``same-offset``, of
            mass.
        p: one-sided, corrected over the heads (Holm).
        n_stems, n_suffixes: units tested, the end of the word apart; of real words, words and 0.
        claim: whether all of the claim rule is met.  # -> heads, bool
        unmet: for each head, what of the rule is not met, in words.
        spread: kind of unit -> ratio of the standard deviations of its two classes.
        consistency: what single segments say; None of a plain list.
        evidence: what `criteria.ATTENDS` was asked of; None of a plain list.
    """

    contrast: str
    heads: list[Head]
    primary: bool
    cell_means: dict[str, np.ndarray]
    estimate: dict[str, np.ndarray]
    low: dict[str, np.ndarray]
    high: dict[str, np.ndarray]
    se: np.ndarray
    df: np.ndarray
    t: np.ndarray
    p: np.ndarray
    n_stems: int
    n_suffixes: int
    claim: np.ndarray
    unmet: list[list[str]]
    spread: dict[str, np.ndarray] = field(default_factory=dict)
    consistency: Consistency | None = None
    evidence: Evidence | None = None

    @property
    def kind(self) -> str:
        """Kinds of attention in it, as in ``cross`` or ``cross+decoder``."""
        return "+".join(dict.fromkeys(head.kind for head in self.heads))

    @property
    def edge(self) -> str:
        """The class that is the end of the word, as `Design.edge`; empty of a plain list."""
        sides = {} if self.consistency is None else self.consistency.sides
        own = sides.get("trigger")
        return "" if own is None or WORD_EDGE not in own.names else "NR"[bool(own.first[own.names.index(WORD_EDGE)])]

    @property
    def limits(self) -> tuple[str, ...]:
        """Why it is described, not claimed, as `Design.limits`; empty of a plain list."""
        return () if self.evidence is None or self.evidence.design is None else self.evidence.design.limits

    @property
    def units(self) -> str:
        """What it is tested over: ``24 stems and 16 suffixes``, ``24 stems, 8 suffixes and the end of the word``."""
        if not self.n_suffixes:
            return f"{self.n_stems} words"
        each = [f"{self.n_stems} stems", f"{self.n_suffixes} suffixes"]
        return listed([*each, *([END_OF_WORD] if self.edge else [])])

    @property
    def query(self) -> str:
        """The query of its views."""
        return self.heads[0].query

    @property
    def order(self) -> np.ndarray:
        """Numbers of the heads, the one to show first: claimed ones, then those with `LEAST_MASS`, by log-odds.

        Of a plain list, by mass.
        """
        value = self.estimate["mass"] if np.isnan(self.estimate[SCALE]).all() else self.estimate[SCALE]
        return np.lexsort((-value, self.estimate["mass"] < LEAST_MASS, ~self.claim))

    @property
    def best(self) -> int:
        """Number of the head to show."""
        return int(self.order[0])


@dataclass(frozen=True)
class Verdict:
    """What may be said.

    Attributes:
        strength: ``attends`` (a claim of the primary family), ``none`` (no head meets the rule), ``withheld`` (no
            claim may be made) or ``descriptive`` (no design to test, or
            one of `design.limits`).
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
        provenance: for ``summary.json`` and the report.
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
    provenance: Provenance = field(default_factory=Provenance)

    @property
    def edge(self) -> str:
        """The class that is the end of the word, as `Design.edge`; empty without a design."""
        return "" if self.design is None else self.design.edge

    @property
    def limits(self) -> tuple[str, ...]:
        """Why the design is described, not claimed, as `Design.limits`; empty without a design."""
        return () if self.design is None else self.design.limits

    @property
    def primary(self) -> Family | None:
        """The family that makes the headline."""
        return next((family for family in self.families if family.primary), None)
