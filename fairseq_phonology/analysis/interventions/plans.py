"""What is compared in one event, and its minimal-pair counterpart, before any model is asked. `run` runs it."""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace

from ...attention.edges import Edge, Exchange, Run
from ...errors import InputError
from ...phonology.decision import END, Decision, decision_of
from ...phonology.grammar import Derivation, Grammar
from ...phonology.transcription import EDGE, WORD_EDGE, drop_edges
from ...stimuli.classes import Classes, parts_of
from ...stimuli.items import Item
from ...stimuli.parts import part_of
from ..events.outcome import Outcomes, as_seen, position_in, status_of


@dataclass(frozen=True)
class Plan:
    """One event under forced decoding of the gold SR, which the grammar derives.

    What is compared at the decision step:

    ==== ===================================================== =======================================================
    cell gold                                                  other
    ==== ===================================================== =======================================================
    TR   what the process makes of the target                  what stands there with the process blocked
    TN   the target as it is                                   what the process makes of it in the minimal pair; where
                                                               it deletes the target, the segment after it
    C-   the target as it is                                   none: nothing could become of it, no log-odds
    ==== ===================================================== =======================================================

    Attributes:
        item: with its UR as the model sees it, and positions in that.
        reference: the gold SR.
        step: the decision step; None for a control of an insertion, and a target that is not in the SR.
        gold, other: the symbols compared; empty for none.
        steps: UR position -> the surface segment that corresponds to it.
        counterpart: the UR of the minimal pair: the trigger replaced by the segment of the other class (N for R, R for
            N) that differs in the fewest features, of several the first of the inventory, of those in whose word the
            grammar has the process apply in TN, and not in TR and C; empty where there is none. Where either is the
            end of the word, what follows the stem is replaced: see `Planner`.
        counterpart_index: the position of what stands there for the trigger; None: the trigger's own.
        counterpart_sr: the gold SR with the surface trigger of the counterpart; empty unless that precedes the decision
            step.
        overapplied: what the process could have made of a control.
        gap: the process deletes, inserts or moves a segment here (`Decision.gap`).
    """

    item: Item
    reference: tuple[str, ...]
    step: int | None
    gold: str = ""
    other: str = ""
    steps: dict[int, int] = field(default_factory=dict, hash=False)
    counterpart: tuple[str, ...] = ()
    counterpart_sr: tuple[str, ...] = ()
    counterpart_index: int | None = None
    overapplied: frozenset[str] = frozenset()
    gap: bool = False

    @property
    def replacement(self) -> str:
        """What stands in the trigger's place in the minimal pair, ``#`` for its end; empty where there is none."""
        if not self.counterpart:
            return ""
        at = self.in_counterpart(self.item.trigger_index)
        return WORD_EDGE if at == len(self.counterpart) else self.counterpart[at]

    def in_counterpart(self, position: int) -> int | None:
        """The position of the minimal pair that corresponds to one of the word; None if there is none.

        Of words of unequal length, one of which ends where the other goes on, correspond what they have in common
        before the trigger, and what stands in trigger position.
        """
        trigger, there = self.item.trigger_index, self.counterpart_index
        if there is None:
            return position
        return there if position == trigger else position if position < min(trigger, there) else None

    @property
    def counterpart_run(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """UR and SR of the minimal pair's own run, with its own prefix where the surface trigger precedes."""
        return self.counterpart, self.counterpart_sr or self.reference

    def run(self, edges: tuple[Edge, ...] = (), exchanges: tuple[Exchange, ...] = ()) -> Run:
        """The event as the model is given it: without some edges, or with keys and values of its minimal pair."""
        own = (self.item.ur, self.reference, self.step or 0, self.gold, self.other, edges)
        return Run(*own, *((self.counterpart_run, exchanges) if exchanges else ()))

    def replaced(self, surface: bool = False) -> Run | None:
        """The minimal pair, under the gold SR or with its own surface trigger; None where there is none."""
        if not self.counterpart or (surface and not self.counterpart_sr):
            return None
        sr = self.counterpart_sr if surface else self.reference
        return Run(self.counterpart, sr, self.step or 0, self.gold, self.other)

    def restored(self, exchanges: tuple[Exchange, ...] = ()) -> Run:
        """The minimal pair's own run, with keys and values of the event."""
        own = (*self.counterpart_run, self.step or 0, self.gold, self.other, ())
        return Run(*own, *(((self.item.ur, self.reference), exchanges) if exchanges else ()))

    def status(self, found: str) -> str:
        """One of `events.STATUSES`, for the model's choice at the decision step."""
        return (
            "other" if self.step is None else status_of(self.item.cell, found, self.gold, self.other, self.overapplied)
        )


class Planner:
    """Plans events of one process for one model.

    Where the end of the word is in trigger position, or its control, no segment can be replaced: the minimal pair is
    the word of the list with the same stem that ends otherwise, so that the stem alone stands beside the stem with a
    suffix. Of several suffixes those that make the shortest words are taken in turn, stem by stem. A word without such
    a partner (in a plain list) gets one segment of the other class behind it, or ends before its trigger.

    Args:
        grammar: what derives the gold SRs.
        process: its name.
        include: optional processes that apply.
        underlying: symbols that the model knows in URs; morpheme edges are shown to it if it knows ``+``.
        surface: symbols that it knows in SRs.
        items: the list, for the minimal pairs of words whose trigger is an edge.

    Raises:
        InputError: the grammar has no such process.
    """

    def __init__(
        self,
        grammar: Grammar,
        process: str,
        include: Collection[str],
        underlying: Collection[str],
        surface: Collection[str],
        items: Sequence[Item] = (),
    ):
        self.outcomes = Outcomes(grammar, process, include)
        self.grammar, self.process, self.include = grammar, self.outcomes.process, self.outcomes.include
        self.underlying, self.surface = frozenset(underlying), frozenset(surface) | {END}
        self._items = tuple(items)
        self._stems: dict[tuple[str, str], list[Item]] = {}  # stem and class of target -> its words
        for item in items:
            if item.cell and item.stem:
                self._stems.setdefault((item.stem, item.target_class), []).append(item)

    def plan(self, item: Item) -> Plan:
        """The plan of one item that is in a cell.

        Raises:
            InputError: naming the word, for symbols that the model does not know.
        """
        derivation = self.outcomes.derive(item.ur, item.id)
        seen = as_seen(item, self._shown(item.ur))
        self._check(f"the UR of {item.id!r}", seen.ur, self.underlying)
        self._check(f"the SR of {item.id!r}", derivation.surface, self.surface)
        decision = self._decision(item.ur, item.target_index)
        origins = (position_in(item.ur, seen.ur, origin) for origin in derivation.origins)
        steps = {origin: step for step, origin in enumerate(origins) if origin is not None}
        if decision is None:
            return Plan(seen, derivation.surface, None, steps=steps)
        counterparts = self._counterparts(item, decision, derivation) if item.trigger_index is not None else iter(())
        counterpart, place = next(counterparts, (None, None))
        other = self._other(item, decision, derivation, counterpart)
        if other:
            does = "blocked" if item.cell == "TR" else "applied"
            self._check(f"the SR of {item.id!r} with {self.process} {does}", [other], self.surface)
        plan = Plan(
            *(seen, derivation.surface, decision.step, decision.gold, other if other != decision.gold else "", steps),
            overapplied=self.outcomes.possible(item.target) | self.outcomes.possible(decision.gold),
            gap=decision.gap,
        )
        if counterpart is None:
            return plan
        shown = self._shown(counterpart.ur)
        at = None if place is None else position_in(counterpart.ur, shown, place)
        sr = self._counterpart_sr(plan, item, counterpart) if place is None else ()
        return replace(plan, counterpart=shown, counterpart_sr=sr, counterpart_index=at)

    def _counterparts(
        self, item: Item, decision: Decision, derivation: Derivation
    ) -> Iterator[tuple[Derivation, int | None]]:
        """Minimal pairs, the nearest first; of words of another length with the position of the trigger."""
        for ur, place in self._others(item):
            counterpart = self.outcomes.derive(ur, item.id, derivation.stratum)
            if self._applies(counterpart, item.target_index) != (item.cell == "TN"):
                continue
            if item.cell == "TR" and not decision.gap and item.target_index in counterpart.origins:
                # nothing else may become of the target either
                at = counterpart.origins.index(item.target_index)
                if item.target_index in derivation.origins and counterpart.surface[at] != decision.blocked:
                    continue
            yield counterpart, place

    def _others(self, item: Item) -> Iterator[tuple[tuple[str, ...], int | None]]:
        """URs with the trigger replaced, likewise, whatever the process does in them."""
        if partners := self._partners(item):
            yield from partners
            return
        classes = self._part(item)
        segments = classes.control_trigger if item.trigger_class == "R" else classes.trigger
        bare = self.grammar.bare(item.ur)
        symbol, before = item.ur[len(bare) :], bare[: item.trigger_index]
        if WORD_EDGE in segments:
            ends = (*(before[:-1] if before[-1:] == (EDGE,) else before), *symbol)
            yield ends, len(ends)
        order = {segment: n for n, segment in enumerate(self.grammar.inventory)}
        known = sorted(self.underlying & set(segments), key=order.__getitem__)
        if item.at_edge:
            yield from (((*bare, segment, *symbol), len(bare)) for segment in known)
            return
        known.sort(key=functools.partial(self.grammar.inventory.distance, item.trigger))
        yield from (((*before, segment, *item.ur[item.trigger_index + 1 :]), None) for segment in known)

    def _partners(self, item: Item) -> list[tuple[tuple[str, ...], int]]:
        """The words of the list with the same stem that end otherwise; empty unless one of both ends with the stem."""
        same = self._stems.get((item.stem, item.target_class), ()) if item.stem else ()
        found = [
            (other.ur, other.trigger_index)
            for other in same
            if other.trigger_class != item.trigger_class
            and other.at_edge != item.at_edge
            and other.target_index == item.target_index
            and self._alike(item, other)
            and self.underlying.issuperset(drop_edges(other.ur))
        ]
        found.sort(key=lambda own: len(own[0]))
        shortest = sum(len(ur) == len(found[0][0]) for ur, _ in found)
        turn = list(self._stems).index((item.stem, item.target_class)) % shortest if found else 0
        return found[turn:shortest] + found[:turn] + found[shortest:]

    @staticmethod
    def _alike(one: Item, other: Item) -> bool:
        """Have they the same segments before the trigger?"""
        before = min(one.trigger_index, other.trigger_index)
        return one.ur[:before] == other.ur[:before]

    def _other(self, item: Item, decision: Decision, derivation: Derivation, counterpart: Derivation | None) -> str:
        if item.cell == "TR":
            return decision.blocked
        if item.cell != "TN":
            return ""
        if counterpart is None:
            outcomes = self.outcomes.possible(item.target)
            outcome = min(outcomes) if len(outcomes) == 1 else None
        elif decision.gap:  # of a control of an insertion
            found = self._decision(counterpart.ur, item.target_index, counterpart.stratum)
            return found.gold if found else ""
        else:
            kept = item.target_index in counterpart.origins
            outcome = counterpart.surface[counterpart.origins.index(item.target_index)] if kept else ""
        # what a model says that deletes the target: the next segment
        return (*derivation.surface, END)[decision.step + 1] if outcome == "" else outcome or ""

    def _counterpart_sr(self, plan: Plan, item: Item, counterpart: Derivation) -> tuple[str, ...]:
        at = plan.steps.get(plan.item.trigger_index)
        if at is None or at >= plan.step or item.trigger_index not in counterpart.origins:
            return ()
        segment = counterpart.surface[counterpart.origins.index(item.trigger_index)]
        known = segment in self.surface
        return (*plan.reference[:at], segment, *plan.reference[at + 1 :]) if known else ()

    def _applies(self, derivation: Derivation, target: int | None) -> bool:
        """Does the process change something at a target, or insert beside it?"""
        if target is not None and (found := self._decision(derivation.ur, target, derivation.stratum)) and found.gap:
            return found.gold != found.blocked
        return any(s.target == target for s in derivation.changes(self.process))

    def _decision(self, ur: tuple[str, ...], target: int | None, stratum: str = "") -> Decision | None:
        return decision_of(self.grammar, ur, self.process, target, self.include, stratum)

    def _part(self, item: Item) -> Classes:
        """The part of the process that a word is about: that of its segments, else that of the list."""
        for part in self._parts:
            if part.target_class(item.target) and part.trigger_class(item.trigger) == item.trigger_class:
                return part
        return self._whole

    @functools.cached_property
    def _parts(self) -> tuple[Classes, ...]:
        return parts_of(self.grammar, self.process, self.include)

    @functools.cached_property
    def _whole(self) -> Classes:
        return part_of(self.grammar, self.process, self._items, self.include)

    def _shown(self, ur: tuple[str, ...]) -> tuple[str, ...]:
        return ur if EDGE in self.underlying else drop_edges(ur)

    @staticmethod
    def _check(form: str, symbols: Sequence[str], known: Collection[str]) -> None:
        unknown = [symbol for symbol in symbols if symbol not in known]
        if unknown:
            found = " ".join(dict.fromkeys(unknown))
            raise InputError(f"{form} has {found}, which the model does not know; it knows: {' '.join(sorted(known))}")
