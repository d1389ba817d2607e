"""What interventions say of a model and a trigger: shares of the minimal-pair effect, tests, a verdict.

`causal_tests` makes it, `routes` judges it; tables, figures and the report read it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..design.designs import Design, Exclusions
from .kinds import Intervention


@dataclass
class MinimalPair:
    """The trigger replaced in the input: all that there is to explain, and what shares are shares of.

    Attributes:
        measure: ``minimal-pair+prefix`` where the surface trigger precedes the decision step in every word.
        intact, after: mean log-odds of the untouched model, and with the trigger replaced.
        effect, low, high: their difference; 95 % interval.
        p: as in `Effects`, of the null that replacing it takes nothing away.
        distinguishes: significantly, and by at least `LEAST_SHARE` of the intact log-odds.
    """

    measure: str
    intact: float
    after: float
    effect: float
    low: float
    high: float
    p: dict[str, float]
    distinguishes: bool


@dataclass
class Effects:
    """One family of knock-outs at the trigger, tested together. Arrays have one entry an intervention.

    Attributes:
        name: ``routes`` (all heads; the one family that makes the headline), ``layers of cross``, ``heads of cross``
            and so on.
        which: the interventions.
        effect, low, high: intact log-odds - those after it; 95 % intervals.
        share, low_share, high_share: effect over the minimal pair's; 95 % intervals.
        controls: ``others``, ``mirror`` -> effect of the same knock-out there; NaN where some word has no such place.
        p: max-T p-values of the paired difference between trigger and control, by unit and control:
            ``stems_others``, ``suffixes_others``, ``both_others``, the same with ``mirror``; NaN where not tested.
            Real words have ``stems_others`` and ``stems_mirror`` only.
        changes: share of words whose greedy output changes.
        uses: every p < .05; the share, also less that of either control, at least `LEAST_SHARE`.  # bool
        unmet: for each, what of that is not met, in words.
    """

    name: str
    which: list[Intervention]
    effect: np.ndarray
    low: np.ndarray
    high: np.ndarray
    share: np.ndarray
    low_share: np.ndarray
    high_share: np.ndarray
    controls: dict[str, np.ndarray]
    p: dict[str, np.ndarray]
    changes: np.ndarray
    uses: np.ndarray
    unmet: list[list[str]] = field(default_factory=list)

    def number(self, measure: str) -> int | None:
        """Of the intervention with that measure; None if there is none."""
        return next((n for n, one in enumerate(self.which) if one.measure == measure), None)

    def largest_p(self, n: int) -> float:
        """The largest of the p-values of one intervention; NaN if it was not tested."""
        found = [values[n] for values in self.p.values() if np.isfinite(values[n])]
        return float(max(found, default=np.nan))


@dataclass(frozen=True)
class CausalVerdict:
    """What may be said.

    Attributes:
        strength: ``uses``; ``none`` (no route meets the rule), ``same`` (replacing the trigger makes no difference:
            there is nothing to explain), ``withheld`` (errors, or too few units, forbid a claim), ``descriptive`` (no
            design to test).
        route: one of `routes.ROUTES`; empty unless there is something to explain and to test.
        kinds: of attention that make the route, as in ``("cross", "encoder")`` of ``either suffices``.
        sentence: the verdict in one sentence.
        attends: of the attention's verdict; None if none was given, or that one made no claim either way.
        caveats: sentences that belong to it.
        combined: what the two verdicts say together, attends x route, which ends the sentence; empty without both.
    """

    strength: str
    route: str
    kinds: tuple[str, ...]
    sentence: str
    attends: bool | None = None
    caveats: tuple[str, ...] = ()
    combined: str = ""


@dataclass
class Causal:
    """Everything about what one model makes of the trigger of one process.

    Attributes:
        process, language: their names.
        design: None for a list without one, where errors left too little, and in a study that was read back.
        exclusions: None for a list without a design.
        n_words, n_stems, n_suffixes: tested; of cell TR.
        minimal_pair: None where some word has none.
        families: ``routes`` first.
        verdict: what may be said.
        reasons_withheld: why no claim may be made; empty if claims may be made.
        attention: what ``summary.json`` of `analyze` says, if it was given.
        segments: target and trigger segments of the words, for figures.
        facts: for ``summary.json``.
        target_first: does the target precede the trigger, as in a regressive process?
    """

    process: str
    language: str
    design: Design | None
    exclusions: Exclusions | None
    n_words: int
    n_stems: int
    n_suffixes: int
    minimal_pair: MinimalPair | None
    families: list[Effects]
    verdict: CausalVerdict
    reasons_withheld: tuple[str, ...] = ()
    attention: dict[str, Any] | None = None
    segments: dict[str, tuple[str, ...]] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    target_first: bool = True

    @property
    def routes(self) -> Effects:
        """All heads together."""
        return self.families[0]

    def family(self, name: str) -> Effects | None:
        """By its name; None if there is none."""
        return next((family for family in self.families if family.name == name), None)

    def heads(self, kind: str) -> Effects | None:
        """The family of single heads of that attention; None if there is none, or it had no controls."""
        family = self.family(f"heads of {kind}")
        tested = family is not None and any(np.isfinite(p).any() for p in family.p.values())
        return family if tested else None
