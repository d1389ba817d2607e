"""What any verb is given, looked at before it begins: paths that are no files, the streams and the encoding."""

from __future__ import annotations

import argparse
import errno
import io
import locale
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from ...errors import InputError
from ...files import check_plain, restore


def check_given(args: argparse.Namespace) -> None:
    """Check the options of a verb.

    Raises:
        InputError: a path that leads to a pipe or a device, which cannot be read twice and may never end; one that
            is read, in the folder that is to be replaced.
    """
    _check_replaced(args)
    for path in _texts(args):
        try:
            mode = os.stat(path).st_mode
        except (OSError, ValueError) as error:
            if getattr(error, "errno", None) == errno.ELOOP:
                raise InputError("is a loop of symbolic links", path) from None
            with suppress(ValueError):  # no path at all
                restore(path)
            continue  # the verb says better what is wrong with it
        check_plain(mode, path)


def _check_replaced(args: argparse.Namespace) -> None:
    """What is read does not lie in the folder that the verb is to replace: it would be deleted with it."""
    for option in ("out", "dest"):
        place = getattr(args, option, None) if getattr(args, "overwrite", False) else None
        if not isinstance(place, str) or not os.path.isdir(place):
            continue
        real = Path(place).resolve()
        others = {name: value for name, value in vars(args).items() if name != option}
        for path in _texts(argparse.Namespace(**others)):
            if os.path.exists(path) and real in (Path(path).resolve(), *Path(path).resolve().parents):
                raise InputError(f"lies in --{option} {place}, which is replaced; move it to another folder", path)


def _texts(args: argparse.Namespace) -> Iterator[str]:
    """Every text among the values, and its parts between commas: two parallel files are given as ``UR,SR``."""
    for name, value in vars(args).items():
        if name == "verb":  # a folder may be called so
            continue
        for each in value if isinstance(value, list | tuple) else [value]:
            if isinstance(each, str) and each:
                yield from dict.fromkeys([each, *filter(None, each.split(","))])


def ready_streams() -> None:
    """Give the process the standard streams that it was started without, and make them write any Unicode text."""
    while (lowest := os.open(os.devnull, os.O_RDWR)) <= 2:  # else the next file that is opened would get their number
        os.set_inheritable(lowest, True)
    os.close(lowest)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 (for the whole process)
        # Windows consoles and C locales would otherwise fail on IPA and Hangul; names of files may be no text at all
        if isinstance(stream := getattr(sys, name), io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def drop_output(error: OSError) -> None:
    """See to it that what is still to be printed is no second error, where standard output was the first."""
    try:
        if isinstance(error, BrokenPipeError):
            raise error
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def in_utf8_mode() -> None:
    """Start the program anew in Python's UTF-8 mode, where the locale has another encoding: in place of this process.

    Names of files are read in the encoding of the locale, and so are panphon's own tables. C locales are no such case:
    Python chooses its UTF-8 mode there by itself.
    """
    encoding = locale.getencoding().lower().replace("-", "").replace("_", "")
    if sys.flags.utf8_mode or encoding in ("utf8", "cp65001"):
        return
    words = [sys.executable, "-X", "utf8", *sys.orig_argv[1:]]
    if os.name == "nt":  # where what replaces a process does not keep the caller waiting
        raise SystemExit(subprocess.call(words))
    os.execv(words[0], words)
