"""What a verb wrote and another reads, with one field edited: the reader refuses it, or it makes no difference."""

from __future__ import annotations

import copy
import csv
import io
import json
import pickle
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fairseq")

from fairseq_phonology.analysis.dynamics.tables import read_dynamics
from fairseq_phonology.analysis.errors.summary import read_summary
from fairseq_phonology.analysis.figures.attention_and_effect import read_head_effects
from fairseq_phonology.analysis.interventions.tables import read_attention, read_causal
from fairseq_phonology.analysis.people.human import read_human
from fairseq_phonology.analysis.people.scores import Scores
from fairseq_phonology.analysis.pipeline.people import _hashes
from fairseq_phonology.corpus.candidates import read_candidates
from fairseq_phonology.corpus.prepared import read_prepared
from fairseq_phonology.corpus.units import Units
from fairseq_phonology.errors import InputError
from fairseq_phonology.phonology.grammar import Grammar
from fairseq_phonology.stimuli.items import read_stimuli
from fairseq_phonology.training.binarize import read_units, recorded_variants
from fairseq_phonology.training.checkpoints.best import BestCheckpoints
from fairseq_phonology.training.checkpoints.score_record import Score, ScoreRecord, _Entry
from fairseq_phonology.training.history.history import read_history, recorded_choice
from fairseq_phonology.workflow.results.read import read_results
from tests.helpers.finished import finished
from tests.helpers.shared import made_once
from tests.helpers.toy_korean import PROCESS
from tests.helpers.world import world

