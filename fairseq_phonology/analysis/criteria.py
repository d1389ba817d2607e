"""The claim rule (DESIGN section 5): one list of criteria for each claim, and every limit, once.

A `Rule` is a list of `Criterion` objects. What was computed is put into an `Evidence`, arrays with one entry a test (a
head, a layer, a route; `power` puts thousands of simulated heads beside each other); then

- ``rule.met(evidence)`` says which tests meet the whole rule,
- ``rule.unmet(evidence)`` says of each test, in words, what it lacks,
- ``rule.clause()`` is the rule as the methods text has it, ``only if ...``,
- ``rule.checks(evidence, n)`` gives the lines of the checklist for one test.

To add a criterion, write a subclass of `Criterion` and put it into a rule below; tests, tables, figures, methods text,
checklist, `power` and the benchmarks ask the rule. A scale on which a contrast must hold besides is an entry of
`ADDITIONAL`. `WITHHELD` is the rule of what errors may exclude from a design before any claim is withheld.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar

import numpy as np

from ..text import P_PLACES, decimal, listed, p_text, percent
from .design.crossing import design_of
from .design.designs import Design, Exclusions
from .events.events import Events, included_events
from .events.measures import logit, open_logit
from .statistics.over_models import FEWEST

ALPHA = 0.05  # of every corrected p
LEAST_MASS = 0.05  # of mass: less is not called attending
LEAST_SHARE = 0.20  # of the minimal-pair effect: less is not called use
MOST_EXCLUDED = 0.20  # share of stems that errors exclude, beyond which no claim is made
MOST_APART = 0.10  # difference between the shares of two classes, likewise
NOT_SPECIFIC = "not process-specific"  # of a plain word list, whatever the tests give

Segments = Mapping[str, Mapping[str, Mapping[str, np.ndarray]]]  # scale -> target or trigger -> segment -> estimates
_ONE = {"stems": "stem", "suffixes": "suffix", "words": "word"}


@dataclass(frozen=True)
class AdditionalScale:
    """A scale on which a contrast must hold besides, for a claim.

    Attributes:
        contrast: whose claims need it.
        text: what it is.
        of: the measure that it is computed from: ``mass`` or ``beside``.
        values: its values, of those of the measure.
    """

    contrast: str
    text: str
    of: str
    values: Callable[[np.ndarray], np.ndarray]


# Without these a head that attends to the triggers' natural class everywhere would pass where control targets belong to
# that class, because they share the query's mass with the trigger.
ADDITIONAL = {
    "odds": AdditionalScale("response", "log-odds without lower limit", "mass", open_logit),
    "beside": AdditionalScale("inspection", "mass beside the target", "beside", lambda values: values),
    "beside-logit": AdditionalScale("inspection", "log-odds beside the target", "beside", logit),
}


def additional_values(contrast: str, measures: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Values on the additional scales of a contrast, by scale, as far as the measures they come from are given."""
    return {
        name: each.values(measures[each.of])
        for name, each in ADDITIONAL.items()
        if each.contrast == contrast and each.of in measures
    }


@dataclass(frozen=True)
class Evidence:
    """What a claim rests on; arrays have one entry a test. What a rule does not ask for may be left out.

    Attributes:
        p: corrected p-values, by what they are over and against, in words: ``stems (mass)``, ``models``,
            ``suffixes against others``. NaN: not tested.
        amount: the contrast's mass; of an intervention the share of the minimal-pair effect; of a minimal pair its
            effect in log-odds.
        segments: estimates with single segments alone.
        units: on how many units each of these rests: target or trigger -> what the units are, segment -> how many.
        beyond: control -> the share less that of the control intervention; NaN where there is no such control.
        optional: names of those p whose test some words have no room for, so that NaN is no failure.
        tested: whether there was anything to test against; default: everywhere.
        explained: is there a minimal-pair effect to take shares of?
        whole: what the effect of a minimal pair is a share of: the log-odds of the untouched model.
        models: how many were tested; None for a single one.
        values: of the design, by scale, for criteria that need more than estimates.
        design: those of which.
    """

    p: Mapping[str, np.ndarray]
    amount: np.ndarray
    segments: Segments = field(default_factory=dict)
    units: Mapping[str, tuple[str, Mapping[str, int]]] = field(default_factory=dict)
    beyond: Mapping[str, np.ndarray] = field(default_factory=dict)
    optional: frozenset[str] = frozenset()
    tested: np.ndarray | None = None
    explained: bool = True
    whole: float = float("nan")
    models: int | None = None
    values: Mapping[str, np.ndarray] = field(default_factory=dict)
    design: Design | None = None

    @property
    def size(self) -> int:
        """Number of tests."""
        return len(self.amount)


