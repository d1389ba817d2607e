"""What the engine would do again is no result."""

import os
from base64 import urlsafe_b64decode

import pytest

from fairseq_phonology.workflow import layout
from fairseq_phonology.workflow.results.due import due, unrecorded
from fairseq_phonology.workflow.study import read_study
from tests.helpers.finished import finished, put_records

ERRORS = "lists/attested/model/1/errors/summary.json"
STAMP, DUMP = "models/model/1.json", "stimuli/designed/model/1/attention/manifest.json"


@pytest.fixture
def study(tmp_path):
    """Finished, as the engine knows."""
    study = finished(tmp_path)
    put_records(study)
    return study


def now(study):
    """As its file is now."""
    return due(read_study(study.path, study.dest))


def test_of_a_finished_study_nothing_is_due(study):
    assert now(study) == frozenset()


@pytest.mark.parametrize(
    ("old", "new", "again", "kept"),
    [
        ("[words]", "[model]\nepochs = 3\n[words]", STAMP, "data/train.tsv"),
        ("nonce = 1000", "nonce = 1001", ERRORS, None),
        ('tsv"', 'tsv"\nbeam = 7', ERRORS, STAMP),
        ("[stimuli.designed]", "[stimuli.designed]\nstems = 5", DUMP, ERRORS),
    ],
)
def test_what_another_command_would_make_is_due_with_all_that_follows(study, old, new, again, kept):
    study.path.write_text(study.path.read_text().replace(old, new), encoding="utf-8")
    found = now(study)
    assert {again, *layout.INDEX} <= found
    assert kept not in found


def test_what_was_made_of_other_files_is_due(study):
    (study.path.parent / "attested.tsv").write_text("id\tur\tsr\nw1\ta k\ta k\n", encoding="utf-8")
    assert ERRORS in now(study) and STAMP not in now(study)


def test_what_is_older_than_what_it_is_made_of_is_due(study):
    os.utime(study.dest / "data/bin/prepare.json")
    assert STAMP in now(study) and "data/bin/prepare.json" not in now(study)


def test_what_is_not_there_or_was_interrupted_is_due(study):
    (study.dest / ERRORS).unlink()
    assert now(study) == {ERRORS, *layout.INDEX}
    records = study.dest / ".snakemake"
    (records / "incomplete").mkdir()
    (record,) = [path for path in (records / "metadata").iterdir() if path.name.startswith("bW9kZWxzL21vZGVsLzEuan")]
    (records / "incomplete" / record.name).write_text("{}")
    assert {STAMP, DUMP} < now(study)


def test_without_records_everything_is_due(tmp_path):
    study = finished(tmp_path)
    assert {STAMP, DUMP, ERRORS, *layout.INDEX} < due(study)


def test_a_long_name_of_a_record_is_a_path(study):
    records = study.dest / ".snakemake/metadata"
    (record,) = [path for path in records.iterdir() if path.name.startswith("bW9kZWxzL21vZGVsLzEuan")]
    (records / f"@{record.name[:8]}").mkdir()
    record.rename(records / f"@{record.name[:8]}" / record.name[8:])
    assert now(study) == frozenset()


def test_a_record_that_was_cut_short_is_none_and_other_files_are_no_records(study):
    records = study.dest / ".snakemake" / "metadata"
    (record,) = (path for path in records.rglob("*") if path.is_file() and _named(path, records) == ERRORS)
    record.write_bytes(b"")
    (records / ".DS_Store").write_bytes(b"x")
    assert unrecorded(study) == [ERRORS]
    assert ERRORS in now(study) and STAMP not in now(study)


def _named(path, records):
    return urlsafe_b64decode("".join(part.removeprefix("@") for part in path.relative_to(records).parts)).decode()
