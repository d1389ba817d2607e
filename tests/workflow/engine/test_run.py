"""Runs of a study on the real engine, with steps that take a moment: what is said, kills, locks, a cluster, limits."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from fairseq_phonology.workflow.engine import run as engine
from fairseq_phonology.workflow.engine.process import remove_first
from tests.helpers import REPOSITORY, branched

pytest.importorskip("snakemake.cli")  # and imported for all that is forked
STATE = {"models/model/1.json": "1\n", "models/model/2.json": "2\n", "index.html": "1\n2\n", "nonce.tsv": "words\n"}


@pytest.fixture
def study(tmp_path) -> Path:
    """A study file; what YAML, shells and commands have of their own is in its path."""
    folder = tmp_path / "내 study #2: it's {a}"
    folder.mkdir()
    (folder / "pairs.tsv").write_text("ur\tsr\na k\ta k\n", encoding="utf-8")
    (folder / "s.toml").write_text('name = "소리"\n[words]\npairs = "pairs.tsv"\n', encoding="utf-8")
    return folder / "s.toml"


def start(study: Path, *words: str, cwd: Path | None = None, fresh: bool = False, **env: str) -> subprocess.Popen:
    """The verb, with pipes for what it says; ``fresh``: in a plain C locale, by a Python that has imported nothing."""
    own = {"LC_ALL": "C", "STUB_PAUSE": "0.05", "PYTHONPATH": str(REPOSITORY), "PYTHONUNBUFFERED": "1", **env}
    return (subprocess.Popen if fresh else branched.Popen)(
        [sys.executable, "-m", "tests.helpers.stub_study", "study", str(study), *words],
        **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "encoding": "utf-8", "cwd": cwd or study.parent},
        env={**os.environ, **own},
    )


def run(study: Path, *words: str, **options) -> tuple[int, str, str]:
    """The verb to its end: status, output, errors."""
    process = start(study, *words, **options)
    out, err = process.communicate(timeout=300)
    return process.returncode, out, err


def until(process: subprocess.Popen, text: str) -> str:
    """Read what it says until a line has this text in it."""
    said = ""
    for line in process.stdout:
        said += line
        if text in line:
            return said
    raise AssertionError(f"ended before it said {text}: {said}{process.stderr.read()}")


def made(study: Path) -> dict[str, str]:
    """What the steps wrote."""
    folder = study.with_suffix("")
    return {name: (folder / name).read_text() for name in STATE if (folder / name).exists()}


def at_work(study: Path) -> list[psutil.Process]:
    """Processes that work in the folder of the study."""
    found, folder = [], str(study.with_suffix("").resolve())
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.cwd() == folder and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


def soon(holds, seconds: float = 60) -> bool:
    """Does it come true within some seconds?"""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.05)
    return False


def test_dry_run_run_and_nothing_left_to_do(study, snapshot):
    status, out, err = run(study, "--dry-run", "--jobs", "1")
    assert (status, err) == (0, "") and not study.with_suffix("").exists()
    snapshot(out, "dry")
    status, out, err = run(study, "--jobs", "1", cwd=study.parents[1], fresh=True)
    assert (status, err) == (0, "") and made(study) == STATE
    snapshot(in_any_order(without_times(out)), "run")
    assert not (study.with_suffix("") / "study.lock").exists()
    status, out, err = run(study)
    assert (status, err) == (0, "") and out.splitlines()[0] == "Nothing to do: every step is finished."
    # a copy without Snakemake's records: they say what a file was made for
    shutil.rmtree(study.with_suffix("") / ".snakemake" / "metadata")
    status, out, err = run(study, "--until", "train")
    assert out.startswith("Of 3 files there is no record of what they were made for (")
    assert (status, err) == (0, "") and "\n[3/3] training" in out
    # what Snakemake answers goes where it may be piped on
    status, out, err = run(study, "--", "--rulegraph")
    assert status == 0 and out.startswith("digraph")


def without_times(out: str) -> str:
    """Seconds depend on the machine."""
    return re.sub(r"\b\d+ s\.", "N s.", re.sub(r" Less than a minute[\w ]* left\.", "", out))


def in_any_order(out: str) -> str:
    """Which of two alike steps Snakemake begins with, and so what comes next, differs from run to run."""
    return "\n".join(sorted(line for line in re.sub(r"\[\d/4\]| Next: .*", "", out).splitlines()))


def test_a_step_that_refuses_its_input_and_one_that_fails(study):
    refuses = "index:echo wrong; echo 'fairseq-phonology index: error: x.tsv, line 2: no SR'; exit 2"
    status, out, err = run(study, STUB_FAILS=refuses)
    folder = study.with_suffix("")
    assert status == 2 and "[3/4]" in out and "the results" in out
    assert err.splitlines() == [
        "error: index.html, study.csv and study.zip failed after 0 s, exit status 2",
        "$ python3 -m fairseq_phonology.workflow.results.index",
        "  wrong",
        "  fairseq-phonology index: error: x.tsv, line 2: no SR",
        "  its log: s/logs/index.log",
        "what is finished stays (3 of the 4 steps of this run); to go on, once the cause is removed: "
        f"fairseq-phonology study {shlex.quote(str(study))}",
    ]
    assert not (folder / "study.lock").exists()
    status, _, err = run(study, "--jobs", "1", STUB_FAILS="index:exit 1")
    assert status == 1 and "exit status 1" in err
    # what is known so far is said, also after --until
    results = "the results\nindex.html\n"
    assert results in out
    nothing = "Nothing to do: every step that is asked for is finished.\n"
    assert run(study, "--until", "train")[1].startswith(f"{nothing}\n{results}")


@pytest.mark.parametrize(
    ("end", "status", "said"),
    [(signal.SIGINT, 130, "interrupted"), (signal.SIGTERM, 143, "terminated")],
    ids=["Ctrl-C", "SIGTERM"],
)
def test_ended_within_a_training_nothing_runs_on(study, end, status, said):
    with start(study, "--jobs", "2", STUB_PAUSE="1") as process:
        until(process, "epoch 1 of 3")
        assert len(at_work(study)) >= 3  # Snakemake and two trainings
        process.send_signal(end)
        _, err = process.communicate(timeout=120)
    assert process.returncode == status
    assert err.splitlines()[-2:] == [
        f"what is finished stays; to go on: fairseq-phonology study {shlex.quote(str(study))}",
        f"fairseq-phonology study: {said}",
    ]
    assert at_work(study) == [] and not (study.with_suffix("") / "study.lock").exists()


def test_killed_at_three_places_a_study_ends_like_an_undisturbed_one(study):
    kept = []
    for text in ("$ fairseq-phonology nonce", "epoch 2 of 3", "$ python3 -m fairseq_phonology"):
        with start(study, "--jobs", "2", STUB_PAUSE="0.5") as process:
            kept.append(until(process, text))
            process.kill()
        assert soon(lambda: not at_work(study)), "Snakemake and its steps end with the verb"
    status, out, err = run(study, STUB_PAUSE="0.5")
    assert (status, err) == (0, "") and made(study) == STATE
    cut_off = "The last run here was cut off (process "
    assert all(said.startswith(cut_off) for said in [*kept[1:], out]) and not kept[0].startswith(cut_off)
    # the training went on where it was
    assert "epoch 1 of 3" in kept[1] and "epoch 1 of 3" not in kept[2] + out


def test_a_second_run_is_refused_while_the_first_lives_and_what_a_killed_engine_left_is_ended(study):
    folder = study.with_suffix("")
    with start(study, STUB_PAUSE="60") as process:
        until(process, "$ fairseq-phonology nonce")
        status, out, err = run(study)
        assert (status, out) == (2, "")
        (line,) = err.splitlines()
        assert line.startswith(f"fairseq-phonology study: error: {folder}: another study is at work there: process ")
        assert line.endswith(f"wait for it, or end it (kill {process.pid}), or name another --dest")
        group = json.loads((folder / "study.lock").read_text())["group"]
        process.send_signal(signal.SIGSTOP)
        os.kill(group, signal.SIGKILL)  # Snakemake alone
        process.kill()
    assert any(child.pid != group for child in at_work(study))
    status, out, err = run(study)
    assert (status, err) == (0, "") and made(study) == STATE
    first, second, *_ = out.splitlines()
    assert first.startswith("The last run here was cut off (process ")
    assert "still ran and" in second and second.endswith("ended.")


def test_a_checkpoint_that_is_gone_or_another_is_lost(tmp_path):
    stamp, best = tmp_path / "1.json", tmp_path / "1" / "checkpoint_best.pt"
    stamp.write_text(json.dumps({"checkpoint_sha256": hashlib.sha256(b"best").hexdigest()}))
    assert engine._is_lost(stamp)
    best.parent.mkdir()
    for content, lost in ((b"best", False), (b"other", True)):
        best.write_bytes(content)
        os.utime(best, (stamp.stat().st_mtime + 9,) * 2)
        assert engine._is_lost(stamp) is lost
    os.utime(best, (0, 0))  # as a copy of another seed's that keeps its time
    assert engine._is_lost(stamp)
    os.utime(stamp, (best.stat().st_ctime + 9,) * 2)
    assert not engine._is_lost(stamp)  # since it was written, nobody touched it
    (best.parent / "recipe.json").write_text(json.dumps({"stamp": ["edited"]}))
    assert not engine._is_lost(stamp)
    (best.parent / "recipe.json").write_text(json.dumps({"stamp": {"checkpoint_sha256": "of another training"}}))
    assert engine._is_lost(stamp)


def test_gpus_are_counted_as_cuda_names_them(monkeypatch):
    for visible, n in (("", 0), ("-1", 0), ("NoDevFiles", 0), ("0, 2", 2), ("GPU-a,MIG-b", 2)):
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
        assert engine._gpus() == n


@pytest.fixture
def cluster(tmp_path) -> Iterator[list[str]]:
    """The options of a cluster whose commands are scripts; jobs run in the background."""
    folder = tmp_path / "cluster"
    shutil.copytree(Path(__file__).parents[2] / "helpers" / "cluster", folder)
    names = {"submit": "sbatch", "status": "squeue", "cancel": "scancel"}
    commands = [word for kind, name in names.items() for word in (f"--cluster-generic-{kind}-cmd", folder / name)]
    yield [*map(str, ["--executor", "cluster-generic", *commands, "--seconds-between-status-checks", "1"])]
    for path in folder.glob("*.pid"):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(int(path.read_text()), signal.SIGKILL)


def test_on_a_cluster_each_step_is_a_job_and_what_was_submitted_is_taken_back(study, cluster, tmp_path):
    with start(study, "--jobs", "2", "--", *cluster, STUB_PAUSE="1.5") as process:
        until(process, "epoch 1 of 3")
        process.terminate()
        process.communicate(timeout=120)
    assert process.returncode == 143
    assert len((tmp_path / "cluster" / "cancelled").read_text().split()) == 2
    assert soon(lambda: not at_work(study))
    (tmp_path / "cluster" / "submitted").unlink()
    status, out, err = run(study, "--jobs", "2", "--", *cluster, STUB_PAUSE="1.5")
    assert status == 0, out + err
    assert made(study) == STATE and "epoch 3 of 3" in out
    assert len((tmp_path / "cluster" / "submitted").read_text().splitlines()) == 3  # the words were there


@pytest.mark.parametrize(("gpus", "most"), [("", 2), ("0", 1)], ids=["no GPU", "one GPU"])
def test_trainings_run_side_by_side_and_one_a_gpu(study, gpus, most):
    status, out, err = run(study, "--jobs", "2", STUB_PAUSE="0.2", CUDA_VISIBLE_DEVICES=gpus)
    assert status == 0, out + err
    running, seen = 0, []
    for line in out.splitlines():
        running += line.startswith("$ fairseq-train")
        running -= line.startswith("[") and "training of" in line.partition(":")[0]
        seen.append(running)
    assert max(seen) == most


@pytest.mark.parametrize(("error", "keep", "order"), [(True, False, "01"), (True, True, "1"), (False, False, "1")])
def test_files_of_a_step_that_failed_are_removed_before_it_is_noted(error, keep, order, monkeypatch):
    """Else an engine that is ended in between leaves a broken file that is taken for finished."""
    done: list[str] = []

    class Job:
        dag = SimpleNamespace(workflow=SimpleNamespace(execution_settings=SimpleNamespace(keep_incomplete=keep)))

        async def cleanup(self, kept):
            done.append("0")

        async def postprocess(self, store=True, error=False):
            done.append("1")

    monkeypatch.setattr("snakemake.jobs.Job", Job)
    remove_first()
    asyncio.run(Job().postprocess(error=error))
    assert "".join(done) == order
