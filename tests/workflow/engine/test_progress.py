"""What is said of events; whole runs are in test_run."""

import io
import time

import pytest

from fairseq_phonology.files import write_json
from fairseq_phonology.workflow.engine import progress
from fairseq_phonology.workflow.engine.progress import Progress, in_plain_words
from fairseq_phonology.workflow.study import read_study
from tests.helpers import stub_study

VALID = '2026-01-01 00:00:00 | INFO | valid | {{"epoch": {0}, "valid_loss": "0.5", "valid_num_updates": "{0}0"}}\n'


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("Missing output files: b, a", "not made yet: a, b"),
        ("Missing output files: b, a, d, e, c", "not made yet: a, b, c and 2 more"),
        ("Updated input files: a; Input files updated by another job: b", "changed since: a; made anew before it: b"),
        (
            "Params have changed since last execution: Union of exclusive params: before: 'a; b' now: 'c'",
            "its command, or what that reads, has changed",
        ),
        ("Set of input files has changed since last execution", "it reads other files than before"),
        ("Forced execution", "asked for, or nothing is known of an earlier time"),
        ("Something new", "Something new"),
    ],
)
def test_reasons_in_plain_words(reason, said):
    assert in_plain_words(reason) == said


@pytest.fixture
def told(tmp_path, monkeypatch):
    """A study of four steps, with times of an earlier run but for the trainings; what is said; its folder."""
    (tmp_path / "pairs.tsv").write_text("ur\tsr\na k\ta k\n", encoding="utf-8")
    (tmp_path / "s.toml").write_text('[words]\npairs = "pairs.tsv"\n', encoding="utf-8")
    study = read_study(tmp_path / "s.toml")
    (study.dest / "logs").mkdir(parents=True)
    write_json(study.dest / progress.TIMES, {"nonce": [10.0], "index": [120.0, 60.0]})
    monkeypatch.setattr(progress, "jobs", stub_study.jobs)
    monkeypatch.setattr(progress, "due", stub_study.due)
    stream = io.StringIO()
    return Progress(study, "again", stream), stream, study.dest


def begin(teller, number, rule, when, **wildcards):
    event = {"event": "job_info", "jobid": number, "rule_name": rule, "wildcards": wildcards, "time": when}
    teller.tell({**event, "reason": ""})


def test_the_estimate_waits_until_it_knows_something(told):
    teller, stream, dest = told
    now = time.time()
    teller.begin("run", 2, None)
    teller.tell({"event": "run_info", "stats": {"nonce": 1, "train": 2, "index": 1, "all": 1, "total": 5}})
    begin(teller, 1, "nonce", now - 30)
    teller.tell({"event": "job_finished", "job_id": 1, "time": now - 20})
    assert stream.getvalue().endswith("[1/4] nonce words: 10 s. Next: training of model, seed 1.\n")
    for number, seed in ((2, "1"), (3, "2")):
        begin(teller, number, "train", now - 20, model="model", seed=seed)
    log = dest / "logs" / "train-model-1.log"
    log.write_text("$ fairseq-train --max-epoch 50\n" + VALID.format(1), encoding="utf-8")
    teller.look()
    said = stream.getvalue().splitlines()
    assert said[-2:] == [
        "$ fairseq-train --max-epoch 50",
        "  seed 1   epoch  1 of 50   validation loss 0.500",
    ]
    # 20 s an epoch: seed 1 for 49 more; seed 2 as long as a whole one, less the 20 s that it runs; then 90 s
    assert teller._left({one.key: one for one in teller._ids.values()}) == "About 18 minutes left."


def test_what_is_said_to_be_next_can_begin(told, monkeypatch):
    """Of two trainings the second is due, and nothing else; then all of it; then something fails."""
    teller, stream, _ = told
    monkeypatch.setattr(progress, "due", lambda _: {"models/model/2.json", "index.html"})
    teller.begin("run", 2, None)
    teller.tell({"event": "run_info", "stats": {"train": 1, "index": 1, "total": 2}})
    assert list(teller._outlook()) == ["Next: training of model, seed 2."]
    begin(teller, 1, "train", 0.0, model="model", seed="2")
    assert list(teller._outlook()) == ["Next: index.html, study.csv and study.zip."]
    teller._todo = dict(teller._jobs)
    assert list(teller._outlook()) == ["Next: nonce words."]
    begin(teller, 2, "nonce", 0.0)
    assert list(teller._outlook()) == ["Next: training of model, seed 1."]
    teller.tell({"event": "job_error", "jobid": 2, "rule_name": "nonce", "time": 1.0})
    teller.tell({"event": "job_finished", "job_id": 1, "time": 2.0})
    assert stream.getvalue().endswith("] training of model, seed 2: 2 s.\n")


def test_a_log_that_is_begun_anew_and_lines_that_are_cut_off(told):
    teller, stream, dest = told
    log = dest / "logs" / "train-model-1.log"
    log.write_text(VALID.format(1) * 3, encoding="utf-8")
    begin(teller, 2, "train", 0.0, model="model", seed="1")
    teller.look()
    assert stream.getvalue() == ""  # of the run before
    line = VALID.format(2)
    for text in (line[:40], line, "note: models/model/1 is trained anew\n"):
        log.write_text(text, encoding="utf-8")
        teller.look()
    shown = ["  seed 1   epoch 2   validation loss 0.500", "note: models/model/1 is trained anew"]
    assert stream.getvalue().splitlines() == shown