@dataclass(frozen=True)
class Criterion:
    """One criterion of a rule.

    Attributes:
        name: its line in the checklist.
        clause: what the methods text says of it, after ``only if``.
        first: where it is not met, those after it are not asked.
    """

    name: str
    clause: str
    first: ClassVar[bool] = False

    def met(self, found: Evidence) -> np.ndarray:
        """Its condition.  # -> tests, bool"""
        raise NotImplementedError

    def unmet(self, found: Evidence, n: int) -> list[str]:
        """What test ``n`` lacks, in words; asked where it does not meet the condition."""
        raise NotImplementedError

    def detail(self, found: Evidence, n: int) -> str:
        """What the checklist says of test ``n``."""
        raise NotImplementedError


@dataclass(frozen=True)
class Significant(Criterion):
    """Every p is under `ALPHA`.

    Attributes:
        each: name every p that is not, instead of the largest.
    """

    each: bool = False

    def met(self, found: Evidence) -> np.ndarray:
        fine = np.ones(found.size, bool)
        for what, p in found.p.items():
            fine = fine & ((p < ALPHA) | (np.isnan(p) if what in found.optional else False))
        return fine

    def unmet(self, found: Evidence, n: int) -> list[str]:
        failed = {what: p[n] for what, p in found.p.items() if not p[n] < ALPHA}
        failed = {what: p for what, p in failed.items() if what not in found.optional or not np.isnan(p)}
        worst = max(failed, key=lambda what: np.inf if np.isnan(failed[what]) else failed[what])
        if self.each or len(failed) == 1:
            return [_not_under(what, p, found.models) for what, p in failed.items()]
        return [
            f"{_not_under(worst, failed[worst], found.models)} (the largest of {len(failed)} such p-values in "
            f"{len(found.p)} tests)"
        ]

    def detail(self, found: Evidence, n: int) -> str:
        known = {what: p[n] for what, p in found.p.items() if not np.isnan(p[n])}
        if not known:
            return "Not tested."
        worst = max(known, key=known.get)
        return f"{'Largest' if len(known) > 1 else 'Corrected'} {p_text(known[worst])}, over {worst}" + (
            f", of {len(known)}." if len(known) > 1 else "."
        )


@dataclass(frozen=True)
class LeastMass(Criterion):
    """At least `LEAST_MASS`."""

    def met(self, found: Evidence) -> np.ndarray:
        return found.amount >= LEAST_MASS

    def unmet(self, found: Evidence, n: int) -> list[str]:
        return [f"{decimal(found.amount[n], 3)} of mass, under {decimal(LEAST_MASS)}"]

    def detail(self, found: Evidence, n: int) -> str:
        return f"{decimal(found.amount[n])} of mass."


@dataclass(frozen=True)
class EverySegment(Criterion):
    """Positive with every target segment and every trigger segment taken alone, on every scale."""

    def met(self, found: Evidence) -> np.ndarray:
        fine = np.ones(found.size, bool)
        for _, _, _, values in _alone(found.segments):
            fine = fine & (values > 0)
        return fine

    def unmet(self, found: Evidence, n: int) -> list[str]:
        places: dict[tuple[str, str], list[str]] = {}
        for scale, place, segment, values in _alone(found.segments):
            if not values[n] > 0:
                places.setdefault((place, segment), []).append(scale)
        named = [
            f"{place} {segment} alone ({_resting_on(found, place, segment)}{', '.join(scales)})"
            for (place, segment), scales in places.items()
        ]
        return [f"not positive for {listed(named)}"]

    def detail(self, found: Evidence, n: int) -> str:
        alone = {}
        for _, place, segment, values in _alone(found.segments):  # of several scales the first: mass
            alone.setdefault((place, segment), f"{segment} {decimal(values[n])}")
        return f"With one segment alone: {', '.join(alone.values()) or 'none known'}."


@dataclass(frozen=True)
class LeastShare(Criterion):
    """At least `LEAST_SHARE` of the minimal-pair effect, also beyond each control intervention."""

    def met(self, found: Evidence) -> np.ndarray:
        fine = found.amount >= LEAST_SHARE
        for beyond in found.beyond.values():
            fine = fine & ((beyond >= LEAST_SHARE) | np.isnan(beyond))
        return fine

    def unmet(self, found: Evidence, n: int) -> list[str]:
        shares = {"": found.amount[n]} | {f" beyond {name}": each[n] for name, each in found.beyond.items()}
        what, share = next((what, s) for what, s in shares.items() if s < LEAST_SHARE or (np.isnan(s) and not what))
        return [f"{percent(share)} % of the minimal-pair effect{what}, under {percent(LEAST_SHARE)} %"]

    def detail(self, found: Evidence, n: int) -> str:
        beyond = [f"{percent(each[n])} % beyond {name}" for name, each in found.beyond.items() if not np.isnan(each[n])]
        return f"{percent(found.amount[n])} % of the minimal-pair effect{', ' if beyond else ''}{listed(beyond)}."


