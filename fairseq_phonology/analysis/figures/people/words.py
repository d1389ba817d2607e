"""What figures about people call the same things: responses, sets of candidates, estimates with their intervals."""

from __future__ import annotations

import math

from ....text import number
from ...people.comparison import Comparison
from ...people.estimates import Estimate
from ...people.human import Human


def title_of(found: Comparison) -> str:
    """Of figures and report."""
    return f"Models beside people: {found.human.path.rpartition('/')[2]}"


def responses(human: Human) -> str:
    """What the values of people are."""
    if human.kind == "counts":
        return "share of people’s responses"
    return f"mean rating of people ({human.scale[0]:g} to {human.scale[1]:g})"


def scale_name(scale: str) -> str:
    """A set of candidates over which is correlated, in words."""
    return {"all": "all candidates", "within": "within variants", "items": "between items"}.get(scale, scale)


def interval(of: Estimate) -> str:
    """``.55 [.41, .66]``, in print."""
    ends = f" [{number(of.low)}, {number(of.high)}]" if math.isfinite(of.low) else ""
    return number(of.value) + ends
