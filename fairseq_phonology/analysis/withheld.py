"""What errors may exclude from a design before every claim is withheld (DESIGN section 5), and what is left of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from ..text import percent
from .design.crossing import design_of
from .design.designs import Design
from .design.exclusions import Exclusions
from .events.events import Events, included_events, words_alone

MOST_EXCLUDED = 0.20  # share of stems that errors exclude, beyond which no claim is made
MOST_APART = 0.10  # difference between the shares of two classes, likewise


@dataclass(frozen=True)
class Limit:
    """What errors may exclude from a design; beyond it every claim is withheld.

    Attributes:
        clause: what the methods text says of it, before ``no claim is made``.
        text: of the limit, for the checklist.
        reasons: of exclusions beyond it, in words; empty within.
    """

    clause: str
    text: str
    reasons: Callable[[Exclusions], list[str]]


def _too_many(found: Exclusions) -> list[str]:
    lost, of = (sum(pair[n] for pair in found.stems_excluded.values()) for n in (0, 1))
    share = f"{lost} of {of} {found.whole} ({100 * lost / of:.0f} %)"
    why = "errors, or with no segment but target and trigger" if found.alone else "errors"
    text = f"{share} were excluded for {why}; allowed: {percent(MOST_EXCLUDED)} %"
    return [text] if lost > MOST_EXCLUDED * of else []


def _unlike(found: Exclusions) -> list[str]:
    excluded = {letter: lost / of for letter, (lost, of) in found.stems_excluded.items()}
    reasons, failed = [], [("events failed", each) for each in found.failed_by_class()]
    for what, shares in [(f"{found.whole} excluded", excluded), *failed]:
        if max(shares.values()) - min(shares.values()) > MOST_APART + 1e-12:
            each = " and ".join(f"{percent(share)} % of {found.kind} {letter}" for letter, share in shares.items())
            reasons.append(f"shares of {what} differ by over {percent(MOST_APART)} points: {each}")
    return reasons


WITHHELD = (
    Limit(f"more than {percent(MOST_EXCLUDED)} % excluded", f"{percent(MOST_EXCLUDED)} %", _too_many),
    Limit(
        f"shares that differ by more than {percent(MOST_APART)} points between classes",
        f"{percent(MOST_APART)} points between classes",
        _unlike,
    ),
)


def complete(events: Events, derived: bool = False) -> tuple[Design | None, Exclusions | None]:
    """The design of the included events, and what errors excluded, with every reason why claims are withheld.

    Arguments and errors as `design_of`; (None, None) for a plain word list, (None, exclusions) where errors left too
    few units to test.
    """
    whole = design_of(events.items, derived, events.gap)
    if whole is None:
        return None, None
    design, found = whole.without(included_events(events))
    own = {item.id for item in events.items if item.cell}
    found = replace(found, alone=tuple(name for name in words_alone(events) if name in own))
    reasons = [reason for limit in WITHHELD for reason in limit.reasons(found)]
    return design, replace(found, reasons_withheld=(*found.reasons_withheld, *reasons))