@dataclass(frozen=True)
class LeastOfWhole(Criterion):
    """A minimal pair takes away at least `LEAST_SHARE` of the untouched model's log-odds."""

    def met(self, found: Evidence) -> np.ndarray:
        return (found.amount > 0) & (found.amount >= LEAST_SHARE * found.whole)

    def unmet(self, found: Evidence, n: int) -> list[str]:
        of = "models" if found.models else "model"
        return [f"{found.amount[n]:.1f} of log-odds, under {percent(LEAST_SHARE)} % of those of the untouched {of}"]

    def detail(self, found: Evidence, n: int) -> str:
        return f"{found.amount[n]:.1f} of {found.whole:.1f} log-odds."


@dataclass(frozen=True)
class Explained(Criterion):
    """There is a minimal-pair effect to take a share of."""

    first: ClassVar[bool] = True

    def met(self, found: Evidence) -> np.ndarray:
        return np.full(found.size, found.explained)

    def unmet(self, found: Evidence, n: int) -> list[str]:
        return ["no minimal-pair effect to take a share of"]

    def detail(self, found: Evidence, n: int) -> str:
        return "The minimal pair changes the log-odds." if found.explained else "The minimal pair changes too little."


@dataclass(frozen=True)
class Tested(Criterion):
    """There are words and other segments to test against."""

    first: ClassVar[bool] = True

    def met(self, found: Evidence) -> np.ndarray:
        return np.ones(found.size, bool) if found.tested is None else found.tested

    def unmet(self, found: Evidence, n: int) -> list[str]:
        return ["not tested: no words, or no other segments, to test it against"]

    def detail(self, found: Evidence, n: int) -> str:
        return "Tested against the same at other segments."


@dataclass(frozen=True)
class EnoughModels(Criterion):
    """As many models as a sign-flip needs."""

    def met(self, found: Evidence) -> np.ndarray:
        return np.full(found.size, found.models >= FEWEST)

    def unmet(self, found: Evidence, n: int) -> list[str]:
        return [f"{found.models} models; a test needs {FEWEST} or more"]

    def detail(self, found: Evidence, n: int) -> str:
        return f"{found.models} models."


@dataclass(frozen=True)
class Rule:
    """What a claim needs.

    Attributes:
        claim: what is claimed: ``attends``, ``uses``, ``distinguishes``.
        criteria: all of them, in the order in which what is unmet is told.
    """

    claim: str
    criteria: tuple[Criterion, ...]

    def met(self, found: Evidence) -> np.ndarray:
        """Which tests meet all of it.  # -> tests, bool"""
        return np.logical_and.reduce([criterion.met(found) for criterion in self.criteria])

    def unmet(self, found: Evidence) -> list[list[str]]:
        """Of each test, what it lacks, in words; empty where it meets the rule."""
        met = [criterion.met(found) for criterion in self.criteria]
        lacks: list[list[str]] = [[] for _ in range(found.size)]
        for n, own in enumerate(lacks):
            for criterion, fine in zip(self.criteria, met, strict=True):
                if not fine[n]:
                    own += criterion.unmet(found, n)
                    if criterion.first:
                        break
        return lacks

    def clause(self) -> str:
        """The rule for the methods text, after ``only if``."""
        *first, last = [criterion.clause for criterion in self.criteria if criterion.clause]
        return f"{', '.join(first)}, and {last}" if first else last

    def checks(self, found: Evidence, n: int) -> list[tuple[str, bool, str]]:
        """Lines of the checklist: name, whether test ``n`` meets it, and the detail."""
        return [(each.name, bool(each.met(found)[n]), each.detail(found, n)) for each in self.criteria]


_MASS, _SHARE = f"{decimal(LEAST_MASS)} of mass", f"{percent(LEAST_SHARE)} % of the minimal-pair effect"
_TESTS, _P = "Every test", f"every one of these tests gives p < {decimal(ALPHA)}"
_MODELS = EnoughModels("Models enough", f"at least {FEWEST} models were tested")
_USED = LeastShare(
    f"Floor of {_SHARE}",
    f"it takes away at least {percent(LEAST_SHARE)} % of what the minimal pair does, also beyond a control's",
)
_PAIR, _TO_TEST = Explained("Minimal pair", ""), Tested("Controls", "")
_OF_WHOLE = LeastOfWhole(
    f"Floor of {percent(LEAST_SHARE)} % of the log-odds",
    f"it takes away at least {percent(LEAST_SHARE)} % of the untouched model's log-odds",
)

