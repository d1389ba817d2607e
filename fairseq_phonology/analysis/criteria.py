"""The claim rule (DESIGN section 5): one list of criteria for each claim, and every limit, once.

A `Rule` is a list of `Criterion` objects. What was computed is put into an `Evidence`, arrays with one entry a test (a
head, a layer, a route; `power` puts thousands of simulated heads beside each other); then

- ``rule.met(evidence)`` says which tests meet the whole rule,
- ``rule.unmet(evidence)`` says of each test, in words, what it lacks,
- ``rule.clause()`` is the rule as the methods text has it, ``only if ...``,
- ``rule.checks(evidence, n)`` gives the lines of the checklist for one test.

To add a criterion, write a subclass of `Criterion` and put it into a rule below; tests, tables, figures, methods text,
checklist, `power` and the benchmarks ask the rule. What errors may exclude before every claim is withheld: `withheld`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ..text import END_OF_WORD, P_PLACES, decimal, listed, p_text, percent, several, signed_plain
from .design.limits import COMPARABLE, ONE_EDGE
from .evidence import Evidence
from .statistics.consistency import OWN_SPREAD, VARY_ALIKE
from .statistics.over_models import FEWEST

ALPHA = 0.05  # of every corrected p
LEAST_MASS = 0.05  # of mass: less is not called attending
LEAST_SHARE = 0.20  # of the minimal-pair effect: less is not called use
LEAST_CLAIMED = 8  # stems, and suffixes, of each class, or words: fewer are described
LEAST_AGREEMENT = 0.95  # of bootstrap draws, on which routes the trigger is used by: less is undecided
MOST_SPREAD = 2.0  # ratio of two classes' standard deviations, beyond which it is said
NOT_SPECIFIC = "not process-specific"  # of a plain word list


@dataclass(frozen=True)
class Criterion(ABC):
    """One criterion of a rule.

    Attributes:
        name: its line in the checklist.
        clause: what the methods text says of it, after ``only if``; empty for a precondition.
        first: where it is not met, those after it are not asked.
    """

    name: str
    clause: str
    first: ClassVar[bool] = False

    @abstractmethod
    def met(self, found: Evidence) -> np.ndarray:
        """Its condition.  # -> tests, bool"""

    @abstractmethod
    def unmet(self, found: Evidence, n: int) -> list[str]:
        """What test ``n`` lacks, in words; asked where it does not meet the condition."""

    @abstractmethod
    def detail(self, found: Evidence, n: int) -> str:
        """What the checklist says of test ``n``."""


@dataclass(frozen=True)
class Given(Criterion):
    """What has to be there before anything can be claimed.

    Attributes:
        attribute: of `Evidence`, that says whether it is.
        lacking, having: message and detail, with what `Evidence` has in braces.
    """

    attribute: str
    lacking: str
    having: str
    first: ClassVar[bool] = True

    def met(self, found: Evidence) -> np.ndarray:
        return np.broadcast_to(getattr(found, self.attribute), len(found.amount))

    def unmet(self, found: Evidence, n: int) -> list[str]:
        return [self.lacking.format(**vars(found))]

    def detail(self, found: Evidence, n: int) -> str:
        return self.having.format(**vars(found)) if self.met(found)[n] else f"{self.unmet(found, n)[0].capitalize()}."


class EnoughModels(Given):
    """As many models as a sign-flip needs; what else is unmet is told all the same."""

    first: ClassVar[bool] = False


@dataclass(frozen=True)
class Significant(Criterion):
    """Every p is under `ALPHA`."""

    def met(self, found: Evidence) -> np.ndarray:
        return np.logical_and.reduce([np.ones(len(found.amount), bool), *(p < ALPHA for p in found.p.values())])

    def unmet(self, found: Evidence, n: int) -> list[str]:
        return [self._failure(what, p[n], found) for what, p in found.p.items() if not p[n] < ALPHA]

    def detail(self, found: Evidence, n: int) -> str:
        known = {what: p[n] for what, p in found.p.items() if not np.isnan(p[n])}
        worst = max(known, key=known.get, default=None)
        if worst is None:
            return "Not tested."
        p = f"{p_text(known[worst])}, over {worst}"
        return f"Largest {p}, of {len(known)}." if len(known) > 1 else f"{p}."

    @staticmethod
    def _failure(what: str, p: float, found: Evidence) -> str:
        if np.isnan(p):
            return f"not tested over {what}" + (": too few that all models have" if found.models else "")
        return f"p = {decimal(p, P_PLACES)} over {what}, not under {decimal(ALPHA)}"


