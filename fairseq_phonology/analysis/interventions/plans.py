"""What is compared in one event, and its minimal-pair counterpart, before any model is asked. `run` runs it."""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace

from ...attention.edges import Edge, Exchange, Run
from ...errors import InputError
from ...phonology.decision import END, Decision, decision_of
from ...phonology.grammar import Derivation, Grammar
from ...phonology.transcription import EDGE, drop_edges
from ...stimuli.classes import Classes, classes_of
from ...stimuli.items import Item
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
            grammar has the process apply in TN, and not in TR and C; empty where there is none.
        counterpart_sr: the gold SR with the surface trigger of the counterpart; empty unless that precedes the decision
            step.
        overapplied: what the process could have made of a control.
    """

    item: Item
    reference: tuple[str, ...]
    step: int | None
    gold: str = ""
    other: str = ""
    steps: dict[int, int] = field(default_factory=dict, hash=False)
    counterpart: tuple[str, ...] = ()
    counterpart_sr: tuple[str, ...] = ()
    overapplied: frozenset[str] = frozenset()

    @property
    def replacement(self) -> str:
        """What stands in the trigger's place in the minimal pair; empty where there is none."""
        return self.counterpart[self.item.trigger_index] if self.counterpart else ""

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

    Args:
        grammar: what derives the gold SRs.
        process: its name.
        include: optional processes that apply.
        underlying: symbols that the model knows in URs; morpheme edges are shown to it if it knows ``+``.
        surface: symbols that it knows in SRs.

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
    ):
        self.outcomes = Outcomes(grammar, process, include)
        self.grammar, self.process, self.include = grammar, self.outcomes.process, self.outcomes.include
        self.underlying, self.surface = frozenset(underlying), frozenset(surface) | {END}

    def plan(self, item: Item) -> Plan:
        """The plan of one item that is in a cell.

        Raises:
            InputError: naming the word, for symbols that the model does not know.
        """
        derivation = self.outcomes.derive(item.ur, item.id)
        seen = as_seen(item, self._shown(item.ur))
        self._check(f"the UR of {item.id!r}", seen.ur, self.underlying)
        self._check(f"the SR of {item.id!r}", derivation.surface, self.surface)
        decision = decision_of(self.grammar, item.ur, self.process, item.target_index, self.include)
        origins = (position_in(item.ur, seen.ur, origin) for origin in derivation.origins)
        steps = {origin: step for step, origin in enumerate(origins) if origin is not None}
        if decision is None:
            return Plan(seen, derivation.surface, None, steps=steps)
        counterparts = self._counterparts(item, decision, derivation) if item.trigger_index is not None else iter(())
        counterpart = next(counterparts, None)
        other = self._other(item, decision, derivation, counterpart)
        if other:
            does = "blocked" if item.cell == "TR" else "applied"
            self._check(f"the SR of {item.id!r} with {self.process} {does}", [other], self.surface)
        plan = Plan(
            *(seen, derivation.surface, decision.step, decision.gold, other if other != decision.gold else "", steps),
            overapplied=self.outcomes.possible(item.target) | self.outcomes.possible(decision.gold),
        )
        if counterpart is None:
            return plan
        shown, sr = self._shown(counterpart.ur), self._counterpart_sr(plan, item, counterpart)
        return replace(plan, counterpart=shown, counterpart_sr=sr)

    def _counterparts(self, item: Item, decision: Decision, derivation: Derivation) -> Iterator[Derivation]:
        """Minimal pairs, the nearest first."""
        classes = self._classes
        segments = classes.control_trigger if item.trigger_class == "R" else classes.trigger
        order = {segment: n for n, segment in enumerate(self.grammar.inventory)}
        near = functools.partial(self.grammar.inventory.distance, item.trigger)
        for segment in sorted(self.underlying & set(segments), key=lambda s: (near(s), order[s])):
            ur = (*item.ur[: item.trigger_index], segment, *item.ur[item.trigger_index + 1 :])
            counterpart = self.outcomes.derive(ur, item.id)
            sites = [s for s in counterpart.sites(self.process) if not s.vacuous and s.target == item.target_index]
            if bool(sites) != (item.cell == "TN"):
                continue
            if item.cell == "TR" and item.target_index is not None and item.target_index in counterpart.origins:
                # nothing else may become of the target either
                at = counterpart.origins.index(item.target_index)
                if item.target_index in derivation.origins and counterpart.surface[at] != decision.blocked:
                    continue
            yield counterpart

    def _other(self, item: Item, decision: Decision, derivation: Derivation, counterpart: Derivation | None) -> str:
        if item.cell == "TR":
            return decision.blocked
        if item.cell != "TN":
            return ""
        if counterpart is None:
            outcomes = self.outcomes.possible(item.target)
            outcome = min(outcomes) if len(outcomes) == 1 else None
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

    @functools.cached_property
    def _classes(self) -> Classes:
        return classes_of(self.grammar, self.process, self.include)

    def _shown(self, ur: tuple[str, ...]) -> tuple[str, ...]:
        return ur if EDGE in self.underlying else drop_edges(ur)

    @staticmethod
    def _check(form: str, symbols: Sequence[str], known: Collection[str]) -> None:
        unknown = [symbol for symbol in symbols if symbol not in known]
        if unknown:
            found = " ".join(dict.fromkeys(unknown))
            raise InputError(f"{form} has {found}, which the model does not know; it knows: {' '.join(sorted(known))}")
