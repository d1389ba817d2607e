"""A study file as TOML: its text, its tables, and the lines that its keys stand in, for messages."""

from __future__ import annotations

import contextlib
import difflib
import os
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..files import read_toml


@dataclass(frozen=True)
class Source:
    """A TOML file, and the folder that its study is made in.

    Attributes:
        path: the file.
        dest: folder of the study, without symbolic links, as its commands see it; the files that the study names are
            given relative to it.
        text: of the file, NFC, lines parted by ``\\n``.
        table: what it says.
    """

    path: Path
    dest: Path
    text: str
    table: Mapping[str, Any]

    @classmethod
    def read(cls, path: str | Path, dest: str | Path | None = None) -> Source:
        """Read a file; without ``dest``, its study is made beside it, in a folder of its name without the ending.

        Raises:
            InputError: it is not there, or no TOML.
        """
        path = Path(path)
        if path.is_dir():
            raise InputError(f"is a folder; name the study file, such as {path / 'study.toml'}", path)
        if not path.exists() and not path.is_symlink():
            raise InputError("no such file; fairseq-phonology study --new FOLDER makes one", path)
        text, table = read_toml(path)
        if dest is None and path.suffix == "":
            raise InputError("has no ending, so that its study cannot lie beside it; name a folder by --dest", path)
        return cls(path, Path(os.path.realpath(path.with_suffix("") if dest is None else dest)), text, table)

    def line_of(self, *keys: str) -> int | None:
        """The line, from 1, where a key's statement begins: that after which the file has the key.

        A statement ends with the first line up to which the text is TOML; a few hundred lines take milliseconds.
        """
        lines, begin = self.text.split("\n"), 0
        for end in range(1, len(lines) + 1):
            try:
                table: Any = tomllib.loads("\n".join(lines[:end]))
            except (ValueError, RecursionError):
                continue
            for key in keys:
                table = table.get(key) if isinstance(table, Mapping) else None
            if table is not None:
                return begin + 1
            begin = end
        return None

    def error(self, message: str, *keys: str) -> InputError:
        """The error about a key, with its line."""
        return InputError(message, self.path, self.line_of(*keys) if keys else None)

    def unknown(self, allowed: Iterable[str], where: str, *keys: str) -> InputError:
        """The error about a key that is none of those allowed; ``where``: the name of its section."""
        allowed = list(allowed)
        close = difflib.get_close_matches(keys[-1].replace("-", "_"), allowed, n=1)
        meant = f"did you mean {close[0]}? " if close else ""
        return self.error(f"unknown key {keys[-1]!r} {where}; {meant}allowed: {', '.join(allowed)}", *keys)

    def file(self, given: str, *keys: str, folder: bool = False) -> str:
        """A file that the study names, relative to `dest`, with forward slashes; one from the root stays so.

        Raises:
            InputError: it is not there, is a folder (or, with ``folder``, is none), or lies in `dest`, whose files the
                study replaces.
        """
        where = Path(os.path.expanduser(given))
        forms = [unicodedata.normalize(form, str(where)) for form in ("NFC", "NFD")]  # macOS names files in NFD
        places = [Path(os.path.abspath(self.path.parent / form)) for form in forms]
        found = next((place for place in places if os.path.exists(place)), None)  # not so if its name is too long
        what = "folder" if folder else "file"
        if found is None:
            near = places[0].parent
            there: list[str] = []
            with contextlib.suppress(OSError):  # a name that is too long, a folder that cannot be read
                there = [one.name for one in near.iterdir() if one.is_dir() == folder]
            close = difflib.get_close_matches(places[0].name, there, n=1, cutoff=0.75)
            meant = f"; did you mean {Path(given).with_name(close[0])}?" if close else ""
            raise self.error(f"{keys[-1]} = {given!r}: no such {what}, seen from {self._folder}{meant}", *keys)
        if found.is_dir() != folder:
            raise self.error(f"{keys[-1]} = {given!r} is a {'file' if folder else 'folder'}; allowed: a {what}", *keys)
        real = found.resolve()
        if self.dest in (real, *real.parents, *found.parents):
            raise self.error(
                f"{keys[-1]} = {given!r} lies in {self.dest}, whose files the study makes and replaces; move it", *keys
            )
        if where.is_absolute():
            return found.as_posix()
        try:
            return Path(os.path.relpath(found, self.dest)).as_posix()
        except ValueError:  # Windows: another drive
            return found.as_posix()

    @property
    def _folder(self) -> str:
        return "the folder of this file" if self.path.parent == Path() else str(self.path.parent)