class LeastMass(Criterion):
    """At least `LEAST_MASS`."""

    def met(self, found: Evidence) -> np.ndarray:
        return found.amount >= LEAST_MASS

    def unmet(self, found: Evidence, n: int) -> list[str]:
        return [f"{decimal(found.amount[n], 3)} of mass, under {decimal(LEAST_MASS)}"]

    def detail(self, found: Evidence, n: int) -> str:
        return f"{decimal(found.amount[n])} of mass."


class EnoughUnits(Criterion):
    """`LEAST_CLAIMED` or more in each class of stems and of suffixes, or words; and no edge, of which there is one."""

    def met(self, found: Evidence) -> np.ndarray:
        return np.full(len(found.amount), min(found.units.values(), default=0) >= LEAST_CLAIMED and not found.edge)

    def unmet(self, found: Evidence, n: int) -> list[str]:
        if found.edge:
            return [f"{ONE_EDGE}, which is described; a claim needs {LEAST_CLAIMED}"]
        few = [several(number, unit) for unit, number in found.units.items() if number < LEAST_CLAIMED]
        return [f"only {listed(few)}{self._class(found)}, which are described; a claim needs {LEAST_CLAIMED}"]

    def detail(self, found: Evidence, n: int) -> str:
        single = (number == 1 and bool(found.edge) for number in found.units.values())
        each = zip(found.units.items(), single, strict=True)
        have = listed([END_OF_WORD if one else several(number, unit) for (unit, number), one in each])
        return f"{have}{self._class(found)}; needed: {LEAST_CLAIMED}."

    @staticmethod
    def _class(found: Evidence) -> str:
        edge = f": {ONE_EDGE}" if found.edge else ""
        return f" in the smaller class{edge}" if len(found.units) > 1 else edge


class Comparable(Criterion):
    """The cells are compared at one step, and in words of one length; how many words there are does not matter."""

    def met(self, found: Evidence) -> np.ndarray:
        return np.full(len(found.amount), not found.incomparable)

    def unmet(self, found: Evidence, n: int) -> list[str]:
        return list(found.incomparable)

    def detail(self, found: Evidence, n: int) -> str:
        return " ".join(f"{why[0].upper()}{why[1:]}." for why in found.incomparable or (COMPARABLE,))


class EveryQuadruple(Criterion):
    """Positive with one segment of each of the four classes alone, whichever."""

    def met(self, found: Evidence) -> np.ndarray:
        return found.consistency.positive == len(found.consistency.quadruples)

    def unmet(self, found: Evidence, n: int) -> list[str]:
        own = found.consistency
        lowest = int(np.argmin(own.estimates[:, n]))
        named = own.quadruples[lowest]
        worst = "{} against {} with {} against {}".format(*named) if all(named) else f"{''.join(named)} alone"
        value = signed_plain(own.estimates[lowest, n])
        return [f"positive in {own.positive[n]} of {len(own.quadruples)} {own.what} ({worst}: {value})"]

    def detail(self, found: Evidence, n: int) -> str:
        own = found.consistency
        least = signed_plain(own.estimates[:, n].min())
        return f"Positive in {own.positive[n]} of {len(own.quadruples)}; the smallest {least}."


class RealRanksFirst(Criterion):
    """No other assignment of the segments to the classes gives more, on either side."""

    def met(self, found: Evidence) -> np.ndarray:
        ranks = [rank == 1 for rank, _ in found.consistency.ranks.values()]
        return np.logical_and.reduce(ranks) if ranks else np.ones(len(found.amount), bool)

    def unmet(self, found: Evidence, n: int) -> list[str]:
        return [
            f"the real classes of {place}s rank {rank[n]} of {of:,} assignments of these segments"
            for place, (rank, of) in found.consistency.ranks.items()
            if rank[n] > 1
        ]

    def detail(self, found: Evidence, n: int) -> str:
        ranks = (f"{place} {rank[n]} of {of:,}" for place, (rank, of) in found.consistency.ranks.items())
        return f"Rank of the real classes among all assignments: {', '.join(ranks)}."


