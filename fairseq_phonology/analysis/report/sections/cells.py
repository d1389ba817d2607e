"""What was tested, cell by cell: the words of the design, those set aside, and the accuracy of the model in them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from ....phonology.transcription import WORD_EDGE
from ....stimuli.items import CELLS
from ....text import END_OF_WORD, count, listed, number, percent_of
from ...contrasts.kinds import DERIVED
from ...contrasts.study import Family, Study
from ...design.crossing import derived_words
from ...events.events import STATUSES, Event

BARE = "no stem, in no test"


def groups(study: Study) -> dict[str, list[Event]]:
    """The events by what was done with their words.

    Under the empty name those of the design, before any exclusion (of a plain list all); then those set aside.
    """
    if study.design is None and study.exclusions is None:
        return {"": list(study.events.events)}
    found: dict[str, list[Event]] = {"": []}
    fed = words_set_aside(study)
    for event in study.events.events:
        item = event.item
        apart = not item.suffix and item.stem in fed
        name = "" if item.stem and not apart else _apart(study, len(fed)) if apart else BARE
        found.setdefault(name, []).append(event)
    return found


def tested(study: Study) -> list[Event]:
    """The events of the design, before any exclusion; of a plain list all."""
    return groups(study)[""]


def words_set_aside(study: Study) -> dict[str, Sequence[str]]:
    """The real words whose site another process makes, with these processes; none of a plain list or crossed words."""
    if study.design is None and study.exclusions is None:
        return {}
    return {stem: fed for stem, fed in derived_words(study.events.items).items() if stem}


def processes_of_derived(study: Study) -> str:
    """The processes that make the site of the words set aside."""
    return listed(dict.fromkeys(name for names in words_set_aside(study).values() for name in names))


def derived_family(study: Study) -> Family | None:
    """The family that tests the words set aside; None where they are too few."""
    return next((family for family in study.families if family.contrast == DERIVED), None)


def _apart(study: Study, words: int) -> str:
    how = "in no test" if derived_family(study) is None else "tested separately"
    return f"{count(words, 'further word')} whose site {processes_of_derived(study)} makes: {how}"


def uniform(events: Iterable[Event]) -> dict[str, float]:
    """Of each cell, the mass on the trigger if attention were spread evenly over segments: 1 over their number.

    The end of the word, where it is in trigger position, counts as one.
    """
    masses: dict[str, list[float]] = {cell: [] for cell in CELLS}
    for event in events:
        if event.included and event.item.cell:
            masses[event.item.cell].append(1 / max(1, len(event.item.ur) + event.item.at_edge))
    return {cell: float(np.mean(values)) for cell, values in masses.items() if values}


def examples(events: Sequence[Event]) -> dict[str, Event]:
    """One event of each cell, of the same stem within a row of the design where that is possible."""
    found: dict[str, Event] = {}
    for event in sorted(events, key=lambda event: not event.included):
        found.setdefault(event.item.cell, event)
    for first, second in (("TR", "TN"), ("CR", "CN")):
        stem = found[first].item.stem if first in found else ""
        same = (e for e in events if e.included and e.item.cell == second and e.item.stem == stem)
        if (event := next(same, None)) is not None:
            found[second] = event
    return found


def accuracy(study: Study) -> list[dict[str, Any]]:
    """Groups of words, each with its name and a row per cell: events, included, share, how many have each status."""
    return [{"name": name, "rows": _rows(study, name, events)} for name, events in groups(study).items() if events]


def _rows(study: Study, group: str, events: list[Event]) -> list[dict[str, Any]]:
    rows = []
    for cell in (cell for cell in (*CELLS, "") if any(event.item.cell == cell for event in events)):
        those = [event for event in events if event.item.cell == cell]
        statuses = Counter(event.status for event in those)
        all, kept = len(those), sum(event.included for event in those)
        if not group and study.exclusions is not None and cell in study.exclusions.cells:
            all, kept = study.exclusions.cells[cell]
        rows.append({"cell": cell or "all", "events": all, "included": kept, "share": percent_of(kept, all)}
                    | {"statuses": [statuses[status] for status in STATUSES]})  # fmt: skip
    return rows


def design_cells(study: Study) -> dict[str, Any] | None:
    """The 2 x 2 of the design: an example of each cell, with its gold SR, and what the headline's head puts on the
    trigger."""
    shown = examples(tested(study))
    if not set(CELLS) <= set(shown):
        return None
    classes = classes_of(study)
    rows_of = {row["cell"]: row for row in accuracy(study)[0]["rows"]}
    family = study.primary
    means = {} if family is None else {cell: number(values[family.best]) for cell, values in family.cell_means.items()}

    def cell(code: str) -> dict[str, Any]:
        event, row = shown[code], rows_of[code]
        words = {"ur": f"/{''.join(event.item.ur)}/", "sr": f"[{''.join(event.reference)}]"}
        return {
            "code": code,
            **words,
            "included": f"{row['included']:,} of {row['events']:,} included",
            "mass": means.get(code, ""),
        }

    def unit(code: str, text: str) -> dict[str, Any]:
        segments = classes.get(code) or ()
        if WORD_EDGE in segments:  # the page shows letters there; this is none
            text = f"{text}: {END_OF_WORD}"
        return {"code": code, "text": text, "segments": " ".join(segments)}

    inserts = study.provenance.grammar.coverage.does == "inserts"
    undergoes = "target: the process inserts beside it" if inserts else "target undergoes the process"
    targets = (("T", undergoes), ("C", "control in its place"))
    rows = [{**unit(code, text), "cells": [cell(code + "R"), cell(code + "N")]} for code, text in targets]
    note = "In each cell a word with its gold SR."
    note += f" Mass: mean mass of head {family.heads[family.best]} on the trigger's position." if means else ""
    columns = [unit("R", "trigger"), unit("N", "control in its place")]
    return {"columns": columns, "rows": rows, "note": note}


def classes_of(study: Study) -> dict[str, Sequence[str]]:
    """Segments of T, C, R and N in the words of the design."""
    found: dict[str, dict[str, None]] = {}
    for event in tested(study):
        found.setdefault(event.item.target_class, {})[event.item.target] = None
        found.setdefault(event.item.trigger_class, {})[event.item.trigger] = None
    return {code: [each for each in segments if each] for code, segments in found.items() if code}
