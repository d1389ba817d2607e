"""A run of a study: Snakemake is started in a process of its own, followed, and ended with all that it started."""

from __future__ import annotations

import json
import os
import re
import select
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ...commands.wiring.terminal import say
from ...errors import InputError
from ...files import check_own, read_json, sha256_of
from ...text import count, listed
from ..layout import BEST, ENGINE_LOG, INDEX, LOGS, RECIPE, SNAKEFILE
from ..results import read_results, say_results
from ..results.due import due, unrecorded
from ..steps import jobs
from ..study import Study
from . import lock
from .progress import Progress

_LOOK = 0.3  # seconds between two looks at the logs of running trainings
_GRACE = 5.0  # seconds that what is ended has for its files
_GRACE_OF_CLUSTER = 30.0  # and Snakemake, to take back what it submitted
_SHA = "checkpoint_sha256"
# what is newer than what was made of it is made anew, also where it says the same: a file that stands for a folder can
# say the same when the folder does not. The user's files are known by the digests in the params
AGAIN = ("--rerun-triggers", "mtime", "params", "input", "--max-checksum-file-size", "0")


@dataclass(frozen=True)
class Running:
    """How a study is run.

    Attributes:
        jobs: how many steps at a time; None: as a profile says, else as many as there are cores, on a cluster 100.
        dry_run: only say what would be done.
        until: the rule of the workflow that is the last.
        engine: options of Snakemake.
        again: the command that goes on with this study, for messages.
    """

    jobs: int | None = None
    dry_run: bool = False
    until: str | None = None
    engine: tuple[str, ...] = ()
    again: str = "fairseq-phonology study STUDY.toml"


def run_study(study: Study, running: Running) -> int:
    """Do what is to be done of a study, and print how it goes.

    Returns:
        the exit status: 0; 1 if a step failed; 2 if all that failed refused their input.

    Raises:
        InputError: another run is at work there, or Snakemake does not know an option.
    """
    new = [folder for folder in (study.dest, *study.dest.parents) if not folder.exists()]
    (study.dest / ENGINE_LOG).parent.mkdir(parents=True, exist_ok=True)
    if "--unlock" in running.engine:
        lock.free(study.dest)
    progress = Progress(study, running.again)
    status = 0
    try:
        with ExitStack() as locks, _engine(study, running) as engine:
            status = _follow(engine, study, running, progress, locks)
    except KeyboardInterrupt:
        progress.stopped()
        raise
    finally:
        if not status:  # else the log says why
            _remove_new(new, study.dest)
    return status


def _follow(engine: Engine, study: Study, running: Running, progress: Progress, locks: ExitStack) -> int:
    mode = ""
    for event in engine.events():
        match event:
            case None:
                progress.look()
            case {"event": "refused", "message": message}:
                raise InputError(f"Snakemake: {message}")
            case {"event": "mode"}:
                mode, engine.here = event["mode"], event["here"]
                if mode == "run":
                    held, undone = locks.enter_context(lock.alone(study.dest, f"{running.again} -- --unlock"))
                    held.note(engine.process.pid)
                    for line in undone:
                        say(f"{line[0].upper()}{line[1:]}.")
                for line in filter(None, [event["note"], *engine.doubts] if mode != "question" else []):
                    say(line)
                progress.begin(mode, event["slots"], event["gpus"])
                engine.go()
            case _:
                progress.tell(event)
    status = progress.end(engine.process.wait())
    if mode == "run" and (status == 0 or progress.failed):
        results = read_results(study, due(study))
        if results.found or not running.until:
            say("", *say_results(results))
    if progress.failed:
        progress.say_how_to_go_on()
    return status


class Engine:
    """The process in which Snakemake runs, the leader of a group of its own.

    Attributes:
        here: its steps run on this machine.
        doubts: why some steps are done again, in sentences.
    """

    def __init__(self, process: subprocess.Popen, events: int, alive: int, doubts: list[str]):
        self.process, self.here, self.doubts = process, True, doubts
        self._events, self._alive = events, alive

    def go(self) -> None:
        """Let it begin."""
        os.write(self._alive, b"g")

    def events(self) -> Iterator[Mapping[str, Any] | None]:
        """What happens there, until it ends; None from time to time."""
        rest = b""
        while True:
            if select.select([self._events], [], [], _LOOK)[0]:
                new = os.read(self._events, 65536)
                if not new:
                    return
                *lines, rest = (rest + new).split(b"\n")
                yield from map(json.loads, lines)
            yield None

    def end(self) -> None:
        """End it and all that it started; those that it submitted to a cluster, too."""
        group = self.process.pid
        with suppress(ProcessLookupError):
            try:
                if self.process.poll() is None and not self.here:
                    self.process.send_signal(signal.SIGINT)  # Snakemake takes back what it submitted
                    self._wait(_GRACE_OF_CLUSTER)
                if self.process.poll() is None:
                    os.killpg(group, signal.SIGTERM)
                    self._wait(_GRACE)
            finally:
                os.killpg(group, signal.SIGKILL)
                self.process.wait()

    def _wait(self, seconds: float) -> None:
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(seconds)


