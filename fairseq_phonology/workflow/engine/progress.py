"""What a person sees of a run: each command, each finished step, validations, what comes next, what is left."""

from __future__ import annotations

import os
import re
import sys
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from ...commands.wiring.terminal import BOLD, DIM, RED, paint, say
from ...errors import InputError
from ...files import read_json, write_json
from ...text import about, columns, count, duration, listed
from ...training.history.log_lines import read_line
from .. import layout
from ..results.due import due
from ..steps import Job, jobs
from ..study import Study
from .estimate import Key, Pace, Step, key_of, kind_of, of_trainings, seconds_left

TIMES = Path(layout.LOGS, "times.json")  # step -> seconds of the last times
_KEPT = 5
_LINES = 12  # of the log of a step that failed
_NAMED = 3  # files of a reason
_STATUS = re.compile(r"exit status (\d+)")
_REASONS = {  # Snakemake's, and in plain words
    "Missing output files": "not made yet: {}",
    "Incomplete output files": "was interrupted: {}",
    "Updated input files": "changed since: {}",
    "Input files updated by another job": "made anew before it: {}",
    "Set of input files has changed since last execution": "it reads other files than before",
    "Params have changed since last execution": "its command, or what that reads, has changed",
    "Forced execution": "asked for, or nothing is known of an earlier time",
}


@dataclass
class Begun:
    """A step that runs."""

    key: Key
    when: float
    log: Path
    read: int  # bytes of the log that are read
    rest: bytes = b""
    pace: Pace | None = None


