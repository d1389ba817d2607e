"""The process in which Snakemake runs: what happens there goes to the verb, an event a line, as JSON.

It ends with all that it started when the verb ends, however that ends: at the end of the pipe that the verb holds.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import io
import json
import logging
import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

# what Snakemake is asked for in place of a run: it answers on standard output
_QUESTIONS = (
    *("archive", "cleanup_metadata", "cleanup_shadow", "containerize", "d3dag", "dag", "delete_all_output"),
    *("delete_temp_output", "detailed_summary", "filegraph", "generate_unit_tests", "lint", "list_changes"),
    *("list_input_changes", "list_params_changes", "list_rules", "list_target_rules", "list_untracked"),
    *("print_compilation", "report", "rulegraph", "summary", "unlock"),
)
_SUBMITTED = 100  # jobs that a cluster is given at a time, unless --jobs or a profile says
_GRACE = 3.0  # seconds for those that are ended


def main() -> int:
    """Run Snakemake; ``--events`` and ``--parent`` are pipes; ``--again``: outputs to make anew; then its options."""
    own = argparse.ArgumentParser(allow_abbrev=False)
    for name in ("events", "parent", "jobs", "cores", "gpus"):
        own.add_argument(f"--{name}", type=int)
    own.add_argument("--again", nargs="*", default=[])
    asked, words = own.parse_known_args(sys.argv[1 : sys.argv.index("--")])[0], sys.argv[sys.argv.index("--") + 1 :]
    go = _watch(asked.parent)
    tell = Teller(asked.events)
    from snakemake import cli
    from snakemake.logging import logger

    remove_first()
    logger.addFilter(tell)
    said = io.StringIO()
    try:
        with contextlib.redirect_stderr(said):
            parser, args = cli.parse_args(words)
    except SystemExit as end:
        if end.code:
            tell.event("refused", message=said.getvalue().strip().rpartition("error: ")[2])
        return end.code
    question = any(getattr(args, name, None) not in (None, False) for name in _QUESTIONS)
    mode = "question" if question else "dry" if args.dryrun else "run"
    here = _fill(args, asked)
    slots = args.cores if here else args.jobs
    gpus = args.resources["gpu"].value if "gpu" in args.resources else None
    if not question:
        args.forcerun = {*args.forcerun, *asked.again}
    tell.event("mode", mode=mode, here=here, slots=slots, gpus=gpus, note=said.getvalue().strip())
    go.wait()
    if not question:
        os.dup2(2, 1)
    return 0 if cli.args_to_api(args, parser) else 1


def remove_first() -> None:
    """Let Snakemake remove the files of a step that failed before it notes the step, not after.

    Steps fail, too, where a study is ended. What ends Snakemake in between would leave a broken file with a record that
    says what it was made for, and no later run would make it again.
    """
    from snakemake.jobs import Job

    noted = Job.postprocess

    @functools.wraps(noted)
    async def postprocess(job: Any, *args: Any, error: bool = False, **more: Any) -> None:
        if error and not job.dag.workflow.execution_settings.keep_incomplete:
            await job.cleanup(())
        await noted(job, *args, error=error, **more)

    Job.postprocess = postprocess


def _fill(args: argparse.Namespace, asked: argparse.Namespace) -> bool:
    """How much runs at a time, where neither options nor a profile say; returns whether it runs on this machine."""
    here = args.executor in (None, "local", "touch", "dryrun")
    if here:
        args.cores = asked.jobs or args.cores or args.jobs or asked.cores
        if asked.gpus and "gpu" not in args.resources:
            args.resources["gpu"] = asked.gpus
    else:
        args.jobs = asked.jobs or args.jobs or _SUBMITTED
    if args.report:  # Snakemake would look for it in the folder of the study
        args.report = Path(args.report).absolute()
    return here


class Teller(logging.Filter):
    """Writes Snakemake's events to a pipe, and lets every record pass."""

    def __init__(self, pipe: int):
        super().__init__()
        os.set_inheritable(pipe, False)
        self._pipe, self._one_at_a_time = pipe, threading.Lock()

    def event(self, event: str, **fields: Any) -> None:
        """Write one event; without a reader it goes nowhere."""
        line = json.dumps({"event": event, "time": time.time(), **fields}, default=str) + "\n"
        with self._one_at_a_time, contextlib.suppress(OSError):
            left = line.encode("utf-8")
            while left:
                left = left[os.write(self._pipe, left) :]

    def filter(self, record: logging.LogRecord) -> bool:
        """Tell what the record is about."""
        event = str(getattr(record, "event", None) or "")
        fields = {name: record.__dict__[name] for name in _FIELDS.get(event, ()) if name in record.__dict__}
        if event in _FIELDS:
            self.event(event, **fields)
        elif record.levelno >= logging.ERROR or (event in ("", "error") and record.levelno >= logging.INFO):
            level = "failure" if record.levelno >= logging.ERROR else "message"
            self.event(level, message=record.getMessage(), kind=getattr(record, "exception", ""))
        return True


_FIELDS = {
    "run_info": ("stats",),
    "job_info": ("jobid", "rule_name", "wildcards", "reason"),
    "job_finished": ("job_id",),
    "job_error": ("jobid", "rule_name"),
}


def _watch(pipe: int) -> threading.Event:
    """From here on, this process lives as long as the other end of the pipe; the event comes with the first byte."""
    os.set_inheritable(pipe, False)
    go = threading.Event()

    def watch() -> None:
        while os.read(pipe, 1):
            go.set()
        os.killpg(os.getpgrp(), signal.SIGTERM)  # Snakemake waits for those that put their files in order
        time.sleep(_GRACE)
        os.killpg(os.getpgrp(), signal.SIGKILL)

    threading.Thread(target=watch, daemon=True).start()
    return go


if __name__ == "__main__":
    sys.exit(main())