@contextmanager
def _engine(study: Study, running: Running) -> Iterator[Engine]:
    """Start it; it is ended with the block."""
    (events, told), (parent, alive) = os.pipe(), os.pipe()
    own = ["--events", str(told), "--parent", str(parent), "--cores", str(_cores()), "--gpus", str(_gpus())]
    own += ["--jobs", str(running.jobs)] if running.jobs else []
    unknown = unrecorded(study)
    stamps = [path for job in jobs(study) if job.rule == "train" for path in job.outputs]
    lost = [path for path in stamps if (study.dest / path).is_file() and _is_lost(study.dest / path)]
    own += ["--again", *unknown, *lost]
    words = [*own, "--", *_options(study, running)]
    log = study.dest / ENGINE_LOG
    check_own(log)
    with log.open("a", encoding="utf-8") as said, ExitStack() as pipes:
        for end in (events, alive):
            pipes.callback(os.close, end)
        print(
            f"\n{datetime.now():%Y-%m-%d %H:%M:%S}  snakemake {' '.join(words[len(own) + 1 :])}", file=said, flush=True
        )
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", f"{__package__}.process", *words],
            **{"stdin": subprocess.DEVNULL, "stderr": said, "pass_fds": (told, parent), "start_new_session": True},
            env={**os.environ, "PYTHONUTF8": "1"},
        )
        os.close(told)
        os.close(parent)
        engine = Engine(process, events, alive, [*_doubts(unknown, lost)])
        try:
            yield engine
        finally:
            engine.end()


def _options(study: Study, running: Running) -> list[str]:
    """Of Snakemake; those of the user come last, and win."""
    path = quote(os.path.abspath(study.path))  # Snakemake reads it as YAML, and hands it to jobs through shells
    words = ["--snakefile", SNAKEFILE, "--directory", study.dest.resolve(), "--config", f"study={path}"]
    words += [*AGAIN, "--rerun-incomplete", "--scheduler", "greedy"]
    words += ["--until", running.until] if running.until else []
    words += ["--dry-run"] if running.dry_run else []
    return [*map(str, words), *running.engine]


def _doubts(unknown: list[str], lost: list[str]) -> Iterator[str]:
    if others := [path for path in unknown if path not in INDEX]:
        yield (
            f"Of {count(len(others), 'file')} there is no record of what they were made for (interrupted, or a copy "
            "without .snakemake): those steps are done again; finished trainings of the same recipe are left alone."
        )
    if lost:
        yield f"The checkpoint is missing, or is not the one that was trained, beside {listed(lost)}: trained again."


def _is_lost(stamp: Path) -> bool:
    """Is the checkpoint of a finished training gone, or another one? What nobody touched since its stamp is not read.

    A copy may keep the time of its original; the time at which it was put there tells.
    """
    best, recipe = (stamp.with_suffix("") / name for name in (BEST, RECIPE))
    if not best.is_file():
        return True
    own = _record(recipe).get("stamp") if recipe.is_file() else None
    if isinstance(own, dict) and own.get(_SHA) != _record(stamp).get(_SHA):
        return True  # the folder of another training was put there
    since, found = stamp.stat().st_mtime_ns, best.stat()
    return max(found.st_mtime_ns, found.st_ctime_ns) > since and _record(stamp).get(_SHA) != sha256_of(best)


def _record(path: Path) -> dict[str, Any]:
    return read_json(path, dict[str, Any], "record of a training")


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _gpus() -> int:
    """NVIDIA's, as far as this process may use them; without torch, whose import takes seconds."""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is not None:
        return len(re.findall(r"(?:^|,)\s*(?:\d|GPU-|MIG-)", visible))
    return len(list(Path("/proc/driver/nvidia/gpus").glob("*")))


def _remove_new(folders: list[Path], dest: Path) -> None:
    """Folders that were made for nothing: a dry run, or one that was refused."""
    made = {path.relative_to(dest).as_posix() for path in (*dest.glob("*"), *dest.glob(f"{LOGS}/*"))}
    if dest in folders and made <= {".snakemake", LOGS, ENGINE_LOG}:
        shutil.rmtree(dest)
        for folder in folders[1:]:
            with suppress(OSError):
                folder.rmdir()
