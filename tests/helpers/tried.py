"""A verb or a command tried in this process or a fork of it, in a folder that must stay as it is."""

from __future__ import annotations

import contextlib
import importlib
import io
import logging
import os
import pkgutil
import resource
import shutil
import signal
import stat
import sys
import tempfile
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import fairseq_phonology
from fairseq_phonology.commands import main


@dataclass(frozen=True)
class Link:
    """A symbolic link to put somewhere."""

    to: str


@dataclass(frozen=True)
class Cut:
    """The first ``length`` bytes of a good file, or of one with other bytes at that place."""

    file: str
    length: int
    then: bytes = b""


@dataclass(frozen=True)
class Edited:
    """A good text file in which one text stands for another, once."""

    file: str
    old: str
    new: str


PIPE, FOLDER = object(), object()
LIMIT = 5  # seconds


@dataclass(frozen=True)
class Tried:
    """How a command ended: status, standard output, standard error, and which files it made, changed or removed."""

    status: int
    out: str
    err: str
    changed: Sequence[str]


def try_in(good: Path, folder: Path, words: Sequence[str], files: Mapping[str, Any] | None = None) -> Tried:
    """Run a command in a copy of a folder.

    Args:
        good: the folder that is copied, by hard links.
        folder: where the copy is, or is to be; it serves the next call, too, as long as no command changes it.
        words: of the command line; ``fairseq-...`` is a command of fairseq, all else a verb of ours.
        files: what is put into the copy before: text, bytes, `Link`, `Cut`, `Edited`, `PIPE`, `FOLDER`; None takes the
            file away.
    """
    if not folder.exists():
        shutil.copytree(good, folder, copy_function=os.link, symlinks=True)
        (folder / "tmp").mkdir()
    for name, content in (files or {}).items():
        _put(folder / name, content, good)
    before = _digest(folder)
    status, out, err = (_forked if words and words[0].startswith("fairseq-") else _here)(words, folder)
    after = _digest(folder)
    changed = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    if changed:
        shutil.rmtree(folder)
    for name in files or {} if not changed else {}:
        _take_back(folder, name, good)
    return Tried(status, out, err, changed)


def _here(words: Sequence[str], folder: Path) -> tuple[int, str, str]:
    """A verb of ours in this process; what never ends, and what waits, is ended."""

    def stop(*_: object) -> None:
        raise TimeoutError("it did not end")

    own = [signal.signal(kind, stop) for kind in (signal.SIGPROF, signal.SIGALRM)]
    signal.setitimer(signal.ITIMER_PROF, LIMIT)
    signal.alarm(10 * LIMIT)
    out, err = io.StringIO(), io.StringIO()
    own_folder, tempfile.tempdir = tempfile.tempdir, str(folder / "tmp")
    try:
        with contextlib.chdir(folder), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                status = main(list(words))
            except SystemExit as end:
                status = end.code
            except BaseException:
                status = 1
                traceback.print_exc()
    finally:
        tempfile.tempdir = own_folder
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.alarm(0)
        for kind, handler in zip((signal.SIGPROF, signal.SIGALRM), own, strict=True):
            signal.signal(kind, handler)
    return status, out.getvalue(), err.getvalue()


def _take_back(folder: Path, name: str, good: Path) -> None:
    """The file as it was, or none."""
    path = folder / name
    shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink(missing_ok=True)
    if (good / name).is_dir():
        shutil.copytree(good / name, path, copy_function=os.link, symlinks=True)
    elif (good / name).exists():
        os.link(good / name, path)
    else:
        for parent in path.parents:
            if parent.relative_to(folder) == Path() or any(parent.iterdir()):
                break
            parent.rmdir()


def _put(path: Path, content: Any, good: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    if content is PIPE:
        os.mkfifo(path)
    elif content is FOLDER:
        path.mkdir()
    elif isinstance(content, Link):
        path.symlink_to(content.to)
    elif isinstance(content, Cut):
        path.write_bytes((good / content.file).read_bytes()[: content.length] + content.then)
    elif isinstance(content, Edited):
        text = (good / content.file).read_text(encoding="utf-8")
        assert content.old in text, content
        path.write_text(text.replace(content.old, content.new, 1), encoding="utf-8")
    elif isinstance(content, bytes):
        path.write_bytes(content)
    elif content is not None:  # None: the file is not there
        path.write_text(content, encoding="utf-8")


def _digest(folder: Path) -> dict[str, tuple]:
    """Kind and number of everything in a folder, of files the size and the time: what is written anew is another."""
    found = {}
    for root, folders, files in os.walk(folder):
        for name in (*folders, *files):
            of = os.lstat(path := os.path.join(root, name))
            more = () if stat.S_ISDIR(of.st_mode) else (of.st_size, of.st_mtime_ns)
            found[os.path.relpath(path, folder)] = (of.st_mode, of.st_ino, *more)
    return found


def _forked(words: Sequence[str], folder: Path) -> tuple[int, str, str]:
    """A command of fairseq in a fork of this process."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        if (child := os.fork()) == 0:
            try:
                status = _child(words, folder, out.fileno(), err.fileno())
            finally:
                os._exit(status)
        _, how = os.waitpid(child, 0)
        said = []
        for file in (out, err):
            file.seek(0)
            said.append(file.read().decode("utf-8", errors="replace"))
    return os.waitstatus_to_exitcode(how), *said


def _child(words: Sequence[str], folder: Path, out: int, err: int) -> int:
    """The status."""
    status = 1
    try:
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(out, 1)
        os.dup2(err, 2)
        sys.stdout, sys.stderr = (os.fdopen(n, "w", encoding="utf-8", closefd=False) for n in (1, 2))
        resource.setrlimit(resource.RLIMIT_CPU, (LIMIT, LIMIT))  # what never ends, and what waits, is ended
        signal.alarm(10 * LIMIT)
        os.chdir(folder)
        os.environ["TMPDIR"] = tempfile.tempdir = str(folder / "tmp")
        status = _run(words)
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return status


def _run(words: Sequence[str]) -> int:
    """A command of fairseq."""
    name = words[0].removeprefix("fairseq-").replace("-", "_")
    logging.root.handlers.clear()
    sys.argv = list(words)
    module = importlib.import_module(f"fairseq_cli.{name}")
    logging.basicConfig(stream=sys.stdout, level=logging.INFO, force=True)
    module.cli_main()
    return 0


def warm(good: Path) -> None:
    """Import and read here what each fork would else import and read for itself."""
    for module in pkgutil.walk_packages(fairseq_phonology.__path__, "fairseq_phonology."):
        importlib.import_module(module.name)
    with contextlib.redirect_stdout(io.StringIO()):
        assert main(["grammar", str(good / "toy.toml")]) == 0
