"""Folders that appear whole or not at all: made under a temporary name beside their place, then renamed."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
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
