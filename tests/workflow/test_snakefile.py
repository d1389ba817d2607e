"""The rules, read by the engine itself: which jobs there are, and which of them are done again."""

import os
import re
import subprocess
import sys
import sysconfig
from collections import Counter

import pytest

from fairseq_phonology.workflow import layout
from fairseq_phonology.workflow.steps import jobs
from fairseq_phonology.workflow.study import read_study
from tests.helpers import REPOSITORY
from tests.helpers.small_study import STUDY, write_study

pytest.importorskip("snakemake")
TEXT = STUDY.replace("seeds = 1", "seeds = 2") + "[dynamics]\n[candidates]\nlist = 'some.tsv'\n"


def engine(study, *options, python=sys.executable):
    """Snakemake on a study; returns what it printed, and its status."""
    command = [python, "-m", "snakemake", "--snakefile", layout.SNAKEFILE, "--directory", study.with_suffix("")]
    command += ["--config", f"study={study}", "--cores", "2", "--scheduler", "greedy"]
    command += ["--rerun-triggers", "mtime", "params", "input", *options]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(REPOSITORY), sysconfig.get_path("purelib")])}
    done = subprocess.run(list(map(str, command)), capture_output=True, encoding="utf-8", env=environment)
    return done.stdout + done.stderr, done.returncode


def planned(study, *options):
    """Rule -> number of its jobs."""
    said, status = engine(study, *options)
    assert status == 0, said
    table = re.findall(r"^(\w+) +(\d+)$", said.rpartition("Job stats:")[2], re.MULTILINE)
    return Counter({rule: int(n) for rule, n in table if rule != "total"})


def make_outputs(study):
    """As if everything had been done."""
    for job in jobs(study):
        for output in job.outputs:
            (study.dest / output).parent.mkdir(parents=True, exist_ok=True)
            (study.dest / output).write_text(output, encoding="utf-8")


def test_jobs_and_what_is_done_again(tmp_path):
    path = write_study(tmp_path, TEXT)
    study = read_study(path)
    study.dest.mkdir()
    assert planned(path, "--dry-run") == Counter(job.rule for job in jobs(study))
    make_outputs(study)
    planned(path, "--touch")
    # a comment, and a list that is touched but says the same, do nothing again; an option does what depends on it
    grammar = tmp_path / "toy.toml"
    grammar.write_text(f"# of Toy\n{grammar.read_text(encoding='utf-8')}", encoding="utf-8")
    (tmp_path / "some.tsv").touch()
    path.write_text(TEXT + "[analysis]\nseed = 2\n", encoding="utf-8")
    assert planned(path, "--dry-run") == {"analyze": 1, "index": 1}


STUB = """#!/bin/bash
echo "$0"; for word in "$@"; do printf '<%s>\\n' "$word"; done
if [[ "$0" == *generate ]]; then exit 3; fi
for word in "$@"; do out=$word; done; touch "$out"
"""


def test_a_command_arrives_as_it_is_and_its_failure_is_seen(tmp_path):
    """With stubs beside the Python that runs the engine; fairseq-generate fails in the middle, before a pipe."""
    programs = tmp_path / "it's {a} bin"
    programs.mkdir()
    (programs / "python3").symlink_to(sys.executable)
    for name in ("fairseq-generate", "fairseq-phonology"):
        (programs / name).write_text(STUB, encoding="utf-8")
        (programs / name).chmod(0o755)
    word = """학 {b} $HOME; 'c' "d" \\\\ `e` %s"""
    path = write_study(tmp_path, STUDY.replace('"p a t m a"', f"'''{word}'''"))
    study = read_study(path)
    make_outputs(study)
    (failing,) = (job for job in jobs(study) if job.rule == "test")
    (drawn,) = (job for job in jobs(study) if job.rule == "heatmap")
    os.remove(study.dest / drawn.outputs[0])
    said, status = engine(path, drawn.outputs[0], python=programs / "python3")
    assert status == 0, said
    log = (study.dest / drawn.log).read_text(encoding="utf-8")
    assert log.startswith(f"$ {drawn.command}\n{programs / 'fairseq-phonology'}\n")
    assert f"<{word}>\n" in log
    os.remove(study.dest / failing.outputs[0])
    said, status = engine(path, failing.outputs[0], python=programs / "python3")
    assert status != 0
    assert not (study.dest / failing.outputs[0]).exists()
    log = (study.dest / failing.log).read_text(encoding="utf-8").splitlines()
    assert log[0] == f"$ {failing.command}"
    assert (log[1], log[-1]) == (str(programs / "fairseq-generate"), "exit status 3")


def test_every_rule_is_in_the_file_and_has_a_name_for_people():
    text = layout.SNAKEFILE.read_text(encoding="utf-8")
    named = set(re.findall(r"^rule (\w+):", text, re.MULTILINE))
    assert named == {rule for rule in layout.RULES if rule not in ("analyze_all", "condition_all")}
    assert len(re.findall(r"resources: mem_mb=\d+, runtime=\d+", text)) == len(named) - 1  # index: seconds
    assert "gpu=1" in re.search(r"rule train:.*?\n\n", text, re.DOTALL)[0]
    assert text.count("gpu=1") == 1
