"""What interventions take away from a model's choice: effects, shares of the minimal-pair effect, tests, who uses what.

`analyze` puts it together, `verdict` says what it means; tables, figures and the report read it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec
import numpy as np

from ..criteria import DISTINGUISHES, USES, Evidence
from ..design.designs import Design, Exclusions
from ..provenance import Provenance
from ..statistics.paired import LEAST_FLIPPED, interval, ratio_interval, test_paired
from ..statistics.permutation import PERMUTATIONS
from .kinds import CONTROLS, KNOCK_OUTS, MINIMAL_PAIRS, PLACES, Intervention
from .run import Interventions


class AttendingHead(msgspec.Struct, frozen=True):
    """A head that attends to the trigger: kind of attention; layer and head, from 1."""

    kind: str
    layer: int
    head: int


class _Primary(msgspec.Struct):
    kind: str
    claims: list[AttendingHead]


class _Strength(msgspec.Struct):
    strength: str


class AttentionSummary(msgspec.Struct):
    """What is needed of ``summary.json`` of `analyze`.

    Attributes:
        process: its name.
        verdict: with its ``strength``.
        primary: the family that makes the headline, with the heads that are claimed; None for a plain list.
        about: provenance.
    """

    process: str
    verdict: _Strength
    primary: _Primary | None
    about: Provenance = Provenance()


@dataclass
class MinimalPair:
    """The trigger replaced in the input: the effect to be explained, of which those of knock-outs are shares.

    Attributes:
        measure: ``minimal-pair+prefix`` where the surface trigger precedes the decision step in every word.
        intact, after: mean log-odds of the untouched model, and with the trigger replaced.
        effect, low, high: their difference; 95 % interval.
        p: as in `Effects`, of the null that replacing it takes nothing away.
        distinguishes: does it meet the rule `criteria.DISTINGUISHES`?
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
        name: ``routes`` (all heads; the one that makes the headline), ``layers of cross``, ``heads of cross`` ...
        which: the interventions.
        effect, low, high: intact log-odds - those after it; 95 % intervals.
        share, low_share, high_share: effect over the minimal pair's; 95 % intervals.
        controls: ``others``, ``mirror`` -> effect of the same knock-out there; NaN where some word has no such place.
        p: max-T p-values of the paired difference between trigger and control, by unit and control
            (``stems_others``, ``both_mirror``; of real words ``stems_`` only); NaN where not tested.
        changes: share of words whose greedy output changes.
        uses: do they meet the rule `criteria.USES`?  # bool
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

    @property
    def met(self) -> set[str]:
        """Measures that meet the rule of use."""
        return {one.measure for one, uses in zip(self.which, self.uses, strict=True) if uses}

    def named(self, n: int) -> str:
        """A single head, as ``2.1``."""
        return f"{self.which[n].layer}.{self.which[n].head}"

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
        route: one of `verdict.VERDICTS`; empty unless there is something to explain and to test.
        kinds: the routes that make it, as in ``("cross", "encoder")`` of ``either suffices``.
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
    """Everything about one model's use of the trigger of one process.

    Attributes:
        process, language: their names.
        design: None for a list without one, where errors left too little, and in a study that was read back.
        exclusions: None for a list without a design.
        n_words, n_stems, n_suffixes: tested; of cell TR.
        minimal_pair: None where some word has none.
        families: ``routes`` first.
        verdict: what may be said.
        reasons_withheld: why no claim may be made; empty if claims may be made.
        attention: what `analyze` says of the same model, if it was given.
        segments: target and trigger segments of the words, for figures.
        provenance: for ``summary.json``.
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
    attention: AttentionSummary | None = None
    segments: dict[str, tuple[str, ...]] = field(default_factory=dict)
    provenance: Provenance = field(default_factory=Provenance)
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


@dataclass(frozen=True)
class Words:
    """The TR words of a design, and how what interventions do to them is tested.

    Attributes:
        found: what was done to the model.
        index: numbers of the events.  # -> rows x columns, or words
        tests: unit of the tables -> name of the test in `Paired`; empty where there are too few units to test.
        n_permutations: of each test; all ways to flip signs where they are fewer.
        seed: of flips and resampling.
    """

    found: Interventions
    index: np.ndarray
    tests: dict[str, str]
    n_permutations: int = PERMUTATIONS
    seed: int = 1

    @classmethod
    def of(
        cls, found: Interventions, design: Design | None, n_permutations: int = PERMUTATIONS, seed: int = 1
    ) -> Words:
        """Those of a design; without one, those that are included."""
        if design is None:
            index = [n for n, event in enumerate(found.events) if event.included and event.item.cell == "TR"]
            return cls(found, np.array(index, int), {}, n_permutations, seed)
        index = design.events_of("TR")
        tests = {"stems": "rows"}
        if design.is_crossed:
            tests = dict(sorted(zip(design.test_names, ("rows", "columns"), strict=True))) | {"both": "both"}
        return cls(found, index, tests if min(index.shape) >= LEAST_FLIPPED else {}, n_permutations, seed)

    def effects(self, columns: Sequence[int]) -> np.ndarray:
        """Of some interventions.  # -> index x columns"""
        return self.found.effects[self.index][..., columns].astype(float)

    def p(self, values: np.ndarray) -> dict[str, np.ndarray]:
        """Unit -> p-values of values of the words.  # index x interventions -> interventions"""
        scale = float(np.abs(self.found.intact[self.index]).max(initial=0))
        tested = test_paired(values, self.n_permutations, self.seed, scale=scale)
        return {unit: tested.p[name] for unit, name in self.tests.items()}


