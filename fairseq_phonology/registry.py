"""What a user-dir adds by name: a decorator puts it in, an option asks for it, an unknown name lists the known ones."""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any, TypeVar

from .errors import InputError

Thing = TypeVar("Thing")
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class Registry:
    """Things of one kind, by name, in the order in which they came.

    Args:
        kind: what they are, as in ``callback``.
        decorator: the name of the function that puts one in.
        ours: names that fairseq_phonology has itself.
    """

    def __init__(self, kind: str, decorator: str, ours: Collection[str] = ()):
        self._kind, self._decorator, self._ours = kind, decorator, ours
        self._things: dict[str, Any] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """Those that were put in."""
        return tuple(self._things)

    def register(self, name: str) -> Callable[[Thing], Thing]:
        """A decorator that puts in what follows, and gives it back as it is.

        Raises:
            InputError: a name of other signs than small letters, digits and inner hyphens, or one that is taken. What
                is defined again (a cell of a notebook that runs twice) takes its own place.
        """
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise InputError(f"found the {self._kind} name {name!r}; allowed: small letters, digits and inner hyphens")
        if name in self._ours:
            raise InputError(f"{name!r} is a {self._kind} of fairseq_phonology; its own: {', '.join(self._ours)}")

        def put(thing: Thing) -> Thing:
            there = self._things.get(name, thing)
            if _place(there) != _place(thing):
                raise InputError(
                    f"the {self._kind} {name!r} is registered twice: by {_place(there)} and by {_place(thing)}"
                )
            self._things[name] = thing
            return thing

        return put

    def find(self, name: str) -> Any:
        """The thing of that name.

        Raises:
            InputError: there is none; the message lists those that there are, and how to add one.
        """
        if name not in self._things:
            known = ", ".join(self.names) or "none"
            raise InputError(
                f"no {self._kind} is called {name!r}; known: {known}; a module in --user-dir adds one with "
                f"@{self._decorator}"
            )
        return self._things[name]


def _place(thing: Any) -> str:
    return f"{getattr(thing, '__module__', '?')}.{getattr(thing, '__qualname__', thing)}"


def load_user_dir(path: str | Path) -> None:
    """Import a user-dir as fairseq does, for a verb of ours: it registers what it has.

    Raises:
        InputError: no such folder or module, or its name is that of another module.
    """
    path = Path(path).resolve()
    if not (path / "__init__.py").is_file():
        raise InputError("is not a user-dir: it has no __init__.py", path)
    loaded = sys.modules.get(path.name)
    if loaded is None:
        sys.path.insert(0, str(path.parent))
        loaded = importlib.import_module(path.name)
    if str(path) not in map(str, getattr(loaded, "__path__", [])):
        raise InputError(f"cannot be imported: there is another module called {path.name}; rename the folder", path)
