"""A form on its way from UR to SR: its segments, where they come from, and which process changed them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from .transcription import EDGE


@dataclass(frozen=True)
class Form:
    """A form on its way from UR to SR.

    Attributes:
        segments: its segments, without morpheme edges.
        edges: n stands for a morpheme edge before segment n.
        origins: for each segment its position in the UR as given (edges counted where given), None if inserted.
        makers: for each segment the process that last changed it, None if it is underlying.
        deleted: UR position and process of each segment deleted so far.
    """

    segments: tuple[str, ...]
    edges: frozenset[int]
    origins: tuple[int | None, ...]
    makers: tuple[str | None, ...]
    deleted: tuple[tuple[int, str], ...] = ()

    @classmethod
    def underlying(cls, ur: Sequence[str]) -> Form:
        """The UR itself; ``+`` among its symbols is a morpheme edge."""
        segments, edges, origins = [], set(), []
        for position, symbol in enumerate(ur):
            if symbol == EDGE:
                edges.add(len(segments))
            else:
                segments.append(symbol)
                origins.append(position)
        return cls(tuple(segments), frozenset(edges), tuple(origins), (None,) * len(segments))

    def changed(self, at: int, outcome: str, maker: str) -> Form:
        """With segment ``at`` replaced by another."""
        segments, makers = list(self.segments), list(self.makers)
        segments[at], makers[at] = outcome, maker
        return replace(self, segments=tuple(segments), makers=tuple(makers))

    def without(self, at: int, maker: str) -> Form:
        """With segment ``at`` deleted; an edge beside it stays."""
        origin = self.origins[at]
        return Form(
            self.segments[:at] + self.segments[at + 1 :],
            frozenset(e - (e > at) for e in self.edges),
            self.origins[:at] + self.origins[at + 1 :],
            self.makers[:at] + self.makers[at + 1 :],
            self.deleted if origin is None else (*self.deleted, (origin, maker)),
        )

    def inserted(self, at: int, segment: str, maker: str, before_edge: bool) -> Form:
        """With a segment inserted before segment ``at``; at a morpheme edge, on the side asked for."""
        return Form(
            (*self.segments[:at], segment, *self.segments[at:]),
            frozenset(e + (e > at or (e == at and before_edge)) for e in self.edges),
            (*self.origins[:at], None, *self.origins[at:]),
            (*self.makers[:at], maker, *self.makers[at:]),
            self.deleted,
        )
