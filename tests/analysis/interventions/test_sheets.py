"""Runs of events in batches: short words as ever, long ones in parts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import fairseq_phonology.analysis.interventions.sheets as sheets_module
from fairseq_phonology.analysis.interventions.kinds import MOST_CONTROLS, PLACES
from fairseq_phonology.analysis.interventions.plans import Planner
from fairseq_phonology.analysis.interventions.run import interventions_of
from fairseq_phonology.analysis.interventions.sheets import Sheet, batches_of, check_work
from fairseq_phonology.attention.edges import Forced
from fairseq_phonology.corpus.batches import CELLS
from fairseq_phonology.errors import InputError
from tests.analysis.interventions.test_run import GRAMMAR, INVENTORY, SIZES, item


def plans(*lengths):
    """Sites of nasals in words of that many segments."""
    planner = Planner(GRAMMAR, "nasals", (), INVENTORY, INVENTORY)
    words = [" ".join("ai"[k % 2] for k in range(n - 2)) + " p m" for n in lengths]
    return [planner.plan(item(word, "TR", n - 2, n - 1)) for word, n in zip(words, lengths, strict=True)]


def sheets(*lengths):
    which = interventions_of(SIZES)
    return [Sheet(n, plan, which) for n, plan in enumerate(plans(*lengths))]


def test_sheets_share_a_batch_as_far_as_there_is_room():
    some = sheets(4, 5, 6, 7)
    sizes = [len(sheet.runs) for sheet in some]
    found = list(batches_of(some, sum(sizes[:3])))
    assert [[part.sheet.event for part in batch] for batch in found] == [[0, 1, 2], [3]]
    assert [len(part.runs) for batch in found for part in batch] == sizes


def test_the_runs_of_a_long_word_are_divided(length=150):
    short, long, other = sheets(5, length, length)
    found = list(batches_of([short, long, other], 1024))
    runs = [run for batch in found for part in batch for run in part.runs]
    assert runs == short.runs + long.runs + other.runs and len(long.runs) > 1024
    for batch in found:
        assert sum(len(part.runs) for part in batch) * (length + 1) ** 2 <= CELLS or batch[0].sheet is short
    assert max(len({part.sheet.event for part in batch}) for batch in found) == 1


def test_controls_of_a_long_word_are_at_the_nearest_segments():
    """So that the runs of a word do not grow with its length."""
    lengths = (MOST_CONTROLS + 2, MOST_CONTROLS + 3, 500)
    others = [PLACES["others"].positions(plan) for plan in plans(*lengths)]
    assert others == [[*range(32)], [*range(1, 33)], [*range(466, 498)]]
    assert len({len(sheet.runs) for sheet in sheets(*lengths)}) == 1


def test_choices_are_compared_with_those_of_an_earlier_part():
    (sheet,) = sheets(5)
    choices = np.zeros((len(sheet.runs), 9), np.int32)
    choices[sheet.counterpart, 1], choices[5, 0], choices[6, 3], choices[7, 8] = 1, 1, 1, 1
    log_odds = np.arange(len(sheet.runs), dtype=np.float32)
    for first in range(0, len(sheet.runs), 2):
        own = slice(first, min(first + 2, len(sheet.runs)))
        sheet.add(own, Forced(log_odds[own], choices[own]), slice(0, own.stop - own.start))
    assert sheet.log_odds.tolist() == log_odds.tolist()
    assert np.flatnonzero(sheet.changes[0]).tolist() == [sheet.counterpart, 5, 6]  # beyond the end there is no step
    assert np.flatnonzero(sheet.changes_decision[0]).tolist() == [6]
    assert sheet.changes[1, 2:].all() and sheet.changes_decision[1, 2:].tolist() == [
        k == 4 for k in range(len(log_odds) - 2)
    ]


def test_a_word_that_would_take_days_is_refused_by_name(monkeypatch):
    monkeypatch.setattr(sheets_module, "MOST_CELLS", 2**21)
    planner, which = Planner(GRAMMAR, "nasals", (), INVENTORY, INVENTORY), interventions_of(SIZES)
    word = item(" ".join("ai"[k % 2] for k in range(50)) + " p m", "TR", 50, 51)
    plan = planner.plan(replace(word, id="long", line=7))
    with pytest.raises(InputError, match=r"^'long' has 52 segments, which make 1,301 runs .*--controls all") as no:
        check_work([planner.plan(item("a p m i a", "TR", 1, 2)), plan], which)
    assert no.value.line == 7
    check_work([plan], interventions_of(SIZES, controls_by_head=False))