READERS: dict[str, Callable[[Path], Any]] = {  # file -> what reads it, given its path
    "analysis/summary.json": lambda path: read_attention(path, PROCESS),
    "analysis/heads.csv": read_head_effects,
    "interventions/summary.json": lambda path: read_causal(path.parent),
    "interventions/effects.csv": lambda path: read_causal(path.parent),
    "dynamics/summary.json": lambda path: read_dynamics(path.parent),
    "dynamics/dynamics.csv": lambda path: read_dynamics(path.parent),
    "errors/summary.json": lambda path: read_summary(path.parent),
    "scores/scores.csv": lambda path: Scores.read(path.parent),
    "run/history.csv": read_history,
    "data/bin/prepare.json": lambda path: (read_units(path.parent), recorded_variants(path.parent)),
    "data/test.tsv": read_prepared,
    "run/best_checkpoints.json": lambda path: (
        BestCheckpoints(path.parent, "exact_match", True)._record(None),
        recorded_choice(path.parent, read_history(path.parent / "history.csv")),
    ),
    "scores/summary.json": lambda path: _hashes(path.parent),
    "stimuli.tsv": lambda path: read_stimuli(path, Grammar.load(path.parent / "toy.toml"), PROCESS),
    "candidates.tsv": lambda path: read_candidates(str(path), Units()),
    "human.tsv": read_human,
}
_BELIEVED = ("dropped", "null", "an object")  # a field may be missing where earlier versions had none
_COUNTS = ("layer", "head", "epoch", "updates", "kept", "exact_match")
_LOSSES = ("train_loss", "valid_loss")  # any number, infinite ones and NaN among them
_PASSED_ON = ("about.manifest.", "about.options.", "about.checkpoint_sha256")  # read by nobody: a report may quote it


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A copy of the world, whose files are edited and put back."""
    good = made_once(tmp_path_factory, "world", world)
    return shutil.copytree(good, tmp_path_factory.mktemp("edited") / "folder", symlinks=True)


def edited_json(text: str) -> Iterator[tuple[str, str]]:
    """What was edited, and the file then: every field, of lists the first and the last entry."""
    found = json.loads(text)
    for place in _places(found):
        for how, value in _others(_at(found, place)):
            changed = copy.deepcopy(found)
            inside = _at(changed, place[:-1])
            if how == "dropped":
                del inside[place[-1]]
            else:
                inside[place[-1]] = value
            yield f"{'.'.join(map(str, place))} {how}", json.dumps(changed)


def _places(found: Any, before: tuple = ()) -> Iterator[tuple]:
    keys = found if isinstance(found, dict) else {0, len(found) - 1} if isinstance(found, list) and found else ()
    for key in keys:
        yield (*before, key)
        yield from _places(found[key], (*before, key))


def _at(found: Any, place: tuple) -> Any:
    for key in place:
        found = found[key]
    return found


def _others(value: Any) -> Iterator[tuple[str, Any]]:
    yield "dropped", None
    yield from (("null", None), ("a list", [[]]), ("an object", {"?": {}}))
    if isinstance(value, str):
        yield "a number", 7
    else:
        yield "a text" if value is not None else "another, a text", "?"
    if isinstance(value, int | float) and not isinstance(value, bool):
        another = "another, " if isinstance(value, float) else ""
        yield from ((f"{another}negative", -7), (f"{another}huge", 10**30), ("no number", float("nan")))


def edited_csv(text: str, tabs: bool) -> Iterator[tuple[str, str]]:
    """The same of a table: every column, and every cell of the first row and the last."""
    how = {"delimiter": "\t", "quoting": csv.QUOTE_NONE} if tabs else {}
    header, *rows = csv.reader(io.StringIO(text, newline=""), **how)

    def whole(*lines: list[str]) -> str:
        made = io.StringIO(newline="")
        csv.writer(made, lineterminator="\n", escapechar="\\" if tabs else None, **how).writerows(lines)
        return made.getvalue()

    for n, name in enumerate(header):
        yield f"{name} dropped", whole(*([*row[:n], *row[n + 1 :]] for row in (header, *rows)))
        yield f"{name} twice", whole(*([*row, row[n]] for row in (header, *rows)))
        for at in {0, len(rows) - 1} if _is_number(rows[0][n]) else ():
            for value in () if tabs else ("", "?", "-7", "1e400", "nan", "9" * 5000):
                changed = [*rows]
                changed[at] = [*rows[at][:n], value, *rows[at][n + 1 :]]
                of_no_word = value == "nan" and name == "exact_match"
                is_one = not value or of_no_word or name in _LOSSES or (value in ("-7", "nan") and name not in _COUNTS)
                another = "another, " if is_one else ""
                yield f"{name} is {another}{value[:9]!r} in row {at}", whole(header, *changed)
    yield "a cell too few", whole(header, rows[0][:-1], *rows[1:])
    yield "a cell too many", whole(header, [*rows[0], "?"], *rows[1:])


def _is_number(text: str) -> bool:
    try:
        return bool(float(text)) or True
    except ValueError:
        return False


def _may_differ(what: str) -> bool:
    """Is it no edit that any reader could tell from a result?"""
    return (
        what.endswith((*_BELIEVED, ".score no number", ".loss no number"))
        or what.startswith(_PASSED_ON)
        or "another" in what
    )


def test_an_edited_record_of_scores_is_believed_or_not_used(tmp_path):
    record = ScoreRecord(tmp_path, "valid", 1)
    score = Score("a.pt", 50.0, 1.5, 0.25, 1, 10)
    record._entries["a.pt"] = _Entry(9, 9, "a" * 64, "bin", "b" * 64, score)
    record._write()
    text = (path := tmp_path / "scored.json").read_text(encoding="utf-8")
    assert ScoreRecord(tmp_path, "valid", 1).scores == [score]
    for what, content in edited_json(text):
        path.write_text(content, encoding="utf-8")
        (found,) = ScoreRecord(tmp_path, "valid", 1).scores or [None]
        assert found is None or found == score or "." in what, what
        assert not found or {type(getattr(found, name)) for name in ("exact_match", "loss")} == {float}, what


def test_an_edited_result_of_a_study_is_named_or_left_out(tmp_path):
    study = finished(tmp_path, seeds="2")
    for path in sorted(tmp_path.rglob("*.json")):
        text = path.read_text(encoding="utf-8")
        for what, content in edited_json(text) if "2" not in path.parts else ():
            if what.endswith("an object") and what.count(".") < 3:
                path.write_text(content, encoding="utf-8")
                try:
                    read_results(study)
                except Exception as error:
                    assert isinstance(error, InputError), (path, what, error)
        path.write_text(text, encoding="utf-8")


def _outcome(reader: Callable[[Path], Any], path: Path) -> bytes | str:
    """What it returns; what it says."""
    try:
        return pickle.dumps(reader(path))
    except InputError as error:
        return str(error)


@pytest.mark.parametrize("name", READERS)
def test_an_edit_is_refused_or_makes_no_difference(folder, name):
    path = folder / name
    text = path.read_text(encoding="utf-8")
    tables = edited_csv(text, name.endswith(".tsv")) if not name.endswith(".json") else edited_json(text)
    as_it_is = _outcome(READERS[name], path)
    assert isinstance(as_it_is, bytes), as_it_is
    believed = []
    try:
        for what, content in tables:
            path.write_text(content, encoding="utf-8")
            try:
                found = _outcome(READERS[name], path)
            except Exception as error:
                believed.append(f"{what}: {type(error).__name__}: {error}")
                continue
            if isinstance(found, bytes) and found != as_it_is and not _may_differ(what):
                believed.append(what)
            if isinstance(found, str):
                assert "\n" not in found and (str(path) in found or str(path.parent) in found), (what, found)
    finally:
        path.write_text(text, encoding="utf-8")
    assert not believed, "\n".join(["", *believed])
