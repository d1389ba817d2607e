"""From a dump to events: one pass over the words, of which only the measures stay in memory."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

import numpy as np

from ...attention.dump.reader import AttentionDump
from ...attention.record import AttentionRecord
from ...errors import InputError
from ...phonology.grammar import Grammar
from ...phonology.transcription import EDGE
from ...stimuli.items import Item
from .events import Events
from .measures import renormalized, same_offset
from .outcome import Outcome, Outcomes, as_seen
from .queries import Queries, Regions, regions_of

# kind, query, number of the EOS column; the first is the one of the primary family
VIEWS = (("cross", "decision", -1), ("cross", "following", -1), ("encoder", "target", -1), ("decoder", "decision", 0))
_EXAMPLES = 3  # ids shown in a message


def collect(
    dump: AttentionDump,
    items: Sequence[Item] | None,
    grammar: Grammar,
    process: str,
    include: Collection[str] = (),
    progress: bool = True,
) -> Events:
    """The outcome and the attention of the model at each site and control.

    The views are those of `VIEWS` that the dump has the kinds for. The window lies around the target, or around the
    trigger where a process inserts. ``decoder`` is there if the surface trigger precedes the decision step in most
    events; its keys are only those that the step could read, and it has no regions. An event without decision step has
    no query in the views of the decoder's steps; one without a trigger segment has none at all.

    Args:
        dump: complete, with cross-attention.
        items: of the experiment, with the classes that put them in a cell; fillers make no events. None: each place at
            which the process changes something in a word of the dump is an event of cell TR, unless the gold SR does
            without. Views have ``elsewhere`` where no item in a cell has a stem: a plain list.
        grammar: of the language.
        process: name of the process.
        include: optional processes that apply.
        progress: show a bar if it takes longer.

    Raises:
        InputError: items that the dump lacks or knows as other words; a process that is never met; an incomplete dump,
            or one without cross-attention; segments that the grammar lacks.
    """
    dump.require_complete().require_kind("cross")
    by_id = None if items is None else matched(dump, items)
    found = events_of(with_progress(dump, progress), dump.kinds, Outcomes(grammar, process, include), by_id)
    _require_met(found, process, dump, by_id is None)
    return found


def events_of(
    records: Iterable[AttentionRecord], kinds: Collection[str], outcomes: Outcomes, items: Mapping[str, Item] | None
) -> Events:
    """The same of any records, one after the other: of a dump, or of a model that is in memory.

    Args:
        records: with cross-attention, each word once.
        kinds: of attention that they have.
        outcomes: of the process.
        items: by id, as for `collect`.
    """
    plain = not any(item.cell and item.stem for item in (items or {}).values())
    queries = [Queries(*view) for view in VIEWS if view[0] in kinds]
    found, regions, left_out = Events([], []), {}, 0
    for record in records:
        here = outcomes.sites(record) if items is None else [items[record.id]] if record.id in items else []
        before = len(found.events) + found.fillers
        for item in here:
            if not item.cell:
                as_seen(item, record.underlying)  # a filler of another list is another list
                found.fillers += 1
                continue
            outcome = outcomes.of(item, record)
            if items is None and outcome.exception:
                continue
            place = _Place(record, outcome)
            _add_queries(queries, len(found.events), place, outcomes.grammar, regions, elsewhere=plain)
            found.events.append(outcome.event)
        left_out += len(found.events) + found.fillers == before
    # a view of the decoder's own steps answers for the process only if the trigger is usually there to be read
    usual = [own for own in queries if own.kind != "decoder" or 2 * own.count > len(found.events)]
    found.left_out = left_out
    found.views = [view for own in usual if (view := own.view(len(found.events))) is not None]
    return found


def is_forced(dump: AttentionDump) -> bool:
    """Was it made under forced decoding of the gold SRs (``--score-reference``)?"""
    return bool((dump.manifest.get("settings") or {}).get("score_reference"))


class _Place:
    """Where the queries and keys of one event are in one record."""

    def __init__(self, record: AttentionRecord, outcome: Outcome):
        self.record, self.event, self.surface_trigger = record, outcome.event, outcome.trigger_step
        seen = self.event.item
        self.target, self.trigger, self.step = seen.target_index, seen.trigger_index, self.event.step
        self.center = self.trigger if self.target is None else self.target
        self._origins = outcome.origins

    def query(self, kind: str, query: str) -> int | None:
        """Number of the query; None if this event has none."""
        if kind == "encoder":
            return self.target
        if self.step is None or self.trigger is None:
            return None
        if kind == "decoder":
            precedes = self.surface_trigger is not None and self.surface_trigger < self.step
            return self.step if precedes else None
        number = self.step + (query == "following")
        return number if number <= len(self.record.surface) else None

    def origins(self, kind: str, query: str) -> tuple[int | None, ...]:
        """Of each query, the position of the segment that it belongs to."""
        if kind == "encoder":
            return tuple(range(len(self.record.underlying)))
        if kind == "decoder":
            return tuple(range(len(self.record.surface)))
        return (None, *self._origins) if query == "following" else self._origins


def _add_queries(
    queries: list[Queries],
    event: int,
    place: _Place,
    grammar: Grammar,
    regions: dict[tuple[tuple[str, ...], int], Regions],
    elsewhere: bool,
) -> None:
    """The queries of one event; ``regions`` remembers those of the words met so far."""
    if place.trigger is None:
        return
    word = (place.record.underlying, place.center)
    if word not in regions:
        regions[word] = regions_of(grammar, *word)
    edges = _edges(place.record)
    for own in queries:
        number = place.query(own.kind, own.query)
        if number is None:
            continue
        weights = place.record.weights(own.kind)
        norms = place.record.norms(own.kind) if place.record.has_norms else None
        if own.kind == "decoder":  # what the step could read: EOS and the segments before it
            read, trigger, center, parts, hidden = slice(number + 1), place.surface_trigger, number, {}, ()
        else:
            read, trigger, center, parts, hidden = slice(None), place.trigger, place.center, regions[word], edges
        own_weights, own_norms = (None if each is None else each[:, :, number, read] for each in (weights, norms))
        others = _elsewhere(own, place, weights, number, trigger - center) if elsewhere else None
        own.add(event, own_weights, trigger, center, parts, others, hidden, own_norms)


def _edges(record: AttentionRecord) -> set[int]:
    return {n for n, symbol in enumerate(record.underlying) if symbol == EDGE}


def _elsewhere(of: Queries, place: _Place, weights: np.ndarray, number: int, offset: int) -> np.ndarray:
    """Mass at the same offset from the word's other queries; NaN of the end of the word, to which EOS is the sink."""
    if of.kind != "decoder" and place.event.item.at_edge:
        return np.full(weights.shape[:2], np.nan, np.float32)
    origins = place.origins(of.kind, of.query)
    if of.kind != "decoder":  # from a segment to a segment: where the model sees morpheme edges, they are none
        edges = _edges(place.record)
        origins = tuple(None if n is None or edges & {n, n + offset} else n for n in origins)
    return same_offset(renormalized(weights, of.eos), origins, number, offset)


