"""A history is believed where one of its validations, made again, comes out the same."""

import math
from pathlib import Path

import pytest

from fairseq_phonology.training.checkpoints.revalidation import alike, history_of, validations
from fairseq_phonology.training.checkpoints.saved import SavedCheckpoint

STATES = [SavedCheckpoint(Path(f"checkpoint{n}.pt"), n, 10 * n) for n in (1, 2, 3)]
EXACT = {1: 0.0, 2: 40.0, 3: 100.0}


def row(epoch, subset="valid", **more):
    fields = {"valid_loss": 3.0 - epoch, "exact_match": EXACT[epoch], "harmony": 90.0 + epoch}
    return {"epoch": epoch, "updates": 10 * epoch, "subset": subset, **fields, **more}


def validated(rows, **changed):
    asked = []

    def validate(state):
        asked.append(state.epoch)
        return {**row(state.epoch), "made": True, **changed}

    found, known = validations(STATES, rows, "valid", ["harmony"], validate)
    return asked, [one.get("made", False) for one in found], known


def test_one_is_made_again_and_the_others_believed():
    assert validated([row(1), row(2), row(3)]) == ([2], [False, False, False], 3)


@pytest.mark.parametrize(
    "changed", [{"valid_loss": 1.1}, {"exact_match": 44.0}, {"harmony": 80.0}, {"harmony": math.nan}], ids=str
)
def test_other_data_or_another_grammar(changed):
    assert validated([row(1), row(2), row(3)], **changed) == ([2, 1, 3], [True, True, True], 0)


@pytest.mark.parametrize(
    "rows, asked, made",
    [
        ([row(1), row(3)], [1, 2], [False, True, False]),
        ([row(1, "test"), row(2, "test")], [1, 2, 3], [True, True, True]),
        ([row(1), row(2, harmony=None), row(3, exact_match=None)], [1, 2, 3], [False, True, True]),
        ([], [1, 2, 3], [True, True, True]),
    ],
    ids=["one is missing", "another subset", "not measured", "no history"],
)
def test_what_the_history_lacks_is_made(rows, asked, made):
    assert validated(rows) == (asked, made, made.count(False))


def test_what_is_not_known_of_either_is_alike():
    one = row(2, harmony=math.nan)
    assert alike(one, dict(one), ["harmony"]) and not alike(one, row(2), ["harmony"])
    assert not alike(row(2, valid_loss=None), row(2), [])


def test_a_folder_without_history(tmp_path):
    assert history_of(tmp_path) == []