def over(unit: str) -> str:
    """What a test takes as random, in words."""
    return "stems and suffixes at once" if unit == "both" else unit


def minimal_pair_of(words: Words) -> MinimalPair | None:
    """What replacing the trigger takes away; None where some words have no minimal pair."""
    found = words.found
    for measure in reversed(MINIMAL_PAIRS):
        one = Intervention(measure, "trigger")
        if one not in found.which:
            continue
        values = words.effects([found.which.index(one)])
        if values.size and np.isfinite(values).all():
            intact, effect = float(found.intact[words.index].mean(dtype=float)), float(values.mean())
            low, high, p = np.nan, np.nan, {}
            if words.tests:
                low, high = (float(end[0]) for end in interval(values, words.seed))
                p = words.p(values)
            evidence = Evidence({over(unit): each for unit, each in p.items()}, np.array([effect]), whole=intact)
            p = {unit: float(each[0]) for unit, each in p.items()}
            distinguishes = bool(DISTINGUISHES.met(evidence)[0])
            return MinimalPair(measure, intact, intact - effect, effect, low, high, p, distinguishes)
    return None


def families_of(words: Words, pair: MinimalPair | None) -> list[Effects]:
    """The families of knock-outs that are tested together, ``routes`` first."""
    columns: dict[str, list[int]] = {"routes": []}
    for n, one in enumerate(words.found.which):
        if one.place == "trigger" and one.measure in KNOCK_OUTS:
            unit = "layers of " if one.head is None else "heads of "
            columns.setdefault("routes" if one.layer is None else unit + one.measure, []).append(n)
    return [_family(words, name, own, pair) for name, own in columns.items()]


def _family(words: Words, name: str, columns: Sequence[int], pair: MinimalPair | None) -> Effects:
    which = [words.found.which[n] for n in columns]
    values = words.effects(columns)  # -> rows x columns (or words) x interventions
    units = tuple(range(values.ndim - 1))
    whole = np.isfinite(values).all(units) & (words.index.size > 0)
    effect, nothing = _means(values), np.full(len(which), np.nan)
    low, high, low_share, high_share = (nothing.copy() for _ in range(4))
    distinguishes = pair is not None and pair.distinguishes
    share = effect / pair.effect if distinguishes else nothing.copy()
    if words.tests and whole.any():
        low[whole], high[whole] = interval(values[..., whole], words.seed)
        if distinguishes:
            base = words.effects([words.found.number(pair.measure)])[..., 0]
            low_share[whole], high_share[whole] = ratio_interval(values[..., whole], base, words.seed)
    controls, p, asked = {}, {}, {}
    for control in CONTROLS:
        there = effects_at(words.found, words.index, which, control)
        controls[control] = np.where(np.isfinite(there).all(units), _means(there), np.nan)
        apart = values - there
        known = np.isfinite(apart).all(units)
        tested = words.p(apart[..., known]) if known.any() else {}
        for unit in words.tests:
            own = p[f"{unit}_{control}"] = asked[f"{over(unit)} against {PLACES[control].label}"] = nothing.copy()
            own[known] = tested.get(unit, np.nan)
    first = next(iter(p.values()), nothing)
    evidence = Evidence(
        *(asked, share),
        beyond={control: share - each / pair.effect for control, each in controls.items()} if distinguishes else {},
        # some words have no other place
        optional=frozenset(name for name in asked if not name.endswith(PLACES[CONTROLS[0]].label)),
        tested=np.isfinite(first),
        explained=distinguishes,
    )
    return Effects(
        *(name, which, effect, low, high, share, low_share, high_share, controls, p),
        changes=_means(words.found.changes[words.index][..., columns].astype(float)),
        uses=USES.met(evidence),
        unmet=USES.unmet(evidence),
    )


def effects_at(found: Interventions, index: np.ndarray, which: Sequence[Intervention], place: str) -> np.ndarray:
    """Effects of the same knock-outs at a place; NaN where it was not made.  # -> index x which"""
    effects, numbers = found.effects, {one: n for n, one in enumerate(found.which)}
    there = np.full((*index.shape, len(which)), np.nan)
    for n, one in enumerate(which):
        same = numbers.get(Intervention(one.measure, place, one.layer, one.head))
        if same is not None:
            there[..., n] = effects[index, same]
    return there


def _means(values: np.ndarray) -> np.ndarray:
    """Over words; NaN only where no word has a value."""
    units = tuple(range(values.ndim - 1))
    known = np.isfinite(values)
    count = known.sum(units)
    return np.where(count > 0, np.where(known, values, 0).sum(units) / np.maximum(count, 1), np.nan)