class SegmentsRandom(Criterion):
    """p with segments random is under `ALPHA`."""

    def met(self, found: Evidence) -> np.ndarray:
        return found.consistency.p < ALPHA

    def unmet(self, found: Evidence, n: int) -> list[str]:
        own = found.consistency
        if np.isnan(own.p[n]):
            single = [place for place, side in own.sides.items() if side.df < 1]
            if not single:
                return [f"not tested with segments random: {ONE_EDGE}"]
            return [f"one {listed(single, 'and one')} segment in either class, so that segments cannot be random"]
        return [f"p = {decimal(own.p[n], P_PLACES)} with segments random, not under {decimal(ALPHA)}"]

    def detail(self, found: Evidence, n: int) -> str:
        own = found.consistency
        if np.isnan(own.p[n]):
            return f"{self.unmet(found, n)[0].capitalize()}."
        estimate, low, high = (signed_plain(each[n]) for each in (own.estimate, own.low, own.high))
        return f"{p_text(own.p[n])}; {estimate} [{low}, {high}]."


class ClassesAlike(Criterion):
    """Where p with segments random rests on a pooled spread, the heads do not show the smaller class to vary more."""

    def met(self, found: Evidence) -> np.ndarray:
        known = [~(p < VARY_ALIKE) for p in found.consistency.alike.values()]
        return np.logical_and.reduce([np.ones(len(found.amount), bool), *known])

    def unmet(self, found: Evidence, n: int) -> list[str]:
        return [
            f"the classes of {place} segments do not vary alike over the heads ({p_text(p[n])}), and one has under "
            f"{OWN_SPREAD} segments"
            for place, p in found.consistency.alike.items()
            if p[n] < VARY_ALIKE
        ]

    def detail(self, found: Evidence, n: int) -> str:
        known = {place: p[n] for place, p in found.consistency.alike.items() if not np.isnan(p[n])}
        if not known:
            return "Not asked: each class is tested with its own spread, or has one segment."
        return f"Over the heads: {', '.join(f'{place} segments {p_text(p)}' for place, p in known.items())}."


class LeastShare(Criterion):
    """At least `LEAST_SHARE` of the minimal-pair effect, also by the lower bounds, and beyond each control."""

    def met(self, found: Evidence) -> np.ndarray:
        shares = [found.amount, *found.low.values(), *(np.where(np.isnan(b), np.inf, b) for b in found.beyond.values())]
        return np.logical_and.reduce([share >= LEAST_SHARE for share in shares])

    def unmet(self, found: Evidence, n: int) -> list[str]:
        under = f"under {percent(LEAST_SHARE)} %"
        if not found.amount[n] >= LEAST_SHARE:
            return [f"{percent(found.amount[n], LEAST_SHARE)} % of the minimal-pair effect, {under}"]
        lower = {name: low[n] for name, low in found.low.items() if not low[n] >= LEAST_SHARE}
        if lower:
            each = listed([f"{percent(low, LEAST_SHARE)} % ({name})" for name, low in lower.items()])
            return [f"the lower bound of the share is {each}, {under}"]
        there = ((name, each[n]) for name, each in found.beyond.items() if not np.isnan(each[n]))
        name, least = min(there, key=lambda own: own[1])
        return [f"{percent(least, LEAST_SHARE)} % of the minimal-pair effect beyond {name}, {under}"]

    def detail(self, found: Evidence, n: int) -> str:
        low = [f"{percent(each[n])} % {name}" for name, each in found.low.items()]
        beyond = [f"{percent(each[n])} % beyond {name}" for name, each in found.beyond.items() if not np.isnan(each[n])]
        more = f"; lower bounds {listed(low)}" if low else ""
        return f"{percent(found.amount[n])} % of the minimal-pair effect{more}{'; ' if beyond else ''}{listed(beyond)}."


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
        lacks: list[list[str]] = [[] for _ in found.amount]
        for n, own in enumerate(lacks):
            for criterion, fine in zip(self.criteria, met, strict=True):
                if not fine[n]:
                    own += criterion.unmet(found, n)
                    if criterion.first:
                        break
        return lacks

    @property
    def simulated(self) -> tuple[Criterion, ...]:
        """Those that are not settled by the kind of the design, which a simulation does not ask about."""
        return tuple(each for each in self.criteria if not isinstance(each, Comparable))

    def clause(self) -> str:
        """The rule for the methods text, after ``only if``."""
        *first, last = [criterion.clause for criterion in self.criteria if criterion.clause]
        return f"{', '.join(first)}, and {last}" if first else last

    def checks(self, found: Evidence, n: int) -> list[tuple[str, bool, str]]:
        """Lines of the checklist: name, whether test ``n`` meets it, and the detail."""
        return [(each.name, bool(each.met(found)[n]), each.detail(found, n)) for each in self.criteria]


