"""Who works on a folder or a file: one process at a time. The only place that locks."""

from __future__ import annotations

import atexit
import os
import socket
import stat
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import msgspec

from ..errors import InputError
from ..text import shown

try:
    import fcntl
except ImportError:  # Windows has no such locks
    fcntl = None  # type: ignore[assignment]

HOST = socket.gethostname()
_BEGIN = b'{"host":'  # of every lock; see `Holder`
TRAINING_LOCK = ".lock"  # in the folder of a training


class Busy(InputError):
    """Another process has the lock."""


class Holder(msgspec.Struct, frozen=True):
    """Who is at work.

    Attributes:
        host: the machine.
        pid: the process.
        since: when it began with the work, in seconds since 1970.
        born: when the process was started, as Linux counts; empty where the system does not tell.
        group: the process group of what it started; None where it started nothing.
    """

    host: str
    pid: int
    since: float
    born: str = ""
    group: int | None = None

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host}, since {time.strftime('%Y-%m-%d %H:%M', time.localtime(self.since))}"

    @property
    def here(self) -> bool:
        """Whether it is one of this machine."""
        return self.host == HOST

    @property
    def lives(self) -> bool:
        """Whether it is another process of this machine, and not one that got its number later."""
        return self.here and self.pid != os.getpid() and bool(self.born) and _born(self.pid) == self.born


class Lock:
    """Held by one process at a time, until it is freed or the process ends, however that comes.

    It is the system's lock on a small file, in which the holder writes who it is. The file goes when the lock is freed;
    a process that is killed leaves it behind, unlocked. A forked child does not hold the lock of its parent. Where the
    file system has no locks, what is written down decides, as far as it is about a process of this machine; else a
    note is printed, and the work goes on.

    Args:
        path: the file; its folder must be there.
        place: what messages are about: the folder or file that is worked on.
        busy: what is said where another process has it, as in "is being written"; who that is follows.
        other: what else to do than to wait for its end, as in "name another --out".
        wait: wait for the end of the one who has it; called once before, with who that is.
        check: called with who had it last and was killed, or None; raises where the lock must not be taken.

    Attributes:
        left: who had it last and was killed; None where it was freed.

    Raises:
        Busy: another process has it.
        InputError: the file cannot be made.
    """

    def __init__(
        self,
        path: Path,
        place: Path,
        busy: str,
        other: str,
        wait: Callable[[str], object] | None = None,
        check: Callable[[Holder | None], object] | None = None,
    ):
        self._path, self._since = path, time.time()
        self.left: Holder | None = None
        said = False
        while True:
            try:
                self._file = _opened(path, place)
            except OSError as error:
                raise InputError(f"cannot be written: {error.strerror or error}", place) from None
            locked = None
            try:
                locked = _lock(self._file)
                self.left = _read(self._file)
                if locked is None or (not locked and self.left and self.left.lives):
                    who = str(self.left or "another process")
                    if not wait:
                        end = f", or end it (kill {self.left.pid})" if self.left and self.left.here else ""
                        raise Busy(f"{busy}: {who}; wait for it{end}, or {other}", place)
                    if not said:
                        wait(who)
                        said = True
                    locked = _awaited(self._file, path)
                    self.left = _read(self._file)
                if _is(self._file, path):  # who had it removes it: others would lock another file of this name
                    if check:
                        check(self.left)
                    break
            except BaseException:
                if locked and not self.left and _is(self._file, path):
                    path.unlink()
                os.close(self._file)
                raise
            os.close(self._file)
        self._sure = locked is not False
        if not self._sure and self.left and not self.left.here:
            note = f"note: {place}: this file system has no locks; {self.left}, was at work there and may still be"
            print(shown(note), file=sys.stderr)
        _held.add(self)
        atexit.register(self.free)
        self.note()

    def note(self, group: int | None = None) -> None:
        """Write down who holds it, and the process group of what was started."""
        holder = Holder(HOST, os.getpid(), self._since, _born(os.getpid()), group)
        with suppress(OSError):  # the disk is full, or the file another user's: it is locked all the same
            os.ftruncate(self._file, 0)
            os.lseek(self._file, 0, os.SEEK_SET)
            os.write(self._file, msgspec.json.encode(holder) + b"\n")

    def ended(self, pid: int) -> bool:
        """Whether it is certain that a process of this machine, which held the lock earlier, has ended."""
        return self._sure or (self.left is not None and self.left.pid == pid and bool(self.left.born))

    @property
    def is_held(self) -> bool:
        """Whether this process has it: neither freed it, nor is a child of the one that has it."""
        return self in _held

    def free(self) -> None:
        """Let others have it; nothing is done twice, nor in a forked child."""
        if self in _held:
            _held.remove(self)
            atexit.unregister(self.free)
            is_own = _is(self._file, self._path)
            if not fcntl:
                os.close(self._file)  # Windows removes no file that is open
            with suppress(OSError):  # before it is unlocked: what others lock then would not be this file
                if is_own:
                    os.unlink(self._path)
            if fcntl:
                os.close(self._file)

    def __enter__(self) -> Lock:
        return self

    def __exit__(self, *_: object) -> None:
        self.free()


