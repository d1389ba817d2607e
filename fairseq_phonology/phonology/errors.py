"""The one exception that says: what the user gave cannot be used. Anyone may raise it."""

from __future__ import annotations

from pathlib import Path


class InputError(ValueError):
    """One clear sentence about the user's input: where, what was found, what is allowed.

    The verbs of ``fairseq-phonology`` and the checks of the fairseq task print it as one line
    and exit with status 2; from Python it is an ordinary ``ValueError``.

    Args:
        message: what was found and what is allowed instead.
        path: the file it was found in, if any.
        line: the line number in that file, counted from 1, if any.
    """

    def __init__(self, message: str, path: str | Path | None = None, line: int | None = None):
        where = "" if path is None else f"{path}: " if line is None else f"{path}, line {line}: "
        super().__init__(where + message)
        self.message, self.path, self.line = message, path, line
