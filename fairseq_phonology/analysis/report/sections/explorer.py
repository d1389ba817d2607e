"""Data for the report's word explorer: the weights of up to a thousand words, small enough to travel in a page."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ....attention.dump.reader import AttentionDump
from ....attention.record import AttentionRecord
from ....phonology.alignment import align
from ....stimuli.items import CELLS
from ....text import count, shown
from ...contrasts.study import Study
from ...events.events import Event, Events

LIMIT = 1000  # words
LIMIT_BYTES = 6_000_000  # of weights; a third more as text in the page


@dataclass
class ExplorerData:
    """What the explorer shows.

    Attributes:
        kinds: of attention, in the order in which they are offered.
        layers, heads: how many each kind has.
        words: what `to_json` writes of each: ``id``, ``ur``, ``sr``, ``ref`` (absent where the SR is the gold one),
            ``cell``, ``status``, ``sites`` and ``w``. A site is the decision step, the target, the trigger, and the
            trigger on the surface, all from 0, None where there is none. ``w`` is base64 of uint8, 255 times the
            weights, of all kinds one after the other, each layers x heads x rows x columns, EOS included as in
            `AttentionRecord`.
        total: words that have an event.
        failed: those of them with an event that is not included.
    """

    kinds: tuple[str, ...]
    layers: dict[str, int]
    heads: dict[str, int]
    words: list[dict[str, Any]] = field(default_factory=list)
    total: int = 0
    failed: int = 0

    @property
    def failed_shown(self) -> int:
        """How many of the failed words are there."""
        return sum(word["status"] != "applied" for word in self.words)

    def to_json(self) -> str:
        """As a JSON text that may stand in a ``<script>`` element."""
        content = {"kinds": self.kinds, "layers": self.layers, "heads": self.heads, "words": self.words}
        text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
        return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def explorer_data(
    dump: AttentionDump, events: Events | Iterable[Event], limit: int = LIMIT, limit_bytes: int = LIMIT_BYTES
) -> ExplorerData:
    """Choose words and read their weights, one word at a time.

    Words that fail come first, up to half of the limit while there are others; the rest evenly over cells, stem by
    stem, so that a stem can be compared with all its suffixes. Memory grows with the limits only.

    Args:
        dump: where the events were found.
        events: all of them.
        limit: most words.
        limit_bytes: most weights, one byte each; the words that were chosen last leave.
    """
    words: dict[str, list[Event]] = {}
    for event in events.events if isinstance(events, Events) else events:
        words.setdefault(event.item.id, []).append(event)
    data = ExplorerData(tuple(dump.kinds), {}, {}, total=len(words))
    data.failed = sum(not _passes(those) for those in words.values())
    chosen: dict[str, dict[str, Any]] = {}
    room = limit_bytes
    for id in _choose(words, limit):
        record = dump[id]
        for kind in data.kinds:
            data.layers[kind], data.heads[kind] = record.weights(kind).shape[:2]
        room -= sum(record.weights(kind).size for kind in data.kinds)
        if room < 0 and chosen:
            break
        chosen[id] = _word(record, data.kinds, words[id])
    data.words = [chosen[id] for id in words if id in chosen]
    return data


def quantize(weights: np.ndarray) -> bytes:
    """Weights from 0 to 1 as one byte each, in steps of 1/255."""
    return np.rint(np.clip(weights, 0, 1) * 255).astype(np.uint8).tobytes()


def _word(record: AttentionRecord, kinds: tuple[str, ...], events: list[Event]) -> dict[str, Any]:
    worst = next((event for event in events if not event.included), events[0])
    surface = align(record.underlying, record.surface) if "decoder" in kinds else None
    sites = []
    for item, step in ((event.item, event.step) for event in events):
        there = surface is not None and item.trigger_index is not None
        emitted = surface.surface_of(item.trigger_index) if there else None
        sites.append([step, item.target_index, item.trigger_index, emitted])
    word = {
        "id": shown(record.id),
        "ur": tuple(map(shown, record.underlying)),
        "sr": tuple(map(shown, record.surface)),
        "cell": worst.item.cell,
        "status": worst.status,
        "sites": sites,
        "w": base64.b64encode(b"".join(quantize(record.weights(kind)) for kind in kinds)).decode(),
    }
    if record.correct is False:
        word["ref"] = tuple(map(shown, record.reference))
    return word


def _passes(events: list[Event]) -> bool:
    return all(event.included for event in events)


def _choose(words: dict[str, list[Event]], limit: int) -> list[str]:
    """Ids of the words to show, the most wanted first."""
    failed = [id for id, events in words.items() if not _passes(events)]
    others = [id for id, events in words.items() if _passes(events)]
    first = max(limit // 2, limit - len(others))
    failed = _evenly(words, failed)[:first]
    return failed + _evenly(words, others)[: limit - len(failed)]


def _evenly(words: dict[str, list[Event]], ids: list[str]) -> list[str]:
    """The cells in turn; within a cell whole stems, in an order that does not depend on the list's."""
    stems = sorted({_stem(words[id][0]) for id in ids})
    place = dict(zip(stems, np.random.default_rng(0).permutation(len(stems)).tolist(), strict=True))
    cells: dict[str, list[str]] = {cell: [] for cell in ("", *CELLS)}
    for id in sorted(ids, key=lambda id: place[_stem(words[id][0])]):
        cells[words[id][0].item.cell].append(id)
    turns = [(turn, cell, id) for cell, those in cells.items() for turn, id in enumerate(those)]
    return [id for _, _, id in sorted(turns, key=lambda each: each[0])]


def _stem(event: Event) -> str:
    return event.item.stem or event.item.id


def explorer_section(explorer: ExplorerData, study: Study) -> dict[str, Any]:
    """The section of the page: which head it opens with, what is in it, and the data."""
    from markupsafe import Markup

    shown = count(len(explorer.words), "word")
    if len(explorer.words) == explorer.total:
        included = f"All {shown} with an event are included"
    else:
        order = "those that fail first, then whole stems, evenly over cells"
        included = f"{shown} of {explorer.total:,} are included: {order}"
    among = "that fail at the decision step are among them"
    if explorer.failed_shown < explorer.failed:
        failed = f"{explorer.failed_shown:,} of the {explorer.failed:,} {among}"
    else:
        failed = f"all {explorer.failed:,} {among}" if explorer.failed else "none fails at the decision step"
    family = study.primary or next(iter(study.families), None)
    return {
        "head": None if family is None else family.heads[family.best],
        "intro": f"Attention weights word by word. {included}; {failed}. The heat map of one word is an illustration, "
        "not evidence.",
        "json": Markup(explorer.to_json()),
    }
