"""Work in forks, which end in time and say nothing."""

from __future__ import annotations

import os
import resource
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from .kept import IMPORT, KEPT, KILLED, SURVIVED

AGAIN = 98  # status of a fork in which the code could not be exchanged


def forked(work: Callable[[], object], seconds: float | None) -> int:
    """Exit status of some work in a fork; -9 where it ran out of time."""
    sys.stdout.flush()
    if not (child := os.fork()):
        if seconds:
            os.setpgrp()
        status = 99
        try:
            status = int(work() or 0)
        finally:
            os._exit(status)
    end = time.monotonic() + seconds if seconds else None
    try:
        while not (done := os.waitpid(child, os.WNOHANG if end else 0))[0]:
            if time.monotonic() > end:
                os.killpg(child, signal.SIGKILL)
                os.waitpid(child, 0)
                return -signal.SIGKILL
            time.sleep(0.002)
    except KeyboardInterrupt:
        os.kill(child, signal.SIGKILL)
        raise
    return os.waitstatus_to_exitcode(done[1])


def ended(status: int) -> str:
    return {0: SURVIVED, AGAIN: IMPORT}.get(status, KILLED)


def quiet(config: pytest.Config | None) -> None:
    """A fork says nothing, has files and a bound of its own."""
    null = os.open(os.devnull, os.O_RDWR)
    for number in range(3):
        os.dup2(null, number)
    resource.setrlimit(resource.RLIMIT_DATA, (8 << 30, 8 << 30))
    tempfile.tempdir = str(KEPT / "files")
    if config is not None:
        config._tmp_path_factory._basetemp = Path(tempfile.mkdtemp())
