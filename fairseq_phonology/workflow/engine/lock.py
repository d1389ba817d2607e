"""One run at a time in the folder of a study: who is at work there, and what a run that was cut off left behind."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ...errors import InputError
from ...files import Holder, Lock
from ...text import counted

NAME = "study.lock"
_ENGINE = Path(".snakemake", "locks")  # Snakemake's own, which stay where it is killed


@contextmanager
def alone(dest: Path, unlock: str) -> Iterator[tuple[Lock, list[str]]]:
    """While the block runs, no other run may begin in the folder; gives the lock, and what was undone, in sentences.

    Args:
        dest: the folder of the study; it exists.
        unlock: the command that gives the folder free, for messages.

    Raises:
        InputError: another run is, or may be, at work there.
    """

    def check(holder: Holder | None) -> None:
        if holder is None and any((dest / _ENGINE).glob("*.lock")):
            why = "Snakemake, started by hand, is at work there or was killed"
            raise InputError(f"{why}; if none is at work, give the folder free: {unlock}", dest)
        if holder is not None and not holder.here:
            why = f"a study is at work there, or was cut off ({holder})"
            raise InputError(f"{why}; end it on {holder.host}, or, if none is there, give it free: {unlock}", dest)

    with _lock(dest, check) as lock:
        undone = []
        if holder := lock.left:
            undone.append(f"the last run here was cut off ({holder}); its lock is undone, and its work goes on")
            if left := _end_what_is_left(holder, dest):
                were = "was" if left == 1 else "were"
                undone.append(f"{counted(left, 'process')} of it still ran and {were} ended")
            shutil.rmtree(dest / _ENGINE, ignore_errors=True)
        try:
            yield lock, undone
        finally:
            shutil.rmtree(dest / _ENGINE, ignore_errors=True)  # where Snakemake alone was killed


def free(dest: Path) -> None:
    """Undo the lock of another host, or of a run that was cut off, and Snakemake's own.

    Raises:
        InputError: a run of this machine is at work there.
    """
    with _lock(dest):
        shutil.rmtree(dest / _ENGINE, ignore_errors=True)


def _lock(dest: Path, check: Callable[[Holder | None], None] | None = None) -> Lock:
    return Lock(dest / NAME, dest, "another study is at work there", "name another --dest", check=check)


def _end_what_is_left(holder: Holder, dest: Path) -> int:
    """Kill the processes of its group that still work in the folder; returns how many there were."""
    import psutil

    killed = 0
    for process in psutil.process_iter() if holder.group else ():
        with suppress(psutil.Error, OSError):
            if os.getpgid(process.pid) == holder.group and process.cwd() == str(dest.resolve()):
                process.kill()
                process.wait(5)
                killed += 1
    return killed
