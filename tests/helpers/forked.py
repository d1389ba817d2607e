"""A command of fairseq in a process of its own that need not import torch and fairseq: it is forked from one that has.

Each import takes seconds, and the end-to-end tests run more than a hundred commands.
"""

from __future__ import annotations

import atexit
import functools
import json
import logging
import multiprocessing
import os
import runpy
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

# nothing of ours: how a user-dir is imported is under test; nor fairseq_cli, which sets up logging
_PRELOADED = ["torch", "scipy.stats", "sacrebleu", "fairseq.options", "fairseq.trainer", "fairseq.sequence_scorer"]


def run(words: Sequence[str], cwd: Path | None, stdin: str | None, timeout: float) -> subprocess.CompletedProcess:
    """Run a Python script with its arguments to its end, as ``subprocess.run`` would with UTF-8 pipes.

    Raises:
        subprocess.TimeoutExpired: it did not end in time; it is killed.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "in").write_text(stdin or "", encoding="utf-8")
        where = str(cwd or Path.cwd()), name, _path(), dict(os.environ)
        process = _server().Process(target=_child, args=([*words], *where))
        process.start()
        process.join(timeout)
        if process.is_alive():
            process.kill()
            process.join()
            raise subprocess.TimeoutExpired(words, timeout)
        out, err = ((folder / part).read_bytes().decode("utf-8").replace("\r\n", "\n") for part in ("out", "err"))
        return subprocess.CompletedProcess(words, process.exitcode, out, err)


@functools.cache
def _server() -> multiprocessing.context.BaseContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_PRELOADED)
    own = {name: os.environ.get(name) for name in ("OMP_NUM_THREADS", "PYTHONWARNINGS")}
    os.environ.update(OMP_NUM_THREADS="1", PYTHONWARNINGS="ignore")  # read when Python and torch start
    try:
        from multiprocessing import forkserver

        forkserver.ensure_running()
    finally:
        for name, value in own.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})
    return context


@functools.cache
def _path() -> list[str]:
    """What a Python that starts here finds modules in."""
    program = "import json, sys; print(json.dumps(sys.path[1:]))"
    return json.loads(subprocess.run([sys.executable, "-c", program], capture_output=True, text=True).stdout)


def _child(words: list[str], cwd: str, folder: str, path: list[str], environment: dict[str, str]) -> None:
    os.environ.clear()
    os.environ.update(environment)
    for number, (part, how) in enumerate([("in", os.O_RDONLY), ("out", os.O_WRONLY), ("err", os.O_WRONLY)]):
        os.dup2(os.open(Path(folder) / part, how | os.O_CREAT), number)
    sys.stdin, sys.stdout, sys.stderr = (
        os.fdopen(number, how, encoding="utf-8", closefd=False) for number, how in enumerate("rww")
    )
    os.chdir(cwd)
    logging.root.handlers.clear()
    if Path(words[0]).name == "fairseq-generate":  # it alone imports fairseq, which sets up logging, before it does so
        logging.basicConfig(level=logging.DEBUG)
    sys.argv, sys.path[:] = words, [str(Path(words[0]).parent), *path]
    try:
        runpy.run_path(words[0], run_name="__main__")
    finally:
        atexit._run_exitfuncs()  # multiprocessing would leave them out
        sys.stdout.flush()
        sys.stderr.flush()