class Progress:
    """Hears what happens and prints it.

    Args:
        study: that runs.
        again: the command that goes on with it.
        stream: where a person reads.

    Attributes:
        failed: the steps that failed, with the exit status of their commands; None where that is not known.
    """

    def __init__(self, study: Study, again: str, stream: TextIO | None = None):
        self._study, self._again, self._stream = study, again, stream or sys.stdout
        self._jobs: dict[Key, Job] = {key_of(job.rule, job.wildcards): job for job in jobs(study)}
        self._times: dict[str, list[float]] = {}
        with suppress(InputError):
            self._times = read_json(study.dest / TIMES, dict[str, list[float]], "times of a study")
        self._ids: dict[int, Begun] = {}
        self._counts: Counter[str] = Counter()  # rule -> steps that are to be done
        self._todo: dict[Key, Job] = {}
        self._reasons: dict[Key, str] = {}  # of a dry run
        self._sizes: dict[Key, int] = {}  # of the logs, before the steps begin
        self._done, self._total, self._mode = 0, 0, "run"
        self._slots, self._gpus = 1, None
        self._failures: set[int] = set()
        self._messages: list[str] = []
        self._begin, self._status = time.monotonic(), ""
        self.failed: dict[Key, int | None] = {}

    def begin(self, mode: str, slots: int, gpus: int | None) -> None:
        """The engine knows what it is asked: a ``run``, a ``dry`` run, or a ``question``."""
        self._mode, self._slots, self._gpus = mode, slots, gpus

    def tell(self, event: Mapping[str, Any]) -> None:
        """One event of the engine."""
        hear = getattr(self, f"_hear_{event['event']}", None)
        if hear:
            hear(event)

    # ---- events

    def _hear_run_info(self, event: Mapping[str, Any]) -> None:
        if self._total:
            return
        self._counts = Counter({rule: n for rule, n in event["stats"].items() if rule not in ("total", "all")})
        self._total = self._counts.total()
        if not self._total:
            return
        self._todo = self._to_do()
        self._sizes = {key: _size(self._study.dest / job.log) for key, job in self._todo.items()}
        where, n = self._shown(self._study.dest), count(self._total, "step")
        if self._mode == "dry":
            self._say(f"{self._study.name}: {n} would run, in {where}/", "")
            return
        once = "one at a time" if self._slots == 1 else f"up to {self._slots} at a time (--jobs decides)"
        log = self._shown(self._study.dest / layout.ENGINE_LOG)
        self._say(f"{self._study.name}: {n}, {once}. Commands run in {where}/; Snakemake's log: {log}")

    def _hear_job_info(self, event: Mapping[str, Any]) -> None:
        key = key_of(event["rule_name"], event["wildcards"] or {})
        job = self._jobs.get(key)
        if job is None:
            return
        if self._mode == "dry":
            self._reasons[key] = event["reason"]
            return
        log = self._study.dest / job.log
        self._ids[event["jobid"]] = begun = Begun(
            key, event["time"], log, self._sizes.pop(key) if key in self._sizes else _size(log)
        )
        if job.rule == "train":  # its log says the command, with how long it trains
            begun.pace = Pace(begun.when)
        else:
            self._say(self._command(job.command))

    def _hear_job_finished(self, event: Mapping[str, Any]) -> None:
        begun = self._ids.pop(event["job_id"], None)
        if begun is None:
            return
        self._tail(begun)
        took = event["time"] - begun.when
        self._todo.pop(begun.key, None)
        self._done += 1
        # a training that was resumed says nothing about a whole one
        if begun.pace is None or (begun.pace.seen and begun.pace.seen[0][0] == 1):
            self._times[kind_of(begun.key)] = [*self._times.get(kind_of(begun.key), []), took][-_KEPT:]
            with suppress(InputError):
                write_json(self._study.dest / TIMES, self._times)
        place = paint(f"[{self._done}/{self._total}]", BOLD, self._stream)
        self._say(" ".join([f"{place} {self._described(begun.key)}: {duration(took)}.", *self._outlook()]))

    def _hear_job_error(self, event: Mapping[str, Any]) -> None:
        if event["jobid"] in self._failures:  # Snakemake says it twice
            return
        begun = self._ids.pop(event["jobid"], None)
        key = begun.key if begun else (event["rule_name"], ())
        self._failures.add(event["jobid"])
        job = self._jobs.get(key)
        log = self._study.dest / job.log if job else None
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines() if log and log.is_file() else []
        status = _STATUS.fullmatch(lines.pop()) if lines and _STATUS.fullmatch(lines[-1]) else None
        self.failed[key] = int(status[1]) if status else None
        took = f" after {duration(event['time'] - begun.when)}" if begun else ""
        ended = f", exit status {status[1]}" if status else ""
        lines = [
            f"{paint('error:', RED, sys.stderr)} {self._described(key)} failed{took}{ended}",
            *([self._command(_of_fairseq(job))] if job else []),
            *(f"  {line.expandtabs()}" for line in lines[-_LINES:] if not line.startswith("$ ")),
            *([f"  its log: {self._shown(log)}"] if log else []),
        ]
        if self._ids:
            names = listed(self._described(one.key) for one in self._ids.values())
            lines.append(f"what runs is finished first: {names}; Ctrl-C ends it")
        self._clear()
        say(*lines, to=sys.stderr)

    def _hear_failure(self, event: Mapping[str, Any]) -> None:
        self._messages.append(event["message"].strip())

    def _hear_message(self, event: Mapping[str, Any]) -> None:
        if self._mode == "question":
            say(*event["message"].splitlines(), to=sys.stderr)

    # ---- trainings

    def look(self) -> None:
        """Say what running trainings have written since, and what runs where that can be shown in place."""
        for begun in list(self._ids.values()):
            if begun.pace:
                self._tail(begun)
        if self._stream.isatty() and self._ids:
            self._show_status()

    def _tail(self, begun: Begun) -> None:
        """The validations in a log that were not read yet."""
        try:
            size = begun.log.stat().st_size
            if size < begun.read:  # begun anew
                begun.read, begun.rest = 0, b""
            with begun.log.open("rb") as file:
                file.seek(begun.read)
                new = file.read()
        except OSError:
            return
        begun.read += len(new)
        *lines, begun.rest = (begun.rest + new).split(b"\n")
        for line in (line.decode("utf-8", "replace") for line in lines if begun.pace):
            if line.startswith("$ "):
                begun.pace.epochs = _epochs(line)
                self._say(self._command(line[2:]))
            elif line.startswith(layout.NOTE):
                self._say(line)
            found = read_line(line)
            if found and not found.training and found.subset.split(",")[0] == self._first_subset(begun.key):
                self._say_validation(begun, found.epoch, found.figures)

    def _first_subset(self, key: Key) -> str:
        subset = re.search(r"--valid-subset[= ]([^\s,]+)", self._jobs[key].command)
        return subset[1] if subset else "valid"

    def _say_validation(self, begun: Begun, epoch: int, figures: Mapping[str, float]) -> None:
        epochs = begun.pace.epochs
        begun.pace.seen.append((epoch, time.time()))
        shown = [self._short(begun.key), f"epoch {epoch:>{len(str(epochs or epoch))}}" + f" of {epochs}" * bool(epochs)]
        shown.append(f"validation loss {figures['loss']:.3f}")
        if "exact_match" in figures:
            shown.append(f"exact match {figures['exact_match']:5.1f} %")
        self._say("  " + "   ".join(shown))

    # ---- what is left

    def _to_do(self) -> dict[Key, Job]:
        """The steps that are to be done, in order: Snakemake says how many of each rule; those that are due first."""
        chosen: set[Key] = set()
        outputs = due(self._study)
        for rule, n in self._counts.items():
            keys = [key for key, job in self._jobs.items() if job.rule == rule]
            chosen.update(sorted(keys, key=lambda key: outputs.isdisjoint(self._jobs[key].outputs))[:n])
        return {key: job for key, job in self._jobs.items() if key in chosen}

    def _outlook(self) -> Iterable[str]:
        """What comes next and how long all of it takes, as sentences: what waits for nothing, else for what runs."""
        begun = {one.key: one for one in self._ids.values()}
        waiting = {key: after for key, after in self._after().items() if key not in begun and not self.failed}
        free = next((key for key, after in waiting.items() if not after), None)
        following = free or next((key for key, after in waiting.items() if after <= begun.keys()), None)
        if following:
            yield f"Next: {self._described(following)}."
        left = self._left(begun)
        if left:
            yield left

    def _after(self) -> dict[Key, frozenset[Key]]:
        """The steps that are to be done, and those that each waits for."""
        makers = {out: key for key, job in self._todo.items() for out in job.outputs}
        return {
            key: frozenset(makers[name] for name in job.inputs if name in makers) - {key}
            for key, job in self._todo.items()
        }

    def _left(self, begun: Mapping[Key, Begun]) -> str:
        """Nothing after a failure: only what runs is finished."""
        if not self._todo or self.failed:
            return ""
        now = time.time()
        paces = [one.pace for one in begun.values() if one.pace]
        whole = [pace.whole() for pace in paces if pace.whole() is not None]
        steps = {}
        for key, after in self._after().items():
            known = self._times.get(kind_of(key))
            seconds = sum(known) / len(known) if known else None
            if key[0] == "train" and seconds is None and whole:
                seconds = sum(whole) / len(whole)
            if key in begun:
                pace = begun[key].pace
                paced = pace.left(now) if pace else None
                rest = None if seconds is None else max(0.0, seconds - (now - begun[key].when))
                seconds = paced if paced is not None else rest
            steps[key] = Step(seconds, after, key[0] == "train", key in begun)
        left = seconds_left(steps, self._slots, self._gpus)
        if left is not None:
            return f"{about(left).capitalize()} left."
        training = of_trainings(steps)
        left = seconds_left(training, self._slots, self._gpus) if training else None
        return "" if left is None else f"{about(left).capitalize()} of training left."

    # ---- the end

    def end(self, status: int) -> int:
        """Say how it ended; returns the exit status."""
        self._clear()
        if self.failed:
            return 2 if set(self.failed.values()) == {2} else 1
        if status:
            self._say_messages()
            return 1
        if not self._total and self._mode != "question":
            asked = " that is asked for" if due(self._study) else ""
            self._say(f"Nothing to do: every step{asked} is finished.")
        elif self._mode == "dry":
            for key in filter(self._reasons.__contains__, self._jobs):  # Snakemake's order differs from run to run
                self._say(f"{paint(self._described(key), BOLD, self._stream)}: {in_plain_words(self._reasons[key])}")
                self._say(self._command(_of_fairseq(self._jobs[key])))
            for rule, n in self._in_order(self._counts):
                self._say(f"{n:>4}  {rule}")
        elif self._mode == "run":
            self._say("", f"{count(self._total, 'step')} in {duration(time.monotonic() - self._begin)}.")
        return 0

    def say_how_to_go_on(self) -> None:
        """After a failure: on standard error, where that stands."""
        done = f"what is finished stays ({self._done} of the {count(self._total, 'step')} of this run)"
        say(f"{done}; to go on, once the cause is removed: {self._again}", to=sys.stderr)

    def stopped(self) -> None:
        """Say that it was ended from outside."""
        self._clear()
        if self._ids:
            say(f"ended: {listed(self._described(one.key) for one in self._ids.values())}", to=sys.stderr)
        say(f"what is finished stays; to go on: {self._again}", to=sys.stderr)

    def _say_messages(self) -> None:
        log = self._shown(self._study.dest / layout.ENGINE_LOG)
        said = [line for message in self._messages for line in message.splitlines() if line.strip()][-_LINES:]
        say(f"{paint('error:', RED, sys.stderr)} Snakemake ended without success", to=sys.stderr)
        say(*(f"  {line}" for line in said), to=sys.stderr)
        say(f"  its log: {log}", to=sys.stderr)

    # ---- words

    def _in_order(self, counts: Mapping[str, int]) -> Iterable[tuple[str, int]]:
        order = list(dict.fromkeys(job.rule for job in self._jobs.values()))
        return sorted(counts.items(), key=lambda item: order.index(item[0]) if item[0] in order else len(order))

    def _described(self, key: Key) -> str:
        return layout.described(key[0], dict(key[1]))

    def _short(self, key: Key) -> str:
        """A training among those of this study: ``seed 3``; with several models ``small, seed 3``."""
        words = dict(key[1])
        several = len(self._study.models) > 1
        return (f"{words['model']}, " if several else "") + f"seed {words['seed']}"

    def _command(self, command: str) -> str:
        return paint(f"$ {command}", DIM, self._stream)

    def _shown(self, path: Path) -> str:
        """A path from the working directory, if it lies below that."""
        with suppress(ValueError):
            return str(path.resolve().relative_to(Path.cwd()))
        return str(path)

    def _say(self, *lines: str) -> None:
        self._clear()
        for line in lines:
            say(line, to=self._stream)

    def _show_status(self) -> None:
        """One line that is written over, on a terminal."""
        parts = []
        for one in self._ids.values():
            at = f" (epoch {one.pace.seen[-1][0]})" if one.pace and one.pace.seen else ""
            parts.append(f"{self._described(one.key)}{at}")
        left = self._left({one.key: one for one in self._ids.values()})
        text = f"{', '.join(parts)}. {left}".strip()
        with suppress(OSError):
            width = os.get_terminal_size(self._stream.fileno()).columns - 1
            while columns(text) > width:
                text = text[: len(text) - max(1, columns(text) - width)]
        if text != self._status:
            self._clear()
            say(paint(text, DIM, self._stream), end="\r", to=self._stream)
            self._status = text

    def _clear(self) -> None:
        if self._status:
            print("\x1b[2K", end="\r", file=self._stream)
            self._status = ""


def in_plain_words(reason: str) -> str:
    """Why Snakemake runs a step, for a person."""
    said = []
    for part in re.split(f"; (?={'|'.join(_REASONS)})", reason):
        name, _, rest = part.partition(": ")
        files = sorted(rest.split(", "))  # Snakemake's sets have no order
        shown = ", ".join(files[:_NAMED]) + (f" and {len(files) - _NAMED:,} more" if len(files) > _NAMED else "")
        said.append(_REASONS[name].format(shown) if name in _REASONS else part)
    return "; ".join(said) or "nothing is known of an earlier time"


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def _of_fairseq(job: Job) -> str:
    """The command of a step, without the runner of trainings."""
    return job.command.partition(" -- ")[2] if job.rule == "train" else job.command


def _epochs(command: str) -> int | None:
    """At which a training ends, as its command says."""
    found = re.search(r"--max-epoch[= ](\d+)", command)
    return int(found[1]) if found else None
