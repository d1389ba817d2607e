"""What interventions take away from a model's choice, or give back: effects, shares of the minimal-pair effect, tests.

`analyze` puts it together, `verdict` says what it means; tables, figures and the report read it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import msgspec
import numpy as np

from ...files import Place, Share
from ...phonology.transcription import WORD_EDGE
from ..criteria import DISTINGUISHES, LEAST_CLAIMED, LEAST_SHARE, USES
from ..design.designs import Design
from ..design.exclusions import Exclusions
from ..design.limits import DESCRIBED
from ..evidence import Evidence
from ..provenance import Provenance
from ..statistics.crossed import holm
from ..statistics.paired import interval, p_of_means, ratio_interval
from .kinds import DIRECTIONS, KINDS, MINIMAL_PAIRS, Intervention
from .run import Interventions, effects_at, values_at


class AttendingHead(msgspec.Struct, frozen=True):
    """A head that attends to the trigger: kind of attention; layer and head, from 1."""

    kind: str
    layer: Place
    head: Place


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
    """The trigger replaced in the input: the effect to be explained, of which all others are shares.

    Attributes:
        measure: ``minimal-pair+prefix`` where the surface trigger precedes the decision step, in some word at least.
        intact, after: mean log-odds of the untouched model, and with the trigger replaced.
        effect, low, high: their difference; 95 % interval.
        p: of the null that replacing it takes nothing away, stems and suffixes random; NaN where not tested.
        distinguishes: does it meet the rule `criteria.DISTINGUISHES`?
    """

    measure: str
    intact: float
    after: float
    effect: float
    low: float
    high: float
    p: float
    distinguishes: bool

    @property
    def unshared(self) -> str:
        """Why no shares of it are taken, without a period; empty where they are."""
        if self.distinguishes:
            return ""
        lacks = "was not tested" if np.isnan(self.p) else "was not shown to be above 0 and large enough"
        return f"This difference {lacks}, so that no shares of it are taken"


@dataclass
class Measured:
    """What one method does in one family. Arrays have one entry an intervention; NaN where it was not made.

    Attributes:
        effect, low, high: in log-odds, as `Interventions.effects`; 95 % intervals.
        share, low_share, high_share: effect over the minimal pair's; 95 % intervals.
        others: effect of the same at other segments; NaN where some word has none.
        others_share: the same over the minimal pair's effect.
        p: of the null that it does no more than at other segments, or than `criteria.LEAST_SHARE` of the minimal pair
            (the larger of two p): t of the paired differences, stems and suffixes random, also corrected for units
            skewed to the left (`paired.p_of_means`), and over the family (Holm); NaN where not tested, as are
            knock-outs.
        changes: share of words whose greedy output changes.
    """

    effect: np.ndarray
    low: np.ndarray
    high: np.ndarray
    share: np.ndarray
    low_share: np.ndarray
    high_share: np.ndarray
    others: np.ndarray
    others_share: np.ndarray
    p: np.ndarray
    changes: np.ndarray


@dataclass
class Effects:
    """One family of interventions at the trigger, tested together. Arrays have one entry an intervention.

    Attributes:
        name: ``routes`` (all heads; the one that makes the headline), ``keys and values`` (each alone), ``totals``
            (described only), ``layers of cross``, ``heads of cross`` ...
        which: the interventions, whatever the method.
        noising, denoising, knock_out: what each method does.
        uses: do they meet the rule `criteria.USES`, and may that be claimed (`Causal.reasons_withheld`)?  # bool
        unmet: for each, what of that rule is not met, in words.
    """

    name: str
    which: list[Intervention]
    noising: Measured
    denoising: Measured
    knock_out: Measured
    uses: np.ndarray
    unmet: list[list[str]] = field(default_factory=list)

    def of(self, method: str) -> Measured:
        """What one of `kinds.METHODS` does."""
        return getattr(self, method.replace("-", "_"))

    @property
    def share(self) -> np.ndarray:
        """The smaller of the shares of both directions, which is what the rule of use asks about."""
        return np.minimum(self.noising.share, self.denoising.share)

    def number(self, measure: str, parts: str = "both") -> int | None:
        """Of the intervention with that measure; None if there is none."""
        return next((n for n, one in enumerate(self.which) if (one.measure, one.parts) == (measure, parts)), None)

    @property
    def met(self) -> set[str]:
        """Measures that meet the rule of use."""
        return {one.measure for one, uses in zip(self.which, self.uses, strict=True) if uses}

    def named(self, n: int) -> str:
        """A single head, as ``2.1``."""
        return f"{self.which[n].layer}.{self.which[n].head}"

    def largest_p(self, n: int) -> float:
        """The larger of the p-values of both directions; NaN if it was not tested."""
        return float(np.maximum(self.noising.p[n], self.denoising.p[n]))


@dataclass(frozen=True)
class Drawn:
    """In what share of bootstrap draws the routes give one verdict: `route` and `kinds` as in `CausalVerdict`."""

    route: str
    kinds: tuple[str, ...]
    share: Share


@dataclass(frozen=True)
class CausalVerdict:
    """What may be said.

    Attributes:
        strength: ``uses``; ``none`` (no route was shown to meet the rule), ``same`` (replacing the trigger was not
            shown to make a difference: there is nothing to explain), ``withheld`` (errors, or too few units, forbid a
            claim), ``descriptive`` (no design to test, or one of `design.limits`).
        route: one of `routes.VERDICTS`; empty unless there is something to explain and to test.
        kinds: the routes that make it, as in ``("cross", "encoder")`` of ``either suffices``.
        sentence: the verdict in one sentence, followed by ``heads``.
        attends: of the attention's verdict; None if none was given, or that one made no claim either way.
        caveats: sentences that belong to it.
        heads: what each head does that attends to the trigger; empty without a verdict on attention.
    """

    strength: str
    route: str
    kinds: tuple[str, ...]
    sentence: str
    attends: bool | None = None
    caveats: tuple[str, ...] = ()
    heads: str = ""


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
        draws: verdicts on routes in bootstrap draws, the most frequent first; empty where there is nothing to explain.
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
    draws: tuple[Drawn, ...] = ()
    reasons_withheld: tuple[str, ...] = ()
    attention: AttentionSummary | None = None
    segments: dict[str, tuple[str, ...]] = field(default_factory=dict)
    provenance: Provenance = field(default_factory=Provenance)
    target_first: bool = True

    @property
    def edge(self) -> str:
        """``R`` where the trigger is the end of the word, ``N`` where what replaces it is; else empty."""
        places = {"R": "trigger", "N": "replaced"}
        return next((letter for letter, place in places.items() if WORD_EDGE in self.segments.get(place, ())), "")

    @property
    def described(self) -> bool:
        """Is nothing claimed because of the kind of its design alone?"""
        return bool(self.reasons_withheld) and DESCRIBED.issuperset(self.reasons_withheld)

    @property
    def replaced(self) -> str:
        """What the minimal pair is, as after ``with the``."""
        at_edge = {"R": "stem before a suffix", "N": "word ending before the trigger"}
        return at_edge.get(self.edge, "trigger replaced")

    @property
    def routes(self) -> Effects:
        """All heads together."""
        return self.families[0]

    def family(self, name: str) -> Effects | None:
        """By its name; None if there is none."""
        return next((family for family in self.families if family.name == name), None)

    def heads(self, kind: str) -> Effects | None:
        """The family of single heads of that attention; None if there is none, or it was not tested."""
        family = self.family(f"heads of {kind}")
        return family if family is not None and np.isfinite(family.noising.p).any() else None


@dataclass(frozen=True)
class Words:
    """The TR words of a design.

    Attributes:
        found: what was done to the model.
        index: numbers of the events.  # -> rows x columns, or words
        design: do they belong to one?
        seed: of resampling.
    """

    found: Interventions
    index: np.ndarray
    design: bool = True
    seed: int = 1

    @classmethod
    def of(cls, found: Interventions, design: Design | None, seed: int = 1) -> Words:
        """Those of a design; without one, those that are included."""
        if design is not None:
            index = design.events_of("TR")
            # of the one end of the word, every stem makes one word
            return cls(found, index.ravel() if 1 in index.shape else index, True, seed)
        index = [n for n, event in enumerate(found.events) if event.included and event.item.cell == "TR"]
        return cls(found, np.array(index, int), False, seed)

    @property
    def tested(self) -> bool:
        """Are there enough units of each kind to test anything?"""
        return self.design and min(self.index.shape) >= LEAST_CLAIMED

    def effects(self, which: Sequence[Intervention]) -> np.ndarray:
        """Of some interventions; NaN where one was not made.  # -> index x which"""
        return effects_at(self.found, self.index, which)

    def minimal_pair(self) -> np.ndarray:
        """Its effect.  # -> index"""
        return self.found.minimal_pair[self.index].astype(float)

    def interval(self, values: np.ndarray, whole: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """95 % interval of means, or of their shares of a mean; NaN without a design.  # values: index x columns"""
        if not self.design or min(self.index.shape) < 2:
            return (np.full(values.shape[-1], np.nan),) * 2
        return interval(values, self.seed) if whole is None else ratio_interval(values, whole, self.seed)

    def p(self, values: np.ndarray) -> np.ndarray:
        """One-sided p-values of means, not corrected; NaN where not tested.  # values: index x columns"""
        return p_of_means(values) if self.tested else np.full(values.shape[-1], np.nan)


def minimal_pair_of(words: Words) -> MinimalPair | None:
    """What replacing the trigger takes away; None where some words have no minimal pair."""
    found, values = words.found, words.minimal_pair()
    if not values.size or not np.isfinite(values).all():
        return None
    intact, effect = float(found.intact[words.index].mean(dtype=float)), float(values.mean())
    low, high = (float(end[0]) for end in words.interval(values[..., None]))
    p = words.p(values[..., None])
    prefixed = int(np.isfinite(words.effects([Intervention(MINIMAL_PAIRS[1], "trigger", method="input")])).any())
    distinguishes = bool(DISTINGUISHES.met(Evidence({"no effect": p}, np.array([effect]), whole=intact))[0])
    return MinimalPair(MINIMAL_PAIRS[prefixed], intact, intact - effect, effect, low, high, float(p[0]), distinguishes)


def families_of(words: Words, pair: MinimalPair | None) -> list[Effects]:
    """The families of interventions that are tested together, ``routes`` first."""
    families: dict[str, dict[Intervention, None]] = {"routes": {}}
    for one in words.found.which:
        role = KINDS[one.measure].role
        if one.place != "trigger" or role == "minimal pair":
            continue
        name = "totals" if role == "total" else "routes" if one.parts == "both" else "keys and values"
        if one.layer is not None:
            name = f"{'layers' if one.head is None else 'heads'} of {one.measure}"
        families.setdefault(name, {})[one if role == "total" else replace(one, method=DIRECTIONS[0])] = None
    return [_family(words, name, list(which), pair) for name, which in families.items()]


def _family(words: Words, name: str, which: list[Intervention], pair: MinimalPair | None) -> Effects:
    methods = [_measured(words, which, method, pair) for method in (*DIRECTIONS, "knock-out")]
    found = Effects(name, which, *methods, np.zeros(len(which), bool))
    units = "stems and suffixes" if words.index.ndim > 1 else "words"
    both = {direction: found.of(direction) for direction in DIRECTIONS}
    evidence = Evidence(
        {f"{units} ({direction})": each.p for direction, each in both.items()},
        found.share,
        low={direction: each.low_share for direction, each in both.items()},
        beyond={f"other segments ({name})": each.share - each.others_share for name, each in both.items()},
        tested=np.isfinite(both["noising"].p) & np.isfinite(both["denoising"].p),
        explained=pair is not None and pair.distinguishes,
    )
    found.uses, found.unmet = USES.met(evidence), USES.unmet(evidence)
    return found


def _measured(words: Words, which: Sequence[Intervention], method: str, pair: MinimalPair | None) -> Measured:
    here, there = ([replace(one, method=method, place=place) for one in which] for place in ("trigger", "others"))
    values, elsewhere = words.effects(here), words.effects(there)  # -> rows x columns (or words) x interventions
    units = tuple(range(values.ndim - 1))
    whole, nothing = np.isfinite(values).all(units) & (words.index.size > 0), np.full(len(which), np.nan)
    effect, others = _means(values), np.where(np.isfinite(elsewhere).all(units), _means(elsewhere), np.nan)
    low, high, low_share, high_share, p = (nothing.copy() for _ in range(5))
    pair_effect = pair.effect if pair is not None and pair.distinguishes else np.nan
    if whole.any():
        low[whole], high[whole] = words.interval(values[..., whole])
        if np.isfinite(pair_effect):
            low_share[whole], high_share[whole] = words.interval(values[..., whole], words.minimal_pair())
    known = whole & np.isfinite(others) & (method in DIRECTIONS)
    if words.tested and pair is not None and known.any():
        least = LEAST_SHARE * words.minimal_pair()[..., None]
        p[known] = holm(np.maximum(*(words.p((values - than)[..., known]) for than in (elsewhere, least))))
    share = np.where(whole, effect / pair_effect, np.nan)  # of the same words, or none
    shares = (share, low_share, high_share, others, others / pair_effect)
    changes = _means(values_at(np.where(words.found.ran, words.found.changes, np.nan), words.found, words.index, here))
    return Measured(effect, low, high, *shares, p, changes)


def _means(values: np.ndarray) -> np.ndarray:
    """Over words; NaN only where no word has a value."""
    units = tuple(range(values.ndim - 1))
    known = np.isfinite(values)
    count = known.sum(units)
    return np.where(count > 0, np.where(known, values, 0).sum(units) / np.maximum(count, 1), np.nan)