_MASS, _PERCENT = f"{decimal(LEAST_MASS)} of mass", f"{percent(LEAST_SHARE)} %"
_TESTS, _P = "Every test", f"every one of these tests gives p < {decimal(ALPHA)}"
_PAIR = Given(
    *("Minimal pair", "", "explained", "no minimal-pair effect was shown to take a share of"),
    "The minimal pair changes the log-odds.",
)
_TO_TEST = Given(
    *("Controls", "", "tested", "not tested: no words, or no other segments, to test it against"),
    "Tested against the same at other segments.",
)
_MODELS = EnoughModels(
    *("Number of models", f"at least {FEWEST} models were tested", "enough_models"),
    *(f"{{models}} models; a test needs {FEWEST} or more", "{models} models."),
)
_UNITS = EnoughUnits(
    "Enough units", f"there are {LEAST_CLAIMED} or more stems and suffixes of each class, or {LEAST_CLAIMED} words"
)
_COMPARABLE = Comparable("Comparable cells", "")
_SHARES = LeastShare(
    f"Lower bounds of {_PERCENT} of the minimal-pair effect",
    f"the lower bound of its share of the minimal-pair effect is at least {_PERCENT}, and its share beyond that at "
    "other segments is as large, all in both directions of the interchange",
)
_OF_WHOLE = LeastOfWhole(
    f"Floor of {_PERCENT} of the log-odds", f"it takes away at least {_PERCENT} of the untouched model's log-odds"
)

ATTENDS = Rule(
    "attends",
    (
        _UNITS,
        _COMPARABLE,
        Significant("Test", f"p < {decimal(ALPHA)}"),
        LeastMass(f"Floor of {_MASS}", f"the contrast is at least {_MASS}"),
        EveryQuadruple(
            "Every quadruple of segments",
            "it is positive in every quadruple of one segment of each class (of real words, with every single segment)",
        ),
        RealRanksFirst(
            "Real classes rank first",
            "the real assignment of segments to classes ranks first among all of the same sizes, on each side",
        ),
        SegmentsRandom("Segments random", f"p < {decimal(ALPHA)} with segments random, too"),
        ClassesAlike(
            "Classes that vary alike",
            f"where a class has under {OWN_SPREAD} segments, the heads together do not show the smaller class of its "
            f"side to vary more than the other (p < {decimal(VARY_ALIKE)})",
        ),
    ),
)
DIFFERS = Rule(
    "differs",
    (
        EnoughUnits("Enough items", f"there are {LEAST_CLAIMED} or more items in each level that it compares"),
        Comparable("Items that can be compared", ""),
        Significant(
            "Test", f"p < {decimal(ALPHA)}, by t and by t with the skewness of the estimate taken out (Hall 1992)"
        ),
    ),
)
DIFFERS_IN_ATTENTION = Rule(
    "differs",
    (
        *DIFFERS.criteria,
        LeastMass(f"Floor of {_MASS}", f"the difference is at least {_MASS}, in the same direction"),
    ),
)
_MEAN = LeastMass(f"Floor of {_MASS}", f"the mean over models is at least {_MASS}")
ATTENDS_OVER_MODELS = Rule("attends", (_MODELS, _UNITS, _COMPARABLE, Significant(_TESTS, _P), _MEAN))
USES = Rule(
    "uses",
    (
        _PAIR,
        _TO_TEST,
        Significant(
            "More than other segments",
            f"it does more than the same at other segments, and than {_PERCENT} of the minimal-pair effect, p < "
            f"{decimal(ALPHA)}",
        ),
        _SHARES,
    ),
)
USES_OVER_MODELS = Rule("uses", (_PAIR, _TO_TEST, _MODELS, Significant(_TESTS, _P), _SHARES))
DISTINGUISHES = Rule("distinguishes", (Significant(_TESTS, _P), _OF_WHOLE))
DISTINGUISHES_OVER_MODELS = Rule("distinguishes", (_MODELS, Significant(_TESTS, _P), _OF_WHOLE))
