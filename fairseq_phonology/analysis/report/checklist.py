"""A line of the report's checklist, and the lines that attention and interventions share."""

from __future__ import annotations

from dataclasses import dataclass

from ...text import listed
from ..design.designs import Exclusions

DONE, FAILED, OPEN, NO = "done", "not met", "not done", "does not apply"


@dataclass(frozen=True)
class Check:
    """One line of the checklist: a control, what became of it (`DONE` and its neighbors), and the detail."""

    name: str
    state: str
    detail: str


def limits_met(name: str, exclusions: Exclusions | None) -> Check:
    """Whether what errors cost a design is under the limits."""
    if exclusions is None:
        return Check(name, NO, "Limits belong to a crossed design.")
    if exclusions.reasons_withheld:
        return Check(name, FAILED, " ".join(map(sentence, exclusions.reasons_withheld)))
    units = {"word": "real words"}
    shares = [
        f"{n} of {of} {units.get(unit, f'stems of class {unit}')}"
        for unit, (n, of) in exclusions.stems_excluded.items()
    ]
    return Check(
        name,
        DONE,
        f"Lost to errors: {listed(shares) or 'nothing'}. Limits: 20 %, and 10 points between classes.",
    )


def sentence(text: str) -> str:
    """With a stop at its end."""
    return text if text.endswith(".") else f"{text}."
