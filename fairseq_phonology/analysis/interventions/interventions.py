"""What became of a model's choice when something was taken from it: events x interventions.

`intervene` makes them, `intervention_table` writes them; statistics and figures read them. Needs no torch.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ..events.events import Event
from .kinds import Intervention


@dataclass
class Interventions:
    """One process in one model, under forced decoding of the gold SRs.

    Attributes:
        events: sites and controls. Each one's ``surface`` is what the model would say at each step along the gold SR,
            which is its own greedy SR wherever the two are the same; ``step`` is that of the gold SR.
        intact: log-odds of the untouched model, natural: gold symbol of the decision step against the other one, as
            `plans.Plan` has it; NaN where there is no other. float32  # events
        which: the interventions.
        log_odds: the same after each intervention; NaN where there is none.  # events x interventions
        changes: is some step's choice another one than the intact model's, so that greedy decoding would leave its
            way? For ``others``: in most of them. bool  # events x interventions
        changes_decision: the same of the decision step alone. bool  # events x interventions
        ran: was there anything to intervene on? bool  # events x interventions
        replaced: what stood in the trigger's place in the minimal pair, by id of the event.
    """

    events: list[Event]
    intact: np.ndarray
    which: list[Intervention]
    log_odds: np.ndarray
    changes: np.ndarray
    changes_decision: np.ndarray
    ran: np.ndarray
    replaced: dict[str, str] = field(default_factory=dict)

    @property
    def effects(self) -> np.ndarray:
        """Intact - log-odds: positive where the intervention takes away what speaks for the gold symbol.

        Returns:
            float32  # events x interventions
        """
        return self.intact[:, None] - self.log_odds

    def number(self, measure: str, place: str = "trigger", layer: int | None = None, head: int | None = None) -> int:
        """Column of one intervention.

        Raises:
            ValueError: it was not made.
        """
        return self.which.index(Intervention(measure, place, layer, head))
