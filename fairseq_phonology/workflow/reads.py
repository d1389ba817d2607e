"""What a step reads of the user's, as a digest: by it a change is seen, and by nothing else."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from ..files import read_toml, sha256_of_parts

_UNTRAINED = ("language", "citation", "controls")  # of a grammar: no figure of a training depends on them


def digest(path: Path, training: bool = False) -> str:
    """SHA-256 of what a file says: of TOML its content without comments and layout, of others the bytes; "" if none.

    Args:
        path: the file.
        training: only of what a training reads, if it is a grammar.
    """
    try:
        content = path.read_bytes()
    except OSError:
        return ""
    if path.suffix == ".toml":
        with suppress(ValueError):  # its reader says what is wrong
            _, table = read_toml(path)
            read = {key: value for key, value in table.items() if not (training and key in _UNTRAINED)}
            content = json.dumps(read, ensure_ascii=False, default=str).encode()
    return sha256_of_parts([content])


def place(path: str, dest: Path) -> Path:
    """Where a file lies that is named relative to a folder, which need not be there yet."""
    return Path(os.path.normpath(dest / path))


def files(paths: Iterable[str], dest: Path) -> Iterator[str]:
    """The files that are meant, relative to ``dest``: of a folder, which is a user-dir, its Python modules."""
    for path in dict.fromkeys(paths):
        if (folder := place(path, dest)).is_dir():
            yield from (f"{path}/{module}" for module in _modules(folder))
        else:
            yield path


def _modules(user_dir: Path) -> Iterator[str]:
    """Python files of a package, and those of the packages in it."""
    for path in sorted(user_dir.iterdir()):
        if path.suffix == ".py":
            yield path.name
        elif (path / "__init__.py").is_file():
            yield from (f"{path.name}/{module}" for module in _modules(path))
