"""The response of a chosen head without the bias of the choice: chosen on one part of the words, measured on another."""

from __future__ import annotations

from dataclasses import dataclass

SPLITS = 20


@dataclass(frozen=True)
class HeldOut:
    """A head chosen on one part of the words, measured on a part that shares no stem and no suffix with it.

    Attributes:
        estimate: by scale: mean over all splits, both ways round.
        low, high: by scale: 95 % interval over stems and suffixes (real words); NaN where there is none.
        chosen: head, as ``2.1``, -> share of the choices that fell on it, the most frequent first.
    """

    estimate: dict[str, float]
    low: dict[str, float]
    high: dict[str, float]
    chosen: dict[str, float]

    @property
    def head(self) -> str:
        """The head that was chosen most often, as ``2.1``."""
        return next(iter(self.chosen))