ATTENDS = Rule(
    "attends",
    (
        Significant(_TESTS, f"{_P} on both scales"),
        LeastMass(f"Floor of {_MASS}", f"its response is at least {_MASS}"),
        EverySegment(
            "Every segment alone",
            "the response is positive with every target segment and every trigger segment taken alone",
        ),
    ),
)
USES = Rule("uses", (_PAIR, _TO_TEST, Significant(_TESTS, _P), _USED))
DISTINGUISHES = Rule("distinguishes", (Significant(_TESTS, _P), _OF_WHOLE))
ATTENDS_OVER_MODELS = Rule(
    "attends",
    (
        _MODELS,
        Significant(
            _TESTS, f"{_P} on both scales, mass and log-odds, and on {ADDITIONAL['odds'].text}", each=True
        ),
        LeastMass(f"Floor of {_MASS}", f"the mean over models is at least {_MASS}"),
    ),
)  # fmt: skip
USES_OVER_MODELS = Rule("uses", (_PAIR, _TO_TEST, _MODELS, Significant(_TESTS, _P, each=True), _USED))
DISTINGUISHES_OVER_MODELS = Rule("distinguishes", (_MODELS, Significant(_TESTS, _P, each=True), _OF_WHOLE))


@dataclass(frozen=True)
class Limit:
    """What errors may exclude from a design; beyond it every claim is withheld.

    Attributes:
        clause: what the methods text says of it, before ``no claim is made``.
        reasons: of exclusions beyond it, in words; empty within.
        text: of the limit, for the checklist.
    """

    clause: str
    reasons: Callable[[Exclusions], list[str]]
    text: str


def _too_many(found: Exclusions) -> list[str]:
    lost, of = (sum(pair[n] for pair in found.stems_excluded.values()) for n in (0, 1))
    if lost <= MOST_EXCLUDED * of:
        return []
    share = f"{lost} of {of} {found.whole} ({100 * lost / of:.0f} %)"
    return [f"{share} were excluded because of errors; allowed: {percent(MOST_EXCLUDED)} %"]


def _unlike(found: Exclusions) -> list[str]:
    shares = {letter: lost / of for letter, (lost, of) in found.stems_excluded.items()}
    return _apart(shares, f"{found.whole} excluded") + [
        reason for failed in found.failed_by_class() for reason in _apart(failed, "events failed")
    ]


def _apart(shares: Mapping[str, float], what: str) -> list[str]:
    if max(shares.values()) - min(shares.values()) <= MOST_APART + 1e-12:
        return []
    each = " and ".join(f"{percent(share)} % of class {letter}" for letter, share in shares.items())
    return [f"shares of {what} differ by over {percent(MOST_APART)} points: {each}"]


WITHHELD = (
    Limit(f"more than {percent(MOST_EXCLUDED)} % excluded", _too_many, f"{percent(MOST_EXCLUDED)} %"),
    Limit(
        f"shares that differ by more than {percent(MOST_APART)} points between classes",
        _unlike,
        f"{percent(MOST_APART)} points between classes",
    ),
)


def complete(events: Events, derived: bool = False) -> tuple[Design | None, Exclusions | None]:
    """The design of the included events, and what errors excluded, with every reason why claims are withheld.

    Args:
        events: all of them.
        derived: see `design_of`.

    Returns:
        (None, None) for a plain word list; (None, exclusions) where errors left too few units to test.

    Raises:
        InputError: as `design_of`.
    """
    whole = design_of(events.items, derived)
    if whole is None:
        return None, None
    design, found = whole.without(included_events(events))
    reasons = [reason for limit in WITHHELD for reason in limit.reasons(found)]
    return design, replace(found, reasons_withheld=(*found.reasons_withheld, *reasons))


def _not_under(what: str, p: float, models: int | None) -> str:
    if np.isnan(p):
        return f"not tested over {what}" + (": too few that all models have" if models else "")
    return f"p = {decimal(p, P_PLACES)} over {what}, not under {decimal(ALPHA)}"


def _alone(segments: Segments) -> Iterator[tuple[str, str, str, np.ndarray]]:
    """Scale, target or trigger, segment, estimates with that segment alone."""
    for scale, places in segments.items():
        for place, alone in places.items():
            for segment, values in alone.items():
                yield scale, place, segment, values


def _resting_on(found: Evidence, place: str, segment: str) -> str:
    """``1 suffix: ``, or nothing where it is not known."""
    units, by_segment = found.units.get(place, ("", {}))
    number = by_segment.get(segment)
    return "" if number is None else f"{number} {_ONE[units] if number == 1 else units}: "
