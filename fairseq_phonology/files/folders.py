"""Folders and files that a verb makes: whole or not at all, by one process at a time, in place of nothing unasked.

What is made stands in a hidden folder beside its place, ``.NAME.PID@HOST.new``, until it is complete; then it is
renamed. A folder that it replaces is renamed to ``.NAME.PID@HOST.old`` before. What a kill leaves of them is put right
by the next verb that names the place.
"""

from __future__ import annotations

import itertools
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from ..errors import InputError
from ..text import shown
from .lock import HOST, Lock

_Seen = dict[str, tuple[int, int, int]]  # path within -> inode, bytes, time of change


@contextmanager
def new_folder(dest: str | Path, overwrite: bool, maker: str, ours: re.Pattern, option: str) -> Iterator[Path]:
    """A folder to fill, which becomes ``dest`` if all goes well and vanishes if not.

    Args:
        dest: must not exist, or be empty, or, with ``overwrite``, hold only what the same verb made earlier.
        overwrite: replace what is there.
        maker: the verb that makes it.
        ours: the names that the verb gives to what it puts there.
        option: by which the user named ``dest``.

    Raises:
        InputError: ``dest`` may not be used, is made by another process, or cannot be written; or something was put
            there meanwhile, which stays: the result then is beside it.
    """
    dest = Path(os.path.abspath(dest))
    with _made(dest, option, lambda: check_free(dest, overwrite, maker, ours, option)) as work:
        yield work


@contextmanager
def new_file(out: str | Path | None, overwrite: bool, read: Mapping[str, str | Path | None]) -> Iterator[Path | None]:
    """A file to write, which becomes ``--out`` if all goes well; see `new_folder`.

    Args:
        out: the file; must not exist, unless ``overwrite``. None: none is wanted, and none is given.
        overwrite: an earlier file may be replaced, though none that is read.
        read: the files that are read, by what they are; None for one that was not given. Two parallel files may be
            given as ``UR,SR``.

    Raises:
        InputError: as for a folder.
    """
    if out is None:
        yield None
        return
    out = Path(out)
    with _made(out, "--out", lambda: _check_file(out, overwrite, read), out.name) as work:
        yield work / out.name


def check_free(dest: Path, overwrite: bool, maker: str, ours: re.Pattern, option: str) -> None:
    """May this verb make, or replace, the folder? See `new_folder`.

    Raises:
        InputError: it may not.
    """
    if not dest.exists() and not dest.is_symlink():
        return
    if not dest.is_dir():
        what = "a file" if dest.exists() else "a symbolic link to nothing"
        raise InputError(f"is {what}; {option} must name a folder", dest)
    found = sorted(path.name for path in dest.iterdir())
    if found and not overwrite:
        raise InputError(f"is not empty (it holds {found[0]}); name another folder or add --overwrite", dest)
    foreign = [name for name in found if not ours.fullmatch(name)]
    if foreign:
        raise InputError(f"holds {foreign[0]}, which {maker} did not make: --overwrite would delete it", dest)
    if dest.samefile(os.curdir):
        raise InputError(f"is the folder that you are in; {option} must name another", dest)


def _check_file(out: Path, overwrite: bool, read: Mapping[str, str | Path | None]) -> None:
    if out.is_symlink() and not out.exists():
        raise InputError("is a symbolic link to no file; --out must name a file", out)
    if out.exists():
        for what, source in read.items():
            for path in () if source is None else (source,) if Path(source).exists() else str(source).split(","):
                if Path(path).exists() and out.samefile(path):
                    raise InputError(f"--out is the {what} that is read; name another file", out)
        if not out.is_file():
            raise InputError("is not a file; --out must name a file", out)
        if not overwrite:
            raise InputError("exists; name another file or add --overwrite", out)
    if not out.parent.is_dir():
        raise InputError(f"cannot write: no such folder {out.parent}", out)


@contextmanager
def alone(place: str | Path, option: str) -> Iterator[Lock | None]:
    """While the block runs, no other process that asks for this works on the place, a folder or a file.

    Its parent folders are made, and removed if the place is not there at the end. There is no lock where nothing can be
    written: what is written then fails by itself.

    Raises:
        InputError: another process does, or its parent folders cannot be made.
    """
    real = Path(os.path.realpath(place))
    parents = [parent for parent in real.parents if not parent.exists()]
    if file := next((parent for parent in real.parents if parent.is_file()), None):
        raise InputError(f"cannot be made: {file} is a file", place)
    try:
        try:
            real.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(f"cannot be made: {error.strerror or error}", place) from error
        if os.access(real.parent, os.W_OK):
            file = real.with_name(f".{real.name}.lock")
            with Lock(file, Path(place), "is being written", f"name another {option}") as lock:
                yield lock
        else:
            yield None
    finally:
        for parent in () if real.exists() else parents:
            with suppress(OSError):
                parent.rmdir()


def restore(path: str | Path) -> None:
    """Put back the folder that a killed run was about to replace, where it is still under a hidden name.

    Args:
        path: what is to be read: such a folder, or something in it.

    Raises:
        InputError: it is being replaced at this moment.
    """
    real = Path(os.path.realpath(path))
    for place in (real, *real.parents):
        if not os.path.lexists(place) and any(what == "old" for *_, what in _left(place)):
            with alone(place, "folder") as lock:
                _put_right(place, place, lock)


