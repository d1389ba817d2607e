"""Who may work in the folder of a study; living and dead processes of this machine are in test_run."""

import re

import pytest

from fairseq_phonology.errors import InputError
from fairseq_phonology.workflow.engine.lock import NAME, alone, free


def test_a_run_on_another_host_is_not_judged_from_here(tmp_path):
    (tmp_path / NAME).write_text('{"host":"node7","pid":4242,"since":0.0,"group":4243}', encoding="utf-8")
    with pytest.raises(InputError, match="was cut off") as refused, alone(tmp_path, "study s.toml -- --unlock"):
        pass
    said = str(refused.value)
    assert re.search(r"process 4242 on node7, since 19(69|70)-\d\d-\d\d \d\d:\d\d\); end it on node7", said)
    assert said.endswith("give it free: study s.toml -- --unlock")
    free(tmp_path)
    with alone(tmp_path, "unlock") as (_, undone):
        assert undone == [] and (tmp_path / NAME).exists()
    assert not (tmp_path / NAME).exists()


def test_a_second_one_in_the_same_folder(tmp_path):
    with alone(tmp_path, "unlock"):
        for again in (lambda: alone(tmp_path, "unlock").__enter__(), lambda: free(tmp_path)):
            with pytest.raises(InputError, match=r"another study is at work there: process \d+ on "):
                again()


def test_what_snakemake_leaves_when_it_alone_is_killed_ends_with_the_run(tmp_path):
    locks = tmp_path / ".snakemake" / "locks"
    with alone(tmp_path, "unlock"):
        locks.mkdir(parents=True)
        (locks / "0.input.lock").touch()
    with alone(tmp_path, "unlock") as (_, undone):
        assert undone == []


def test_snakemake_by_hand(tmp_path):
    locks = tmp_path / ".snakemake" / "locks"
    locks.mkdir(parents=True)
    (locks / "0.input.lock").touch()
    with pytest.raises(InputError, match="Snakemake, started by hand, is at work there or was killed"):
        alone(tmp_path, "unlock").__enter__()
    free(tmp_path)
    with alone(tmp_path, "unlock") as (_, undone):
        assert undone == []
