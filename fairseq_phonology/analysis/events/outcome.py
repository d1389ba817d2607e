"""The outcome of one word in one model: the decision step, and the status of the event. Segments only, no weights."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from ...attention.record import AttentionRecord
from ...errors import InputError
from ...phonology.alignment import Alignment, align
from ...phonology.decision import END, decision_of, outcomes_of
from ...phonology.grammar import Derivation, Grammar
from ...phonology.transcription import EDGE, drop_edges
from ...stimuli.items import Item
from .events import Event

Origins = tuple[int | None, ...]  # of each surface segment its position in the UR as written; None if inserted


@dataclass(frozen=True)
class Outcome:
    """An event, and where its segments are in the model's SR.

    Attributes:
        trigger_step: the surface segment that corresponds to the trigger; None if there is none.
        origins: of each segment of the model's SR its position in the item's UR as written; None if inserted.
        exception: the gold SR has the segment there that it would have with the process blocked.
    """

    event: Event
    trigger_step: int | None
    origins: Origins
    exception: bool


@dataclass(frozen=True)
class _Gold:
    """A gold SR with its decision step; what stands there, and what would with the process blocked.

    Attributes:
        gap: the process inserts or deletes here, so that the step is the place after the segment before.
        exception: as in `Outcome`.
        moved: the process deletes, inserts or moves a segment here.
    """

    surface: tuple[str, ...]
    origins: Origins
    step: int | None
    blocked: str
    gap: bool
    exception: bool
    moved: bool = False

    @property
    def segment(self) -> str:
        return _at(self.surface, self.step)


class Outcomes:
    """Outcomes of words, for one process of one grammar.

    Args:
        grammar: what derives the gold SRs.
        process: name of the process.
        include: optional processes that apply.

    Raises:
        InputError: the grammar has no such process.
    """

    def __init__(self, grammar: Grammar, process: str, include: Collection[str] = ()):
        self.grammar, self.process, self.include = grammar, grammar.process(process).name, tuple(include)
        self._outcomes: dict[str, frozenset[str]] = {}
        self._golds: dict[tuple[Item, tuple[str, ...]], _Gold] = {}  # the same words may come again and again

    def sites(self, record: AttentionRecord) -> list[Item]:
        """Each place of a word at which the process changes something, as an item of cell TR.

        Sites whose target is no underlying segment (insertions) are decided together, at the first: one item. The end
        of the word is in trigger position behind its last segment; its beginning, of which a stock encoder has no
        position, triggers without a trigger_index.
        """
        derivation = self.derive(record.underlying, record.id)
        found: dict[int | None, Item] = {}
        for site in derivation.changes(self.process):
            if site.target not in found:
                places = (site.target, site.trigger_in(record.underlying))
                found[site.target] = Item(
                    *(record.id, record.underlying, derivation.surface, "T", "R", *places), fed_by=site.fed_by
                )
        return sorted(found.values(), key=lambda item: -1 if item.target_index is None else item.target_index)

    def of(self, item: Item, record: AttentionRecord) -> Outcome:
        """The outcome of one item in the model's SR.

        A control of an insertion has no decision step; nor has a target that is not in the gold SR. Such a word is
        applied if it is right as a whole, and other if not.

        The gold SR is the record's reference, else the item's. A step is carried over to another SR of the model's by
        `align`; where the process inserts or deletes, it is the one after the segment before.

        Args:
            item: with its UR as written.
            record: of the same word; its UR is the item's, with or without morpheme edges.

        Raises:
            InputError: the record is of another word, or the grammar lacks one of its segments.
        """
        seen = as_seen(item, record.underlying)
        surface = item.sr if record.reference is None else record.reference
        if (item, surface) not in self._golds:
            self._golds[item, surface] = self._gold(item, surface)
        gold = self._golds[item, surface]
        trigger = None if item.trigger_index is None else _index(gold.origins, item.trigger_index)
        if record.surface == gold.surface:
            event = Event(seen, record.surface, gold.surface, "applied", gold.step, gap=gold.moved)
            return Outcome(event, trigger, gold.origins, gold.exception)
        carried = align(gold.surface, record.surface, self.grammar.inventory)
        step = _carried(carried, gold.step, gold.gap, len(gold.surface), len(record.surface))
        status = self._status(item, gold, step, record.surface)
        event = Event(seen, record.surface, gold.surface, status, step, carried.ambiguous, gold.moved)
        back = {sr: ur for ur, sr in carried.pairs if None not in (ur, sr)}
        origins = tuple(gold.origins[back[n]] if n in back else None for n in range(len(record.surface)))
        trigger = None if trigger is None else carried.surface_of(trigger)
        return Outcome(event, trigger, origins, gold.exception)

    def derive(self, ur: Sequence[str], name: str, stratum: str = "") -> Derivation:
        """The derivation of a UR; an error names the word."""
        try:
            return self.grammar.derive(ur, self.include, stratum=stratum)
        except InputError as error:
            raise InputError(f"word {name!r}: {error.message}", error.path, error.line) from None

    def _gold(self, item: Item, surface: tuple[str, ...]) -> _Gold:
        derivation, target = self.derive(item.ur, item.id), item.target_index
        decision = decision_of(self.grammar, item.ur, self.process, target, self.include)
        gap = target is None or target not in derivation.origins or (decision is not None and decision.gap)
        if surface == derivation.surface:
            origins = derivation.origins
            step = decision.step if decision else _index(origins, target)
        else:  # exceptions and slips of the user's list: what corresponds to what, the grammar cannot know
            own = align(self.grammar.bare(item.ur), surface, self.grammar.inventory)
            by_ur = {sr: ur for ur, sr in own.pairs if sr is not None}
            origins = tuple(by_ur[n] for n in range(len(surface)))
            step = None if decision and decision.gap and target in derivation.origins else _index(origins, target)
            if step is None and decision:
                own = align(derivation.surface, surface, self.grammar.inventory)
                step = _carried(own, decision.step, gap, len(derivation.surface), len(surface))
        segment = _at(surface, step)
        blocked = decision.blocked if decision else segment
        moved = decision is not None and decision.gap
        return _Gold(surface, origins, step, blocked, gap, decision is not None and segment == blocked, moved)

    def _status(self, item: Item, gold: _Gold, step: int | None, surface: tuple[str, ...]) -> str:
        found, possible = _at(surface, step), self.possible(item.target) | self.possible(gold.segment)
        return "other" if gold.step is None else status_of(item.cell, found, gold.segment, gold.blocked, possible)

    def possible(self, segment: str) -> frozenset[str]:
        """What the process can make of a segment."""
        if segment not in self._outcomes:
            known = segment in self.grammar.inventory
            self._outcomes[segment] = outcomes_of(self.grammar, self.process, segment) if known else frozenset()
        return self._outcomes[segment]


def status_of(cell: str, found: str, gold: str, blocked: str, possible: Collection[str]) -> str:
    """One of `events.STATUSES`, for the segment at the decision step; empty for none.

    Args:
        cell: of the event.
        found: what the model has there.
        gold, blocked: what the gold SR has, and what stands there with the process blocked.
        possible: what the process can make of a control.
    """
    if found and found == gold:
        return "applied"
    if cell == "TR":
        return "underapplied" if found and found == blocked else "other"
    return "overapplied" if found in possible else "other"


def as_seen(item: Item, underlying: tuple[str, ...]) -> Item:
    """The item with the UR that the model saw, and its positions in that.

    Raises:
        InputError: they are different words, morpheme edges aside.
    """
    if item.ur == underlying:
        return item
    if drop_edges(item.ur) != drop_edges(underlying):
        raise InputError(
            f"word {item.id!r} is /{' '.join(item.ur)}/ in the stimuli and /{' '.join(underlying)}/ in the dump: "
            "is this the dump of these stimuli?"
        )
    target, trigger = (position_in(item.ur, underlying, n) for n in (item.target_index, item.trigger_index))
    return replace(item, ur=underlying, target_index=target, trigger_index=trigger)


def position_in(ur: Sequence[str], shown: Sequence[str], position: int | None) -> int | None:
    """A position in a UR as written, in the same UR with other morpheme edges."""
    if position is None or ur == shown:
        return position
    if position == len(ur):  # the end of the word
        return len(shown)
    return [n for n, segment in enumerate(shown) if segment != EDGE][len(drop_edges(ur[:position]))]


def _at(surface: Sequence[str], step: int | None) -> str:
    return "" if step is None else (*surface, END)[step]


def _index(origins: Origins, position: int | None) -> int | None:
    return None if position is None or position not in origins else origins.index(position)


def _carried(carried: Alignment, step: int | None, gap: bool, length: int, other: int) -> int | None:
    """A step of one SR in another: of ``length`` segments, and of ``other``."""
    if step is None:
        return None
    if gap:
        before = -1 if step == 0 else carried.surface_of(step - 1)
        return None if before is None else before + 1
    return other if step == length else carried.surface_of(step)