@contextmanager
def _made(named: Path, option: str, check: Callable[[], None], file: str = "") -> Iterator[Path]:
    """A hidden folder that takes the place of what is named, or of which one file does."""
    try:
        check()
    except OSError as error:
        raise InputError(f"cannot be made: {error.strerror or error}", named) from error
    real = Path(os.path.realpath(named))
    with alone(named, option) as lock:
        try:
            _put_right(real, named, lock)
            check()
            seen = _seen(real)
            work, old = (real.with_name(f".{real.name}.{os.getpid()}@{HOST}.{what}") for what in ("new", "old"))
            work.mkdir()
        except OSError as error:
            raise InputError(f"cannot be made: {error.strerror or error}", named) from error
        try:
            yield work
            try:
                _put_file(work / file, real, seen) if file else _put_folder(work, real, seen, old)
            except OSError as error:
                raise InputError(_kept(work / file, real, old, error), named) from error
        except (InputError, OSError) as error:
            path = error.path if isinstance(error, InputError) else error.filename
            if path is None or not Path(path).is_relative_to(work):
                raise
            # the user knows it by its own name
            path = named if file else named / Path(path).relative_to(work)
            if isinstance(error, InputError):
                raise InputError(error.message, path, error.line) from error
            raise InputError(f"cannot be written: {error.strerror or error}", path) from error
        finally:
            shutil.rmtree(work, ignore_errors=True)


def _put_folder(work: Path, real: Path, seen: _Seen, old: Path) -> None:
    """The system refuses to remove a folder that is not empty, and to rename a folder to what is no empty one."""
    if not (seen and real.is_dir()):
        if real.is_dir():
            os.rmdir(real)
        os.rename(work, real)
        return
    try:
        os.rename(real, old)  # then nobody finds it any more to change it
        if _seen(old) != seen:
            raise FileExistsError
        os.rename(work, real)
    except BaseException:
        if old.exists() and work.exists():
            os.rename(old, _free_name(real, folder=True) if os.path.lexists(real) else real)
        raise
    with suppress(OSError):
        os.rename(old, work)  # it may be removed now; what still is called old may not, whatever happened


def _put_file(file: Path, real: Path, seen: _Seen) -> None:
    if now := _seen(real):
        if now != seen:
            raise FileExistsError
        os.replace(file, real)
        return
    try:
        os.link(file, real)  # which the system refuses where something is
    except OSError:
        if os.path.lexists(real):
            raise FileExistsError from None
        os.rename(file, real)  # a file system without links


def _kept(made: Path, real: Path, old: Path, error: OSError) -> str:
    """What is said where something stands in the way: neither the result nor what it should replace is lost."""
    why = f"cannot be written: {error.strerror or error}"
    if os.path.lexists(real):
        why = "was changed by another program meanwhile, and stays as it is"
    if old.exists():
        why += f"; what was there earlier is in {old}, and the next run puts it back"
    beside = _free_name(real, made.is_dir())
    try:
        os.rename(made, beside)
    except OSError:
        return why
    return f"{why}; the result is in {beside}"


def _free_name(real: Path, folder: bool) -> Path:
    """Beside it: ``out.new``, ``list.new.tsv``."""
    stem, ending = (real.name, "") if folder else (real.stem, real.suffix)
    names = (f"{stem}.new{number or ''}{ending}" for number in itertools.count())
    return next(path for path in map(real.with_name, names) if not os.path.lexists(path))


def _seen(place: Path) -> _Seen:
    """What is there, so that it is known whether it is still the same; empty where nothing is."""
    if not place.is_dir():
        return {"": _mark(place)} if os.path.lexists(place) else {}
    return {str(path.relative_to(place)): _mark(path) for path in place.rglob("*")}


def _mark(path: Path) -> tuple[int, int, int]:
    found = path.lstat()
    return (found.st_ino, 0, 0) if path.is_dir() else (found.st_ino, found.st_size, found.st_mtime_ns)


def _left(place: Path) -> list[tuple[Path, int, str, str]]:
    """What runs have left beside it that were killed, or are at work: path, process, host; ``new`` or ``old``."""
    name = re.compile(rf"\.{re.escape(place.name)}\.(\d+)@(.+)\.(new|old)")
    try:
        found = [(path, name.fullmatch(path.name)) for path in sorted(place.parent.iterdir())]
    except OSError:
        return []
    return [(path, int(match[1]), match[2], match[3]) for path, match in found if match]


def _put_right(real: Path, named: Path, lock: Lock | None) -> None:
    """Remove what killed runs have left half-made, and put back what they were about to replace."""
    for path, pid, host, what in sorted(_left(real), key=lambda left: left[-1], reverse=True):
        note = ""
        if host != HOST or not (lock and lock.ended(pid)):
            note = f"process {pid} on {host} has left {path.name} beside it, unless it is still at work"
        elif what == "new":
            shutil.rmtree(path)
        elif os.path.lexists(real):
            beside = _free_name(real, folder=True)
            os.rename(path, beside)
            note = f"process {pid} was killed while it replaced what was there earlier; that is now in {beside}"
        else:
            os.rename(path, real)
            note = f"process {pid} was killed while it replaced this; it is put back as it was"
        if note:
            print(shown(f"note: {named}: {note}"), file=sys.stderr)
