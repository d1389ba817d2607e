"""A study to begin with: a commented file with all sections, and a small grammar."""

from __future__ import annotations

import os
import re
from importlib.resources import files
from pathlib import Path

from ..errors import InputError
from ..files import new_folder, write_file

FILES = (
    ("study.toml", "what is asked: change it"),
    ("grammar.toml", "a small grammar: change it, or name another"),
)


def new_study(folder: str | Path) -> Path:
    """Make a folder with a study that runs as it is; returns the study file.

    Args:
        folder: new, or empty.

    Raises:
        InputError: it is not empty, or cannot be made.
    """
    folder = Path(folder)
    if folder.is_dir() and (found := sorted(os.listdir(folder))):
        raise InputError(f"is not empty (it holds {found[0]}); name a new folder", folder)
    with new_folder(folder, False, "study --new", re.compile(""), "--new") as place:
        for name, _ in FILES:
            write_file(place / name, (files(__package__) / "new" / name).read_text(encoding="utf-8"))
    return folder / FILES[0][0]
