"""The top of a study file, and how its sections are found: names, files, sections that there may be several of."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..files import read_toml
from ..phonology.grammar import Grammar
from ..text import listed
from . import reads
from .sections import SECTIONS, SEVERAL, Options, files_of, homes_of, shown, title
from .source import Source

TOP = {
    "name": "title of the page of results (default: the name of the file)",
    "grammar": "the grammar file; without it no nonce words, no stimuli",
    "process": "the process that is studied, or a list of several",
    "with": "optional processes of the grammar that apply",
    "seeds": "how many models of each kind, from the seeds 1, 2, ...; or the seeds themselves as a list (default: 6)",
    "user_dir": "folder of a task or an architecture of your own, as for fairseq's --user-dir",
    "task": "the name of that task (default: phonology)",
}
_NAME = re.compile(r"[^\W_][\w.-]*")  # of a folder, on every system
_RESERVED = {"data", "stimuli.tsv"}  # stand beside the folders of models
_LONGEST = 60


class Reader:
    """Reads one file; refuses keys that it does not have.

    Attributes:
        source: the file.
        table: what it says.
        grammar: relative to the folder of the study; None without one.
        processes: those that are studied.
        include: optional ones that apply.
    """

    def __init__(self, source: Source):
        self.source, self.table = source, source.table
        allowed = [*TOP, "model", "models", *SECTIONS]
        for key in self.table:
            if key not in allowed:
                homes = [title(name) for name in homes_of(key.replace("-", "_"))]
                if homes and not isinstance(self.table[key], Mapping):
                    where = listed(homes, "or")
                    raise self.error(f"{key!r} stands above the sections; it is a key of {where}: below that line", key)
                raise source.unknown(allowed, "at the top", key)
        for name in [name for name in SECTIONS if isinstance(self.table.get(name), Mapping)]:
            for keys in self.several(name).values() if name in SEVERAL else [(name,)]:
                self._check_keys(*keys)

    def _check_keys(self, *keys: str) -> None:
        """Are all keys of a section its own, and none there twice, once with ``-`` and once with ``_``?"""
        section, seen = SECTIONS[keys[0]], {}
        for written in self.section(*keys):
            key, named = written.replace("-", "_"), title(*keys)
            if key in seen:
                raise self.error(
                    f"found {seen[key]!r} and {written!r}, which are one key; leave one out", *keys, written
                )
            seen[key] = written
            if key in section.all_keys():
                continue
            if why := section.why_not(key):
                raise self.error(f"{named} found {written!r}, which a study gives itself: {why}", *keys, written)
            if key in TOP:
                raise self.error(f"{named} found {written!r}; it stands at the top of the file", *keys, written)
            homes = listed((title(home) for home in homes_of(key)), "or")
            where = f"in {named}" + (f" (it is one of {homes})" if homes else "")
            raise self.source.unknown(section.all_keys(), where, *keys, written)

    def error(self, message: str, *keys: str) -> Exception:
        """As of the file."""
        return self.source.error(message, *keys)

    def text(self, key: str, default: str) -> str:
        found = self.table.get(key, default)
        if not isinstance(found, str) or not found.strip() or not found.isprintable():
            raise self.error(f"{key}: found {shown(found)}; allowed: a text in one line", key)
        return found

    def folder(self, key: str) -> str | None:
        return None if key not in self.table else self.source.file(self.text(key, ""), key, folder=True)

    def names(self, table: Mapping[str, Any], *keys: str) -> tuple[str, ...]:
        """A text or a list of texts, none twice."""
        found = table.get(keys[-1], [])
        names = [found] if isinstance(found, str) else found
        if not isinstance(names, list) or not all(isinstance(name, str) and name for name in names):
            raise self.error(f"{keys[-1]}: found {shown(found)}; allowed: a text, or a list of texts", *keys)
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise self.error(f"{keys[-1]} has {twice!r} twice; leave one out", *keys)
        return tuple(names)

    def read_top(self) -> None:
        """The grammar, and what is asked about it."""
        self.grammar = None
        known: Mapping[str, bool] = {}
        if "grammar" in self.table:
            self.grammar = self.source.file(self.text("grammar", ""), "grammar")
            known = _processes_of(reads.place(self.grammar, self.source.dest))
        self.processes, self.include = (self.names(self.table, key) for key in ("process", "with"))
        for key, names in (("process", self.processes), ("with", self.include)):
            if names and self.grammar is None:
                raise self.error(f"found {key} without grammar = FILE, whose process it is", key)
            for name in names:
                if name not in known:
                    raise self.error(f"the grammar has no process {name!r}; it has: {', '.join(known)}", key)
                if key == "process" and known[name] and name not in self.include:
                    raise self.error(f"the process {name!r} is optional: it applies only with = [{name!r}]", key)

    def section(self, *keys: str) -> Mapping[str, Any]:
        """The table under these keys."""
        table: Any = self.table
        for key in keys:
            table = table.get(key, {})
        if not isinstance(table, Mapping):
            raise self.error(f"{keys[-1]}: found {shown(table)}; allowed: a section, {title(*keys)}", *keys)
        return table

    def several(self, section: str) -> dict[str, tuple[str, ...]]:
        """Names of the sections [section.NAME], with their keys; one without a name has that of `SEVERAL`."""
        table = self.section(section)
        named = {name: one for name, one in table.items() if isinstance(one, Mapping)}
        if plain := next((key for key in table if key not in named), None):
            if named:
                other = title(section, next(iter(named)))
                raise self.error(
                    f"{title(section)} found {plain!r} beside {other}; give it a name, too", section, plain
                )
            return {SEVERAL[section]: (section,)}
        if section in self.table and not named:
            return {SEVERAL[section]: (section,)}
        self.check_names(named, section)
        return {name: (section, name) for name in named}

    def check_names(self, names: Iterable[str], section: str) -> None:
        """Are these names of folders, on every system?"""
        seen: dict[str, str] = {}
        for name in names:
            if not _NAME.fullmatch(name) or len(name) > _LONGEST or name.endswith(".") or name in _RESERVED:
                kept = f", but not {listed(sorted(_RESERVED), 'or')}" if name in _RESERVED else ""
                raise self.error(
                    f"{title(section, shown(name))}: the name becomes a folder; allowed: letters, digits, - _ . (a "
                    f"letter or digit first, up to {_LONGEST} characters){kept}",
                    *(section, name),
                )
            if name.casefold() in seen:
                other = seen[name.casefold()]
                raise self.error(f"{section}: {other} and {name} would be one folder on some systems", section, name)
            seen[name.casefold()] = name

    def file(self, own: Mapping[str, Any], *keys: str) -> Options:
        """The file under a section's own key; it must be there."""
        if keys[-1] not in own:
            raise self.error(f"{title(*keys[:-1])} needs {keys[-1]} = FILE", *keys[:-1])
        if not isinstance(own[keys[-1]], str) or not own[keys[-1]]:
            raise self.error(f"{title(*keys[:-1])} {keys[-1]}: found {shown(own[keys[-1]])}; allowed: a file", *keys)
        return files_of(self.source, own[keys[-1]], *keys)


def _processes_of(grammar: Path) -> dict[str, bool]:
    """The processes of a grammar, and whether each is optional; without its segments' features, which take a second."""
    try:
        table = read_toml(grammar)[1]
        return {entry["name"]: bool(entry.get("optional")) for entry in table.get("process", [])}
    except (InputError, KeyError, TypeError, AttributeError):  # it says better what is wrong
        return {process.name: process.optional for process in Grammar.load(grammar).processes}
