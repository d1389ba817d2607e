"""Files that are written under a temporary name, and files that are added to: never into a file of somebody else's.

A folder that others made may have links under the names that are written.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from .errors import InputError


@contextmanager
def replacing(path: str | Path, sync: bool = False, shared: bool = False) -> Iterator[Path]:
    """A file to write, beside ``path``, which takes its place if all goes well: a kill leaves the old file or the new.

    It is there, empty, so that who opens it by its name opens no link. Where ``path`` is a link, the link is replaced.

    Args:
        path: the file; its folder must be there.
        sync: wait until the disk has it, for what must survive a crash of the machine.
        shared: several processes may write it at once, so that each has a temporary file of its own. Else there is one
            name, so that what a kill leaves is replaced by the next try, and does not pile up.

    Raises:
        InputError: it cannot be written. What stood there before stays.
    """
    path, made = Path(path), None
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp" if shared else f"{path.name}.tmp")
    if temporary.is_dir() and not temporary.is_symlink():
        raise InputError(f"is a folder, and {path.name} is written under this name; move it away", temporary)
    try:
        with new_only(temporary) as file:  # open until the end: no other file gets its number
            made = os.fstat(file.fileno())
            yield temporary
            if sync:
                os.fsync(file.fileno())
            if not _is(made, temporary):
                raise InputError("was replaced by another program while it was written", temporary)
        os.replace(temporary, path)
    except BaseException as error:
        if made and _is(made, temporary):  # the name may be another writer's already
            with suppress(OSError):
                temporary.unlink()
        if isinstance(error, OSError):
            raise InputError(f"cannot be written: {error.strerror or error}", path) from None
        raise


def new_only(path: Path) -> BinaryIO:
    """A new file, open for writing, in place of a file or link of its name, which is removed and never written into.

    Raises:
        OSError: it cannot be made.
    """
    path.unlink(missing_ok=True)
    return open(path, "xb")  # which follows no link


def check_own(*paths: Path) -> None:
    """May these files, which need not exist, be written into, and these folders?

    Raises:
        InputError: one is a symbolic link, or a file that has another name, too.
    """
    for path in paths:
        if path.is_symlink():
            raise InputError("is a symbolic link, and what it leads to would be changed; remove the link", path)
        if path.is_file() and path.stat().st_nlink > 1:
            raise InputError("has another name (a hard link), and would be changed there, too; move it away", path)


def _is(made: os.stat_result, path: Path) -> bool:
    try:
        return os.path.samestat(made, os.lstat(path))
    except OSError:
        return False
