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
from .outcome import Judge, Judged, as_seen
from .queries import Regions, Rows, regions_of

# kind, row, number of the EOS column; the first is the one of the primary family
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
    """What the model did, and where it looked, at each site and control.

    The views are those of `VIEWS` that the dump has the kinds for. The window lies around the target, or around the
    trigger where a process inserts. ``decoder`` is there if the surface trigger precedes the decision step in most
    events; its row holds only what the step could read, and no regions. An event without decision step has no row in
    the views of the decoder's steps; one without a trigger segment has none at all.

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
    found = events_of(_progress(dump, progress), dump.kinds, Judge(grammar, process, include), by_id)
    _require_met(found, process, dump, by_id is None)
    return found


def events_of(
    records: Iterable[AttentionRecord], kinds: Collection[str], judge: Judge, items: Mapping[str, Item] | None
) -> Events:
    """The same of any records, one after the other: of a dump, or of a model that is in memory.

    Args:
        records: with cross-attention, each word once.
        kinds: of attention that they have.
        judge: of the process.
        items: by id, as for `collect`.
    """
    plain = not any(item.cell and item.stem for item in (items or {}).values())
    rows = [Rows(*view) for view in VIEWS if view[0] in kinds]
    found, regions, left_out = Events([], []), {}, 0
    for record in records:
        here = judge.sites(record) if items is None else [items[record.id]] if record.id in items else []
        before = len(found.events) + found.fillers
        for item in here:
            if not item.cell:
                as_seen(item, record.underlying)  # a filler of another list is another list
                found.fillers += 1
                continue
            judged = judge.judge(item, record)
            if items is None and judged.exception:
                continue
            place = _Place(record, judged)
            _add_rows(rows, len(found.events), place, judge.grammar, regions, elsewhere=plain)
            found.events.append(judged.event)
        left_out += len(found.events) + found.fillers == before
    # a view of the decoder's own steps answers for the process only if the trigger is usually there to be read
    usual = [own for own in rows if own.kind != "decoder" or 2 * own.count > len(found.events)]
    found.left_out = left_out
    found.views = [view for own in usual if (view := own.view(len(found.events))) is not None]
    return found


def is_forced(dump: AttentionDump) -> bool:
    """Was the decoder run along the gold SRs (``--score-reference``)?"""
    return bool((dump.manifest.get("settings") or {}).get("score_reference"))


class _Place:
    """Where the rows and columns of one event are in one record."""

    def __init__(self, record: AttentionRecord, judged: Judged):
        self.record, self.event, self.surface_trigger = record, judged.event, judged.trigger_step
        seen = self.event.item
        self.target, self.trigger, self.step = seen.target_index, seen.trigger_index, self.event.step
        self.center = self.trigger if self.target is None else self.target
        self._origins = judged.origins

    def query(self, kind: str, query: str) -> int | None:
        """Number of the row; None if this event has none."""
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
        """Of each row, the position of the segment that it belongs to."""
        if kind == "encoder":
            return tuple(range(len(self.record.underlying)))
        if kind == "decoder":
            return tuple(range(len(self.record.surface)))
        return (None, *self._origins) if query == "following" else self._origins


def _add_rows(
    rows: list[Rows],
    event: int,
    place: _Place,
    grammar: Grammar,
    regions: dict[tuple[tuple[str, ...], int], Regions],
    elsewhere: bool,
) -> None:
    """The rows of one event; ``regions`` remembers those of the words met so far."""
    if place.trigger is None:
        return
    word = (place.record.underlying, place.center)
    if word not in regions:
        regions[word] = regions_of(grammar, *word)
    edges = _edges(place.record)
    for own in rows:
        number = place.query(own.kind, own.query)
        if number is None:
            continue
        weights = place.record.weights(own.kind)
        norms = place.record.norms(own.kind) if place.record.has_norms else None
        if own.kind == "decoder":  # what the step could read: EOS and the segments before it
            read, trigger, center, parts = slice(number + 1), place.surface_trigger, number, {}
        else:
            read, trigger, center, parts = slice(None), place.trigger, place.center, regions[word]
        row, beside = (None if each is None else each[:, :, number, read] for each in (weights, norms))
        others = _elsewhere(own, place, weights, number, trigger - center) if elsewhere else None
        own.add(event, row, trigger, center, parts, others, () if own.kind == "decoder" else edges, beside)


def _edges(record: AttentionRecord) -> set[int]:
    return {n for n, symbol in enumerate(record.underlying) if symbol == EDGE}


def _elsewhere(rows: Rows, place: _Place, weights: np.ndarray, number: int, offset: int) -> np.ndarray:
    origins = place.origins(rows.kind, rows.query)
    if rows.kind != "decoder":  # from a segment to a segment: where the model sees morpheme edges, they are none
        edges = _edges(place.record)
        origins = tuple(None if n is None or edges & {n, n + offset} else n for n in origins)
    return same_offset(renormalized(weights, rows.eos), origins, number, offset)


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
        raise InputError(f"{counts[twice[0]]} words of the dump are called {twice[0]!r}; ids must tell", dump.paths[0])
    return {item.id: item for item in items}


def _require_met(found: Events, process: str, dump: AttentionDump, plain: bool) -> None:
    if not found.events:
        where = f"in none of the {len(dump):,} words" if plain else f"by none of the {found.fillers:,} items"
        raise InputError(f"{process} is never met: {where}; nothing to analyze", dump.paths[0])
    if all(event.item.trigger_index is None for event in found.events):
        raise InputError(f"what triggers {process} is no segment in any of the words: nothing to look at")


def _progress(dump: AttentionDump, wanted: bool) -> Iterator[AttentionRecord]:
    from tqdm import tqdm

    off = not (wanted and sys.stderr.isatty())
    return iter(tqdm(dump, total=len(dump), desc="events", unit=" words", delay=1, disable=off, leave=False))
