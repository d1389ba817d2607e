"""The rules, read by the engine itself: which jobs there are, and which of them are done again."""

import os
import re
import subprocess
import sys
import sysconfig
from collections import Counter

import pytest

from fairseq_phonology.workflow import layout
from fairseq_phonology.workflow.engine.run import AGAIN
from fairseq_phonology.workflow.steps import jobs
from fairseq_phonology.workflow.study import read_study
from tests.helpers import REPOSITORY, branched
from tests.helpers.small_study import STUDY, write_study

pytest.importorskip("snakemake.cli")  # and imported for all that is forked
TEXT = STUDY.replace("seeds = 1", "seeds = 2") + "[dynamics]\n[candidates]\nlist = 'some.tsv'\n"
# a command that prints its words and makes what the real one makes
STUB = r"""#!/bin/bash
echo "$0"; for word in "$@"; do printf '<%s>\n' "$word"; done
made() { mkdir -p "$(dirname "$1")"; echo made > "$1"; }
while [[ $# -gt 0 ]]; do
  case "$1" in
    --out | --stamp) case "$2" in *.*) made "$2";; *) made "$2/report.html"; made "$2/summary.json";; esac;;
    --dest) for name in train.tsv bin/prepare.json; do made "$2/$name"; done;;
    --save-attention) made "$2/manifest.json";;
    *.results.index) for name in index.html study.csv study.zip; do made $name; done;;
  esac
  shift
done
"""


@pytest.fixture
def python(tmp_path):
    """A Python beside which the programs are stubs; a folder's name may hold anything."""
    programs = tmp_path / "it's {a} bin"
    programs.mkdir()
    (programs / "python").symlink_to(sys.executable)
    for name in ("fairseq-generate", "fairseq-phonology", "python3"):
        (programs / name).write_text(STUB, encoding="utf-8")
        (programs / name).chmod(0o755)
    return programs / "python"


def engine(study, *options, python=sys.executable, fresh=False):
    """Snakemake on a study; returns what it printed, and its status. ``fresh``: Python has imported nothing before."""
    command = [python, "-m", "snakemake", "--snakefile", layout.SNAKEFILE, "--directory", study.with_suffix("")]
    command += ["--config", f"study={study}", *AGAIN, "--cores", "2", "--scheduler", "greedy", *options]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(REPOSITORY), sysconfig.get_path("purelib")])}
    how = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "encoding": "utf-8", "env": environment}
    with (subprocess.Popen if fresh else branched.Popen)([*map(str, command)], **how) as process:
        return process.communicate()[0], process.returncode


def planned(study, *options):
    """Rule -> number of its jobs."""
    said, status = engine(study, *options)
    assert status == 0, said
    table = re.findall(r"^(\w+) +(\d+)$", said.rpartition("Job stats:")[2], re.MULTILINE)
    return Counter({rule: int(n) for rule, n in table if rule != "total"})


def test_jobs(tmp_path):
    path = write_study(tmp_path, TEXT)
    study = read_study(path)
    study.dest.mkdir()
    assert planned(path, "--dry-run") == Counter(job.rule for job in jobs(study))


def test_what_is_done_again(tmp_path, python):
    word = """학 {b} $HOME; 'c' "d" \\\\ `e` %s"""  # arrives as it is
    path = write_study(tmp_path, STUDY.replace('"p a t m a"', f"'''{word}'''"))
    study = read_study(path)
    study.dest.mkdir()
    said, status = engine(path, python=python)
    assert status == 0, said
    (drawn,) = (job for job in jobs(study) if job.rule == "heatmap")
    log = (study.dest / drawn.log).read_text(encoding="utf-8")
    assert log.startswith(f"$ {drawn.command}\n{python.with_name('fairseq-phonology')}\n<heatmap>\n")
    assert f"<{word}>\n" in log
    # a comment, and what is touched but says the same, do nothing again; an option does what depends on it
    grammar = tmp_path / "toy.toml"
    grammar.write_text(f"# of Toy\n{grammar.read_text(encoding='utf-8')}", encoding="utf-8")
    (tmp_path / "some.tsv").touch()
    path.write_text(path.read_text(encoding="utf-8") + "[analysis]\nseed = 2\n", encoding="utf-8")
    # ended after a step: what it wrote is new, though the file that stands for it says the same
    (study.dest / "lists" / "some" / "data" / "bin" / "prepare.json").touch()
    again = dict.fromkeys(("test", "errors", "heatmap", "analyze", "index"), 1)
    assert planned(path, "--dry-run") == again


def test_a_command_that_fails_before_a_pipe_fails_its_step(tmp_path, python):
    path = write_study(tmp_path)
    study = read_study(path)
    (test,) = (job for job in jobs(study) if job.rule == "test")
    for needed in test.inputs:
        (study.dest / needed).parent.mkdir(parents=True, exist_ok=True)
        (study.dest / needed).write_text("", encoding="utf-8")
    program = python.with_name("fairseq-generate")
    program.write_text("#!/bin/bash\necho half of it\nexit 3\n", encoding="utf-8")
    said, status = engine(path, test.outputs[0], "--allowed-rules", "test", python=python, fresh=True)
    assert status == 1 and test.log in said, said
    assert not (study.dest / test.outputs[0]).exists()
    log = (study.dest / test.log).read_text(encoding="utf-8").splitlines()
    assert log == [f"$ {test.command}", "half of it", "exit status 3"]


def test_every_rule_is_in_the_file_and_has_a_name_for_people():
    text = layout.SNAKEFILE.read_text(encoding="utf-8")
    named = set(re.findall(r"^rule (\w+):", text, re.MULTILINE))
    assert named == {rule for rule in layout.RULES if rule != "analyze_all"}
    assert len(re.findall(r"resources: mem_mb=\d+, runtime=\d+", text)) == len(named) - 1  # index: seconds
    assert "gpu=lambda" in re.search(r"rule train:.*?\n\n", text, re.DOTALL)[0]
    assert text.count("gpu=") == 1
