"""Folders and files that appear whole or not at all: made under a temporary name beside their place, then renamed."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from .phonology.errors import InputError


@contextmanager
def new_folder(dest: str | Path, overwrite: bool, maker: str, ours: re.Pattern, option: str) -> Iterator[Path]:
    """A folder to fill, which becomes ``dest`` if all goes well and vanishes if not.

    Args:
        dest: must not exist, or be empty, or, with ``overwrite``, hold nothing but what the same verb once made.
        overwrite: replace what is there.
        maker: the verb that makes it.
        ours: the names that the verb gives to what it puts there.
        option: by which the user named ``dest``.

    Raises:
        InputError: ``dest`` may not be used, or cannot be written.
    """
    dest = Path(os.path.abspath(dest))
    check_free(dest, overwrite, maker, ours, option)
    work, old = (dest.with_name(f".{dest.name}.{os.getpid()}.{what}") for what in ("new", "old"))
    try:
        work.mkdir(parents=True)
    except OSError as error:
        raise InputError(f"cannot be made: {error.strerror or error}", dest) from error
    try:
        yield work
        if dest.exists():
            os.rename(dest, old)
        os.rename(work, dest)
    finally:
        for folder in (work, old):
            shutil.rmtree(folder, ignore_errors=True)


def check_free(dest: Path, overwrite: bool, maker: str, ours: re.Pattern, option: str) -> None:
    """May this verb make, or replace, the folder? See `new_folder`.

    Raises:
        InputError: it may not.
    """
    if not dest.exists():
        return
    if not dest.is_dir():
        raise InputError(f"is a file; {option} names a folder", dest)
    found = sorted(path.name for path in dest.iterdir())
    if found and not overwrite:
        raise InputError(f"is not empty (it holds {found[0]}); name another folder or add --overwrite", dest)
    foreign = [name for name in found if not ours.fullmatch(name)]
    if foreign:
        raise InputError(f"holds {foreign[0]}, which {maker} did not make: --overwrite would delete it", dest)


def check_new_file(out: str | Path, overwrite: bool, read: Mapping[str, str | Path | None]) -> None:
    """May ``--out`` name this file? Asked before any work is done; `write_file` then writes it.

    Args:
        out: the file; must not exist, unless ``overwrite``.
        overwrite: an earlier file may be replaced, though none that is read.
        read: the files that are read, by what they are; None for one that was not given. Two parallel files may be
            given as ``UR,SR``.

    Raises:
        InputError: it may not.
    """
    out = Path(out)
    if out.exists():
        for what, source in read.items():
            for path in () if source is None else (source,) if Path(source).exists() else str(source).split(","):
                if Path(path).exists() and out.samefile(path):
                    raise InputError(f"--out is the {what} that is read; name another file", out)
        if not out.is_file():
            raise InputError("is no file; --out names a file", out)
        if not overwrite:
            raise InputError("exists; name another file or add --overwrite", out)
    if not out.parent.is_dir():
        raise InputError(f"cannot write: no such folder {out.parent}", out)


def write_file(out: str | Path, text: str) -> None:
    """Write a UTF-8 text file in one step.

    Raises:
        InputError: it cannot be written. What stood there before stays.
    """
    beside = Path(f"{out}.part")
    try:
        beside.write_text(text, encoding="utf-8", newline="\n")
        os.replace(beside, out)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise InputError(f"cannot write: {error.strerror}", out) from None