def matched(dump: AttentionDump, items: Sequence[Item]) -> dict[str, Item]:
    """The items by id, each of them in the dump once.

    Raises:
        InputError: the dump lacks some, or has several words of that id.
    """
    counts = Counter(dump.ids())
    missing = [item.id for item in items if item.id not in counts]
    if missing:
        wanted = {item.id for item in items}
        others = [id for id in counts if id not in wanted] or list(counts)
        raise InputError(
            f"{len(missing):,} of {len(items):,} items of the stimuli are not in the dump, as in "
            f"{', '.join(missing[:_EXAMPLES])}; the dump has, for one, {', '.join(others[:_EXAMPLES])}: "
            "is this the dump of these stimuli?",
            dump.paths[0],
        )
    twice = [item.id for item in items if counts[item.id] > 1]
    if twice:
        raise InputError(
            f"{counts[twice[0]]} words of the dump have the id {twice[0]!r}; allowed: one of each id", dump.paths[0]
        )
    return {item.id: item for item in items}


def _require_met(found: Events, process: str, dump: AttentionDump, plain: bool) -> None:
    if not found.events:
        where = f"in none of the {len(dump):,} words" if plain else f"by none of the {found.fillers:,} items"
        raise InputError(f"{process} is never met: {where}; nothing to analyze", dump.paths[0])
    if all(event.item.trigger_index is None for event in found.events):
        raise InputError(
            f"the beginning of the word triggers {process}, or a segment that another process inserts, in each of the "
            "words: the encoder has no position for it that could be attended to; allowed: a segment of the UR, or "
            "the end of the word, where EOS stands"
        )


def with_progress(dump: AttentionDump, wanted: bool = True) -> Iterator[AttentionRecord]:
    """The words of a dump, with a bar if it takes longer."""
    from tqdm import tqdm

    off = not (wanted and sys.stderr.isatty())
    return iter(tqdm(dump, total=len(dump), desc="events", unit=" words", delay=1, disable=off, leave=False))
