"""What became of a model's choice when something was taken from it: events x interventions.

`intervene` makes them, `intervention_table` writes them; statistics and figures read them. Needs no torch.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ..events.events import Event

MEASURES = (
    *("minimal-pair", "minimal-pair+prefix", "cross", "encoder", "cross+encoder", "decoder", "cross+decoder"),
    *("total", "total+decoder"),
)
PLACES = ("trigger", "others", "mirror")


@dataclass(frozen=True)
class Intervention:
    """What was done to the model or its input.

    ======================= ==========================================================================================
    measure                 what
    ======================= ==========================================================================================
    minimal-pair            the trigger replaced in the UR: R by the nearest N, in TN the N by the nearest R
    minimal-pair+prefix     the surface trigger that the decoder has read replaced, too
    cross                   no cross-attention from the decision step to the place
    encoder                 no self-attention of the encoder from the target to the place
    cross+encoder           both
    decoder                 no self-attention of the decoder from the decision step to the surface segment of the place
    cross+decoder           no cross- and no self-attention of the decoder
    total                   no cross-attention from any step, and none of the encoder from any other position
    total+decoder           nor any of the decoder's from a later step
    ======================= ==========================================================================================

    Attributes:
        measure: one of `MEASURES`.
        place: ``trigger``; ``others``: control, the mean over the same knock-out at every other segment in turn,
            target and trigger apart (without the target itself, nobody could know what is to change); ``mirror``:
            control, as far from the target as the trigger, on the other side.
        layer: from 1; None: all.
        head: from 1; None: all of the layer, or of the model.
    """

    measure: str
    place: str
    layer: int | None = None
    head: int | None = None


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
