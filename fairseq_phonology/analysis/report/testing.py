"""The methods text on the tests and what they gave."""

from __future__ import annotations

from ...text import P_PLACES, count, decimal
from ..contrasts.family import Family
from ..contrasts.study import Study

_P = "p = (b + 1)/(B + 1) (Phipson & Smyth 2010)"
_WIDENED = ", widened for few units (Hesterberg 2015)"
_ADDITIONAL_TEXT = (
    "The same tests are made on log-odds without lower limit, to which a head's mere attraction to the triggers' kind "
    "of segment adds, whoever shares the row, so that it cancels. "
)


def tests(study: Study) -> str:
    """The tests of the headline, or of a plain list."""
    family = study.primary
    if study.design is None and study.exclusions is None:
        return _plain_tests(study)
    if family is None:
        return "Errors left too few units to test; all figures are descriptive."
    drawn, p = _drawn(study), _P
    family_text = f"one-sided and max-T over the {len(family.heads)} heads of the family (Westfall & Young 1993)"
    widened = _WIDENED
    response = (
        "The response of a head is (TR − TN) − (CR − CN): T a target, C a control in its place, R a trigger, N a "
        "control in its place"
    )
    if not study.design.is_crossed:
        return (
            f"{response}, within each word's own 2 × 2. It is tested by flipping its sign over the {family.n_stems} "
            f"words, on the studentized statistic, {family_text}, B = {drawn}, {p}. {_ADDITIONAL_TEXT}Intervals (95 %) "
            f"resample words{widened}."
        )
    joint = (
        "A third p takes stems and suffixes as random at once: the estimate over its whole standard error, compared "
        "with the relabelings of either. "
        if family.joint
        else ""
    )
    return (
        f"{response}. Stems and suffixes are both samples from a language (Clark 1973; Baayen et al. 2008), so there "
        "are two tests: labels of stems are permuted, with the difference over suffixes per stem as the datum, and "
        "labels of suffixes, with the difference over stems per suffix. Both use the studentized statistic (Chung & "
        f"Romano 2013), {family_text}, B = {drawn}, {p}. {joint}{_ADDITIONAL_TEXT}Intervals (95 %) resample both "
        f"kinds of unit (Owen 2007){widened}."
    )


def _drawn(study: Study) -> str:
    """How many relabelings, and the seed."""
    options = study.facts.get("options") or {}
    drawn = options.get("permutations")
    drawn = f"{drawn:,} random relabelings, or all where they are fewer" if drawn else "random relabelings"
    return drawn + (f", seed {options['seed']}" if options.get("seed") is not None else "")


def _plain_tests(study: Study) -> str:
    """A plain list: a comparison within words, which is no test of the process."""
    family = next(iter(study.families), None)
    text = (
        "Without a crossed design nothing specific to the process can be tested. The mass on the trigger was compared "
        "with that at the same offset from other segments of the same words, which position alone cannot explain, but "
        "the trigger's own salience can."
    )
    if family is None:
        return text
    return (
        f"{text} The difference is tested by flipping its sign over {count(family.n_stems, 'word')} with the gold "
        "segment at the decision step and a segment to compare with, one-sided, on the studentized statistic, max-T "
        f"over {len(family.heads)} heads "
        f"(Westfall & Young 1993), B = {_drawn(study)}, {_P}; a small p does not speak for the process. Intervals "
        f"(95 %) resample words{_WIDENED}. The largest difference is that of head {family.heads[family.best]}: "
        f"{estimate(family, family.best)}."
    )


def baseline(study: Study) -> str:
    """The same model with fresh weights."""
    if study.baseline is None:
        return ""
    text = "As a baseline the same was done with the model's weights fresh, untrained, decoding the gold SRs by force"
    family = study.baseline.primary or next(iter(study.baseline.families), None)
    if family is None:
        return f"{text}."
    if not family.primary:
        return f"{text}: its largest difference is {estimate(family, family.best)}."
    n = int(family.claim.sum())
    met = f"{n or 'no'} head{'' if n == 1 else 's'} of {len(family.heads)} meet{'s' if n == 1 else ''} the rule"
    if not n:
        met = f"no head of {len(family.heads)} meets the rule"
    best = family.best
    return f"{text}: {met}; its largest response is that of head {family.heads[best]}, {estimate(family, best)}."


def estimate(family: Family, head: int) -> str:
    """``.81 [.77, .85] (largest p of 3: .0001)``."""
    values = (decimal(each["mass"][head]) for each in (family.estimate, family.low, family.high))
    largest = decimal(family.largest_p(head), P_PLACES)
    return "{} [{}, {}] (largest p of {}: {})".format(*values, family.n_tests, largest)