def training_lock(save_dir: Path, wait: Callable[[str], object] | None = None) -> Lock:
    """The lock of a folder in which one process trains, which is made; the one that this process has, if it has it.

    Args:
        save_dir: the folder.
        wait: as for a `Lock`.

    Raises:
        Busy: another process trains there.
        InputError: nothing can be written there.
    """
    path = Path(os.path.realpath(save_dir), TRAINING_LOCK)
    if own := next((lock for lock in _held if lock._path == path), None):
        return own
    with suppress(OSError):  # the lock then says what is wrong
        save_dir.mkdir(parents=True, exist_ok=True)
    return Lock(path, save_dir, "is trained in", "name another --save-dir", wait=wait)


_held: set[Lock] = set()


def _drop_all() -> None:
    """In a forked child, which may outlive its parent: the lock is the parent's alone."""
    for lock in _held:
        os.close(lock._file)
    _held.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_drop_all)


def _opened(path: Path, place: Path) -> int:
    """The file to lock.

    Raises:
        OSError: it cannot be made.
        InputError: something else has its name, which would be overwritten, and removed in the end.
    """
    try:
        file = _open(path)
    except OSError:
        if not (os.path.lexists(path) and (path.is_symlink() or not path.is_file())):
            raise
        what = "a symbolic link" if path.is_symlink() else "a folder" if path.is_dir() else "no ordinary file"
    else:
        found = os.fstat(file)
        if not stat.S_ISREG(found.st_mode):
            what = "no ordinary file"
        elif found.st_nlink > 1:
            what = "a file that has another name, too (a hard link)"
        elif not _BEGIN.startswith(os.read(file, len(_BEGIN))):  # a kill, or a full disk, may have left half of it
            what = "a file of something else"
        else:
            return file
        os.close(file)
    raise InputError(f"is {what}, where the lock of {place} belongs; move it away", path)


def _open(path: Path) -> int:
    """Which all users may open. Who names O_CREAT may not open another's in a sticky folder."""
    safe = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)  # nor waits for the other end of a pipe
    try:
        return os.open(path, os.O_RDWR | safe)
    except FileNotFoundError:
        file = os.open(path, os.O_RDWR | os.O_CREAT | safe, 0o644)
        with suppress(OSError, AttributeError):
            os.fchmod(file, 0o644)  # whatever the umask
        return file
    except PermissionError:
        return os.open(path, os.O_RDONLY | safe)


def _lock(file: int) -> bool | None:
    """Whether it is locked now; None: another process has it; False: the file system has no locks."""
    if fcntl is None:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    except BlockingIOError:
        return None
    except OSError:
        return False


def _awaited(file: int, path: Path) -> bool:
    """As `_lock`, after the end of the process that has it."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        return True
    except (AttributeError, OSError):
        while (holder := _read(file)) and holder.lives and _is(file, path):
            time.sleep(0.2)
        return False


def _is(file: int, path: Path) -> bool:
    """Whether the open file is the one that has this name now."""
    try:
        return os.path.samestat(os.fstat(file), os.lstat(path))
    except FileNotFoundError:
        return False


def _read(file: int) -> Holder | None:
    """Who is written down; None where nobody is."""
    with suppress(OSError, msgspec.DecodeError):
        os.lseek(file, 0, os.SEEK_SET)
        return msgspec.json.decode(os.read(file, 4096), type=Holder)
    return None


def _born(pid: int) -> str:
    """When a process was started, in ticks since the machine was; empty where there is none, or no such record."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""
