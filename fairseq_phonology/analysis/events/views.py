"""Which views make the headline of a design, and their heads side by side."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...errors import InputError
from ..design.designs import Design
from .events import Events, Head, View

PRIMARY_KINDS = ("cross", "decoder")  # of the decision row; the decoder where it can see the trigger


def primary_views(events: Events, design: Design) -> list[View]:
    """Those of the primary family: every event of the design has such a row, in the cross-attention at least.

    Raises:
        InputError: some event has none.
    """
    first = [
        view
        for view in events.views
        if view.query == "decision" and view.kind in PRIMARY_KINDS and is_whole(view, design)
    ]
    if not any(view.kind == "cross" for view in first):
        raise InputError(
            f"{_first_without(events, design)} has no decision step to look at, so that this is no design that can be "
            f"tested (a control of an insertion has none); without the columns stem and suffix the list is described"
        )
    return first


def is_whole(view: View, design: Design) -> bool:
    """Has every event of the design such a row?"""
    return not np.isnan(view.mass[design.index]).any()


def heads_of(views: Sequence[View]) -> list[Head]:
    """All heads of some views, in the order of `by_head`."""
    return [
        Head(view.kind, view.query, layer + 1, head + 1)
        for view in views
        for layer in range(view.layers)
        for head in range(view.heads)
    ]


def by_head(views: Sequence[View], name: str) -> np.ndarray:
    """One measure of some views side by side.  # -> events x heads"""
    return np.concatenate([getattr(view, name).reshape(len(view.mass), -1) for view in views], 1)


def _first_without(events: Events, design: Design) -> str:
    """The first word of the design without a row in the main view, by name."""
    main = events.view("cross", "decision")
    lacking = [n for n in design.index.ravel() if main is None or np.isnan(main.mass[n]).any()]
    return f"word {events.events[lacking[0]].item.id!r}"


def head_names(heads: Sequence[Head]) -> list[str]:
    """As ``2.1``; where there are several kinds of attention, as ``decoder 2.1``."""
    several = len({head.kind for head in heads}) > 1
    return [f"{head.kind} {head}" if several else str(head) for head in heads]


def included_events(events: Events) -> np.ndarray:
    """Which events enter the tests: those that are included, without those in which the trigger was dropped.

    An event in which the model dropped the trigger that its decoder's step should have read leaves like a failed one: a
    primary family over both kinds of attention would else lose the decoder to one slip. Where words that are wholly
    right, too, lack the query (the language drops the trigger), the decoder is in no test.

    Returns:
        of each event.  # -> events, bool
    """
    included = np.array([event.counts for event in events.events])
    view = events.view("decoder", "decision")
    if view is None:
        return included
    lacking = np.isnan(view.mass).any((1, 2))
    right = np.array([event.surface == event.reference for event in events.events])
    return included if (lacking & right).any() else included & ~lacking
