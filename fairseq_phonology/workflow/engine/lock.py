"""One run at a time in the folder of a study: who is at work there, and what a run that was cut off left behind."""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec

from ...errors import InputError
from ...files import read_json, write_json
from ...text import counted

NAME = "study.lock"
_ENGINE = Path(".snakemake", "locks")  # Snakemake's own, which stay where it is killed
_HOST = socket.gethostname()


class Holder(msgspec.Struct, frozen=True):
    """Who is at work.

    Attributes:
        host: the machine.
        pid: the process of the verb.
        since: when it began, in seconds since 1970.
        group: the process group of what it started; None where that has not begun.
    """

    host: str
    pid: int
    since: float
    group: int | None = None

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host}, since {time.strftime('%Y-%m-%d %H:%M', time.localtime(self.since))}"


class Lock:
    """The lock of a run that holds it.

    Attributes:
        undone: what was left of a run that was cut off, in sentences.
    """

    def __init__(self, dest: Path):
        self._path, self.undone = dest / NAME, list[str]()
        self._since = time.time()
        self.note()

    def note(self, group: int | None = None) -> None:
        """Write down who holds it, and the process group of what was started."""
        write_json(self._path, msgspec.to_builtins(Holder(_HOST, os.getpid(), self._since, group)))


@contextmanager
def alone(dest: Path, unlock: str) -> Iterator[Lock]:
    """While the block runs, no other run may begin in the folder.

    Args:
        dest: the folder of the study; it exists.
        unlock: the command that gives the folder free, for messages.

    Raises:
        InputError: another run is, or may be, at work there.
    """
    with _folder_locked(dest) as (holder, stale):
        if holder is None and any((dest / _ENGINE).glob("*.lock")):
            why = "Snakemake, started by hand, is at work there or was killed"
            raise InputError(f"{why}; if none is at work, give the folder free: {unlock}", dest)
        if holder is not None and not stale:
            why = f"a study is at work there, or was cut off ({holder})"
            raise InputError(f"{why}; end it on {holder.host}, or, if none is there, give it free: {unlock}", dest)
        left = _end_what_is_left(holder, dest) if holder else 0
        if holder:
            shutil.rmtree(dest / _ENGINE, ignore_errors=True)
        lock = Lock(dest)
        if holder:
            lock.undone.append(f"the last run here was cut off ({holder}); its lock is undone, and its work goes on")
        if left:
            lock.undone.append(f"{counted(left, 'process')} of it still ran and {'was' if left == 1 else 'were'} ended")
        try:
            yield lock
        finally:
            shutil.rmtree(dest / _ENGINE, ignore_errors=True)  # where Snakemake alone was killed
            with suppress(OSError):
                (dest / NAME).unlink()


def free(dest: Path) -> None:
    """Undo the lock of another host, or of a run that was cut off, and Snakemake's own.

    Raises:
        InputError: a run of this machine is at work there.
    """
    with _folder_locked(dest):
        (dest / NAME).unlink(missing_ok=True)
        shutil.rmtree(dest / _ENGINE, ignore_errors=True)


@contextmanager
def _folder_locked(dest: Path) -> Iterator[tuple[Holder | None, bool]]:
    """Whoever the folder belongs to, if anybody, and whether that is a dead process of this machine.

    The system's lock on the folder itself ends with the process, however that ends. Some network file systems have
    none for folders; what is written down then decides.

    Raises:
        InputError: a living process of this machine holds it.
    """
    folder = os.open(dest, os.O_RDONLY)
    try:
        held = False
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            held = True
        except OSError:
            pass
        holder = _holder(dest)
        here = holder is not None and holder.host == _HOST
        if held or (here and _lives(holder)):
            who = str(holder) if holder else "another process"
            end = f", or end it (kill {holder.pid})" if here else ""
            raise InputError(f"another study is at work there: {who}; wait for it{end}, or name another --dest", dest)
        yield holder, here
    finally:
        os.close(folder)


def _holder(dest: Path) -> Holder | None:
    path = dest / NAME
    return read_json(path, Holder, "lock of a study") if path.exists() else None


def _lives(holder: Holder) -> bool:
    """Is the process there, and not another one that got its number later?"""
    import psutil

    try:
        return psutil.Process(holder.pid).create_time() <= holder.since + 1 and holder.pid != os.getpid()
    except psutil.Error:
        return False


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
