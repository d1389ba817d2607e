"""What an analysis of attention found: `Family` (one contrast over all heads), `Verdict`, and `Study`, all of it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ..criteria import Evidence
from ..design.designs import Design, Exclusions
from ..events.events import Events, Head
from ..provenance import Provenance

SCALES = ("mass", "logit")


@dataclass
class Family:
    """One contrast, tested over heads. Arrays have one entry a head.

    Attributes:
        contrast: of `table.CONTRASTS`; the mass of ``response-norms`` is the trigger's share of the segments' norms.
        heads: which.
        primary: the one family that can make the headline.
        cell_means: mean mass in each cell.
        estimate, low, high: by scale (``mass``, ``logit``); 95 % intervals.
        p: max-T p-values by test and scale: ``stems_mass``, ``stems_logit``, ``suffixes_mass``, ``suffixes_logit``,
            those that the contrast has. A sign-flip over real words is under ``stems``.
        t: the studentized statistics under the same names.
        segments: estimate of the mass with one target or trigger segment alone:
            ``{"target": {"p": ...}, "trigger": {...}}``.
        n_stems, n_suffixes: units tested.
        claim: whether all of the claim rule is met.  # -> heads, bool
        unmet: for each head, what of the rule is not met, in words.
        additional: max-T p-values of the additional criteria, by test and scale as in ``p`` (``both``: stems and
            suffixes at once): see `measures.ADDITIONAL`.
        joint: by scale, the p of the response with stems and suffixes random at once, which the claim needs besides;
            empty for the other contrasts.
        evidence: what `criteria.ATTENDS` was asked of; None of a family that was read.
    """

    contrast: str
    heads: list[Head]
    primary: bool
    cell_means: dict[str, np.ndarray]
    estimate: dict[str, np.ndarray]
    low: dict[str, np.ndarray]
    high: dict[str, np.ndarray]
    p: dict[str, np.ndarray]
    t: dict[str, np.ndarray]
    segments: dict[str, dict[str, np.ndarray]]
    n_stems: int
    n_suffixes: int
    claim: np.ndarray
    unmet: list[list[str]] = field(default_factory=list)
    joint: dict[str, np.ndarray] = field(default_factory=dict)
    additional: dict[str, np.ndarray] = field(default_factory=dict)
    evidence: Evidence | None = None

    @property
    def kind(self) -> str:
        """Kinds of attention in it, as in ``cross`` or ``cross+decoder``."""
        return "+".join(dict.fromkeys(head.kind for head in self.heads))

    @property
    def query(self) -> str:
        """The query of its views."""
        return self.heads[0].query

    @property
    def n_tests(self) -> int:
        """How many p-values a claim depends on."""
        return len(self.p) + len(self.joint) + len(self.additional)

    def largest_p(self, n: int) -> float:
        """The largest p-value of a head, those of `additional` and `joint` included."""
        return float(max(values[n] for values in (*self.p.values(), *self.joint.values(), *self.additional.values())))

    @property
    def best(self) -> int:
        """Number of the head to show: of the claimed ones, else of all, the one with the largest estimate of mass."""
        shown = np.where(self.claim, self.estimate["mass"], -np.inf) if self.claim.any() else self.estimate["mass"]
        return int(np.nanargmax(shown))


@dataclass(frozen=True)
class Verdict:
    """What may be said.

    Attributes:
        strength: ``attends`` (a claim of the primary family), ``none`` (no head meets the rule), ``withheld`` (no
            claim may be made) or ``descriptive`` (no design to test).
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
    def primary(self) -> Family | None:
        """The family that makes the headline."""
        return next((family for family in self.families if family.primary), None)
