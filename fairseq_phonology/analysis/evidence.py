"""What a claim rests on, as the rules of `criteria` are asked of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from .design.designs import Design
from .statistics.consistency import Consistency
from .statistics.over_models import FEWEST


@dataclass(frozen=True)
class Evidence:
    """What a claim rests on; arrays have one entry a test. What a rule does not ask for may be left out.

    Attributes:
        p: corrected p-values, by what they are over and against, in words: ``stems and suffixes``, ``models``. NaN: not
            tested.
        amount: the contrast's mass; of an intervention the share of the minimal-pair effect; of a minimal pair its
            effect in log-odds.
        consistency: what single segments say.
        units: kind of unit -> how many the smaller class has.
        low: direction of an interchange -> lower bound of the share's interval.
        beyond: control -> the share less that of the control intervention; NaN where there is no such control.
        tested: whether there was anything to test against.
        explained: is there a minimal-pair effect to take shares of?
        whole: what the effect of a minimal pair is a share of: the log-odds of the untouched model.
        models: how many were tested; None for a single one.
        limits: why nothing may be claimed, besides what the design says.
        design, values: of attention, the design and the log-odds of its index, for criteria that need more than
            estimates.
    """

    p: Mapping[str, np.ndarray]
    amount: np.ndarray
    consistency: Consistency | None = None
    units: Mapping[str, int] = field(default_factory=dict)
    low: Mapping[str, np.ndarray] = field(default_factory=dict)
    beyond: Mapping[str, np.ndarray] = field(default_factory=dict)
    tested: np.ndarray | bool = True
    explained: bool = True
    whole: float = float("nan")
    models: int | None = None
    limits: tuple[str, ...] = ()
    design: Design | None = None
    values: np.ndarray | None = None

    @property
    def edge(self) -> str:
        """The class of trigger that is the end of the word, as `Design.edge`; empty where no design is given."""
        return "" if self.design is None else self.design.edge

    @property
    def incomparable(self) -> tuple[str, ...]:
        """Why the cells cannot be compared, as `Design.incomparable`, and `limits`."""
        return (*(() if self.design is None else self.design.incomparable), *self.limits)

    @property
    def enough_models(self) -> bool:
        """Are there as many models as a sign-flip needs?"""
        return self.models is None or self.models >= FEWEST
