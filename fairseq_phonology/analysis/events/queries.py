"""The weights of one query of each event on their way to a `View`: gathered word by word, measured many at a time."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from ...phonology.form import syllables
from ...phonology.grammar import Grammar
from ...phonology.transcription import EDGE
from .events import View
from .measures import NAMES, NORM_NAMES, measure

_AT_ONCE = 256  # queries with as many keys

Regions = Mapping[str, Sequence[int]]  # name -> positions in the UR


class Queries:
    """The queries of one view.

    Args:
        kind, query: of the view.
        eos: number of the EOS column.
    """

    def __init__(self, kind: str, query: str, eos: int):
        self.kind, self.query, self.eos = kind, query, eos
        # arguments of `add`, by number of keys, and whether EOS is the trigger
        self._waiting: dict[tuple[int, bool], list[tuple]] = {}
        self._done: list[tuple[list[int], View]] = []
        self._elsewhere: dict[int, np.ndarray] = {}

    def add(
        self,
        event: int,
        weights: np.ndarray,
        trigger: int,
        center: int,
        regions: Regions,
        elsewhere: np.ndarray | None = None,
        edges: Collection[int] = (),
        norms: np.ndarray | None = None,
    ) -> None:
        """The query of one event.

        Args:
            event: its number.
            weights: layers x heads x columns, EOS among them.
            trigger, center: positions among the segments that are keys, see `measure`; a trigger behind the last is the
                end of the word.
            regions: positions by name.
            elsewhere: see `View`.
            edges: positions of morpheme edges.
            norms: of the weighted value vectors, as ``weights``; a view has their measures where every query has them.
        """
        alike = weights.shape[-1], trigger == weights.shape[-1] - 1
        waiting = self._waiting.setdefault(alike, [])
        # copied, else they would keep the whole word's weights alive
        kept = None if norms is None else norms.copy()
        waiting.append((event, weights.copy(), trigger, center, regions, edges, kept))
        if elsewhere is not None:
            self._elsewhere[event] = elsewhere
        if len(waiting) == _AT_ONCE:
            self._measure(alike)

    @property
    def count(self) -> int:
        """How many queries there are."""
        return sum(map(len, self._waiting.values())) + sum(len(events) for events, _ in self._done)

    def view(self, events: int) -> View | None:
        """The view over that many events; None without any query."""
        for alike in list(self._waiting):
            self._measure(alike)
        if not self._done:
            return None
        names = dict.fromkeys(name for _, measures in self._done for name in measures.regions)
        shape = (events, *self._done[0][1].mass.shape[1:])
        normed = all(measures.norm is not None for _, measures in self._done)
        measured = (*NAMES, *(NORM_NAMES if normed else ()))
        arrays = {name: np.full(shape, np.nan, np.float32) for name in measured}
        window = np.full((*shape, self._done[0][1].window.shape[-1]), np.nan, np.float32)
        regions = {name: np.full(shape, np.nan, np.float32) for name in sorted(names, key=_region_order)}
        while self._done:  # what is copied is let go
            rows, measures = self._done.pop()
            for name, array in arrays.items():
                array[rows] = getattr(measures, name)
            window[rows] = measures.window
            for name, array in measures.regions.items():
                regions[name][rows] = array
        elsewhere = None
        if self._elsewhere:
            elsewhere = np.full(shape, np.nan, np.float32)
            elsewhere[list(self._elsewhere)] = np.stack(list(self._elsewhere.values()))
        return View(self.kind, self.query, **arrays, window=window, regions=regions, elsewhere=elsewhere)

    def _measure(self, alike: tuple[int, bool]) -> None:
        events, weights, *places, norms = zip(*self._waiting.pop(alike), strict=True)
        normed = None if any(each is None for each in norms) else np.stack(norms)
        eos = None if alike[1] else self.eos
        self._done.append((list(events), measure(np.stack(weights), eos, *places, normed)))


def neighbors_of(underlying: Sequence[str], center: int) -> dict[str, Sequence[int]]:
    """The regions that need no grammar: the ends of a UR, and the target's neighbors; some may be empty."""
    places = [n for n, segment in enumerate(underlying) if segment != EDGE]
    at = places.index(center) if center < len(underlying) else len(places)
    found = {"word-initial": places[:1], "word-final": places[-1:]}
    return found | {"preceding": places[max(0, at - 1) : at], "following": places[at + 1 : at + 2]}


def regions_of(grammar: Grammar, underlying: Sequence[str], center: int) -> Regions:
    """Parts of a UR by name: its ends, the target's neighbors, and each syllable, numbered from the target's, 0.

    Args:
        grammar: whose syllables these are.
        underlying: the UR; morpheme edges belong to no region.
        center: the target's position; ``len(underlying)`` is behind the last segment.
    """
    found = neighbors_of(underlying, center)
    parts = syllables(grammar.syllables, grammar.inventory, underlying)
    own = next((n for n, part in enumerate(parts) if center in part), len(parts) - 1)
    found |= {f"syllable {n - own:+d}" if n != own else "syllable 0": part for n, part in enumerate(parts)}
    return {name: positions for name, positions in found.items() if positions}


def _region_order(name: str) -> tuple[int, int]:
    order = ("word-initial", "word-final", "preceding", "following")
    return (0, order.index(name)) if name in order else (1, int(name.split()[1]))
