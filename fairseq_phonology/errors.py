"""The one error for input that cannot be used, and how a command of fairseq ends with it: one line, exit status 2."""

from __future__ import annotations

import atexit
import contextlib
import logging
import os
import re
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

from .text import shown

NOT_FINITE = "the model computes scores that are not finite: its training has failed, or its weights are damaged"


class InputError(ValueError):
    """Input that cannot be used, in one line: where, what was found, what is allowed.

    The verbs of ``fairseq-phonology`` and the checks of the fairseq task print it as one line
    and exit with status 2; from Python it is an ordinary ``ValueError``.

    Args:
        message: what was found and what is allowed instead.
        path: the file it was found in, if any.
        line: the line number in that file, counted from 1, if any.
    """

    def __init__(self, message: str, path: str | Path | None = None, line: int | None = None):
        where = "" if path is None else f"{path}: " if line is None else f"{path}, line {line}: "
        super().__init__(shown(where + message))
        self.message, self.path, self.line = message, path, line


def logger_of(module: str) -> logging.Logger:
    """The logger of a module, whose messages are shown in one line; see `fairseq_phonology.text.shown`."""
    logger = logging.getLogger(module)
    logger.addFilter(_in_one_line)
    return logger


def _in_one_line(record: logging.LogRecord) -> bool:
    record.msg, record.args = shown(record.getMessage()), ()
    return True


def in_fairseq_command() -> bool:
    """Whether this process is ``fairseq-train`` or one of its siblings, and not a script or a notebook."""
    program = Path(sys.argv[0] if sys.argv else "")
    if program.stem == "fairseq-phonology":
        return False
    return program.stem.startswith("fairseq-") or program.parent.name == "fairseq_cli"


_refused: list[str] = []


def refused() -> bool:
    """Whether this process is ending because something was refused."""
    return bool(_refused)


@contextlib.contextmanager
def refusals() -> Iterator[None]:
    """Turn an `InputError` into one line on stderr and exit status 2 where a fairseq command runs.

    Everywhere else the error goes on as it is. Use it as a ``with`` block, not as a decorator: fairseq looks at the
    argument names of ``build_model``, which a decorator would hide.
    """
    try:
        yield
    except InputError as error:
        if not in_fairseq_command():
            raise
        _refused.append(str(error))
        sys.stdout.flush()
        print(f"fairseq_phonology: error: {error}", file=sys.stderr, flush=True)
        if _batches_are_prepared():
            # while fairseq's thread prepares the next batches, Python's ordinary end may abort with a status of its own
            atexit._run_exitfuncs()
            sys.stdout.flush()
            os._exit(2)
        raise SystemExit(2) from None


@contextlib.contextmanager
def in_our_words(pattern: str, said: str, kinds: tuple[type[Exception], ...] = (AssertionError,)) -> Iterator[None]:
    """Turn an error of fairseq's into an `InputError`.

    Args:
        pattern: found in the messages that are meant; others go on as they are.
        said: instead; ``{}`` is fairseq's message.
        kinds: of errors.

    Raises:
        InputError: fairseq says that.
    """
    try:
        yield
    except kinds as error:
        if isinstance(error, InputError) or not re.search(pattern, str(error)):
            raise
        raise InputError(said.format(error)) from error


def _batches_are_prepared() -> bool:
    """Whether a thread of fairseq's is at work on batches to come."""
    iterators = sys.modules.get("fairseq.data.iterators")
    return iterators is not None and any(isinstance(t, iterators.BackgroundConsumer) for t in threading.enumerate())
